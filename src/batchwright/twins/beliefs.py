"""What an estimator believes, what it is told, and how unsure it is allowed to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtri

from batchwright.twins._casadi import CasadiFunction, Node, casadi
from batchwright.twins.distributions import Distribution, LogNormal, Normal
from batchwright.twins.errors import DeclarationError, IntegrationFailed
from batchwright.twins.evaluation import Evaluator
from batchwright.twins.integration import Compiler, Shape, Tolerance, compiler, lay_out
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value.

    Args:
        time: When the sample was taken.
        name: State, definition or output that was measured.
        value: The value, in its unit.
        sd: Standard deviation, absolute.
        relative: Standard deviation relative to the true value; added in quadrature.
        arrived: When the value was known; at once where None.
    """

    time: float
    name: str
    value: float
    sd: float = 0.0
    relative: float = 0.0
    arrived: float | None = None

    @property
    def known_at(self) -> float:
        """When the value was known."""
        return self.time if self.arrived is None else self.arrived

    def noise(self, expected: float) -> float:
        """Standard deviation at the value that was expected."""
        return float(np.hypot(self.sd, self.relative * abs(expected)))


@dataclass(frozen=True)
class Uncertainty:
    """What is not known, in the units of the quantities.

    Args:
        start: Standard deviation of the start value, by state.
        process: Random drift of a state in one root of time, absolute, by state.
        relative: Random drift of a state in one root of time, relative to its value, by state.
        parameters: Prior of each parameter that is estimated along with the states: Normal or LogNormal.
        drift: Random drift of an estimated parameter in one root of time, relative to its value.
        step: Longest stretch over which the drift is added at once, in model time.
    """

    start: Mapping[str, float] = field(default_factory=dict)
    process: Mapping[str, float] = field(default_factory=dict)
    relative: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Distribution] = field(default_factory=dict)
    drift: Mapping[str, float] = field(default_factory=dict)
    step: float = 6.0


class Coordinates:
    """The vector an estimator works on: states over their nominal values, then parameters, as logarithms if positive.

    Args:
        model: The model.
        uncertainty: Names the parameters that are estimated.
        parameters: Known parameters that differ from their defaults.
        start: Start values that differ from the declared ones.
    """

    def __init__(
        self, model: Model, uncertainty: Uncertainty, parameters: Mapping[str, Value], start: Mapping[str, Value]
    ) -> None:
        self.model, self.uncertainty = model, uncertainty
        self.states, self.free = model.labels("state"), tuple(uncertainty.parameters)
        self.names = (*self.states, *self.free)
        self.p = model.vector("parameter", parameters)
        self.x0 = model.start_vector(self.p, start)
        nominal = np.array([q.nominal for q in model.states for _ in range(q.size)])
        self.log = np.array([False] * len(self.states) + [model.quantity(n).lower > 0 for n in self.free])
        centres = [self._centre(name) for name in self.free]
        self.scale = np.concatenate(
            [
                nominal,
                [1.0 if is_log else abs(c) or 1.0 for c, is_log in zip(centres, self.log[len(nominal) :], strict=True)],
            ]
        )
        self._centres = np.array(centres, dtype=float)
        quantities = [q for q in model.states for _ in range(q.size)] + [model.quantity(n) for n in self.free]
        for kind in (uncertainty.start, uncertainty.process, uncertainty.relative):
            for name in kind:
                if name not in self.states:
                    raise model.unknown(name, self.states)
        self.lower = self.inward(np.array([q.lower for q in quantities]))
        self.upper = self.inward(np.array([q.upper for q in quantities]))

    def _centre(self, name: str) -> float:
        prior = self.uncertainty.parameters[name]
        if isinstance(prior, LogNormal):
            return prior.median
        if isinstance(prior, Normal):
            return prior.mean
        raise DeclarationError(f"The prior of {name} must be Normal or LogNormal", model=self.model.name, value=prior)

    def inward(self, values: Array) -> Array:
        """Coordinates of natural values."""
        safe = np.where(self.log, np.maximum(values, 1e-300), 1.0)
        return np.asarray(np.where(self.log, np.log(safe), values / self.scale), dtype=float)

    def outward(self, coordinates: Array) -> Array:
        """Natural values of coordinates; the last axis runs over names."""
        with np.errstate(over="ignore"):
            exponential = np.exp(np.where(self.log, coordinates, 0.0))
        return np.asarray(np.where(self.log, exponential, coordinates * self.scale), dtype=float)

    def prior(self) -> tuple[Array, Array]:
        """Mean and covariance at the begin."""
        mean = self.inward(np.concatenate([self.x0, self._centres]))
        sd = [self.uncertainty.start.get(n, 0.0) / s for n, s in zip(self.states, self.scale, strict=False)]
        for name, centre in zip(self.free, self._centres, strict=True):
            prior = self.uncertainty.parameters[name]
            if isinstance(prior, LogNormal):
                sd.append(prior.sigma)
            elif isinstance(prior, Normal):
                sd.append(prior.sd / abs(centre))
        return mean, np.diag(np.square(np.maximum(sd, 1e-9)))

    def drift(self, coordinates: Array, length: float) -> Array:
        """Variance that a stretch of time adds to every coordinate."""
        u, values = self.uncertainty, self.outward(coordinates)
        variance = [
            (u.process.get(n, 0.0) / s) ** 2 + (u.relative.get(n, 0.0) * v / s) ** 2
            for n, s, v in zip(self.states, self.scale, values, strict=False)
        ]
        variance += [u.drift.get(name, 0.0) ** 2 for name in self.free]
        return np.maximum(np.array(variance) * length, 1e-10)


