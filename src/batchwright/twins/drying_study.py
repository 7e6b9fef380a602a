"""Primary drying on a real run: K_v and R_p from the first third, and the end it predicts.

The end of drying is taken as the midpoint of the Pirani gauge's fall: half of the vials have then dried, as a rule.
The vials with thermocouples dry earlier than the others.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from batchwright.twins import charts, simulate
from batchwright.twins.drying_runs import VIAL_10R, DryerLog, drying_run, end_of_drying, find_kv_rp, read_log
from batchwright.twins.drying_window import Duct, drying_window
from batchwright.twins.primary_drying import primary_drying
from batchwright.twins.schedule import Schedule
from batchwright.twins.studies import Findings

if TYPE_CHECKING:
    from batchwright.twins.charts import Drawing
    from batchwright.twins.fitting import Fit, Run

_VIAL: Final = {**VIAL_10R, "V_fill": 3.0, "c_solid": 0.05}
_FIRST_DRY: Final = 13.5  # h; the first thermocouple leaves the ice after that
_SHARES: Final = (0.05, 0.5, 0.95)
_LONGEST: Final = 80.0  # h; colder combinations are safe and of no use
_KV_UNIT: Final = 41840.0  # W/(m2 K) in one cal/(s K cm2)


def predict_end(data: Path) -> Findings:
    """Predict the end of primary drying of the real run from its first third, half, and all of its ice time.

    Args:
        data: Folder with ``lyophilisation/2024-06-04-10_MFD_AH.csv``.
    """
    log = read_log(data / "lyophilisation" / "2024-06-04-10_MFD_AH.csv")
    seen = log.pirani_fall(0.5)
    summary = [
        f"end of drying seen: {seen:.2f} h after vacuum (Pirani midpoint; 10 % at {log.pirani_fall(0.1):.2f} h, "
        f"90 % at {log.pirani_fall(0.9):.2f} h)"
    ]
    document: dict[str, Any] = {"seen": seen, "predicted": {}}
    fits: dict[str, tuple[Fit, Run]] = {}
    for name, until in (("third", seen / 3), ("half", seen / 2), ("ice", _FIRST_DRY)):
        run = drying_run(log, until=until, parameters=_VIAL)
        fit = find_kv_rp(run)
        low, middle, high = np.quantile(end_of_drying(fit, run), _SHARES)
        fits[name] = fit, run
        document["predicted"][name] = {"until": until, "low": low, "median": middle, "high": high}
        inside = "inside" if low <= seen <= high else "outside"
        summary.append(
            f"from {until:.1f} h: {middle:.1f} h ({low:.1f} to {high:.1f}), error {100 * (middle / seen - 1):+.0f} %, "
            f"{inside} the 90 % interval"
        )
    run = drying_run(log, until=_FIRST_DRY, parameters=_VIAL, end=(seen, 0.5))
    whole = find_kv_rp(run)
    found, intervals = whole.parameters, whole.intervals(0.9)
    error = whole.diagnostics["T_bottom"].rmse
    transfer = _KV_UNIT * (found["K_C"] + 8.93e-4 * 0.1 / (1 + 0.46 * 0.1))
    summary += [
        f"{name} = {found[name]:.4g} ({intervals[name][0]:.4g} to {intervals[name][1]:.4g})" for name in whole.names
    ]
    summary.append(f"K_v at 100 mTorr {transfer:.1f} W/m2/K; thermocouples: RMSE {error:.2f} K")
    document |= {"parameters": found, "intervals": intervals, "K_v": transfer}
    return Findings(
        tuple(summary), document,
        {"freeze-drying-run": _drawn(log, *fits["third"], whole), "freeze-drying-window": _window()},
    )  # fmt: skip


def _drawn(log: DryerLog, third: Fit, early: Run, whole: Fit) -> Drawing:
    """The mean thermocouple, the line predicted from the first third, and that fitted with the end known."""
    mean = np.mean(list(log.products.values()), axis=0)
    rows = slice(None, None, 15)
    measured = [(log.times[rows], mean[rows])]
    panels = []
    for heading, fit in (("from the first third", third), ("with the end of drying", whole)):
        table = simulate(
            primary_drying(), Schedule(25.0, every=0.1, inputs=early.schedule.inputs),
            parameters={**_VIAL, **fit.parameters},
        )  # fmt: skip
        wet = table["dried"] < 100.0
        panels.append(charts.layered(
            table.times[wet], table["T_bottom"][wet], [], time="hours since vacuum", title="product in Cel",
            heading=heading,
            points=measured,
        ))  # fmt: skip
    rows = slice(None, None, 10)
    panels.append(charts.layered(
        log.times[rows], (log.pirani / np.maximum(log.capacitance, 1.0))[rows], [], time="hours since vacuum",
        title="Pirani over capacitance", height=90,
    ))  # fmt: skip
    return charts.panels(panels)


def _window() -> Drawing:
    """Drying time of the safe combinations for the worked example, with vials that differ."""
    import altair as alt

    from batchwright.twins import LogNormal, Spread

    shelf, pressure = np.linspace(-40.0, 10.0, 26), np.linspace(0.04, 0.3, 14)
    spread = Spread({"K_C": LogNormal(2.75e-4, 0.1), "A_1": LogNormal(16.0, 0.1)})
    made = drying_window(shelf.tolist(), pressure.tolist(), critical=-22.0, dryer=Duct(0.1), vials=4000, spread=spread,
                         members=60)  # fmt: skip
    rows = [
        {"shelf": float(s), "mTorr": round(1000 * float(p)), "hours": round(float(made.time[i, j]), 1)}
        for i, s in enumerate(shelf) for j, p in enumerate(pressure) if made.safe[i, j] and made.time[i, j] <= _LONGEST
    ]  # fmt: skip
    chart = alt.Chart(alt.InlineData(values=rows)).mark_rect().encode(
        x=alt.X("shelf:O", title="shelf in Cel"), y=alt.Y("mTorr:O", title="chamber in mTorr", sort="descending"),
        color=alt.Color("hours:Q", title="h", scale=alt.Scale(scheme="viridis")),
    )  # fmt: skip
    return charts.panels([chart.properties(width=420, height=220)])
