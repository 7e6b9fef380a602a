"""The page of the house tells what the code is: its floors, and the way of a value and of a signature through it."""

import os
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from batchwright.people.base64url import base64url
from batchwright.record import verification
from tests.conftest import engine
from tests.execution.shift import Shift
from tests.execution.test_floor_pages import Tablet
from tests.materials.warehouse import Warehouse
from tests.people import passkeys
from tests.tools import house_graph, house_ways

on_sqlite = pytest.mark.skipif(engine() != "sqlite", reason="the pictures show the gate of SQLite")


def is_as_kept(way: str, stations: list[house_ways.Station]) -> None:
    """The way is the one that is drawn; `python -m tests.tools.house_ways` follows it anew."""
    if os.environ.get(house_ways.WRITE):
        house_ways.keep(way, stations)
    assert stations == house_ways.kept()[way], "run: make docs"


@on_sqlite
def test_the_way_of_an_entered_value_is_the_one_that_is_drawn(shift: Shift) -> None:
    batch = shift.started()
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    tablet = Tablet(shift, batch)
    tablet.open("heat")
    given = {"temperature": "86.5", "idempotency_key": "heat-1"}
    acts: dict[str, Any] = {
        "the operator presses the button": lambda: tablet.client.post(tablet.at("heat"), given),
        "the next step is shown": lambda: tablet.client.get(tablet.at("look")),
    }
    is_as_kept("value", house_ways.followed("value", acts))
    assert shift.run(batch, "heat").values == {"temperature": {"amount": "86.5 Cel"}}


@on_sqlite
def test_the_way_of_a_signature_is_the_one_that_is_drawn(warehouse: Warehouse) -> None:
    lot = warehouse.receive(approved=False, number="M-78")
    warehouse.plant.accept("qa")
    passkey = passkeys.enrol(warehouse.plant, "qa")
    client = warehouse.plant.log_in(Client(), "qa")
    address = f"{reverse('materials:decide', args=[lot.identifier, 'approved'])}?reason=certificate+12"
    shown: dict[str, Any] = {}

    def look() -> None:
        shown["prepared"] = client.get(address).context["prepared"]

    def sign() -> None:
        prepared = shown["prepared"]
        assertion = passkey.answer(base64url(prepared.statement.challenge()))
        form = {"statement": prepared.name, "method": "passkey", "assertion": assertion, "idempotency_key": "sign-1"}
        assert client.post(address, form).status_code == 302

    acts: dict[str, Any] = {
        "the page shows what is signed": look,
        "the signer's passkey signs it": sign,
        "anybody verifies the record": verification.verify,
    }
    is_as_kept("signature", house_ways.followed("signature", acts))
    assert warehouse.lot(lot).status == "approved"


def test_nothing_imports_upward_between_floors_or_inside_a_capability() -> None:
    floors = house_graph.floors()
    assert [pair for pair in house_graph.between_floors() if floors.index(pair[1]) < floors.index(pair[0])] == []
    bands = {shape: place for place, band in enumerate(house_graph.BANDS) for shape in band}
    assert [pair for pair in house_graph.between_shapes() if bands[pair[1]] < bands[pair[0]]] == []
