"""Ensembles are the same wherever they run; design spaces count what meets the limits."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from batchwright.twins import (
    Criterion,
    LogNormal,
    Normal,
    Schedule,
    Spread,
    Tolerance,
    Uniform,
    design_space,
    ensemble,
    sensitivities,
    simulate,
)
from batchwright.twins.errors import Cancelled, DeclarationError, IntegrationFailed
from tests.twins.examples import decay, explosive, growth

SPREAD = Spread({"mu_max": LogNormal(0.4, 0.1), "Y": Uniform(0.4, 0.6), "X": Normal(0.1, 0.02)}, {("mu_max", "Y"): 0.6})
SCHEDULE = Schedule(8.0, every=1.0, inputs={"feed": 0.01})


def test_the_same_seed_gives_the_same_members() -> None:
    first = ensemble(growth(), SCHEDULE, SPREAD, members=40, seed=3, outputs=("X", "biomass"))
    again = ensemble(growth(), SCHEDULE, SPREAD, members=40, seed=3, outputs=("X", "biomass"))
    other = ensemble(growth(), SCHEDULE, SPREAD, members=40, seed=4, outputs=("X", "biomass"))
    assert np.array_equal(first.values, again.values)
    assert not np.array_equal(first.values, other.values)


def test_a_member_is_the_run_with_its_values() -> None:
    found = ensemble(growth(), SCHEDULE, SPREAD, members=5, seed=3, outputs=("X",))
    drawn = {name: values[2] for name, values in found.drawn.items()}
    run = simulate(growth(), SCHEDULE, parameters={n: v for n, v in drawn.items() if n != "X"}, start={"X": drawn["X"]})
    assert found.of("X")[2] == pytest.approx(run["X"], rel=1e-12)


def test_a_process_pool_gives_what_one_process_gives() -> None:
    alone = ensemble(growth(), SCHEDULE, SPREAD, members=260, seed=3, outputs=("X",))
    seen: list[tuple[int, int]] = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        spread_out = ensemble(
            growth(),
            SCHEDULE,
            SPREAD,
            members=260,
            seed=3,
            outputs=("X",),
            executor=pool,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert np.array_equal(alone.values, spread_out.values)
    assert seen[-1] == (260, 260)


def test_samples_follow_their_distributions_and_correlation() -> None:
    drawn = SPREAD.draw(growth(), 4000, 1)
    assert np.median(drawn[:, 0]) == pytest.approx(0.4, rel=0.02)
    assert drawn[:, 1].min() >= 0.4
    assert drawn[:, 2].std() == pytest.approx(0.02, rel=0.1)
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] == pytest.approx(0.58, abs=0.05)


def test_quantiles_are_in_order() -> None:
    found = ensemble(growth(), SCHEDULE, SPREAD, members=50, seed=1, outputs=("X",))
    low, high = found.quantile(0.05, "X"), found.quantile(0.95, "X")
    assert (low < found.mean("X")).all()
    assert (found.mean("X") < high).all()


@pytest.mark.parametrize(
    "spread",
    [
        Spread({"mu_max": Normal(50.0, 0.001)}),
        Spread({"nothing": Normal(1.0, 0.1)}),
        Spread({"mu_max": Normal(0.4, 0.1)}, {("mu_max", "Y"): 0.5}),
        Spread({"mu_max": Normal(0.4, 0.1), "Y": Uniform(0.4, 0.6)}, {("mu_max", "Y"): 1.5}),
    ],
)
def test_a_wrong_distribution_is_refused(spread: Spread) -> None:
    with pytest.raises(DeclarationError):
        ensemble(growth(), SCHEDULE, spread, members=3, seed=1, outputs=("X",))


def test_an_ensemble_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        ensemble(growth(), SCHEDULE, SPREAD, members=300, seed=1, outputs=("X",), cancelled=lambda: True)


def test_a_failed_member_is_named_or_kept_as_missing() -> None:
    quick = {"members": 20, "seed": 1, "outputs": ("x",), "tolerance": Tolerance(max_steps=2000)}
    spread = Spread({"k": Uniform(0.1, 2.0)})  # above 1 there is no solution at t = 1
    with pytest.raises(IntegrationFailed, match="members failed"):
        ensemble(explosive(), Schedule(1.0, every=0.1), spread, **quick)  # type: ignore[arg-type]
    kept = ensemble(explosive(), Schedule(1.0, every=0.1), spread, failures="keep", **quick)  # type: ignore[arg-type]
    assert set(kept.failed) == set(np.flatnonzero(kept.drawn["k"] > 1.0))
    assert np.isnan(kept.of("x")[min(kept.failed)]).all()


def test_sensitivities_of_decay_are_those_of_the_exponential() -> None:
    found = sensitivities(decay(), Schedule(5.0, every=1.0), of=("x", "lost"), to=("k", "x"))
    t = found.times
    assert found.derivatives[:, 0, 0] == pytest.approx(-t * np.exp(-0.3 * t), rel=1e-4, abs=1e-6)
    assert found.derivatives[:, 0, 1] == pytest.approx(np.exp(-0.3 * t), rel=1e-4)
    assert found.derivatives[:, 1, 0] == pytest.approx(1000 * t * np.exp(-0.3 * t), rel=1e-4, abs=1e-3)
    assert found.relative()[-1, 0, 0] == pytest.approx(-1.5 * np.exp(-1.5), rel=1e-4)


def test_sensitivities_pass_through_events() -> None:
    from batchwright.twins import Happening

    schedule = Schedule(8.0, every=2.0, happenings=(Happening("bolus", 4.0, {"volume": 200.0}),))
    found = sensitivities(growth(), schedule, of=("S",), to=("S_feed",))
    step = 0.01
    runs = [simulate(growth(), schedule, parameters={"S_feed": 100.0 + s})["S"] for s in (step, -step)]
    assert found.derivatives[:, 0, 0] == pytest.approx((runs[0] - runs[1]) / (2 * step), abs=2e-4)


def test_a_name_that_cannot_be_varied_is_refused() -> None:
    with pytest.raises(DeclarationError, match="no such name"):
        sensitivities(decay(), Schedule(1.0), of=("x",), to=("lost",))
    with pytest.raises(DeclarationError, match="no such name"):
        sensitivities(decay(), Schedule(1.0), of=("k",), to=("k",))


def test_a_design_space_counts_what_meets_the_limits() -> None:
    seen: list[int] = []
    found = design_space(
        growth(),
        Schedule(12.0, every=1.0),
        {"feed": [0.0, 0.02], "S": [5.0, 10.0, 20.0]},
        [Criterion("biomass", lower=2.0), Criterion("S", upper=25.0, when="always")],
        Spread({"mu_max": LogNormal(0.4, 0.1)}),
        members=50,
        progress=lambda done, _: seen.append(done),
    )
    assert found.probability.shape == (2, 3)
    assert (np.diff(found.by_criterion["biomass"], axis=1) >= 0).all()
    assert (found.lower_bound() <= found.probability + 1e-12).all()
    assert len(found.records()) == seen[-1] == 6
    assert found.region(0.9).any()
    with pytest.raises(DeclarationError, match="none of them drawn"):
        design_space(growth(), SCHEDULE, {"mu_max": [0.3]}, [], SPREAD)
