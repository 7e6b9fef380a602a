"""Using units: beginning and ending a batch, campaigns, holding, freeing, taking out of service."""

from typing import Any

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import Sponsor
from batchwright.plant import effective, entries
from batchwright.plant.facts import Intended
from batchwright.plant.models import Campaign, EquipmentElement, LineKind, UnitState, Use
from batchwright.plant.services.common import lock_state, log, moved, next_number, refuse_retired
from batchwright.plant.services.joining import begin_in, end_in
from batchwright.plant.states import Command


def training_for(unit: EquipmentElement) -> str:
    """Give the operation that a person is trained for who uses a unit: that of its class."""
    return f"operation/{unit.equipment_class.code.lower() if unit.equipment_class else unit.tag.lower()}"


@record.command
def begin_use(
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
    """Begin a batch on a unit that is fit for it (21 CFR 211.67, 211.182).

    Args:
        actor: Who begins it.
        unit: The unit.
        product: What is made.
        batch: Which batch of it.
        sponsor: Whose product it is.
        reason: Why, where something is to be said.
        expected_version: Version of the unit's state the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or is not trained.
        DomainError: If the unit cannot be used for this; all reasons are said.
        Stale: If the unit's state was changed meanwhile.
    """
    intended = Intended(product.strip(), batch.strip())
    data = entries.UseBegun(unit=unit.tag, product=intended.product, batch=intended.batch)
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "unit.use")
        people.require_training(actor, training_for(unit))
        use = begin_in(entry, unit, intended, sponsor=sponsor, expected_version=expected_version)
        if use.campaign is not None:
            entry.data = data.model_copy(update={"campaign": use.campaign.number})
    return entry.receipt


@record.command
def end_use(
    *,
    actor: record.Actor,
    unit: EquipmentElement,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """End the batch on a unit, which is dirty from now on.

    Args:
        actor: Who ends it.
        unit: The unit.
        reason: Why, where something is to be said.
        expected_version: Version of the unit's state the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If nothing is made on the unit.
        Stale: If the unit's state was changed meanwhile.
    """
    data = entries.UseEnded(unit=unit.tag, product="", batch="", began_at=clock.now())
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "unit.use")
        use = end_in(entry, unit, reason=reason, expected_version=expected_version)
        entry.data = entries.UseEnded(unit=unit.tag, product=use.product, batch=use.batch, began_at=use.began_at)
    return entry.receipt


@record.command
def open_campaign(
    *,
    actor: record.Actor,
    unit: EquipmentElement,
    product: str,
    sponsor: Sponsor | None = None,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Open a campaign of one product on a unit, within the limits that its class has now.

    Args:
        actor: Who opens it.
        unit: The unit.
        product: The product.
        sponsor: Whose product it is.
        reason: Why, where something is to be said.
        expected_version: Version of the unit's state the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If a campaign is open, or something is made on the unit.
        Stale: If the unit's state was changed meanwhile.
    """
    data = entries.CampaignOpened(unit=unit.tag, number=0, product=product)
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "unit.use")
        refuse_retired(unit)
        state, now = lock_state(entry, unit, expected_version), clock.now()
        _refuse_in_use(state)
        if state.campaign is not None:
            raise DomainError(
                _("A campaign is open"), value=unit.tag, limit=state.campaign.product, remedy=_("Close it first.")
            )
        rule = effective.rule_of(unit, now)
        campaign = entry.create(
            record.checked(
                Campaign(
                    unit=unit, number=next_number(Campaign, unit=unit), product=product.strip(), sponsor=sponsor,
                    opened_at=now, max_batches=None if rule is None else rule.campaign_batches,
                    max_days=None if rule is None else rule.campaign_days,
                )
            )
        )  # fmt: skip
        entry.update(state, campaign=campaign)
        log(entry, unit, LineKind.CAMPAIGN_OPENED, product=campaign.product)
        entry.data = entries.CampaignOpened(
            unit=unit.tag, number=campaign.number, product=campaign.product, max_batches=campaign.max_batches,
            max_days=campaign.max_days,
        )  # fmt: skip
    return entry.receipt


@record.command
def close_campaign(
    *,
    actor: record.Actor,
    unit: EquipmentElement,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Close the campaign on a unit; the next batch asks for a full cleaning.

    Args:
        actor: Who closes it.
        unit: The unit.
        reason: Why, where something is to be said.
        expected_version: Version of the unit's state the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If no campaign is open, or something is made on the unit.
        Stale: If the unit's state was changed meanwhile.
    """
    data = entries.CampaignClosed(unit=unit.tag, number=0, product="", batches=0)
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "unit.use")
        state = lock_state(entry, unit, expected_version)
        _refuse_in_use(state)
        campaign = state.campaign
        if campaign is None:
            raise DomainError(_("No campaign is open"), value=unit.tag, remedy=_("Open one first."))
        entry.update(campaign, closed_at=clock.now())
        entry.update(state, campaign=None)
        log(entry, unit, LineKind.CAMPAIGN_CLOSED, product=campaign.product, detail=reason)
        entry.data = entries.CampaignClosed(
            unit=unit.tag, number=campaign.number, product=campaign.product,
            batches=Use.objects.filter(campaign=campaign).count(),
        )  # fmt: skip
    return entry.receipt


