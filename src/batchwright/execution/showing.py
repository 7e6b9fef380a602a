"""How amounts, units and limits are written on the pages of the floor. Pure; words are those of the recipe itself."""

from typing import Final

from batchwright.execution.marking import Known
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.values import Limits

_UNITS: Final = {"1": "", "Cel": "\N{DEGREE SIGN}C", "[degF]": "\N{DEGREE SIGN}F", "[pH]": "pH", "[lb_av]": "lb"}


def unit_word(code: str) -> str:
    """Write a unit as people do.

    Args:
        code: Its UCUM code.

    Returns:
        Such as ``°C`` for Cel, ``rev/min`` for {rev}/min, nothing for 1.
    """
    return _UNITS.get(code, code.replace("{", "").replace("}", ""))


def amount_words(amount: Quantity) -> str:
    """Write an amount as people do.

    Args:
        amount: The amount.

    Returns:
        Such as ``82.1 °C``.
    """
    number, _space, unit = str(amount).partition(" ")
    return f"{number} {unit_word(unit)}".strip()


def known_words(value: Known, *, yes: str = "yes", no: str = "no") -> str:
    """Write what a phase left.

    Args:
        value: The value.
        yes: Word for yes.
        no: Word for no.

    Returns:
        Its words.
    """
    if isinstance(value, bool):
        return yes if value else no
    return amount_words(value) if isinstance(value, Quantity) else value


def range_words(low: Quantity | None, high: Quantity | None) -> str:
    """Write two limits as people do.

    Args:
        low: The lower limit; None where there is none.
        high: The upper limit.

    Returns:
        Such as ``80.0 to 90.0 °C``, ``≤ 500 g``; "" where there is neither.
    """
    if low is not None and high is not None:
        first, second = amount_words(low), amount_words(high)
        if low.unit == high.unit:
            first = first.partition(" ")[0]
        return f"{first} to {second}" if low != high else second
    if low is not None:
        return f"\N{GREATER-THAN OR EQUAL TO} {amount_words(low)}"
    return f"\N{LESS-THAN OR EQUAL TO} {amount_words(high)}" if high is not None else ""


def bounds(limits: Limits | None, unit: str) -> dict[str, str]:
    """Give limits as plain numbers in the unit of a field, for the hint beside it while somebody types.

    Args:
        limits: The limits.
        unit: Unit of the field.

    Returns:
        Numbers by ``action_low`` and so on; none where they cannot be told in that unit. The server judges.
    """
    found = {}
    for name in ("action_low", "alert_low", "alert_high", "action_high"):
        limit = None if limits is None else getattr(limits, name)
        if limit is None:
            continue
        try:
            found[name] = str(limit.to(unit)).partition(" ")[0]
        except BatchwrightError:
            return {}
    return found
