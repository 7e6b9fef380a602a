"""Judge a fitted model on runs that it has not seen, later in time than those it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from batchwright.twins.fitting import Fit, Run
from batchwright.twins.integration import Tolerance
from batchwright.twins.model import Array
from batchwright.twins.sensitivity import Observer


@dataclass(frozen=True, slots=True)
class OutputReport:
    """How well one output was predicted.

    Args:
        name: Output.
        unit: UCUM code.
        count: Number of values.
        rmse: Root mean square error, in the unit of the output.
        relative_rmse: RMSE over the largest measured magnitude.
        bias: Mean of predicted minus measured.
        coverage: Share of the values inside the interval.
        level: Share that the interval claims.
    """

    name: str
    unit: str
    count: int
    rmse: float
    relative_rmse: float
    bias: float
    coverage: float
    level: float


@dataclass(frozen=True)
class ValidationReport:
    """What a model was judged on, and how it did. Travels with the frozen model.

    Args:
        fitted_on: Names of the runs it was fitted on.
        held_out: Names of the runs it was judged on.
        outputs: One report per output.
        held_out_in_time: Whether the held-out runs are later than those fitted on.
        remarks: What the reader must know.
    """

    fitted_on: tuple[str, ...]
    held_out: tuple[str, ...]
    outputs: tuple[OutputReport, ...]
    held_out_in_time: bool
    remarks: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> ValidationReport:
        """The report that `document` wrote."""
        return cls(
            tuple(document["fitted_on"]),
            tuple(document["held_out"]),
            tuple(OutputReport(**entry) for entry in document["outputs"]),
            bool(document["held_out_in_time"]),
            tuple(document["remarks"]),
        )


@dataclass(frozen=True)
class Prediction:
    """Predicted and measured values of one output of one run.

    Args:
        run: Name of the run.
        name: Output.
        times: Sample times.
        measured: Measured values.
        expected: Predicted values.
        lower: Lower ends.
        upper: Upper ends.
    """

    run: str
    name: str
    times: Array
    measured: Array
    expected: Array
    lower: Array
    upper: Array


def predictions(
    fit: Fit, runs: Sequence[Run], *, level: float = 0.9, misfit: bool = True, tolerance: Tolerance | None = None
) -> list[Prediction]:
    """Predict every observation of some runs, with intervals over parameters, noise and misfit.

    The interval is that of the linearised model around the fit: samples of badly known parameters leave the region
    where the covariance means anything, and would shift the prediction.

    Args:
        fit: The fitted model.
        runs: Runs with observations; those are compared with, and not looked at for the prediction.
        level: Share that the intervals claim.
        misfit: Whether the noise is widened, output by output, to the size of the residuals of the fit where those
            are larger than the stated noise: what the model could not follow there it will not follow here.
        tolerance: How exactly to integrate.

    Returns:
        One prediction per run and output.
    """
    reach = float(ndtri(0.5 + level / 2))
    chain = np.where(fit.logarithmic, fit.values, fit.scales)
    found = []
    for run in runs:
        names = list(dict.fromkeys(o.name for o in run.observations))
        observer = Observer(
            fit.model,
            run.looked_at(),
            names,
            fit.names,
            parameters=run.parameters,
            start=run.start,
            tolerance=tolerance,
        )
        expected, slopes = observer.jacobian(fit.values)
        for o in run.observations:
            rows = [_row(observer.layout.times, t, o.side) for t in o.times]
            middle, slope = expected[rows, names.index(o.name)], slopes[rows, names.index(o.name)] * chain
            wide = max(1.0, fit.diagnostics[o.name].sd) if misfit and o.name in fit.diagnostics else 1.0
            noise = np.hypot(o.sd, o.relative * np.abs(middle)) * wide
            half = reach * np.sqrt(np.einsum("ij,jk,ik->i", slope, fit.covariance, slope) + noise**2)
            times, measured = np.asarray(o.times, dtype=float), np.asarray(o.values, dtype=float)
            found.append(Prediction(run.name, o.name, times, measured, middle, middle - half, middle + half))
    return found


def _row(times: Array, time: float, side: str) -> int:
    here = np.flatnonzero(np.abs(times - time) <= 1e-6 * max(1.0, abs(float(times[-1]))))
    return int(here[-1] if side == "after" else here[0])


def validate(
    fit: Fit,
    fitted_on: Sequence[Run],
    held_out: Sequence[Run],
    *,
    held_out_in_time: bool,
    level: float = 0.9,
    remarks: Sequence[str] = (),
    tolerance: Tolerance | None = None,
) -> ValidationReport:
    """Report errors and interval coverage on held-out runs, as they are.

    Args:
        fit: The fitted model.
        fitted_on: Runs it was fitted on (named in the report).
        held_out: Runs it has not seen.
        held_out_in_time: Whether those are later.
        level: Share that the intervals claim.
        remarks: What the reader must know.
        tolerance: How exactly to integrate.

    Returns:
        The report.
    """
    all_predictions = predictions(fit, held_out, level=level, tolerance=tolerance)
    return ValidationReport(
        tuple(run.name for run in fitted_on),
        tuple(run.name for run in held_out),
        summarise(fit, all_predictions, level),
        held_out_in_time,
        tuple(remarks),
    )


def summarise(fit: Fit, found: Sequence[Prediction], level: float) -> tuple[OutputReport, ...]:
    """Errors and coverage by output."""
    reports = []
    for name in dict.fromkeys(p.name for p in found):
        mine = [p for p in found if p.name == name]
        measured, expected, lower, upper = (
            np.concatenate([getattr(p, part) for p in mine]) for part in ("measured", "expected", "lower", "upper")
        )
        keep = np.isfinite(measured)
        error = (expected - measured)[keep]
        inside = ((measured >= lower) & (measured <= upper))[keep]
        rmse = float(np.sqrt(np.mean(error**2)))
        reports.append(
            OutputReport(
                name,
                fit.model.quantity(name).unit,
                int(keep.sum()),
                rmse,
                rmse / max(float(np.abs(measured[keep]).max()), 1e-300),
                float(error.mean()),
                float(inside.mean()),
                level,
            )
        )
    return tuple(reports)