def _refuse_in_use(state: UnitState) -> None:
    if state.use_id is not None:
        raise DomainError(_("The unit is in use"), value=state.unit.tag, remedy=_("End the use first."))


@record.command
def hold_unit(*, actor: record.Actor, unit: EquipmentElement, reason: str, **known: Any) -> record.Receipt:
    """Hold a unit at once; what is made on it can still be ended.

    Args:
        actor: Who holds it.
        unit: The unit.
        reason: Why.
        **known: expected_version of its state, and idempotency_key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is held or out of service.
        Stale: If the unit's state was changed meanwhile.
    """
    return _change(actor, unit, reason, Command.HOLD, **known)


@record.command
def free_unit(*, actor: record.Actor, unit: EquipmentElement, reason: str, **known: Any) -> record.Receipt:
    """Free a held unit: it returns to the state under the hold.

    Args:
        actor: Who frees it.
        unit: The unit.
        reason: On what ground.
        **known: expected_version of its state, and idempotency_key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not held.
        Stale: If the unit's state was changed meanwhile.
    """
    return _change(actor, unit, reason, Command.FREE, **known)


@record.command
def take_out(*, actor: record.Actor, unit: EquipmentElement, reason: str, **known: Any) -> record.Receipt:
    """Take a unit out of service; its cleaning and clearance no longer count.

    Args:
        actor: Who takes it out.
        unit: The unit.
        reason: Why.
        **known: expected_version of its state, and idempotency_key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is in use or out of service already.
        Stale: If the unit's state was changed meanwhile.
    """
    return _change(actor, unit, reason, Command.TAKE_OUT, **known)


@record.command
def return_to_service(*, actor: record.Actor, unit: EquipmentElement, reason: str, **known: Any) -> record.Receipt:
    """Return a unit to service; it is dirty, and held if it was held before.

    Args:
        actor: Who returns it.
        unit: The unit.
        reason: On what ground.
        **known: expected_version of its state, and idempotency_key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not out of service.
        Stale: If the unit's state was changed meanwhile.
    """
    return _change(actor, unit, reason, Command.RETURN_TO_SERVICE, **known)


_CHANGES: dict[Command, tuple[str, str, Any]] = {
    Command.HOLD: (
        "unit.hold", LineKind.HELD, lambda unit, before, _after: entries.UnitHeld(unit=unit, before=before)
    ),
    Command.FREE: (
        "unit.free", LineKind.FREED, lambda unit, _before, after: entries.UnitFreed(unit=unit, after=after)
    ),
    Command.TAKE_OUT: (
        "unit.service", LineKind.TAKEN_OUT, lambda unit, before, _after: entries.UnitTakenOut(unit=unit, before=before)
    ),
    Command.RETURN_TO_SERVICE: (
        "unit.service", LineKind.RETURNED, lambda unit, _before, after: entries.UnitReturned(unit=unit, after=after)
    ),
}  # fmt: skip
"""For each command without facts of its own: the action, the line of the logbook, and what the record says."""


def _change(
    actor: record.Actor,
    unit: EquipmentElement,
    reason: str,
    command: Command,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    action, line, says = _CHANGES[command]
    data = says(unit.tag, "", "")
    with record.entry(data, actor=actor, subject=unit, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, action)
        refuse_retired(unit)
        state = lock_state(entry, unit, expected_version)
        before = str(state.state)
        values = moved(state, command)
        if command in (Command.HOLD, Command.TAKE_OUT):
            values["why"] = "; ".join(filter(None, (state.why, reason.strip())))[:300]
        elif values["state"] != "held":
            values["why"] = ""
        if command is Command.TAKE_OUT:
            if state.clearance is not None:
                entry.update(state.clearance, spent_at=clock.now())
            values |= {"cleaning": None, "full_cleaning": None, "clearance": None}
        entry.update(state, **values)
        log(entry, unit, line, use=state.use, detail=reason)
        entry.data = says(unit.tag, before, str(state.state))
    return entry.receipt
