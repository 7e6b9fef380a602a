"""What an expression is worth with given values: exact, pure, and nothing guessed.

Numbers are rational inside and are never rounded but by ``round``. A value that is not there yet is refused by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne

from batchwright.kernel import exact, units
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.rounding import Rounding
from batchwright.kernel.units import Unit
from batchwright.recipes.expression_tree import (
    COMPARISONS,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Since,
    StepState,
    Truth,
    Unary,
    Words,
    named,
)

_COMPARE: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """An exact amount in a unit; a rational number, since 1/3 has no decimals."""

    value: Fraction
    unit: Unit

    @classmethod
    def of(cls, amount: Quantity) -> "Size":
        """The size of a quantity, in its own unit."""
        return cls(Fraction(amount.value), amount.measured_in)

    def in_root_units(self) -> Fraction:
        """The size in root units of its dimension."""
        return self.value * self.unit.factor + (self.unit.offset or 0)

    def to(self, unit: Unit) -> "Size":
        """The same size in another unit of the dimension."""
        if unit.dimension != self.unit.dimension:
            raise DomainError(
                "amounts that measure different things do not mix", value=f"{self.unit} and {unit}",
                limit="units of the same dimension",
            )  # fmt: skip
        return Size((self.in_root_units() - (unit.offset or 0)) / unit.factor, unit)

    def as_quantity(self, rounding: Rounding | None = None) -> Quantity:
        """The size as a decimal.

        Args:
            rounding: How to round; None where it has to be exact.

        Returns:
            The quantity.

        Raises:
            DomainError: It has no exact decimal value and no rounding is given.
        """
        if rounding is not None:
            return Quantity(rounding.of(self.value), self.unit.code)
        whole = exact.calculated(exact.entered(self.value.numerator), "/", exact.entered(self.value.denominator))
        if whole is None:
            raise DomainError(
                "the result has no exact decimal value", value=f"{self.value} {self.unit}",
                remedy="Round it: round(..., 3).",
            )  # fmt: skip
        return Quantity(whole, self.unit.code)


Outcome = Size | str | bool
"""What an expression is worth."""


@dataclass(frozen=True, slots=True)
class Given:
    """The values at one moment."""

    values: Mapping[str, Quantity | str | bool] = field(default_factory=dict)
    """By name as it is written: ``api``, ``dry.lod``; the latest value of a phase that ran more than once."""
    states: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """States that a step is in, by name of the step; a step that has begun is also "started"."""
    since: Mapping[tuple[str, str], Quantity] = field(default_factory=dict)
    """Time since (step, event), such as ("dry", "complete")."""


def evaluate(expression: Expression, given: Given) -> Outcome:
    """Find what an expression is worth.

    Args:
        expression: The tree, checked before.
        given: The values.

    Returns:
        An exact size, a text, or true or false.

    Raises:
        DomainError: A value is not there yet, units or kinds do not fit, or something is divided by zero.
    """
    match expression:
        case Number(amount):
            return Size.of(amount)
        case Words(text):
            return text
        case Truth(value):
            return value
        case Reference(path):
            return _value_of(path, given)
        case StepState(step, state):
            return state in given.states.get(step, frozenset())
        case Since(step, event):
            if (step, event) not in given.since:
                raise _missing(f"time since {named(step)} {event}")
            return Size.of(given.since[step, event])
        case Unary("not", operand):
            return not truth(operand, given)
        case Unary(_, operand):
            found = size(operand, given)
            return Size(-found.value, _factor(found).unit)
        case Binary("and", left, right):
            return truth(left, given) and truth(right, given)
        case Binary("or", left, right):
            return truth(left, given) or truth(right, given)
        case Binary(operator, left, right) if operator in COMPARISONS:
            return _compared(operator, evaluate(left, given), evaluate(right, given))
        case Binary():
            return _calculated(expression, given)
        case _:
            return _called(expression, given)


def truth(expression: Expression, given: Given) -> bool:
    """What a condition is worth.

    Args:
        expression: The condition.
        given: The values.

    Returns:
        True or false.

    Raises:
        DomainError: As `evaluate`; also where it is no condition.
    """
    found = evaluate(expression, given)
    if not isinstance(found, bool):
        raise DomainError("this is not a condition", value=type(found).__name__, limit="true or false")
    return found


def size(expression: Expression, given: Given) -> Size:
    """What an expression of an amount is worth.

    Args:
        expression: The expression.
        given: The values.

    Returns:
        The exact size.

    Raises:
        DomainError: As `evaluate`; also where it is no amount.
    """
    found = evaluate(expression, given)
    if not isinstance(found, Size):
        raise DomainError("this is not an amount", value=repr(found), limit="an amount")
    return found


def amount(expression: Expression, given: Given, rounding: Rounding | None = None) -> Quantity:
    """What an expression of an amount is worth, as a decimal.

    Args:
        expression: The expression.
        given: The values.
        rounding: How to round; None where it has to be exact.

    Returns:
        The quantity.

    Raises:
        DomainError: As `size` and `Size.as_quantity`.
    """
    return size(expression, given).as_quantity(rounding)


def _missing(name: str) -> DomainError:
    return DomainError(f"{name} has no value yet", remedy="It is known when its phase is complete.")


def _value_of(path: tuple[str, ...], given: Given) -> Outcome:
    name = ".".join(path)
    if name not in given.values:
        raise _missing(name)
    value = given.values[name]
    return Size.of(value) if isinstance(value, Quantity) else value


def _compared(operator: str, left: Outcome, right: Outcome) -> bool:
    if isinstance(left, Size) and isinstance(right, Size):
        if left.unit.is_point != right.unit.is_point:
            message = "a point on a scale and a difference cannot be compared"
            raise DomainError(message, value=f"{left.unit}, {right.unit}")
        return _COMPARE[operator](left.to(right.unit).value, right.value)
    if type(left) is not type(right) or operator not in ("=", "!="):
        raise DomainError(f"these cannot be compared by {operator}", value=f"{left!r}, {right!r}")
    return (left == right) is (operator == "=")


def _factor(found: Size) -> Size:
    if found.unit.is_point:
        raise DomainError("a point on a temperature scale cannot be multiplied", value=found.unit)
    return found


def _calculated(expression: Binary, given: Given) -> Size:
    left, right = size(expression.left, given), size(expression.right, given)
    match expression.operator:
        case "*":
            return Size(_factor(left).value * _factor(right).value, units.product((left.unit, 1), (right.unit, 1)))
        case "/":
            if right.value == 0:
                raise DomainError("nothing can be divided by zero", value=f"character {expression.at + 1}")
            return Size(_factor(left).value / _factor(right).value, units.product((left.unit, 1), (right.unit, -1)))
        case operator:
            return _summed(left, right, 1 if operator == "+" else -1)


def _summed(left: Size, right: Size, sign: int) -> Size:
    if not right.unit.is_point:
        own = units.parse(left.unit.difference) if left.unit.is_point else left.unit
        return Size(left.value + sign * right.to(own).value, left.unit)
    if not left.unit.is_point or sign > 0:
        raise DomainError("a point on a temperature scale can only be subtracted from another point", value=right.unit)
    return Size(left.value - right.to(left.unit).value, units.parse(left.unit.difference))


def _called(call: Call, given: Given) -> Outcome:
    first = call.arguments[0]
    match call.function:
        case "if":
            return evaluate(call.arguments[1 if truth(first, given) else 2], given)
        case "min" | "max":
            every = [size(one, given) for one in call.arguments]
            alike = [one.to(every[0].unit) for one in every]
            best = min if call.function == "min" else max
            return best(alike, key=lambda one: one.value)
        case "abs":
            found = _factor(size(first, given))
            return Size(abs(found.value), found.unit)
        case "round":
            found = size(first, given) if len(call.arguments) == 2 else _in_unit(call, given)
            digits = size(call.arguments[1], given).value
            return Size(Fraction(Rounding.half_up(decimals=int(digits)).of(found.value)), found.unit)
        case _:
            return Size(_in_unit(call, given).value, units.parse("1"))


def _in_unit(call: Call, given: Given) -> Size:
    code = evaluate(call.arguments[-1], given)
    return size(call.arguments[0], given).to(units.parse(str(code)))
