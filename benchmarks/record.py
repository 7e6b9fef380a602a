"""The record beside its peers: ``batchwright bench record [--quick] [--json]``.

Measures, in one run on one machine with one durability: the same change by Batchwright, django-simple-history and
eventsourcing with one writer and with fifty; what a recorded change costs as the ledger grows; and verification beside
a plain loop that reads and hashes the same bytes. Rounds of the contenders are interleaved and medians are given. A
full run writes its results to ``benchmarks/results/record.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.recording import machine, measuring, page
from benchmarks.recording.engines import CHECKOUT, ENGINES, databases

RESULTS = CHECKOUT / "benchmarks" / "results" / "record.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float
    """Length of one round."""
    writers: tuple[int, ...]
    sizes: tuple[int, ...]
    """Entries in the ledger at which the cost of a change is measured; the last is verified."""
    minutes: float
    """No further size is grown to after this time, and the result says so."""


FULL = Plan(rounds=3, seconds=2.0, writers=(1, 50), sizes=(1_000, 10_000, 100_000), minutes=10)
LONG = Plan(rounds=5, seconds=3.0, writers=(1, 50), sizes=(1_000, 10_000, 100_000, 1_000_000), minutes=60)
QUICK = Plan(rounds=2, seconds=0.5, writers=(1, 10), sizes=(1_000, 3_000), minutes=5)


def run(plan: Plan, engines: list[str], folder: Path) -> dict[str, Any]:
    """Measure.

    Args:
        plan: How much.
        engines: Which engines.
        folder: An empty folder on the disk to be measured.

    Returns:
        The results, as they are written to the JSON file.
    """
    began = time.monotonic()
    found: dict[str, Any] = {"machine": machine.describe(folder), "plan": asdict(plan), "engines": {}}
    for engine in engines:
        with databases(engine, folder) as made:
            result: dict[str, Any] = {"durability": measuring.durability(made)}
            result["throughput"] = {str(count): measuring.throughput(made, count, plan) for count in plan.writers}
            result["growth"] = measuring.growth(made, plan, until=began + 60 * plan.minutes)
            result["verification"] = measuring.verification(made, plan)
            found["engines"][engine] = result
    found["seconds"] = round(time.monotonic() - began, 1)
    return found


def main() -> None:
    """Read the options, measure, and show or write the results."""
    parser = argparse.ArgumentParser(prog="batchwright bench record", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes; shows that it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="write JSON for machines")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this engine")
    parser.add_argument("--long", action="store_true", help="up to a million entries; takes half an hour")
    parser.add_argument("--folder", type=Path, help="a folder on the disk to be measured; by default the temporary one")
    asked = parser.parse_args()
    plan = QUICK if asked.quick else LONG if asked.long else FULL
    with tempfile.TemporaryDirectory(dir=asked.folder, prefix="batchwright-bench-") as folder:
        found = run(plan, asked.engine or list(ENGINES), Path(folder))
    if not asked.quick and not asked.engine:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if asked.json:
        json.dump(found, sys.stdout, indent=2)
        print()
    else:
        page.show(found)


if __name__ == "__main__":
    main()
