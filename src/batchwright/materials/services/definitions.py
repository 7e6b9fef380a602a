"""Defining materials and how they are sampled, suppliers and locations."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts, entries, statements
from batchwright.materials import sampling as sampling_rules
from batchwright.materials.models import Definition, Location, SamplingPlan, Supplier
from batchwright.materials.services.common import refuse_taken, today
from batchwright.people import Sponsor
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession


@record.command
def define_material(
    *,
    actor: record.Actor,
    code: str,
    name: str,
    kind: str,
    unit: str,
    specification: str = "",
    storage_class: str = "",
    shelf_life_days: int | None = None,
    retest_days: int | None = None,
    hazards: str = "",
    gtin: str = "",
    sponsor: Sponsor | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Define a material.

    Args:
        actor: Who defines it.
        code: Its code, never used before.
        name: What people call it.
        kind: component, intermediate, product or packaging.
        unit: UCUM code in which its amounts are kept.
        specification: Reference to the specification.
        storage_class: How it is kept.
        shelf_life_days: Days from manufacture to expiry; None if it does not expire.
        retest_days: Days from receipt to retest; None if it is not tested again.
        hazards: Codes of hazards.
        gtin: GS1 trade item number, 14 digits.
        sponsor: Whose product it is; None for the plant's own material.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the code is taken.
        BadInput: If a particular is malformed.
    """
    if Quantity(1, unit).measured_in.is_point:
        raise BadInput(_("A material is not measured on a scale of points"), value=unit)
    row = record.checked(
        Definition(
            code=code, name=name, kind=kind, unit=Quantity(1, unit).unit, specification=specification,
            storage_class=storage_class, shelf_life_days=shelf_life_days, retest_days=retest_days, hazards=hazards,
            gtin=gtin, sponsor=sponsor,
        )
    )  # fmt: skip
    data = entries.MaterialDefined(code=code, name=name, kind=kind, unit=row.unit, specification=specification)
    with record.entry(
        data, actor=actor, subject=row, reason=reason, sponsor=row.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "material.define")
        refuse_taken(Definition, code)
        entry.create(row)
    return entry.receipt


@record.command
def register_supplier(
    *, actor: record.Actor, code: str, name: str, place: str, country: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Register a supplier's site; it is not approved by that.

    Args:
        actor: Who registers it.
        code: Its code, never used before.
        name: The company.
        place: The site.
        country: ISO 3166 code of two letters.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the code is taken.
        BadInput: If a particular is malformed.
    """
    row = record.checked(Supplier(code=code, name=name, place=place, country=country))
    data = entries.SupplierRegistered(code=code, name=name, place=place, country=country)
    with record.entry(data, actor=actor, subject=row, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "material.define")
        refuse_taken(Supplier, code)
        entry.create(row)
    return entry.receipt


@record.command
def decide_supplier(
    *,
    actor: record.Actor,
    supplier: Supplier,
    approval: str,
    approved_until: date | None = None,
    reason: str,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Approve a supplier, or withdraw the approval, and sign it; whoever registered it does not approve it.

    Args:
        actor: Who decides.
        supplier: The supplier, as it was shown.
        approval: approved or withdrawn.
        approved_until: Last day of the approval.
        reason: Why.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, registered the supplier, or the signature is refused.
        DomainError: If the approval would have ended already.
        BadInput: If there is no such decision.
    """
    if approval not in ("approved", "withdrawn"):
        raise BadInput(_("There is no such decision"), value=approval, limit="approved, withdrawn")
    if approved_until is not None and approved_until < today():
        raise DomainError(
            _("The approval would have ended"), value=approved_until.isoformat(), limit=f">= {today().isoformat()}"
        )
    data = entries.SupplierDecided(code=supplier.code, approval=approval, approved_until=approved_until)
    with people.signed_entry(
        data, actor=actor, row=supplier, meaning=statements.MEANINGS[approval],
        shown=lambda fresh: statements.of_supplier(fresh, approval, approved_until, reason),
        name=name, given=given, session=session, address=address, reason=reason, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "supplier.decide")
        if approval == "approved":
            people.require_other_person(actor, *registrars_of(supplier))
        entry.update(supplier, approval=approval, approved_until=approved_until)
    return entry.receipt


def registrars_of(supplier: Supplier) -> tuple[str, ...]:
    """Give who registered a supplier and therefore does not approve it.

    Args:
        supplier: The supplier, which the caller was allowed to read.

    Returns:
        Ids of actors.
    """
    made = record.Entry.objects.filter(subject=supplier.subject, type="supplier.registered/1")
    return tuple(made.values_list("actor", flat=True))


@record.command
def plan_sampling(
    *,
    actor: record.Actor,
    definition: Definition,
    sampling: str,
    sampling_table: str = "",
    amount: Quantity | None = None,
    limit_percent: Decimal | None = None,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Say how a material is sampled at receipt, and what counts of a lot may differ; lots that are here keep theirs.

    Args:
        actor: Who plans it.
        definition: The material.
        sampling: none, all, root or table.
        sampling_table: Rows such as ``3:2, 10:3, *:5``, where the plan is a table.
        amount: What is taken of each container that is sampled.
        limit_percent: What counts may differ, in per cent of what came in; None for no limit.
        reason: Why.
        expected_version: Version the plan was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        BadInput: If the plan, its table, the amount or the limit cannot be.
        Stale: If the material was changed meanwhile.
    """
    if sampling not in SamplingPlan.values:
        raise BadInput(_("There is no such plan"), value=sampling, limit=", ".join(SamplingPlan.values))
    if sampling == SamplingPlan.TABLE:
        sampling_rules.table(sampling_table)
    if (sampling != SamplingPlan.NONE) is (amount is None):
        raise BadInput(_("A plan says how much of each container is taken"), value=str(amount), limit=sampling)
    if limit_percent is not None and not 0 <= limit_percent <= 100:
        raise BadInput(_("This is not a share"), value=str(limit_percent), limit="0 to 100 %")
    data = entries.SamplingPlanned(
        material=definition.code, sampling=sampling, sampling_table=sampling_table,
        amount="" if amount is None else str(amount), limit="" if limit_percent is None else f"{limit_percent} %",
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=definition, reason=reason, sponsor=definition.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "material.define")
        entry.update(
            definition, expected_version=expected_version, sampling=sampling,
            sampling_table=sampling_table if sampling == SamplingPlan.TABLE else "",
            sample_e6=None if amount is None else amounts.positive(amount, definition.unit),
            limit_ppm=None if limit_percent is None else int(limit_percent * 10_000),
        )  # fmt: skip
    return entry.receipt


@record.command
def define_location(
    *, actor: record.Actor, code: str, name: str, storage_class: str = "", idempotency_key: str | None = None
) -> record.Receipt:
    """Define a place for containers.

    Args:
        actor: Who defines it.
        code: Its code, never used before.
        name: What people call it.
        storage_class: What may be kept there; "" for anything.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the code is taken.
        BadInput: If a particular is malformed.
    """
    row = record.checked(Location(code=code, name=name, storage_class=storage_class))
    data = entries.LocationDefined(code=code, name=name)
    with record.entry(data, actor=actor, subject=row, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "material.define")
        refuse_taken(Location, code)
        entry.create(row)
    return entry.receipt
