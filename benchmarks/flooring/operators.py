"""Operators over HTTP: each asks what is next, performs it and thinks, as a person at a tablet does."""

from __future__ import annotations

import http.client
import json
import random
import secrets
import statistics
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from benchmarks.flooring.preparing import VALUES

_CSRF = secrets.token_hex(16)


@dataclass
class Work:
    """A batch and the step that comes next."""

    batch: str
    place: int = 0


@dataclass
class Measured:
    """What came back."""

    steps: list[float] = field(default_factory=list)
    """Seconds from sending a step until it is acknowledged."""
    looks: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def told(self, seconds: float) -> dict[str, Any]:
        """Give the figures.

        Args:
            seconds: How long it was measured.

        Returns:
            Steps, steps per second, percentiles in milliseconds, and the first errors.
        """
        return {
            "steps": len(self.steps), "steps_per_second": round(len(self.steps) / seconds, 1),
            **_percentiles("step", self.steps), **_percentiles("look", self.looks), "errors": len(self.errors),
            "first_errors": self.errors[:3],
        }  # fmt: skip


def _percentiles(name: str, took: list[float]) -> dict[str, float | None]:
    if len(took) < 2:
        return {f"{name}_p50_ms": None, f"{name}_p95_ms": None}
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    return {f"{name}_p50_ms": round(1000 * cuts[49], 1), f"{name}_p95_ms": round(1000 * cuts[94], 1)}


@dataclass
class Floor:
    """A plant that answers, its operators' cookies, and work for them.

    Args:
        port: Where it answers on loopback.
        cookies: One session for each operator.
        steps: Paths of the steps of every batch, in order.
        work: Batches that nobody has in hand.
    """

    port: int
    cookies: list[str]
    steps: list[str]
    work: deque[Work]
    acknowledged: int = 0

    def measure(self, operators: int, *, seconds: float, think: float, peer: bool = False) -> dict[str, Any]:
        """Let operators work for a while.

        Args:
            operators: How many.
            seconds: For how long.
            think: Mean seconds between two steps of one operator; 0 for none.
            peer: Whether each step goes to the peer's plain view instead.

        Returns:
            The figures.
        """
        found, lock = Measured(), threading.Lock()
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._operate, args=(self.cookies[number], until, think, peer, found, lock, number))
            for number in range(operators)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.acknowledged += 0 if peer else len(found.steps)
        return {"operators": operators, "think_seconds": think, "seconds": seconds, **found.told(seconds)}

    def _operate(
        self, cookie: str, until: float, think: float, peer: bool, found: Measured, lock: threading.Lock, number: int
    ) -> None:
        die = random.Random(number)
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        mine = self.work.popleft()
        time.sleep(die.random() * think)
        while time.monotonic() < until:
            if mine.place >= len(self.steps):
                mine = self.work.popleft()  # enough are prepared; if not, the benchmark says so and ends
            taken: list[float] = []
            try:
                status, said = self._step(line, cookie, mine, peer, taken)
            except OSError as error:
                status, said = 0, str(error)
                line.close()
            with lock:
                if status == 200:
                    found.looks += taken[:-1]
                    found.steps.append(taken[-1])
                    mine.place += 0 if peer else 1
                else:
                    found.errors.append(f"{status} {said[:200]}")
            if think:
                line.close()  # the server closes a line on which nobody speaks for two seconds
            time.sleep(die.uniform(0.8, 1.2) * think)
        line.close()
        if mine.place < len(self.steps):
            self.work.append(mine)

    def _step(
        self, line: http.client.HTTPConnection, cookie: str, mine: Work, peer: bool, taken: list[float]
    ) -> tuple[int, str]:
        headers = {
            "Cookie": f"sessionid={cookie}; csrftoken={_CSRF}", "X-CSRFToken": _CSRF,
            "Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16),
        }  # fmt: skip
        values = VALUES[mine.place % len(VALUES)]
        if peer:
            content = {"batch": mine.batch, "path": self.steps[mine.place], "values": values, "by": cookie[:6]}
            return _asked(line, "POST", "/bench/plain", headers, content, taken)
        status, said = _asked(line, "GET", f"/api/batches/{mine.batch}", headers, None, taken)
        if status != 200:
            return status, said
        [path] = [one["path"] for one in json.loads(said)["steps"]]
        mine.place = self.steps.index(path)
        values = VALUES[mine.place % len(VALUES)]
        return _asked(
            line, "POST", f"/api/batches/{mine.batch}/perform", headers, {"path": path, "values": values}, taken
        )


def _asked(
    line: http.client.HTTPConnection, method: str, address: str, headers: dict[str, str], content: Any,
    taken: list[float],
) -> tuple[int, str]:  # fmt: skip
    began = time.perf_counter()
    line.request(method, address, None if content is None else json.dumps(content), headers)
    answer = line.getresponse()
    said = answer.read().decode()
    taken.append(time.perf_counter() - began)
    return answer.status, said
