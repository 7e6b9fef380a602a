"""The control recipe is the effective master for one batch; a redline changes it and never the master."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from batchwright.execution.control_recipe import ControlRecipe, LotPotency, canonical, digest, make, with_potency
from batchwright.execution.engine import idle
from batchwright.execution.marking import Marking
from batchwright.execution.redlines import (
    AddPhase,
    BindUnit,
    Change,
    ChangeLimits,
    ChangeParameter,
    SkipPhase,
    redline,
)
from batchwright.execution.states import Command, State
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import text
from batchwright.recipes.flow import expanded
from batchwright.recipes.procedure import EquipmentRequirement, Formula, MasterRecipe, RecipeElement
from batchwright.recipes.values import Limits
from batchwright.record import canonical as record_canonical
from tests.execution.graphs import START, Floor

SOURCE = """
id: R
version: "2"
header:
  effective: 2026-01-01T00:00:00Z
  expires: 2027-01-01T00:00:00Z
  batch_size: {nominal: 100 kg, minimum: 50 kg, maximum: 200 kg}
formula:
  parameters:
    - id: api
      kind: input
      value: 60.000 kg
      scaling: {rule: potency, compensated_by: lactose}
      rounding: {decimals: 3}
    - {id: lactose, kind: input, value: 40.000 kg, scaling: {rule: proportional}, rounding: {decimals: 3}}
    - {id: mode, value: {text: slow}}
    - {id: nested, value: 1 kg, parameters: [{id: inner, value: 2 kg, limits: {action_high: 3 kg}}]}
equipment: [{id: site, property: cleanroom, comparison: one of, words: [D]}]
elements:
  - id: p
    level: procedure
    logic: {flow: [begin -> u -> end]}
    elements:
      - id: u
        level: unit procedure
        name: Mix
        equipment: [{id: vessel, property: volume, comparison: at least, amount: 100 L}]
        parameters: [{id: speed, value: 10 Hz, limits: {action_low: 5 Hz, action_high: 15 Hz}}]
        logic: {flow: [begin -> o -> end]}
        elements:
          - id: o
            level: operation
            logic: {flow: [begin -> one -> two -> three -> end]}
            elements:
              - {id: one, level: phase, phase: {kind: instruct, text: do}}
              - id: two
                level: phase
                phase:
                  kind: enter
                  entries: [{id: ph, unit: "[pH]", limits: {action_high: "7 [pH]"}}, {id: t, unit: Cel}]
              - {id: three, level: phase, phase: {kind: weigh, unit: kg}}
