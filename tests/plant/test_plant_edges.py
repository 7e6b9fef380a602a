"""The plant from a terminal and at the JSON edge."""

import json
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from batchwright import people, record
from batchwright.kernel.errors import BadInput
from batchwright.plant import queries, services, telling
from tests.plant.floor import Floor


def run(*words: str) -> str:
    from batchwright.plant.cli import app

    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def said(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def test_an_empty_plant_says_what_fills_it(db: None) -> None:
    assert "The plant is empty" in run("tree")
    assert "No unit is found" in run("units")
    assert "The logbook is empty" in run("logbook")
    assert "There is no campaign" in run("campaigns")
    assert "No class is defined" in run("classes")
    assert "does all of this" in run("match", "iso-class >= ISO 7")


def test_a_terminal_tells_what_can_be_used_and_why_not(floor: Floor) -> None:
    floor.ready()
    services.open_campaign(actor=floor.actor("operator"), unit=floor.unit(), product="P-1")
    assert "GR-1 High-shear granulator GR-1 [clean]" in run("tree")
    assert "[dirty, cannot be used]" in run("tree")
    assert said("tree")[0]["parts"][0]["tag"] == "SITE"
    assert "can be used" in run("units", "--usable")
    (one,) = said("units", "--usable")
    assert (one["unit"], one["state"], one["verdict"]["usable"]) == ("GR-1", "clean", True)
    assert [row["unit"] for row in said("units", "--not-usable")] == ["BL-1", "GR-2"]
    shown = run("unit", "GR-1")
    assert "GR-1 High-shear granulator GR-1: can be used" in shown
    assert "offers     working-volume 60 L..240 L" in shown
    told = said("unit", "gr-1", "--product", "P-1", "--batch", "B-9")
    assert [why["code"] for why in told["verdict"]["why"]] == ["other-clearance"]
    assert "before a batch: the line is not cleared" in run("unit", "GR-2")
    assert said("unit", "GR-2", "--at", "2100-01-01")["verdict"]["at"].startswith("2100-01-01")
    floor.begin()
    assert said("logbook", "GR-1", "--kind", "use_begun")[0]["batch"] == "B-1"
    assert "use_begun" in run("logbook", "GR-1", "--last", "1")
    assert said("campaigns", "--open")[0]["batches"] == 1
    assert "P-1" in run("campaigns")
    assert said("classes")[1] == {"class": "HSG", "name": "High-shear granulator", "level": "unit", "members": 2}
    assert "HSG" in run("classes")
    with pytest.raises(BadInput, match="no such unit"):
        run("unit", "GR-77")


def test_a_terminal_adds_equipment_and_holds_a_unit_at_once(floor: Floor) -> None:
    assert "GR-3 added" in run(
        "add", "GR-3", "Granulator", "--parent", "LINE", "--class", "HSG", "--offers", "working-volume 60..80 L"
    )
    with pytest.raises(BadInput, match="no such class or parent"):
        run("add", "GR-4", "Granulator", "--parent", "NOWHERE")
    with pytest.raises(BadInput, match="no such class or parent"):
        run("add", "GR-4", "Granulator", "--class", "NONE")
    assert "GR-3 held" in run("hold", "GR-3", "--reason", "smoke")
    assert record.Entry.objects.latest("seq").actor.startswith("console:")


def test_what_fits_is_asked_for_in_words(floor: Floor) -> None:
    floor.ready()
    assert "1. GR-1" in run("match", "working-volume at least 150 L", "equipment-class is HSG")
    asks = ("working-volume at-least 100 L", "contact-material = 316L")
    found = said("match", *asks, "--product", "P-1", "--batch", "B-1")
    assert [one["unit"] for one in found["fits"]] == ["GR-1"]
    assert found["alternatives"][0]["unit"] == "GR-2"
    assert found["alternatives"][0]["only_by_state"]
    assert "GR-2" in run("match", "working-volume <= 100 L")
    known = queries.vocabulary(floor.actor("operator"))
    with pytest.raises(BadInput, match="comparison is not known"):
        telling.read_requirement("working-volume about 150 L", known)
    with pytest.raises(BadInput, match="property is not known"):
        telling.read_requirement("size at least 150 L", known)


def test_machines_read_the_plant_and_a_sponsor_finds_none_of_it(floor: Floor, client: Client) -> None:
    floor.ready()
    floor.begin()
    floor.plant.log_in(client, "operator")
    assert client.get("/api/plant/tree").json()[0]["tag"] == "CO"
    assert len(client.get("/api/plant/units").json()) == 3
    assert client.get("/api/plant/units?usable=false&state=in_use").json()[0]["batch"] == "B-1"
    unit = client.get("/api/plant/units/GR-1").json()
    assert unit["offers"]["contact-material"] == "316L"
    assert client.get("/api/plant/units/GR-77").status_code == 404
    assert not client.get("/api/plant/units/GR-1/verdict").json()["usable"]
    asked = "/api/plant/units/GR-1/verdict?product=P-1&batch=B-1&at=2100-01-01T00:00:00Z"
    assert client.get(asked).json()["at"] == "2100-01-01T00:00:00.000000Z"
    assert client.get("/api/plant/logbook?unit=GR-1").json()[0]["kind"] == "use_begun"
    assert len(client.get("/api/plant/logbook").json()) == 6
    assert client.get("/api/plant/campaigns").json() == []
    fits = client.get("/api/plant/match", {"asks": ["working-volume at least 150 L", "single-use is no"]}).json()
    assert fits["alternatives"][0]["unit"] == "GR-1"
    floor.plant.log_in(client, "sponsor_a")
    paths = ("tree", "units", "units/GR-1", "units/GR-1/verdict", "logbook", "logbook?unit=GR-1", "campaigns", "match")
    for path in paths:
        assert client.get(f"/api/plant/{path}").status_code == 404, path


def test_the_console_begins_no_batch(floor: Floor) -> None:
    from batchwright.people.console import console_actor

    floor.ready()
    with pytest.raises(people.Refused):
        services.begin_use(actor=console_actor(), unit=floor.unit(), product="P-1", batch="B-1")
