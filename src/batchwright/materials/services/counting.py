"""What a count finds: another amount than was expected, or a container that was not listed."""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts, entries
from batchwright.materials.models import Container, Location, Lot
from batchwright.materials.services.common import amount_of, move, require_enough, require_kept, shown
from batchwright.materials.statuses import LotStatus


@record.command
def count(
    *,
    actor: record.Actor,
    container: Container,
    counted: Quantity,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Reconcile a container with what was counted; a difference moves in or out and stays visible as such.

    Args:
        actor: Who counted.
        container: The container, as the actor saw it.
        counted: What is in it.
        reason: What explains the difference, or that there is none.
        expected_version: Version the actor saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If less is there than is promised, or the amount is negative.
        Stale: If the container was changed meanwhile.
    """
    lot = container.lot
    found = amounts.stored(counted, lot.definition.unit)
    if found < 0:
        raise BadInput(_("Nothing is less than nothing"), value=counted, limit=">= 0")
    data = entries.MaterialCounted(
        container=container.identifier, lot=lot.identifier, expected=shown(container.amount_e6, lot),
        counted=str(counted),
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.count")
        # Writes the row even where nothing differs: whoever counted an older content is told so.
        entry.update(container, expected_version=expected_version)
        difference = found - container.amount_e6
        if difference > 0:
            move(entry, kind="found", lot=lot, amount=difference, target=container, reference=_("count"))
        elif difference < 0:
            require_enough(container, -difference, lot)
            move(entry, kind="missing", lot=lot, amount=-difference, origin=container, reference=_("count"))
    return entry.receipt


@record.command
def count_in(
    *,
    actor: record.Actor,
    lot: Lot,
    amount: Quantity,
    location: Location,
    reason: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """List a container that stands in the store and holds a lot that was taken over from another system.

    That system told of the lot and not of what is left of it; a lot that was received or made here has its containers
    from there. Where nothing else came in, the
    mass balance takes what is counted in for what came in.

    Args:
        actor: Who counted.
        lot: The lot.
        amount: What is in the container.
        location: Where it stands.
        reason: On what ground, such as the number of the stock-take.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot was not taken over, is rejected, or is not kept there.
    """
    data = entries.MaterialCounted(container="-", lot=lot.identifier, expected=shown(0, lot), counted=str(amount))
    with record.entry(
        data, actor=actor, subject=lot, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "stock.count")
        if lot.origin != "migrated":
            raise DomainError(
                _("Containers of this lot are not counted in"), value=lot.identifier, limit=lot.get_origin_display(),
                remedy=_("Receive it, fill it, or count the containers that it has."),
            )  # fmt: skip
        if entry.lock(lot).status == LotStatus.REJECTED:
            raise DomainError(_("A rejected lot is not counted in"), value=lot.identifier)
        require_kept(lot, location)
        found = entry.create(Container(identifier=str(entry.number("C")), lot=lot, location=location))
        move(entry, kind="found", lot=lot, amount=amount_of(amount, lot), target=found, reference=_("count"))
        entry.data = data.model_copy(update={"container": found.identifier})
    return entry.receipt
