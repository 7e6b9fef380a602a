"""Lots: received with the supplier's lot and expiry, made, split, merged, reworked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts, entries, sampling
from batchwright.materials.descending import descend
from batchwright.materials.models import Approval, Container, Definition, DescentKind, Location, Lot, Supplier
from batchwright.materials.services.common import (
    amount_of,
    fitness_of,
    keep_still,
    move,
    require_enough,
    shown,
    today,
)
from batchwright.materials.services.filling import fill_new, new_container
from batchwright.materials.statuses import LotStatus, require_usable

MOST_CONTAINERS = 500


@record.command
def receive_lot(
    *,
    actor: record.Actor,
    definition: Definition,
    supplier: Supplier,
    supplier_lot: str,
    containers: Sequence[Quantity],
    location: Location,
    expires_on: date | None = None,
    retest_on: date | None = None,
    made_on: date | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Receive a lot into quarantine; the supplier's lot and, where the material expires, the expiry are asked for.

    Args:
        actor: Who receives it.
        definition: The material.
        supplier: Who delivered; approved.
        supplier_lot: What the supplier calls it.
        containers: What is in each container.
        location: Where they stand.
        expires_on: Last day of use; by the shelf life from the day of manufacture if None.
        retest_on: Day of the retest; by the rule of the material if None.
        made_on: Day of manufacture at the supplier's.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the new lot.

    Raises:
        Refused: If the actor may not.
        DomainError: If the supplier is not approved, the lot is here already, it has expired, or is not kept there.
        BadInput: If the supplier's lot or the expiry is missing, or there are no containers.
    """
    if not 1 <= len(containers) <= MOST_CONTAINERS:
        raise BadInput(_("A lot comes in containers"), value=len(containers), limit=f"1 to {MOST_CONTAINERS}")
    day = today()
    expires_on, retest_on = _dates(definition, day, made_on, expires_on, retest_on)
    lot = Lot(
        definition=definition, origin="received", supplier=supplier, supplier_lot=supplier_lot.strip(),
        received_on=day, made_on=made_on, expires_on=expires_on, retest_on=retest_on, sponsor=definition.sponsor,
        to_sample=sampling.number(definition.sampling, len(containers), rows=definition.sampling_table),
    )  # fmt: skip
    if not lot.supplier_lot:
        raise BadInput(_("The supplier's lot is missing"), remedy=_("Read it from the label of the container."))
    record.checked(lot, exclude=("identifier",))
    parts = [amounts.positive(one, definition.unit) for one in containers]
    total = str(amounts.quantity(sum(parts), definition.unit))
    data = entries.LotReceived(
        lot="", material=definition.code, supplier=supplier.code, supplier_lot=lot.supplier_lot, amount=total,
        containers=len(parts), expires_on=expires_on, retest_on=retest_on,
    )  # fmt: skip
    with record.entry(
        data, actor=actor, reason=reason, sponsor=definition.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.receive")
        _require_approved(entry.lock(supplier), day)
        if Lot.objects.filter(definition=definition, supplier=supplier, supplier_lot=lot.supplier_lot).exists():
            raise DomainError(
                _("This lot of the supplier was received before"), value=lot.supplier_lot,
                remedy=_("A further delivery of it is a lot of its own: add what tells it apart."),
            )  # fmt: skip
        _begin(entry, lot)
        entry.data = data.model_copy(update={"lot": lot.identifier})
        marked = sampling.places(len(parts), lot.to_sample)
        for place, part in enumerate(parts):
            fill_new(entry, lot, part, location, how="receipt", to_sample=place in marked)
    return entry.receipt


def _dates(
    definition: Definition, day: date, made_on: date | None, expires_on: date | None, retest_on: date | None
) -> tuple[date | None, date | None]:
    if expires_on is None and definition.shelf_life_days is not None:
        if made_on is None:
            raise BadInput(
                _("The expiry of this material has to be said"), value=definition.code,
                remedy=_("Read it from the certificate, or give the day of manufacture."),
            )  # fmt: skip
        expires_on = made_on + timedelta(days=definition.shelf_life_days)
    if retest_on is None and definition.retest_days is not None:
        retest_on = day + timedelta(days=definition.retest_days)
    if expires_on is not None and expires_on < day:
        raise DomainError(_("The lot has expired"), value=expires_on.isoformat(), limit=f">= {day.isoformat()}")
    if made_on is not None and made_on > day:
        raise BadInput(_("The lot is not made yet"), value=made_on.isoformat(), limit=f"<= {day.isoformat()}")
    return expires_on, retest_on


def _require_approved(supplier: Supplier, day: date) -> None:
    ended = supplier.approved_until is not None and supplier.approved_until < day
    if supplier.approval != Approval.APPROVED or ended:
        raise DomainError(
            _("The supplier is not approved"), value=supplier.code,
            limit=_("approval %(state)s, until %(until)s")
            % {"state": supplier.approval, "until": supplier.approved_until or _("no end")},
            remedy=_("Ask quality assurance."),
        )  # fmt: skip


@record.command
def make_lot(
    *,
    actor: record.Actor,
    definition: Definition,
    nominal: Quantity | None = None,
    expires_on: date | None = None,
    retest_on: date | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Begin a lot that is made here; it has no containers yet.

    Args:
        actor: Who begins it.
        definition: What is made.
        nominal: Batch size.
        expires_on: Last day of use; by the shelf life from today if None.
        retest_on: Day of the retest; by the rule of the material if None.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the new lot.

    Raises:
        Refused: If the actor may not.
        DomainError: If it would have expired.
    """
    data = entries.LotMade(lot="", material=definition.code, nominal="" if nominal is None else str(nominal))
    with record.entry(
        data, actor=actor, reason=reason, sponsor=definition.tenant, idempotency_key=idempotency_key
    ) as entry:
        lot = begin_lot(entry, definition=definition, nominal=nominal, expires_on=expires_on, retest_on=retest_on)
        entry.data = data.model_copy(update={"lot": lot.identifier})
    return entry.receipt


def begin_lot(
    entry: record.OpenEntry,
    *,
    definition: Definition,
    nominal: Quantity | None = None,
    expires_on: date | None = None,
    retest_on: date | None = None,
) -> Lot:
    """Begin a lot that is made here inside an entry that somebody else opened, such as that of its batch.

    Args:
        entry: The open entry; the lot becomes its subject where it has none.
        definition: What is made.
        nominal: Batch size.
        expires_on: Last day of use; by the shelf life from today if None.
        retest_on: Day of the retest; by the rule of the material if None.

    Returns:
        The lot.

    Raises:
        Refused: If the actor may not.
        DomainError: If it would have expired.
    """
    people.authorize(entry.actor, "lot.make")
    day = today()
    expires_on, retest_on = _dates(definition, day, day, expires_on, retest_on)
    lot = Lot(
        definition=definition, origin="made", made_on=day, expires_on=expires_on, retest_on=retest_on,
        nominal_e6=None if nominal is None else amounts.positive(nominal, definition.unit), sponsor=definition.sponsor,
    )  # fmt: skip
    _begin(entry, lot)
    return lot


@dataclass(frozen=True, slots=True)
class Part:
    """An amount out of a container, as the caller read it.

    Attributes:
        container: The container.
        amount: How much.
        expected_version: Version of the container that the actor saw, where it is not that of `container`.
    """

    container: Container
    amount: Quantity
    expected_version: int | None = None


@record.command
def convert_lots(
    *,
    actor: record.Actor,
    kind: str,
    parts: Sequence[Part],
    location: Location,
    reason: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Make a lot out of amounts of others of the same material: a split, a merge, a rework.

    The new lot takes the worst of what it is made of: the earliest expiry and retest, and quarantine.

    Args:
        actor: Who does it.
        kind: split, merged or reworked.
        parts: What goes in.
        location: Where the new container stands.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the new lot.

    Raises:
        Refused: If the actor may not.
        DomainError: If the materials differ, there is not enough, or a lot is on hold or rejected (rework alone may
            take a rejected one).
        BadInput: If there is no such conversion, nothing goes in, or a container stands there twice.
        Stale: If a container was changed since the actor saw it.
    """
    allowed = (DescentKind.SPLIT, DescentKind.MERGED, DescentKind.REWORKED)
    if kind not in allowed or not parts:
        raise BadInput(_("There is no such conversion"), value=f"{kind}, {len(parts)}", limit=", ".join(allowed))
    if len({one.container.pk for one in parts}) < len(parts):
        raise BadInput(_("A container stands there twice"), value=len(parts))
    lots = {one.container.lot_id: one.container.lot for one in parts}
    first = next(iter(lots.values()))
    total = sum(amount_of(one.amount, one.container.lot) for one in parts)
    made = Lot(
        definition=first.definition, origin="made", made_on=today(), sponsor=first.sponsor,
        expires_on=min((one.expires_on for one in lots.values() if one.expires_on), default=None),
        retest_on=min((one.retest_on for one in lots.values() if one.retest_on), default=None),
    )  # fmt: skip
    data = entries.LotConverted(
        lot="", kind=kind, from_lots=sorted(one.identifier for one in lots.values()), amount=shown(total, first)
    )
    with record.entry(
        data, actor=actor, reason=reason, sponsor=first.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "lot.convert")
        keep_still(entry, *(one.container for one in parts), *lots.values())
        for lot in lots.values():
            _require_convertible(entry.lock(lot), first, kind, parts)
        _begin(entry, made)
        entry.data = data.model_copy(update={"lot": made.identifier})
        target = new_container(entry, made, location)
        for lot in lots.values():
            descend(entry, parent=lot, child=made, kind=kind)
        for part in parts:
            amount = amount_of(part.amount, part.container.lot)
            if part.expected_version is not None:
                entry.update(part.container, expected_version=part.expected_version)
            require_enough(entry.lock(part.container), amount, part.container.lot)
            move(
                entry, kind="conversion", lot=part.container.lot, amount=amount, origin=part.container, target=target,
                into_lot=made,
            )  # fmt: skip
    return entry.receipt


def _require_convertible(lot: Lot, first: Lot, kind: str, parts: Sequence[Part]) -> None:
    if (lot.definition_id, lot.sponsor_id) != (first.definition_id, first.sponsor_id):
        raise DomainError(
            _("Only lots of one material and one owner become one"), value=lot.definition.code,
            limit=first.definition.code,
        )  # fmt: skip
    if kind == DescentKind.REWORKED and lot.status in (LotStatus.REJECTED, LotStatus.QUARANTINE, LotStatus.APPROVED):
        return
    held = any(one.container.held for one in parts if one.container.lot_id == lot.pk)
    judged = fitness_of(lot, today(), held=held)
    if kind == DescentKind.MERGED or lot.status in (LotStatus.HOLD, LotStatus.REJECTED) or held:
        require_usable(judged, lot.identifier)


def _begin(entry: record.OpenEntry, lot: Lot) -> None:
    lot.identifier = str(entry.number("L"))
    entry.create(lot)
    if entry.subject is None:
        entry.subject = lot
