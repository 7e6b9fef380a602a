"""The record of a batch to take away: pages, and the zip that verifies anywhere."""

import tempfile

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from batchwright import people, record
from batchwright.execution import exporting, queries
from batchwright.execution.models import Batch
from batchwright.people.web.acting import actor_of

_IN_MEMORY = 8 * 1024 * 1024


def _batch(actor: record.Actor, number: str) -> Batch:
    found = queries.batch(actor, number)
    if found is None:
        raise Http404
    return found


@require_GET
def pages(request: HttpRequest, number: str) -> HttpResponse:
    """Give the record of a batch as PDF/A, as it stands now.

    Args:
        request: The request.
        number: Of the batch.

    Returns:
        The file, shown in the browser.
    """
    actor = actor_of(request)
    batch = _batch(actor, number)
    made, _document = exporting.pages_of(actor, batch)
    disposition = content_disposition_header(as_attachment=False, filename=f"{number}.pdf") or "inline"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@require_POST
def export(request: HttpRequest, number: str) -> FileResponse:
    """Give the record of a batch as one zip; that a copy left the plant is itself recorded, with what it is for.

    Args:
        request: The request; its field ``reason`` says what the copy is for.
        number: Of the batch.

    Returns:
        The zip.
    """
    actor = actor_of(request)
    people.authorize(actor, "record.export")
    batch = _batch(actor, number)
    zipped = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    exporting.export_batch(actor, batch, zipped, reason=request.POST.get("reason", ""))
    zipped.seek(0)
    return FileResponse(zipped, as_attachment=True, filename=f"{number}.zip")
