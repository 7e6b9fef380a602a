"""A learnt correction helps where the mechanism is wrong, and is judged on runs that it has not seen."""

from __future__ import annotations

import numpy as np
import pytest

from batchwright.twins import Correction, Declaration, Model, Observation, Run, Schedule, judge, simulate, with_residual
from batchwright.twins.errors import DeclarationError
from tests.twins.examples import growth


def inhibited() -> Model:
    """The truth: growth that biomass inhibits, which the declared model does not know."""
    d = Declaration("inhibited", title="Inhibited growth", time_unit="h")
    held = d.state("V", "L", start=1.0)
    cells = d.state("X", "g/L", start=0.1)
    sugar = d.state("S", "g/L", start=10.0)
    mu_max = d.parameter("mu_max", 0.5, "/h", lower=0.01, upper=2.0, source="example")
    mu = d.define("mu", mu_max * sugar / (sugar + 0.2 * d.one("g/L")) / (1 + cells / (1.5 * d.one("g/L"))), "/h")
    d.rate(held, 0.0 * d.one("L/h"))
    d.rate(cells, mu * cells)
    d.rate(sugar, -mu * cells / 0.5)
    return d.build()


def runs() -> list[Run]:
    """Runs of the truth from different starts."""
    generator = np.random.default_rng(7)
    found = []
    for index, start in enumerate(({"X": 0.1}, {"X": 0.3, "S": 8.0}, {"X": 0.2, "S": 12.0})):
        truth = simulate(inhibited(), Schedule(14.0), start=start)
        times = np.arange(1.0, 14.5, 1.0)
        noisy = truth.at(times, "X") + 0.02 * generator.standard_normal(len(times))
        observation = Observation("X", times.tolist(), noisy.tolist(), sd=0.02)
        found.append(Run(f"run {index}", Schedule(14.0), (observation,), start=start))
    return found


@pytest.mark.parametrize("kind", ["linear", "gaussian-process"])
def test_a_correction_of_the_growth_rate_helps_on_a_run_it_has_not_seen(kind) -> None:  # type: ignore[no-untyped-def]
    every = runs()
    correction = Correction("mu", {"X": (0.0, 6.0)}, kind=kind, points=4)
    found = judge(growth(), correction, every[:2], every[2:], free=("mu_max",))
    assert found.helped
    assert found.hybrid_outputs[0].rmse < 0.6 * found.plain_outputs[0].rmse


def test_an_unlearnt_correction_changes_nothing() -> None:
    hybrid = with_residual(growth(), Correction("mu", {"X": (0.0, 6.0), "S": (0.0, 10.0)}, kind="gaussian-process"))
    assert len(hybrid.weights) == 9
    ours, theirs = (simulate(model, Schedule(10.0)) for model in (hybrid.model, growth()))
    assert ours["X"] == pytest.approx(theirs["X"], rel=1e-7)


@pytest.mark.parametrize(
    "correction",
    [
        Correction("nothing", {"X": (0.0, 1.0)}),
        Correction("mu", {"nothing": (0.0, 1.0)}),
        Correction("mu", {"X": (1.0, 1.0)}),
    ],
)
def test_a_correction_of_nothing_is_refused(correction: Correction) -> None:
    with pytest.raises(DeclarationError):
        with_residual(growth(), correction)
