"""Freezing of a vial on a shelf: cooling, nucleation, crystallisation, cooling of the solid.

One enthalpy balance of a well-mixed vial; whether there is ice decides what temperature an enthalpy means.
Nucleation is an event that changes no enthalpy, so the jump of the temperature to the freezing point and the first
ice follow by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.errors import TwinError
from batchwright.twins.expressions import constant, maximum, minimum, where
from batchwright.twins.model import Model, Value
from batchwright.twins.schedule import Happening, Schedule
from batchwright.twins.simulation import Stop, simulate
from batchwright.twins.trajectory import Trajectory

_LYOPRONTO: Final = "LyoPRONTO example, doi 10.1208/s12249-019-1532-7"
_WATER: Final = "water and ice near 0 Cel (CRC Handbook)"


@lru_cache(maxsize=1)
def freezing() -> Model:
    """One vial from filling to the frozen state."""
    d = Declaration("freeze-drying-freezing", title="Freeze-drying, freezing", time_unit="h", source=_LYOPRONTO)
    enthalpy = d.state(
        "H", "J", start=160.0, lower=-1e9, nominal=100.0, description="enthalpy; 0 is liquid at freezing point"
    )
    seeded = d.state("seeded", "1", start=0.0, upper=1.0, description="1 once ice has nucleated")
    shelf = d.input("T_shelf", "Cel", default=20.0, lower=-80.0, upper=60.0, description="shelf")
    vial = d.parameter("A_v", 3.8, "cm2", lower=0.2, upper=50.0, source=_LYOPRONTO, description="vial bottom, outside")
    fill = d.parameter("V_fill", 2.0, "mL", lower=0.05, upper=100.0, source=_LYOPRONTO, description="fill")
    solids = d.parameter(
        "c_solid", 0.05, "g/mL", lower=0.0, upper=0.6, source=_LYOPRONTO, description="dissolved solids"
    )
    density = d.parameter(
        "rho_solid", 1.5, "g/mL", lower=1.0, upper=3.0, source=_LYOPRONTO, description="density of solids"
    )
    transfer = d.parameter(
        "h_shelf", 38.0, "W/m2/K", lower=1.0, upper=1000.0, source=_LYOPRONTO, description="shelf to vial"
    )
    point = d.parameter(
        "T_freeze", -1.54, "Cel", lower=-30.0, upper=0.0, source=_LYOPRONTO, description="freezing point"
    )
    liquid = d.parameter(
        "cp_liquid", 4.0, "J/g/K", lower=1.0, upper=5.0, source=_LYOPRONTO, description="heat of the liquid"
    )
    solid = d.parameter(
        "cp_solid", 2.03, "J/g/K", lower=0.5, upper=5.0, source=_LYOPRONTO, description="heat of the solid"
    )
    fusion = d.parameter("dH_fus", 333.6, "J/g", lower=100.0, upper=400.0, source=_WATER, description="heat of fusion")
    mass = d.define("m", fill * constant(1.0, "g/mL"), "g", description="solution in the vial")
    latent = d.define(
        "H_fus",
        fill * (1 - solids / density) * constant(1.0, "g/mL") * fusion,
        "J",
        description="heat of crystallisation",
    )
    none = constant(0.0, "J")
    warm, cold = maximum(enthalpy, none), minimum(enthalpy + latent, none)
    unseeded = enthalpy / (mass * liquid)
    temperature = d.define(
        "T", point.to("K") + where(seeded > 0.5, warm / (mass * liquid) + cold / (mass * solid), unseeded), "Cel",
        description="product",
    )  # fmt: skip
    frozen = minimum(maximum(-enthalpy / latent, 0.0), 1.0)
    d.output("ice", where(seeded > 0.5, frozen, 0.0), "%", description="share of the water that is ice")
    flow = d.define("Q", transfer * vial * (shelf - temperature), "W", description="heat from the shelf")
    d.rate(enthalpy, flow)
    d.rate(seeded, 0.0 * d.one("/h"))
    d.event("nucleate", {}, lambda: {"seeded": 1.0}, description="ice forms, adiabatically")
    d.conserve("energy", enthalpy, flow)
    d.limit("A constant freezing point: freeze-concentration, glass transition and annealing are not in it.")
    d.limit("The temperature of nucleation is an input; uncontrolled, it scatters by 10 K and more between vials.")
    return d.build()


def freeze(
    schedule: Schedule,
    nucleation: float,
    *,
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
) -> Trajectory:
    """Cool a vial, nucleate it when it reaches a temperature, and go on.

    Args:
        schedule: Shelf temperature.
        nucleation: Product temperature at which ice forms, Cel.
        parameters: Parameters that differ from their defaults.
        start: Start values that differ from the declared ones.

    Raises:
        TwinError: The product does not become that cold.
    """
    cooled = simulate(freezing(), schedule, parameters=parameters, start=start, stop=Stop("T", nucleation, "falling"))
    if cooled.stopped is None:
        raise TwinError(
            "The product does not reach its temperature of nucleation", model="freeze-drying-freezing",
            value=f"{cooled['T'].min():.2f} Cel", limit=f"{nucleation:g} Cel", remedy="Cool the shelf lower or longer.",
        )  # fmt: skip
    happenings = (*schedule.happenings, Happening("nucleate", cooled.stopped))
    seeded = Schedule(schedule.end, schedule.begin, schedule.every, schedule.at, schedule.inputs, happenings)
    return simulate(freezing(), seeded, parameters=parameters, start=start)


def checks() -> Sequence[Check]:
    """Time to crystallise at a constant shelf temperature: the heat of fusion less what supercooling had spent."""
    model, shelf, nucleation = freezing(), -40.0, -10.0
    run = freeze(Schedule(3.0, every=0.01, inputs={"T_shelf": shelf}), nucleation)
    begin = float(run.times[run.after][0])
    done = simulate(
        model, Schedule(3.0, every=0.01, inputs={"T_shelf": shelf}, happenings=(Happening("nucleate", begin),)),
        stop=Stop("ice", 99.999999, "rising"),
    )  # fmt: skip
    p, heat = model.defaults(), run.last("H_fus")
    supercooling = run.last("m") * p["cp_liquid"] * (p["T_freeze"] - nucleation)
    watts = p["h_shelf"] * p["A_v"] * 1e-4 * (p["T_freeze"] - shelf)
    return (
        Check(model.name, "time to crystallise", float(done.times[-1]) - begin, (heat - supercooling) / watts / 3600.0,
              1e-5, "h", source="closed form"),
    )  # fmt: skip
