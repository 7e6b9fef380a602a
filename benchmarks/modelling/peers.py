"""The same equations once more in plain Python for scipy, and for do-mpc: what the twins are measured beside.

Written from the publications, not from the declarations of `batchwright.twins`, so that they check them as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

Array = NDArray[np.float64]
solve: Any = solve_ivp  # its types differ by option
Rates = Callable[[float, Sequence[float]], list[float]]

CULTURE = {
    "mu_max": 0.039, "kd_max": 0.004, "Kglc": 1.0, "Kgln": 0.047, "KIlac": 43.0, "KIamm": 6.51, "KDlac": 45.8,
    "KDamm": 6.51, "Yxglc": 0.357e9, "Yxgln": 0.974e9, "Ylacglc": 0.70, "Yammgln": 0.67, "mglc": 69.2e-12,
    "ramm": 6.3e-12, "a1": 3.2e-12, "a2": 2.1, "QmAb": 1.51e-12,
}  # fmt: skip
"""Table 2 of doi 10.3390/bioengineering5010025."""
CULTURE_START = (1.0, 3e8, 0.0, 30.0, 4.0, 0.0, 0.0, 0.0)
CULTURE_SCALE = np.array([1.0, 1e9, 1e9, 10.0, 1.0, 10.0, 1.0, 1.0])


def culture(p: Mapping[str, float] = CULTURE) -> Rates:
    """Rates of V, Xv, Xd, Glc, Gln, Lac, Amm, mAb between boluses (no continuous feed)."""

    def rates(_: float, y: Sequence[float]) -> list[float]:
        _, xv, _, glc, gln, lac, amm, _ = y
        mu = (
            p["mu_max"] * glc / (p["Kglc"] + glc) * gln / (p["Kgln"] + gln)
            * p["KIlac"] / (p["KIlac"] + lac) * p["KIamm"] / (p["KIamm"] + amm)
        )  # fmt: skip
        kd = p["kd_max"] * lac / (p["KDlac"] + lac) * amm / (p["KDamm"] + amm)
        q_glc = mu / p["Yxglc"] + p["mglc"] * glc / (0.01 + glc)
        q_gln = mu / p["Yxgln"] + p["a1"] * gln / (p["a2"] + gln)
        q_amm = p["Yammgln"] * q_gln - p["ramm"] * amm / (0.01 + amm)
        made = p["QmAb"] * (1 - mu / p["mu_max"]) * xv
        return [0.0, (mu - kd) * xv, kd * xv, -q_glc * xv, -q_gln * xv, p["Ylacglc"] * q_glc * xv, q_amm * xv, made]

    return rates


def run_culture(
    feeds: Sequence[tuple[float, float, float, float]], end: float, *, method: str, relative: float, absolute: float,
    every: float = 1.0, parameters: Mapping[str, float] = CULTURE,
) -> Array:  # fmt: skip
    """The culture with boluses (time, litres, glucose, glutamine), restarted at each; rows of states at every step."""
    rates, state, rows = culture(parameters), np.array(CULTURE_START), []
    stops = [0.0, *(at for at, *_ in feeds), end]
    for index, (begin, stop) in enumerate(pairwise(stops)):
        at = np.arange(begin, stop + 1e-9, every)
        found = solve(
            rates, (begin, stop), state, method=method, rtol=relative, atol=absolute * CULTURE_SCALE, t_eval=at
        )
        rows.append(found.y.T if index == 0 else found.y.T[1:])
        state = found.y[:, -1].copy()
        if index < len(feeds):
            _, volume, glc, gln = feeds[index]
            before, after = state[0], state[0] + volume
            state[1:] *= before / after
            state[3] += glc * volume / after
            state[4] += gln * volume / after
            state[0] = after
    return np.concatenate(rows)


def drying(method: str, relative: float, absolute: float) -> tuple[float, float]:
    """Hours until the ice is gone and the temperature of its front then, for the worked example of Pikal's model."""
    density = (1 - 0.05 / 1.5, 0.918)
    height = (density[0] / density[1] + 0.05 / 1.5) * 2.0 / 3.14
    ice = density[0] * 2.0
    kv = 2.75e-4 + 8.93e-4 * 0.15 / (1 + 0.46 * 0.15)

    def front(layer: float, shelf: float) -> tuple[float, float]:
        """Temperature of the front in K and flux in g/(cm2 h), by Newton's method on the heat balance."""
        resistance, frozen = 1.4 + 16.0 * layer, height - layer
        warm = kv * 3.8 / 3.14 * 3600.0 / (1 + kv * 3.8 / 3.14 * frozen / 0.0059)
        cold = shelf
        for _ in range(30):
            vapour = 2.698e10 * exp(-6144.96 / cold)
            balance = 678.0 * (vapour - 0.15) / resistance - warm * (shelf - cold)
            slope = 678.0 * vapour * 6144.96 / cold**2 / resistance + warm
            step = balance / slope
            cold -= step
            if abs(step) < 1e-11:
                break
        return cold, max(2.698e10 * exp(-6144.96 / cold) - 0.15, 0.0) / resistance

    def shelf_at(time: float) -> float:
        return 273.15 + min(-35.0 + 60.0 * time, 20.0)

    def rates(time: float, y: Sequence[float]) -> list[float]:
        return [front(min(y[0], height), shelf_at(time))[1] * 3.14 * height / ice]

    def gone(_: float, y: Sequence[float]) -> float:
        return y[0] - height

    gone.terminal = True  # type: ignore[attr-defined]
    ramp = 55.0 / 60.0
    first = solve(rates, (0.0, ramp), [0.0], method=method, rtol=relative, atol=absolute)
    rest = solve(rates, (ramp, 10.0), first.y[:, -1], method=method, rtol=relative, atol=absolute, events=gone)
    end = float(rest.t_events[0][0])
    return end, front(height, shelf_at(end))[0] - 273.15


