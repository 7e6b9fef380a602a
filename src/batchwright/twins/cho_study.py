"""The fed-batch culture on real runs: fit some, predict another, and forecast it while it runs.

What to fit and what was known before is stated here once, so that the command line, the tests and the docs show the
same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from batchwright.twins.beliefs import Uncertainty
from batchwright.twins.cho import fed_batch_culture
from batchwright.twins.distributions import Distribution, LogNormal, Normal
from batchwright.twins.estimation import Method, estimator, measurements_of
from batchwright.twins.fitting import Fit, Run, identify
from batchwright.twins.forecasting import Forecast, forecast
from batchwright.twins.model import Array
from batchwright.twins.validation import Prediction, ValidationReport, predictions, summarise

PRIORS: Final[Mapping[str, Distribution]] = {
    "mu_max": LogNormal(0.039, 0.3),
    "kd_max": Normal(0.004, 0.02),
    "Kglc": LogNormal(1.0, 0.7),
    "Kgln": LogNormal(0.047, 1.0),
    "KIlac": LogNormal(43.0, 0.7),
    "KIamm": LogNormal(6.51, 0.7),
    "KDlac": LogNormal(45.8, 0.7),
    "KDamm": LogNormal(6.51, 0.7),
    "Yxglc": LogNormal(0.357e9, 0.7),
    "Yxgln": LogNormal(0.974e9, 0.7),
    "Ylacglc": Normal(0.7, 0.4),
    "Yammgln": Normal(0.67, 0.3),
    "mglc": Normal(69.2e-12, 5e-11),
    "ramm": Normal(6.3e-12, 1e-11),
    "a1": Normal(3.2e-12, 2e-11),
    "a2": LogNormal(2.1, 0.7),
    "QmAb": LogNormal(1.51e-12, 1.5),
    "tau_lag": LogNormal(24.0, 0.7),
    "kd_glc": Normal(0.01, 0.02),
    "KDglc": LogNormal(1.0, 0.7),
    "q_over": Normal(5e-11, 2e-10),
    "K_over": LogNormal(8.0, 0.7),
    "q_lac": Normal(3e-11, 5e-11),
    "K_lac": LogNormal(2.0, 0.7),
}
"""Before the runs: the published values, as far as another cell line and medium can be expected to agree with them."""

GUESS: Final[Mapping[str, float]] = {
    "mu_max": 0.06,
    "Yxgln": 2e9,
    "Yxglc": 2.5e9,
    "mglc": 3.4e-11,
    "Ylacglc": 1.5,
    "Kgln": 0.5,
    "q_lac": 5e-11,
    "K_lac": 10.0,
    "KIamm": 50.0,
    "KIlac": 200.0,
    "kd_max": 0.02,
    "QmAb": 1.2e-13,
    "Yammgln": 0.8,
    "q_over": 1.5e-10,
    "tau_lag": 30.0,
}

_FOLLOWED: Final = ("mu_max", "QmAb", "q_over", "Ylacglc", "Yammgln", "kd_glc")
"""Parameters that the estimator lets differ from run to run."""


def fit_runs(runs: Sequence[Run]) -> Fit:
    """Fit the extended culture to runs read with ``amide_pool=True``."""
    return identify(fed_batch_culture(extended=True), runs, free=list(PRIORS), priors=PRIORS, guess=GUESS)


@dataclass(frozen=True)
class Study:
    """Fit on some runs, judged on another.

    Args:
        fit: The fit.
        predictions: Predicted and measured values of the held-out run.
        report: Errors and coverage.
    """

    fit: Fit
    predictions: tuple[Prediction, ...]
    report: ValidationReport


def predict_held_out(runs: Sequence[Run], held_out: Run, *, level: float = 0.9) -> Study:
    """Fit on runs and predict another from its start and schedule alone.

    Args:
        runs: Runs to fit on.
        held_out: Run to predict.
        level: Share that the intervals claim.

    Returns:
        The fit, the predictions and the report.
    """
    fit = fit_runs(runs)
    found = predictions(fit, [held_out], level=level)
    report = ValidationReport(
        tuple(run.name for run in runs),
        (held_out.name,),
        summarise(fit, found, level),
        False,
        (
            "Three runs of one laboratory, run at the same time: held out by run, not in time.",
            "Gln is glutamine plus asparagine.",
        ),
    )
    return Study(fit, tuple(found), report)


@dataclass(frozen=True)
class ForecastError:
    """How far a forecast made at one time was from what was then measured.

    Args:
        made_at: When it was made.
        final: Error of the last measured value, relative to it.
        remaining: Root mean square error over all later values, relative to the largest.
        coverage: Share of the later values inside the interval.
    """

    made_at: float
    final: float
    remaining: float
    coverage: float


def uncertainty_from(fit: Fit) -> Uncertainty:
    """What the estimator does not know of a new run of the same process."""
    known = dict(zip(fit.names, np.sqrt(np.diag(fit.covariance)), strict=True))
    followed: dict[str, Distribution] = {}
    for name in _FOLLOWED:
        value = fit.parameters[name]
        scale = fit.model.quantity(name).nominal
        relative = known[name] if fit.model.quantity(name).lower > 0 else known[name] * scale / max(value, 1e-300)
        width = float(np.clip(relative, 0.05, 0.3))
        followed[name] = LogNormal(value, width) if fit.model.quantity(name).lower > 0 else Normal(value, width * value)
    return Uncertainty(
        start={"Xv": 2e7, "Glc": 1.0, "Gln": 0.2, "Lac": 0.4, "Amm": 0.25, "A": 0.05},
        process={"Gln": 0.01, "Amm": 0.03, "Lac": 0.05, "Glc": 0.05},
        relative={"Xv": 0.01, "Xd": 0.03, "mAb": 0.01},
        parameters=followed,
        step=8.0,
    )


def forecast_as_data_come_in(
    fit: Fit, run: Run, *, output: str = "titre", method: Method = "extended", members: int = 100, level: float = 0.9
) -> tuple[list[ForecastError], list[Forecast]]:
    """Forecast the rest of a run after each of its samples, and compare with what was then measured.

    Args:
        fit: Fit on other runs.
        run: The run, with its observations.
        output: What to forecast.
        method: Estimator.
        members: Samples per forecast.
        level: Share that the intervals claim.

    Returns:
        The error of every forecast, and the forecasts.
    """
    tool = estimator(method, fit.model, run.schedule, uncertainty_from(fit), parameters=fit.parameters, start=run.start)
    told = sorted(measurements_of(run), key=lambda m: m.time)
    truth = next(o for o in run.observations if o.name == output)
    times, values = np.asarray(truth.times, dtype=float), np.asarray(truth.values, dtype=float)
    errors, made = [], []
    for now in (run.schedule.begin, *times[:-1]):
        tool.tell(*(m for m in told if m.time == now))
        belief = tool.at(now)
        ahead = forecast(belief, run.schedule, outputs=(output,), members=members)
        later = times > now + 1e-9
        errors.append(_compare(ahead, output, times[later], values[later], truth.sd, truth.relative, level))
        made.append(ahead)
    return errors, made


def _compare(
    ahead: Forecast, output: str, times: Array, values: Array, sd: float, relative: float, level: float
) -> ForecastError:
    middle = np.interp(times, ahead.times, ahead.median(output))
    low, high = (np.interp(times, ahead.times, end) for end in ahead.interval(output, level))
    noise = 1.645 * np.hypot(sd, relative * np.abs(middle))
    inside = (values >= middle - np.hypot(middle - low, noise)) & (values <= middle + np.hypot(high - middle, noise))
    error = middle - values
    return ForecastError(
        ahead.made_at,
        float(abs(error[-1]) / abs(values[-1])),
        float(np.sqrt(np.mean(error**2)) / np.abs(values).max()),
        float(inside.mean()),
    )
