"""A row for any GMP table of any capability, so that a test can go over all of them.

Columns are filled by their kind. Where a table's constraints or rules ask for more, the capability says in
``tests/NAME/rows.py`` how a row that the database takes is made::

    @row_of(Lot)
    def lot(entry: OpenEntry) -> Lot:
        return plain(entry, Lot, origin="made")
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from django.db import IntegrityError, models

from batchwright import record
from batchwright.record import guards
from batchwright.record.open_entry import OpenEntry
from tests.gmp.entries import NoteMade

Row = TypeVar("Row", bound=record.GmpModel)
_makers: dict[type[record.GmpModel], Callable[[OpenEntry], record.GmpModel]] = {}
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


def row_of(model: type[Row]) -> Callable[[Callable[[OpenEntry], Row]], Callable[[OpenEntry], Row]]:
    """Say how a row of a table is made whose constraints or rules the kinds of its columns do not tell."""

    def register(maker: Callable[[OpenEntry], Row]) -> Callable[[OpenEntry], Row]:
        _makers[model] = maker
        return maker

    return register


def fill(entry: OpenEntry, model: type[Row]) -> Row:
    """Create a row of any table, and before it the rows it must refer to."""
    _collect()
    maker = _makers.get(model)
    if maker is None:
        return plain(entry, model)
    made = maker(entry)
    assert isinstance(made, model)
    return made


def plain(entry: OpenEntry, model: type[Row], **given: Any) -> Row:
    """Create a row with what is given, and every other column filled by its kind."""
    made = model(**given)
    for field in model._meta.concrete_fields:
        if not field.primary_key and field.name not in {"version", *given}:
            setattr(made, field.attname, _value(entry, field))
    try:
        created = entry.create(made)
    except IntegrityError as error:
        error.add_note(f"Say in tests/{model._meta.app_label}/rows.py how a row of {model.__name__} is made.")
        raise
    assert isinstance(created, model)
    return created


def fill_every_table() -> None:
    """Leave at least one row in every GMP table of the plant."""
    with record.entry(NoteMade(text="one of each"), actor=record.SITE, subject="plant/all") as entry:
        for model in guards.gmp_models():
            fill(entry, model)


@cache
def _collect() -> None:
    for file in sorted(Path(__file__).parents[1].glob("*/rows.py")):
        import_module(f"tests.{file.parent.name}.rows")


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
        if field.blank and not field.null and not field.unique:
            return field.get_default()  # left empty by most people
        return f"x{next(_number)}"[: field.max_length]
    if field.unique:
        return next(_number)
    return next(value for kind, value in _VALUES.items() if isinstance(field, kind))
