"""Reads press series as Zagar & Mihelic published them (doi 10.1038/s41597-022-01203-x): a row every 10 s.

What is left out is counted, not guessed: standing still, the start until the press runs at speed, and stretches in
which the counter of tablets does not move although the speed says so (the recorder hung; one batch has hours of it).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from batchwright.kernel.errors import BadInput
from batchwright.twins.model import Array

_COLUMNS: Final = ("tbl_speed", "main_comp", "tbl_fill", "cyl_main", "produced")
_LEAST_SPEED, _LEAST_FORCE, _LEAST_EDGE, _FIRST_MADE = 110.0, 2.0, 1.5, 20.0
_HUNG = 30  # rows in which the counter must move: five minutes


@dataclass(frozen=True)
class Batch:
    """Medians of one batch over stretches in which the press ran steadily.

    Args:
        number: Number of the batch.
        begin: Time of its first row, as the press wrote it.
        hours: Time of each median since then.
        force: Main compression force, kN.
        fill: Fill depth, mm.
        edge: Band height, mm.
        rows: Rows in the file.
        standing: Rows left out because the press stood still or was being set.
        hung: Rows left out because the counter did not move.
    """

    number: int
    begin: datetime
    hours: Array
    force: Array
    fill: Array
    edge: Array
    rows: int
    standing: int
    hung: int


def read_press(path: Path, *, minutes: float = 5.0) -> list[Batch]:
    """The batches of one file in the order in which they were made.

    Args:
        path: File with ``;`` between columns.
        minutes: Length over which medians are taken.

    Returns:
        Batches in order of their first row.

    Raises:
        BadInput: The file is missing, or a column or value cannot be read.
    """
    if not path.is_file():
        raise BadInput("There is no such file", file=str(path), remedy="Give the folder of the press series.")
    grouped: dict[int, list[tuple[datetime, list[float]]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter=";")
        missing = {"timestamp", "batch", *_COLUMNS} - set(reader.fieldnames or ())
        if missing:
            raise BadInput("A column is missing", file=str(path), line=1, value=", ".join(sorted(missing)))
        for line, row in enumerate(reader, start=2):
            number, at, values = _row(row, line, str(path))
            grouped.setdefault(number, []).append((at, values))
    batches = [_batch(number, sorted(rows, key=lambda row: row[0]), minutes) for number, rows in grouped.items()]
    return sorted(batches, key=lambda batch: batch.begin)


def _row(row: Mapping[str, str], line: int, file: str) -> tuple[int, datetime, list[float]]:
    try:
        values = [float(row[name]) for name in _COLUMNS]
        # The press wrote local time without a zone: used for order and differences only.
        return int(row["batch"]), datetime.fromisoformat(row["timestamp"]), values
    except (TypeError, ValueError) as error:
        raise BadInput("A row cannot be read", file=file, line=line, value=str(error)[:100]) from error


def _batch(number: int, rows: Sequence[tuple[datetime, list[float]]], minutes: float) -> Batch:
    begin = rows[0][0]
    hours = np.array([(at - begin).total_seconds() / 3600 for at, _ in rows])
    speed, force, fill, edge, made = np.array([values for _, values in rows]).T
    running = (speed > _LEAST_SPEED) & (force > _LEAST_FORCE) & (edge > _LEAST_EDGE) & (made > _FIRST_MADE)
    moving = np.ones(len(made), dtype=bool)
    moving[_HUNG:] = made[_HUNG:] > made[:-_HUNG]
    good = np.flatnonzero(running & moving)
    medians = list(_medians(good, (hours, force, fill, edge), minutes))
    columns = np.array(medians).reshape(len(medians), 4).T
    return Batch(
        number,
        begin,
        columns[0],
        columns[1],
        columns[2],
        columns[3],
        len(rows),
        int((~running).sum()),
        int((running & ~moving).sum()),
    )


def _medians(good: NDArray[np.intp], columns: Sequence[Array], minutes: float) -> Iterator[list[float]]:
    stretch = (columns[0][good] * 60 / minutes).astype(int)
    for one in np.unique(stretch):
        rows = good[stretch == one]
        if len(rows) >= 3 * minutes:  # half of a stretch at least
            yield [float(np.median(column[rows])) for column in columns]
