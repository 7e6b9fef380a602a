"""What the commands of the twins print: tables for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

console = Console(soft_wrap=True, highlight=False)
progress_console = Console(stderr=True)


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table.

    Args:
        head: Titles of the columns.
        rows: Cells.
    """
    table = Table(box=None, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, markup=False)


def say_json(content: Any) -> None:
    """Print JSON; what is no finite number becomes null.

    Args:
        content: Plain data.
    """
    typer.echo(json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(content: Any) -> Any:
    """JSON knows no infinity and no NaN: they become null."""
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not np.isfinite(content):
        return None
    return content


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, called with what is done and all there is to do.

    Args:
        quiet: Whether to show nothing.

    Yields:
        What is to be called.
    """
    with Progress(console=progress_console, transient=True, disable=quiet) as bar:
        task = bar.add_task("members", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
