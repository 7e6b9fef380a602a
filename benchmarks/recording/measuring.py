"""What is measured, one function per claim."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Protocol

from benchmarks.recording.contenders import CONTENDERS
from benchmarks.recording.engines import CHECKOUT, FRESH, Databases
from benchmarks.recording.writers import Burst, Crew


class Amount(Protocol):
    """The part of the plan that is needed here."""

    @property
    def rounds(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def sizes(self) -> tuple[int, ...]: ...
    @property
    def verifications(self) -> int: ...
    @property
    def whole(self) -> int: ...
    @property
    def minutes(self) -> float: ...


def durability(databases: Databases) -> dict[str, str]:
    """Read from the engine how its commits are kept.

    Args:
        databases: The databases of the run.

    Returns:
        Settings and values.
    """
    said: dict[str, str] = _asked(databases, "durability", "plant")
    return said


def throughput(databases: Databases, writers: int, amount: Amount) -> dict[str, Any]:
    """Let the contenders take turns at the same change.

    Args:
        databases: The databases of the run.
        writers: How many writers each contender has, on rows of their own.
        amount: Rounds and their length.

    Returns:
        Medians per contender, ratios of Batchwright to each peer, and every round.
    """
    crews = {name: Crew(databases, name, writers) for name in CONTENDERS}
    bursts = _rounds(crews, amount)
    found: dict[str, Any] = {name: _middle(done) for name, done in bursts.items()}
    ours = found["batchwright"]["per_second"]
    found["ratio"] = {name: round(ours / found[name]["per_second"], 2) for name in CONTENDERS if name != "batchwright"}
    return found


def growth(databases: Databases, amount: Amount) -> dict[str, Any]:
    """Grow a ledger, keep a copy at each size, and let a writer take turns at all of them.

    Args:
        databases: The databases of the run.
        amount: Sizes, rounds and their length, and the minutes that growing may take.

    Returns:
        Medians per size, and the cost at the largest over that at the smallest. The copy that :func:`verification`
        verifies whole is left.
    """
    names: dict[str, str] = {}
    began, before, per_entry = time.monotonic(), 0, 0.0
    for size in amount.sizes:
        if time.monotonic() + per_entry * (size - before) > began + 60 * amount.minutes:
            break
        at = time.monotonic()
        _asked(databases, "growing", "grown", str(size), source=FRESH)
        names[str(size)] = f"grown_{size}"
        databases.copy("grown", names[str(size)])
        per_entry, before = (time.monotonic() - at) / (size - before), size
    crews = {size: Crew(databases, "batchwright", 1, name=name) for size, name in names.items()}
    bursts = _rounds(crews, amount)
    for name in names.values():
        if name != _whole(amount, names):
            databases.drop(name)
    found: dict[str, Any] = {"sizes": {size: _middle(done) for size, done in bursts.items()}}
    found["not_measured"] = [size for size in amount.sizes if str(size) not in names]
    medians = [result["median_ms"] for result in found["sizes"].values()]
    found["cost_last_over_first"] = round(medians[-1] / medians[0], 2)
    return found


def verification(databases: Databases, amount: Amount) -> dict[str, Any]:
    """Verify the grown ledger, in turns with a plain loop over the same bytes.

    Args:
        databases: The databases of the run, after :func:`growth`.
        amount: Rounds, and how large the ledger may be that is verified whole.

    Returns:
        Medians, the ratio of their speeds, and the whole verification per entry.
    """
    taken: dict[str, list[dict[str, Any]]] = {"loop": [], "chain": []}
    for _ in range(amount.verifications):
        for what, done in taken.items():
            done.append(_asked(databases, "verifying", "grown", what))
    found: dict[str, Any] = {}
    for what, done in taken.items():
        seconds = statistics.median(one["seconds"] for one in done)
        found[what] = {**done[0], "seconds": round(seconds, 3), "per_second": round(done[0]["entries"] / seconds)}
    found["ratio"] = round(found["loop"]["seconds"] / found["chain"]["seconds"], 2)
    copy = _whole(amount, (str(size) for size in amount.sizes if databases.exists(f"grown_{size}")))
    whole = _asked(databases, "verifying", copy, "whole")
    found["whole"] = {**whole, "per_second": round(whole["entries"] / whole["seconds"])}
    databases.drop("grown")
    databases.drop(copy)
    return found


def _whole(amount: Amount, sizes: Iterable[str]) -> str:
    """The copy of the largest ledger that is not too large to be verified whole."""
    return f"grown_{max(int(size) for size in sizes if int(size) <= amount.whole)}"


def _rounds(crews: dict[str, Crew], amount: Amount) -> dict[str, list[Burst]]:
    bursts: dict[str, list[Burst]] = {name: [] for name in crews}
    for _ in range(amount.rounds):
        for name, crew in crews.items():
            bursts[name].append(crew.burst(amount.seconds))
    for crew in crews.values():
        crew.end()
    return bursts


def _middle(bursts: list[Burst]) -> dict[str, Any]:
    return {
        "per_second": round(statistics.median(burst.per_second for burst in bursts), 1),
        "median_ms": round(statistics.median(burst.median_ms for burst in bursts), 3),
        "slowest_ms": round(max(burst.slowest_ms for burst in bursts), 1),
        "rounds": [{name: round(value, 2) for name, value in asdict(burst).items()} for burst in bursts],
    }


def _asked(databases: Databases, module: str, name: str, *words: str, source: str | None = None) -> Any:
    """Run a module of the benchmark as a process of its own on a database, and read its answer."""
    if source is not None and not databases.exists(name):
        databases.copy(source, name)
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.recording.{module}", *words],
        env=databases.environment(name), cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)
