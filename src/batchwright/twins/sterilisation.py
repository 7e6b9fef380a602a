"""Moist-heat sterilisation: lethality as minutes at a reference temperature.

F0 = integral of 10^((T - T_ref) / z) dt (EN ISO 17665; Ph. Eur. 5.1.1). The reference temperature is stored with the
result: with 121.0 and with 121.1 degrees the same run gives different minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import exp
from batchwright.twins.model import Model
from batchwright.twins.schedule import Ramp, Schedule
from batchwright.twins.simulation import simulate

_ISO: Final = "EN ISO 17665"


@lru_cache(maxsize=2)
def moist_heat(*, load: bool = False) -> Model:
    """Lethality of a temperature profile.

    Args:
        load: Whether the load follows the chamber with a time constant, instead of the input being the load's
            temperature.

    Returns:
        The model.
    """
    d = Declaration("moist-heat", title="Moist-heat sterilisation", time_unit="min", source=_ISO)
    lethality = d.state("F", "min", start=0.0, nominal=10.0, description="lethality at T_ref", symbol="F_0")
    chamber = d.input("T", "Cel", default=121.1, lower=0.0, upper=150.0, description="measured temperature")
    reference = d.parameter("T_ref", 121.1, "Cel", lower=100.0, upper=140.0, source=_ISO, symbol=r"T_\mathrm{ref}")
    z = d.parameter("z", 10.0, "K", lower=4.0, upper=30.0, source=_ISO)
    d_value = d.parameter(
        "D_value", 1.5, "min", lower=0.05, upper=10.0, source="Geobacillus stearothermophilus, Ph. Eur. 5.1.2"
    )
    temperature = chamber
    if load:
        lag = d.parameter(
            "tau", 3.0, "min", lower=0.05, upper=120.0, source="to be measured for a load", symbol=r"\tau"
        )
        temperature = d.state("T_load", "Cel", start=20.0, nominal=100.0, upper=160.0, description="load temperature")
        d.rate(temperature, (chamber - temperature) / lag)
    ten = 2.302585092994046
    rate = d.define("L", exp((temperature - reference) / z * ten), "1", description="lethal rate")
    d.rate(lethality, rate)
    d.output("log_reduction", lethality / d_value, "1", description="decades of spores killed")
    d.limit("Saturated steam only: air pockets and superheat make the temperature say too much.")
    return d.build()


def checks() -> Sequence[Check]:
    """Fifteen minutes at the reference, and a ramp."""
    model = moist_heat()
    hold = simulate(model, Schedule(15.0, inputs={"T": 121.1})).last("F")
    ramp = simulate(model, Schedule(21.1, inputs={"T": Ramp([0.0, 21.1], [100.0, 121.1])})).last("F")
    other = simulate(model, Schedule(15.0, inputs={"T": 121.1}), parameters={"T_ref": 121.0}).last("F")
    return (
        Check("moist-heat", "15 min at 121.1 Cel", hold, 15.0, 1e-6, "min", source="definition"),
        Check("moist-heat", "ramp 100 to 121.1 Cel at 1 K/min", ramp, 4.3092, 2e-5, "min", source="closed form"),
        Check(
            "moist-heat", "the same hold with T_ref 121.0 Cel", other, 15.0 * 10**0.01, 1e-6, "min", source="definition"
        ),
    )
