"""Drawing a genealogy so that people can read it at any size: pure, boxes and lines only.

Lots stand in columns by their distance from the lot in question, left what it was made from, right what was made of it.
Where a column holds more than a few lots of one material they share one box that says how many and in what status;
opening it shows them. So a graph of thousands of lots stays a page of a few dozen boxes, and every line says how many
descents, and how much, it stands for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

FEW = 8
"""As many lots of one material stand in a column one by one."""
MOST_OPEN = 60
"""As many are shown of an opened group; the table below the graph has them all."""
TIMES = "\N{MULTIPLICATION SIGN}"
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 190, 54, 110, 12, 12


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
        amount: How much, as people write it; "" where it is not known.
    """

    parent: int
    child: int
    amount: str = ""


@dataclass(slots=True)
class Box:
    """What is drawn for a lot or for a group of lots."""

    name: str
    title: str
    detail: str
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
    """What is drawn between two boxes."""

    path: str
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
    return Drawing(boxes, lines, width, height, len(nodes))


def _boxes(nodes: Sequence[Node], start: int, opened: frozenset[str], words: Mapping[str, str]) -> list[Box]:
    groups: dict[tuple[int, str], list[Node]] = defaultdict(list)
    for one in nodes:
        groups[one.column, one.material].append(one)
    found = []
    for (column, material), members in sorted(groups.items()):
        name = f"{column}.{material}"
        shown = members[:MOST_OPEN] if name in opened or len(members) <= FEW else []
        found += [_single(one, start, words) for one in shown]
        rest = members[len(shown) :]
        if rest:
            counted = Counter(one.status for one in rest)
            detail = ", ".join(f"{many} {words.get(status, status)}" for status, many in sorted(counted.items()))
            worst = next((status for status in ("rejected", "hold", "quarantine") if counted[status]), "approved")
            keys = tuple(one.key for one in rest)
            found.append(Box(name, f"{len(rest):,} {TIMES} {material}", detail, worst, "", True, False, members=keys))
    return found


def _single(one: Node, start: int, words: Mapping[str, str]) -> Box:
    detail = f"{one.material} · {words.get(one.status, one.status)}"
    return Box(str(one.key), one.label, detail, one.status, one.href, False, one.key == start, members=(one.key,))


def _place(boxes: list[Box], column_of: Mapping[int, int]) -> None:
    columns: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        columns[column_of[box.members[0]]].append(box)
    tallest = max((len(held) for held in columns.values()), default=0)
    for number, (_, held) in enumerate(sorted(columns.items())):
        # Each column stands in the middle, so that lines stay short.
        top = MARGIN + (tallest - len(held)) * (HEIGHT + GAP_Y) // 2
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
    return [_line(*ends[key], held) for key, held in found.items()]


def _line(left: Box, right: Box, held: list[Link]) -> Line:
    bend = GAP_X // 2
    path = (
        f"M{left.right} {left.middle}C{left.right + bend} {left.middle} {right.x - bend} {right.middle}"
        f" {right.x} {right.middle}"
    )
    label = held[0].amount if len(held) == 1 else f"{len(held):,}"
    return Line(path, label, (left.right + right.x) // 2, (left.middle + right.middle) // 2 - 4)
