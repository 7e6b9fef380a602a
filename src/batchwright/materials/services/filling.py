"""Filling what was made into containers, each with its name: one of a lot that stands alone, or all of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries
from batchwright.materials.models import Container, Location, Lot
from batchwright.materials.services.common import amount_of, move, require_kept
from batchwright.materials.statuses import LotStatus

MOST = 500
"""Containers that one act fills at most."""
LONGEST_KIND = 40


@dataclass(frozen=True, slots=True)
class Fill:
    """Containers of one kind that hold the same.

    Attributes:
        amount: What is in each.
        number: How many.
        kind: What they are, such as drum.
    """

    amount: Quantity
    number: int = 1
    kind: str = ""


@record.command
def produce(
    *,
    actor: record.Actor,
    lot: Lot,
    amount: Quantity,
    location: Location,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Fill what was made into a container; what a batch makes is put away with its batch.

    Args:
        actor: Who fills it.
        lot: The lot that is made.
        amount: What is in the container.
        location: Where it stands.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot is not made here, is made by a batch, is rejected, or is not kept there.
    """
    data = entries.MaterialTransferred(lot=lot.identifier, amount=str(amount), origin=_("production"), target="")
    with record.entry(
        data, actor=actor, subject=lot, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.make")
        batch = batch_of(lot)
        if batch:
            raise DomainError(
                _("What a batch makes is put away with its batch"), value=lot.identifier, limit=batch,
                remedy=_("Open the batch, and put it away there."),
            )  # fmt: skip
        (filled,) = fill_lot(entry, lot=lot, fills=[Fill(amount)], location=location)
        entry.data = data.model_copy(update={"target": filled.identifier})
    return entry.receipt


def batch_of(lot: Lot) -> str:
    """Say which batch makes a lot: the one in whose entry it began.

    Args:
        lot: The lot, which the caller was allowed to read.

    Returns:
        Number of the batch; "" for a lot that stands alone.
    """
    made = record.Change.objects.filter(table=Lot._meta.db_table, key=lot.pk, row_version=1)
    kind, _slash, below = (made.values_list("entry__subject", flat=True).first() or "").partition("/")
    return below.partition("/")[0] if kind == "batch" else ""


def fill_lot(
    entry: record.OpenEntry, *, lot: Lot, fills: Sequence[Fill], location: Location, strictly: bool = False
) -> list[Container]:
    """Fill what was made into new containers inside an entry that somebody else opened.

    Args:
        entry: The open entry.
        lot: The lot that is made.
        fills: What is filled.
        location: Where the containers stand.
        strictly: Whether the location has to say that it is of the material's storage class.

    Returns:
        The containers, in the order in which they were named.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot is not made here, is rejected, or is not kept there.
        BadInput: If there are no containers, or too many, or their kind is too long.
    """
    people.authorize(entry.actor, "lot.make")
    if lot.origin != "made":
        raise DomainError(_("This lot is not made here"), value=lot.identifier, limit=lot.origin)
    if entry.lock(lot).status == LotStatus.REJECTED:
        raise DomainError(_("A rejected lot is not filled"), value=lot.identifier)
    number = sum(one.number for one in fills)
    if min((one.number for one in fills), default=0) < 1 or number > MOST:
        raise BadInput(_("Product is filled into containers"), value=number, limit=_("1 to %s at once") % MOST)
    for one in fills:
        if len(one.kind) > LONGEST_KIND:
            raise BadInput(_("This kind of container is too long"), value=one.kind, limit=f"<= {LONGEST_KIND}")
    require_kept(lot, location, strictly=strictly)
    return [
        fill_new(entry, lot, amount_of(one.amount, lot), location, how="production", kind=one.kind.strip())
        for one in fills
        for _each in range(one.number)
    ]


def new_container(
    entry: record.OpenEntry, lot: Lot, location: Location, *, kind: str = "", to_sample: bool = False
) -> Container:
    """Name an empty container inside an open entry.

    Args:
        entry: The open entry.
        lot: Whose it is.
        location: Where it stands.
        kind: What it is, such as drum.
        to_sample: Whether the plan of the material asks for a sample of it.

    Returns:
        The container.

    Raises:
        DomainError: If the material is not kept there.
    """
    require_kept(lot, location)
    made = Container(identifier=str(entry.number("C")), lot=lot, location=location, to_sample=to_sample)
    made.kind = kind
    return entry.create(made)


def fill_new(
    entry: record.OpenEntry, lot: Lot, amount: int, location: Location, *, how: str, kind: str = "",
    to_sample: bool = False,
) -> Container:  # fmt: skip
    """Fill a new container inside an open entry.

    Args:
        entry: The open entry.
        lot: Whose it is.
        amount: What is in it, in millionths of the lot's unit.
        location: Where it stands.
        how: As `MovementKind`.
        kind: What it is, such as drum.
        to_sample: Whether the plan of the material asks for a sample of it.

    Returns:
        The container.

    Raises:
        DomainError: If the material is not kept there.
    """
    made = new_container(entry, lot, location, kind=kind, to_sample=to_sample)
    move(entry, kind=how, lot=lot, amount=amount, target=made)
    return made
