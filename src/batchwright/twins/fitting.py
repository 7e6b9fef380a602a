"""Weighted nonlinear least squares over several runs, with exact derivatives.

Parameters with a positive lower bound are fitted as logarithms, so that their intervals respect the bound; others in
units of their nominal values. The covariance is the inverse of the Fisher information, widened by the reduced
chi-square where the residuals are larger than the stated noise (Seber & Wild, Nonlinear Regression, 1989, section 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from scipy.optimize import least_squares
from scipy.special import ndtr

from batchwright.twins.distributions import Distribution, LogNormal, Normal
from batchwright.twins.errors import DeclarationError, IntegrationFailed, Unidentifiable
from batchwright.twins.fits import Fit, Identifiability, Observation, ResidualDiagnostics, Run
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.sensitivity import Observer

__all__ = ["Fit", "Identifiability", "Observation", "ResidualDiagnostics", "Run", "identify", "runs_test"]

_FAILED = 1e4  # residual of a trial point that the integrator cannot reach: the trust region steps back from it


class _Problem:
    """Residuals and Jacobian of all runs in fitting coordinates."""

    def __init__(
        self,
        model: Model,
        runs: Sequence[Run],
        free: Sequence[str],
        parameters: Mapping[str, Value],
        priors: Mapping[str, Distribution],
        tolerance: Tolerance | None,
    ) -> None:
        self.model, self.runs, self.free, self.priors = model, list(runs), tuple(free), dict(priors)
        self.log = np.array([model.quantity(name).lower > 0 for name in self.free])
        self.scales = np.array([model.quantity(name).nominal for name in self.free])
        self.lower = self.inward(np.array([model.quantity(name).lower for name in self.free]))
        self.upper = self.inward(np.array([model.quantity(name).upper for name in self.free]))
        self.observers, self.picks = [], []
        for run in self.runs:
            of = list(dict.fromkeys(o.name for o in run.observations))
            known = {**parameters, **run.parameters}
            self.observers.append(
                Observer(model, run.looked_at(), of, self.free, parameters=known, start=run.start, tolerance=tolerance)
            )
            self.picks.append([self._pick(self.observers[-1], of, o, run) for o in run.observations])
        self.evaluations = 0

    def inward(self, theta: Array) -> Array:
        """Fitting coordinates of parameters."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(
                np.where(self.log, np.log(np.where(self.log, theta, 1.0)), theta / self.scales), dtype=float
            )

    def outward(self, phi: Array) -> Array:
        """Parameters of fitting coordinates."""
        return np.asarray(np.where(self.log, np.exp(np.where(self.log, phi, 0.0)), phi * self.scales), dtype=float)

    def _pick(self, observer: Observer, of: list[str], o: Observation, run: Run) -> tuple[Array, int, Array, Array]:
        """Rows, column, values and noise of one observation."""
        values, noise = np.asarray(o.values, dtype=float), o.noise
        if len(values) != len(o.times):
            raise DeclarationError(
                "Times and values differ in number", model=self.model.name, value=f"{run.name}, {o.name}"
            )
        keep = np.isfinite(values)
        if (noise[keep] <= 0).any():
            raise DeclarationError(
                "A measured value has no noise",
                model=self.model.name,
                value=f"{run.name}, {o.name}",
                limit="> 0",
                remedy="Give sd, or sd and relative, so that zero values have a noise too.",
            )
        times, after = observer.layout.times, observer.layout.after
        rows = []
        for time in np.asarray(o.times, dtype=float)[keep]:
            here = np.flatnonzero(np.abs(times - time) <= 1e-6 * max(1.0, abs(times[-1])))
            wanted = [row for row in here if after[row] == (o.side == "after")]
            rows.append(int(wanted[0] if wanted else here[0]))
        return np.array(rows, dtype=int), of.index(o.name), values[keep], noise[keep]

    def residuals(self, phi: Array) -> Array:
        """Weighted residuals; large ones where the model cannot be integrated."""
        self.evaluations += 1
        theta = self.outward(phi)
        parts = []
        for observer, picks in zip(self.observers, self.picks, strict=True):
            try:
                seen = observer.values(theta)
            except IntegrationFailed:
                parts += [np.full(len(rows), _FAILED) for rows, _, _, _ in picks]
                continue
            parts += [(seen[rows, column] - values) / noise for rows, column, values, noise in picks]
        return np.concatenate([*parts, self._prior(phi)])

    def jacobian(self, phi: Array) -> Array:
        """Derivatives of the residuals in fitting coordinates."""
        theta = self.outward(phi)
        chain = np.where(self.log, theta, self.scales)
        parts = []
        for observer, picks in zip(self.observers, self.picks, strict=True):
            _, derivative = observer.jacobian(theta)
            parts += [derivative[rows, column] * chain / noise[:, None] for rows, column, _, noise in picks]
        rows = [np.eye(len(self.free))[self.free.index(n)] / self._prior_scale(n)[1] for n in self.priors]
        return np.concatenate([*parts, np.array(rows).reshape(len(rows), len(self.free))])

    def _prior_scale(self, name: str) -> tuple[float, float]:
        """Centre and width of a prior in fitting coordinates."""
        place = self.free.index(name)
        prior, is_log, scale = self.priors[name], bool(self.log[place]), float(self.scales[place])
        if isinstance(prior, LogNormal) and is_log:
            return float(np.log(prior.median)), prior.sigma
        if isinstance(prior, Normal):
            return (
                (float(np.log(prior.mean)), prior.sd / prior.mean) if is_log else (prior.mean / scale, prior.sd / scale)
            )
        raise DeclarationError(
            f"The prior of {name} cannot be used in a fit",
            model=self.model.name,
            value=prior,
            limit="Normal, or LogNormal where the lower bound is positive",
        )

    def _prior(self, phi: Array) -> Array:
        scales = [(self.free.index(name), *self._prior_scale(name)) for name in self.priors]
        return np.array([(phi[i] - centre) / width for i, centre, width in scales], dtype=float)


