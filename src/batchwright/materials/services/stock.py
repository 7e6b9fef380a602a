"""What happens to amounts: moved, used, sampled, destroyed, shipped."""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries
from batchwright.materials.models import Container, Location, Lot
from batchwright.materials.services import joining
from batchwright.materials.services.common import (
    amount_of,
    keep_still,
    move,
    require_enough,
    require_kept,
    shown,
)
from batchwright.materials.services.promises import settle_promises

LONGEST_REFERENCE = 80


@record.command
def move_container(
    *,
    actor: record.Actor,
    container: Container,
    location: Location,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Put a container elsewhere.

    Args:
        actor: Who moves it.
        container: The container, as the actor saw it.
        location: Where to; its storage class fits the material.
        reason: Why.
        expected_version: Version the actor saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the location does not fit, or it stands there already.
        Stale: If somebody else moved it meanwhile.
    """
    lot, before = container.lot, container.location.code
    data = entries.ContainerMoved(
        container=container.identifier, lot=lot.identifier, before=before, after=location.code
    )
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.move")
        require_kept(lot, location)
        entry.update(container, expected_version=expected_version, location=location)
        if before == location.code:
            raise DomainError(_("The container stands there already"), value=location.code)
    return entry.receipt


@record.command
def split_container(
    *,
    actor: record.Actor,
    container: Container,
    amount: Quantity,
    location: Location | None = None,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Put an amount into a new container of the same lot; a held container's part is held as well.

    Args:
        actor: Who does it.
        container: Where it is taken from.
        amount: How much.
        location: Where the new one stands; beside the old one if None. Its storage class fits the material.
        reason: Why.
        expected_version: Version the actor saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If there is not enough, or the location does not fit.
        Stale: If the container was changed meanwhile.
    """
    lot = container.lot
    moved = amount_of(amount, lot)
    data = entries.MaterialTransferred(
        lot=lot.identifier, amount=shown(moved, lot), origin=container.identifier, target=""
    )
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.move")
        if expected_version is not None:
            entry.update(container, expected_version=expected_version)
        made = joining.part_off(entry, source=container, amount=moved, location=location)
        entry.data = data.model_copy(update={"target": made.identifier})
    return entry.receipt


@record.command
def consume(
    *,
    actor: record.Actor,
    container: Container,
    amount: Quantity,
    into: Lot,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Use an amount to make another lot; genealogy follows by itself.

    Args:
        actor: Who uses it.
        container: Where it is taken from.
        amount: How much.
        into: What is made; what is promised to it is used up first.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the lot that is made.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot cannot be used, there is not enough, or the lot would be made from itself.
    """
    lot = container.lot
    used = amount_of(amount, lot)
    data = entries.MaterialConsumed(
        lot=lot.identifier, amount=shown(used, lot), container=container.identifier, into=into.identifier
    )
    with record.entry(
        data, actor=actor, subject=into, reason=reason, sponsor=into.tenant, idempotency_key=idempotency_key
    ) as entry:
        joining.charge(entry, container=container, amount=amount, into=into)
    return entry.receipt


@record.command
def ship(
    *,
    actor: record.Actor,
    container: Container,
    amount: Quantity,
    shipment: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Send an amount out of the plant.

    Args:
        actor: Who sends it.
        container: Where it is taken from.
        amount: How much.
        shipment: Number of the shipment.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot cannot be used, or there is not enough.
        BadInput: If the shipment has no number.
    """
    lot = container.lot
    gone = amount_of(amount, lot)
    data = entries.MaterialShipped(
        lot=lot.identifier, amount=shown(gone, lot), container=container.identifier, shipment=named(shipment)
    )
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.ship")
        keep_still(entry, container, lot)
        joining.require_usable_now(entry, container)
        settle_promises(entry, container, gone, shipment, "used")
        require_enough(entry.lock(container), gone, lot)
        move(entry, kind="shipment", lot=lot, amount=gone, origin=container, reference=shipment)
    return entry.receipt


@record.command
def sample(
    *,
    actor: record.Actor,
    container: Container,
    amount: Quantity,
    sample_name: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Take a sample; of a lot in any status, for that is how it gets another.

    Args:
        actor: Who samples.
        container: The container.
        amount: How much.
        sample_name: Number of the sample.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If there is not enough.
        BadInput: If the sample has no number.
    """
    lot = container.lot
    data = entries.MaterialSampled(
        lot=lot.identifier, amount=str(amount), container=container.identifier, sample=named(sample_name)
    )
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.sample")
        keep_still(entry, container, lot)
        require_enough(entry.lock(container), amount_of(amount, lot), lot)
        move(entry, kind="sample", lot=lot, amount=amount_of(amount, lot), origin=container, reference=sample_name)
    return entry.receipt


@record.command
def destroy(
    *,
    actor: record.Actor,
    container: Container,
    amount: Quantity,
    reason: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Destroy an amount.

    Args:
        actor: Who answers for it.
        container: The container.
        amount: How much.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If there is not enough.
    """
    lot = container.lot
    data = entries.MaterialDestroyed(lot=lot.identifier, amount=str(amount), container=container.identifier)
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.destroy")
        keep_still(entry, container, lot)
        require_enough(entry.lock(container), amount_of(amount, lot), lot)
        move(entry, kind="destruction", lot=lot, amount=amount_of(amount, lot), origin=container)
    return entry.receipt


def named(text: str) -> str:
    """Refuse a missing or too long number of a sample or shipment."""
    if not 1 <= len(text.strip()) <= LONGEST_REFERENCE:
        raise BadInput(_("A number is missing or too long"), value=text, limit=f"1 to {LONGEST_REFERENCE} characters")
    return text
