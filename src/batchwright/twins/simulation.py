"""Simulate a model over a schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from batchwright.twins._casadi import quietly
from batchwright.twins.errors import IntegrationFailed, OutOfBounds
from batchwright.twins.integration import Compiler, Layout, Tolerance, compiler, lay_out
from batchwright.twins.model import Array, Kind, Model, Quantity, Value, columns
from batchwright.twins.schedule import Schedule
from batchwright.twins.trajectory import Columns, Trajectory

__all__ = ["Stop", "Tolerance", "simulate"]


@dataclass(frozen=True, slots=True)
class Stop:
    """End a run when a quantity crosses a level.

    Args:
        name: A state, definition or output.
        level: The level, in the unit of the quantity.
        direction: Whether it must rise or fall through the level, or either.
    """

    name: str
    level: float
    direction: Literal["rising", "falling", "either"] = "either"


def simulate(
    model: Model,
    schedule: Schedule,
    *,
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    stop: Stop | None = None,
    tolerance: Tolerance | None = None,
) -> Trajectory:
    """Run a model over a schedule.

    Args:
        model: What to run.
        schedule: What is done to it, and when to look.
        parameters: Parameters that differ from their defaults.
        start: States that start elsewhere than declared.
        stop: Condition that ends the run early; its time is found to 1e-9 of the run.
        tolerance: How exactly to integrate.

    Returns:
        Every state, algebraic variable, input, definition and output at every row.

    Raises:
        IntegrationFailed: The integrator gave up, with the last time and state.
        OutOfBounds: A parameter, a start value or a computed state is outside its bounds.
    """
    tool = compiler(model, tolerance or Tolerance())
    p = model.vector("parameter", parameters)
    x0 = model.start_vector(p, start)
    layout = lay_out(model, schedule)
    if stop is not None:
        return _until(tool, schedule, layout, x0, p, stop)
    xs, zs = integrate(tool, layout, x0, p)
    check_states(model, layout.times, xs, tool.tolerance)
    return tabulate(tool, layout, xs, zs, p)


def _until(tool: Compiler, schedule: Schedule, layout: Layout, x0: Array, p: Array, stop: Stop) -> Trajectory:
    """Run to the stop condition; what lies behind it need not make sense, so that a failure there is none."""
    failure = None
    try:
        xs, zs = integrate(tool, layout, x0, p)
    except IntegrationFailed as error:
        if error.time is None or error.time <= schedule.begin:
            raise
        failure = error
        layout = lay_out(tool.model, schedule.cut_at(error.time))
        xs, zs = integrate(tool, layout, x0, p)
    table = _cut(tool, layout, tabulate(tool, layout, xs, zs, p), p, stop)
    if failure is not None and table.stopped is None:
        raise failure
    states = np.array([table.columns[label] for label in tool.model.labels("state")])
    check_states(tool.model, table.times, states, tool.tolerance)
    return table


def integrate(tool: Compiler, layout: Layout, x0: Array, p: Array) -> tuple[Array, Array]:
    """States (n_x, rows) and algebraic variables (n_z, rows).

    Args:
        tool: The compiler of the model.
        layout: The schedule as numbers.
        x0: Start of the states.
        p: Parameters.

    Returns:
        Array (n_x, rows) and array (n_z, rows).

    Raises:
        IntegrationFailed: The integrator gave up.
    """
    try:
        states, solved = tool.fast_run(layout.shape)(x0, p, layout.numbers.T, layout.arguments)
    except RuntimeError as error:
        raise _where_it_failed(tool, layout, x0, p, str(error)) from error
    if not np.isfinite(states).all():
        raise _where_it_failed(tool, layout, x0, p, "not a finite number")
    return states, solved


def tabulate(tool: Compiler, layout: Layout, xs: Array, zs: Array, p: Array) -> Trajectory:
    """The labelled table of a run."""
    model = tool.model
    known = dict(zip(model.labels("state"), xs, strict=True))
    known |= zip(model.labels("algebraic"), zs, strict=True)
    known |= zip(model.labels("input"), layout.inputs, strict=True)

    def rest() -> dict[str, Array]:
        definitions, outputs = tool.tabulate(len(layout.times))(layout.times[None, :], xs, zs, layout.inputs, p)
        found = dict(zip(model.labels("definition"), columns(definitions), strict=True))
        return found | dict(zip(model.labels("output"), columns(outputs), strict=True))

    labels = (*model.labels("definition"), *model.labels("output"))
    return Trajectory(
        model.name, layout.times, model.time_unit, Columns(known, labels, rest), units_of(model), layout.after
    )


def units_of(model: Model) -> Mapping[str, str]:
    """UCUM code by label, in the order of a table."""
    kinds: tuple[Kind, ...] = ("state", "algebraic", "input", "definition", "output")

    def build() -> Mapping[str, str]:
        return {label: q.unit for kind in kinds for q in model.group(kind) for label in q.labels}

    found: Mapping[str, str] = model.kept("units of the table", build)
    return found


def check_states(model: Model, times: Array, xs: Array, tolerance: Tolerance) -> None:
    """Refuse states that left their bounds by more than the integration error can explain.

    Args:
        model: The model.
        times: Row times.
        xs: States, array (n_x, rows).
        tolerance: How exactly was integrated.

    Raises:
        OutOfBounds: With the time and the state.
    """
    lower, upper, nominal = model.kept(
        "limits of states", lambda: tuple(_spread(model.states, name) for name in ("lower", "upper", "nominal"))
    )
    slack = 100 * (tolerance.absolute * nominal + tolerance.relative * np.abs(xs).max(axis=1, initial=0.0))
    bad = (xs < (lower - slack)[:, None]) | (xs > (upper + slack)[:, None])
    if bad.any():
        row = int(np.flatnonzero(bad.any(axis=0))[0])
        index = int(np.flatnonzero(bad[:, row])[0])
        name = model.labels("state")[index]
        raise OutOfBounds(
            f"{name} left its bounds",
            model=model.name,
            time=float(times[row]),
            state=dict(zip(model.labels("state"), xs[:, row], strict=True)),
            value=f"{xs[index, row]:.6g}",
            limit=f"{lower[index]:g} to {upper[index]:g} {model.quantity(name).unit}",
            remedy="Check the schedule (feeds, samples, volumes); if it is right, the model does not hold here.",
        )


def _spread(quantities: tuple[Quantity, ...], attribute: str) -> Array:
    return np.array([getattr(q, attribute) for q in quantities for _ in range(q.size)], dtype=float)


def _where_it_failed(tool: Compiler, layout: Layout, x0: Array, p: Array, message: str) -> IntegrationFailed:
    """Go again segment by segment and row by row to find the last good state."""
    model = tool.model
    x, z = x0, np.array([v for q in model.algebraics for v in q.default])
    time, taken = float(layout.numbers[0, -2]), 0
    x, taken = _numeric_events(tool, layout.shape.first, x, time, layout.numbers[0], p, layout.arguments, taken)
    for segment, line in zip(layout.shape.segments, layout.numbers, strict=True):
        begin = 0.0
        for tau in segment.grid:
            try:
                with quietly():
                    x_next, z_next = advance(tool, x, z, line, begin, tau, p)
            except RuntimeError as error:
                message = str(error)
                break
            if not np.isfinite(x_next).all():
                break
            x, z, begin, time = x_next, z_next, tau, float(line[-2] + tau * line[-1])
        else:
            x, taken = _numeric_events(tool, segment.events, x, time, line, p, layout.arguments, taken)
            continue
        break
    cause = next((text for text in message.splitlines() if "returned" in text or "CV_" in text or "IDA_" in text), "")
    return IntegrationFailed(
        "The integrator gave up",
        model=model.name,
        time=time,
        state=dict(zip(model.labels("state"), x, strict=True)),
        value=cause.strip() or message.splitlines()[-1][:120],
        limit=f"relative tolerance {tool.tolerance.relative:g}, {tool.tolerance.max_steps} steps",
        remedy="Check the inputs and the state at this time; relax the tolerance only if both are right.",
    )


def advance(tool: Compiler, x: Array, z: Array, line: Array, begin: float, end: float, p: Array) -> tuple[Array, Array]:
    """Integrate from one scaled time of a segment to another."""
    nu = tool.counts[2]
    length = line[-1] * (end - begin)
    part = np.concatenate(
        [
            line[:nu] + line[nu : 2 * nu] * begin,
            line[nu : 2 * nu] * (end - begin),
            [line[-2] + begin * line[-1], length],
        ]
    )
    result = tool.integrator((1.0,))(
        x0=x / tool.scale_x, z0=z / tool.scale_z if z.size else [], p=np.concatenate([p, part])
    )
    return result["xf"].full().ravel() * tool.scale_x, result["zf"].full().ravel() * tool.scale_z


def _numeric_events(
    tool: Compiler, events: tuple[str, ...], x: Array, time: float, line: Array, p: Array, arguments: Array, taken: int
) -> tuple[Array, int]:
    nu = tool.counts[2]
    for name in events:
        kind = tool.model.event(name)
        count = len(kind.arguments)
        x = kind.function(time, x, line[:nu], p, arguments[taken : taken + count]).full().ravel()
        taken += count
    return x, taken


def _cut(tool: Compiler, layout: Layout, table: Trajectory, p: Array, stop: Stop) -> Trajectory:
    """Cut the table at the first crossing and put the exact end there."""
    row = _crossing(table[stop.name] - stop.level, stop.direction, table.times)
    if row is None:
        return table
    model = tool.model
    labels_x, labels_z = model.labels("state"), model.labels("algebraic")
    x = np.array([table.columns[label][row] for label in labels_x])
    z = np.array([table.columns[label][row] for label in labels_z])
    begin, end = table.times[row], table.times[row + 1]
    u0, u1 = layout.inputs[:, row], layout.inputs[:, row + 1]
    line = np.concatenate([u0, u1 - u0, [begin, end - begin]])

    def at(part: float) -> tuple[float, Array, Array]:
        x_at, z_at = (x, z) if part == 0.0 else advance(tool, x, z, line, 0.0, part, p)
        u_at = u0 + (u1 - u0) * part
        one = tool.tabulate(1)(begin + part * (end - begin), x_at, z_at, u_at, p)
        flat = np.concatenate([x_at, z_at, u_at, *(columns(value).ravel() for value in one)])
        return float(flat[list(table.columns).index(stop.name)] - stop.level), flat, u_at

    part = _root(lambda value: at(value)[0])
    values = at(part)[1]
    time = float(begin + part * (end - begin))
    cut = {label: np.append(array[: row + 1], values[i]) for i, (label, array) in enumerate(table.columns.items())}
    return Trajectory(
        table.model,
        np.append(table.times[: row + 1], time),
        table.time_unit,
        cut,
        table.units,
        np.append(table.after[: row + 1], False),
        stopped=time,
    )


def _crossing(values: Array, direction: str, times: Array) -> int | None:
    rising = (values[:-1] < 0) & (values[1:] >= 0)
    falling = (values[:-1] > 0) & (values[1:] <= 0)
    hit = {"rising": rising, "falling": falling, "either": rising | falling}[direction] & (np.diff(times) > 0)
    found = np.flatnonzero(hit)
    return int(found[0]) if found.size else None


def _root(function: Callable[[float], float]) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, 0.0, 1.0, xtol=1e-10, rtol=1e-12))
