"""Drawing a genealogy so that people can read it at any size: pure, boxes and lines only.

Lots stand in columns by their distance from the lot in question, left what it was made from, right what was made of it.
Where a column holds more than a few lots of one material they share one box that says how many and in what status;
opening it shows them. So a graph of thousands of lots stays a page of a few dozen boxes, and every line says how many
uses, and how much, it stands for, wherever that can stand without covering anything.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from batchwright.materials import amounts

FEW = 8
"""As many lots of one material stand in a column one by one."""
MOST_OPEN = 60
"""As many are shown of an opened group; the table below the graph has them all."""
TIMES = "\N{MULTIPLICATION SIGN}"
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 184, 66, 108, 12, 12
LETTER, LINE = 7, 15
"""Pixels of a letter and of a line of a label, as reckoned when looking for its place."""
_ALONG = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8, 0.12, 0.88, 0.08, 0.92)
"""Where along a line its label is tried, in this order."""
HIGHEST = 4
"""A column begins at most so many boxes down, so that the lot in question is in sight when others are opened."""
WORST_FIRST = ("rejected", "hold", "quarantine", "approved")


_Area = tuple[float, float, float, float]
"""Left, upper, right and lower edge."""


@dataclass(frozen=True, slots=True)
class Node:
    """A lot.

    Attributes:
        key: Its key.
        label: What people call it.
        material: Code of its material.
        status: Its status.
        column: How many steps away it is; less than 0 for what the lot was made from.
        href: Its page.
    """

    key: int
    label: str
    material: str
    status: str
    column: int
    href: str


@dataclass(frozen=True, slots=True)
class Link:
    """A descent.

    Attributes:
        parent: Key of what was used.
        child: Key of what was made.
        amount: How much, in millionths of the unit; None where it is not known.
        unit: Of the amount.
    """

    parent: int
    child: int
    amount: int | None = None
    unit: str = ""


@dataclass(slots=True)
class Box:
    """What is drawn for a lot or for a group of lots.

    Attributes:
        name: Its key, or the name under which a group is opened.
        title: First line.
        detail: Second line.
        amiss: Third line: how many lots of a group are on hold or rejected.
        status: Of the lot; of a group the worst.
        href: The lot's page.
        is_group: Whether it stands for several lots.
        is_start: Whether it is the lot in question.
        x: Left edge.
        y: Upper edge.
        width: Pixels.
        height: Pixels.
        members: Keys of the lots.
    """

    name: str
    title: str
    detail: str
    amiss: str
    status: str
    href: str
    is_group: bool
    is_start: bool
    x: int = 0
    y: int = 0
    width: int = WIDTH
    height: int = HEIGHT
    members: tuple[int, ...] = ()

    @property
    def middle(self) -> int:
        """Height of its middle."""
        return self.y + self.height // 2

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn between two boxes.

    Attributes:
        path: Of the SVG.
        said: What it stands for, in full.
        label: What stands beside it; "" where there is no free place.
        x: Middle of the label.
        y: Its base line.
    """

    path: str
    said: str
    label: str
    x: int
    y: int