def identify(
    model: Model,
    runs: Sequence[Run],
    *,
    free: Sequence[str],
    guess: Mapping[str, float] | None = None,
    parameters: Mapping[str, Value] | None = None,
    priors: Mapping[str, Distribution] | None = None,
    robust: bool = False,
    max_evaluations: int = 200,
    tolerance: Tolerance | None = None,
) -> Fit:
    """Fit parameters (or start values shared by the runs) to several runs at once, within their bounds.

    Args:
        model: What to fit.
        runs: Runs with observations.
        free: Parameters and states (for a start value common to all runs) to find.
        guess: Where to begin; defaults where not given.
        parameters: Known parameters that differ from their defaults.
        priors: Prior knowledge by name, entering as further residuals.
        robust: Whether outliers count less (soft L1 beyond two standard deviations).
        max_evaluations: Limit of model evaluations.
        tolerance: How exactly to integrate.

    Returns:
        The parameters, with what is to be known of them.

    Raises:
        Unidentifiable: The data do not determine some combination of the parameters; it is named.
        IntegrationFailed: The model cannot be integrated at the guess.
    """
    problem = _Problem(model, runs, free, parameters or {}, priors or {}, tolerance)
    begin = dict(zip(free, problem.observers[0].point(), strict=True)) | dict(guess or {})
    phi = np.clip(
        problem.inward(np.array([begin[name] for name in free])), problem.lower + 1e-10, problem.upper - 1e-10
    )
    problem.observers[0].values(problem.outward(phi))  # a guess that cannot be integrated raises here
    found = least_squares(
        problem.residuals,
        phi,
        jac=problem.jacobian,
        bounds=(problem.lower, problem.upper),
        x_scale="jac",
        loss="soft_l1" if robust else "linear",
        f_scale=2.0,
        max_nfev=max_evaluations,
    )
    return _judge(problem, np.asarray(found.x, dtype=float))


def _judge(problem: _Problem, phi: Array) -> Fit:
    """Covariance, identifiability and diagnostics at the optimum."""
    residuals, jacobian = problem.residuals(phi), problem.jacobian(phi)
    count = sum(len(rows) for picks in problem.picks for rows, _, _, _ in picks)
    freedom = max(count - len(phi) + len(problem.priors), 1)
    chi_square = float(residuals @ residuals) / freedom
    _refuse_unidentifiable(problem, jacobian)
    covariance = np.asarray(np.linalg.pinv(jacobian.T @ jacobian) * max(chi_square, 1.0), dtype=float)
    theta = problem.outward(phi)
    span = problem.upper - problem.lower
    at_bound = tuple(
        name
        for name, value, low, high, width in zip(problem.free, phi, problem.lower, problem.upper, span, strict=True)
        if value - low < 1e-6 * min(width, 1e6) or high - value < 1e-6 * min(width, 1e6)
    )
    parts = _parts(problem, residuals)
    return Fit(
        problem.model,
        problem.free,
        theta,
        tuple(bool(value) for value in problem.log),
        problem.scales,
        covariance,
        chi_square,
        _diagnostics(problem, parts),
        _identifiability(problem, jacobian, covariance, theta, at_bound),
        parts,
        problem.evaluations,
        at_bound,
    )


