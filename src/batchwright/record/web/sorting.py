"""Lists sorted by the head of a column: in the address (`?sort=due`, `?sort=-due`), on the server, before paging.

A view says once by what its columns are sorted; the heading itself is the part `sort_header` of the shell.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Expression, OrderBy
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class MayBeEmpty:
    """A field that may stay empty: what is empty comes last, whichever way the list runs, on every database."""

    field: str


By = str | MayBeEmpty | Expression
"""A field, as Django names it, or an expression."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns by which rows of the database may be sorted."""

    by: Mapping[str, By | tuple[By, ...]]
    """Its name in the address, and what it is sorted by; the primary key decides between equals."""
    first: str = ""
    """How the list stands when nobody asked: a name, with "-" before it if falling; "" as the query gave it."""

    def asked(self, request: HttpRequest) -> str:
        """Read by what a reader wants the list sorted.

        Args:
            request: The request.

        Returns:
            A name of ours, with "-" before it if falling; what we do not know counts as not asked.
        """
        return _asked(request, self.by, self.first)

    def sort(self, rows: QuerySet[Row], request: HttpRequest) -> QuerySet[Row]:
        """Sort rows as a reader asked.

        Args:
            rows: What the reader may see.
            request: The request.

        Returns:
            The same rows in that order; with each column in one direction, so that an index can be walked.
        """
        wanted = self.asked(request)
        if not wanted:
            return rows
        falling = wanted.startswith("-")
        by = self.by[wanted.removeprefix("-")]
        parts: tuple[By, ...] = (*(by if isinstance(by, tuple) else (by,)), "pk")
        return rows.order_by(*(_ordered(part, falling=falling) for part in parts))


def _ordered(part: By, *, falling: bool) -> OrderBy | str:
    if isinstance(part, str):
        return f"-{part}" if falling else part
    if isinstance(part, MayBeEmpty):
        return F(part.field).desc(nulls_last=True) if falling else F(part.field).asc(nulls_last=True)
    return part.desc() if falling else part.asc()


@dataclass(frozen=True, slots=True)
class MadeColumns:
    """The columns by which rows may be sorted that were worked out after reading, such as verdicts."""

    by: Mapping[str, Callable[[Any], Any]]
    """Its name in the address, and what of a row it is sorted by; None comes last, whichever way the list runs."""
    first: str = ""

    def asked(self, request: HttpRequest) -> str:
        """Read by what a reader wants the list sorted.

        Args:
            request: The request.

        Returns:
            As `Columns.asked`.
        """
        return _asked(request, self.by, self.first)

    def sort(self, rows: Iterable[_Made], request: HttpRequest) -> list[_Made]:
        """Sort rows as a reader asked.

        Args:
            rows: What the reader may see, in an order that stands between equals.
            request: The request.

        Returns:
            The same rows in that order.
        """
        wanted = self.asked(request)
        if not wanted:
            return list(rows)
        key = self.by[wanted.removeprefix("-")]
        valued = [(key(row), row) for row in rows]
        known = [pair for pair in valued if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=wanted.startswith("-"))
        return [row for _value, row in known] + [row for value, row in valued if value is None]


def _asked(request: HttpRequest, by: Mapping[str, Any], first: str) -> str:
    asked = request.GET.get("sort", "")
    return asked if asked.removeprefix("-") in by else first
