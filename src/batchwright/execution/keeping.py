"""How values that phases leave are kept: as JSON that tells an amount, a text and a yes or no apart."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from batchwright.execution.marking import Known
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity


def kept(values: Mapping[str, Known]) -> dict[str, Any]:
    """Write values.

    Args:
        values: By name of the field or the result.

    Returns:
        Each as ``{"amount": "1.50 kg"}``, ``{"text": "clear"}`` or ``{"is": true}``.
    """
    return {name: _kept(one) for name, one in values.items()}


def _kept(value: Known) -> dict[str, Any]:
    if isinstance(value, Quantity):
        return {"amount": str(value)}
    return {"is": value} if isinstance(value, bool) else {"text": value}


def known(content: Mapping[str, Any]) -> dict[str, Known]:
    """Read values.

    Args:
        content: As `kept` writes them.

    Returns:
        Values by name.

    Raises:
        BadInput: If a value is none of the three.
    """
    return {name: _known(name, one) for name, one in content.items()}


def _known(name: str, one: Any) -> Known:
    match one:
        case {"amount": str(amount)}:
            return _amount(amount)
        case {"is": bool(answer)}:
            return answer
        case {"text": str(text)}:
            return text
        case _:
            raise BadInput("this is no value that was kept", value=f"{name}: {one}", limit="amount, text or is")


_amount = lru_cache(maxsize=4096)(Quantity.parse)
"""Where a batch stands is read at each of its steps, with all that was measured in it; an amount never changes."""


def shown(value: Known) -> str:
    """Write a value as people read it.

    Args:
        value: The value.

    Returns:
        Such as ``1.50 kg``, ``clear`` or ``yes``.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
