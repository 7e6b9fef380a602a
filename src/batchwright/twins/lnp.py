"""Lipid nanoparticles: mix lipids in ethanol with mRNA in buffer, dilute in line, collect.

Mass balances only: flow-rate ratio, ethanol before and after dilution, concentrations and the ratio of amine to
phosphate. The particle size is a regression that users fit to their own mixer (logarithms of the total flow rate and of
the flow-rate ratio); it is empirical and holds inside the flows it was fitted on. Volumes are taken as additive: water
and ethanol contract by up to 3.6 % when they mix, which is neglected.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, exp, log
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import simulate

_RECIPE: Final = "formulation; here of the order of published mRNA vaccines, doi 10.1016/j.ijpharm.2021.120586"
_OWN: Final = "empirical; to be fitted to runs on the mixer in use"
_NUCLEOTIDE: Final = "mean mass of a nucleotide in mRNA, sodium salt not counted"


@lru_cache(maxsize=1)
def lnp_mixing() -> Model:
    """Two streams, an in-line dilution and a collection vessel."""
    d = Declaration("lnp-mixing", title="Mixing of lipid nanoparticles", time_unit="min", source="mass balances")
    volume = d.state("V", "mL", start=0.0, nominal=100.0, description="volume collected")
    lipid = d.state("m_lipid", "umol", start=0.0, nominal=100.0, description="ionisable lipid collected")
    rna = d.state("m_rna", "mg", start=0.0, nominal=10.0, description="mRNA collected")
    ethanol = d.state("V_ethanol", "mL", start=0.0, nominal=10.0, description="ethanol collected")
    aqueous = d.input("Q_aq", "mL/min", default=9.0, lower=0.0, upper=1000.0, description="mRNA in buffer")
    organic = d.input("Q_org", "mL/min", default=3.0, lower=0.0, upper=1000.0, description="lipids in ethanol")
    dilution = d.input("Q_dil", "mL/min", default=12.0, lower=0.0, upper=5000.0, description="buffer after the mixer")
    c_lipid = d.parameter(
        "c_lipid", 6.0, "mmol/L", lower=0.01, upper=100.0, source=_RECIPE, description="ionisable lipid"
    )
    c_rna = d.parameter(
        "c_rna", 0.11, "mg/mL", lower=0.001, upper=10.0, source=_RECIPE, description="mRNA in the buffer"
    )
    share = d.parameter(
        "x_ethanol", 1.0, "1", lower=0.1, upper=1.0, source=_RECIPE, description="ethanol in the organic stream"
    )
    amines = d.parameter(
        "amines", 1.0, "1", lower=0.5, upper=5.0, source=_RECIPE, description="amines per ionisable lipid"
    )
    nucleotide = d.parameter(
        "M_nt", 330.0, "g/mol", lower=300.0, upper=360.0, source=_NUCLEOTIDE, description="nucleotide"
    )
    total = d.define("TFR", aqueous + organic, "mL/min", description="total flow rate in the mixer")
    tiny = 1e-9 * d.one("mL/min")
    ratio = d.define("FRR", aqueous / (organic + tiny), "1", description="flow-rate ratio, aqueous to organic")
    d.define("ethanol_mixed", share * organic / (total + tiny), "1", description="ethanol in the mixer, by volume")
    d.define("ethanol_out", share * organic / (total + dilution + tiny), "1", description="ethanol after dilution")
    d.rate(volume, total + dilution)
    d.rate(lipid, c_lipid * organic)
    d.rate(rna, c_rna * aqueous)
    d.rate(ethanol, share * organic)
    phosphate = c_rna * aqueous / nucleotide
    d.output(
        "N_P",
        amines * c_lipid * organic / (phosphate + 1e-18 * d.one("mol/min")),
        "1",
        description="amine to phosphate",
    )
    d.output("rna", rna / (volume + 1e-9 * d.one("mL")), "mg/mL", description="mRNA in the vessel")
    d.output("ethanol", ethanol / (volume + 1e-9 * d.one("mL")), "1", description="ethanol in the vessel, by volume")
    _size(d, total, ratio)
    d.conserve("volume", volume, total + dilution)
    d.conserve("mRNA", rna, c_rna * aqueous)
    d.limit("Size is a regression, not physics: outside the flows it was fitted on it says nothing.")
    d.limit("Volumes are additive here; ethanol and water contract by up to 3.6 %.")
    d.limit("Encapsulation, polydispersity and what happens to particles after dilution are not in it.")
    return d.build()


def _size(d: Declaration, total: Expression, ratio: Expression) -> None:
    """Logarithms: ln size = ln s0 + e_T ln(TFR / 12 mL/min) + e_R ln(FRR / 3)."""
    s0 = d.parameter(
        "s0", 80.0, "nm", lower=10.0, upper=1000.0, source=_OWN, description="size at 12 mL/min and 3:1", symbol="s_0"
    )
    e_total = d.parameter("e_TFR", -0.15, "1", lower=-2.0, upper=2.0, source=_OWN, symbol=r"e_T")
    e_ratio = d.parameter("e_FRR", -0.20, "1", lower=-2.0, upper=2.0, source=_OWN, symbol=r"e_R")
    flow, split = (total + 1e-6 * d.one("mL/min")) / (12.0 * d.one("mL/min")), (ratio + 1e-6) / 3.0
    d.output("size", s0 * exp(e_total * log(flow) + e_ratio * log(split)), "nm", description="particle size, empirical")


def checks() -> Sequence[Check]:
    """Ratios of the default run in closed form."""
    run = simulate(lnp_mixing(), Schedule(10.0))
    name, source = "lnp-mixing", "mass balance"
    return (
        Check(name, "ethanol in the mixer at 3:1", run.last("ethanol_mixed"), 0.25, 1e-9, source=source),
        Check(name, "ethanol in the vessel after 1:1 dilution", run.last("ethanol"), 0.125, 1e-8, source=source),
        Check(name, "amine to phosphate", run.last("N_P"), 6.0e-3 * 3.0 / (0.11 * 9.0 / 330.0), 1e-8, source=source),
        Check(name, "mRNA in the vessel", run.last("rna"), 0.11 * 9.0 / 24.0, 1e-8, "mg/mL", source=source),
    )
