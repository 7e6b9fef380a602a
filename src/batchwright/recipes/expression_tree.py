"""The tree of an expression, and how it is printed so that it reads back the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal

from batchwright.kernel import exact
from batchwright.kernel.quantity import Quantity

STATES = ("started", "running", "complete", "held", "stopped", "aborted")
EVENTS = ("started", "complete")
FUNCTIONS = {"min": (1, 20), "max": (1, 20), "abs": (1, 1), "round": (2, 3), "if": (3, 3), "number": (2, 2)}
"""How many arguments each function takes."""
RESERVED = frozenset({"and", "or", "not", "true", "false", "is", *STATES})
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
Operator = Literal["+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">=", "and", "or"]
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit."""

    amount: Quantity
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Words:
    """A text between quotation marks."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    value: bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A parameter, or the result of a phase: ``dry.lod``."""

    path: tuple[str, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StepState:
    """Whether a step is in a state: ``granulate complete``."""

    step: str
    state: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Since:
    """Time since a step started or was complete."""

    step: str
    event: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """``-`` or ``not`` before an operand."""

    operator: Literal["-", "not"]
    operand: "Expression"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands with an operator between them."""

    operator: Operator
    left: "Expression"
    right: "Expression"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: "tuple[Expression, ...]"
    at: int = field(default=0, compare=False)


Expression = Number | Words | Truth | Reference | StepState | Since | Unary | Binary | Call

_STRENGTH = {"or": 1, "and": 2, "not": 3, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6}


def written(expression: Expression, around: int = 0) -> str:
    """Print an expression so that `parse` reads the same tree.

    Args:
        expression: The tree.
        around: How strongly what stands around it binds; brackets are set where that is stronger.

    Returns:
        One line.
    """
    match expression:
        case Number(amount):
            unit = "" if amount.unit == "1" else f" {amount.unit}"
            return exact.text(amount.value) + unit
        case Words(text):
            return f'"{text}"'
        case Truth(value):
            return "true" if value else "false"
        case Reference(path):
            return ".".join(named(part) for part in path)
        case StepState(step, state):
            return f"{named(step)} {state}"
        case Since(step, event):
            return f"time since {named(step)} {event}"
        case Call(function, arguments):
            return f"{function}({', '.join(written(one) for one in arguments)})"
        case Unary(operator, operand):
            return _prefixed(operator, operand, around)
        case _:
            return _joined(expression, around)


def _joined(expression: Binary, around: int) -> str:
    operator = expression.operator
    own = _STRENGTH[operator]
    # a comparison does not go on, and what stands right of - and / binds more than what stands left
    left = written(expression.left, own + 1 if operator in COMPARISONS else own)
    text = f"{left} {operator} {written(expression.right, own + 1)}"
    return f"({text})" if own < around else text


def _prefixed(operator: str, operand: Expression, around: int) -> str:
    if operator == "not":
        text = f"not {written(operand, 3)}"
        return f"({text})" if around > 3 else text
    inner = written(operand, 7)
    return f"-({inner})" if isinstance(operand, Number) else f"-{inner}"


def named(name: str) -> str:
    """A name as an expression has to write it.

    Args:
        name: Of a parameter, step or phase.

    Returns:
        The name, between backticks where it has other characters than letters, digits and underscores.
    """
    bare = _BARE.fullmatch(name) and name.lower() not in RESERVED | FUNCTIONS.keys() | {"time", "since"}
    return name if bare else f"`{name}`"


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all inside it.

    Args:
        expression: The tree.

    Yields:
        Each node before what is inside it.
    """
    yield expression
    for one in fields(expression):
        value = getattr(expression, one.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Number | Words | Truth | Reference | StepState | Since | Unary | Binary | Call):
                yield from walk(inner)
