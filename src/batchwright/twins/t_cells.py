"""T-cell expansion for CAR-T: activated cells grow on glucose under interleukin-2, patient by patient.

No open table of parameters was found. The structure is the one that published twins of this step share: logistic
growth, Monod in glucose and interleukin-2, inhibition by lactate, a lag after activation. The numbers are of a usual
order, and every patient's growth rate, capacity and lag are found by the estimator from the patient's own counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp as _exp
from typing import Final

from batchwright.twins.checks import Check
from batchwright.twins.declaration import Declaration
from batchwright.twins.expressions import Expression
from batchwright.twins.model import Model
from batchwright.twins.schedule import Schedule
from batchwright.twins.simulation import simulate

_ORDER: Final = "usual order, no open table found; to be estimated for each patient"
_CELL: Final = "10*6{cell}/mL"


@lru_cache(maxsize=1)
def expansion() -> Model:
    """Viable and dead cells, activation, glucose, lactate and interleukin-2; feeds and medium exchange as events."""
    d = Declaration("t-cell-expansion", title="T-cell expansion", time_unit="d", source=_ORDER)
    volume = d.state("V", "mL", start=100.0, lower=1e-3, nominal=100.0, description="volume")
    x = d.state("X", _CELL, start=0.5, nominal=1.0, description="viable T cells")
    dead = d.state("Xd", _CELL, start=0.02, nominal=0.1, description="dead cells")
    awake = d.state("act", "1", start=0.0, upper=1.0, description="share of cells that have begun to divide")
    glc = d.state("Glc", "mmol/L", start=11.0, nominal=10.0, description="glucose")
    lac = d.state("Lac", "mmol/L", start=0.5, nominal=10.0, description="lactate")
    il2 = d.state("IL2", "[iU]/mL", start=100.0, nominal=100.0, description="interleukin-2")
    mu, kd = _growth(d, x, awake, glc, lac, il2)
    lag = d.parameter("lag", 1.0, "d", lower=0.05, upper=10.0, source=_ORDER, description="time constant of activation")
    q_glc = d.parameter(
        "q_Glc", 3.0, "pmol/{cell}/d", lower=0.0, upper=50.0, source=_ORDER, description="glucose uptake"
    )
    y_lac = d.parameter(
        "Y_Lac",
        1.6,
        "mmol/mmol",
        lower=0.0,
        upper=2.0,
        source="glycolysis gives at most 2",
        description="lactate on glucose",
    )
    q_il2 = d.parameter(
        "q_IL2",
        10.0,
        "[iU]/(10*6{cell})/d",
        lower=0.0,
        upper=1000.0,
        source=_ORDER,
        description="uptake of interleukin-2",
    )
    k_il2 = d.parameter(
        "k_IL2", 0.15, "/d", lower=0.0, upper=5.0, source=_ORDER, description="decay of interleukin-2 at 37 Cel"
    )
    uptake = d.define(
        "uptake", q_glc * glc / (0.1 * d.one("mmol/L") + glc), "pmol/{cell}/d", description="glucose uptake"
    )
    bound = q_il2 * il2 / (5.0 * d.one("[iU]/mL") + il2)
    d.rate(volume, 0.0 * d.one("mL/d"))
    d.rate(x, (mu - kd) * x)
    d.rate(dead, kd * x)
    d.rate(awake, (1 - awake) / lag)
    d.rate(glc, -uptake * x)
    d.rate(lac, y_lac * uptake * x)
    d.rate(il2, -k_il2 * il2 - bound * x)
    d.output("cells", x * volume, "10*6{cell}", description="viable cells")
    d.output("viability", 100 * x / (x + dead) * d.one("%"), "%", description="viability")
    _events(d, volume, {"X": x, "Xd": dead, "Glc": glc, "Lac": lac, "IL2": il2})
    d.conserve("cells", x + dead, mu * x)
    d.conserve("lactate", lac + y_lac * glc, 0.0)
    d.limit("Parameters are of a usual order only: before a patient's counts are in, the interval is all that is said.")
    d.limit("Phenotype, transduction and potency are not in it; exhaustion only as a capacity.")
    return d.build()


def _growth(
    d: Declaration, x: Expression, awake: Expression, glc: Expression, lac: Expression, il2: Expression
) -> tuple[Expression, Expression]:
    mu_max = d.parameter("mu_max", 1.0, "/d", lower=0.05, upper=3.0, source=_ORDER, description="growth rate")
    capacity = d.parameter(
        "X_max", 5.0, _CELL, lower=0.1, upper=100.0, source=_ORDER, description="capacity", symbol=r"X_\mathrm{max}"
    )
    k_glc = d.parameter("K_Glc", 0.5, "mmol/L", lower=1e-3, upper=10.0, source=_ORDER)
    k_lac = d.parameter(
        "K_Lac", 30.0, "mmol/L", lower=1.0, upper=200.0, source=_ORDER, description="lactate that halves growth"
    )
    k_il2 = d.parameter("K_IL2", 5.0, "[iU]/mL", lower=0.01, upper=200.0, source=_ORDER)
    death = d.parameter("k_d", 0.05, "/d", lower=0.0, upper=1.0, source=_ORDER, description="death rate")
    mu = d.define(
        "mu",
        mu_max * awake * (1 - x / capacity) * glc / (k_glc + glc) * il2 / (k_il2 + il2) * k_lac / (k_lac + lac),
        "/d",
        description="growth rate",
    )
    return mu, d.define("kd", death, "/d", description="death rate", symbol="k_d")


def _events(d: Declaration, volume: Expression, content: dict[str, Expression]) -> None:
    fresh = {"glc": ("mmol/L", 0.0, 200.0), "il2": ("[iU]/mL", 0.0, 1e5)}

    def mixed(part: Expression, glc: Expression, il2: Expression) -> dict[str, Expression]:
        after = {name: value * (1 - part) for name, value in content.items()}
        after["Glc"] = after["Glc"] + glc * part
        after["IL2"] = after["IL2"] + il2 * part
        return after

    def feed(added: Expression, glc: Expression, il2: Expression) -> dict[str, Expression]:
        return {"V": volume + added, **mixed(added / (volume + added), glc, il2)}

    def exchange(part: Expression, glc: Expression, il2: Expression) -> dict[str, Expression]:
        held = {"X": content["X"], "Xd": content["Xd"]}
        return {**mixed(part, glc, il2), **held}

    d.event("feed", {"added": ("mL", 0.0, 1e5), **fresh}, feed, description="add medium")
    d.event(
        "exchange",
        {"part": ("1", 0.0, 1.0), **fresh},
        exchange,
        description="renew a part of the medium, cells held back",
    )
    d.event("sample", {"taken": ("mL", 0.0, 1e4)}, lambda taken: {"V": volume - taken}, description="take a sample")


def checks() -> Sequence[Check]:
    """Without limits the model is the logistic curve."""
    never = {"q_Glc": 0.0, "q_IL2": 0.0, "k_IL2": 0.0, "k_d": 0.0, "K_Glc": 1e-3, "K_IL2": 0.01, "K_Lac": 200.0}
    start = {"act": 1.0, "Glc": 1000.0, "Lac": 0.0, "IL2": 1e5, "X": 0.5, "Xd": 0.0}
    days, mu, top, x0 = 6.0, 1.0, 5.0, 0.5
    run = simulate(expansion(), Schedule(days), parameters=never, start=start)
    logistic = top / (1 + (top / x0 - 1) * _exp(-mu * days))
    awake = simulate(expansion(), Schedule(2.0)).last("act")
    return (
        Check(
            "t-cell-expansion",
            "six days without limits",
            run.last("X"),
            logistic,
            1e-5,
            _CELL,
            source="logistic growth",
        ),
        Check(
            "t-cell-expansion", "activated after two time constants", awake, 1 - _exp(-2.0), 1e-5, source="closed form"
        ),
    )
