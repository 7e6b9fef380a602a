"""Exact quantities: a decimal value as it was entered, with a UCUM unit.

Nothing here is approximate. A value is the decimal that was entered, with its digits ("1.50 kg" stays 1.50); a
conversion or a division that has no exact decimal result is refused until the caller says how to round; quantities that
measure different things do not mix. Binary floating point does not enter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from batchwright.kernel import exact, units
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.rounding import Rounding
from batchwright.kernel.units import Unit


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class Quantity:
    """An exact amount of something, or a point on a temperature scale.

    Two quantities are equal where they are the same size: 1.5 kg, 1.50 kg and 1500 g are equal and hash alike;
    `same_as_entered` tells them apart. Quantities that measure different things are never equal, and neither are a
    point and a difference: 0 Cel is 32 [degF], but it is not 273.15 K until `to("K")` says so.

    Args:
        value: Text, `int` or `Decimal`; its digits are kept. A float is refused, as it holds other digits than were
            written.
        unit: UCUM code, case sensitive; "1" for a plain number.

    Raises:
        BadInput: The value is no finite decimal number within the limits, or the unit is not known.
    """

    value: Decimal
    unit: str

    def __init__(self, value: str | int | Decimal, unit: str) -> None:
        object.__setattr__(self, "value", exact.entered(value))
        object.__setattr__(self, "unit", units.parse(unit).code)

    @classmethod
    def parse(cls, text: str) -> "Quantity":
        """Read a quantity as people write it.

        Args:
            text: Value, blank, UCUM code, such as ``1.50 kg``; a value alone is a plain number.

        Returns:
            The quantity.

        Raises:
            BadInput: The text has another form.
        """
        value, _, unit = text.strip(" ").partition(" ")
        return cls(value, unit.lstrip(" ") or "1")

    @classmethod
    def from_json(cls, content: object) -> "Quantity":
        """Read what `as_json` wrote.

        Args:
            content: A mapping with the keys value and unit and no others, both texts.

        Returns:
            The quantity, same as entered.

        Raises:
            BadInput: The content has another form.
        """
        if isinstance(content, Mapping) and content.keys() == {"value", "unit"}:
            value, unit = content["value"], content["unit"]
            if isinstance(value, str) and isinstance(unit, str):
                return cls(value, unit)
        raise BadInput("this is not a quantity", value=repr(content)[:200], limit='{"value": "1.50", "unit": "kg"}')

    def as_json(self) -> dict[str, str]:
        """The quantity for a record entry: ``{"value": "1.50", "unit": "kg"}``."""
        return {"value": exact.text(self.value), "unit": self.unit}

    @property
    def measured_in(self) -> Unit:
        """The unit with its dimension and exact factor."""
        return units.parse(self.unit)

    def same_as_entered(self, other: "Quantity") -> bool:
        """Whether value and unit were written alike, digit for digit: 1.5 kg and 1.50 kg are not."""
        return self.value.as_tuple() == other.value.as_tuple() and self.unit == other.unit

    def to(self, unit: str, *, rounding: Rounding | None = None) -> "Quantity":
        """The same quantity in another unit; ``K`` and ``Cel`` convert as temperatures, not as differences.

        Args:
            unit: UCUM code of the same dimension.
            rounding: How to round; None where the result has to be exact.

        Returns:
            The quantity with the value as many digits as were entered, or as many more as exactness needs: 1.50 kg is
            1500 g, 90 min is 1.5 h. The rounding, where given, decides instead.

        Raises:
            BadInput: The unit is not known.
            DomainError: The units measure different things, or the result has no exact decimal value and no rounding
                is given.
        """
        source, target = self.measured_in, units.parse(unit)
        if source.dimension != target.dimension:
            raise _mixed("cannot be converted into each other", source, target)
        if rounding is None and source.code == target.code:
            return self
        size = (self.in_root_units() - (target.offset or 0)) / target.factor
        if rounding is not None:
            return Quantity(rounding.of(size), unit)
        value = exact.with_digits_of(self.value, size, shifted=source.offset != target.offset)
        if value is None:
            raise _inexact(
                f"{self} to {unit}", "Convert with to(unit, rounding=...), such as Rounding.half_up(decimals=3)."
            )
        return Quantity(value, unit)

    def round(self, rounding: Rounding) -> "Quantity":
        """The quantity rounded in its own unit by the rule."""
        return Quantity(rounding.of(self.value), self.unit)

    def shifted_by(self, difference: "Quantity") -> "Quantity":
        """A point on a temperature scale moved by a difference: 20 Cel shifted by 5 K is 25 Cel.

        Args:
            difference: In K, [degR] or another unit of temperature that is not a point.

        Returns:
            The point, in its own unit.

        Raises:
            DomainError: This is not a point, or the other is not a difference of temperature, or the result is not
                exact.
        """
        own = self.measured_in
        moved = difference.measured_in
        if not own.is_point or moved.is_point or own.dimension != moved.dimension:
            raise DomainError(
                "only a point on a temperature scale can be shifted, and only by a difference",
                value=f"{self} shifted by {difference}",
                limit="such as 20 Cel shifted by 5 K",
            )
        step = difference.to(own.difference)
        return self._calculated("+", step, self.unit)

    def divided_by(self, divisor: "Quantity | int | Decimal", *, rounding: Rounding) -> "Quantity":
        """The quotient rounded by a rule, for the divisions that `/` refuses because they are not exact.

        Args:
            divisor: A quantity or an exact number, not zero.
            rounding: How the quotient is rounded.

        Returns:
            The quotient in the quotient of the units.

        Raises:
            DomainError: The divisor is zero, or a point on a scale takes part.
            BadInput: The divisor is a float.
        """
        other = divisor if isinstance(divisor, Quantity) else Quantity(divisor, "1")
        unit = self._unit_of("/", other, -1)
        if other.value == 0:
            raise _division_by_zero(self, other)
        return Quantity(rounding.of(Fraction(self.value) / Fraction(other.value)), unit)

    def in_root_units(self) -> Fraction:
        """The exact size in gram, metre, second, kelvin, ampere, candela, mole and the plant's own dimensions."""
        return _in_root_units(self.value, self.unit)

    def _key(self) -> tuple[units.Dimension, bool, Fraction]:
        unit = self.measured_in
        return unit.dimension, unit.is_point, self.in_root_units()

    def _require_same_kind(self, act: str, other: "Quantity") -> None:
        own, theirs = self.measured_in, other.measured_in
        if own.dimension != theirs.dimension:
            raise _mixed(act, own, theirs)
        if own.is_point != theirs.is_point:
            raise DomainError(
                f"a point on a temperature scale and what may be a difference {act}",
                value=f"{self} and {other}",
                remedy='Use shifted_by() for a difference; convert the point with to("K") for absolute temperatures.',
            )

    def _order(self, other: "Quantity") -> int:
        if self.unit == other.unit:  # the same scale: the values decide, and reckoning with fractions is slow
            return (self.value > other.value) - (self.value < other.value)
        self._require_same_kind("cannot be compared", other)
        own, theirs = self.in_root_units(), other.in_root_units()
        return (own > theirs) - (own < theirs)

    def _calculated(self, operator: Literal["+", "-", "*", "/"], other: "Quantity", unit: str) -> "Quantity":
        value = exact.calculated(self.value, operator, other.value)
        if value is None:
            raise _inexact(f"{self} {operator} {other}", "Round the operands, or use divided_by(..., rounding=...).")
        return Quantity(value, unit)

    def _unit_of(self, act: str, other: "Quantity", power: Literal[1, -1]) -> str:
        """The unit of a product or a quotient."""
        own, theirs = self.measured_in, other.measured_in
        if own.is_point or theirs.is_point:
            raise DomainError(
                "a point on a temperature scale cannot be multiplied or divided",
                value=f"{self} {act} {other}",
                remedy='Convert it with to("K") first, if an absolute temperature is meant.',
            )
        return own.code if theirs.code == "1" else units.product((own, 1), (theirs, power)).code

    def __add__(self, other: object) -> "Quantity":
        if not isinstance(other, Quantity):
            return NotImplemented
        self._require_same_kind("cannot be added", other)
        if self.measured_in.is_point:
            raise DomainError(
                "two points on a temperature scale cannot be added",
                value=f"{self} + {other}",
                remedy="Use shifted_by() with a difference in K.",
            )
        return self._calculated("+", other.to(self.unit), self.unit)

    def __sub__(self, other: object) -> "Quantity":
        if not isinstance(other, Quantity):
            return NotImplemented
        self._require_same_kind("cannot be subtracted", other)
        unit = self.measured_in
        return self._calculated("-", other.to(self.unit), unit.difference or unit.code)

    def __mul__(self, other: object) -> "Quantity":
        factor = _operand(other)
        if factor is None:
            return NotImplemented
        return self._calculated("*", factor, self._unit_of("*", factor, 1))

    def __rmul__(self, other: object) -> "Quantity":
        return self.__mul__(other)

    def __truediv__(self, other: object) -> "Quantity":
        divisor = _operand(other)
        if divisor is None:
            return NotImplemented
        unit = self._unit_of("/", divisor, -1)
        if divisor.value == 0:
            raise _division_by_zero(self, divisor)
        return self._calculated("/", divisor, unit)

    def __neg__(self) -> "Quantity":
        return self * -1

    def __abs__(self) -> "Quantity":
        return self * (-1 if self.value < 0 else 1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.value == other.value if self.unit == other.unit else self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __lt__(self, other: object) -> bool:
        return self._order(other) < 0 if isinstance(other, Quantity) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._order(other) <= 0 if isinstance(other, Quantity) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._order(other) > 0 if isinstance(other, Quantity) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._order(other) >= 0 if isinstance(other, Quantity) else NotImplemented

    def __str__(self) -> str:
        number = exact.text(self.value)
        return number if self.unit == "1" else f"{number} {self.unit}"

    def __repr__(self) -> str:
        return f"Quantity({exact.text(self.value)!r}, {self.unit!r})"


@lru_cache(maxsize=16_384)
def _in_root_units(value: Decimal, unit: str) -> Fraction:
    """The same sizes are compared again and again, and reckoning with fractions is slow."""
    known = units.parse(unit)
    return Fraction(value) * known.factor + (known.offset or 0)


def _operand(other: object) -> Quantity | None:
    """What a quantity is multiplied with or divided by; a bare number is a plain number, a float is refused."""
    if isinstance(other, Quantity):
        return other
    if isinstance(other, int | float | Decimal):
        return Quantity(exact.entered(other), "1")
    return None


def _mixed(act: str, own: Unit, theirs: Unit) -> DomainError:
    return DomainError(
        f"quantities that measure different things {act}",
        value=f"{own} and {theirs}",
        limit="units of the same dimension",
    )


def _inexact(act: str, remedy: str) -> DomainError:
    return DomainError("the result has no exact decimal value", value=act, limit=exact.SIZE_LIMIT, remedy=remedy)


def _division_by_zero(dividend: Quantity, divisor: Quantity) -> DomainError:
    return DomainError(
        "nothing can be divided by zero", value=f"{dividend} / {divisor}", limit="a divisor other than 0"
    )
