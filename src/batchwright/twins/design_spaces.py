"""Probability of meeting limits over two or three factors (ICH Q8: a design space is about assurance, not averages)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from batchwright.twins.distributions import Spread
from batchwright.twins.ensembles import Progress, run_members
from batchwright.twins.errors import DeclarationError
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a run must meet.

    Args:
        name: State, definition or output.
        lower: Smallest admissible value.
        upper: Largest admissible value.
        when: At the end, or at every row.
    """

    name: str
    lower: float = -np.inf
    upper: float = np.inf
    when: Literal["end", "always"] = "end"

    def met(self, values: Array) -> Array:
        """Whether each member meets it; a member that failed does not.

        Args:
            values: Array (members, rows).

        Returns:
            One truth value per member.
        """
        inside = (values >= self.lower) & (values <= self.upper)
        return np.asarray(inside[:, -1] if self.when == "end" else inside.all(axis=1), dtype=bool)


@dataclass(frozen=True)
class DesignSpace:
    """Probability at every point of a grid.

    Args:
        factors: Levels by name of factor.
        probability: Probability of meeting all criteria, one axis per factor.
        by_criterion: The same for each criterion alone, by name.
        members: Samples per point.
    """

    factors: Mapping[str, tuple[float, ...]]
    probability: Array
    by_criterion: Mapping[str, Array]
    members: int

    def lower_bound(self, level: float = 0.95) -> Array:
        """Lower end of the one-sided Wilson interval of the probability, for the number of samples there were.

        Args:
            level: Confidence.

        Returns:
            Array of the shape of ``probability``.
        """
        from scipy.special import ndtri

        z, n, p = float(ndtri(level)), self.members, self.probability
        root = np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return np.asarray((p + z**2 / (2 * n) - z * root) / (1 + z**2 / n), dtype=float)

    def records(self) -> list[dict[str, Any]]:
        """Rows for charts and tables: every factor, the probability and its lower bound."""
        bound = self.lower_bound()
        rows = []
        for index in np.ndindex(self.probability.shape):
            point = {name: levels[i] for (name, levels), i in zip(self.factors.items(), index, strict=True)}
            rows.append({**point, "probability": float(self.probability[index]), "lower_bound": float(bound[index])})
        return rows

    def region(self, assurance: float = 0.9) -> Array:
        """Where the lower bound of the probability reaches an assurance."""
        return np.asarray(self.lower_bound() >= assurance, dtype=bool)


def design_space(
    model: Model,
    schedule: Schedule,
    factors: Mapping[str, Sequence[float]],
    criteria: Sequence[Criterion],
    spread: Spread,
    *,
    members: int = 200,
    seed: int = 1,
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    tolerance: Tolerance | None = None,
) -> DesignSpace:
    """Run an ensemble at every point of a grid, with the same samples everywhere so that neighbours compare.

    Args:
        model: What to run.
        schedule: What is done to it.
        factors: Levels of two or three factors: inputs (held constant), parameters or start values.
        criteria: What a run must meet.
        spread: What is not known and varies.
        members: Samples per point.
        seed: Seed.
        parameters: Parameters that differ from their defaults.
        start: Start values that differ from the declared ones.
        executor: Where to run.
        progress: Called with (points done, all points).
        cancelled: Asked between chunks.
        tolerance: How exactly to integrate.

    Returns:
        The probability at every point of the grid.

    Raises:
        DeclarationError: There are not two or three factors, or a factor is drawn as well.
        Cancelled: ``cancelled`` said so.
    """
    both = set(factors) & set(spread.of)
    if not 1 <= len(factors) <= 3 or both:
        raise DeclarationError(
            "A design space has one to three factors, none of them drawn",
            model=model.name,
            value=", ".join(both or factors),
            limit="1 to 3",
        )
    drawn = spread.draw(model, members, seed)
    shape = tuple(len(levels) for levels in factors.values())
    all_met, each = np.zeros(shape), {c.name: np.zeros(shape) for c in criteria}
    outputs = tuple(dict.fromkeys(c.name for c in criteria))
    points = list(np.ndindex(shape))
    for done, (index, levels) in enumerate(zip(points, product(*factors.values()), strict=True), start=1):
        point = dict(zip(factors, map(float, levels), strict=True))
        moved = {name: value for name, value in point.items() if name in model.labels("input")}
        fixed = {name: value for name, value in point.items() if name in model.labels("parameter")}
        begun = {name: value for name, value in point.items() if name not in moved and name not in fixed}
        here = Schedule(
            schedule.end, schedule.begin, schedule.every, schedule.at, {**schedule.inputs, **moved}, schedule.happenings
        )
        found = run_members(
            model,
            here,
            list(spread.of),
            drawn,
            outputs=outputs,
            parameters={**(parameters or {}), **fixed},
            start={**(start or {}), **begun},
            executor=executor,
            failures="keep",
            cancelled=cancelled,
            tolerance=tolerance,
        )
        met = np.array([criterion.met(found.of(criterion.name)) for criterion in criteria])
        all_met[index] = met.all(axis=0).mean()
        for criterion, share in zip(criteria, met.mean(axis=1), strict=True):
            each[criterion.name][index] = share
        if progress:
            progress(done, len(points))
    levels_by_name = {name: tuple(map(float, levels)) for name, levels in factors.items()}
    return DesignSpace(levels_by_name, all_met, each, members)
