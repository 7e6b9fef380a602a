"""Where a procedure chooses, every value has a way, every way can be taken, and every decision decides something."""

from pathlib import Path

import pytest

from batchwright.recipes import text
from batchwright.recipes.alternative_checks import always_true, uncovered
from batchwright.recipes.checks import check
from batchwright.recipes.expression_types import TEXT, YES_OR_NO, amount_in
from batchwright.recipes.scope import Named, RecipeScope
from tests.recipes.sound_recipe import BASE, codes

EXAMPLES = Path(text.__file__).parent / "examples"
SCOPE = RecipeScope(
    {
        ("look", "ph"): Named(amount_in("[pH]")), ("look", "mass"): Named(amount_in("kg")),
        ("look", "seen"): Named(TEXT, ("clear", "cloudy", "dark")), ("look", "note"): Named(TEXT),
        ("look", "good"): Named(YES_OR_NO), ("limit",): Named(amount_in("kg")),
    },
    frozenset({"a"}),
)  # fmt: skip


@pytest.mark.requirement("211.186")
@pytest.mark.parametrize(
    ("conditions", "gaps"),
    [
        (["look.ph > 3.6 [pH]", "look.ph <= 3.6 [pH] and look.ph >= 3.4 [pH]"], ["look.ph < 3.4 [pH]"]),
        (["look.ph > 3.6 [pH]", "look.ph <= 3.6 [pH]"], []),
        (["look.ph > 3.6 [pH]", "look.ph < 3.6 [pH]"], ["look.ph = 3.6 [pH]"]),
        (["not look.ph > 3.6 [pH]", "3.7 [pH] <= look.ph"], ["look.ph > 3.6 [pH] and look.ph < 3.7 [pH]"]),
        (["look.ph >= 3.4 [pH] and look.ph <= 3.6 [pH]"], ["look.ph < 3.4 [pH]", "look.ph > 3.6 [pH]"]),
        (["look.ph != 3.4 [pH]"], ["look.ph = 3.4 [pH]"]),
        # the same bound in another unit is one bound
        (["look.mass < 1 kg", "look.mass >= 1000 g"], []),
        (["look.mass + limit < 1 kg"], ["look.mass + limit >= 1 kg"]),
        # two quantities, and one held against a parameter
        (
            ["look.mass < 2 kg", "look.mass >= 2 kg and look.ph >= 7 [pH]"],
            ["look.mass >= 2 kg and look.ph < 7 [pH]"],
        ),
        (
            ["look.mass < 2 kg and look.ph >= 7 [pH]", "look.mass < 2 kg and look.ph < 7 [pH]"],
            ["look.mass >= 2 kg"],
        ),
        (["look.mass < limit"], ["look.mass >= limit"]),
        (["look.mass < limit or look.mass >= limit"], []),
        # words: those that can be chosen, or any
        (['look.seen = "clear"', '"cloudy" = look.seen'], ["look.seen = dark"]),
        (['look.seen = "clear"'], ["look.seen = cloudy or look.seen = dark"]),
        (['look.seen != "clear"', 'look.seen = "clear"'], []),
        (['look.note = "a"'], ["look.note = another text"]),
        (["look.good"], ["look.good = false"]),
        (["look.good", "look.good = false"], []),
        # nothing is said of what becomes true by itself, of what cannot be read, and of too many values
        (["a complete"], []),
        (["look.ph > 3 [pH] and time since a complete > 1 h"], []),
        (["look.ph >", "look.ph > 3 [pH]"], []),
        (["look.nothing > 3 [pH]"], []),
        (["look.ph"], []),
        (["look.ph > 3 [pH] and look.ph < 2 [pH]"], []),
        (["true"], []),
        ([f"look.mass > {n} kg and look.ph > {n} [pH] and look.mass + limit > {n} kg" for n in range(9)], []),
    ],
)
def test_values_for_which_no_way_is_open_are_told(conditions: list[str], gaps: list[str]) -> None:
    assert list(uncovered(conditions, SCOPE)) == gaps


def test_of_many_gaps_the_first_three_are_told() -> None:
    conditions = [f"look.ph = {n} [pH]" for n in range(5)]
    assert uncovered(conditions, SCOPE) == (
        "look.ph < 0 [pH]", "look.ph > 0 [pH] and look.ph < 1 [pH]", "look.ph > 1 [pH] and look.ph < 2 [pH]",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "always"),
    [("true", True), ("1 kg > 0 kg", True), ("false", False), ("look.good", False), ("1 kg", False), ("(", False)],
)
def test_a_condition_that_names_nothing_and_is_true_is_always_true(condition: str, always: bool) -> None:
    assert always_true(condition) is always


def found(flow: str, transitions: str, junctions: str = "") -> list[tuple[str, str, str]]:
    at = BASE.index("            logic: {flow: [begin -> dose")
    source = BASE[:at] + (
        f"            logic: {{flow: [{', '.join(flow.split(';'))}], transitions: {{{transitions}}},"
        f" junctions: {{{junctions}}}}}\n"
        "            elements:\n"
        "              - {id: pick, level: phase, phase: {kind: decide, options: [red, blue, green]}}\n"
        "              - {id: a, level: phase, phase: {kind: charge, inputs: [api, lactose]}}\n"
        "              - {id: b, level: phase, phase:\n"
        "                  {kind: repeat, every: 5 min, until: b.n > 3, entries: [{id: n}]}}\n"
    )
    source = source.replace("actual: out.net", "actual: api").replace("holds: [{", "safety: []\n#")
    return [(one.code, one.where.rpartition(" / ")[2], one.sentence) for one in check(text.read(source).recipe)]


def test_the_reviewer_is_told_where_the_batch_would_stop() -> None:
    reds = "r: 'pick.choice = \"red\"', s: 'pick.choice = \"blue\"'"
    (gap,) = found("begin -> pick;pick -> r -> a;pick -> s -> a;a -> b -> end", reds)
    assert gap[:2] == ("not-covered", "pick")
    assert gap[2].endswith("where pick.choice = green")
    choice = "begin -> pick -> way;way -> r -> a -> meet;way -> s -> meet;meet -> b -> end"
    (gap,) = found(choice, reds, "way: choice, meet: choice join")
    assert gap[:2] == ("not-covered", "way")


def test_a_way_behind_one_that_is_always_open_is_never_taken() -> None:
    loop = "begin -> pick -> r -> a;a -> back -> a;a -> on -> b -> end"
    conditions = "r: 'pick.choice = \"red\" or true', on: 'a complete'"
    (hidden,) = found(loop, f"{conditions}, back: 'true'")
    assert hidden[:2] == ("way-hidden", "a")
    assert "back before it is always true" in hidden[2]
    other = "begin -> pick -> r -> a;a -> on -> b -> end;a -> back -> a"
    assert found(other, f"{conditions}, back: 'true'") == []


def test_a_decision_that_no_transition_reads_is_told() -> None:
    (unread,) = found("begin -> pick -> a -> b -> end", "")
    assert unread[:2] == ("option-unread", "pick")
    assert unread[2].endswith("red, blue, green")
    codes_of = [one[0] for one in found("begin -> pick -> t -> a -> b -> end", "t: '('")]
    assert codes_of == ["unreadable", "option-unread"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda one: one.stem)
def test_the_examples_have_a_way_for_every_value(path: Path) -> None:
    assert codes(check(text.read(path.read_text("utf-8")).recipe)) == []
