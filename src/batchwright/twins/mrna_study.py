"""Transcription on published data: fit on those of Akama, then predict a run followed by NMR in another laboratory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from batchwright.twins import Run, charts, identify, simulate
from batchwright.twins.mrna import TOLERANCE, in_vitro_transcription
from batchwright.twins.mrna_runs import fit, read_initial_rates, read_nmr, read_solubility, read_trajectories
from batchwright.twins.schedule import Schedule
from batchwright.twins.studies import Findings

if TYPE_CHECKING:
    from batchwright.twins.charts import Drawing
    from batchwright.twins.ensembles import Ensemble

_MEMBERS: Final = 200
_TOLD: Final = 0.35  # h


def predict_nmr(data: Path) -> Findings:
    """Fit on the data of Akama and predict the NMR set.

    Args:
        data: Folder with ``ivt``.
    """
    folder = data / "ivt"
    sets = {
        "trajectories": read_trajectories(folder / "akama_reaction_trajectories.csv"),
        "initial rates": read_initial_rates(folder / "akama_initial_rate.csv"),
        "solubility": read_solubility(folder / "akama_mg2ppi_solubility.csv"),
    }
    found = fit([run for runs in sets.values() for run in runs])
    misfits = {name: misfit(runs, found.parameters) for name, runs in sets.items()}
    summary = [f"{name}: sum of squares {value:.1f} of {count} values" for name, (value, count) in misfits.items()]
    nmr = read_nmr(folder / "pfizerNTP.csv")
    members = found.predict(nmr_on_grid(nmr), [o.name for o in nmr.observations], members=_MEMBERS, tolerance=TOLERANCE)
    judged = {o.name: judge(members, o.name, o.times, o.values, float(np.mean(o.noise))) for o in nmr.observations}
    summary += [
        f"NMR, not fitted, {name}: RMSE {rmse:.2f} mmol/L; {100 * inside:.0f} % of {count} values inside the 90 % "
        "interval"
        for name, (rmse, inside, count) in judged.items()
    ]
    told, told_members = told_activity(nmr, found.parameters)
    summary.append(
        f"polymerase activity found from the first {_TOLD:g} h of the NMR run: {told['factor']:.2f} of the stated"
    )
    later = {name: judged_ for name, judged_ in told.items() if isinstance(judged_, tuple)}
    summary += [
        f"NMR after that, {name}: RMSE {rmse:.2f} mmol/L; {100 * inside:.0f} % of {count} values inside the 90 % "
        "interval"
        for name, (rmse, inside, count) in later.items()
    ]
    document: dict[str, Any] = {
        "parameters": found.parameters, "intervals": found.intervals(0.9), "misfits": misfits, "nmr": judged,
        "told": told, "warnings": found.identifiability.warnings,
    }  # fmt: skip
    drawings = {
        "mrna-trajectories": _fitted(sets["trajectories"], found.parameters), "mrna-nmr": _nmr(members, nmr),
        "mrna-nmr-told": _nmr(told_members, nmr),
    }  # fmt: skip
    return Findings(tuple(summary), document, drawings)


def told_activity(
    nmr: Run, parameters: Mapping[str, float]
) -> tuple[dict[str, float | tuple[float, float, int]], Ensemble]:
    """Find the activity of the polymerase from the first minutes of a run, and judge the rest of it.

    Enzyme of another source, and a template of another laboratory, need not work at the rate of those fitted.

    Args:
        nmr: The run.
        parameters: Fitted parameters, kept as they are.
    """
    stated = float(np.asarray(nmr.parameters["T7RNAP"]))
    known = {**parameters, **{name: value for name, value in nmr.parameters.items() if name != "T7RNAP"}}
    begun = Run("nmr", nmr.schedule, nmr.until(_TOLD).observations, parameters=known)
    found = identify(in_vitro_transcription(), [begun], free=["T7RNAP"], guess={"T7RNAP": stated}, tolerance=TOLERANCE)
    whole = nmr_on_grid(Run("nmr", nmr.schedule, (), parameters=known))
    members = found.predict(whole, [o.name for o in nmr.observations], members=_MEMBERS, tolerance=TOLERANCE)
    judged: dict[str, float | tuple[float, float, int]] = {"factor": found.parameters["T7RNAP"] / stated}
    for o in nmr.observations:
        rest = [(t, v) for t, v in zip(o.times, o.values, strict=True) if t > _TOLD]
        times, values = zip(*rest, strict=True)
        judged[o.name] = judge(members, o.name, times, values, float(np.mean(o.noise)))
    return judged, members


def misfit(runs: Sequence[Run], parameters: Mapping[str, float]) -> tuple[float, int]:
    """Sum of squared weighted residuals and their number.

    Args:
        runs: Runs with observations.
        parameters: Parameters of the model.
    """
    model, whole, count = in_vitro_transcription(), 0.0, 0
    for run in runs:
        table = simulate(model, run.looked_at(), parameters={**parameters, **run.parameters}, tolerance=TOLERANCE)
        for seen in run.observations:
            residuals = (table.at(seen.times, seen.name) - np.asarray(seen.values)) / seen.noise
            whole, count = whole + float(residuals @ residuals), count + len(residuals)
    return whole, count


def nmr_on_grid(run: Run) -> Run:
    """The same run with rows every two minutes, between which samples are interpolated."""
    return Run(run.name, Schedule(run.schedule.end, every=1.0 / 30.0), (), run.start, run.parameters)


def judge(
    members: Ensemble, name: str, times: Sequence[float], values: Sequence[float], noise: float
) -> tuple[float, float, int]:
    """Error of the median, share of values inside the 90 % interval with the noise of measurement, and their number.

    Args:
        members: Prediction.
        name: Output.
        times: Sample times.
        values: Measured values.
        noise: Standard deviation of the measurement.
    """
    generator = np.random.Generator(np.random.PCG64(1))
    at = np.array([np.interp(times, members.times, row) for row in members.of(name) if np.isfinite(row).all()])
    error = np.median(at, axis=0) - np.asarray(values)
    low, high = np.quantile(at + noise * generator.standard_normal(at.shape), [0.05, 0.95], axis=0)
    inside = (np.asarray(values) >= low) & (np.asarray(values) <= high)
    return float(np.sqrt(np.mean(error**2))), float(inside.mean()), len(values)


def _fitted(runs: Sequence[Run], parameters: Mapping[str, float]) -> Drawing:
    """RNA and pyrophosphate of three charges."""
    panels = []
    for run in (runs[1], runs[8], runs[12]):
        table = simulate(in_vitro_transcription(), Schedule(2.0), parameters={**parameters, **run.parameters})
        p = run.parameters
        charge = f"enzyme {p['T7RNAP']} umol/L, each NTP {p['ATP_0']} mmol/L, Mg {p['Mg_0']} mmol/L"
        for name, unit in (("RNA", "umol/L"), ("PPi", "mmol/L")):
            seen = [(o.times[0], o.values[0]) for o in run.observations if o.name == name]
            points = [(np.array([t for t, _ in seen]), np.array([v for _, v in seen]))]
            panels.append(charts.layered(
                table.times, table[name], [], time="time in h", title=f"{name} in {unit}", heading=charge,
                points=points,
                height=100,
            ))  # fmt: skip
    return charts.panels(panels)


def _nmr(members: Ensemble, run: Run) -> Drawing:
    return charts.panels(
        charts.layered(
            members.times, members.quantile(0.5, o.name),
            [(members.quantile(0.05, o.name), members.quantile(0.95, o.name))], time="time in h",
            title=f"{o.name} in mmol/L", points=[(np.asarray(o.times), np.asarray(o.values))], height=100,
        )
        for o in run.observations
    )  # fmt: skip
