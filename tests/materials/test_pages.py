"""The pages and the JSON edge of materials: what people see and do there, and what another sponsor's people do not."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from batchwright import people
from batchwright.kernel.quantity import Quantity
from batchwright.materials import services
from batchwright.materials.models import Allocation, Container, Definition, Lot, Supplier
from batchwright.materials.services.common import today
from tests.materials.warehouse import Warehouse
from tests.people.plant import PASSWORD


def at(name: str, *arguments: str) -> str:
    return reverse(f"materials:{name}", args=arguments)


def text(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def sign(client: Client, address: str, who: str = "qa", **particulars: str) -> Any:
    """Let somebody be shown what is signed, and sign it."""
    page = client.get(address, particulars)
    assert page.status_code == 200, page.content.decode()[-3000:]
    form = {"statement": page.context["prepared"].name, "username": who, "method": "password", "password": PASSWORD}
    return client.post(f"{address}?{urlencode(particulars)}", form)


def made_batch(warehouse: Warehouse) -> tuple[Lot, Lot]:
    """A lot of lactose, used for a lot of alpha's tablets that was shipped."""
    lot, batch = warehouse.receive("10 kg"), warehouse.make()
    services.consume(
        actor=warehouse.actor("operator"), container=warehouse.container(lot), amount=Quantity("2", "kg"), into=batch
    )
    warehouse.produce(batch, "1.9 kg")
    batch = warehouse.set_status(batch, "approved")
    services.ship(
        actor=warehouse.actor("planner"), container=warehouse.container(batch), amount=Quantity("1", "kg"),
        shipment="SH-1",
    )  # fmt: skip
    return lot, batch


def test_a_lot_is_received_on_the_page_and_what_is_wrong_stands_beside_the_form(warehouse: Warehouse) -> None:
    client = warehouse.plant.log_in(Client(), "operator")
    form = {
        "definition": "LACTOSE", "supplier": "MEGGLE", "supplier_lot": "M-77", "containers": "25 kg\n24.91 kg\n",
        "location": "STORE", "expires_on": (today() + timedelta(days=9)).isoformat(), "idempotency_key": "k1",
    }  # fmt: skip
    wrong = client.post(at("receive"), {**form, "containers": "25 lbs"})
    assert wrong.status_code == 400
    assert "is not known" in wrong.content.decode()
    for _ in range(2):
        answer = client.post(at("receive"), form)
        assert answer.status_code == 302
    lot = Lot.objects.get()
    assert answer["Location"] == at("lot", lot.identifier)
    page = text(client, at("lot", lot.identifier))
    assert "the lot is in quarantine" in page
    assert "24.91" in page
    assert client.post(at("receive"), {**form, "idempotency_key": "k2"}).status_code == 400, "received before"


@pytest.mark.requirement("11.50")
def test_a_lot_is_approved_with_a_signature_that_shows_what_is_signed(warehouse: Warehouse) -> None:
    lot = warehouse.receive(approved=False, number="M-78")
    warehouse.plant.accept("qa")
    client = warehouse.plant.log_in(Client(), "qa")
    address = at("decide", lot.identifier, "approved")
    assert "Show what is signed" in text(client, address)
    page = client.get(address, {"reason": "certificate 12"})
    assert "M-78" in page.content.decode()
    statement = page.context["prepared"].statement.sha256
    url = f"{address}?reason=certificate+12"
    form = {"statement": statement, "username": "qa", "method": "password", "idempotency_key": "s"}
    assert client.post(url, {**form, "password": "wrong"}).status_code == 403
    page = client.get(address, {"reason": "certificate 12"})
    form["statement"] = page.context["prepared"].statement.sha256
    assert client.post(url, {**form, "password": PASSWORD}).status_code == 302
    lot = warehouse.lot(lot)
    assert lot.status == "approved"
    signature = people.signatures_on(warehouse.actor("qa"), lot)[0]
    assert signature.status.valid
    services.hold_lot(actor=warehouse.actor("operator"), lot=lot, reason="torn")
    assert people.signatures_on(warehouse.actor("qa"), lot)[0].status.valid, "a hold does not undo the approval"
    assert "Qa" in text(client, at("lot", lot.identifier))


def test_who_has_not_accepted_the_statement_is_told_so_instead_of_signing(warehouse: Warehouse) -> None:
    lot = warehouse.receive(approved=False)
    client = warehouse.plant.log_in(Client(), "qa")
    assert client.get(at("decide", lot.identifier, "approved"), {"reason": "x"}).status_code == 403
    assert client.get(at("decide", lot.identifier, "adored")).status_code == 404


