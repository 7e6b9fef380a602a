"""Decide the rest of a run: inputs by stages and doses of happenings, within limits.

Direct collocation with Radau points (Biegler 2010, Nonlinear Programming, chapter 10), solved by an interior-point
method with exact derivatives. A `Controller` builds the problem once and solves it again and again from new states,
each time beginning at the last answer: that is a step of nonlinear model-predictive control.
"""

from __future__ import annotations

import time as _stopwatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from batchwright.twins._casadi import quietly
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Happening, Profile, Schedule, Steps
from batchwright.twins.transcription import Program


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on a state, definition or output.

    Args:
        name: What is limited.
        lower: Smallest admissible value.
        upper: Largest admissible value.
        where: At every collocation point (also inside a stage), or at the end of the run.
        penalty: None for a hard limit; else the cost of one unit of violation.
    """

    name: str
    lower: float = -np.inf
    upper: float = np.inf
    where: Literal["path", "end"] = "path"
    penalty: float | None = None


@dataclass(frozen=True)
class Goal:
    """What is wanted; everything is added up and made as large as possible.

    Args:
        end: Weight of the final value, by output.
        integral: Weight of the time integral, by output.
        track: Set-point and weight of the squared distance from it, integrated over time, by output.
        calm: Weight of the squared change of an input from stage to stage, by input.
    """

    end: Mapping[str, float] = field(default_factory=dict)
    integral: Mapping[str, float] = field(default_factory=dict)
    track: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    calm: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to do.

    Args:
        times: Stage boundaries.
        inputs: Value of every moved input in each stage.
        doses: Chosen arguments of happenings, by (event, argument), in the order of the happenings.
        states: States at the stage boundaries, by label.
        goal: Value of the goal.
        iterations: Iterations of the solver.
        seconds: Time it took.
        violated: Violation of soft limits, by output.
    """

    times: Array
    inputs: Mapping[str, Array]
    doses: Mapping[tuple[str, str], Array]
    states: Mapping[str, Array]
    goal: float
    iterations: int
    seconds: float
    violated: Mapping[str, float]

    def schedule(self, given: Schedule) -> Schedule:
        """The schedule with the planned inputs and doses put in, for `simulate`."""
        inputs: dict[str, Profile] = dict(given.inputs)
        inputs |= {name: Steps(self.times[:-1].tolist(), values.tolist()) for name, values in self.inputs.items()}
        counts: dict[str, int] = {}
        happenings = []
        for h in given.happenings:
            place = counts.get(h.event, 0)
            counts[h.event] = place + 1
            chosen = {a: float(v[place]) for (event, a), v in self.doses.items() if event == h.event}
            happenings.append(Happening(h.event, h.at, {**h.arguments, **chosen}))
        return Schedule(given.end, given.begin, given.every, given.at, inputs, tuple(happenings))


class Controller:
    """An optimal-control problem that is built once and solved from many states.

    Args:
        model: The model.
        schedule: The stretch to decide: its begin, end, known inputs and happenings (on stage boundaries).
        stages: Number of stages of equal length.
        moves: Lower and upper bound of every input that may be moved.
        goal: What is wanted.
        limits: What must hold.
        doses: Lower and upper bound of happenings' arguments that may be chosen, by (event, argument).
        parameters: Parameters that differ from their defaults.
        points: Collocation points per stage.
        most_iterations: Limit of iterations.

    Raises:
        DeclarationError: A happening is not on a stage boundary, or a name is unknown.
    """

    def __init__(
        self,
        model: Model,
        schedule: Schedule,
        *,
        stages: int,
        moves: Mapping[str, tuple[float, float]],
        goal: Goal,
        limits: Sequence[Limit] = (),
        doses: Mapping[tuple[str, str], tuple[float, float]] | None = None,
        parameters: Mapping[str, Value] | None = None,
        points: int = 3,
        most_iterations: int = 300,
    ) -> None:
        schedule.check(model)
        self.model, self.schedule, self.stages, self.points = model, schedule, stages, points
        self.moves, self.goal, self.limits, self.doses = dict(moves), goal, tuple(limits), dict(doses or {})
        for name in moves:
            if name not in model.labels("input"):
                raise model.unknown(name, model.labels("input"))
        self.p = model.vector("parameter", parameters)
        self.length = (schedule.end - schedule.begin) / stages
        self._program = Program(self)
        self._solver = self._program.solver(most_iterations)
        self._last: tuple[Array, Array, Array] | None = None

    def solve(
        self,
        start: Mapping[str, Value] | None = None,
        *,
        parameters: Mapping[str, Value] | None = None,
        now: Mapping[str, float] | None = None,
        begin: float | None = None,
    ) -> Plan:
        """Decide from a state; begins at the last answer where there is one.

        Args:
            start: States now; the declared start where None.
            parameters: Parameters that differ from those given at construction, such as estimated ones.
            now: Inputs in force now, against which the first change counts.
            begin: Time now, where it is not the begin of the schedule (a horizon that recedes).

        Returns:
            The plan.

        Raises:
            Infeasible: No plan keeps the hard limits; the worst one is named with its time.
        """
        p = self.p.copy()
        for name, value in (parameters or {}).items():
            p[self.model.labels("parameter").index(name)] = value
        x0 = self.model.start_vector(p, start)
        program = self._program
        known = program.known(begin if begin is not None else self.schedule.begin, x0, p, now or {})
        if self._last is None:
            guess, duals = program.guess(x0, p, known), {}
        else:
            guess, duals = self._last[0], {"lam_x0": self._last[1], "lam_g0": self._last[2]}
        watch = _stopwatch.perf_counter()
        with quietly():
            found = self._solver(
                x0=guess, p=known, lbx=program.lbx, ubx=program.ubx, lbg=program.lbg, ubg=program.ubg, **duals
            )
        seconds = _stopwatch.perf_counter() - watch
        stats = self._solver.stats()
        values, constraints = found["x"].full().ravel(), found["g"].full().ravel()
        if not stats["success"]:
            self._last = None
            raise program.infeasible(constraints, str(stats.get("return_status", "")))
        self._last = (values, found["lam_x"].full().ravel(), found["lam_g"].full().ravel())
        return program.plan(values, constraints, float(found["f"]), int(stats.get("iter_count", 0)), seconds)


def optimise(
    model: Model,
    schedule: Schedule,
    *,
    stages: int,
    goal: Goal,
    moves: Mapping[str, tuple[float, float]],
    limits: Sequence[Limit] = (),
    doses: Mapping[tuple[str, str], tuple[float, float]] | None = None,
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
) -> Plan:
    """Decide the rest of a run once; see `Controller` for the arguments."""
    controller = Controller(
        model, schedule, stages=stages, moves=moves, goal=goal, limits=limits, doses=doses, parameters=parameters
    )
    return controller.solve(start)
