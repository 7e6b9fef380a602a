"""The procedure function chart of one level: where boxes, bars and lines lie (IEC 61512-2 clause 6.3, IEC 60848).

Steps are boxes, transitions are bars with their condition beside them, a double line parts or joins parallel branches,
a single line alternatives; the way runs downwards and loops back at the side. Rows come from the longest way to a node,
columns keep branches beside each other. The geometry is in pixels and knows nothing of SVG; see `chart_svg`.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from batchwright.recipes.logic_graph import LogicGraph, Node
from batchwright.recipes.procedure import MasterRecipe, ProcedureLogic, RecipeElement

CHARACTER, LINE = 7.3, 17.0
"""Width of a character of 13 px text, a little generous, and height of its lines."""
BOX_WIDTH, BOX_LEAST, MARGIN, COLUMN_GAP, ROW_GAP = 190.0, 44.0, 24.0, 36.0, 30.0
CONDITION_WIDTH, BAR = 190.0, 44.0
LANE = 14.0
MOST_LINES = 4

Shape = Literal["begin", "end", "step", "transition", "parallel", "alternative", "link"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One node with its place; x and y are its middle."""

    node: Node
    shape: Shape
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    """Its words, broken so that they fit."""
    words: str
    """Its words in full."""
    element: str = ""
    has_inside: bool = False
    """Whether its element has a chart of its own."""


@dataclass(frozen=True, slots=True)
class Way:
    """One line, with right angles."""

    source: Node
    target: Node
    points: tuple[tuple[float, float], ...]
    back: bool = False
    """Whether it loops back, and so carries an arrow."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of one level."""

    title: str
    figures: tuple[Figure, ...]
    ways: tuple[Way, ...]
    width: float
    height: float
    left_out: tuple[str, ...] = ()
    """Links that cannot be drawn, as sentences."""


def charts(recipe: MasterRecipe) -> dict[str, Chart]:
    """The charts of all levels.

    Args:
        recipe: The master recipe.

    Returns:
        By id of the element, "" for logic above the procedure; only levels on which something is drawn.
    """
    found = {} if recipe.logic.is_empty else {"": layout(recipe.logic, recipe.elements, recipe.name or recipe.id)}
    for element in recipe.walk():
        if not element.logic.is_empty:
            found[element.id] = layout(element.logic, element.elements, element.name or element.id)
    return found


def layout(logic: ProcedureLogic, elements: tuple[RecipeElement, ...], title: str) -> Chart:
    """Lay out one level.

    Args:
        logic: The graph.
        elements: Elements that its steps stand for.
        title: Name of the chart.

    Returns:
        The chart; nodes that no way reaches stand in a column of their own.
    """
    graph = LogicGraph.of(logic)
    order = graph.in_order()
    order += [node for node in graph.after if node not in set(order)]
    plan = _Plan(graph, order, {one.id: one for one in elements})
    plan.find_rows()
    plan.find_columns()
    return plan.chart(title)


def wrapped(words: str, width: float, most: int = MOST_LINES) -> tuple[str, ...]:
    """Break words into lines that fit.

    Args:
        words: One line of text.
        width: In pixels.
        most: How many lines at most; what is beyond ends in three dots.

    Returns:
        At least one line.
    """
    room = max(4, int(width / CHARACTER))
    lines = [""]
    for word in words.split():
        pieces = [word[start : start + room] for start in range(0, len(word), room)]
        for piece in pieces:
            if not lines[-1]:
                lines[-1] = piece
            elif len(lines[-1]) + 1 + len(piece) <= room:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: room - 3] + "..."]
    return tuple(lines)


