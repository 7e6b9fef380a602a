"""Expressions with units: what the equations of a declaration are written in.

An expression is a CasADi column together with the unit in which its numbers are. Sums convert their terms or refuse;
products multiply units; exponentials, logarithms and powers with a non-constant exponent demand plain numbers.
Branch-free by construction: a choice is written with `where`, so that derivatives exist everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from batchwright.twins._casadi import Node, casadi
from batchwright.twins.errors import UnitError
from batchwright.twins.units import NUMBER, Unit, unit


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of two expressions; used by `where` only."""

    node: Node

    def __and__(self, other: Condition) -> Condition:
        return Condition(casadi.logic_and(self.node, other.node))

    def __or__(self, other: Condition) -> Condition:
        return Condition(casadi.logic_or(self.node, other.node))

    def __bool__(self) -> bool:
        raise TypeError("A condition has no truth value before the model runs; write where(condition, a, b).")


class Expression:
    """A scalar or a column of numbers in one unit.

    Args:
        node: CasADi column of shape (n, 1).
        unit: Unit of every element.
    """

    __array_ufunc__ = None  # numpy must hand `array * expression` over to this class
    __slots__ = ("node", "unit")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, node: Node, unit: Unit) -> None:
        self.node = node
        self.unit = unit

    # -- units -----------------------------------------------------------------------------------------------------

    def to(self, code: str | Unit) -> Expression:
        """The same quantity in another unit.

        Args:
            code: UCUM code, or a unit.

        Returns:
            The expression in that unit.

        Raises:
            UnitError: The dimensions differ.
        """
        target = unit(code) if isinstance(code, str) else code
        if self.unit.code == "1" and self.node.is_zero():  # nothing is nothing in every unit
            return Expression(self.node, target)
        factor, offset = self.unit.conversion_to(target)
        node = self.node if factor == 1.0 else self.node * factor
        return Expression(node if offset == 0.0 else node + offset, target)

    def number(self, code: str | Unit | None = None) -> Expression:
        """The plain number of this quantity in a unit; how an empirical correlation is entered.

        Args:
            code: Unit in which the correlation wants its argument; by default the expression's own.

        Returns:
            A plain number.
        """
        return Expression(self.node if code is None else self.to(code).node, NUMBER)

    # -- arithmetic ------------------------------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Expression:
        right = express(other)
        if self.unit.is_affine or right.unit.is_affine:
            return _add_temperature(self, right)
        return Expression(self.node + right.to(self.unit).node, self.unit)

    def __radd__(self, other: Operand) -> Expression:
        return express(other) + self

    def __sub__(self, other: Operand) -> Expression:
        right = express(other)
        if self.unit.is_affine and right.unit.is_affine:
            return Expression(self.node - right.node, unit("K"))
        if right.unit.is_affine:
            raise UnitError("A temperature in degrees Celsius cannot be taken from a difference", value=self.unit.code)
        return self + (-right)

    def __rsub__(self, other: Operand) -> Expression:
        return express(other) - self

    def __mul__(self, other: Operand) -> Expression:
        right = express(other)
        return Expression(self.node * right.node, self.unit.times(right.unit))

    def __rmul__(self, other: Operand) -> Expression:
        return express(other) * self

    def __truediv__(self, other: Operand) -> Expression:
        right = express(other)
        return Expression(self.node / right.node, self.unit.over(right.unit))

    def __rtruediv__(self, other: Operand) -> Expression:
        return express(other) / self

    def __pow__(self, exponent: Operand) -> Expression:
        if isinstance(exponent, int | float) and float(exponent) == int(exponent):
            return Expression(self.node ** int(exponent), self.unit.power(Fraction(int(exponent))))
        if isinstance(exponent, float) and not self.unit.is_number:
            return Expression(self.node**exponent, self.unit.power(Fraction(exponent).limit_denominator(1000)))
        return Expression(self.to(NUMBER).node ** express(exponent).to(NUMBER).node, NUMBER)

    def __neg__(self) -> Expression:
        return Expression(-self.node, self.unit)

    # -- comparison ------------------------------------------------------------------------------------------------

    def __lt__(self, other: Operand) -> Condition:
        return Condition(self.node < express(other).to(self.unit).node)

    def __le__(self, other: Operand) -> Condition:
        return Condition(self.node <= express(other).to(self.unit).node)

    def __gt__(self, other: Operand) -> Condition:
        return Condition(self.node > express(other).to(self.unit).node)

    def __ge__(self, other: Operand) -> Condition:
        return Condition(self.node >= express(other).to(self.unit).node)

    def __eq__(self, other: object) -> bool:
        raise TypeError("Equality of expressions is not defined; compare with a tolerance, or write a balance.")

    # -- columns ---------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return int(self.node.shape[0])

    def __getitem__(self, index: int | slice | Sequence[int]) -> Expression:
        if isinstance(index, int | slice):
            if isinstance(index, int) and not -len(self) <= index < len(self):
                raise IndexError(index)
            return Expression(self.node[index], self.unit)
        return Expression(self.node[list(index)], self.unit)

    def __iter__(self) -> Iterator[Expression]:
        return (self[position] for position in range(len(self)))

    def __repr__(self) -> str:
        return f"{self.node} [{self.unit.code}]"


