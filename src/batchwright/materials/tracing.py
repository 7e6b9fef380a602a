"""Where a lot came from and where it went, through any depth, and what a recall would touch.

The walk goes level by level over the two indexes of descents, each lot once: its cost is that of the lots and descents
reached, whatever the number of ways between two of them (a plain recursive query that keeps ways grows with those).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from django.db import connection
from django.db.models import Sum

from batchwright import record
from batchwright.materials import amounts
from batchwright.materials.models import Container, Lot, Movement

Direction = Literal["back", "forward"]
FEW = 500
"""As many keys are named in one statement; of more, the table is read through."""

_RECURSIVE = """
WITH RECURSIVE reached(lot_id) AS (
  SELECT CAST(%s AS bigint)
  UNION
  SELECT d.{far} FROM reached r JOIN materials_descent d ON d.{near} = r.lot_id
)
SELECT d.parent_id, d.child_id, d.kind FROM reached r JOIN materials_descent d ON d.{near} = r.lot_id
"""
_STATEMENT = {
    "back": _RECURSIVE.format(far="parent_id", near="child_id"),
    "forward": _RECURSIVE.format(far="child_id", near="parent_id"),
}


class Edge(NamedTuple):
    """One descent that was reached."""

    parent: int
    child: int
    kind: str


@dataclass(slots=True)
class Trace:
    """What was reached from a lot.

    Attributes:
        start: Key of the lot.
        direction: back to what it was made from, or forward to what was made of it.
        edges: Descents.
        levels: Key of each lot and how many steps away it is at least; the start is 0.
    """

    start: int
    direction: Direction
    edges: list[Edge] = field(default_factory=list)
    levels: dict[int, int] = field(default_factory=dict)

    @property
    def reached(self) -> list[int]:
        """Keys of the lots that were reached, the nearest first, without the start."""
        return [key for key in self.levels if key != self.start]


def trace(actor: record.Actor, lot: Lot, direction: Direction) -> Trace:
    """Trace a lot.

    Args:
        actor: Who reads.
        lot: The lot, which the actor was allowed to read.
        direction: back or forward.

    Returns:
        What is reached; for a sponsor's person only by way of own lots.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT[direction], [lot.pk])
        edges = [Edge(*row) for row in cursor.fetchall()]
    if actor.sponsor is not None:
        keys = {key for one in edges for key in (one.parent, one.child)}
        seen = set(_in_parts(Lot.visible_to(actor), keys))
        edges = [one for one in edges if one.parent in seen and one.child in seen]
    found = Trace(lot.pk, direction, edges, _levels(lot.pk, direction, edges))
    # Beyond a lot that may not be seen lie others that are not reached any more.
    found.edges = [one for one in edges if one.parent in found.levels and one.child in found.levels]
    return found


def _in_parts(rows: Any, keys: set[int]) -> Iterable[int]:
    ordered = sorted(keys)
    for at in range(0, len(ordered), FEW):
        yield from rows.filter(pk__in=ordered[at : at + FEW]).values_list("pk", flat=True)


def _levels(start: int, direction: Direction, edges: list[Edge]) -> dict[int, int]:
    following: dict[int, list[int]] = {}
    for one in edges:
        near, far = (one.child, one.parent) if direction == "back" else (one.parent, one.child)
        following.setdefault(near, []).append(far)
    levels, frontier, level = {start: 0}, [start], 0
    while frontier:
        level += 1
        reached = dict.fromkeys(far for near in frontier for far in following.get(near, ()) if far not in levels)
        levels.update(dict.fromkeys(reached, level))
        frontier = list(reached)
    return levels


class Affected(NamedTuple):
    """A lot that a recall touches, with what people ask first; the stage is its depth below the recalled lot."""

    key: int
    identifier: str
    source_id: str
    material: str
    kind: str
    status: str
    sponsor: str
    unit: str
    stage: int
    on_hand_e6: int
    shipped_e6: int
    made_on: str


@dataclass(slots=True)
class Impact:
    """What a recall of a lot touches."""

    lot: Lot
    lots: list[Affected]
    shipments: dict[str, list[str]]
    """Shipment and the lots in it."""
    sponsors: dict[str, int]
    """Code of each sponsor and how many lots."""

    @property
    def products(self) -> int:
        """How many product lots."""
        return sum(1 for one in self.lots if one.kind == "product")


