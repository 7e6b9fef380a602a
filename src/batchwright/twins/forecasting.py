"""Forecast the rest of a run from what is believed now, with intervals that were checked against past runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from batchwright.twins.beliefs import Belief, Transition
from batchwright.twins.errors import DeclarationError, IntegrationFailed
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array
from batchwright.twins.schedule import Schedule


@dataclass(frozen=True)
class Forecast:
    """Distribution of outputs over the rest of a run.

    Args:
        made_at: Time at which it was made.
        times: Times of the rows.
        names: Outputs.
        units: UCUM code of each output.
        values: Array (members, rows, names).
        lost: Members that the model could not carry to the end; they are left out.
    """

    made_at: float
    times: Array
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Array
    lost: int

    def of(self, name: str) -> Array:
        """Values of one output, shape (members, rows)."""
        return np.asarray(self.values[:, :, self.names.index(name)], dtype=float)

    def median(self, name: str) -> Array:
        """Median at every row."""
        return np.asarray(np.median(self.of(name), axis=0), dtype=float)

    def interval(self, name: str, level: float = 0.9, *, widen: float = 1.0) -> tuple[Array, Array]:
        """Lower and upper end at every row.

        Args:
            name: Output.
            level: Probability that the interval holds the truth.
            widen: Factor from `calibration`, by which the ends are moved away from the median.

        Returns:
            Lower and upper ends.
        """
        middle = self.median(name)
        low, high = np.quantile(self.of(name), [0.5 - level / 2, 0.5 + level / 2], axis=0)
        return middle - widen * (middle - low), middle + widen * (high - middle)

    def probability(self, name: str, *, lower: float = -np.inf, upper: float = np.inf) -> float:
        """Probability that an output is within limits at the end of the run."""
        final = self.of(name)[:, -1]
        return float(np.mean((final >= lower) & (final <= upper)))


def forecast(
    belief: Belief,
    schedule: Schedule,
    *,
    outputs: Sequence[str],
    members: int = 200,
    seed: int = 1,
    until: float | None = None,
    tolerance: Tolerance | None = None,
) -> Forecast:
    """Carry samples of a belief to the end of the run, with the drift that the estimator assumes.

    Args:
        belief: What is believed now.
        schedule: What will be done; the part before the belief is ignored.
        outputs: What to forecast.
        members: Number of samples.
        seed: Seed.
        until: Last time; the end of the schedule where None.
        tolerance: How exactly to integrate.

    Returns:
        Samples of the outputs over the rest of the run.

    Raises:
        DeclarationError: The belief is at or after the end.
        IntegrationFailed: More than a tenth of the members cannot be carried to the end.
    """
    c = belief.coordinates
    end = schedule.end if until is None else until
    if belief.time >= end:
        raise DeclarationError(
            "There is nothing left to forecast", model=c.model.name, value=belief.time, limit=f"< {end:g}"
        )
    times = _rows(schedule, belief.time, end, c.uncertainty.step)
    transition = Transition(c, schedule, tolerance)
    generator = np.random.Generator(np.random.PCG64(seed))
    points = [c.inward(values) for values in belief.draw(members, seed + 1)]
    noise = generator.standard_normal((members, len(times) - 1, len(c.names)))
    kept = []
    for point, shocks in zip(points, noise, strict=True):
        try:
            kept.append(_carry(transition, point, shocks, times, outputs))
        except IntegrationFailed:
            continue
    lost = members - len(kept)
    if lost > members / 10:
        raise IntegrationFailed(
            f"{lost} of {members} forecasts failed",
            model=c.model.name,
            time=belief.time,
            remedy="The belief holds states that the model cannot leave: narrow the drift or the priors.",
        )
    units = tuple(c.model.quantity(name).unit for name in outputs)
    return Forecast(belief.time, times, tuple(outputs), units, np.array(kept), lost)


def _rows(schedule: Schedule, begin: float, end: float, step: float) -> Array:
    wanted = [t for t in (*schedule.at, *(h.at for h in schedule.happenings)) if begin < t < end]
    regular = np.arange(begin, end, step)
    return np.unique(np.concatenate([regular, wanted, [end]]))


def _carry(transition: Transition, point: Array, shocks: Array, times: Array, outputs: Sequence[str]) -> Array:
    c = transition.c
    rows = [transition.see(point, times[0], outputs)[0]]
    for begin, end, shock in zip(times[:-1], times[1:], shocks, strict=True):
        point = transition.move(point, begin, end)
        point = np.clip(point + np.sqrt(c.drift(point, end - begin)) * shock, c.lower, c.upper)
        rows.append(transition.see(point, end, outputs)[0])
    return np.array(rows)


def calibration(
    past: Sequence[tuple[Forecast, Mapping[str, tuple[Array, Array]]]], name: str, level: float = 0.9
) -> float:
    """By which factor the intervals of an output must be widened to hold the stated share of what then happened.

    Split conformal prediction on normalised errors (Angelopoulos & Bates 2023, doi 10.1561/2200000101): the factor is
    the finite-sample corrected quantile of |error| / half-width over past forecasts.

    Args:
        past: Earlier forecasts, each with the times and values that were then measured, by output.
        name: Output.
        level: Stated share.

    Returns:
        A factor; infinity where there are too few past values for the level.
    """
    scores = []
    for made, seen in past:
        times, values = seen[name]
        low, high = made.interval(name, level)
        middle = made.median(name)
        for time, value in zip(times, values, strict=True):
            if not made.made_at < time <= made.times[-1] or not np.isfinite(value):
                continue
            at = [float(np.interp(time, made.times, series)) for series in (low, middle, high)]
            half = at[1] - at[0] if value < at[1] else at[2] - at[1]
            scores.append(abs(value - at[1]) / max(half, 1e-300))
    rank = int(np.ceil((len(scores) + 1) * level))
    return float(np.sort(scores)[rank - 1]) if 0 < rank <= len(scores) else float("inf")
