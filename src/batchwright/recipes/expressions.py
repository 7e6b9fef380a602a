"""The language of formulas and conditions: how it is written, read and printed.

Examples: ``lod.value <= 2.0 %``, ``granulate complete and time since dry complete >= 30 min``,
``round(api / (assay * (1 - water)), 3, "kg")``. A number may carry a UCUM unit after a blank; an operator beside a unit
has blanks around it. A name is made of letters, digits and underscores; any other name stands between backticks. Names
of steps may have several words before ``complete``. Grammar, loosest first::

    either   := both ("or" both)*
    both     := turned ("and" turned)*
    turned   := "not" turned | compared
    compared := sum (("=" | "!=" | "<" | "<=" | ">" | ">=") sum)?
    sum      := product (("+" | "-") product)*
    product  := signed (("*" | "/") signed)*
    signed   := "-" signed | primary
    primary  := number unit? | text | "true" | "false" | "(" either ")" | function "(" either ("," either)* ")"
              | "time since" name event | name "is"? state | name ("." name)*

Nothing is ever handed to Python to evaluate. What an expression means is said by `batchwright.recipes.expression_types`
(before anything runs) and `batchwright.recipes.evaluation` (with values).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.expression_tree import (
    COMPARISONS,
    EVENTS,
    FUNCTIONS,
    RESERVED,
    STATES,
    Binary,
    Call,
    Expression,
    Number,
    Operator,
    Reference,
    Since,
    StepState,
    Truth,
    Unary,
    Words,
    named,
    walk,
    written,
)

__all__ = [
    "Binary", "Call", "Expression", "ExpressionError", "Number", "Reference", "Since", "StepState", "Truth", "Unary",
    "Words", "named", "parse", "walk", "written",
]  # fmt: skip

LONGEST = 2_000
MOST_WORDS = 400
DEEPEST = 40


class ExpressionError(BadInput):
    """An expression that cannot be read or has no meaning.

    Args:
        message: What is wrong.
        source: The whole expression.
        position: Character at which it is wrong, from 0.
        limit: What would have been accepted.
        remedy: What the author can do.
    """

    def __init__(self, message: str, *, source: str, position: int, limit: object = None, remedy: str = "") -> None:
        shown = source if len(source) <= 200 else source[:200] + "..."
        super().__init__(f"{message} at character {position + 1}", value=shown, limit=limit, remedy=remedy)
        self.source = source
        self.position = position


_UNIT = r"(?:[A-Za-z%\[{]|10\*|1/)(?:[./]\([^\s()]*\)|[^\s(),<>=!`\"])*"
_TOKEN = re.compile(
    rf"(?P<blank>\s+)|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,3}})?)(?:[ ]*(?P<unit>{_UNIT}))?"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|`(?P<quoted>[^`\n]+)`|\"(?P<text>[^\"\n]*)\"|(?P<mark><=|>=|!=|<>|[-+*/<>=().,])"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int
    unit: str = ""

    def says(self, *words: str) -> bool:
        return self.kind in ("word", "mark") and self.text.lower() in words


def _tokens(source: str) -> list[_Token]:
    found, position = [], 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            message = f"the character {source[position]!r} cannot stand here"
            raise ExpressionError(message, source=source, position=position)
        end = match.end()
        kind = match.lastgroup or ""
        if match["number"]:
            unit = match["unit"] or ""
            if unit.lower() in ("and", "or", "is"):
                unit, end = "", match.end("number")
            found.append(_Token("number", match["number"], position, unit))
        elif kind != "blank":
            found.append(_Token(kind, match[kind], position))
        position = end
        if len(found) > MOST_WORDS:
            message, limit = "the expression is too long", f"{MOST_WORDS} words and marks"
            raise ExpressionError(message, source=source, position=position, limit=limit)
    return [*found, _Token("end", "", len(source))]


class _Reader:
    """Recursive descent over the tokens, with a limit of depth."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = _tokens(source)
        self.position = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.position]

    def take(self) -> _Token:
        token = self.next
        self.position += 1
        return token

    def refusal(self, message: str, token: _Token, remedy: str = "") -> ExpressionError:
        return ExpressionError(message, source=self.source, position=token.at, remedy=remedy)

    def expect(self, mark: str) -> None:
        token = self.take()
        if not token.says(mark):
            raise self.refusal(f"{mark!r} is missing", token)

    def either(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refusal(f"the expression is nested more than {DEEPEST} deep", self.next)
        left = self.both()
        while self.next.says("or"):
            at = self.take().at
            left = Binary("or", left, self.both(), at)
        self.depth -= 1
        return left

    def both(self) -> Expression:
        left = self.turned()
        while self.next.says("and"):
            at = self.take().at
            left = Binary("and", left, self.turned(), at)
        return left

    def turned(self) -> Expression:
        if not self.next.says("not"):
            return self.compared()
        return self.prefixed("not")

    def prefixed(self, operator: Literal["-", "not"]) -> Expression:
        at = self.take().at
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refusal(f"the expression is nested more than {DEEPEST} deep", self.next)
        operand = self.turned() if operator == "not" else self.signed()
        self.depth -= 1
        return Unary(operator, operand, at)

    def compared(self) -> Expression:
        left = self.sum()
        if not self.next.says(*COMPARISONS, "<>"):
            return left
        token = self.take()
        operator: Operator = "!=" if token.text == "<>" else token.text  # type: ignore[assignment]  # by its pattern
        right = self.sum()
        if self.next.says(*COMPARISONS, "<>"):
            raise self.refusal("a comparison cannot be compared again", self.next, "Join two comparisons with and.")
        return Binary(operator, left, right, token.at)

    def sum(self) -> Expression:
        left = self.product()
        while self.next.says("+", "-"):
            token = self.take()
            left = Binary("+" if token.text == "+" else "-", left, self.product(), token.at)
        return left

    def product(self) -> Expression:
        left = self.signed()
        while self.next.says("*", "/"):
            token = self.take()
            left = Binary("*" if token.text == "*" else "/", left, self.signed(), token.at)
        return left

    def signed(self) -> Expression:
        if not self.next.says("-"):
            return self.primary()
        if self.tokens[self.position + 1].kind == "number":  # -40 Cel is a point, and points have no negation
            at = self.take().at
            return self.number(self.take(), at, "-")
        return self.prefixed("-")

    def number(self, token: _Token, at: int, sign: str = "") -> Number:
        try:
            return Number(Quantity(sign + token.text, token.unit or "1"), at)
        except BadInput as error:
            remedy = error.remedy or "Put blanks around the operators beside a unit."
            raise self.refusal(f"{error.message}: {token.unit or token.text}", token, remedy) from error

    def primary(self) -> Expression:
        token = self.take()
        if token.kind == "number":
            return self.number(token, token.at)
        if token.kind == "text":
            return Words(token.text, token.at)
        if token.says("("):
            inner = self.either()
            self.expect(")")
            return inner
        if token.says("true", "false"):
            return Truth(token.text.lower() == "true", token.at)
        if token.says("time") and self.next.says("since"):
            return self.since(token.at)
        if token.kind == "word" and self.next.says("("):
            return self.call(token)
        if token.kind in ("word", "quoted") and not token.says(*RESERVED):
            return self.named(token)
        where = "the expression ends" if token.kind == "end" else f"{token.text!r} stands"
        raise self.refusal(f"{where} where a value is missing", token)

    def call(self, token: _Token) -> Expression:
        name = token.text.lower()
        if name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise self.refusal(f"there is no function {token.text!r}", token, f"There are {known}.")
        self.expect("(")
        arguments = [self.either()]
        while self.next.says(","):
            self.take()
            arguments.append(self.either())
        self.expect(")")
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise self.refusal(f"{name} takes {wanted} arguments and not {len(arguments)}", token)
        return Call(name, tuple(arguments), token.at)

    def since(self, at: int) -> Expression:
        self.take()
        step, token = self.words(self.take()), self.take()
        if not token.says(*EVENTS):
            raise self.refusal("time since a step needs started or complete behind its name", token)
        return Since(step, token.text.lower(), at)

    def words(self, token: _Token) -> str:
        """A name, of several words where nothing stands between them."""
        if token.kind not in ("word", "quoted") or token.says(*RESERVED):
            raise self.refusal("a name is missing", token)
        parts = [token.text]
        while token.kind == "word" and self.next.kind == "word" and not self.next.says(*RESERVED):
            parts.append(self.take().text)
        if self.next.says("is"):
            self.take()
        return " ".join(parts)

    def named(self, token: _Token) -> Expression:
        path = [token.text]
        while self.next.says("."):
            self.take()
            part = self.take()
            if part.kind not in ("word", "quoted"):
                raise self.refusal("a name is missing behind the dot", part)
            path.append(part.text)
        if len(path) > 1:
            return Reference(tuple(path), token.at)
        step = self.words(token)
        if self.next.says(*STATES):
            return StepState(step, self.take().text.lower(), token.at)
        if step != token.text or self.tokens[self.position - 1].says("is"):
            raise self.refusal(
                f"{step!r} is several words without a state behind them", token, "Put such a name between backticks."
            )
        return Reference(tuple(path), token.at)


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Read an expression.

    Args:
        source: What was written.

    Returns:
        The expression; the same tree for the same meaning, wherever blanks stand.

    Raises:
        ExpressionError: It cannot be read; the error says where and what would help.
    """
    if len(source) > LONGEST:
        limit = f"{LONGEST} characters"
        raise ExpressionError("the expression is too long", source=source, position=LONGEST, limit=limit)
    reader = _Reader(source)
    found = reader.either()
    if reader.next.kind != "end":
        token = reader.next
        raise reader.refusal(f"{token.text!r} stands where the expression could end", token)
    return found