@dataclass(slots=True)
class _Plan:
    graph: LogicGraph
    order: list[Node]
    elements: dict[str, RecipeElement]
    rank: dict[Node, int] = field(default_factory=dict)
    row: dict[Node, int] = field(default_factory=dict)
    column: dict[Node, float] = field(default_factory=dict)
    backward: set[tuple[Node, Node]] = field(default_factory=set)

    def find_rows(self) -> None:
        """The longest way to a node gives its row; lines against the order are loops."""
        self.rank = {node: index for index, node in enumerate(self.order)}
        for node in self.order:
            rows = [0]
            for before in self.graph.before[node]:
                if self.rank[before] >= self.rank[node]:
                    self.backward.add((before, node))
                else:
                    rows.append(self.row[before] + 1)
            self.row[node] = max(rows)

    def onwards(self, node: Node) -> list[Node]:
        return [one for one in dict.fromkeys(self.graph.after[node]) if (node, one) not in self.backward]

    def forerunners(self, node: Node) -> list[Node]:
        return [one for one in dict.fromkeys(self.graph.before[node]) if (one, node) not in self.backward]

    def find_columns(self) -> None:
        """Branches stand beside each other, and what follows where they meet stands below their middle.

        Where that would put two nodes on one place, what follows gets columns of its own between the branches.
        """
        rows = dict(self.row)
        self._spread(below=True)
        self._lower_bars()
        places = sorted((self.row[node], self.column[node]) for node in self.order)
        close = any(one[0] == two[0] and two[1] - one[1] < 1 for one, two in itertools.pairwise(places))
        if close:
            self.row = rows
            self._spread(below=False)
            self._lower_bars()
        first = min(self.column.values(), default=0.5)
        self.column = {node: column - first + 0.5 for node, column in self.column.items()}

    def _spread(self, *, below: bool) -> None:
        children: dict[Node, list[Node]] = {node: [] for node in self.order}
        meeting = {node for node in self.order if len(self.forerunners(node)) > 1}
        roots = []
        for node in self.order:
            before = self.forerunners(node)
            if before:
                children[self._parent(before)].append(node)
            else:
                roots.append(node)
        wide: dict[Node, float] = {}
        for node in reversed(self.order):
            beside = [one for one in children[node] if not (below and one in meeting)]
            under = max((wide[one] for one in children[node] if below and one in meeting), default=0.0)
            wide[node] = max(1.0, under, sum(wide[one] for one in beside))
            children[node] = sorted(beside, key=lambda one, node=node: self._place_among(one, node))  # type: ignore[misc]
        left = 0.0
        for root in roots:
            self.column[root] = left + wide[root] / 2
            left += wide[root]
        for node in self.order:
            before = self.forerunners(node)
            if below and node in meeting:
                self.column[node] = (
                    min(self.column[one] for one in before) + max(self.column[one] for one in before)
                ) / 2
            position = self.column[node] - sum(wide[one] for one in children[node]) / 2
            for one in children[node]:
                self.column[one] = position + wide[one] / 2
                position += wide[one]

    def _lower_bars(self) -> None:
        """A bar that would lie across something in its row goes down a row, and what follows with it."""
        for _ in range(len(self.order) ** 2):
            across = next((node for node in self.order if node.kind == "link" and self._is_across(node)), None)
            if across is None:
                return
            self.row[across] += 1
            for node in self.order:
                self.row[node] = max([self.row[node], *(self.row[one] + 1 for one in self.forerunners(node))])

    def _is_across(self, bar: Node) -> bool:
        low, high = self._span(bar)
        beside = [self._span(one) for one in self.order if one is not bar and self.row[one] == self.row[bar]]
        return any(start < high + 0.5 and end > low - 0.5 for start, end in beside)

    def _span(self, node: Node) -> tuple[float, float]:
        """Columns that a node covers: a bar reaches over all that it joins."""
        around = [*self.forerunners(node), *self.onwards(node)] if node.kind == "link" else []
        columns = [self.column[one] for one in (node, *around)]
        return min(columns), max(columns)

    def _place_among(self, child: Node, node: Node) -> int:
        followers = self.graph.after[node]
        return followers.index(child) if child in followers else len(followers) // 2

    def _parent(self, before: list[Node]) -> Node:
        """Where branches meet again the node hangs under the last node that all of them have in common."""
        if len(set(before)) == 1:
            return before[0]
        common: set[Node] | None = None
        for one in before:
            above = self._above(one)
            common = above if common is None else common & above
        return max(common or set(before), key=lambda one: self.rank[one])

    def _above(self, node: Node) -> set[Node]:
        seen, waiting = {node}, [node]
        while waiting:
            for one in self.graph.before[waiting.pop()]:
                if one not in seen and self.rank[one] < self.rank[node]:
                    seen.add(one)
                    waiting.append(one)
        return seen

    def chart(self, title: str) -> Chart:
        sizes = {node: self._size(node) for node in self.order}
        rows = range(max(self.row.values(), default=-1) + 1)
        tops, y = [], MARGIN
        for row in rows:
            height = max(sizes[node][1] for node in self.order if self.row[node] == row)
            tops.append((y, height))
            y += height + ROW_GAP
        loops = sorted(self.backward, key=lambda pair: self.row[pair[0]] - self.row[pair[1]])
        left = MARGIN + LANE * (len(loops) + 1)
        step = max(BOX_WIDTH, BAR + CONDITION_WIDTH) + COLUMN_GAP
        figures = {}
        for node in self.order:
            top, height = tops[self.row[node]]
            x = left + self.column[node] * step - step / 2 + BOX_WIDTH / 2
            figures[node] = self._figure(node, x, top + height / 2, sizes[node], left, step)
        ways = [*self._straight(figures), *self._loops(figures, loops, left)]
        most = max(
            (
                one.x + max(one.width / 2, CONDITION_WIDTH if one.shape == "transition" else 0)
                for one in figures.values()
            ),
            default=0.0,
        )
        broken = tuple(why[0].upper() + why[1:] for _, why in self.graph.broken)
        return Chart(title, tuple(figures.values()), tuple(ways), most + MARGIN + BAR, y - ROW_GAP + MARGIN, broken)

    def _size(self, node: Node) -> tuple[float, float]:
        shape = self._shape(node)
        lines = len(wrapped(self._words(node), CONDITION_WIDTH if shape == "transition" else BOX_WIDTH - 24))
        if shape == "step":
            return BOX_WIDTH, max(BOX_LEAST, lines * LINE + 16)
        if shape == "transition":
            return BAR, max(20.0, lines * LINE)
        return (BOX_LEAST * 1.6, 30.0) if shape in ("begin", "end") else (BAR, 8.0)

    def _shape(self, node: Node) -> Shape:
        if node.kind == "transition":
            return "transition"
        if node.kind == "step":
            kind = next(step.kind for step in self.graph.logic.steps if step.id == node.id)
            return "step" if kind == "element" else kind
        link = next(link for link in self.graph.logic.links if link.id == node.id)
        if not link.is_junction:
            return "link"
        return "parallel" if link.kind.startswith("Parallel") else "alternative"

    def _words(self, node: Node) -> str:
        if node.kind == "transition":
            condition = next(one.condition for one in self.graph.logic.transitions if one.id == node.id)
            return condition or "no condition"
        if node.kind == "link":
            return ""
        step = next(one for one in self.graph.logic.steps if one.id == node.id)
        element = self.elements.get(step.element)
        return (element.name if element else "") or step.element or step.id

    def _figure(self, node: Node, x: float, y: float, size: tuple[float, float], left: float, step: float) -> Figure:
        shape, words = self._shape(node), self._words(node)
        width, height = size
        if shape in ("parallel", "alternative"):
            low, high = (left + edge * step - step / 2 + BOX_WIDTH / 2 for edge in self._span(node))
            x, width = (low + high) / 2, high - low + BAR
        lines = wrapped(words, CONDITION_WIDTH if shape == "transition" else BOX_WIDTH - 24) if words else ()
        name = next((one.element for one in self.graph.logic.steps if node == Node("step", one.id)), "")
        element = self.elements.get(name)
        inside = element is not None and not element.logic.is_empty
        return Figure(node, shape, x, y, width, height, lines, words, name if element else "", inside)

    def _straight(self, figures: dict[Node, Figure]) -> Iterable[Way]:
        for node in self.order:
            for after in self.onwards(node):
                upper, lower = figures[node], figures[after]
                start = _nearest(upper, lower.x if upper.shape in ("parallel", "alternative") else upper.x)
                end = _nearest(lower, start if lower.shape in ("parallel", "alternative") else lower.x)
                top, bottom = upper.y + upper.height / 2, lower.y - lower.height / 2
                if abs(start - end) < 1:
                    points: tuple[tuple[float, float], ...] = ((start, top), (end, bottom))
                else:
                    # where several ways part they part at one height, and where they meet they meet at one
                    parting = len(self.onwards(node)) > 1 or not self._is_free(node, after)
                    bend = top + ROW_GAP / 2 if parting else bottom - ROW_GAP / 2
                    points = ((start, top), (start, bend), (end, bend), (end, bottom))
                yield Way(node, after, points)

    def _is_free(self, upper: Node, lower: Node) -> bool:
        between = range(self.row[upper] + 1, self.row[lower])
        return not any(
            self.row[one] in between and abs(self.column[one] - self.column[upper]) < 1 for one in self.order
        )

    def _loops(self, figures: dict[Node, Figure], loops: list[tuple[Node, Node]], left: float) -> Iterable[Way]:
        for index, (node, back) in enumerate(loops):
            lower, upper = figures[node], figures[back]
            lane = left - COLUMN_GAP / 2 - LANE * index
            bottom, top = lower.y + lower.height / 2, upper.y - upper.height / 2
            down, above = bottom + 8 + index % 3 * 3, top - 8 - index % 3 * 3
            points = ((lower.x, bottom), (lower.x, down), (lane, down), (lane, above), (upper.x, above), (upper.x, top))
            yield Way(node, back, points, back=True)


def _nearest(figure: Figure, x: float) -> float:
    return min(max(x, figure.x - figure.width / 2), figure.x + figure.width / 2)
