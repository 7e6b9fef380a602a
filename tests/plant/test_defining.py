"""What the plant is: elements, classes, offers, procedures, qualification, and taking over from paper."""

from datetime import timedelta
from typing import Any

import pytest

from batchwright import people, plant, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.plant import entries, offers, queries, services, showing
from batchwright.plant.capabilities import Requirement
from batchwright.plant.models import (
    Capability,
    EquipmentClass,
    EquipmentElement,
    EquipmentProperty,
    Qualification,
    UnitState,
)
from tests.plant.floor import Floor, later


def add(floor: Floor, tag: str, level: str = "unit", parent: str = "LINE", **facts: Any) -> record.Receipt:
    above = floor.unit(parent) if parent else None
    return services.add_equipment(actor=floor.actor("qa"), tag=tag, name=tag, level=level, parent=above, **facts)


def test_an_element_takes_its_place_once_and_only_where_its_level_belongs(floor: Floor) -> None:
    with pytest.raises(DomainError, match="This code is taken"):
        add(floor, "GR-1")
    with pytest.raises(BadInput, match="Did you mean GR-9"):
        add(floor, "gr 9")
    with pytest.raises(DomainError, match="does not hold that one"):
        add(floor, "AREA-2", level="area")
    with pytest.raises(DomainError, match="enterprise already"):
        add(floor, "CO-2", level="enterprise", parent="")
    with pytest.raises(BadInput, match="level"):
        add(floor, "X-1", level="room")
    with pytest.raises(people.Refused):
        services.add_equipment(
            actor=floor.actor("operator"), tag="GR-9", name="G", level="unit", parent=floor.unit("LINE")
        )
    add(floor, "GR-1-SPRAY", "equipment_module", "GR-1", equipment_class=EquipmentClass.objects.get(code="SPRAY"))
    assert not UnitState.objects.filter(unit__tag="GR-1-SPRAY").exists()
    with pytest.raises(DomainError, match="class is of another level"):
        add(floor, "GR-9", equipment_class=EquipmentClass.objects.get(code="SPRAY"))


def test_a_unit_offers_what_its_class_offers_or_less(floor: Floor) -> None:
    granulator = EquipmentClass.objects.get(code="HSG")
    with pytest.raises(DomainError, match="offers no more than its class"):
        add(floor, "GR-9", equipment_class=granulator, offered={"working-volume": "60..300 L"})
    with pytest.raises(BadInput, match="property is not known"):
        add(floor, "GR-9", offered={"colour": "red"})
    add(floor, "GR-9", equipment_class=granulator, offered={"temperature": "5..60 Cel"})
    able = queries.offered(floor.actor("operator"), floor.unit("GR-9"))
    assert sorted(able) == ["contact-material", "single-use", "temperature", "working-volume"]
    able = queries.offered(floor.actor("operator"), floor.unit("GR-2"))
    assert str(able["working-volume"].value) == "60 to 120 L"
    assert offers.of_elements([floor.unit("LINE")]) == {floor.unit("LINE").pk: {}}


def test_a_site_adds_its_own_words_for_what_equipment_can_do(floor: Floor) -> None:
    qa = floor.actor("qa")
    common: dict[str, Any] = {"actor": qa, "title": "noise class", "kind": "choice"}
    services.define_property(code="noise-class", words=("low", "high"), ordered=True, **common)
    with pytest.raises(DomainError, match="This code is taken"):
        services.define_property(code="noise-class", words=("low",), **common)
    with pytest.raises(DomainError, match="Every site has this property"):
        services.define_property(code="iso-class", words=("low",), **common)
    with pytest.raises(BadInput, match="has words to choose from"):
        services.define_property(code="noise-2", **common)
    with pytest.raises(BadInput, match="code"):
        services.define_property(code="Noise", words=("low",), **common)
    assert str(EquipmentProperty.objects.get()) == "noise class"
    services.define_class(actor=qa, code="QUIET", name="Quiet mixer", offered={"noise-class": "low"})
    add(floor, "MX-1", equipment_class=EquipmentClass.objects.get(code="QUIET"))
    asked = Requirement.read(queries.vocabulary(qa)["noise-class"], "at least", "high")
    found = queries.match_units(qa, [asked])
    assert not found.fits
    assert [miss.offer.unit for miss in found.alternatives if miss.only_by_state] == ["MX-1"]
    with pytest.raises(DomainError, match="This code is taken"):
        services.define_class(actor=qa, code="QUIET", name="Quiet mixer")


