"""What is on hold, expired or partly held is promised to nobody: by page, JSON edge, terminal or SQL."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from typer.testing import CliRunner

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.materials import cli, entries, services
from batchwright.materials.models import Allocation, Container, Lot
from batchwright.materials.services.common import today
from tests.materials.test_pages import at
from tests.materials.warehouse import Warehouse


def by_page(warehouse: Warehouse, container: Container) -> str:
    client = warehouse.plant.log_in(Client(), "planner")
    form = {"amount": "1 kg", "purpose": "order 1"}
    answer = client.post(at("container-act", container.identifier, "allocate"), form)
    assert answer.status_code == 400
    assert client.post(at("allocate"), {**form, "definition": "LACTOSE"}).status_code == 400
    return str(answer.content.decode())


def by_api(warehouse: Warehouse, container: Container) -> str:
    client = warehouse.plant.log_in(Client(), "planner")
    said = []
    for what in ({"material": "LACTOSE"}, {"container": container.identifier}):
        asked = json.dumps({"amount": "1 kg", "purpose": "order 1", **what})
        answer = client.post("/api/materials/allocations", asked, content_type="application/json")
        assert answer.status_code == 400, answer.content
        said.append(str(answer.json()))
    return said[-1]


def by_terminal(warehouse: Warehouse, container: Container) -> str:
    with pytest.raises(DomainError, match="not enough usable"):
        _allocate("LACTOSE")
    with pytest.raises(DomainError) as refused:
        _allocate(container.identifier)
    return str(refused.value)


def _allocate(what: str) -> None:
    CliRunner().invoke(cli.app, ["allocate", what, "1 kg", "--purpose", "order 1"], catch_exceptions=False)


def by_sql(warehouse: Warehouse, container: Container) -> str:
    data = entries.LocationDefined(code="X", name="x")
    statement = (
        "INSERT INTO materials_allocation (version, container_id, lot_id, amount_e6, purpose, allocated_on, state)"
        " VALUES (1, %s, %s, 1000000, 'x', %s, 'open')"
    )
    with (
        pytest.raises(IntegrityError) as refused,
        record.entry(data, actor=record.SITE, subject="test"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [container.pk, container.lot_id, today()])
    return str(refused.value)


def on_hold(warehouse: Warehouse, lot: Lot) -> None:
    services.hold_lot(actor=warehouse.actor("operator"), lot=lot, reason="torn")


def expired(warehouse: Warehouse, lot: Lot) -> None:
    data = entries.LotRetested(lot=lot.identifier, before=None, after=today())
    with record.entry(data, actor=record.SITE, subject=lot, reason="a day passes") as entry:
        entry.update(lot, expires_on=today() - timedelta(days=1))


def partly_held(warehouse: Warehouse, lot: Lot) -> None:
    services.hold_container(actor=warehouse.actor("operator"), container=warehouse.container(lot), reason="wet")


Ways = Callable[[Warehouse, Container], str]


@pytest.mark.requirement("211.84")
@pytest.mark.parametrize("way", [by_page, by_api, by_terminal, by_sql])
@pytest.mark.parametrize(
    ("happens", "said", "by_database"),
    [
        (on_hold, "the lot is on hold", "the lot is not approved"),
        (expired, "the lot expired on", "has expired"),
        (partly_held, "the container is on hold", "the container is on hold"),
    ],
)
def test_what_cannot_be_used_is_allocated_in_no_way(
    warehouse: Warehouse, happens: Callable[[Warehouse, Lot], None], said: str, by_database: str, way: Ways
) -> None:
    lot = warehouse.receive("10 kg")
    happens(warehouse, lot)
    container = warehouse.container(lot)
    assert (by_database if way is by_sql else said) in way(warehouse, container)
    assert not Allocation.objects.exists()


def test_the_rest_of_a_partly_held_lot_is_allocated_by_every_way(warehouse: Warehouse) -> None:
    lot = warehouse.receive("10 kg", "10 kg")
    partly_held(warehouse, lot)
    client = warehouse.plant.log_in(Client(), "planner")
    form = {"amount": "1 kg", "purpose": "order 1"}
    assert client.post(at("allocate"), {**form, "definition": "LACTOSE"}).status_code == 302
    asked = json.dumps({**form, "material": "LACTOSE"})
    assert client.post("/api/materials/allocations", asked, content_type="application/json").status_code == 200
    _allocate("LACTOSE")
    free = warehouse.container(lot, 0)
    assert list(Allocation.objects.values_list("container_id", flat=True)) == [free.pk] * 3
