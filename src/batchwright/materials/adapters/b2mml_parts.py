"""What every B2MML file is made of: identifiers, amounts and properties (MESA B2MML V0401, common schema)."""

from __future__ import annotations

from typing import Any

from batchwright.kernel import units
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials.adapters.foreign_xml import Account, local_name

UNITS = {"KG": "kg", "Kg": "kg", "G": "g", "MG": "mg", "ML": "mL", "EA": "{each}", "ea": "{each}"}
"""Units as such systems spell them -> UCUM; what is UCUM already stays, so that Mg is not taken for mg."""


def needed(account: Account, parent: Any, name: str) -> str:
    """Take a text that has to be there.

    Args:
        account: The document.
        parent: The element that holds it.
        name: Local name of the child.

    Returns:
        The text.

    Raises:
        BadInput: If there is none.
    """
    text = account.text(parent, name)
    if not text:
        raise account.bad(f"{name} is missing", parent, local_name(parent))
    return text


def unit(account: Account, text: str, at: Any) -> str:
    """Read a unit as such systems spell it.

    Args:
        account: The document.
        text: The unit as written.
        at: The element that holds it.

    Returns:
        Its UCUM code.

    Raises:
        BadInput: If no rule says what it means.
    """
    if text in UNITS:
        return UNITS[text]
    try:
        return units.parse(text).code
    except BadInput as error:
        raise account.bad("This unit has no rule", at, text, error.remedy) from error


def amount(account: Account, quantity: Any) -> Quantity:
    """Read a Quantity element: QuantityString, DataType, UnitOfMeasure.

    Args:
        account: The document.
        quantity: The element.

    Returns:
        The amount, with its digits.

    Raises:
        BadInput: If it is no number or its unit has no rule.
    """
    number = needed(account, quantity, "QuantityString")
    account.text(quantity, "DataType")
    code = unit(account, needed(account, quantity, "UnitOfMeasure"), quantity)
    try:
        return Quantity(number, code)
    except BadInput as error:
        raise account.bad("This is not an amount", quantity, number) from error


def properties(account: Account, one: Any, kind: str, known: tuple[str, ...]) -> dict[str, list[str]]:
    """Take the properties that a rule knows; the others stay to be reported.

    Args:
        account: The document.
        one: The element that has them.
        kind: Local name of a property, such as MaterialLotProperty.
        known: Their identifiers.

    Returns:
        Values by identifier.

    Raises:
        BadInput: If a value is missing.
    """
    found: dict[str, list[str]] = {}
    for each in account.children(one, kind):
        name = account.peek(each, "ID")
        if name not in known:
            continue
        account.text(each, "ID")
        for value in account.children(each, "Value"):
            found.setdefault(name, []).append(needed(account, value, "ValueString"))
            account.text(value, "DataType")
    return found
