"""Extended and unscented Kalman filters for one run, with missing and delayed measurements and bounds.

A late value is not forced into the present: the filter goes back to the snapshot before its sample time and filters
again with everything known by now. Bounds are kept by projection in the metric of the covariance (Simon, Optimal
State Estimation, 2006, section 7.5; Simon 2010, doi 10.1049/iet-cta.2009.0032).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from batchwright.twins.beliefs import Belief, Coordinates, Measurement, Transition, Uncertainty, root
from batchwright.twins.errors import DeclarationError
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Schedule


class KalmanFilter(ABC):
    """What both filters share: time, snapshots, late values and bounds.

    Args:
        model: The model.
        schedule: What is done to the run.
        uncertainty: What is not known.
        parameters: Known parameters that differ from their defaults.
        start: Start values that differ from the declared ones.
        tolerance: How exactly to integrate.
    """

    def __init__(
        self,
        model: Model,
        schedule: Schedule,
        uncertainty: Uncertainty,
        *,
        parameters: Mapping[str, Value] | None = None,
        start: Mapping[str, Value] | None = None,
        tolerance: Tolerance | None = None,
    ) -> None:
        self.coordinates = Coordinates(model, uncertainty, parameters or {}, start or {})
        self.schedule = schedule
        self.transition = Transition(self.coordinates, schedule, tolerance)
        self._known: list[tuple[float, int, Measurement]] = []
        mean, covariance = self.coordinates.prior()
        self._snapshots: list[Belief] = [Belief(schedule.begin, self.coordinates, mean, covariance)]
        """Beliefs before the values of their time were used, by time."""

    def tell(self, *measurements: Measurement) -> None:
        """Take measurements in any order; a NaN is a missing value and is left out.

        Args:
            *measurements: What was measured.

        Raises:
            DeclarationError: A time is outside the schedule, or the model has no such output.
        """
        for m in measurements:
            if not self.schedule.begin <= m.time <= self.schedule.end:
                raise DeclarationError(
                    "A measurement is outside the schedule",
                    model=self.coordinates.model.name,
                    value=m.time,
                    limit=f"{self.schedule.begin:g} to {self.schedule.end:g}",
                )
            self.coordinates.model.quantity(m.name)
            if np.isnan(m.value):
                continue
            insort(self._known, (m.time, len(self._known), m), key=lambda entry: entry[:2])
            while len(self._snapshots) > 1 and self._snapshots[-1].time > m.time + 1e-9:
                self._snapshots.pop()

    def at(self, time: float) -> Belief:
        """What is believed at a time, from everything told so far with sample times up to it."""
        belief = self._last_before(time)
        while True:
            belief = self._update(belief)
            if belief.time >= time - 1e-9:
                return belief
            stop = self._next_time(belief.time, time)
            belief = self._predict(belief, stop)
            if stop < time - 1e-9 or self._values_at(stop):
                self._snapshots.append(belief)

    def _last_before(self, time: float) -> Belief:
        while len(self._snapshots) > 1 and self._snapshots[-1].time > time + 1e-9:
            self._snapshots.pop()
        return self._snapshots[-1]

    def _next_time(self, now: float, end: float) -> float:
        later = [t for t, _, _ in self._known if now + 1e-9 < t < end]
        return min([end, now + self.coordinates.uncertainty.step, *later[:1]])

    def _values_at(self, time: float) -> list[Measurement]:
        return [m for t, _, m in self._known if abs(t - time) <= 1e-9]

    def _update(self, belief: Belief) -> Belief:
        values = self._values_at(belief.time)
        if not values:
            return belief
        mean, covariance = self._correct(belief, values)
        return self._belief(belief.time, mean, covariance)

    def _belief(self, time: float, mean: Array, covariance: Array) -> Belief:
        """A belief within the bounds."""
        symmetric = (covariance + covariance.T) / 2
        inside = project(mean, symmetric, self.coordinates.lower, self.coordinates.upper)
        return Belief(time, self.coordinates, inside, symmetric)

    @abstractmethod
    def _predict(self, belief: Belief, time: float) -> Belief:
        """Carry a belief to a later time."""

    @abstractmethod
    def _correct(self, belief: Belief, values: Sequence[Measurement]) -> tuple[Array, Array]:
        """Mean and covariance after values of the belief's own time."""


