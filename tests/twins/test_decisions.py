"""Plans keep their limits, and what cannot be kept is named."""

from __future__ import annotations

import numpy as np
import pytest

from batchwright.twins import Controller, Goal, Happening, Limit, Ramp, Schedule, optimise, simulate
from batchwright.twins.errors import DeclarationError, Infeasible
from tests.twins.examples import decay, growth, tank

HOURS = Schedule(12.0)


def test_a_plan_makes_more_than_no_feed_and_keeps_its_limits() -> None:
    plan = optimise(
        growth(),
        HOURS,
        stages=12,
        moves={"feed": (0.0, 0.1)},
        goal=Goal(end={"biomass": 1.0}),
        limits=[Limit("S", upper=12.0), Limit("V", upper=1.3, where="end")],
    )
    run = simulate(growth(), plan.schedule(HOURS))
    assert run.last("biomass") > 1.5 * simulate(growth(), HOURS).last("biomass")
    assert run["S"].max() <= 12.0 * 1.005
    assert run.last("V") <= 1.3 + 1e-5
    assert run.last("biomass") == pytest.approx(plan.goal, rel=5e-3)


def test_collocation_agrees_with_the_integrator() -> None:
    plan = optimise(growth(), HOURS, stages=24, moves={"feed": (0.01, 0.01 + 1e-9)}, goal=Goal(end={"biomass": 1.0}))
    run = simulate(growth(), Schedule(12.0, every=0.5, inputs={"feed": 0.01}))
    assert plan.states["X"] == pytest.approx(run["X"], rel=1e-3)


def test_doses_are_chosen_and_soft_limits_say_how_far_they_give() -> None:
    schedule = Schedule(
        12.0, happenings=(Happening("bolus", 4.0, {"volume": 0.0}), Happening("bolus", 8.0, {"volume": 0.0}))
    )
    goal = Goal(end={"biomass": 1.0}, calm={"feed": 1.0})
    plan = optimise(
        growth(),
        schedule,
        stages=12,
        moves={"feed": (0.0, 1e-6)},
        goal=goal,
        doses={("bolus", "volume"): (0.0, 80.0)},
        limits=[Limit("S", upper=5.0, penalty=0.002)],
    )
    assert plan.doses["bolus", "volume"].sum() > 5.0
    assert plan.violated["S"] > 0
    run = simulate(growth(), plan.schedule(schedule))
    assert run.last("biomass") == pytest.approx(plan.states["X"][-1] * plan.states["V"][-1], rel=5e-3)


def test_a_limit_that_cannot_be_kept_is_named() -> None:
    with pytest.raises(Infeasible, match="biomass violated"):
        optimise(
            growth(),
            HOURS,
            stages=6,
            moves={"feed": (0.0, 0.001)},
            goal=Goal(end={"X": 1.0}),
            limits=[Limit("biomass", lower=500.0, where="end")],
        )


def test_a_controller_holds_a_level_and_begins_at_its_last_answer() -> None:
    controller = Controller(
        tank(),
        Schedule(20.0),
        stages=10,
        moves={"inflow": (0.0, 0.5)},
        goal=Goal(track={"h": (1.0, 1.0)}, integral={"inflow": -0.001}),
    )
    level, inflow = 2.0, 0.1
    for step in range(6):
        plan = controller.solve({"h": level}, now={"inflow": inflow}, begin=2.0 * step, parameters={"valve": 0.16})
        inflow = float(plan.inputs["inflow"][0])
        level = simulate(
            tank(), Schedule(2.0, inputs={"inflow": inflow}), start={"h": level}, parameters={"valve": 0.16}
        ).last("h")
    assert level == pytest.approx(1.0, abs=0.03)
    assert plan.iterations <= 20


def test_known_inputs_keep_their_course_in_a_plan() -> None:
    schedule = Schedule(10.0, inputs={"inflow": Ramp([0.0, 10.0], [0.0, 0.2])})
    controller = Controller(tank(), schedule, stages=20, moves={}, goal=Goal(end={"h": 1.0}))
    plan = controller.solve()
    assert plan.states["h"][-1] == pytest.approx(simulate(tank(), schedule).last("h"), rel=2e-2)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Controller(decay(), HOURS, stages=3, moves={"nothing": (0.0, 1.0)}, goal=Goal()),
        lambda: Controller(
            growth(),
            Schedule(12.0, happenings=(Happening("sample", 1.5, {"volume": 1.0}),)),
            stages=12,
            moves={"feed": (0.0, 1.0)},
            goal=Goal(),
        ),
        lambda: optimise(growth(), HOURS, stages=3, moves={"feed": (0.0, 1.0)}, goal=Goal(end={"nothing": 1.0})),
    ],
)
def test_a_problem_that_is_stated_wrongly_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DeclarationError):
        wrong()


def test_weights_of_the_quadrature_are_those_of_radau() -> None:
    from batchwright.twins.transcription import radau

    points, derivative, weights = radau(3)
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ points**4 == pytest.approx(0.2)
    knots = np.concatenate([[0.0], points])
    assert knots**2 @ derivative == pytest.approx(2 * points)
