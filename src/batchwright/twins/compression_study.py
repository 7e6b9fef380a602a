"""The press on a real product: fit the first batches, predict the later ones.

Predictions of the main compression force of every later batch, from the settings as they were made: *blind*, from the
settings alone; *told*, after the estimator has seen the first half-hour of the batch and found the mass; and two that
use no model, to be beaten: the mean force of the fitted batches, and the mean of the first half-hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from batchwright.twins.beliefs import Measurement, Uncertainty
from batchwright.twins.compression import tablet_press
from batchwright.twins.errors import TwinError
from batchwright.twins.estimation import estimator
from batchwright.twins.fitting import Fit, Observation, Run, identify
from batchwright.twins.forecasting import forecast
from batchwright.twins.model import Array
from batchwright.twins.press_data import Batch
from batchwright.twins.schedule import Ramp, Schedule
from batchwright.twins.validation import predictions

NOISE: Final = 0.05
"""Standard deviation of a five-minute median of the force, kN: what is left in a batch in which nothing was changed."""
FREE: Final = ("b", "S", "rho")
_FIRST_HOURS: Final = 0.5
_DRIFTS: Final = (0.2, 0.4, 0.8, 1.6, 3.2)  # mg in the root of an hour


@dataclass(frozen=True)
class BatchResult:
    """Errors of one later batch over what follows its first half-hour, in kN.

    Args:
        number: Number of the batch.
        count: Values compared.
        mean: Mean force.
        moved: Standard deviation of the force in the batch.
        blind: Root mean square error of the prediction from the settings.
        blind_inside: Share of values inside its interval.
        told: Root mean square error after the first half-hour.
        told_inside: Share of values inside its interval.
        constant: Root mean square error of the mean of the fitted batches.
        persistent: Root mean square error of the mean of the first half-hour.
    """

    number: int
    count: int
    mean: float
    moved: float
    blind: float
    blind_inside: float
    told: float
    told_inside: float
    constant: float
    persistent: float


@dataclass(frozen=True)
class Curve:
    """Predicted and measured force of one batch after its first half-hour.

    Args:
        number: Number of the batch.
        hours: Times.
        measured: Measured force.
        blind: Prediction from the settings alone.
        told: Prediction after the first half-hour.
        lower: Lower end of its interval.
        upper: Upper end.
    """

    number: int
    hours: Array
    measured: Array
    blind: Array
    told: Array
    lower: Array
    upper: Array


@dataclass(frozen=True)
class CompressionStudy:
    """What came out.

    Args:
        fit: The fit on the first batches.
        fitted_on: Their numbers.
        drift: Drift of the mass that describes those batches best, mg in the root of an hour.
        level: Share that the intervals claim.
        results: One per later batch.
        curves: One per later batch.
    """

    fit: Fit
    fitted_on: tuple[int, ...]
    drift: float
    level: float
    results: tuple[BatchResult, ...]
    curves: tuple[Curve, ...]

    def overall(self) -> dict[str, float]:
        """Errors and coverage over all later batches, each value counting once."""
        weights = np.array([r.count for r in self.results], dtype=float)

        def mean(name: str, *, square: bool) -> float:
            values = np.array([getattr(r, name) for r in self.results])
            found = np.average(values**2 if square else values, weights=weights)
            return float(np.sqrt(found) if square else found)

        errors = {name: mean(name, square=True) for name in ("blind", "told", "constant", "persistent")}
        return errors | {name: mean(name, square=False) for name in ("blind_inside", "told_inside")}


def run_of(batch: Batch, *, from_hour: float = 0.0) -> Run:
    """A batch as a run: settings as inputs, force as what was observed.

    Args:
        batch: The batch.
        from_hour: Hours after the first median from which observations are kept.

    Returns:
        The run.
    """
    keep = batch.hours >= batch.hours[0] + from_hour
    inputs = {
        "fill": Ramp(batch.hours.tolist(), batch.fill.tolist()),
        "edge": Ramp(batch.hours.tolist(), batch.edge.tolist()),
    }
    schedule = Schedule(float(batch.hours[-1]), float(batch.hours[0]), inputs=inputs)
    seen = Observation("force", batch.hours[keep].tolist(), batch.force[keep].tolist(), sd=NOISE)
    return Run(str(batch.number), schedule, (seen,))


def fit_batches(batches: Sequence[Batch]) -> Fit:
    """Fit the press and the product to batches.

    Args:
        batches: The batches.

    Returns:
        The fit of b, S and rho.
    """
    return identify(tablet_press(), [run_of(batch) for batch in batches], free=FREE)


def predict_later(batches: Sequence[Batch], *, first: int = 4, level: float = 0.9) -> CompressionStudy:
    """Fit on the first batches and predict the others.

    Args:
        batches: Batches in the order in which they were made.
        first: How many to fit on.
        level: Share that the intervals claim.

    Returns:
        Errors, coverage and curves of every later batch.

    Raises:
        TwinError: There are too few batches.
    """
    if len(batches) <= first:
        raise TwinError("There is no later batch to predict", value=len(batches), limit=f"> {first}")
    fit = fit_batches(batches[:first])
    drift = _drift(fit, batches[:first])
    constant = float(np.mean(np.concatenate([batch.force for batch in batches[:first]])))
    results, curves = [], []
    for batch in batches[first:]:
        blind = predictions(fit, [run_of(batch, from_hour=_FIRST_HOURS)], level=level)[0]
        told, lower, upper = told_forecast(fit, batch, drift=drift, level=level)
        measured, known = blind.measured, batch.force[batch.hours < batch.hours[0] + _FIRST_HOURS]
        results.append(
            BatchResult(
                batch.number,
                len(measured),
                float(measured.mean()),
                float(measured.std()),
                _rmse(blind.expected, measured),
                _inside(measured, blind.lower, blind.upper),
                _rmse(told, measured),
                _inside(measured, lower, upper),
                _rmse(np.full_like(measured, constant), measured),
                _rmse(np.full_like(measured, known.mean()), measured),
            )
        )
        curves.append(Curve(batch.number, blind.times, measured, blind.expected, told, lower, upper))
    return CompressionStudy(fit, tuple(b.number for b in batches[:first]), drift, level, tuple(results), tuple(curves))


def told_forecast(
    fit: Fit, batch: Batch, *, drift: float, level: float, members: int = 100
) -> tuple[Array, Array, Array]:
    """Force after the first half-hour, from what that half-hour said about the mass: median, lower and upper end.

    Args:
        fit: Fit on other batches.
        batch: The batch.
        drift: Drift of the mass, mg in the root of an hour.
        level: Share that the interval claims.
        members: Samples.

    Returns:
        Three arrays, one value per median after the first half-hour, kN.
    """
    run = run_of(batch)
    uncertainty = Uncertainty(start={"m": 10.0}, process={"m": drift}, step=0.25)
    tool = estimator("extended", fit.model, run.schedule, uncertainty, parameters=fit.parameters)
    early = batch.hours < batch.hours[0] + _FIRST_HOURS
    for hour, force in zip(batch.hours[early], batch.force[early], strict=True):
        tool.tell(Measurement(float(hour), "force", float(force), sd=NOISE))
    belief = tool.at(float(batch.hours[early][-1]))
    late = batch.hours[~early]
    asked = Schedule(run.schedule.end, run.schedule.begin, at=tuple(late), inputs=run.schedule.inputs)
    ahead = forecast(belief, asked, outputs=("force",), members=members)
    middle = np.interp(late, ahead.times, ahead.median("force"))
    noise = float(ndtri(0.5 + level / 2)) * NOISE
    low, high = (np.interp(late, ahead.times, end) for end in ahead.interval("force", level))
    return middle, middle - np.hypot(middle - low, noise), middle + np.hypot(high - middle, noise)


def _drift(fit: Fit, batches: Sequence[Batch]) -> float:
    """The drift under which the forecasts of the fitted batches hold nine tenths of what was measured."""
    shares = []
    for drift in _DRIFTS:
        inside = []
        for batch in batches:
            _, lower, upper = told_forecast(fit, batch, drift=drift, level=0.9, members=60)
            inside.append(_inside(batch.force[batch.hours >= batch.hours[0] + _FIRST_HOURS], lower, upper))
        shares.append(float(np.mean(inside)))
    return _DRIFTS[int(np.argmin(np.abs(np.array(shares) - 0.9)))]


def _rmse(predicted: Array, measured: Array) -> float:
    return float(np.sqrt(np.mean((predicted - measured) ** 2)))


def _inside(measured: Array, lower: Array, upper: Array) -> float:
    return float(np.mean((measured >= lower) & (measured <= upper)))
