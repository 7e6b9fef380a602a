"""Somebody at the database's own shell, with every right the database knows, gets nothing past the record."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.db import connection, models, transaction

from batchwright import record
from batchwright.kernel import clock
from batchwright.record import guards, services, verification
from batchwright.record.models import APPEND_ONLY, Checkpoint, Cosignature, Node
from tests import postgresql
from tests.conftest import PlantDatabase, engine
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.filling import fill, fill_every_table

pytestmark = [pytest.mark.requirement("11.10(c)"), pytest.mark.requirement("11.10(e)")]
on_postgresql = pytest.mark.skipif(engine() != "postgresql", reason="PostgreSQL's own ways around a trigger")
on_sqlite = pytest.mark.skipif(engine() != "sqlite", reason="SQLite's own ways around a trigger")


def shell(database: PlantDatabase, *statements: str) -> subprocess.CompletedProcess[str]:
    """Run statements in the engine's own shell, stopping at the first that is refused."""
    if database.engine == "sqlite":
        program = shutil.which("sqlite3")
        if program is None:
            pytest.skip("The sqlite3 shell is not installed.")
        command = [program, "-batch", "-bail", database.name]
    else:
        host = os.environ["BATCHWRIGHT_TEST_SERVER"]
        command = [postgresql.binary("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", postgresql.ROLE,
                   "-d", database.name]  # fmt: skip
    return subprocess.run(command, input=";\n".join(statements) + ";\n", capture_output=True, text=True, check=False)


def refused(database: PlantDatabase, *statements: str) -> str:
    """Run statements that must be refused, and give the refusal."""
    ended = shell(database, *statements)
    assert ended.returncode != 0, f"accepted: {statements}"
    message = ended.stderr.strip()
    assert "refused" in message or "no such function: record_" in message, message
    return message


@pytest.fixture
def filled(plant_database: PlantDatabase) -> PlantDatabase:
    """A plant with a row in every GMP table and every table of the ledger."""
    fill_every_table()
    services.checkpoint()
    with transaction.atomic(durable=True):
        connection.gate.allow_ledger()  # type: ignore[attr-defined]
        Node.objects.create(level=8, index=0, hash=b"x" * 32)
        head = Checkpoint.objects.get()
        Cosignature.objects.create(checkpoint=head, witness="w", vkey="w+1+x", line="x", at=clock.now())
    connection.gate.close()  # type: ignore[attr-defined]
    everything: list[type[models.Model]] = [*guards.gmp_models(), *APPEND_ONLY]
    assert all(model._base_manager.exists() for model in everything)
    return plant_database


class _Back(Exception):
    """Roll back; the row was only made to learn what its INSERT would be."""


@cache
def _names(model: type[models.Model]) -> str:
    return ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)


def inserts() -> Iterator[tuple[str, str]]:
    """One INSERT per GMP table that breaks no constraint of the table itself, so that only the guard can refuse it."""
    for model in guards.gmp_models():
        statement = ""
        try:
            with record.entry(NoteMade(text="x"), actor=record.SITE, subject="n") as entry:
                row = fill(entry, model)
                row.pk += 100_000
                values = [field.get_db_prep_save(getattr(row, field.attname), connection)
                          for field in model._meta.concrete_fields]  # fmt: skip
                statement = _literally(f'INSERT INTO "{model._meta.db_table}" ({_names(model)}) VALUES', values)
                raise _Back
        except _Back:
            yield model._meta.db_table, statement


def _literally(start: str, values: list[Any]) -> str:
    marks = ", ".join(["%s"] * len(values))
    if engine() == "sqlite":
        # The statement cannot even be prepared, whatever its values are.
        return f"{start} ({', '.join(['1'] * len(values))})"
    import psycopg

    with psycopg.ClientCursor(connection.connection) as cursor:
        return cursor.mogrify(f"{start} ({marks})", values)


def test_the_shell_refuses_insert_update_and_delete_on_every_gmp_table(filled: PlantDatabase) -> None:
    tried = 0
    for table, insert in inserts():
        for statement in (insert, f'UPDATE "{table}" SET version = version + 1', f'DELETE FROM "{table}"'):
            message = refused(filled, statement)
            assert table in message or "record_write" in message
            tried += 1
    assert tried == 3 * len(guards.tables().gmp) >= 24
    assert record.entries_visible_to(record.SITE).count() == Checkpoint.objects.get().tree_size


def test_the_shell_refuses_insert_update_and_delete_on_every_table_of_the_ledger(filled: PlantDatabase) -> None:
    for model in APPEND_ONLY:
        table, key = model._meta.db_table, model._meta.pk.column
        names = _names(model)
        for statement in (
            f'INSERT INTO "{table}" ({names}) SELECT {names} FROM "{table}"',
            f'UPDATE "{table}" SET "{key}" = "{key}"',
            f'DELETE FROM "{table}"',
        ):
            message = refused(filled, statement)
            assert table in message or "record_append" in message


@on_postgresql
def test_the_shell_refuses_to_empty_any_table(filled: PlantDatabase) -> None:
    for table in (*guards.tables().gmp, *guards.tables().ledger):
        assert "TRUNCATE is never done" in refused(filled, f'TRUNCATE "{table}" CASCADE')