def _refuse_unidentifiable(problem: _Problem, jacobian: Array) -> None:
    """Raise when the data say nothing about some combination of the parameters."""
    norms = np.linalg.norm(jacobian, axis=0)
    silent = [name for name, size in zip(problem.free, norms, strict=True) if size < 1e-10 * max(norms.max(), 1e-300)]
    scaled = jacobian / np.where(norms > 0, norms, 1.0)
    _, sizes, directions = np.linalg.svd(scaled, full_matrices=False)
    if not silent and (len(sizes) < len(problem.free) or sizes[-1] < 1e-7 * sizes[0]):
        weights = np.abs(directions[-1])
        silent = [name for name, weight in zip(problem.free, weights, strict=True) if weight > 0.1 * weights.max()]
    if silent:
        raise Unidentifiable(
            "The data do not determine these parameters",
            model=problem.model.name,
            value=", ".join(silent),
            limit="every combination of free parameters must change an observation",
            remedy="Fix one of them, give a prior, or measure something that depends on them.",
        )


def _identifiability(
    problem: _Problem, jacobian: Array, covariance: Array, theta: Array, at_bound: tuple[str, ...]
) -> Identifiability:
    norms = np.linalg.norm(jacobian, axis=0)
    sizes = np.linalg.svd(jacobian / np.where(norms > 0, norms, 1.0), compute_uv=False)
    error = np.sqrt(np.diag(covariance))
    relative = np.where(problem.log, error, error * problem.scales / np.maximum(np.abs(theta), 1e-300))
    correlation = covariance / np.outer(error, error)
    names = problem.free
    pairs = tuple(
        (names[i], names[j], float(correlation[i, j]))
        for i in range(len(names))
        for j in range(i)
        if abs(correlation[i, j]) > 0.95
    )
    notes = [f"{a} and {b} are found only together (correlation {r:.3f})." for a, b, r in pairs]
    notes += [f"{n} is known to {100 * e:.0f} % only." for n, e in zip(names, relative, strict=True) if e > 0.5]
    notes += [f"{name} ended at a bound: the interval is not to be trusted." for name in at_bound]
    return Identifiability(
        singular_values=np.asarray(sizes, dtype=float),
        condition=float(sizes[0] / sizes[-1]),
        relative_error=dict(zip(names, map(float, relative), strict=True)),
        correlated=pairs,
        warnings=tuple(notes),
    )


def _parts(problem: _Problem, residuals: Array) -> dict[tuple[str, str], Array]:
    """Residuals by run and output."""
    parts, taken = {}, 0
    for run, picks in zip(problem.runs, problem.picks, strict=True):
        for observation, (rows, _, _, _) in zip(run.observations, picks, strict=True):
            parts[run.name, observation.name] = residuals[taken : taken + len(rows)]
            taken += len(rows)
    return parts


def _diagnostics(problem: _Problem, parts: Mapping[tuple[str, str], Array]) -> dict[str, ResidualDiagnostics]:
    from scipy.stats import shapiro  # here, because it costs half a second and most commands fit nothing

    found = {}
    for name in dict.fromkeys(output for _, output in parts):
        series = [part for (_, output), part in parts.items() if output == name and len(part)]
        if not series:
            continue
        noises = [
            noise
            for run, picks in zip(problem.runs, problem.picks, strict=True)
            for o, (_, _, _, noise) in zip(run.observations, picks, strict=True)
            if o.name == name and len(noise)
        ]
        weighted = np.concatenate(series)
        error = weighted * np.concatenate(noises)
        pairs = np.array([[a, b] for part in series for a, b in pairwise(part)])
        enough = len(pairs) > 2 and pairs[:, 0].std() > 0 and pairs[:, 1].std() > 0
        found[name] = ResidualDiagnostics(
            len(weighted),
            float(weighted.mean()),
            float(weighted.std()),
            float(np.corrcoef(pairs.T)[0, 1]) if enough else float("nan"),
            runs_test(weighted),
            float(shapiro(weighted).pvalue) if len(weighted) > 3 and np.ptp(weighted) > 0 else float("nan"),
            float(np.sqrt(np.mean(error**2))),
        )
    return found


def runs_test(residuals: Array) -> float:
    """p-value of the Wald-Wolfowitz test that the signs of residuals change at random.

    Args:
        residuals: Residuals in order of time.

    Returns:
        The p-value; NaN where there is nothing to test.
    """
    signs = residuals > 0
    positive, negative = int(signs.sum()), int((~signs).sum())
    total = positive + negative
    if positive == 0 or negative == 0 or total < 3:
        return float("nan")
    changes = 1 + int((signs[1:] != signs[:-1]).sum())
    mean = 2 * positive * negative / total + 1
    variance = (mean - 1) * (mean - 2) / (total - 1)
    return float(2 * ndtr(-abs(changes - mean) / np.sqrt(variance))) if variance > 0 else float("nan")
