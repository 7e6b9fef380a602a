"""Primary drying of a vial: sublimation through the dried layer, heat from the shelf, quasi-steady.

Pikal 1985, doi 10.3109/03639048509057548 (coupled heat and mass transfer); constants and the worked example are
those of LyoPRONTO, doi 10.1208/s12249-019-1532-7. The temperature of the sublimation front is found inside the
equations by Newton steps from above, which converge for every input because the vapour pressure is convex; so
drying is one ordinary differential equation for the thickness of the dried layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.errors import TwinError
from batchwright.twins.expressions import Expression, constant, exp, log, maximum, minimum
from batchwright.twins.model import Model, Value
from batchwright.twins.schedule import Ramp, Schedule
from batchwright.twins.simulation import Tolerance, simulate
from batchwright.twins.trajectory import Trajectory

VAPOUR: Final = (2.698e10, 6144.96)
"""Vapour pressure of ice in mmHg: first number times exp(-second / T)."""

HEAT_OF_SUBLIMATION: Final = 678.0  # cal/g
ICE_CONDUCTIVITY: Final = 0.0059  # cal/(cm s K)
ICE_DENSITY: Final = 0.918  # g/cm3

_SOURCE: Final = "LyoPRONTO example, doi 10.1208/s12249-019-1532-7"
_NEWTON_STEPS: Final = 7


@lru_cache(maxsize=1)
def primary_drying() -> Model:
    """One vial from the begin of vacuum to the end of sublimation."""
    d = Declaration("freeze-drying-primary", title="Freeze-drying, primary", time_unit="h", source=_SOURCE)
    layer = d.state("L_dry", "cm", start=0.0, nominal=0.1, description="thickness of the dried layer")
    shelf = d.input("T_shelf", "Cel", default=-20.0, lower=-80.0, upper=120.0, description="shelf surface")
    pressure = d.input("p_chamber", "mm[Hg]", default=0.15, lower=0.005, upper=4.0, description="chamber pressure")
    vial = d.parameter("A_v", 3.8, "cm2", lower=0.2, upper=50.0, source=_SOURCE, description="vial bottom, outside")
    inside = d.parameter("A_p", 3.14, "cm2", lower=0.2, upper=50.0, source=_SOURCE, description="product cross-section")
    fill = d.parameter("V_fill", 2.0, "mL", lower=0.05, upper=100.0, source=_SOURCE, description="fill")
    solids = d.parameter("c_solid", 0.05, "g/mL", lower=0.0, upper=0.6, source=_SOURCE, description="dissolved solids")
    density = d.parameter(
        "rho_solid", 1.5, "g/mL", lower=1.0, upper=3.0, source=_SOURCE, description="density of solids"
    )
    water = (1 - solids / density) * constant(1.0, "g/mL")
    ice = d.define("m_ice", water * fill, "g", description="ice in the vial before drying")
    height = d.define(
        "L_0", (water / constant(ICE_DENSITY, "g/mL") + solids / density) * fill / inside, "cm",
        description="height of the frozen product",
    )  # fmt: skip
    resistance = d.define("R_p", _resistance(d, layer), "cm2.h.mm[Hg]/g", description="resistance of the dried layer")
    transfer = d.define(
        "K_v", _transfer(d, pressure), "cal/(s.K.cm2)", description="heat transfer coefficient of the vial"
    )
    frozen = maximum(height - layer, 0.0)
    thermal = 1 / (vial * transfer) + frozen / (inside * constant(ICE_CONDUCTIVITY, "cal/(cm.s.K)"))
    gain = (constant(HEAT_OF_SUBLIMATION, "cal/g") * inside / resistance * thermal).number("K/mm[Hg]")
    front = d.define("T_front", _front(gain, shelf, pressure), "K", description="sublimation front")
    drive = vapour_pressure(front) - pressure
    # Beyond the last ice the rate fades out over 1e-4 of the height: full until 100 % are dried, at rest at 100.01 %.
    fade = minimum(maximum((1 + 1e-4 - layer / height) / 1e-4, 0.0), 1.0)
    rate = d.define("m_dot", maximum(inside / resistance * drive, 0.0) * fade, "g/h", description="sublimation rate")
    d.rate(layer, rate / ice * height)
    heat = (rate * constant(HEAT_OF_SUBLIMATION, "cal/g")).to("cal/s")
    rise = heat * frozen / (inside * constant(ICE_CONDUCTIVITY, "cal/(cm.s.K)"))
    d.output("T_sub", front, "Cel", description="sublimation front")
    d.output("T_bottom", front + rise, "Cel", description="product at the bottom of the vial")
    d.output("flux", rate / inside, "kg/m2/h", description="sublimation flux")
    d.output("dried", layer / height, "%", description="share dried")
    d.conserve("ice", ice * (1 - layer / height), -rate)
    d.print_as(
        r"\frac{dL}{dt}=\frac{\dot m}{m_{ice}}L_0,\qquad \dot m=\frac{A_p}{R_p}(P(T_{sub})-p_{chamber})",
        r"R_p=R_0+\frac{A_1L}{1+A_2L},\qquad K_v=K_C+\frac{K_Pp_{chamber}}{1+K_Dp_{chamber}}",
        r"T_{shelf}-T_{sub}=\Delta H_s\dot m\left(\frac{1}{A_vK_v}+\frac{L_0-L}{A_pk_{ice}}\right)",
        r"P(T)=2.698\cdot10^{10}\,e^{-6144.96/T}\ \mathrm{mmHg},\qquad "
        r"T_{bottom}=T_{sub}+\Delta H_s\dot m\frac{L_0-L}{A_pk_{ice}}",
    )
    d.limit("Flat front, quasi-steady, no radiation from the walls beside K_v: edge vials need a K_v of their own.")
    d.limit("R_p of a layer is that of one freezing protocol; above the collapse temperature it no longer holds.")
    return d.build()


def _resistance(d: Declaration, layer: Expression) -> Expression:
    base = d.parameter(
        "R_0", 1.4, "cm2.h.mm[Hg]/g", lower=1e-3, upper=50.0, source=_SOURCE, description="at the surface"
    )
    slope = d.parameter(
        "A_1", 16.0, "cm.h.mm[Hg]/g", lower=1e-3, upper=500.0, source=_SOURCE, description="growth of R_p"
    )
    bend = d.parameter("A_2", 0.0, "/cm", lower=0.0, upper=100.0, source=_SOURCE, description="levelling off of R_p")
    return base + slope * layer / (1 + bend * layer)


def _transfer(d: Declaration, pressure: Expression) -> Expression:
    per = "cal/(s.K.cm2)"
    contact = d.parameter(
        "K_C", 2.75e-4, per, lower=1e-6, upper=1e-2, source=_SOURCE, description="contact and radiation"
    )
    gas = d.parameter("K_P", 8.93e-4, f"{per}/mm[Hg]", lower=0.0, upper=1e-2, source=_SOURCE, description="gas, slope")
    gap = d.parameter("K_D", 0.46, "/mm[Hg]", lower=0.0, upper=50.0, source=_SOURCE, description="gas, levelling off")
    return contact + gas * pressure / (1 + gap * pressure)


def vapour_pressure(temperature: Expression) -> Expression:
    """Pressure of water vapour over ice.

    Args:
        temperature: Absolute temperature.
    """
    factor, slope = VAPOUR
    return constant(factor, "mm[Hg]") * exp(-slope / temperature.number("K"))


def _front(gain: Expression, shelf: Expression, pressure: Expression) -> Expression:
    """Temperature at which heat through vial and ice equals the heat of sublimation: gain (P(T) - p) + T = T_shelf."""
    factor, slope = VAPOUR
    chamber, warm = pressure.number("mm[Hg]"), shelf.to("K").number("K")
    balance = slope / log(factor / chamber)
    # An upper bound of the root: under a warmer shelf the front is no colder than ice in equilibrium with the chamber.
    t = slope / log(factor / (chamber + maximum(warm - balance, 0.0) / gain))
    for _ in range(_NEWTON_STEPS):
        vapour = factor * exp(-slope / t)
        t = t - (gain * (vapour - chamber) + t - warm) / (gain * vapour * slope / (t * t) + 1)
    return t * constant(1.0, "K")


@dataclass(frozen=True, slots=True)
class DryingEnd:
    """End of sublimation.

    Args:
        time: When the last ice leaves, h.
        front: Temperature of the front then, Cel.
        warmest: Highest temperature of the product while there was ice, Cel.
    """

    time: float
    front: float
    warmest: float


def dry(
    schedule: Schedule,
    *,
    parameters: Mapping[str, Value] | None = None,
    tolerance: Tolerance | None = None,
) -> tuple[Trajectory, DryingEnd]:
    """Simulate a vial and find the end of its primary drying.

    Between the last row with ice and the end, time is integrated over the thickness (Simpson's rule): no search.

    Args:
        schedule: Shelf temperature and chamber pressure; must last until all ice is gone.
        parameters: Parameters that differ from their defaults.
        tolerance: How exactly to integrate.

    Raises:
        TwinError: Ice is left at the end of the schedule.
    """
    model = primary_drying()
    run = simulate(model, schedule, parameters=parameters, tolerance=tolerance)
    layer, height = run["L_dry"], run["L_0"]
    if run.last("dried") < 100.0:
        raise TwinError(
            "Ice is left at the end of the schedule", model=model.name, time=float(run.times[-1]),
            value=f"{run.last('dried'):.2f} % dried", limit="100 %", remedy="Let the schedule last longer.",
        )  # fmt: skip
    row = int(np.flatnonzero(layer < height)[-1])
    p = model.vector("parameter", parameters)
    begin, top = float(layer[row]), float(height[0])

    def point(thickness: float, time: float) -> tuple[float, float]:
        """Hours per centimetre, and the temperature of the front."""
        u = [float(np.interp(time, run.times, run[name])) for name in ("T_shelf", "p_chamber")]
        rate, _, _, outputs = model.flat(time, thickness, [], u, p)
        return 1.0 / float(rate), float(outputs[0])

    time = float(run.times[row])
    slow, _ = point(begin, time)
    middle, _ = point((begin + top) / 2, time + slow * (top - begin) / 2)
    last, front = point(top, time + middle * (top - begin))
    end = time + (slow + 4 * middle + last) * (top - begin) / 6
    return run, DryingEnd(end, front, max(front, float(run["T_bottom"][: row + 1].max())))


def example_schedule(every: float = 0.1) -> Schedule:
    """The worked example: 150 mTorr, shelf from -35 to 20 Cel at 1 Cel/min.

    Args:
        every: Distance of table rows, h.
    """
    ramp = Ramp([0.0, 55.0 / 60.0], [-35.0, 20.0])
    return Schedule(7.0, every=every, inputs={"T_shelf": ramp, "p_chamber": 0.15})


def checks() -> Sequence[Check]:
    """Drying time and final temperature of the worked example.

    LyoPRONTO prints 99.89 % beside its last row, which is the share dried one step before; time and temperature of
    that row belong to the last ice.
    """
    _, end = dry(example_schedule(), tolerance=Tolerance(1e-9, 1e-11))
    name, source = "freeze-drying-primary", "LyoPRONTO with steps of 0.01 h"
    return (
        Check(name, "drying time", end.time, 6.658, 1e-3, "h", source=source),
        Check(
            name, "drying time, small steps", end.time, 6.654, 1e-4, "h", source="re-derived from the same equations"
        ),
        Check(name, "final front temperature", end.front, -14.7729, 1e-4, "Cel", "absolute", source),
        Check(
            name, "final front temperature, re-derived", end.front, -14.772897, 2e-6, "Cel", "absolute", "re-derived"
        ),
    )
