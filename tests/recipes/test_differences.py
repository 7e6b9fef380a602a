"""What has changed between two versions, said as those who approve it would say it."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.recipes import text
from batchwright.recipes.differences import differences
from batchwright.recipes.procedure import MasterRecipe

TABLET = Path(text.__file__).parent / "examples" / "film_coated_tablet.yaml"
SOURCE = """
id: R
version: 1
header: {sponsor: A, effective: 2026-01-01T00:00:00Z, batch_size: {nominal: 100 kg, maximum: {written: "5", unit: big}}}
formula: {parameters: [
  {id: pH, value: "7.1 [pH]", limits: {action_low: "6.8 [pH]", action_high: "7.4 [pH]"}},
  {id: c, value: {choice: a, of: [a, b]}}, {id: f, value: {formula: 1 + 1}}]}
safety: [{text: hot}]
elements:
  - id: p
    level: procedure
    name: Make
    logic: {flow: [begin -> x -> t -> y -> z -> end], transitions: {t: "x complete and pH > 7 [pH]"}}
    elements:
      - id: x
        level: unit procedure
        name: X
        controls: [{id: k, limits: {alert_high: 2 %}}]
        logic: {flow: [begin -> end]}
      - {id: y, level: unit procedure, name: Y}
      - {id: z, level: unit procedure}
