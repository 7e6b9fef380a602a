"""Reading and changing one row by its key, with statements made once per table.

The record does this for every change anybody makes. Building the same query anew each time costs more than the
database does; so the statement's text is kept, and values go through the very conversions that the ORM would use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connections, models

from batchwright.record import images
from batchwright.record.models import GmpModel

Row = TypeVar("Row", bound=GmpModel)
Converter = Callable[[Any], Any]


class Table:
    """The statements of one GMP table on one engine."""

    def __init__(self, model: type[GmpModel], using: str) -> None:
        connection = connections[using]
        quote = connection.ops.quote_name
        self._model = model
        self._using = using
        self._fields = images.columns(model)
        self._names = [field.attname for field in self._fields]
        self._table = quote(model._meta.db_table)
        self._quoted = {field.name: quote(str(field.column)) for field in self._fields}
        listed = ", ".join(self._quoted.values())
        self._mark = connection.run_mark  # type: ignore[attr-defined]
        self._select = f"SELECT {listed} FROM {self._table} WHERE id = {self._mark}"  # noqa: S608 - names of the model
        if connection.features.has_select_for_no_key_update:
            # Not FOR UPDATE: whoever commits a row that refers to this one checks the reference while holding the
            # ledger's lock, and would wait for us while we wait for the ledger.
            self._select += " FOR NO KEY UPDATE"
        self._converters = [self._converter(field) for field in self._fields]
        self._inserted = [field for field in self._fields if not field.primary_key]
        columns = ", ".join(self._quoted[field.name] for field in self._inserted)
        marks = ", ".join(self._mark for _ in self._inserted)
        self._insert = f"INSERT INTO {self._table} ({columns}) VALUES ({marks}) RETURNING id"  # noqa: S608 - likewise

    def lock(self, key: int) -> GmpModel | None:
        """Read a row and keep others from changing it until the transaction ends.

        Args:
            key: Its primary key.

        Returns:
            The row; ``None`` if there is none.
        """
        found = self._run(self._select, [key]).fetchone()
        if found is None:
            return None
        values = [
            held if convert is None or held is None else convert(held)
            for convert, held in zip(self._converters, found, strict=True)
        ]
        return self._model.from_db(self._using, self._names, values)

    def insert(self, row: GmpModel) -> None:
        """Write a new row; the database gives its primary key.

        Args:
            row: The row, which has no key yet.
        """
        connection = connections[self._using]
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in self._inserted]
        [row.pk] = self._run(self._insert, values).fetchone()
        row._state.adding, row._state.db = False, self._using

    def update(self, row: GmpModel, fields: Sequence[models.Field[Any, Any]]) -> None:
        """Write columns of a row that is locked.

        Args:
            row: The row with its new values.
            fields: The columns to write.
        """
        connection = connections[self._using]
        assignments = ", ".join(f"{self._quoted[field.name]} = {self._mark}" for field in fields)
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        statement = f"UPDATE {self._table} SET {assignments} WHERE id = {self._mark}"  # noqa: S608 - names of the model
        self._run(statement, [*values, row.pk])

    def delete(self, key: int) -> None:
        """Delete a row that is locked.

        Args:
            key: Its primary key.
        """
        self._run(f"DELETE FROM {self._table} WHERE id = {self._mark}", [key])  # noqa: S608 - names of the model

    def _run(self, statement: str, values: list[Any]) -> Any:
        return connections[self._using].run(statement, values)  # type: ignore[attr-defined]

    def _converter(self, field: models.Field[Any, Any]) -> Converter | None:
        connection = connections[self._using]
        column = field.get_col(self._model._meta.db_table)
        chain = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        if not chain:
            return None

        def convert(held: Any) -> Any:
            for step in chain:
                held = step(held, column, connections[self._using])
            return held

        return convert


@cache
def table(model: type[GmpModel], using: str, vendor: str) -> Table:  # noqa: ARG001 - the vendor is part of the key
    """Give the statements of a table.

    Args:
        model: The GMP table.
        using: The alias of the database.
        vendor: The engine behind the alias now.

    Returns:
        The statements, made at the first call.
    """
    return Table(model, using)
