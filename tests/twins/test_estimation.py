"""Estimators follow a run through noise, gaps and delays, and know how well they do."""

from __future__ import annotations

import numpy as np
import pytest

from batchwright.twins import (
    Happening,
    LogNormal,
    Measurement,
    Normal,
    Schedule,
    Uncertainty,
    Uniform,
    calibration,
    estimate,
    estimator,
    forecast,
    measurements_of,
    simulate,
)
from batchwright.twins.beliefs import Coordinates, Transition
from batchwright.twins.errors import DeclarationError, IntegrationFailed
from batchwright.twins.estimation import Method
from batchwright.twins.filters import project
from batchwright.twins.fitting import Observation, Run
from batchwright.twins.model import Array, Model
from tests.twins.examples import decay, explosive, growth, tank

METHODS: tuple[Method, ...] = ("extended", "unscented", "horizon")
SCHEDULE = Schedule(20.0, inputs={"feed": 0.005}, happenings=(Happening("bolus", 8.0, {"volume": 50.0}),))
UNCERTAIN = Uncertainty(
    start={"X": 0.02, "S": 0.5},
    relative={"X": 0.01},
    process={"S": 0.02},
    parameters={"mu_max": LogNormal(0.4, 0.1)},
    step=2.0,
)
NOISE = {"X": (0.02, 0.03), "S": (0.1, 0.03)}


def lived(seed: int) -> tuple[dict[float, Array], list[Measurement], Coordinates]:
    """A run as it really went, drawn from what the estimators assume, with gaps and delays in its measurements."""
    generator = np.random.default_rng(seed)
    c = Coordinates(growth(), UNCERTAIN, {}, {})
    transition = Transition(c, SCHEDULE, None)
    mean, covariance = c.prior()
    point = np.clip(mean + np.sqrt(np.diag(covariance)) * generator.standard_normal(len(mean)), c.lower, c.upper)
    truth, told = {0.0: c.outward(point)}, []
    for step in range(10):
        begin, end = 2.0 * step, 2.0 * step + 2
        point = transition.move(point, begin, end)
        point = np.clip(point + np.sqrt(c.drift(point, 2.0)) * generator.standard_normal(len(point)), c.lower, c.upper)
        truth[end] = c.outward(point)
        for name, (sd, relative) in NOISE.items():
            if generator.random() < 0.15:
                told.append(Measurement(end, name, float("nan"), sd, relative))
                continue
            true = truth[end][c.names.index(name)]
            value = true + np.hypot(sd, relative * true) * generator.standard_normal()
            told.append(Measurement(end, name, value, sd, relative, end + 4.0 if name == "S" else None))
    return truth, told, c


@pytest.mark.parametrize("method", METHODS)
def test_ninety_percent_intervals_hold_the_truth_ninety_percent_of_the_time(method: Method) -> None:
    hits = []
    for seed in range(12 if method == "horizon" else 30):
        truth, told, c = lived(seed)
        found = estimate(method, growth(), SCHEDULE, told, UNCERTAIN, times=sorted(truth)[1:])
        for belief in found.beliefs:
            for index, name in enumerate(c.names):
                if name != "V":
                    low, high = belief.interval(name)
                    hits.append(low <= truth[belief.time][index] <= high)
    assert 0.84 <= np.mean(hits) <= 0.96


@pytest.mark.parametrize("method", METHODS)
def test_estimates_are_nearer_than_the_prior(method: Method) -> None:
    by_model, by_estimate = [], []
    for seed in range(5):
        truth, told, c = lived(seed)
        found = estimate(method, growth(), SCHEDULE, told, UNCERTAIN, times=[10.0])
        blind = simulate(growth(), SCHEDULE)
        true = truth[10.0][c.names.index("X")]
        by_model.append(abs(blind.at(10.0, "X")[0] - true))
        by_estimate.append(abs(found.mean("X")[0] - true))
    assert np.mean(by_estimate) < 0.5 * np.mean(by_model)


@pytest.mark.parametrize("method", METHODS)
def test_a_late_value_says_in_the_end_what_it_would_have_said_in_time(method: Method) -> None:
    _, told, _ = lived(1)
    in_time = estimator(method, growth(), SCHEDULE, UNCERTAIN)
    in_time.tell(*told)
    late = estimator(method, growth(), SCHEDULE, UNCERTAIN)
    late.tell(*(m for m in told if m.name == "X"))
    before = late.at(20.0)
    late.tell(*(m for m in told if m.name == "S"))
    assert late.at(20.0).mean == pytest.approx(in_time.at(20.0).mean, rel=1e-6, abs=1e-6)
    assert late.at(20.0).mean != pytest.approx(before.mean, rel=1e-6)


