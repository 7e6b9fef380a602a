"""A declared model: named quantities, equations as one CasADi function, and what can be asked of them.

A model is immutable. It is made by `batchwright.twins.declaration.Declaration`, and everything else in this package
(`simulate`, `ensemble`, `identify`, `estimate`, ...) takes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from batchwright.twins import tape
from batchwright.twins._casadi import CasadiFunction, casadi
from batchwright.twins.errors import DeclarationError, OutOfBounds

Array = NDArray[np.float64]
Kind = Literal["state", "algebraic", "input", "parameter", "definition", "output", "argument"]
Value = float | Sequence[float] | Array


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named quantity of a model.

    Args:
        name: Name in Python, tables and command lines.
        kind: What it is in the model.
        unit: UCUM code.
        size: Number of elements; 1 for a scalar.
        default: Default value or start value of each element; NaN where it follows from parameters or has none.
        lower: Smallest admissible value.
        upper: Largest admissible value.
        nominal: Typical magnitude, used to scale tolerances.
        source: Where the number comes from.
        description: What it is, in words.
        symbol: LaTeX.
    """

    name: str
    kind: Kind
    unit: str
    size: int = 1
    default: tuple[float, ...] = ()
    lower: float = -np.inf
    upper: float = np.inf
    nominal: float = 1.0
    source: str = ""
    description: str = ""
    symbol: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the elements: the name itself, or name[0], name[1], ..."""
        return (self.name,) if self.size == 1 else tuple(f"{self.name}[{i}]" for i in range(self.size))


@dataclass(frozen=True, slots=True)
class EventKind:
    """Something that happens to a run in an instant, such as a bolus or a sample.

    Args:
        name: Name used in a schedule.
        arguments: Quantities that a schedule gives with it.
        function: Maps (t, x, u, p, a) to the states afterwards.
        description: What it is, in words.
    """

    name: str
    arguments: tuple[Quantity, ...]
    function: CasadiFunction
    description: str = ""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A balance that the equations must keep: d(inventory)/dt = supply, at every admissible point.

    Args:
        name: What is conserved.
        function: Maps (t, x, z, u, p) to (defect, scale): the defect must be negligible beside the scale.
    """

    name: str
    function: CasadiFunction


