"""The screen of one step: what exactly do I do? And what happens with what is put in."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_GET

from batchwright import people, record
from batchwright.execution import queries, services, work
from batchwright.execution.fields import Field
from batchwright.execution.marking import BATCH
from batchwright.execution.models import Run
from batchwright.execution.phases import asked
from batchwright.execution.services import AttemptRefused
from batchwright.execution.services.common import control_of
from batchwright.execution.services.situations import containers_of
from batchwright.execution.sheet import Sheet, sheet_of
from batchwright.execution.web import inputs
from batchwright.execution.web.batches import batch_of
from batchwright.execution.web.weighing import dispense_context
from batchwright.kernel.errors import BatchwrightError, DomainError, Unavailable
from batchwright.people import access
from batchwright.people.permissions import Refused
from batchwright.people.web.acting import actor_of, key_of
from batchwright.plant import instruments, verdicts_on


def sheet_at(actor: record.Actor, number: str, path: str, attempt: str = "") -> Sheet:
    """Find the step of an address, or answer that there is none."""
    made = int(attempt) if attempt.isascii() and attempt.isdigit() and len(attempt) < 9 else 0
    found = sheet_of(actor, batch_of(actor, number), path, made)
    if found is None:
        raise Http404
    return found


def run_at(actor: record.Actor, number: str, path: str) -> Run:
    """Find the run of an address, or answer that there is none."""
    found = queries.run(actor, number, path)
    if found is None or found.level != "phase":
        raise Http404
    return found


def asked_of(actor: record.Actor, number: str, path: str) -> tuple[Run, tuple[Field, ...]]:
    """Give a step and what it asks for, without reading where its batch stands."""
    run = run_at(actor, number, path)
    _control, plan = control_of(run.batch)
    phase = plan.elements[run.element].phase
    return run, asked(phase, containers=containers_of(plan, run, phase))


def step_address(run: Run) -> str:
    """Give the address of a step."""
    return reverse("execution:step", args=[run.batch.number, run.path])


class StepView(View):
    """Show one step, and take in what is put into it."""

    action = "batch.read"
    template_name = "execution/step.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not, before anything is read."""
        access.authorize(actor_of(request), self.action if request.method in ("GET", "HEAD") else "step.perform")
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> record.Actor:
        """Who looks, or acts."""
        return actor_of(self.request)

    def get(self, request: HttpRequest, number: str, path: str) -> HttpResponse:
        """Show the step."""
        return self.page(sheet_at(self.actor, number, path, request.GET.get("attempt", "")))

    def post(self, request: HttpRequest, number: str, path: str) -> HttpResponse:
        """Perform it; what is refused is on record, and the page says why beside the field."""
        run, fields = asked_of(self.actor, number, path)
        try:
            second = inputs.second_person(request, self.actor)
            given = inputs.read(request, fields, self.actor)
            # where the person here performed what is verified, the second one does this step
            verifies = second is not None and request.POST.get("performs") == "second"
            receipt = services.perform(
                actor=second if verifies and second is not None else self.actor, batch=run.batch, path=path,
                values=given.values, checker=None if verifies else second, reason=given.reason,
                done_at=given.done_at, attached=given.attached, idempotency_key=key_of(request),
            )  # fmt: skip
        except AttemptRefused as refused:
            data = record.Entry.objects.get(seq=refused.receipt.seq).content["data"]  # tenancy: of this very act
            return HttpResponseRedirect(f"{step_address(run)}?attempt={data['attempt']}")
        except record.Stale:
            raise
        except BatchwrightError as error:
            return self.page(sheet_at(self.actor, number, path), error=error)
        return self.went_on(run, receipt)

    def went_on(self, run: Run, receipt: record.Receipt) -> HttpResponse:
        """Say what was recorded, and go on with the next step of the batch for this person, else to the work list."""
        tell(self.request, run, receipt)
        following = work.next_step(self.actor, run)
        where = reverse("execution:work") if following is None else step_address(following)
        return HttpResponseRedirect(where)

    def page(self, sheet: Sheet, *, error: BatchwrightError | None = None) -> HttpResponse:
        """Show the step, with what was put in where nothing was recorded."""
        status = 200 if error is None else _status_of(error)
        kept = self.request.POST if error is not None else {}
        context = {
            "sheet": sheet, "run": sheet.run, "batch": sheet.batch, "phase": sheet.phase, "error": error,
            "kept": kept, "fields": _filled(sheet, kept) if kept else sheet.fields, **self.more(sheet),
        }  # fmt: skip
        return render(self.request, self.template_name, context, status=status)

    def more(self, sheet: Sheet) -> dict[str, Any]:
        """Add what only some kinds show."""
        if sheet.kind == "dispense":
            return {**dispense_context(self.actor, sheet.run, self.request.GET.dict()), "dispense_page": "step"}
        if sheet.kind != "weigh" or sheet.status not in ("perform", "second") or self.actor.sponsor is not None:
            return {}
        scales = [one for one in instruments(self.actor, kind="scale") if one.protocol]
        verdicts = verdicts_on(scales, sheet.now)
        return {"scales": [one for one in scales if verdicts[one.pk].usable]}


def _status_of(error: BatchwrightError) -> int:
    if isinstance(error, Refused):
        return 403
    return 503 if isinstance(error, Unavailable) else 400


def _filled(sheet: Sheet, kept: Any) -> list[Any]:
    return [replace(one, value=kept.get(one.field.id, ""), errors=()) for one in sheet.fields]


