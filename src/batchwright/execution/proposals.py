"""Values that would be as the recipe has them: for simulated modules, automatic operators and training on the floor.

A value lies within the limits of its field, near the target of a weight, within the limits of a yield that is reckoned
from it, or on one side of what a condition holds it against. The same seed gives the same values.
"""

import random
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from batchwright.execution.courses import COURSES, course_of
from batchwright.execution.fields import Field
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import expressions
from batchwright.recipes.evaluation import Size
from batchwright.recipes.expressions import Binary, Number, Reference
from batchwright.recipes.phases import Decide
from batchwright.recipes.values import Limits, RoundingRule

_NINE = RoundingRule(significant=9)
Span = tuple[Quantity | None, Quantity | None]


def proposed(field: Field, place: Surroundings, *, seed: int, batch: str = "", within: Limits | None = None) -> str:
    """Give a value that would be accepted.

    Args:
        field: What is asked for.
        place: Where the phase runs.
        seed: The same seed gives the same value at the same run.
        batch: Number of the batch that it is for; other batches of a shipped recipe have other values.
        within: Limits beside those of the field, such as the tolerance of a weight.

    Returns:
        The value as it would be typed in.
    """
    own = batch if place.plan.recipe.id in COURSES else ""
    die = random.Random(f"{seed}{own}/{place.path}/{field.id}")  # noqa: S311 - no secret; alike each time
    course = course_of(place, field.id, batch)
    if isinstance(course, str):
        return course
    if course is not None:
        return str(_on_grid(course, field.decimals, ROUND_HALF_EVEN))
    match field.type:
        case "number":
            return str(_number(field, place, die, within))
        case "choice":
            return die.choice(field.options) if field.options else "as it is"
        case "yes or no":
            return "yes"
        case "date":
            return place.facts.now.date().isoformat()
        case _:
            return "as it is"


def beyond(field: Field, within: Limits | None = None) -> str | None:
    """Give a value beyond the limits of a field: a mistake that is taken in with an exception.

    Args:
        field: What is asked for.
        within: Limits beside those of the field.

    Returns:
        The value; None where the field has no limits.
    """
    limits = field.limits or within
    if field.type != "number" or limits is None:
        return None
    low, high = limits.action_low or limits.alert_low, limits.action_high or limits.alert_high
    bound = high if high is not None else low
    if bound is None:
        return None
    away = abs(bound.value) / 10 + 1
    value = Quantity(bound.value + away if high is not None else bound.value - away, bound.unit)
    return str(_on_grid(value.to(field.unit).value, field.decimals, ROUND_CEILING))


def _number(field: Field, place: Surroundings, die: random.Random, within: Limits | None) -> Decimal:
    for limits in (field.limits, within):
        if limits is not None:
            low, high = limits.alert_low or limits.action_low, limits.alert_high or limits.action_high
            return _inside((low, high), field, die)
    span = next(_yields(field, place), None)
    if span is not None:
        return _inside(span, field, die)
    held = compared(field, place)
    if held:
        bound = die.choice(held).to(field.unit).value
        return _on_grid(bound * die.choice((Decimal("0.98"), Decimal("1.02"))), field.decimals, ROUND_CEILING)
    return _on_grid(Decimal(25), field.decimals, ROUND_FLOOR)


def _inside(span: Span, field: Field, die: random.Random) -> Decimal:
    low, high = (None if one is None else one.to(field.unit).value for one in span)
    if low is None and high is None:
        return Decimal(1)
    if low is None or high is None:
        low, high = _half_open(low, high, field.unit)
    parts = die.randint(15, 85)
    value = low + (high - low) * parts / 100
    found = _on_grid(value, field.decimals, ROUND_FLOOR)
    if found < low:
        found = _on_grid(low, field.decimals, ROUND_CEILING)
    # where no value of so many digits lies inside, the nearest is what people would enter
    return found if found <= high else _on_grid(value, field.decimals, ROUND_HALF_EVEN)


def _half_open(low: Decimal | None, high: Decimal | None, unit: str) -> tuple[Decimal, Decimal]:
    """A span where one side is open: well off the limit that there is, as a process that is in control."""
    bound = low if low is not None else high
    assert bound is not None  # noqa: S101 - one of both is there
    away = abs(bound) / 20
    if high is None:
        return bound + away, min(bound + 3 * away, Decimal(100)) if unit == "%" and bound < 100 else bound + 3 * away
    if bound <= 0 or unit in ("Cel", "K", "[pH]"):
        return bound - 3 * away, bound - away
    return bound / 5, bound * 7 / 10


def _on_grid(value: Decimal, decimals: int | None, rounding: str) -> Decimal:
    if decimals is None:
        # four significant digits, as people read from an instrument
        decimals = max(0, 3 - value.adjusted()) if value else 0
    return value.quantize(Decimal(1).scaleb(-decimals), rounding)


def _yields(field: Field, place: Surroundings) -> Iterator[Span]:
    """The span that a yield asks of this field, where the actual amount is this value alone, or a sum with it."""
    for element in (place.plan.recipe, *place.plan.elements.values()):
        for one in getattr(element, "yields", ()):
            parts = [part.path for part in expressions.walk(_read(one.actual)) if isinstance(part, Reference)]
            if (place.element, field.id) not in [path[-2:] for path in parts] or one.limits is None:
                continue
            around = Surroundings.of(place.plan, place.visits, place.facts, place.path)
            try:
                whole = around.worth(one.theoretical)
            except BatchwrightError:
                continue  # what it is reckoned from is not there yet
            mine = Size.of(Quantity("1", field.unit)).unit
            if not isinstance(whole, Size) or whole.unit.dimension != mine.dimension:
                continue  # reckoned from it by way of something else
            size = whole.to(mine).as_quantity(_NINE.as_rounding)
            low, high = one.limits.alert_low or one.limits.action_low, one.limits.alert_high or one.limits.action_high
            yield _part(size, low, len(parts)), _part(size, high, len(parts))


def _part(whole: Quantity, limit: Quantity | None, parts: int) -> Quantity | None:
    """One of several equal parts of a percentage of the whole."""
    if limit is None:
        return None
    return Quantity(_on_grid(whole.value * limit.to("1").value / parts, 9, ROUND_FLOOR), whole.unit)


def compared(field: Field, place: Surroundings) -> list[Quantity]:
    """Give the amounts that conditions and proposals of the recipe hold a value against.

    Args:
        field: The field that the value is entered in.
        place: Where its phase runs.

    Returns:
        Amounts, in the order in which they stand in the recipe.
    """
    plan = place.plan
    sources = [condition for level in plan.levels.values() for condition in level.conditions.values()]
    sources += [
        one.phase.formula for one in plan.elements.values() if isinstance(one.phase, Decide) and one.phase.formula
    ]
    found = []
    for source in filter(str.strip, sources):
        for one in expressions.walk(_read(source)):
            named = isinstance(one, Binary) and isinstance(one.left, Reference) and one.left.path[-2:]
            if not isinstance(one, Binary) or named != (place.element, field.id):
                continue
            if isinstance(one.right, Number):
                found.append(one.right.amount)
            elif isinstance(one.right, Reference):
                name = one.right.path[-1]
                found += [
                    value for path, value in plan.values.items()
                    if path.rpartition("/")[2] == name and isinstance(value, Quantity)
                ]  # fmt: skip
    return found


def _read(source: str) -> expressions.Expression:
    try:
        return expressions.parse(source)
    except BatchwrightError:
        return expressions.parse("true")  # what cannot be read says nothing about a value
