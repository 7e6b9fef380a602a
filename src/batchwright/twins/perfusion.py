"""Perfusion CHO culture: cells held back, medium renewed, a bleed that sets the growth rate.

Structure after Richelle et al. 2022, doi 10.3389/fbioe.2022.948905: growth on a substrate, held down by one catch-all
by-product that the cells secrete. The parameter values are not theirs but of a usual order, and need a fit. At steady
state with complete retention the net growth rate equals the bleed rate, whatever the kinetics.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import simulate

_STRUCTURE: Final = "usual order; structure of doi 10.3389/fbioe.2022.948905, to be fitted"
_CELL: Final = "10*6{cell}/mL"


@lru_cache(maxsize=1)
def perfusion_culture() -> Model:
    """Constant volume; perfusion and bleed as vessel volumes per day."""
    d = Declaration("perfusion-cho", title="Perfusion CHO culture", time_unit="d", source=_STRUCTURE)
    xv = d.state("Xv", _CELL, start=1.0, nominal=10.0, description="viable cells")
    xd = d.state("Xd", _CELL, start=0.0, nominal=1.0, description="dead cells")
    glc = d.state("Glc", "mmol/L", start=40.0, nominal=10.0, description="glucose")
    lac = d.state("Lac", "mmol/L", start=0.0, nominal=10.0, description="lactate")
    phi = d.state("phi", "mmol/L", start=0.0, nominal=10.0, description="catch-all by-product", symbol=r"\varphi")
    mab = d.state("mAb", "g/L", start=0.0, nominal=1.0, description="antibody in the vessel")
    harvested = d.state("harvest", "g/L", start=0.0, nominal=10.0, description="antibody harvested, per vessel volume")
    perfusion = d.input("P", "/d", default=1.0, lower=0.0, upper=5.0, description="perfusion rate, bleed included")
    bleed = d.input("Bl", "/d", default=0.2, lower=0.0, upper=2.0, description="bleed rate")
    glc_in = d.input("Glc_in", "mmol/L", default=60.0, lower=0.0, upper=1000.0, description="glucose in the medium")
    mu_max = d.parameter("mu_max", 0.8, "/d", lower=0.05, upper=3.0, source=_STRUCTURE)
    k_glc = d.parameter("Kglc", 1.0, "mmol/L", lower=1e-3, upper=50.0, source=_STRUCTURE)
    k_phi = d.parameter("Kphi", 8.0, "mmol/L", lower=0.01, upper=1e4, source=_STRUCTURE, symbol=r"K_\varphi")
    kd_0 = d.parameter("kd0", 0.02, "/d", lower=0.0, upper=1.0, source=_STRUCTURE, symbol=r"k_{d,0}")
    kd_phi = d.parameter("kdphi", 0.002, "L/mmol/d", lower=0.0, upper=1.0, source=_STRUCTURE, symbol=r"k_{d,\varphi}")
    q_phi = d.parameter("qphi", 0.4, "pmol/{cell}/d", lower=0.0, upper=100.0, source=_STRUCTURE, symbol=r"q_\varphi")
    y_glc = d.parameter("Yxglc", 0.8e9, "{cell}/mmol", lower=1e7, upper=1e12, source=_STRUCTURE)
    m_glc = d.parameter("mglc", 0.8, "pmol/{cell}/d", lower=0.0, upper=100.0, source=_STRUCTURE)
    y_lac = d.parameter("Ylac", 0.8, "mmol/mmol", lower=0.0, upper=2.0, source=_STRUCTURE)
    q_mab = d.parameter("QmAb", 20.0, "pg/{cell}/d", lower=0.01, upper=200.0, source=_STRUCTURE)
    retention = d.parameter("eta", 1.0, "1", lower=0.0, upper=1.0, source="cell retention device", symbol=r"\eta")
    saturation = glc / (k_glc + glc)
    mu = d.define("mu", mu_max * saturation * k_phi / (k_phi + phi), "/d", description="growth rate")
    kd = d.define("kd", kd_0 + kd_phi * phi, "/d", description="death rate", symbol="k_d")
    q_glc = d.define("q_Glc", mu / y_glc + m_glc * saturation, "pmol/{cell}/d", description="glucose uptake")
    # Cells leave with the bleed, and with the harvest as far as the device lets them through.
    leaving = d.define(
        "out", bleed + (1 - retention) * (perfusion - bleed), "/d", description="rate at which cells leave"
    )
    d.rate(xv, (mu - kd - leaving) * xv)
    d.rate(xd, kd * xv - leaving * xd)
    d.rate(glc, perfusion * (glc_in - glc) - q_glc * xv)
    d.rate(lac, y_lac * q_glc * xv - perfusion * lac)
    d.rate(phi, q_phi * xv - perfusion * phi)
    d.rate(mab, q_mab * xv - perfusion * mab)
    d.rate(harvested, perfusion * mab)
    d.output("viability", 100 * xv / (xv + xd + 1e-12 * d.one(_CELL)) * d.one("%"), "%", description="viability")
    d.output("net", mu - kd, "/d", description="net growth rate")
    d.output("CSPR", perfusion / (xv + 1e-9 * d.one(_CELL)), "nL/{cell}/d", description="cell-specific perfusion rate")
    d.conserve("cells", xv + xd, mu * xv - leaving * (xv + xd))
    d.limit("Constant volume, bleed within perfusion; parameters of a usual order only: fit before any use.")
    return d.build()


def checks() -> Sequence[Check]:
    """At steady state the net growth rate is the bleed rate."""
    found = []
    for bleed in (0.1, 0.25):
        run = simulate(perfusion_culture(), Schedule(200.0, inputs={"P": 1.5, "Bl": bleed}))
        found.append(
            Check(
                "perfusion-cho",
                f"mu - kd at steady state, bleed {bleed:g} /d",
                run.last("net"),
                bleed,
                1e-5,
                "/d",
                source="invariant at steady state",
            )
        )
    return tuple(found)
