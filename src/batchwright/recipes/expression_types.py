"""What an expression means before it has values: its type, and what is wrong with its units.

An amount has a dimension; a temperature in Cel or [degF] is a point on a scale, which can be compared, subtracted and
moved by a difference but not multiplied. Faults are gathered, not raised, so that a page shows them all.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from batchwright.kernel import units
from batchwright.kernel.errors import BadInput
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

SECOND = units.parse("s")
PLAIN = units.parse("1")


@dataclass(frozen=True, slots=True)
class Type:
    """What kind of value an expression has."""

    kind: Literal["amount", "text", "yes or no", "unknown"]
    unit: Unit = PLAIN
    """For an amount: a unit of its dimension."""

    def __str__(self) -> str:
        if self.kind == "amount":
            return "a plain number" if self.unit.code == "1" else f"an amount in {self.unit.code}"
        return {"text": "a text", "yes or no": "a yes or no"}.get(self.kind, "something unknown")

    def is_like(self, other: "Type") -> bool:
        """Whether both can be compared; what is unknown is like everything, since it has its own fault."""
        if "unknown" in (self.kind, other.kind):
            return True
        if self.kind != "amount" or other.kind != "amount":
            return self.kind == other.kind
        return (self.unit.dimension, self.unit.is_point) == (other.unit.dimension, other.unit.is_point)


TEXT, YES_OR_NO, UNKNOWN = Type("text"), Type("yes or no"), Type("unknown")


def amount_in(code: str) -> Type:
    """The type of an amount in a unit.

    Args:
        code: UCUM code.

    Returns:
        The type.

    Raises:
        BadInput: The code is not known.
    """
    return Type("amount", units.parse(code))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in an expression."""

    code: Literal["reference", "unit", "type"]
    position: int
    """Character, from 0."""
    sentence: str
    remedy: str = ""


