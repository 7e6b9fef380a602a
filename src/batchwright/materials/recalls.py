# ruff: noqa: S608 - statements are put together from the constants below
"""What a recall of a lot would touch: lots, stock, shipments, sponsors.

A page asks for figures and for the nearest lots, which the database adds up in one statement over one walk; the exports
have every lot. The walk costs what it reaches (about 3 microseconds a descent on SQLite), whatever the size of the
plant; adding up costs about a third of it on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from batchwright import record
from batchwright.materials import amounts
from batchwright.materials.models import Container, Lot
from batchwright.materials.tracing import walk

NEAREST = 500
"""As many lots stand on the page; the exports have them all."""
SHIPMENTS = 50
"""As many shipments do."""
CONTAINERS = 200
"""As many containers do."""

_LOT = """
  SELECT {what}l.id, l.depth,
    coalesce((SELECT sum(c.amount_e6) FROM materials_container c WHERE c.lot_id = l.id), 0),
    coalesce((SELECT sum(g.amount_e6) FROM materials_movement g WHERE g.lot_id = l.id AND g.kind = 'shipment'), 0),
    l.identifier, l.source_id, m.code, m.kind, l.status, coalesce(o.code, ''), m.unit,
    substr(CAST(l.made_on AS text), 1, CASE l.made_to_the WHEN 'month' THEN 7 ELSE 10 END)
  FROM {source} r JOIN materials_lot l ON l.id = r.lot_id JOIN materials_definition m ON m.id = l.definition_id
  LEFT JOIN people_sponsor o ON o.id = l.sponsor_id"""
_FIGURES = f""", nearest(lot_id) AS (
  SELECT l.id FROM reached r JOIN materials_lot l ON l.id = r.lot_id ORDER BY l.depth, l.id LIMIT {NEAREST}
), grouped(definition_id, sponsor_id, many) AS (
  SELECT l.definition_id, l.sponsor_id, count(*) FROM reached r JOIN materials_lot l ON l.id = r.lot_id
  GROUP BY l.definition_id, l.sponsor_id
)
{_LOT.format(what="'lot', ", source="nearest")}
UNION ALL
SELECT 'kind', g.many, 0, 0, 0, coalesce(o.code, ''), m.kind, NULL, NULL, NULL, NULL, NULL, NULL
FROM grouped g JOIN materials_definition m ON m.id = g.definition_id LEFT JOIN people_sponsor o ON o.id = g.sponsor_id
UNION ALL
SELECT 'stock', count(DISTINCT c.lot_id), 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM reached r JOIN materials_container c ON c.lot_id = r.lot_id WHERE c.amount_e6 > 0
UNION ALL
SELECT 'shipment', count(DISTINCT m.lot_id), 0, 0, 0, m.reference, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM reached r JOIN materials_movement m ON m.lot_id = r.lot_id WHERE m.kind = 'shipment' GROUP BY m.reference"""
_ALL = _LOT.format(what="", source="reached") + " ORDER BY l.depth, l.id"
_STOCK = """
SELECT l.identifier, c.identifier, c.kind, p.code, c.amount_e6, m.unit, l.status, c.held
FROM reached r JOIN materials_lot l ON l.id = r.lot_id JOIN materials_container c ON c.lot_id = l.id
JOIN materials_location p ON p.id = c.location_id JOIN materials_definition m ON m.id = l.definition_id
WHERE c.amount_e6 > 0 ORDER BY l.depth, l.id, c.id"""
_SHIPMENTS = """
SELECT DISTINCT m.reference, l.depth, l.id, l.identifier
FROM reached r JOIN materials_movement m ON m.lot_id = r.lot_id JOIN materials_lot l ON l.id = m.lot_id
WHERE m.kind = 'shipment' ORDER BY m.reference, l.depth, l.id"""


class Affected(NamedTuple):
    """A lot that a recall touches, with what people ask first; the stage is its depth below the recalled lot."""

    key: int
    stage: int
    on_hand_e6: int
    shipped_e6: int
    identifier: str
    source_id: str
    material: str
    kind: str
    status: str
    sponsor: str
    unit: str
    made_on: str
    """To the day, or to the month where no more is known."""


@dataclass(slots=True)
class Impact:
    """What a recall of a lot touches, in figures.

    Attributes:
        lot: The lot that is recalled.
        nearest: The lots nearest to it and itself, at most `NEAREST`.
        count: How many lots, with itself.
        products: How many of them are product lots.
        in_stock: How many of them stand in the plant.
        shipments: Number of each shipment and how many lots were in it.
        sponsors: Code of each sponsor and how many lots.
    """

    lot: Lot
    nearest: list[Affected] = field(default_factory=list)
    count: int = 0
    products: int = 0
    in_stock: int = 0
    shipments: dict[str, int] = field(default_factory=dict)
    sponsors: dict[str, int] = field(default_factory=dict)

    @property
    def first_shipments(self) -> list[tuple[str, int]]:
        """The shipments that stand on the page: number, and how many lots."""
        return list(self.shipments.items())[:SHIPMENTS]

    @property
    def more(self) -> int:
        """How many lots are not among the nearest."""
        return self.count - len(self.nearest)


def impact(actor: record.Actor, lot: Lot) -> Impact:
    """Say in figures what a recall of a lot touches.

    Args:
        actor: Who reads; a sponsor's person reaches own lots alone, by way of own lots.
        lot: The lot, which the actor was allowed to read.

    Returns:
        The figures, and the nearest lots.
    """
    beginning, parameters = walk(actor, lot, "forward")
    found = Impact(lot)
    with connection.cursor() as cursor:
        cursor.execute(beginning + _FIGURES, parameters)
        for what, *row in cursor.fetchall():
            if what == "lot":
                found.nearest.append(_affected(row, lot))
            elif what == "stock":
                found.in_stock = row[0]
            elif what == "shipment":
                found.shipments[row[4]] = row[0]
            else:
                _count(found, many=row[0], sponsor=row[4], kind=row[5])
    found.nearest.sort(key=lambda one: (one.stage, one.key))
    found.sponsors = dict(sorted(found.sponsors.items()))
    found.shipments = dict(sorted(found.shipments.items()))
    return found


def _count(found: Impact, *, many: int, sponsor: str, kind: str) -> None:
    found.count += many
    if kind == "product":
        found.products += many
    if sponsor:
        found.sponsors[sponsor] = found.sponsors.get(sponsor, 0) + many


def _affected(row: Sequence[Any], lot: Lot) -> Affected:
    key, depth, on_hand, shipped, *words, made_on = row
    return Affected._make((key, depth - lot.depth, int(on_hand), int(shipped), *words, str(made_on or "")))


def touched(actor: record.Actor, lot: Lot) -> Iterator[Affected]:
    """Give every lot that a recall touches.

    Args:
        actor: Who reads; a sponsor's person reaches own lots alone, by way of own lots.
        lot: The lot, which the actor was allowed to read.

    Yields:
        The lots, itself first, the nearest before those farther away.
    """
    beginning, parameters = walk(actor, lot, "forward")
    with connection.cursor() as cursor:
        cursor.execute(beginning + _ALL, parameters)
        while part := cursor.fetchmany(5_000):
            for row in part:
                yield _affected(row, lot)


def shipments(actor: record.Actor, lot: Lot) -> dict[str, list[str]]:
    """Give the shipments that a recall touches.

    Args:
        actor: Who reads.
        lot: The lot, which the actor was allowed to read.

    Returns:
        Number of each shipment and the lots in it.
    """
    beginning, parameters = walk(actor, lot, "forward")
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(beginning + _SHIPMENTS, parameters)
        for reference, _depth, _key, identifier in cursor.fetchall():
            found.setdefault(reference, []).append(identifier)
    return found


def in_stock(actor: record.Actor, found: Impact) -> list[Container]:
    """Give the containers that stand in the plant, of the lots nearest to the one that is recalled.

    Args:
        actor: Who reads.
        found: The figures of the recall.

    Returns:
        Containers that hold something, with their lot and location, at most `CONTAINERS` and one more.
    """
    here = [one.key for one in found.nearest if one.on_hand_e6]
    rows = Container.visible_to(actor).filter(lot__in=here, amount_e6__gt=0)
    return list(rows.order_by("lot__depth", "lot_id", "id")[: CONTAINERS + 1])


def containers(actor: record.Actor, lot: Lot) -> list[dict[str, object]]:
    """Give every container that a recall touches and that holds something, for machines.

    Args:
        actor: Who reads; a sponsor's person reaches own lots alone, by way of own lots.
        lot: The lot, which the actor was allowed to read.

    Returns:
        JSON values: lot, container, kind, location, amount, status.
    """
    beginning, parameters = walk(actor, lot, "forward")
    with connection.cursor() as cursor:
        cursor.execute(beginning + _STOCK, parameters)
        return [
            {
                "lot": identifier, "container": container, "kind": kind, "location": location,
                "amount": str(amounts.quantity(int(amount), unit)), "status": "hold" if held else status,
            }
            for identifier, container, kind, location, amount, unit, status, held in cursor.fetchall()
        ]  # fmt: skip


HEADINGS = (
    "stage", "lot", "other system's id", "material", "kind", "status", "sponsor", "made on", "unit",
    "on hand", "shipped",
)  # fmt: skip


def table(lots: Iterable[Affected]) -> Iterator[tuple[str, ...]]:
    """Give a recall as a table for a spreadsheet.

    Args:
        lots: What is touched.

    Yields:
        A row of headings and one row for each lot.
    """
    yield HEADINGS
    for one in lots:
        yield (
            str(one.stage), one.identifier, one.source_id, one.material, one.kind, one.status, one.sponsor, one.made_on,
            one.unit, _number(one.on_hand_e6), _number(one.shipped_e6),
        )  # fmt: skip


def report(actor: record.Actor, lot: Lot) -> dict[str, object]:
    """Give a recall whole, for machines.

    Args:
        actor: Who reads.
        lot: The lot, which the actor was allowed to read.

    Returns:
        JSON values.
    """
    found = impact(actor, lot)
    headings, *rows = table(touched(actor, lot))
    return {
        "lot": lot.identifier, "lots": found.count - 1, "products": found.products, "in_stock": found.in_stock,
        "shipments": shipments(actor, lot), "sponsors": found.sponsors, "containers": containers(actor, lot),
        "touched": [dict(zip(headings, row, strict=True)) for row in rows],
    }  # fmt: skip


def _number(amount: int) -> str:
    return str(amounts.quantity(amount, "1")) if amount else "0"
