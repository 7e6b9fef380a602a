"""Pages that answer "is it whole?": signed checkpoints with their witnesses, and verification with its progress."""

import uuid
from itertools import pairwise

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from batchwright.record import queries, runs, verifier
from batchwright.record.access import may, reader, requires
from batchwright.record.models import Checkpoint, Cosignature, Witness
from batchwright.record.runs import VerificationRun
from batchwright.record.web.sorting import Columns

PAGE = 50
CHECKPOINTS = Columns({"entries": "tree_size"}, first="-entries")
RUNS = Columns({"started": "started_at", "by": ("started_name", "started_at")}, first="-started")
PROGRESS_OVER = 286
"""Status code by which htmx stops asking."""


def _cosignatures(request: HttpRequest) -> QuerySet[Cosignature]:
    """Cosignatures whose witness the reader may know of: a sponsor learns of no other sponsor here either."""
    actor = reader(request)
    if actor.sponsor is None:
        return Cosignature.objects.all()
    known = Witness.objects.filter(sponsor=actor.sponsor).values("vkey")
    return Cosignature.objects.filter(vkey__in=known)


@require_GET
@requires("record.read")
def checkpoints(request: HttpRequest) -> HttpResponse:
    """Up to where did the site sign, and who else saw it?"""
    page = Paginator(CHECKPOINTS.sort(Checkpoint.objects.all(), request), PAGE).get_page(request.GET.get("page"))
    seen: dict[int, list[str]] = {}
    for cosigned in _cosignatures(request).filter(checkpoint__in=list(page.object_list)).order_by("at"):
        seen.setdefault(cosigned.checkpoint_id, []).append(cosigned.witness)
    sizes = [head.tree_size for head in page.object_list]
    before = Checkpoint.objects.filter(tree_size__lt=min(sizes, default=0)).order_by("-tree_size").first()
    covers = {newer: newer - older for older, newer in pairwise([before.tree_size if before else 0, *sorted(sizes)])}
    rows = [
        {"head": head, "witnesses": seen.get(head.tree_size, []), "covers": covers[head.tree_size]}
        for head in page.object_list
    ]
    newest = queries.entries_visible_to(reader(request)).order_by("-seq").first()
    last = queries.latest_checkpoint()
    unsigned = max(0, (newest.seq if newest else 0) - (last.tree_size if last else 0))
    context = {
        "page": page, "rows": rows, "last": last, "unsigned": unsigned, "may_verify": may(request, "record.verify"),
        "sorted_by": CHECKPOINTS.asked(request),
    }  # fmt: skip
    return render(request, "record/checkpoints.html", context)


def _checkpoint(tree_size: int) -> Checkpoint:
    found = Checkpoint.objects.filter(tree_size=tree_size).first()
    if found is None:
        raise Http404
    return found


def _whole_note(request: HttpRequest, head: Checkpoint) -> str:
    lines = [verifier.NoteSignature.parse(seen.line) for seen in _cosignatures(request).filter(checkpoint=head)]
    return verifier.add_signatures(head.note, *lines) if lines else head.note


@require_GET
@requires("record.read")
def checkpoint(request: HttpRequest, tree_size: int) -> HttpResponse:
    """What exactly did the site sign here, and who cosigned it?"""
    head = _checkpoint(tree_size)
    last = queries.latest_checkpoint()
    context = {
        "head": head, "root": bytes(head.root).hex(), "note": _whole_note(request, head),
        "cosignatures": _cosignatures(request).filter(checkpoint=head).order_by("at"),
        "timestamps": head.timestamps.order_by("at"),
    }  # fmt: skip
    if last is not None and last.tree_size > tree_size:
        context["later"] = last
        context["consistency"] = [part.hex() for part in queries.consistency_proof(tree_size, last.tree_size)]
    return render(request, "record/checkpoint.html", context)


@require_GET
@requires("record.read")
def checkpoint_note(request: HttpRequest, tree_size: int) -> HttpResponse:
    """The signed note as a file, to keep outside the plant."""
    answer = HttpResponse(_whole_note(request, _checkpoint(tree_size)), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{tree_size}.txt"'
    return answer


@require_http_methods(["GET", "POST"])
@requires("record.verify")
def runs_page(request: HttpRequest) -> HttpResponse:
    """Was it checked, when, by whom, with what result? A POST starts a run and leads to it, and from there back."""
    if request.method == "POST":
        begun = reverse("record_run", args=[runs.start(reader(request)).id])
        back = _page_of_this_plant(request.POST.get("next", ""))
        return redirect(f"{begun}?{urlencode({'next': back})}" if back else begun)
    page = Paginator(RUNS.sort(VerificationRun.objects.all(), request), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "sorted_by": RUNS.asked(request), "outcome": runs.latest_outcome(), "head": queries.head()}
    return render(request, "record/runs.html", context)


def _page_of_this_plant(address: str) -> str:
    """Where somebody came from; "" where that is not here."""
    return address if address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""


def _run(run_id: uuid.UUID) -> VerificationRun:
    found = VerificationRun.objects.filter(pk=run_id).first()
    if found is None:
        raise Http404
    return found


@require_GET
@requires("record.verify")
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """How far is the check, and what did it find?"""
    context = {
        "run": _run(run_id), "may_verify": may(request, "record.verify"),
        "back": _page_of_this_plant(request.GET.get("next", "")),
    }  # fmt: skip
    return render(request, "record/run.html", context)


@require_GET
@requires("record.verify")
def run_progress(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The part of the page that changes while the run goes on; polled."""
    shown = _run(run_id)
    return render(request, "record/run_progress.html", {"run": shown}, status=200 if shown.active else PROGRESS_OVER)


@require_POST
@requires("record.verify")
def run_cancel(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Stop the run; what it found so far stays."""
    runs.cancel(_run(run_id))
    return redirect("record_run", run_id=run_id)
