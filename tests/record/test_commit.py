"""What the commit of an entry does besides committing, the same on every engine."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from batchwright import record
from batchwright.record import guards
from batchwright.record.backends.refusals import Unaccounted
from batchwright.record.models import Entry, Series
from tests.conftest import engine

pytestmark = pytest.mark.usefixtures("plant_database")


@record.entry_type("commit_test.done/1")
class Done(record.EntryData):
    what: str


def entry(what: str = "counted") -> Any:
    return record.entry(Done(what=what), actor=record.SITE, subject="commit/test")


def test_rows_written_past_the_entry_are_refused_at_commit_and_the_connection_goes_on() -> None:
    with pytest.raises(Unaccounted, match="does not account"), entry() as opened:
        opened.create(Series(prefix="A", last=1))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE record_series SET last = 7")
    assert not connection.in_atomic_block
    assert not Series.objects.exists()
    with entry("after the refusal") as opened:
        opened.create(Series(prefix="A", last=1))
    assert opened.receipt.seq == 1


def test_an_entry_inside_another_transaction_is_refused_and_opens_no_gate() -> None:
    with transaction.atomic():
        with pytest.raises(RuntimeError, match="durable"), entry():
            pass
        with pytest.raises(Exception, match="no record entry is open"), transaction.atomic():
            Series(prefix="A", last=1).save_base(force_insert=True)
    assert not Entry.objects.exists()


def test_what_runs_after_the_commit_already_sees_the_entry() -> None:
    seen: list[int] = []
    with entry():
        transaction.on_commit(lambda: seen.append(Entry.objects.count()))
    assert seen == [1]


def test_a_transaction_without_an_entry_commits_and_rolls_back_as_ever() -> None:
    with transaction.atomic():
        assert Entry.objects.count() == 0
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _ = Entry.objects.count() // 0
    with entry() as opened:
        pass
    assert opened.receipt.seq == 1


POSTGRESQL = pytest.mark.skipif(engine() != "postgresql", reason="SQLite's guards are no functions of the database")


@POSTGRESQL
def test_temporary_tables_of_the_ledgers_names_deceive_no_guard() -> None:
    with entry() as opened:
        opened.create(Series(prefix="A", last=1))
    with pytest.raises(DatabaseError, match="no record entry that accounts"), transaction.atomic():
        for statement in (
            "CREATE TEMP TABLE record_change AS SELECT 'record_series' AS \"table\", id AS key, 1::bigint AS seq"
            " FROM record_series",
            "CREATE TEMP TABLE record_entry AS"
            " SELECT 1::bigint AS seq, pg_current_xact_id()::text::bigint AS transaction",
            "SELECT set_config('batchwright.entry', pg_current_xact_id()::text, true),"
            " set_config('batchwright.writes', '', true)",
            "UPDATE record_series SET last = 7",
        ):
            with connection.cursor() as cursor:
                cursor.execute(statement)
    assert Series.objects.get().last == 1


@POSTGRESQL
def test_a_guard_function_that_looks_elsewhere_for_its_tables_is_a_fault() -> None:
    assert guards.faults() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION record_require() SET search_path = pg_temp, public")
    assert [(fault.name, fault.state) for fault in guards.faults()] == [("record_require", "altered")]
    guards.install()
    assert guards.faults() == []
