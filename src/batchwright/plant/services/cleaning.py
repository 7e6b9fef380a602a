"""Cleaning units and clearing lines, each verified and signed by a second person."""

from datetime import timedelta

from batchwright import people, record
from batchwright.people import Sponsor
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession
from batchwright.plant import entries, showing
from batchwright.plant.models import Cleaning, CleaningProcedure, EquipmentElement, LineClearance
from batchwright.plant.services.joining import clean_in, clear_in, verify_cleaning_in, verify_clearance_in

TRAINING = "operation/cleaning"
"""What a person is trained for who cleans."""


@record.command
def clean_unit(
    *,
    actor: record.Actor,
    unit: EquipmentElement,
    procedure: CleaningProcedure,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Record that a unit was cleaned; it is clean once a second person verified it.

    Args:
        actor: Who cleaned it.
        unit: The unit.
        procedure: The edition by which it was cleaned, which must be the effective one.
        reason: Why, where something is to be said.
        expected_version: Version of the unit's state the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or is not trained.
        DomainError: If the unit is in use, held or out of service, or the procedure is not effective for it.
        Stale: If the unit's state was changed meanwhile.
    """
    data = entries.UnitCleaned(
        unit=unit.tag, number=0, procedure=procedure.code, edition=procedure.edition, kind=procedure.kind
    )
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "unit.clean")
        people.require_training(actor, TRAINING)
        done = clean_in(entry, unit, procedure, expected_version=expected_version)
        dirty = None if done.soiled_at is None else done.cleaned_at - done.soiled_at
        allowed = procedure.dirty_hold_minutes
        entry.data = data.model_copy(
            update={
                "number": done.number, "product_before": done.product_before,
                "dirty_minutes": None if dirty is None else dirty // timedelta(minutes=1),
                "late": dirty is not None and allowed is not None and dirty >= timedelta(minutes=allowed),
            }
        )  # fmt: skip
    return entry.receipt


@record.command
def verify_cleaning(
    *,
    actor: record.Actor,
    cleaning: Cleaning,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Verify another person's cleaning and sign it; the unit is clean from now on (21 CFR 211.182).

    Args:
        actor: Who verifies.
        cleaning: The cleaning, as it was shown.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, cleaned it, or the signature is refused.
        DomainError: If there is nothing to verify: it is verified, or the unit was used or cleaned again.
    """
    unit, procedure = cleaning.unit, cleaning.procedure
    data = entries.CleaningVerified(
        unit=unit.tag, number=cleaning.number, procedure=procedure.code, edition=procedure.edition
    )
    with people.signed_entry(
        data, actor=actor, row=cleaning, meaning="verified", shown=showing.of_cleaning, name=name, given=given,
        session=session, address=address, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "unit.verify")
        verify_cleaning_in(entry, cleaning, by=actor)
    return entry.receipt


@record.command
def clear_line(
    *,
    actor: record.Actor,
    unit: EquipmentElement,
    product: str,
    batch: str,
    sponsor: Sponsor | None = None,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Record that nothing of an earlier batch is left on a line (21 CFR 211.130(e)); a second person verifies it.

    Args:
        actor: Who looked.
        unit: The unit.
        product: What will be made.
        batch: Which batch of it.
        sponsor: Whose product it is.
        reason: Why, where something is to be said.
        expected_version: Version of the unit's state the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the unit is in use or out of service.
        Stale: If the unit's state was changed meanwhile.
    """
    data = entries.LineCleared(unit=unit.tag, number=0, product=product.strip(), batch=batch.strip())
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "unit.clean")
        found = clear_in(
            entry, unit, product=data.product, batch=data.batch, sponsor=sponsor, expected_version=expected_version
        )
        entry.data = data.model_copy(update={"number": found.number})
    return entry.receipt


@record.command
def verify_clearance(
    *,
    actor: record.Actor,
    clearance: LineClearance,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Verify another person's line clearance and sign it.

    Args:
        actor: Who verifies.
        clearance: The clearance, as it was shown.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, cleared it, or the signature is refused.
        DomainError: If it is spent or verified already.
    """
    unit = clearance.unit
    data = entries.ClearanceVerified(
        unit=unit.tag, number=clearance.number, product=clearance.product, batch=clearance.batch
    )
    with people.signed_entry(
        data, actor=actor, row=clearance, meaning="verified", shown=showing.of_clearance, name=name, given=given,
        session=session, address=address, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "unit.verify")
        verify_clearance_in(entry, clearance, by=actor)
    return entry.receipt
