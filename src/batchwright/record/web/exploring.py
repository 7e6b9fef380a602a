"""Pages that show what happened: the time line, one entry, one subject, and a copy to take away."""

import tempfile

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from batchwright.record import attachments, exporting, queries, runs
from batchwright.record.access import may, reader, requires
from batchwright.record.models import Entry
from batchwright.record.web import presentation, proofs
from batchwright.record.web.filters import EntryFilter, newest_first, oldest_first
from batchwright.record.web.sorting import Columns

ORDER = Columns({"number": "seq"}, first="-number")


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@require_GET
@requires("record.read")
def entries(request: HttpRequest) -> HttpResponse:
    """What happened? Every entry the reader may see, newest first."""
    visible = queries.entries_visible_to(reader(request))
    asked = EntryFilter(request.GET or None)
    cut = oldest_first if ORDER.asked(request) == "number" else newest_first
    page = cut(asked.apply(visible), before=_number(request, "before"), after=_number(request, "after"))
    context = {
        "sorted_by": ORDER.asked(request),
        "filter": asked, "page": page, "days": presentation.by_day(page.entries), "outcome": runs.latest_outcome(),
        "head": visible.order_by("-seq").first(), "checkpoint": queries.latest_checkpoint(),
        "may_verify": may(request, "record.verify"),
    }  # fmt: skip
    return render(request, "record/entries.html", context)


def _visible_entry(request: HttpRequest, seq: int) -> Entry:
    found = queries.entries_visible_to(reader(request)).filter(seq=seq).first()
    if found is None:
        raise Http404  # the same whether it does not exist or belongs to somebody else
    return found


@require_GET
@requires("record.read")
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """What happened here, who did it and why, and how can a stranger check it?"""
    shown = _visible_entry(request, seq)
    of_subject = queries.history(shown.subject, reader(request))
    context = {
        "entry": shown, "changes": list(presentation.changes(shown)), "proof": proofs.proof_of(shown),
        "facts": shown.data, "prev_hash": shown.envelope["prev_hash"],
        "attachments": shown.content["attachments"], "attestations": shown.content["attestations"],
        "earlier": of_subject.filter(seq__lt=seq).order_by("-seq").first(),
        "later": of_subject.filter(seq__gt=seq).order_by("seq").first(),
        "text": bytes(shown.body).decode("utf-8"),
    }  # fmt: skip
    return render(request, "record/entry.html", context)


@require_GET
@requires("record.read")
def entry_bytes(request: HttpRequest, seq: int) -> HttpResponse:
    """The exact bytes that were hashed, to take away."""
    shown = _visible_entry(request, seq)
    answer = HttpResponse(bytes(shown.body), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{shown.seq:08d}.json"'
    return answer


@require_GET
@requires("record.read")
def attachment(request: HttpRequest, seq: int, sha256: str) -> HttpResponse:
    """One file that stands with the entry, to take away."""
    found = attachments.attachment(reader(request), seq, sha256)
    if found is None:
        raise Http404
    return attachments.download(found)


@require_GET
@requires("record.read")
def subject(request: HttpRequest, subject: str) -> HttpResponse:
    """What is the story of this one thing?"""
    history = queries.history(subject, reader(request))
    page = newest_first(history, before=_number(request, "before"), after=_number(request, "after"))
    if not page.entries:
        raise Http404
    context = {
        "subject": subject, "page": page, "days": presentation.by_day(page.entries), "count": history.count(),
        "first": history.order_by("seq").first(), "last": history.order_by("-seq").first(),
        "may_export": may(request, "record.export"), "checkpoint": queries.latest_checkpoint(),
    }  # fmt: skip
    return render(request, "record/subject.html", context)


_IN_MEMORY = 8 * 1024 * 1024


@require_POST
@requires("record.export")
def export(request: HttpRequest, subject: str) -> FileResponse:
    """One zip to take away; that a copy left the plant is itself recorded, with what it is for."""
    if not queries.history(subject, reader(request)).exists():
        raise Http404
    zipped = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    exporting.export(subject, actor=reader(request), to=zipped, reason=request.POST.get("reason", ""))
    zipped.seek(0)
    return FileResponse(zipped, as_attachment=True, filename=f"{subject.replace('/', '-')}.zip")
