"""Allocating material, first expired first out."""

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts, entries, picking
from batchwright.materials.models import Allocation, Container, Definition
from batchwright.materials.services.common import (
    amount_of,
    fitness_of,
    keep_still,
    require_enough,
    shown,
    today,
)
from batchwright.materials.statuses import require_usable

LONGEST_PURPOSE = 80


@record.command
def allocate(
    *,
    actor: record.Actor,
    definition: Definition,
    amount: Quantity,
    purpose: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Promise an amount of a material, first expired first out; what cannot be used is passed over.

    Args:
        actor: Who allocates.
        definition: The material.
        amount: How much.
        purpose: To what: a batch or an order.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If there is not enough usable material.
        BadInput: If the purpose is missing or too long.
    """
    needed = amounts.positive(amount, definition.unit)
    data = entries.MaterialAllocated(
        material=definition.code, amount=str(amount), purpose=_purpose(purpose), picks=[]
    )
    with record.entry(
        data, actor=actor, subject=definition, reason=reason, sponsor=definition.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "stock.allocate")
        usable = {one.pk: one for one in _usable(Container.visible_to(actor).filter(lot__definition=definition))}
        keep_still(entry, *usable.values())
        usable = {one.pk: one for one in _usable(Container.visible_to(actor).filter(pk__in=usable))}
        open_amounts = dict(
            Allocation.objects.filter(container__in=usable, state="open")
            .values_list("container_id").annotate(total=Sum("amount_e6")).values_list("container_id", "total")
        )  # fmt: skip
        candidates = [
            picking.Candidate(
                key, one.amount_e6 - open_amounts.get(key, 0), one.lot.due_on, one.lot.received_on, one.pk
            )
            for key, one in usable.items()
        ]
        picks = picking.pick(candidates, needed, shown=str(amount))
        for one in picks:
            promise(entry, usable[one.key], one.amount, purpose)
        said = [_said(usable[one.key], one.amount) for one in picks]
        entry.data = data.model_copy(update={"picks": said})
    return entry.receipt


@record.command
def allocate_from(
    *,
    actor: record.Actor,
    container: Container,
    amount: Quantity,
    purpose: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Promise an amount of one container; refused with the reason where it cannot be used.

    Args:
        actor: Who allocates.
        container: The container.
        amount: How much.
        purpose: To what: a batch or an order.
        reason: Why this one and not the next by expiry.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot or the container is on hold, not approved or expired, or holds too little.
        BadInput: If the purpose is missing or too long.
    """
    lot = container.lot
    needed = amount_of(amount, lot)
    data = entries.MaterialAllocated(
        material=lot.definition.code, amount=str(amount), purpose=_purpose(purpose),
        picks=[_said(container, needed)],
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.allocate")
        keep_still(entry, container, lot)
        fresh = entry.lock(container)
        require_usable(fitness_of(entry.lock(lot), today(), held=fresh.held), container.identifier)
        require_enough(fresh, needed, lot)
        promise(entry, container, needed, purpose)
    return entry.receipt


@record.command
def end_allocation(
    *,
    actor: record.Actor,
    allocation: Allocation,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """End a promise without use.

    Args:
        actor: Who ends it.
        allocation: The promise.
        reason: Why.
        expected_version: Version the actor saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not open.
        Stale: If it was changed meanwhile.
    """
    lot = allocation.lot
    data = entries.AllocationEnded(
        lot=lot.identifier, amount=shown(allocation.amount_e6, lot), purpose=allocation.purpose
    )
    with record.entry(
        data, actor=actor, subject=allocation.container, reason=reason, sponsor=lot.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "stock.allocate")
        if entry.lock(allocation).state != "open":
            raise DomainError(_("This allocation is not open"), value=allocation.state)
        entry.update(allocation, expected_version=expected_version, state="ended")
    return entry.receipt


def settle_promises(entry: record.OpenEntry, container: Container, amount: int, purpose: str, state: str) -> None:
    """Settle what was promised of a container to a purpose, before the amount leaves it.

    Args:
        entry: The open entry.
        container: The container.
        amount: What leaves, in millionths of the unit.
        purpose: The purpose; what is promised to others stays untouched.
        state: used where the amount goes to the purpose, ended where it does not.
    """
    left = amount
    for one in Allocation.objects.filter(container=container, state="open", purpose=purpose).order_by("id"):
        if left <= 0:
            return
        entry.update(one, state=state)
        if one.amount_e6 > left:
            promise(entry, container, one.amount_e6 - left, purpose)
        left -= one.amount_e6


def promise(entry: record.OpenEntry, container: Container, amount: int, purpose: str) -> Allocation:
    """Promise an amount of a container to a purpose; the database refuses what cannot be promised.

    Args:
        entry: The open entry.
        container: The container.
        amount: In millionths of the unit.
        purpose: A batch or an order.

    Returns:
        The promise.

    Raises:
        BadInput: If the purpose is missing or too long.
    """
    return entry.create(
        Allocation(
            container=container, lot_id=container.lot_id, amount_e6=amount, purpose=_purpose(purpose),
            allocated_on=today(),
        )
    )  # fmt: skip


def _usable(rows: QuerySet[Container]) -> list[Container]:
    day = today()
    rows = rows.filter(lot__status="approved", held=False, amount_e6__gt=0)
    return [one for one in rows if fitness_of(one.lot, day).usable]


def _said(container: Container, amount: int) -> str:
    return f"{shown(amount, container.lot)} {container.identifier} ({container.lot.identifier})"


def _purpose(text: str) -> str:
    if not 1 <= len(text.strip()) <= LONGEST_PURPOSE:
        raise BadInput(_("Say what it is for"), value=text, limit=f"1 to {LONGEST_PURPOSE} characters")
    return text
