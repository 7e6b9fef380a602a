"""Whether the values of a row fit its columns, told as the plant tells what is wrong."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError

from batchwright.kernel.errors import BadInput
from batchwright.record.models import GmpModel

Row = TypeVar("Row", bound=GmpModel)


def checked(row: Row, *, exclude: tuple[str, ...] = ()) -> Row:
    """Let Django's validators say what is wrong with a row, in the plant's own form.

    Args:
        row: The row, as it is going to be written.
        exclude: Fields that are not known yet.

    Returns:
        The same row.

    Raises:
        BadInput: With the field, its value and what is wrong.
    """
    try:
        row.clean_fields(exclude={*exclude, "version"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise BadInput(f"{field}: {messages[0]}", value=getattr(row, field, None)) from error
    return row
