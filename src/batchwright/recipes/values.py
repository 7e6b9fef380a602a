"""What a recipe's parameters are made of: amounts with units, limits, rules of scaling and rounding.

Frozen and validated when made. An amount is written as people write it, ``48.000 kg``, and keeps its digits.
"""

import itertools
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError, core_schema

from batchwright.kernel import units
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.rounding import Rounding

LONGEST_NAME = 200
LONGEST_TEXT = 10_000


class Part(BaseModel):
    """A part of a recipe: frozen, and what is not known to it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def refusal(error: BadInput) -> PydanticCustomError:
    """The same refusal for the validator, which adds the place.

    Args:
        error: What the kernel said.

    Returns:
        An error that keeps value, limit and remedy.
    """
    context: dict[str, Any] = {"value": error.value, "limit": error.limit, "remedy": error.remedy}
    return PydanticCustomError("plant", "{reason}", {"reason": str(error.message), **context})


def _written(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):  # a float has lost the digits that were written
        raise BadInput("this is not an amount", value=repr(value)[:80], limit="such as 48.000 kg")
    return str(value)


class _AmountAsText:
    """How a `Quantity` stands in a recipe: the text ``48.000 kg``."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "type": ["string", "integer"],
            "description": "Decimal number, blank, UCUM code: 48.000 kg",
            "examples": ["48.000 kg", "7.4 [pH]", "30 min"],
        }

    @staticmethod
    def _read(value: object) -> Quantity:
        if isinstance(value, Quantity):
            return value
        try:
            return Quantity.parse(_written(value))
        except BadInput as error:
            raise refusal(error) from error


Amount = Annotated[Quantity, _AmountAsText]
"""An exact amount with its UCUM unit, written ``48.000 kg``."""

_NAME = r"^[^\x00-\x1f`]*[^\x00-\x20`][^\x00-\x1f`]*$"
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=_NAME)]
"""What a part is called inside the recipe; letters, digits and underscores need no quotes in a formula."""
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class Unread(Part):
    """An amount of another system that the plant cannot read, kept as written; no recipe with one is approved."""

    written: Text
    """The value as written, such as ``5000``."""
    unit: Text = ""
    """The unit as written, such as ``Kilolitres``."""
    why: Text = ""
    """Why it cannot be read, as a sentence."""


class TextValue(Part):
    """A value that is a text, such as a colour or an instruction."""

    text: Text


class ChoiceValue(Part):
    """One of several words."""

    choice: Text
    of: tuple[Text, ...] = ()


class FormulaValue(Part):
    """A value that is reckoned from others when the control recipe is made or the phase runs."""

    formula: Text
    unit: str = "1"


def _kind_of_value(value: object) -> str | None:
    if isinstance(value, Quantity | str | int) and not isinstance(value, bool):
        return "amount"
    keys = value.keys() if isinstance(value, dict) else type(value).model_fields if isinstance(value, Part) else ()
    return next((kind for kind in ("text", "choice", "formula", "written") if kind in keys), None)


Value = Annotated[
    Annotated[Amount, Tag("amount")]
    | Annotated[TextValue, Tag("text")]
    | Annotated[ChoiceValue, Tag("choice")]
    | Annotated[FormulaValue, Tag("formula")]
    | Annotated[Unread, Tag("written")],
    Discriminator(
        _kind_of_value,
        custom_error_type="plant",
        custom_error_message=(
            "A value is an amount such as 48.000 kg, or {text: ...}, {choice: ..., of: [...]} or {formula: ...}"
        ),
    ),
]
"""What a parameter holds."""

AnyAmount = Annotated[
    Annotated[Amount, Tag("amount")] | Annotated[Unread, Tag("written")],
    Discriminator(
        _kind_of_value, custom_error_type="plant", custom_error_message="This is not an amount such as 48.000 kg"
    ),
]
"""An amount, or what another system wrote and the plant cannot read."""


