"""Passive shipper: payload, phase-change material and a lumped wall.

Enthalpy balance of the coolant with its latent heat, and of the payload behind it. Closed form: at constant ambient
the coolant lasts m L / (UA dT).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import maximum, minimum
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import Stop, simulate

_ICE: Final = "water, CRC Handbook of Chemistry and Physics"
_BOX: Final = "to be measured for a shipper in its qualification"


@lru_cache(maxsize=1)
def shipper() -> Model:
    """Ambient -> coolant -> payload, with a leak from ambient straight to the payload."""
    d = Declaration("shipper", title="Shipper with phase-change material", time_unit="h", source="energy balance")
    heat = d.state(
        "H", "kJ", start=0.0, lower=-1e5, nominal=100.0, description="enthalpy of the coolant above solid at T_m"
    )
    payload = d.state(
        "T_p", "Cel", start=5.0, lower=-100.0, upper=100.0, nominal=5.0, description="payload temperature"
    )
    ambient = d.input("T_a", "Cel", default=20.0, lower=-60.0, upper=70.0, description="ambient temperature")
    mass = d.parameter("m", 2.0, "kg", lower=0.01, upper=200.0, source=_BOX, description="coolant")
    latent = d.parameter("L", 333.55, "kJ/kg", lower=10.0, upper=400.0, source=_ICE, description="latent heat")
    melting = d.parameter("T_m", 0.0, "Cel", lower=-80.0, upper=60.0, source=_ICE, description="melting point")
    solid = d.parameter("c_s", 2.1, "kJ/(kg.K)", lower=0.5, upper=5.0, source=_ICE, description="heat capacity, solid")
    liquid = d.parameter(
        "c_l", 4.19, "kJ/(kg.K)", lower=0.5, upper=5.0, source=_ICE, description="heat capacity, liquid"
    )
    wall = d.parameter("UA", 0.5, "W/K", lower=0.01, upper=50.0, source=_BOX, description="wall to coolant")
    inner = d.parameter("UA_p", 2.0, "W/K", lower=0.0, upper=100.0, source=_BOX, description="coolant to payload")
    leak = d.parameter("UA_l", 0.0, "W/K", lower=0.0, upper=10.0, source=_BOX, description="ambient to payload")
    capacity = d.parameter(
        "C_p", 10.0, "kJ/K", lower=0.05, upper=1e4, source=_BOX, description="heat capacity of payload"
    )
    nothing = 0.0 * d.one("kJ")
    below = minimum(heat, nothing) / (mass * solid)
    above = maximum(heat - mass * latent, nothing) / (mass * liquid)
    coolant = d.define("T_c", melting + (below + above), "Cel", description="coolant temperature")
    from_wall = d.define("q_wall", wall * (ambient - coolant), "W", description="heat through the wall")
    to_payload = d.define("q_payload", inner * (coolant - payload), "W", description="heat from coolant to payload")
    from_leak = d.define("q_leak", leak * (ambient - payload), "W", description="heat straight to the payload")
    d.rate(heat, from_wall - to_payload)
    d.rate(payload, (to_payload + from_leak) / capacity)
    d.output(
        "molten", heat / (mass * latent), "1", description="share of the coolant that is molten; outside 0 to 1 none"
    )
    d.conserve("heat", heat + capacity * payload.to("K"), from_wall + from_leak)
    d.limit("Lumped: a payload near the wall sees more than the mean; qualify with probes at the corners.")
    return d.build()


def checks() -> Sequence[Check]:
    """How long two kilograms of ice last behind half a watt per kelvin at 20 K."""
    run = simulate(
        shipper(), Schedule(30.0, inputs={"T_a": 20.0}), parameters={"UA_p": 0.0}, stop=Stop("molten", 1.0, "rising")
    )
    lasted = float("nan") if run.stopped is None else run.stopped
    return (Check("shipper", "2 kg ice, 0.5 W/K, 20 K", lasted, 18.53, 2e-4, "h", source="m L / (UA dT)"),)
