"""The steps of a version on pages: submitted and approved with a signature, in force, out of use."""

from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from batchwright import people, record
from batchwright.people.web.signing import SignedAct
from batchwright.recipes import queries, services
from batchwright.recipes.examination import Examined
from batchwright.recipes.models import RecipeVersion, VersionState
from batchwright.recipes.services.common import checked_against, require_state
from batchwright.recipes.services.lifecycle import require_ready, shown_for
from batchwright.recipes.statements import MEANINGS, STEPS
from batchwright.recipes.web import forms as asked
from batchwright.recipes.web.editing import OfVersion
from batchwright.recipes.web.reading import version_of


class _SignedStep(SignedAct):
    """Show the whole version and how it differs, and sign it."""

    trail = "recipes/trail.html"
    template_name = "recipes/sign.html"
    step: ClassVar[str]
    row: RecipeVersion

    def load(self) -> None:
        """Find the version."""
        self.row = version_of(self.actor, self.kwargs["identifier"], self.kwargs["number"])

    @cached_property
    def _examined(self) -> Examined:
        return checked_against(self.actor, self.row.text.source)

    def require_ready(self, given: dict[str, Any]) -> None:
        """A version in this state, in which nothing stands in the way."""
        require_state(self.row, VersionState(STEPS[self.step][0]))
        require_ready(self.row, self._examined)

    def meaning(self, given: dict[str, Any]) -> str:
        """As the step."""
        return MEANINGS[self.step]

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed: the whole text, and how it differs."""
        return shown_for(self.actor, self.row, self.step, self._examined)

    def where(self) -> str:
        """Back to the version."""
        return reverse("recipes:version", args=[self.row.recipe.identifier, self.row.number])

    def detail(self) -> str:
        """Say which."""
        return f"{self.row} · {self.row.recipe.name}"

    def facts(self) -> dict[str, Any]:
        """Name recipe and version in the trail."""
        return {"shown": self.row, "recipe": self.row.recipe}


class SubmitView(_SignedStep):
    """Sign a draft as who prepared it."""

    action = "recipe.submit"
    step = "submit"
    title = gettext_lazy("Submit recipe")

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Submit it."""
        return services.submit(actor=self.actor, version=self.row, **signature)


class ApproveView(_SignedStep):
    """Sign a version as the second person."""

    action = "recipe.approve"
    step = "approve"
    title = gettext_lazy("Approve recipe")

    def workers(self) -> tuple[str, ...]:
        """Nobody approves what they wrote."""
        return tuple(queries.writers(self.actor, self.row))

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Approve it."""
        return services.approve(actor=self.actor, version=self.row, **signature)


class ReturnView(OfVersion):
    """Give a version back to its author."""

    action = "recipe.approve"
    form_class = asked.ReasonForm
    title = gettext_lazy("Return to author")
    verb = gettext_lazy("Return to author")

    def act(self, form: forms.Form) -> record.Receipt:
        """Return it."""
        return services.return_to_author(**self.common(), reason=form.cleaned_data["reason"])


class MakeEffectiveView(OfVersion):
    """Put an approved version in force."""

    action = "recipe.make_effective"
    form_class = asked.EffectiveForm
    title = gettext_lazy("Make recipe effective")
    verb = gettext_lazy("Make recipe effective")

    def act(self, form: forms.Form) -> record.Receipt:
        """Put it in force."""
        return services.make_effective(**self.common(), **form.cleaned_data)


class WithdrawView(OfVersion):
    """Take a version out of use."""

    action = "recipe.read"
    form_class = asked.ReasonForm
    title = gettext_lazy("Withdraw version")
    verb = gettext_lazy("Withdraw version")
    destructive = True

    def load(self) -> None:
        """A draft is withdrawn by who may write; anything later by who makes recipes effective."""
        super().load()
        people.authorize(self.actor, "recipe.author" if self.version.state == "draft" else "recipe.make_effective")

    def act(self, form: forms.Form) -> record.Receipt:
        """Withdraw it."""
        return services.withdraw(**self.common(), reason=form.cleaned_data["reason"])
