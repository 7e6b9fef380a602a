"""Each name in a running recipe means the nearest thing of that name, or is refused."""

from datetime import timedelta
from typing import Any

import pytest

from batchwright.execution.marking import Facts
from batchwright.execution.states import Command
from batchwright.execution.surroundings import Surroundings, seconds
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import text
from batchwright.recipes.evaluation import Size
from tests.execution.graphs import START, Floor

RECIPE = text.read("""
id: R
formula:
  parameters:
    - {id: speed, value: 1 Hz}
    - {id: colour, value: {text: white}}
    - {id: grade, value: {choice: A, of: [A, B]}}
    - {id: double, value: {formula: speed * 2, unit: Hz}}
    - {id: third, value: {formula: speed / 3, unit: Hz}, rounding: {decimals: 2}}
    - {id: ring, value: {formula: chain + 1 Hz, unit: Hz}}
    - {id: chain, value: {formula: ring + 1 Hz, unit: Hz}}
    - {id: foreign, value: {written: "5", unit: Kilolitres}}
elements:
  - id: p
    level: procedure
    logic: {flow: [begin -> u -> v -> end]}
    elements:
      - id: u
        level: unit procedure
        name: Mix
        parameters: [{id: speed, value: 5 Hz}, {id: own, value: {formula: speed * 3, unit: Hz}}]
        logic: {flow: [begin -> o -> end]}
        elements:
          - id: o
            level: operation
            name: Same
            logic: {flow: [begin -> first -> twice -> end], steps: [{id: twice, element: second}]}
            elements:
              - {id: first, level: phase, name: First, phase: {kind: enter, entries: [{id: t, unit: Cel}]}}
              - {id: second, level: phase, name: Second, phase: {kind: enter, entries: [{id: t, unit: Cel}]}}
      - id: v
        level: unit procedure
        logic: {flow: [begin -> w -> end]}
        elements:
          - id: w
            level: operation
            name: Same
            logic: {flow: [begin -> z -> end]}
            elements: [{id: z, level: phase, phase: {kind: instruct, text: do}}]
""").recipe


def floor() -> Floor:
    return Floor.started(RECIPE).do("first", {"t": Quantity("20", "Cel")})


def worth(source: str, path: str = "p/u/o", on: Floor | None = None, **facts: Any) -> str:
    on = on or floor()
    known = Facts(on.facts.now + timedelta(seconds=90.5), on.facts.done, **facts)
    found = Surroundings.of(on.plan, {one.path: one for one in on.marking.visits}, known, path).worth(source)
    return f"{found.value} {found.unit}" if isinstance(found, Size) else str(found)


@pytest.mark.parametrize(
    ("source", "path", "result"),
    [
        ("speed", "p/u/o", "5 Hz"),
        ("speed", "", "1 Hz"),
        ("double", "p/u/o", "2 Hz"),  # a formula means what is around it where it is written
        ("u.own", "", "15 Hz"),
        ("own", "p/u/o", "15 Hz"),
        ("third", "", "33/100 Hz"),
        ("u.speed", "", "5 Hz"),
        ('colour = "white"', "", "True"),
        ('grade = "B"', "", "False"),
        ("first.t", "", "20 Cel"),
        ("first complete", "p/u/o", "True"),
        ("First complete", "", "True"),
        ("twice running", "p/u/o", "True"),
        ("second started", "p/u/o", "True"),
        ("z started", "", "False"),
        ("begin complete", "p/u/o", "True"),
        ("Mix running", "", "True"),
        ("time since first complete >= 90 s", "p/u/o", "True"),
        ("time since first complete", "p/u/o", "181/2 s"),
        ("time since begin started >= 90 s", "p/u/o", "True"),
        ("time since begin complete >= 90 s", "p/u/o", "True"),
    ],
)
def test_the_nearest_thing_of_a_name_is_meant(source: str, path: str, result: str) -> None:
    assert worth(source, path) == result


@pytest.mark.parametrize(
    ("source", "path", "why"),
    [
        ("second.t", "p/u/o", "second.t has no value yet"),
        ("foreign", "", "foreign has no value yet"),
        ("t", "p/u/o/twice", "t has no value yet"),
        ("time since second complete", "p/u/o", "has no value yet"),
        ("time since z complete", "p/u/o", "has no value yet"),
        ("ring", "", "refer to each other in a circle"),
        ("nobody", "", "the recipe has no such value: nobody"),
        ("nobody.t", "", "the recipe has no such value"),
        ("nobody complete", "", "the recipe has no such step: nobody"),
        ("Same complete", "p/u/o/second", "this name means more than one step: Same .limit: o, w"),
    ],
)
def test_what_is_not_known_or_not_clear_is_refused(source: str, path: str, why: str) -> None:
    path = path.replace("twice", "second")
    on = floor()
    if "Same" in source:
        on = on.do("second", {"t": Quantity("1", "Cel")})
        path = "p"
    with pytest.raises(DomainError, match=why):
        worth(source, path, on)


def test_a_running_phase_knows_what_it_has_until_now() -> None:
    so_far = {"p/u/o/second": {"t": Quantity("7", "Cel")}}
    assert worth("t", "p/u/o/second", so_far=so_far) == "7 Cel"
    assert worth("second.t", "p/u/o/second", so_far=so_far) == "7 Cel"


def test_a_step_that_was_reset_has_not_begun() -> None:
    on = Floor.started(RECIPE)
    on.command(Command.STOP, "p/u/o/first").command(Command.RESET, "p/u/o/first")
    assert worth("first started", "p/u/o", on) == "False"


def test_time_is_exact() -> None:
    assert str(seconds(timedelta(days=1, seconds=1, microseconds=500_000))) == "86401.5 s"
    assert str(seconds(START - START)) == "0 s"
