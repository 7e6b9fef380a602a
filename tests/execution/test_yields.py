"""What was made of what could have been made, and whether every label is accounted for."""

from datetime import timedelta

import pytest

from batchwright.execution.engine import advance, idle
from batchwright.execution.exceptions import Kind
from batchwright.execution.marking import Done, Facts
from batchwright.execution.surroundings import Surroundings
from batchwright.execution.yields import Inspection, reckon, reconcile_area, reconcile_labels
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.procedure import ExpectedYield
from batchwright.recipes.values import Limits
from tests.execution.graphs import START, Floor, logic, recipe

WEIGHED = recipe(
    logic("begin -> out -> end")
    + """
            parameters: [{id: api, value: 60 kg}, {id: none, value: 0 kg}, {id: word, value: {text: x}}]
            elements: [{id: out, level: phase, phase: {kind: weigh, unit: g}}]"""
)


def around(net: str) -> Surroundings:
    floor = Floor.started(WEIGHED)
    facts = Facts(START, {"p/u/o/out": Done(START, {"net": Quantity(net, "g")})})
    marking = advance(floor.plan, floor.marking, facts).marking
    return Surroundings.of(floor.plan, {one.path: one for one in marking.visits}, facts, "p/u/o")


def expected(actual: str = "out.net", theoretical: str = "api", **limits: str) -> ExpectedYield:
    given = Limits.model_validate(limits) if limits else None
    return ExpectedYield(id="y", name="Yield", actual=actual, theoretical=theoretical, limits=given)


RANGE = {"action_low": "95.0 %", "alert_low": "97.0 %", "alert_high": "1", "action_high": "101.0 %"}


@pytest.mark.requirement("211.103")
@pytest.mark.parametrize(
    ("net", "verdict", "sentence"),
    [
        # 58.5 / 60 = 97.5 %; 57.5 / 60 = 95.8333 %; 56.9999 / 60 = 94.99983 %, which is shown as 95.00 % and is below
        ("58500", "within", "97.50 % = 58500 g / 60 kg, 95.0 % to 101.0 %"),
        ("57500", "alert", "Yield 95.83 % = 57500 g / 60 kg, limit >= 97.0 %"),
        ("60300", "alert", "Yield 100.50 % = 60300 g / 60 kg, limit <= 1"),
        ("56999.9", "out of limit", "Yield 95.00 % = 56999.9 g / 60 kg, limit >= 95.0 %"),
        ("61000", "out of limit", "Yield 101.67 % = 61000 g / 60 kg, limit <= 101.0 %"),
    ],
)
@pytest.mark.requirement("ALCOA+ accurate")
def test_a_yield_is_judged_before_it_is_rounded(net: str, verdict: str, sentence: str) -> None:
    found = reckon(expected(**RANGE), around(net))
    assert (found.verdict, found.sentence) == (verdict, sentence)
    assert (found.exception is None) is (verdict == "within")
    if found.exception is not None:
        assert found.exception.kind is (Kind.ALERT if verdict == "alert" else Kind.YIELD)
    assert found.theoretical == 60_000


@pytest.mark.parametrize(
    ("actual", "theoretical", "why"),
    [
        ("out.gross", "api", "out.gross has no value yet"),
        ("out.net", "none", "the theoretical amount is not more than nothing"),
        ("out.net", " ", "the recipe does not say how"),
        ("word", "api", "this is no amount: word"),
    ],
)
def test_a_yield_that_cannot_be_reckoned_says_why(actual: str, theoretical: str, why: str) -> None:
    found = reckon(expected(actual, theoretical), around("1"))
    assert found.verdict == "not known"
    assert why in found.sentence


def test_a_yield_without_limits_is_shown() -> None:
    assert reckon(expected(), around("60000")).sentence.endswith("no limits are given")


@pytest.mark.requirement("211.125")
def test_every_label_is_accounted_for() -> None:
    exactly = Limits(action_low=Quantity("100", "%"), action_high=Quantity("100", "%"))
    good = reconcile_labels(40, {"used": 36, "destroyed": 2, "returned": 1, "specimens": 1}, exactly)
    assert good.verdict == "within"
    assert good.sentence == "100.00 % = (36 used + 2 destroyed + 1 returned + 1 specimens) / 40 issued, 100 % to 100 %"
    one_less = reconcile_labels(40, {"used": 39}, exactly)
    assert one_less.verdict == "out of limit"
    assert one_less.sentence == "Labels 97.50 % = (39 used) / 40 issued, limit >= 100 %"
    assert reconcile_labels(40, {}, exactly).verdict == "out of limit"
    for issued, accounted in ((0, {"used": 0}), (4, {"used": -1})):
        with pytest.raises(DomainError, match="cannot be counted"):
            reconcile_labels(issued, accounted, exactly)


@pytest.mark.requirement("211.188")
def test_an_area_is_inspected_before_and_after_by_two_people() -> None:
    def looked(
        when: str, minutes: int, *, clear: bool = True, checked_by: str = "second", area: str = "Booth"
    ) -> Inspection:
        at = START + timedelta(minutes=minutes)
        return Inspection.model_validate(
            {"area": area, "when": when, "at": at, "by": "first", "checked_by": checked_by, "clear": clear}
        )

    began, ended = START + timedelta(minutes=30), START + timedelta(minutes=60)

    def missing(*inspections: Inspection) -> tuple[str, ...]:
        return reconcile_area("Booth", inspections, began, ended)

    assert missing(looked("before", 20), looked("after", 61)) == ()
    assert missing() == ("Booth was not inspected before its use", "Booth was not inspected after its use")
    assert missing(looked("before", 31), looked("after", 61), looked("before", 5, area="Other")) == (
        "Booth was not inspected before its use",
    )
    assert missing(looked("before", 10), looked("before", 20, clear=False), looked("after", 60)) == (
        "Booth was not clear before its use",
    )
    assert missing(looked("before", 10), looked("after", 70, checked_by="first"), looked("after", 80)) == (
        "The inspection of Booth after its use was not checked by a second person",
    )
    assert len(missing(looked("before", 10, checked_by=""), looked("after", 70))) == 1


def test_a_floor_that_has_not_begun_has_no_yield() -> None:
    floor = Floor.started(WEIGHED)
    visits = {one.path: one for one in idle().visits}
    found = reckon(expected(), Surroundings.of(floor.plan, visits, Facts(START), ""))
    assert found.verdict == "not known"
