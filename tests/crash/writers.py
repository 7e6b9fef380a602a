"""Writers that are killed: forked with everything loaded, telling of every receipt before they go on."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from batchwright import record
from tests.gmp import plant
from tests.gmp.entries import ContainerFilled, LotReceived
from tests.gmp.models import Container, Lot

READY = b"ready\n"


@dataclass
class Writer:
    """A process that writes until it is killed."""

    pid: int
    pipe: int
    heard: bytearray = field(default_factory=bytearray)

    def wait_until_ready(self, seconds: float = 120) -> None:
        """Return when the writer is connected and has written its first entry."""
        deadline = time.monotonic() + seconds
        while not self.heard.startswith(READY):
            if time.monotonic() > deadline or not self._hear(deadline - time.monotonic()):
                raise TimeoutError(f"writer {self.pid} did not begin: {bytes(self.heard)!r}")

    def kill(self) -> None:
        """End it as a power failure would: it gets no chance to do anything more."""
        os.kill(self.pid, signal.SIGKILL)

    def acknowledged(self) -> dict[int, str]:
        """Every receipt the writer told of, by number; a line cut off by the kill was not acknowledged."""
        while self._hear(120):
            pass
        os.close(self.pipe)
        os.waitpid(self.pid, 0)
        lines = bytes(self.heard).split(b"\n")[1:-1]
        return {int(line.split()[0]): line.split()[1].decode() for line in lines}

    def _hear(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.pipe], [], [], max(seconds, 0))
        if not ready:
            raise TimeoutError(f"writer {self.pid} is silent")
        more = os.read(self.pipe, 65536)
        self.heard += more
        return bool(more)


def fork(name: str, seed: int) -> Writer:
    """Start a writer; no connection may be open in this process."""
    assert connection.connection is None, "a connection does not survive a fork"
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Writer(pid, reading)
    # From here on this is the writer. It never returns into the test that forked it.
    try:
        os.close(reading)
        _write(name, random.Random(seed), lambda text: os.write(writing, text))
    finally:
        os._exit(1)


def _write(name: str, rng: random.Random, tell: Callable[[bytes], int]) -> None:
    number = 0
    while True:
        number += 1
        receipt = _act(f"{name}-{number}", rng)
        # Its first act takes as long as twenty later ones, and few kills would meet the others.
        begun = READY if number == 1 else b""
        tell(b"%b%d %s\n" % (begun, receipt.seq, receipt.hash.hex().encode()))


def _act(name: str, rng: random.Random) -> record.Receipt:
    """One entry over several rows, so that there is something to be half-done."""
    what = rng.random()
    lot = None if what < 0.4 else Lot.objects.order_by("-id").first()
    if lot is None:
        with record.entry(LotReceived(name=name, mass=Decimal(1)), actor=plant.OPERATOR, idempotency_key=name) as entry:
            number = entry.number("L")
            entry.subject = made = entry.create(Lot(name=name, mass=1, note=str(number)))
            entry.create(Container(lot=made, place="A"))
            entry.create(Container(lot=made, place="B"))
        return entry.receipt
    with record.entry(ContainerFilled(lot=lot.name, place=name), actor=plant.OPERATOR, subject=lot) as entry:
        fresh = entry.lock(lot)
        entry.update(fresh, note=name)
        entry.create(Container(lot=fresh, place=name))
        if what > 0.9:
            entry.attach("a.txt", name.encode(), media_type="text/plain")
    return entry.receipt
