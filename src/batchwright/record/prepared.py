"""Queries that are asked at every request, laid out once: Django builds the SQL of a query anew each time it is asked.

Building costs many times what the database needs to answer. So the query is built once with marks in the place of its
values, and the text is kept; what is asked is always the database. The rows come through Django's own converters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar, get_args

from django.db import connection, models
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable, get_related_populators

Found = TypeVar("Found")
Value = str | int | datetime
Given = Value | Collection[int] | Collection[str]
Shape = tuple[tuple[str, int | None], ...]
Build = Callable[..., "models.QuerySet[Any, Found]"]
_MOST = 64
"""Shapes of one query that are kept for one engine."""
_MARK_TEXT, _MARK_NUMBER = "prepared-6d1f-", 1_900_000_000
_LONGEST = 1_000_000
"""More values than one list of a query ever holds; numbers of marks are this far apart."""
_MARK_TIME = datetime(2999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A query as one engine takes it."""

    sql: str
    values: tuple[Any, ...]
    """What stands in it, with None in the places of what is given each time."""
    places: tuple[tuple[int, str, int | None], ...]
    """Where which value goes, with its place in the list where it stands in one."""
    made: Callable[[Sequence[tuple[Any, ...]]], list[Any]]
    """Makes of rows what the query gives."""


class Prepared(Generic[Found]):
    """A query with values that are given each time.

    Args:
        build: Makes the query: of whole objects or of ``values_list``. It is called once for each set of values that is
            given, with a mark for each of them, so it may look at which there are and not at what they are.
        **kinds: Type of each value that may be given: ``str``, ``int``, ``datetime``, or ``list[int]`` and
            ``list[str]`` for what a column is one of.
    """

    def __init__(self, build: Build[Found], **kinds: type[Given]) -> None:
        self._build = build
        self._kinds = kinds
        self._laid: dict[tuple[str, str, Shape], _Laid] = {}

    def all(self, **values: Given) -> list[Found]:
        """Ask the database.

        Args:
            **values: Each value by its name.

        Returns:
            What it found, in the order of the query; nothing, without asking, where a list has nothing in it.
        """
        whole: dict[str, Any] = {
            name: one if isinstance(one, str | int | datetime) else _filled(one) for name, one in values.items()
        }
        shape = tuple((name, len(one) if isinstance(one, list) else None) for name, one in whole.items())
        if any(length == 0 for _name, length in shape):
            return []
        laid = self._at(connection.alias, connection.vendor, shape)
        given = list(laid.values)
        for place, name, index in laid.places:
            given[place] = _adapted(whole[name] if index is None else whole[name][index])
        with connection.cursor() as cursor:
            cursor.execute(laid.sql, given)
            rows = cursor.fetchall()
        return laid.made(rows)

    def first(self, **values: Given) -> Found | None:
        """Ask for the first one; the query itself limits how many the database looks for.

        Args:
            **values: Each value by its name.

        Returns:
            It, or None.
        """
        found = self.all(**values)
        return found[0] if found else None

    def _at(self, alias: str, vendor: str, shape: Shape) -> _Laid:
        key = (alias, vendor, shape)
        found = self._laid.get(key)
        if found is None:
            marks = _marks([(name, self._kinds[name], length) for name, length in shape])
            found = _laid_out(self._build(**marks), marks)
            while len(self._laid) >= _MOST:
                self._laid.pop(next(iter(self._laid)), None)
            self._laid[key] = found
        return found


def _filled(values: Collection[Any]) -> list[Any]:
    """Repeat the last one until there are 1, 2, 4, 8 ...: few shapes serve lists of every length."""
    found = list(values)
    return found + found[-1:] * ((1 << (len(found) - 1).bit_length()) - len(found)) if found else found


def _marks(asked: Sequence[tuple[str, Any, int | None]]) -> dict[str, Any]:
    """Give for each name a value, or a list of them, that stands in no query but in the place of its own."""
    marks: dict[str, Any] = {}
    for number, (name, kind, length) in enumerate(asked):
        if length is None:
            marks[name] = _mark(kind, number, 0)
        else:
            [one] = get_args(kind)
            marks[name] = [_mark(one, number, index) for index in range(length)]
    return marks


def _mark(kind: type[Value], number: int, index: int) -> Value:
    if kind is str:
        return f"{_MARK_TEXT}{number}-{index}"
    if kind is int:
        return _MARK_NUMBER + number * _LONGEST + index
    return _MARK_TIME + timedelta(microseconds=number)


def _adapted(value: Value) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _laid_out(asked: models.QuerySet[Any, Any], marks: Mapping[str, Any]) -> _Laid:
    compiler = asked.query.get_compiler(using=connection.alias)
    sql, values = compiler.as_sql()
    marked: dict[Any, tuple[str, int | None]] = {}
    for name, mark in marks.items():
        if isinstance(mark, list):
            marked |= {one: (name, index) for index, one in enumerate(mark)}
        else:
            marked[_adapted(mark)] = name, None
    places = tuple((place, *marked[value]) for place, value in enumerate(values) if value in marked)
    if {(name, index) for _place, name, index in places} != set(marked.values()) or compiler.has_extra_select:
        raise ValueError(f"this query cannot be prepared for {', '.join(marks)}: {sql}")
    kept = tuple(None if value in marked else value for value in values)
    return _Laid(sql, kept, places, _maker(asked, compiler))


def _maker(asked: models.QuerySet[Any, Any], compiler: Any) -> Callable[[Sequence[tuple[Any, ...]]], list[Any]]:
    converters = list(compiler.get_converters([one[0] for one in compiler.select]).items())

    def converted(rows: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
        if not converters:
            return rows
        found = [list(row) for row in rows]
        for place, (steps, column) in converters:
            for row in found:
                for step in steps:
                    row[place] = step(row[place], column, connection)
        return found

    iterable = asked._iterable_class  # noqa: SLF001 - how the query gives its rows
    if iterable is ValuesListIterable:
        return lambda rows: [tuple(row) for row in converted(rows)]
    if iterable is FlatValuesListIterable:
        return lambda rows: [row[0] for row in converted(rows)]
    if iterable is not ModelIterable or compiler.annotation_col_map:
        raise ValueError("a prepared query gives whole objects or values_list")
    using, select, info = asked.db, compiler.select, compiler.klass_info
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[first:last]]
    populators = get_related_populators(info, select, using)  # type: ignore[call-arg]  # Django 6's has one more

    def objects(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        found = []
        for row in converted(rows):
            one = info["model"].from_db(using, names, row[first:last])
            for populator in populators:
                populator.populate(row, one)
            found.append(one)
        return found

    return objects
