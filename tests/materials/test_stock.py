# long-file: one table of what is refused, and what it is refused beside
"""Amounts: what happens to them, and what is refused."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries, queries, services
from batchwright.materials.models import Allocation, Container, Location, Lot, Movement, Supplier
from batchwright.materials.services.common import today
from batchwright.materials.services.lots import Part
from tests.materials.warehouse import Warehouse


def kg(text: str) -> Quantity:
    return Quantity(text, "kg")


def amounts_of(lot: Lot) -> list[int]:
    return list(Container.objects.filter(lot=lot).order_by("id").values_list("amount_e6", flat=True))


@pytest.mark.requirement("211.80", "211.82")
def test_a_received_lot_stands_in_quarantine_with_the_suppliers_lot_and_expiry(warehouse: Warehouse) -> None:
    lot = warehouse.receive("25 kg", "24.91 kg", number="CRBN-1", approved=False)
    assert (lot.status, lot.supplier_lot, lot.origin) == ("quarantine", "CRBN-1", "received")
    assert amounts_of(lot) == [25_000_000, 24_910_000]
    entry = record.history(lot, warehouse.actor("qa")).get()
    assert entry.sentence == f"Lot {lot.identifier}: 49.91 kg of LACTOSE received from MEGGLE, their lot CRBN-1"


@pytest.mark.requirement("211.80")
def test_a_receipt_without_suppliers_lot_or_expiry_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(BadInput, match="supplier's lot is missing"):
        warehouse.receive(number=" ")
    with pytest.raises(BadInput, match="expiry of this material has to be said"):
        warehouse.receive("1 g", code="ACTIVE", expires_on=None)
    with pytest.raises(DomainError, match="has expired"):
        warehouse.receive(expires_on=today() - timedelta(days=1))
    with pytest.raises(BadInput, match="comes in containers"):
        services.receive_lot(
            actor=warehouse.actor("operator"), definition=warehouse.material(), supplier=Supplier.objects.get(),
            supplier_lot="1", containers=[], location=warehouse.store,
        )  # fmt: skip
    assert not Lot.objects.exists()


def test_shelf_life_and_retest_follow_from_the_material(warehouse: Warehouse) -> None:
    lot = warehouse.receive("1 g", code="ACTIVE", made_on=today() - timedelta(days=30), expires_on=None)
    assert lot.expires_on == today() + timedelta(days=700)
    assert lot.retest_on == today() + timedelta(days=365)
    with pytest.raises(BadInput, match="not made yet"):
        warehouse.receive("1 g", code="ACTIVE", made_on=today() + timedelta(days=1), expires_on=None)


@pytest.mark.requirement("211.82")
def test_nothing_is_received_from_a_supplier_without_approval_nor_twice(warehouse: Warehouse) -> None:
    warehouse.receive(number="S1")
    with pytest.raises(DomainError, match="received before"):
        warehouse.receive(number="S1")
    supplier = Supplier.objects.get()
    warehouse.decide_supplier(supplier, "withdrawn", reason="audit 13")
    with pytest.raises(DomainError, match="supplier is not approved"):
        warehouse.receive(number="S2")
    with pytest.raises(BadInput, match="no such decision"):
        warehouse.decide_supplier(supplier, "loved")


@pytest.mark.requirement("11.10(g)")
def test_an_administrator_receives_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(people.Refused):
        services.receive_lot(
            actor=warehouse.actor("administrator"), definition=warehouse.material(), supplier=Supplier.objects.get(),
            supplier_lot="1", containers=[kg("1")], location=warehouse.store,
        )  # fmt: skip


def test_two_people_who_move_one_container_at_once_meet_and_the_second_is_told_by_whom(warehouse: Warehouse) -> None:
    container = warehouse.container(warehouse.receive())
    seen_by_both = container.version
    services.move_container(
        actor=warehouse.actor("operator"), container=container, location=Location.objects.get(code="COLD"),
        expected_version=seen_by_both,
    )  # fmt: skip
    late = warehouse.container(container.lot)
    with pytest.raises(record.Stale, match="Operator changed location_id"):
        services.move_container(
            actor=warehouse.actor("supervisor"), container=late, location=Location.objects.get(code="WARM"),
            expected_version=seen_by_both,
        )  # fmt: skip
    assert warehouse.container(container.lot).location.code == "COLD"


def test_amounts_taken_from_a_container_that_was_read_earlier_are_refused(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg")
    early = warehouse.container(lot)
    analyst = warehouse.actor("analyst")
    services.sample(actor=analyst, container=warehouse.container(lot), amount=kg("1"), sample_name="S-1")
    with pytest.raises(record.Stale, match="Analyst changed amount_e6"):
        services.sample(actor=analyst, container=early, amount=kg("1"), sample_name="S-2")
    assert amounts_of(lot) == [9_000_000]


def test_a_container_is_not_put_where_its_material_may_not_be_kept(warehouse: Warehouse) -> None:
    container = warehouse.container(warehouse.receive("1 g", code="ACTIVE"))
    operator = warehouse.actor("operator")
    with pytest.raises(DomainError, match="not kept there"):
        services.move_container(actor=operator, container=container, location=Location.objects.get(code="WARM"))
    services.move_container(actor=operator, container=container, location=Location.objects.get(code="COLD"))
    with pytest.raises(DomainError, match="stands there already"):
        services.move_container(actor=operator, container=container, location=Location.objects.get(code="COLD"))


def test_use_of_material_writes_the_genealogy_by_itself_and_mass_balances(warehouse: Warehouse) -> None:
    lot, batch = warehouse.receive("10 kg"), warehouse.make(nominal="5 kg")
    actor = warehouse.actor("operator")
    services.consume(actor=actor, container=warehouse.container(lot), amount=kg("2.5"), into=batch)
    services.consume(actor=actor, container=warehouse.container(lot), amount=kg("2.5"), into=batch)
    warehouse.produce(batch, "4.9 kg")
    assert [one.child.identifier for one in queries.used_for(actor, lot)] == [batch.identifier]
    found = queries.balance(actor, lot)
    assert (found.entered, found.left) == ({"receipt": 10_000_000}, {"consumption": 5_000_000})
    assert found.on_hand == 5_000_000
    assert found.unaccounted == 0
    assert queries.balance(actor, batch).yield_ppm == 980_000


def test_more_than_is_there_is_refused_and_nothing_changes(warehouse: Warehouse) -> None:
    lot, batch = warehouse.receive("1 kg"), warehouse.make()
    with pytest.raises(DomainError, match=r"less in the container than this: 1\.000001 kg"):
        services.consume(
            actor=warehouse.actor("operator"), container=warehouse.container(lot), amount=kg("1.000001"), into=batch
        )
    assert amounts_of(lot) == [1_000_000]
    assert not queries.made_from(warehouse.actor("qa"), batch).exists()
    with pytest.raises(BadInput, match="finer than the plant keeps"):
        services.split_container(
            actor=warehouse.actor("operator"), container=warehouse.container(lot), amount=kg("0.0000001")
        )
    with pytest.raises(DomainError, match="more than nothing"):
        services.split_container(actor=warehouse.actor("operator"), container=warehouse.container(lot), amount=kg("0"))


@pytest.mark.requirement("211.86")
def test_the_first_to_expire_goes_first_and_what_cannot_be_used_is_passed_over(warehouse: Warehouse) -> None:
    day = today()
    late = warehouse.receive("5 kg", expires_on=day + timedelta(days=90))
    soon = warehouse.receive("2 kg", "1 kg", expires_on=day + timedelta(days=10))
    warehouse.receive("9 kg", expires_on=day + timedelta(days=1), approved=False)
    held = warehouse.container(soon, 1)
    services.hold_container(actor=warehouse.actor("operator"), container=held, reason="wet")
    receipt = services.allocate(
        actor=warehouse.actor("planner"), definition=warehouse.material(), amount=kg("3"), purpose="order 7"
    )
    picked = Allocation.objects.order_by("id").values_list("lot__identifier", "amount_e6")
    assert list(picked) == [(soon.identifier, 2_000_000), (late.identifier, 1_000_000)]
    assert "order 7" in record.Entry.objects.get(seq=receipt.seq).sentence
    with pytest.raises(DomainError, match="not enough usable material"):
        services.allocate(
            actor=warehouse.actor("planner"), definition=warehouse.material(), amount=kg("4.1"), purpose="order 8"
        )


@pytest.mark.requirement("211.89", "Weigh: status and expiry")
def test_a_lot_on_hold_quarantined_rejected_or_expired_is_allocated_by_nobody(warehouse: Warehouse) -> None:
    planner = warehouse.actor("planner")
    for status, why in (("quarantine", "in quarantine"), ("hold", "on hold"), ("rejected", "rejected")):
        lot = warehouse.receive(approved=False)
        if status != "quarantine":
            warehouse.set_status(lot, status)
        with pytest.raises(DomainError, match=why):
            services.allocate_from(actor=planner, container=warehouse.container(lot), amount=kg("1"), purpose="x")
    from batchwright.kernel import clock

    lot = warehouse.receive(expires_on=today())
    with clock.frozen(clock.now() + timedelta(days=1)), pytest.raises(DomainError, match="expired on"):
        services.allocate_from(
            actor=record.Actor(id="console:x", name="x", role="console"), container=warehouse.container(lot),
            amount=kg("1"), purpose="x",
        )  # fmt: skip
    assert not Allocation.objects.exists()


@pytest.mark.parametrize("change", ["hold", "expired", "retest", "held container", "too much"])
def test_the_database_itself_refuses_an_allocation_by_sql(warehouse: Warehouse, change: str) -> None:
    day = today()
    lot = warehouse.receive("10 kg", expires_on=day, retest_on=day + timedelta(days=5))
    container = warehouse.container(lot)
    amount, on = 1_000_000, day
    if change == "hold":
        services.hold_lot(actor=warehouse.actor("operator"), lot=lot, reason="torn")
    elif change == "held container":
        services.hold_container(actor=warehouse.actor("operator"), container=container, reason="torn")
    elif change == "expired":
        on = day + timedelta(days=1)
    elif change == "retest":
        on = day + timedelta(days=5)
    else:
        amount = 10_000_001
    with pytest.raises(IntegrityError, match="refused"), _open_entry(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO materials_allocation (version, container_id, lot_id, amount_e6, purpose, allocated_on, state)"
            " VALUES (1, %s, %s, %s, 'x', %s, 'open')",
            [container.pk, lot.pk, amount, on],
        )
    with pytest.raises(IntegrityError, match="no record entry is open"), connection.cursor() as cursor:
        cursor.execute("UPDATE materials_lot SET status = 'approved'")


def _open_entry() -> AbstractContextManager[record.OpenEntry]:
    return record.entry(entries.LocationDefined(code="X", name="x"), actor=record.SITE, subject="test")


FORGED = {
    "mass out of nothing": "UPDATE materials_container SET amount_e6 = 99000000",
    "a container of another lot": "UPDATE materials_container SET lot_id = lot_id + 1",
    "a movement that is changed": "UPDATE materials_movement SET amount_e6 = 1",
    "a movement that is deleted": "DELETE FROM materials_movement",
    "a genealogy that is changed": "UPDATE materials_descent SET kind = 'split'",
    "a genealogy that is deleted": "DELETE FROM materials_descent",
    "a rejected lot that revives": "UPDATE materials_lot SET status = 'approved' WHERE status = 'rejected'",
    "a lot renamed": "UPDATE materials_lot SET identifier = 'L-9999-X'",
    "a unit exchanged": "UPDATE materials_definition SET unit = 'g' WHERE code = 'LACTOSE'",
    "a full container from nowhere": (
        "INSERT INTO materials_container (version, identifier, sscc, lot_id, location_id, amount_e6, held)"
        " SELECT 1, 'C-9', '', lot_id, location_id, 5, held FROM materials_container LIMIT 1"
    ),
    "a movement that leaves more than it should": (
        "INSERT INTO materials_movement (version, lot_id, kind, amount_e6, origin_id, origin_after_e6, reference,"
        " moved_on, moved_at) SELECT 1, lot_id, 'sample', 5, id, amount_e6, '', '2026-01-01', '2026-01-01'"
        " FROM materials_container LIMIT 1"
    ),
    "a circle": (
        "INSERT INTO materials_descent (version, parent_id, child_id, kind) SELECT 1, child_id, parent_id, 'consumed'"
        " FROM materials_descent"
    ),
    "use without genealogy": (
        "INSERT INTO materials_movement (version, lot_id, kind, amount_e6, origin_id, origin_after_e6, into_lot_id,"
        " reference, moved_on, moved_at) SELECT 1, lot_id, 'consumption', 5, id, amount_e6 - 5, (SELECT max(id) FROM"
        " materials_lot), '', '2026-01-01', '2026-01-01' FROM materials_container ORDER BY id LIMIT 1"
    ),
    "a depth that hides a circle": "UPDATE materials_lot SET depth = 7 WHERE depth = 0",
}


@pytest.mark.requirement("11.10(e)")
@pytest.mark.parametrize("forgery", sorted(FORGED))
def test_the_database_refuses_sql_even_inside_an_entry(warehouse: Warehouse, forgery: str) -> None:
    lot, batch = warehouse.receive("10 kg"), warehouse.make()
    services.consume(actor=warehouse.actor("operator"), container=warehouse.container(lot), amount=kg("1"), into=batch)
    warehouse.set_status(warehouse.receive(approved=False), "rejected")
    warehouse.make()
    with pytest.raises(IntegrityError, match="refused"), _open_entry(), connection.cursor() as cursor:
        cursor.execute(FORGED[forgery])


def test_a_partial_hold_stops_that_part_alone(warehouse: Warehouse) -> None:
    lot, batch = warehouse.receive("10 kg"), warehouse.make()
    operator = warehouse.actor("operator")
    services.split_container(actor=operator, container=warehouse.container(lot), amount=kg("4"))
    services.hold_container(actor=operator, container=warehouse.container(lot, 1), reason="wet")
    with pytest.raises(DomainError, match="container is on hold"):
        services.consume(actor=operator, container=warehouse.container(lot, 1), amount=kg("1"), into=batch)
    services.split_container(actor=operator, container=warehouse.container(lot, 1), amount=kg("1"))
    assert warehouse.container(lot, 2).held, "what is taken from a held part is held"
    services.consume(actor=operator, container=warehouse.container(lot, 0), amount=kg("6"), into=batch)
    with pytest.raises(DomainError, match="held already"):
        services.hold_container(actor=operator, container=warehouse.container(lot, 1), reason="wet")
    warehouse.free(warehouse.container(lot, 1))
    services.consume(actor=operator, container=warehouse.container(lot, 1), amount=kg("1"), into=batch)
    assert amounts_of(lot) == [0, 2_000_000, 1_000_000]


def test_what_is_promised_to_one_batch_is_not_used_for_another(warehouse: Warehouse) -> None:
    lot, batch, other = warehouse.receive("10 kg"), warehouse.make(), warehouse.make()
    planner, operator = warehouse.actor("planner"), warehouse.actor("operator")
    container = warehouse.container(lot)
    services.allocate_from(actor=planner, container=container, amount=kg("8"), purpose=batch.identifier)
    with pytest.raises(DomainError, match="2 kg free of 10 kg"):
        services.consume(actor=operator, container=warehouse.container(lot), amount=kg("3"), into=other)
    services.consume(actor=operator, container=warehouse.container(lot), amount=kg("5"), into=batch)
    assert [one.amount_e6 for one in Allocation.objects.filter(state="open")] == [3_000_000]
    rest = Allocation.objects.select_related("lot__definition", "container").get(state="open")
    services.end_allocation(actor=planner, allocation=rest, reason="batch stopped")
    with pytest.raises(DomainError, match="not open"):
        services.end_allocation(actor=planner, allocation=rest, reason="batch stopped")
    services.consume(actor=operator, container=warehouse.container(lot), amount=kg("5"), into=other)
    with pytest.raises(BadInput, match="what it is for"):
        services.allocate_from(actor=planner, container=warehouse.container(lot), amount=kg("1"), purpose=" ")


def test_a_count_that_differs_stays_visible_as_a_movement(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg")
    actor = warehouse.actor("supervisor")
    services.count(actor=actor, container=warehouse.container(lot), counted=kg("9.9"), reason="spilt")
    services.count(actor=actor, container=warehouse.container(lot), counted=kg("9.95"), reason="found")
    services.count(actor=actor, container=warehouse.container(lot), counted=kg("9.95"), reason="yearly count")
    kinds = Movement.objects.filter(lot=lot).order_by("id").values_list("kind", "amount_e6")
    assert list(kinds) == [("receipt", 10_000_000), ("missing", 100_000), ("found", 50_000)]
    with pytest.raises(BadInput, match="less than nothing"):
        services.count(actor=actor, container=warehouse.container(lot), counted=kg("-1"), reason="x")


@pytest.mark.requirement("211.196")
def test_shipping_and_destroying_leave_the_plant(warehouse: Warehouse) -> None:
    batch = warehouse.make()
    container = warehouse.produce(batch, "5 kg")
    with pytest.raises(DomainError, match="in quarantine"):
        services.ship(actor=warehouse.actor("planner"), container=container, amount=kg("1"), shipment="SH-1")
    warehouse.set_status(batch, "approved")
    services.ship(
        actor=warehouse.actor("planner"), container=warehouse.container(batch), amount=kg("4"), shipment="SH-1"
    )
    services.destroy(
        actor=warehouse.actor("qa"), container=warehouse.container(batch), amount=kg("1"), reason="retained too long"
    )
    with pytest.raises(BadInput, match="number is missing"):
        services.ship(actor=warehouse.actor("planner"), container=container, amount=kg("1"), shipment="")
    assert amounts_of(batch) == [0]


def test_a_split_a_merge_and_a_rework_keep_mass_and_the_worst_dates(warehouse: Warehouse) -> None:
    day = today()
    one = warehouse.receive("10 kg", expires_on=day + timedelta(days=50))
    two = warehouse.receive("5 kg", expires_on=day + timedelta(days=20))
    parts = [Part(warehouse.container(one), kg("4")), Part(warehouse.container(two), kg("5"))]
    actor = warehouse.actor("supervisor")
    merged = warehouse.lot(
        services.convert_lots(actor=actor, kind="merged", parts=parts, location=warehouse.store, reason="one drum")
    )
    assert (merged.expires_on, merged.status, merged.depth) == (two.expires_on, "quarantine", 1)
    assert amounts_of(merged) == [9_000_000]
    assert queries.balance(actor, merged).entered == {"conversion": 9_000_000}
    assert queries.balance(actor, merged).unaccounted == queries.balance(actor, one).unaccounted == 0
    api = warehouse.receive("1 g", code="ACTIVE")
    with pytest.raises(DomainError, match="one material"):
        services.convert_lots(
            actor=actor, kind="merged", location=warehouse.store, reason="x",
            parts=[Part(warehouse.container(one), kg("1")), Part(warehouse.container(api), Quantity("1", "g"))],
        )  # fmt: skip
    services.hold_lot(actor=actor, lot=warehouse.lot(one), reason="odour")
    with pytest.raises(DomainError, match="on hold"):
        services.convert_lots(
            actor=actor, kind="split", location=warehouse.store, reason="x",
            parts=[Part(warehouse.container(one), kg("1"))],
        )  # fmt: skip
    with pytest.raises(BadInput, match="no such conversion"):
        services.convert_lots(actor=actor, kind="mixed", location=warehouse.store, reason="x", parts=[])


@pytest.mark.requirement("211.89")
def test_a_rejected_lot_can_be_reworked_and_nothing_else(warehouse: Warehouse) -> None:
    batch = warehouse.make()
    warehouse.produce(batch)
    warehouse.set_status(batch, "rejected")
    made = services.convert_lots(
        actor=warehouse.actor("supervisor"), kind="reworked", location=warehouse.store, reason="CAPA 3",
        parts=[Part(warehouse.container(batch), kg("5"))],
    )  # fmt: skip
    assert warehouse.lot(made).sponsor == batch.sponsor
    with pytest.raises(DomainError, match="status may not follow"):
        services.hold_lot(actor=warehouse.actor("qa"), lot=warehouse.lot(batch), reason="x")


def test_no_lot_is_made_from_itself_however_long_the_way(warehouse: Warehouse) -> None:
    operator = warehouse.actor("operator")
    first, second, third = (warehouse.make() for _ in range(3))
    for lot in (first, second, third):
        warehouse.produce(lot)
        warehouse.set_status(lot, "approved")
    # third -> second -> first: the later ones go deeper as it is found out.
    services.consume(actor=operator, container=warehouse.container(second), amount=kg("1"), into=first)
    services.consume(actor=operator, container=warehouse.container(third), amount=kg("1"), into=second)
    assert [warehouse.lot(lot).depth for lot in (third, second, first)] == [0, 1, 2]
    with pytest.raises(DomainError, match="made from itself"):
        services.consume(actor=operator, container=warehouse.container(first), amount=kg("1"), into=third)
    with pytest.raises(DomainError, match="made from itself"):
        services.consume(actor=operator, container=warehouse.container(first), amount=kg("1"), into=first)


def test_a_sponsors_material_is_not_used_for_another_sponsor(warehouse: Warehouse) -> None:
    alphas = warehouse.make("TABLET-A")
    warehouse.produce(alphas)
    warehouse.set_status(alphas, "approved")
    with pytest.raises(DomainError, match="another sponsor"):
        services.consume(
            actor=warehouse.actor("operator"), container=warehouse.container(alphas), amount=kg("1"),
            into=warehouse.make("TABLET-B"),
        )  # fmt: skip


@pytest.mark.requirement("211.87")
def test_a_retest_gives_a_lot_more_time_until_its_expiry(warehouse: Warehouse) -> None:
    lot = warehouse.receive("1 g", code="ACTIVE", retest_on=today())
    assert queries.fitness(lot).why == (f"the lot is due for a retest since {today().isoformat()}",)
    with pytest.raises(DomainError, match="next retest"):
        warehouse.retest(lot, today())
    warehouse.retest(lot, today() + timedelta(days=90))
    assert queries.fitness(warehouse.lot(lot)).usable


def test_a_command_that_is_sent_twice_acts_once(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg")
    for _ in range(2):
        receipt = services.sample(
            actor=warehouse.actor("analyst"), container=warehouse.container(lot), amount=kg("1"), sample_name="S-1",
            idempotency_key="one",
        )  # fmt: skip
    assert receipt.repeated
    assert amounts_of(lot) == [9_000_000]


def test_the_status_of_a_lot_is_known_through_time(warehouse: Warehouse) -> None:
    lot = warehouse.receive()
    services.hold_lot(actor=warehouse.actor("operator"), lot=lot, reason="torn bag")
    found = queries.spells(lot)
    assert [(one.status, one.why) for one in found] == [("quarantine", ""), ("approved", "test"), ("hold", "torn bag")]
    assert found[0].until == found[1].since
    assert found[-1].until is None
