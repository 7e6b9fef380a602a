"""Edits that change one thing in a recipe's text and leave every other character where it was."""

import difflib
from pathlib import Path

import pytest

from batchwright.kernel.errors import BadInput
from batchwright.recipes import showing, text, text_edits
from batchwright.recipes.checks import check

EXAMPLES = Path(text.__file__).parent / "examples"
SALINE = Path(__file__).with_name("saline.yaml").read_text("utf-8")
MIX = ("elements", 0, "elements", 0, "elements", 0)


def changed(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_a_limit_is_set_where_there_is_one_and_where_there_is_none() -> None:
    speed, salt = ("formula", "parameters", 3), ("formula", "parameters", 0)
    narrowed = text_edits.with_limit(SALINE, speed, "action_low", "55 {rev}/min")
    assert len(changed(SALINE, narrowed)) == 2
    added = text_edits.with_limit(SALINE, salt, "alert_high", "0.905 kg")
    assert str(text.read(added).recipe.formula.parameters[0].limits) == "at most 0.905 kg"
    assert len(changed(SALINE, added)) == 2
    block = SALINE.replace('      limits: {action_low: "50 {rev}/min", action_high: "70 {rev}/min"}\n', "")
    again = text_edits.with_limit(block, speed, "action_low", "50 {rev}/min")
    assert len(changed(block, again)) == 1
    with pytest.raises(BadInput, match="nothing at this place"):
        text_edits.with_limit(SALINE, ("formula", "parameters", 9), "action_low", "1 kg")


def test_a_value_is_set_where_there_is_one_and_where_there_is_none() -> None:
    speed = ("formula", "parameters", 3)
    assert "value: 62" not in SALINE
    assert str(text.read(text_edits.with_value(SALINE, speed, "62 {rev}/min")).recipe.formula.parameters[3].value) == (
        "62 {rev}/min"
    )
    empty = SALINE.replace('      value: "60 {rev}/min"\n', "")
    assert text.read(text_edits.with_value(empty, speed, "60 {rev}/min")).recipe == text.read(SALINE).recipe


def test_a_step_is_added_behind_another_with_its_place_in_the_flow() -> None:
    after = text_edits.with_step_after(SALINE, MIX, "fill", name="look", title="Look: clear?", instruction="Look in.")
    recipe = text.read(after).recipe
    operation = showing.way_to(recipe, "mix")[-1]
    assert [one.id for one in operation.elements] == ["fill", "look", "stir"]
    assert "begin -> fill -> look -> stir -> end" in after
    assert check(recipe) == ()
    assert all(line.startswith("+") for line in changed(SALINE, after) if "flow" not in line and "begin" not in line)
    last = text_edits.with_step_after(SALINE.rstrip("\n"), MIX, "stir", name="look", title="Look", instruction="Look.")
    assert [one.id for one in showing.way_to(text.read(last).recipe, "mix")[-1].elements] == ["fill", "stir", "look"]


@pytest.mark.parametrize("name", ["film_coated_tablet", "monoclonal_antibody", "freeze_dried_injectable"])
def test_a_step_can_be_added_behind_each_phase_of_real_recipes(name: str) -> None:
    source = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
    recipe = text.read(source).recipe
    operations = [(path, one) for path, one, _ in showing.elements(recipe) if one.level == "operation"]
    for path, operation in operations[:2]:
        after = text_edits.with_step_after(
            source, path, operation.elements[0].id, name="look_in", title="Look", instruction="Look in."
        )
        assert check(text.read(after).recipe) == check(recipe)


@pytest.mark.parametrize(
    ("level", "after", "name", "said"),
    [
        (MIX, "pour", "look", "no such element"),
        (MIX, "fill", "two words", "no name for a step"),
        (("formula",), "fill", "look", "in the text"),
    ],
)
def test_what_cannot_be_done_by_a_form_is_refused(
    level: tuple[str | int, ...], after: str, name: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        text_edits.with_step_after(SALINE, level, after, name=name, title="x", instruction="x")
    also = "- fill -> stir -> end\n                - begin -> fill"
    forked = SALINE.replace("-> stir -> end", "-> end").replace("- begin -> fill", also)
    with pytest.raises(BadInput, match="2 places"):
        text_edits.with_step_after(forked, MIX, "fill", name="look", title="x", instruction="x")


def test_a_recipe_is_laid_out_for_reading() -> None:
    recipe = text.read((EXAMPLES / "film_coated_tablet.yaml").read_text("utf-8")).recipe
    rows = {one.parameter.id: one for one in showing.lines(recipe)}
    assert rows["api"].scaling == "potency, lactose gives way"
    assert rows["smcc"].scaling == "proportional"
    assert rows["core_mass"].scaling == "fixed"
    assert rows["api"].value == "48.000 kg"
    assert showing.way_to(recipe, "nowhere") == ()
    asked = showing.equipment(recipe)
    assert "DISP-BOOTH: containment is yes" in asked[0].words
    assert any("within" in words for one in asked for words in one.words)
    phase = showing.way_to(recipe, "dispense_api")[-1].phase
    assert dict(showing.facts(phase))["second person"] == "yes"
    assert showing.facts(None) == ()


def test_every_kind_of_value_and_requirement_has_words() -> None:
    from batchwright.recipes.procedure import EquipmentRequirement, Parameter
    from batchwright.recipes.values import ChoiceValue, FormulaValue, TextValue, Unread

    values = [TextValue(text="white"), ChoiceValue(choice="A"), FormulaValue(formula="a + b"), None,
              Unread(written="5000", unit="Kilolitres")]  # fmt: skip
    assert [showing.value_words(one) for one in values] == ["white", "A", "= a + b", "", "5000 Kilolitres"]
    stepwise = {"rule": "stepwise", "steps": [{"up_to": "1 kg", "value": "2 min"}]}
    line = showing.Line((), "", Parameter.model_validate({"id": "time", "scaling": stepwise}))
    assert (line.scaling, line.name, line.address) == ("stepwise", "time", "")
    alone = showing.Line((), "", Parameter.model_validate({"id": "api", "scaling": {"rule": "potency"}}))
    assert alone.scaling == "potency"
    assert showing.requirement_words(EquipmentRequirement(id="x", condition="clean")) == "clean"
    recipe = text.read(SALINE.replace("yields:", "equipment: [{id: e, equipment_class: tank}]\nyields:")).recipe
    assert showing.equipment(recipe)[0].words == ("tank",)
    entries = (EXAMPLES / "film_coated_tablet.yaml").read_text("utf-8")
    phases = [one for _path, one, _ in showing.elements(text.read(entries).recipe) if one.phase is not None]
    assert all(showing.facts(one.phase) for one in phases)
    unended = "formula:\n  parameters:\n    - id: a"
    ended = text_edits.with_value(unended, ("formula", "parameters", 0), "1 kg")
    block = unended + "\n      name: |\n        x\n"
    assert text_edits.with_value(block, ("formula", "parameters", 0), "1 kg") == block + '      value: "1 kg"\n'
    assert ended == unended + '\n      value: "1 kg"\n'
