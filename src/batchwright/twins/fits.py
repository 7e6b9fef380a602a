"""Runs with what was observed, and parameters found from them with how well they are known.

The finding itself is in `batchwright.twins.fitting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from batchwright.twins.ensembles import Ensemble, run_members
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Schedule


@dataclass(frozen=True)
class Observation:
    """Measured values of one output of one run; NaN where a sample is missing.

    Args:
        name: State, definition or output that was measured.
        times: Sample times.
        values: Measured values, in the unit of the output.
        sd: Standard deviation of the measurement, absolute.
        relative: Standard deviation relative to the measured value; added in quadrature.
        side: Whether samples at the time of an event were taken before or after it.
    """

    name: str
    times: Sequence[float]
    values: Sequence[float]
    sd: float = 0.0
    relative: float = 0.0
    side: str = "before"

    @property
    def noise(self) -> Array:
        """Standard deviation of every value."""
        values = np.asarray(self.values, dtype=float)
        return np.asarray(np.hypot(self.sd, self.relative * np.abs(values)), dtype=float)


@dataclass(frozen=True)
class Run:
    """A schedule with what was observed.

    Args:
        name: Name of the run.
        schedule: What was done.
        observations: What was measured.
        start: Start values of this run.
        parameters: Parameters of this run that are known and differ from the defaults.
    """

    name: str
    schedule: Schedule
    observations: tuple[Observation, ...]
    start: Mapping[str, Value] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)

    def looked_at(self) -> Schedule:
        """The schedule with exactly the sample times as rows."""
        times = tuple(sorted({float(t) for o in self.observations for t in o.times}))
        s = self.schedule
        return Schedule(s.end, s.begin, s.end - s.begin, times, s.inputs, s.happenings)

    def until(self, time: float) -> Run:
        """The run as it was known at a time."""
        seen = []
        for o in self.observations:
            keep = [i for i, t in enumerate(o.times) if t <= time + 1e-9]
            seen.append(
                Observation(o.name, [o.times[i] for i in keep], [o.values[i] for i in keep], o.sd, o.relative, o.side)
            )
        return Run(self.name, self.schedule, tuple(seen), self.start, self.parameters)


@dataclass(frozen=True)
class ResidualDiagnostics:
    """How the weighted residuals of one output look; they should be standard normal and independent.

    Args:
        count: Number of values.
        mean: Mean.
        sd: Standard deviation.
        autocorrelation: Correlation of neighbours in time.
        runs_p: p-value of the Wald-Wolfowitz runs test of their signs; small when the model is wrong in shape.
        normal_p: p-value of the Shapiro-Wilk test; NaN below four values.
        rmse: Root mean square error, in the unit of the output.
    """

    count: int
    mean: float
    sd: float
    autocorrelation: float
    runs_p: float
    normal_p: float
    rmse: float


@dataclass(frozen=True)
class Identifiability:
    """How well the data determine what was free.

    Args:
        singular_values: Of the weighted Jacobian in scaled parameters, largest first.
        condition: Largest over smallest.
        relative_error: Standard error over value, by name.
        correlated: Pairs with a correlation beyond 0.95, with it.
        warnings: What to know before using the parameters, as sentences.
    """

    singular_values: Array
    condition: float
    relative_error: Mapping[str, float]
    correlated: tuple[tuple[str, str, float], ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """Parameters found from runs.

    Args:
        model: What was fitted.
        names: What was free.
        values: Found values.
        logarithmic: Whether each was fitted as a logarithm.
        scales: Natural size of one in fitting coordinates, where not logarithmic.
        covariance: Covariance in fitting coordinates: logarithms, or values over their scales.
        chi_square: Reduced chi-square.
        diagnostics: Residual diagnostics by output.
        identifiability: How well the data determine the parameters.
        residuals: Weighted residuals by (run, output).
        evaluations: Number of model evaluations.
        at_bound: Names that ended at a bound.
    """

    model: Model
    names: tuple[str, ...]
    values: Array
    logarithmic: tuple[bool, ...]
    scales: Array
    covariance: Array
    chi_square: float
    diagnostics: Mapping[str, ResidualDiagnostics]
    identifiability: Identifiability
    residuals: Mapping[tuple[str, str], Array]
    evaluations: int
    at_bound: tuple[str, ...]

    @property
    def parameters(self) -> dict[str, float]:
        """Found value by name."""
        return dict(zip(self.names, map(float, self.values), strict=True))

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Confidence interval of each by name.

        Args:
            level: Confidence level.

        Returns:
            Lower and upper end by name.
        """
        half = float(ndtri(0.5 + level / 2)) * np.sqrt(np.diag(self.covariance))
        found = {}
        for index, name in enumerate(self.names):
            q = self.model.quantity(name)
            low, high = self._shifted(index, -half[index]), self._shifted(index, half[index])
            found[name] = (max(float(low), q.lower), min(float(high), q.upper))
        return found

    def _shifted(self, index: int, shift: Array | float) -> Array:
        """Values of one parameter moved in fitting coordinates."""
        if not self.logarithmic[index]:
            return np.asarray(self.values[index] + self.scales[index] * shift, dtype=float)
        with np.errstate(over="ignore"):
            return np.asarray(self.values[index] * np.exp(shift), dtype=float)

    def draw(self, members: int, seed: int) -> Array:
        """Samples of what was free from its covariance, cut at the bounds, shape (members, names)."""
        generator = np.random.Generator(np.random.PCG64(seed))
        values, vectors = np.linalg.eigh(self.covariance)
        factor = vectors * np.sqrt(np.clip(values, 0.0, None))
        shift = generator.standard_normal((members, len(self.names))) @ factor.T
        samples = np.empty((members, len(self.names)))
        for column, name in enumerate(self.names):
            q = self.model.quantity(name)
            samples[:, column] = np.clip(self._shifted(column, shift[:, column]), q.lower, q.upper)
        return samples

    def predict(
        self, run: Run, outputs: Sequence[str], *, members: int = 400, seed: int = 1, tolerance: Tolerance | None = None
    ) -> Ensemble:
        """Outputs of another run over the uncertainty of what was found.

        Args:
            run: Its schedule, start and known parameters; its observations are not looked at.
            outputs: What to predict.
            members: Number of samples.
            seed: Seed.
            tolerance: How exactly to integrate.

        Returns:
            Outputs of all samples; failed ones are NaN and listed.
        """
        return run_members(
            self.model,
            run.schedule,
            self.names,
            self.draw(members, seed),
            outputs=outputs,
            parameters=run.parameters,
            start=run.start,
            failures="keep",
            tolerance=tolerance,
        )
