"""Derivatives of outputs with respect to parameters and start values, exact through events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from batchwright.twins._casadi import CasadiFunction, casadi, quietly
from batchwright.twins.errors import IntegrationFailed
from batchwright.twins.integration import Layout, Shape, Tolerance, compiler, lay_out
from batchwright.twins.model import Array, Model, Value
from batchwright.twins.schedule import Schedule


@dataclass(frozen=True)
class Sensitivities:
    """d(output)/d(parameter) at every row.

    Args:
        times: Row times.
        of: Outputs.
        to: Parameters, or states for their start values.
        values: Outputs, array (rows, of).
        derivatives: Array (rows, of, to), in the unit of the output per unit of the parameter.
        nominal: Values of ``to`` at which the derivatives hold.
    """

    times: Array
    of: tuple[str, ...]
    to: tuple[str, ...]
    values: Array
    derivatives: Array
    nominal: Array

    def relative(self) -> Array:
        """Change of an output over its largest magnitude per relative change of a parameter, (rows, of, to)."""
        scale = np.abs(self.values).max(axis=0)
        scale[scale == 0.0] = 1.0
        return np.asarray(self.derivatives * self.nominal[None, None, :] / scale[None, :, None], dtype=float)


class Observer:
    """Chosen outputs of one schedule as a function of chosen parameters, with its Jacobian.

    Args:
        model: What is run.
        schedule: What is done to it.
        of: Outputs.
        to: Parameters, or states for their start values.
        parameters: Other parameters.
        start: Other start values.
        tolerance: How exactly to integrate.
    """

    def __init__(
        self,
        model: Model,
        schedule: Schedule,
        of: Sequence[str],
        to: Sequence[str],
        *,
        parameters: Mapping[str, Value] | None = None,
        start: Mapping[str, Value] | None = None,
        tolerance: Tolerance | None = None,
    ) -> None:
        self.model = model
        self.of, self.to = tuple(of), tuple(to)
        self.layout: Layout = lay_out(model, schedule)
        self.fixed = model.vector("parameter", parameters)
        self._tool = compiler(model, tolerance or Tolerance())
        self._start_free = {name for name in self.to if name in model.labels("state")}
        self._start_given = dict(start or {})
        self._function = _observer(self._tool.model, self._tool.tolerance, self.layout.shape, self.of, self.to, False)

    def point(self, names: Sequence[str] | None = None) -> Array:
        """The values of ``to`` as declared or given."""
        x0 = dict(zip(self.model.labels("state"), self.model.start_vector(self.fixed, self._start_given), strict=True))
        p = dict(zip(self.model.labels("parameter"), self.fixed, strict=True))
        return np.array([x0[n] if n in self._start_free else p[n] for n in (names or self.to)], dtype=float)

    def values(self, theta: Array) -> Array:
        """Outputs at some values of ``to``, shape (rows, of).

        Args:
            theta: Values of ``to``.

        Returns:
            Array (rows, of).

        Raises:
            IntegrationFailed: The integrator gave up.
        """
        return np.asarray(self._call(self._function, theta)[0].full().T, dtype=float)

    def jacobian(self, theta: Array) -> tuple[Array, Array]:
        """Outputs (rows, of) and derivatives (rows, of, to).

        Args:
            theta: Values of ``to``.

        Returns:
            Array (rows, of) and array (rows, of, to).

        Raises:
            IntegrationFailed: The integrator gave up.
        """
        function = _observer(self.model, self._tool.tolerance, self.layout.shape, self.of, self.to, True)
        seen, derivative = self._call(function, theta)
        values = seen.full().T
        return values, derivative.full().reshape(values.shape[0], values.shape[1], len(self.to))

    def _call(self, function: CasadiFunction, theta: Array) -> list[CasadiFunction]:
        layout = self.layout
        given, start = self._given()
        try:
            with quietly():
                found: list[CasadiFunction] = function.call(
                    [
                        theta,
                        given,
                        start,
                        self.fixed,
                        layout.numbers.T,
                        layout.arguments,
                        layout.times[None, :],
                        layout.inputs,
                    ]
                )
        except RuntimeError as error:
            raise IntegrationFailed(
                "The integrator gave up",
                model=self.model.name,
                value=" ".join(f"{n}={v:.4g}" for n, v in zip(self.to, theta, strict=True)),
                remedy="Narrow the bounds of what is free, or simulate this point to see where it fails.",
            ) from error
        if not np.isfinite(found[0].full()).all():
            raise IntegrationFailed("The outputs are not finite", model=self.model.name, value=theta)
        return found

    def _given(self) -> tuple[Array, Array]:
        """Which start values were given (1 or 0), and their values."""
        labels = self.model.labels("state")
        given, start = np.zeros(len(labels)), np.zeros(len(labels))
        for name, value in self.model.spread(self._start_given).items():
            given[labels.index(name)], start[labels.index(name)] = 1.0, float(np.asarray(value))
        return given, start


def sensitivities(
    model: Model,
    schedule: Schedule,
    *,
    of: Sequence[str],
    to: Sequence[str],
    parameters: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    tolerance: Tolerance | None = None,
) -> Sensitivities:
    """Derivatives of outputs at every row of a schedule.

    Args:
        model: What is run.
        schedule: What is done to it.
        of: States, definitions or outputs.
        to: Parameters, or states for their start values.
        parameters: Parameters that differ from their defaults.
        start: Start values that differ from the declared ones.
        tolerance: How exactly to integrate.

    Returns:
        Values and derivatives at every row.

    Raises:
        IntegrationFailed: The integrator gave up.
    """
    observer = Observer(model, schedule, of, to, parameters=parameters, start=start, tolerance=tolerance)
    point = observer.point()
    values, derivatives = observer.jacobian(point)
    return Sensitivities(observer.layout.times, observer.of, observer.to, values, derivatives, point)


def _observer(
    model: Model, tolerance: Tolerance, shape: Shape, of: tuple[str, ...], to: tuple[str, ...], with_jacobian: bool
) -> CasadiFunction:
    """Function (theta, given, start, p, numbers, arguments, times, inputs) -> outputs (of, rows) and their Jacobian."""
    tool = compiler(model, tolerance)
    key = ("jacobian" if with_jacobian else "values", shape, of, to)
    return tool.kept(key, lambda: _build_observer(model, tolerance, shape, of, to, with_jacobian))


def _build_observer(
    model: Model, tolerance: Tolerance, shape: Shape, of: tuple[str, ...], to: tuple[str, ...], with_jacobian: bool
) -> CasadiFunction:
    seen = compiler(model, tolerance).observe(shape, of)
    x_in, p_in, numbers, arguments, times, inputs = seen.mx_in()
    theta = casadi.MX.sym("theta", len(to))
    p = _with(p_in, model.labels("parameter"), to, theta, model)
    given = casadi.MX.sym("given", x_in.shape[0])
    start = given * x_in + (1 - given) * model.start(p)
    x0 = _with(start, model.labels("state"), to, theta, model)
    out = seen(x0, p, numbers, arguments, times, inputs)
    results = [out]
    if with_jacobian:
        results.append(casadi.jacobian(casadi.vec(out), theta))
    return casadi.Function("observer", [theta, given, x_in, p_in, numbers, arguments, times, inputs], results)


def _with(
    column: CasadiFunction, labels: Sequence[str], to: Sequence[str], theta: CasadiFunction, model: Model
) -> CasadiFunction:
    """A column with the elements named in ``to`` replaced by ``theta``."""
    known = (*model.labels("parameter"), *model.labels("state"))
    for name in to:
        if name not in known:
            raise model.unknown(name, known)
    place = {name: index for index, name in enumerate(to)}
    parts = [theta[place[label]] if label in place else column[row] for row, label in enumerate(labels)]
    return casadi.vertcat(casadi.MX(0, 1), *parts)
