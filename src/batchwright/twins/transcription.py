"""The optimal-control problem of a controller, written as one sparse nonlinear program.

Radau collocation on every stage (Biegler 2010, Nonlinear Programming, chapter 10): states at the points inside a
stage are variables, the model holds at each of them, and stages are joined by continuity, with the events of the
schedule in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from batchwright.twins._casadi import Node, casadi
from batchwright.twins.errors import DeclarationError, Infeasible
from batchwright.twins.integration import Tolerance, compiler
from batchwright.twins.model import Array
from batchwright.twins.schedule import Happening, Ramp, Schedule, Steps, event_arguments
from batchwright.twins.simulation import simulate

if TYPE_CHECKING:
    from batchwright.twins.optimisation import Controller, Plan


class Program:
    """Variables, constraints and cost of a controller, stage by stage."""

    def __init__(self, owner: Controller) -> None:
        self.o = owner
        model = owner.model
        self.nx, self.nz = len(model.labels("state")), len(model.labels("algebraic"))
        self.scale_x = np.array([q.nominal for q in model.states for _ in range(q.size)])
        self.scale_z = np.array([q.nominal for q in model.algebraics for _ in range(q.size)])
        self.names_u = model.labels("input")
        self.moved = list(owner.moves)
        self.scale_u = np.array([max(abs(low), abs(high), 1e-12) for low, high in owner.moves.values()])
        pairs = np.array(list(owner.moves.values()), dtype=float).reshape(-1, 2)
        self.bounds_u = (pairs[:, 0] / self.scale_u, pairs[:, 1] / self.scale_u)
        self.bounds_x = [
            np.array([getattr(q, side) for q in model.states for _ in range(q.size)]) / self.scale_x
            for side in ("lower", "upper")
        ]
        self._taken = 0
        self.variables: list[Node] = []
        self.lower: list[Array] = []
        self.upper: list[Array] = []
        self.first: list[Array] = []
        self.constraints: list[Node] = []
        self.low_g: list[Array] = []
        self.high_g: list[Array] = []
        self.labels_g: list[tuple[str, float]] = []
        self.cost: Any = 0
        self.soft: list[tuple[str, int]] = []
        self.place: dict[str, list[Any]] = {"x": [], "u": [], "dose": [], "inside": []}
        self._transcribe()
        self.lbx, self.ubx = np.concatenate(self.lower), np.concatenate(self.upper)
        self.lbg, self.ubg = np.concatenate(self.low_g), np.concatenate(self.high_g)

    # -- writing the problem down ------------------------------------------------------------------------------------

    def _transcribe(self) -> None:
        o = self.o
        self.x_now = casadi.MX.sym("x_now", self.nx)
        self.p = casadi.MX.sym("p", len(o.model.labels("parameter")))
        self.begin = casadi.MX.sym("begin")
        self.u_now = casadi.MX.sym("u_now", len(self.moved))
        self.base = casadi.MX.sym("base", len(self.names_u), o.stages)
        before = self._happenings_at(0)
        x = self._variable("x", self.nx, *self.bounds_x)
        self._constrain(x - self._happen(before, self.x_now / self.scale_x, 0), 0.0, 0.0, "start", 0.0)
        previous = self.u_now / self.scale_u
        for stage in range(o.stages):
            u = self._variable("u", len(self.moved), self.bounds_u[0], self.bounds_u[1])
            previous = self._calm(u, previous)
            x, z = self._stage(stage, x, u)
        self._limits("end", x, z, self._inputs(o.stages - 1, u), o.stages)
        seen = self._see(x, z, self._inputs(o.stages - 1, u), o.stages, tuple(o.goal.end))
        for row, weight in enumerate(o.goal.end.values()):
            self.cost -= weight * seen[row]

    def _stage(self, stage: int, x: Node, u: Node) -> tuple[Node, Node]:
        """Collocation equations of one stage, its costs and limits; returns states and algebraics at its end."""
        o = self.o
        coefficients, derivative, weights = radau(o.points)
        inputs = self._inputs(stage, u)
        inside = [self._variable("inside", self.nx, *self.bounds_x) for _ in range(o.points)]
        algebra = [self._variable("z", self.nz, -np.inf, np.inf) for _ in range(o.points)] if self.nz else []
        for j in range(o.points):
            tau = self.begin + o.length * (stage + coefficients[j])
            z = algebra[j] * self.scale_z if self.nz else casadi.MX(0, 1)
            dx, residual, _, _ = o.model.flat(tau, inside[j] * self.scale_x, z, inputs, self.p)
            slope = derivative[0, j] * x + sum(derivative[r + 1, j] * inside[r] for r in range(o.points))
            time = o.schedule.begin + o.length * (stage + coefficients[j])
            self._constrain(o.length * dx / self.scale_x - slope, 0.0, 0.0, "model", time)
            if self.nz:
                self._constrain(residual, 0.0, 0.0, "algebra", time)
            self._running_cost(inside[j], z, inputs, stage + coefficients[j], weights[j] * o.length)
            self._limits("path", inside[j], z, inputs, stage + coefficients[j])
        end = inside[-1]  # the last Radau point is the end of the stage
        following = self._variable("x", self.nx, *self.bounds_x)
        events = self._happenings_at(stage + 1)
        after = self._happen(events, end, stage + 1)
        self._constrain(following - after, 0.0, 0.0, "continuity", o.schedule.begin + o.length * (stage + 1))
        return following, z

    def _variable(self, kind: str, size: int, lower: Any, upper: Any) -> Node:
        symbol = casadi.MX.sym(kind, size)
        begin = self._taken
        self._taken += size
        self.variables.append(symbol)
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (size,)).copy())
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (size,)).copy())
        self.place.setdefault(kind, []).append(slice(begin, begin + size))
        return symbol

    def _constrain(self, node: Node, lower: Any, upper: Any, label: str, time: float) -> None:
        size = int(node.shape[0])
        if size == 0:
            return
        self.constraints.append(node)
        self.low_g.append(np.broadcast_to(np.asarray(lower, dtype=float), (size,)).copy())
        self.high_g.append(np.broadcast_to(np.asarray(upper, dtype=float), (size,)).copy())
        self.labels_g += [(label, time)] * size

    def _inputs(self, stage: int, u: Node) -> Node:
        """All inputs of a stage: moved ones from the decision, others as scheduled."""
        rows = [
            u[self.moved.index(name)] * self.scale_u[self.moved.index(name)]
            if name in self.moved
            else self.base[row, stage]
            for row, name in enumerate(self.names_u)
        ]
        return casadi.vertcat(casadi.MX(0, 1), *rows)

    def _see(self, x: Node, z: Node, inputs: Node, stage: float, names: tuple[str, ...]) -> Node:
        select = compiler(self.o.model, Tolerance()).selector(names)
        return select(self.begin + self.o.length * stage, x * self.scale_x, z, inputs, self.p)

    def _running_cost(self, x: Node, z: Node, inputs: Node, stage: float, weight: float) -> None:
        goal = self.o.goal
        names = (*goal.integral, *goal.track)
        if not names:
            return
        seen = self._see(x, z, inputs, stage, names)
        for row, gain in enumerate(goal.integral.values()):
            self.cost -= weight * gain * seen[row]
        for row, (target, gain) in enumerate(goal.track.values(), start=len(goal.integral)):
            self.cost += weight * gain * (seen[row] - target) ** 2

    def _calm(self, u: Node, previous: Node) -> Node:
        for name, weight in self.o.goal.calm.items():
            row = self.moved.index(name)
            self.cost += weight * ((u[row] - previous[row]) * self.scale_u[row]) ** 2
        return u

    def _limits(self, where: str, x: Node, z: Node, inputs: Node, stage: float) -> None:
        chosen = [limit for limit in self.o.limits if limit.where == where]
        if not chosen:
            return
        seen = self._see(x, z, inputs, stage, tuple(limit.name for limit in chosen))
        time = self.o.schedule.begin + self.o.length * stage
        for row, limit in enumerate(chosen):
            scale = max((abs(b) for b in (limit.lower, limit.upper) if np.isfinite(b) and b), default=1.0)
            node = seen[row] / scale
            if limit.penalty is not None:
                slack = self._variable("slack", 1, 0.0, np.inf)
                self.cost += limit.penalty * slack * scale
                self.soft.append((limit.name, len(self.place["slack"]) - 1))
                if np.isfinite(limit.lower):
                    self._constrain(node + slack, limit.lower / scale, np.inf, limit.name, time)
                if np.isfinite(limit.upper):
                    self._constrain(node - slack, -np.inf, limit.upper / scale, limit.name, time)
            else:
                self._constrain(node, limit.lower / scale, limit.upper / scale, limit.name, time)

    def _happenings_at(self, stage: int) -> list[tuple[int, Happening]]:
        o = self.o
        found = []
        for index, h in enumerate(o.schedule.happenings):
            position = (h.at - o.schedule.begin) / o.length
            if abs(position - round(position)) > 1e-6:
                raise DeclarationError(
                    "A happening is not on a stage boundary",
                    model=o.model.name,
                    time=h.at,
                    value=h.event,
                    limit=f"multiples of {o.length:g}",
                    remedy="Choose the number of stages so that it is.",
                )
            if round(position) == stage:
                found.append((index, h))
        return found

    def _happen(self, events: list[tuple[int, Happening]], x: Node, stage: int) -> Node:
        o = self.o
        for _, h in events:
            kind = o.model.event(h.event)
            fixed = event_arguments(o.model, h)
            arguments = [casadi.MX(value) for value in fixed]
            for row, argument in enumerate(kind.arguments):
                if (h.event, argument.name) in o.doses:
                    low, high = o.doses[h.event, argument.name]
                    scale = max(abs(low), abs(high), 1e-12)
                    arguments[row] = self._variable("dose", 1, low / scale, high / scale) * scale
                    self.place.setdefault("dose_of", []).append((h.event, argument.name, scale))
            inputs = self.base[:, min(stage, o.stages - 1)]
            time = self.begin + o.length * stage
            x = (
                kind.function(time, x * self.scale_x, inputs, self.p, casadi.vertcat(casadi.MX(0, 1), *arguments))
                / self.scale_x
            )
        return x

    def solver(self, most_iterations: int) -> Any:
        """The solver of the whole problem."""
        known = casadi.vertcat(self.x_now, self.p, self.begin, self.u_now, casadi.vec(self.base))
        problem = {
            "x": casadi.vertcat(*self.variables),
            "p": known,
            "f": self.cost,
            "g": casadi.vertcat(*self.constraints),
        }
        options = {
            "expand": True,
            "print_time": False,
            "error_on_fail": False,
            "ipopt.print_level": 0,
            "ipopt.sb": "yes",
            "ipopt.max_iter": most_iterations,
            "ipopt.tol": 1e-7,
            "ipopt.mu_strategy": "adaptive",
            # The problem is scaled already; to permute it anew at every factorisation doubles the time of a step.
            "ipopt.mumps_permuting_scaling": 0,
            "ipopt.warm_start_init_point": "yes",
            "ipopt.warm_start_bound_push": 1e-6,
            "ipopt.warm_start_mult_bound_push": 1e-6,
        }
        return casadi.nlpsol("controller", "ipopt", problem, options)

    # -- numbers in and out ------------------------------------------------------------------------------------------

    def known(self, begin: float, x0: Array, p: Array, now: Mapping[str, float]) -> Array:
        """What the problem is told: state, parameters, time, inputs in force, and scheduled inputs of every stage."""
        o = self.o
        base = np.zeros((len(self.names_u), o.stages))
        for row, q in enumerate(o.model.inputs):
            profile = o.schedule.inputs.get(q.name, q.default[0])
            for stage in range(o.stages):
                at = begin + stage * o.length
                base[row, stage] = (
                    sum(_ends(profile, at, at + o.length)) / 2 if isinstance(profile, Ramp | Steps) else profile
                )
        force = np.array([now.get(name, base[self.names_u.index(name), 0]) for name in self.moved])
        return np.concatenate([x0, p, [begin], force, base.T.ravel()])

    def guess(self, x0: Array, p: Array, known: Array) -> Array:
        """First guess: the model run with the inputs in force."""
        o, model = self.o, self.o.model
        lower, upper = np.concatenate(self.lower), np.concatenate(self.upper)
        values = np.zeros(len(lower))
        bounded = np.isfinite(lower) & np.isfinite(upper)
        values[bounded] = (lower[bounded] + upper[bounded]) / 2
        force = known[self.nx + len(p) + 1 :][: len(self.moved)]
        inputs = {**o.schedule.inputs, **dict(zip(self.moved, force, strict=True))}
        part = o.length / o.points
        coefficients = radau(o.points)[0]
        times = [o.schedule.begin + o.length * (s + c) for s in range(o.stages) for c in coefficients]
        s = Schedule(
            o.schedule.end,
            o.schedule.begin,
            part,
            tuple(min(t, o.schedule.end) for t in times),
            inputs,
            o.schedule.happenings,
        )
        run = simulate(
            model,
            s,
            parameters=dict(zip(model.labels("parameter"), p, strict=True)),
            start=dict(zip(model.labels("state"), x0, strict=True)),
        )
        table = np.array([run[label] for label in model.labels("state")]) / self.scale_x[:, None]
        for k, place in enumerate(self.place["x"]):
            row = int(np.flatnonzero(np.abs(run.times - (o.schedule.begin + k * o.length)) < 1e-6 * o.length)[-1])
            values[place] = table[:, row]
        for place, time in zip(self.place["inside"], times, strict=True):
            row = int(np.flatnonzero(np.abs(run.times - time) < 1e-6 * o.length)[0])
            values[place] = table[:, row]
        for place in self.place["u"]:
            values[place] = force / self.scale_u
        guess_z = np.concatenate([np.array(q.default) for q in model.algebraics]) if self.nz else np.zeros(0)
        for place in self.place.get("z", []):
            values[place] = guess_z / self.scale_z
        return values

    def plan(self, values: Array, constraints: Array, cost: float, iterations: int, seconds: float) -> Plan:
        """The answer in natural units."""
        from batchwright.twins.optimisation import Plan

        o, model = self.o, self.o.model
        states = np.array([values[place] * self.scale_x for place in self.place["x"]])
        inputs = np.array([values[place] * self.scale_u for place in self.place["u"]])
        inputs = np.clip(inputs, self.bounds_u[0] * self.scale_u, self.bounds_u[1] * self.scale_u)  # solver's slack
        doses: dict[tuple[str, str], list[float]] = {}
        for place, (event, argument, scale) in zip(self.place["dose"], self.place.get("dose_of", []), strict=True):
            doses.setdefault((event, argument), []).append(
                float(np.clip(values[place][0] * scale, *o.doses[event, argument]))
            )
        violated: dict[str, float] = {}
        for name, index in self.soft:
            size = float(values[self.place["slack"][index]][0])
            violated[name] = max(violated.get(name, 0.0), size)
        return Plan(
            np.asarray(o.schedule.begin + o.length * np.arange(o.stages + 1), dtype=float),
            {name: inputs[:, row] for row, name in enumerate(self.moved)},
            {key: np.array(found) for key, found in doses.items()},
            {label: states[:, row] for row, label in enumerate(model.labels("state"))},
            -cost,
            iterations,
            seconds,
            {name: size for name, size in violated.items() if size > 1e-6},
        )

    def infeasible(self, constraints: Array, status: str) -> Infeasible:
        """The error that names the worst violation."""
        excess = np.maximum(self.lbg - constraints, constraints - self.ubg)
        own = [i for i, (label, _) in enumerate(self.labels_g) if label in {limit.name for limit in self.o.limits}]
        chosen = own if own and excess[own].max() > 1e-6 else list(range(len(excess)))
        worst = chosen[int(np.argmax(excess[chosen]))]
        label, time = self.labels_g[worst]
        return Infeasible(
            "No plan was found that keeps every limit",
            model=self.o.model.name,
            time=time,
            value=f"{label} violated by {excess[worst]:.3g} (scaled), {status}",
            remedy="Widen a limit, make it soft with a penalty, or allow more moves.",
        )


def _ends(profile: Steps | Ramp, begin: float, end: float) -> tuple[float, float]:
    value, slope = profile.line(begin, end)
    return value, value + slope * (end - begin)


def radau(points: int) -> tuple[Array, Array, Array]:
    """Radau points, derivatives (points + 1, points) of the Lagrange basis with 0 in front, quadrature weights."""
    roots = np.array(casadi.collocation_points(points, "radau"), dtype=float)
    knots = np.concatenate([[0.0], roots])
    derivative = np.zeros((points + 1, points))
    for r in range(points + 1):
        basis = np.poly1d([1.0])
        for other in range(points + 1):
            if other != r:
                basis *= np.poly1d([1.0, -knots[other]]) / (knots[r] - knots[other])
        derivative[r] = np.polyder(basis)(roots)
    weights = np.zeros(points)
    for r in range(points):
        basis = np.poly1d([1.0])
        for other in range(points):
            if other != r:
                basis *= np.poly1d([1.0, -roots[other]]) / (roots[r] - roots[other])
        weights[r] = float(np.polyint(basis)(1.0))
    return roots, derivative, weights
