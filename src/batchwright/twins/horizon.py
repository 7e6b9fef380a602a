"""Moving-horizon estimation: the most probable path over the last values, within bounds.

The path through the nodes of the window is free; leaving the model costs its drift, missing a measurement costs its
noise, and what lies before the window enters as an arrival cost from a Kalman filter (Rao, Rawlings & Mayne 2003, doi
10.1109/TAC.2002.808470). Late values fall on their node as if they had come in time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import lsq_linear

from batchwright.twins.beliefs import Belief, Measurement
from batchwright.twins.errors import IntegrationFailed
from batchwright.twins.filters import ExtendedKalman
from batchwright.twins.model import Array


class MovingHorizon(ExtendedKalman):
    """Gauss-Newton over a window; the extended filter supplies the arrival cost and the first guess.

    Args:
        *arguments: As for `KalmanFilter`.
        window: Number of stretches in the window, each as long as ``uncertainty.step`` or up to the next value.
        iterations: Most Gauss-Newton iterations.
        **keywords: As for `KalmanFilter`.
    """

    def __init__(self, *arguments: Any, window: int = 6, iterations: int = 8, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.window, self.iterations = window, iterations

    def at(self, time: float) -> Belief:
        """What is believed at a time, from everything told so far with sample times up to it."""
        now = super().at(time)
        nodes = [b for b in self._snapshots if b.time < time - 1e-9][-self.window :]
        if not nodes:
            return now
        return _Window(self, nodes, now).solve()

    def values_at(self, time: float) -> list[Measurement]:
        """Values whose samples were taken at a time."""
        return self._values_at(time)


class _Window:
    """One least-squares problem."""

    def __init__(self, owner: MovingHorizon, nodes: list[Belief], now: Belief) -> None:
        self.owner, self.c, self.t = owner, owner.coordinates, owner.transition
        self.times = [b.time for b in nodes] + [now.time]
        self.arrival = nodes[0]
        self.size = len(now.mean)
        self.guess = np.concatenate([b.mean for b in nodes] + [now.mean])
        self.arrival_root = _whitener(self.arrival.covariance)
        self.drifts = [
            1 / np.sqrt(self.c.drift(b.mean, end - b.time)) for b, end in zip(nodes, self.times[1:], strict=True)
        ]
        self.values = [owner.values_at(time) for time in self.times]

    def solve(self) -> Belief:
        """The belief at the end of the window."""
        count = len(self.times)
        lower, upper = np.tile(self.c.lower, count), np.tile(self.c.upper, count)
        path = np.clip(self.guess, lower, upper)
        residuals = self._residuals(path)
        for _ in range(self.owner.iterations):
            step = self._step(path, residuals, lower, upper)
            path, residuals, moved = self._search(path, residuals, step)
            if moved < 1e-6:
                break
        triangle = np.linalg.qr(self._jacobian(path), mode="r")
        inverse = np.linalg.solve(triangle, np.eye(len(path)))[-self.size :]
        return Belief(self.times[-1], self.c, path[-self.size :], inverse @ inverse.T)

    def _step(self, path: Array, residuals: Array, lower: Array, upper: Array) -> Array:
        """Gauss-Newton step; where it would leave the bounds, the bounded linear problem is solved."""
        jacobian = self._jacobian(path)
        free = np.linalg.lstsq(jacobian, -residuals, rcond=None)[0]
        inside = (path + free >= lower - 1e-12) & (path + free <= upper + 1e-12)
        if inside.all():
            return np.asarray(free, dtype=float)
        gap = 1e-12
        bounded = lsq_linear(jacobian, -residuals, (lower - path - gap, upper - path + gap), method="bvls")
        return np.asarray(np.clip(path + bounded.x, lower, upper) - path, dtype=float)

    def _search(self, path: Array, residuals: Array, step: Array) -> tuple[Array, Array, float]:
        """Halve the step until the cost falls."""
        cost = float(residuals @ residuals)
        for part in (1.0, 0.5, 0.25, 0.0625):
            tried = path + part * step
            found = self._residuals(tried)
            if float(found @ found) < cost:
                return tried, found, part * float(np.abs(step).max())
        return path, residuals, 0.0

    def _nodes(self, path: Array) -> Array:
        return path.reshape(len(self.times), self.size)

    def _residuals(self, path: Array) -> Array:
        nodes = self._nodes(path)
        parts = [self.arrival_root @ (nodes[0] - self.arrival.mean)]
        for index, weight in enumerate(self.drifts):
            try:
                moved = self.t.move(nodes[index], self.times[index], self.times[index + 1])
            except IntegrationFailed:
                moved = np.full(self.size, 1e6)
            parts.append(weight * (nodes[index + 1] - moved))
        for node, time, values in zip(nodes, self.times, self.values, strict=True):
            if values:
                seen, _ = self.t.see(node, time, [m.name for m in values])
                parts.append(np.array([(m.value - y) / m.noise(y) for m, y in zip(values, seen, strict=True)]))
        return np.concatenate(parts)

    def _jacobian(self, path: Array) -> Array:
        nodes, size, total = self._nodes(path), self.size, len(path)
        first = np.zeros((size, total))
        first[:, :size] = self.arrival_root
        blocks = [first]
        for index, weight in enumerate(self.drifts):
            _, slope = self.t.move_with_jacobian(nodes[index], self.times[index], self.times[index + 1])
            rows = np.zeros((size, total))
            rows[:, (index + 1) * size : (index + 2) * size] = np.diag(weight)
            rows[:, index * size : (index + 1) * size] = -weight[:, None] * slope
            blocks.append(rows)
        for index, (time, values) in enumerate(zip(self.times, self.values, strict=True)):
            if values:
                seen, slope = self.t.see(nodes[index], time, [m.name for m in values], derivative=True)
                noise = np.array([m.noise(y) for m, y in zip(values, seen, strict=True)])
                rows = np.zeros((len(values), total))
                rows[:, index * size : (index + 1) * size] = -slope / noise[:, None]
                blocks.append(rows)
        return np.vstack(blocks)


def _whitener(covariance: Array) -> Array:
    """Inverse square root of a covariance, with a floor under directions that are known exactly."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    floor = max(float(values.max()), 1e-300) * 1e-14
    return np.asarray((vectors / np.sqrt(np.maximum(values, floor))).T, dtype=float)
