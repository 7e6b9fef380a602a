"""Moving material inside an entry that somebody else opened: one act of the floor stays one entry of the record.

The commands of materials that stand alone call these functions as well, so that there is one set of rules: what is on
hold, not approved, expired or due for a retest is neither drawn nor charged; what is promised to others stays; mass is
conserved by movements with two sides.
"""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials.descending import descend
from batchwright.materials.models import Container, Location, Lot, Movement
from batchwright.materials.services.common import (
    amount_of,
    fitness_of,
    keep_still,
    move,
    require_enough,
    require_kept,
    today,
)
from batchwright.materials.services.promises import promise, settle_promises
from batchwright.materials.statuses import require_usable


def draw(
    entry: record.OpenEntry,
    *,
    source: Container,
    amount: Quantity,
    purpose: str,
    into: Container | None = None,
    location: Location | None = None,
) -> Container:
    """Put an amount of a usable lot into another container and promise it to what it is dispensed for.

    Args:
        entry: The open entry; its actor draws.
        source: Where it is taken from, as the caller read it.
        amount: How much.
        purpose: The batch; what was promised to it in the source is used up first.
        into: Where it goes; a new container of the lot if None.
        location: Where a new one stands; beside the source if None.

    Returns:
        Where it went.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot or the container cannot be used, there is not enough, or the other container is of
            another lot or held.
        Stale: If a container was changed since it was read.
    """
    people.authorize(entry.actor, "stock.move")
    keep_still(entry, source, *([] if into is None else [into]), source.lot)
    require_usable_now(entry, source)
    if into is not None:
        _require_same(into, source)
        require_usable_now(entry, into)
    taken = amount_of(amount, source.lot)
    settle_promises(entry, source, taken, purpose, "used")
    target = part_off(entry, source=source, amount=taken, into=into, location=location)
    promise(entry, target, taken, purpose)
    return target


def give_back(
    entry: record.OpenEntry, *, container: Container, amount: Quantity, into: Container, purpose: str
) -> Movement:
    """Put a drawn amount back where it came from, whatever the status of its lot is by now.

    Args:
        entry: The open entry; its actor gives back.
        container: Where it was drawn into, as the caller read it.
        amount: How much of it.
        into: Where it goes back.
        purpose: The batch that it was promised to.

    Returns:
        The movement.

    Raises:
        Refused: If the actor may not.
        DomainError: If the containers are of different lots, a held one would lose its content to a free one, or
            there is not enough.
        Stale: If a container was changed since it was read.
    """
    people.authorize(entry.actor, "stock.move")
    keep_still(entry, container, into, container.lot)
    _require_same(into, container)
    fresh = entry.lock(container)
    if fresh.held and not entry.lock(into).held:
        raise DomainError(
            _("A held container does not give its content to a free one"), value=container.identifier,
            limit=into.identifier, remedy=_("Hold the other container as well, or free this one first."),
        )  # fmt: skip
    returned = amount_of(amount, container.lot)
    # Of what can no longer be used nothing stays promised: the rest of a promise would be a new one.
    usable = fitness_of(entry.lock(container.lot), today(), held=fresh.held).usable
    settle_promises(entry, container, returned if usable else fresh.amount_e6, purpose, "ended")
    require_enough(fresh, returned, container.lot)
    return move(entry, kind="transfer", lot=container.lot, amount=returned, origin=container, target=into)


def charge(
    entry: record.OpenEntry, *, container: Container, amount: Quantity, into: Lot, purpose: str = ""
) -> Movement:
    """Use an amount to make another lot; genealogy follows by itself.

    Args:
        entry: The open entry; its actor uses it.
        container: Where it is taken from, as the caller read it.
        amount: How much.
        into: What is made.
        purpose: What the amount may be promised to; the lot that is made if "".

    Returns:
        The movement.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot cannot be used, there is not enough, or the lot would be made from itself.
        Stale: If the container was changed since it was read.
    """
    people.authorize(entry.actor, "stock.consume")
    lot = container.lot
    keep_still(entry, container, lot, into)
    require_usable_now(entry, container)
    if into.origin != "made":
        raise DomainError(_("Nothing is made of this lot here"), value=into.identifier, limit=into.origin)
    if lot.tenant not in (None, into.tenant):
        raise DomainError(_("This material belongs to another sponsor"), value=lot.identifier)
    used = amount_of(amount, lot)
    settle_promises(entry, container, used, purpose or into.identifier, "used")
    require_enough(entry.lock(container), used, lot)
    descend(entry, parent=lot, child=into, kind="consumed")
    return move(entry, kind="consumption", lot=lot, amount=used, origin=container, into_lot=into)


def part_off(
    entry: record.OpenEntry,
    *,
    source: Container,
    amount: int,
    into: Container | None = None,
    location: Location | None = None,
) -> Container:
    """Put an amount into another container of the same lot; the part of a held container is held as well.

    Args:
        entry: The open entry.
        source: Where it is taken from, as the caller read it.
        amount: In millionths of the lot's unit.
        into: Where it goes; a new container if None.
        location: Where a new one stands; beside the source if None.

    Returns:
        Where it went.

    Raises:
        DomainError: If there is not enough, or the location does not fit the material.
        Stale: If a container was changed since it was read.
    """
    fresh = entry.lock(source)
    require_enough(fresh, amount, source.lot)
    if into is None:
        if location is not None:
            require_kept(source.lot, location)
        into = entry.create(
            Container(
                identifier=str(entry.number("C")), lot=source.lot, location=location or source.location,
                held=fresh.held, held_by=fresh.held_by,
            )
        )  # fmt: skip
    move(entry, kind="transfer", lot=source.lot, amount=amount, origin=source, target=into)
    return into


def require_usable_now(entry: record.OpenEntry, container: Container) -> None:
    """Refuse a container that is held, or whose lot is not approved, has expired or is due for a retest.

    Args:
        entry: The open entry; both are read anew in it.
        container: The container.

    Raises:
        DomainError: With every reason.
    """
    held = entry.lock(container).held
    require_usable(fitness_of(entry.lock(container.lot), today(), held=held), container.identifier)


def _require_same(into: Container, source: Container) -> None:
    if into.lot_id != source.lot_id or into.pk == source.pk:
        raise DomainError(
            _("Only another container of the same lot takes this"),
            value=f"{into.identifier} ({into.lot.identifier})", limit=source.lot.identifier,
            remedy=_("Choose a container of the same lot, or a new one."),
        )  # fmt: skip
