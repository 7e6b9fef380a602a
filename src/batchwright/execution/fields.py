"""How a value that came in as text is read: type, unit, decimals, options; and how it is held against its limits.

Nothing is rounded, completed or guessed: more decimals than asked for, another unit or a comma are refused.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from batchwright.execution.attempts import Reason
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.marking import Known
from batchwright.kernel import exact, units
from batchwright.kernel.errors import BadInput, BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Classification, Entry, Result
from batchwright.recipes.values import Limits


@dataclass(frozen=True, slots=True)
class Field:
    """One value that a phase asks for."""

    id: str
    name: str
    type: Literal["number", "text", "choice", "date", "picture", "yes or no"] = "text"
    unit: str = "1"
    decimals: int | None = None
    limits: Limits | None = None
    options: tuple[str, ...] = ()
    classification: Classification = "none"

    @classmethod
    def of(cls, part: Entry | Result) -> "Field":
        """The field of an entry or a result."""
        options = part.options if isinstance(part, Entry) else ()
        decimals = part.decimals if isinstance(part, Entry) else None
        # a choice that a module reports may be any word
        kind = "text" if part.type == "choice" and not options else part.type
        return cls(part.id, part.name or part.id, kind, part.unit, decimals, part.limits, options, part.classification)


def read(wanted: Field, text: str) -> Known | Reason:
    """Read a value as its field asks for it.

    Args:
        wanted: The field.
        text: What came in.

    Returns:
        The value, or why it is refused.
    """
    if not text.strip():
        return Reason(code="empty", field=wanted.id, sentence=f"{wanted.name} is empty", remedy="Enter a value.")
    match wanted.type:
        case "number":
            return _number(wanted, text)
        case "choice":
            if text in wanted.options:
                return text
            limit = ", ".join(wanted.options)
            return Reason(
                code="option", field=wanted.id, sentence=f"{wanted.name} has another choice", value=text, limit=limit
            )
        case "yes or no":
            if text in ("yes", "no"):
                return text == "yes"
            return Reason(
                code="type", field=wanted.id, sentence=f"{wanted.name} is yes or no", value=text, limit="yes, no"
            )
        case "date":
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                sentence = f"{wanted.name} is no date"
                return Reason(code="type", field=wanted.id, sentence=sentence, value=text, limit="such as 2026-11-22")
        case _:
            return text


def _number(wanted: Field, text: str) -> Known | Reason:
    try:
        # a number alone is in the unit of the field, which stands beside it on the screen
        amount = Quantity.parse(text if " " in text.strip() else f"{text.strip()} {wanted.unit}")
    except BadInput as error:
        remedy = error.remedy or f"Enter a number in {wanted.unit}."
        return Reason(
            code="type",
            field=wanted.id,
            sentence=f"{wanted.name} is no number with a unit of the plant",
            value=text[:80],
            limit=f"such as 1.5 {wanted.unit}",
            remedy=remedy,
        )
    own, asked = amount.measured_in, units.parse(wanted.unit)
    if (own.dimension, own.is_point) != (asked.dimension, asked.is_point):
        sentence = f"{wanted.name} measures something else"
        return Reason(code="unit", field=wanted.id, sentence=sentence, value=str(amount), limit=wanted.unit)
    try:
        amount = amount.to(wanted.unit)
    except BatchwrightError as error:
        return Reason(code="unit", field=wanted.id, sentence=str(error), value=str(amount), limit=wanted.unit)
    if wanted.decimals is not None and -exact.exponent(amount.value) > wanted.decimals:
        return Reason(
            code="decimals", field=wanted.id, sentence=f"{wanted.name} has more decimals than are asked for",
            value=str(amount), limit=str(wanted.decimals), remedy="Round as the procedure says, and enter that.",
        )  # fmt: skip
    return amount


def out_of_limit(wanted: Field, value: Known, path: str) -> Raised | None:
    """Hold a value against its limits.

    Args:
        wanted: The field.
        value: What was read.
        path: Run of the phase.

    Returns:
        An exception where it is beyond an action limit or an alert limit; None where it is within.
    """
    limits = wanted.limits
    if limits is None or not isinstance(value, Quantity):
        return None
    for kind, low, high in (
        (Kind.OUT_OF_LIMIT, limits.action_low, limits.action_high), (Kind.ALERT, limits.alert_low, limits.alert_high),
    ):  # fmt: skip
        for limit, broken, word, sign in (
            (low, low is not None and value < low, "below", ">="),
            (high, high is not None and value > high, "above", "<="),
        ):
            if broken:
                sentence = f"{wanted.name} {value} is {word} {limit}"
                return raised(
                    kind, sentence, path=path, field=wanted.id, value=value, limit=f"{sign} {limit}",
                    classification=wanted.classification,
                )  # fmt: skip
    return None
