"""The dispensing step on the floor: scan, take the tare, watch the tolerance bar, record the weight, give it back."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_GET, require_POST

from batchwright import people, record
from batchwright.execution import queries, services
from batchwright.execution.adapters import dispense_label
from batchwright.execution.dispensing_queries import SCANS, dispense_view, live
from batchwright.execution.models import Run, Weighing
from batchwright.execution.services import AttemptRefused, WeightPut
from batchwright.kernel.errors import BadInput, BatchwrightError, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.people.web.acting import actor_of, address_of, key_of

LONGEST: Final = 2_000
METHODS: Final = ("net", "reverse", "pallet")


def run_of(actor: record.Actor, number: str, path: str) -> Run:
    """Find the dispensing of an address, or answer that there is none."""
    found = queries.run(actor, number, path)
    if found is None or found.kind != "dispense":
        raise Http404
    return found


def dispense_context(actor: record.Actor, run: Run, scanned: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give what `execution/steps/dispense.html` shows; the page around it may be another one.

    Args:
        actor: Who looks.
        run: Run of the dispensing, which the actor was allowed to read.
        scanned: What stands in the address of the page (`request.GET`): source, vessel, scale, line and method.

    Returns:
        The context: the view of the dispensing, and the addresses of what can be done.
    """
    view = dispense_view(actor, run, scanned)
    number, path = run.batch.number, run.path
    asked = urlencode({name: value for name, value in view.scanned.items() if value})
    return {
        "dispense": view, "dispense_asked": asked, "dispense_methods": METHODS,
        "dispense_bar": f"{reverse('execution:weigh-bar', args=[number, path])}?{asked}",
        "dispense_act": {
            name: reverse("execution:dispense-act", args=[number, name, path]) for name in ACTS
        },
    }  # fmt: skip


@require_GET
def dispense(request: HttpRequest, number: str, path: str) -> HttpResponse:
    """Show a dispensing by itself.

    Args:
        request: The request.
        number: Number of the batch.
        path: Of the run.

    Returns:
        The page.
    """
    actor = actor_of(request)
    people.authorize(actor, "batch.read")
    run = run_of(actor, number, path)
    context = {"run": run, "batch": run.batch, **dispense_context(actor, run, request.GET.dict())}
    return render(request, "execution/dispense.html", context)


@require_GET
def weigh_bar(request: HttpRequest, number: str, path: str) -> HttpResponse:
    """Show what the scale shows now against the tolerance; a fragment that polls.

    Args:
        request: The request, with what was scanned.
        number: Number of the batch.
        path: Of the run.

    Returns:
        The fragment; nothing of it is a value of the record.
    """
    actor = actor_of(request)
    people.authorize(actor, "batch.read")
    people.authorize(actor, "plant.read")
    view = dispense_view(actor, run_of(actor, number, path), request.GET.dict())
    return render(request, "execution/steps/weigh_bar.html", {"dispense": view, "live": live(actor, view)})


@require_GET
def label(request: HttpRequest, number: str, key: int, form: str) -> HttpResponse:
    """Give the label of a container that was filled.

    Args:
        request: The request.
        number: Number of the batch.
        key: Key of a weight that went into it.
        form: pdf or png.

    Returns:
        The file.
    """
    actor = actor_of(request)
    people.authorize(actor, "batch.read")
    row = Weighing.visible_to(actor).filter(batch__number=number, pk=key, returned_at__isnull=True).first()
    if row is None or form not in ("pdf", "png"):
        raise Http404
    made = dispense_label.of_weighing(actor, row)
    content = dispense_label.drawn(made, picture=form == "png")
    return HttpResponse(content, content_type="image/png" if form == "png" else "application/pdf")


# ---------------------------------------------------------------------------------------------------------------- acts
def second_person(request: HttpRequest, actor: record.Actor) -> record.Actor | None:
    """Find out who stands beside the first person; nobody where neither field is filled.

    Args:
        request: The request.
        actor: The first person.

    Returns:
        The second person.

    Raises:
        Refused: If the second person is not proven, is the first one, or may not verify.
    """
    username, password = (request.POST.get(f"second_{name}", "")[:256] for name in ("username", "password"))
    if not username and not password:
        return None
    return people.identify(
        username=username, password=password, first=actor, action="step.verify", address=address_of(request)
    )


def _amount(request: HttpRequest, name: str) -> Quantity | None:
    text = request.POST.get(name, "").strip()[:60]
    return Quantity.parse(text) if text else None