def test_what_fits_is_found_by_what_it_offers_and_by_its_state(floor: Floor) -> None:
    operator = floor.actor("operator")
    for tag in ("GR-1", "GR-2"):
        floor.qualify(tag)
        floor.cleaned(tag)
    floor.cleared("GR-1", "P-1", "B-1")
    volume = Requirement.read(queries.vocabulary(operator)["working-volume"], "at least", "100 L")
    assert [one.offer.unit for one in queries.match_units(operator, [volume]).fits] == ["GR-2", "GR-1"]
    found = queries.match_units(operator, [volume], intended=plant.Intended("P-1", "B-1"))
    assert [one.offer.unit for one in found.fits] == ["GR-1"]
    assert [str(one) for one in found.alternatives[0].sentences] == ["the line is not cleared"]


def test_a_change_says_what_was_before_and_a_retired_element_stays_readable(floor: Floor) -> None:
    qa = floor.actor("qa")
    add(floor, "CELL-2", "process_cell", "SOLIDS")
    receipt = services.change_equipment(
        actor=qa, element=floor.unit("GR-2"), name="Granulator 2", parent=floor.unit("CELL-2"), serial_number="S-2",
        offered={"working-volume": "60..100 L"}, reason="moved",
    )  # fmt: skip
    told = record.Entry.objects.get(seq=receipt.seq)
    assert told.content["data"]["before"]["offers"] == "working-volume 60 L..120 L"
    assert "parent: LINE -> CELL-2" in told.sentence
    assert (floor.unit("GR-2").parent, floor.unit("GR-2").serial_number) == (floor.unit("CELL-2"), "S-2")
    assert Capability.objects.get(element__tag="GR-2").value == "60 L..100 L"
    with pytest.raises(DomainError, match="Nothing is changed"):
        services.change_equipment(actor=qa, element=floor.unit("GR-2"), name="Granulator 2", reason="x")
    with pytest.raises(BadInput, match="name"):
        services.change_equipment(actor=qa, element=floor.unit("GR-2"), name="G" * 200, reason="x")
    add(floor, "EM-1", "equipment_module", "GR-2")
    add(floor, "EM-2", "equipment_module", "EM-1")
    with pytest.raises(DomainError, match="cannot be part of itself"):
        services.change_equipment(actor=qa, element=floor.unit("EM-1"), parent=floor.unit("EM-2"), reason="x")
    with pytest.raises(DomainError, match=r"parts that are not retired: EM-1"):
        services.retire_equipment(actor=qa, element=floor.unit("GR-2"), reason="sold")
    for tag in ("EM-2", "EM-1", "GR-2"):
        services.retire_equipment(actor=qa, element=floor.unit(tag), reason="sold")
    with pytest.raises(DomainError, match="This is retired"):
        services.retire_equipment(actor=qa, element=floor.unit("GR-2"), reason="again")
    with pytest.raises(DomainError, match="This is retired"):
        floor.clean("GR-2")
    with pytest.raises(DomainError, match="This is retired"):
        add(floor, "EM-3", "equipment_module", "GR-2")
    assert queries.element(qa, "gr-2") == floor.unit("GR-2")
    assert floor.unit("GR-2") not in queries.elements(qa)
    floor.ready()
    floor.begin()
    with pytest.raises(DomainError, match="This is in use"):
        services.retire_equipment(actor=qa, element=floor.unit(), reason="sold")


def test_a_procedure_keeps_its_class_and_kind(floor: Floor) -> None:
    common: dict[str, Any] = {"actor": floor.actor("qa"), "code": "SOP-FULL", "edition": "2", "title": "x"}
    with pytest.raises(DomainError, match="keeps its class and kind"):
        services.issue_cleaning_procedure(equipment_class=floor.class_of(), kind="minor", **common)
    with pytest.raises(DomainError, match="This code is taken"):
        services.issue_cleaning_procedure(
            equipment_class=floor.class_of(), kind="full", **{**common, "edition": "1"}
        )
    with pytest.raises(BadInput, match="kind"):
        services.issue_cleaning_procedure(equipment_class=floor.class_of(), kind="deep", **common)