"""


def told(*changes: tuple[str, str]) -> list[str]:
    source = SOURCE
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new, 1)
    return [str(one) for one in differences(text.read(SOURCE).recipe, text.read(source).recipe)]


LIMITS = 'limits: {action_low: "6.8 [pH]", action_high: "7.4 [pH]"}'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("6.8", "6.9", "limit of pH narrowed 6.8 [pH] to 7.4 [pH] -> 6.9 [pH] to 7.4 [pH]"),
        ("7.4", "7.6", "limit of pH widened 6.8 [pH] to 7.4 [pH] -> 6.8 [pH] to 7.6 [pH]"),
        (
            LIMITS,
            'limits: {action_low: "6.9 [pH]", action_high: "7.5 [pH]"}',
            "limit of pH moved 6.8 [pH] to 7.4 [pH] -> 6.9 [pH] to 7.5 [pH]",
        ),
        (LIMITS, 'limits: {action_low: "6.8 [pH]"}', "limit of pH widened 6.8 [pH] to 7.4 [pH] -> at least 6.8 [pH]"),
        (", " + LIMITS, "", "limit of pH removed 6.8 [pH] to 7.4 [pH]"),
        (
            LIMITS,
            LIMITS.replace("}", ', alert_low: "7.0 [pH]"}'),
            "limit of pH changed action low 6.8 [pH], action high 7.4 [pH] -> action low 6.8 [pH], alert low 7.0 [pH]",
        ),
        (
            LIMITS,
            "limits: {action_low: 6 kg, action_high: 7 kg}",
            "limit of pH moved 6.8 [pH] to 7.4 [pH] -> 6 kg to 7 kg",
        ),
        ("7.1", "7.2", "value of pH changed 7.1 [pH] -> 7.2 [pH]"),
        ("{id: pH", "{id: pH, scaling: {rule: proportional}", "scaling of pH changed rule fixed -> rule proportional"),
        ("choice: a", "choice: b", "value of c changed a -> b"),
        ("{formula: 1 + 1}", "{formula: 1  +  1}", "formula of value of f written otherwise, with the same meaning"),
        ("{formula: 1 + 1}", "{formula: 1 +}", "formula of value of f changed 1 + 1 -> 1 +"),
        ("{formula: 1 + 1}", "2 kg", "value of f changed 1 + 1 -> 2 kg"),
        ('maximum: {written: "5", unit: big}', "maximum: 200 kg", "maximum of batch size changed 5 big -> 200 kg"),
        ("sponsor: A", "sponsor: B", "sponsor changed A -> B"),
        ("2026-01-01", "2026-02-01", "effective changed 2026-01-01T00:00:00+00:00 -> 2026-02-01T00:00:00+00:00"),
        (", {id: f, value: {formula: 1 + 1}}", "", "parameter f removed"),
        (
            "{id: f, ",
            "{id: g, value: 2 kg}, {id: f, ",
            "parameter g added: id g, kind parameter, value 2 kg, scaling rule fixed, classification none, ",
        ),
        ("text: hot", "text: cold", "safety changed text hot -> text cold"),
        ("alert_high: 2 %", "alert_high: 1 %", "Make / X: limit of k narrowed at most 2 % -> at most 1 %"),
        ("name: Y", "name: Yy", "Make / Yy: name changed Y -> Yy"),
        ("x complete and", "x complete  and", "Make: condition of t written otherwise, with the same meaning"),
        ('t: "x complete and pH', 't: "pH', "Make: condition of t changed x complete and pH > 7 [pH] -> pH > 7 [pH]"),
        (
            "id: c, value",
            "id: pH, value",
            "parameters changed ...ion none, balance counted; id c, kind",
        ),
        (
            "{id: z, level: unit procedure}",
            "{id: y, level: unit procedure}",
            "Make: elements whose ids stand twice changed",
        ),
        ("effective: 2026-01-01T00:00:00Z, ", "", "effective changed 2026-01-01T00:00:00+00:00 -> nothing"),
    ],
)
def test_one_change_is_told_in_one_sentence(old: str, new: str, expected: str) -> None:
    assert told((old, new))[0].startswith(expected)


def test_a_phase_that_must_not_be_interrupted_is_told_in_words() -> None:
    recipe = text.read(TABLET.read_text("utf-8")).recipe
    free = text.read(TABLET.read_text("utf-8").replace(", uninterrupted: true", "")).recipe
    tightened = [str(one) for one in differences(free, recipe)]
    assert "Make film-coated tablets / Film coating / Coat / Spray: must not be interrupted from now on" in tightened
    loosened = [one.sentence for one in differences(recipe, free)]
    assert loosened == ["may be interrupted now"] * len(tightened)


def test_a_step_that_moved_is_told_with_its_neighbour() -> None:
    assert told(("x -> t -> y -> z -> end", "y -> x -> t -> z -> end")) == [
        "Make: step Y moved before X",
        "Make: links without begin -> x, t -> y, y -> z and with begin -> y, y -> x, t -> z",
    ]
    assert told(("x -> t -> y -> z -> end", "y -> z -> x -> t -> end"))[0] == "Make: step X moved after z"


def test_a_phase_that_came_or_went_is_told_with_its_place() -> None:
    assert (
        told(
            ("t -> y -> z", "t -> y -> w -> z"),
            ("      - {id: z", "      - {id: w, level: unit procedure, name: W}\n      - {id: z"),
        )[0]
        == "Make: unit procedure W added after Y"
    )
    assert (
        told(
            ("begin -> x", "begin -> w -> x"),
            ("      - {id: z", "      - {id: w, level: unit procedure}\n      - {id: z"),
        )[0]
        == "Make: unit procedure w added at the beginning"
    )
    assert (
        told(("y -> z -> end", "y -> end"), ("      - {id: z, level: unit procedure}\n", ""))[0]
        == "Make: unit procedure z removed"
    )


def test_what_is_only_drawn_or_written_otherwise_is_told_as_such() -> None:
    assert told(("y -> z -> end", "y -> z -> end, y -> end")) == ["Make: link y -> end added"]
    assert (
        told(('{t: "x', '{u: y held, t: "x'), ("z -> end]", "z -> u -> end]"))[0] == "Make: transition u added: y held"
    )
    assert (
        told((" -> t -> y", " -> y"), (', transitions: {t: "x complete and pH > 7 [pH]"}', ""))[0]
        == "Make: transition t removed: x complete and pH > 7 [pH]"
    )
    assert told(("begin -> x -> t -> y -> z -> end", "begin -> x -> t -> y, z -> end, y -> z")) == [
        "Make: order of the links changed"
    ]
    swapped = (
        SOURCE.replace("      - {id: y, level: unit procedure, name: Y}\n", "")
        + "      - {id: y, level: unit procedure, name: Y}\n"
    )
    assert [str(one) for one in differences(text.read(SOURCE).recipe, text.read(swapped).recipe)] == [
        "Make: elements written in another order, the procedure is the same"
    ]
    (moved,) = told(
        ("{id: pH, value", "{id: c, value: {choice: a, of: [a, b]}}, {id: pH, value"),
        ("  {id: c, value: {choice: a, of: [a, b]}}, {id: f", "  {id: f"),
    )
    assert moved == "parameter c moved before pH in the text"


def test_ids_that_stand_twice_are_no_difference_where_they_did_before() -> None:
    twice = text.read(SOURCE.replace("{id: z, level", "{id: y, level")).recipe
    renamed = twice.model_copy(update={"elements": (twice.elements[0].model_copy(update={"name": "Other"}),)})
    assert [str(one) for one in differences(twice, renamed)] == ["Other: name changed Make -> Other"]


def test_steps_written_in_another_order_are_told() -> None:
    recipe = text.read(SOURCE).recipe
    element = recipe.elements[0]
    logic = element.logic.model_copy(update={"steps": element.logic.steps[::-1]})
    other = recipe.model_copy(update={"elements": (element.model_copy(update={"logic": logic}),)})
    assert [str(one) for one in differences(recipe, other)] == [
        "Make: procedure logic written otherwise, with the same steps"
    ]


@cache
def _content() -> dict[str, Any]:
    return text.read(TABLET.read_bytes()).recipe.model_dump(mode="json")


def _mutations(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [path, *(one for key, value in inside for one in _mutations(value, (*path, key)))]


@cache
def _paths() -> list[tuple[Any, ...]]:
    return _mutations(_content())[1:]


@given(st.deferred(lambda: st.sampled_from(_paths())), st.sampled_from(["drop", "double", "text", "swap"]))
@settings(max_examples=60, deadline=None)
def test_two_recipes_without_a_difference_are_equal_and_the_other_way_round(path: tuple[Any, ...], how: str) -> None:
    content = copy.deepcopy(_content())
    around: Any = content
    for key in path[:-1]:
        around = around[key]
    if how == "drop":
        del around[path[-1]]
    elif how == "text":
        around[path[-1]] = "3 kg"
    elif isinstance(around, list):
        around.insert(0, copy.deepcopy(around[path[-1]]) if how == "double" else around.pop())
    try:
        after = MasterRecipe.model_validate(content)
    except ValueError:
        return
    before = MasterRecipe.model_validate(_content())
    assert (differences(before, after) == ()) == (before == after)
    assert differences(after, after) == ()
