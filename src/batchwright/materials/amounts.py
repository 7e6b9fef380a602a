"""Amounts as the database keeps them: whole millionths of the unit of the definition.

Pure. SQLite keeps decimals as binary floating point, which cannot be added up exactly by a constraint; whole numbers
can. A millionth of a kilogram is a milligram, and the greatest amount is 9.2 million million kilograms.
"""

from decimal import Decimal

from batchwright.kernel import exact
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity

PER_UNIT = 1_000_000
LARGEST = 2**63 - 1


def stored(quantity: Quantity, unit: str) -> int:
    """Give an amount as it is stored.

    Args:
        quantity: The amount, in any unit of the same dimension.
        unit: UCUM code of the definition's unit.

    Returns:
        Whole millionths of the unit.

    Raises:
        BadInput: If it is finer than a millionth of the unit, or too large.
        DomainError: If the units measure different things.
    """
    # Never Decimal's own arithmetic, which rounds to 28 digits without a word.
    value = exact.calculated(quantity.to(unit).value, "*", Decimal(PER_UNIT))
    if value is None or value != value.to_integral_value():
        raise BadInput(
            "the amount is finer than the plant keeps", value=quantity, limit=f"a millionth of {unit}",
            remedy="Round by an explicit rule first.",
        )  # fmt: skip
    if abs(value) > LARGEST:
        raise BadInput("the amount is too large", value=quantity, limit=f"{LARGEST // PER_UNIT} {unit}")
    return int(value)


def positive(quantity: Quantity, unit: str) -> int:
    """Give an amount that moves, which is more than nothing.

    Args:
        quantity: The amount.
        unit: UCUM code of the definition's unit.

    Returns:
        Whole millionths of the unit.

    Raises:
        DomainError: If it is zero or less.
        BadInput: As for `stored`.
    """
    found = stored(quantity, unit)
    if found <= 0:
        raise DomainError("the amount has to be more than nothing", value=quantity, limit=f"> 0 {unit}")
    return found


def quantity(amount: int, unit: str) -> Quantity:
    """Give a stored amount as a quantity.

    Args:
        amount: Whole millionths of the unit.
        unit: UCUM code.

    Returns:
        The quantity, without superfluous zeros after the point.
    """
    value = Decimal(amount) / PER_UNIT
    whole = value == value.to_integral_value()
    return Quantity(value.quantize(Decimal(1)) if whole else value.normalize(), unit)
