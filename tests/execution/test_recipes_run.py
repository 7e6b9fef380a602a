"""Whole recipes come to their end whatever operators choose, and each phase is performed once for each run of it."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwright.execution.marking import Known, split
from batchwright.execution.plan import Plan
from batchwright.execution.states import State
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import text
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
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

EXAMPLES = Path(text.__file__).parent / "examples"
COUGH_SYRUP = Path(os.environ.get("BATCHWRIGHT_DATA", "../shared/data")) / "batchml" / "cough_syrup_v02.xml"
PLANS = {
    path.stem: Plan(text.read(path.read_text(encoding="utf-8")).recipe) for path in sorted(EXAMPLES.glob("*.yaml"))
}
LONGEST = 160


def number(unit: str, of: float) -> Quantity:
    return Quantity(Decimal(round(of, 3)).quantize(Decimal("0.001")), unit)


def values(floor: Floor, path: str, draw: Any, tired: bool) -> dict[str, Known]:
    """What an operator who enters anything at all leaves; a tired one enters what leads to the end."""
    element = floor.plan.elements[split(path)[1]]
    phase = element.phase
    visits = {one.path: one for one in floor.marking.visits}
    place = Surroundings.of(floor.plan, visits, floor.facts, path)
    match phase:
        case Enter() | Attach() | Repeat():
            found = {one.id: entered(one, draw) for one in phase.entries}
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
            return {one.id: entered(one, draw) for one in phase.results}
        case Scan():
            return {"code": "X"}
        case Weigh():
            return {"net": number(phase.unit, draw(st.integers(1, 99_999)) / 100)}
        case Dispense() | Charge():
            return {one: Quantity("1", "kg") for one in phase.inputs}
        case Wait():
            return {"waited": Quantity("60", "s")}
        case Decide():
            return {"choice": phase.options[-1] if tired else draw(st.sampled_from(phase.options))}
        case _:
            return {}


def entered(one: Any, draw: Any) -> Known:
    if one.type != "number":
        return draw(st.sampled_from(one.options)) if getattr(one, "options", ()) else "as it is"
    # what lies in the limits more often than not, so that loops end
    limits = one.limits
    low, high = (limits.action_low, limits.action_high) if limits is not None else (None, None)
    if draw(st.integers(0, 3)) and (low or high):
        found: Quantity = next(limit for limit in (low, high) if limit is not None)
        return found.to(one.unit)
    return number(one.unit, draw(st.integers(0, 20_000)) / 100)


def run(floor: Floor, draw: Any) -> Floor:
    """Operators who perform any of what can be performed, in any order."""
    for turn in range(LONGEST):
        outlook = floor.outlook
        if outlook.status == "performing":
            path = draw(st.sampled_from(outlook.to_perform))
            floor.do(path, values(floor, path, draw, turn > 50))
        elif outlook.status == "time":
            floor.pass_time(hours=2)
        elif outlook.status == "question":
            floor.decide(draw(st.sampled_from(outlook.questions[0].options)))
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
@pytest.mark.parametrize("name", sorted(PLANS))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_example_runs_to_its_end_or_says_why_it_does_not(name: str, data: st.DataObject) -> None:
    floor = run(Floor.started(PLANS[name]), data.draw)
    once_per_run(floor)
    outlook = floor.outlook
    if outlook.status != "ended":
        # a loop of which the operators do not tire, or values for which the recipe names no way; then it says so
        assert outlook.status == "performing" or "none is true yet of" in outlook.sentence, outlook.sentence
    else:
        assert floor.marking.state is State.COMPLETE


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