@dataclass(slots=True)
class Drawing:
    """The whole drawing."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: int = 0
    height: int = 0
    lots: int = 0
    groups: frozenset[str] = frozenset()
    """Names of what can be opened or closed."""


def draw(
    nodes: Sequence[Node],
    links: Iterable[Link],
    *,
    start: int,
    opened: frozenset[str] = frozenset(),
    statuses: Mapping[str, str] | None = None,
) -> Drawing:
    """Draw a genealogy.

    Args:
        nodes: Lots.
        links: Descents between them.
        start: Key of the lot in question.
        opened: Names of groups that are shown lot by lot.
        statuses: Words for statuses.

    Returns:
        Boxes and lines with their places.
    """
    words = statuses or {}
    boxes = _boxes(nodes, start, opened, words)
    of_lot = {key: box for box in boxes for key in box.members}
    _place(boxes, {one.key: one.column for one in nodes})
    lines = _lines(links, of_lot)
    width = max((box.right for box in boxes), default=0) + MARGIN
    height = max((box.y + box.height for box in boxes), default=0) + MARGIN
    many = Counter(_group(one) for one in nodes)
    groups = frozenset(name for name, count in many.items() if count > FEW)
    return Drawing(boxes, lines, width, height, len(nodes), groups)


def _group(one: Node) -> str:
    return f"{one.column}.{one.material}"


def _boxes(nodes: Sequence[Node], start: int, opened: frozenset[str], words: Mapping[str, str]) -> list[Box]:
    groups: dict[tuple[int, str], list[Node]] = defaultdict(list)
    for one in nodes:
        groups[one.column, one.material].append(one)
    found = []
    for (_column, material), members in sorted(groups.items()):
        name = _group(members[0])
        shown = members[:MOST_OPEN] if name in opened or len(members) <= FEW else []
        found += [_single(one, start, words) for one in shown]
        rest = members[len(shown) :]
        if rest:
            counted = Counter(one.status for one in rest)
            keys = tuple(one.key for one in rest)
            worst = next(status for status in WORST_FIRST if counted[status])
            found.append(
                Box(
                    name, f"{len(rest):,} {TIMES} {material}", _counts(counted, WORST_FIRST[2:], words),
                    _counts(counted, WORST_FIRST[:2], words), worst, "", True, False, members=keys,
                )
            )  # fmt: skip
    return found


def _counts(counted: Counter[str], statuses: Sequence[str], words: Mapping[str, str]) -> str:
    said = [f"{counted[one]:,} {words.get(one, one)}" for one in reversed(statuses) if counted[one]]
    return ", ".join(said)


def _single(one: Node, start: int, words: Mapping[str, str]) -> Box:
    status = words.get(one.status, one.status)
    amiss = status if one.status in WORST_FIRST[:2] else ""
    detail = one.material if amiss else f"{one.material} · {status}"
    return Box(
        str(one.key), one.label, detail, amiss, one.status, one.href, False, one.key == start, members=(one.key,)
    )


def _place(boxes: list[Box], column_of: Mapping[int, int]) -> None:
    columns: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        columns[column_of[box.members[0]]].append(box)
    tallest = max((len(held) for held in columns.values()), default=0)
    for number, (_, held) in enumerate(sorted(columns.items())):
        # Each column stands in the middle, so that lines stay short.
        top = MARGIN + min((tallest - len(held)) * (HEIGHT + GAP_Y) // 2, HIGHEST * (HEIGHT + GAP_Y))
        for place, box in enumerate(held):
            box.x = MARGIN + number * (WIDTH + GAP_X)
            box.y = top + place * (HEIGHT + GAP_Y)


def _lines(links: Iterable[Link], of_lot: Mapping[int, Box]) -> list[Line]:
    found: dict[tuple[str, str], list[Link]] = defaultdict(list)
    ends: dict[tuple[str, str], tuple[Box, Box]] = {}
    for one in links:
        left, right = of_lot[one.parent], of_lot[one.child]
        found[left.name, right.name].append(one)
        ends[left.name, right.name] = (left, right)
    taken: list[_Area] = [(box.x, box.y, box.right, box.y + box.height) for box in of_lot.values()]
    return [_line(*ends[key], held, taken) for key, held in found.items()]


def _line(left: Box, right: Box, held: list[Link], taken: list[_Area]) -> Line:
    bend = (right.x - left.right) // 2
    path = (
        f"M{left.right} {left.middle}C{left.right + bend} {left.middle} {right.x - bend} {right.middle}"
        f" {right.x} {right.middle}"
    )
    label = _label(held)
    said = f"{left.title} \N{RIGHTWARDS ARROW} {right.title}: {label}" if label else ""
    for along in _ALONG:
        # A Bezier curve whose control points lie half way: x and y at this part of it.
        x = left.right + (right.x - left.right) * (1.5 * along * (1 - along) + along**3)
        y = left.middle + (right.middle - left.middle) * (3 * along**2 - 2 * along**3)
        half = LETTER * len(label) / 2 + 2
        area = (x - half, y - LINE + 3, x + half, y + 3)
        if not any(_meet(area, other) for other in taken):
            taken.append(area)
            return Line(path, said, label, round(x), round(y))
    return Line(path, said, "", left.right, left.middle)


def _meet(one: _Area, other: _Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _label(held: list[Link]) -> str:
    known = [one.amount for one in held if one.amount is not None]
    total = str(amounts.quantity(sum(known), held[0].unit)) if len(known) == len(held) else ""
    if len(held) == 1:
        return total
    return " · ".join(filter(None, (f"{len(held):,}{TIMES}", total)))