@on_postgresql
def test_a_session_that_pretends_to_be_a_replica_is_refused_too(filled: PlantDatabase) -> None:
    replica = "SET session_replication_role = replica"
    for table in guards.tables().gmp:
        refused(filled, replica, f'UPDATE "{table}" SET version = version + 1')
        refused(filled, replica, f'DELETE FROM "{table}"')
        refused(filled, replica, f'TRUNCATE "{table}" CASCADE')
    for table in guards.tables().ledger:
        refused(filled, replica, f'DELETE FROM "{table}"')
    by_hand = "SELECT set_config('batchwright.entry', pg_current_xact_id()::text, true)"
    refused(filled, replica, "BEGIN", by_hand, "UPDATE gmp_lot SET note = 'x'", "COMMIT")


@on_postgresql
@pytest.mark.parametrize("copy", ["COPY record_series (id, version, prefix, last) FROM stdin;\n900\t1\tZ\t1\n\\.\n"])
def test_a_bulk_load_is_refused(filled: PlantDatabase, copy: str) -> None:
    assert "no record entry is open" in refused(filled, copy)


OPEN = "SELECT set_config('batchwright.entry', pg_current_xact_id()::text, true)"
COUNT = "SELECT set_config('batchwright.writes', '', true)"


@on_postgresql
def test_whoever_opens_the_gate_by_hand_is_refused_at_commit(filled: PlantDatabase) -> None:
    refused(filled, "BEGIN", OPEN, "UPDATE gmp_lot SET note = 'x'", "COMMIT")
    message = refused(filled, "BEGIN", OPEN, COUNT, "UPDATE gmp_lot SET note = 'x'", "COMMIT")
    assert "this transaction wrote no record entry" in message


@on_postgresql
def test_whoever_opens_the_gate_by_hand_just_after_an_entry_is_refused_at_commit(filled: PlantDatabase) -> None:
    plant.say("an honest entry just before")
    refused(filled, "BEGIN", OPEN, COUNT, "DELETE FROM gmp_container", "COMMIT")
    refused(filled, "BEGIN", OPEN, COUNT, "UPDATE gmp_lot SET note = 'x'", "SET CONSTRAINTS ALL IMMEDIATE", "COMMIT")


@on_postgresql
def test_whoever_says_the_transaction_of_another_is_refused(filled: PlantDatabase) -> None:
    refused(filled, "BEGIN", "SELECT set_config('batchwright.entry', '1', true)", COUNT,
            "UPDATE gmp_lot SET note = 'x'", "COMMIT")  # fmt: skip


@on_postgresql
@pytest.mark.parametrize(
    "values",
    [
        "99, now(), 't/1', 'a', 's', 1, '\\x00', '{}'",
        "3, now(), 't/1', 'a', 's', 1, sha256('\\x007b7d'), '{}'",
        "3, now(), 't/1', 'a', 's', 1, sha256('\\x00'::bytea || '{\"seq\":3,\"subject_seq\":1}'::bytea),"
        ' \'{"seq":3,"subject_seq":1}\'',
    ],
    ids=["out of number", "with a wrong hash", "out of chain"],
)
def test_whoever_forges_an_entry_by_hand_is_refused(filled: PlantDatabase, values: str) -> None:
    columns = "seq, at, type, actor, subject, subject_seq, hash, body"
    message = refused(filled, "BEGIN", OPEN, f"INSERT INTO record_entry ({columns}) VALUES ({values})", "COMMIT")
    assert "does not continue the chain" in message


@on_postgresql
def test_a_row_hidden_behind_an_entry_that_does_not_mention_it_is_refused_at_commit(filled: PlantDatabase) -> None:
    content = '{"actor":"x","changes":[]}'
    append = (
        f"SELECT * FROM record_append('2026-05-01T12:00:00.000000Z', '{content}', 't/1', 'a', 's', NULL, NULL, '',"
        " '{}'::text[], '{}'::bigint[], '{}'::int[])"
    )
    refused(filled, "BEGIN", OPEN, COUNT, "UPDATE gmp_lot SET note = 'x'", COUNT, append, "COMMIT")
    refused(filled, "BEGIN", OPEN, COUNT, append, OPEN, COUNT, "UPDATE gmp_lot SET note = 'x'", "COMMIT")


@on_sqlite
def test_the_shell_cannot_replace_rows_either(filled: PlantDatabase) -> None:
    for table in (*guards.tables().gmp, *guards.tables().ledger):
        refused(filled, f'REPLACE INTO "{table}" SELECT * FROM "{table}"')
        refused(filled, "PRAGMA recursive_triggers = off", f'UPDATE OR REPLACE "{table}" SET rowid = rowid + 1')


@on_sqlite
def test_a_guard_dropped_in_the_shell_is_noticed(filled: PlantDatabase) -> None:
    ended = shell(filled, 'DROP TRIGGER "record_guard_gmp_lot_update"', "UPDATE gmp_lot SET note = 'x'")
    assert ended.returncode == 0
    report = verification.verify()
    assert {"guard", "row"} <= {finding.cause for finding in report.findings}


def test_after_all_the_refusals_the_record_is_whole(plant_database: PlantDatabase) -> None:
    plant.receive_lot("L-1")
    refused(plant_database, "UPDATE gmp_lot SET note = 'x'")
    refused(plant_database, "DELETE FROM record_entry")
    assert verification.verify().whole
