"""Genealogy beside plain recursive SQL: ``batchwright bench genealogy [--quick] [--json]``.

Measures, in one run on one machine and on both engines, at growing numbers of lots: tracing one lot back and forward,
beside two plain recursive queries on the same tables and indexes (one that keeps ways, as text books write it, and one
that keeps lots), and the recall of a raw-material lot that is in everything. The plants are written into the tables
directly, without the record: only reading is measured.

A plant of N lots: a tenth is raw material, three tenths are intermediates in three stages, the rest are products. Each
made lot uses two to four lots of the stage before, and every one of them uses the common raw lot.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.reporting import keeping

CHECKOUT = Path(__file__).resolve().parents[1]
RESULTS = CHECKOUT / "benchmarks" / "results" / "genealogy.json"
SIZES = (1_000, 10_000, 100_000)
ENGINES = ("sqlite", "postgresql")
ROUNDS = 21
RECALLS = 5
SPONSORS = 7
SECONDS_LIMIT = 20
"""A query of a peer that takes longer is stopped and said to."""
_WALK = "SELECT {start} UNION {all} SELECT d.{far} FROM walk w JOIN materials_descent d ON d.{near} = w.lot"
_SIDES = {"forward": ("child_id", "parent_id"), "back": ("parent_id", "child_id")}


def main() -> None:
    """Read the options, measure, and show or write the results."""
    parser = argparse.ArgumentParser(prog="batchwright bench genealogy", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 lots; shows that it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="write JSON for machines")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this engine")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    keeping.end_when_told()
    if asked.measure:
        json.dump(measure([1_000] if asked.quick else list(SIZES)), sys.stdout)
        return
    found: dict[str, Any] = {"machine": _machine(), "engines": {}}
    for engine in asked.engine or ENGINES:
        with keeping.measured(found, engine), _database(engine) as environment:
            command = [sys.executable, "-m", "benchmarks.genealogy", "--measure", *(["--quick"] if asked.quick else [])]
            done = subprocess.run(command, env=environment, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE)
            found["engines"][engine] = json.loads(done.stdout)
        if not asked.quick and not asked.engine:
            keeping.write(RESULTS, found)
    print(json.dumps(found, indent=2) if asked.json else _text(found))


def measure(sizes: list[int]) -> list[dict[str, Any]]:
    """Grow a plant in the database that the environment names, and measure at each size.

    Args:
        sizes: Numbers of lots, growing.

    Returns:
        Times in milliseconds, medians and the slowest.
    """
    from batchwright.site.start import migrate, set_up_django

    set_up_django()
    migrate()
    _without_guards()
    plant, results = Plant(), []
    for size in sizes:
        plant.grow(size)
        _analyse()
        results.append(_measure_at(plant, size))
    return results


class Plant:
    """A plant of many lots, written directly."""

    def __init__(self) -> None:
        self.chance = random.Random(20260101)
        self.stages: list[list[int]] = [[], [], [], [], []]
        self.lots = 0
        self.descents = 0
        self.common = 1

    def grow(self, size: int) -> None:
        """Grow to a number of lots."""
        wanted = size - self.lots
        shares = (0.1, 0.1, 0.1, 0.1)
        counts = [int(wanted * share) for share in shares]
        counts.append(wanted - sum(counts))
        if self.lots == 0:
            sponsors = ((key, f"S{key}", f"Sponsor {key}") for key in range(1, SPONSORS + 1))
            _write("people_sponsor", ["id", "code", "name"], sponsors)
            _write("materials_definition", ["id", "code", "name", "kind", "unit"],
                   iter([(1, "ANY", "Anything", "product", "kg")]))  # fmt: skip
            _write("materials_location", ["id", "code", "name"], iter([(1, "S", "S")]))
        for stage, count in enumerate(counts):
            first = self.lots + 1
            keys = range(first, first + count)
            _write("materials_lot", _LOT, (_lot(key, stage) for key in keys))
            self.lots += count
            if stage:
                pairs = list(self._pairs(stage, keys))
                numbered = enumerate(pairs, self.descents + 1)
                _write("materials_descent", _DESCENT, ((at, *pair, "consumed") for at, pair in numbered))
                self.descents += len(pairs)
            self.stages[stage] += keys
        self._stock(size - wanted + 1, size)

    def _pairs(self, stage: int, keys: range) -> Iterator[tuple[int, int]]:
        before = self.stages[stage - 1]
        for key in keys:
            chosen = {self.common, *(self.chance.choice(before) for _ in range(self.chance.randint(2, 4)))}
            yield from ((parent, key) for parent in sorted(chosen))

    def _stock(self, first: int, last: int) -> None:
        keys = range(first, last + 1, 10)
        _write("materials_container", _CONTAINER, ((key, f"C{key}", key, 1, 1_000_000) for key in keys))
        shipped = ((key, key, "shipment", 500_000, key, 1_000_000, f"SH-{key % 97}", "2026-01-01", "2026-01-01")
                   for key in keys)  # fmt: skip
        _write("materials_movement", _MOVEMENT, shipped)


_LOT = ["id", "identifier", "definition_id", "status", "origin", "depth", "sponsor_id"]
_DESCENT = ["id", "parent_id", "child_id", "kind"]
_CONTAINER = ["id", "identifier", "lot_id", "location_id", "amount_e6"]
_MOVEMENT = ["id", "lot_id", "kind", "amount_e6", "origin_id", "origin_after_e6", "reference", "moved_on",
             "moved_at"]  # fmt: skip


def _lot(key: int, stage: int) -> tuple[Any, ...]:
    return (key, f"L-{key:06d}", 1, "approved", "made", stage, 1 + key % SPONSORS if stage == 4 else None)


def _write(table: str, columns: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    from django.apps import apps
    from django.db import connection, transaction

    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    # Columns that are not said get what the model gives them.
    others = [one for one in model._meta.concrete_fields if one.column not in columns and not one.null]
    given = tuple(one.get_default() for one in others)
    named = ", ".join([*columns, *(str(one.column) for one in others)])
    marks = ", ".join(["%s"] * (len(columns) + len(others)))
    statement = f"INSERT INTO {table} ({named}) VALUES ({marks})"  # names from above
    with transaction.atomic(), connection.cursor() as cursor:
        while part := [(*row, *given) for row in islice(rows, 5_000)]:
            cursor.executemany(statement, part)


def _without_guards() -> None:
    """Let the plants be written directly; this database is thrown away."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'materials%%'")
            for (name,) in [*cursor.fetchall(), ("people_sponsor",)]:
                cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER ALL')
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _measure_at(plant: Plant, size: int) -> dict[str, Any]:
    from batchwright import record
    from batchwright.materials import recalls, tracing
    from batchwright.materials.models import Lot

    actor = record.SITE
    chance = random.Random(7)
    raw = [plant.chance.choice(plant.stages[0][1:]) for _ in range(ROUNDS)]
    products = [chance.choice(plant.stages[4]) for _ in range(ROUNDS)]
    result: dict[str, Any] = {"lots": size, "descents": plant.descents}
    for direction, keys in (("back", products), ("forward", raw)):
        lots = [Lot.objects.get(pk=key) for key in keys]
        found: list[int] = []

        def ours(place: int, lots: list[Lot] = lots, way: Any = direction, found: list[int] = found) -> None:
            found.append(len(tracing.trace(actor, lots[place], way).reached))

        contenders: dict[str, Callable[[int], Any]] = {
            "batchwright": ours,
            "plain_keeping_lots": _plain(direction, keys, keep_ways=False),
            "plain_keeping_ways": _plain(direction, keys, keep_ways=True),
        }
        result[direction] = {**_interleaved(contenders, ROUNDS), "median_lots_reached": statistics.median(found)}
    everywhere = Lot.objects.select_related("definition").get(pk=plant.common)
    touched: list[int] = []
    contenders = {
        "batchwright": lambda _: touched.append(recalls.impact(actor, everywhere).count),
        "batchwright_export": lambda _: sum(1 for _row in recalls.table(recalls.touched(actor, everywhere))),
        "plain_keeping_lots": _plain("forward", [plant.common] * RECALLS, keep_ways=False),
    }
    if size <= 10_000:
        contenders["plain_keeping_ways"] = _plain("forward", [plant.common] * RECALLS, keep_ways=True)
    result["recall_of_a_lot_in_everything"] = {**_interleaved(contenders, RECALLS), "lots_touched": touched[0]}
    return result


