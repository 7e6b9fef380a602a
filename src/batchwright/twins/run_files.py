"""Reads runs for the command line: JSON, a table of measured values, or a workbook of fed-batch runs.

JSON holds everything that a run is; the fields are those of `Run`, `Schedule` and `Observation`:

    {"runs": [{"name": "A", "end": 48, "inputs": {"feed": {"steps": [[0, 0], [24, 0.001]]}},
               "happenings": [{"event": "bolus", "at": 24, "arguments": {"volume": 5, "Glc": 400, "Gln": 20}}],
               "start": {"Xv": 3e8},
               "observations": [{"name": "VCD", "times": [12, 24], "values": [0.5, null], "sd": 0.05}]}]}

A table (CSV) has a column ``run``, a column ``t`` and one column for every output; an empty cell is a missing value.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from math import isfinite, nan
from pathlib import Path
from typing import Any

from batchwright.kernel.errors import BadInput
from batchwright.twins.fitting import Observation, Run
from batchwright.twins.schedule import Happening, Profile, Ramp, Schedule, Steps

Noise = Mapping[str, tuple[float, float]]


def read(path: Path, *, noise: Noise | None = None, schedule: Schedule | None = None) -> list[Run]:
    """Read the runs of a file.

    Args:
        path: ``.json``, ``.csv`` or ``.xlsx`` (fed-batch runs in the layout of CDPpy).
        noise: Absolute and relative standard deviation by output, for tables.
        schedule: Inputs and events, for tables; default inputs where None.

    Returns:
        The runs, in the order of the file.

    Raises:
        BadInput: The file cannot be read; line and value are named.
    """
    if not path.is_file():
        raise BadInput("There is no such file", file=str(path), remedy="Give a .json, .csv or .xlsx file.")
    if path.suffix == ".json":
        return _from_json(path)
    if path.suffix == ".csv":
        return _from_table(path, noise or {}, schedule)
    if path.suffix == ".xlsx":
        from batchwright.twins.cho_data import read_runs

        return read_runs(path)
    raise BadInput(
        "Runs cannot be read from this kind of file", file=str(path), value=path.suffix, limit=".json, .csv, .xlsx"
    )


def _from_json(path: Path) -> list[Run]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise BadInput("The file is no JSON", file=str(path), line=error.lineno, value=error.msg) from error
    if not isinstance(document, dict) or not isinstance(document.get("runs"), list):
        raise BadInput("The file has no list of runs", file=str(path), limit='{"runs": [...]}')
    return [_run(entry, str(path)) for entry in document["runs"]]


def _run(entry: Any, file: str) -> Run:
    try:
        schedule = Schedule(
            float(entry["end"]),
            float(entry.get("begin", 0.0)),
            entry.get("every"),
            tuple(entry.get("at", ())),
            {name: _profile(profile) for name, profile in entry.get("inputs", {}).items()},
            tuple(Happening(h["event"], float(h["at"]), h.get("arguments", {})) for h in entry.get("happenings", ())),
        )
        observations = tuple(
            Observation(
                o["name"],
                [float(t) for t in o["times"]],
                [nan if v is None else float(v) for v in o["values"]],
                float(o.get("sd", 0.0)),
                float(o.get("relative", 0.0)),
                o.get("side", "before"),
            )
            for o in entry.get("observations", ())
        )
        return Run(str(entry["name"]), schedule, observations, entry.get("start", {}), entry.get("parameters", {}))
    except KeyError as error:
        raise BadInput("A run lacks a field", file=file, value=str(entry)[:80], limit=str(error.args[0])) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadInput("A run cannot be read", file=file, value=str(error)[:120]) from error


def _profile(value: Any) -> Profile:
    if isinstance(value, dict):
        (kind, points), *more = value.items()
        if more or kind not in {"steps", "ramp"}:
            raise ValueError(f"a profile is a number, steps or ramp, not {', '.join(value)}")
        times, values = zip(*points, strict=True)
        return Steps(times, values) if kind == "steps" else Ramp(times, values)
    return float(value)


def _from_table(path: Path, noise: Noise, schedule: Schedule | None) -> list[Run]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        head = list(reader.fieldnames or ())
        if "t" not in head:
            raise BadInput("The table has no column t", file=str(path), line=1, value=", ".join(head))
        rows = [(line, row) for line, row in enumerate(reader, start=2)]
    names = [name for name in head if name not in {"run", "t"}]
    for name in names:
        if name not in noise:
            raise BadInput(
                "A measured output has no noise",
                file=str(path),
                value=name,
                remedy=f"Say --noise {name}=ABSOLUTE,RELATIVE.",
            )
    groups: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for line, row in rows:
        groups.setdefault(row.get("run") or path.stem, []).append((line, row))
    return [_run_of_table(name, group, names, noise, schedule, str(path)) for name, group in groups.items()]


def _run_of_table(
    name: str,
    group: Sequence[tuple[int, Mapping[str, str]]],
    names: Sequence[str],
    noise: Noise,
    schedule: Schedule | None,
    file: str,
) -> Run:
    times = [_cell(row["t"], "t", line, file) for line, row in group]
    if not all(isfinite(time) for time in times):
        raise BadInput("A time is missing", file=file, line=group[0][0], value=name)
    observations = tuple(
        Observation(output, times, [_cell(row[output], output, line, file) for line, row in group], *noise[output])
        for output in names
    )
    done = schedule or Schedule(1.0)
    last = max(*times, *(happening.at for happening in done.happenings))
    return Run(name, Schedule(last, inputs=done.inputs, happenings=done.happenings), observations)


def _cell(text: str | None, column: str, line: int, file: str) -> float:
    if text is None or not text.strip():
        return nan
    try:
        return float(text)
    except ValueError as error:
        raise BadInput("A value is no number", file=file, line=line, value=f"{column}: {text!r}") from error
