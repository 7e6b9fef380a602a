"""Taking over what another system's B2MML file says: materials, lots, counted containers."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import DomainError
from batchwright.materials import amounts, entries
from batchwright.materials.adapters.b2mml import Document, ReadLot, ReadSublot
from batchwright.materials.models import Container, Definition, Location, Lot, Movement
from batchwright.materials.services.common import move
from batchwright.materials.statuses import LotStatus

SOURCE = "b2mml"
HELD = "NOTVALID"
"""What such a system says of part of a lot that may not be used."""


@dataclass(slots=True)
class Taken:
    """What was taken over, in words, and the entry that says so."""

    done: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    entry: int | None = None


def import_document(*, actor: record.Actor, document: Document, location: Location | None = None) -> Taken:
    """Take a file over in one entry; what is here already stays as it is.

    A lot comes in quarantine whatever the other system said of it: its approval there is reported, and the decision is
    taken here.

    Args:
        actor: Who does it.
        document: What was read.
        location: Where counted containers stand; needed if there are any.

    Returns:
        What was done.

    Raises:
        Refused: If the actor may not.
        DomainError: If a lot's material or a container's lot is not here, or a location is missing.
    """
    taken = Taken()
    data = entries.FileImported(
        file=document.file, file_sha256=document.sha256, taken=document.taken, reported=document.reported
    )
    if not _anything_new(document):
        people.authorize(actor, "material.import")
        taken.unchanged = [*(one.code for one in document.materials), *(one.name for one in document.lots),
                           *(one.name for one in document.sublots)]  # fmt: skip
        return taken
    with record.entry(data, actor=actor, subject=f"import/{SOURCE}") as entry:
        people.authorize(actor, "material.import")
        _materials(entry, document, taken)
        for lot in document.lots:
            _lot(entry, lot, taken)
        for part in document.sublots:
            _sublot(entry, part, location, taken)
    taken.entry = entry.receipt.seq
    return taken


def _anything_new(document: Document) -> bool:
    codes = {one.code for one in document.materials}
    lots = {one.name for one in document.lots}
    here = Definition.objects.filter(code__in=codes).count() == len(codes)
    there = Lot.objects.filter(source=SOURCE, source_id__in=lots).count() == len(lots)
    return not here or not there or any(not _counted(part) for part in document.sublots)


def _materials(entry: record.OpenEntry, document: Document, taken: Taken) -> None:
    for one in document.materials:
        if Definition.objects.filter(code=one.code).exists():
            taken.unchanged.append(one.code)
            continue
        row = Definition(
            code=one.code, name=one.name or one.code, kind="component", unit=one.unit or "kg",
            hazards=" ".join(one.hazards),
        )  # fmt: skip
        entry.create(record.checked(row))
        taken.done.append(f"material {one.code}")


def _lot(entry: record.OpenEntry, one: ReadLot, taken: Taken) -> None:
    if Lot.objects.filter(source=SOURCE, source_id=one.name).exists():
        taken.unchanged.append(one.name)
        return
    definition = Definition.objects.filter(code=one.material).first()
    if definition is None:
        raise DomainError(
            _("The material of this lot is not here"), value=f"{one.name}: {one.material}",
            remedy=_("Import the file of the material first, or define it."),
        )  # fmt: skip
    lot = Lot(
        identifier=str(entry.number("L")), definition=definition, status=LotStatus.QUARANTINE.value, origin="migrated",
        expires_on=one.expires_on, source=SOURCE, source_id=one.name, sponsor=definition.sponsor,
    )  # fmt: skip
    entry.create(lot)
    said = f" ({one.status} there, quarantine here)" if one.status else ""
    taken.done.append(f"lot {lot.identifier} {one.name}{said}")


def _counted(part: ReadSublot) -> bool:
    return Movement.objects.filter(lot__source=SOURCE, lot__source_id=part.lot, reference=part.name).exists()


def _sublot(entry: record.OpenEntry, part: ReadSublot, location: Location | None, taken: Taken) -> None:
    if _counted(part):
        taken.unchanged.append(part.name)
        return
    lot = Lot.objects.filter(source=SOURCE, source_id=part.lot).select_related("definition").first()
    if lot is None or location is None:
        said = _("The lot of this container is not here") if lot is None else _("Say where the containers stand")
        raise DomainError(said, value=f"{part.name}: {part.lot}", remedy=_("Import the lot first; give a location."))
    held = part.status.upper() == HELD
    made = entry.create(Container(identifier=str(entry.number("C")), lot=lot, location=location, held=held,
                                  held_by=entry.actor.id if held else ""))  # fmt: skip
    amount = amounts.positive(part.amount, lot.definition.unit)
    move(entry, kind="found", lot=lot, amount=amount, target=made, reference=part.name)
    taken.done.append(f"container {made.identifier} {part.name}: {part.amount}{', on hold' if held else ''}")
