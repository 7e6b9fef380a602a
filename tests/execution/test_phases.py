"""Each kind of phase asks for what it needs, takes in what happened, and keeps what it refuses."""

from datetime import timedelta
from typing import Any

import pytest

from batchwright.execution.attempts import Attempt, Entered, Judged, Person, Situation
from batchwright.execution.engine import advance, idle
from batchwright.execution.exceptions import Kind, Severity
from batchwright.execution.marking import Facts
from batchwright.execution.phase_rules import PLAIN_KINDS, tolerance_limits
from batchwright.execution.phases import asked, judge, judge_correction
from batchwright.execution.plan import Plan
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Phase
from batchwright.recipes.procedure import RecipeElement
from tests.execution.graphs import START, logic, recipe

PEOPLE = {
    "operator": Person("operator", frozenset({"operator"}), frozenset({"T-1"})),
    "second": Person("second", frozenset({"operator"}), frozenset({"T-1"})),
    "untrained": Person("untrained", frozenset({"operator"})),
}
LATER = START + timedelta(minutes=10)
PATH = "p/u/o/x"
PLAN = Plan(
    recipe(
        logic("begin -> x -> end")
        + """
            parameters: [{id: lowest, value: 3 kg}]
            elements:
              - id: x
                level: phase
                phase: {kind: calculate, results: [{id: a, formula: lowest}, {id: own, formula: a}]}"""
    )
)


def phase(**content: Any) -> Phase:
    found = RecipeElement.model_validate({"id": "x", "level": "phase", "phase": content}).phase
    assert found is not None
    return found


def situation(so_far: dict[str, Any] | None = None, **changes: Any) -> Situation:
    facts = Facts(LATER, so_far={PATH: so_far} if so_far else {})
    visits = {one.path: one for one in advance(PLAN, idle(), facts).marking.visits}
    return Situation(Surroundings(PLAN, visits, facts, PATH, "x"), PEOPLE, START, **changes)


def tried(what: Phase | None, around: Situation | None = None, *, correct: Any = None, **given: Any) -> Judged:
    values = given.pop("values", {})
    source = given.pop("source", "manual")
    entered = tuple(
        one if isinstance(one, Entered) else Entered(field=name, text=one, source=source)
        for name, one in values.items()
    )
    attempt = Attempt(**{"path": PATH, "by": "operator", "at": LATER, "entered": entered, **given})
    around = around or situation()
    found = judge(what, attempt, around) if correct is None else judge_correction(what, correct, attempt, around)
    assert found.attempt is attempt  # whatever is said of it
    assert (found.verdict == "refused") is bool(found.reasons)
    assert not (found.verdict == "refused" and (found.values or found.exceptions or found.complete))
    return found


def codes(found: Judged) -> list[str]:
    return [one.code for one in found.reasons]


ENTER = phase(
    kind="enter",
    entries=[
        {
            "id": "ph",
            "name": "pH",
            "unit": "[pH]",
            "decimals": 2,
            "classification": "CPP",
            "limits": {
                "action_low": "6.0 [pH]",
                "alert_low": "6.5 [pH]",
                "alert_high": "7.0 [pH]",
                "action_high": "7.6 [pH]",
            },
        },
    ],
)


@pytest.mark.parametrize(
    ("text", "verdict", "kind", "sentence"),
    [
        ("6.80", "accepted", None, ""),
        ("7.9", "out of limit", Kind.OUT_OF_LIMIT, "pH 7.9 [pH] is above 7.6 [pH]"),
        ("5.9", "out of limit", Kind.OUT_OF_LIMIT, "pH 5.9 [pH] is below 6.0 [pH]"),
        ("7.1", "out of limit", Kind.ALERT, "pH 7.1 [pH] is above 7.0 [pH]"),
        ("6.4 [pH]", "out of limit", Kind.ALERT, "pH 6.4 [pH] is below 6.5 [pH]"),
    ],
)
def test_a_value_beyond_a_limit_is_taken_in_with_an_exception(
    text: str, verdict: str, kind: Kind | None, sentence: str
) -> None:
    found = tried(ENTER, values={"ph": text})
    assert found.verdict == verdict
    assert found.complete
    assert found.values["ph"] == Quantity(text.split(maxsplit=1)[0], "[pH]")
    assert [(one.kind, one.sentence) for one in found.exceptions] == ([(kind, sentence)] if kind else [])
    if kind is Kind.OUT_OF_LIMIT:
        assert found.exceptions[0].severity is Severity.CRITICAL


FIELDS = phase(
    kind="enter",
    entries=[
        {"id": "mass", "name": "Mass", "unit": "kg", "decimals": 3},
        {"id": "look", "type": "choice", "options": ["clear", "particles"]},
        {"id": "day", "type": "date"},
        {"id": "why", "type": "text"},
    ],
)
GOOD = {"mass": "1.250", "look": "clear", "day": "2026-11-22", "why": "as it is"}


