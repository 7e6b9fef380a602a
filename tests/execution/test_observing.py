"""What a batch tells its twin: each value at the age and with the amounts of its own round."""

from pathlib import Path

import pytest

from batchwright.execution.observing import entered_as, in_unit, observed, twin_of
from batchwright.execution.plan import Plan
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import text
from batchwright.recipes.evaluation import Size
from tests.execution.graphs import Floor

CULTURE = (Path(__file__).parents[1] / "site" / "culture.yaml").read_text("utf-8")
DAY = {
    "vcd": "2.00 10*6{cells}/mL", "viability": "98.0 %", "glucose": "1.80 g/L", "glutamine": "6.00 mmol/L",
    "lactate": "0.90 g/L", "ammonia": "1.0 mmol/L", "titre": "0.10 g/L",
}  # fmt: skip


def amounts(**values: str) -> dict[str, Quantity]:
    return {name: Quantity.parse(value) for name, value in values.items()}


def floor() -> Floor:
    return Floor.started(text.read(CULTURE).recipe)


def running(on: Floor, element: str) -> str:
    """The run of a phase that waits to be performed."""
    return next(path for path in on.outlook.to_perform if path.rpartition("/")[2].split("#")[0] == element)


def day(on: Floor, age: int, choice: str = "on", **changed: str) -> Floor:
    on = on.do(running(on, "day"), amounts(age=f"{age} d", **{**DAY, **changed}))
    return on.do(running(on, "next"), {"choice": choice})


def test_values_come_in_the_units_of_the_twin_at_the_age_of_their_round() -> None:
    on = floor().do("make/culture/run/charge")
    on = on.do(running(on, "inoculate"), amounts(vcd="0.55 10*6{cells}/mL", volume="1400 L"))
    on = day(on, 1)
    on = day(on, 3, "feed", glucose="3.60 g/L")
    on = on.do(running(on, "feed"))
    on = day(on, 4, "sugar", glucose="2.00 g/L")
    on = on.do(running(on, "dose"), amounts(volume="14.0 L"))
    on = on.do(running(on, "sugar"))
    found = observed(on.plan, {one.path: one for one in on.marking.visits}, on.facts)
    assert found is not None
    assert [float(age) for age in found.ages] == [24, 72, 96]
    assert set(found.rounds.values()) == {3}
    glucose = [in_unit(one.size, "mmol/L") for one in found.told if one.output == "Glc"]
    assert glucose == pytest.approx([9.9911, 19.982, 11.101], rel=1e-4), "each of its own round"
    assert in_unit(found.started["Xv"], "{cell}/L") == pytest.approx(5.5e8)
    added = [(one.addition.id, float(one.age_h), in_unit(one.volume, "L")) for one in found.added]
    assert added == [("portion", 72.0, 84.0), ("sugar", 96.0, 14.0)]
    assert (float(found.until_h), found.unread) == (336.0, ())
    with pytest.raises(DomainError, match="do not mix"):
        in_unit(found.started["V"], "kg")


def test_what_is_not_there_yet_is_left_to_the_frozen_set() -> None:
    found = observed(Plan(text.read(CULTURE).recipe), {}, floor().facts)
    assert found is not None
    assert (found.started, found.told, found.added, found.ages) == ({}, (), (), ())
    assert set(found.planned_volumes) == {"portion"}
    assert not found.refills, "the volume that it is reckoned for is not known"


def test_outputs_are_called_as_people_enter_them() -> None:
    plan = Plan(text.read(CULTURE).recipe)
    found = twin_of(plan)
    assert found is not None
    entered = entered_as(plan, found[1])
    assert (entered["Glc"].name, entered["Glc"].unit, entered["Glc"].decimals) == ("Glucose", "g/L", 2)
    assert in_unit(entered["Glc"].in_twin, "mmol/L") == pytest.approx(5.5506, rel=1e-4)
    assert isinstance(entered["titre"].in_twin, Size)


def test_a_recipe_without_a_twin_tells_nothing() -> None:
    before, _, behind = CULTURE.partition("        twin:")
    source = before + behind[behind.index("        elements:\n          - id: run") :]
    plan = Plan(text.read(source).recipe)
    assert twin_of(plan) is None
    assert observed(plan, {}, floor().facts) is None
