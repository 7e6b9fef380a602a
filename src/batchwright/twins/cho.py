"""Fed-batch CHO culture: growth on glucose and glutamine, inhibited by lactate and ammonia.

Equations and parameters are those of doi 10.3390/bioengineering5010025, Table 2. Two things can be added and are off
by default: dissolved gases, and what the real runs show and the publication does not have (``extended``): cells that
adapt after inoculation, take up glucose in excess until lactate stops it, take lactate up again when growth slows,
and die when glucose is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression
from batchwright.twins.model import Model

_TABLE_2: Final = "doi 10.3390/bioengineering5010025, Table 2"
_CELL: Final = "{cell}/L"


@lru_cache(maxsize=8)
def fed_batch_culture(*, extended: bool = False, gases: bool = False) -> Model:
    """The culture: V, Xv, Xd, Glc, Gln, Lac, Amm, mAb (and DO, CO2), fed continuously or by bolus, sampled.

    Args:
        extended: Whether to add adaptation, overflow, lactate uptake and starvation; their parameters need a fit.
        gases: Whether dissolved oxygen and carbon dioxide are states.

    Returns:
        The model.
    """
    d = Declaration("fed-batch-cho", title="Fed-batch CHO culture", time_unit="h", source=_TABLE_2)
    held = d.state("V", "L", start=1.0, lower=1e-6, description="culture volume")
    xv = d.state("Xv", _CELL, start=3e8, nominal=1e9, description="viable cells")
    xd = d.state("Xd", _CELL, start=0.0, nominal=1e9, description="dead cells")
    glc = d.state("Glc", "mmol/L", start=30.0, nominal=10.0, description="glucose")
    gln = d.state("Gln", "mmol/L", start=4.0, nominal=1.0, description="glutamine")
    lac = d.state("Lac", "mmol/L", start=0.0, nominal=10.0, description="lactate")
    amm = d.state("Amm", "mmol/L", start=0.0, nominal=1.0, description="ammonia")
    mab = d.state("mAb", "g/L", start=0.0, nominal=1.0, description="antibody")
    feed = d.input("feed", "L/h", lower=0.0, upper=1.0, description="continuous feed")
    glc_in = d.input("Glc_feed", "mmol/L", default=400.0, lower=0.0, upper=3000.0, description="glucose in the feed")
    gln_in = d.input("Gln_feed", "mmol/L", default=20.0, lower=0.0, upper=400.0, description="glutamine in the feed")
    ready = _adaptation(d) if extended else None
    growth, death = _growth(d, glc, gln, lac, amm, ready)
    q_glc, q_gln, q_lac, q_amm = _uptake(d, growth, glc, gln, lac, extended=extended)
    q_mab = d.parameter("QmAb", 1.51e-12, "g/{cell}/h", lower=1e-14, upper=1e-11, source=_TABLE_2)
    mu_max = d.symbol("mu_max")
    dilution = d.define("D", feed / held, "/h", description="dilution by the feed")
    d.rate(held, feed)
    d.rate(xv, (growth - death) * xv - dilution * xv)
    d.rate(xd, death * xv - dilution * xd)
    d.rate(glc, -q_glc * xv + dilution * (glc_in - glc))
    d.rate(gln, -q_gln * xv + dilution * (gln_in - gln))
    d.rate(lac, q_lac * xv - dilution * lac)
    d.rate(amm, q_amm * xv - dilution * amm)
    d.rate(mab, q_mab * (1 - growth / mu_max) * xv - dilution * mab)
    dissolved = _gases(d, xv, dilution) if gases else {}
    d.output("viability", 100 * xv / (xv + xd + 1e-3 * d.one(_CELL)) * d.one("%"), "%", description="viability")
    d.output("titre", mab, "mg/L", description="antibody")
    d.output("VCD", xv, "10*6{cell}/mL", description="viable cell density")
    d.output("VDD", xd, "10*6{cell}/mL", description="dead cell density")
    _events(d, held, {"Xv": xv, "Xd": xd, "Glc": glc, "Gln": gln, "Lac": lac, "Amm": amm, "mAb": mab, **dissolved})
    d.conserve("cells", (xv + xd) * held, growth * xv * held)
    d.conserve("glucose", glc * held, feed * glc_in - q_glc * xv * held)
    d.limit("Glucose and glutamine alone limit growth: not for media in which another amino acid runs out first.")
    d.limit("The sources' cell line and medium; other lines need a fit, and titre needs one for every clone.")
    return d.build()


_OURS: Final = "not in the publication; fitted to fed-batch runs"


def _adaptation(d: Declaration) -> Expression:
    """Readiness of freshly inoculated cells to grow, from its start towards 1."""
    ready = d.state("A", "1", start=0.5, upper=1.0, description="adaptation after inoculation")
    lag = d.parameter("tau_lag", 24.0, "h", lower=0.5, upper=200.0, source=_OURS, symbol=r"\tau_\mathrm{lag}")
    d.rate(ready, (1 - ready) / lag)
    return ready


def _growth(
    d: Declaration, glc: Expression, gln: Expression, lac: Expression, amm: Expression, ready: Expression | None
) -> tuple[Expression, Expression]:
    mu_max = d.parameter("mu_max", 0.039, "/h", lower=0.005, upper=0.12, source=_TABLE_2)
    kd_max = d.parameter("kd_max", 0.004, "/h", lower=0.0, upper=0.1, source=_TABLE_2, symbol=r"k_{d,\mathrm{max}}")
    k_glc = d.parameter("Kglc", 1.00, "mmol/L", lower=1e-3, upper=20.0, source=_TABLE_2)
    k_gln = d.parameter("Kgln", 0.047, "mmol/L", lower=1e-5, upper=2.0, source=_TABLE_2)
    ki_lac = d.parameter("KIlac", 43.0, "mmol/L", lower=1.0, upper=1000.0, source=_TABLE_2)
    ki_amm = d.parameter("KIamm", 6.51, "mmol/L", lower=0.1, upper=100.0, source=_TABLE_2)
    kd_lac = d.parameter("KDlac", 45.8, "mmol/L", lower=0.1, upper=500.0, source=_TABLE_2)
    kd_amm = d.parameter("KDamm", 6.51, "mmol/L", lower=0.05, upper=100.0, source=_TABLE_2)
    grown = mu_max * glc / (k_glc + glc) * gln / (k_gln + gln) * ki_lac / (ki_lac + lac) * ki_amm / (ki_amm + amm)
    died = kd_max * lac / (kd_lac + lac) * amm / (kd_amm + amm)
    if ready is not None:
        grown = grown * ready
        starving = d.parameter("kd_glc", 0.01, "/h", lower=0.0, upper=0.1, source=_OURS, symbol=r"k_{d,\mathrm{Glc}}")
        k_starving = d.parameter("KDglc", 1.0, "mmol/L", lower=0.01, upper=20.0, source=_OURS)
        died = died + starving * k_starving / (k_starving + glc)
    mu = d.define("mu", grown, "/h", description="specific growth rate")
    kd = d.define("kd", died, "/h", description="specific death rate", symbol="k_d")
    return mu, kd


def _uptake(
    d: Declaration, mu: Expression, glc: Expression, gln: Expression, lac: Expression, *, extended: bool
) -> tuple[Expression, Expression, Expression, Expression]:
    """Specific rates of glucose and glutamine uptake and of lactate and ammonia formation."""
    specific = "mmol/{cell}/h"
    y_glc = d.parameter("Yxglc", 0.357e9, "{cell}/mmol", lower=1e7, upper=1e11, source=_TABLE_2)
    y_gln = d.parameter("Yxgln", 0.974e9, "{cell}/mmol", lower=1e7, upper=1e12, source=_TABLE_2)
    y_lac = d.parameter("Ylacglc", 0.70, "mmol/mmol", lower=0.0, upper=2.0, source=_TABLE_2)
    y_amm = d.parameter("Yammgln", 0.67, "mmol/mmol", lower=0.0, upper=2.0, source=_TABLE_2)
    m_glc = d.parameter("mglc", 69.2e-12, specific, lower=0.0, upper=1e-9, source=_TABLE_2)
    r_amm = d.parameter("ramm", 6.3e-12, specific, lower=0.0, upper=1e-10, source=_TABLE_2)
    a1 = d.parameter("a1", 3.2e-12, specific, lower=0.0, upper=1e-9, source=_TABLE_2)
    a2 = d.parameter("a2", 2.1, "mmol/L", lower=1e-3, upper=100.0, source=_TABLE_2)
    # Maintenance stops when its substrate is gone: the published constant uptake would make glucose negative.
    near = 0.01 * d.one("mmol/L")
    taken = mu / y_glc + m_glc * glc / (near + glc)
    if extended:
        excess = d.parameter("q_over", 5e-11, specific, lower=0.0, upper=2e-9, source=_OURS)
        k_excess = d.parameter("K_over", 8.0, "mmol/L", lower=0.1, upper=100.0, source=_OURS)
        taken = taken + excess * glc / (near + glc) / (1 + (lac / k_excess) ** 2)
    q_glc = d.define("q_Glc", taken, specific, description="glucose uptake")
    q_gln = d.define("q_Gln", mu / y_gln + a1 * gln / (a2 + gln), specific, description="glutamine uptake")
    formed = y_lac * q_glc
    if extended:
        q_max = d.parameter("q_lac", 3e-11, specific, lower=0.0, upper=1e-9, source=_OURS)
        k_lac = d.parameter("K_lac", 2.0, "mmol/L", lower=0.01, upper=50.0, source=_OURS)
        formed = formed - q_max * lac / (k_lac + lac) * (1 - mu / d.symbol("mu_max"))
    q_lac = d.define("q_Lac", formed, specific, description="lactate formation")
    amm = d.symbol("Amm")
    q_amm = d.define("q_Amm", y_amm * q_gln - r_amm * amm / (near + amm), specific, description="ammonia formation")
    return q_glc, q_gln, q_lac, q_amm


def _gases(d: Declaration, xv: Expression, dilution: Expression) -> dict[str, Expression]:
    """Dissolved oxygen and carbon dioxide with constant transfer coefficients."""
    typical = "typical of CHO, to be measured for a vessel"
    do = d.state("DO", "mmol/L", start=0.1, nominal=0.1, description="dissolved oxygen")
    co2 = d.state("CO2", "mmol/L", start=1.6, nominal=1.0, description="dissolved carbon dioxide")
    kla = d.parameter("kLa", 15.0, "/h", lower=0.1, upper=200.0, source=typical)
    kla_co2 = d.parameter("kLa_CO2", 3.0, "/h", lower=0.01, upper=200.0, source=typical)
    saturation = d.parameter("DO_sat", 1.0, "mmol/L", lower=0.01, upper=2.0, source="water at 37 Cel under oxygen")
    co2_sat = d.parameter("CO2_sat", 1.2, "mmol/L", lower=0.0, upper=10.0, source="5 % carbon dioxide at 37 Cel")
    q_o2 = d.parameter("q_O2", 3e-10, "mmol/{cell}/h", lower=0.0, upper=2e-9, source=typical)
    rq = d.parameter("RQ", 1.0, "mmol/mmol", lower=0.5, upper=1.5, source=typical)
    k_o2 = 0.002 * d.one("mmol/L")
    uptake = d.define("OUR", q_o2 * xv * do / (k_o2 + do), "mmol/L/h", description="oxygen uptake rate")
    d.rate(do, kla * (saturation - do) - uptake - dilution * do)
    d.rate(co2, rq * uptake - kla_co2 * (co2 - co2_sat) - dilution * co2)
    return {"DO": do, "CO2": co2}


def _events(d: Declaration, held: Expression, content: dict[str, Expression]) -> None:
    def bolus(volume: Expression, **fed: Expression) -> dict[str, Expression]:
        whole = held + volume
        after = {name: value * held / whole for name, value in content.items()}
        return {"V": whole, **after, **{name: (content[name] * held + fed[name] * volume) / whole for name in fed}}

    millimolar = ("mmol/L", 0.0, 3000.0)
    d.event(
        "bolus", {"volume": ("mL", 0.0, 1e6), "Glc": millimolar, "Gln": millimolar}, bolus, description="feed at once"
    )
    d.event("sample", {"volume": ("mL", 0.0, 1e6)}, lambda volume: {"V": held - volume}, description="take a sample")


def checks() -> Sequence[Check]:
    """The growth rate at the published point."""
    point = {"Glc": 30.0, "Gln": 4.0, "Lac": 10.0, "Amm": 2.0}
    mu = float(fed_batch_culture().evaluate(["mu"], states=point)["mu"][0])
    return (Check("fed-batch-cho", "mu at Glc 30, Gln 4, Lac 10, Amm 2 mM", mu, 0.023152, 5e-5, "/h", source=_TABLE_2),)