def test_a_result_may_be_called_done_and_only_the_bare_confirmation_leaves_no_value() -> None:
    cycles = phase(kind="automated", service="Column", results=[{"id": "done", "name": "Cycles done"}])
    assert list(tried(cycles, values={"done": "2"}, source="module").values) == ["done"]
    assert tried(phase(kind="instruct", text="Stir."), values={"done": "done"}).values == {}


def test_what_is_well_formed_is_accepted_and_another_unit_is_converted() -> None:
    assert tried(FIELDS, values=GOOD).values["mass"] == Quantity("1.250", "kg")
    assert str(tried(FIELDS, values={**GOOD, "mass": "1250 g"}).values["mass"]) == "1.250 kg"
    assert [one.id for one in asked(FIELDS)] == ["mass", "look", "day", "why"]


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("mass", "1,25", "type"),
        ("mass", "much", "type"),
        ("mass", "1 furlong", "type"),
        ("mass", "1 L", "unit"),
        ("mass", "1 [lb_av]", "decimals"),
        ("mass", "1.2501", "decimals"),
        ("mass", " ", "empty"),
        ("look", "Clear", "option"),
        ("day", "22.11.2026", "type"),
        ("more", "1", "unknown field"),
    ],
)
def test_what_is_not_as_asked_is_refused_and_kept(field: str, text: str, code: str) -> None:
    found = tried(FIELDS, values={**GOOD, field: text})
    assert codes(found) == [code]
    assert found.attempt.entered[-1 if field == "more" else list(GOOD).index(field)].text == text


def test_a_unit_that_gives_no_decimal_is_refused() -> None:
    found = tried(phase(kind="enter", entries=[{"id": "t", "unit": "h"}]), values={"t": "1 min"})
    assert codes(found) == ["unit"]


def test_a_missing_value_is_refused() -> None:
    assert codes(tried(FIELDS, values={"mass": "1"})) == ["missing", "missing", "missing"]


@pytest.mark.requirement("11.10(g)")
@pytest.mark.requirement("11.10(i)")
def test_another_role_or_a_lapsed_training_blocks_the_step() -> None:
    signed = phase(kind="sign", meaning="approved", role="supervisor", training=["T-9"])
    found = tried(signed, values={"done": "done"})
    assert codes(found) == ["role", "training"]
    assert found.reasons[0].limit == "supervisor"
    lapsed = tried(phase(kind="instruct", text="do"), situation(trainings=frozenset({"T-1"})), by="untrained",
                   values={"done": "done"})  # fmt: skip
    assert codes(lapsed) == ["training"]
    assert codes(tried(None, situation(role="operator"), by="nobody", values={"done": "done"})) == ["role"]


@pytest.mark.requirement("Annex 11, 6")
def test_a_second_person_is_another_one_and_trained() -> None:
    doubled = phase(kind="charge", text="fill", second_person=True, training=["T-1"])
    alone = tried(doubled, values={"done": "done"})
    assert alone.verdict == "accepted"
    assert not alone.complete
    assert tried(doubled, values={"done": "done"}, checked_by="second").complete
    assert codes(tried(doubled, values={"done": "done"}, checked_by="operator")) == ["same person"]
    assert codes(tried(doubled, values={"done": "done"}, checked_by="untrained")) == ["checker"]
    assert codes(tried(doubled, values={"done": "done"}, checked_by="nobody")) == ["checker"]


@pytest.mark.requirement("ALCOA+ contemporaneous")
def test_a_late_entry_is_flagged_and_needs_a_reason_and_a_second_person() -> None:
    around = situation(late_after=timedelta(minutes=5))
    done = {"done": "done"}
    assert codes(tried(None, around, values=done, done_at=START)) == ["reason", "late"]
    late = tried(None, around, values=done, done_at=START, reason="network was down", checked_by="second")
    assert [(one.kind, one.sentence) for one in late.exceptions] == [
        (Kind.LATE_ENTRY, "Entered 10 min after it was done: network was down")
    ]
    assert not tried(None, around, values=done, done_at=LATER - timedelta(minutes=5)).exceptions
    assert codes(tried(None, values=done, done_at=LATER + timedelta(seconds=1))) == ["future"]
    assert codes(tried(None, values=done, done_at=START - timedelta(seconds=1))) == ["order"]


@pytest.mark.requirement("11.10(h)")
def test_a_value_of_an_instrument_whose_calibration_has_expired_is_refused() -> None:
    old = Entered(field="ph", text="6.8", source="sensor", instrument="PH-1", calibrated_until=START)
    assert codes(tried(ENTER, values={"ph": old})) == ["instrument"]
    valid = old.model_copy(update={"calibrated_until": LATER})
    assert tried(ENTER, values={"ph": valid}).verdict == "accepted"


