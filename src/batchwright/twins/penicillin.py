"""Penicillin fed-batch, reduced: Goldrick's industrial fermentation without its heat, gas and acid-base balances.

Structure and parameters of IndPenSim (Goldrick et al. 2015, doi 10.1016/j.jbiotec.2014.10.029; 2019, doi
10.1016/j.compchemeng.2019.05.037): four regions of the hyphae, vacuoles by size, substrate, oxygen, phenylacetic
acid, nitrogen, viscosity, volume: 24 of the 33 states. Left out, because controllers hold them or they only follow:
temperature and pH (inputs here), heat, weight, oxygen and carbon dioxide in the off-gas, dissolved carbon dioxide,
and the flows of acid and base.

The published equations of vacuoles and maintenance do not close in their units; they are kept as published, and the
factor of one centimetre, hour or gram per litre that is missing stands in them as ``one(...)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import pi
from typing import Final

import numpy as np

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, apply_matrix, exp, join, log, maximum, softplus, sqrt, tanh
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule, Steps
from batchwright.twins.simulation import simulate

_PAPER: Final = "Goldrick et al. 2015, doi 10.1016/j.jbiotec.2014.10.029"
_SIZES: Final = 10
_REFERENCE: Final = (
    ("P", 50.0, 4.7512),
    ("P", 100.0, 15.9173),
    ("P", 150.0, 26.1129),
    ("P", 200.0, 32.2228),
    ("P", 230.0, 25.7655),
    ("X", 100.0, 24.7420),
    ("X", 200.0, 26.4817),
)
"""Penicillin and biomass in g/L from all 33 published equations, with temperature and pH held and no acid or base."""
_STEP, _FIRST, _NUCLEUS = 0.75e-4, 1.5e-4, 1e-4  # cm: classes of vacuole radius, the first, and new ones


@lru_cache(maxsize=1)
def penicillin() -> Model:
    """The reduced fermentation in a 100 m3 vessel."""
    d = Declaration("penicillin", title="Penicillin fed-batch (Goldrick, reduced)", time_unit="h", source=_PAPER)
    _states(d)
    _inputs(d)
    _environment(d)
    flows = _flows(d)
    growth = _biomass(d, flows)
    made = _product(d, flows)
    _media(d, flows, growth, made)
    d.output("X", d.symbol("X_all"), "g/L", description="biomass, all regions")
    d.output("yield", d.symbol("P") * d.symbol("V"), "kg", description="penicillin in the vessel")
    d.conserve("volume", d.symbol("V"), flows["in"])
    d.limit("Temperature and pH are inputs: what happens when their controllers fail is not in it.")
    d.limit("Carbon dioxide is not in it: no inhibition by it, no off-gas.")
    d.limit("Defaults of IndPenSim, itself tuned to one 100 m3 plant whose records are not public.")
    return d.build()


def recipe() -> Schedule:
    """The usual batch of 230 h: the recipe of IndPenSim's sequential batch control, rounded to its main steps."""
    feed = Steps(
        [0, 3, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 76, 80, 160],
        [8, 15, 30, 75, 150, 30, 37, 43, 47, 51, 57, 61, 65, 72, 76, 80, 84, 90, 116, 90, 80],
    )
    taken = [hour for drain in (100, 130, 150, 170, 190, 210) for hour in (drain, drain + 2)]
    return Schedule(
        230.0,
        every=1.0,
        inputs={
            "F_s": feed,
            "F_oil": Steps([0, 4, 16, 56, 60, 64, 68, 72, 76, 80], [22, 30, 35, 34, 33, 32, 31, 30, 29, 23]),
            "F_g": Steps([0, 8, 20, 40, 90, 200], [30, 42, 55, 60, 75, 65]),
            "p": Steps([0, 12.4, 25, 30, 40, 100, 150], [0.6, 0.7, 0.8, 0.9, 1.1, 1.0, 0.9]),
            "F_out": Steps([0, *taken], [0.0] + [4000.0, 0.0] * 6),
            "F_w": Steps([0, 50, 75, 150, 160, 170, 200], [0, 500, 100, 0, 400, 150, 250]),
            "F_PAA": Steps([0, 5, 40, 200], [5, 0, 10, 4]),
        },
    )


