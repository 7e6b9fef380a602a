"""What every command of materials does alike: checking a row, the day of the site, moving an amount."""

from datetime import date
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts, statuses
from batchwright.materials.models import Allocation, Container, Definition, Location, Lot, Movement, Supplier

Row = TypeVar("Row", bound=record.GmpModel)


def refuse_taken(model: type[Definition | Supplier | Location], code: str) -> None:
    """Refuse a code that something of this kind has already."""
    if model.objects.filter(code=code).exists():
        raise DomainError(_("This code is taken"), value=code, remedy=_("Choose another."))


def today() -> date:
    """Give the day in the zone of the site; dates of expiry are days there."""
    return timezone.localdate(clock.now(), timezone.get_default_timezone())


def shown(amount: int, lot: Lot) -> str:
    """Write an amount of a lot as people do."""
    return str(amounts.quantity(amount, lot.definition.unit))


def amount_of(quantity: Quantity, lot: Lot) -> int:
    """Give an amount that moves, in millionths of the lot's unit."""
    return amounts.positive(quantity, lot.definition.unit)


def fitness_of(lot: Lot, on: date, *, held: bool = False) -> statuses.Fitness:
    """Judge a lot on a day."""
    return statuses.fitness(
        status=lot.status, on=on, expires_on=lot.expires_on, retest_on=lot.retest_on, held=held
    )


def promised(container: Container) -> int:
    """Give what is promised of a container."""
    return sum(Allocation.objects.filter(container=container, state="open").values_list("amount_e6", flat=True))


def require_enough(container: Container, amount: int, lot: Lot) -> None:
    """Refuse to take more than is there and not promised to somebody else."""
    free = container.amount_e6 - promised(container)
    if amount > free:
        raise DomainError(
            _("There is less in the container than this"), value=shown(amount, lot),
            limit=_("%(free)s free of %(there)s in %(container)s")
            % {
                "free": shown(max(free, 0), lot), "there": shown(container.amount_e6, lot),
                "container": container.identifier,
            },
        )  # fmt: skip


def keep_still(entry: record.OpenEntry, *rows: Container | Lot) -> None:
    """Lock what an act is about before it looks: containers, then lots, each in the order of their keys.

    One order for every command, so that two acts that need the same rows wait for each other and never crosswise.
    """
    for row in sorted(set(rows), key=lambda one: (isinstance(one, Lot), one.pk)):
        entry.lock(row)


def require_kept(lot: Lot, location: Location, *, strictly: bool = False) -> None:
    """Refuse a location of another storage class than the material's.

    Args:
        lot: The lot.
        location: Where it would stand.
        strictly: Whether a location that says nothing of its storage class is refused as well.

    Raises:
        DomainError: If the material is not kept there; it names the locations that fit.
    """
    needed, offered = lot.definition.storage_class, location.storage_class
    if not needed or offered == needed or not (offered or strictly):
        return
    fit = Location.objects.filter(storage_class=needed).order_by("code").values_list("code", flat=True)[:10]
    raise DomainError(
        _("The material is not kept there"), value=f"{location.code}: {offered or _('no storage class')}", limit=needed,
        remedy=_("Choose a location that fits: %s.") % ", ".join(fit) if fit
        else _("Define a location of this storage class."),
    )  # fmt: skip


def move(
    entry: record.OpenEntry,
    *,
    kind: str,
    lot: Lot,
    amount: int,
    origin: Container | None = None,
    target: Container | None = None,
    into_lot: Lot | None = None,
    reference: str = "",
) -> Movement:
    """Move an amount: one row with both sides, and the containers brought up to it.

    Args:
        entry: The open entry.
        kind: As `MovementKind`.
        lot: The lot whose amount leaves or enters.
        amount: In millionths of its unit.
        origin: Where it leaves, as the caller read it.
        target: Where it enters.
        into_lot: What it is used for or becomes.
        reference: Shipment, sample or count.

    Returns:
        The movement.

    Raises:
        Stale: If a container was changed since it was read.
    """
    made = entry.create(
        Movement(
            lot=lot, kind=kind, amount_e6=amount, into_lot=into_lot, reference=reference, moved_on=today(),
            moved_at=clock.now(),
            origin=origin, origin_after_e6=None if origin is None else _fresh(entry, origin).amount_e6 - amount,
            target=target, target_after_e6=None if target is None else _fresh(entry, target).amount_e6 + amount,
        )
    )  # fmt: skip
    if origin is not None:
        entry.update(origin, amount_e6=made.origin_after_e6)
    if target is not None:
        entry.update(target, amount_e6=made.target_after_e6)
    return made


def _fresh(entry: record.OpenEntry, container: Container) -> Container:
    """Read a container anew; whoever read an older one is told who changed it before the database complains."""
    fresh = entry.lock(container)
    if fresh.version != container.version:
        entry.update(container, amount_e6=container.amount_e6)  # raises Stale, with who was first
    return fresh
