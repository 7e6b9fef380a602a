"""Rounding by a stated rule, once, from the exact size."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput
from batchwright.kernel.rounding import Rounding

MODES = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP}
WIDE = Context(prec=200)
decimals = st.decimals(min_value=-(10**12), max_value=10**12, places=8)
rules = st.sampled_from([Rounding.half_even, Rounding.half_up])


@pytest.mark.parametrize(
    ("value", "half_even", "half_up"),
    [
        ("2.5", "2", "3"),
        ("3.5", "4", "4"),
        ("-2.5", "-2", "-3"),
        ("2.51", "3", "3"),
        ("2.49", "2", "2"),
        ("0.5", "0", "1"),
    ],
)
def test_the_rules_differ_in_ties_only(value: str, half_even: str, half_up: str) -> None:
    assert str(Rounding.half_even(decimals=0).of(Decimal(value))) == half_even
    assert str(Rounding.half_up(decimals=0).of(Decimal(value))) == half_up


@pytest.mark.parametrize(
    ("unrounded", "limit_decimals", "reported"),
    [
        # as USP General Notices 7.20 rounds against limits of 98.0 %, 101.5 %, 0.02 % and 3 ppm
        ("97.96", 1, "98.0"),
        ("97.92", 1, "97.9"),
        ("97.95", 1, "98.0"),
        ("101.55", 1, "101.6"),
        ("101.46", 1, "101.5"),
        ("101.45", 1, "101.5"),
        ("0.025", 2, "0.03"),
        ("0.015", 2, "0.02"),
        ("0.027", 2, "0.03"),
        ("3.5", 0, "4"),
        ("3.4", 0, "3"),
        ("2.5", 0, "3"),
    ],
)
def test_results_are_rounded_for_their_limits_as_the_pharmacopoeia_asks(
    unrounded: str, limit_decimals: int, reported: str
) -> None:
    assert str(Rounding.pharmacopoeia(decimals=limit_decimals).of(Decimal(unrounded))) == reported


@pytest.mark.parametrize(
    ("value", "significant", "rounded"),
    [
        ("9.995", 3, "10.0"),
        ("0.00012345", 2, "0.00012"),
        ("1234", 3, "1.23E+3"),
        ("1", 4, "1.000"),
        ("0", 3, "0.00"),
        ("-99.96", 3, "-100"),
        ("100", 1, "1E+2"),
    ],
)
def test_significant_digits_are_written_out_and_no_more(value: str, significant: int, rounded: str) -> None:
    assert str(Rounding.half_up(significant=significant).of(Decimal(value))) == rounded


def test_decimals_can_round_to_tens_and_zero_has_no_sign() -> None:
    assert str(Rounding.half_up(decimals=-1).of(Decimal(1235))) == "1.24E+3"
    assert str(Rounding.half_up(decimals=1).of(Decimal("-0.04"))) == "0.0"


@settings(deadline=None)  # a loaded machine is no finding
@given(decimals, st.integers(-5, 10), rules)
def test_rounding_to_decimals_agrees_with_the_decimal_standard(value: Decimal, places: int, rule: Any) -> None:
    rounding = rule(decimals=places)
    assert rounding.of(value) == value.quantize(Decimal(1).scaleb(-places), MODES[rounding.rule], WIDE)
    assert rounding.of(value).as_tuple().exponent == -places


@settings(deadline=None)  # a loaded machine is no finding
@given(decimals, st.integers(1, 12), rules)
def test_rounding_to_digits_agrees_with_the_decimal_standard(value: Decimal, significant: int, rule: Any) -> None:
    rounding = rule(significant=significant)
    expected = Context(prec=significant, rounding=MODES[rounding.rule]).plus(value)
    assert rounding.of(value) == expected
    assert len(rounding.of(value).as_tuple().digits) == (significant if value else 1)


@settings(deadline=None)  # a loaded machine is no finding
@given(st.fractions(max_denominator=10**6), st.integers(0, 12), rules)
def test_a_fraction_is_rounded_to_within_half_of_the_last_place(value: Fraction, places: int, rule: Any) -> None:
    assert abs(Fraction(rule(decimals=places).of(value)) - value) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": "half-down", "decimals": 1}, "not known"),
        ({"rule": "half-up"}, "and not both"),
        ({"rule": "half-up", "decimals": 1, "significant": 1}, "and not both"),
        ({"rule": "half-up", "decimals": 61}, "-60 to 60"),
        ({"rule": "half-up", "significant": 0}, "1 to 60"),
        ({"rule": "half-up", "significant": 61}, "1 to 60"),
    ],
)
def test_a_rule_that_says_too_little_or_too_much_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Rounding(**arguments)


def test_a_rule_says_what_it_does() -> None:
    assert str(Rounding.half_up(decimals=2)) == "half-up, 2 decimals"
    assert str(Rounding.half_even(significant=3)) == "half-even, 3 significant digits"
