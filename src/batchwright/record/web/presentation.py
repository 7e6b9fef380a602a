"""Entries as the pages show them: grouped by day, with their changes in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from batchwright.record.models import Entry, GmpModel
from batchwright.record.web import differences


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day in the zone of the site."""

    on: date
    entries: tuple[Entry, ...]


def by_day(entries: Iterable[Entry]) -> tuple[Day, ...]:
    """Group entries by the day on which they were made.

    Args:
        entries: Entries in the order they are shown.

    Returns:
        Days in the same order.
    """
    zone = timezone.get_default_timezone()
    grouped = groupby(entries, key=lambda entry: timezone.localdate(entry.at, zone))
    return tuple(Day(on, tuple(of_day)) for on, of_day in grouped)


def changes(entry: Entry) -> Iterator[differences.RowChange]:
    """Give an entry's row images in words.

    Args:
        entry: The entry.

    Yields:
        One change after another, as they were written.
    """
    for change in entry.changes:
        model = _model(change["table"])
        fields = model._meta.concrete_fields if model else ()
        thing = str(model._meta.verbose_name) if model else change["table"]
        labels = {str(field.column): str(field.verbose_name) for field in fields}
        named_by = next((str(field.column) for field in fields if _names(field)), "")
        yield differences.row_change(
            change,
            thing=thing[:1].upper() + thing[1:],
            labels=labels,
            named_by=named_by,
            words=_words,
        )


@cache
def _model(table: str) -> type[GmpModel] | None:
    for model in apps.get_models():
        if issubclass(model, GmpModel) and model._meta.db_table == table:
            return model
    return None


def _names(field: models.Field[Any, Any]) -> bool:
    """Whether people know a row by this column: unique, and not a digest."""
    return field.unique and not field.primary_key and not str(field.column).endswith(("sha256", "hash"))


def _words(value: Any) -> str:
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and value.startswith(differences.COMMITTED):
        return _("secret, fingerprint %(digest)s") % {"digest": value.removeprefix(differences.COMMITTED)[:12]}
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items() if one not in (None, ""))
    if isinstance(value, list | tuple):
        return "; ".join(_words(one) for one in value) or _("nothing")
    return str(value)
