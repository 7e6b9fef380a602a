"""Draws the house as plain SVG from what `house_graph` reads and `house_ways` followed; for light and dark."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from tests.tools import house_graph
from tests.tools.house_graph import SHAPES
from tests.tools.house_ways import Station

_STYLE = """\
<style>
:root { --ink: #1f2328; --soft: #59636e; --line: #8a939c; --room: #f1f3f5; --edge: #c9d1d9; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9da7b1; --line: #7d8893; --room: #21262d; --edge: #3d444d; --mark: #6cb6ff; }
}
text { font: 13px system-ui, sans-serif; fill: var(--ink); }
.soft { fill: var(--soft); font-size: 11px; }
.code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 12px; }
.bold { font-weight: 600; }
.end { text-anchor: end; } .mid { text-anchor: middle; }
.room { fill: var(--room); stroke: var(--edge); }
.lane { stroke: var(--edge); }
.call { stroke: var(--line); fill: none; stroke-width: 1.4; }
.handed { stroke-dasharray: 3 3; }
.dot, .head { fill: var(--mark); } .upward { stroke: #c00; fill: #c00; }
</style>
"""
ROW, NAME, CELL, ARROW = 36, 104, 68, 28
STEP, LANE, HEAD, SHIFT = 24, 46, 104, 8
WORDS = 480
"""Width that the names beside a way take."""


CLASSES = (1, 2, 5, 10, 20, 40)
"""How many modules there are at least: so that a picture changes when the house does, and not with each file."""


def _svg(width: int, height: int, title: str, told: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-labelledby="title told">\n<title id="title">{escape(title)}</title>\n'
        f'<desc id="told">{escape(told)}</desc>\n{_STYLE}{body}\n</svg>\n'
    )


def _text(x: float, y: float, words: object, kind: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(str(words))}</text>'


def stairs(rows: Sequence[str], found: Counter[tuple[str, str]], left: float, top: float) -> Iterable[str]:
    """Arrows from each row to the rows that it imports from: one column for each, so that none hides another.

    Args:
        rows: From the top down.
        found: Which imports which.
        left: Where the first column stands.
        top: Middle of the first row.

    Yields:
        Shapes.
    """
    for place, name in enumerate(rows):
        used = [other for other, to in enumerate(rows) if found[name, to] and to != name]
        if not used:
            continue
        x, y = left + place * ARROW, top + place * ROW
        far = top + (max(used) if max(used) > place else min(used)) * ROW
        kind = "call" if min(used) > place else "call upward"
        yield f'<path class="{kind}" d="M{x:g} {y:g}V{far:g}"/><circle class="dot" cx="{x:g}" cy="{y:g}" r="4"/>'
        for other in used:
            at = top + other * ROW
            yield f'<path class="head" d="M{x - 4.5:g} {at - 8:g}h9L{x:g} {at:g}z"/>'


def floors() -> str:
    """The floors: what stands on each, and what each one imports."""
    names, counted, arrows = house_graph.floors(), house_graph.counted(), house_graph.between_floors()
    first = 30 + NAME + len(SHAPES) * CELL
    width, top = first + len(names) * ARROW + 4, 44
    parts = [_text(NAME + place * CELL + CELL / 2, 22, one, "soft mid") for place, one in enumerate(SHAPES)]
    parts.append(_text(first, 22, "imports from the floors below", "soft"))
    for place, name in enumerate(names):
        y = top + place * ROW
        parts.append(f'<rect class="room" x="2" y="{y - 15}" width="{first - 24}" height="30" rx="4"/>')
        parts.append(_text(14, y + 5, name, "bold"))
        for column, shape in enumerate(SHAPES):
            number = counted[name, shape]
            if number:
                x = NAME + column * CELL + CELL / 2
                least = max(one for one in CLASSES if one <= number)
                strong = 0.08 + 0.06 * CLASSES.index(least)
                box = f'x="{x - 20:g}" y="{y - 11}" width="40" height="22" rx="3"'
                parts.append(f'<rect class="dot" {box} opacity="{strong:.2f}"/>')
                parts.append(_text(x, y + 5, "1" if number == 1 else f"{least}+", "mid"))
    told = "; ".join(
        f"{name} imports from {', '.join(to for to in names if arrows[name, to]) or 'nobody'}" for name in names
    )
    parts += stairs(names, arrows, first + 6, top)
    return _svg(width, top + len(names) * ROW - 10, "The floors of the house, from the top down", told, parts)


def inside() -> str:
    """The inner shape of a capability: which shapes import which."""
    names = [" · ".join(band) for band in house_graph.BANDS]
    band_of = {shape: name for band, name in zip(house_graph.BANDS, names, strict=True) for shape in band}
    found: Counter[tuple[str, str]] = Counter()
    for (one, other), number in house_graph.between_shapes().items():
        found[band_of[one], band_of[other]] += number
    first, top = 345, 44
    width = first + len(names) * ARROW + 150
    parts = [_text(first, 22, "imports, in every capability", "soft")]
    for place, name in enumerate(names):
        y = top + place * ROW
        parts.append(f'<rect class="room" x="2" y="{y - 15}" width="{first - 30}" height="30" rx="4"/>')
        parts.append(_text(14, y + 5, name, "bold"))
    parts += stairs(names, found, first, top)
    told = "; ".join(f"{one} imports {other}" for one, other in sorted(found) if one != other)
    return _svg(width, top + len(names) * ROW - 10, "The inner shape of a capability", told, parts)


def lane_of(station: Station) -> tuple[str, str]:
    """Floor and shape of the room that a station stands in."""
    name = station.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    module = house_graph.modules()[name]
    return module.floor, house_graph.shape(module)


def way(stations: Sequence[Station], title: str) -> str:
    """One way: a line for each function, a column for each room, from the highest floor at the left to the lowest.

    Args:
        stations: What was called.
        title: What the way is of.

    Returns:
        The picture.
    """
    order = house_graph.floors()
    lanes = sorted({lane_of(one) for one in stations}, key=lambda one: (order.index(one[0]), SHAPES.index(one[1])))
    right = 34 + len(lanes) * LANE + 40
    rows, bottom = _rows(stations)
    parts = []
    for place, (floor, shape) in enumerate(lanes):
        x = 44 + place * LANE
        parts.append(f'<path class="lane" d="M{x} {HEAD - 8}V{bottom}"/>')
        parts.append(
            f'<text transform="translate({x - 2} {HEAD - 14}) rotate(-38)"><tspan class="bold">{floor}</tspan> '
            f'<tspan class="soft">{shape}</tspan></text>'
        )
    xs = _across(stations, lanes)
    act = ""
    for place, one in enumerate(stations):
        x, y = xs[place], rows[place]
        if one.act != act:
            act = one.act
            parts.append(f'<rect class="room" x="2" y="{y - 36}" width="{right + WORDS - 4}" height="20" rx="3"/>')
            parts.append(_text(12, y - 22, act, "bold"))
        if one.caller >= 0:
            from_x, from_y = xs[one.caller], rows[one.caller]
            up = order.index(lane_of(one)[0]) < order.index(lane_of(stations[one.caller])[0])
            sign = -1 if x < from_x else 1
            parts.append(
                f'<path class="call{" handed" if up else ""}" d="M{from_x} {from_y}V{y}H{x - sign * 6}"/>'
                f'<path class="head" d="M{x - sign * 8} {y - 4}v8L{x - sign * 2} {y}z"/>'
            )
        parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="4"/>')
        parts.append(_text(24, y + 4, place + 1, "soft end"))
        parts.append(_text(right, y + 4, one.function, "code"))
        parts.append(_text(right + WORDS - 8, y + 4, one.file, "soft end"))
    told = ". ".join(f"{place}: {one.function} in {one.file}" for place, one in enumerate(stations, start=1))
    return _svg(right + WORDS, bottom + 6, title, told, parts)


def _rows(stations: Sequence[Station]) -> tuple[list[int], int]:
    """Height of each station, with room for the words of each act."""
    rows, y, act = [], HEAD - 10, ""
    for one in stations:
        y += STEP + (26 if one.act != act else 0)
        act = one.act
        rows.append(y)
    return rows, y + STEP // 2


def _across(stations: Sequence[Station], lanes: Sequence[tuple[str, str]]) -> list[int]:
    """Place of each station: in its lane, a little further in for each caller of the same lane."""
    xs: list[int] = []
    for one in stations:
        x = 44 + lanes.index(lane_of(one)) * LANE
        if one.caller >= 0 and lane_of(stations[one.caller]) == lane_of(one):
            x = xs[one.caller] + SHIFT
        xs.append(x)
    return xs
