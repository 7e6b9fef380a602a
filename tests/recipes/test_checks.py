"""What is found before a recipe can be approved: each slip by its code, at its place, with a remedy."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from batchwright.recipes import text
from batchwright.recipes.checks import check, errors
from batchwright.recipes.findings import Finding
from batchwright.recipes.logic_graph import LogicGraph, Node, spans
from batchwright.recipes.procedure import EquipmentRequirement, ProcedureLogic

EXAMPLES = sorted((Path(text.__file__).parent / "examples").glob("*.yaml"))

BASE = """
id: R
header: {product: P, batch_size: {nominal: 100 kg, minimum: 50 kg, maximum: 200 kg}}
formula:
  balance_tolerance: 1 %
  parameters:
    - {id: api, kind: input, value: 60 kg, scaling: {rule: potency, compensated_by: lactose}}
    - {id: lactose, kind: input, value: 40 kg}
    - {id: product, kind: output, value: 99 kg}
    - {id: dust, kind: output, value: 1 kg, balance: lost}
yields: [{id: y, actual: out.net, theoretical: api + lactose, limits: {action_low: 95 %}}]
holds: [{id: h, after: dose, before: out, at_most: 4 h}]
elements:
  - id: p
    level: procedure
    logic: {flow: [begin -> u -> end]}
    elements:
      - id: u
        level: unit procedure
        parameters: [{id: speed, value: 10 Hz, limits: {action_low: 5 Hz, action_high: 15 Hz}, classification: CPP, cqas: [x]}]
        equipment: [{id: vessel, property: volume, comparison: at least, amount: 100 L}]
        samples: [{id: s}]
        controls: [{id: c, limits: {action_high: 2 %}, every: 30 min}]
        logic: {flow: [begin -> o -> end]}
        elements:
          - id: o
            level: operation
            logic: {flow: [begin -> dose -> rest -> t -> out -> end], transitions: {t: rest complete}}
            elements:
              - {id: dose, level: phase, phase: {kind: dispense, inputs: [api, lactose], tolerance: {below: 1 %, above: 1 %}, second_person: true}}
              - {id: rest, level: phase, phase: {kind: wait, at_least: 1 h}}
              - {id: out, level: phase, phase: {kind: weigh, unit: kg}}