Operand = Expression | float | int


def express(value: Operand) -> Expression:
    """An expression from an expression or a plain number.

    Args:
        value: An expression or a plain number.

    Returns:
        The expression.

    Raises:
        TypeError: The value is neither.
    """
    if isinstance(value, Expression):
        return value
    if isinstance(value, int | float):
        return Expression(casadi.SX(float(value)), NUMBER)
    raise TypeError(f"{value!r} cannot stand in an equation; give a number or an expression (see `constant`).")


def constant(value: float | Sequence[float], code: str = "1") -> Expression:
    """A fixed number, or a column of numbers, with a unit.

    Args:
        value: The number or numbers.
        code: UCUM code of their unit.

    Returns:
        The expression.
    """
    return Expression(casadi.SX(casadi.DM(value)), unit(code))


def _add_temperature(left: Expression, right: Expression) -> Expression:
    if left.unit.is_affine and right.unit.is_affine:
        raise UnitError("Two temperatures in degrees Celsius cannot be added", remedy="Take their difference.")
    if right.unit.is_affine:
        left, right = right, left
    return Expression(left.node + right.to("K").node, left.unit)


def _of_number(name: str, argument: Operand) -> Expression:
    return Expression(getattr(casadi, name)(express(argument).to(NUMBER).node), NUMBER)


def exp(argument: Operand) -> Expression:
    """E to the power of a number."""
    return _of_number("exp", argument)


def log(argument: Operand) -> Expression:
    """Natural logarithm of a number."""
    return _of_number("log", argument)


def log10(argument: Operand) -> Expression:
    """Decimal logarithm of a number."""
    return _of_number("log10", argument)


def tanh(argument: Operand) -> Expression:
    """Hyperbolic tangent of a number."""
    return _of_number("tanh", argument)


def sqrt(argument: Operand) -> Expression:
    """Square root; the unit is halved."""
    value = express(argument)
    return Expression(casadi.sqrt(value.node), value.unit.power(Fraction(1, 2)))


def absolute(argument: Operand) -> Expression:
    """Absolute value."""
    value = express(argument)
    return Expression(casadi.fabs(value.node), value.unit)


def where(condition: Condition, then: Operand, otherwise: Operand) -> Expression:
    """One of two expressions, without a branch in the evaluation.

    Args:
        condition: Which of the two.
        then: Value where the condition holds; gives the unit.
        otherwise: Value elsewhere.

    Returns:
        The expression, in the unit of ``then``.
    """
    first = express(then)
    return Expression(casadi.if_else(condition.node, first.node, express(otherwise).to(first.unit).node), first.unit)


def maximum(left: Operand, right: Operand) -> Expression:
    """The larger of two; its derivative jumps, see `softplus` for a smooth one."""
    first = express(left)
    return Expression(casadi.fmax(first.node, express(right).to(first.unit).node), first.unit)


def minimum(left: Operand, right: Operand) -> Expression:
    """The smaller of two; its derivative jumps."""
    first = express(left)
    return Expression(casadi.fmin(first.node, express(right).to(first.unit).node), first.unit)


def softplus(argument: Operand, width: Operand) -> Expression:
    """Smooth positive part: width * log(1 + exp(argument / width)), safe for large arguments.

    Args:
        argument: What must not become negative.
        width: Scale of the transition, in the unit of the argument.

    Returns:
        The expression, in the unit of the argument.
    """
    value = express(argument)
    scale = express(width).to(value.unit)
    ratio = value.node / scale.node
    soft = casadi.fmax(ratio, 0) + casadi.log1p(casadi.exp(-casadi.fabs(ratio)))
    return Expression(scale.node * soft, value.unit)


def total(value: Expression) -> Expression:
    """Sum of a column."""
    return Expression(casadi.sum1(value.node), value.unit)


def join(parts: Sequence[Expression]) -> Expression:
    """A column from scalars and columns, in the unit of the first.

    Args:
        parts: Scalars and columns.

    Returns:
        The column.

    Raises:
        UnitError: A part has another dimension.
    """
    first = parts[0].unit
    return Expression(casadi.vertcat(*(part.to(first).node for part in parts)), first)


def apply_matrix(matrix: Any, value: Expression, code: str = "1") -> Expression:
    """A constant matrix times a column, such as a discrete derivative.

    Args:
        matrix: Array of shape (m, n); zeros are left out.
        value: Column of length n.
        code: Unit of the matrix elements.

    Returns:
        Column of length m.
    """
    dense = casadi.DM(matrix)
    return Expression(casadi.mtimes(casadi.sparsify(dense), value.node), unit(code).times(value.unit))
