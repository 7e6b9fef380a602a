"""Judge forecasts forward in time: made on a day from what was known then, held against all that came later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from batchwright.twins.model import Array
from batchwright.twins.parameter_sets import ParameterSet
from batchwright.twins.running import LEVEL, Running, look_ahead


@dataclass(frozen=True, slots=True)
class Score:
    """How forecasts of one output, made on one day, did over all later samples of all runs.

    Args:
        day: Day on which they were made.
        output: Output.
        count: Number of later values.
        rmse: Root mean square of median minus measured, in the unit of the output.
        relative: The same over the largest value that was measured in any of the runs.
        bias: Mean of median minus measured, in the unit of the output.
        coverage: Share of the later values inside the band, with the noise of the method.
        last: Mean error of the last value of a run, over the same.
    """

    day: float
    output: str
    count: int
    rmse: float
    relative: float
    bias: float
    coverage: float
    last: float


def judge(
    given: ParameterSet, runs: Sequence[Running], *, outputs: Sequence[str], days: Sequence[float], members: int = 60
) -> list[Score]:
    """Forecast runs forward in time, and compare with what was measured later.

    Args:
        given: The frozen twin.
        runs: Complete runs that it has not seen.
        outputs: What to judge.
        days: When to forecast, in days.
        members: Members of each forecast.

    Returns:
        One score for each day and output.
    """
    found = []
    largest = {name: max(one.value for run in runs for one in run.measured if one.name == name) for name in outputs}
    for day in days:
        rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in outputs}
        for run in runs:
            ahead = look_ahead(given, run.until(24.0 * day), outputs=outputs, members=members).forecast
            for one in run.measured:
                if one.time > 24.0 * day and one.name in rows:
                    low, high = (np.interp(one.time, ahead.times, end) for end in ahead.interval(one.name, LEVEL))
                    middle = float(np.interp(one.time, ahead.times, ahead.median(one.name)))
                    noise = 1.645 * one.noise(middle)
                    below, above = float(np.hypot(middle - low, noise)), float(np.hypot(high - middle, noise))
                    is_last = one.time >= max(other.time for other in run.measured)
                    rows[one.name].append((one.value, middle, middle - below, middle + above, float(is_last)))
        found += [_score(day, name, np.array(values), largest[name]) for name, values in rows.items()]
    return found


def _score(day: float, name: str, rows: Array, largest: float) -> Score:
    measured, middle, low, high, last = rows.T
    error = middle - measured
    rmse = float(np.sqrt(np.mean(error**2)))
    final = last > 0
    return Score(
        day, name, len(rows), rmse, rmse / largest, float(error.mean()),
        float(((measured >= low) & (measured <= high)).mean()),
        float(np.mean(np.abs(error[final]))) / largest,
    )  # fmt: skip
