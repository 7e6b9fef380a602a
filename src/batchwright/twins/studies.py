"""Studies: a model against real data, with errors and coverage as they are and charts for the docs.

batchwright twins study compression --data ../shared/data --charts docs/explanation/twins
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from batchwright.twins import charts
from batchwright.twins.errors import TwinError
from batchwright.twins.model import Array

if TYPE_CHECKING:
    from batchwright.twins.charts import Drawing
    from batchwright.twins.cho_study import ForecastError
    from batchwright.twins.compression_study import CompressionStudy
    from batchwright.twins.forecasting import Forecast


@dataclass(frozen=True)
class Findings:
    """What a study gives.

    Args:
        summary: What came out, as sentences with numbers.
        document: All numbers as plain data.
        drawings: Charts by file name without ending.
    """

    summary: tuple[str, ...]
    document: Mapping[str, Any]
    drawings: Mapping[str, Drawing] = field(default_factory=dict)


def cho(data: Path) -> Findings:
    """Fit two of the three fed-batch runs and predict the third; then forecast it as its data come in.

    Args:
        data: Folder with ``cho/fed_batch_igg_3_runs.xlsx``.

    Returns:
        Sentences, numbers and charts.
    """
    from batchwright.twins.cho_data import read_runs
    from batchwright.twins.cho_study import forecast_as_data_come_in, predict_held_out

    *kept, held = read_runs(data / "cho" / "fed_batch_igg_3_runs.xlsx", amide_pool=True)
    study = predict_held_out(kept, held)
    errors, made = forecast_as_data_come_in(study.fit, held)
    outputs = study.report.outputs
    summary = [
        f"{o.name}: RMSE {o.rmse:.3g} {o.unit}, {100 * o.relative_rmse:.1f} % of the largest value; "
        f"{100 * o.coverage:.0f} % of {o.count} values inside the {100 * o.level:.0f} % interval"
        for o in outputs
    ]
    summary += [
        f"titre forecast at {e.made_at:.0f} h: error at the end {100 * e.final:.1f} %, "
        f"over the rest {100 * e.remaining:.1f} %"
        for e in errors
    ]
    units = {p.name: study.fit.model.quantity(p.name).unit for p in study.predictions}
    truth = next(o for o in held.observations if o.name == "titre")
    seen = np.asarray(truth.times, dtype=float), np.asarray(truth.values, dtype=float)
    return Findings(
        tuple(summary),
        {
            "report": study.report.document(),
            "forecasts": [asdict(e) for e in errors],
            "chi_square": study.fit.chi_square,
        },
        {
            "cho-prediction": charts.predictions(study.predictions, units, time_unit="h"),
            "cho-forecast": _fans(made[:: max(1, len(made) // 4)], seen),
            "cho-forecast-error": _errors_over_time(errors),
        },
    )


def _fans(made: list[Forecast], seen: tuple[Array, Array]) -> Drawing:
    """Forecasts made at several times, with all that was measured."""

    def panel(one: Forecast) -> Drawing:
        heading, band = f"made at {one.made_at:.0f} h", [one.interval("titre", 0.9)]
        middle = one.median("titre")
        return charts.layered(
            one.times, middle, band, time="time in h", title="titre in mg/L", heading=heading, points=[seen], height=110
        )

    return charts.panels(panel(one) for one in made)


def _errors_over_time(errors: list[ForecastError]) -> Drawing:
    at = np.array([e.made_at for e in errors])
    final, rest = (np.array([100 * getattr(e, name) for e in errors]) for name in ("final", "remaining"))
    titles = {"error of the last titre in %": final, "RMSE over the rest in %": rest}
    return charts.panels(
        charts.layered(at, v, [], time="forecast made at, h", title=title, points=[(at, v)], height=110)
        for title, v in titles.items()
    )


def compression(data: Path) -> Findings:
    """Fit the first four batches of product 3 and predict the twelve later ones.

    Args:
        data: Folder with ``tablets/process/3.csv``.

    Returns:
        Sentences, numbers and charts.
    """
    from batchwright.twins.compression_study import predict_later
    from batchwright.twins.press_data import read_press

    batches = read_press(data / "tablets" / "process" / "3.csv")
    study = predict_later(batches)
    overall = study.overall()
    intervals = study.fit.intervals(0.9)
    summary = [
        f"{n} = {v:.4g} ({intervals[n][0]:.4g} to {intervals[n][1]:.4g})" for n, v in study.fit.parameters.items()
    ]
    summary += [
        f"left out: {sum(b.standing for b in batches)} rows standing or starting, {sum(b.hung for b in batches)} with "
        f"a hung counter, of {sum(b.rows for b in batches)}",
        f"blind: RMSE {overall['blind']:.3f} kN, {100 * overall['blind_inside']:.0f} % inside the 90 % interval",
        f"told half an hour: RMSE {overall['told']:.3f} kN, {100 * overall['told_inside']:.0f} % inside",
        f"mean of the fitted batches: RMSE {overall['constant']:.3f} kN",
        f"mean of the first half-hour: RMSE {overall['persistent']:.3f} kN",
    ]
    summary += [
        f"batch {r.number}: blind {r.blind:.3f}, told {r.told:.3f} ({100 * r.told_inside:.0f} % inside), "
        f"first half-hour {r.persistent:.3f} kN; force {r.mean:.2f} kN, moved by {r.moved:.3f}"
        for r in study.results
    ]
    document = {
        "fitted_on": study.fitted_on, "parameters": study.fit.parameters, "intervals": intervals, "drift": study.drift,
        "overall": overall, "batches": [asdict(r) for r in study.results],
    }  # fmt: skip
    return Findings(tuple(summary), document, {"compression-prediction": _batches(study)})


def _batches(study: CompressionStudy) -> Drawing:
    """The batch that moved most, the one predicted worst, and one that was simply held."""
    worst = max(study.results, key=lambda r: r.told).number
    moved = max(study.results, key=lambda r: r.moved).number
    chosen = dict.fromkeys((study.results[0].number, moved, worst))
    curves = [curve for curve in study.curves if curve.number in chosen]
    return charts.panels(
        charts.layered(
            c.hours, c.told, [(c.lower, c.upper)], time="time in h", title="force in kN", heading=f"batch {c.number}",
            points=[(c.hours, c.measured)], height=130,
        )
        for c in curves
    )  # fmt: skip


def t_cells(data: Path) -> Findings:  # noqa: ARG001 - every study takes the folder
    """Forecast the counts of simulated patients 2.5 days ahead.

    Args:
        data: Not needed: the patients are simulated.

    Returns:
        Sentences, numbers and charts.
    """
    from batchwright.twins.t_cell_study import AHEAD, forecast_patients

    study = forecast_patients()
    per_day = 100 * study.error.mean(axis=0)
    days = np.array(study.days)
    summary = (
        f"{study.error.shape[0]} simulated patients, {AHEAD:g} days ahead: mean relative error "
        f"{100 * study.error.mean():.1f} %; going on at the last growth rate"
        f" would give {100 * study.persistent.mean():.0f} %",
        f"{100 * study.inside.mean():.0f} % of the true counts inside the 90 % interval",
        *(f"made on day {day:g}: {error:.1f} %" for day, error in zip(days, per_day, strict=True)),
    )
    document = {"days": study.days, "error": per_day.tolist(), "inside": float(study.inside.mean())}
    drawing = charts.layered(
        days, per_day, [], time="forecast made on day", title="mean relative error in %", points=[(days, per_day)]
    )
    return Findings(summary, document, {"t-cells-error": charts.panels([drawing])})


def freeze_drying(data: Path) -> Findings:
    """Find K_v and R_p of a real drying run and predict its end from its first third.

    Args:
        data: Folder with ``lyophilisation/2024-06-04-10_MFD_AH.csv``.

    Returns:
        Sentences, numbers and charts.
    """
    from batchwright.twins.drying_study import predict_end

    return predict_end(data)


def mrna(data: Path) -> Findings:
    """Fit transcription on the data of Akama and predict the NMR set.

    Args:
        data: Folder with ``ivt``.

    Returns:
        Sentences, numbers and charts.
    """
    from batchwright.twins.mrna_study import predict_nmr

    return predict_nmr(data)


def chromatography(data: Path) -> Findings:
    """Refine the grid of the general-rate model.

    Args:
        data: Not needed: a fine grid is the reference.

    Returns:
        Sentences, numbers and charts.
    """
    from batchwright.twins.chromatography_study import refine

    return refine(data)


STUDIES: Final[Mapping[str, Callable[[Path], Findings]]] = {
    "cho": cho,
    "compression": compression,
    "t-cells": t_cells,
    "freeze-drying": freeze_drying,
    "mrna": mrna,
    "chromatography": chromatography,
}


def study(name: str, data: Path) -> Findings:
    """Run one study.

    Args:
        name: Its name.
        data: Folder of the data.

    Returns:
        Sentences, numbers and charts.

    Raises:
        TwinError: There is none of that name.
    """
    if name not in STUDIES:
        raise TwinError("There is no such study", value=name, limit=", ".join(STUDIES))
    return STUDIES[name](data)
