"""Operators over HTTP beside a plain view with one INSERT: ``batchwright bench floor [--quick] [--json]``.

Starts the plant's own web server, as in production, on loopback, on each engine; lets automatic operators with sessions
of their own perform steps of batches through the JSON edge, and measures a recorded step: from sending it until it is
acknowledged. First with the pace of people, who take one step in five seconds, from 5 to 200 of them; then without any
pause. The peer is a view of the same server that writes one row and has no roles, limits, order of steps or record.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.flooring.operators import Floor, Work
from benchmarks.recording import machine
from benchmarks.recording.engines import CHECKOUT, ENGINES
from benchmarks.reporting import keeping

RESULTS = CHECKOUT / "benchmarks" / "results" / "floor.json"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    operators: tuple[int, ...]
    think_seconds: float
    seconds: float
    saturated: tuple[int, ...]
    """Operators who do not think."""
    saturated_seconds: float
    peer_operators: int
    spare_batches: int
    """Batches beside one for each operator."""


FULL = Plan((5, 20, 50, 200), 5.0, 20.0, (4, 50), 10.0, 50, 150)
QUICK = Plan((2, 5), 0.5, 3.0, (2,), 2.0, 5, 20)


def run(plan: Plan, engines: list[str], keep: keeping.Keep = keeping.drop) -> dict[str, Any]:
    """Measure.

    Args:
        plan: How much.
        engines: Which engines.
        keep: What to do with the results after each engine.

    Returns:
        The results, as they are written to the JSON file.
    """
    found: dict[str, Any] = {"plan": asdict(plan), "engines": {}}
    for engine in engines:
        with keeping.measured(found, engine), plant_of(engine) as environment:
            found.setdefault("machine", machine.describe(Path(environment["BATCHWRIGHT_PLANT_FOLDER"])))
            found["engines"][engine] = _measured(plan, environment)
        keep(found)
    return found


def _measured(plan: Plan, environment: dict[str, str]) -> dict[str, Any]:
    operators = max(*plan.operators, *plan.saturated, plan.peer_operators)
    arguments = [sys.executable, "-m", "benchmarks.flooring.preparing", str(operators)]
    prepared = subprocess.run(
        [*arguments, str(operators + plan.spare_batches)], env=environment, cwd=CHECKOUT, check=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    made = json.loads(prepared.stdout)
    with serving(environment) as port:
        floor = Floor(port, made["cookies"], made["steps"], deque(Work(one) for one in made["batches"]))
        floor.measure(min(plan.operators), seconds=2, think=0.1)  # every process loads what it needs
        result: dict[str, Any] = {
            "at_the_pace_of_people": [
                floor.measure(one, seconds=plan.seconds, think=plan.think_seconds) for one in plan.operators
            ],
            "without_a_pause": [floor.measure(one, seconds=plan.saturated_seconds, think=0) for one in plan.saturated],
            "plain_view": {
                "at_the_pace_of_people": floor.measure(
                    plan.peer_operators, seconds=plan.seconds / 2, think=plan.think_seconds, peer=True
                ),
                "without_a_pause": [
                    floor.measure(one, seconds=plan.saturated_seconds / 2, think=0, peer=True) for one in plan.saturated
                ],
            },
        }
        result["acknowledged"] = floor.acknowledged
    counted = subprocess.run(
        [sys.executable, "-c", _COUNT], env=environment, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE
    )
    result["on_record"] = int(counted.stdout)
    return result


_COUNT = """
import django
django.setup()
from batchwright.record.models import Entry
print(Entry.objects.filter(type="phase.attempted/1").count())
"""


@contextmanager
def plant_of(engine: str) -> Iterator[dict[str, str]]:
    """Make an empty plant: a folder, and on PostgreSQL a durable server of its own.

    Args:
        engine: ``sqlite`` or ``postgresql``.

    Yields:
        The environment of its processes.
    """
    import tempfile

    from tests import postgresql

    with tempfile.TemporaryDirectory(prefix="batchwright-bench-") as folder:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("BATCHWRIGHT_", "DJANGO_"))}
        environment = {
            **kept, "BATCHWRIGHT_PLANT_FOLDER": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.flooring.settings",
            "BATCHWRIGHT_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        if engine == "sqlite":
            yield environment
            return
        with postgresql.running(durable=True) as server:
            yield {**environment, "BATCHWRIGHT_DATABASE_URL": server.address()}


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[int]:
    """Run the web process as production starts it, with its own workers and threads.

    Args:
        environment: As `plant_of` gives it.

    Yields:
        The port on which it answers.
    """
    from batchwright.site.demo import free_port

    port = free_port(8700)
    there = {
        **environment, "BATCHWRIGHT_WEB_PORT": str(port), "BATCHWRIGHT_PUBLIC_URL": f"http://localhost:{port}",
    }  # fmt: skip
    web = subprocess.Popen([sys.executable, "-m", "batchwright.cli", "web"], env=there, cwd=CHECKOUT)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            if web.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the web process does not answer")
            time.sleep(0.2)
        yield port
    finally:
        web.terminate()
        web.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# ------------------------------------------------------------------------------------------------------------ showing
def text(found: dict[str, Any]) -> str:
    """Write the page of the reference.

    Args:
        found: The results.

    Returns:
        The page.
    """
    measured = found["machine"]
    lines = [
        "# Speed of the floor", "",
        "Written by `batchwright bench floor` from `benchmarks/results/floor.json`. Operators over HTTP at the plant's",
        "own web server (2 processes of 8 threads) look what is next and perform it; a step is acknowledged when it is",
        "on record and on disk. The load comes from the same machine: "
        f"{measured['cores']} cores, {measured['processor']}, load {measured['load']} when it began.", "",
    ]  # fmt: skip
    for engine, result in found["engines"].items():
        lines += [f"## {NAMES[engine]}", "", _HEAD, "|---|---|---|---|---|---|---|"]
        rows = [("Batchwright", one) for one in result["at_the_pace_of_people"] + result["without_a_pause"]]
        plain = result["plain_view"]
        rows += [("plain view", one) for one in (plain["at_the_pace_of_people"], *plain["without_a_pause"])]
        lines += [_row(name, one) for name, one in rows]
        lines += ["", f"{result['acknowledged']} steps were acknowledged, {result['on_record']} are on record.", ""]
    return "\n".join(lines)


_HEAD = "| | operators | pause | steps/s | step p50 ms | step p95 ms | errors |"


def _row(name: str, one: dict[str, Any]) -> str:
    pause = f"{one['think_seconds']:g} s" if one["think_seconds"] else "none"
    return (
        f"| {name} | {one['operators']} | {pause} | {one['steps_per_second']} | {one['step_p50_ms']} | "
        f"{one['step_p95_ms']} | {one['errors']} |"
    )


def main() -> None:
    """Read the options, measure, and show or write the results."""
    parser = argparse.ArgumentParser(prog="batchwright bench floor", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few operators; shows that it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="write JSON for machines")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this engine")
    asked = parser.parse_args()
    keeping.end_when_told()
    keep = keeping.drop if asked.quick or asked.engine else partial(keeping.write, RESULTS)
    found = run(QUICK if asked.quick else FULL, asked.engine or list(ENGINES), keep)
    print(json.dumps(found, indent=2) if asked.json else text(found))


if __name__ == "__main__":
    main()