class Limits(Part):
    """Limits of a value; beyond an alert limit somebody looks, beyond an action limit it is an exception."""

    action_low: Amount | None = None
    alert_low: Amount | None = None
    alert_high: Amount | None = None
    action_high: Amount | None = None

    @property
    def in_order(self) -> tuple[Quantity, ...]:
        """The limits that are set, from the lowest meaning to the highest."""
        every = (self.action_low, self.alert_low, self.alert_high, self.action_high)
        return tuple(one for one in every if one is not None)

    @model_validator(mode="after")
    def _rising(self) -> "Limits":
        found = self.in_order
        if not found:
            raise PydanticCustomError("plant", "Limits without any limit say nothing")
        kinds = {(one.measured_in.dimension, one.measured_in.is_point) for one in found}
        if len(kinds) > 1:
            raise PydanticCustomError("plant", "The limits are in units that measure different things")
        for lower, upper in itertools.pairwise(found):
            if upper < lower:
                raise PydanticCustomError(
                    "plant", "The limits are not in rising order: {value}", {"value": f"{lower}, then {upper}"}
                )
        return self

    def __str__(self) -> str:
        low, high = self.action_low or self.alert_low, self.action_high or self.alert_high
        if low is not None and high is not None:
            return f"{low} to {high}"
        return f"at least {low}" if low is not None else f"at most {high}"


class RoundingRule(Part):
    """How a result is rounded, once and at the end (USP General Notices 7.20)."""

    rule: Literal["half-up", "half-even"] = "half-up"
    decimals: int | None = Field(default=None, ge=-60, le=60)
    significant: int | None = Field(default=None, ge=1, le=60)

    @model_validator(mode="after")
    def _one_of_both(self) -> "RoundingRule":
        if (self.decimals is None) == (self.significant is None):
            raise PydanticCustomError("plant", "Rounding needs either decimals or significant digits, and not both")
        return self

    @property
    def as_rounding(self) -> Rounding:
        """The rule as the kernel applies it."""
        return Rounding(rule=self.rule, decimals=self.decimals, significant=self.significant)


class Fixed(Part):
    """The value is the same at every batch size."""

    rule: Literal["fixed"] = "fixed"


class Proportional(Part):
    """The value grows with the batch size, from the nominal one."""

    rule: Literal["proportional"] = "proportional"


class SizeStep(Part):
    """The value for batch sizes up to and with a limit."""

    up_to: Amount
    value: Amount


class Stepwise(Part):
    """The value steps up with the batch size, such as a mixing time validated for ranges of size."""

    rule: Literal["stepwise"] = "stepwise"
    steps: Annotated[tuple[SizeStep, ...], Field(min_length=1)]


class PotencyCorrected(Part):
    """The value grows with the batch size and is corrected for assay and water of the lot (21 CFR 211.101(a)).

    ``amount = theoretical / assay`` for an assay on the substance as is, and
    ``amount = theoretical / (assay x (1 - water))`` for one on the anhydrous or dried substance.
    """

    rule: Literal["potency"] = "potency"
    assay: Literal["as is", "anhydrous"] = "anhydrous"
    compensated_by: str = ""
    """Parameter of the excipient that gives way, so that the total stays what it is; "" for none."""


Scaling = Annotated[Fixed | Proportional | Stepwise | PotencyCorrected, Field(discriminator="rule")]
"""How a parameter follows the batch size."""


class Overage(Part):
    """A calculated excess of a component (21 CFR 211.186(b)(5)), with the most that the dossier allows."""

    excess: Amount
    """Such as ``2.0 %`` of the theoretical amount."""
    limit: Amount
    why: Text = ""


def unit_code(code: str) -> str:
    """Read a UCUM code for a validator.

    Args:
        code: What was written.

    Returns:
        The same code.

    Raises:
        PydanticCustomError: It is not a unit of the plant.
    """
    try:
        return units.parse(code).code
    except BadInput as error:
        raise refusal(error) from error
