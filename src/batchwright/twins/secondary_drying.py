"""Secondary drying: water bound to the dried solids leaves by a first-order rate that grows with temperature.

Pikal, Shah, Roy & Putman 1990, doi 10.1016/0378-5173(90)90094-D: first order towards an equilibrium, Arrhenius,
little influence of pressure. The product follows the shelf with one time constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp as _exp
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import constant, exp
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import simulate

_FIT: Final = "typical of an amorphous cake; to be fitted for a product"


@lru_cache(maxsize=1)
def secondary_drying() -> Model:
    """Moisture of the cake from the end of sublimation to stoppering."""
    d = Declaration(
        "freeze-drying-secondary",
        title="Freeze-drying, secondary",
        time_unit="h",
        source="doi 10.1016/0378-5173(90)90094-D",
    )
    moisture = d.state("w", "%", start=20.0, upper=500.0, description="water per dry solids")
    product = d.state("T", "K", start=263.15, lower=150.0, upper=400.0, description="product")
    shelf = d.input("T_shelf", "Cel", default=25.0, lower=-80.0, upper=120.0, description="shelf")
    reference = d.parameter(
        "k_ref", 0.4, "/h", lower=1e-4, upper=100.0, source=_FIT, description="desorption at 25 Cel"
    )
    activation = d.parameter(
        "E_a", 37.5, "kJ/mol", lower=0.0, upper=200.0, source=_FIT, description="activation energy"
    )
    balance = d.parameter("w_eq", 0.3, "%", lower=0.0, upper=20.0, source=_FIT, description="moisture at equilibrium")
    lag = d.parameter(
        "tau", 0.7, "h", lower=0.01, upper=20.0, source=_FIT, description="lag of the product behind the shelf"
    )
    gas = constant(8.314462618, "J/mol/K")
    inverse = 1 / product - 1 / constant(298.15, "K")
    rate = d.define("k", reference * exp(-activation / gas * inverse), "/h", description="desorption rate constant")
    flow = d.define("desorption", rate * (moisture - balance), "%/h", description="moisture lost per time")
    d.rate(moisture, -flow)
    d.rate(product, (shelf.to("K") - product) / lag)
    d.conserve("water", moisture, -flow)
    d.limit("One pool of bound water: crystalline hydrates and collapse are not in it.")
    return d.build()


def checks() -> Sequence[Check]:
    """Moisture at constant temperature against the exponential."""
    model = secondary_drying()
    run = simulate(model, Schedule(6.0, inputs={"T_shelf": 25.0}), start={"T": 298.15})
    p = model.defaults()
    exact = p["w_eq"] + (20.0 - p["w_eq"]) * _exp(-p["k_ref"] * 6.0)
    return (Check(model.name, "moisture after 6 h at 25 Cel", run.last("w"), exact, 1e-5, "%", source="closed form"),)