def _states(d: Declaration) -> None:
    zeros = [0.0] * _SIZES
    d.state("S", "g/L", start=1.0, description="substrate")
    d.state("DO", "mg/L", start=15.0, nominal=10.0, description="dissolved oxygen")
    d.state("P", "g/L", start=0.0, nominal=10.0, description="penicillin")
    d.state("V", "L", start=5.8e4, lower=1.0, description="volume")
    d.state("A0", "g/L", start=0.5 / 3, lower=0.0, nominal=1.0, description="growing regions", symbol="A_0")
    d.state("A1", "g/L", start=1.0 / 3, lower=0.0, nominal=10.0, description="non-growing regions", symbol="A_1")
    d.state("A3", "g/L", start=0.0, lower=-1.0, nominal=1.0, description="degenerated regions", symbol="A_3")
    d.state("A4", "g/L", start=0.0, lower=-1.0, nominal=1.0, description="autolysed regions", symbol="A_4")
    d.state("age", "g.h/L", start=0.0, nominal=1000.0, description="biomass integrated over time")
    d.state("n", "/cm/L", start=zeros, size=_SIZES, lower=-1e15, nominal=1e11, description="vacuoles by size")
    d.state("n_m", "/cm/L", start=0.0, lower=-1e15, nominal=1e11, description="largest vacuoles")
    d.state(
        "phi", "cm3/L", start=0.0, lower=-1.0, nominal=1.0, description="volume of new vacuoles", symbol=r"\varphi_0"
    )
    d.state("visc", "cP", start=4.0, nominal=10.0, description="viscosity", symbol=r"\eta")
    d.state("PAA", "mg/L", start=1400.0, lower=-1e4, nominal=1000.0, description="phenylacetic acid")
    d.state("N", "mg/L", start=1700.0, lower=-1e4, nominal=1000.0, description="nitrogen")


def _inputs(d: Declaration) -> None:
    d.input("F_s", "L/h", default=8.0, lower=0.0, upper=500.0, description="sugar feed")
    d.input("F_oil", "L/h", default=22.0, lower=0.0, upper=200.0, description="soybean oil feed")
    d.input("F_g", "m3/min", default=30.0, lower=5.0, upper=200.0, description="aeration")
    d.input("p", "bar", default=0.6, lower=0.0, upper=3.0, description="head pressure")
    d.input("F_out", "kg/h", default=0.0, lower=0.0, upper=2e4, description="broth withdrawn")
    d.input("F_w", "L/h", default=0.0, lower=0.0, upper=2000.0, description="water")
    d.input("F_PAA", "L/h", default=5.0, lower=0.0, upper=100.0, description="phenylacetic acid feed")
    d.input("T", "Cel", default=24.85, lower=15.0, upper=40.0, description="temperature")
    d.input("pH", "[pH]", default=6.5, lower=4.0, upper=8.0, description="pH")
    d.input("rpm", "/min", default=100.0, lower=10.0, upper=300.0, description="stirrer")


def _p(d: Declaration, name: str, value: float, code: str, **more: str) -> Expression:
    """A parameter of IndPenSim, free to move by a factor of ten."""
    low, high = sorted((value / 10, value * 10))
    return d.parameter(name, value, code, lower=low, upper=high, source=_PAPER, **more)


def _switch(value: Expression, threshold: float, sharp: float = 1.0) -> Expression:
    """From 0 below a threshold to 1 above it, one unit of the value wide."""
    return (1 + tanh(sharp * (value.number() - threshold))) / 2


