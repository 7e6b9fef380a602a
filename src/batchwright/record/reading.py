"""Reading many rows without holding them all, and letting go of them at a known moment."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db.models import QuerySet

BLOCK = 2000
"""Rows fetched at a time."""


@contextmanager
def rows_of(query: QuerySet[Any, Any]) -> Iterator[Iterator[Any]]:
    """Read rows block by block; the database's cursor is closed when the block ends, however it ends.

    A cursor left open by an error is closed when the garbage collector comes to it; if that is in the middle of
    another read of the same connection, PostgreSQL's driver waits for itself for ever.

    Args:
        query: What to read.

    Yields:
        The rows.
    """
    rows = cast("Generator[Any, None, None]", query.iterator(chunk_size=BLOCK))
    try:
        yield rows
    finally:
        rows.close()