def _scan(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip()[:200]


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:LONGEST]


def _stage(request: HttpRequest, actor: record.Actor, run: Run) -> record.Receipt:
    return services.stage_lot(
        actor=actor, batch=run.batch, path=run.path, lot=_scan(request, "source"), idempotency_key=key_of(request)
    )


def _ready(request: HttpRequest, actor: record.Actor, run: Run) -> record.Receipt:
    return services.ready_vessel(
        actor=actor, batch=run.batch, path=run.path, vessel=_scan(request, "vessel"), scale=_scan(request, "scale"),
        new=request.POST.get("new") == "yes", tare=_amount(request, "tare"), reason=_reason(request),
        source=_scan(request, "source") if request.POST.get("method") == "reverse" else "",
        idempotency_key=key_of(request),
    )  # fmt: skip


def _weigh(request: HttpRequest, actor: record.Actor, run: Run) -> record.Receipt:
    method = request.POST.get("method") or "net"
    if method not in METHODS:
        raise BadInput(_("There is no such way of weighing"), value=method, limit=", ".join(METHODS))
    tares = tuple(Quantity.parse(one) for one in request.POST.get("tares", "")[:LONGEST].split(",") if one.strip())
    put = WeightPut(
        source=_scan(request, "source"), vessel=_scan(request, "vessel"), scale=_scan(request, "scale"),
        line=_scan(request, "line"), method=method,  # type: ignore[arg-type]  # one of the three
        part=_amount(request, "part"), last={"yes": True, "no": False}.get(request.POST.get("last", "")),
        empties=request.POST.get("empties") == "yes", manual=_amount(request, "manual"),
        pallet=_amount(request, "pallet"), tares=tares,
    )  # fmt: skip
    return services.record_weight(
        actor=actor, batch=run.batch, path=run.path, put=put, checker=second_person(request, actor),
        reason=_reason(request), idempotency_key=key_of(request),
    )  # fmt: skip


def _return(request: HttpRequest, actor: record.Actor, run: Run) -> record.Receipt:
    key = request.POST.get("weighing", "")
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        raise BadInput(_("There is no such weight"), value=key[:40])
    return services.return_weight(
        actor=actor, batch=run.batch, path=run.path, weighing=int(key), checker=second_person(request, actor),
        reason=_reason(request), idempotency_key=key_of(request),
    )  # fmt: skip


ACTS: Final[Mapping[str, Callable[[HttpRequest, record.Actor, Run], record.Receipt]]] = {
    "stage": _stage, "ready": _ready, "weigh": _weigh, "return": _return,
}  # fmt: skip


@method_decorator(require_POST, name="dispatch")
class DispenseAct(View):
    """Take in one act at a dispensing; whatever is said of it, the answer is the way back to the step."""

    def post(self, request: HttpRequest, number: str, act: str, path: str) -> HttpResponse:
        """Act, and say what came of it on the next page."""
        actor = actor_of(request)
        people.authorize(actor, "step.perform")
        if act not in ACTS:
            raise Http404
        run = run_of(actor, number, path)
        try:
            receipt = ACTS[act](request, actor, run)
        except AttemptRefused as refused:
            for one in refused.reasons:
                said = DomainError(one.sentence, value=one.value or None, limit=one.limit or None, remedy=one.remedy)
                messages.error(request, str(said))
            messages.info(request, _("The attempt is on record, with everything as it was put in."))
            return HttpResponseRedirect(self._back(request, run, keep=SCANS))
        except record.Stale:
            raise
        except BatchwrightError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self._back(request, run, keep=SCANS))
        data = record.Entry.objects.get(seq=receipt.seq)  # tenancy: of this very act
        messages.success(request, _("%(what)s (entry #%(seq)s).") % {"what": data.sentence, "seq": receipt.seq})
        for name in data.data.get("exceptions", ()):
            messages.warning(request, _("Exception %(number)s was raised.") % {"number": name})
        # what was weighed is done with; vessel and scale stay where they are
        after_weight = ("vessel", "scale", "method")
        return HttpResponseRedirect(self._back(request, run, keep=after_weight if act == "weigh" else SCANS))

    def _back(self, request: HttpRequest, run: Run, keep: tuple[str, ...]) -> str:
        kept = {name: value for name in keep if (value := _scan(request, name))}
        page = "execution:step" if request.POST.get("page") == "step" else "execution:dispense"
        address = reverse(page, args=[run.batch.number, run.path])
        return f"{address}?{urlencode(kept)}" if kept else address
