"""From the ledger alone the whole plant is rebuilt, and what differs from the live one is named row by row."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.record import guards, replay, services, verification
from batchwright.record.models import Entry
from tests.databases import PlantDatabase, administer, engine
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.filling import fill_every_table
from tests.gmp.models import Lot
from tests.properties.history import run, unguarded
from tests.record.rebuilding import rebuilt

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(b)"),
              pytest.mark.requirement("11.10(c)")]  # fmt: skip


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Settings of an empty database on the same engine."""
    if engine() == "sqlite":
        yield {"NAME": str(tmp_path / "rebuilt.sqlite3")}
        return
    name = f"rebuilt_{os.getpid()}"
    administer(f'CREATE DATABASE "{name}"')
    yield {"NAME": name}
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def live_a_little() -> None:
    fill_every_table()
    plant.receive_lot("L-1", pin="4711", photo=b"\1", made_on="2026-05-01", facts={"a": [1]})
    lot = plant.lot_named("L-1")
    plant.change_lot(lot, mass=Decimal("2.5"))
    plant.fill_container(lot, "A1")
    plant.receive_lot("L-2")
    plant.remove_lot(plant.lot_named("L-2"))
    with record.entry(NoteMade(text="n"), actor=plant.OPERATOR, subject="n") as entry:
        entry.number("L")
    services.checkpoint()
    plant.say("after the checkpoint")


@pytest.mark.requirement("Annex 11, 17")
def test_a_plant_is_rebuilt_from_its_ledger_table_by_table(
    empty: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 3)
    live_a_little()
    told: list[tuple[str, int, int]] = []

    def tell(step: str, done: int, total: int) -> bool:
        told.append((step, done, total))
        return True

    report = replay.replay(empty, progress=tell)
    assert report.equal, report
    assert report.entries == Entry.objects.count()
    assert {table.table for table in report.tables} == {*guards.tables().gmp, "record_entry"}
    assert told[0] == ("entries", 3, report.entries)
    assert report.as_json()["equal"] is True
    assert list(connections) == [DEFAULT_DB_ALIAS]


def test_the_rebuilt_plant_is_guarded_verifies_and_goes_on(
    empty: dict[str, Any], plant_database: PlantDatabase
) -> None:
    live_a_little()
    whole_second = clock.now().replace(microsecond=0) + timedelta(seconds=2)
    with clock.frozen(whole_second):
        plant.say("on the second")
    rebuilt(empty)
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close()
    connection.settings_dict["NAME"] = empty["NAME"]
    try:
        report = verification.verify()
        assert report.whole, report.findings
        with clock.frozen(whole_second + timedelta(milliseconds=1)):
            plant.receive_lot("L-3")
        plant.change_lot(plant.lot_named("L-1"), note="goes on")
        services.checkpoint()
        assert verification.verify().whole
    finally:
        connection.close()
        connection.settings_dict["NAME"] = plant_database.name


def test_rows_that_the_ledger_does_not_account_for_are_named(empty: dict[str, Any]) -> None:
    for number in range(25):
        plant.receive_lot(f"L-{number}")
    with unguarded("gmp_lot", "record_series", "record_entry"):
        run("UPDATE gmp_lot SET note = 'x'")
        run("INSERT INTO record_series (id, version, prefix, last) VALUES (77, 1, 'Q', 1)")
    report = rebuilt(empty)
    different = {table.table: (table.different, table.more) for table in report.tables if not table.equal}
    assert different["record_series"] == (["77"], 0)
    assert (len(different["gmp_lot"][0]), different["gmp_lot"][1]) == (20, 5)
    assert not report.equal


def test_tables_of_a_capability_that_is_gone_are_left_out_and_counted(
    empty: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.receive_lot("L-1")
    kept = tuple(model for model in guards.gmp_models() if model is not Lot)
    monkeypatch.setattr(guards, "gmp_models", lambda: kept)
    report = rebuilt(empty)
    assert report.left_out == {"gmp_lot": 1}
    assert not report.equal


def test_nothing_is_rebuilt_into_a_database_that_is_in_use(plant_database: PlantDatabase) -> None:
    with pytest.raises(DomainError, match="is not empty"):
        replay.replay({"NAME": plant_database.name})
    assert list(connections) == [DEFAULT_DB_ALIAS]


def test_an_empty_record_is_rebuilt_too(empty: dict[str, Any]) -> None:
    report = rebuilt(empty)
    assert report.equal
    assert report.entries == 0
