"""The page of a step that is completed with a signature."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.execution import queries, services
from batchwright.execution.models import Run
from batchwright.execution.services.common import control_of
from batchwright.people.web.signing import SignedAct
from batchwright.recipes.phases import Sign


class SignStepView(SignedAct):
    """Show what is signed with a step, and sign it."""

    action = "step.perform"
    title = gettext_lazy("Sign step")
    trail = "execution/sign_trail.html"
    row: Run
    phase: Sign

    def load(self) -> None:
        """Find the step."""
        run = queries.run(self.actor, self.kwargs["number"], self.kwargs["path"])
        phase = None if run is None else control_of(run.batch)[1].elements[run.element].phase
        if run is None or not isinstance(phase, Sign):
            raise Http404
        self.row, self.phase = run, phase

    def meaning(self, given: dict[str, Any]) -> str:
        """As the recipe says."""
        return services.meaning_of(self.phase)

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return services.shown_for_step(self.row.batch, self.row.path)

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Sign it."""
        return services.sign_step(actor=self.actor, run=self.row, **signature)

    def where(self) -> str:
        """Back to the step."""
        return reverse("execution:step", args=[self.row.batch.number, self.row.path])

    def detail(self) -> str:
        """Say which."""
        return f"{self.row.batch.number} \N{MIDDLE DOT} {self.row.name}"

    def facts(self) -> dict[str, Any]:
        """Name the batch in the trail."""
        return {"batch": self.row.batch, "run": self.row}
