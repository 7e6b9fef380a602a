"""Forecasts of T-cell counts for patients that the estimator has not met.

Simulated patients, because no open counts of single patients were found: every patient has a growth rate, a capacity
and a lag of his own; counts come once a day with an error, half a day late, and some are missing. What the estimator
does not know is what is forecast. Real counts would show a larger error: here the equations are true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from batchwright.twins.beliefs import Belief, Measurement, Uncertainty
from batchwright.twins.demonstrations import demonstration
from batchwright.twins.distributions import LogNormal, Spread
from batchwright.twins.estimation import estimator
from batchwright.twins.forecasting import forecast
from batchwright.twins.model import Array
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import simulate
from batchwright.twins.t_cells import expansion

PATIENTS: Final = {"mu_max": LogNormal(1.0, 0.25), "X_max": LogNormal(5.0, 0.35), "lag": LogNormal(1.0, 0.4)}
AHEAD: Final = 2.5
"""Days ahead: the horizon over which others report a mean relative error of 13 %."""
_NOISE, _LATE, _MISSING = 0.10, 0.5, 0.15


@dataclass(frozen=True)
class TCellStudy:
    """Errors of the forecasts 2.5 days ahead.

    Args:
        days: Days on which they were made.
        error: Relative error by (patient, day).
        persistent: Relative error of the growth between the last two counts going on.
        inside: Whether the truth was in the 90 % interval, by (patient, day).
    """

    days: tuple[float, ...]
    error: Array
    persistent: Array
    inside: Array


def forecast_patients(
    count: int = 12, *, seed: int = 7, days: tuple[float, ...] = (3.0, 4.0, 5.0, 6.0, 7.0)
) -> TCellStudy:
    """Forecast counts of simulated patients.

    Args:
        count: Number of patients.
        seed: Seed.
        days: When to forecast.

    Returns:
        Errors and coverage by patient and day.
    """
    model, usual = expansion(), demonstration("t-cell-expansion")
    assert usual is not None  # noqa: S101 - a model of this package
    schedule = usual.schedule
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = Spread(PATIENTS).draw(model, count, seed)
    rows = [_patient(dict(zip(PATIENTS, map(float, own), strict=True)), schedule, generator, days) for own in drawn]
    error, persistent, inside = (np.array([[cell[i] for cell in row] for row in rows], dtype=float) for i in range(3))
    return TCellStudy(days, error, persistent, inside)


def _patient(
    own: dict[str, float], schedule: Schedule, generator: np.random.Generator, days: tuple[float, ...]
) -> list[tuple[float, float, float]]:
    """Error, error of going on as before, and whether the interval held, for every day."""
    model = expansion()
    truth = simulate(model, Schedule(schedule.end, every=0.1, happenings=schedule.happenings), parameters=own)
    counts = []
    for day in np.arange(1.0, schedule.end, 1.0):
        value = float(truth.at(day, "X")[0])
        seen = value * (1 + _NOISE * float(generator.standard_normal()))
        if generator.random() >= _MISSING:
            counts.append(Measurement(float(day), "X", seen, sd=0.02, relative=_NOISE, arrived=float(day) + _LATE))
    uncertainty = Uncertainty(
        start={"X": 0.05, "act": 0.001}, relative={"X": 0.02}, parameters=dict(PATIENTS), step=0.5
    )
    tool = estimator("unscented", model, schedule, uncertainty)
    found, waiting = [], list(counts)
    for day in days:
        ready = [count for count in waiting if count.known_at <= day]
        waiting = waiting[len(ready) :]
        tool.tell(*ready)
        middle, low, high = _ahead(tool.at(day), schedule, day)
        true = float(truth.at(day + AHEAD, "X")[0])
        known = [count for count in counts if count.known_at <= day]
        found.append((abs(middle - true) / true, abs(_go_on(known, day) - true) / true, float(low <= true <= high)))
    return found


def _ahead(belief: Belief, schedule: Schedule, day: float) -> tuple[float, float, float]:
    ahead = forecast(belief, schedule, outputs=("X",), members=100, until=day + AHEAD)
    low, high = ahead.interval("X", 0.9)
    return float(ahead.median("X")[-1]), float(low[-1]), float(high[-1])


def _go_on(known: list[Measurement], day: float) -> float:
    """The last count, grown at the rate between the last two."""
    if len(known) < 2:
        return known[-1].value if known else 0.5
    before, last = known[-2], known[-1]
    rate = np.log(last.value / before.value) / (last.time - before.time)
    return float(last.value * np.exp(rate * (day + AHEAD - last.time)))
