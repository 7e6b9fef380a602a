"""From a model and the shape of a schedule to one compiled function, built once and reused.

Between two breakpoints the model is integrated in scaled time tau in [0, 1] with the begin, the length and the
straight lines of the inputs as parameters, so one integrator serves every segment with the same pattern of rows. The
segments and the events between them are chained into a single CasADi function of start, parameters and schedule
numbers: calling it costs no Python between segments, and its derivatives pass through the events.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from batchwright.twins._casadi import CasadiFunction, Node, casadi
from batchwright.twins.evaluation import Evaluator
from batchwright.twins.model import Array, Model
from batchwright.twins.schedule import Profile, Ramp, Schedule, Steps, event_arguments

_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How exactly to integrate.

    Args:
        relative: Relative tolerance.
        absolute: Absolute tolerance in units of each state's nominal magnitude.
        max_steps: Integrator steps allowed between two rows.
        linear_solver: CasADi linear solver; ``auto`` takes a sparse one for large systems.
    """

    relative: float = 1e-6
    absolute: float = 1e-8
    max_steps: int = 50_000
    linear_solver: str = "auto"


@dataclass(frozen=True, slots=True)
class Segment:
    """The stretch between two breakpoints: scaled row times and the events at its end."""

    grid: tuple[float, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a schedule decides the compiled function: events before the first segment, and the segments."""

    first: tuple[str, ...]
    segments: tuple[Segment, ...]

    @property
    def rows(self) -> int:
        """Number of table rows."""
        return 1 + bool(self.first) + sum(len(s.grid) + bool(s.events) for s in self.segments)


@dataclass(frozen=True)
class Layout:
    """A schedule as numbers for a compiled function.

    Args:
        shape: Its shape.
        numbers: Array (segments, 2 n_u + 2): input values at the begin, their change, begin and length.
        arguments: Arguments of all events, in the order in which they act.
        times: Time of every row; the time of an event occurs twice, before and after.
        after: Whether a row is the one after an event.
        inputs: Array (n_u, rows).
    """

    shape: Shape
    numbers: Array
    arguments: Array
    times: Array
    after: Array
    inputs: Array


def lay_out(model: Model, schedule: Schedule) -> Layout:
    """Turn a schedule into a shape and numbers.

    Args:
        model: The model.
        schedule: The schedule.

    Returns:
        Shape and numbers.

    Raises:
        DeclarationError: The schedule names something that the model does not have.
    """
    known: OrderedDict[Schedule, Layout] = model.kept("layouts", OrderedDict)
    if schedule not in known:
        known[schedule] = _lay_out(model, schedule)
        if len(known) > _KEPT:
            known.popitem(last=False)
    known.move_to_end(schedule)
    return known[schedule]


def _lay_out(model: Model, schedule: Schedule) -> Layout:
    schedule.check(model)
    rows, breaks = schedule.rows(), schedule.breaks()
    profiles: list[Profile] = [schedule.inputs.get(q.name, q.default[0]) for q in model.inputs]
    happenings = {
        index: [h for h in schedule.happenings if abs(h.at - t) <= 1e-9 * (breaks[-1] - breaks[0])]
        for index, t in enumerate(breaks)
    }
    segments, numbers, times, after, inputs = [], [], [float(breaks[0])], [False], []
    arguments = [event_arguments(model, h) for h in happenings[0]]
    for index, (begin, end) in enumerate(pairwise(breaks)):
        length = end - begin
        inside = rows[(rows > begin + 1e-9 * length) & (rows < end - 1e-9 * length)]
        grid = (*np.round((inside - begin) / length, 12).tolist(), 1.0)
        lines = np.array([_line(profile, begin, end) for profile in profiles]).reshape(len(profiles), 2)
        change = lines[:, 1] * length
        if index == 0:
            inputs += [lines[:, 0]] * (1 + bool(happenings[0]))
            if happenings[0]:
                times.append(float(begin))
                after.append(True)
        numbers.append(np.concatenate([lines[:, 0], change, [begin, length]]))
        done = happenings[index + 1]
        segments.append(Segment(grid, tuple(h.event for h in done)))
        arguments += [event_arguments(model, h) for h in done]
        times += [*inside.tolist(), float(end)] + [float(end)] * bool(done)
        after += [False] * len(grid) + [True] * bool(done)
        inputs += [lines[:, 0] + change * tau for tau in grid] + [lines[:, 0] + change] * bool(done)
    return Layout(
        shape=Shape(tuple(h.event for h in happenings[0]), tuple(segments)),
        numbers=np.array(numbers),
        arguments=np.concatenate(arguments) if arguments else np.zeros(0),
        times=np.array(times),
        after=np.array(after),
        inputs=np.array(inputs).T.reshape(len(profiles), len(times)),
    )


def _line(profile: Profile, begin: float, end: float) -> tuple[float, float]:
    return profile.line(begin, end) if isinstance(profile, Steps | Ramp) else (float(profile), 0.0)


class Compiler:
    """Builds and keeps the integrators and run functions of one model at one tolerance."""

    def __init__(self, model: Model, tolerance: Tolerance) -> None:
        self.model = model
        self.tolerance = tolerance
        self.scale_x = np.array([q.nominal for q in model.states for _ in range(q.size)])
        self.scale_z = np.array([q.nominal for q in model.algebraics for _ in range(q.size)])
        self._kept: OrderedDict[tuple[Any, ...], CasadiFunction] = OrderedDict()

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Numbers of states, algebraic variables, inputs and parameters."""
        labels = self.model.labels
        return len(labels("state")), len(labels("algebraic")), len(labels("input")), len(labels("parameter"))

    def integrator(self, grid: tuple[float, ...]) -> CasadiFunction:
        """Integrator over scaled time with outputs at ``grid``; states are in units of their nominal values."""
        return self.kept(("integrator", grid), lambda: self._build_integrator(grid))

    def _build_integrator(self, grid: tuple[float, ...]) -> CasadiFunction:
        nx, nz, nu, n_p = self.counts
        tau, x, z = casadi.SX.sym("tau"), casadi.SX.sym("x", nx), casadi.SX.sym("z", nz)
        p, line = casadi.SX.sym("p", n_p), casadi.SX.sym("line", 2 * nu + 2)
        begin, length = line[2 * nu], line[2 * nu + 1]
        u = line[:nu] + line[nu : 2 * nu] * tau
        dx, residual, _, _ = self.model.flat(begin + length * tau, x * self.scale_x, z * self.scale_z, u, p)
        problem = {"t": tau, "x": x, "p": casadi.vertcat(p, line), "ode": dx * length / self.scale_x}
        if nz:
            problem |= {"z": z, "alg": residual}
        options: dict[str, Any] = {
            "reltol": self.tolerance.relative,
            "abstol": self.tolerance.absolute,
            "max_num_steps": self.tolerance.max_steps,
            "disable_internal_warnings": True,
            "show_eval_warnings": False,
        }
        solver = self.tolerance.linear_solver
        if solver == "auto":
            solver = "qr" if nx + nz > 60 else ""
        if solver:
            options["linear_solver"] = solver
        return casadi.integrator("integrator", "idas" if nz else "cvodes", problem, 0.0, list(grid), options)

    def run(self, shape: Shape) -> CasadiFunction:
        """Function (x0, p, numbers, arguments) -> (X, Z), one column per row of the table."""
        return self.kept(("run", shape), lambda: self._build_run(shape))

    def _build_run(self, shape: Shape) -> CasadiFunction:
        nx, nz, nu, n_p = self.counts
        kinds = {kind.name: kind for kind in self.model.events}
        order = [*shape.first, *(name for segment in shape.segments for name in segment.events)]
        x0, p = casadi.MX.sym("x0", nx), casadi.MX.sym("p", n_p)
        numbers = casadi.MX.sym("numbers", 2 * nu + 2, len(shape.segments))
        arguments = casadi.MX.sym("arguments", sum(len(kinds[name].arguments) for name in order))
        guess = casadi.DM([v for q in self.model.algebraics for v in q.default]) if nz else casadi.DM(0, 1)
        z = casadi.MX(guess / self.scale_z) if nz else casadi.MX(0, 1)
        x, taken = x0, 0
        xs: list[Node] = [x0]
        zs: list[Node] = [z * self.scale_z if nz else z]
        if shape.first:
            x, taken = self._happen(shape.first, x, numbers[2 * nu, 0], numbers[:nu, 0], p, arguments, taken)
            xs.append(x)
            zs.append(zs[-1])
        for index, segment in enumerate(shape.segments):
            line = numbers[:, index]
            # With algebraic variables the begin is asked for as well: what they are there is known only once solved.
            grid = (0.0, *segment.grid) if nz else segment.grid
            result = self.integrator(grid)(x0=x / self.scale_x, z0=z, p=casadi.vertcat(p, line))
            columns = result["xf"] * casadi.repmat(casadi.DM(self.scale_x), 1, len(grid))
            xs.append(columns[:, 1:] if nz else columns)
            x = columns[:, -1]
            if nz:
                algebra = result["zf"] * casadi.repmat(casadi.DM(self.scale_z), 1, len(grid))
                if index == 0 or shape.segments[index - 1].events:
                    zs[-1] = algebra[:, 0]
                if index == 0 and shape.first:
                    zs[0] = algebra[:, 0]
                zs.append(algebra[:, 1:])
                z = result["zf"][:, -1]
            if segment.events:
                end = line[2 * nu] + line[2 * nu + 1]
                at_end = line[:nu] + line[nu : 2 * nu]
                x, taken = self._happen(segment.events, x, end, at_end, p, arguments, taken)
                xs.append(x)
                zs.append(zs[-1][:, -1])
        rows = casadi.horzcat(*xs)
        solved = casadi.horzcat(*zs) if nz else casadi.MX(0, rows.shape[1])
        return casadi.Function(
            "run", [x0, p, numbers, arguments], [rows, solved], ["x0", "p", "numbers", "arguments"], ["X", "Z"]
        )

    def _happen(
        self, events: tuple[str, ...], x: Node, time: Node, u: Node, p: Node, arguments: Node, taken: int
    ) -> tuple[Node, int]:
        for name in events:
            kind = self.model.event(name)
            count = len(kind.arguments)
            x = kind.function(time, x, u, p, arguments[taken : taken + count])
            taken += count
        return x, taken

    def fast_run(self, shape: Shape) -> Evaluator:
        """The run function of a shape, called with numpy arrays."""
        made: Evaluator = self.kept(("fast run", shape), lambda: Evaluator(self.run(shape)))
        return made

    def fast_observe(self, shape: Shape, names: tuple[str, ...]) -> Evaluator:
        """The observing function, called with numpy arrays."""
        key = ("fast observe", shape, names)
        made: Evaluator = self.kept(key, lambda: Evaluator(self.observe(shape, names)))
        return made

    def observe(self, shape: Shape, names: tuple[str, ...]) -> CasadiFunction:
        """Function (x0, p, numbers, arguments, times, inputs) -> chosen quantities (names, rows).

        Differentiable with respect to x0 and p.
        """
        return self.kept(("observe", shape, names), lambda: self._build_observe(shape, names))

    def kept(self, key: tuple[Any, ...], build: Callable[[], CasadiFunction]) -> CasadiFunction:
        """A function that was built before under a key, or builds it; the least recently used are forgotten."""
        if key not in self._kept:
            self._kept[key] = build()
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _build_observe(self, shape: Shape, names: tuple[str, ...]) -> CasadiFunction:
        nu, rows = self.counts[2], shape.rows
        run = self.run(shape)
        x0, p, numbers, arguments = run.mx_in()
        times, inputs = casadi.MX.sym("times", 1, rows), casadi.MX.sym("inputs", nu, rows)
        xs, zs = run(x0, p, numbers, arguments)
        seen = self.selector(names).map(rows)(times, xs, zs, inputs, casadi.repmat(p, 1, rows))
        return casadi.Function(
            "observe",
            [x0, p, numbers, arguments, times, inputs],
            [seen],
            ["x0", "p", "numbers", "arguments", "times", "inputs"],
            ["seen"],
        )

    def selector(self, names: tuple[str, ...]) -> CasadiFunction:
        """Function (t, x, z, u, p) -> chosen quantities as one column."""
        inputs = self.model.flat.sx_in()
        _, _, definitions, outputs = self.model.flat.call(inputs)
        place: dict[str, Node] = {}
        for kind, column in (
            ("state", inputs[1]),
            ("algebraic", inputs[2]),
            ("input", inputs[3]),
            ("definition", definitions),
            ("output", outputs),
        ):
            labels = self.model.labels(kind)  # type: ignore[arg-type]
            place.update({label: column[row] for row, label in enumerate(labels)})
        for name in names:
            if name not in place:
                raise self.model.unknown(name, place)
        chosen = casadi.densify(casadi.vertcat(casadi.SX(0, 1), *(place[name] for name in names)))
        return casadi.Function("selector", inputs, [chosen])

    def tabulate(self, rows: int) -> CasadiFunction:
        """Function (t, X, Z, U, p) -> (definitions, outputs), one column per row."""
        return self.kept(("tabulate", rows), lambda: self._build_tabulate(rows))

    def _build_tabulate(self, rows: int) -> CasadiFunction:
        nx, nz, nu, n_p = self.counts
        shapes = {"t": (1, rows), "X": (nx, rows), "Z": (nz, rows), "U": (nu, rows), "p": (n_p, 1)}
        t, x, z, u, p = arguments = [casadi.MX.sym(name, *shape) for name, shape in shapes.items()]
        _, _, definitions, outputs = self.model.flat.map(rows)(t, x, z, u, casadi.repmat(p, 1, rows))
        return casadi.Function("tabulate", arguments, [definitions, outputs])


def compiler(model: Model, tolerance: Tolerance) -> Compiler:
    """The compiler of a model at a tolerance; kept with the model."""
    made: Compiler = model.kept(f"compiler {tolerance}", lambda: Compiler(model, tolerance))
    return made
