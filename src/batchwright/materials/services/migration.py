"""Taking materials, lots and genealogy over from another system: many rows in one entry, for it is one act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.materials import amounts, entries
from batchwright.materials.adapters.tablets import Plan, PlannedLot
from batchwright.materials.models import Definition, Descent, Lot
from batchwright.people import Sponsor

PER_ENTRY = 100
"""Lots in one entry: few enough that the entry stays readable and other writers get their turn."""
Progress = Callable[[str, int, int], None]
Item = TypeVar("Item")


@dataclass(slots=True)
class Outcome:
    """What an import did."""

    materials: int = 0
    lots: int = 0
    descents: int = 0
    unchanged: int = 0
    differing: list[str] = field(default_factory=list)
    """Lots that are here already and say something else than the file; they were left as they are."""
    entries: list[int] = field(default_factory=list)


def migrate(
    *, actor: record.Actor, plan: Plan, sponsor: Sponsor | None = None, progress: Progress | None = None
) -> Outcome:
    """Take over what a plan says; what is here already is not touched, so that a second run changes nothing.

    Args:
        actor: Who does it.
        plan: What was read.
        sponsor: Who owns the products.
        progress: Told what is done: of what, how many, of how many.

    Returns:
        What was written, and what was there.

    Raises:
        Refused: If the actor may not.
        DomainError: If a material of that code is here with another unit.
    """
    outcome = Outcome()
    people.authorize(actor, "material.import")
    _materials(actor, plan, sponsor, outcome)
    components = [one for lots in plan.components.values() for one in lots.values()]
    total = len(components) + len(plan.products)
    done = 0
    for planned, owner in ((components, None), (list(plan.products.values()), sponsor)):
        for batch in _batches(planned, PER_ENTRY):
            _lots(actor, plan, batch, owner, outcome)
            done += len(batch)
            if progress is not None:
                progress("lots", done, total)
    return outcome


def _batches(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


def _materials(actor: record.Actor, plan: Plan, sponsor: Sponsor | None, outcome: Outcome) -> None:
    known = {one.code: one for one in Definition.objects.filter(code__in=plan.materials)}
    for planned in plan.materials.values():
        here = known.get(planned.code)
        if here is not None and here.unit != planned.unit:
            raise DomainError(
                _("This material is here with another unit"), value=f"{planned.code}: {planned.unit}", limit=here.unit,
                remedy=_("Change the code or the unit in the mapping."),
            )  # fmt: skip
    outcome.unchanged += len(known)
    for products, owner in ((False, None), (True, sponsor)):
        missing = [
            one for one in plan.materials.values() if one.code not in known and (one.kind == "product") is products
        ]
        if not missing:
            continue
        data = entries.MaterialsMigrated(codes=[one.code for one in missing], **_origin(plan))
        tenant = None if owner is None else owner.code
        with record.entry(data, actor=actor, subject=_subject(plan), sponsor=tenant) as entry:
            people.authorize(actor, "material.import")
            for one in missing:
                entry.create(
                    Definition(code=one.code, name=one.name, kind=one.kind, unit=one.unit, sponsor=owner)
                )
        outcome.materials += len(missing)
        outcome.entries.append(entry.receipt.seq)


def _lots(
    actor: record.Actor, plan: Plan, batch: list[PlannedLot], owner: Sponsor | None, outcome: Outcome
) -> None:
    source = plan.mapping.source
    wanted = {one.source_id for one in batch} | {name for one in batch for name in one.parents}
    here = {
        one.source_id: one
        for one in Lot.objects.filter(source=source, source_id__in=wanted).select_related("definition")
    }
    missing = [one for one in batch if one.source_id not in here]
    present = [one for one in batch if one.source_id in here]
    outcome.unchanged += len(present)
    outcome.differing += _differing(present, here)
    if not missing:
        return
    definitions = {one.code: one for one in Definition.objects.filter(code__in={one.code for one in missing})}
    data = entries.LotsMigrated(
        first=missing[0].source_id, last=missing[-1].source_id, lots=len(missing),
        descents=sum(len(one.parents) for one in missing), **_origin(plan),
    )  # fmt: skip
    tenant = None if owner is None else owner.code
    with record.entry(data, actor=actor, subject=_subject(plan), sponsor=tenant) as entry:
        people.authorize(actor, "material.import")
        for one in missing:
            parents = [_parent(here, name, plan) for name in one.parents]
            here[one.source_id] = _create(entry, plan, one, definitions[one.code], owner, parents)
            for parent in parents:
                entry.create(Descent(parent=parent, child=here[one.source_id], kind="consumed"))
    outcome.lots += len(missing)
    outcome.descents += data.descents
    outcome.entries.append(entry.receipt.seq)


def _create(
    entry: record.OpenEntry,
    plan: Plan,
    one: PlannedLot,
    definition: Definition,
    owner: Sponsor | None,
    parents: list[Lot],
) -> Lot:
    return entry.create(
        Lot(
            identifier=str(entry.number("L")), definition=definition, status=plan.mapping.status.value,
            origin="migrated", made_on=one.made_on, made_to_the="day" if one.made_on is None else "month",
            nominal_e6=None if one.size is None else amounts.positive(one.size, definition.unit),
            source=plan.mapping.source, source_id=one.source_id, sponsor=owner,
            depth=max((parent.depth + 1 for parent in parents), default=0),
        )
    )  # fmt: skip


def _parent(here: dict[str, Lot], name: str, plan: Plan) -> Lot:
    if name not in here:
        raise BadInput("A lot is made from one that is not there", file=plan.file, value=name)
    return here[name]


def _differing(present: list[PlannedLot], here: dict[str, Lot]) -> list[str]:
    """Name the lots whose file says something else now; they are never overwritten."""
    keys = [here[one.source_id].pk for one in present]
    made_from: dict[int, set[str]] = {}
    for child, name in Descent.objects.filter(child_id__in=keys).values_list("child_id", "parent__source_id"):
        made_from.setdefault(child, set()).add(name)
    found = []
    for one in present:
        lot = here[one.source_id]
        size = None if one.size is None else amounts.positive(one.size, lot.definition.unit)
        said = (one.code, one.made_on, size, set(one.parents))
        if said != (lot.definition.code, lot.made_on, lot.nominal_e6, made_from.get(lot.pk, set())):
            found.append(one.source_id)
    return found


def _origin(plan: Plan) -> dict[str, str]:
    return {
        "source": plan.mapping.source, "file": plan.file, "file_sha256": plan.file_sha256,
        "mapping_sha256": plan.mapping.sha256,
    }  # fmt: skip


def _subject(plan: Plan) -> str:
    return f"import/{plan.mapping.source}"
