"""Stopping lots and parts of lots, and deciding on them."""

from datetime import date

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.materials import entries, statements
from batchwright.materials.models import Container, Lot, Movement
from batchwright.materials.services.common import shown, today
from batchwright.materials.statuses import LotStatus, require_step
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession

DECISIONS = (LotStatus.APPROVED, LotStatus.REJECTED)
_OWN_WORK = ("lot.received/1", "lot.made/1", "lot.converted/1", "material.transferred/1", "material.consumed/1",
             "lot.certified/1")
"""Entries about a lot whose author does not approve it."""


def workers_on(lot: Lot) -> tuple[str, ...]:
    """Give whose work a lot is: who received, made or filled it, and who put it on hold where it is.

    Args:
        lot: The lot, which the caller was allowed to read.

    Returns:
        Ids of actors; none of them approves the lot.
    """
    about = record.Entry.objects.filter(subject=lot.subject)
    found = list(about.filter(type__in=_OWN_WORK).values_list("actor", flat=True))
    filled = Movement.objects.filter(lot=lot, kind="production").order_by().values("pk")  # in the entry of a batch, too
    wrote = record.Change.objects.filter(table=Movement._meta.db_table, key__in=filled).order_by("entry_id")
    found += wrote.values_list("entry__actor", flat=True)
    if lot.status == LotStatus.HOLD:
        found += about.filter(type="lot.held/1").order_by("-seq").values_list("actor", flat=True)[:1]
    return tuple(dict.fromkeys(found))


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
        Refused: If the actor may not, approves own work, or the signature is refused.
        DomainError: If the status may not follow, an expired lot would be approved, or one whose sampling is not done.
        BadInput: If there is no such decision.
    """
    if status not in DECISIONS:
        raise BadInput(_("There is no such decision"), value=status, limit=", ".join(DECISIONS))
    data = entries.LotDecided(lot=lot.identifier, before=lot.status, after=status)
    with people.signed_entry(
        data, actor=actor, row=lot, meaning=statements.MEANINGS[status],
        shown=lambda fresh: statements.of_lot(fresh, status, reason),
        name=name, given=given, session=session, address=address, reason=reason, sponsor=lot.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "lot.decide")
        require_step(entry.lock(lot).status, status)
        if status == LotStatus.APPROVED:
            people.require_other_person(actor, *workers_on(lot))
            _require_ready(lot)
        entry.update(lot, status=status)
    return entry.receipt


def _require_ready(lot: Lot) -> None:
    if lot.expires_on is not None and lot.expires_on < today():
        raise DomainError(_("An expired lot is not approved"), value=lot.expires_on.isoformat(), remedy=_("Reject it."))
    taken = Movement.objects.filter(lot=lot, kind="sample").values("origin").distinct().count()
    if taken < lot.to_sample:
        raise DomainError(
            _("The sampling of this lot is not done"), value=_("%(n)s containers sampled") % {"n": taken},
            limit=_("%(n)s by the plan of the material") % {"n": lot.to_sample}, remedy=_("Take the planned samples."),
        )  # fmt: skip


@record.command
def retest_lot(
    *,
    actor: record.Actor,
    lot: Lot,
    retest_on: date,
    reason: str,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Set the next retest of a lot that was tested again, and sign it.

    Args:
        actor: Who sets it.
        lot: The lot, as it was shown.
        retest_on: Day of the next one.
        reason: On what results.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or the signature is refused.
        DomainError: If the lot is rejected, or the day has passed or lies behind the expiry.
    """
    data = entries.LotRetested(lot=lot.identifier, before=lot.retest_on, after=retest_on)
    with people.signed_entry(
        data, actor=actor, row=lot, meaning="approved",
        shown=lambda fresh: statements.of_retest(fresh, retest_on, reason),
        name=name, given=given, session=session, address=address, reason=reason, sponsor=lot.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "lot.decide")
        fresh = entry.lock(lot)
        last = fresh.expires_on or date.max
        if fresh.status == LotStatus.REJECTED or not today() < retest_on <= last:
            raise DomainError(
                _("This cannot be the day of the next retest"), value=retest_on.isoformat(),
                limit=_("after today, not after the expiry, and not of a rejected lot"),
            )  # fmt: skip
        entry.update(lot, retest_on=retest_on)
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
    lot = container.lot
    data = entries.ContainerHeld(
        container=container.identifier, lot=lot.identifier, amount=shown(container.amount_e6, lot)
    )
    with record.entry(
        data, actor=actor, subject=container, reason=reason, sponsor=lot.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.hold")
        if entry.lock(container).held:
            raise DomainError(_("The container is held already"), value=container.identifier)
        entry.update(container, expected_version=expected_version, held=True, held_by=actor.id)
    return entry.receipt


@record.command
def free_container(
    *,
    actor: record.Actor,
    container: Container,
    reason: str,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Let a held part of a lot be used like the rest, and sign it; another person than who held it.

    Args:
        actor: Who decides.
        container: The container, as it was shown.
        reason: On what ground.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, put it on hold, or the signature is refused.
        DomainError: If it is not held.
    """
    lot = container.lot
    data = entries.ContainerFreed(
        container=container.identifier, lot=lot.identifier, amount=shown(container.amount_e6, lot)
    )
    with people.signed_entry(
        data, actor=actor, row=container, meaning="approved",
        shown=lambda fresh: statements.of_container(fresh, reason),
        name=name, given=given, session=session, address=address, reason=reason, sponsor=lot.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "lot.decide")
        fresh = entry.lock(container)
        if not fresh.held:
            raise DomainError(_("The container is not held"), value=container.identifier)
        people.require_other_person(actor, fresh.held_by)
        entry.update(container, held=False, held_by="")
    return entry.receipt