def test_an_estimator_can_be_asked_about_an_earlier_time() -> None:
    tool = estimator("extended", growth(), SCHEDULE, UNCERTAIN)
    tool.tell(*lived(2)[1])
    late, early = tool.at(20.0), tool.at(6.0)
    assert early.time == 6.0
    assert tool.at(20.0).mean == pytest.approx(late.mean, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_beliefs_keep_to_the_bounds(method: Method) -> None:
    tool = estimator(method, growth(), SCHEDULE, UNCERTAIN)
    tool.tell(Measurement(2.0, "S", -30.0, sd=0.5), Measurement(2.0, "X", 0.2, sd=0.02))
    belief = tool.at(2.0)
    assert belief.values()["S"] >= -1e-9
    assert belief.interval("S")[0] >= -1e-9
    assert (belief.draw(50, 1)[:, 2] >= -1e-9).all()


def test_the_most_probable_point_within_bounds_moves_what_is_correlated() -> None:
    covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    moved = project(np.array([-1.0, 0.0]), covariance, np.array([0.0, -9.0]), np.array([9.0, 9.0]))
    assert moved == pytest.approx([0.0, 0.8])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: estimator("extended", growth(), SCHEDULE, Uncertainty(start={"nothing": 1.0})),
        lambda: estimator("extended", growth(), SCHEDULE, Uncertainty(parameters={"K": Uniform(1.0, 2.0)})),
        lambda: estimator("extended", growth(), SCHEDULE, UNCERTAIN).tell(Measurement(99.0, "X", 1.0, 0.1)),
        lambda: estimator("extended", growth(), SCHEDULE, UNCERTAIN).tell(Measurement(1.0, "nothing", 1.0, 0.1)),
    ],
)
def test_what_an_estimator_cannot_use_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DeclarationError):
        wrong()


def test_a_state_that_the_model_cannot_leave_is_named() -> None:
    from batchwright.twins import Tolerance

    with pytest.raises(IntegrationFailed, match="Narrow the uncertainty"):
        estimator("extended", explosive(), Schedule(3.0), Uncertainty(step=3.0), tolerance=Tolerance(max_steps=500)).at(
            3.0
        )


def model_and_belief(method: Method = "extended") -> tuple[Model, object]:
    """A belief in mid-run."""
    tool = estimator(method, growth(), SCHEDULE, UNCERTAIN)
    tool.tell(*(m for m in lived(3)[1] if m.known_at <= 10.0))
    return growth(), tool.at(10.0)


def test_a_forecast_narrows_as_the_run_goes_on() -> None:
    _, told, _ = lived(4)
    tool = estimator("extended", growth(), SCHEDULE, UNCERTAIN)
    widths = []
    for now in (0.0, 6.0, 12.0, 18.0):
        tool.tell(*(m for m in told if now - 6.0 < m.known_at <= now))
        ahead = forecast(tool.at(now), SCHEDULE, outputs=("biomass",), members=60)
        low, high = ahead.interval("biomass")
        widths.append(high[-1] - low[-1])
    assert widths[-1] < widths[1] < widths[0]


def test_a_forecast_gives_probabilities_and_can_be_calibrated() -> None:
    past = []
    for seed in range(6):
        truth, told, c = lived(seed)
        tool = estimator("extended", growth(), SCHEDULE, UNCERTAIN)
        tool.tell(*(m for m in told if m.known_at <= 10.0))
        ahead = forecast(tool.at(10.0), SCHEDULE, outputs=("X",), members=60)
        later = np.array([t for t in sorted(truth) if t > 10.0])
        past.append((ahead, {"X": (later, np.array([truth[t][c.names.index("X")] for t in later]))}))
    factor = calibration(past, "X")
    assert 0.4 < factor < 2.5
    ahead = past[0][0]
    low, high = ahead.interval("X", widen=2.0)
    plain_low, plain_high = ahead.interval("X")
    assert high - low == pytest.approx(2 * (plain_high - plain_low))
    assert ahead.probability("X", lower=0.0) == 1.0
    assert calibration(past[:0], "X") == float("inf")


def test_nothing_can_be_forecast_after_the_end() -> None:
    tool = estimator("extended", decay(), Schedule(5.0), Uncertainty(start={"x": 0.1}))
    with pytest.raises(DeclarationError, match="nothing left"):
        forecast(tool.at(5.0), Schedule(5.0), outputs=("x",))


def test_forecasts_that_mostly_fail_are_not_given() -> None:
    from batchwright.twins import Tolerance

    tool = estimator("extended", explosive(), Schedule(3.0), Uncertainty(start={"x": 0.01}, step=0.5))
    with pytest.raises(IntegrationFailed, match="forecasts failed"):
        forecast(tool.at(0.1), Schedule(3.0), outputs=("x",), members=10, tolerance=Tolerance(max_steps=500))


def test_observations_of_a_run_become_measurements_with_their_delay() -> None:
    observation = Observation("x", [1.0, 2.0], [0.7, float("nan")], sd=0.1)
    found = measurements_of(Run("r", Schedule(5.0), (observation,)), {"x": 3.0})
    assert [(m.time, m.known_at) for m in found] == [(1.0, 4.0)]


def test_priors_of_parameters_may_be_normal() -> None:
    tool = estimator("unscented", decay(), Schedule(5.0), Uncertainty(parameters={"k": Normal(0.3, 0.05)}))
    tool.tell(Measurement(3.0, "lost", 1000 * (1 - np.exp(-0.9 * 1.2)), sd=5.0))
    assert tool.at(3.0).values()["k"] == pytest.approx(0.36, rel=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_what_follows_from_equations_is_measured_as_it_follows(method: Method) -> None:
    schedule = Schedule(20.0, inputs={"inflow": 0.12})
    truth = simulate(tank(), schedule, start={"h": 1.5})
    tool = estimator(method, tank(), schedule, Uncertainty(start={"h": 0.3}, step=5.0))
    tool.tell(*(Measurement(t, "q", float(truth.at(t, "q")[0]), sd=0.001) for t in (2.0, 4.0, 6.0)))
    assert tool.at(6.0).values()["h"] == pytest.approx(truth.at(6.0, "h")[0], rel=0.02)
