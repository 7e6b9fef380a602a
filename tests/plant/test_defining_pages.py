"""The pages that say what the plant is: equipment, classes, how these are cleaned, and what they ask for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batchwright import record
from batchwright.plant.models import ChangeoverRule, CleaningProcedure, EquipmentClass, EquipmentElement
from tests.plant.floor import Floor


def at(name: str, *arguments: str) -> str:
    return reverse(f"plant:{name}", args=arguments)


@pytest.fixture
def qa(floor: Floor) -> Client:
    return floor.plant.log_in(Client(), "qa")


def does(client: Client, address: str, key: str, **form: Any) -> Any:
    """Fill in a form as its page shows it."""
    page = client.get(address)
    assert page.status_code == 200
    assert b'name="idempotency_key"' in page.content
    version = page.context.get("version")
    said = {} if version is None else {"expected_version": version}
    return client.post(address, {**said, "idempotency_key": key, **form})


def one(tag: str) -> EquipmentElement:
    found: EquipmentElement = EquipmentElement.objects.get(tag=tag)
    return found


def test_a_class_its_cleaning_and_its_changeover_are_defined_on_their_pages(floor: Floor, qa: Client) -> None:
    wrong = does(qa, at("class-define"), "1", code="FBD", name="Fluid-bed dryer", level="unit", offered="volume")
    assert wrong.status_code == 400
    assert "Say a value for volume" in wrong.content.decode()
    twice = does(qa, at("class-define"), "1", code="FBD", name="x", level="unit", offered="output 1\noutput 2")
    assert "output is said twice" in twice.content.decode()
    unknown = does(qa, at("class-define"), "1", code="FBD", name="x", level="unit", offered="volume 3 L")
    assert "The property is not known" in unknown.content.decode()
    offered = "working-volume 20..200 L\n\nsingle-use yes"
    said = {"code": "FBD", "name": "Fluid-bed dryer", "level": "unit", "offered": offered}
    assert does(qa, at("class-define"), "2", **said).status_code == 302
    assert does(qa, at("class-define"), "2", **said).status_code == 302
    assert record.Entry.objects.filter(type="equipment_class.defined/1", subject="equipment-class/FBD").count() == 1
    procedure = {"code": "SOP-FBD", "edition": "1", "title": "Dryer, full", "kind": "full", "reason": "validated"}
    holds = {"clean_hold_minutes": "7 d", "dirty_hold_minutes": "36 h"}
    bad = does(qa, at("class-procedure", "FBD"), "3", **procedure, clean_hold_minutes="soon")
    assert bad.status_code == 400
    half = does(qa, at("class-procedure", "FBD"), "3", **procedure, clean_hold_minutes="30 s")
    assert "Say whole minutes" in half.content.decode()
    past = str(timezone.localdate() - timedelta(days=1))
    assert "This day is past" in does(
        qa, at("class-procedure", "FBD"), "3", **procedure, effective_at=past
    ).content.decode()
    assert does(qa, at("class-procedure", "FBD"), "3", **procedure, **holds).status_code == 302
    row = CleaningProcedure.objects.get(code="SOP-FBD")
    assert (row.clean_hold_minutes, row.dirty_hold_minutes) == (7 * 24 * 60, 36 * 60)
    following = qa.get(at("class-procedure", "FBD"), {"code": "SOP-FBD"}).content.decode()
    assert 'value="7 d"' in following
    assert 'value="36 h"' in following
    later = str(timezone.localdate() + timedelta(days=30))
    assert does(
        qa, at("class-procedure", "FBD"), "4", **{**procedure, "edition": "2"}, clean_hold_minutes="90 min",
        effective_at=later,
    ).status_code == 302  # fmt: skip
    assert 'value="90 min"' in qa.get(at("class-procedure", "FBD"), {"code": "SOP-FBD"}).content.decode()
    rule = {"same_product": "none", "other_product": "full", "campaign_batches": "8", "reason": "validated"}
    assert does(qa, at("class-changeover", "FBD"), "5", **rule).status_code == 302
    assert not ChangeoverRule.objects.get(equipment_class__code="FBD").needs_clearance
    page = qa.get(at("class", "FBD")).content.decode()
    for words in ("20 to 200 L", "SOP-FBD 2", "not yet", "1 h 30 min", "8 batches", "Issue next edition"):
        assert words in page, words
    assert qa.get(at("class", "NONE")).status_code == 404


def test_equipment_is_added_changed_and_retired_on_its_pages(floor: Floor, qa: Client) -> None:
    cell = one("GR-1").parent
    assert cell is not None
    kind = EquipmentClass.objects.all()[0]
    said = {"tag": "GR-9", "name": "Granulator 9", "level": "unit", "parent": cell.tag, "equipment_class": kind.code}
    assert b'selected>' in qa.get(at("equipment-add"), {"parent": cell.tag}).content
    assert does(qa, at("equipment-add"), "1", **{**said, "parent": ""}).status_code == 400
    assert does(qa, at("equipment-add"), "2", **said).status_code == 302
    assert "GR-9" in qa.get(at("equipment")).content.decode()
    change = {"name": "Granulator nine", "parent": cell.tag, "serial_number": "S-9", "reason": "painted anew"}
    assert does(qa, at("equipment-change", "GR-9"), "3", **change).status_code == 302
    assert (one("GR-9").name, one("GR-9").serial_number) == ("Granulator nine", "S-9")
    assert does(qa, at("equipment-change", "GR-9"), "4", **change, offered="containment yes").status_code == 302
    assert "containment yes" in qa.get(at("equipment-change", "GR-9")).content.decode()
    stale = qa.post(
        at("equipment-change", "GR-9"), {**change, "name": "x", "expected_version": "1", "idempotency_key": "5"}
    )
    assert stale.status_code == 409
    nothing = does(qa, at("equipment-change", "GR-9"), "6", **change, offered="containment yes")
    assert "Nothing is changed" in nothing.content.decode()
    assert qa.get(at("equipment-change", "gr-9")).status_code == 404
    assert does(qa, at("equipment-retire", "GR-9"), "7", reason="sold").status_code == 302
    assert one("GR-9").retired_at is not None
    assert "GR-9" not in qa.get(at("equipment")).content.decode()


def test_who_may_not_define_reads_and_finds_no_button(floor: Floor) -> None:
    operator = floor.plant.log_in(Client(), "operator")
    page = operator.get(at("equipment"))
    assert page.status_code == 200
    assert at("equipment-add") not in page.content.decode()
    assert operator.get(at("equipment-add")).status_code == 403