"""


def findings(*changes: tuple[str, str]) -> tuple[Finding, ...]:
    source = BASE
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new, 1)
    return check(text.read(source).recipe)


def codes(found: Sequence[Finding]) -> list[str]:
    return [one.code for one in found]


def phase(kind: str) -> tuple[str, str]:
    return "{kind: wait, at_least: 1 h}", f"{{kind: {kind}}}"


def test_the_base_recipe_of_these_tests_is_sound() -> None:
    assert findings() == ()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_recipes_that_ship_pass_every_check(path: Path) -> None:
    assert check(text.read(path.read_bytes(), path.name).recipe) == ()
    assert len(EXAMPLES) == 3


# header and formula -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("211.186")
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("product: P, ", "", "no-product"),
        ("nominal: 100 kg, ", "", "no-batch-size"),
        ("maximum: 200 kg", "maximum: 20 kg", "batch-size"),
        ("minimum: 50 kg", "minimum: 0 kg", "batch-size"),
        ("minimum: 50 kg", "minimum: 50 L", "unit-error"),
        ("nominal: 100 kg", "nominal: {written: '5000', unit: Kilolitres}", "unread"),
        ("value: 40 kg", "value: {written: x}", "unread"),
        ("header: {", "header: {effective: 2026-01-02T00:00:00Z, expires: 2026-01-01T00:00:00Z, ", "dates"),
        ("  balance_tolerance: 1 %\n", "", "no-balance"),
        ("value: 99 kg", "value: 90 kg", "mass"),
        ("value: 99 kg", "value: 99 L", "no-mass"),
        ("value: 99 kg", "value: {text: much}", "no-mass"),
        (", value: 99 kg", "", "no-value"),
        ("id: lactose, kind", "id: api, kind", "id-twice"),
        ("compensated_by: lactose", "compensated_by: talc", "unknown-reference"),
        ("compensated_by: lactose", "compensated_by: api", "unknown-reference"),
        ("value: 40 kg", "value: {text: x}, balance: left out, scaling: {rule: proportional}", "scaling"),
        ("value: 40 kg", "value: 40 kg, overage: {excess: 3 %, limit: 2 %}", "overage"),
        ("value: 40 kg", "value: 40 kg, overage: {excess: 3 kg, limit: 2 %}", "unit-error"),
        ("value: 40 kg", "value: 40 kg, limits: {action_high: 40 L}", "unit-error"),
        ("value: 40 kg", "value: 40 kg, limits: {action_high: 39 kg}", "outside"),
        ("value: 40 kg", "value: 40 kg, limits: {alert_low: 41 kg}", "outside"),
        ("value: 40 kg", "value: {text: x}, balance: left out, limits: {alert_low: 41 kg}", "limits"),
        ("value: 40 kg", "value: {choice: x, of: [y, z]}, balance: left out", "choice"),
        ("value: 40 kg", "value: {formula: api / 2, unit: L}, balance: left out", "unit-error"),
        ("value: 40 kg", "value: {formula: api / 2, unit: kgg}, balance: left out", "unit-error"),
        ("value: 40 kg", "value: {formula: api >, unit: kg}, balance: left out", "unreadable"),
        ("value: 40 kg", "value: 40 kg, parameters: [{id: a, value: {written: x}}]", "unread"),
        ("limits: {action_low: 5 Hz, action_high: 15 Hz}, ", "", "cpp-limits"),
        (", cqas: [x]", "", "cpp-cqas"),
        ("yields: [{", "yields: []\nsafety: [{text: x}]\n#", "yield-limits"),
        (", limits: {action_low: 95 %}", "", "yield-limits"),
        ("action_low: 95 %", "action_low: 95 kg", "unit-error"),
        ("actual: out.net, ", "", "yield-limits"),
        ("api + lactose", "api * lactose", "unit-error"),
        ("api + lactose", "api > lactose", "type-error"),
        ("actual: out.net", "actual: dose", "unknown-reference"),
    ],
)
def test_slips_in_header_and_formula_are_found(old: str, new: str, code: str) -> None:
    found = findings((old, new))
    assert code in codes(found), found
    assert all(one.remedy for one in found), found


STEPPED = "value: 40 kg, scaling: {{rule: stepwise, steps: [{{up_to: {0}, value: {2}}}, {{up_to: {1}, value: 40 kg}}]}}"


@pytest.mark.parametrize(
    ("first", "last", "value", "expected"),
    [
        ("100 kg", "200 kg", "30 kg", []),
        ("100 kg", "150 kg", "30 kg", ["scaling"]),
        ("200 kg", "100 kg", "30 kg", ["scaling"]),
        ("100 L", "200 kg", "30 kg", ["unit-error"]),
        ("100 kg", "200 kg", "30 L", ["unit-error"]),
    ],
)
def test_steps_of_scaling_rise_reach_the_greatest_batch_and_fit_in_their_units(
    first: str, last: str, value: str, expected: list[str]
) -> None:
    stepped = ("value: 40 kg", STEPPED.format(first, last, value))
    assert codes(findings(stepped)) == expected
    without_size = findings(stepped, ("nominal: 100 kg, minimum: 50 kg, maximum: 200 kg", ""))
    assert "scaling" not in codes(without_size) or first == "200 kg"
    assert codes(findings(stepped, (", maximum: 200 kg", ""))) == (
        expected if first != "100 kg" or last != "150 kg" else []
    )


def test_an_output_that_is_counted_in_pieces_takes_part_by_its_mass_per_unit() -> None:
    # 99,000 x 1 g = 99 kg
    assert findings(("value: 99 kg", "value: '99000 {tablets}', mass_per_unit: 1 g")) == ()
    assert codes(findings(("value: 99 kg", "value: '99000 {tablets}', mass_per_unit: 1 mL"))) == ["no-mass"]
    (found,) = findings(("value: 99 kg", "value: '99000 {tablets}', mass_per_unit: 1.1 g"))
    assert found.sentence == "Of 100 kg that go in, 109.9 kg come out or are lost: 9.9 kg are missing or too much"


def test_an_input_that_no_phase_takes_is_pointed_out() -> None:
    found = findings(("inputs: [api, lactose]", "inputs: [api]"))
    assert codes(found) == ["input-unused"]
    assert errors(found) == ()


def test_a_formula_of_the_right_units_is_accepted() -> None:
    assert (
        findings(
            ("value: 40 kg", "value: {formula: api / 1.5, unit: kg}, balance: left out"),
            ("value: 99 kg", "value: 59 kg"),
            ("compensated_by: lactose", ""),
        )
        == ()
    )


# phases -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("instruct", ["empty-phase"]),
        ("instruct, document: SOP", []),
        ("enter", ["empty-phase"]),
        ("repeat", ["empty-phase"]),
        ("attach", ["empty-phase"]),
        ("attach, instrument: pH meter, entries: [{id: a}]", []),
        ("calculate", ["empty-phase"]),
        ("charge", ["empty-phase"]),
        ("charge, text: x", []),
        ("clear line, area: A, points: [a]", []),
        ("clear line, points: [a]", ["empty-phase"]),
        ("clear line, area: A", ["empty-phase"]),
        ("clean", ["empty-phase"]),
        ("clean, procedure: SOP", []),
        ("sample", ["empty-phase"]),
        ("sample, points: [s]", []),
        ("sample, points: [z]", ["unknown-reference"]),
        ("wait", ["empty-phase"]),
        ("wait, at_most: 2 h, at_least: 3 h", ["limits"]),
        ("wait, at_most: 2 kg", ["unit-error"]),
        ("verify", ["empty-phase"]),
        ("verify, statement: x, phases: [dose]", []),
        ("verify, statement: x, phases: [nobody]", ["unknown-reference"]),
        ("sign", ["empty-phase"]),
        ("sign, meaning: x", []),
        ("decide, options: [a]", ["empty-phase"]),
        ("decide, options: [a, b]", []),
        ('decide, options: [a, b], formula: \'if(out.net > 3 kg, "a", "b")\'', []),
        ("decide, options: [a, b], formula: 1 + 1", ["type-error"]),
        ("automated", ["empty-phase"]),
        ("automated, service: S, parameters: [{name: n, value: speed}]", []),
        ("automated, service: S, parameters: [{name: n, value: zzz}]", ["unknown-reference"]),
        ("scan", []),
        ("scan, expects: api", []),
        ("scan, expects: gold", ["unknown-reference"]),
        ("scan, what: person, expects: gold", []),
        ("weigh, target: api, tolerance: {below: 1 %, above: 1 %}", []),
        ("weigh, target: api", ["no-tolerance"]),
        ("weigh, target: api, limits: {action_low: 1 kg}", []),
        ("weigh, target: zzz, limits: {action_low: 1 L}", ["unit-error", "unknown-reference"]),
        ("weigh, target: speed, limits: {action_low: 1 kg}", ["unit-error"]),
        ("dispense, inputs: [api], second_person: true", ["no-tolerance"]),
        ("dispense, inputs: [api], tolerance: {below: 1 %, above: 1 %}", ["unchecked"]),
        ("charge, inputs: [product]", ["not-an-input"]),
        ("charge, inputs: [gold]", ["unknown-reference"]),
        ("repeat, every: 5 min, at_most: 3, entries: [{id: a}]", []),
        ("repeat, every: 5 min, until: rest.count > 2, entries: [{id: a}]", []),
        ("repeat, every: 5 min, until: count > 2, entries: [{id: a}]", []),
        ("repeat, every: 5 min, entries: [{id: a}]", ["empty-phase"]),
        ("repeat, at_most: 3, entries: [{id: a}]", ["empty-phase"]),
        ("repeat, every: 5 kg, at_most: 3, entries: [{id: a}]", ["unit-error"]),
        ("repeat, every: 5 min, until: 'false', entries: [{id: a}]", ["never-true"]),
        ("enter, entries: [{id: a, type: choice, options: [x]}]", ["empty-phase"]),
        ("enter, entries: [{id: a, type: choice, options: [x, y], classification: CPP}]", []),
        ("enter, entries: [{id: a, type: text, limits: {action_low: 1}}]", ["limits"]),
        ("enter, entries: [{id: a, unit: kg, limits: {action_low: 1 L}}]", ["unit-error"]),
        ("enter, entries: [{id: a, classification: CPP}]", ["cpp-limits"]),
        ("calculate, results: [{id: a, formula: api / 2, unit: kg}]", []),
        ("calculate, results: [{id: a, formula: api / 2, unit: L}]", ["unit-error"]),
        ("calculate, results: [{id: a}]", ["empty-phase"]),
        ("calculate, results: [{id: a, formula: api > 2 kg, type: yes or no}]", []),
        ("calculate, results: [{id: a, formula: '\"x\"', type: text, classification: CPP}]", []),
        ("calculate, results: [{id: a, formula: api}]", ["unit-error"]),
        ("calculate, results: [{id: a, formula: api, type: text}]", ["type-error"]),
        ("automated, service: S, results: [{id: a, classification: CPP}]", ["cpp-limits"]),
        ("automated, service: S, results: [{id: a, unit: kg, limits: {action_low: 2 L}}]", ["unit-error"]),
    ],
)
def test_every_kind_of_phase_says_what_it_needs(kind: str, expected: list[str]) -> None:
    assert codes(findings(phase(kind), ("{t: rest complete}", "{t: 'true'}"))) == expected


def test_a_phase_of_another_system_that_does_not_say_what_it_does_is_found() -> None:
    assert codes(findings((", phase: {kind: wait, at_least: 1 h}", ""))) == ["no-kind"]


# levels, controls, equipment ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([("level: operation", "level: phase\n            phase: {kind: instruct, text: x}")], "level"),
        ([("level: unit procedure", "level: operation")], "level"),
        ([("level: operation", "level: operation\n            phase: {kind: instruct, text: x}")], "level"),
        ([("level: procedure", "level: operation")], "level"),
        ([("id: rest, level", "id: dose, level")], "id-twice"),
        ([("limits: {action_high: 2 %}, every: 30 min", "")], "control-limits"),
        ([("every: 30 min", "every: 30 kg")], "unit-error"),
        ([(", amount: 100 L", "")], "equipment"),
        ([("property: volume, ", "")], "equipment"),
        ([("at least, amount: 100 L", "within, low: 3 L")], "equipment"),
        ([("at least, amount: 100 L", "one of, amount: 3 L")], "equipment"),
        ([("at least, amount: 100 L", "is")], "equipment"),
        ([("rest -> t", "t")], "element-unused"),
        (
            [
                (
                    "  - id: p\n    level: procedure\n    logic: {flow: [begin -> u -> end]}\n    elements:",
                    "  - id: q\n    level: procedure\n  - id: p\n    level: procedure\n    elements:",
                )
            ],
            "no-procedure",
        ),
    ],
)
def test_slips_of_levels_controls_and_equipment_are_found(changes: list[tuple[str, str]], code: str) -> None:
    assert code in codes(findings(*changes))


def test_an_empty_operation_is_found_and_a_recipe_may_draw_logic_above_its_procedure() -> None:
    at = BASE.index("            logic: {flow: [begin -> dose")
    assert "empty" in codes(check(text.read(BASE[:at]).recipe))
    assert (
        findings(
            (
                "elements:\n  - id: p",
                "logic: {flow: [begin -> p -> done -> end], transitions: {done: p complete}}\nelements:\n  - id: p",
            )
        )
        == ()
    )


@pytest.mark.parametrize(
    "requirement",
    [
        "comparison: within, low: 1 L, high: 2 L",
        "comparison: at most, amount: 1 L",
        "comparison: one of, words: [a]",
        "comparison: is, words: [a]",
        "comparison: is, amount: 1 L",
    ],
)
def test_a_requirement_that_says_enough_is_accepted(requirement: str) -> None:
    assert findings(("comparison: at least, amount: 100 L", requirement)) == ()
    assert findings(("property: volume, comparison: at least, amount: 100 L", "equipment_class: mixer")) == ()


def test_no_unit_on_site_that_fits_is_an_error_with_the_reasons_of_the_plant() -> None:
    class Site:
        asked: list[tuple[str, ...]] = []

        def misses(self, requirements: Sequence[EquipmentRequirement]) -> tuple[str, ...]:
            self.asked.append(tuple(one.id for one in requirements))
            return ("V-1 holds 80 L and 100 L are asked for.",)

    found = check(text.read(BASE).recipe, Site())
    assert [(one.code, str(one)) for one in found] == [
        ("no-unit", "p / u: No unit on site fits: V-1 holds 80 L and 100 L are asked for. Ask for less, or equip one.")
    ]
    assert Site.asked == [("vessel",)]


# hold times -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hold", "expected"),
    [
        ("after: dose, before: out, at_most: 30 min", ["hold-overlap"]),
        ("after: dose, before: out, at_most: 60 min", []),
        ("after: dose, before: rest, at_most: 1 min", []),
        ("after: out, before: dose, at_most: 30 min", ["hold-order"]),
        ("after: dose, before: nobody, at_most: 1 h", ["unknown-reference"]),
        ("after: dose, before: out", ["hold-open"]),
        ("after: dose, before: out, at_most: 30 kg", ["unit-error"]),
        ("after: dose, before: out, at_most: 3 h, at_least: 5 h", ["limits"]),
        ("after: dose, before: out, at_least: 5 h}, {id: k, after: dose, before: out, at_most: 2 h", ["hold-overlap"]),
    ],
)
def test_hold_times_can_be_kept_together(hold: str, expected: list[str]) -> None:
    assert codes(findings(("after: dose, before: out, at_most: 4 h", hold))) == expected


def test_holds_inside_a_hold_are_added_up_and_the_sentence_names_them() -> None:
    flow = ("rest -> t -> out", "rest -> mid -> again -> out")
    more = (
        "- {id: out, level",
        "- {id: mid, level: phase, phase: {kind: instruct, text: x}}\n              - {id: again, level: phase, phase: {kind: wait, at_least: 2 h}}\n              - {id: out, level",
    )
    (found,) = findings(flow, more, (", transitions: {t: rest complete}", ""), ("at_most: 4 h", "at_most: 2.5 h"))
    assert (
        str(found)
        == "h: rest, again last at least 3 h together inside a hold of at most 2.5 h. Lengthen the hold, or shorten what is inside it."
    )
    assert findings(flow, more, (", transitions: {t: rest complete}", ""), ("at_most: 4 h", "at_most: 3 h")) == ()
    inner = (
        "            logic: {flow: [begin -> dose",
        "            holds: [{id: k, after: dose, before: out, at_least: 5 h}]\n            logic: {flow: [begin -> dose",
    )
    assert codes(findings(inner)) == ["hold-overlap"]


# procedure logic --------------------------------------------------------------------------------------------------------


def logic(flow: str, transitions: str = "", junctions: str = "", elements: str = "a b c d e") -> tuple[Finding, ...]:
    """Findings of one operation with five phases that all do something; a chain a line."""
    short = f"{{flow: [{', '.join(flow.split(';'))}], transitions: {{{transitions}}}, junctions: {{{junctions}}}}}"
    phases = ", ".join(f"{{id: {name}, level: phase, phase: {{kind: instruct, text: x}}}}" for name in elements.split())
    at = BASE.index("            logic: {flow: [begin -> dose")
    source = BASE[:at] + f"            logic: {short}\n            elements: [{phases}]\n"
    source = (
        source.replace("actual: out.net", "actual: api")
        .replace("holds: [{", "safety: []\n#")
        .replace("kind: input", "kind: output")
    )
    found = check(text.read(source).recipe)
    return tuple(one for one in found if one.code not in ("mass", "element-unused"))


FORK = "fork: parallel split, join: parallel join"
ALL = "begin -> fork;fork -> a -> join;fork -> b -> join;join -> t -> end"


@pytest.mark.parametrize(
    ("flow", "transitions", "junctions", "expected"),
    [
        ("begin -> a -> end", "", "", []),
        ("begin -> a -> t -> end", "t: a complete", "", []),
        ("begin -> a -> t -> end", "t: ''", "", ["blank-condition"]),
        ("begin -> a -> t -> end", "t: a completed", "", ["unreadable"]),
        ("begin -> a -> t -> end", "t: z complete", "", ["unknown-reference"]),
        ("begin -> a -> t -> end", "t: speed > 3 kg", "", ["unit-error"]),
        ("begin -> a -> t -> end", "t: speed", "", ["type-error"]),
        ("a -> end", "", "", ["no-begin"]),
        ("begin -> a", "", "", ["no-end", "dead-end"]),
        ("begin -> a -> end;b -> end", "", "", ["unreachable"]),
        ("begin -> a -> end;a -> t -> b", "t: a complete", "", ["dead-end", "ambiguous", "no-way-out"]),
        ("begin -> a -> t -> b -> u -> b;a -> v -> end", "t: a held, u: b held, v: a complete", "", ["no-way-out"] * 3),
        ("begin -> a -> z -> end", "", "", ["step-element"]),
        ("begin -> a -> end -> b", "", "", ["dead-end", "after-end"]),
        (ALL, "t: a complete", FORK, []),
        ("begin -> a -> t -> b -> end;a -> u -> a", "t: a complete, u: a held", "", []),
        ("begin -> a -> t -> end;t -> b -> end", "t: a complete", "", ["ambiguous"]),
        (
            "begin -> pick;pick -> t -> a -> meet;pick -> u -> b -> meet;meet -> end",
            "t: speed > 3 Hz, u: speed <= 3 Hz",
            "pick: choice, meet: choice join",
            [],
        ),
        (
            "begin -> pick;pick -> a -> meet;pick -> u -> b -> meet;meet -> end",
            "u: speed <= 3 Hz",
            "pick: choice, meet: choice join",
            ["ambiguous"],
        ),
        ("begin -> fork;fork -> a -> join -> end", "", FORK, ["unbalanced"]),
        ("begin -> a -> join -> end", "", "join: parallel join", ["unbalanced"]),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;fork -> c -> end;join -> end",
            "",
            FORK,
            ["branch-left", "branch-left", "unbalanced"],
        ),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;fork -> c -> d;join -> end",
            "",
            FORK,
            ["dead-end", "branch-left", "no-way-out", "unbalanced"],
        ),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;b -> t -> end;join -> u -> end",
            "t: b held, u: a complete",
            FORK,
            ["ambiguous", "branch-left", "branch-left"],
        ),
        (
            "begin -> fork;fork -> a -> end;fork -> b -> end",
            "",
            "fork: parallel split",
            ["branch-left", "branch-left", "unbalanced"],
        ),
        (
            "begin -> f;f -> g;g -> a -> j;g -> b -> j;j -> k;f -> c -> k;k -> end",
            "",
            "f: parallel split, g: parallel split, j: parallel join, k: parallel join",
            [],
        ),
        (
            "begin -> f;f -> g;g -> a -> j;g -> b -> k;f -> c -> j;j -> k;k -> end",
            "",
            "f: parallel split, g: parallel split, j: parallel join, k: parallel join",
            None,
        ),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;join -> t -> end;a -> u -> a",
            "t: b complete, u: a held",
            FORK,
            ["ambiguous"],
        ),
        (
            "begin -> fork;fork -> a -> v -> join;fork -> b -> join;join -> t -> end;a -> u -> a",
            "t: b complete, u: a held, v: a complete",
            FORK,
            [],
        ),
    ],
)
def test_the_walk_from_begin_to_end_is_checked(
    flow: str, transitions: str, junctions: str, expected: list[str] | None
) -> None:
    found = codes(logic(flow, transitions, junctions))
    if expected is None:
        assert "unbalanced" in found
    else:
        assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("false", "is false"),
        ("1 > 2", "is false"),
        ("1 / 0 > 2", "has no value"),
        ("speed > 5 Hz and speed < 3 Hz", "nothing is left for speed"),
        ("3 Hz > speed and 5 Hz <= speed", "nothing"),
        ("speed = 3 Hz and speed > 180 1/min", "nothing"),
        ("speed >= 3 Hz and speed <= 3 Hz", ""),
        ("speed > 3 Hz and speed <= 3 Hz", "nothing"),
        ("speed != 3 Hz and speed = 3 Hz", ""),
        ('pick.choice = "red" and pick.choice = "blue"', "both red and blue"),
        ('pick.choice = "green"', "never green"),
        ('"red" = pick.choice', ""),
        ('pick.choice != "green"', ""),
        ("false and a complete", ""),
        ("false or a complete", ""),
        ('speed > 5 Hz and speed < 3 Hz or pick.choice = "green"', "never green"),
        ("not (a complete)", ""),
        ("time since a complete > 2 h and time since a complete < 1 h", "nothing"),
        ("speed < api / api * 3 Hz", ""),
        ('note.text = "a" and note.text = "b"', "both"),
    ],
)
def test_a_condition_that_can_never_be_true_is_found_where_that_can_be_decided(condition: str, why: str) -> None:
    at = BASE.index("            logic: {flow: [begin -> dose")
    quoted = condition.replace("'", "''")
    source = BASE[:at] + (
        f"            logic: {{flow: [begin -> pick -> note -> a -> t -> end], transitions: {{t: '{quoted}'}}}}\n            elements:\n"
        "              - {id: pick, level: phase, phase: {kind: decide, options: [red, blue]}}\n"
        "              - {id: note, level: phase, phase: {kind: enter, entries: [{id: text, type: text}, {id: photo, type: picture}]}}\n"
        "              - {id: a, level: phase, phase: {kind: charge, inputs: [api, lactose]}}\n"
    )
    source = source.replace("actual: out.net", "actual: api").replace("holds: [{", "safety: []\n#")
    found = check(text.read(source).recipe)
    assert codes(found) == (["never-true"] if why else [])
    assert why in "".join(one.sentence for one in found)


def test_findings_carry_a_path_that_leads_to_their_line() -> None:
    source = text.read(BASE.replace("t: rest complete", "t: ''"), "r.yaml")
    (found,) = check(source.recipe)
    assert found.place == ("elements", 0, "elements", 0, "elements", 0, "logic", "transitions", 0)
    assert found.where == "p / u / o / t"
    assert source.line_of(found.place) == 1 + BASE[: BASE.index("transitions: {t")].count("\n")
    assert (
        str(check(text.read("id: R").recipe)[-1])
        == "The recipe has 0 procedures and no logic between them. Give one procedure."
    )


# graphs of other systems --------------------------------------------------------------------------------------------------


def graph(*links: dict[str, object], steps: str = "a b", transitions: str = "t") -> LogicGraph:
    return LogicGraph.of(
        ProcedureLogic.model_validate(
            {
                "steps": [{"id": one} for one in steps.split()],
                "transitions": [{"id": one} for one in transitions.split()],
                "links": links,
            }
        )
    )


def ends(source: str | None, target: str | None, kind: str = "") -> dict[str, object]:
    return {"source": source and {"id": source, "kind": kind}, "target": target and {"id": target, "kind": kind}}


def test_links_that_miss_an_end_or_lead_nowhere_are_told_and_left_out() -> None:
    found = graph(
        {"id": "1", **ends("a", None)},
        {"id": "2", **ends(None, "b")},
        {"id": "3", **ends("a", "zz")},
        {"id": "4"},
        {"id": "5", **ends("a", "b", "transition")},
    )
    assert found.broken == [
        (0, "the link 1 has no target"),
        (1, "the link 2 has no source"),
        (2, "the target of the link 3 is something zz, which is not there"),
        (3, "the link 4 has no source and target"),
        (4, "the source of the link 5 is transition a, which is not there"),
        (4, "the target of the link 5 is transition b, which is not there"),
    ]
    assert not any(found.after.values())


def test_a_link_may_end_at_another_link_that_is_no_junction() -> None:
    found = graph({"id": "1", **ends("a", "b")}, {"id": "2", **ends("t", "1")})
    assert found.broken == []
    assert found.after[Node("step", "a")] == [Node("link", "1")]
    assert found.after[Node("transition", "t")] == [Node("link", "1")]
    assert found.after[Node("link", "1")] == [Node("step", "b")]


def test_broken_links_and_doubled_ids_are_findings() -> None:
    long_form = "{steps: [{id: begin, kind: begin}, {id: dose, element: dose}, {id: dose, element: rest}, {id: out, element: out}, {id: two, kind: begin}, {id: end, kind: end}], links: [{id: l, source: {id: begin}}, {id: m, target: {id: gone}}]}"
    found = findings(("{flow: [begin -> dose -> rest -> t -> out -> end], transitions: {t: rest complete}}", long_form))
    assert {"link-open", "link-dangling", "id-twice", "begins", "unreachable"} <= set(codes(found))


def test_elements_are_counted_in_the_order_of_the_procedure() -> None:
    recipe = text.read(
        BASE.replace("begin -> dose -> rest -> t -> out -> end", "begin -> out -> t -> rest -> end")
    ).recipe
    assert spans(recipe) == {"out": (0, 0), "rest": (1, 1), "dose": (2, 2), "o": (0, 2), "u": (0, 2), "p": (0, 2)}
    two = LogicGraph.of(
        ProcedureLogic.model_validate(
            {
                "steps": [{"id": "x", "kind": "begin"}, {"id": "y", "kind": "begin"}],
                "links": [{"id": "l", **ends("x", "y")}],
            }
        )
    )
    assert [node.id for node in two.in_order()] == ["x", "y"]