@dataclass(frozen=True)
class Belief:
    """Normal distribution of states and estimated parameters at one time.

    Args:
        time: Model time.
        coordinates: How the vector is to be read.
        mean: Mean in coordinates.
        covariance: Covariance in coordinates.
    """

    time: float
    coordinates: Coordinates
    mean: Array
    covariance: Array

    @property
    def names(self) -> tuple[str, ...]:
        """States, then estimated parameters."""
        return self.coordinates.names

    def values(self) -> dict[str, float]:
        """Best value by name, in natural units."""
        return dict(zip(self.names, map(float, self.coordinates.outward(self.mean)), strict=True))

    def interval(self, name: str, level: float = 0.9) -> tuple[float, float]:
        """Interval that holds the true value with a probability, cut at the bounds."""
        index = self.names.index(name)
        half = float(ndtri(0.5 + level / 2)) * float(np.sqrt(max(self.covariance[index, index], 0.0)))
        ends = []
        for sign in (-1.0, 1.0):
            point = self.mean.copy()
            point[index] += sign * half
            point = np.clip(point, self.coordinates.lower, self.coordinates.upper)
            ends.append(float(self.coordinates.outward(point)[index]))
        return ends[0], ends[1]

    def draw(self, members: int, seed: int) -> Array:
        """Samples in natural units, within the bounds, shape (members, names)."""
        generator = np.random.Generator(np.random.PCG64(seed))
        points = self.mean + generator.standard_normal((members, len(self.mean))) @ root(self.covariance).T
        return self.coordinates.outward(np.clip(points, self.coordinates.lower, self.coordinates.upper))