def _environment(d: Declaration) -> None:
    """Pressure, oxygen saturation and what pH, temperature and scarcity leave of the rates."""
    v, ph, kelvin = d.symbol("V"), d.symbol("pH"), d.symbol("T").to("K").number()
    acid = exp(-2.302585092994046 * ph.number())
    solids = d.symbol("P") + d.symbol("A0") + d.symbol("A1") + d.symbol("A3") + d.symbol("A4")
    broth = d.define(
        "rho_b", 1100.0 * d.one("g/L") + solids, "kg/m3", description="density of the broth", symbol=r"\rho_b"
    )
    height = d.define("h_b", 0.9 * v / (pi * 2.1**2 * d.one("m2")), "m", description="height of the broth")
    top = 1 + d.symbol("p").number("bar")
    bottom = top + 9.81e-5 * broth.number() * height.number()
    pressure = d.define(
        "p_m", (bottom - top) / log(bottom / top) * d.one("bar"), "bar", description="log-mean pressure"
    )
    saturation = d.define(
        "DO_sat", 0.21 / 0.0251 * pressure.number() * d.one("mg/L"), "mg/L", description="oxygen saturation"
    )
    heat = 450.0 * exp(-14880.0 / (8.314 * kelvin)) - 2.5e29 * exp(-173250.0 / (8.314 * kelvin))
    d.define("f_pH", 1 / (1 + acid / 1e-5 + 2.5e-8 / acid), "1", description="effect of pH on growth")
    d.define("f_T", heat, "1", description="effect of temperature on growth")
    do = d.symbol("DO")
    d.define("f_OX", _switch(do - 0.1 * saturation, 0.0), "1", description="effect of oxygen on growth")
    d.define("f_OP", _switch(do - 0.3 * saturation, 0.0), "1", description="effect of oxygen on penicillin")
    d.define("f_N", _switch(d.symbol("N"), 150.0), "1", description="effect of nitrogen on growth")
    d.define("f_PX", 1 - _switch(d.symbol("PAA"), 2400.0), "1", description="effect of phenylacetic acid on growth")
    d.define("f_PP", _switch(d.symbol("PAA"), 200.0), "1", description="effect of phenylacetic acid on penicillin")
    hydrolysis = exp(-64.29 - 1.825 * ph.number() + 0.3649 * kelvin + 0.1280 * ph.number() ** 2 - 4.9496e-4 * kelvin**2)
    d.define("mu_h", hydrolysis * d.one("/h"), "/h", description="hydrolysis of penicillin")


def _flows(d: Declaration) -> dict[str, Expression]:
    """What comes in and goes out, and the dilution by it."""
    v, warm = d.symbol("V"), d.symbol("T").to("K").number() - 273.0
    evaporated = 5.24e-4 * v / d.one("h") * (exp(2.5 * warm / 100.0) - 1)
    fed = d.symbol("F_s") + d.symbol("F_w") + d.symbol("F_PAA") - evaporated
    drawn = d.symbol("F_out") / d.symbol("rho_b")
    d.rate(v, fed - drawn)
    return {"in": fed - drawn, "dilution": d.define("D", fed / v, "/h", description="dilution")}


def _biomass(d: Declaration, flows: dict[str, Expression]) -> Expression:
    """Growing, non-growing, degenerated and autolysed regions, and the vacuoles that lead from one to the other."""
    s, a0, a1, a3, a4 = (d.symbol(name) for name in ("S", "A0", "A1", "A3", "A4"))
    dilution = flows["dilution"]
    everything = d.define("X_all", a0 + a1 + a3 + a4, "g/L", description="biomass")
    mu_x = _p(d, "mu_X", 0.41, "/h", description="growth rate", symbol=r"\mu_X")
    branching = _p(d, "branch", 0.4, "1", description="branching over extension")
    allowed = d.symbol("f_pH") * d.symbol("f_N") * d.symbol("f_T") * d.symbol("f_OX") * d.symbol("f_PX")
    mu = d.define("mu", mu_x * allowed, "/h", description="growth rate as things stand", symbol=r"\mu")
    k_b, k_e = _p(d, "K_b", 0.05, "g/L"), _p(d, "K_e", 0.009, "g/L")
    older = d.symbol("age") / everything
    limit = 0.09 * d.one("g/L")
    # The constant falls with the age of the culture down to a limit; smooth, so that derivatives stay.
    k_diff = limit + softplus((0.75 - 0.006 * older.number("h")) * d.one("g/L") - limit, 1e-3 * d.one("g/L"))
    branch = d.define("r_b", branching * mu * a1 * s / (k_b + s), "g/L/h", description="branching")
    extend = d.define("r_e", mu * a0 * s / (k_e + s), "g/L/h", description="extension")
    differ = d.define(
        "r_d", _p(d, "mu_diff", 5.36e-3, "g/L/h") * a0 / (k_diff + s), "g/L/h", description="differentiation"
    )
    d.define(
        "r_m0", _p(d, "m_s", 0.029, "g/L/h") * a0 / (k_diff + s), "g/L/h", description="maintenance of growing regions"
    )
    autolysis = _p(d, "mu_a", 3.5e-3, "/h", description="autolysis", symbol=r"\mu_a") * a3
    degenerate = _vacuoles(d)
    d.rate(a0, branch - differ - a0 * dilution)
    d.rate(a1, extend - branch + differ - degenerate - a1 * dilution)
    d.rate(a3, degenerate - autolysis - a3 * dilution)
    d.rate(a4, autolysis - a4 * dilution)
    d.rate(d.symbol("age"), everything)
    d.conserve("biomass", everything, extend - everything * dilution)
    d.define("r_4", autolysis, "g/L/h", description="autolysis")
    return d.define("r_X", extend - everything * dilution, "g/L/h", description="change of the biomass")


