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
    held = d.state("V", "L", start=1.0, lower=0.05)
    cells = d.state("X", "g/L", start=0.1)
    sugar = d.state("S", "g/L", start=10.0)
    feed = d.input("feed", "L/h", lower=0, upper=1)
    mu_max = d.parameter("mu_max", 0.4, "/h", lower=0.01, upper=2.0, source="textbook")
    half = d.parameter("K", 200, "mg/L", lower=1e-3, upper=1000.0, source="textbook")
    per_sugar = d.parameter("Y", 0.5, "g/g", lower=0.1, upper=1.0, source="textbook")
    fed = d.parameter("S_feed", 100, "g/L", lower=0.1, upper=1000.0, source="textbook")
    mu = d.define("mu", mu_max * sugar / (half + sugar), "/h")
    d.rate(held, feed)
    d.rate(cells, mu * cells - feed / held * cells)
    d.rate(sugar, -mu * cells / per_sugar + feed / held * (fed - sugar))
    d.output("biomass", cells * held, "g")
    d.conserve("substrate", (cells / per_sugar + sugar) * held, feed * fed)
    d.event(
        "bolus",
        {"volume": ("mL", 0, 1000)},
        lambda volume: {
            "V": held + volume,
            "S": (sugar * held + volume * fed) / (held + volume),
            "X": cells * held / (held + volume),
        },
    )
    d.event("sample", {"volume": ("mL", 0, 1000)}, lambda volume: {"V": held - volume})
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
