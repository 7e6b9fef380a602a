"""Reading materials: each function begins at what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from batchwright import people, record
from batchwright.kernel import identifiers
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts
from batchwright.materials.balances import balance_of
from batchwright.materials.models import (
    Allocation,
    Container,
    Definition,
    Descent,
    Location,
    Lot,
    Movement,
    Supplier,
)
from batchwright.materials.reconciliation import Balance
from batchwright.materials.services.common import fitness_of, today
from batchwright.materials.statuses import Fitness

SOON = timedelta(days=30)
"""Within it an expiry or a retest is shown as near."""


def definitions(actor: record.Actor, *, text: str = "") -> QuerySet[Definition]:
    """Find materials.

    Args:
        actor: Who reads.
        text: Part of a code or name; "" for all.

    Returns:
        Materials by code.

    Raises:
        Refused: If the actor may not see materials.
    """
    people.authorize(actor, "lot.read")
    found = Definition.visible_to(actor)
    return found.filter(Q(code__icontains=text) | Q(name__icontains=text)) if text else found


def definition(actor: record.Actor, code: str) -> Definition | None:
    """Find one material by its code, or None."""
    return definitions(actor).filter(code=code).first()


def suppliers(actor: record.Actor) -> QuerySet[Supplier]:
    """Give the suppliers.

    Args:
        actor: Who reads.

    Returns:
        Suppliers by code.

    Raises:
        Refused: If the actor may not see materials.
    """
    people.authorize(actor, "lot.read")
    return Supplier.visible_to(actor)


def locations(actor: record.Actor) -> QuerySet[Location]:
    """Give the locations.

    Args:
        actor: Who reads.

    Returns:
        Locations by code.

    Raises:
        Refused: If the actor may not see materials.
    """
    people.authorize(actor, "lot.read")
    return Location.visible_to(actor)


def lots(
    actor: record.Actor, *, text: str = "", material: str = "", status: str = "", due: bool = False
) -> QuerySet[Lot]:
    """Find lots.

    Args:
        actor: Who reads.
        text: Part of an identifier, a supplier's lot or the id at another system; "" for all.
        material: Code of the material; "" for any.
        status: Status; "" for any.
        due: Whether only those that expire or are due for a retest soon.

    Returns:
        Lots, the newest first.

    Raises:
        Refused: If the actor may not see lots.
    """
    people.authorize(actor, "lot.read")
    found = Lot.visible_to(actor)
    if text:
        found = found.filter(
            Q(identifier__icontains=text) | Q(supplier_lot__icontains=text) | Q(source_id__icontains=text)
        )
    if material:
        found = found.filter(definition__code=material)
    if status:
        found = found.filter(status=status)
    if due:
        soon = today() + SOON
        found = found.filter(Q(expires_on__lte=soon) | Q(retest_on__lte=soon))
    return found


def lot(actor: record.Actor, identifier: str) -> Lot | None:
    """Find one lot.

    Args:
        actor: Who reads.
        identifier: As printed, or the id at another system such as ``STARCH/12`` where only one lot has it.

    Returns:
        The lot, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see lots.
    """
    people.authorize(actor, "lot.read")
    visible = Lot.visible_to(actor)
    text = _spelt(identifier)
    found = list(visible.filter(Q(identifier=text) | Q(source_id=identifier.strip(), source__gt=""))[:2])
    return found[0] if len(found) == 1 else None


def _spelt(text: str) -> str:
    try:
        return identifiers.canonical(text)
    except BadInput:
        return text.strip()


def container(actor: record.Actor, identifier: str) -> Container | None:
    """Find one container by its identifier or SSCC, or None if the actor may not know of it.

    Args:
        actor: Who reads.
        identifier: As printed, or 18 digits.

    Returns:
        The container.

    Raises:
        Refused: If the actor may not see lots.
    """
    people.authorize(actor, "lot.read")
    text = _spelt(identifier)
    owned = {} if actor.sponsor is None else {"sponsor": actor.sponsor}
    return _CONTAINER.first(text=text, **owned)


def _called(text: str, sponsor: str | None = None) -> QuerySet[Container]:
    reader = record.Actor(id="-", name="-", role="-", sponsor=sponsor)
    found = Container.visible_to(reader).filter(Q(identifier=text) | Q(sscc=text, sscc__gt=""))
    return found.order_by("id")[:1]


_CONTAINER = record.Prepared(_called, text=str, sponsor=str)


def containers(actor: record.Actor, one: Lot) -> QuerySet[Container]:
    """Give the containers of a lot, empty ones last.

    Args:
        actor: Who reads.
        one: The lot.

    Returns:
        Containers.
    """
    return Container.visible_to(actor).filter(lot=one).order_by("-amount_e6", "id")


def allocations(actor: record.Actor, one: Lot) -> QuerySet[Allocation]:
    """Give the open allocations of a lot.

    Args:
        actor: Who reads.
        one: The lot.

    Returns:
        Allocations.
    """
    return Allocation.visible_to(actor).filter(lot=one, state="open")


def open_allocations(actor: record.Actor) -> QuerySet[Allocation]:
    """Give everything that is promised and neither used nor ended.

    Args:
        actor: Who reads.

    Returns:
        Allocations, the oldest first.

    Raises:
        Refused: If the actor may not see stock.
    """
    people.authorize(actor, "lot.read")
    return Allocation.visible_to(actor).filter(state="open").order_by("id")


def available(one: Container, purpose: str = "") -> Quantity:
    """Give what can be taken out of a container, which the actor was allowed to read.

    Args:
        one: The container.
        purpose: What it is taken for; what is promised to it counts as there.

    Returns:
        The amount less what is promised to others; never less than nothing.
    """
    taken = sum(_PROMISED.all(container=one.pk, purpose=purpose or "-"))
    return amounts.quantity(max(one.amount_e6 - taken, 0), one.lot.definition.unit)


def _promised(container: int, purpose: str) -> QuerySet[Allocation, int]:
    open_ones = Allocation.objects.filter(  # tenancy: of a container that the caller was allowed to read
        container_id=container, state="open"
    ).exclude(purpose=purpose)
    return open_ones.order_by().values_list("amount_e6", flat=True)


_PROMISED = record.Prepared(_promised, container=int, purpose=str)


def movements(actor: record.Actor, one: Lot) -> QuerySet[Movement]:
    """Give what moved of a lot.

    Args:
        actor: Who reads.
        one: The lot.

    Returns:
        Movements, the latest first.
    """
    return Movement.visible_to(actor).filter(lot=one).order_by("-id")


def sampled(actor: record.Actor, one: Lot) -> frozenset[int]:
    """Give the keys of the containers of a lot from which a sample was taken (21 CFR 211.84(c)(6))."""
    taken = Movement.visible_to(actor).filter(lot=one, kind="sample")
    return frozenset(taken.order_by().values_list("origin_id", flat=True))


def made_from(actor: record.Actor, one: Lot) -> QuerySet[Descent]:
    """Give what a lot was made from, one step back."""
    return Descent.visible_to(actor).filter(child=one).order_by("parent__definition__code", "parent_id")


def used_for(actor: record.Actor, one: Lot) -> QuerySet[Descent]:
    """Give what a lot was used for, one step forward."""
    return Descent.visible_to(actor).filter(parent=one).order_by("child_id")


def fitness(one: Lot, *, held: bool = False) -> Fitness:
    """Judge whether a lot, which the actor was allowed to read, can be used today.

    Args:
        one: The lot.
        held: Whether the container in question is held.

    Returns:
        The judgement.
    """
    return fitness_of(one, today(), held=held)


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a lot had one status.

    Attributes:
        status: The status.
        since: From when.
        until: To when; None if it goes on.
        seq: The entry that made it so.
        who: Who did.
        why: The reason.
    """

    status: str
    since: datetime
    until: datetime | None
    seq: int
    who: str
    why: str


