"""Decimal numbers without rounding: how they are read, written and reckoned with.

The limits below exist so that a mistyped exponent cannot fill the memory; no physical quantity comes near them.
"""

import re
from decimal import (
    Clamped,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
    Subnormal,
    Underflow,
)
from fractions import Fraction
from typing import Literal

from batchwright.kernel.errors import BadInput

MOST_DIGITS = 100
SIZE_LIMIT = f"{MOST_DIGITS} digits, sizes from 1E-99 to below 1E+100"

_TRAPS = [Clamped, DivisionByZero, Inexact, InvalidOperation, Overflow, Subnormal, Underflow]
_CALCULATED = Context(prec=MOST_DIGITS, Emin=-99, Emax=99, traps=_TRAPS)
# a quotient may drop zeros that nobody entered (Rounded); an entered number may not
_ENTERED = Context(prec=MOST_DIGITS, Emin=-99, Emax=99, traps=[*_TRAPS, Rounded])
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


def entered(value: object) -> Decimal:
    """The decimal number that was entered, with all its digits.

    Args:
        value: Text such as ``1.50`` or ``1.0E+6`` (independent of the locale), an `int` or a `Decimal`.

    Returns:
        A finite decimal.

    Raises:
        BadInput: It is a float or of another type, has another form, is not finite or has too many digits.
    """
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise BadInput(
            "the value is not an exact number",
            value=repr(value)[:80],
            limit="text, int or Decimal",
            remedy="Give the digits as text, as they were read." if isinstance(value, float) else "",
        )
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise BadInput(
            "the value cannot be read",
            value=repr(value[:80]),
            limit="digits with a decimal point, such as 1.50 or 1.0E+6",
            remedy="Write a decimal point, not a comma." if "," in value else "",
        )
    if isinstance(value, Decimal) and not value.is_finite():
        raise BadInput("the value is not finite", value=value, limit="a number")
    try:
        return _ENTERED.create_decimal(value)
    except DecimalException as error:
        shown = repr(value[:80]) if isinstance(value, str) else f"{Decimal(value):.20E}"
        raise BadInput(
            "the value has too many digits, or is too large or too small", value=shown, limit=SIZE_LIMIT
        ) from error


def text(value: Decimal) -> str:
    """The number as `entered` reads it back, digit for digit: plain, or with E+n where its last digits are unknown.

    Args:
        value: A finite decimal.

    Returns:
        Such as ``1.50``, ``0.0000001`` or ``1.0E+6``.
    """
    return format(value, "f") if exponent(value) <= 0 else str(value)


def exponent(value: Decimal) -> int:
    """Power of ten of the last digit of a finite decimal: -2 for 1.50."""
    return int(value.as_tuple().exponent)


def calculated(left: Decimal, operator: Literal["+", "-", "*", "/"], right: Decimal) -> Decimal | None:
    """The exact result, with the digits of decimal arithmetic: 1.50 + 2.5 is 4.00, 2.40 / 2.0 is 1.2.

    Args:
        left: First operand.
        operator: What to do.
        right: Second operand; not zero in a division.

    Returns:
        The result, or None where no decimal within the limits is exact.
    """
    act = {"+": _CALCULATED.add, "-": _CALCULATED.subtract, "*": _CALCULATED.multiply, "/": _CALCULATED.divide}
    try:
        return act[operator](left, right)
    except DecimalException:
        return None


def with_digits_of(entry: Decimal, exact: Fraction, *, shifted: bool = False) -> Decimal | None:
    """An exact number written with as many digits as were entered, or as many more as exactness needs.

    Args:
        entry: What was entered: 1.50 has three significant digits and two decimals.
        exact: What it became, in another unit.
        shifted: Whether the conversion moved the zero, so that decimals are kept and not significant digits.

    Returns:
        The decimal, or None where the number has no finite decimal expansion. An entry without E+n gives none.
    """
    places = _places(exact.denominator)
    if places is None:
        return None
    whole = exact.numerator * 10**places // exact.denominator
    if shifted or whole == 0:
        wanted = -exponent(entry)
    else:
        wanted = len(entry.as_tuple().digits) - 1 - (len(str(abs(whole))) - 1 - places)
    needed = places - _trailing_zeros(whole) if whole else wanted
    kept = max(needed, wanted) if exponent(entry) > 0 else max(needed, wanted, 0)
    scaled = exact * Fraction(10) ** kept
    return Decimal((int(exact < 0), tuple(int(digit) for digit in str(abs(scaled.numerator))), -kept))


def _places(denominator: int) -> int | None:
    """Decimals that a reduced fraction with this denominator needs; None where it never ends."""
    counts = []
    for prime in (2, 5):
        count = 0
        while denominator % prime == 0:
            denominator //= prime
            count += 1
        counts.append(count)
    return max(counts) if denominator == 1 else None


def _trailing_zeros(whole: int) -> int:
    digits = str(whole)
    return len(digits) - len(digits.rstrip("0"))