def test_a_hold_a_retest_and_each_act_on_a_container_are_done_on_their_pages(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg")
    batch = warehouse.make()
    name = warehouse.container(lot).identifier
    acts = {
        "move": ("supervisor", {"location": "COLD"}),
        "divide": ("operator", {"amount": "1 kg"}),
        "allocate": ("planner", {"amount": "1 kg", "purpose": batch.identifier}),
        "use": ("operator", {"amount": "0.5 kg", "into": batch.identifier}),
        "sample": ("analyst", {"amount": "0.1 kg", "sample": "S-1"}),
        "count": ("supervisor", {"counted": "8.3 kg", "reason": "spilt"}),
        "ship": ("planner", {"amount": "0.3 kg", "shipment": "SH-2"}),
        "destroy": ("qa", {"amount": "1 kg", "reason": "wet"}),
        "hold": ("operator", {"reason": "torn"}),
    }
    for act, (who, form) in acts.items():
        client = warehouse.plant.log_in(Client(), who)
        address = at("container-act", name, act)
        assert client.get(address).status_code == 200
        version = str(Container.objects.get(identifier=name).version)
        answer = client.post(address, {**form, "expected_version": version, "idempotency_key": act})
        assert answer.status_code == 302, (act, answer.content.decode()[-3000:])
    assert Container.objects.get(identifier=name).amount_e6 == 7_000_000
    warehouse.plant.accept("qa")
    client = warehouse.plant.log_in(Client(), "qa")
    assert "the container is on hold" in text(client, at("container", name))
    assert sign(client, at("free", name), reason="repacked").status_code == 302
    page = text(client, at("container", name))
    assert "Can be used." in page
    assert client.get(at("container-act", name, "eat")).status_code == 404
    stale = client.post(at("hold", lot.identifier), {"reason": "x", "expected_version": "1", "idempotency_key": "h1"})
    assert stale.status_code == 409, "somebody approved it since"
    assert client.post(at("hold", lot.identifier), {"reason": "x", "idempotency_key": "h2"}).status_code == 302
    day = (today() + timedelta(days=5)).isoformat()
    assert client.get(at("retest", lot.identifier), {"retest_on": "soon", "reason": "x"}).status_code == 400
    answer = sign(client, at("retest", lot.identifier), retest_on=day, reason="x")
    assert answer["Location"] == at("lot", lot.identifier)
    assert "the lot is on hold" in text(client, at("container", name))


def test_what_is_on_hold_or_expired_is_allocated_neither_by_the_page_nor_by_the_api(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg")
    services.hold_lot(actor=warehouse.actor("operator"), lot=lot, reason="torn")
    client = warehouse.plant.log_in(Client(), "planner")
    name = warehouse.container(lot).identifier
    refused = client.post(at("container-act", name, "allocate"), {"amount": "1 kg", "purpose": "order 1"})
    assert refused.status_code == 400
    assert "the lot is on hold" in refused.content.decode()
    assert client.post(at("allocate"), {"definition": "LACTOSE", "amount": "1 kg", "purpose": "x"}).status_code == 400
    for what in ({"container": name}, {"material": "LACTOSE"}, {"container": "C-9999-X"}):
        asked = json.dumps({"amount": "1 kg", "purpose": "order 1", **what})
        answer = client.post("/api/materials/allocations", asked, content_type="application/json")
        assert answer.status_code == 400, answer.content
        assert answer.json()["message"]
    strict = warehouse.plant.log_in(Client(enforce_csrf_checks=True), "planner")
    assert strict.post("/api/materials/allocations", asked, content_type="application/json").status_code == 403
    assert not Allocation.objects.exists()
    warehouse.set_status(warehouse.lot(lot), "approved")
    for key in ("a", "a"):
        asked = json.dumps({"amount": "1 kg", "purpose": "order 1", "material": "LACTOSE", "idempotency_key": key})
        assert client.post("/api/materials/allocations", asked, content_type="application/json").status_code == 200
    answer = client.post(at("allocate"), {"definition": "LACTOSE", "amount": "1 kg", "purpose": "x"})
    assert answer.status_code == 302
    assert Allocation.objects.count() == 2


@pytest.mark.requirement("211.150")
def test_the_genealogy_and_the_recall_say_where_a_lot_went(warehouse: Warehouse) -> None:
    lot, batch = made_batch(warehouse)
    client = warehouse.plant.log_in(Client(), "qa")
    page = text(client, at("genealogy", lot.identifier))
    assert batch.identifier in page
    assert ">2 kg<" in page, "how much stands on the line"
    recall = text(client, at("recall", lot.identifier))
    assert "Touches 2 lots with itself, 1 shipment, 1 sponsor." in recall
    table = client.get(at("recall-export", lot.identifier, "csv")).content.decode()
    assert f"1,{batch.identifier},,TABLET-A,product,approved,ALPHA" in table
    found = client.get(at("recall-export", lot.identifier, "json")).json()
    assert (found["shipments"], found["sponsors"]) == ({"SH-1": [batch.identifier]}, {"ALPHA": 1})
    assert client.get(at("recall-export", lot.identifier, "xlsx")).status_code == 404
    traced = client.get(f"/api/materials/lots/{batch.identifier}/trace?back=true").json()
    assert [one["lot"] for one in traced["lots"]] == [batch.identifier, lot.identifier]
    assert client.get(f"/api/materials/lots/{lot.identifier}/recall").json()["products"] == 1


def test_lists_narrow_and_say_why_they_are_empty(warehouse: Warehouse) -> None:
    client = warehouse.plant.log_in(Client(), "qa")
    assert "You see no lot yet" in text(client, at("lots"))
    assert "Nothing that you may see is in stock" in text(client, at("stock"))
    lot = warehouse.receive("10 kg", number="ABC", expires_on=today() + timedelta(days=3))
    for query in ({"text": "abc"}, {"material": "LACTOSE"}, {"status": "approved"}, {"due": "1"}):
        assert lot.identifier in text(client, at("lots"), **query)
    assert "No lot that you may see fits" in text(client, at("lots"), text="nothing")
    assert lot.identifier in text(client, at("stock"), location="STORE", material="LACTOSE", days="30")
    assert "Lactose 10" in text(client, at("stock")), "what there is of each material"
    warehouse.receive("2 kg", number="LATER", expires_on=today() + timedelta(days=60))
    page = text(client, at("stock"), days="30")
    assert page.count("C-000") == text(client, at("stock"), days="90").count("C-000") / 2
    assert lot.identifier in text(client, at("definition", "LACTOSE"))
    assert "Lactose" in text(client, at("definitions"), text="lact")
    assert client.get("/api/materials/lots?text=ABC").json()[0]["usable"] is True
    assert client.get("/api/materials/stock").json()[0]["amount"] == "10 kg"


def test_terms_are_defined_on_their_pages(warehouse: Warehouse) -> None:
    client = warehouse.plant.log_in(Client(), "qa")
    forms = {
        "define": {"code": "NACL", "name": "Salt", "kind": "component", "unit": "kg"},
        "register-supplier": {"code": "SALT", "name": "Salt AG", "place": "Basel", "country": "CH"},
        "define-location": {"code": "HALL", "name": "Hall"},
    }
    for name, form in forms.items():
        assert client.get(at(name)).status_code == 200
        assert client.post(at(name), form).status_code == 302
        again = client.post(at(name), form)
        assert again.status_code == 400
        assert "taken" in again.content.decode()
    assert client.post(at("define"), {**forms["define"], "code": "X", "unit": "Cel"}).status_code == 400
    assert client.get(at("decide-supplier", "SALT")).status_code == 200
    assert client.get(at("decide-supplier", "NOBODY")).status_code == 404
    assert client.get(at("supplier", "NOBODY")).status_code == 404
    decision = {"approval": "approved", "reason": "audit", "approved_until": ""}
    own = client.get(at("decide-supplier", "SALT"), decision)
    assert own.status_code == 403
    assert "Nobody verifies or approves own work" in own.content.decode()
    warehouse.plant.accept("qualified_person")
    other = warehouse.plant.log_in(Client(), "qualified_person")
    assert sign(other, at("decide-supplier", "SALT"), "qualified_person", **decision).status_code == 302
    page = text(client, at("supplier", "SALT"))
    assert "Material may be received from it." in page
    assert "Qualified Person" in page
    assert Supplier.objects.get(code="SALT").approval == "approved"
    assert Definition.objects.filter(code="NACL").exists()
    assert "Salt AG" in text(client, at("suppliers"))


@pytest.mark.requirement("11.10(d)")
def test_another_sponsors_person_finds_nothing_by_address_search_or_scan(warehouse: Warehouse) -> None:
    lot, batch = made_batch(warehouse)
    container = warehouse.container(batch)
    own, foreign = warehouse.plant.log_in(Client(), "sponsor_a"), warehouse.plant.log_in(Client(), "sponsor_b")
    addresses = [
        at("lot", batch.identifier), at("genealogy", batch.identifier), at("recall", batch.identifier),
        at("recall-export", batch.identifier, "csv"), at("labels", batch.identifier, "zpl"),
        at("container", container.identifier), at("definition", "TABLET-A"),
        f"/api/materials/lots/{batch.identifier}", f"/api/materials/lots/{batch.identifier}/trace",
        f"/api/materials/lots/{batch.identifier}/recall",
    ]  # fmt: skip
    for address in addresses:
        assert own.get(address).status_code == 200, address
        assert foreign.get(address).status_code == 404, address
    names = (batch.identifier, container.identifier, "TABLET-A", "Tablet A", lot.identifier)
    for address in (at("lots"), at("stock"), at("definitions"), at("suppliers"), "/api/materials/lots",
                    "/api/materials/stock"):  # fmt: skip
        content = foreign.get(address).content.decode()
        assert not any(name in content for name in names), address
    scans = [
        batch.identifier, container.identifier, "TABLET-A", lot.identifier,
        f"(91){container.identifier}(92){batch.identifier}",
    ]  # fmt: skip
    for scan in scans:
        answer = foreign.get("/find", {"q": scan})
        assert answer.status_code == 200, "nothing is found, so nobody is sent on"
        assert b"/materials/lots/" not in answer.content
    assert own.get("/find", {"q": scans[-1]})["Location"] == at("container", container.identifier)
    assert own.get("/find", {"q": batch.identifier.lower()})["Location"] == at("lot", batch.identifier)
    assert own.get(at("lot", lot.identifier)).status_code == 404, "the plant's own lots are no sponsor's business"
    assert lot.identifier not in text(own, at("genealogy", batch.identifier))
