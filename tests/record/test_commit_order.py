"""Many writers at once make one history: numbers without a hole, times that never run back, commits in that order."""

from __future__ import annotations

import threading
from functools import partial
from itertools import pairwise

import pytest
from django.db import connection

from batchwright import record
from batchwright.kernel import clock
from batchwright.record import verification
from batchwright.record.models import Change, Entry
from tests.gmp import plant
from tests.gmp.models import Lot
from tests.record.concurrency import at_once

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(e)")]
WRITERS, EACH = 20, 10


def write(number: int) -> list[record.Receipt]:
    """Ten acts of one person: new lots, changes of them, words."""
    receipts = []
    for turn in range(EACH):
        name = f"L-{number}-{turn}"
        if turn % 3 == 0:
            receipts.append(plant.receive_lot(name))
        elif turn % 3 == 1:
            receipts.append(plant.change_lot(plant.lot_named(f"L-{number}-{turn - 1}"), note=name))
        else:
            receipts.append(plant.say(name, subject=f"note/{turn}"))
    return receipts


def test_twenty_writers_at_once_make_one_ledger_without_holes_in_the_order_of_commits() -> None:
    seen: list[list[int]] = []
    stop = threading.Event()

    def watch() -> None:
        """Look again and again: an entry is never seen while one with a lower number is not."""
        try:
            while not stop.is_set():
                seen.append(list(Entry.objects.order_by("seq").values_list("seq", flat=True)))
        finally:
            connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    answers = at_once([partial(write, number) for number in range(WRITERS)])
    stop.set()
    watcher.join()

    failed = [answer for answer in answers if isinstance(answer, Exception)]
    assert not failed, failed
    receipts = [receipt for answer in answers if not isinstance(answer, Exception) for receipt in answer]
    entries = list(Entry.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(1, WRITERS * EACH + 1))
    assert all(one.at <= other.at for one, other in pairwise(entries))
    assert {receipt.seq: receipt.hash for receipt in receipts} == {entry.seq: bytes(entry.hash) for entry in entries}
    assert all(clock.iso(receipt.at) == entries[receipt.seq - 1].envelope["at"] for receipt in receipts)
    assert all(look == list(range(1, len(look) + 1)) for look in seen), "a later entry was visible before an earlier"
    assert len(seen) > 1
    for answer in answers:
        assert isinstance(answer, list)
        assert [receipt.seq for receipt in answer] == sorted(receipt.seq for receipt in answer)
    report = verification.verify()
    assert report.whole, report.findings


def test_each_subject_is_numbered_without_holes_however_many_write_about_it() -> None:
    answers = at_once([partial(plant.say, str(number), subject="note/1") for number in range(WRITERS)])
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    numbers = Entry.objects.filter(subject="note/1").order_by("seq").values_list("subject_seq", flat=True)
    assert list(numbers) == list(range(1, WRITERS + 1))


def test_the_index_of_changes_of_a_row_is_in_the_order_of_its_versions(lot: Lot) -> None:
    def insist(number: int) -> record.Receipt:
        while True:
            try:
                return plant.change_lot(plant.lot_named("L-1"), note=str(number))
            except record.Stale:
                continue

    answers = at_once([partial(insist, number) for number in range(8)])
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    versions = (
        Change.objects.filter(table="gmp_lot", key=lot.pk).order_by("entry_id").values_list("row_version", flat=True)
    )
    assert list(versions) == list(range(1, 10))
    assert verification.verify().whole
