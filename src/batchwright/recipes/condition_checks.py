"""Whether the expressions of a recipe can be read, name what is there, fit in their units, and can ever be true.

Whether a condition can be true is decided where it is easy: without names, by its worth; with names, where amounts or
words that all have to hold at once leave nothing for a name. Anything else is left to the reviewer.
"""

from fractions import Fraction

from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import expressions
from batchwright.recipes.evaluation import Given, evaluate
from batchwright.recipes.expression_types import YES_OR_NO, Type, check
from batchwright.recipes.expressions import Binary, Expression, Number, Reference, Since, StepState, Words
from batchwright.recipes.findings import Findings, Place
from batchwright.recipes.scope import RecipeScope

CORRECT = "Correct the formula."

Bound = tuple[Fraction, bool]
"""A bound in root units, and whether it belongs to what it bounds."""


def check_formula(
    source: str, wanted: Type | None, scope: RecipeScope, place: Place, where: str, into: Findings
) -> Expression | None:
    """Check one expression.

    Args:
        source: As written.
        wanted: Type that is needed; None for any amount.
        scope: What it may name.
        place: Its path.
        where: The element around it, for people.
        into: Where findings go.

    Returns:
        The expression; None where it cannot be read or has faults.
    """
    try:
        expression = expressions.parse(source)
    except expressions.ExpressionError as error:
        into.error("unreadable", place, where, f"{error.message}: {source[:80]}", error.remedy or CORRECT)
        return None
    found, faults = check(expression, scope)
    for fault in faults:
        code = {"reference": "unknown-reference", "unit": "unit-error", "type": "type-error"}[fault.code]
        sentence = f"{fault.sentence}, at character {fault.position + 1} of: {source[:80]}"
        into.error(code, place, where, sentence, fault.remedy or CORRECT)
    if faults:
        return None
    if not found.is_like(wanted if wanted is not None else found) or (wanted is None and found.kind != "amount"):
        needed = "an amount" if wanted is None else str(wanted)
        code = (
            "unit-error" if found.kind == "amount" and wanted is not None and wanted.kind == "amount" else "type-error"
        )
        into.error(code, place, where, f"{source[:80]} gives {found} where {needed} is needed", CORRECT)
        return None
    return expression


def check_condition(source: str, scope: RecipeScope, place: Place, where: str, into: Findings) -> None:
    """Check the condition of a transition.

    Args:
        source: As written.
        scope: What it may name.
        place: Its path.
        where: The transition, for people.
        into: Where findings go.
    """
    if not source.strip():
        into.error("blank-condition", place, where, "The transition has no condition", "Write one, or true.")
        return
    expression = check_formula(source, YES_OR_NO, scope, place, where, into)
    if expression is not None:
        why = never_true(expression, scope)
        if why:
            into.error("never-true", place, where, f"The condition can never be true: {why}", "Correct the condition.")


def never_true(expression: Expression, scope: RecipeScope) -> str:
    """Why a condition can never be true.

    Args:
        expression: Without faults.
        scope: What it names.

    Returns:
        A reason; "" where it may be true, as far as this decides.
    """
    names = any(isinstance(one, Reference | StepState | Since) for one in expressions.walk(expression))
    if not names:
        try:
            return "" if evaluate(expression, Given()) is True else "it names nothing and is false"
        except BatchwrightError as error:
            return f"it names nothing and has no value, {error}"
    if isinstance(expression, Binary) and expression.operator == "or":
        left = never_true(expression.left, scope)
        return left and never_true(expression.right, scope)
    return _contradiction(_joined(expression), scope)


def _joined(expression: Expression) -> list[Expression]:
    """What all has to hold."""
    if isinstance(expression, Binary) and expression.operator == "and":
        return _joined(expression.left) + _joined(expression.right)
    return [expression]


def _contradiction(parts: list[Expression], scope: RecipeScope) -> str:
    lows: dict[Expression, Bound] = {}
    highs: dict[Expression, Bound] = {}
    words: dict[Expression, str] = {}
    for part in parts:
        turned = _turned(part)
        if turned is None:
            continue
        operator, name, value = turned
        if isinstance(value, Words):
            why = _word(name, value.text, words, scope) if operator == "=" else ""
        else:
            why = _bounds(operator, name, value.amount, lows, highs)
        if why:
            return why
    return ""


def _turned(part: Expression) -> tuple[str, Expression, Number | Words] | None:
    """A comparison with the name on its left."""
    if not isinstance(part, Binary):
        return None
    left, right, operator = part.left, part.right, part.operator
    if isinstance(left, Number | Words):
        mirror = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        left, right, operator = right, left, mirror.get(operator, operator)  # type: ignore[assignment]
    if isinstance(left, Reference | Since) and isinstance(right, Number | Words):
        return operator, left, right
    return None


def _word(name: Expression, word: str, words: dict[Expression, str], scope: RecipeScope) -> str:
    shown = expressions.written(name)
    named = scope.named(name.path) if isinstance(name, Reference) else None
    if named is not None and named.options and word not in named.options:
        return f"{shown} is one of {', '.join(named.options)} and never {word}"
    if words.setdefault(name, word) != word:
        return f"{shown} cannot be both {words[name]} and {word}"
    return ""


def _bounds(
    operator: str, name: Expression, amount: Quantity, lows: dict[Expression, Bound], highs: dict[Expression, Bound]
) -> str:
    size = amount.in_root_units()
    if operator in (">", ">=", "="):
        bound = (size, operator != ">")
        lows[name] = max(lows.get(name, bound), bound, key=lambda one: (one[0], not one[1]))
    if operator in ("<", "<=", "="):
        bound = (size, operator != "<")
        highs[name] = min(highs.get(name, bound), bound, key=lambda one: (one[0], one[1]))
    if name in lows and name in highs:
        (low, with_low), (high, with_high) = lows[name], highs[name]
        if low > high or (low == high and not (with_low and with_high)):
            return f"nothing is left for {expressions.written(name)} at {amount}"
    return ""