def do_mpc_controller(stages: int, stage: float, most: float) -> Any:
    """The control problem of the benchmark for do-mpc: the feed that gives the highest titre at the end.

    Returns:
        The controller; None where do-mpc is not installed.
    """
    try:
        do_mpc = import_module("do_mpc")
    except ModuleNotFoundError:
        return None
    import casadi

    model = do_mpc.model.Model("continuous", "SX")
    names = ("V", "Xv", "Xd", "Glc", "Gln", "Lac", "Amm", "mAb")
    v, xv, xd, glc, gln, lac, amm, mab = (model.set_variable("_x", name) for name in names)
    feed, p = model.set_variable("_u", "feed"), CULTURE
    mu = (
        p["mu_max"] * glc / (p["Kglc"] + glc) * gln / (p["Kgln"] + gln)
        * p["KIlac"] / (p["KIlac"] + lac) * p["KIamm"] / (p["KIamm"] + amm)
    )  # fmt: skip
    kd = p["kd_max"] * lac / (p["KDlac"] + lac) * amm / (p["KDamm"] + amm)
    q_glc = mu / p["Yxglc"] + p["mglc"] * glc / (0.01 + glc)
    q_gln = mu / p["Yxgln"] + p["a1"] * gln / (p["a2"] + gln)
    q_amm = p["Yammgln"] * q_gln - p["ramm"] * amm / (0.01 + amm)
    d = feed / v
    rates = (
        feed, (mu - kd - d) * xv, kd * xv - d * xd, -q_glc * xv + d * (400.0 - glc), -q_gln * xv + d * (20.0 - gln),
        p["Ylacglc"] * q_glc * xv - d * lac, q_amm * xv - d * amm, p["QmAb"] * (1 - mu / p["mu_max"]) * xv - d * mab,
    )  # fmt: skip
    for name, rate in zip(names, rates, strict=True):
        model.set_rhs(name, rate)
    model.setup()
    control = do_mpc.controller.MPC(model)
    control.settings.n_horizon, control.settings.t_step = stages, stage
    control.settings.collocation_type, control.settings.collocation_deg, control.settings.collocation_ni = "radau", 3, 1
    control.settings.store_full_solution = False
    control.settings.supress_ipopt_output()
    control.set_objective(mterm=-mab, lterm=casadi.SX(0))
    control.set_rterm(feed=0.0)
    for name, scale in zip(names, CULTURE_SCALE, strict=True):
        control.scaling["_x", name] = scale
        control.bounds["lower", "_x", name] = 1e-6 if name == "V" else 0.0
    control.scaling["_u", "feed"] = 0.001
    control.bounds["lower", "_u", "feed"], control.bounds["upper", "_u", "feed"] = 0.0, most
    control.bounds["upper", "_x", "Glc"], control.bounds["upper", "_x", "V"] = 40.0, 1.5
    control.setup()
    return control
