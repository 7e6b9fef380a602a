"""The review of a batch record: what needs judgement first, with its evidence beside it; the rest one click away."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import people, record
from batchwright.execution import queries, services
from batchwright.execution.models import Attempt, Batch, BatchException, Judgement, Run
from batchwright.execution.review import Check
from batchwright.execution.states import ENDED
from batchwright.execution.web import batch_forms as asked
from batchwright.execution.web.batches import batch_of
from batchwright.execution.web.commanding import OfBatch
from batchwright.kernel.errors import DomainError
from batchwright.people.web.acting import Page
from batchwright.people.web.signing import SignedAct


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check rests on.

    Attributes:
        href: Page that shows it; "" where it is this page itself.
        words: Name of that page.
        run: Step that it is about.
        attempts: Attempts at that step.
        exception: Exception that it is about.
    """

    href: str = ""
    words: str = ""
    run: Run | None = None
    attempts: tuple[Attempt, ...] = ()
    exception: BatchException | None = None


@dataclass(frozen=True, slots=True)
class CheckShown:
    """A check with its evidence and what a reviewer said to it."""

    check: Check
    evidence: Evidence
    judgement: Judgement | None = None


class _Sources:
    """The rows that checks rest on, read once."""

    def __init__(self, actor: record.Actor, batch: Batch) -> None:
        self.batch = batch
        self.staff = actor.sponsor is None
        rows = list(Run.visible_to(actor).filter(batch=batch).order_by("position"))
        self.runs = {one.subject: one for one in rows}
        self.paths = {one.path: one for one in rows}
        self.exceptions = {one.number: one for one in queries.exceptions(actor, batch)}
        self.attempts: dict[int, list[Attempt]] = defaultdict(list)
        for one in Attempt.visible_to(actor).filter(batch=batch).order_by("run_id", "number"):
            self.attempts[one.run_id].append(one)

    def of(self, check: Check) -> Evidence:
        """Find what a check rests on.

        Args:
            check: The check.

        Returns:
            Its evidence.
        """
        number = self.batch.number
        if check.code in ("exception", "redline") and check.about in self.exceptions:
            one = self.exceptions[check.about]
            attempts = self.attempts[one.run_id] if one.run_id is not None else []
            href = reverse("execution:exception", args=[number, one.number])
            return Evidence(href, one.number, one.run, tuple(attempts), one)
        run = self.runs.get(check.evidence)
        if run is not None:
            href = reverse("execution:run", args=[number, run.position])
            return Evidence(href, run.name, run, tuple(self.attempts[run.pk]))
        if check.code == "record" and self.staff:
            return Evidence(reverse("record_verify"), _("verification of the record"))
        kind, __, name = check.evidence.partition("/")
        if kind in ("lot", "unit") and not self.staff:  # of which a sponsor's person may know the name alone
            return Evidence("", name)
        if kind in ("lot", "unit"):
            return Evidence(reverse("materials:lot" if kind == "lot" else "plant:unit", args=[name]), name)
        if kind == "batch" and name == number:
            return Evidence(reverse("execution:batch", args=[number]), number)
        if not check.evidence:
            return Evidence()
        return Evidence(reverse("record_subject", args=[check.evidence]), check.evidence)


class ReviewView(Page):
    """What needs my judgement?"""

    action = "batch.read"
    template_name = "execution/review.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add every check: what blocks, what needs judgement, and what is fine."""
        actor, batch = self.actor, batch_of(self.actor, self.kwargs["number"])
        found = services.review_of(actor, batch)
        said = services.judgements_of(actor, batch)
        sources = _Sources(actor, batch)

        def shown(checks: tuple[Check, ...]) -> list[CheckShown]:
            return [CheckShown(one, sources.of(one), said.get(one.key)) for one in checks]

        fine: dict[str, list[CheckShown]] = {}
        for one in shown(found.of("fine")):
            fine.setdefault(one.check.code, []).append(one)
        return super().get_context_data(
            **kwargs, batch=batch, review=found, blocks=shown(found.of("blocks")),
            to_judge=shown(found.of("needs judgement")), fine=fine, n_fine=len(found.of("fine")),
            left=found.open({key: one.text for key, one in said.items()}), ended=batch.state in ENDED,
            own=any(one.by == actor.id for rows in sources.attempts.values() for one in rows),
            signatures=people.signatures_on(actor, batch),
        )  # fmt: skip


class JudgeView(OfBatch):
    """Say what a reviewer finds of one check; it stands beside the check on the page of the review."""

    action = "batch.review"
    form_class = asked.JudgeForm
    title = gettext_lazy("Judge check")
    verb = gettext_lazy("Keep judgement")

    def where(self) -> str:
        """Back to the review."""
        return reverse("execution:review", args=[self.batch.number])

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with the check of the address."""
        return {**super().get_form_kwargs(), "initial": {"key": self.request.GET.get("key", "")[:4000]}}

    def act(self, form: forms.Form) -> record.Receipt:
        """Judge it."""
        return services.judge_check(**self.common(), **form.cleaned_data)


class SignView(SignedAct):
    """Sign the review, with what is signed shown in full."""

    action = "batch.review"
    trail = "execution/trail.html"
    title = gettext_lazy("Sign review")
    row: Batch

    def load(self) -> None:
        """Find the batch."""
        self.row = batch_of(self.actor, self.kwargs["number"])

    def meaning(self, given: dict[str, Any]) -> str:
        """The record is reviewed."""
        return "reviewed"

    def workers(self) -> tuple[str, ...]:
        """Nobody reviews what they made."""
        rows = Attempt.visible_to(self.actor).filter(batch=self.row)
        return tuple(rows.order_by().values_list("by", flat=True).distinct())

    def require_ready(self, given: dict[str, Any]) -> None:
        """Nothing blocks, and everything was judged."""
        if self.row.reviewed_at is not None:
            raise DomainError(_("The record of this batch was reviewed already"), value=self.row.reviewed_by)
        said = {key: one.text for key, one in services.judgements_of(self.actor, self.row).items()}
        left = services.review_of(self.actor, self.row).open(said)
        if left:
            raise DomainError(
                _("The review cannot be signed: %(first)s") % {"first": left[0].sentence}, value=str(len(left)),
                limit=_("nothing that blocks, everything judged"), remedy=_("See the review page."),
            )  # fmt: skip

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return services.shown_for_review(self.actor, self.row)

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Sign it."""
        return services.review_batch(actor=self.actor, batch=self.row, **signature)

    def where(self) -> str:
        """Back to the review."""
        return reverse("execution:review", args=[self.row.number])

    def detail(self) -> str:
        """Say which."""
        return f"{self.row.number} · {self.row.name}"

    def facts(self) -> dict[str, Any]:
        """Name the batch in the trail."""
        return {"batch": self.row}
