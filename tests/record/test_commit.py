"""What the commit of an entry does besides committing, the same on every engine."""

from typing import Any

import pytest
from django.db import connection, transaction

from batchwright import record
from batchwright.record.backends.refusals import Unaccounted
from batchwright.record.models import Entry, Series

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
