"""What is done to a model: inputs over time, happenings, and when to look.

A schedule is plain data: it can be compared, pickled and written down. Between two breakpoints every input is a
straight line, so the integrator restarts exactly where something changes and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from batchwright.twins.errors import DeclarationError
from batchwright.twins.model import Array, Model


@dataclass(frozen=True)
class Steps:
    """An input that is constant between times: ``values[i]`` holds from ``times[i]`` on, the first also before.

    Args:
        times: Increasing times in the model's time unit.
        values: One value per time, in the input's unit.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    def __init__(self, times: Sequence[float], values: Sequence[float]) -> None:
        _series(self, times, values)

    def line(self, begin: float, end: float) -> tuple[float, float]:
        """Value at the begin and slope between two times without a breakpoint inside."""
        index = bisect_right(self.times, begin + 1e-12 * max(1.0, abs(begin))) - 1
        return self.values[max(index, 0)], 0.0


@dataclass(frozen=True)
class Ramp:
    """An input that moves in straight lines between points, constant before the first and after the last.

    Args:
        times: Increasing times in the model's time unit.
        values: Value at each time, in the input's unit.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    def __init__(self, times: Sequence[float], values: Sequence[float]) -> None:
        _series(self, times, values)

    def line(self, begin: float, end: float) -> tuple[float, float]:
        """Value at the begin and slope between two times without a breakpoint inside."""
        first, last = np.interp([begin, end], self.times, self.values)
        return float(first), float(last - first) / (end - begin)


Profile = float | Steps | Ramp


def _series(profile: Any, times: Sequence[float], values: Sequence[float]) -> None:
    steps = tuple(float(time) for time in times)
    if len(steps) != len(values) or not steps or any(a >= b for a, b in pairwise(steps)):
        raise DeclarationError(
            "A profile needs increasing times and one value for each",
            value=f"{len(steps)} times, {len(values)} values",
            remedy="Sort the times and drop repeated ones.",
        )
    object.__setattr__(profile, "times", steps)
    object.__setattr__(profile, "values", tuple(float(value) for value in values))


@dataclass(frozen=True)
class Happening:
    """One event of a run, such as a bolus at 24 h.

    Args:
        event: Name of the event in the model.
        at: Time, in the model's time unit.
        arguments: Arguments of the event by name, in its units.
    """

    event: str
    at: float
    arguments: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))

    def __reduce__(self) -> tuple[Any, ...]:
        return Happening, (self.event, self.at, dict(self.arguments))

    def __hash__(self) -> int:
        return hash((self.event, self.at, tuple(self.arguments.items())))


@dataclass(frozen=True)
class Schedule:
    """What is done to a model from ``begin`` to ``end``, and when to look at it.

    Args:
        end: Last time, in the model's time unit.
        begin: First time.
        every: Distance of table rows; by default 1/100 of the run.
        at: Further times that must be in the table, such as sample times.
        inputs: Profile by name of input; the input's default where none is given.
        happenings: Events; several at one time act in the order given.
    """

    end: float
    begin: float = 0.0
    every: float | None = None
    at: tuple[float, ...] = ()
    inputs: Mapping[str, Profile] = field(default_factory=dict)
    happenings: tuple[Happening, ...] = ()

    def __post_init__(self) -> None:
        if not self.end > self.begin:
            raise DeclarationError("A schedule must end after it begins", value=self.end, limit=f"> {self.begin:g}")
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))
        object.__setattr__(self, "at", tuple(float(time) for time in self.at))
        object.__setattr__(self, "happenings", tuple(sorted(self.happenings, key=lambda h: h.at)))
        for time in (*self.at, *(happening.at for happening in self.happenings)):
            if not self.begin <= time <= self.end:
                raise DeclarationError(
                    "A time is outside the schedule",
                    value=time,
                    limit=f"{self.begin:g} to {self.end:g}",
                    remedy="Extend the schedule or drop the time.",
                )

    def __reduce__(self) -> tuple[Any, ...]:
        return Schedule, (self.end, self.begin, self.every, self.at, dict(self.inputs), self.happenings)

    def __hash__(self) -> int:
        return hash((self.end, self.begin, self.every, self.at, tuple(self.inputs.items()), self.happenings))

    def rows(self) -> Array:
        """Times of the table rows, increasing."""
        every = self.every or (self.end - self.begin) / 100
        count = int(np.floor((self.end - self.begin) / every + 1e-9))
        regular = self.begin + every * np.arange(count + 1)
        times = np.concatenate([regular, [self.end], self.at, [h.at for h in self.happenings]])
        return merge(times, self.end - self.begin)

    def breaks(self) -> Array:
        """Times at which the integrator must restart: begin, end, happenings and corners of profiles."""
        times = [self.begin, self.end, *(happening.at for happening in self.happenings)]
        for profile in self.inputs.values():
            if isinstance(profile, Steps | Ramp):
                times += [time for time in profile.times if self.begin < time < self.end]
        return merge(np.array(times, dtype=float), self.end - self.begin)

    def cut_at(self, end: float) -> Schedule:
        """The same schedule, ended earlier."""
        at, happenings = tuple(t for t in self.at if t <= end), tuple(h for h in self.happenings if h.at <= end)
        every = self.every or (self.end - self.begin) / 100
        return Schedule(end, self.begin, every, at, self.inputs, happenings)

    def check(self, model: Model) -> None:
        """Refuse names that the model does not have and values out of its bounds."""
        for name, profile in self.inputs.items():
            values = profile.values if isinstance(profile, Steps | Ramp) else (float(profile),)
            for value in values:
                model.vector("input", {name: value})
        for happening in self.happenings:
            event_arguments(model, happening)


def event_arguments(model: Model, happening: Happening) -> Array:
    """Arguments of a happening in declaration order.

    Args:
        model: The model.
        happening: The happening.

    Returns:
        Array of the arguments.

    Raises:
        DeclarationError: An argument is missing, unknown or out of bounds.
    """
    kind = model.event(happening.event)
    names = [argument.name for argument in kind.arguments]
    if set(names) != set(happening.arguments):
        raise DeclarationError(
            f"Event {happening.event} has other arguments",
            model=model.name,
            time=happening.at,
            value=", ".join(happening.arguments) or "none",
            limit=", ".join(names) or "none",
        )
    for argument in kind.arguments:
        value = happening.arguments[argument.name]
        if not argument.lower <= value <= argument.upper:
            raise DeclarationError(
                f"{argument.name} of event {happening.event} is outside its bounds",
                model=model.name,
                time=happening.at,
                value=f"{value:g} {argument.unit}",
                limit=f"{argument.lower:g} to {argument.upper:g} {argument.unit}",
            )
    return np.array([happening.arguments[name] for name in names], dtype=float)


def merge(times: Array, span: float) -> Array:
    """Sorted times, with those closer than 1e-9 of the span taken as one."""
    ordered = np.unique(times)
    keep = np.concatenate([[True], np.diff(ordered) > 1e-9 * span])
    return np.asarray(ordered[keep], dtype=float)
