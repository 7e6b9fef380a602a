"""What somebody put into the screen of a step, read from the request; what it is worth, the services judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from batchwright import people, plant, record
from batchwright.execution.fields import Field
from batchwright.execution.files import text_of
from batchwright.execution.services import Put
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people.web.acting import address_of

LONGEST = 2_000
BIGGEST = 10 * 1024 * 1024
"""Bytes of one picture or file."""
AT_ONCE = timedelta(minutes=1)
"""What reaches the plant within this time was recorded when the button was pressed."""
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"%PDF-", "application/pdf"),
    (b"GIF8", "image/gif"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """What was put in.

    Attributes:
        values: By field.
        attached: Files: name, content, media type.
        reason: Why, where something was said.
        done_at: When it was done, where that was earlier; None for now.
    """

    values: Mapping[str, str | Put]
    attached: list[tuple[str, bytes, str]] = field(default_factory=list)
    reason: str = ""
    done_at: datetime | None = None


def read(request: HttpRequest, fields: tuple[Field, ...], actor: record.Actor) -> Given:
    """Read what was put in; a scale that was chosen is read now, outside of any transaction.

    Args:
        request: The request.
        fields: What the step asks for.
        actor: Who puts it in.

    Returns:
        What was put in, as it came.

    Raises:
        BadInput: If a time or a file cannot be read.
        DomainError: If the scale does not suit, or does not come to rest.
        Unavailable: If the scale does not answer.
    """
    values: dict[str, str | Put] = {}
    attached: list[tuple[str, bytes, str]] = []
    for one in fields:
        if one.type == "picture":
            _take_file(request, one, fields, values, attached)
            continue
        tag = request.POST.get(f"{one.id}:scale", "")[:60]
        if tag and not request.POST.get(one.id, "").strip():
            values[one.id] = _from_scale(actor, tag)
        elif one.id in request.POST:
            values[one.id] = request.POST[one.id][:LONGEST]
    reason = request.POST.get("reason", "")[:LONGEST].strip()
    return Given(values, attached, reason, done_at(request))


def _take_file(
    request: HttpRequest, one: Field, fields: tuple[Field, ...], values: dict[str, str | Put],
    attached: list[tuple[str, bytes, str]],
) -> None:  # fmt: skip
    found = request.FILES.get(one.id)
    if not isinstance(found, UploadedFile):
        return
    if (found.size or 0) > BIGGEST:
        raise BadInput(
            _("The file is too big"), file=found.name, value=f"{found.size} B", limit=f"{BIGGEST} B",
            remedy=_("Take a smaller picture."),
        )  # fmt: skip
    content = found.read()
    media_type = _media_type(content, found.content_type or "")
    name = (found.name or one.id)[:100]
    attached.append((name, content, media_type))
    values[one.id] = text_of(name, content)
    if any(asked.id == "media_type" for asked in fields):
        values["media_type"] = media_type


def _media_type(content: bytes, said: str) -> str:
    """What the file is by its first bytes; what it is said to be only for text, which has none."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return said if said in ("text/csv", "text/plain") else "application/octet-stream"


def _from_scale(actor: record.Actor, tag: str) -> Put:
    scale = plant.instrument(actor, tag)
    if scale is None:
        raise DomainError(_("The plant has no such scale"), value=tag)
    plant.require_suitable(scale)
    reading = plant.read_stable(actor=actor, scale=scale)
    plant.require_suitable(scale, load=reading.value)
    return Put(str(reading.value), "scale", scale.tag, plant.facts_on(scale).calibrated_until)


def done_at(request: HttpRequest) -> datetime | None:
    """Read when something was done: as it was written, else when the button was pressed on a tablet without connection.

    Args:
        request: The request.

    Returns:
        The time; None where it is recorded at once.

    Raises:
        BadInput: If the time cannot be read.
    """
    written = request.POST.get("done_at", "").strip()[:40]
    if written:
        return _moment(written)
    pressed = request.POST.get("pressed_at", "").strip()[:40]
    if not pressed:
        return None
    moment = _moment(pressed)
    return moment if clock.now() - moment > AT_ONCE else None


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise BadInput(_("This is no time"), value=text, limit=_("such as 2026-11-22 07:21"))
    return clock.ensure_utc(
        timezone.make_aware(found, timezone.get_default_timezone()) if timezone.is_naive(found) else found
    )


def second_person(request: HttpRequest, first: record.Actor) -> record.Actor | None:
    """Find out who stands beside the first person, where somebody says who it is.

    Args:
        request: The request.
        first: Who acts.

    Returns:
        The second person; None where nobody identified.

    Raises:
        Refused: If it is nobody who may check this.
    """
    username = request.POST.get("second_username", "")[:63]
    password = request.POST.get("second_password", "")[:256]
    if not username.strip() and not password:
        return None
    return people.identify(
        username=username, password=password, first=first, action="step.verify", address=address_of(request)
    )