def _vacuoles(d: Declaration) -> Expression:
    """Vacuoles grow through size classes; what reaches the largest becomes degenerated biomass."""
    n, largest, phi, a1, s = (d.symbol(name) for name in ("n", "n_m", "phi", "A1", "S"))
    rho, rho_d = _p(d, "rho_0", 0.35, "g/cm3"), _p(d, "rho_d", 0.18, "g/cm3")
    radii = _FIRST + _STEP * np.arange(_SIZES - 1)
    weights = (4 / 3 * pi * radii**3 * _STEP)[None, :]
    volume = d.define("v_2", phi + apply_matrix(weights, n[1:], "cm4"), "cm3/L", description="volume of vacuoles")
    # rho_1 = A1 / (A1 / rho_0 + v_2) put into v_1 = A1 / (2 rho_1) - v_2, so that nothing is divided by A1.
    active = d.define("v_1", (a1 / rho + volume) / 2 - volume, "cm3/L", description="active volume")
    k_v = _p(d, "k_v", 3.22e-5, "cm/h", description="growth of vacuoles")
    formed = _p(d, "mu_v", 1.71e-4, "g/L/h", symbol=r"\mu_v") * active / (_p(d, "K_v", 0.05, "g/L") + s)
    cm, new = d.one("cm"), _FIRST + _NUCLEUS
    smallest = formed * (6 / pi * new**-3 / d.one("cm3")) / cm - k_v * n[0] / cm
    spread = _p(d, "D_v", 2.66e-11, "cm2/h", description="dispersion of vacuoles")
    above, below = join([n[2:], largest]), n[:-1]
    inner = -k_v * (above - below) / (2 * _STEP * cm) + spread * (above - 2 * n[1:] + below) / (_STEP * cm) ** 2
    d.rate(n, join([smallest, inner]))
    top = (2 * _FIRST + 18 * _STEP) ** 3  # (r_k + r_m)^3 with r_k = r_0 + 8 steps and r_m = r_0 + 10 steps
    d.rate(largest, k_v * inner[_SIZES - 2] * d.one("h") / (2 * _STEP * cm) - d.symbol("mu_a") * largest)
    d.rate(phi, formed - k_v * n[0] * (pi * new**3 / 6) * d.one("cm3"))
    return d.define(
        "r_3", pi * top / 6 * d.one("cm3") * rho_d * k_v * n[_SIZES - 1], "g/L/h", description="degeneration"
    )


def _product(d: Declaration, flows: dict[str, Expression]) -> dict[str, Expression]:
    """Penicillin from the active volume, best at little substrate, lost to hydrolysis."""
    s, product = d.symbol("S"), d.symbol("P")
    best, width = 0.002, 0.0015
    # The published factor 2.5 P_std (a normal density) is 2.5 / sqrt(2 pi) = 0.9974 at its top.
    wanted = 2.5 / (2 * pi) ** 0.5 * exp(-0.5 * ((s.number() - best) / width) ** 2)
    d.define("f_P", wanted, "1", description="effect of substrate on penicillin")
    mu_p = _p(d, "mu_P", 0.041, "/h", description="production rate", symbol=r"\mu_P")
    made = mu_p * d.symbol("rho_0") * d.symbol("v_1") * d.symbol("f_P") * d.symbol("f_OP") * d.symbol("f_PP")
    formed = d.define("r_P", made, "g/L/h", description="penicillin formed")
    change = d.define("r_dP", formed - d.symbol("mu_h") * product - product * flows["dilution"], "g/L/h")
    d.rate(product, change)
    return {"formed": formed, "change": change}