def root(covariance: Array) -> Array:
    """A matrix whose product with its transpose is the covariance, also where that is only semi-definite."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)), dtype=float)


class Transition:
    """How the coordinates move from one time to another under a schedule, and what is seen of them.

    Args:
        coordinates: The vector.
        schedule: What is done to the model.
        tolerance: How exactly to integrate.
    """

    def __init__(self, coordinates: Coordinates, schedule: Schedule, tolerance: Tolerance | None) -> None:
        self.c, self.schedule = coordinates, schedule
        self.tool: Compiler = compiler(coordinates.model, tolerance or Tolerance())
        self._p_index = [coordinates.model.labels("parameter").index(name) for name in coordinates.free]
        self._plans: dict[tuple[float, float], Any] = {}

    def _plan(self, begin: float, end: float) -> Any:
        key = (begin, end)
        if key not in self._plans:
            s = self.schedule
            happenings = tuple(h for h in s.happenings if begin - 1e-9 <= h.at < end - 1e-9)
            part = Schedule(
                end,
                begin,
                end - begin,
                (),
                s.inputs,
                tuple(type(h)(h.event, max(h.at, begin), h.arguments) for h in happenings),
            )
            self._plans[key] = lay_out(self.c.model, part)
        return self._plans[key]

    def natural(self, point: Array) -> tuple[Array, Array]:
        """States and full parameter vector of a point in coordinates."""
        values = self.c.outward(point)
        p = self.c.p.copy()
        p[self._p_index] = values[len(self.c.states) :]
        return values[: len(self.c.states)], p

    def move(self, point: Array, begin: float, end: float) -> Array:
        """The point at ``end``; events at ``begin`` act, those at ``end`` do not yet."""
        return self._run(point, begin, end, derivative=False)[0]

    def move_with_jacobian(self, point: Array, begin: float, end: float) -> tuple[Array, Array]:
        """The point at ``end`` and its derivative with respect to the point at ``begin``."""
        return self._run(point, begin, end, derivative=True)

    def _run(self, point: Array, begin: float, end: float, *, derivative: bool) -> tuple[Array, Array]:
        layout = self._plan(begin, end)
        x, p = self.natural(point)
        nx = len(self.c.states)
        moved = point.copy()
        try:
            found = self._function(layout.shape, derivative)(x, p, layout.numbers.T, layout.arguments)
        except RuntimeError as error:
            raise IntegrationFailed(
                "The integrator gave up",
                model=self.c.model.name,
                time=begin,
                state=dict(zip(self.c.names, self.c.outward(point), strict=True)),
                remedy="Narrow the uncertainty: a believed state is one that the model cannot leave.",
            ) from error
        moved[:nx] = found[0].ravel() / self.c.scale[:nx]
        if not derivative:
            return moved, np.zeros((0, 0))
        full = np.eye(len(point))
        chain = np.concatenate([self.c.scale[:nx], np.where(self.c.log, self.c.outward(point), self.c.scale)[nx:]])
        full[:nx] = found[1] * chain[None, :] / self.c.scale[:nx, None]
        return moved, full

    def _function(self, shape: Shape, derivative: bool) -> Evaluator:
        """Function (x, p, numbers, arguments) -> states at the end (and their derivative by x and estimated p)."""
        key = ("transition", shape, derivative, self.c.free)
        made: Evaluator = self.tool.kept(key, lambda: Evaluator(self._build_function(shape, derivative=derivative)))
        return made

    def _build_function(self, shape: Shape, *, derivative: bool) -> CasadiFunction:
        run = self.tool.run(shape)
        x, p, numbers, arguments = run.mx_in()
        theta = casadi.MX.sym("theta", len(self.c.free))
        parts = [casadi.MX(p[i]) for i in range(p.shape[0])]
        for place, index in enumerate(self._p_index):
            parts[index] = theta[place]
        last = run(x, casadi.vertcat(casadi.MX(0, 1), *parts), numbers, arguments)[0][:, -1]
        results = [last]
        if derivative:
            by_all = casadi.horzcat(casadi.jacobian(last, x), casadi.jacobian(last, theta))
            results.append(casadi.densify(by_all))
        inner = casadi.Function("inner", [x, theta, p, numbers, arguments], results)
        picked = casadi.vertcat(casadi.MX(0, 1), *(p[i] for i in self._p_index))
        outer = inner.call([x, picked, p, numbers, arguments])
        return casadi.Function("transition", [x, p, numbers, arguments], outer)

    def see(self, point: Array, time: float, names: Sequence[str], *, derivative: bool = False) -> tuple[Array, Array]:
        """Chosen quantities at a point, and their derivative in coordinates where asked for."""
        x, p = self.natural(point)
        u = np.array([_input_at(self.schedule, q.name, q.default[0], time) for q in self.c.model.inputs])
        found = self._selector(tuple(names), derivative)([time], x, u, p)
        if not derivative:
            return found[0].ravel(), np.zeros((0, 0))
        chain = np.where(self.c.log, self.c.outward(point), self.c.scale)
        return found[0].ravel(), np.hstack([found[1], found[2][:, self._p_index]]) * chain[None, :]

    def _selector(self, names: tuple[str, ...], derivative: bool) -> Evaluator:
        """Function (t, x, u, p) -> chosen quantities (and their derivatives by x and p)."""
        made: Evaluator = self.tool.kept(
            ("see", names, derivative), lambda: Evaluator(self._build_selector(names, derivative=derivative))
        )
        return made

    def _build_selector(self, names: tuple[str, ...], *, derivative: bool) -> CasadiFunction:
        select = self.tool.selector(names)
        t, x, z, u, p = select.mx_in()
        if z.shape[0]:
            z = self._solved(t, x, u, p)
        seen = select(t, x, z, u, p)
        results = [seen]
        if derivative:
            results += [casadi.densify(casadi.jacobian(seen, x)), casadi.densify(casadi.jacobian(seen, p))]
        return casadi.Function("see", [t, x, u, p], results)

    def _solved(self, t: Node, x: Node, u: Node, p: Node) -> Node:
        """Algebraic variables that fulfil the equations at a point."""
        model = self.c.model
        scale = np.array([q.nominal for q in model.algebraics for _ in range(q.size)])
        names = ("t", "x", "z", "u", "p")
        inner = dict(zip(names, model.flat.sx_in(), strict=True))
        z = casadi.SX.sym("z", len(scale))
        residual = model.flat(inner["t"], inner["x"], z * scale, inner["u"], inner["p"])[1]
        known = casadi.vertcat(*(inner[name] for name in ("t", "x", "u", "p")))
        solver = casadi.rootfinder("algebra", "newton", {"x": z, "p": known, "g": residual})
        return solver(x0=model.vector("algebraic") / scale, p=casadi.vertcat(t, x, u, p))["x"] * scale


def _input_at(schedule: Schedule, name: str, default: float, time: float) -> float:
    profile = schedule.inputs.get(name, default)
    return float(profile) if isinstance(profile, int | float) else profile.line(time, time + 1.0)[0]
