"""Rounding by a stated rule; nothing in the plant is rounded without one.

Half-up is the rule of the pharmacopoeias (USP General Notices 7.20; General Notices of the Ph. Eur.): the digit behind
the last one kept decides, and 5 raises it. It applies to the size, so that -0.5 becomes -1. Half-even (ISO 80000-1
annex B, rule A) has no bias in long sums.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from batchwright.kernel.errors import BadInput

MOST_PLACES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How a value is rounded: the rule, and either a number of decimals or a number of significant digits.

    Raises:
        BadInput: The rule is unknown, or not exactly one of decimals and significant digits is given, or it is out of
            range.
    """

    rule: Literal["half-even", "half-up"]
    decimals: int | None = None
    """Places behind the decimal point, -60 to 60; -1 rounds to tens."""
    significant: int | None = None
    """Significant digits, 1 to 60."""

    def __post_init__(self) -> None:
        if self.rule not in ("half-even", "half-up"):
            raise BadInput("the rounding rule is not known", value=repr(self.rule), limit="half-even or half-up")
        if (self.decimals is None) == (self.significant is None):
            raise BadInput(
                "rounding needs a number of decimals or a number of significant digits, and not both",
                value=f"decimals={self.decimals}, significant={self.significant}",
            )
        if self.decimals is not None and abs(self.decimals) > MOST_PLACES:
            limit = f"-{MOST_PLACES} to {MOST_PLACES}"
            raise BadInput("the number of decimals is out of range", value=self.decimals, limit=limit)
        if self.significant is not None and not 1 <= self.significant <= MOST_PLACES:
            limit = f"1 to {MOST_PLACES}"
            raise BadInput("the number of significant digits is out of range", value=self.significant, limit=limit)

    @classmethod
    def half_even(cls, *, decimals: int | None = None, significant: int | None = None) -> "Rounding":
        """A tie goes to the even digit: 2.5 to 2, 3.5 to 4."""
        return cls(rule="half-even", decimals=decimals, significant=significant)

    @classmethod
    def half_up(cls, *, decimals: int | None = None, significant: int | None = None) -> "Rounding":
        """A tie goes away from zero: 2.5 to 3, -2.5 to -3."""
        return cls(rule="half-up", decimals=decimals, significant=significant)

    @classmethod
    def pharmacopoeia(cls, *, decimals: int | None = None, significant: int | None = None) -> "Rounding":
        """The rule of USP General Notices 7.20 and of the Ph. Eur., which is half-up."""
        return cls.half_up(decimals=decimals, significant=significant)

    def of(self, value: Decimal | Fraction) -> Decimal:
        """The value rounded once, from its exact size.

        Args:
            value: A finite number.

        Returns:
            A decimal with the places or digits asked for, zeros included: 9.995 to three digits is 10.0.
        """
        exact = Fraction(value)
        if self.decimals is not None:
            return self._at(exact, self.decimals)
        digits = self.significant or 0
        places = digits - 1 - _magnitude(exact)
        rounded = self._at(exact, places)
        # 9.995 has become 10.00: one digit more than asked for, so the last place is one further left
        return rounded if len(rounded.as_tuple().digits) <= digits else self._at(exact, places - 1)

    def _at(self, exact: Fraction, places: int) -> Decimal:
        whole, rest = divmod(abs(exact) * Fraction(10) ** places, 1)
        up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (self.rule == "half-up" or whole % 2 == 1))
        digits = tuple(int(digit) for digit in str(whole + up))
        return Decimal((int(exact < 0 and any(digits)), digits, -places))

    def __str__(self) -> str:
        if self.decimals is not None:
            return f"{self.rule}, {self.decimals} decimals"
        return f"{self.rule}, {self.significant} significant digits"


def _magnitude(exact: Fraction) -> int:
    """Power of ten of the first significant digit; 0 for zero."""
    if exact == 0:
        return 0
    size = abs(exact)
    guess = len(str(size.numerator)) - len(str(size.denominator))
    return guess if size >= Fraction(10) ** guess else guess - 1