def spells(one: Lot) -> list[Spell]:
    """Give the statuses of a lot through time, out of the record.

    Args:
        one: The lot, which the actor was allowed to read.

    Returns:
        Spells, the oldest first.
    """
    steps = [
        (entry, images["after"]["status"])
        for entry, images in record.changes_of(one)
        if images["after"] and images["after"]["status"] != (images["before"] or {}).get("status")
    ]
    ends: list[datetime | None] = [entry.at for entry, _ in steps[1:]]
    return [
        Spell(status, entry.at, until, entry.seq, entry.actor_name, entry.reason)
        for (entry, status), until in zip(steps, [*ends, None], strict=True)
    ]


def balance(actor: record.Actor, one: Lot) -> Balance:
    """Give the mass balance of a lot.

    Args:
        actor: Who reads.
        one: The lot, which the actor was allowed to read.

    Returns:
        What came in, what went out, what is there.

    Raises:
        Refused: If the actor may not see lots.
    """
    people.authorize(actor, "lot.read")
    return balance_of(one)


def reconciliations(actor: record.Actor, one: Lot) -> QuerySet[record.Entry]:
    """Give the reconciliations of a lot.

    Args:
        actor: Who reads.
        one: The lot.

    Returns:
        Entries, the latest first.
    """
    return record.history(one, actor).filter(type="lot.reconciled/1").order_by("-seq")


def stock(
    actor: record.Actor, *, location: str = "", material: str = "", within: int | None = None
) -> QuerySet[Container]:
    """Give what is in the plant, by place and expiry.

    Args:
        actor: Who reads.
        location: Code of a location; "" for all.
        material: Code of a material; "" for all.
        within: Only what expires or is due for a retest within so many days; None for all.

    Returns:
        Containers that hold something, by location, the first to expire first.

    Raises:
        Refused: If the actor may not see stock.
    """
    people.authorize(actor, "lot.read")
    found = Container.visible_to(actor).filter(amount_e6__gt=0)
    if location:
        found = found.filter(location__code=location)
    if material:
        found = found.filter(lot__definition__code=material)
    if within is not None:
        by = today() + timedelta(days=within)
        found = found.filter(Q(lot__expires_on__lte=by) | Q(lot__retest_on__lte=by))
    return found.order_by("location__code", F("lot__expires_on").asc(nulls_last=True), "lot_id", "id")


def totals(found: QuerySet[Container], most: int = 12) -> list[dict[str, Any]]:
    """Add up what is in containers by material.

    Args:
        found: Containers that the actor may see.
        most: As many materials at most.

    Returns:
        Name, unit and total of each; none if there are more materials than can be taken in at a glance.
    """
    grouped = found.order_by().values(name=F("lot__definition__name"), unit=F("lot__definition__unit"))
    rows = list(grouped.annotate(total=Sum("amount_e6")).order_by("name")[: most + 1])
    return [{**row, "total": int(row["total"])} for row in rows] if len(rows) <= most else []