@pytest.mark.parametrize("what", ["material", "container", "equipment", "place", "person"])
@pytest.mark.requirement("Weigh: item and lot")
def test_a_scan_finds_what_is_expected(what: str) -> None:
    scan = phase(kind="scan", what=what)
    wanted = situation(expected=frozenset({"A"}))
    assert tried(scan, wanted, values={"code": "A"}).values == {"code": "A"}
    assert codes(tried(scan, wanted, values={"code": "B"})) == [f"wrong {what}"]
    assert codes(tried(scan, situation(known=frozenset({"A"})), values={"code": "B"})) == [f"wrong {what}"]
    assert tried(scan, values={"code": "B"}).verdict == "accepted"


def test_a_weight_is_held_against_its_tolerance() -> None:
    weigh = phase(kind="weigh", unit="kg", target="lowest", tolerance={"below": "0.1 %", "above": "50 g"})
    target = situation(target=Quantity("48.690", "kg"))
    # 48.690 x 0.001 = 0.04869: from 48.64131 kg; 48.690 + 0.050 = 48.740 kg
    assert tried(weigh, target, values={"net": "48.642"}).verdict == "accepted"
    assert tried(weigh, target, values={"net": "48.740"}).verdict == "accepted"
    low = tried(weigh, target, values={"net": "48.641"})
    assert low.exceptions[0].limit == ">= 48.641310 kg"
    assert tried(weigh, target, values={"net": "48741 g"}).verdict == "out of limit"
    assert codes(tried(weigh, values={"net": "48.7"})) == ["formula"]
    assert tried(phase(kind="weigh", unit="kg"), values={"net": "48.7"}).verdict == "accepted"
    assert str(tolerance_limits(Quantity("2", "kg"), Quantity("1", "%"), Quantity("0", "g"))) == "1.98 kg to 2 kg"


def test_a_line_is_cleared_at_every_point() -> None:
    clear = phase(kind="clear line", area="Booth", points=["empty", "clean"])
    assert tried(clear, values={"point_1": "yes", "point_2": "yes"}).verdict == "accepted"
    found = tried(clear, values={"point_1": "yes", "point_2": "no"})
    assert codes(found) == ["not clear"]
    assert found.reasons[0].sentence == "The line is not clear: clean"
    assert codes(tried(clear, values={"point_1": "yes", "point_2": "maybe"})) == ["type"]
    assert tried(phase(kind="clear line", area="Booth", document="SOP"), values={"done": "done"}).complete


def test_samples_are_counted() -> None:
    sample = phase(kind="sample", points=["top"])
    around = situation(containers={"top": 3, "other": 1})
    assert tried(sample, around, values={"top": "3"}).verdict == "accepted"
    assert codes(tried(sample, around, values={"top": "2"})) == ["count"]
    assert tried(sample, values={"done": "done"}).verdict == "accepted"


@pytest.mark.requirement("211.111")
def test_a_wait_is_neither_too_short_nor_too_long() -> None:
    assert codes(tried(phase(kind="wait", at_least="11 min"))) == ["too early"]
    assert tried(phase(kind="wait", at_least="10 min", at_most="10 min")).values == {"waited": Quantity("600", "s")}
    long = tried(phase(kind="wait", at_most="9 min"))
    assert [one.kind for one in long.exceptions] == [Kind.HOLD_TIME]


@pytest.mark.requirement("11.10(g)")
def test_nobody_verifies_what_they_performed() -> None:
    verify = phase(kind="verify", statement="right")
    around = situation(performers=frozenset({"operator"}))
    assert codes(tried(verify, around, values={"done": "done"})) == ["same person"]
    assert tried(verify, around, by="second", values={"done": "done"}).complete


def test_a_decision_differs_from_its_proposal_only_with_a_reason() -> None:
    decide = phase(kind="decide", question="On?", options=["on", "off"], formula='if(lowest > 2 kg, "on", "off")')
    assert tried(decide, values={"choice": "on"}).exceptions == ()
    assert codes(tried(decide, values={"choice": "off"})) == ["reason"]
    other = tried(decide, values={"choice": "off"}, reason="noise")
    assert [(one.kind, one.sentence) for one in other.exceptions] == [
        (Kind.OVERRIDDEN_DECISION, "Decided off and not on: noise")
    ]
    open_one = phase(kind="decide", question="On?", options=["on", "off"])
    assert tried(open_one, values={"choice": "off"}).verdict == "accepted"
    unknown = phase(kind="decide", question="On?", options=["on", "off"], formula='if(nobody > 2 kg, "on", "off")')
    assert codes(tried(unknown, values={"choice": "off"})) == ["formula"]


