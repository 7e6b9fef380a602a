"""Files that are whole or not there, also after a loss of power."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written(folder: Path, content: bytes) -> Iterator[Path]:
    """Write a file under a passing name, and take that name away in the end.

    Args:
        folder: Where it is going to stand.
        content: Its bytes; they are on disk when the block begins.

    Yields:
        The file, readable by its owner alone; the block gives it its place.
    """
    descriptor, name = tempfile.mkstemp(prefix=".passing-", dir=folder)  # mode 0600
    passing = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield passing
    finally:
        passing.unlink(missing_ok=True)
    settle(folder)


def replace(path: Path, content: bytes) -> None:
    """Give a file new bytes: whoever reads it finds the old ones or the new ones, never half.

    Args:
        path: The file; its folder is there.
        content: Its bytes.
    """
    with written(path.parent, content) as passing:
        passing.replace(path)


def sync(file: Path) -> None:
    """Wait until a file that was written without waiting is on disk, with its name.

    Args:
        file: The file; nobody writes it any more.
    """
    settle(file)
    settle(file.parent)


def settle(folder: Path) -> None:
    """Wait until the names in a folder are on disk.

    Args:
        folder: The folder.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
