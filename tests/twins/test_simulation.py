"""Runs agree with closed forms and with scipy, and a failure says where it happened."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from batchwright.twins import Happening, Ramp, Schedule, Steps, Stop, Tolerance, simulate
from batchwright.twins.cho import fed_batch_culture
from batchwright.twins.errors import DeclarationError, IntegrationFailed, OutOfBounds
from batchwright.twins.integration import compiler, lay_out
from batchwright.twins.sterilisation import moist_heat
from tests.twins.examples import decay, explosive, growth, tank


def test_decay_follows_the_exponential() -> None:
    run = simulate(decay(), Schedule(10.0, every=1.0), tolerance=Tolerance(1e-9, 1e-11))
    assert run["x"] == pytest.approx(np.exp(-0.3 * run.times), rel=1e-5)
    assert run["lost"] == pytest.approx(1000 * (1 - np.exp(-0.3 * run.times)), rel=1e-5, abs=1e-2)


def test_the_culture_agrees_with_scipy() -> None:
    model = fed_batch_culture(gases=True)
    p, u = model.vector("parameter"), np.array([0.001, 400.0, 20.0])
    x0 = model.start_vector(p)
    peer = solve_ivp(
        lambda t, x: np.asarray(model.flat(t, x, [], u, p)[0]).ravel(),
        (0, 240),
        x0,
        method="LSODA",
        rtol=1e-9,
        atol=1e-9 * np.maximum(np.abs(x0), 1e-3),
    )
    run = simulate(model, Schedule(240.0, inputs={"feed": 0.001}), tolerance=Tolerance(1e-9, 1e-11))
    ours = np.array([run.last(name) for name in model.labels("state")])
    assert ours == pytest.approx(peer.y[:, -1], rel=2e-6, abs=1e-6)


def test_a_bolus_keeps_the_mass_and_shows_both_sides() -> None:
    run = simulate(growth(), Schedule(10.0, happenings=(Happening("bolus", 5.0, {"volume": 100.0}),)))
    before, after = run.at(5.0, "biomass"), run.at(5.0, "biomass", side="after")
    assert before == pytest.approx(after)
    assert run.at(5.0, "V")[0] == pytest.approx(1.0)
    assert run.at(5.0, "V", side="after")[0] == pytest.approx(1.1)
    assert np.count_nonzero(run.times == 5.0) == 2


def test_events_at_the_begin_and_several_at_one_time_act_in_order() -> None:
    schedule = Schedule(
        2.0,
        happenings=(
            Happening("sample", 0.0, {"volume": 100.0}),
            Happening("bolus", 1.0, {"volume": 50.0}),
            Happening("sample", 1.0, {"volume": 50.0}),
        ),
    )
    run = simulate(growth(), schedule)
    assert run["V"][:2].tolist() == pytest.approx([1.0, 0.9])
    assert run.last("V") == pytest.approx(0.9)


def test_inputs_follow_steps_and_ramps() -> None:
    steps = simulate(growth(), Schedule(10.0, inputs={"feed": Steps([0.0, 5.0], [0.0, 0.1])}))
    assert steps.last("V") == pytest.approx(1.5)
    ramp = simulate(growth(), Schedule(10.0, inputs={"feed": Ramp([2.0, 6.0], [0.0, 0.1])}))
    assert ramp.last("V") == pytest.approx(1.0 + 0.2 + 0.4)
    assert ramp.at(4.0, "feed")[0] == pytest.approx(0.05)


def test_algebraic_equations_are_solved_along() -> None:
    run = simulate(tank(), Schedule(100.0))
    assert run["q"] == pytest.approx(0.15 * np.sqrt(run["h"]), rel=1e-4)
    assert run.last("h") == pytest.approx((0.1 / 0.15) ** 2, rel=1e-3)


def test_a_stop_condition_is_found_exactly() -> None:
    run = simulate(decay(), Schedule(20.0), stop=Stop("x", 0.5, "falling"))
    assert run.stopped == pytest.approx(np.log(2) / 0.3, rel=1e-5)
    assert run.last("x") == pytest.approx(0.5, rel=1e-8)
    with_tank = simulate(tank(), Schedule(100.0), stop=Stop("q", 0.12))
    assert with_tank.last("q") == pytest.approx(0.12, rel=1e-6)
    assert simulate(decay(), Schedule(1.0), stop=Stop("x", 0.5)).stopped is None
    assert simulate(decay(), Schedule(20.0), stop=Stop("lost", 500.0, "rising")).stopped == pytest.approx(
        2.31049, rel=1e-4
    )


def test_a_failure_carries_model_time_and_state() -> None:
    with pytest.raises(IntegrationFailed, match="gave up") as failure:
        simulate(explosive(), Schedule(2.0), tolerance=Tolerance(max_steps=2000))
    assert failure.value.model == "explosive"
    assert failure.value.time == pytest.approx(1.0, abs=0.05)
    assert failure.value.state["x"] > 10
    assert "model explosive, t = " in str(failure.value)


def test_what_lies_behind_a_stop_need_not_exist() -> None:
    run = simulate(explosive(), Schedule(2.0), stop=Stop("x", 2.0), tolerance=Tolerance(max_steps=2000))
    assert run.stopped == pytest.approx(0.5, rel=1e-4)
    with pytest.raises(IntegrationFailed):
        simulate(explosive(), Schedule(2.0), stop=Stop("x", -1.0), tolerance=Tolerance(max_steps=2000))


def test_a_state_that_leaves_its_bounds_is_refused_with_its_time() -> None:
    with pytest.raises(OutOfBounds, match="V left its bounds") as refusal:
        simulate(growth(), Schedule(10.0, happenings=(Happening("sample", 5.0, {"volume": 980.0}),)))
    assert refusal.value.time == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("parameters", "start"), [({"mu_max": 9.0}, {}), ({}, {"X": -1.0}), ({"mu_max": float("inf")}, {})]
)
def test_values_out_of_bounds_are_refused(parameters: dict[str, float], start: dict[str, float]) -> None:
    with pytest.raises(OutOfBounds, match="outside its bounds"):
        simulate(growth(), Schedule(1.0), parameters=parameters, start=start)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Schedule(0.0),
        lambda: Schedule(1.0, at=(2.0,)),
        lambda: Steps([1.0, 1.0], [0.0, 0.0]),
        lambda: Steps([], []),
        lambda: simulate(growth(), Schedule(1.0, inputs={"nothing": 1.0})),
        lambda: simulate(growth(), Schedule(1.0, inputs={"feed": Steps([0.0], [5.0])})),
        lambda: simulate(growth(), Schedule(1.0, happenings=(Happening("bolus", 0.5),))),
        lambda: simulate(growth(), Schedule(1.0, happenings=(Happening("bolus", 0.5, {"volume": -1.0}),))),
    ],
)
def test_a_wrong_schedule_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((DeclarationError, OutOfBounds)):
        wrong()


def test_a_table_can_be_asked_and_written() -> None:
    run = simulate(growth(), Schedule(2.0, every=1.0))
    text = run.to_csv()
    assert text.splitlines()[0].startswith("t [h],V [L],X [g/L]")
    assert len(text.splitlines()) == len(run) + 1 == 4
    assert run.select(["X"]).units == {"X": "g/L"}
    assert run.records(["X"])[0] == {"t": 0.0, "name": "X", "value": 0.1, "unit": "g/L"}
    with pytest.raises(DeclarationError, match="no such column"):
        run["nothing"]
    with pytest.raises(DeclarationError, match="outside the run"):
        run.at(5.0, "X")


@settings(max_examples=25, deadline=None)
@given(
    mu=st.floats(0.05, 1.0),
    yield_=st.floats(0.2, 0.9),
    start=st.floats(0.05, 2.0),
    feed=st.floats(0.0, 0.05),
    bolus=st.floats(0.0, 200.0),
)
def test_substrate_is_conserved_and_nothing_becomes_negative(
    mu: float, yield_: float, start: float, feed: float, bolus: float
) -> None:
    schedule = Schedule(
        24.0, every=2.0, inputs={"feed": feed}, happenings=(Happening("bolus", 12.0, {"volume": bolus}),)
    )
    run = simulate(growth(), schedule, parameters={"mu_max": mu, "Y": yield_}, start={"X": start})
    inventory = (run["X"] / yield_ + run["S"]) * run["V"]
    supplied = 100.0 * (run["V"] - 1.0)
    assert inventory - supplied == pytest.approx(inventory[0], rel=1e-4)
    for name in ("V", "X", "S"):
        assert (run[name] >= -1e-5).all()


def test_two_threads_may_run_one_model_at_once() -> None:
    model, schedule = growth(), Schedule(24.0, inputs={"feed": 0.01})
    alone = simulate(model, schedule)["X"]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda _: simulate(model, schedule)["X"], range(40)))
    assert all(np.array_equal(alone, other) for other in together)


def test_a_function_that_is_busy_is_called_the_slow_way() -> None:
    tool = compiler(growth(), Tolerance())
    layout = lay_out(growth(), Schedule(5.0))
    run = tool.fast_run(layout.shape)
    p = growth().vector("parameter")
    arguments = (growth().start_vector(p), p, layout.numbers.T, layout.arguments)
    fast = run(*arguments)
    with run._busy:
        slow = run(*arguments)
    assert all(np.array_equal(a, b) for a, b in zip(fast, slow, strict=True))


def test_a_table_can_be_sent_to_another_process() -> None:
    run = simulate(growth(), Schedule(2.0))
    back = pickle.loads(pickle.dumps(run))
    assert len(run.columns) == len(back.columns)
    assert back["biomass"].tolist() == run["biomass"].tolist()
    assert {row["t"] for row in back} == set(run.times)


def test_a_failure_after_an_event_is_found_after_it() -> None:
    schedule = Schedule(10.0, happenings=(Happening("sample", 2.0, {"volume": 1000.0}),))
    with pytest.raises(IntegrationFailed) as failure:
        simulate(growth(), schedule)
    assert failure.value.time == pytest.approx(2.0)
    assert failure.value.state["V"] == pytest.approx(0.0)


def test_a_load_heats_up_behind_the_chamber() -> None:
    behind = simulate(moist_heat(load=True), Schedule(30.0, inputs={"T": 121.1}))
    assert behind.last("F") < 30.0 - 6.0
    assert behind.at(3.0, "T_load")[0] == pytest.approx(121.1 - 101.1 * np.exp(-1.0), rel=1e-4)