class Scope(Protocol):
    """What an expression may name at its place in the recipe."""

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type of a parameter or result; None where there is none of that name."""

    def has_step(self, name: str) -> bool:
        """Whether there is a step, or an element, of that name."""


def check(expression: Expression, scope: Scope) -> tuple[Type, tuple[Fault, ...]]:
    """Find the type of an expression and everything that is wrong with it.

    Args:
        expression: The tree.
        scope: What it may name.

    Returns:
        Its type (unknown where faults leave none) and the faults in order of position.
    """
    checker = _Checker(scope)
    found = checker.type_of(expression)
    return found, tuple(sorted(checker.faults, key=lambda fault: fault.position))


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.faults: list[Fault] = []

    def fault(self, code: Literal["reference", "unit", "type"], at: int, sentence: str, remedy: str = "") -> Type:
        self.faults.append(Fault(code, at, sentence, remedy))
        return UNKNOWN

    def type_of(self, expression: Expression) -> Type:
        match expression:
            case Number(amount):
                return Type("amount", amount.measured_in)
            case Words():
                return TEXT
            case Truth():
                return YES_OR_NO
            case Reference(path, at):
                return self.reference(path, at)
            case StepState(step, _, at) | Since(step, _, at):
                if not self.scope.has_step(step):
                    self.fault("reference", at, f"There is no step {named(step)}", "Name a step of this recipe.")
                return YES_OR_NO if isinstance(expression, StepState) else Type("amount", SECOND)
            case Unary():
                return self.unary(expression)
            case Binary():
                return self.binary(expression)
            case _:
                return self.call(expression)

    def reference(self, path: tuple[str, ...], at: int) -> Type:
        found = self.scope.type_of(path)
        if found is not None:
            return found
        name = ".".join(named(part) for part in path)
        remedy = "Name a parameter in reach, or a result as phase.result."
        return self.fault("reference", at, f"There is no parameter or result {name}", remedy)

    def wants(self, expression: Expression, wanted: Type, found: Type) -> None:
        if not found.is_like(wanted):
            self.fault("type", expression.at, f"Here stands {found} where {wanted} is needed")

    def unary(self, expression: Unary) -> Type:
        found = self.type_of(expression.operand)
        if expression.operator == "not":
            self.wants(expression.operand, YES_OR_NO, found)
            return YES_OR_NO
        return self.factor(expression.operand, found)

    def factor(self, expression: Expression, found: Type) -> Type:
        """An operand that is multiplied, divided or turned."""
        if found.kind == "amount" and found.unit.is_point:
            remedy = f"Use a difference in {found.unit.difference}, or an absolute temperature in K."
            sentence = "A point on a temperature scale cannot be multiplied, divided or negated"
            return self.fault("unit", expression.at, sentence, remedy)
        if found.kind not in ("amount", "unknown"):
            return self.fault("type", expression.at, f"Here stands {found} where an amount is needed")
        return found

    def binary(self, expression: Binary) -> Type:
        left, right = self.type_of(expression.left), self.type_of(expression.right)
        if expression.operator in ("and", "or"):
            self.wants(expression.left, YES_OR_NO, left)
            self.wants(expression.right, YES_OR_NO, right)
            return YES_OR_NO
        if expression.operator in COMPARISONS:
            self.comparison(expression, left, right)
            return YES_OR_NO
        if expression.operator in ("*", "/"):
            return self.product(expression, left, right)
        return self.sum(expression, left, right)

    def comparison(self, expression: Binary, left: Type, right: Type) -> None:
        if not left.is_like(right):
            both_amounts = left.kind == right.kind == "amount"
            remedy = "Compare amounts of the same dimension." if both_amounts else ""
            code: Literal["unit", "type"] = "unit" if both_amounts else "type"
            self.fault(code, expression.at, _sentence(f"{left} cannot be compared with {right}"), remedy)
        elif expression.operator not in ("=", "!=") and {left.kind, right.kind} & {"text", "yes or no"}:
            self.fault("type", expression.at, f"Neither of two texts or truths is the greater: {expression.operator}")

    def product(self, expression: Binary, left: Type, right: Type) -> Type:
        first, second = self.factor(expression.left, left), self.factor(expression.right, right)
        if UNKNOWN in (first, second):
            return UNKNOWN
        try:
            power = 1 if expression.operator == "*" else -1
            return Type("amount", units.product((first.unit, 1), (second.unit, power)))
        except BadInput as error:
            return self.fault("unit", expression.at, str(error))

    def sum(self, expression: Binary, left: Type, right: Type) -> Type:
        kinds = {left.kind, right.kind}
        if kinds & {"text", "yes or no"}:
            sentence = _sentence(f"{left} and {right} cannot be added or subtracted")
            return self.fault("type", expression.at, sentence)
        if "unknown" in kinds:
            return UNKNOWN
        own, other = left.unit, right.unit
        if own.dimension != other.dimension:
            sentence = _sentence(f"{left} and {right} cannot be added or subtracted")
            return self.fault("unit", expression.at, sentence, "Add amounts of the same dimension.")
        if not other.is_point:
            return left  # a point moved by a difference is a point
        if own.is_point and expression.operator == "-":
            return amount_in(own.difference)
        sentence = "A point on a temperature scale can only be subtracted from another point"
        return self.fault("unit", expression.at, sentence, f"Use a difference in {other.difference}.")

    def call(self, call: Call) -> Type:
        types = [self.type_of(one) for one in call.arguments]
        match call.function:
            case "if":
                self.wants(call.arguments[0], YES_OR_NO, types[0])
                return self.alike(call, types[1:])
            case "min" | "max":
                found = self.alike(call, types)
                if found.kind in ("text", "yes or no"):
                    return self.fault("type", call.at, f"{call.function} needs amounts and not {found}")
                return found
            case "abs":
                return self.factor(call.arguments[0], types[0])
            case "round":
                return self.rounded(call, types)
            case _:
                return Type("amount") if self.in_unit(call, types[0]) is not None else UNKNOWN

    def alike(self, call: Call, types: list[Type]) -> Type:
        first = next((one for one in types if one.kind != "unknown"), UNKNOWN)
        for one in types:
            if not one.is_like(first):
                return self.fault("unit", call.at, f"{call.function} mixes {first} with {one}")
        return first

    def rounded(self, call: Call, types: list[Type]) -> Type:
        digits = call.arguments[1]
        whole = isinstance(digits, Number) and digits.amount.unit == "1"
        if not (whole and digits.amount.value == int(digits.amount.value) and abs(digits.amount.value) <= 60):  # type: ignore[union-attr]
            self.fault("type", digits.at, "The digits to round to have to be a whole number from -60 to 60")
        if types[0].kind not in ("amount", "unknown"):
            return self.fault("type", call.at, f"Only an amount can be rounded, and not {types[0]}")
        return types[0] if len(types) == 2 else self.in_unit(call, types[0]) or UNKNOWN

    def in_unit(self, call: Call, found: Type) -> Type | None:
        """The type of the first argument in the unit that the last one names."""
        code = call.arguments[-1]
        if not isinstance(code, Words):
            self.fault("type", code.at, 'The unit has to be a text such as "kg"')
            return None
        try:
            wanted = amount_in(code.text)
        except BadInput as error:
            self.fault("unit", code.at, str(error))
            return None
        same_dimension = found.unit.dimension == wanted.unit.dimension
        if found.kind != "unknown" and not (found.kind == "amount" and same_dimension):
            self.fault("unit", code.at, _sentence(f"{found} cannot be given in {code.text}"))
            return None
        return wanted


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
