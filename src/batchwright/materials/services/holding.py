"""Stopping lots and parts of lots, and deciding on them."""

from datetime import date

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.materials import entries
from batchwright.materials.models import Container, Lot
from batchwright.materials.services.common import shown, today
from batchwright.materials.statuses import LotStatus, require_step
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession

MEANINGS = {LotStatus.APPROVED: "approved", LotStatus.REJECTED: "rejected"}
"""What is signed for each decision."""


@record.command
def hold_lot(
    *,
    actor: record.Actor,
    lot: Lot,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Stop a lot at once; it takes no signature, so that nothing delays it.

    Args:
        actor: Who stops it.
        lot: The lot.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot is held or rejected already.
        Stale: If the lot was changed meanwhile.
    """
    data = entries.LotHeld(lot=lot.identifier, before=lot.status)
    with record.entry(
        data, actor=actor, subject=lot, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.hold")
        require_step(entry.lock(lot).status, LotStatus.HOLD)
        entry.update(lot, expected_version=expected_version, status=LotStatus.HOLD)
    return entry.receipt


@record.command
def decide_lot(
    *,
    actor: record.Actor,
    lot: Lot,
    status: str,
    reason: str,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Approve or reject a lot, and sign it (21 CFR 211.84, 11.50).

    Args:
        actor: Who decides.
        lot: The lot, as it was shown.
        status: approved or rejected.
        reason: On what ground.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or the signature is refused.
        DomainError: If the status may not follow, or an expired lot would be approved.
        BadInput: If there is no such decision.
    """
    if status not in MEANINGS:
        raise BadInput(_("There is no such decision"), value=status, limit=", ".join(MEANINGS))
    data = entries.LotDecided(lot=lot.identifier, before=lot.status, after=status)
    with people.signed_entry(
        data, actor=actor, row=lot, name=name, given=given, session=session, address=address, reason=reason,
        sponsor=lot.tenant, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "lot.decide")
        require_step(entry.lock(lot).status, status)
        if status == LotStatus.APPROVED and lot.expires_on is not None and lot.expires_on < today():
            raise DomainError(
                _("An expired lot is not approved"), value=lot.expires_on.isoformat(), remedy=_("Reject it.")
            )
        entry.update(lot, status=status)
    return entry.receipt


@record.command
def retest_lot(
    *,
    actor: record.Actor,
    lot: Lot,
    retest_on: date,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Set the next retest of a lot that was tested again.

    Args:
        actor: Who sets it.
        lot: The lot.
        retest_on: Day of the next one.
        reason: On what results.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the lot is rejected, or the day has passed or lies behind the expiry.
    """
    data = entries.LotRetested(lot=lot.identifier, before=lot.retest_on, after=retest_on)
    with record.entry(
        data, actor=actor, subject=lot, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.decide")
        fresh = entry.lock(lot)
        last = fresh.expires_on or date.max
        if fresh.status == LotStatus.REJECTED or not today() < retest_on <= last:
            raise DomainError(
                _("This cannot be the day of the next retest"), value=retest_on.isoformat(),
                limit=_("after today, not after the expiry, and not of a rejected lot"),
            )  # fmt: skip
        entry.update(lot, expected_version=expected_version, retest_on=retest_on)
    return entry.receipt


@record.command
def hold_container(
    *,
    actor: record.Actor,
    container: Container,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Stop part of a lot: one container. Less than a container is split off first.

    Args:
        actor: Who stops it.
        container: The container.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is held already.
        Stale: If it was changed meanwhile.
    """
    return _set_held(
        container, True, entries.ContainerHeld, "lot.hold", actor, reason, expected_version, idempotency_key
    )


@record.command
def free_container(
    *,
    actor: record.Actor,
    container: Container,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Let a held part of a lot be used like the rest.

    Args:
        actor: Who decides.
        container: The container.
        reason: On what ground.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not held.
        Stale: If it was changed meanwhile.
    """
    return _set_held(
        container, False, entries.ContainerFreed, "lot.decide", actor, reason, expected_version, idempotency_key
    )


def _set_held(
    container: Container,
    held: bool,
    kind: type[entries.ContainerHeld | entries.ContainerFreed],
    action: str,
    actor: record.Actor,
    reason: str,
    expected_version: int | None,
    idempotency_key: str | None,
) -> record.Receipt:
    lot = container.lot
    data = kind(container=container.identifier, lot=lot.identifier, amount=shown(container.amount_e6, lot))
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, action)
        if entry.lock(container).held is held:
            said = _("The container is held already") if held else _("The container is not held")
            raise DomainError(said, value=container.identifier)
        entry.update(container, expected_version=expected_version, held=held)
    return entry.receipt