def tell(request: HttpRequest, run: Run, receipt: record.Receipt) -> None:
    """Say what an act has left, as messages of the next page.

    Args:
        request: The request.
        run: Run of the step.
        receipt: Where the entry stands.
    """
    data = record.Entry.objects.get(seq=receipt.seq).content["data"]  # tenancy: of this very act
    said = {"step": run.name, "seq": receipt.seq}
    phase = work.phase_of(run)
    if receipt.repeated:
        messages.info(request, _("%(step)s: this was recorded before, as entry #%(seq)s; it counts once.") % said)
    elif data["verdict"] == "accepted" and not data["complete"] and phase is not None and phase.second_person:
        messages.success(
            request, _("%(step)s: recorded as entry #%(seq)s; a second person has to check it.") % said
        )
    else:
        messages.success(request, _("%(step)s: recorded as entry #%(seq)s.") % said)
    for number in data.get("exceptions", ()):
        messages.warning(request, _("Exception %(number)s was raised.") % {"number": number})
    if any(one["kind"] == "completed" and one["path"] == BATCH for one in data.get("events", ())):
        messages.success(request, _("Batch %(number)s is complete.") % {"number": run.batch.number})


class CheckView(StepView):
    """Check as the second person what the first one did."""

    action = "batch.read"

    def get(self, request: HttpRequest, number: str, path: str) -> HttpResponse:
        """The step itself shows what is to be checked."""
        return HttpResponseRedirect(step_address(run_at(self.actor, number, path)))

    def post(self, request: HttpRequest, number: str, path: str) -> HttpResponse:
        """Check it, oneself or as who identifies on this screen."""
        run = run_at(self.actor, number, path)
        try:
            second = inputs.second_person(request, self.actor)
            receipt = services.check(
                actor=self.actor if second is None else second, batch=run.batch, path=path,
                agrees=request.POST.get("agrees") == "yes",
                reason=request.POST.get("reason", "")[: inputs.LONGEST].strip(), idempotency_key=key_of(request),
            )  # fmt: skip
        except record.Stale:
            raise
        except BatchwrightError as error:
            return self.page(sheet_at(self.actor, number, path), error=error)
        return self.went_on(run, receipt)


class CorrectView(StepView):
    """Correct what a completed step has left; both values stay."""

    action = "step.perform"
    template_name = "execution/correct.html"

    def more(self, sheet: Sheet) -> dict[str, Any]:
        """Fill the fields with what stands, unless somebody has written something else already."""
        if self.request.method == "POST":
            return {}
        return {"fields": [replace(one, value=sheet.standing.get(one.field.id, ""), errors=()) for one in sheet.fields]}

    def post(self, request: HttpRequest, number: str, path: str) -> HttpResponse:
        """Correct it."""
        run, fields = asked_of(self.actor, number, path)
        try:
            second = inputs.second_person(request, self.actor)
            given = inputs.read(request, fields, self.actor)
            if not given.reason:
                raise DomainError(_("A correction needs a reason"), remedy=_("Write why."))
            receipt = services.correct(
                actor=self.actor, batch=run.batch, path=path, values=given.values, checker=second,
                reason=given.reason, idempotency_key=key_of(request),
            )  # fmt: skip
        except record.Stale:
            raise
        except BatchwrightError as error:
            return self.page(sheet_at(self.actor, number, path), error=error)
        tell(request, run, receipt)
        return HttpResponseRedirect(step_address(run))


@require_GET
def now(request: HttpRequest, number: str, path: str) -> HttpResponse:
    """Say whether a step has moved since it was shown; a fragment that polls.

    Args:
        request: The request; `seen` is the version that was shown.
        number: Number of the batch.
        path: Of the step.

    Returns:
        Nothing new, or what happened and the way on.
    """
    actor = actor_of(request)
    people.authorize(actor, "batch.read")
    run = run_at(actor, number, path)
    moved = request.GET.get("seen", "") != str(run.version)
    context = {"run": run, "batch": run.batch, "moved": moved}
    return render(request, "execution/step_now.html", context)


@require_GET
def sent(request: HttpRequest, key: str) -> JsonResponse:
    """Say whether something that a tablet could not be told about is on record: it is not sent twice, nor lost.

    Args:
        request: The request.
        key: Idempotency key of the form.

    Returns:
        Number of the entry; 0 where there is none.
    """
    actor = actor_of(request)
    people.authorize(actor, "step.perform")
    seq = record.entries_visible_to(actor).filter(idempotency_key=key[:64]).values_list("seq", flat=True).first()
    return JsonResponse({"seq": seq or 0})


class AnswerView(View):
    """Decide where the recipe leaves it to an operator."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not, before anything is read."""
        access.authorize(actor_of(request), "step.perform")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """Show what is asked."""
        return self._page(number)

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        """Decide."""
        actor, batch = actor_of(request), batch_of(actor_of(request), number)
        try:
            receipt = services.answer_question(
                actor=actor, batch=batch, key=request.POST.get("key", "")[:900],
                choice=request.POST.get("choice", "")[:200],
                reason=request.POST.get("reason", "")[: inputs.LONGEST].strip(), idempotency_key=key_of(request),
            )  # fmt: skip
        except record.Stale:
            raise
        except BatchwrightError as error:
            return self._page(number, error)
        messages.success(request, _("Decided; recorded as entry #%(seq)s.") % {"seq": receipt.seq})
        open_now = queries.to_do(actor).filter(batch=batch).order_by("-position").first()
        return HttpResponseRedirect(
            reverse("execution:work") if open_now is None else step_address(open_now)
        )

    def _page(self, number: str, error: BatchwrightError | None = None) -> HttpResponse:
        actor = actor_of(self.request)
        batch = batch_of(actor, number)
        standing = queries.standing(actor, batch)
        context = {"batch": batch, "questions": standing.outlook.questions, "error": error, "turn": standing.turn}
        status = 200 if error is None else _status_of(error)
        return render(self.request, "execution/answer.html", context, status=status)
