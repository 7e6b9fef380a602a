"""The contract of the gate, the same on every engine; the engine is the one this run is about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from batchwright import record
from batchwright.kernel import clock
from batchwright.record import canonical
from batchwright.record.backends import Draft, Mark, Write
from batchwright.record.backends.refusals import Unaccounted, unaccounted
from batchwright.record.models import Change, Entry, Node
from tests.gmp import plant
from tests.gmp.models import Lot

pytestmark = pytest.mark.usefixtures("plant_database")
INSERT = "INSERT INTO record_series (id, version, prefix, last) VALUES (%s, 1, %s, 1)"


def gate() -> Any:
    return connection.gate  # type: ignore[attr-defined]


@contextmanager
def opened() -> Iterator[None]:
    try:
        with transaction.atomic(durable=True):
            gate().open()
            yield
    finally:
        gate().close()


def run(statement: str, *values: int | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def draft(*marks: Mark, subject: str = "n", at: str = "2026-05-01T12:00:00.000000Z") -> Draft:
    content = dict.fromkeys(("actor", "actor_name", "actor_role", "reason", "salt"), "")
    lists: dict[str, list[object]] = {name: [] for name in ("attachments", "attestations", "changes")}
    whole: dict[str, object] = {
        **content,
        **lists,
        "data": {},
        "idempotency_key": None,
        "sponsor": None,
        "subject": subject,
        "type": "n/1",
    }
    return Draft(
        at=at, content=canonical.encode(whole), type="n/1", actor="", subject=subject, sponsor=None,
        idempotency_key=None, marks=marks,
    )  # fmt: skip


def mark(key: int, op: str = "create") -> Mark:
    return Mark(Write("record_series", key, op), 1)


def test_while_the_gate_is_closed_no_row_is_written() -> None:
    with pytest.raises(DatabaseError, match="no record entry is open"), transaction.atomic():
        run(INSERT, 1, "A")


def test_an_open_gate_lets_rows_through_that_the_draft_accounts_for() -> None:
    with opened():
        run(INSERT, 1, "A")
        run("UPDATE record_series SET last = 2 WHERE id = 1")
        place = gate().append(draft(mark(1), mark(1, "update")))
    assert (place.seq, place.subject_seq) == (1, 1)
    assert bytes(Entry.objects.get(seq=1).hash) == place.hash
    assert list(Change.objects.values_list("entry_id", "position", "table", "key")) == [
        (1, 0, "record_series", 1),
        (1, 1, "record_series", 1),
    ]


def test_a_draft_without_rows_stands_when_nothing_was_written() -> None:
    with opened():
        assert gate().append(draft()).seq == 1
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    "marks",
    [(), (mark(2),), (mark(1, "update"),), (mark(1), mark(1)), (Mark(Write("gmp_lot", 1, "create"), 1),)],
    ids=["none", "another row", "another operation", "one too many", "another table"],
)
def test_a_draft_that_does_not_account_for_the_rows_is_refused(marks: tuple[Mark, ...]) -> None:
    with pytest.raises(Unaccounted, match="does not account for every row"), opened():
        run(INSERT, 1, "A")
        gate().append(draft(*marks))
    assert not Entry.objects.exists()


def test_rows_in_another_order_than_the_drafts_are_refused() -> None:
    with pytest.raises(Unaccounted), opened():
        run(INSERT, 1, "A")
        run(INSERT, 2, "B")
        gate().append(draft(mark(2), mark(1)))


def test_the_refusal_names_the_rows() -> None:
    said, seen = [Write("lot", 1, "create")], [Write("lot", 1, "create"), Write("lot", 2, "delete")]
    assert "lot 2 delete (limit: 1 rows accounted for, 2 written)" in str(unaccounted(said, seen))
    assert "lot 2 delete" in str(unaccounted(seen, said))
    assert "the order of writes" in str(unaccounted(seen, seen[::-1]))


def test_after_the_entry_the_gate_is_closed_within_the_same_transaction() -> None:
    with pytest.raises(DatabaseError, match="no record entry is open"), opened():
        gate().append(draft())
        run(INSERT, 1, "A")
    assert not Entry.objects.exists()


def test_the_gate_does_not_stay_open_into_the_next_transaction() -> None:
    with opened():
        gate().append(draft())
    with pytest.raises(DatabaseError, match="no record entry is open"), transaction.atomic():
        run(INSERT, 1, "A")


def test_the_gate_does_not_stay_open_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), opened():
        raise ZeroDivisionError
    with pytest.raises(DatabaseError, match="no record entry is open"), transaction.atomic():
        run(INSERT, 1, "A")


def test_an_entry_without_an_open_gate_is_refused() -> None:
    with pytest.raises((Unaccounted, DatabaseError)), transaction.atomic():
        gate().append(draft())
    assert not Entry.objects.exists()


def test_two_entries_in_one_transaction_are_refused() -> None:
    with pytest.raises((Unaccounted, DatabaseError)), opened():
        gate().append(draft())
        gate().append(draft())
    assert not Entry.objects.exists()


def test_entries_are_numbered_through_and_within_their_subject() -> None:
    places = []
    for subject in ("a", "b", "a"):
        with opened():
            places.append(gate().append(draft(subject=subject)))
    assert [(place.seq, place.subject_seq) for place in places] == [(1, 1), (2, 1), (3, 2)]
    assert len({place.hash for place in places}) == 3


def test_an_entry_that_is_rolled_back_leaves_no_gap() -> None:
    with pytest.raises(ZeroDivisionError), opened():
        gate().append(draft())
        raise ZeroDivisionError
    with opened():
        assert gate().append(draft()).seq == 1


def test_an_earlier_time_is_lifted_to_that_of_the_entry_before() -> None:
    with opened():
        gate().append(draft())
    with opened():
        place = gate().append(draft(at="2026-05-01T11:59:59.999999Z"))
    assert clock.iso(place.at) == "2026-05-01T12:00:00.000000Z"


def test_only_a_transaction_that_was_let_adds_to_the_ledgers_other_tables() -> None:
    with pytest.raises(DatabaseError, match="only the record itself"), transaction.atomic():
        Node.objects.create(level=8, index=0, hash=b"x" * 32)
    with transaction.atomic(durable=True):
        gate().allow_ledger()
        Node.objects.create(level=8, index=0, hash=b"x" * 32)
    gate().close()
    with pytest.raises(DatabaseError, match="only the record itself"), transaction.atomic():
        Node.objects.create(level=8, index=1, hash=b"x" * 32)
    assert str(Node.objects.get()) == "level 8 index 0"


def test_to_settle_waits_and_changes_nothing() -> None:
    plant.say("x")
    gate().settle()
    assert Entry.objects.count() == 1


def test_a_failed_transaction_does_not_make_the_next_one_wait_for_the_disk_twice() -> None:
    with pytest.raises(ZeroDivisionError), opened():
        gate().append(draft())
        raise ZeroDivisionError
    assert not getattr(connection, "flush_due", False)


def test_a_savepoint_set_before_the_gate_was_opened_takes_back_all_that_was_written(db_free_lot: Lot) -> None:
    with pytest.raises(Unaccounted), transaction.atomic():
        before = transaction.savepoint()
        gate().open()
        run(INSERT, 1, "A")
        transaction.savepoint_rollback(before)
        gate().open()
        gate().append(draft(mark(1)))
    gate().close()


@pytest.fixture
def db_free_lot() -> Lot:
    plant.receive_lot("L-1")
    return plant.lot_named("L-1")


def test_a_service_of_ours_still_works_after_every_refusal() -> None:
    with pytest.raises(Unaccounted), opened():
        run(INSERT, 1, "A")
        gate().append(draft())
    plant.receive_lot("L-1")
    assert record.entries_visible_to(record.SITE).count() == 1