"""
MASTER = text.read(SOURCE).recipe
UNITS = {"": "SITE-D", "u": "V-1"}


def fits(unit: str, requirements: Sequence[EquipmentRequirement]) -> list[str]:
    return [] if unit in ("SITE-D", "V-1", "V-2") else [f"{unit} holds 50 L, less than 100 L."]


def control(**changes: Any) -> ControlRecipe:
    given: dict[str, Any] = {"batch": "B-1", "size": Quantity("100", "kg"), "at": START, "units": UNITS, "fits": fits}
    return make(MASTER, **{**given, **changes})


def red(recipe: ControlRecipe, change: Change, marking: Marking | None = None, number: str = "X-1") -> Any:
    return redline(recipe, marking if marking is not None else idle(), number, change, fits)


@pytest.mark.requirement("211.188")
def test_the_control_recipe_says_how_each_number_came_about() -> None:
    # 60 / (0.986 x (1 - 0.02)) = 60 / 0.96628 = 62.09380...; 40 - 2.094 = 37.906
    potency = LotPotency(path="api", assay=Quantity("98.6", "%"), water=Quantity("2", "%"), lot="L-1")
    found = control(potencies=[potency])
    assert found.line("api").explanation == "62.094 kg = 60.000 kg / (0.986 x (1 - 0.02))"
    assert str(found.line("lactose").value) == "37.906 kg"
    assert found.line("u/speed").explanation == "10 Hz, at every batch size"
    assert not any(one.provisional for one in found.lines)
    with pytest.raises(DomainError, match="no such parameter: salt"):
        found.line("salt")


def test_until_a_lot_is_known_its_weight_is_provisional() -> None:
    before = control(size=Quantity("50", "kg"))
    assert before.line("api").provisional
    assert before.line("lactose").provisional
    assert before.line("api").explanation.endswith("provisional until the potency of api is known")
    assert not before.line("mode").provisional
    # 30 / 0.96628 = 31.04690; 20 - 1.047 = 18.953
    potency = LotPotency(path="api", assay=Quantity("98.6", "%"), water=Quantity("2", "%"))
    after = with_potency(before, potency)
    assert [str(after.line(one).value) for one in ("api", "lactose")] == ["31.047 kg", "18.953 kg"]
    assert with_potency(after, potency) == after
    with pytest.raises(DomainError, match="potency is given for what is not corrected: lactose"):
        with_potency(before, potency.model_copy(update={"path": "lactose"}))


def test_a_corrected_weight_to_which_nothing_gives_way_is_provisional_alone() -> None:
    alone = [{"id": "api", "value": "60.000 kg", "scaling": {"rule": "potency"}}, {"id": "lactose", "value": "40 kg"}]
    recipe = MASTER.model_copy(update={"formula": Formula.model_validate({"parameters": alone})})
    found = make(recipe, batch="B-1", size=Quantity("100", "kg"), at=START, units=UNITS, fits=fits)
    assert [one.provisional for one in found.lines if "/" not in one.path] == [True, False]


def test_a_redlined_weight_outlives_the_potency_of_the_lot() -> None:
    changed = red(control(), ChangeParameter(path="lactose", value=Quantity("39", "kg"))).control
    potency = LotPotency(path="api", assay=Quantity("98.6", "%"), water=Quantity("2", "%"))
    assert str(with_potency(changed, potency).line("lactose").value) == "39 kg"


def test_it_is_json_with_one_digest() -> None:
    found = control()
    again = ControlRecipe.model_validate_json(canonical(found))
    assert again == found
    assert digest(again) == digest(found)
    assert canonical(found) == record_canonical.encode(found.model_dump(mode="json", exclude_none=True))
    assert found.master == digest(MASTER)
    assert digest(found) != digest(control(batch="B-2"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"at": datetime(2025, 12, 31, tzinfo=UTC)}, "not effective yet"),
        ({"at": datetime(2027, 1, 1, tzinfo=UTC)}, "the recipe has expired"),
        ({"size": Quantity("300", "kg")}, "batch size is outside the limits"),
        ({"units": {"": "SITE-D"}}, "no unit is given for u"),
        ({"units": {"u": "V-1"}}, "no unit is given for the recipe"),
        ({"units": {**UNITS, "u": "V-9"}}, "V-9 does not fit u: V-9 .limit: V-9 holds 50 L"),
        ({"units": {**UNITS, "o": "V-1"}}, "a unit is given to what asks for none: o"),
        ({"uninterrupted": ["nobody"]}, "no such element: nobody"),
    ],
)
def test_what_makes_no_control_recipe(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(DomainError, match=why):
        control(**changes)


def test_the_recipe_says_which_phases_must_not_be_interrupted_and_others_can_be_added() -> None:
    assert control().uninterrupted == ()
    recipe = text.read(SOURCE.replace("{kind: weigh, unit: kg}", "{kind: weigh, unit: kg, uninterrupted: true}")).recipe
    given: dict[str, Any] = {"batch": "B-1", "size": Quantity("100", "kg"), "at": START, "units": UNITS, "fits": fits}
    found = make(recipe, **given, uninterrupted=["one", "three"])
    assert found.uninterrupted == ("three", "one")
    assert found.plan.uninterrupted == {"one", "three"}


def test_an_element_runs_in_the_nearest_unit_that_is_bound() -> None:
    found = control()
    plan = found.plan
    assert [found.unit_of(one, plan) for one in ("one", "u", "p")] == ["V-1", "V-1", "SITE-D"]
    assert found.model_copy(update={"bound": ()}).unit_of("one", plan) is None


# -------------------------------------------------------------------------------------------------------- redlines
PHASE = RecipeElement.model_validate(
    {
        "id": "extra",
        "level": "phase",
        "parameters": [{"id": "n", "value": "3"}],
        "phase": {"kind": "instruct", "text": "do"},
    }
)


@pytest.mark.requirement("Exception: redline")
def test_a_redline_changes_the_running_recipe_and_leaves_the_master_untouched() -> None:
    before = control()
    found = red(before, ChangeParameter(path="u/speed", value=Quantity("12", "Hz"), limits=HIGH))
    assert str(found.control.line("u/speed").value) == "12 Hz"
    assert found.control.line("u/speed").explanation == "12 Hz, by the redline X-1"
    assert any("limit" in one for one in found.sentences)
    assert found.sentences[-1] == "u/speed: 10 Hz -> 12 Hz in this batch"
    assert found.control.master == before.master == digest(MASTER)
    assert before == control()
    assert found.control.redlines == ("X-1",)
    with pytest.raises(DomainError, match="a redline of this number"):
        red(found.control, ChangeParameter(path="u/speed", value=Quantity("9", "Hz")))


HIGH = Limits(action_low=Quantity("5", "Hz"), action_high=Quantity("20", "Hz"))


def test_parameters_of_the_formula_are_found_however_deep() -> None:
    narrow = Limits(action_high=Quantity("2", "kg"))
    found = red(control(), ChangeParameter(path="nested.inner", limits=narrow)).control
    assert found.recipe.formula.parameters[3].parameters[0].limits == narrow
    assert red(control(), ChangeParameter(path="mode", value=Quantity("2", "1"))).sentences == (
        "mode: what it was -> 2 in this batch",
    )
    with pytest.raises(DomainError, match="measures something else"):
        red(control(), ChangeParameter(path="api", value=Quantity("2", "L")))
    with pytest.raises(DomainError, match="changes nothing"):
        red(control(), ChangeParameter(path="u/speed", value=Quantity("10", "Hz")))


def test_limits_of_a_field_are_changed_while_its_phase_has_not_begun() -> None:
    wide = Limits(action_high=Quantity("7.5", "[pH]"))
    floor = Floor.started(control().plan)
    change = ChangeLimits(phase="two", field="ph", limits=wide)
    found = red(control(), change, floor.marking).control
    assert found.plan.elements["two"].phase.entries[0].limits == wide
    weight = ChangeLimits(phase="three", field="net", limits=Limits(action_low=Quantity("5", "kg")))
    assert red(control(), weight).control.plan.elements["three"].phase.limits is not None
    for phase, field in (("one", "net"), ("two", "x"), ("three", "gross")):
        with pytest.raises(DomainError, match="no such field"):
            red(control(), ChangeLimits(phase=phase, field=field, limits=wide))
    with pytest.raises(DomainError, match="two has begun: Running"):
        red(control(), change, floor.do("one").marking)


def test_a_phase_is_skipped_before_it_begins() -> None:
    floor = Floor.started(control().plan)
    found = red(control(), SkipPhase(phase="two"), floor.marking)
    assert found.sentences == ("two is not performed in this batch",)
    floor.plan = found.control.plan
    assert floor.do("one").now == {"three"}
    with pytest.raises(DomainError, match="skipped already"):
        red(found.control, SkipPhase(phase="two"), number="X-2")
    with pytest.raises(DomainError, match="three has begun"):
        red(control(), SkipPhase(phase="three"), floor.marking)
    with pytest.raises(DomainError, match="no such element"):
        red(control(), SkipPhase(phase="nobody"))


def test_a_phase_is_added_where_the_procedure_has_yet_to_come() -> None:
    floor = Floor.started(control().plan).do("one")
    found = red(control(), AddPhase(element=PHASE, behind="two", level="o"), floor.marking)
    assert any("extra" in one for one in found.sentences)
    assert found.control.line("extra/n").explanation == "as the redline wrote it"
    floor.plan = found.control.plan
    assert floor.do("two").now == {"extra"}
    assert floor.do("extra").do("three").outlook.status == "ended"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (AddPhase(element=PHASE, behind="one", level="o"), "the procedure has gone on from one"),
        (AddPhase(element=PHASE, behind="begin", level="o"), "the procedure has gone on from begin"),
        (AddPhase(element=PHASE, behind="end", level="o"), "nothing can be added behind"),
        (AddPhase(element=PHASE, behind="four", level="o"), "no such step in this level: o / four"),
        (AddPhase(element=PHASE, behind="one", level="x"), "no such step in this level"),
        (AddPhase(element=PHASE.model_copy(update={"id": "two"}), behind="two", level="o"), "an id of its own"),
        (AddPhase(element=PHASE.model_copy(update={"level": "operation"}), behind="two", level="o"), "is a phase"),
        (AddPhase(element=PHASE.model_copy(update={"id": "begin"}), behind="two", level="o"), "nothing can be added"),
    ],
)
def test_a_phase_is_not_added_where_it_would_never_run(change: AddPhase, why: str) -> None:
    floor = Floor.started(control().plan).do("one")
    with pytest.raises(DomainError, match=why):
        red(control(), change, floor.marking)


def test_nothing_is_added_to_an_operation_that_has_ended() -> None:
    floor = Floor.started(control().plan).command(Command.ABORT, "p/u/o")
    marking = floor.marking.model_copy(update={"tokens": ()})
    with pytest.raises(DomainError, match="gone on from three"):
        red(control(), AddPhase(element=PHASE, behind="three", level="o"), marking)


def test_what_a_loop_comes_back_to_may_be_changed_and_what_is_behind_may_not() -> None:
    content = MASTER.model_dump(mode="json")
    operation = content["elements"][0]["elements"][0]["elements"][0]["logic"]
    looped = expanded({
        "flow": ["begin -> one -> two", "two -> again -> one", "two -> on -> three -> end"],
        "transitions": {"again": "two.t > 20 Cel", "on": "two.t <= 20 Cel"},
    })[0]  # fmt: skip
    operation.update(looped)
    recipe = control().model_copy(update={"recipe": MasterRecipe.model_validate(content)})
    floor = Floor.started(recipe.plan).do("one")
    found = red(recipe, SkipPhase(phase="one"), floor.marking)  # two runs, and may lead back
    floor.plan = found.control.plan
    floor.do("two", {"t": Quantity("25", "Cel")})
    assert floor.now == {"two#2"}
    assert floor.done == ["one", "two", "one#2"]
    floor.do("two#2", {"t": Quantity("15", "Cel")})
    with pytest.raises(DomainError, match="two is complete and not come back to"):
        red(recipe, SkipPhase(phase="two"), floor.marking)
    with pytest.raises(DomainError, match="the procedure has gone on from two"):
        red(recipe, AddPhase(element=PHASE, behind="two", level="o"), floor.marking)
    assert red(recipe, SkipPhase(phase="two"), idle()).sentences == ("two is not performed in this batch",)


def test_another_unit_is_bound_if_it_fits() -> None:
    floor = Floor.started(control().plan)
    found = red(control(), BindUnit(element="u", unit="V-2"), floor.marking)
    assert found.sentences == ("Mix: V-1 -> V-2 in this batch",)
    assert found.control.unit_of("one", found.control.plan) == "V-2"
    assert red(control(), BindUnit(unit="V-2"), floor.marking).sentences == ("the batch: SITE-D -> V-2 in this batch",)
    for change, why in (
        (BindUnit(element="u", unit="V-9"), "V-9 does not fit u"),
        (BindUnit(element="u", unit="V-1"), "changes nothing"),
        (BindUnit(element="o", unit="V-1"), "asks for no unit: o"),
    ):
        with pytest.raises(DomainError, match=why):
            red(control(), change, floor.marking)
    marking = floor.marking.model_copy(update={"visits": tuple(
        one.model_copy(update={"state": State.COMPLETE}) if one.path == "p/u" else one for one in floor.marking.visits
    )})  # fmt: skip
    with pytest.raises(DomainError, match="Mix is complete"):
        red(control(), BindUnit(element="u", unit="V-2"), marking)
    with pytest.raises(DomainError, match="the batch is Complete and takes no redline"):
        red(control(), SkipPhase(phase="two"), floor.run().marking)
