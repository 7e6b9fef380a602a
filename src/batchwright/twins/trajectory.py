"""A run as a labelled table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from batchwright.twins.errors import DeclarationError
from batchwright.twins.model import Array


class Columns(Mapping[str, Array]):
    """Values by label; definitions and outputs are computed when the first of them is asked for.

    Args:
        known: What is there.
        later: Labels of the rest.
        rest: Computes the rest, all at once.
    """

    def __init__(self, known: dict[str, Array], later: Sequence[str], rest: Callable[[], dict[str, Array]]) -> None:
        self._known, self._later, self._rest = known, tuple(later), rest

    def __getitem__(self, label: str) -> Array:
        if label not in self._known and label in self._later:
            self._known |= self._rest()
            self._later = ()
        return self._known[label]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._known, *self._later))

    def __len__(self) -> int:
        return len(self._known) + len(self._later)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, ({label: self[label] for label in tuple(self)},)


@dataclass(frozen=True)
class Trajectory:
    """Values over time, by name. The time of an event occurs in two rows: before it and after it.

    Args:
        model: Name of the model.
        times: Row times, in ``time_unit``.
        time_unit: UCUM code of time.
        columns: Values by label; every array is as long as ``times``.
        units: UCUM code by label.
        after: Whether a row is the one after an event.
        stopped: Time at which a stop condition held; None where the schedule ran to its end.
    """

    model: str
    times: Array
    time_unit: str
    columns: Mapping[str, Array]
    units: Mapping[str, str]
    after: Array
    stopped: float | None = None

    def __getitem__(self, name: str) -> Array:
        """The column with a label; a vector quantity by its plain name gives an array (elements, rows).

        Args:
            name: A label, or the plain name of a vector quantity.

        Returns:
            Array (rows), or array (elements, rows).

        Raises:
            DeclarationError: There is no such column.
        """
        if name in self.columns:
            return self.columns[name]
        parts = [label for label in self.columns if label.partition("[")[0] == name]
        if not parts:
            raise DeclarationError(
                "The table has no such column", model=self.model, value=name, limit=", ".join(list(self.columns)[:40])
            )
        return np.array([self.columns[label] for label in parts])

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[dict[str, float]]:
        """Rows as dictionaries, time under ``t``."""
        for row, time in enumerate(self.times):
            yield {"t": float(time), **{label: float(values[row]) for label, values in self.columns.items()}}

    def at(
        self, time: float | Sequence[float] | Array, name: str, side: Literal["before", "after"] = "before"
    ) -> Array:
        """A column at given times, interpolated in straight lines between rows.

        Args:
            time: One time or several, inside the run.
            name: Label of the column.
            side: Which row counts at the time of an event.

        Returns:
            Array of one value per time.
        """
        wanted = np.atleast_1d(np.asarray(time, dtype=float))
        if wanted.min() < self.times[0] - 1e-9 or wanted.max() > self.times[-1] + 1e-9:
            raise DeclarationError(
                "A time is outside the run",
                model=self.model,
                value=f"{wanted.min():g} to {wanted.max():g}",
                limit=f"{self.times[0]:g} to {self.times[-1]:g} {self.time_unit}",
            )
        twins = np.flatnonzero(np.diff(self.times) == 0.0)
        exact = np.interp(wanted, self.times, self[name])
        for row in twins:  # np.interp takes the later of two equal times; put the wanted side in
            here = np.isclose(wanted, self.times[row], rtol=0, atol=1e-9)
            exact[here] = self[name][row if side == "before" else row + 1]
        return np.asarray(exact, dtype=float)

    def last(self, name: str) -> float:
        """The final value of a column."""
        return float(self[name][-1])

    def select(self, names: Sequence[str]) -> Trajectory:
        """The same rows with only some columns."""
        chosen = {name: self[name] for name in names}
        units = {name: self.units[name] for name in names}
        return Trajectory(self.model, self.times, self.time_unit, chosen, units, self.after, self.stopped)

    def to_csv(self) -> str:
        """Comma-separated text; the header holds the units as ``name [unit]``."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([f"t [{self.time_unit}]", *(f"{name} [{self.units[name]}]" for name in self.columns)])
        for row in self:
            writer.writerow([repr(value) for value in row.values()])
        return text.getvalue()

    def records(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Long-form rows (t, name, value, unit) for charts."""
        return [
            {"t": float(time), "name": name, "value": float(value), "unit": self.units[name]}
            for name in names
            for time, value in zip(self.times, self[name], strict=True)
        ]
