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
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.recording import machine, measuring, page
from benchmarks.recording.engines import CHECKOUT, ENGINES, databases
from benchmarks.reporting import keeping

RESULTS = CHECKOUT / "benchmarks" / "results" / "record.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float
    """Length of one round."""
    writers: tuple[int, ...]
    sizes: tuple[int, ...]
    """Entries in the ledger at which the cost of a change is measured; of the largest, chain and tree are verified."""
    verifications: int
    """Rounds of the verification of chain and tree."""
    whole: int
    """Entries of the largest ledger that is verified whole, with the meaning of every entry."""
    minutes: float
    """Growth of an engine's ledger; a size that would not be reached within them is left out, and the result says so.
    """


_SIZES = (1_000, 10_000, 100_000, 1_000_000)
FULL = Plan(rounds=5, seconds=2.0, writers=(1, 50), sizes=_SIZES, verifications=2, whole=100_000, minutes=4)
LONG = Plan(rounds=5, seconds=3.0, writers=(1, 50), sizes=_SIZES, verifications=5, whole=1_000_000, minutes=60)
QUICK = Plan(rounds=2, seconds=0.5, writers=(1, 10), sizes=(1_000, 3_000), verifications=1, whole=1_000, minutes=5)


def run(plan: Plan, engines: list[str], folder: Path, keep: keeping.Keep = keeping.drop) -> dict[str, Any]:
    """Measure.

    Args:
        plan: How much.
        engines: Which engines.
        folder: An empty folder on the disk to be measured.
        keep: What to do with the results after each engine.

    Returns:
        The results, as they are written to the JSON file.
    """
    found: dict[str, Any] = {"machine": machine.describe(folder), "plan": asdict(plan), "engines": {}}
    for engine in engines:
        with keeping.measured(found, engine), databases(engine, folder) as made:
            result: dict[str, Any] = {"durability": measuring.durability(made)}
            result["throughput"] = {str(count): measuring.throughput(made, count, plan) for count in plan.writers}
            result["growth"] = measuring.growth(made, plan)
            result["verification"] = measuring.verification(made, plan)
            found["engines"][engine] = result
        keep(found)
    return found


def main() -> None:
    """Read the options, measure, and show or write the results."""
    parser = argparse.ArgumentParser(prog="batchwright bench record", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes; shows that it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="write JSON for machines")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this engine")
    parser.add_argument("--long", action="store_true", help="longer rounds, a million entries verified whole")
    parser.add_argument("--folder", type=Path, help="a folder on the disk to be measured; by default the temporary one")
    asked = parser.parse_args()
    keeping.end_when_told()
    keep = keeping.drop if asked.quick or asked.engine else partial(keeping.write, RESULTS)
    plan = QUICK if asked.quick else LONG if asked.long else FULL
    with tempfile.TemporaryDirectory(dir=asked.folder, prefix="batchwright-bench-") as folder:
        found = run(plan, asked.engine or list(ENGINES), Path(folder), keep)
    if asked.json:
        json.dump(found, sys.stdout, indent=2)
        print()
    else:
        page.show(found)


if __name__ == "__main__":
    main()
