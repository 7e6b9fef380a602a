"""Defining materials, suppliers and locations."""

from datetime import date

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries
from batchwright.materials.models import Definition, Location, Supplier
from batchwright.materials.services.common import checked, refuse_taken
from batchwright.people import Sponsor


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
    row = checked(
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
    row = checked(Supplier(code=code, name=name, place=place, country=country))
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
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Approve a supplier, or withdraw the approval.

    Args:
        actor: Who decides.
        supplier: The supplier.
        approval: approved or withdrawn.
        approved_until: Last day of the approval.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        BadInput: If there is no such decision.
    """
    if approval not in ("approved", "withdrawn"):
        raise BadInput(_("There is no such decision"), value=approval, limit="approved, withdrawn")
    data = entries.SupplierDecided(code=supplier.code, approval=approval, approved_until=approved_until)
    with record.entry(data, actor=actor, subject=supplier, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "supplier.decide")
        entry.update(supplier, expected_version=expected_version, approval=approval, approved_until=approved_until)
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
    row = checked(Location(code=code, name=name, storage_class=storage_class))
    data = entries.LocationDefined(code=code, name=name)
    with record.entry(data, actor=actor, subject=row, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "material.define")
        refuse_taken(Location, code)
        entry.create(row)
    return entry.receipt
