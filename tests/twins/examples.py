"""Small models that the tests of the engine share."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from batchwright.twins import Declaration, Model

DATA = Path(os.environ.get("BATCHWRIGHT_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
"""Where reference data of third parties lies."""


@lru_cache(maxsize=1)
def growth() -> Model:
    """Fed growth on one substrate, with a bolus and a sample."""
    d = Declaration("growth", title="Growth on one substrate", time_unit="h", source="textbook")
    V = d.state("V", "L", start=1.0, lower=0.05)
    X = d.state("X", "g/L", start=0.1)
    S = d.state("S", "g/L", start=10.0)
    F = d.input("feed", "L/h", lower=0, upper=1)
    mu_max = d.parameter("mu_max", 0.4, "/h", lower=0.01, upper=2.0, source="textbook")
    K = d.parameter("K", 200, "mg/L", lower=1e-3, upper=1000.0, source="textbook")
    Y = d.parameter("Y", 0.5, "g/g", lower=0.1, upper=1.0, source="textbook")
    S_feed = d.parameter("S_feed", 100, "g/L", lower=0.1, upper=1000.0, source="textbook")
    mu = d.define("mu", mu_max * S / (K + S), "/h")
    d.rate(V, F)
    d.rate(X, mu * X - F / V * X)
    d.rate(S, -mu * X / Y + F / V * (S_feed - S))
    d.output("biomass", X * V, "g")
    d.conserve("substrate", (X / Y + S) * V, F * S_feed)
    d.event(
        "bolus",
        {"volume": ("mL", 0, 1000)},
        lambda volume: {"V": V + volume, "S": (S * V + volume * S_feed) / (V + volume), "X": X * V / (V + volume)},
    )
    d.event("sample", {"volume": ("mL", 0, 1000)}, lambda volume: {"V": V - volume})
    d.limit("One substrate only.")
    return d.build()


@lru_cache(maxsize=1)
def decay() -> Model:
    """First-order decay, whose solution is known."""
    d = Declaration("decay", title="First-order decay", time_unit="h")
    x = d.state("x", "mol/L", start=1.0)
    k = d.parameter("k", 0.3, "/h", lower=0.001, upper=10.0, source="closed form")
    d.rate(x, -k * x)
    d.output("lost", 1.0 * d.one("mol/L") - x, "mmol/L")
    return d.build()


@lru_cache(maxsize=1)
def tank() -> Model:
    """A tank with an algebraic outflow: an equation that the integrator must solve along."""
    d = Declaration("tank", title="Tank with a valve", time_unit="min")
    h = d.state("h", "m", start=2.0)
    q = d.algebraic("q", "m3/min", guess=0.2, lower=0.0)
    inflow = d.input("inflow", "m3/min", default=0.1, lower=0.0, upper=1.0)
    area = d.parameter("area", 1.0, "m2", lower=0.1, upper=10.0, source="drawing")
    valve = d.parameter("valve", 0.15, "m3/min", lower=0.01, upper=1.0, source="data sheet")
    d.rate(h, (inflow - q) / area)
    d.equation(q * q, valve**2 * h / d.one("m"))
    d.conserve("water", h * area, inflow - q)
    return d.build()


@lru_cache(maxsize=1)
def explosive() -> Model:
    """x' = k x^2, which has no solution after t = 1 / k."""
    d = Declaration("explosive", title="Blows up", time_unit="s")
    x = d.state("x", "1", start=1.0)
    k = d.parameter("k", 1.0, "/s", lower=0.0, upper=10.0, source="example")
    d.rate(x, k * x * x)
    return d.build()