@pytest.mark.requirement("11.70")
def test_a_qualification_is_approved_with_a_signature_that_moving_the_unit_voids(floor: Floor) -> None:
    unit, due = floor.unit(), clock.now() + timedelta(days=365)
    facts: dict[str, Any] = {"kind": "PQ", "document": "PQ-GR-1-04", "reason": "three good batches", "due_at": due}
    shown = showing.of_qualification(unit, **facts)
    assert "Stage: PQ performance qualification" in shown
    report = ("pq.pdf", b"%PDF-1.7")
    with pytest.raises(people.SignatureRefused, match="Something else was shown"):
        floor.sign("qa", unit, shown, services.qualify_unit, meaning="approved", unit=unit, report=report, **facts)
    with_report = showing.of_qualification(unit, **facts, report=report)
    receipt = floor.sign(
        "qa", unit, with_report, services.qualify_unit, meaning="approved", unit=unit, report=report, **facts
    )
    assert record.Entry.objects.get(seq=receipt.seq).content["attachments"][0]["name"] == "pq.pdf"
    assert Qualification.objects.get().number == 1
    with pytest.raises(DomainError, match="due already"):
        floor.sign(
            "qa", unit, shown, services.qualify_unit, meaning="approved", unit=unit, **{**facts, "due_at": clock.now()}
        )
    with pytest.raises(BadInput, match="no such stage"):
        floor.sign(
            "qa", unit, shown, services.qualify_unit, meaning="approved", unit=unit, **{**facts, "kind": "XQ"}
        )
    signature = people.Signature.objects.latest("pk")
    services.change_equipment(actor=floor.actor("qa"), element=floor.unit(), name="Big one", reason="name plate")
    assert people.signature_status(signature).valid
    services.change_equipment(actor=floor.actor("qa"), element=floor.unit(), serial_number="S-9", reason="exchanged")
    assert people.signature_status(signature).fields == ("serial_number",)
    with later(days=366):
        assert "PQ lapsed 1 d" in " ".join(map(str, plant.verdict_of(floor.unit()).reasons))


def test_a_unit_is_taken_over_from_its_paper_logbook_once(floor: Floor) -> None:
    now, qa = clock.now(), floor.actor("qa")
    use = services.PaperUse("P-0", "B-0", now - timedelta(hours=9), now - timedelta(hours=5))
    done = services.PaperCleaning(floor.procedure("SOP-MINOR"), now - timedelta(hours=4), "M. One", "J. Two")
    stage = services.PaperQualification("IQ", "IQ-1", now - timedelta(days=9), "Q. Three")
    common: dict[str, Any] = {"actor": qa, "unit": floor.unit(), "reason": "logbook 7, page 88"}
    with pytest.raises(DomainError, match="contradict each other"):
        early = services.PaperCleaning(floor.procedure(), now - timedelta(hours=6), "M. One", "J. Two")
        services.take_over_unit(use=use, cleaning=early, **common)
    with pytest.raises(DomainError, match="contradict each other"):
        services.take_over_unit(use=services.PaperUse("P", "B", now, now + timedelta(hours=5)), **common)
    with pytest.raises(BadInput, match="own work"):
        alone = services.PaperCleaning(floor.procedure(), now, "M. One", "M. One")
        services.take_over_unit(cleaning=alone, **common)
    with pytest.raises(DomainError, match="of the future"):
        ahead = services.PaperQualification("IQ", "IQ-1", now + timedelta(days=9), "Q. Three")
        services.take_over_unit(qualifications=(ahead,), **common)
    with pytest.raises(BadInput, match="no such stage"):
        services.take_over_unit(qualifications=(services.PaperQualification("ZQ", "1", now, "Q"),), **common)
    with pytest.raises(DomainError, match="cleans another class"):
        services.take_over_unit(cleaning=done, **{**common, "unit": floor.unit("BL-1")})
    receipt = services.take_over_unit(use=use, cleaning=done, qualifications=(stage,), **common)
    assert "cleaned at" in record.Entry.objects.get(seq=receipt.seq).sentence
    state = floor.state()
    assert (state.state, state.full_cleaning, state.last_use and state.last_use.product) == ("clean", None, "P-0")
    with pytest.raises(DomainError, match="has a logbook here already"):
        services.take_over_unit(**common)
    services.take_over_unit(use=use, **{**common, "unit": floor.unit("GR-2")})
    assert floor.state("GR-2").dirty_since == use.ended_at
    assert "not clean" in record.history(floor.unit("GR-2"), qa).latest("seq").sentence


