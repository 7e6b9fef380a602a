"""Corners of the record core that no ordinary act reaches."""

import sqlite3
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from batchwright.record import images, replay, services, verification, verifier
from batchwright.record.models import Checkpoint, Entry
from tests.conftest import PlantDatabase, engine
from tests.gmp import plant
from tests.gmp.models import Lot, Specimen
from tests.properties.history import run, unguarded

on_sqlite = pytest.mark.skipif(engine() != "sqlite", reason="SQLite's queue of writers")


@pytest.mark.django_db
def test_an_entry_may_stand_in_a_test_that_is_rolled_back() -> None:
    plant.receive_lot("L-1")
    plant.change_lot(plant.lot_named("L-1"), note="x")
    assert list(Entry.objects.values_list("seq", flat=True)) == [1, 2]


def test_a_choice_of_whole_numbers_is_imaged_as_its_number() -> None:
    field = Specimen._meta.get_field("grade")
    held = images.value(field, Specimen(grade=Specimen.Grade.HIGH))
    assert (held, type(held)) == (2, int)


@pytest.mark.usefixtures("plant_database")
@pytest.mark.parametrize("pending", [b"", b"x" * 32 * 9, b"short"])
def test_kept_nodes_that_fit_no_tree_of_that_size_are_found(pending: bytes) -> None:
    plant.receive_lot("L-1")
    head = services.checkpoint()
    assert head is not None
    with unguarded("record_checkpoint"):
        run("UPDATE record_checkpoint SET pending = %s", pending)
    [finding] = verification.verify().findings
    assert finding.cause == "checkpoint"
    assert finding.message.startswith(f"checkpoint of size {head.tree_size}: ")


@pytest.mark.usefixtures("plant_database")
def test_a_ledger_that_differs_after_the_replay_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plant.receive_lot("L-1")
    hashes: dict[str, list[tuple[int, bytes]]] = {"default": [(1, b"a"), (2, b"b")], replay.ALIAS: [(1, b"a")]}

    def given(using: str) -> Iterator[tuple[int, bytes]]:
        yield from hashes[using]

    monkeypatch.setattr(replay, "_hashes", given)
    monkeypatch.setattr(replay, "_images", lambda _model, _using: iter(()))
    report = replay.ReplayReport()
    replay._compare(report, lambda *_: True)
    told = [table for table in report.tables if not table.equal]
    assert [(table.table, table.different) for table in told] == [("record_entry", ["2"])]


@on_sqlite
def test_a_writer_that_cannot_begin_gives_its_place_in_the_queue_back(plant_database: PlantDatabase) -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(plant_database.name)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(DatabaseError, match="locked"):
            plant.receive_lot("L-1")
    finally:
        other.rollback()
        other.close()
    plant.receive_lot("L-1")
    assert Lot.objects.count() == 1


@on_sqlite
def test_a_commit_that_fails_keeps_its_place_until_it_is_rolled_back(
    plant_database: PlantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.ensure_connection()
    with pytest.raises(DatabaseError, match="FOREIGN KEY"), transaction.atomic():
        connection.gate.open()  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO gmp_container (version, lot_id, place) VALUES (1, 99, 'x')")
    connection.gate.close()  # type: ignore[attr-defined]
    assert connection._turn is None  # type: ignore[attr-defined]
    plant.receive_lot("L-1")


def test_kept_nodes_of_another_tree_are_named() -> None:
    run = verification._Run("default", None)
    stored = Checkpoint(tree_size=2, key_name="plant", pending=b"\x01" * 32)
    run._check_beside(stored, verifier.Checkpoint("plant", 2, b"\x02" * 32))
    assert [finding.message for finding in run.report.findings] == [
        "checkpoint of size 2: the kept nodes are not those of its tree"
    ]
