"""Exceptions: raised by hand, assessed, and signed in the order of their seats."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, When
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy

from batchwright import people, record
from batchwright.execution import exceptions as rules
from batchwright.execution import overviews, queries, services, statements
from batchwright.execution.exceptions import Kind, Severity
from batchwright.execution.models import BatchException, Run
from batchwright.execution.standing import as_rules_see
from batchwright.execution.web import batch_forms as asked
from batchwright.execution.web.batches import AttemptShown
from batchwright.execution.web.commanding import OfBatch
from batchwright.people.web.acting import Page, version_of
from batchwright.people.web.signing import SignedAct
from batchwright.record.web.sorting import Columns

PER_PAGE = 50


def exception_of(actor: record.Actor, batch: str, number: str) -> BatchException:
    """Find the exception of an address, or answer that there is none."""
    found = queries.exceptions(actor).select_related("batch__recipe_version__recipe", "batch__sponsor", "attempt")
    one: BatchException | None = found.filter(batch__number=batch, number=number).first()
    if one is None:
        raise Http404
    return one


EXCEPTIONS = Columns(
    {
        "exception": "pk", "batch": "batch__number", "severity": (overviews.GRAVITY, "raised_at"),
        "raised": "raised_at", "state": Case(When(cause="", then=0), default=1, output_field=IntegerField()),
    },
    first="severity",
)  # fmt: skip


class ExceptionsView(Page):
    """Which exceptions are open, and what does each wait for?"""

    action = "batch.read"
    template_name = "execution/exceptions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the open ones, the gravest first."""
        severity = self.request.GET.get("severity", "")[:10]
        found = queries.exceptions(self.actor, only_open=True)
        if severity:
            found = found.filter(severity=severity)
        ordered = EXCEPTIONS.sort(overviews.gravest_first(found), self.request)
        page = Paginator(ordered, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            **kwargs, page=page, sorted_by=EXCEPTIONS.asked(self.request), rows=list(page.object_list),
            severity=severity, severities=[*Severity],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeatShown:
    """A signature that is asked for, and who gave it."""

    seat: rules.Seat
    given: rules.Given | None


class ExceptionView(Page):
    """What happened, why, and what does it mean for the product?"""

    action = "batch.read"
    template_name = "execution/exception.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add its evidence, and whose signature is next."""
        actor, one = self.actor, exception_of(self.actor, self.kwargs["number"], self.kwargs["exception"])
        seen = as_rules_see([one])[0]
        given = {each.meaning: each for each in seen.signatures}
        missing = rules.missing(seen)
        attempts = [] if one.run is None else list(queries.attempts(actor, one.run))
        entries = {} if one.run is None else overviews.entries_of(actor, queries.attempts(actor, one.run))
        kwargs["exception"] = one
        return super().get_context_data(
            **kwargs, batch=one.batch, is_open=one.closed_at is None,
            seats=[SeatShown(seat, given.get(seat.meaning)) for seat in rules.SEATS[Severity(one.severity)]],
            next=missing[0] if missing else None, may_sign=_may_sign(actor, one, seen, missing),
            own=actor.id == one.raised_by, signed=any(each.by == actor.id for each in seen.signatures),
            attempts=[AttemptShown(each, entries.get(each.pk)) for each in attempts],
            signatures=people.signatures_on(actor, one), entries=record.history(one, actor).order_by("seq"),
            raised_in=_raised_in(actor, one),
        )  # fmt: skip


def _raised_in(actor: record.Actor, one: BatchException) -> int | None:
    return overviews.entries_of(actor, BatchException.visible_to(actor).filter(pk=one.pk)).get(one.pk)


def _may_sign(
    actor: record.Actor, one: BatchException, seen: rules.BatchException, missing: tuple[rules.Seat, ...]
) -> bool:
    if not missing or not one.cause or one.closed_at is not None or actor.role not in missing[0].roles:
        return False
    return actor.id != seen.by and all(each.by != actor.id for each in seen.signatures)


class RaiseView(OfBatch):
    """Write down that something is not as it should be."""

    action = "exception.raise"
    form_class = asked.RaiseForm
    title = gettext_lazy("Raise exception")
    verb = gettext_lazy("Raise exception")
    run: Run | None = None
    _made = ""

    def load(self) -> None:
        """Find the batch, and the step that it is about where one is named."""
        super().load()
        position = self.request.GET.get("run", "")
        if position.isascii() and position.isdigit() and len(position) < 9:
            self.run = Run.visible_to(self.actor).filter(batch=self.batch, position=int(position)).first()

    def where(self) -> str:
        """On to the exception."""
        if self._made:
            return reverse("execution:exception", args=[self.batch.number, self._made])
        return super().where()

    def act(self, form: forms.Form) -> record.Receipt:
        """Raise it."""
        given = form.cleaned_data
        receipt = services.raise_exception(
            **self.common(), kind=Kind(given["kind"]), sentence=given["sentence"], run=self.run,
            severity=Severity(given["severity"]) if given["severity"] else None,
        )  # fmt: skip
        self._made = receipt.subject.rpartition("/")[2]
        return receipt

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the step."""
        shown = super().get_context_data(**kwargs)
        return shown if self.run is None else {**shown, "detail": f"{shown['detail']} · {self.run.name}"}


class AssessView(OfBatch):
    """Write cause and impact."""

    action = "exception.assess"
    form_class = asked.AssessForm
    title = gettext_lazy("Assess exception")
    verb = gettext_lazy("Keep assessment")
    exception: BatchException

    def load(self) -> None:
        """Find the exception."""
        self.exception = exception_of(self.actor, self.kwargs["number"], self.kwargs["exception"])
        self.batch = self.exception.batch

    def where(self) -> str:
        """Back to the exception."""
        return reverse("execution:exception", args=[self.batch.number, self.exception.number])

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with what is written."""
        one = self.exception
        initial = {"cause": one.cause, "impact": one.impact, "severity": one.severity}
        return {**super().get_form_kwargs(), "initial": initial}

    def act(self, form: forms.Form) -> record.Receipt:
        """Write it."""
        given, common = form.cleaned_data, self.common()
        del common["batch"]
        return services.assess_exception(
            **common, exception=self.exception, cause=given["cause"], impact=given["impact"],
            severity=Severity(given["severity"]), expected_version=version_of(self.request),
        )  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which, and that signatures end with it."""
        one = self.exception
        notice = gettext_lazy("It carries a signature, which is void once you change what was signed.")
        signed = bool(as_rules_see([one])[0].signatures)
        return super().get_context_data(
            **kwargs, exception=one, detail=f"{one.number} · {one.sentence}", version=one.version,
            notice=notice if signed else "",
        )  # fmt: skip


class SignView(SignedAct):
    """Sign an exception as whoever is next."""

    action = "batch.read"
    trail = "execution/trail.html"
    title = gettext_lazy("Sign exception")
    row: BatchException

    def load(self) -> None:
        """Find it; only who may sign the next seat comes so far."""
        self.row = exception_of(self.actor, self.kwargs["number"], self.kwargs["exception"])
        self._next = services.next_meaning(self.row) or "reviewed"
        people.authorize(self.actor, f"sign.{self._next}")

    def meaning(self, given: dict[str, Any]) -> str:
        """As the seat that is next."""
        return self._next

    def require_ready(self, given: dict[str, Any]) -> None:
        """An open one, assessed, whose next seat is one of the signer's role."""
        seen = as_rules_see([self.row])[0]
        now = rules.Given(by=self.actor.id, role=self.actor.role, meaning=self._next, at=_latest(seen))
        rules.sign(seen, now)

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return statements.of_exception(self.row, self._next)

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Sign it."""
        return services.sign_exception(actor=self.actor, exception=self.row, meaning=self._next, **signature)

    def where(self) -> str:
        """Back to the exception."""
        return reverse("execution:exception", args=[self.row.batch.number, self.row.number])

    def detail(self) -> str:
        """Say which."""
        return f"{self.row.number} · {self.row.sentence}"

    def facts(self) -> dict[str, Any]:
        """Name batch and exception in the trail."""
        return {"batch": self.row.batch, "exception": self.row}


def _latest(seen: rules.BatchException) -> Any:
    """A moment that is not before anything that would be signed; the command takes its own."""
    return max([seen.at, *(one.at for one in seen.signatures)])

