"""Files that stand with an entry: found for who may see the entry, and given out so that no browser shows or runs them.

The hash in the entry is the file's name, so what is given out is what was kept, or nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from batchwright.kernel.errors import Unavailable
from batchwright.record import queries, stores, verifier
from batchwright.record.actor import Actor

SAFE_TYPES: Final = frozenset(
    {"application/json", "application/pdf", "application/zip", "image/jpeg", "image/png", "text/csv", "text/plain"}
)
"""Content types that are told to a browser; any other file is only bytes. None of them runs anything."""
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of an entry.

    Attributes:
        name: As people call it.
        media_type: As whoever attached it said.
        sha256: Of its content, in hex.
        content: Its bytes.
    """

    name: str
    media_type: str
    sha256: str
    content: bytes


def attachment(actor: Actor, seq: int, sha256: str) -> Attachment | None:
    """Give one file of an entry.

    Args:
        actor: Who asks.
        seq: Number of the entry.
        sha256: SHA-256 of the file, as the entry says it.

    Returns:
        The file; None where the actor may not see the entry, or the entry has no such file.

    Raises:
        Unavailable: If the file is gone, or is not the one that was kept; a verification says the same.
    """
    entry = queries.entries_visible_to(actor).filter(seq=seq).first()
    held = [] if entry is None else entry.content["attachments"]
    found = next((one for one in held if one["sha256"] == sha256), None)
    if found is None:
        return None
    try:
        content = stores.blobs().get(sha256)
    except verifier.Broken as broken:
        raise Unavailable(
            "The file that was kept with this entry cannot be given out", value=f"#{seq} {found['name']}",
            limit=broken.message, remedy="Call quality assurance, and verify the record.",
        ) from broken  # fmt: skip
    return Attachment(found["name"], found["media_type"], sha256, content)


def download(file: Attachment) -> HttpResponse:
    """Answer with a file to take away.

    Args:
        file: The file.

    Returns:
        An answer that is saved and never shown: what people attach was written elsewhere.
    """
    safe = file.media_type if file.media_type in SAFE_TYPES else "application/octet-stream"
    answer = HttpResponse(file.content, content_type=safe)
    name = _UNSPEAKABLE.sub("_", file.name) or file.sha256
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
