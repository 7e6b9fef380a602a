"""The warehouse of the demo plant, brought in through the same commands as everywhere, and once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, Sum

from batchwright import people, record
from batchwright.kernel.quantity import Quantity
from batchwright.materials import services, statements
from batchwright.materials.models import Container, Definition, Location, Lot, Supplier
from batchwright.materials.services.common import today
from batchwright.people import access
from batchwright.people import demo as people_demo
from batchwright.people.models import Sponsor, User

LOCATIONS: Final = (
    ("RECEIVING", "Goods receipt", ""),
    ("STORE-A", "Store A, 15-25 °C", "15-25 Cel"),
    ("COLD-1", "Cold room 1, 2-8 °C", "2-8 Cel"),
    ("DISPENSARY", "Dispensary", ""),
)
SUPPLIERS: Final = (
    ("ALPENCHEM", "Alpenchem", "Visp", "CH"),
    ("LACTOPHARM", "Lactopharm", "Wasserburg", "DE"),
    ("STARCHCO", "Starchco", "Lestrem", "FR"),
)
MATERIALS: Final = (
    # code, name, kind, unit, specification, storage, days to retest, hazards, sponsor
    ("API-ROS", "Rosuvastatin calcium", "component", "kg", "SPEC-101", "2-8 Cel", 365, "H361", ""),
    ("LAC-MONO", "Lactose monohydrate", "component", "kg", "SPEC-110", "15-25 Cel", 730, "", ""),
    ("STARCH-PG", "Pregelatinised starch", "component", "kg", "SPEC-111", "15-25 Cel", 730, "", ""),
    ("GRANULATE", "Granulate for compression", "intermediate", "kg", "SPEC-201", "15-25 Cel", None, "", "ALTAIR"),
    ("ROS-10", "Film-coated tablet 10 mg", "product", "kg", "SPEC-301", "15-25 Cel", None, "", "ALTAIR"),
)


def seed() -> None:
    """Fill the warehouse of the demo plant, once, after its people are there."""
    if Definition.objects.exists():
        return
    qa, operator = _actor("a.novak", "qa"), _actor("m.kowalska", "operator")
    _define(qa, _actor("s.lindqvist", "process_engineer"))
    lots = {code: _receive(operator, code, number) for code, number in _DELIVERIES}
    services.sample_lot(actor=_actor("l.nguyen", "analyst"), lot=lots["API-ROS#1"], sample_name="QC-2611-017")
    for code, assay, certificate in (("API-ROS#1", "99.1 %", "AC-88121-C"),):
        services.certify_lot(
            actor=_actor("l.nguyen", "analyst"), lot=_lot(lots[code]), assay=Quantity.parse(assay),
            water=Quantity.parse("0.5 %"), certificate=certificate,
        )  # fmt: skip
    for code in ("API-ROS#1", "LAC-MONO#1", "STARCH-PG#1"):
        _approve(qa, lots[code])
    granulate = _make(operator, "GRANULATE", "60 kg")
    for code, amount in (("API-ROS#1", "6 kg"), ("LAC-MONO#1", "48 kg"), ("STARCH-PG#1", "5.5 kg")):
        _use(operator, lots[code], amount, granulate)
    _fill(operator, qa, granulate, "59.1 kg")
    for amount in ("29 kg", "29.4 kg"):
        tablets = _make(operator, "ROS-10", "30 kg")
        _use(operator, granulate, amount, tablets)
        _fill(operator, qa, tablets, amount)
    services.ship(
        actor=operator, container=_container(Lot.objects.filter(definition__code="ROS-10").order_by("id")[0]),
        amount=Quantity("12", "kg"), shipment="SH-2611-04",
    )  # fmt: skip
    wet = _container(lots["STARCH-PG#1"], 1)
    services.split_container(actor=operator, container=wet, amount=Quantity("4", "kg"))
    services.hold_container(actor=operator, container=_container(lots["STARCH-PG#1"], 2), reason="Outer bag wet")
    # A lot that went into others and out of the plant: its genealogy and its recall have something to say.
    services.hold_lot(actor=operator, lot=_lot(lots["STARCH-PG#1"]), reason="Supplier reports a foreign odour")
    services.allocate(
        actor=_actor("r.mehta", "planner"), definition=Definition.objects.get(code="LAC-MONO"),
        amount=Quantity("1.5", "kg"), purpose="ROS-10 of next week",
    )  # fmt: skip


def stock(code: str, name: str, amount: Quantity, *, sponsor: Sponsor | None = None, potent: bool = False) -> Lot:
    """See that the store has enough of a material: where it lacks some, another lot comes in, and is approved.

    Args:
        code: Of the material; it is defined where the plant does not have it.
        name: Of the material.
        amount: How much, at the least; of a new lot twice as much comes, in two containers.
        sponsor: Whose material it is; None for the plant's own.
        potent: Whether its certificate says assay and water.

    Returns:
        The latest lot.
    """
    in_date = Q(expires_on__isnull=True) | Q(expires_on__gt=today())
    lots = Lot.objects.filter(in_date, definition__code=code, status="approved").order_by("id")
    held = Container.objects.filter(lot__in=lots, held=False).aggregate(held=Sum("amount_e6"))["held"] or 0
    latest = lots.last()
    if latest is not None and held >= amount.to(latest.definition.unit).value * 1_000_000:
        return _lot(latest)
    qa, operator = _actor("a.novak", "qa"), _actor("m.kowalska", "operator")
    if not Definition.objects.filter(code=code).exists():
        services.define_material(
            actor=qa, code=code, name=name, kind="component", unit=amount.unit, specification=f"SPEC-{code}",
            storage_class="15-25 Cel", retest_days=365, hazards="", sponsor=sponsor,
        )  # fmt: skip
    part, number = Quantity(amount.value, amount.unit), Lot.objects.filter(definition__code=code).count() + 1
    lot = _lot(
        services.receive_lot(
            actor=operator, definition=Definition.objects.get(code=code),
            supplier=Supplier.objects.get(code="ALPENCHEM"), supplier_lot=f"AC-{code}-{number}",
            containers=[part, part], location=Location.objects.get(code="STORE-A"),
            expires_on=today() + timedelta(days=400),
        )
    )  # fmt: skip
    if potent:
        services.certify_lot(
            actor=_actor("l.nguyen", "analyst"), lot=lot, assay=Quantity.parse("99.2 %"),
            water=Quantity.parse("0.4 %"), certificate=f"AC-{code}-{number}-C",
        )  # fmt: skip
    _approve(qa, lot)
    return _lot(lot)


def approve(lot: Lot) -> None:
    """Approve a lot as quality assurance does: with a signature on what is shown.

    Args:
        lot: The lot.
    """
    _approve(_actor("a.novak", "qa"), lot)


def retest(lot: Lot, retest_on: date) -> None:
    """Set the next retest of a lot, as quality assurance does.

    Args:
        lot: The lot.
        retest_on: Day of the retest.
    """
    qa, lot, reason = _actor("a.novak", "qa"), _lot(lot), "Tested again; the demo takes it to conform"
    signature = _signed(qa, lot, statements.of_retest(lot, retest_on, reason))
    services.retest_lot(actor=qa, lot=lot, retest_on=retest_on, reason=reason, **signature)


_KEPT: Final = {"MAB07-DS": ("L", "2-8 Cel"), "LYO12": ("{vials}", "15-25 Cel")}
"""Unit and storage class of what the demo makes, where it is not kilograms at room temperature."""
_LIMIT: Final = Decimal("0.5")
"""Per cent that what is put away of a product may differ from what was made."""


def product(code: str, name: str, *, sponsor: Sponsor | None) -> None:
    """Define a product that batches make, where the plant does not have it.

    Args:
        code: Of the product.
        name: What people call it.
        sponsor: Whose it is.
    """
    if not Definition.objects.filter(code=code).exists():
        qa, (unit, storage) = _actor("a.novak", "qa"), _KEPT.get(code, ("kg", "15-25 Cel"))
        services.define_material(
            actor=qa, code=code, name=name, kind="product", unit=unit, specification=f"SPEC-{code}",
            storage_class=storage, retest_days=None, hazards="", sponsor=sponsor,
        )  # fmt: skip
        services.plan_sampling(
            actor=qa, definition=Definition.objects.select_related("sponsor").get(code=code), sampling="none",
            limit_percent=_LIMIT, reason=f"SPEC-{code}",
        )  # fmt: skip


_DELIVERIES: Final = (
    ("API-ROS#1", "AC-88121"),
    ("LAC-MONO#1", "LP-26-0417"),
    ("LAC-MONO#2", "LP-26-0533"),
    ("STARCH-PG#1", "ST-9120"),
    ("STARCH-PG#2", "ST-9188"),
)


def _actor(name: str, role: str) -> record.Actor:
    return access.actor_of(User.objects.select_related("sponsor").get(username=name), role)


def _define(qa: record.Actor, engineer: record.Actor) -> None:
    for code, name, storage in LOCATIONS:
        services.define_location(actor=qa, code=code, name=name, storage_class=storage)
    for code, name, place, country in SUPPLIERS:
        services.register_supplier(actor=engineer, code=code, name=name, place=place, country=country)
        supplier, reason = Supplier.objects.get(code=code), "Audit of the site"
        text = statements.of_supplier(supplier, "approved", None, reason)
        services.decide_supplier(
            actor=qa, supplier=supplier, approval="approved", reason=reason, **_signed(qa, supplier, text)
        )
    for code, name, kind, unit, specification, storage, retest, hazards, sponsor in MATERIALS:
        services.define_material(
            actor=qa, code=code, name=name, kind=kind, unit=unit, specification=specification, storage_class=storage,
            retest_days=retest, hazards=hazards, sponsor=Sponsor.objects.filter(code=sponsor).first(),
        )  # fmt: skip
    services.plan_sampling(
        actor=qa, definition=Definition.objects.get(code="API-ROS"), sampling="root", amount=Quantity("20", "g"),
        limit_percent=Decimal("0.5"), reason="SPEC-101",
    )  # fmt: skip


def _signed(qa: record.Actor, row: record.GmpModel, text: str) -> dict[str, Any]:
    """Sign at the desk what is shown there."""
    session, evidence = people_demo.desk_of(qa.id)
    prepared = people.prepare(actor=qa, row=row, meaning="approved", shown=text, session=session)
    return {"name": prepared.name, "given": evidence, "session": session, "address": people_demo.ADDRESS}


def _receive(operator: record.Actor, name: str, number: str) -> Lot:
    code = name.partition("#")[0]
    supplier = {"API-ROS": "ALPENCHEM", "LAC-MONO": "LACTOPHARM", "STARCH-PG": "STARCHCO"}[code]
    receipt = services.receive_lot(
        actor=operator, definition=Definition.objects.get(code=code), supplier=Supplier.objects.get(code=supplier),
        supplier_lot=number, containers=[Quantity("25", "kg"), Quantity("25", "kg")],
        location=Location.objects.get(code="RECEIVING"), expires_on=today() + timedelta(days=40 + 9 * len(number)),
    )  # fmt: skip
    return _lot(receipt)


def _approve(qa: record.Actor, lot: Lot) -> None:
    """Approve a lot as quality assurance does: with a signature on what is shown."""
    lot, reason = _lot(lot), "Certificate reviewed"
    signature = _signed(qa, lot, statements.of_lot(lot, "approved", reason))
    services.decide_lot(actor=qa, lot=lot, status="approved", reason=reason, **signature)


def _make(operator: record.Actor, code: str, nominal: str) -> Lot:
    definition = Definition.objects.select_related("sponsor").get(code=code)
    return _lot(services.make_lot(actor=operator, definition=definition, nominal=Quantity.parse(nominal)))


def _use(operator: record.Actor, lot: Lot, amount: str, into: Lot) -> None:
    left = Quantity.parse(amount)
    for container in Container.objects.filter(lot=lot).select_related("lot__definition", "lot__sponsor", "location"):
        held = Quantity(container.amount_e6, "mg").to("kg")
        part = min(held, left)
        if part.value > 0:
            services.consume(actor=operator, container=container, amount=part, into=_lot(into))
            left -= part


def _fill(operator: record.Actor, qa: record.Actor, lot: Lot, amount: str) -> None:
    place = Location.objects.get(code="STORE-A")
    services.produce(actor=operator, lot=_lot(lot), amount=Quantity.parse(amount), location=place)
    _approve(qa, _lot(lot))


def _container(lot: Lot, place: int = 0) -> Container:
    rows = Container.objects.filter(lot=lot).select_related("lot__definition", "lot__sponsor", "location")
    found: Container = rows.order_by("id")[place]
    return found


def _lot(which: record.Receipt | Lot) -> Lot:
    name = which.identifier if isinstance(which, Lot) else which.subject.removeprefix("lot/")
    found: Lot = Lot.objects.select_related("definition", "sponsor", "supplier").get(identifier=name)
    return found
