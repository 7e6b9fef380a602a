"""Whether the conditions behind a step leave a value for which no way is open, or a way that is never taken.

Values do not change once a phase is complete. Where every condition compares values alone, each quantity is cut into
cells by the bounds it is held against (below, at, between, above), and each combination of cells is tried: what makes
no condition true stops the batch there. Conditions that wait for a step or for time become true by themselves and are
not looked at. Ways are looked at in their order (`batchwright.execution.choices`), so that one that is always open
hides those behind it.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

from batchwright.kernel.errors import BatchwrightError
from batchwright.recipes import expressions
from batchwright.recipes.evaluation import Given, evaluate
from batchwright.recipes.expression_tree import COMPARISONS
from batchwright.recipes.expression_types import YES_OR_NO, check
from batchwright.recipes.expressions import (
    Binary,
    Expression,
    Number,
    Reference,
    Since,
    StepState,
    Truth,
    Unary,
    Words,
    written,
)
from batchwright.recipes.findings import Findings, Place
from batchwright.recipes.logic_graph import LogicGraph, Node
from batchwright.recipes.phases import Decide, Repeat
from batchwright.recipes.procedure import MasterRecipe, ProcedureLogic
from batchwright.recipes.scope import RecipeScope

MOST_CELLS = 4_096
"""Combinations beyond which nothing is said."""
MOST_REGIONS = 3
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OTHER = "another text"


def check_ways(logic: ProcedureLogic, scope: RecipeScope, place: Place, where: str, into: Findings) -> None:
    """Check what decides behind each step and junction of one level.

    Args:
        logic: The graph.
        scope: What its conditions may name.
        place: Path of the logic.
        where: The element around it, for people.
        into: Where findings go.
    """
    graph = LogicGraph.of(logic)
    conditions = {one.id: one.condition for one in logic.transitions}
    for node, followers in graph.after.items():
        if node.kind == "transition" or [one.kind for one in followers] == ["link"]:
            continue  # what is behind a junction is told of the junction
        ways = [_conditions(graph, one, conditions) for one in followers]
        if not ways or not all(ways) or not all(itertools.chain(*ways)):
            continue
        key = f"{node.kind}s"
        index = [one.id for one in getattr(logic, key)].index(node.id)
        own, shown = (*place, key, index), f"{where} / {node.id}" if where else node.id
        for taken, hidden in itertools.pairwise(zip(followers, ways, strict=True)):
            if any(always_true(one) for one in taken[1]):
                sentence = f"The way to {hidden[0].id} is never taken: {taken[0].id} before it is always true"
                into.error("way-hidden", own, shown, sentence, "Remove one of the ways, or give it a condition.")
                break
        regions = uncovered(list(itertools.chain(*ways)), scope)
        if regions:
            gaps = "; or where ".join(regions)
            sentence = f"The batch stops behind {node.id}, for no condition is true, where {gaps}"
            into.warning("not-covered", own, shown, sentence, "Add a way for it, such as to hold or to end.")


def _conditions(graph: LogicGraph, node: Node, conditions: dict[str, str]) -> list[str]:
    """The conditions of which one opens a way; none for a way that waits for nothing."""
    if node.kind == "transition":
        return [conditions[node.id]]
    kind = next((one.kind for one in graph.logic.links if one.id == node.id), "")
    behind = graph.after[node] if kind.endswith("Convergent") else []
    return [conditions[one.id] for one in behind] if all(one.kind == "transition" for one in behind) else []


def check_options(recipe: MasterRecipe, place_of: dict[str, tuple[Place, str]], into: Findings) -> None:
    """Check that somebody's decision decides something.

    Args:
        recipe: The master recipe.
        place_of: Path and place for people of each element, by id.
        into: Where findings go.
    """
    logics = [recipe.logic, *(one.logic for one in recipe.walk())]
    sources = [one.condition for logic in logics for one in logic.transitions]
    sources += [one.phase.until for one in recipe.walk() if isinstance(one.phase, Repeat)]
    read = set()
    for source in sources:
        try:
            read |= {one.path for one in expressions.walk(expressions.parse(source)) if isinstance(one, Reference)}
        except expressions.ExpressionError:  # told of the condition itself
            continue
    for element in recipe.walk():
        if isinstance(element.phase, Decide) and not read & {(element.id, "choice"), ("choice",)}:
            options = ", ".join(element.phase.options)
            place, where = place_of[element.id]
            sentence = f"No transition reads what is decided here: {options}"
            into.warning("option-unread", (*place, "phase"), where, sentence, "Let a way depend on it, or instruct.")


@dataclass(slots=True)
class _Axis:
    """One quantity with the bounds that cut it, or one word with what it can be."""

    label: str
    bounds: dict[Fraction, str] = field(default_factory=dict)
    """Of a quantity: in root units, as written."""
    words: list[str] = field(default_factory=list)
    """Of a word: what it can be; empty for a quantity."""

    @property
    def size(self) -> int:
        return len(self.words) or 2 * len(self.bounds) + 1

    def at(self, bound: Fraction) -> int:
        """The cell of a bound: cells and bounds take turns, from below the first to above the last."""
        return 2 * sorted(self.bounds).index(bound) + 1

    def told(self, cells: Sequence[int]) -> str:
        """Some cells as a condition; "" for all."""
        if len(cells) == self.size:
            return ""
        if self.words:
            return " or ".join(f"{self.label} = {self.words[cell]}" for cell in cells)
        marks = [self.bounds[bound] for bound in sorted(self.bounds)]
        low, high = cells[0], cells[-1]
        if low == high and low % 2:
            return f"{self.label} = {marks[low // 2]}"
        parts = []
        if low:
            parts.append(f"{self.label} {'>=' if low % 2 else '>'} {marks[(low - 1) // 2]}")
        if high < self.size - 1:
            parts.append(f"{self.label} {'<=' if high % 2 else '<'} {marks[high // 2]}")
        return " and ".join(parts)


class _Space:
    """The quantities and words that some conditions compare."""

    def __init__(self, conditions: Iterable[Expression], scope: RecipeScope) -> None:
        self.axes: dict[str, _Axis] = {}
        self.scope = scope
        for condition in conditions:
            for one in _atoms(condition):
                self._add(one)

    def _add(self, atom: Expression) -> None:
        key, _operator, right = _compared(atom)
        axis = self.axes.setdefault(key, _Axis(key))
        if isinstance(right, Number):
            axis.bounds.setdefault(right.amount.in_root_units(), written(right))
        elif isinstance(right, Words):
            axis.words = axis.words or self._options(atom)
            axis.words += [right.text] if right.text not in axis.words else []
        elif isinstance(right, Truth):
            axis.words = ["true", "false"]
        else:
            axis.label, axis.bounds = key.rpartition(" ? ")[0], {Fraction(0): written(right)}

    def _options(self, atom: Expression) -> list[str]:
        left = next(one for one in expressions.walk(atom) if not isinstance(one, Binary | Words))
        named = self.scope.named(left.path) if isinstance(left, Reference) else None
        return list(named.options) if named is not None and named.options else [_OTHER]

    def holds(self, condition: Expression, cell: dict[str, int]) -> bool:
        """Whether a condition is true in a cell."""
        if isinstance(condition, Truth):
            return condition.value
        if isinstance(condition, Unary):
            return not self.holds(condition.operand, cell)
        if isinstance(condition, Binary) and condition.operator in ("and", "or"):
            sides = (self.holds(condition.left, cell), self.holds(condition.right, cell))
            return all(sides) if condition.operator == "and" else any(sides)
        key, operator, right = _compared(condition)
        axis, here = self.axes[key], cell[key]
        if axis.words:
            there = axis.words.index(right.text if isinstance(right, Words) else written(right))
        else:
            there = axis.at(right.amount.in_root_units() if isinstance(right, Number) else Fraction(0))
        return {
            "=": here == there, "!=": here != there, "<": here < there, "<=": here <= there, ">": here > there,
            ">=": here >= there,
        }[operator]  # fmt: skip


def _atoms(condition: Expression) -> list[Expression]:
    """The comparisons, and what is true or false of itself, of a condition."""
    match condition:
        case Truth():
            return []
        case Unary(operator="not", operand=operand):
            return _atoms(operand)
        case Binary(operator="and" | "or", left=left, right=right):
            return _atoms(left) + _atoms(right)
        case _:
            return [condition]


def _compared(atom: Expression) -> tuple[str, str, Expression]:
    """Key of the axis, the comparison, and what it is held against; with the name on its left."""
    if not isinstance(atom, Binary) or atom.operator not in COMPARISONS:
        return written(atom), "=", Truth(True)
    left, right, operator = atom.left, atom.right, str(atom.operator)
    if isinstance(left, Number | Words | Truth):
        left, right, operator = right, left, _MIRRORED.get(operator, operator)
    if isinstance(right, Number | Words | Truth):
        return written(left), operator, right
    return f"{written(left)} ? {written(right)}", operator, right


def uncovered(sources: Sequence[str], scope: RecipeScope) -> tuple[str, ...]:
    """Say for which values none of some conditions is true.

    Args:
        sources: The conditions, as written.
        scope: What they name.

    Returns:
        Regions, as conditions; none where all values are covered or none is, where a condition waits for a step or for
        time, or where this cannot be decided.
    """
    conditions = _read(sources, scope)
    if conditions is None:
        return ()
    if any(isinstance(one, StepState | Since) for own in conditions for one in expressions.walk(own)):
        return ()
    space = _Space(conditions, scope)
    axes = list(space.axes.items())
    if not axes or prod(axis.size for _key, axis in axes) > MOST_CELLS:
        return ()
    keys = [key for key, _axis in axes]
    left = {
        cells for cells in itertools.product(*(range(axis.size) for _key, axis in axes))
        if not any(space.holds(one, dict(zip(keys, cells, strict=True))) for one in conditions)
    }  # fmt: skip
    if len(left) == prod(axis.size for _key, axis in axes):
        return ()  # conditions that can never be true are told of each
    regions: list[list[list[int]]] = []
    open_cells = set(left)
    while open_cells and len(regions) < MOST_REGIONS:
        box = _widened(min(open_cells), [axis for _key, axis in axes], left)
        regions.append(box)
        open_cells -= set(itertools.product(*box))
    return tuple(
        " and ".join(filter(None, (axis.told(cells) for (_key, axis), cells in zip(axes, box, strict=True))))
        for box in regions
    )


def _widened(
    start: tuple[int, ...], axes: Sequence[_Axis], left: set[tuple[int, ...]]
) -> list[list[int]]:
    """The widest box of open cells around one, axis by axis."""
    box = [[cell] for cell in start]
    for number, axis in enumerate(axes):
        down, up = range(start[number] - 1, -1, -1), range(start[number] + 1, axis.size)
        stopped = {False: False, True: False}
        for cell in (*down, *up):
            upwards = cell > start[number]
            if stopped[upwards] and not axis.words:
                continue
            wider = [*box[:number], [cell], *box[number + 1 :]]
            if all(one in left for one in itertools.product(*wider)):
                box[number] = sorted([*box[number], cell])
            else:
                stopped[upwards] = True
    return box


def _read(sources: Sequence[str], scope: RecipeScope) -> list[Expression] | None:
    """The conditions; None where one has faults, which are told of it alone."""
    found = []
    for source in sources:
        try:
            expression = expressions.parse(source)
        except expressions.ExpressionError:
            return None
        kind, faults = check(expression, scope)
        if faults or not kind.is_like(YES_OR_NO):
            return None
        found.append(expression)
    return found


def always_true(source: str) -> bool:
    """Say whether a condition is true whatever happens.

    Args:
        source: The condition, as written.

    Returns:
        Whether it names nothing and is true.
    """
    try:
        expression = expressions.parse(source)
        if any(isinstance(one, Reference | StepState | Since) for one in expressions.walk(expression)):
            return False
        return evaluate(expression, Given()) is True
    except BatchwrightError:
        return False
