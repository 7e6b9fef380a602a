"""A row for any GMP table of any capability, so that a test can go over all of them."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import models

from batchwright import record
from batchwright.record import guards
from batchwright.record.open_entry import OpenEntry
from tests.gmp.entries import NoteMade

_number = itertools.count(1)
_VALUES: dict[type[models.Field[Any, Any]], Any] = {
    models.BooleanField: True,
    models.DateTimeField: datetime(2026, 5, 1, tzinfo=UTC),
    models.DateField: date(2026, 5, 1),
    models.TimeField: time(12),
    models.DecimalField: Decimal(1),
    models.JSONField: {},
    models.BinaryField: b"x",
    models.IntegerField: 1,
}


def fill(entry: OpenEntry, model: type[record.GmpModel]) -> record.GmpModel:
    """Create a row of any table, and before it the rows it must refer to."""
    made = model()
    for field in model._meta.concrete_fields:
        if not field.primary_key and field.name != "version":
            setattr(made, field.attname, _value(entry, field))
    return entry.create(made)


def _value(entry: OpenEntry, field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        wanted = field.related_model
        if field.null or not issubclass(wanted, record.GmpModel):
            return None
        return fill(entry, wanted).pk
    if field.choices:
        return next(iter(field.flatchoices))[0]
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.CharField | models.TextField):
        return f"x{next(_number)}"[: field.max_length]
    if field.unique:
        return next(_number)
    return next(value for kind, value in _VALUES.items() if isinstance(field, kind))


def fill_every_table() -> None:
    """Leave at least one row in every GMP table of the plant."""
    with record.entry(NoteMade(text="one of each"), actor=record.SITE, subject="plant/all") as entry:
        for model in guards.gmp_models():
            fill(entry, model)
