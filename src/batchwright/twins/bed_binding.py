"""Kinetic binding in a packed bed: steric mass action, competitive Langmuir, linear.

Steric mass action: Brooks & Cramer 1992, doi 10.1002/aic.690381212; its constants are those of the load-wash-elute
example of CADET.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression, maximum

Isotherm = Literal["sma", "langmuir", "linear"]

SOURCE: Final = "load-wash-elute example of CADET"
_MM: Final = "mmol/L"
_SMA: Final[Mapping[str, tuple[float, float, float]]] = {
    "A": (35.5, 4.7, 11.83), "B": (1.59, 5.29, 10.6), "C": (7.7, 3.7, 10.0)
}  # fmt: skip
"""Adsorption constant (1/s), characteristic charge and steric factor by protein of the example."""

LATEX: Final[Mapping[str, str]] = {
    "sma": (
        r"\frac{\partial q_i}{\partial t}=k_{a,i}c_{p,i}\Big(\Lambda-\sum_j(\nu_j+\sigma_j)q_j\Big)^{\nu_i}"
        r"-k_{d,i}q_i c_{p,0}^{\nu_i},\quad q_0=\Lambda-\sum_j\nu_j q_j"
    ),
    "langmuir": (
        r"\frac{\partial q_i}{\partial t}=k_{a,i}c_{p,i}q_{\max,i}\Big(1-\sum_j\frac{q_j}{q_{\max,j}}\Big)-k_{d,i}q_i"
    ),
    "linear": r"\frac{\partial q_i}{\partial t}=k_{a,i}c_{p,i}-k_{d,i}q_i",
}
"""Rate of binding by isotherm."""


def binding_rates(
    d: Declaration, isotherm: Isotherm, pore: Mapping[str, Expression], bound: Mapping[str, Expression]
) -> dict[str, Expression]:
    """Rate of binding of each protein, per volume of solid; declares the parameters of the isotherm.

    Args:
        d: Declaration to which the parameters belong.
        isotherm: Which.
        pore: Liquid at the solid, by component.
        bound: Bound proteins, by name.
    """
    if isotherm == "sma":
        return _steric(d, pore, bound)
    rates = {}
    capacity = {}
    for name in bound:
        if isotherm == "langmuir":
            capacity[name] = d.parameter(f"qmax_{name}", 5.0, _MM, lower=1e-6, upper=1e4, source="to be fitted")
    free: Expression | float = 1.0
    for name, most in capacity.items():
        free = free - bound[name] / most
    for name, held in bound.items():
        on = d.parameter(f"ka_{name}", 10.0, "/s", lower=1e-9, upper=1e9, source="to be fitted; per 1 mmol/L")
        off = d.parameter(f"kd_{name}", 5.0, "/s", lower=1e-9, upper=1e9, source="to be fitted")
        strength: Expression | float = capacity[name].number(_MM) * free if isotherm == "langmuir" else 1.0
        rates[name] = on * pore[name] * strength - off * held
    return rates


def _steric(d: Declaration, pore: Mapping[str, Expression], bound: Mapping[str, Expression]) -> dict[str, Expression]:
    """Steric mass action; concentrations relative to 1 mmol/L, as its constants are tabulated."""
    sites = d.parameter(
        "Lambda", 1200.0, _MM, lower=1.0, upper=1e5, source=SOURCE, description="ionic capacity", symbol=r"\Lambda"
    )
    order = list(bound)
    charge, shield, on, off = {}, {}, {}, {}
    for name in order:
        ka, nu, sigma = _SMA.get(name, (10.0, 4.0, 10.0))
        on[name] = d.parameter(f"ka_{name}", ka, "/s", lower=1e-12, upper=1e12, source=SOURCE, symbol=f"k_{{a,{name}}}")
        off[name] = d.parameter(
            f"kd_{name}", 1000.0, "/s", lower=1e-9, upper=1e9, source=SOURCE, symbol=f"k_{{d,{name}}}"
        )
        charge[name] = d.parameter(
            f"nu_{name}", nu, "1", lower=0.1, upper=30.0, source=SOURCE, symbol=rf"\nu_{{{name}}}"
        )
        shield[name] = d.parameter(
            f"sigma_{name}", sigma, "1", lower=0.0, upper=500.0, source=SOURCE, symbol=rf"\sigma_{{{name}}}"
        )
    free = sites
    for name in order:
        free = free - (charge[name] + shield[name]) * bound[name]
    # A power of a negative number has no value: hold the base above zero where an iterate overshoots.
    ground = 1e-9 * d.one(_MM)
    open_sites = maximum(free, ground).number(_MM)
    salt = maximum(pore["salt"], ground).number(_MM)
    return {
        name: on[name] * pore[name] * open_sites ** charge[name] - off[name] * bound[name] * salt ** charge[name]
        for name in order
    }
