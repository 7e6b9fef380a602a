"""Processes that write as fast as they can for as long as they are told.

As a program, ``python -m benchmarks.recording.writers CONTENDER FIRST COUNT`` prepares its writers, says ``ready`` and
then answers each line of seconds with the changes that were acknowledged in that time.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.recording.contenders import CONTENDERS, Change
from benchmarks.recording.engines import CHECKOUT, Databases


@dataclass(frozen=True, slots=True)
class Burst:
    """What a crew of writers did in one round."""

    changes: int
    per_second: float
    median_ms: float
    slowest_ms: float


class Crew:
    """Writers of one contender, in one or two processes, connected for the whole run."""

    def __init__(self, databases: Databases, contender: str, writers: int, *, name: str = "plant") -> None:
        """Start the processes and wait until they are ready."""
        processes = 1 if writers == 1 else 2
        share = writers // processes
        self._processes: list[subprocess.Popen[str]] = []
        # One after another: a peer makes its tables and functions as it starts, and two at once fail on PostgreSQL.
        for part in range(processes):
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.recording.writers", contender, str(part * share), str(share)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env=databases.environment(name), cwd=CHECKOUT,
            )  # fmt: skip
            self._processes.append(process)
            _expect(process, "ready")

    def burst(self, seconds: float) -> Burst:
        """Let all write for a time.

        Args:
            seconds: How long.

        Returns:
            What they did.
        """
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.write(f"{seconds}\n")
                process.stdin.flush()
        answers = [json.loads(_answer(process)) for process in self._processes]
        changes = sum(answer["changes"] for answer in answers)
        return Burst(
            changes,
            sum(answer["changes"] / answer["seconds"] for answer in answers),
            statistics.median(answer["median_ms"] for answer in answers),
            max(answer["slowest_ms"] for answer in answers),
        )

    def end(self) -> None:
        """End the processes."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(timeout=60)
            if process.stdout is not None:
                process.stdout.close()


def _answer(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline().strip() if process.stdout is not None else ""
    if not line:
        raise RuntimeError(f"A writer ended: {' '.join(map(str, process.args))}")  # type: ignore[arg-type]
    return line


def _expect(process: subprocess.Popen[str], word: str) -> None:
    if (said := _answer(process)) != word:
        raise RuntimeError(f"A writer said {said!r} where {word!r} was expected.")


class _Writer(threading.Thread):
    """One writer in its own thread, with its own connection."""

    def __init__(self, prepare: Any) -> None:
        super().__init__(daemon=True)
        self._prepare = prepare
        self.ready, self.go, self.done = threading.Event(), threading.Event(), threading.Event()
        self.until = 0.0
        self.times: list[float] = []
        self.start()

    def run(self) -> None:
        change = self._prepare()
        for number in range(20):
            change(f"rack {number}")
        self.ready.set()
        while True:
            self.go.wait()
            self.go.clear()
            self.times = _write(change, self.until)
            self.done.set()


def _write(change: Change, until: float) -> list[float]:
    times, number, before = [], 0, time.perf_counter()
    while before < until:
        number += 1
        change(f"rack {number}")
        after = time.perf_counter()
        times.append(after - before)
        before = after
    return times


def _round(writers: list[_Writer], seconds: float) -> dict[str, float]:
    began = time.perf_counter()
    for writer in writers:
        writer.until = began + seconds
        writer.go.set()
    for writer in writers:
        writer.done.wait()
        writer.done.clear()
    lasted = time.perf_counter() - began
    times = [spent for writer in writers for spent in writer.times]
    return {
        "changes": len(times),
        "seconds": lasted,
        "median_ms": 1000 * statistics.median(times),
        "slowest_ms": 1000 * max(times),
    }


def main() -> None:
    """Serve rounds until the standard input closes."""
    contender, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    writers = [_Writer(prepare) for prepare in CONTENDERS[contender](first, count)]
    for writer in writers:
        while not writer.ready.wait(0.2):
            if not writer.is_alive():
                raise SystemExit("A writer could not start; its message stands above.")
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_round(writers, float(line))), flush=True)


if __name__ == "__main__":
    main()
