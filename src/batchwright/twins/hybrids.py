"""Hybrid models: a mechanistic model with a learnt correction on one of its rates.

The correction multiplies a definition of the model by (1 + r(features)). It is linear, or a Gaussian process on
inducing points whose whitened weights are ordinary parameters with standard normal priors, so that the correction is
fitted together with the mechanistic parameters by the same `identify`, with the same intervals (Rasmussen & Williams
2006, chapter 8). Off by default, and to be judged on held-out runs: `judge` says whether it helped there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from batchwright.twins._casadi import Node, casadi
from batchwright.twins.distributions import Distribution, Normal
from batchwright.twins.errors import DeclarationError
from batchwright.twins.fitting import Fit, Run, identify
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array, Model, Quantity
from batchwright.twins.validation import OutputReport, predictions, summarise


@dataclass(frozen=True)
class Correction:
    """A learnt factor (1 + r) on a definition.

    Args:
        rate: Name of the definition that is corrected.
        features: Range by name of state, input or earlier definition; features are scaled to -1 .. 1 by it.
        kind: ``linear`` or ``gaussian-process``.
        size: Standard deviation of r before data: 0.3 means about 30 %.
        points: Inducing points per feature (Gaussian process).
        length: Length scale in scaled features (Gaussian process).
    """

    rate: str
    features: Mapping[str, tuple[float, float]]
    kind: Literal["linear", "gaussian-process"] = "linear"
    size: float = 0.3
    points: int = 3
    length: float = 0.7


@dataclass(frozen=True)
class Hybrid:
    """A model with a correction, and what must be fitted of it.

    Args:
        model: The model; its weights are parameters, 0 by default, so that it begins as the mechanistic one.
        weights: Names of the weights.
        priors: Priors of the weights, for `identify`.
    """

    model: Model
    weights: tuple[str, ...]
    priors: Mapping[str, Distribution]


def with_residual(model: Model, correction: Correction) -> Hybrid:
    """Add a correction to a model.

    Args:
        model: The mechanistic model.
        correction: What to correct, and on what it may depend.

    Returns:
        The hybrid model, with the weights that are to be fitted.

    Raises:
        DeclarationError: There is no such scalar definition or feature.
    """
    names = [q.name for q in model.definitions]
    if correction.rate not in names or model.quantity(correction.rate).size != 1:
        raise model.unknown(correction.rate, names)
    count = len(correction.features) if correction.kind == "linear" else correction.points ** len(correction.features)
    count += correction.kind == "linear"
    weights = tuple(f"w_{correction.rate}_{index}" for index in range(count))
    quantities = tuple(
        Quantity(w, "parameter", "1", 1, (0.0,), -6.0, 6.0, 1.0, "learnt; standard normal before data") for w in weights
    )
    t, x, z, u, p, d = model.core.sx_in()
    w = casadi.SX.sym("w", count)
    dx, residual, definitions, outputs = model.core(t, x, z, u, p, d)
    features = _features(model, correction, x, u, d)
    factor = 1 + correction.size * casadi.dot(_basis(correction, features), w)
    row = sum(q.size for q in model.definitions[: names.index(correction.rate)])
    corrected = casadi.SX(definitions)
    corrected[row] = corrected[row] * factor
    core = casadi.Function(
        "core",
        [t, x, z, u, casadi.vertcat(p, w), d],
        [dx, residual, corrected, outputs],
        ["t", "x", "z", "u", "p", "d"],
        ["dx", "alg", "def", "y"],
    )
    hybrid = replace(
        model,
        name=f"{model.name}-hybrid",
        title=f"{model.title}, {correction.rate} corrected",
        parameters=(*model.parameters, *quantities),
        core=core,
        start=_widen(model.start, 0, count),
        events=tuple(replace(e, function=_widen(e.function, 3, count)) for e in model.events),
        # Balances in which the corrected rate is a supply are stated for the model as declared, not for this one.
        invariants=(),
        _cache={},
    )
    return Hybrid(hybrid, weights, {name: Normal(0.0, 1.0) for name in weights})


def _features(model: Model, correction: Correction, x: Node, u: Node, d: Node) -> Node:
    place = dict(zip(model.labels("state"), casadi.vertsplit(x), strict=True))
    place |= dict(zip(model.labels("input"), casadi.vertsplit(u), strict=True)) if model.inputs else {}
    before = [q.name for q in model.definitions]
    cut = before.index(correction.rate)
    row = 0
    for q in model.definitions[:cut]:
        if q.size == 1:
            place[q.name] = d[row]
        row += q.size
    scaled = []
    for name, (low, high) in correction.features.items():
        if name not in place:
            raise model.unknown(name, place)
        if not high > low:
            raise DeclarationError("A feature needs a range", model=model.name, value=f"{name}: {low:g} to {high:g}")
        scaled.append(2 * (place[name] - low) / (high - low) - 1)
    return casadi.vertcat(*scaled)


def _basis(correction: Correction, features: Node) -> Node:
    """Functions whose weights are standard normal before data."""
    if correction.kind == "linear":
        bounded = casadi.tanh(features)  # outside its range a linear correction must not run away
        return casadi.vertcat(1, bounded) / np.sqrt(1 + features.shape[0])
    grid = np.linspace(-1, 1, correction.points)
    points = np.array(np.meshgrid(*[grid] * len(correction.features))).reshape(len(correction.features), -1).T
    kernel = _kernel(points[:, None, :] - points[None, :, :], correction.length) + 1e-6 * np.eye(len(points))
    whitening = np.linalg.inv(np.linalg.cholesky(kernel))
    near = [casadi.exp(-casadi.sumsqr(features - casadi.DM(point)) / (2 * correction.length**2)) for point in points]
    return casadi.mtimes(casadi.DM(whitening), casadi.vertcat(*near))


def _kernel(difference: Array, length: float) -> Array:
    return np.asarray(np.exp(-np.sum(difference**2, axis=-1) / (2 * length**2)), dtype=float)


def _widen(function: Node, position: int, count: int) -> Node:
    """The function with further parameters that it does not use."""
    inputs = function.sx_in()
    outputs = function.call(inputs)
    wide = list(inputs)
    wide[position] = casadi.vertcat(inputs[position], casadi.SX.sym("w", count))
    names = [function.name_in(i) for i in range(function.n_in())]
    return casadi.Function(function.name(), wide, outputs, names, [function.name_out(0)])


@dataclass(frozen=True)
class Judgement:
    """Whether a correction helped on held-out runs.

    Args:
        plain: Fit of the mechanistic model.
        hybrid: Fit of the hybrid model.
        plain_outputs: Errors of the mechanistic model on held-out runs.
        hybrid_outputs: Errors of the hybrid model there.
        helped: Whether the mean relative error fell.
    """

    plain: Fit
    hybrid: Fit
    plain_outputs: tuple[OutputReport, ...]
    hybrid_outputs: tuple[OutputReport, ...]
    helped: bool


def judge(
    model: Model,
    correction: Correction,
    runs: Sequence[Run],
    held_out: Sequence[Run],
    *,
    free: Sequence[str],
    guess: Mapping[str, float] | None = None,
    priors: Mapping[str, Distribution] | None = None,
    level: float = 0.9,
    tolerance: Tolerance | None = None,
) -> Judgement:
    """Fit a model with and without a correction, and compare them on runs that neither has seen.

    Args:
        model: The mechanistic model.
        correction: The correction.
        runs: Runs to fit on.
        held_out: Runs to judge on.
        free: Mechanistic parameters to fit in both.
        guess: Where to begin.
        priors: Priors of mechanistic parameters.
        level: Share that the intervals claim.
        tolerance: How exactly to integrate.

    Returns:
        Both fits, and their errors on the held-out runs.
    """
    plain = identify(model, runs, free=free, guess=guess, priors=priors, tolerance=tolerance)
    hybrid = with_residual(model, correction)
    fitted = identify(
        hybrid.model,
        runs,
        free=(*free, *hybrid.weights),
        guess=plain.parameters,
        priors={**(priors or {}), **hybrid.priors},
        tolerance=tolerance,
    )
    reports = [
        summarise(fit, predictions(fit, held_out, level=level, tolerance=tolerance), level) for fit in (plain, fitted)
    ]
    errors = [float(np.mean([r.relative_rmse for r in report])) for report in reports]
    return Judgement(plain, fitted, reports[0], reports[1], errors[1] < errors[0])


__all__ = ["Correction", "Hybrid", "Judgement", "judge", "with_residual"]
