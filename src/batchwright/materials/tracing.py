"""Where a lot came from and where it went, through any depth.

The walk goes level by level over the two indexes of descents, each lot once: its cost is that of the lots and descents
reached, whatever the number of ways between two of them (a plain recursive query that keeps ways grows with those).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from django.db import connection

from batchwright import record
from batchwright.materials.models import Lot

Direction = Literal["back", "forward"]
FEW = 500
"""As many keys are named in one statement; of more, the table is read through."""

SIDES: dict[Direction, tuple[str, str]] = {"back": ("child_id", "parent_id"), "forward": ("parent_id", "child_id")}
_OWN = """
  JOIN materials_lot v ON v.id = d.{far} JOIN people_sponsor o ON o.id = v.sponsor_id AND o.code = %s"""
_WALK = """
WITH RECURSIVE reached(lot_id) AS (
  SELECT CAST(%s AS bigint)
  UNION
  SELECT d.{far} FROM reached r JOIN materials_descent d ON d.{near} = r.lot_id{own}
)"""
_EDGES = """
SELECT d.parent_id, d.child_id, d.kind FROM reached r JOIN materials_descent d ON d.{near} = r.lot_id"""


def walk(actor: record.Actor, lot: Lot, direction: Direction) -> tuple[str, list[Any]]:
    """Write the walk through the genealogy, to be put before a query that reads ``reached(lot_id)``.

    Args:
        actor: Who reads; a sponsor's person walks by way of own lots alone.
        lot: Where it begins.
        direction: back or forward.

    Returns:
        The beginning of a statement, and its parameters.
    """
    near, far = SIDES[direction]
    own = "" if actor.sponsor is None else _OWN.format(far=far)
    return _WALK.format(near=near, far=far, own=own), [lot.pk, *([] if actor.sponsor is None else [actor.sponsor])]


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
    beginning, parameters = walk(actor, lot, direction)
    near, far = SIDES[direction]
    # What is used by nobody the actor may see is not reached, and neither is the way to it.
    seen = "" if actor.sponsor is None else f" JOIN reached f ON f.lot_id = d.{far}"
    with connection.cursor() as cursor:
        cursor.execute(beginning + _EDGES.format(near=near) + seen, parameters)
        edges = [Edge(*row) for row in cursor.fetchall()]
    return Trace(lot.pk, direction, edges, _levels(lot.pk, direction, edges))


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
