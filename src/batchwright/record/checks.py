"""What a GMP table must be like for the record to answer for it, checked before anything is migrated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import models

from batchwright.kernel.errors import DomainError
from batchwright.record import guards, rules
from batchwright.record.models import GmpModel

EXACT_DIGITS = 15
"""Decimal digits that survive in SQLite, which keeps a decimal as a binary number (DBL_DIG, C11 5.2.4.2.2)."""


def check_tables(**_: Any) -> list[CheckMessage]:
    """Look at every GMP table and rule of every installed capability; registered with Django in `apps`.

    Returns:
        One message for each column that one of the engines cannot keep exactly, and for each rule without a table.
    """
    found: list[CheckMessage] = [
        message for model in guards.gmp_models() for field in _columns(model) for message in _inexact(field)
    ]
    tables = guards.tables().gmp
    found += [
        Error(
            f"The rule {rule.name} stands on {rule.table}, which is no GMP table.",
            hint="Name a table of an installed record.GmpModel.", id="record.E003",
        )
        for rule in rules.registered() if rule.table not in tables
    ]  # fmt: skip
    return found


def require() -> None:
    """Refuse to go on with tables that the record cannot answer for.

    Raises:
        DomainError: With the first of them.
    """
    for message in check_tables():
        raise DomainError(message.msg.rstrip("."), remedy=message.hint or "")


def _columns(model: type[GmpModel]) -> Sequence[models.Field[Any, Any]]:
    return model._meta.local_concrete_fields


def _inexact(field: models.Field[Any, Any]) -> Iterator[CheckMessage]:
    place = f"{field.model._meta.label}.{field.name}"
    # What is stored as text says so, however it is derived.
    kind = field.get_internal_type()
    if isinstance(field, models.DecimalField) and kind == "DecimalField" and (field.max_digits or 0) > EXACT_DIGITS:
        yield Error(
            f"{place} has {field.max_digits} digits; SQLite keeps {EXACT_DIGITS} exactly.",
            hint="Keep whole numbers of a smaller unit, or the decimal as text.", obj=field.model, id="record.E001",
        )  # fmt: skip
    if kind in ("FloatField", "DurationField"):
        yield Error(
            f"{place} is a {kind}, which a row image cannot hold.",
            hint="Use a decimal, or whole numbers of a smaller unit.", obj=field.model, id="record.E002",
        )  # fmt: skip
