"""Row images: one row of a GMP table as the record keeps it, and back.

An image holds every column by its name in the database. Decimals are text with exactly the column's decimal places,
whole numbers that readers of JSON may round are text too, times are UTC with microseconds, bytes are base64; binary
floating point is refused, because two readers of one float need not print the same number.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from datetime import date, datetime, time
from decimal import MAX_PREC, Context, Decimal
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.record import canonical
from batchwright.record.models import GmpModel

Image = dict[str, Any]
COMMITTED = "sha256:"
"""What a secret column's image begins with."""
_COMMITMENT = re.compile(COMMITTED + "[0-9a-f]{64}")
_EXACT = Context(prec=MAX_PREC)


@cache
def columns(model: type[GmpModel]) -> tuple[models.Field[Any, Any], ...]:
    """Give the fields that are columns of the model's table.

    Args:
        model: A GMP table.

    Returns:
        The concrete fields in the order they are declared.
    """
    return tuple(model._meta.concrete_fields)


def of(row: GmpModel) -> Image:
    """Give the image of a row.

    Args:
        row: An instance that holds what the table holds.

    Returns:
        Column names and JSON values.

    Raises:
        BadInput: If a value cannot be held exactly.
    """
    secret = row.secret_fields
    return {
        str(field.column): commitment(getattr(row, field.attname)) if field.name in secret else value(field, row)
        for field in columns(type(row))
    }


def value(field: models.Field[Any, Any], row: GmpModel) -> Any:
    """Give one column's value as the record keeps it.

    Args:
        field: The column.
        row: The row.

    Returns:
        A JSON value.

    Raises:
        BadInput: If the value cannot be held exactly.
    """
    held = getattr(row, field.attname)
    kind = type(held)
    if held is None or kind is str or kind is bool:
        return held
    if kind is int:
        within = -canonical.SAFE_INTEGER <= held <= canonical.SAFE_INTEGER
        return held if within or not isinstance(field, models.IntegerField) else str(held)
    if kind is datetime:
        return clock.iso(held)
    if kind is Decimal:
        return _decimal(field, held)
    if kind in (bytes, memoryview, bytearray):
        return base64.b64encode(bytes(held)).decode("ascii")
    if isinstance(held, date | time):
        return held.isoformat()
    if isinstance(held, uuid.UUID):
        return str(held)
    if isinstance(held, str):  # a TextChoices member is stored as its text
        return str.__str__(held)
    if isinstance(held, int):  # likewise an IntegerChoices member
        return int(held)
    if isinstance(field, models.JSONField):
        canonical.check(held, str(field.column))
        return held
    raise BadInput(
        f"{row._meta.db_table}.{field.column} cannot be held exactly in the record",
        value=repr(held), remedy="Use a decimal, text, whole number, date or time column.",
    )  # fmt: skip


def _decimal(field: models.Field[Any, Any], held: Decimal) -> str:
    places = getattr(field, "decimal_places", None)
    if places is None:
        return format(held, "f")
    if not held.is_finite() or held.adjusted() >= field.max_digits - places:  # type: ignore[attr-defined]
        raise BadInput(
            f"{field.column} is greater than its column holds",
            value=format(held, "f"), limit=f"{field.max_digits - places} digits before the point",  # type: ignore[attr-defined]
        )  # fmt: skip
    exact = held.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    if exact != held:
        raise BadInput(
            f"{field.column} has more decimal places than its column holds",
            value=format(held, "f"), limit=f"{places} places", remedy="Round by an explicit rule first.",
        )  # fmt: skip
    # No database keeps the sign of a zero.
    return format(exact or abs(exact), "f")


def commitment(secret: Any) -> str:
    """Give what stands in an image for a secret value.

    Args:
        secret: The value; a password hash carries its own salt, so its digest reveals nothing.

    Returns:
        ``sha256:`` and the digest; an already committed value, from a replayed database, as it is.
    """
    if isinstance(secret, str) and _COMMITMENT.fullmatch(secret):
        return secret
    held = bytes(secret) if isinstance(secret, bytes | bytearray | memoryview) else str(secret).encode()
    return COMMITTED + hashlib.sha256(held).hexdigest()


def row(model: type[GmpModel], image: Image) -> GmpModel:
    """Make an unsaved instance from an image.

    Args:
        model: The table.
        image: Its image, perhaps from before a migration: renamed columns are followed, dropped ones left out, added
            ones take their default.

    Returns:
        The instance.
    """
    present = {model.renamed_columns.get(name, name): held for name, held in image.items()}
    made = model()
    for field in columns(model):
        if field.column in present:
            setattr(made, field.attname, _parse(field, present[field.column]))
    return made


def _parse(field: models.Field[Any, Any], held: Any) -> Any:
    if held is None:
        return None
    if isinstance(field, models.BinaryField):
        return base64.b64decode(held)
    if isinstance(field, models.JSONField):
        return held
    return field.to_python(held)


def continues(model: type[GmpModel], earlier: Image, later: Image) -> bool:
    """Say whether two images of one row agree, although a migration may lie between them.

    Args:
        model: The table as it is now.
        earlier: The image that an entry left.
        later: The image that the next entry found.

    Returns:
        Whether every column agrees: renamed ones are followed, added ones must hold their default.
    """
    renamed = model.renamed_columns
    old = {renamed.get(name, name): held for name, held in earlier.items()}
    new = {renamed.get(name, name): held for name, held in later.items()}
    gone = (old.keys() & new.keys()) - {field.column for field in columns(model)}
    try:
        return of(row(model, old)) == of(row(model, new)) and all(old[name] == new[name] for name in gone)
    except (BadInput, ValidationError, ValueError):
        return False


def digest(image: Image) -> bytes:
    """Give a digest to compare images by.

    Args:
        image: A row image: what :func:`of` gave, or what an entry whose bytes were verified says.

    Returns:
        SHA-256 over its canonical bytes.
    """
    return hashlib.sha256(canonical.encode_checked(image)).digest()
