"""Who signs a decision on materials, what exactly is signed, and who never signs it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries, queries, services, statements
from batchwright.materials.models import Supplier
from batchwright.materials.services.common import today
from batchwright.people import services as people_services
from tests.materials.test_pages import at, sign
from tests.materials.warehouse import Warehouse


def also(warehouse: Warehouse, name: str, role: str) -> None:
    """Give a person of the plant one more role."""
    people_services.assign_role(actor=record.SITE, user=warehouse.plant.user(name), role=role, reason="both")


@pytest.mark.requirement("211.84")
def test_who_received_made_filled_or_held_a_lot_does_not_approve_it(warehouse: Warehouse) -> None:
    also(warehouse, "operator", "qa")
    warehouse.plant.accept("operator")
    received, made = warehouse.receive(approved=False), warehouse.make()
    warehouse.produce(made)
    held = warehouse.receive(number="HELD")
    services.hold_lot(actor=warehouse.actor("operator", "operator"), lot=held, reason="torn")
    for lot in (received, made, held):
        fresh = warehouse.lot(lot)
        with pytest.raises(people.Refused, match="own work"):
            warehouse.decide(fresh, "approved", "operator", role="qa")
        client = warehouse.plant.log_in(Client(), "operator", "qa")
        answer = client.get(at("decide", fresh.identifier, "approved"), {"reason": "x"})
        assert answer.status_code == 403, "and is told so before reading what would be signed"
        warehouse.decide(warehouse.lot(fresh), "approved")
    warehouse.decide(warehouse.lot(received), "rejected", "operator", role="qa")
    assert warehouse.lot(received).status == "rejected", "stopping is nobody's privilege"


def test_who_held_a_container_does_not_free_it_nor_the_part_that_was_divided_off(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg")
    services.hold_container(actor=warehouse.actor("qa"), container=warehouse.container(lot), reason="wet")
    services.split_container(
        actor=warehouse.actor("operator"), container=warehouse.container(lot), amount=Quantity("1", "kg")
    )
    part = warehouse.container(lot, 1)
    assert part.held_by == "qa"
    with pytest.raises(people.Refused, match="own work"):
        warehouse.free(part)
    warehouse.free(warehouse.container(lot, 1), "qualified_person")
    part = warehouse.container(lot, 1)
    assert (part.held, part.held_by) == (False, "")
    signature = people.signatures_on(warehouse.actor("qa"), part)[0]
    assert (signature.signature.signer.username, signature.status.valid) == ("qualified_person", True)
    with pytest.raises(DomainError, match="is not held"):
        warehouse.free(part, "qualified_person")


def test_what_is_signed_is_what_is_done(warehouse: Warehouse) -> None:
    lot, day = warehouse.receive(approved=False), today() + timedelta(days=30)
    qa = warehouse.actor("qa")
    approving = statements.of_lot(lot, "approved", "tested")

    def signed(shown: str, meaning: str = "approved", row: Any = lot) -> dict[str, Any]:
        return warehouse.sign("qa", warehouse.lot(lot) if row is lot else row, shown, meaning)

    def decide(status: str, reason: str, signature: dict[str, Any]) -> None:
        services.decide_lot(actor=qa, lot=warehouse.lot(lot), status=status, reason=reason, **signature)

    for status, reason in (("rejected", "tested"), ("approved", "not tested")):
        with pytest.raises(people.SignatureRefused, match="Something else was shown"):
            decide(status, reason, signed(approving))
    with pytest.raises(people.SignatureRefused, match="Something else was shown"):
        services.retest_lot(actor=qa, lot=warehouse.lot(lot), retest_on=day, reason="tested", **signed(approving))
    with pytest.raises(people.SignatureRefused, match="Something else was shown"):
        decide("approved", "tested", signed(approving, "rejected"))
    assert warehouse.lot(lot).status == "quarantine"
    refusals = record.Entry.objects.filter(type="signature.refused/1")
    assert refusals.count() == 4, "each attempt is on record"
    with pytest.raises(BadInput, match="no such decision"):
        decide("adored", "x", {"name": "", "given": None, "session": None, "address": ""})
    decide("approved", "tested", signed(approving))
    warehouse.retest(warehouse.lot(lot), day)
    held = people.signatures_on(qa, lot)
    assert [one.status.valid for one in held] == [True, True], "a retest does not undo the approval"


@pytest.mark.requirement("211.84")
def test_an_expired_lot_is_not_approved(warehouse: Warehouse) -> None:
    lot = warehouse.receive(approved=False, expires_on=today())
    said = entries.LotRetested(lot=lot.identifier, before=None, after=today())
    with record.entry(said, actor=record.SITE, subject=lot, reason="a day passes") as entry:
        entry.update(lot, expires_on=today() - timedelta(days=1))
    with pytest.raises(DomainError, match="expired lot is not approved"):
        warehouse.decide(warehouse.lot(lot), "approved")
    warehouse.decide(warehouse.lot(lot), "rejected")


def test_a_supplier_is_approved_for_a_time_by_another_than_who_registered_it(warehouse: Warehouse) -> None:
    services.register_supplier(
        actor=warehouse.actor("qa"), code="SALT", name="Salt AG", place="Basel", country="CH"
    )
    supplier = Supplier.objects.get(code="SALT")
    with pytest.raises(people.Refused, match="own work"):
        warehouse.decide_supplier(supplier, "approved")
    with pytest.raises(DomainError, match="approval would have ended"):
        warehouse.decide_supplier(
            supplier, "approved", "qualified_person", approved_until=today() - timedelta(days=1)
        )
    warehouse.decide_supplier(supplier, "approved", "qualified_person", approved_until=today())
    warehouse.decide_supplier(Supplier.objects.get(code="SALT"), "withdrawn")
    meanings = [one.signature.meaning for one in people.signatures_on(warehouse.actor("qa"), supplier)]
    assert meanings == ["approved", "rejected"]
    assert queries.suppliers(warehouse.actor("qa")).get(code="SALT").approval == "withdrawn"


def test_a_signature_that_is_sent_twice_decides_once(warehouse: Warehouse) -> None:
    lot = warehouse.receive(approved=False)
    warehouse.plant.accept("qa")
    client = warehouse.plant.log_in(Client(), "qa")
    address = at("decide", lot.identifier, "approved")
    assert sign(client, address, reason="tested").status_code == 302
    again = client.post(f"{address}?reason=tested", {"statement": "", "password": "", "method": "password"})
    assert again.status_code == 403
    assert client.post(address, {}).status_code == 200, "without a ground nothing is signed"
    assert client.get(at("free", "C-9999-9")).status_code == 404
