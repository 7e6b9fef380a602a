"""Models of other tools as functional mock-up units (FMI 2.0 and 3.0), behind the interface of `simulate`.

Needs the optional package FMPy. An FMU is foreign code: it brings its own equations, so there are no exact
derivatives, no fit by gradient and no freezing of its inside; it can be simulated and compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.twins.errors import DeclarationError, IntegrationFailed
from batchwright.twins.model import Array, Kind, Quantity
from batchwright.twins.schedule import Profile, Ramp, Schedule, Steps
from batchwright.twins.trajectory import Trajectory


class FmuModel:
    """A functional mock-up unit as a model.

    Args:
        path: The ``.fmu`` file.
        time_unit: UCUM code of its time; FMI says seconds.

    Raises:
        Unavailable: FMPy is not installed.
        BadInput: The file is no FMU that FMPy can read.
    """

    def __init__(self, path: Path | str, *, time_unit: str = "s") -> None:
        self._fmpy = _fmpy()
        self.path, self.time_unit = Path(path), time_unit
        try:
            self._description: Any = self._fmpy.read_model_description(str(path), validate=True)
        except (OSError, ValueError, KeyError) as error:
            raise BadInput("The file is no FMU that can be read", file=str(path), value=str(error)[:200]) from error
        except Exception as error:  # FMPy raises bare Exception for a description that breaks the standard
            raise BadInput("The file is no valid FMU", file=str(path), value=str(error)[:200]) from error
        self.name = str(self._description.modelName)
        self.title = str(self._description.description or self.name)
        self.inputs = self._quantities("input", "input")
        self.outputs = self._quantities("output", "output")
        self.parameters = self._quantities("parameter", "parameter")

    def _quantities(self, causality: str, kind: Kind) -> tuple[Quantity, ...]:
        found = []
        for variable in self._description.modelVariables:
            if variable.causality != causality or variable.type not in ("Real", "Float64", "Float32"):
                continue
            default = float(variable.start) if variable.start is not None else 0.0
            low = float(variable.min) if variable.min is not None else -np.inf
            high = float(variable.max) if variable.max is not None else np.inf
            found.append(
                Quantity(
                    str(variable.name),
                    kind,
                    str(variable.unit or "1"),
                    1,
                    (default,),
                    low,
                    high,
                    abs(default) or 1.0,
                    self.path.name,
                    str(variable.description or ""),
                )
            )
        return tuple(found)

    def simulate(self, schedule: Schedule, *, parameters: Mapping[str, float] | None = None) -> Trajectory:
        """Run the unit over a schedule of inputs.

        Args:
            schedule: Inputs and row times; happenings are refused, an FMU has none.
            parameters: Parameters that differ from the unit's own start values.

        Returns:
            Inputs and outputs over time.

        Raises:
            DeclarationError: A name is unknown, or the schedule has happenings.
            IntegrationFailed: The unit reported an error.
        """
        if schedule.happenings:
            raise DeclarationError("An FMU has no happenings", model=self.name, value=schedule.happenings[0].event)
        self._check(parameters or {}, self.parameters)
        self._check(schedule.inputs, self.inputs)
        every = schedule.every or (schedule.end - schedule.begin) / 100
        try:
            table = self._fmpy.simulate_fmu(
                str(self.path),
                start_time=schedule.begin,
                stop_time=schedule.end,
                output_interval=every,
                start_values=dict(parameters or {}),
                input=self._signals(schedule),
                output=[q.name for q in (*self.inputs, *self.outputs)],
            )
        except Exception as error:  # FMPy raises bare Exception with the unit's status
            raise IntegrationFailed("The FMU failed", model=self.name, value=str(error)[:200]) from error
        names = [q.name for q in (*self.inputs, *self.outputs)]
        units = {q.name: q.unit for q in (*self.inputs, *self.outputs)}
        times = np.asarray(table["time"], dtype=float)
        columns = {name: np.asarray(table[name], dtype=float) for name in names}
        return Trajectory(self.name, times, self.time_unit, columns, units, np.zeros(len(times), dtype=bool))

    def _check(self, given: Mapping[str, Any], known: tuple[Quantity, ...]) -> None:
        names = [q.name for q in known]
        for name in given:
            if name not in names:
                raise DeclarationError("The FMU has no such name", model=self.name, value=name, limit=", ".join(names))

    def _signals(self, schedule: Schedule) -> Any:
        """Inputs as FMPy wants them: a row per breakpoint, a step as two rows at one time."""
        if not schedule.inputs:
            return None
        rows: list[tuple[float, ...]] = []
        breaks: Array = schedule.breaks()
        for begin, end in pairwise(breaks):
            lines = [_line(p, float(begin), float(end)) for p in schedule.inputs.values()]
            rows.append((float(begin), *(value for value, _ in lines)))
            rows.append((float(end), *(value + slope * (end - begin) for value, slope in lines)))
        return np.array(rows, dtype=[("time", float), *((name, float) for name in schedule.inputs)])


def _line(profile: Profile, begin: float, end: float) -> tuple[float, float]:
    return profile.line(begin, end) if isinstance(profile, Steps | Ramp) else (float(profile), 0.0)


def _fmpy() -> Any:
    try:
        fmpy = import_module("fmpy")  # it carries no types
    except ModuleNotFoundError as error:
        raise Unavailable("FMPy is not installed", remedy="Install the extra: pip install batchwright[fmi].") from error
    return fmpy
