"""What has changed between two versions of a recipe, in the words of those who approve it.

Parts are matched by id, so that a change is told where it is: "limit of pH narrowed 6.8 to 7.4 -> 6.9 to 7.3", "step X
moved before Y", "phase Z added after W". Nothing is left out: two recipes without a difference are equal, and the other
way round.
"""

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from batchwright.kernel.quantity import Quantity
from batchwright.recipes import expressions
from batchwright.recipes.logic_graph import LogicGraph
from batchwright.recipes.procedure import (
    Link,
    MasterRecipe,
    ProcedureLogic,
    RecipeElement,
    Step,
    Transition,
)
from batchwright.recipes.values import ChoiceValue, FormulaValue, Limits, Part, TextValue, Unread

LONGEST = 120
_WORDS = {
    "at_least": "least time", "at_most": "most time", "cqas": "quality attributes", "mass_per_unit": "mass per unit",
    "second_person": "check by a second person", "compensated_by": "compensating excipient", "every": "interval",
    "balance_tolerance": "tolerance of the balance", "sub_type": "sort", "expects": "what is expected",
}  # fmt: skip
_NOUNS = {
    "parameters": "parameter", "equipment": "equipment requirement", "controls": "in-process control",
    "samples": "sampling point", "yields": "expected yield", "holds": "hold time", "entries": "entry",
    "results": "result",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One change."""

    where: str
    """Names from the outside in, such as ``Granulation / Dry``; "" for the recipe itself."""
    sentence: str
    """Without a capital and a full stop, to stand behind the place."""

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}" if self.where else self.sentence


def differences(old: MasterRecipe, new: MasterRecipe) -> tuple[Difference, ...]:
    """Tell what has changed.

    Args:
        old: The version before.
        new: The version after.

    Returns:
        Differences from the outside in; empty where both are equal.
    """
    comparer = _Comparer()
    comparer.fields(old, new, "", "")
    return tuple(comparer.found)


def _called(part: Any) -> str:
    return str(getattr(part, "name", "") or part.id)


def _shown(value: Any) -> str:
    match value:
        case None | "" | ():
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case TextValue(text=text) | FormulaValue(formula=text) | ChoiceValue(choice=text):
            shown = text
        case Unread(written=written, unit=unit):
            shown = f"{written} {unit}".strip()
        case Part():
            inside = ((name, getattr(value, name)) for name in type(value).model_fields)
            shown = ", ".join(f"{_words(name)} {_shown(one)}" for name, one in inside if one not in (None, "", ()))
        case tuple():
            shown = "; ".join(_shown(one) for one in value)
        case _ if hasattr(value, "isoformat"):
            shown = value.isoformat()
        case _:
            shown = str(value)
    return shown


def _same_start(old: str, new: str) -> int:
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    return sum(1 for _ in same)


def _both(before: Any, after: Any) -> str:
    """Old and new; where they are long, from shortly before they part."""
    old, new = _shown(before), _shown(after)
    if max(len(old), len(new)) > LONGEST:
        start = max(0, _same_start(old, new) - 30)
        old, new = (
            ("..." if start else "") + one[start : start + LONGEST] + ("..." if len(one) > start + LONGEST else "")
            for one in (old, new)
        )
    return f"{old} -> {new}"


def _words(field: str) -> str:
    return _WORDS.get(field, field.replace("_", " "))


class _Comparer:
    def __init__(self) -> None:
        self.found: list[Difference] = []

    def say(self, where: str, sentence: str) -> None:
        self.found.append(Difference(where, sentence))

    def fields(self, old: Part, new: Part, where: str, of: str) -> None:
        """Compare two parts of one kind, field by field."""
        for field in type(old).model_fields:
            before, after = getattr(old, field), getattr(new, field)
            if _alike(before, after):
                continue
            if field not in ("elements", "logic"):
                self.field(field, before, after, where, of)
        if isinstance(old, MasterRecipe | RecipeElement) and isinstance(new, MasterRecipe | RecipeElement):
            self.level(old, new, where)

    def field(self, field: str, before: Any, after: Any, where: str, of: str) -> None:
        behind = f" of {of}" if of else ""
        if field == "uninterrupted":
            self.say(where, "must not be interrupted from now on" if after else "may be interrupted now")
        elif field.endswith("limits") or isinstance(before or after, Limits):
            self.say(where, _limits(before, after, behind))
        elif _have_ids(before) and _have_ids(after):
            self.members(_NOUNS.get(field, _words(field)), before, after, where)
        elif (
            isinstance(before, Part) and type(before) is type(after) and not isinstance(before, TextValue | ChoiceValue)
        ):
            self.fields(
                before, after, where, of if field in ("header", "phase", "formula") else f"{_words(field)}{behind}"
            )
        elif field in ("condition", "formula", "until") and _same_meaning(before, after):
            self.say(where, f"{_words(field)}{behind} written otherwise, with the same meaning")
        else:
            self.say(where, f"{_words(field)}{behind} changed {_both(before, after)}")

    def members(self, noun: str, before: Sequence[Any], after: Sequence[Any], where: str) -> None:
        """Compare parts that have ids."""
        old, new = {one.id: one for one in before}, {one.id: one for one in after}
        if len(old) < len(before) or len(new) < len(after):  # ids stand twice in a draft
            self.say(where, f"{noun}s changed {_both(tuple(before), tuple(after))}")
            return
        for name in (one for one in old if one not in new):
            self.say(where, f"{noun} {_called(old[name])} removed")
        for name, one in new.items():
            if name not in old:
                self.say(where, f"{noun} {_called(one)} added: {_shown(one)}")
            elif not _alike(old[name], one):
                self.fields(old[name], one, where, _called(one))
        for sentence in _moves(
            [one for one in old if one in new], list(new), noun, {name: _called(new[name]) for name in new}
        ):
            self.say(where, f"{sentence} in the text")

    def level(self, old: MasterRecipe | RecipeElement, new: MasterRecipe | RecipeElement, where: str) -> None:
        """Compare the elements of one level and the logic between them."""
        before, after = {one.id: one for one in old.elements}, {one.id: one for one in new.elements}
        order, names = _order(new), {name: _called(one) for name, one in after.items()}
        told = len(self.found)
        if len(before) < len(old.elements) or len(after) < len(new.elements):
            if old.elements != new.elements:
                self.say(where, "elements whose ids stand twice changed")
            before = after = {}
        for name in (one for one in before if one not in after):
            self.say(where, f"{before[name].level} {_called(before[name])} removed")
        for name in (one for one in order if one in after and one not in before):
            earlier = [one for one in order[: order.index(name)] if one in after]
            place = f"after {names[earlier[-1]]}" if earlier else "at the beginning"
            self.say(where, f"{after[name].level} {names[name]} added {place}")
        for sentence in _moves([one for one in _order(old) if one in after and one in before], order, "step", names):
            self.say(where, sentence)
        self.logic(old.logic, new.logic, where, {*before} ^ {*after}, told)
        for name, element in after.items():
            if name in before and not _alike(before[name], element):
                inside = f"{where} / {names[name]}" if where else names[name]
                self.fields(before[name], element, inside, "")
        if len(self.found) == told and [*before] != [*after]:
            self.say(where, "elements written in another order, the procedure is the same")

    def logic(self, old: ProcedureLogic, new: ProcedureLogic, where: str, changed: set[str], told: int) -> None:
        """Compare the graph of a level; `told` is how many differences there were before its steps were compared."""
        if _alike(old, new):
            return
        moved = len(self.found) > told
        self.ids("transition", old.transitions, new.transitions, where)
        self.ids("step", old.steps, new.steps, where, leave_out=changed)
        if moved:  # the lines follow the steps that moved, came or went: one sentence is enough
            self.lines(old.links, new.links, where)
        self.ids("link", old.links, new.links, where, only_common=moved)
        if len(self.found) == told:
            self.say(where, "procedure logic written otherwise, with the same steps")

    def lines(self, before: Sequence[Link], after: Sequence[Link], where: str) -> None:
        old, new = {one.id for one in before}, {one.id for one in after}
        gone = [one.id for one in before if one.id not in new]
        come = [one.id for one in after if one.id not in old]
        parts = [f"{word} {', '.join(ids)}" for word, ids in (("without", gone), ("with", come)) if ids]
        if parts:
            self.say(where, f"links {' and '.join(parts)}")

    def ids(
        self, noun: str, before: Sequence[Step | Transition | Link], after: Sequence[Step | Transition | Link],
        where: str, *, leave_out: set[str] | None = None, only_common: bool = False,
    ) -> None:  # fmt: skip
        """Compare parts of the logic; the steps of elements that come and go are left out."""
        out = leave_out or set()
        old, new = {one.id: one for one in before}, {one.id: one for one in after}
        for name, one in old.items():
            if name not in new and not only_common and not _stands_for(one, out):
                self.say(where, f"{noun} {name} removed" + _condition(one))
        for name, one in new.items():
            if name in old and not _alike(old[name], one):
                self.fields(old[name], one, where, name)
            elif name not in old and not only_common and not _stands_for(one, out):
                self.say(where, f"{noun} {name} added" + _condition(one))
        if noun != "step" and [one for one in old if one in new] != [one for one in new if one in old]:
            self.say(where, f"order of the {noun}s changed")


def _condition(one: Step | Transition | Link) -> str:
    return f": {one.condition or 'no condition'}" if isinstance(one, Transition) else ""


def _stands_for(one: Step | Transition | Link, elements: set[str]) -> bool:
    return isinstance(one, Step) and one.element in elements


def _alike(before: Any, after: Any) -> bool:
    return bool(before == after)


def _have_ids(parts: Any) -> bool:
    return isinstance(parts, tuple) and all(isinstance(one, Part) and hasattr(one, "id") for one in parts)


def _same_meaning(before: Any, after: Any) -> bool:
    try:
        return expressions.parse(str(before)) == expressions.parse(str(after))
    except expressions.ExpressionError:
        return False


def _limits(before: Limits | None, after: Limits | None, behind: str) -> str:
    if before is None or after is None:
        return f"limit{behind} {'added' if before is None else 'removed'} {after or before}"
    lows = _moved(before.action_low or before.alert_low, after.action_low or after.alert_low, rising=True)
    highs = _moved(before.action_high or before.alert_high, after.action_high or after.alert_high, rising=False)
    moved = {lows, highs} - {""}
    if not moved:
        return f"limit{behind} changed {_both(before, after)}"
    how = moved.pop() if len(moved) == 1 else "moved"
    return f"limit{behind} {how} {before} -> {after}"


def _moved(before: Quantity | None, after: Quantity | None, *, rising: bool) -> str:
    if before == after:
        return ""
    if before is None or after is None:
        return "narrowed" if before is None else "widened"
    if (
        before.measured_in.dimension != after.measured_in.dimension
        or before.measured_in.is_point != after.measured_in.is_point
    ):
        return "moved"
    return "narrowed" if (after > before) == rising else "widened"


def _order(level: MasterRecipe | RecipeElement) -> list[str]:
    """Ids of elements in the order of their steps, then those without a step."""
    steps = {step.id: step.element for step in level.logic.steps}
    drawn = [steps[node.id] for node in LogicGraph.of(level.logic).in_order() if node.kind == "step" and steps[node.id]]
    return [*dict.fromkeys(drawn), *(one.id for one in level.elements if one.id not in drawn)]


def _moves(before: list[str], after: list[str], noun: str, names: dict[str, str]) -> list[str]:
    """The fewest parts that have moved, and where to: those outside the longest run that kept its order."""
    common = [one for one in after if one in set(before)]
    place = {name: index for index, name in enumerate(before)}
    kept = _longest_rising([place[name] for name in common])
    found = []
    for index, name in enumerate(common):
        if index not in kept:
            behind = common[index + 1 :]
            where = f"before {names[behind[0]]}" if behind else f"after {names[common[index - 1]]}"
            found.append(f"{noun} {names[name]} moved {where}")
    return found


def _longest_rising(values: list[int]) -> set[int]:
    """Positions of a longest rising run of different numbers."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        length = bisect_left(tails, value)
        before.append(at[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        at[length : length + 1] = [index]
    kept, position = set(), at[-1] if at else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept
