"""Parameters are found with honest intervals, or the data are said not to determine them."""

from __future__ import annotations

import numpy as np
import pytest

from batchwright.twins import LogNormal, Normal, Observation, Run, Schedule, Uniform, identify, simulate, validate
from batchwright.twins.errors import DeclarationError, IntegrationFailed, Unidentifiable
from batchwright.twins.fitting import runs_test
from tests.twins.examples import decay, growth

TRUTH = {"mu_max": 0.5, "K": 500.0, "Y": 0.45}


def runs(seed: int, count: int = 3, sd: float = 0.05) -> list[Run]:
    """Simulated runs with different feeds and noise of a known size; one value is missing."""
    generator = np.random.default_rng(seed)
    found = []
    for index in range(count):
        schedule = Schedule(14.0, inputs={"feed": 0.005 * index})
        truth = simulate(growth(), schedule, parameters=TRUTH)
        times = np.arange(1.0, 14.5, 1.0)
        observations = []
        for name in ("X", "S"):
            values = truth.at(times, name) + sd * generator.standard_normal(len(times))
            values[3] = np.nan
            observations.append(Observation(name, times.tolist(), values.tolist(), sd=sd))
        found.append(Run(f"run {index}", schedule, tuple(observations)))
    return found


def test_parameters_are_found_within_their_intervals() -> None:
    fit = identify(growth(), runs(1), free=list(TRUTH))
    for name, (low, high) in fit.intervals(0.99).items():
        assert low < TRUTH[name] < high
    assert fit.parameters["mu_max"] == pytest.approx(0.5, rel=0.05)
    assert 0.6 < fit.chi_square < 1.5
    assert fit.diagnostics["X"].count == 39
    assert fit.diagnostics["X"].runs_p > 0.001
    assert fit.at_bound == ()


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_claim() -> None:
    hits = [
        low < TRUTH[name] < high
        for seed in range(40)
        for name, (low, high) in identify(growth(), runs(seed, 1), free=list(TRUTH)).intervals(0.9).items()
    ]
    assert 0.83 <= np.mean(hits) <= 0.97


def test_data_that_say_nothing_of_a_parameter_are_refused_with_its_name() -> None:
    no_feed = [run for run in runs(1, 1)]  # noqa: C416 - a list of its own
    with pytest.raises(Unidentifiable, match="S_feed"):
        identify(growth(), no_feed, free=("mu_max", "S_feed"))


def test_parameters_that_are_found_only_together_are_said_to_be() -> None:
    plentiful = Schedule(4.0)
    truth = simulate(growth(), plentiful)
    times = [1.0, 2.0, 3.0, 4.0]
    observation = Observation("X", times, truth.at(times, "X").tolist(), sd=0.001)
    fit = identify(growth(), [Run("early", plentiful, (observation,))], free=("mu_max", "K"))
    assert any("only together" in note for note in fit.identifiability.warnings)


def test_a_prior_holds_what_the_data_do_not() -> None:
    free = ("mu_max", "S_feed")
    fit = identify(growth(), runs(1, 1), free=free, priors={"S_feed": LogNormal(120.0, 0.1)})
    assert fit.parameters["S_feed"] == pytest.approx(120.0, rel=1e-3)
    by_normal = identify(growth(), runs(1, 1), free=free, priors={"S_feed": Normal(120.0, 12.0)})
    assert by_normal.parameters["S_feed"] == pytest.approx(120.0, rel=1e-3)
    with pytest.raises(DeclarationError, match="prior"):
        identify(growth(), runs(1, 1), free=free, priors={"S_feed": Uniform(1.0, 2.0)})


def test_a_parameter_at_its_bound_is_named() -> None:
    schedule = Schedule(10.0)
    truth = simulate(decay(), schedule, parameters={"k": 10.0})
    observation = Observation("x", [0.1, 0.2, 0.3], (truth.at([0.1, 0.2, 0.3], "x") * 0.5).tolist(), sd=0.01)
    fit = identify(decay(), [Run("fast", schedule, (observation,))], free=("k",))
    assert fit.at_bound == ("k",)
    assert any("bound" in note for note in fit.identifiability.warnings)


def test_start_values_can_be_found_and_robust_fits_bear_outliers() -> None:
    spoilt = runs(2, 1)
    values = list(spoilt[0].observations[0].values)
    values[8] += 5.0
    observations = (Observation("X", spoilt[0].observations[0].times, values, sd=0.05), spoilt[0].observations[1])
    run = Run("spoilt", spoilt[0].schedule, observations)
    plain = identify(growth(), [run], free=("mu_max", "X"), parameters={"K": 500.0, "Y": 0.45})
    robust = identify(growth(), [run], free=("mu_max", "X"), parameters={"K": 500.0, "Y": 0.45}, robust=True)
    assert abs(robust.parameters["mu_max"] - 0.5) < abs(plain.parameters["mu_max"] - 0.5) + 1e-3
    assert robust.parameters["X"] == pytest.approx(0.1, rel=0.2)


def test_held_out_runs_are_predicted_within_their_intervals() -> None:
    every = runs(5, 4)
    fit = identify(growth(), every[:2], free=list(TRUTH))
    report = validate(fit, every[:2], every[2:], held_out_in_time=True)
    assert report.held_out == ("run 2", "run 3")
    for output in report.outputs:
        assert output.relative_rmse < 0.05
        assert output.coverage >= 0.75
    cloud = fit.predict(every[3], ["X"], members=50)
    assert cloud.of("X").shape[0] == 50


def test_observations_that_make_no_sense_are_refused() -> None:
    schedule = Schedule(5.0)
    with pytest.raises(DeclarationError, match="no noise"):
        identify(decay(), [Run("r", schedule, (Observation("x", [1.0], [0.7]),))], free=("k",))
    with pytest.raises(DeclarationError, match="differ in number"):
        identify(decay(), [Run("r", schedule, (Observation("x", [1.0, 2.0], [0.7], sd=0.1),))], free=("k",))


def test_a_guess_that_cannot_be_integrated_is_refused() -> None:
    from batchwright.twins import Tolerance

    run = Run("r", Schedule(5.0), (Observation("x", [1.0], [0.7], sd=0.1),))
    with pytest.raises(IntegrationFailed):
        identify(decay(), [run], free=("k",), tolerance=Tolerance(1e-12, 1e-14, max_steps=3))


def test_a_run_can_be_seen_as_it_was_at_a_time() -> None:
    early = runs(1, 1)[0].until(5.0)
    assert [len(o.times) for o in early.observations] == [5, 5]


def test_signs_that_change_too_seldom_are_found() -> None:
    assert runs_test(np.array([1.0] * 10 + [-1.0] * 10)) < 0.001
    assert runs_test(np.random.default_rng(1).standard_normal(50)) > 0.01
    assert np.isnan(runs_test(np.ones(5)))


def test_a_trial_that_cannot_be_integrated_is_stepped_back_from() -> None:
    from batchwright.twins import Tolerance
    from tests.twins.examples import explosive

    truth = simulate(explosive(), Schedule(0.9), parameters={"k": 0.9})
    times = [0.3, 0.6, 0.9]
    run = Run("r", Schedule(0.9), (Observation("x", times, truth.at(times, "x").tolist(), sd=0.3),))
    fit = identify(explosive(), [run], free=("k",), guess={"k": 0.05}, tolerance=Tolerance(max_steps=1000))
    assert fit.parameters["k"] == pytest.approx(0.9, rel=0.01)
