"""Forecast a run that is still going from the values entered so far, and say which of them were not expected.

Each value is judged by the forecast that was made before it was known; nothing is smoothed with what came later. What
is still to be added follows the plan of the recipe: at its ages, or by its rule on what is forecast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from batchwright.twins.beliefs import Belief, Measurement
from batchwright.twins.filters import ExtendedKalman
from batchwright.twins.forecasting import Forecast, forecast
from batchwright.twins.parameter_sets import ParameterSet
from batchwright.twins.schedule import Happening, Schedule

_SOON: Final = 0.5
"""What goes in within this time after a sample belongs to its round, in hours."""
LEVEL: Final = 0.9
"""Share of the members inside the band: from 5 % to 95 %."""
MEMBERS: Final = 100
SURPRISE: Final = 3.0
"""Standard deviations beyond which a value was not expected: by chance, one in 370."""
_LATER: Final = 0.05
"""What follows a sample is added this many hours later, so that the sample is of what was there before."""


@dataclass(frozen=True)
class Refill:
    """An addition that depends on the run.

    Args:
        output: What decides.
        below: Value below which it is added, in the unit of the output.
        to: Value that is aimed at.
        event: Event of the model.
        arguments: Its arguments but the volume.
        raises_by: Argument whose concentration raises the output.
        reckoned_for: Volume that the portion is reckoned for, in the unit of the argument ``volume``.
    """

    output: str
    below: float
    to: float
    event: str
    arguments: Mapping[str, float]
    raises_by: str
    reckoned_for: float


@dataclass(frozen=True)
class Running:
    """A run as it is known at one moment.

    Args:
        start: Start values by state.
        measured: Everything measured until now.
        done: Everything added until now.
        planned: What the recipe has added at fixed times, past ones too; those before now are left out.
        refills: What is added by rule.
        checks: Times at which the rules are asked.
        end: When it ends.
    """

    start: Mapping[str, float]
    measured: tuple[Measurement, ...]
    done: tuple[Happening, ...]
    planned: tuple[Happening, ...]
    refills: tuple[Refill, ...]
    checks: tuple[float, ...]
    end: float

    @property
    def now(self) -> float:
        """Time of the latest value."""
        return max((one.time for one in self.measured), default=0.0)

    def until(self, time: float) -> Running:
        """The run as it was known then.

        Args:
            time: A time.

        Returns:
            The run without anything later.
        """
        return replace(
            self, measured=tuple(one for one in self.measured if one.time <= time + 1e-9),
            done=tuple(one for one in self.done if one.at <= time + _SOON),
        )  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """One measured value beside what was forecast of it before it was known.

    Args:
        measurement: The value.
        low: Lower end of what would have been measured.
        expected: Median.
        high: Upper end.
    """

    measurement: Measurement
    low: float
    expected: float
    high: float

    @property
    def is_surprise(self) -> bool:
        """Whether the twin did not expect it."""
        return not self.low <= self.measurement.value <= self.high


@dataclass(frozen=True)
class Ahead:
    """What a twin says of a run.

    Args:
        made_at: Time of the latest value that it knows.
        forecast: Members over the rest of the run.
        planned: What it takes to be added from now on.
        judged: Every value told so far, each beside what was expected of it.
        states: What is believed of each state and followed parameter now: best value, lower and upper end.
    """

    made_at: float
    forecast: Forecast
    planned: tuple[Happening, ...]
    judged: tuple[Judged, ...]
    states: Mapping[str, tuple[float, float, float]]

    def at_end(self, name: str) -> tuple[float, float, float]:
        """Lower end, median and upper end of an output at the end of the run."""
        low, high = self.forecast.interval(name, LEVEL)
        return float(low[-1]), float(self.forecast.median(name)[-1]), float(high[-1])


def look_ahead(
    given: ParameterSet, run: Running, *, outputs: Sequence[str], members: int = MEMBERS, seed: int = 1
) -> Ahead:
    """Forecast a run from what is known of it.

    Args:
        given: The frozen twin.
        run: The run.
        outputs: What to forecast.
        members: How many members carry the forecast; the same seed gives the same ones.
        seed: Seed.

    Returns:
        What the twin says.

    Raises:
        IntegrationFailed: If the model cannot carry what is believed.
        DeclarationError: If the run is at its end.
    """
    known = tuple(h for h in run.done if h.at <= run.now + _SOON)
    tool = _estimator(given, run, known)
    judged = _told(tool, run)
    belief = tool.at(run.now)
    planned = _planned(given, run, belief, known)
    schedule = Schedule(run.end, every=run.end, at=_looked_at(run), happenings=_in_order((*known, *planned)))
    ahead = forecast(belief, schedule, outputs=tuple(outputs), members=members, seed=seed)
    values = belief.values()
    return Ahead(
        run.now, ahead, planned, judged, {name: (values[name], *belief.interval(name, LEVEL)) for name in values}
    )


def _estimator(given: ParameterSet, run: Running, done: Sequence[Happening]) -> ExtendedKalman:
    schedule = Schedule(run.end, every=run.end, happenings=_in_order(done))
    return ExtendedKalman(
        given.frozen.model, schedule, given.uncertainty, parameters=given.frozen.parameters,
        start={**given.start, **run.start},
    )  # fmt: skip


def _in_order(happenings: Sequence[Happening]) -> tuple[Happening, ...]:
    return tuple(sorted(happenings, key=lambda one: one.at))


def _told(tool: ExtendedKalman, run: Running) -> tuple[Judged, ...]:
    """Tell the values in order of time; before each time, say what would be measured."""
    judged = []
    for time in sorted({one.time for one in run.measured}):
        belief = tool.at(time)
        now = [one for one in run.measured if one.time == time]
        judged += [_judged(tool, belief, one) for one in now]
        tool.tell(*now)
    return tuple(judged)


def _judged(tool: ExtendedKalman, belief: Belief, one: Measurement) -> Judged:
    seen, slope = tool.transition.see(belief.mean, belief.time, [one.name], derivative=True)
    sd = float(np.sqrt(max(float((slope @ belief.covariance @ slope.T)[0, 0]), 0.0)))
    half = SURPRISE * float(np.hypot(sd, one.noise(float(seen[0]))))
    return Judged(one, float(seen[0]) - half, float(seen[0]), float(seen[0]) + half)


def _looked_at(run: Running) -> tuple[float, ...]:
    return tuple(time for time in run.checks if run.now <= time < run.end)


def _planned(given: ParameterSet, run: Running, belief: Belief, known: Sequence[Happening]) -> tuple[Happening, ...]:
    """What will be added: at its ages, and by rule on the best estimate, asked at each check."""
    coming = [one for one in run.planned if one.at > run.now - _SOON and not _is_done(one, known)]
    point, time, found = belief.mean, belief.time, list(coming)
    for check in (*_looked_at(run), run.end):
        schedule = Schedule(run.end, every=run.end, happenings=_in_order((*known, *found)))
        walk = _estimator(given, run, schedule.happenings).transition
        point = walk.move(point, time, check) if check > time else point
        time = check
        if check >= run.end:
            break
        for rule in run.refills:
            seen = float(walk.see(point, check, [rule.output])[0][0])
            volume = max(rule.to - seen, 0.0) * rule.reckoned_for / rule.arguments[rule.raises_by]
            portion = Happening(rule.event, check + _LATER, {**rule.arguments, "volume": volume})
            if seen < rule.below and not _is_done(portion, known):
                found.append(portion)
    return _in_order(found)


def _is_done(planned: Happening, known: Sequence[Happening]) -> bool:
    """Whether something of the kind went in at that time, whatever its volume."""
    contents = {name: value for name, value in planned.arguments.items() if name != "volume"}
    return any(
        one.event == planned.event and abs(one.at - planned.at) <= _SOON
        and all(abs(one.arguments[name] - value) <= 1e-6 * abs(value) for name, value in contents.items())
        for one in known
    )  # fmt: skip