class ExtendedKalman(KalmanFilter):
    """Linearises at the mean, with exact derivatives of the integrated model and events."""

    def _predict(self, belief: Belief, time: float) -> Belief:
        mean, slope = self.transition.move_with_jacobian(belief.mean, belief.time, time)
        drift = np.diag(self.coordinates.drift(mean, time - belief.time))
        return self._belief(time, mean, slope @ belief.covariance @ slope.T + drift)

    def _correct(self, belief: Belief, values: Sequence[Measurement]) -> tuple[Array, Array]:
        names = [m.name for m in values]
        seen, slope = self.transition.see(belief.mean, belief.time, names, derivative=True)
        noise = np.diag([m.noise(y) ** 2 for m, y in zip(values, seen, strict=True)])
        gain = np.linalg.solve(slope @ belief.covariance @ slope.T + noise, slope @ belief.covariance).T
        mean = belief.mean + gain @ (np.array([m.value for m in values]) - seen)
        left = np.eye(len(mean)) - gain @ slope
        return mean, left @ belief.covariance @ left.T + gain @ noise @ gain.T  # Joseph form stays positive


class UnscentedKalman(KalmanFilter):
    """Carries 2 n + 1 points through the model (Julier & Uhlmann 2004, doi 10.1109/JPROC.2003.823141).

    Args:
        *arguments: As for `KalmanFilter`.
        spread: Distance of the points in standard deviations of the whole vector; 1 keeps them near.
        **keywords: As for `KalmanFilter`.
    """

    def __init__(self, *arguments: Any, spread: float = 1.0, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        size = len(self.coordinates.names)
        self._reach = spread * np.sqrt(size)
        self._mean_weights = np.full(2 * size + 1, 1 / (2 * spread**2 * size))
        self._mean_weights[0] = 1 - 1 / spread**2
        self._weights = self._mean_weights.copy()
        self._weights[0] += 3 - spread**2 if spread != 1.0 else 2.0

    def _points(self, belief: Belief) -> Array:
        offsets = self._reach * root(belief.covariance).T
        points = np.vstack([belief.mean, belief.mean + offsets, belief.mean - offsets])
        return np.asarray(np.clip(points, self.coordinates.lower, self.coordinates.upper), dtype=float)

    def _predict(self, belief: Belief, time: float) -> Belief:
        moved = np.array([self.transition.move(point, belief.time, time) for point in self._points(belief)])
        mean = self._mean_weights @ moved
        away = moved - mean
        covariance = (away * self._weights[:, None]).T @ away + np.diag(
            self.coordinates.drift(mean, time - belief.time)
        )
        return self._belief(time, mean, covariance)

    def _correct(self, belief: Belief, values: Sequence[Measurement]) -> tuple[Array, Array]:
        names = [m.name for m in values]
        points = self._points(belief)
        seen = np.array([self.transition.see(point, belief.time, names)[0] for point in points])
        expected = self._mean_weights @ seen
        off, away = seen - expected, points - belief.mean
        noise = np.diag([m.noise(y) ** 2 for m, y in zip(values, expected, strict=True)])
        innovation = (off * self._weights[:, None]).T @ off + noise
        gain = np.linalg.solve(innovation, ((away * self._weights[:, None]).T @ off).T).T
        mean = belief.mean + gain @ (np.array([m.value for m in values]) - expected)
        return mean, belief.covariance - gain @ innovation @ gain.T


def project(mean: Array, covariance: Array, lower: Array, upper: Array) -> Array:
    """The most probable point of a normal distribution within bounds.

    Args:
        mean: Mean.
        covariance: Covariance.
        lower: Lower bounds.
        upper: Upper bounds.

    Returns:
        The point.
    """
    point, held = mean, np.zeros(len(mean), dtype=bool)
    for _ in range(len(mean)):
        broken = (point < lower - 1e-12) | (point > upper + 1e-12)
        if not broken.any():
            return np.asarray(point, dtype=float)
        held |= broken
        target = np.clip(mean, lower, upper)[held]
        block = covariance[np.ix_(held, held)] + 1e-18 * np.eye(int(held.sum()))
        point = mean + covariance[:, held] @ np.linalg.solve(block, target - mean[held])
    return np.asarray(np.clip(point, lower, upper), dtype=float)