def _plain(direction: str, keys: list[int], *, keep_ways: bool) -> Callable[[int], None]:
    from django.db import connection

    far, near = _SIDES[direction]
    walk = _WALK.format(start="CAST(%s AS bigint)", all="ALL" if keep_ways else "", far=far, near=near)
    statement = f"WITH RECURSIVE walk(lot) AS ({walk}) SELECT DISTINCT lot FROM walk"  # constants

    def run(place: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [keys[place]])
            cursor.fetchall()

    return run


def _interleaved(contenders: dict[str, Callable[[int], Any]], rounds: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for place in range(rounds):
        for name, run in contenders.items():
            if sum(times[name]) > SECONDS_LIMIT * 1000:
                continue
            began = time.perf_counter()
            run(place)
            times[name].append(1000 * (time.perf_counter() - began))
    return {
        name: {"median_ms": round(statistics.median(took), 2), "slowest_ms": round(max(took), 2), "rounds": len(took)}
        for name, took in times.items()
    }


@contextmanager
def _database(engine: str) -> Iterator[dict[str, str]]:
    from tests import postgresql

    with tempfile.TemporaryDirectory(prefix="batchwright-bench-") as folder:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("BATCHWRIGHT_", "DJANGO_"))}
        environment = {**kept, "BATCHWRIGHT_PLANT_FOLDER": folder}
        if engine == "sqlite":
            yield environment
            return
        server = postgresql.start(durable=True)
        try:
            yield {**environment, "BATCHWRIGHT_DATABASE_URL": server.address()}
        finally:
            server.stop()


def _machine() -> dict[str, Any]:
    import platform

    return {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1)}  # fmt: skip


def _text(found: dict[str, Any]) -> str:
    lines = [f"{'':12}{'lots':>9}{'back ms':>10}{'forward ms':>12}{'recall ms':>12}   plain, keeping lots / ways"]
    for engine, results in found["engines"].items():
        for one in results:
            recall = one["recall_of_a_lot_in_everything"]
            plain = "  ".join(
                f"{one[way]['plain_keeping_lots']['median_ms']}/{one[way]['plain_keeping_ways']['median_ms']}"
                for way in ("back", "forward")
            )
            ours = [one[way]["batchwright"]["median_ms"] for way in ("back", "forward")]
            lines.append(
                f"{engine:12}{one['lots']:>9,}{ours[0]:>10}{ours[1]:>12}{recall['batchwright']['median_ms']:>12}"
                f"   {plain}  recall {recall['plain_keeping_lots']['median_ms']}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
