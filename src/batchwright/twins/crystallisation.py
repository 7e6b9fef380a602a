"""Continuous crystallisation in a mixed-suspension, mixed-product-removal crystalliser (MSMPR).

Moments of the population balance with size-independent growth (Randolph & Larson, Theory of Particulate Processes,
1988, chapter 4). Steady state: n = n0 exp(-L / (G tau)), mu_k = n0 k! (G tau)^(k+1), L43 = 4 G tau.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import factorial
from typing import Final

import numpy as np

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import softplus
from batchwright.twins.model import Array, Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import simulate

_BOOK: Final = "Randolph & Larson 1988, chapter 4"
_KINETICS: Final = "typical of an organic solute; to be measured for a product"


@lru_cache(maxsize=1)
def msmpr() -> Model:
    """Moments 0 to 4 and the solute; nucleation and growth by powers of the relative supersaturation."""
    d = Declaration("msmpr", title="MSMPR crystallisation", time_unit="min", source=_BOOK)
    number, length = "{crystal}/mL", "um"
    units = [number, *(f"um{'' if k == 1 else k}.{{crystal}}/mL" for k in range(1, 5))]
    scales = (1e3, 1e5, 1e7, 1e9, 1e11)
    mu = [
        d.state(f"mu{k}", units[k], start=0.0, nominal=scales[k], description=f"moment {k}", symbol=rf"\mu_{k}")
        for k in range(5)
    ]
    c = d.state("c", "mg/mL", start=100.0, nominal=100.0, description="dissolved")
    feed = d.input("c_in", "mg/mL", default=150.0, lower=0.0, upper=2000.0, description="concentration of the feed")
    tau = d.input("tau", "min", default=30.0, lower=0.5, upper=1000.0, description="residence time", symbol=r"\tau")
    solubility = d.input("c_sat", "mg/mL", default=80.0, lower=0.01, upper=2000.0, description="solubility")
    k_b = d.parameter("kb", 300.0, "{crystal}/mL/min", lower=0.0, upper=1e8, source=_KINETICS, description="nucleation")
    b = d.parameter("b", 2.0, "1", lower=0.0, upper=8.0, source=_KINETICS)
    k_g = d.parameter("kg", 4.0, "um/min", lower=0.0, upper=1e3, source=_KINETICS, description="growth")
    g = d.parameter("g", 1.0, "1", lower=0.0, upper=4.0, source=_KINETICS)
    density = d.parameter("rho", 1.3, "g/cm3", lower=0.5, upper=8.0, source=_KINETICS, symbol=r"\rho")
    shape = d.parameter(
        "kv", 0.5, "/{crystal}", lower=0.01, upper=2.0, source=_KINETICS, description="volume shape factor"
    )
    # Smooth positive part: dissolution is not in the model, and a power of a negative number is none.
    excess = d.define("sigma", softplus(c / solubility - 1, 1e-3), "1", description="relative supersaturation")
    growth = d.define("G", k_g * excess**g, "um/min", description="growth rate")
    birth = d.define("B", k_b * excess**b, "{crystal}/mL/min", description="nucleation rate")
    d.rate(mu[0], birth - mu[0] / tau)
    for k in range(1, 5):
        d.rate(mu[k], k * growth * mu[k - 1] - mu[k] / tau)
    solid = density * shape * mu[3]
    d.rate(c, (feed - c) / tau - 3 * density * shape * growth * mu[2])
    tiny = 1e-9 * d.one(units[3])
    d.output("L43", (mu[4] + d.one("um") * tiny) / (mu[3] + tiny), length, description="mass-weighted mean size")
    d.output("slurry", solid, "mg/mL", description="crystal mass per volume")
    d.conserve("solute", c + solid, (feed - c - solid) / tau)
    d.limit("No breakage, agglomeration, dissolution or size-dependent growth.")
    return d.build()


def distribution(sizes: Array, *, growth: float, residence: float, nuclei: float) -> Array:
    """Steady-state number density n0 exp(-L / (G tau)).

    Args:
        sizes: Sizes in um.
        growth: Growth rate G in um/min.
        residence: Residence time tau in min.
        nuclei: Number density n0 at size zero, per mL and um.

    Returns:
        Number density at every size, per mL and um.
    """
    return np.asarray(nuclei * np.exp(-sizes / (growth * residence)), dtype=float)


def checks() -> Sequence[Check]:
    """Moments and mean size at steady state with constant kinetics."""
    model = msmpr()
    growth, birth, tau = 1.5, 300.0, 20.0
    fixed = {"kg": growth, "g": 0.0, "kb": birth, "b": 0.0, "kv": 0.01}
    run = simulate(model, Schedule(60 * tau, inputs={"tau": tau}), parameters=fixed)
    nuclei = birth / growth
    found = [
        Check(
            "msmpr",
            f"moment {k} at steady state",
            run.last(f"mu{k}"),
            nuclei * factorial(k) * (growth * tau) ** (k + 1),
            1e-5,
            model.quantity(f"mu{k}").unit,
            source="n0 k! (G tau)^(k+1)",
        )
        for k in range(5)
    ]
    found.append(Check("msmpr", "L43 at steady state", run.last("L43"), 4 * growth * tau, 1e-5, "um", source="4 G tau"))
    sizes = np.linspace(0, 2000, 200_001)
    third = np.trapezoid(sizes**3 * distribution(sizes, growth=growth, residence=tau, nuclei=nuclei), sizes)
    found.append(
        Check(
            "msmpr", "moment 3 of the distribution", float(third), run.last("mu3"), 1e-5, "um3/mL", source="quadrature"
        )
    )
    return tuple(found)
