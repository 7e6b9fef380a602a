"""Power fails at the worst moment, hundreds of times: what was acknowledged is there, and nothing is half-done.

Writers are killed with SIGKILL at random moments. On PostgreSQL the server crashes too: when one of its processes is
killed it throws its shared memory away, with every commit that was not flushed yet, and recovers from the log. That is
the case in which an entry's commit, which does not wait for the disk by itself, could be lost after all.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from batchwright import record
from batchwright.record import verification
from batchwright.record.models import Entry
from tests import databases, postgresql
from tests.crash.writers import Writer, fork
from tests.gmp import plant

pytestmark = [pytest.mark.slow, pytest.mark.requirement("11.10(a)"), pytest.mark.requirement("11.10(e)")]
AT_ONCE = 2
VERIFIED_EVERY = 25
CRASHES_EVERY = 8
"""On PostgreSQL, every so many rounds the whole server crashes under the writers."""


@pytest.fixture
def durable_plant(_template: databases.PlantDatabase, django_db_blocker: object) -> Iterator[None]:
    """A plant whose commits wait for the disk; on PostgreSQL at a server of its own that may crash."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        if databases.engine() == "sqlite":
            database = databases.copied(_template, f"crashing_{databases.worker()}")
            with databases.pointed_at(database):
                yield
            return
        with postgresql.running(durable=True) as server, _at(server):
            yield


class _at:  # noqa: N801 - reads as a statement
    """Point the default connection at another server, with a migrated plant there, and back."""

    def __init__(self, server: postgresql.Server) -> None:
        self._server = server

    def __enter__(self) -> None:
        from django.core.management import call_command

        connection.close()
        self._before = dict(connection.settings_dict)
        connection.settings_dict.update(HOST=str(self._server.folder), NAME="postgres")
        call_command("migrate", verbosity=0, interactive=False)

    def __exit__(self, *error: object) -> None:
        connection.close()
        connection.settings_dict.update(HOST=self._before["HOST"], NAME=self._before["NAME"])


def _crash_server() -> None:
    """Kill one of the server's processes: the server then drops all of its memory and recovers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone() or [0]
    os.kill(pid, signal.SIGKILL)


def _wait_for_recovery(seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while True:
        connection.close()
        try:
            connection.ensure_connection()
            Entry.objects.exists()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _round(number: int, rng: random.Random) -> tuple[dict[int, str], bool]:
    """Let writers write, kill them, and give what they had acknowledged, and whether the server crashed too."""
    connection.close()
    writers = [fork(f"{number}-{place}", rng.randrange(10**9)) for place in range(AT_ONCE)]
    for writer in writers:
        writer.wait_until_ready()
    crash = connection.vendor == "postgresql" and number % CRASHES_EVERY == 0
    started = time.monotonic()
    moments = sorted(((started + rng.uniform(0.001, 0.060), writer) for writer in writers), key=lambda pair: pair[0])
    if crash:
        time.sleep(rng.uniform(0.010, 0.060))
        _crash_server()
    for moment, writer in moments:
        time.sleep(max(0.0, moment - time.monotonic()))
        writer.kill()
    return _gather(writers), crash


def _gather(writers: list[Writer]) -> dict[int, str]:
    told: dict[int, str] = {}
    for writer in writers:
        for seq, digest in writer.acknowledged().items():
            assert seq not in told, f"two writers were given entry {seq}"
            told[seq] = digest
    return told


def _assert_kept(told: dict[int, str]) -> None:
    kept = {entry.seq: entry.hash_hex for entry in Entry.objects.filter(seq__in=told).defer("body")}
    lost = {seq: digest for seq, digest in told.items() if kept.get(seq) != digest}
    assert not lost, f"acknowledged and lost: {lost}"


@pytest.mark.usefixtures("durable_plant")
@pytest.mark.requirement("ALCOA+ enduring")
def test_no_acknowledged_entry_is_lost_and_none_is_half_done(request: pytest.FixtureRequest) -> None:
    kills = request.config.getoption("--kills", default=None) or (200 if databases.engine() == "sqlite" else 100)
    rng = random.Random(20261122)
    acknowledged: dict[int, str] = {}
    crashes = 0
    for number in range(1, -(-kills // AT_ONCE) + 1):
        told, crashed = _round(number, rng)
        crashes += crashed
        _wait_for_recovery()
        _assert_kept(told)
        assert not told.keys() & acknowledged.keys(), "a number was given out twice"
        acknowledged.update(told)
        if number % VERIFIED_EVERY == 0:
            report = verification.verify()
            assert report.whole, report.findings
    report = verification.verify()
    assert report.whole, report.findings
    _assert_kept(acknowledged)
    assert len(acknowledged) > kills / 2, "the writers hardly wrote: the moments of the kills prove nothing"
    print(f"{kills} kills, {crashes} crashes of the server, {len(acknowledged)} entries acknowledged,"
          f" {report.entries} in the record")  # fmt: skip


@pytest.mark.usefixtures("durable_plant")
def test_after_a_kill_the_next_writer_goes_on_at_once() -> None:
    connection.close()
    writer = fork("first", 1)
    writer.wait_until_ready()
    time.sleep(0.05)
    writer.kill()
    told = writer.acknowledged()
    started = time.monotonic()
    receipt = plant.say("the next one")
    assert time.monotonic() - started < 5
    assert receipt.seq > max(told, default=0)
    assert record.entries_visible_to(record.SITE).count() == receipt.seq
