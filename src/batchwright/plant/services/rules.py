"""Issuing cleaning procedures and the rules between batches, each effective from a day on."""

from datetime import datetime

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.plant import entries
from batchwright.plant.models import ChangeoverRule, CleaningProcedure, EquipmentClass
from batchwright.plant.services.common import refuse_taken


@record.command
def issue_cleaning_procedure(
    *,
    actor: record.Actor,
    code: str,
    edition: str,
    title: str,
    equipment_class: EquipmentClass,
    kind: str,
    clean_hold_minutes: int | None = None,
    dirty_hold_minutes: int | None = None,
    effective_at: datetime | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Issue an edition of a cleaning procedure; earlier cleanings keep the hold time of theirs.

    Args:
        actor: Who issues it.
        code: Its code.
        edition: Its edition, never issued before.
        title: What people call it.
        equipment_class: What it cleans.
        kind: minor or full.
        clean_hold_minutes: How long a unit stays clean after it; None without limit.
        dirty_hold_minutes: How soon after use it must be done; None without limit.
        effective_at: From when; now if None.
        reason: What changed.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the edition exists, or an earlier one cleans another class.
        BadInput: If a particular is malformed.
    """
    since = clock.now() if effective_at is None else clock.ensure_utc(effective_at)
    row = record.checked(
        CleaningProcedure(
            code=code, edition=edition, title=title, equipment_class=equipment_class, kind=kind,
            clean_hold_minutes=clean_hold_minutes, dirty_hold_minutes=dirty_hold_minutes, effective_at=since,
        )
    )  # fmt: skip
    data = entries.CleaningProcedureIssued(
        code=code, edition=edition, title=title, equipment_class=equipment_class.code, kind=kind,
        clean_hold_minutes=clean_hold_minutes, dirty_hold_minutes=dirty_hold_minutes, effective_at=since,
    )  # fmt: skip
    with record.entry(data, actor=actor, subject=row, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        refuse_taken(CleaningProcedure, code=code, edition=edition)
        earlier = CleaningProcedure.objects.filter(code=code).select_related("equipment_class").first()
        if earlier is not None and (earlier.equipment_class_id, earlier.kind) != (equipment_class.pk, kind):
            raise DomainError(
                _("A procedure keeps its class and kind"), value=f"{equipment_class.code}, {kind}",
                limit=f"{earlier.equipment_class.code}, {earlier.kind}",
                remedy=_("Give the new one a code of its own."),
            )  # fmt: skip
        entry.create(row)
    return entry.receipt


@record.command
def set_changeover_rule(
    *,
    actor: record.Actor,
    equipment_class: EquipmentClass,
    reason: str,
    same_product: str = "minor",
    other_product: str = "full",
    campaign_batches: int | None = None,
    campaign_days: int | None = None,
    needs_clearance: bool = True,
    effective_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Say what a class of units asks for between batches; open campaigns keep their limits.

    Args:
        actor: Who says it.
        equipment_class: The class.
        reason: On what ground.
        same_product: none, minor or full, between two batches of one campaign.
        other_product: minor or full, before another product.
        campaign_batches: Most batches of a campaign; None without limit.
        campaign_days: Most days of a campaign; None without limit.
        needs_clearance: Whether each batch needs a line clearance.
        effective_at: From when; now if None.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        BadInput: If a particular is malformed.
    """
    since = clock.now() if effective_at is None else clock.ensure_utc(effective_at)
    row = record.checked(
        ChangeoverRule(
            equipment_class=equipment_class, same_product=same_product, other_product=other_product,
            campaign_batches=campaign_batches, campaign_days=campaign_days, needs_clearance=needs_clearance,
            effective_at=since,
        )
    )  # fmt: skip
    data = entries.ChangeoverRuleSet(
        equipment_class=equipment_class.code, same_product=same_product, other_product=other_product,
        campaign_batches=campaign_batches, campaign_days=campaign_days, needs_clearance=needs_clearance,
        effective_at=since,
    )  # fmt: skip
    with record.entry(data, actor=actor, subject=row, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        entry.create(row)
    return entry.receipt