_DETAIL = """
WITH RECURSIVE reached(lot_id) AS (
  SELECT CAST(%s AS bigint)
  UNION
  SELECT d.child_id FROM reached r JOIN materials_descent d ON d.parent_id = r.lot_id
)
SELECT l.id, l.identifier, l.source_id, m.code, m.kind, l.status, coalesce(s.code, ''), m.unit, l.depth, l.made_on
FROM reached r JOIN materials_lot l ON l.id = r.lot_id JOIN materials_definition m ON m.id = l.definition_id
LEFT JOIN people_sponsor s ON s.id = l.sponsor_id
"""


def impact(actor: record.Actor, lot: Lot) -> Impact:
    """Say what a recall of a lot touches.

    Args:
        actor: Who reads.
        lot: The lot, which the actor was allowed to read.

    Returns:
        Every lot made of it through any depth, and itself, with stock, shipments and sponsors.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DETAIL, [lot.pk])
        rows = cursor.fetchall()
    keys = {row[0] for row in rows}
    if actor.sponsor is not None:
        # Only what is reached by way of own lots.
        keys = set(trace(actor, lot, "forward").levels)
    on_hand = _sums(Container.visible_to(actor).filter(amount_e6__gt=0), keys)
    shipped_rows = Movement.visible_to(actor).filter(kind="shipment")
    shipped = _sums(shipped_rows, keys)
    lots = [
        Affected(
            key, identifier, source_id, material, kind, status, sponsor, unit, depth - lot.depth,
            on_hand.get(key, 0), shipped.get(key, 0), "" if made_on is None else str(made_on),
        )
        for key, identifier, source_id, material, kind, status, sponsor, unit, depth, made_on in rows
        if key in keys
    ]  # fmt: skip
    lots.sort(key=lambda one: (one.stage, one.key))
    return Impact(lot, lots, _shipments(shipped_rows, shipped, lots), _by_sponsor(lots))


def _sums(rows: Any, keys: set[int]) -> dict[int, int]:
    grouped = rows.order_by().values_list("lot_id").annotate(total=Sum("amount_e6"))
    if len(keys) <= FEW:
        grouped = grouped.filter(lot_id__in=keys)
    return {key: total for key, total in grouped.values_list("lot_id", "total") if key in keys}


def _shipments(rows: Any, shipped: dict[int, int], lots: list[Affected]) -> dict[str, list[str]]:
    if not shipped:
        return {}
    if len(shipped) <= FEW:
        rows = rows.filter(lot_id__in=shipped)
    names = {one.key: one.identifier for one in lots}
    found: dict[str, list[str]] = {}
    pairs = rows.order_by("reference", "lot_id").values_list("reference", "lot_id")
    pairs = pairs.distinct()
    for reference, key in pairs:
        if key in names:
            found.setdefault(reference, []).append(names[key])
    return found


def _by_sponsor(lots: list[Affected]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in lots:
        if one.sponsor:
            found[one.sponsor] = found.get(one.sponsor, 0) + 1
    return dict(sorted(found.items()))


HEADINGS = (
    "stage", "lot", "other system's id", "material", "kind", "status", "sponsor", "made on", "unit",
    "on hand", "shipped",
)  # fmt: skip


def table(found: Impact) -> list[tuple[str, ...]]:
    """Give a recall as a table for a spreadsheet.

    Args:
        found: What is touched.

    Returns:
        A row of headings and one row for each lot.
    """
    rows = [
        (
            str(one.stage), one.identifier, one.source_id, one.material, one.kind, one.status, one.sponsor, one.made_on,
            one.unit, _number(one.on_hand_e6), _number(one.shipped_e6),
        )
        for one in found.lots
    ]  # fmt: skip
    return [HEADINGS, *rows]


def report(found: Impact) -> dict[str, object]:
    """Give a recall for machines.

    Args:
        found: What is touched.

    Returns:
        JSON values.
    """
    headings, *rows = table(found)
    return {
        "lot": found.lot.identifier, "lots": len(found.lots) - 1, "products": found.products,
        "shipments": found.shipments, "sponsors": found.sponsors,
        "touched": [dict(zip(headings, row, strict=True)) for row in rows],
    }  # fmt: skip


def _number(amount: int) -> str:
    return str(amounts.quantity(amount, "1"))


def lots_of(actor: record.Actor, keys: Iterable[int]) -> list[Lot]:
    """Read lots by their keys.

    Args:
        actor: Who reads.
        keys: Keys, however many.

    Returns:
        Those that the actor may know of.
    """
    ordered = sorted(keys)
    parts = (ordered[at : at + FEW] for at in range(0, len(ordered), FEW))
    return [row for part in parts for row in Lot.visible_to(actor).filter(pk__in=part)]