def _media(d: Declaration, flows: dict[str, Expression], growth: Expression, made: dict[str, Expression]) -> None:
    """Substrate, oxygen, phenylacetic acid, nitrogen and viscosity."""
    s, do, v, dilution = d.symbol("S"), d.symbol("DO"), d.symbol("V"), flows["dilution"]
    oil, acid, everything = d.symbol("F_oil"), d.symbol("F_PAA"), d.symbol("X_all")
    on_growth = _p(d, "Y_SX", 1.85, "g/g") * (d.symbol("r_b") + d.symbol("r_e"))
    kept = d.symbol("m_s") / d.one("g/L") * d.symbol("rho_0") * d.symbol("v_1") * s / (d.symbol("K_v") + s)
    used = on_growth + d.symbol("r_m0") + kept + _p(d, "Y_SP", 0.9, "g/g") * made["formed"]
    fed = d.symbol("F_s") * _p(d, "c_s", 600.0, "g/L") + oil * _p(d, "c_oil", 1000.0, "g/L")
    d.rate(s, fed / v - used - s * dilution)
    transfer = _transfer(d)
    respired = (
        _p(d, "Y_OX", 650.0, "mg/g") * growth
        + _p(d, "m_OX", 17.5, "mg/g/h") * everything
        + _p(d, "Y_OP", 160.0, "mg/g") * made["change"]
    )
    d.rate(do, transfer * (d.symbol("DO_sat") - do) - respired - do * dilution)
    paa, nitrogen = d.symbol("PAA"), d.symbol("N")
    d.rate(
        paa,
        acid * _p(d, "c_PAA", 530.0, "g/L") / v
        - _p(d, "Y_PAAP", 187.5, "mg/g") * made["change"]
        - _p(d, "Y_PAAX", 45.0, "mg/g") * growth
        - _p(d, "m_PAA", 1.05, "mg/g/h") * d.symbol("P")
        - paa * dilution,
    )
    turned = d.symbol("r_b") + d.symbol("r_e") + d.symbol("r_d") + d.symbol("r_4")
    d.rate(
        nitrogen,
        (acid * _p(d, "c_N", 150.0, "g/L") + oil * _p(d, "c_Noil", 20.0, "g/L")) / v
        - _p(d, "Y_NX", 10.0, "mg/g") * turned
        - _p(d, "Y_NP", 80.0, "mg/g") * made["change"]
        - _p(d, "m_N", 0.03, "mg/g/h") * everything
        - nitrogen * dilution,
    )
    time = d.time.number("h")
    thicker = 3.0 * maximum(d.symbol("A0").number("g/L"), 1e-9) ** (1 / 3)
    early = 1 / (1 + exp(-0.001 * (time - 1.0))) / (1 + exp(-0.0001 * (time - 250.0)))
    d.rate(d.symbol("visc"), (thicker * early - 0.005 * d.symbol("F_w").number("L/h")) * d.one("cP/h"))


def _transfer(d: Declaration) -> Expression:
    """Oxygen transfer from gas velocity, power and viscosity (numbers of the correlation in SI)."""
    gas = d.symbol("F_g").number("m3/s")
    turns, wide = d.symbol("rpm").number("/s"), 1.7
    heavy, volume = d.symbol("rho_b").number("kg/m3"), d.symbol("V").number("m3")
    height, top = d.symbol("h_b").number("m"), 1 + d.symbol("p").number("bar")
    unaerated = 3 * 5.0 * heavy * turns**3 * wide**5
    stirred = 0.706 * (unaerated**2 * turns * wide**3 / gas**0.56) ** 0.45 / 1000
    velocity = gas / (pi * 2.1**2)
    kelvin = d.symbol("T").to("K").number()
    blown = velocity * 8.314 * kelvin * volume / (22.4 * height) * log(1 + heavy * 9.81 * height / (top * 1e5))
    # As published: what is thinner than 4 counts as 1.
    thin = d.symbol("visc").number("cP")
    viscous = 1 + (thin - 1) * _switch(d.symbol("visc"), 4.0, 20.0)
    oil = 1 - sqrt(sqrt(maximum(d.symbol("F_oil") / d.symbol("V") * d.one("h"), 1e-12)))
    rate = velocity**0.38 * ((stirred + blown) / volume) ** 0.34 * (viscous / 100) ** -0.38 * oil
    alpha = _p(d, "alpha", 85.0, "/h", description="factor of the transfer correlation", symbol=r"\alpha")
    return d.define("kLa", alpha * rate, "/h", description="oxygen transfer")


def checks() -> Sequence[Check]:
    """Penicillin of the usual batch beside the published program."""
    run = simulate(penicillin(), recipe())
    source = "all 33 equations as published (IndPenSim), integrated by LSODA with temperature and pH held"
    return tuple(
        Check(
            "penicillin",
            f"{what} after {hour:g} h",
            float(run.at(hour, what)[0]),
            reference,
            1e-4,
            "g/L",
            source=source,
        )
        for what, hour, reference in _REFERENCE
    )