@dataclass(frozen=True, eq=False)
class Model:
    """Equations with names, units, bounds and sources. Construct through `Declaration`.

    Args:
        name: Short name, as in the catalogue.
        title: One line for people.
        time_unit: UCUM code of model time.
        source: Publication the equations come from.
        states: Differential states, in order.
        algebraics: Algebraic variables, in order.
        inputs: Inputs, in order.
        parameters: Parameters, in order.
        definitions: Named intermediate expressions, in order.
        outputs: Outputs, in order.
        core: Function (t, x, z, u, p, d) -> (dx/dt, residuals, definitions, outputs), with definitions d as inputs.
        start: Function p -> x0, the default start.
        events: What can happen in an instant.
        invariants: Balances the equations must keep.
        limits: Where the model must not be trusted, as sentences.
        latex: LaTeX lines that replace the printed equations, for models whose columns would fill pages.
    """

    name: str
    title: str
    time_unit: str
    source: str
    states: tuple[Quantity, ...]
    algebraics: tuple[Quantity, ...]
    inputs: tuple[Quantity, ...]
    parameters: tuple[Quantity, ...]
    definitions: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    core: CasadiFunction
    start: CasadiFunction
    events: tuple[EventKind, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    limits: tuple[str, ...] = ()
    latex: tuple[str, ...] = ()
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    # -- names -----------------------------------------------------------------------------------------------------

    def group(self, kind: Kind) -> tuple[Quantity, ...]:
        """All quantities of one kind, in order."""
        return {
            "state": self.states,
            "algebraic": self.algebraics,
            "input": self.inputs,
            "parameter": self.parameters,
            "definition": self.definitions,
            "output": self.outputs,
        }[kind]

    def labels(self, kind: Kind) -> tuple[str, ...]:
        """Names of all elements of one kind, columns spread out."""
        found: tuple[str, ...] = self.kept(
            f"labels of {kind}", lambda: tuple(label for q in self.group(kind) for label in q.labels)
        )
        return found

    def quantity(self, name: str) -> Quantity:
        """The quantity with a name; ``c[3]`` finds ``c``.

        Args:
            name: Its name.

        Returns:
            The quantity.

        Raises:
            DeclarationError: There is none.
        """
        base = name.split("[", 1)[0]
        for kind in ("state", "algebraic", "input", "parameter", "definition", "output"):
            for quantity in self.group(kind):
                if quantity.name == base:
                    return quantity
        raise self.unknown(name, [q.name for k in ("state", "parameter", "output") for q in self.group(k)])

    def unknown(self, name: str, known: Iterable[str]) -> DeclarationError:
        """The error for a name that the model does not have."""
        return DeclarationError(
            "The model has no such name", model=self.name, value=name, limit=", ".join(known) or "none", remedy=""
        )

    def event(self, name: str) -> EventKind:
        """The kind of event with a name.

        Args:
            name: Its name.

        Returns:
            The kind of event.

        Raises:
            DeclarationError: There is none.
        """
        for kind in self.events:
            if kind.name == name:
                return kind
        raise self.unknown(name, [kind.name for kind in self.events])

    # -- values ----------------------------------------------------------------------------------------------------

    def defaults(self, kind: Kind = "parameter") -> dict[str, float]:
        """Default of every element of a kind (states: the default start)."""
        values = self.start_vector(self.vector("parameter")) if kind == "state" else self.vector(kind)
        return dict(zip(self.labels(kind), map(float, values), strict=True))

    def vector(self, kind: Kind, values: Mapping[str, Value] | None = None, *, check: bool = True) -> Array:
        """Values of a kind as one array in declaration order; defaults where nothing is given.

        Args:
            kind: ``parameter``, ``input``, ``state`` or ``algebraic``.
            values: Value by name; a column may be given whole, as one number for all, or by element (``c[3]``).
            check: Whether to refuse values out of bounds.

        Returns:
            Array in declaration order, columns spread out.

        Raises:
            DeclarationError: A name is not of this kind.
            OutOfBounds: A value is outside its declared bounds.
        """
        defaults, lower, upper, place = self._bounds(kind)
        vector = defaults.copy()
        for name, value in (values or {}).items():
            base, _, index = name.partition("[")
            if base not in place:
                raise self.unknown(name, place)
            begin, end = place[base]
            if index:
                vector[begin + int(index.rstrip("]"))] = value
            else:
                vector[begin:end] = value
        if check:
            bad = ~((vector >= lower) & (vector <= upper)) & ~np.isnan(vector)
            if bad.any():
                raise self._out_of_bounds(kind, vector, bad)
        return vector

    def _bounds(self, kind: Kind) -> tuple[Array, Array, Array, dict[str, tuple[int, int]]]:
        """Defaults, lower and upper bounds of all elements of a kind, and where each quantity begins and ends."""

        def build() -> tuple[Array, Array, Array, dict[str, tuple[int, int]]]:
            group, place, taken = self.group(kind), {}, 0
            for q in group:
                place[q.name] = (taken, taken + q.size)
                taken += q.size
            lower = np.array([q.lower for q in group for _ in range(q.size)], dtype=float)
            upper = np.array([q.upper for q in group for _ in range(q.size)], dtype=float)
            return np.array([value for q in group for value in q.default], dtype=float), lower, upper, place

        found: tuple[Array, Array, Array, dict[str, tuple[int, int]]] = self.kept(f"bounds of {kind}", build)
        return found

    def _out_of_bounds(self, kind: Kind, vector: Array, bad: NDArray[np.bool_]) -> OutOfBounds:
        index = int(np.flatnonzero(bad)[0])
        label = self.labels(kind)[index]
        q = self.quantity(label)
        return OutOfBounds(
            f"{label} is outside its bounds",
            model=self.name,
            value=f"{vector[index]:g} {q.unit}",
            limit=f"{q.lower:g} to {q.upper:g} {q.unit}",
            remedy="Correct the value, or declare wider bounds with their source.",
        )

    def start_vector(self, parameters: Array, start: Mapping[str, Value] | None = None) -> Array:
        """Start of the states: the declared one at these parameters, with ``start`` laid over it."""
        declared = np.asarray(self.start(parameters), dtype=float).ravel()
        given = self.spread(start or {})
        return self.vector("state", {**dict(zip(self.labels("state"), declared, strict=True)), **given})

    def spread(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """State values by element, columns spread out."""
        spread: dict[str, Value] = {}
        for name, value in values.items():
            if "[" in name or name not in {q.name for q in self.states}:
                spread[name] = value
                continue
            labels = self.quantity(name).labels
            spread.update(zip(labels, np.broadcast_to(np.asarray(value, dtype=float), (len(labels),)), strict=True))
        return spread

    # -- equations -------------------------------------------------------------------------------------------------

    @property
    def flat(self) -> CasadiFunction:
        """Function (t, x, z, u, p) -> (dx/dt, residuals, definitions, outputs), with definitions put in."""
        return self.kept("flat", lambda: tape.flatten(self.core))

    def evaluate(
        self,
        names: Sequence[str],
        *,
        states: Mapping[str, Value] | None = None,
        inputs: Mapping[str, Value] | None = None,
        parameters: Mapping[str, Value] | None = None,
        algebraics: Mapping[str, Value] | None = None,
        time: float = 0.0,
    ) -> dict[str, Array]:
        """Definitions, outputs and rates (``d/dt`` of a state as ``rate:NAME``) at one point.

        Args:
            names: What to evaluate.
            states: States; the default start where not given.
            inputs: Inputs; defaults where not given.
            parameters: Parameters; defaults where not given.
            algebraics: Algebraic variables; defaults where not given.
            time: Model time.

        Returns:
            Array of elements by name.
        """
        p = self.vector("parameter", parameters)
        x = self.start_vector(p, states)
        dx, _, d, y = self.flat(time, x, self.vector("algebraic", algebraics), self.vector("input", inputs), p)
        table: dict[str, Array] = {}
        for group, column, mark in ((self.states, dx, "rate:"), (self.definitions, d, ""), (self.outputs, y, "")):
            flat, position = np.asarray(column, dtype=float).ravel(), 0
            for quantity in group:
                table[mark + quantity.name] = flat[position : position + quantity.size]
                position += quantity.size
        for name in names:
            if name not in table:
                raise self.unknown(name, table)
        return {name: table[name] for name in names}

    def defects(self, *, time: float, x: Array, u: Array, p: Array, z: Array | None = None) -> dict[str, float]:
        """How far each declared balance is from closing at one point, relative to its largest term."""
        found = {}
        for invariant in self.invariants:
            defect, scale = invariant.function(time, x, np.zeros(0) if z is None else z, u, p)
            found[invariant.name] = abs(float(defect)) / max(float(scale), 1e-300)
        return found

    def equations(self) -> tuple[str, ...]:
        """LaTeX of every definition, rate, residual and output, one line each."""
        from batchwright.twins.printing import equations

        return self.latex or equations(self)

    def parameter_table(self) -> str:
        """Markdown table of all parameters with unit, default, bounds and source."""
        from batchwright.twins.printing import parameter_table

        return parameter_table(self)

    # -- identity --------------------------------------------------------------------------------------------------

    def document(self) -> dict[str, Any]:
        """The whole model as plain data: names, units, bounds, sources and equations as an operation list."""
        document: dict[str, Any] = self.kept("document", lambda: tape.model_document(self))
        return document

    def digest(self) -> str:
        """SHA-256 over the model's document, as hexadecimal text."""
        return str(self.kept("digest", lambda: tape.digest(self.document())))

    def kept(self, key: str, build: Callable[[], Any]) -> Any:
        """Something made of this model, made once: a model does not change, so neither does it."""
        if key not in self._cache:
            self._cache[key] = build()
        return self._cache[key]

    def __reduce__(self) -> tuple[Any, ...]:
        return tape.recall, (self.digest(), self.document())


def columns(values: Any) -> Array:
    """A CasADi matrix as a numpy array of the same shape."""
    return np.array(casadi.DM(values).full(), dtype=float)
