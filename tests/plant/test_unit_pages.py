"""The pages of units: what people see there, what they do there, and what sponsors' people do not find."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from batchwright import record
from batchwright.kernel import clock
from batchwright.plant import services
from batchwright.plant.models import Campaign, EquipmentElement, LineClearance, Qualification
from batchwright.plant.web import waiting
from tests.people.plant import PASSWORD
from tests.plant.floor import Floor
from tests.plant.metrology import PDF


def at(name: str, *arguments: str) -> str:
    return reverse(f"plant:{name}", args=arguments)


def text(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def does(client: Client, floor: Floor, act: str, tag: str = "GR-1", **form: Any) -> Any:
    """Fill in the form of an act as the page shows it."""
    version = str(floor.state(tag).version)
    key = f"{act}-{version}"
    return client.post(at("unit-act", tag, act), {"expected_version": version, "idempotency_key": key, **form})


def sign(client: Client, address: str, username: str, password: str = PASSWORD, **more: Any) -> Any:
    """Sign what a page shows."""
    page = client.get(address)
    assert page.status_code == 200, page.content.decode()[-2000:]
    form = {
        "statement": page.context["prepared"].statement.sha256, "username": username, "method": "password",
        "password": password, "idempotency_key": page.context["prepared"].statement.sha256[:20],
    }  # fmt: skip
    return client.post(address, {**form, **more})


def test_a_unit_goes_through_its_day_on_its_pages(floor: Floor) -> None:
    floor.qualify()
    operator, supervisor = floor.plant.log_in(Client(), "operator"), floor.plant.log_in(Client(), "supervisor")
    page = text(operator, at("unit", "GR-1"))
    assert "Cannot be used: not cleaned since" in page
    assert f'class="button primary" href="{at("unit-act", "GR-1", "clean")}' in page
    assert "Full cleaning (SOP-FULL 1, full)" in text(operator, at("unit-act", "GR-1", "clean"))
    assert does(operator, floor, "clean", procedure=floor.procedure().pk).status_code == 302
    page = text(supervisor, at("unit", "GR-1"))
    assert "not yet verified by a second person" in page
    assert "Verify cleaning" in page
    own = operator.get(at("unit-verify", "GR-1", "cleaning"))
    refused = operator.post(
        at("unit-verify", "GR-1", "cleaning"),
        {"statement": own.context["prepared"].statement.sha256, "username": "operator", "password": PASSWORD},
    )
    assert refused.status_code == 403
    assert "Nobody verifies or approves own work" in refused.content.decode()
    assert sign(supervisor, at("unit-verify", "GR-1", "cleaning"), "supervisor", "wrong").status_code == 403
    assert sign(supervisor, at("unit-verify", "GR-1", "cleaning"), "supervisor").status_code == 302
    page = text(operator, at("unit", "GR-1"))
    assert "Can be used. Before a batch: the line is not cleared." in page
    assert "Usable for 3 d, until" in page or "Usable for 2 d 23 h, until" in page
    assert "Signatures on the last cleaning" in page
    assert does(operator, floor, "open-campaign", product="P-1").status_code == 302
    assert does(operator, floor, "clear", product="P-1", batch="B-7").status_code == 302
    assert sign(supervisor, at("unit-verify", "GR-1", "clearance"), "supervisor").status_code == 302
    page = text(operator, at("unit-act", "GR-1", "begin"))
    assert 'value="B-7"' in page
    assert "Can be used" in text(operator, at("unit", "GR-1"))
    assert does(operator, floor, "begin", product="P-1", batch="B-7").status_code == 302
    page = text(operator, at("unit", "GR-1"))
    assert "In use since" in page
    assert "1 of 3 batches" in page
    assert does(operator, floor, "end").status_code == 302
    assert 'value="P-1"' in text(operator, at("unit-act", "GR-1", "clear"))
    assert does(operator, floor, "close-campaign", reason="order complete").status_code == 302
    assert Campaign.objects.get().closed_at is not None
    page = text(operator, at("logbook"), unit="GR-1")
    assert [word in page for word in ("Use begun", "Use ended", "Cleaning verified", "B-7")] == [True] * 4


def test_a_command_that_its_state_refuses_is_refused_on_the_page_with_the_reason(floor: Floor) -> None:
    operator = floor.plant.log_in(Client(), "operator")
    answer = does(operator, floor, "begin", product="P-1", batch="B-1")
    assert answer.status_code == 400
    assert "IQ is missing" in answer.content.decode()
    assert does(operator, floor, "end").status_code == 400
    assert operator.post(at("unit-act", "GR-1", "hold"), {"idempotency_key": "x"}).status_code == 400
    stale = {"expected_version": "1", "idempotency_key": "y", "reason": "seal"}
    assert does(operator, floor, "hold", reason="leak").status_code == 302
    assert operator.post(at("unit-act", "GR-1", "hold"), stale).status_code == 409
    assert operator.get(at("unit-act", "GR-1", "paint")).status_code == 404
    assert operator.get(at("unit-act", "GR-1", "free")).status_code == 403
    assert operator.get(at("unit-verify", "GR-1", "cleaning")).status_code == 404, "there is nothing to verify"
    assert operator.get(at("unit-verify", "GR-1", "temper")).status_code == 404
    assert operator.get(at("unit", "GR-9")).status_code == 404
    assert operator.get(at("unit", "gr-1")).status_code == 404
    assert operator.get(at("unit", "LINE")).status_code == 404, "a process cell is no unit"


def test_a_held_unit_names_who_may_free_it_and_is_freed_and_serviced_on_its_pages(floor: Floor) -> None:
    operator, supervisor = floor.plant.log_in(Client(), "operator"), floor.plant.log_in(Client(), "supervisor")
    assert does(operator, floor, "hold", reason="seal leaks").status_code == 302
    page = text(operator, at("unit", "GR-1"))
    assert "Cannot be used: held since" in page
    assert "seal leaks" in page
    assert "Free unit: to be done by Quality assurance, Qualified Person." in page
    assert "GR-1" in text(operator, at("units"), verdict="attention")
    qa = floor.plant.log_in(Client(), "qa")
    assert does(qa, floor, "free", reason="repaired").status_code == 302
    assert does(supervisor, floor, "take-out", reason="gearbox").status_code == 302
    assert "out of service since" in text(operator, at("unit", "GR-1"))
    assert does(supervisor, floor, "return", reason="new gearbox").status_code == 302
    assert floor.state().state == "dirty"


def test_a_qualification_is_approved_with_a_signature_over_what_is_shown(floor: Floor) -> None:
    qa = floor.plant.log_in(Client(), "qa")
    address = at("unit-qualify", "GR-1")
    assert "Show what is signed" in text(qa, address)
    assert qa.get(address, {"kind": "PQ"}).status_code == 400
    due = (clock.now() + timedelta(days=300)).date().isoformat()
    given = {"kind": "PQ", "document": "PQ-17", "due": due, "reason": "three batches"}
    url = f"{address}?{urlencode(given)}"
    assert "PQ-17" in text(qa, url)
    assert sign(qa, url, "qa", "wrong").status_code == 403
    assert sign(qa, url, "qa").status_code == 302
    assert Qualification.objects.get(unit__tag="GR-1").document == "PQ-17"
    assert "PQ-17" in text(qa, at("unit", "GR-1"))
    assert qa.post(address).status_code == 400
    assert qa.post(address, {"statement": "x"}).status_code == 404
    past = f"{address}?{urlencode({**given, 'due': '2020-01-01'})}"
    assert sign(qa, past, "qa").status_code == 400


def test_the_report_of_a_qualification_is_kept_with_the_entry_and_its_hash_is_signed(floor: Floor) -> None:
    qa = floor.plant.log_in(Client(), "qa")
    address = at("unit-qualify", "GR-1")
    given = {"kind": "PQ", "document": "PQ-18", "due": "", "reason": "three batches"}
    refused = qa.post(address, {**given, "report": SimpleUploadedFile("PQ-18.pdf", b"no PDF")})
    assert (refused.status_code, "no document that can be kept" in refused.content.decode()) == (400, True)
    taken = qa.post(address, {**given, "report": SimpleUploadedFile("PQ-18.pdf", PDF)})
    sha256 = hashlib.sha256(PDF).hexdigest()
    assert taken.status_code == 302
    assert f"Report: PQ-18.pdf {sha256}" in text(qa, taken["Location"])
    other = floor.plant.log_in(Client(), "qualified_person").get(taken["Location"])
    assert "waits no longer" in other.content.decode()
    assert sign(qa, taken["Location"], "qa").status_code == 302
    entry = record.Entry.objects.filter(type="unit.qualified/1").latest("seq")
    assert [(one["name"], one["sha256"]) for one in entry.content["attachments"]] == [("PQ-18.pdf", sha256)]
    assert qa.get(taken["Location"]).status_code == 400
    assert qa.post(taken["Location"], {"statement": "x"}).status_code == 400
    with_file = {**given, "report": SimpleUploadedFile("PQ-18.pdf", PDF)}
    for old in Path(settings.CONFIGURATION.plant_folder, "waiting").iterdir():
        old.unlink()
    waiting.keep(floor.actor("qa"), b"%PDF- forgotten")
    (forgotten,) = Path(settings.CONFIGURATION.plant_folder, "waiting").iterdir()
    os.utime(forgotten, (0, 0))
    assert qa.post(address, with_file).status_code == 302
    assert not forgotten.exists()


def test_who_has_not_accepted_the_statement_is_told_so_instead_of_signing(floor: Floor) -> None:
    client = floor.plant.log_in(Client(), "qualified_person")
    given = {"kind": "IQ", "document": "IQ-1", "reason": "x"}
    assert client.get(at("unit-qualify", "GR-1"), given).status_code == 403


def test_lists_say_of_each_unit_whether_it_can_be_used_and_why_not(floor: Floor) -> None:
    floor.ready("GR-2", "P-1", "B-2")
    floor.begin("GR-2", "P-1", "B-2")
    client = floor.plant.log_in(Client(), "planner")
    page = text(client, at("overview"))
    assert "3 units: 0 can be used, 1 in use, 2 need attention." in page
    assert "B-2" in page
    assert "In use since" not in text(client, at("units"), text="BL")
    page = text(client, at("units"), state="in_use")
    assert "B-2" in page
    assert "GR-1" not in page
    assert "No unit fits." in text(client, at("units"), verdict="usable")
    assert "GR-1" in text(client, at("units"), area="SOLIDS", verdict="not")


def test_the_cleaning_of_a_unit_expires_by_the_clock_on_every_page(floor: Floor) -> None:
    floor.qualify()
    floor.cleaned()
    with clock.frozen(clock.now() + timedelta(hours=74)):
        client = floor.plant.log_in(Client(), "operator")
        page = text(client, at("unit", "GR-1"))
        assert "Cannot be used: cleaning expired 2 h ago" in page
        assert f'class="button primary" href="{at("unit-act", "GR-1", "clean")}"' in page
        assert "cleaning expired 2 h ago" in text(client, at("units"))
        assert "cleaning expired 2 h ago" in text(client, at("overview"))


def test_a_unit_is_shown_as_it_was_at_a_time(floor: Floor) -> None:
    floor.qualify()
    client = floor.plant.log_in(Client(), "inspector")
    before = clock.iso(clock.now())
    floor.cleaned()
    assert "Can be used" in text(client, at("unit", "GR-1"))
    page = text(client, at("unit", "GR-1"), at=before)
    assert "You see what was known and effective at" in page
    assert "Cannot be used: not cleaned since" in page
    assert client.get(at("unit", "GR-1"), {"at": "yesterday"}).status_code == 404
    assert client.get(at("unit", "GR-1"), {"at": "2026-99-01T00:00"}).status_code == 404
    assert client.get(at("unit", "GR-1"), {"at": "2000-01-01T00:00"}).status_code == 400, "it was not there"


def test_a_retired_unit_is_shown_and_nothing_is_done_with_it(floor: Floor) -> None:
    services.retire_equipment(actor=floor.actor("qa"), element=floor.unit("BL-1"), reason="sold")
    client = floor.plant.log_in(Client(), "supervisor")
    page = text(client, at("unit", "BL-1"))
    assert "Retired: it left the plant." in page
    assert "/hold/" not in page
    assert "BL-1" not in text(client, at("units"))


def test_the_logbook_is_narrowed_by_unit_kind_words_and_days(floor: Floor) -> None:
    floor.qualify()
    floor.qualify("GR-2")
    floor.cleaned()
    client = floor.plant.log_in(Client(), "inspector")
    assert "4 lines" in text(client, at("logbook"))
    assert "1 line," in text(client, at("logbook"), unit="GR-2")
    assert "1 line," in text(client, at("logbook"), kind="cleaned")
    assert "2 lines" in text(client, at("logbook"), text="SOP-FULL")
    today = (clock.now() + timedelta(days=1)).date()
    assert "No line fits." in text(client, at("logbook"), since=(today + timedelta(days=2)).isoformat())
    assert "No line fits." in text(client, at("logbook"), until="2020-01-01")
    assert "4 lines" in text(client, at("logbook"), until=today.isoformat(), since="2020-31-31")
    assert "No line fits." in text(client, at("logbook"), unit="GR-77")


def test_what_a_recipe_asks_is_held_against_every_unit(floor: Floor) -> None:
    floor.qualify("GR-2")
    floor.cleaned("GR-2")
    client = floor.plant.log_in(Client(), "process_engineer")
    address = at("match")
    assert "Say what a recipe needs" in text(client, address)
    asked = {"property": "working-volume", "comparison": "at least", "value": "100 L"}
    page = text(client, address, **asked)
    assert "1 unit fits and can be used now." in page
    assert "Working volume up to 120 L, 1.20 times the 100 L asked" in page
    assert "fits but for its state" in page
    page = text(client, address, **{**asked, "class": "BLENDER"})
    assert "No unit fits and can be used now" in page
    assert "Equipment class is HSG, asked is BLENDER" in page
    page = text(client, address, **{**asked, "value": "100 stone"})
    assert "is not known" in page
    assert 'value="100 stone"' in page
    assert "Choose a property." in text(client, address, property="", comparison="is", value="7")


def test_an_empty_plant_says_what_fills_it(floor: Floor) -> None:
    for tag in ("GR-1", "GR-2", "BL-1"):
        services.retire_equipment(actor=floor.actor("qa"), element=EquipmentElement.objects.get(tag=tag), reason="x")
    client = floor.plant.log_in(Client(), "operator")
    assert "The plant has no unit yet." in text(client, at("units"))
    assert "The logbook is empty." in text(client, at("logbook"))


@pytest.mark.requirement("11.10(d)")
def test_a_sponsors_person_finds_no_plant_at_all(floor: Floor) -> None:
    floor.ready()
    client = floor.plant.log_in(Client(), "sponsor_a")
    addresses = [
        at("overview"), at("units"), at("unit", "GR-1"), at("unit-act", "GR-1", "hold"), at("logbook"), at("match"),
        at("unit-verify", "GR-1", "cleaning"), at("unit-qualify", "GR-1"),
    ]  # fmt: skip
    assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)
    assert client.post(at("unit-act", "GR-1", "hold"), {"reason": "x"}).status_code == 404
    assert "/plant/" not in text(client, reverse("home"))
    assert not LineClearance.visible_to(floor.actor("sponsor_a")).exists()


def test_a_tag_that_is_typed_or_scanned_leads_to_its_unit_and_a_part_of_a_name_to_a_list(floor: Floor) -> None:
    client = floor.plant.log_in(Client(), "operator")
    assert client.get(reverse("find"), {"q": " gr-1 "})["Location"] == at("unit", "GR-1")
    page = text(client, reverse("find"), q="granulator")
    assert at("unit", "GR-1") in page
    assert at("unit", "GR-2") in page
    stranger = floor.plant.log_in(Client(), "sponsor_a")
    for words in ("GR-1", "granulator"):
        assert "/plant/" not in text(stranger, reverse("find"), q=words)


def test_what_waits_for_a_second_person_stands_among_the_needs_of_others_alone(floor: Floor) -> None:
    floor.qualify()
    floor.clean()
    floor.clear("GR-2")
    supervisor = floor.plant.log_in(Client(), "supervisor")
    page = text(supervisor, reverse("home"))
    assert "Verify cleaning of GR-1" in page
    assert "Verify line clearance of GR-2" in page
    assert at("unit-verify", "GR-1", "cleaning") in page
    assert "Verify cleaning" not in text(floor.plant.log_in(Client(), "operator"), reverse("home")), "own work"
    assert "Verify cleaning" not in text(floor.plant.log_in(Client(), "planner"), reverse("home"))


def test_a_blender_follows_without_cleaning_within_its_campaign(floor: Floor) -> None:
    floor.qualify("BL-1")
    client = floor.plant.log_in(Client(), "operator")
    assert does(client, floor, "open-campaign", "BL-1", product="P-1").status_code == 302
    page = text(client, at("unit", "BL-1"))
    assert at("unit-act", "BL-1", "begin") in page
    assert "GR-1" in text(client, at("units"), text="gran")


def test_what_fits_counts_changeover_and_clearance_where_it_is_said_what_is_to_be_made(floor: Floor) -> None:
    floor.ready("GR-1", "P-1", "B-1")
    client = floor.plant.log_in(Client(), "planner")
    assert "1 unit fits" in text(client, at("match"), product="P-1", batch="B-1")
    page = text(client, at("match"), product="P-1", batch="B-2")
    assert "The line is cleared for batch B-1, not for B-2" in page
    assert "Say both, product and batch, or neither." in text(client, at("match"), product="P-1")
