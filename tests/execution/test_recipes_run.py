"""Whole recipes come to their end whatever operators choose, and each phase is performed once for each run of it."""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwright.execution.marking import Known, split
from batchwright.execution.plan import Plan
from batchwright.execution.states import State
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import expressions
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
from batchwright.recipes.expressions import Binary, Number, Reference
from batchwright.recipes.phases import (
    Attach,
    Automated,
    Calculate,
    Charge,
    Decide,
    Dispense,
    Enter,
    Repeat,
    Scan,
    Wait,
    Weigh,
)
from batchwright.recipes.procedure import MasterRecipe, RecipeElement
from tests.execution.graphs import Floor
from tests.recipes.examples import NAMES, example

COUGH_SYRUP = Path(os.environ.get("BATCHWRIGHT_DATA", "../shared/data")) / "batchml" / "cough_syrup_v02.xml"
LONGEST = 160
T = TypeVar("T")
GOOD_OR_BAD = (0, 3)
"""What is entered: 0 anything, 1 below what is asked for, 2 and 3 above it."""


class Pick(Protocol):
    """How operators choose."""

    def number(self, low: int, high: int) -> int:
        """A whole number."""

    def one(self, of: Sequence[T]) -> T:
        """One of several."""


@dataclass
class Drawn:
    """Chosen by hypothesis."""

    data: st.DataObject

    def number(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))

    def one(self, of: Sequence[T]) -> T:
        return self.data.draw(st.sampled_from(of))


class Thrown:
    """Chosen by a die that falls alike each time, by operators whose values are good."""

    def __init__(self, seed: int) -> None:
        self.die = random.Random(seed)

    def number(self, low: int, high: int) -> int:
        return self.die.choice((1, 2, 2, 2, 2, 2)) if (low, high) == GOOD_OR_BAD else self.die.randint(low, high)

    def one(self, of: Sequence[T]) -> T:
        return self.die.choice(of)


def number(unit: str, of: float) -> Quantity:
    return Quantity(Decimal(round(of, 3)).quantize(Decimal("0.001")), unit)


def values(floor: Floor, path: str, pick: Pick, turn: int) -> dict[str, Known]:
    """What an operator who enters anything at all leaves; late in the day every choice has its turn."""
    element = floor.plan.elements[split(path)[1]]
    phase = element.phase
    visits = {one.path: one for one in floor.marking.visits}
    place = Surroundings.of(floor.plan, visits, floor.facts, path)
    match phase:
        case Enter() | Attach() | Repeat():
            found = {one.id: entered(floor, element.id, one, pick) for one in phase.entries}
            return found | ({"count": Quantity("15", "1")} if isinstance(phase, Repeat) else {})
        case Calculate():
            found = {}
            for one in phase.results:
                try:
                    worth = place.worth(one.formula)
                except DomainError:  # what it stands on was left out, or is zero
                    worth = Surroundings.of(floor.plan, visits, floor.facts, "").worth(f"1 {one.unit}")
                found[one.id] = number(one.unit, float(worth.value)) if hasattr(worth, "value") else worth
            return found
        case Automated():
            return {one.id: entered(floor, element.id, one, pick) for one in phase.results}
        case Scan():
            return {"code": "X"}
        case Weigh():
            return {"net": number(phase.unit, pick.number(1, 99_999) / 100)}
        case Dispense() | Charge():
            return {one: Quantity("1", "kg") for one in phase.inputs}
        case Wait():
            return {"waited": Quantity("60", "s")}
        case Decide():
            return {"choice": phase.options[turn % len(phase.options)] if turn > 50 else pick.one(phase.options)}
        case _:
            return {}


def entered(floor: Floor, element: str, one: Any, pick: Pick) -> Known:
    """Within the limits, on either side of what a condition asks for, or anything."""
    if one.type != "number":
        return pick.one(one.options) if getattr(one, "options", ()) else "as it is"
    asked = compared(floor.plan, element, one.id)
    limits = [] if one.limits is None else one.limits.in_order
    what = pick.number(*GOOD_OR_BAD)
    if asked and what:
        bound = pick.one(asked).to(one.unit)
        return number(one.unit, float(bound.value) * (1.02 if what > 1 else 0.98))
    if limits and what:
        limit: Quantity = pick.one(limits)
        return limit.to(one.unit)
    return number(one.unit, pick.number(0, 20_000) / 100)


def compared(plan: Plan, element: str, field: str) -> list[Quantity]:
    """The amounts that conditions and proposals of the recipe hold a result against."""
    sources = [condition for level in plan.levels.values() for condition in level.conditions.values()]
    sources += [
        one.phase.formula for one in plan.elements.values() if isinstance(one.phase, Decide) and one.phase.formula
    ]
    found = []
    for source in sources:
        for one in expressions.walk(expressions.parse(source)):
            if isinstance(one, Binary) and one.left == Reference((element, field)):
                if isinstance(one.right, Number):
                    found.append(one.right.amount)
                elif isinstance(one.right, Reference):
                    name = one.right.path[-1]
                    found += [
                        value for path, value in plan.values.items()
                        if path.rpartition("/")[2] == name and isinstance(value, Quantity)
                    ]  # fmt: skip
    return found


