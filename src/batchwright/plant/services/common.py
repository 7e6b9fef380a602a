"""What every command of the plant does alike: checking a row, refusing a code that is taken, a line in the logbook."""

from typing import Any, Final, TypeVar

from django.db.models import Max
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.plant import effective, states
from batchwright.plant.models import EquipmentElement, LogbookLine, UnitState, Use
from batchwright.plant.states import Command

Row = TypeVar("Row", bound=record.GmpModel)


def refuse_taken(model: type[record.GmpModel], **key: str) -> None:
    """Refuse a code or tag that something of this kind has already."""
    if model.objects.filter(**key).exists():
        raise DomainError(
            _("This code is taken"), value=" ".join(key.values()),
            remedy=_("Choose another; codes are never used again."),
        )  # fmt: skip


def next_number(model: type[record.GmpModel], **owner: object) -> int:
    """Give the next number of a series within its owner; the owner's row is locked by the caller."""
    return (model.objects.filter(**owner).aggregate(last=Max("number"))["last"] or 0) + 1


def log(
    entry: record.OpenEntry, unit: EquipmentElement, kind: str, *, use: Use | None = None, product: str = "",
    batch: str = "", detail: str = "", by: record.Actor | None = None,
) -> LogbookLine:  # fmt: skip
    """Write a line of the logbook in the entry of the act itself.

    Args:
        entry: The open entry.
        unit: Whose logbook.
        kind: As `LineKind`.
        use: The use it is about, for product and batch.
        product: Product, where there is no use.
        batch: Batch, where there is no use.
        detail: Procedure, document or reason; cut to what a line holds, the entry has it whole.
        by: Whose act it is, where that is not the actor of the entry: its second person.

    Returns:
        The line.
    """
    who = entry.actor if by is None else by
    return entry.create(
        LogbookLine(
            unit=unit, at=clock.now(), kind=kind, product=product if use is None else use.product,
            batch=batch if use is None else use.batch, detail=detail[:300], person=who.name, username=who.id,
            role=who.role,
        )
    )  # fmt: skip


LARGEST_PDF: Final = 20 * 1024 * 1024
"""Bytes."""


def require_pdf(name: str, content: bytes) -> None:
    """Refuse what is kept beside an entry and is no PDF.

    Args:
        name: Name of the file.
        content: Its bytes.

    Raises:
        BadInput: If it has no name, is no PDF or is too large.
    """
    if not name or not content.startswith(b"%PDF-") or len(content) > LARGEST_PDF:
        raise BadInput(
            _("This is no document that can be kept"), value=f"{name[:100]}, {len(content)} bytes",
            limit=_("a PDF of at most %(most)s MB") % {"most": LARGEST_PDF // 1024 // 1024},
        )  # fmt: skip


def refuse_retired(element: EquipmentElement) -> None:
    """Refuse an element that has left the plant."""
    if EquipmentElement.objects.filter(pk=element.pk, retired_at__isnull=False).exists():
        raise DomainError(
            _("This is retired"), value=element.tag,
            remedy=_("Choose another, or add what stands there now under a tag of its own."),
        )  # fmt: skip


def lock_state(entry: record.OpenEntry, unit: EquipmentElement, expected_version: int | None = None) -> UnitState:
    """Lock the state of a unit, so that commands on one unit follow each other.

    Args:
        entry: The open entry.
        unit: The unit.
        expected_version: The version of the state that the caller saw; None if it decides on what is now.

    Returns:
        The state as it is, with what it points to.

    Raises:
        DomainError: If it is no unit.
        Stale: If the state was changed since the caller saw it.
    """
    found = effective.states_of([unit])
    if not found:
        raise DomainError(
            _("Only a unit has a state"), value=unit.tag, limit=unit.level, remedy=_("Choose the unit it belongs to.")
        )
    entry.lock(found[0])
    [state] = effective.states_of([unit])
    if expected_version is not None and expected_version != state.version:
        entry.update(state, expected_version=expected_version, why=state.why)  # raises Stale, with who was first
    return state


def moved(state: UnitState, command: Command, *, follows_without_cleaning: bool = False) -> dict[str, Any]:
    """Give what a command makes of the state of a unit.

    Args:
        state: The state, locked.
        command: What is done.
        follows_without_cleaning: Whether the changeover rule lets the next batch follow on a dirty unit.

    Returns:
        The columns to write; `since` is when the state itself began.

    Raises:
        DomainError: If the command is refused in this state.
    """
    now = clock.now()
    before = effective.position(state, now)
    after = states.step(before, command, follows_without_cleaning=follows_without_cleaning)
    values: dict[str, Any] = {"state": after.state.value, "before": "" if after.before is None else after.before.value}
    if after.state is not before.state:
        values["since"] = now
    return values
