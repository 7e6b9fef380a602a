"""Decimal numbers are read, written and reckoned with digit for digit."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel import exact
from batchwright.kernel.errors import BadInput

operators: st.SearchStrategy[Literal["+", "-", "*", "/"]] = st.sampled_from(["+", "-", "*", "/"])
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@pytest.mark.parametrize("text", ["1.50", "0", "-0.0", "1.0E+6", "0.0000001", "100", "0.00", "9" * 100, "0E+3"])
def test_a_number_is_written_as_it_was_entered(text: str) -> None:
    assert exact.text(exact.entered(text)) == text


@pytest.mark.parametrize(
    ("entry", "written"),
    [("1E-3", "0.001"), ("1e6", "1E+6"), ("+5", "5"), ("007", "7"), (12, "12"), (Decimal("1.20"), "1.20")],
)
def test_each_number_has_one_way_of_being_written(entry: str | int | Decimal, written: str) -> None:
    assert exact.text(exact.entered(entry)) == written


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (1.5, "as text, as they were read"),
        (float("nan"), "not an exact number"),
        (True, "not an exact number"),
        (None, "not an exact number"),
        (b"1", "not an exact number"),
        ("1,5", "decimal point, not a comma"),
        ("", "cannot be read"),
        (".5", "cannot be read"),
        ("5.", "cannot be read"),
        ("1_000", "cannot be read"),
        ("1 000", "cannot be read"),
        ("٣", "cannot be read"),
        ("NaN", "cannot be read"),
        ("Infinity", "cannot be read"),
        ("0x10", "cannot be read"),
        ("1\n", "cannot be read"),
        (Decimal("NaN"), "not finite"),
        (Decimal("-Infinity"), "not finite"),
        ("1" * 101, "100 digits"),
        ("1" + "0" * 100, "100 digits"),
        ("1E+100", "100 digits"),
        ("1E-100", "100 digits"),
        ("0E-300", "100 digits"),
        (Decimal("1E-5000"), "E-5000"),
    ],
)
def test_what_is_no_exact_number_is_refused(entry: object, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        exact.entered(entry)


def test_a_number_too_long_to_be_printed_is_refused_all_the_same() -> None:
    with pytest.raises(BadInput, match=r"1\.0000.*E[+]5000"):
        exact.entered(10**5000)


@settings(deadline=None)  # a loaded machine is no finding
@given(st.text(max_size=12) | st.text("0123456789.eE+-,", max_size=12))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        value = exact.entered(text)
    except BadInput:
        return
    assert exact.entered(exact.text(value)).as_tuple() == value.as_tuple()


@settings(deadline=None)  # a loaded machine is no finding
@given(decimals, operators, decimals)
def test_a_result_is_exact_or_there_is_none(
    left: Decimal, operator: Literal["+", "-", "*", "/"], right: Decimal
) -> None:
    if operator == "/" and right == 0:
        return
    a, b = Fraction(left), Fraction(right)
    truth = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}[operator]
    result = exact.calculated(left, operator, right)
    assert result is None or Fraction(result) == truth


@pytest.mark.parametrize(
    ("left", "operator", "right", "result"),
    [
        ("1.50", "+", "2.5", "4.00"),
        ("1.50", "-", "0.5", "1.00"),
        ("1.50", "*", "2.0", "3.000"),
        ("2.40", "/", "2.0", "1.2"),
    ],
)
def test_results_have_the_digits_of_decimal_arithmetic(
    left: str, operator: Literal["+", "-", "*", "/"], right: str, result: str
) -> None:
    assert str(exact.calculated(Decimal(left), operator, Decimal(right))) == result


def test_there_is_no_result_that_would_be_rounded() -> None:
    assert exact.calculated(Decimal(1), "/", Decimal(3)) is None
    assert exact.calculated(Decimal("1E+99"), "+", Decimal("1E-99")) is None
    assert exact.calculated(Decimal("1E+60"), "*", Decimal("1E+60")) is None
    assert exact.calculated(Decimal("1E-60"), "*", Decimal("1E-60")) is None


@pytest.mark.parametrize(
    ("entry", "became", "shifted", "written"),
    [
        ("1.50", Fraction(1500), False, "1500"),
        ("90", Fraction(3, 2), False, "1.5"),
        ("1.00", Fraction("453.59237"), False, "453.59237"),
        ("1.50E+3", Fraction(3, 2), False, "1.50"),
        ("1.5E+6", Fraction(1500), False, "1.5E+3"),
        ("1.5E+6", Fraction(1536), False, "1536"),
        ("0.00", Fraction(0), False, "0.00"),
        ("0E+3", Fraction(0), False, "0E+3"),
        ("25.0", Fraction("298.15"), True, "298.15"),
        ("-273.150", Fraction(0), True, "0.000"),
        ("-1.5", Fraction(-1500), False, "-1500"),
        ("100", Fraction(1, 3), False, None),
    ],
)
def test_a_converted_number_keeps_the_digits_as_entered_or_as_many_as_it_needs(
    entry: str, became: Fraction, shifted: bool, written: str | None
) -> None:
    value = exact.with_digits_of(Decimal(entry), became, shifted=shifted)
    assert (None if value is None else exact.text(value)) == written


@settings(deadline=None)  # a loaded machine is no finding
@given(decimals, st.integers(1, 10**9), st.sampled_from([1, 2, 5, 8, 10**6, 125 * 16, 3, 60, 7]), st.booleans())
def test_a_converted_number_is_exact_or_there_is_none(entry: Decimal, above: int, below: int, shifted: bool) -> None:
    became = Fraction(entry) * above / below
    value = exact.with_digits_of(entry, became, shifted=shifted)
    if value is not None:
        assert Fraction(value) == became
    else:
        assert any(became.denominator % prime == 0 for prime in (3, 7))
