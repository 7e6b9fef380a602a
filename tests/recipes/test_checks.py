"""What is found before a recipe can be approved: each slip by its code, with a remedy."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from batchwright.recipes import text
from batchwright.recipes.checks import check, errors
from batchwright.recipes.procedure import EquipmentRequirement
from tests.recipes.sound_recipe import BASE, codes, findings

EXAMPLES = sorted((Path(text.__file__).parent / "examples").glob("*.yaml"))


def phase_of(kind: str) -> tuple[str, str]:
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
        (", rounding: {decimals: 3}", "", "no-rounding"),
        ("value: 40 kg", "value: 40 kg, scaling: {rule: proportional}", "no-rounding"),
        ("value: 40 kg", "value: 4 kg, overage: {excess: 1 %, limit: 2 %}", "mass"),
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
@pytest.mark.requirement("211.186(b)(1)", "211.186(b)(4)", "211.186(b)(7)")
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


@pytest.mark.requirement("211.186(b)(2)")
def test_an_output_that_is_counted_in_pieces_takes_part_by_its_mass_per_unit() -> None:
    # 99,000 x 1 g = 99 kg
    assert findings(("value: 99 kg", "value: '99000 {tablets}', mass_per_unit: 1 g")) == ()
    assert codes(findings(("value: 99 kg", "value: '99000 {tablets}', mass_per_unit: 1 mL"))) == ["no-mass"]
    (found,) = findings(("value: 99 kg", "value: '99000 {tablets}', mass_per_unit: 1.1 g"))
    assert found.sentence == "Of 100 kg that go in, 109.9 kg come out or are lost: 9.9 kg are missing or too much"


@pytest.mark.requirement("211.186(b)(3)")
def test_an_input_that_no_phase_takes_is_pointed_out() -> None:
    found = findings(("inputs: [api, lactose]", "inputs: [api]"))
    assert codes(found) == ["input-unused"]
    assert errors(found) == ()


@pytest.mark.requirement("211.186(b)(4)")
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
@pytest.mark.requirement("211.186(b)(9)")
def test_every_kind_of_phase_says_what_it_needs(kind: str, expected: list[str]) -> None:
    found = findings(phase_of(kind), ("{t: rest complete}", "{t: 'true'}"))
    assert [code for code in codes(found) if code != "option-unread"] == expected


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
        "- {id: mid, level: phase, phase: {kind: instruct, text: x}}\n"
        "              - {id: again, level: phase, phase: {kind: wait, at_least: 2 h}}\n"
        "              - {id: out, level",
    )
    (found,) = findings(flow, more, (", transitions: {t: rest complete}", ""), ("at_most: 4 h", "at_most: 2.5 h"))
    assert (
        str(found) == "h: rest, again last at least 3 h together inside a hold of at most 2.5 h. "
        "Lengthen the hold, or shorten what is inside it."
    )
    assert findings(flow, more, (", transitions: {t: rest complete}", ""), ("at_most: 4 h", "at_most: 3 h")) == ()
    inner = (
        "            logic: {flow: [begin -> dose",
        "            holds: [{id: k, after: dose, before: out, at_least: 5 h}]\n"
        "            logic: {flow: [begin -> dose",
    )
    assert codes(findings(inner)) == ["hold-overlap"]
