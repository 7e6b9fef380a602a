"""Writers of a SQLite plant take turns in the order in which they came, and nobody waits for ever."""

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from batchwright.kernel.errors import Unavailable
from batchwright.record.backends.sqlite3 import queueing
from batchwright.record.models import Entry
from tests.conftest import PlantDatabase, engine
from tests.gmp import plant
from tests.gmp.models import Lot

on_sqlite = pytest.mark.skipif(engine() != "sqlite", reason="SQLite's queue of writers")


def test_writers_go_on_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    queue = queueing.Queue(str(tmp_path / "queue"))
    first, order = queue.enter(1), []

    def write(number: int) -> None:
        turn = queue.enter(300)
        order.append(number)
        queue.leave(turn)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for place, thread in enumerate(threads, 1):
        thread.start()
        while len(queue._waiting) < place:
            time.sleep(0.001)
    queue.leave(first)
    for thread in threads:
        thread.join(timeout=300)
    assert order == list(range(20))


def test_who_waits_too_long_is_told_so_and_the_next_one_goes_on(tmp_path: Path) -> None:
    queue = queueing.Queue(str(tmp_path / "queue"))
    turn = queue.enter(1)
    with pytest.raises(Unavailable, match="Nothing of this was recorded") as refused:
        queue.enter(0.05)
    assert (refused.value.value, refused.value.limit) == ("waited 0.05 s", "0.05 s")
    queue.leave(turn)
    queue.leave(queue.enter(0.05))


def test_a_process_that_holds_the_database_too_long_is_given_up_and_its_end_is_noticed(tmp_path: Path) -> None:
    queue = queueing.Queue(str(tmp_path / "queue"))
    other = os.open(tmp_path / "queue", os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(Unavailable):
        queue.enter(0.05)
    waiting = threading.Timer(0.1, os.close, (other,))
    waiting.start()
    queue.leave(queue.enter(30))
    queue.leave(queue.enter(30))


@on_sqlite
def test_a_command_that_waits_too_long_for_the_database_records_nothing(
    plant_database: PlantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    queue = queueing.of(plant_database.name)
    turn = queue.enter(1)
    with pytest.raises(Unavailable, match="Others are writing"):
        plant.receive_lot("L-1")
    queue.leave(turn)
    assert not connection.in_atomic_block
    plant.receive_lot("L-2")
    assert list(Lot.objects.values_list("name", flat=True)) == ["L-2"]
    assert Entry.objects.count() == 1


def test_a_lock_that_cannot_be_taken_lets_the_next_one_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = queueing.Queue(str(tmp_path / "queue"))

    def broken(_file: int, _how: int) -> None:
        raise OSError("no locks available")

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", broken)
        with pytest.raises(OSError, match="no locks available"):
            queue.enter(1)
    queue.leave(queue.enter(1))


def test_a_turn_that_comes_in_the_moment_of_giving_up_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = queueing.Queue(str(tmp_path / "queue"))
    first = queue.enter(1)
    mutex = threading.Lock

    class Late:
        """A lock that is let go right after its owner has given up waiting."""

        def __init__(self) -> None:
            self.inner = mutex()

        def acquire(self, timeout: float = -1) -> bool:
            if timeout < 0:
                return self.inner.acquire()
            queue.leave(first)
            return False

        def release(self) -> None:
            self.inner.release()

    monkeypatch.setattr(threading, "Lock", Late)
    queue.leave(queue.enter(0.01))
    assert not queue._taken