def test_the_plant_is_read_as_a_tree_a_list_and_a_path(floor: Floor) -> None:
    operator = floor.actor("operator")
    floor.ready()
    floor.clean("GR-2")
    (root,) = queries.tree(operator)
    assert [one.element.tag for one in root.units()] == ["BL-1", "GR-1", "GR-2"]
    assert root.verdict is None
    assert [one.element.tag for one in queries.units(operator, usable=True)] == ["GR-1"]
    assert [one.element.tag for one in queries.units(operator, usable=False, state="dirty")] == ["BL-1", "GR-2"]
    assert [one.element.tag for one in queries.units(operator, text="hsg", area="SOLIDS")] == ["GR-1", "GR-2"]
    assert queries.units(operator, area="ELSEWHERE") == []
    assert queries.unit(operator, "LINE") is None
    assert queries.element(operator, "nothing") is None
    assert {one.code: one.members for one in queries.classes(operator)} == {"BLENDER": 1, "HSG": 2, "SPRAY": 0}
    unit = floor.unit()
    assert [one.number for one in queries.cleanings(operator, unit)] == [1]
    assert queries.cleaning(operator, unit, 1) == queries.cleanings(operator, unit)[0]
    assert queries.clearance(operator, unit, 2) is None
    assert [one.kind for one in queries.qualifications(operator, unit)] == ["PQ", "OQ", "IQ"]
    assert [one.code for one in queries.procedures(operator, unit)] == ["SOP-FULL", "SOP-MINOR"]
    floor.clear("BL-1")
    cleanings, clearances = queries.to_verify(floor.actor("supervisor"))
    assert [one.unit.tag for one in cleanings] == ["GR-2"]
    assert [one.unit.tag for one in clearances] == ["BL-1"]
    assert queries.to_verify(operator) == ([], [])
    floor.begin()
    assert [one.batch for one in queries.uses(operator, unit)] == ["B-1"]
    now = clock.now()
    assert queries.logbook(operator, one=unit, kind="use_begun", text="B-1").count() == 1
    assert not queries.logbook(operator, since=now).exists()
    assert queries.logbook(operator, until=now).exists()
    assert not queries.campaigns(operator, only_open=True).exists()
    state = queries.state(operator, unit)
    assert state is not None
    assert str(state) == f"{unit.pk} in_use"


@pytest.mark.requirement("11.10(g)")
def test_a_sponsor_finds_nothing_of_the_plant_by_any_read(floor: Floor) -> None:
    sponsor = floor.actor("sponsor_a")
    for read in (queries.elements, queries.tree, queries.units, queries.logbook, queries.campaigns, queries.classes):
        with pytest.raises(people.Refused):
            read(sponsor)
    guest = record.Actor(id="inspector", name="Inspector", role="inspector", sponsor="ALPHA")
    assert not EquipmentElement.visible_to(guest).exists()
    assert not record.entries_visible_to(sponsor).filter(type__startswith="unit.").exists()
    assert not record.entries_visible_to(sponsor).filter(type__startswith="equipment").exists()


@pytest.mark.requirement("ALCOA+ legible")
def test_every_entry_of_the_plant_says_a_sentence(floor: Floor) -> None:
    floor.ready()
    services.open_campaign(actor=floor.actor("operator"), unit=floor.unit(), product="P-1")
    floor.begin()
    floor.end()
    floor.clean()
    services.close_campaign(actor=floor.actor("operator"), unit=floor.unit())
    services.hold_unit(actor=floor.actor("operator"), unit=floor.unit(), reason="x")
    services.free_unit(actor=floor.actor("qa"), unit=floor.unit(), reason="x")
    services.take_out(actor=floor.actor("process_engineer"), unit=floor.unit(), reason="x")
    services.return_to_service(actor=floor.actor("process_engineer"), unit=floor.unit(), reason="x")
    said = {one.type: one.sentence for one in record.entries_visible_to(floor.actor("qa"))}
    assert "GR-1: campaign 1 of P-1 closed after 1 batches" in said.values()
    assert said["unit.freed/1"] == "GR-1 freed"
    assert all(said[f"{name}/1"] for name in ("unit.taken_out", "unit.returned", "line.cleared", "campaign.opened"))
    assert entries.EquipmentAdded(tag="CO", name="Company", level="enterprise").sentence() == "CO Company added"
