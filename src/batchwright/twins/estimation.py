"""Estimate states and parameters of a run from its measurements as they come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from batchwright.twins.beliefs import Belief, Measurement, Uncertainty
from batchwright.twins.filters import ExtendedKalman, KalmanFilter, UnscentedKalman
from batchwright.twins.horizon import MovingHorizon
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Schedule

if TYPE_CHECKING:
    from batchwright.twins.fitting import Run

Method = Literal["extended", "unscented", "horizon"]
_METHODS: dict[Method, type[KalmanFilter]] = {
    "extended": ExtendedKalman,
    "unscented": UnscentedKalman,
    "horizon": MovingHorizon,
}


@dataclass(frozen=True)
class Estimation:
    """Beliefs over time, each from what was known at its time and nothing later.

    Args:
        method: Which estimator.
        beliefs: One per time.
    """

    method: str
    beliefs: tuple[Belief, ...]

    @property
    def times(self) -> Array:
        """Times of the beliefs."""
        return np.array([belief.time for belief in self.beliefs])

    def mean(self, name: str) -> Array:
        """Best value at every time."""
        return np.array([belief.values()[name] for belief in self.beliefs])

    def interval(self, name: str, level: float = 0.9) -> tuple[Array, Array]:
        """Lower and upper end of the interval at every time."""
        ends = np.array([belief.interval(name, level) for belief in self.beliefs])
        return ends[:, 0], ends[:, 1]


def estimator(
    method: Method,
    model: Model,
    schedule: Schedule,
    uncertainty: Uncertainty,
    *,
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    tolerance: Tolerance | None = None,
) -> KalmanFilter:
    """An estimator for one run: `tell` it measurements, ask it for a belief `at` a time.

    Args:
        method: ``extended``, ``unscented`` or ``horizon``.
        model: The model.
        schedule: What is done to the run.
        uncertainty: What is not known.
        parameters: Known parameters that differ from their defaults.
        start: Start values that differ from the declared ones.
        tolerance: How exactly to integrate.

    Returns:
        The estimator, knowing nothing yet.
    """
    return _METHODS[method](model, schedule, uncertainty, parameters=parameters, start=start, tolerance=tolerance)


def estimate(
    method: Method,
    model: Model,
    schedule: Schedule,
    measurements: Sequence[Measurement],
    uncertainty: Uncertainty,
    *,
    times: Sequence[float],
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    tolerance: Tolerance | None = None,
) -> Estimation:
    """Go through a run as it would have been lived: at each time, use only what had arrived by then.

    Args:
        method: ``extended``, ``unscented`` or ``horizon``.
        model: The model.
        schedule: What is done to the run.
        measurements: All measurements, with the time at which each arrived.
        uncertainty: What is not known.
        times: When to say what is believed.
        parameters: Known parameters that differ from their defaults.
        start: Start values that differ from the declared ones.
        tolerance: How exactly to integrate.

    Returns:
        One belief per time.

    Raises:
        IntegrationFailed: A believed state is one that the model cannot leave.
    """
    tool = estimator(method, model, schedule, uncertainty, parameters=parameters, start=start, tolerance=tolerance)
    waiting = sorted(measurements, key=lambda m: (m.known_at, m.time))
    beliefs = []
    for time in sorted(times):
        ready = [m for m in waiting if m.known_at <= time + 1e-9]
        waiting = waiting[len(ready) :]
        tool.tell(*ready)
        beliefs.append(tool.at(time))
    return Estimation(method, tuple(beliefs))


def measurements_of(run: Run, delay: Mapping[str, float] | None = None) -> list[Measurement]:
    """The observations of a run as single measurements.

    Args:
        run: The run.
        delay: How long each output takes to be known, by name.

    Returns:
        One measurement per value that is not missing.
    """
    return [
        Measurement(
            float(t),
            o.name,
            float(v),
            o.sd,
            o.relative,
            float(t) + delay[o.name] if delay and o.name in delay else None,
        )
        for o in run.observations
        for t, v in zip(o.times, o.values, strict=True)
        if np.isfinite(v)
    ]
