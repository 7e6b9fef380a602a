"""The tour: seven steps, each a real thing of the plant that the reader may see, or what is missing."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from batchwright.materials.services import hold_lot
from batchwright.site.web import tour
from tests.execution.shift import Shift
from tests.materials.warehouse import Warehouse
from tests.people.plant import Plant


def words(client: Client, address: str) -> str:
    """What a page says, without its marks."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_an_empty_plant_says_at_each_step_what_is_missing(plant: Plant) -> None:
    steps = tour.steps_of(plant.actor("qa"))
    assert [step.stop.there for step in steps] == [True, *[False] * 6]
    assert all(step.stop.look.endswith(".") for step in steps)
    client = plant.log_in(Client(), "qa")
    for step in steps:
        assert client.post("/tour", {"go": str(step.number)}).headers["Location"] == step.stop.href
        assert f"Step {step.number} of 7" in words(client, step.stop.href)


def test_the_stops_are_what_asks_for_most(shift: Shift) -> None:
    second = shift.actor("supervisor")
    _quiet, batch = shift.started(), shift.started()
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=second)
    shift.do(batch, "heat", temperature="89.0", _checker=second)
    raised = shift.exception(batch)
    ended = shift.to_the_end(shift.started())
    stops = [step.stop for step in tour.steps_of(shift.actor("planner"))]
    assert stops[1].href == f"/batches/{batch.number}/", "most was done in it"
    assert stops[2].href.startswith("/batches/")
    assert "/step/" in stops[2].href
    assert stops[3].href == f"/batches/{batch.number}/exceptions/{raised.number}/"
    assert stops[3].acts == ("supervisor",)
    assert stops[5].href == f"/batches/{ended.number}/review/"
    assert stops[6].href == f"/batches/{ended.number}/#export"
    shift.close(raised)
    assert "is closed" in tour.step_of(shift.actor("planner"), 4).stop.look


def test_who_cannot_act_at_a_stop_is_told_who_does(shift: Shift) -> None:
    batch = shift.started()
    seen = tour.step_of(shift.actor("inspector"), 3)
    assert seen.stop.href.startswith(f"/batches/{batch.number}/step/")
    assert seen.who == "Here a person in the role operator acts, such as operator."
    assert tour.step_of(shift.actor("operator"), 3).who == ""
    assert tour.step_of(shift.actor("sponsor_a"), 3).who == "", "a sponsor's person is told no names"


@pytest.mark.requirement("11.10(g)")
def test_a_sponsor_is_led_to_nothing_of_another(shift: Shift) -> None:
    shift.to_the_end(shift.started())
    shift.started()
    assert [step.stop.there for step in tour.steps_of(shift.actor("sponsor_b"))] == [True, *[False] * 6]
    assert all(step.stop.there for step in tour.steps_of(shift.actor("sponsor_a")) if step.number in (2, 3, 6, 7))


def test_where_the_tour_stands_is_kept_until_it_is_ended(shift: Shift) -> None:
    client = shift.workshop.plant.log_in(Client(), "operator")
    assert "Step 1 of 7" not in words(client, "/")
    assert client.post("/tour", {"go": "2"}).status_code == 302
    page = words(client, "/account/")
    assert "Step 2 of 7" in page
    assert "Go there" in page, "the page is not the stop"
    answer = client.post("/tour", {"go": "0", "next": "/account/"})
    assert answer.headers["Location"] == "/account/"
    assert "Step 2 of 7" not in words(client, "/account/")
    assert client.post("/tour", {"go": "9", "next": "//elsewhere.example/"}).headers["Location"] == "/"
    client.cookies["tour"] = "<script>"
    assert "of 7" not in words(client, "/account/")


def test_a_lot_is_shown_with_where_it_went(warehouse: Warehouse) -> None:
    lot = warehouse.receive()
    stop = tour.step_of(warehouse.plant.actor("operator"), 5).stop
    assert stop.href == f"/materials/lots/{lot.identifier}/genealogy/"
    assert lot.identifier in stop.look


def test_a_lot_on_hold_is_shown_before_every_other(warehouse: Warehouse) -> None:
    held = warehouse.receive()
    hold_lot(actor=warehouse.plant.actor("operator"), lot=held, reason="bag found open")
    warehouse.receive()
    stop = tour.step_of(warehouse.plant.actor("operator"), 5).stop
    assert stop.href == f"/materials/lots/{held.identifier}/genealogy/"
    assert "is on hold" in stop.look


def test_a_step_of_the_tour_adds_few_queries_to_a_page(shift: Shift) -> None:
    for _ in range(4):
        shift.started()
    client = shift.workshop.plant.log_in(Client(), "operator")
    client.get("/account/")
    with CaptureQueriesContext(connection) as before:
        client.get("/account/")
    for number in tour.NUMBERS:
        client.cookies["tour"] = number
        with CaptureQueriesContext(connection) as with_tour:
            client.get("/account/")
        assert len(with_tour) - len(before) <= 12, number
