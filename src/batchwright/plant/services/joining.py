"""Use, cleaning and clearance inside an entry that another capability opened: the plant's commands do the same by them.

Who may do it was asked by whoever opened the entry; whether the unit allows it is asked here.
"""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import Sponsor
from batchwright.plant import effective, fitness
from batchwright.plant.facts import Intended
from batchwright.plant.models import Cleaning, CleaningProcedure, EquipmentElement, LineClearance, LineKind, Use
from batchwright.plant.services.common import lock_state, log, moved, next_number, refuse_retired
from batchwright.plant.states import Command


def begin_in(
    entry: record.OpenEntry, unit: EquipmentElement, intended: Intended, *, sponsor: Sponsor | None = None,
    expected_version: int | None = None,
) -> Use:  # fmt: skip
    """Begin a batch on a unit inside the entry of an act that another capability opened, who asked who may.

    Args:
        entry: The open entry.
        unit: The unit.
        intended: What is made.
        sponsor: Whose product it is.
        expected_version: Version of the unit's state the decision was made on.

    Returns:
        The use.

    Raises:
        DomainError: If the unit cannot be used for this; all reasons are said, and nothing is written.
        Stale: If the unit's state was changed meanwhile.
    """
    refuse_retired(unit)
    state, now = lock_state(entry, unit, expected_version), clock.now()
    facts = effective.facts_now([unit], now)[unit.pk]
    fitness.require_usable(fitness.judge(facts, now, intended), unit.tag)
    follows = fitness.follows_without_cleaning(facts, intended.product)
    values = moved(state, Command.BEGIN_USE, follows_without_cleaning=follows)
    use = entry.create(
        record.checked(
            Use(
                unit=unit, number=next_number(Use, unit=unit), product=intended.product, batch=intended.batch,
                sponsor=sponsor, campaign=state.campaign, began_at=now, began_by=entry.actor.id,
            )
        )
    )  # fmt: skip
    if state.clearance is not None:
        entry.update(state.clearance, spent_at=now)
    entry.update(state, **values, use=use, clearance=None, cleaning=None, full_cleaning=None, dirty_since=None)
    log(entry, unit, LineKind.USE_BEGUN, use=use)
    return use


def end_in(
    entry: record.OpenEntry, unit: EquipmentElement, *, reason: str = "", expected_version: int | None = None
) -> Use:
    """End the batch on a unit inside the entry of an act that another capability opened; the unit is dirty then.

    Args:
        entry: The open entry.
        unit: The unit.
        reason: Why, for the logbook.
        expected_version: Version of the unit's state the decision was made on.

    Returns:
        The use that ended.

    Raises:
        DomainError: If nothing is made on the unit.
        Stale: If the unit's state was changed meanwhile.
    """
    state, now = lock_state(entry, unit, expected_version), clock.now()
    values = moved(state, Command.END_USE)
    use = state.use
    if use is None:
        raise LookupError(f"{unit.tag} is in use without a use")  # the state machine refused it above
    entry.update(use, ended_at=now, ended_by=entry.actor.id)
    entry.update(state, **values, use=None, last_use=use, dirty_since=now)
    log(entry, unit, LineKind.USE_ENDED, use=use, detail=reason)
    return use


def clean_in(
    entry: record.OpenEntry, unit: EquipmentElement, procedure: CleaningProcedure, *,
    expected_version: int | None = None,
) -> Cleaning:  # fmt: skip
    """Record inside the entry of an act that another capability opened that a unit was cleaned.

    Args:
        entry: The open entry; who may clean was asked by whoever opened it.
        unit: The unit.
        procedure: The edition by which it was cleaned, which must be the effective one.
        expected_version: Version of the unit's state the decision was made on.

    Returns:
        The cleaning, which a second person verifies.

    Raises:
        DomainError: If the unit is in use, held or out of service, or the procedure is not effective for it.
        Stale: If the unit's state was changed meanwhile.
    """
    refuse_retired(unit)
    state, now = lock_state(entry, unit, expected_version), clock.now()
    values = moved(state, Command.CLEAN)
    _require_effective(unit, procedure)
    done = entry.create(
        Cleaning(
            unit=unit, number=next_number(Cleaning, unit=unit), procedure=procedure,
            product_before="" if state.last_use is None else state.last_use.product, soiled_at=state.dirty_since,
            cleaned_at=now, cleaned_by=entry.actor.id, cleaned_by_name=entry.actor.name,
        )
    )  # fmt: skip
    if state.clearance is not None:
        entry.update(state.clearance, spent_at=now)
    entry.update(state, **values, cleaning=done, clearance=None)
    log(entry, unit, LineKind.CLEANED, product=done.product_before, detail=str(procedure))
    return done