def run(floor: Floor, pick: Pick, longest: int = LONGEST) -> Floor:
    """Operators who perform any of what can be performed, in any order."""
    for turn in range(longest):
        outlook = floor.outlook
        if outlook.status == "performing":
            path = pick.one(outlook.to_perform)
            floor.do(path, values(floor, path, pick, turn))
        elif outlook.status == "time":
            floor.pass_time(hours=2)
        elif outlook.status == "question":
            floor.decide(pick.one(outlook.questions[0].options))
        else:
            return floor
    return floor


def once_per_run(floor: Floor) -> None:
    begun = [one.path for one in floor.events if one.kind == "started"]
    ended = [one.path for one in floor.events if one.kind == "completed" and one.path]
    assert len(set(begun)) == len(begun)
    assert len(set(ended)) == len(ended)
    if floor.marking.state is State.COMPLETE:
        assert sorted(begun) == sorted(ended)
        assert floor.marking.tokens == ()
        assert set(floor.facts.done) <= set(ended)


@pytest.mark.requirement("11.10(f)")
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_example_runs_to_its_end_or_says_why_it_does_not(name: str, data: st.DataObject) -> None:
    floor = run(Floor.started(Plan(example(name))), Drawn(data))
    once_per_run(floor)
    outlook = floor.outlook
    if outlook.status != "ended":
        # a loop of which the operators do not tire, or values for which the recipe names no way; then it says so
        assert outlook.status == "performing" or "none is true yet of" in outlook.sentence, outlook.sentence
    else:
        assert floor.marking.state is State.COMPLETE


@pytest.mark.parametrize("name", NAMES)
def test_an_example_comes_to_its_end(name: str) -> None:
    for seed in range(60):
        floor = run(Floor.started(Plan(example(name))), Thrown(seed), 400)
        if floor.outlook.status == "ended":
            break
    assert floor.state == State.COMPLETE
    once_per_run(floor)
    # what was performed is what the chosen way asks for: every run of every phase has its facts
    runs = {one.path for one in floor.marking.visits if one.path}
    performed = {path for path in runs if floor.plan.elements[split(path)[1]].level == "phase"}
    assert performed == set(floor.facts.done)
    print(f"{name}: seed {seed}, {len(performed)} phases in {len(runs)} runs")


# ----------------------------------------------------------------------------------------------------- cough syrup
def repaired(recipe: MasterRecipe) -> MasterRecipe:
    """The cough syrup with its defects mended: conditions are true, and no step loops to itself."""

    def mended(element: RecipeElement | MasterRecipe) -> Any:
        logic = element.logic
        own = {step.id for step in logic.steps}
        loops = {
            transition.id
            for transition in logic.transitions
            for into in logic.links
            for out in logic.links
            if into.source and out.target and into.target and out.source
            and into.target.id == transition.id == out.source.id and into.source.id == out.target.id in own
        }  # fmt: skip
        links = tuple(
            link for link in logic.links
            if not (link.source and link.target and (link.source.id == link.target.id
                    or (link.target.id in loops and link.source.id in own)))
        )  # fmt: skip
        transitions = tuple(one.model_copy(update={"condition": "true"}) for one in logic.transitions)
        kept = {"logic": logic.model_copy(update={"links": links, "transitions": transitions})}
        return element.model_copy(update={**kept, "elements": tuple(mended(one) for one in element.elements)})

    return mended(recipe)  # type: ignore[no-any-return]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_cough_syrup_runs_to_its_end_with_all_its_phases(seed: int) -> None:
    if not COUGH_SYRUP.exists():
        pytest.skip(f"{COUGH_SYRUP} is not there: the reference data of third parties are not part of the project")
    plan = Plan(repaired(read_master_recipe(COUGH_SYRUP.read_bytes(), COUGH_SYRUP.name).recipe))
    floor = Floor.started(plan)
    widest = 0
    while floor.outlook.to_perform:
        paths = floor.outlook.to_perform
        widest = max(widest, len(paths))
        floor.do(paths[seed * (len(paths) - 1)])
    assert floor.marking.state is State.COMPLETE, floor.outlook.sentence
    print(f"{len(floor.done)} phases, up to {widest} at once")
    assert len(set(floor.done)) == len(floor.done) == 36
    assert widest == 6
    once_per_run(floor)


def test_the_cough_syrup_as_it_came_says_where_it_is_stuck() -> None:
    if not COUGH_SYRUP.exists():
        pytest.skip(f"{COUGH_SYRUP} is not there: the reference data of third parties are not part of the project")
    recipe = read_master_recipe(COUGH_SYRUP.read_bytes(), COUGH_SYRUP.name).recipe
    floor = Floor.started(recipe).run()
    assert floor.outlook.status == "stuck"
    assert "the recipe has no such step: Start" in floor.outlook.sentence
