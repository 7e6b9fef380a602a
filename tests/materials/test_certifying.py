"""The potency of a lot: entered from its certificate by one person, approved by another, and then it stays."""

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries, services, statements
from batchwright.materials.models import Lot
from tests.materials.warehouse import Warehouse


def certify(warehouse: Warehouse, lot: Lot, assay: str = "98.6 %", name: str = "analyst", **facts: str) -> Lot:
    water = facts.pop("water", "")
    facts = {"certificate": "CoA-17", **facts}
    services.certify_lot(
        actor=warehouse.actor(name), lot=warehouse.lot(lot), assay=Quantity.parse(assay),
        water=Quantity.parse(water) if water else None, **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    return warehouse.lot(lot)


@pytest.mark.requirement("211.84")
def test_potency_is_entered_by_one_person_and_the_lot_approved_on_it_by_another(warehouse: Warehouse) -> None:
    lot = certify(warehouse, warehouse.receive(approved=False), water="0.4 %")
    assert (lot.assay, lot.water, lot.certificate) == ("98.6 %", "0.4 %", "CoA-17")
    entry = record.history(lot, warehouse.actor("qa")).last()
    assert entry is not None
    assert entry.sentence == f"Lot {lot.identifier}: assay 98.6 %, water 0.4 % by certificate CoA-17"
    assert "Assay: 98.6 %, water: 0.4 %, by certificate CoA-17" in statements.of_lot(lot, "approved", "tested")
    other = certify(warehouse, warehouse.receive(approved=False), name="qa")
    with pytest.raises(people.Refused, match="Nobody verifies or approves own work"):
        warehouse.decide(other, "approved")
    warehouse.decide(lot, "approved")
    assert warehouse.lot(lot).status == "approved"


@pytest.mark.requirement("211.84")
@pytest.mark.requirement("11.70")
def test_the_potency_of_an_approved_lot_stays_until_the_lot_is_held_and_decided_anew(warehouse: Warehouse) -> None:
    lot = certify(warehouse, warehouse.receive(approved=False))
    warehouse.decide(lot, "approved")
    with pytest.raises(DomainError, match="certificate of this lot was decided on: approved"):
        certify(warehouse, lot, "99.1 %", reason="misread")
    with (
        pytest.raises(IntegrityError, match="potency of an approved lot stays"),
        record.entry(
            entries.LotCertified(lot="-", assay="-", water="", certificate="-"), actor=record.SITE, subject="lot/-"
        ) as entry,
    ):
        entry.update(warehouse.lot(lot), assay="99.1 %")
    services.hold_lot(actor=warehouse.actor("analyst"), lot=warehouse.lot(lot), reason="misread certificate")
    with pytest.raises(DomainError, match=r"correction needs a reason: 98\.6 % \(CoA-17\)"):
        certify(warehouse, lot, "99.1 %")
    certify(warehouse, lot, "99.1 %", reason="misread")
    approval = people.signatures_on(warehouse.actor("qa"), warehouse.lot(lot))[0]
    assert not people.signature_status(approval.signature).valid, "what was signed is not what stands there now"


def test_what_is_no_credible_fraction_is_no_potency(warehouse: Warehouse) -> None:
    lot = warehouse.receive(approved=False)
    for assay, facts, why in (
        ("98.6 kg", {}, "assay is no fraction"),
        ("9.86 %", {}, r"assay is not credible: 9\.86 %.*50 % to 150 %"),
        ("98.6 %", {"water": "60 %"}, "water is not credible"),
    ):
        with pytest.raises(DomainError, match=why):
            certify(warehouse, lot, assay, **facts)
    with pytest.raises(BadInput, match="certificate has no number"):
        certify(warehouse, lot, certificate=" ")
    with pytest.raises(people.Refused):
        certify(warehouse, lot, name="operator")


def test_the_page_of_a_lot_says_its_potency_and_lets_the_laboratory_enter_it(
    warehouse: Warehouse, client: Client
) -> None:
    lot = warehouse.receive(approved=False)
    analyst = warehouse.plant.log_in(client, "analyst")
    page, form = (reverse(f"materials:{name}", args=[lot.identifier]) for name in ("lot", "certify"))
    assert "not entered" in (before := analyst.get(page).content.decode())
    assert form in before
    sent = {"assay": "98.6 %", "water": "", "certificate": "CoA-17", "version": str(lot.version)}
    assert analyst.post(form, sent).status_code == 302
    assert "assay 98.6 %, certificate CoA-17" in analyst.get(page).content.decode()
