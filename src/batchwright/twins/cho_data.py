"""Read fed-batch runs from a workbook in the layout of CDPpy (one row per sample, feeds beside it).

Every row becomes a sample of the culture followed by the feeds of that row; every measured value is taken before the
feed, as the sheet says. Nothing is guessed: a value that is no number is refused with its cell, an empty one is a
missing value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from math import isnan, nan
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.twins.fitting import Observation, Run
from batchwright.twins.model import Value
from batchwright.twins.schedule import Happening, Schedule

_MEASURED: Final = {
    "VCD": "Viable Cell Concentration (10^6 cells/mL)",
    "VDD": "Dead Cell Concentration (10^6 cells/mL)",
    "titre": "IgG (mg/L)",
    "Glc": "Glucose (mM)",
    "Gln": "Glutamine (mM)",
    "Lac": "Lactate (mM)",
    "Amm": "NH3 (mM)",
}
NOISE: Final[Mapping[str, tuple[float, float]]] = {
    "VCD": (0.05, 0.08),
    "VDD": (0.10, 0.15),
    "titre": (3.0, 0.08),
    "Glc": (0.3, 0.05),
    "Gln": (0.05, 0.10),
    "Lac": (0.4, 0.05),
    "Amm": (0.25, 0.05),
}
"""Absolute and relative standard deviation of each measurement: usual for a cell counter and an enzymatic analyser."""


@dataclass(frozen=True, slots=True)
class _Feed:
    name: str
    glucose: float
    glutamine: float


def read_runs(path: Path | str, *, amide_pool: bool = False) -> list[Run]:
    """Read all runs of a workbook.

    Args:
        path: The ``.xlsx`` file, with the sheets ``Measured Data`` and ``Feed Concentration``.
        amide_pool: Whether ``Gln`` is read as glutamine plus asparagine: these cells go over to asparagine when
            glutamine is gone, and stop growing when both are.

    Returns:
        One run per ID, in the order of the sheet, with time in hours from its first sample.

    Raises:
        BadInput: A sheet, column or value is missing or cannot be read.
        Unavailable: openpyxl is not installed.
    """
    book = _open(path)
    for sheet in ("Measured Data", "Feed Concentration"):
        if sheet not in book.sheetnames:
            raise BadInput("The workbook lacks a sheet", file=str(path), value=", ".join(book.sheetnames), limit=sheet)
    pool = ("Glutamine (mM)", "Asparagine (mM)") if amide_pool else ("Glutamine (mM)",)
    feeds = _feeds(list(book["Feed Concentration"].iter_rows(values_only=True)), pool, str(path))
    rows = list(book["Measured Data"].iter_rows(values_only=True))
    head = [str(cell or "") for cell in rows[1]]
    columns = {
        name: tuple(_column(head, part, str(path)) for part in (pool if name == "Gln" else (title,)))
        for name, title in _MEASURED.items()
    }
    groups: dict[str, list[tuple[int, Sequence[Any]]]] = {}
    for line, row in enumerate(rows[2:], start=3):
        if row[2] is not None:
            groups.setdefault(str(row[2]), []).append((line, row))
    return [_run(name, group, head, columns, feeds, str(path)) for name, group in groups.items()]


def _open(path: Path | str) -> Any:
    try:
        load_workbook = import_module("openpyxl").load_workbook  # it carries no types
    except ModuleNotFoundError as error:
        raise Unavailable("openpyxl is not installed", remedy="Install it to read workbooks.") from error
    try:
        return load_workbook(path, data_only=True)
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise BadInput("The workbook cannot be read", file=str(path), value=str(error)[:200]) from error


def _column(head: Sequence[str], title: str, file: str) -> int:
    """The first column of a title: the concentrations before feeding stand left of those after."""
    if title not in head:
        raise BadInput(
            "A column is missing", file=file, line=2, value=title, limit=", ".join(h for h in head if h)[:200]
        )
    return head.index(title)


def _feeds(rows: Sequence[Sequence[Any]], pool: Sequence[str], file: str) -> dict[tuple[str, str], _Feed]:
    table = {str(row[0]).strip(): row[1:] for row in rows if row[0] is not None}
    for needed in ("ID", "Feed Name", "Glucose (mM)", *pool):
        if needed not in table:
            raise BadInput("A row of the feeds is missing", file=file, value=", ".join(table)[:200], limit=needed)
    amides = [sum(float(table[part][i] or 0.0) for part in pool) for i in range(len(table["ID"]))]
    return {
        (str(run), str(name)): _Feed(str(name), float(glucose or 0.0), amide)
        for run, name, glucose, amide in zip(
            table["ID"], table["Feed Name"], table["Glucose (mM)"], amides, strict=True
        )
        if name is not None
    }


def _number(row: Sequence[Any], column: int, line: int, head: Sequence[str], file: str) -> float:
    value = row[column]
    if value is None:
        return nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("A value is no number", file=file, line=line, value=f"{head[column]}: {value!r}")
    return float(value)


def _run(
    name: str,
    group: Sequence[tuple[int, Sequence[Any]]],
    head: Sequence[str],
    columns: Mapping[str, tuple[int, ...]],
    feeds: Mapping[tuple[str, str], _Feed],
    file: str,
) -> Run:
    times = [_hours(group[0][1][0], row[0], line, file) for line, row in group]
    volume = _number(group[0][1], _column(head, "Initial Volume (mL)", file), group[0][0], head, file)
    sampled = _column(head, "Sample Volume (mL)", file)
    happenings = []
    for time, (line, row) in zip(times, group, strict=True):
        taken = _number(row, sampled, line, head, file)
        if taken > 0:
            happenings.append(Happening("sample", time, {"volume": taken}))
        for (run, title), feed in feeds.items():
            given = _number(row, _column(head, title, file), line, head, file) if run == name else 0.0
            if given > 0:
                happenings.append(
                    Happening("bolus", time, {"volume": given, "Glc": feed.glucose, "Gln": feed.glutamine})
                )

    def measured(line: int, row: Sequence[Any], key: str) -> float:
        return sum(_number(row, column, line, head, file) for column in columns[key])

    first = {key: measured(*group[0], key) for key in columns}
    observations = []
    for key in columns:
        values = [measured(line, row, key) for line, row in group[1:]]
        sd, relative = NOISE[key]
        observations.append(Observation(key, times[1:], values, sd=sd, relative=relative))
    return Run(
        name,
        Schedule(times[-1], every=1.0, at=tuple(times[1:]), happenings=tuple(happenings)),
        tuple(observations),
        start=_start(volume, first),
    )


def _start(volume: float, first: Mapping[str, float]) -> dict[str, Value]:
    natural = {"VCD": ("Xv", 1e9), "VDD": ("Xd", 1e9), "titre": ("mAb", 1e-3)}
    start: dict[str, Value] = {"V": volume / 1000.0}
    for key, value in first.items():
        if not isnan(value):
            name, factor = natural.get(key, (key, 1.0))
            start[name] = value * factor
    return start


def _hours(first: Any, moment: Any, line: int, file: str) -> float:
    if not isinstance(first, datetime) or not isinstance(moment, datetime):
        raise BadInput("A date cannot be read", file=file, line=line, value=repr(moment))
    return (moment - first).total_seconds() / 3600.0
