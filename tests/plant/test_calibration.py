"""Calibrations and checks judged by the pure rules, and when an instrument suits what it is to measure."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.plant.calibration import (
    InstrumentFacts,
    Outcome,
    Point,
    Tolerance,
    due_on,
    judge,
    judged,
    minimum_weight,
    require_covered,
    suitability,
)
from batchwright.plant.verdicts import Remedy

NOW = datetime(2026, 11, 22, 7, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)


def kg(value: str) -> Quantity:
    return Quantity(value, "kg")


def point(reference: str, indicated: str, unit: str = "kg") -> Point:
    return Point(Quantity(reference, unit), Quantity(indicated, unit))


TEN_GRAMS = Tolerance(Quantity("10", "g"))


def test_an_error_on_the_limit_is_within_it_and_one_digit_more_is_not() -> None:
    assert judged(point("20", "20.010"), TEN_GRAMS).within
    outside = judged(point("20", "20.011"), TEN_GRAMS)
    assert not outside.within
    assert (str(outside.error), str(outside.allowed)) == ("11 g", "10 g")
    assert not judged(point("20", "19.989"), TEN_GRAMS).within


def test_a_tolerance_can_grow_with_what_is_measured() -> None:
    tolerance = Tolerance(Quantity("1", "g"), Decimal("0.1"))
    assert tolerance.at(kg("20")) == Quantity("21", "g")
    assert judged(point("20", "20.021"), tolerance).within
    assert str(tolerance) == "1 g + 0.1 %"
    assert str(TEN_GRAMS) == "10 g"


def test_temperatures_are_compared_as_points_and_differ_by_kelvins() -> None:
    tolerance = Tolerance(Quantity("0.5", "K"))
    found = judged(point("37.0", "37.4", "Cel"), tolerance)
    assert found.within
    assert found.error == Quantity("0.4", "K")
    with pytest.raises(DomainError):
        judged(point("37.0", "37.4", "Cel"), Tolerance(Quantity("0.5", "K"), Decimal(1)))


@pytest.mark.parametrize(
    ("fixed", "percent"), [("0 g", "0"), ("-1 g", "0"), ("1 g", "-1"), ("1 Cel", "0")]
)
def test_a_tolerance_of_nothing_less_or_a_point_is_refused(fixed: str, percent: str) -> None:
    with pytest.raises(BadInput):
        Tolerance(Quantity.parse(fixed), Decimal(percent))


def test_what_measures_something_else_is_refused() -> None:
    with pytest.raises(DomainError):
        judged(point("20", "20", "Cel"), TEN_GRAMS)


@pytest.mark.requirement("11.10(h)")
def test_as_found_in_tolerance_passes_without_impact() -> None:
    judgement = judge([point("0", "0.001"), point("60", "60.004")], [], TEN_GRAMS)
    assert judgement.outcome is Outcome.PASSED
    assert not judgement.impact
    assert judgement.worst.point.reference == kg("60")


@pytest.mark.requirement("11.10(h)")
def test_as_found_out_and_as_left_in_is_adjusted_and_has_an_impact() -> None:
    judgement = judge([point("60", "60.050")], [point("60", "60.001")], TEN_GRAMS)
    assert judgement.outcome is Outcome.ADJUSTED
    assert judgement.impact


def test_as_left_out_fails_also_where_it_was_found_in() -> None:
    assert judge([point("60", "60.050")], [], TEN_GRAMS).outcome is Outcome.FAILED
    assert judge([point("60", "60.001")], [point("60", "60.050")], TEN_GRAMS).outcome is Outcome.FAILED


def test_adjusting_before_comparing_is_refused() -> None:
    with pytest.raises(BadInput, match="as found"):
        judge([], [point("60", "60")], TEN_GRAMS)


def test_both_ends_of_the_range_are_compared() -> None:
    require_covered(kg("0"), kg("60"), [point("6", "6"), point("54", "54")])
    for points in ([point("30", "30")], [point("0", "0"), point("50", "50")], [point("10", "10"), point("60", "60")]):
        with pytest.raises(BadInput, match="do not cover the range"):
            require_covered(kg("0"), kg("60"), points)


def weighings(*last_digits: int) -> list[Quantity]:
    return [Quantity(Decimal("100.0000") + Decimal(digit).scaleb(-4), "g") for digit in last_digits]


def test_the_minimum_weight_is_two_thousand_standard_deviations() -> None:
    # By hand: deviations of +-1 digit, five each: s = sqrt(10/9) d = 1.054093 d; 2000 s = 2108.19 d, so 2109 digits.
    repeated = weighings(1, -1, 1, -1, 1, -1, 1, -1, 1, -1)
    assert minimum_weight(repeated, Quantity("0.1", "mg")) == Quantity("0.2109", "g")


def test_the_minimum_weight_is_never_below_820_digits() -> None:
    # USP <41>: s below 0.41 d is replaced by 0.41 d; 2000 x 0.41 = 820.
    assert minimum_weight(weighings(*[0] * 10), Quantity("0.1", "mg")) == Quantity("82.0", "mg")


def test_nine_weighings_are_too_few() -> None:
    with pytest.raises(BadInput, match="at least 10"):
        minimum_weight(weighings(*[0] * 9), Quantity("0.1", "mg"))


@pytest.mark.requirement("211.68(a)")
def test_a_calibration_is_good_until_its_interval_is_over() -> None:
    assert due_on(date(2026, 1, 12), 365) == date(2027, 1, 12)


GOOD = InstrumentFacts(
    unit="kg", low=kg("0"), high=kg("60"), minimum=kg("0.820"), calibrated_until=NOW + 24 * HOUR, needs_check=True,
    checked_at=NOW - HOUR, check_passed=True, checked_until=NOW + 16 * HOUR,
)  # fmt: skip


def codes(facts: InstrumentFacts, load: Quantity | None = None, now: datetime = NOW) -> list[str]:
    return [one.reason.code for one in suitability(facts, load=load, now=now).obstacles]


def test_a_calibrated_and_checked_scale_of_the_right_size_may_be_used_and_says_until_when() -> None:
    verdict = suitability(GOOD, load=kg("48.7"), now=NOW)
    assert verdict.usable
    assert verdict.changes_at == GOOD.checked_until
    assert verdict.remedy is None


@pytest.mark.requirement("11.10(h)")
@pytest.mark.parametrize(
    ("change", "code", "sentence", "remedy"),
    [
        ({"calibrated_until": None}, "not-calibrated", "not calibrated", Remedy.CALIBRATE),
        (
            {"calibrated_until": None, "awaits_approval": True}, "not-approved", "its calibration is not approved",
            Remedy.APPROVE_CALIBRATION,
        ),
        (
            {"calibrated_until": NOW - 2 * HOUR}, "calibration-overdue",
            "calibration overdue for 2 h, since 2026-11-22 05:21 UTC", Remedy.CALIBRATE,
        ),
        (
            {"calibrated_until": NOW - 2 * HOUR, "awaits_approval": True}, "calibration-overdue",
            "calibration overdue for 2 h, since 2026-11-22 05:21 UTC", Remedy.APPROVE_CALIBRATION,
        ),
        ({"failed_at": NOW - HOUR}, "calibration-failed", "found out of tolerance at 2026-11-22 06:21 UTC",
         Remedy.CALIBRATE),
        (
            {"adjusted_at": NOW - HOUR, "awaits_approval": True}, "not-approved",
            "adjusted at 2026-11-22 06:21 UTC, which nobody approved yet", Remedy.APPROVE_CALIBRATION,
        ),
        ({"checked_at": None, "checked_until": None}, "no-check", "never checked with its check weights", Remedy.CHECK),
        (
            {"checked_at": NOW - 30 * HOUR, "checked_until": NOW - 8 * HOUR}, "no-check",
            "no check today; the last was at 2026-11-21 01:21 UTC", Remedy.CHECK,
        ),
        ({"check_passed": False}, "check-failed", "failed its check at 2026-11-22 06:21 UTC", Remedy.CHECK),
        ({"held_since": NOW - HOUR, "held_why": "dropped"}, "held", "held since 2026-11-22 06:21 UTC: dropped",
         Remedy.FREE),
        ({"retired_at": NOW - HOUR}, "retired", "out of use since 2026-11-22 06:21 UTC", Remedy.USE_ANOTHER),
    ],
)  # fmt: skip
def test_each_fault_is_a_reason_with_its_remedy(
    change: dict[str, object], code: str, sentence: str, remedy: Remedy
) -> None:
    verdict = suitability(replace(GOOD, **change), load=kg("10"), now=NOW)  # type: ignore[arg-type]
    assert [(one.reason.code, str(one.reason)) for one in verdict.obstacles] == [(code, sentence)]
    assert verdict.remedy is remedy
    assert not verdict.usable


@pytest.mark.requirement("11.10(h)")
@pytest.mark.parametrize(
    ("load", "code"),
    [("60.001 kg", "capacity"), ("0.819 kg", "minimum"), ("10000 g", "wrong-unit"), ("10 L", "wrong-unit")],
)
def test_a_load_that_does_not_suit_the_scale_is_refused(load: str, code: str) -> None:
    assert codes(GOOD, Quantity.parse(load)) == [code]


def test_what_lies_below_the_range_is_refused_where_there_is_no_minimum_weight() -> None:
    meter = InstrumentFacts(
        unit="Cel", low=Quantity(-20, "Cel"), high=Quantity(150, "Cel"), calibrated_until=NOW + HOUR
    )
    assert codes(meter, Quantity(-30, "Cel")) == ["range"]
    assert codes(meter, Quantity(-20, "Cel")) == []
    assert suitability(meter, now=NOW).changes_at == NOW + HOUR


def test_the_ends_of_the_range_are_in_it() -> None:
    assert codes(GOOD, kg("60")) == codes(GOOD, kg("0.820")) == []


def test_a_verdict_changes_at_the_very_moment_it_said() -> None:
    changes_at = suitability(GOOD, now=NOW).changes_at
    assert changes_at is not None
    assert codes(GOOD, now=changes_at - timedelta(microseconds=1)) == []
    assert codes(GOOD, now=changes_at) == ["no-check"]
    assert codes(GOOD, now=NOW + 24 * HOUR) == ["calibration-overdue", "no-check"]


def test_every_fault_is_said_not_only_the_first() -> None:
    facts = replace(GOOD, held_since=NOW, held_why="x", calibrated_until=None, checked_at=None)
    assert codes(facts, kg("90")) == ["held", "not-calibrated", "no-check", "capacity"]


def test_a_fault_never_hides_another() -> None:
    """Every combination of faults gives exactly one reason for each."""
    faults: list[tuple[dict[str, object], str]] = [
        ({"calibrated_until": NOW}, "calibration-overdue"), ({"check_passed": False}, "check-failed"),
        ({"held_since": NOW, "held_why": "x"}, "held"), ({"retired_at": NOW}, "retired"),
    ]  # fmt: skip
    for chosen in product((False, True), repeat=len(faults)):
        change: dict[str, object] = {}
        for (one, _code), taken in zip(faults, chosen, strict=True):
            change |= one if taken else {}
        wanted = {code for (_one, code), taken in zip(faults, chosen, strict=True) if taken}
        assert set(codes(replace(GOOD, **change))) == wanted  # type: ignore[arg-type]


@given(st.decimals("0", "60", places=3), st.decimals("-0.02", "0.02", places=3))
def test_an_instrument_is_within_exactly_if_its_error_is_no_larger_than_allowed(load: Decimal, error: Decimal) -> None:
    one = Point(Quantity(load, "kg"), Quantity(load + error, "kg"))
    assert judged(one, TEN_GRAMS).within is (abs(error) <= Decimal("0.010"))