def test_results_are_reckoned_one_after_the_other_and_never_entered() -> None:
    reckon = phase(
        kind="calculate",
        results=[
            {"id": "a", "formula": "lowest / 7", "unit": "g", "limits": {"action_high": "400 g"}},
            {"id": "own", "formula": "a * 7", "unit": "kg", "rounding": {"decimals": 2}},
            {"id": "ok", "formula": "own > 2 kg", "type": "yes or no"},
        ],
    )
    found = tried(reckon)
    # 3000 g / 7 = 428.571428571..., nine digits; 428.571429 g x 7 = 3.000000003 kg
    assert {name: str(value) for name, value in found.values.items()} == {
        "a": "428.571429 g",
        "own": "3.00 kg",
        "ok": "True",
    }
    assert found.verdict == "out of limit"
    assert codes(tried(reckon, values={"a": "1"})) == ["unknown field"]
    broken = phase(kind="calculate", results=[{"id": "a", "formula": "lowest / 0"}])
    assert codes(tried(broken)) == ["formula"]


def test_a_repetition_ends_by_its_condition_or_its_number_of_rounds() -> None:
    counted = phase(kind="repeat", every="8 min", at_most=3, entries=[{"id": "f", "unit": "N"}])
    assert not tried(counted, values={"f": "50"}).complete
    last = tried(counted, situation(rounds=2, latest_round=START + timedelta(minutes=2)), values={"f": "50"})
    assert last.complete
    assert last.values["count"] == Quantity("3", "1")
    assert last.exceptions == ()
    slow = tried(phase(kind="repeat", every="4 min", until="p complete", entries=[]))
    assert [one.kind for one in slow.exceptions] == [Kind.HOLD_TIME]
    assert not slow.complete
    assert tried(phase(kind="repeat", every="1 h", until="x.count >= 1", entries=[])).complete
    assert not tried(phase(kind="repeat", every="1 h", until="nobody > 1", entries=[])).complete
    assert not tried(phase(kind="repeat", every="1 h", entries=[])).complete


@pytest.mark.requirement("Annex 11, 6")
def test_what_a_machine_should_have_said_is_entered_by_hand_only_with_a_reason() -> None:
    run = phase(
        kind="automated", service="Dryer", results=[{"id": "t", "unit": "Cel"}, {"id": "end", "type": "choice"}]
    )
    values = {"t": "45", "end": "reached"}
    assert tried(run, values=values, source="module").exceptions == ()
    assert codes(tried(run, values=values)) == ["reason"]
    by_hand = tried(run, values=values, reason="no connection")
    assert [one.kind for one in by_hand.exceptions] == [Kind.MANUAL_VALUE]


def test_a_file_is_of_a_type_that_is_asked_for() -> None:
    attach = phase(kind="attach", instrument="Press", media_types=["application/pdf"], entries=[{"id": "n"}])
    values = {"file": "sha256:00", "media_type": "application/pdf", "n": "1"}
    assert tried(attach, values=values).values == {"n": Quantity("1", "1")}
    assert codes(tried(attach, values={**values, "media_type": "text/html"})) == ["media type"]
    any_file = phase(kind="attach", instrument="Press")
    assert tried(any_file, values={"file": "x", "media_type": "y"}).verdict == "accepted"


def test_only_what_was_dispensed_is_charged() -> None:
    charge = phase(kind="charge", inputs=["api"])
    around = situation(expected=frozenset({"D-17"}))
    assert tried(charge, around, values={"api": "D-17"}).verdict == "accepted"
    assert codes(tried(charge, around, values={"api": "D-18"})) == ["wrong container"]
    assert tried(charge, values={"api": "D-18"}).verdict == "accepted"


def test_kinds_without_a_rule_are_confirmed_and_dispensing_asks_for_nothing_here() -> None:
    assert len(PLAIN_KINDS) == 5
    assert [one.id for one in asked(phase(kind="clean", procedure="SOP"))] == ["done"]
    assert asked(phase(kind="dispense", inputs=["api"])) == ()


def test_a_correction_needs_a_reason_and_a_second_person_and_keeps_both_values() -> None:
    before = {"ph": Quantity("6.8", "[pH]")}
    alone = tried(ENTER, values={"ph": "7.0"}, correct=before)
    assert codes(alone) == ["reason", "checker"]
    found = tried(ENTER, values={"ph": "7.0"}, correct=before, reason="misread", checked_by="second")
    assert found.exceptions[-1].sentence == "Corrected: ph 6.8 [pH] -> 7.0 [pH]. misread"
    same = tried(ENTER, values={"ph": "6.80"}, correct=before, reason="looked again", checked_by="second")
    assert same.exceptions[-1].sentence == "Corrected: nothing changes. looked again"
