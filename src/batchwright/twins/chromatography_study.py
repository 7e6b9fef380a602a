"""Chromatography under refinement: how far peaks and heights are from those of a fine grid, and what that costs."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from batchwright.twins import charts, simulate
from batchwright.twins.chromatograms import Peak, load_wash_elute, peak
from batchwright.twins.chromatography import TOLERANCE, column
from batchwright.twins.studies import Findings
from batchwright.twins.trajectory import Trajectory

if TYPE_CHECKING:
    from batchwright.twins.charts import Drawing

_LOAD: Final = {"A": 1.0, "B": 1.0, "C": 1.0}
_FINEST: Final = (8, 4, 4)
_GRIDS: Final = ((1, 3, 1), (1, 3, 2), (1, 4, 2), (2, 4, 2), (4, 4, 2), (2, 4, 3), (4, 4, 3), (4, 4, 4))


def refine(_: Path) -> Findings:
    """Refine the general-rate model of the load-wash-elute example.

    Args:
        _: Not needed: there is no data.
    """
    finest, _ignored, _unused = _run(_FINEST)
    best = {name: peak(finest, name) for name in _LOAD}
    rows = []
    for grid in _GRIDS:
        run, seconds, states = _run(grid)
        tops = {name: peak(run, name) for name in _LOAD}
        rows.append({
            "elements": grid[0], "order": grid[1], "points": grid[2], "states": states, "seconds": seconds,
            "peak": max(abs(tops[n].time - best[n].time) for n in _LOAD),
            "height": max(abs(tops[n].height / best[n].height - 1) for n in _LOAD),
            "outlet": _distance(run, finest),
        })  # fmt: skip
    summary = [
        f"{r['elements']} elements of order {r['order']}, {r['points']} points in the bead, {r['states']} states: "
        f"peaks within {r['peak']:.2f} s, heights within {100 * r['height']:.2f} %, "
        f"outlet {100 * r['outlet']:.2f} %; {r['seconds']:.2f} s"
        for r in rows
    ]
    document: dict[str, Any] = {"finest": {n: _plain(p) for n, p in best.items()}, "rows": rows}
    return Findings(tuple(summary), document, {"chromatography-elution": _elution(finest)})


def _run(grid: tuple[int, int, int]) -> tuple[Trajectory, float, int]:
    """The example on a grid, its seconds of CPU time (of the second run: the first builds) and its states."""
    elements, order, points = grid
    model, schedule = column(elements=elements, order=order, points=points), load_wash_elute(load=_LOAD)
    simulate(model, schedule, tolerance=TOLERANCE)
    begin = process_time()
    run = simulate(model, schedule, tolerance=TOLERANCE)
    return run, process_time() - begin, len(model.labels("state"))


def _distance(run: Trajectory, finest: Trajectory) -> float:
    """Largest distance of an effluent curve from that of the fine grid, over the height of its peak."""
    return max(float(np.abs(run[f"out_{n}"] - finest[f"out_{n}"]).max() / finest[f"out_{n}"].max()) for n in _LOAD)


def _plain(top: Peak) -> dict[str, float]:
    return {"time": top.time, "height": top.height, "area": top.area}


def _elution(run: Trajectory) -> Drawing:
    rows = slice(None, None, 8)
    time = "time in s"
    panels = [
        charts.layered(run.times[rows], run[f"out_{n}"][rows], [], time=time, title=f"{n} in mmol/L", height=90)
        for n in _LOAD
    ]
    return charts.panels([*panels, charts.layered(
        run.times[rows], run["out_salt"][rows], [], time=time, title="salt in mmol/L", height=70
    )])  # fmt: skip