def _require_effective(unit: EquipmentElement, procedure: CleaningProcedure) -> None:
    effective_now = effective.effective_procedures(clock.now(), [unit.equipment_class_id])
    if not effective_now.filter(pk=procedure.pk).exists():
        raise DomainError(
            _("This cleaning procedure is not effective for the unit"), value=str(procedure),
            limit=", ".join(str(one) for one in effective_now) or _("no procedure"),
            remedy=_("Clean by the effective edition."),
        )  # fmt: skip


def clear_in(
    entry: record.OpenEntry, unit: EquipmentElement, *, product: str, batch: str, sponsor: Sponsor | None = None,
    expected_version: int | None = None,
) -> LineClearance:  # fmt: skip
    """Record inside the entry of an act that another capability opened that a line is clear.

    Args:
        entry: The open entry; who may clear was asked by whoever opened it.
        unit: The unit.
        product: What will be made.
        batch: Which batch of it.
        sponsor: Whose product it is.
        expected_version: Version of the unit's state the decision was made on.

    Returns:
        The clearance, which a second person verifies.

    Raises:
        DomainError: If the unit is in use or out of service.
        Stale: If the unit's state was changed meanwhile.
    """
    refuse_retired(unit)
    state, now = lock_state(entry, unit, expected_version), clock.now()
    if state.use_id is not None or state.state == "out_of_service":
        raise DomainError(
            _("A line is cleared between batches"), value=state.get_state_display(),
            remedy=_("End the use, or return the unit to service first."),
        )  # fmt: skip
    if state.clearance is not None:
        entry.update(state.clearance, spent_at=now)
    found = entry.create(
        record.checked(
            LineClearance(
                unit=unit, number=next_number(LineClearance, unit=unit), product=product, batch=batch,
                sponsor=sponsor, cleared_at=now, cleared_by=entry.actor.id, cleared_by_name=entry.actor.name,
            )
        )
    )  # fmt: skip
    entry.update(state, clearance=found)
    log(entry, unit, LineKind.CLEARED, product=found.product, batch=found.batch)
    return found


def verify_cleaning_in(entry: record.OpenEntry, cleaning: Cleaning, *, by: record.Actor) -> None:
    """Record inside an open entry that a second person verified a cleaning; the unit is clean from now on.

    Args:
        entry: The open entry; that the person may verify, and who it is, was asked by whoever opened it.
        cleaning: The cleaning.
        by: The second person.

    Raises:
        Refused: If the person cleaned it.
        DomainError: If there is nothing to verify: it is verified, or the unit was used or cleaned again.
    """
    people.require_other_person(by, cleaning.cleaned_by)
    unit, procedure = cleaning.unit, cleaning.procedure
    state, now = lock_state(entry, unit), clock.now()
    if state.cleaning_id != cleaning.pk:
        raise DomainError(
            _("This cleaning is not the last one"), value=cleaning.subject, remedy=_("Look at the unit again.")
        )
    values = moved(state, Command.VERIFY_CLEANING)
    entry.update(cleaning, verified_at=now, verified_by=by.id, verified_by_name=by.name)
    full = cleaning if procedure.kind == "full" else state.full_cleaning
    entry.update(state, **values, full_cleaning=full, dirty_since=None)
    log(entry, unit, LineKind.CLEANING_VERIFIED, product=cleaning.product_before, detail=str(procedure), by=by)


def verify_clearance_in(entry: record.OpenEntry, clearance: LineClearance, *, by: record.Actor) -> None:
    """Record inside an open entry that a second person verified a line clearance.

    Args:
        entry: The open entry; that the person may verify, and who it is, was asked by whoever opened it.
        clearance: The clearance.
        by: The second person.

    Raises:
        Refused: If the person cleared it.
        DomainError: If it is spent or verified already.
    """
    people.require_other_person(by, clearance.cleared_by)
    state = lock_state(entry, clearance.unit)
    if state.clearance_id != clearance.pk or clearance.verified_at is not None:
        raise DomainError(
            _("There is nothing to verify: this clearance is spent or verified"), value=clearance.subject,
            remedy=_("Clear the line again."),
        )  # fmt: skip
    entry.update(clearance, verified_at=clock.now(), verified_by=by.id, verified_by_name=by.name)
    log(entry, clearance.unit, LineKind.CLEARANCE_VERIFIED, product=clearance.product, batch=clearance.batch, by=by)
