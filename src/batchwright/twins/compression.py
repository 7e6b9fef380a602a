"""Tablet compression on a rotary press: from fill depth and punch gap to the main compression force.

Kawakita's relation of compaction, P = C / (b (a - C)) (Kawakita & Luedde 1971, doi 10.1016/0032-5910(71)80001-3),
written for one tablet in its die: with the height of the powder H, of the tablet under load h and of the solid in it
h_s = m / (rho A), the engagement is C = 1 - h/H, its limit a = 1 - h_s/H, and b P = (H - h) / (h - h_s). Frame and
punches give way, h = gap + F/S, which makes an equation of second degree in the force F; its positive root stands
below, so that nothing has to be iterated.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import pi
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, softplus, sqrt
from batchwright.twins.model import Model

_TOOL: Final = "drawing of the punches; here 8 mm, convex, as of doi 10.1038/s41597-022-01203-x"
_FIT: Final = "to be fitted for a product; start of the fit of product 3, doi 10.1038/s41597-022-01203-x"


@lru_cache(maxsize=1)
def tablet_press() -> Model:
    """One product on one press: tablet mass as the state that drifts, machine settings as inputs."""
    d = Declaration("tablet-compression", title="Tablet compression on a rotary press", time_unit="h", source=_FIT)
    mass = d.state(
        "m",
        "mg",
        start=224.0,
        lower=10.0,
        upper=2000.0,
        nominal=200.0,
        description="mean tablet mass; the weight control holds it, an estimator lets it drift",
    )
    made = d.state("made", "{tablet}", start=0.0, nominal=1e5, description="tablets made")
    fill = d.input("fill", "mm", default=6.6, lower=1.0, upper=30.0, description="fill depth")
    edge = d.input("edge", "mm", default=2.05, lower=0.3, upper=15.0, description="band height set at main compression")
    speed = d.input("speed", "10*3{tablet}/h", default=120.0, lower=0.0, upper=1000.0, description="tablets per time")
    force, height, powder = _force(d, mass, fill, edge)
    d.rate(mass, 0.0 * d.one("mg/h"))
    d.rate(made, speed)
    area = d.symbol("area")
    d.output("pressure", force / area, "MPa", description="compaction pressure")
    d.output("bulk", mass / (area * powder), "g/cm3", description="density of the powder in the die")
    d.output("porosity", 1 - d.symbol("h_s") / height, "1", description="porosity of the tablet under load")
    d.conserve("tablets", made, speed)
    d.limit("Steady running only: at the start the press is set by hand and the forces shown are those of few tablets.")
    d.limit(
        "One product on one press: b, S and rho take up what is not modelled, such as the speed and the lot of filler."
    )
    d.limit("Hardness and dissolution are not predicted.")
    return d.build()


def _force(
    d: Declaration, mass: Expression, fill: Expression, edge: Expression
) -> tuple[Expression, Expression, Expression]:
    """Force, height of the tablet under load and of the powder."""
    diameter = d.parameter("diameter", 8.0, "mm", lower=2.0, upper=30.0, source=_TOOL, description="die")
    cup = d.parameter(
        "cup", 0.495, "mm", lower=0.0, upper=5.0, source=_TOOL, description="volume of one cup over the die's area"
    )
    rho = d.parameter(
        "rho", 1.55, "g/cm3", lower=0.8, upper=3.0, source=_FIT, description="density of the solid", symbol=r"\rho"
    )
    b = d.parameter(
        "b", 0.05, "/MPa", lower=1e-4, upper=10.0, source=_FIT, description="Kawakita's reciprocal pressure"
    )
    stiff = d.parameter(
        "S", 20.0, "kN/mm", lower=0.5, upper=1000.0, source=_FIT, description="stiffness of press and tools"
    )
    area = d.define("area", pi / 4 * diameter**2, "mm2", description="die")
    powder = d.define("H", fill + cup, "mm", description="height of the powder")
    solid = d.define("h_s", mass / (rho * area), "mm", description="height of the solid without pores")
    gap = edge + 2 * cup
    # b P = (H - h) / (h - h_s) with h = gap + F/S and P = F/A, multiplied out: F^2/k + F (g + f)/k ... = H - gap.
    unit_force = d.define("F_b", area / b, "kN", description="force at Kawakita's reciprocal pressure")
    room = gap - solid  # negative where an infinitely stiff press could not close the gap
    middle = room + unit_force / stiff
    # Powder that is lower than the gap is not compressed; smooth, so that derivatives stay.
    travel = softplus(powder - gap, 0.01 * d.one("mm"))
    force = d.define(
        "force",
        (sqrt(middle**2 + 4 * travel * unit_force / stiff) - middle) * stiff / 2,
        "kN",
        description="main compression force",
        symbol="F",
    )
    height = d.define("h", gap + force / stiff, "mm", description="height of the tablet under load")
    return force, height, powder


def checks() -> Sequence[Check]:
    """The root fulfils Kawakita's relation, and a stiff press gives it in closed form."""
    model, name, source = (
        tablet_press(),
        "tablet-compression",
        "Kawakita & Luedde 1971, doi 10.1016/0032-5910(71)80001-3",
    )
    at = {key: float(v[0]) for key, v in model.evaluate(["pressure", "H", "h", "h_s"]).items()}
    engagement, limit = 1 - at["h"] / at["H"], 1 - at["h_s"] / at["H"]
    pressure = engagement / (0.05 * (limit - engagement))
    stiff = float(model.evaluate(["force"], parameters={"S": 1000.0, "rho": 2.5})["force"][0])
    area = pi / 4 * 8.0**2
    solid = 224.0 / (2.5 * area)
    rigid = area / 0.05 * (7.095 - 3.04) / (3.04 - solid) / 1000
    return (
        Check(
            name,
            "pressure at the defaults fulfils Kawakita's relation",
            at["pressure"],
            pressure,
            1e-9,
            "MPa",
            source=source,
        ),
        Check(name, "force of a press of 1,000 kN/mm is that of a rigid one", stiff, rigid, 5e-3, "kN", source=source),
    )
