"""What is done to a column and what is read from its effluent: load-wash-elute, peaks, pools, moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from batchwright.twins.schedule import Ramp, Schedule, Steps
from batchwright.twins.trajectory import Trajectory


def load_wash_elute(
    *,
    load: Mapping[str, float],
    loaded: float = 10.0,
    washed: float = 90.0,
    end: float = 2000.0,
    salt: float = 50.0,
    gradient: tuple[float, float] = (70.0, 500.0),
    every: float = 1.0,
) -> Schedule:
    """Load, wash at the salt of the load, elute with a linear salt gradient.

    Args:
        load: Concentration of each protein in the load, mmol/L.
        loaded: End of the load, s.
        washed: End of the wash, s.
        end: End of the gradient, s.
        salt: Salt while loading and washing, mmol/L.
        gradient: Salt at the begin and at the end of the gradient, mmol/L.
        every: Distance of table rows, s.
    """
    low, high = gradient
    inputs: dict[str, float | Steps | Ramp] = {
        "salt_in": Steps([0.0, washed], [salt, low]), "gradient": Ramp([washed, end], [0.0, high - low])
    }  # fmt: skip
    inputs |= {f"{name}_in": Steps([0.0, loaded], [value, 0.0]) for name, value in load.items()}
    return Schedule(end, every=every, inputs=inputs)


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak in the effluent.

    Args:
        time: Time of the maximum, s.
        height: Concentration there, mmol/L.
        area: Amount eluted over flow, mmol s/L.
    """

    time: float
    height: float
    area: float


def peak(run: Trajectory, name: str) -> Peak:
    """The highest peak of a component, its top found by a parabola through three rows.

    Args:
        run: Simulated table.
        name: Component.
    """
    values = run[f"out_{name}"]
    top = int(np.clip(np.argmax(values), 1, len(values) - 2))
    rows = slice(top - 1, top + 2)
    a, b, c = np.polyfit(run.times[rows] - run.times[top], values[rows], 2)
    shift = -b / (2 * a) if a < 0 else 0.0
    return Peak(float(run.times[top] + shift), float(c + b * shift + a * shift**2), run.last(f"area_{name}"))


@dataclass(frozen=True, slots=True)
class Pool:
    """What is collected between two times.

    Args:
        volume: In m3.
        purity: Share of the product among the proteins.
        yield_: Share of the product that left the bed.
    """

    volume: float
    purity: float
    yield_: float


def pool(run: Trajectory, product: str, begin: float, end: float) -> Pool:
    """Volume, purity and yield of a cut.

    Args:
        run: Simulated table.
        product: The protein wanted.
        begin: Begin of the cut, s.
        end: End of the cut, s.
    """
    taken = {
        label.removeprefix("area_"): float(np.diff(run.at([begin, end], label))[0])
        for label in run.columns if label.startswith("area_")
    }  # fmt: skip
    inside = (run.times >= begin) & (run.times <= end)
    volume = float(np.trapezoid(run["flow"][inside], run.times[inside]))
    return Pool(volume, taken[product] / sum(taken.values()), taken[product] / run.last(f"area_{product}"))


def first_moment(parameters: Mapping[str, float], flow: float, loaded: float) -> float:
    """Mean residence time of a pulse under linear binding in the general-rate model: exact (Kucera 1965).

    Args:
        parameters: Parameters of the model, with ``ka`` and ``kd`` of its one component.
        flow: Volume flow, m3/s.
        loaded: Length of the pulse, s.
    """
    p = parameters
    binding = next(p[key] / p[key.replace("ka_", "kd_")] for key in p if key.startswith("ka_"))
    held = p["eps_p"] + (1 - p["eps_p"]) * binding
    return p["L"] * p["area"] / flow * (p["eps_c"] + (1 - p["eps_c"]) * held) + loaded / 2
