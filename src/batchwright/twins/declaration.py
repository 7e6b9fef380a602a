# long-file: one builder, read from top to bottom as a model is written down
"""Declare a model once: quantities with units, bounds and sources, and the equations between them.

    d = Declaration("growth", title="Growth on one substrate", time_unit="h")
    X = d.state("X", "g/L", start=0.1, description="biomass")
    S = d.state("S", "g/L", start=10.0, description="substrate")
    mu_max = d.parameter("mu_max", 0.4, "/h", lower=0.0, upper=2.0, source="measured")
    K = d.parameter("K", 0.2, "g/L", lower=1e-3, upper=10.0, source="measured")
    Y = d.parameter("Y", 0.5, "g/g", lower=0.1, upper=1.0, source="measured")
    mu = d.define("mu", mu_max * S / (K + S), "/h")
    d.rate(X, mu * X)
    d.rate(S, -mu * X / Y)
    model = d.build()

Units close or the declaration is refused at the line that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from batchwright.twins import tape
from batchwright.twins._casadi import Node, casadi
from batchwright.twins.errors import DeclarationError, UnitError
from batchwright.twins.expressions import Expression, Operand, constant, express
from batchwright.twins.model import EventKind, Invariant, Kind, Model, Quantity
from batchwright.twins.units import Unit, unit

_NAME: Final = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")


class Declaration:
    """A model while it is being written down.

    Args:
        name: Short name, as in the catalogue: lower case, words joined by hyphens.
        title: One line for people.
        time_unit: UCUM code of model time, such as ``h`` or ``s``.
        source: Publication that the equations come from, with its DOI.
    """

    def __init__(self, name: str, *, title: str, time_unit: str, source: str = "") -> None:
        self.name = name
        self.title = title
        self.source = source
        self.time_unit = unit(time_unit)
        self.time = Expression(casadi.SX.sym("t"), self.time_unit)
        self._quantities: dict[str, Quantity] = {}
        self._symbols: dict[str, Expression] = {}
        self._equations: dict[str, Node] = {}  # of states, definitions and outputs, by name
        self._residuals: list[Node] = []
        self._starts: dict[str, Node] = {}
        self._events: dict[str, tuple[tuple[str, ...], dict[str, Expression], str]] = {}
        self._arguments: dict[str, Quantity] = {}
        self._invariants: list[tuple[str, Expression, Expression]] = []
        self._limits: list[str] = []
        self._latex: list[str] = []

    # -- quantities ------------------------------------------------------------------------------------------------

    def state(
        self,
        name: str,
        code: str,
        *,
        start: float | Sequence[float] | Expression,
        size: int = 1,
        lower: float = 0.0,
        upper: float = np.inf,
        nominal: float | None = None,
        source: str = "",
        description: str = "",
        symbol: str = "",
    ) -> Expression:
        """A differential state; each needs one `rate`.

        Args:
            name: Its name.
            code: UCUM unit.
            start: Default start: a number, one per element, or an expression of parameters.
            size: Number of elements; more than 1 for a column, such as a discretised profile.
            lower: Smallest physical value (0 unless said otherwise).
            upper: Largest physical value.
            nominal: Typical magnitude for tolerances; by default the largest start value, or 1.
            source: Where the start value comes from.
            description: What it is, in words.
            symbol: LaTeX, if the name will not do.

        Returns:
            A symbol that stands for the state in equations.
        """
        default = self._start(name, code, start, size)
        finite = np.abs([value for value in default if np.isfinite(value) and value != 0.0])
        quantity = Quantity(
            name,
            "state",
            code,
            size,
            default,
            lower,
            upper,
            nominal if nominal is not None else float(max(finite, default=1.0)),
            source,
            description,
            symbol,
        )
        return self._add(quantity)

    def algebraic(
        self,
        name: str,
        code: str,
        *,
        guess: float | Sequence[float],
        size: int = 1,
        lower: float = -np.inf,
        upper: float = np.inf,
        description: str = "",
        symbol: str = "",
    ) -> Expression:
        """An algebraic variable; each needs one `equation`. Where a variable can be solved for, `define` is faster."""
        default = tuple(np.broadcast_to(np.asarray(guess, dtype=float), (size,)).tolist())
        nominal = float(max(np.abs(default).max(), 1e-300)) if any(default) else 1.0
        return self._add(
            Quantity(name, "algebraic", code, size, default, lower, upper, nominal, "", description, symbol)
        )

    def input(
        self,
        name: str,
        code: str,
        *,
        default: float = 0.0,
        lower: float = -np.inf,
        upper: float = np.inf,
        source: str = "",
        description: str = "",
        symbol: str = "",
    ) -> Expression:
        """Something a schedule moves while the model runs: a feed, a shelf temperature, a set-point."""
        return self._add(
            Quantity(
                name,
                "input",
                code,
                1,
                (float(default),),
                lower,
                upper,
                abs(default) or 1.0,
                source,
                description,
                symbol,
            )
        )

    def parameter(
        self,
        name: str,
        default: float,
        code: str,
        *,
        lower: float,
        upper: float,
        source: str,
        description: str = "",
        symbol: str = "",
    ) -> Expression:
        """A number that stays as it is during a run, with its admissible range and the source of its default."""
        if not source:
            raise self._refuse("A parameter has no source", name, "the publication, data set or reason")
        return self._add(
            Quantity(
                name,
                "parameter",
                code,
                1,
                (float(default),),
                lower,
                upper,
                abs(default) or 1.0,
                source,
                description,
                symbol,
            )
        )

    def symbol(self, name: str) -> Expression:
        """The expression of something declared before.

        Args:
            name: Its name.

        Returns:
            Its symbol.

        Raises:
            DeclarationError: Nothing has that name.
        """
        if name not in self._symbols:
            raise self._refuse("Nothing of this name is declared yet", name, ", ".join(self._symbols))
        return self._symbols[name]

    @staticmethod
    def one(code: str) -> Expression:
        """One of a unit, to give a number in an equation its unit: ``0.01 * d.one("mmol/L")``."""
        return constant(1.0, code)

    # -- equations -------------------------------------------------------------------------------------------------

    def define(
        self, name: str, value: Operand, code: str = "1", *, description: str = "", symbol: str = ""
    ) -> Expression:
        """Name an intermediate expression, such as a specific growth rate. It is printed, tabulated and replaceable.

        Args:
            name: Its name.
            value: The expression.
            code: UCUM unit.
            description: What it is, in words.
            symbol: LaTeX, if the name will not do.

        Returns:
            A symbol that stands for it in further equations.

        Raises:
            UnitError: The expression is not in a unit of that dimension.
        """
        return self._give(name, "definition", value, code, description, symbol)

    def output(
        self, name: str, value: Operand, code: str = "1", *, description: str = "", symbol: str = ""
    ) -> Expression:
        """Something a user or an instrument sees. States, definitions and inputs are in every table anyway."""
        return self._give(name, "output", value, code, description, symbol)

    def rate(self, state: Expression, value: Operand) -> None:
        """d(state)/dt = value.

        Args:
            state: The state.
            value: Its rate of change.

        Raises:
            UnitError: The value is not the state's unit per time.
            DeclarationError: The state has a rate already, or this is no state.
        """
        name = self._name_of(state, "state")
        if name in self._equations:
            raise self._refuse("A state has two rates", name, "one")
        per_time = state.unit if not state.unit.is_affine else unit("K")
        self._equations[name] = self._column(name, value, per_time.over(self.time_unit), len(state))

    def equation(self, left: Operand, right: Operand = 0.0) -> None:
        """Left = right, for an algebraic variable (or a column of them)."""
        difference = express(left) - right
        self._residuals.append(casadi.densify(difference.node))

    def event(
        self,
        name: str,
        arguments: Mapping[str, tuple[str, float, float]],
        effect: Callable[..., Mapping[str, Operand]],
        *,
        description: str = "",
    ) -> None:
        """Something that happens in an instant.

        Args:
            name: Name used in a schedule.
            arguments: Unit, lower and upper bound of each argument by name.
            effect: Called with the arguments as keywords; returns the changed states by name.
            description: What it is, in words.
        """
        symbols = {}
        for key, (code, lower, upper) in arguments.items():
            self._arguments[f"{name}.{key}"] = Quantity(
                key, "argument", code, 1, (), float(lower), float(upper), 1.0, "", ""
            )
            symbols[key] = Expression(casadi.SX.sym(f"{name}_{key}"), unit(code))
            self._symbols[f"{name}.{key}"] = symbols[key]
        changes = {}
        for state, value in effect(**symbols).items():
            changes[state] = Expression(
                self._column(state, value, self._symbols[state].unit, len(self._symbols[state])),
                self._symbols[state].unit,
            )
        self._events[name] = (tuple(arguments), changes, description)

    def conserve(self, name: str, inventory: Expression, supply: Operand = 0.0) -> None:
        """State a balance that the equations must keep: d(inventory)/dt = supply. Tests check it at random points."""
        self._invariants.append((name, inventory, express(supply).to(inventory.unit.over(self.time_unit))))

    def limit(self, sentence: str) -> None:
        """Say where the model must not be trusted."""
        self._limits.append(sentence)

    def print_as(self, *lines: str) -> None:
        """LaTeX lines to print instead of the equations, for discretised models."""
        self._latex.extend(lines)

    # -- the model -------------------------------------------------------------------------------------------------

    def build(self) -> Model:
        """Check the declaration and make the model.

        Returns:
            The model.

        Raises:
            DeclarationError: A state lacks its rate, residuals do not match the algebraic variables, a default is out
                of bounds, or something declared is not used.
        """
        self._check()
        t, x, z, u, p, d = (
            self.time.node,
            *(self._stack(k) for k in ("state", "algebraic", "input", "parameter", "definition")),
        )
        names = ["t", "x", "z", "u", "p", "d"]
        core = casadi.Function(
            "core",
            [t, x, z, u, p, d],
            [
                self._values("state"),
                casadi.vertcat(casadi.SX(0, 1), *self._residuals),
                self._values("definition"),
                self._values("output"),
            ],
            names,
            ["dx", "alg", "def", "y"],
        )
        defaults = [self._starts.get(q.name, casadi.SX(casadi.DM(list(q.default)))) for q in self._of("state")]
        model = Model(
            name=self.name,
            title=self.title,
            time_unit=self.time_unit.code,
            source=self.source,
            states=self._of("state"),
            algebraics=self._of("algebraic"),
            inputs=self._of("input"),
            parameters=self._of("parameter"),
            definitions=self._of("definition"),
            outputs=self._of("output"),
            core=core,
            start=casadi.Function("start", [p], [casadi.vertcat(*defaults)], ["p"], ["x0"]),
            events=tuple(self._event_kind(name) for name in self._events),
            invariants=tuple(self._invariant(*entry) for entry in self._invariants),
            limits=tuple(self._limits),
            latex=tuple(self._latex),
        )
        self._check_use(model)
        return model

    # -- inside ----------------------------------------------------------------------------------------------------

    def _add(self, quantity: Quantity) -> Expression:
        if not _NAME.match(quantity.name) or quantity.name == "t":
            raise self._refuse("A name cannot be used", quantity.name, "letters, digits and _, not t")
        if quantity.name in self._quantities:
            raise self._refuse("A name is declared twice", quantity.name, "once")
        for value in quantity.default:
            if not np.isnan(value) and not quantity.lower <= value <= quantity.upper:
                raise self._refuse(
                    f"The default of {quantity.name} is out of its bounds",
                    value,
                    f"{quantity.lower:g} to {quantity.upper:g} {quantity.unit}",
                )
        if quantity.lower > quantity.upper:
            raise self._refuse(f"The bounds of {quantity.name} are crossed", quantity.lower, f"<= {quantity.upper:g}")
        symbol = Expression(casadi.SX.sym(quantity.name, quantity.size), unit(quantity.unit))
        self._quantities[quantity.name] = quantity
        self._symbols[quantity.name] = symbol
        return symbol

    def _give(self, name: str, kind: Kind, value: Operand, code: str, description: str, symbol: str) -> Expression:
        given = express(value)
        self._equations[name] = self._column(name, given, unit(code), len(given))
        return self._add(Quantity(name, kind, code, len(given), (), -np.inf, np.inf, 1.0, "", description, symbol))

    def _column(self, name: str, value: Operand, target: Unit, size: int) -> Node:
        """The value in the wanted unit and length."""
        try:
            node = express(value).to(target).node
        except UnitError as error:
            raise UnitError(
                f"The units of {name} do not close",
                model=self.name,
                value=error.value,
                limit=error.limit,
                remedy="Correct the equation or the declared unit.",
            ) from error
        if node.shape[0] == size:
            return casadi.densify(node)
        if node.shape[0] == 1:
            return casadi.repmat(casadi.densify(node), size, 1)
        raise self._refuse(f"The length of {name} does not fit", node.shape[0], size)

    def _start(self, name: str, code: str, start: float | Sequence[float] | Expression, size: int) -> tuple[float, ...]:
        if isinstance(start, Expression):
            self._starts[name] = self._column(name, start, unit(code), size)
            return (float("nan"),) * size
        return tuple(np.broadcast_to(np.asarray(start, dtype=float), (size,)).tolist())

    def _of(self, kind: Kind) -> tuple[Quantity, ...]:
        return tuple(quantity for quantity in self._quantities.values() if quantity.kind == kind)

    def _stack(self, kind: Kind) -> Node:
        return casadi.vertcat(casadi.SX(0, 1), *(self._symbols[q.name].node for q in self._of(kind)))

    def _values(self, kind: Kind) -> Node:
        return casadi.vertcat(casadi.SX(0, 1), *(self._equations[q.name] for q in self._of(kind)))

    def _name_of(self, symbol: Expression, kind: Kind) -> str:
        for quantity in self._of(kind):
            known = self._symbols[quantity.name].node
            if known.shape == symbol.node.shape and casadi.is_equal(known, symbol.node, 0):
                return quantity.name
        raise self._refuse(f"This is no {kind}", repr(symbol), f"a {kind} of the model")

    def _event_kind(self, name: str) -> EventKind:
        keys, changes, description = self._events[name]
        after = [changes[q.name].node if q.name in changes else self._symbols[q.name].node for q in self._of("state")]
        arguments = casadi.vertcat(casadi.SX(0, 1), *(self._symbols[f"{name}.{key}"].node for key in keys))
        inputs = [self.time.node, self._stack("state"), self._stack("input"), self._stack("parameter"), arguments]
        function = casadi.Function(
            f"event_{name}", inputs, [casadi.vertcat(*after)], ["t", "x", "u", "p", "a"], ["x_after"]
        )
        return EventKind(name, tuple(self._arguments[f"{name}.{key}"] for key in keys), function, description)

    def _invariant(self, name: str, inventory: Expression, supply: Expression) -> Invariant:
        x, d = self._stack("state"), self._stack("definition")
        rate, held, gain = tape.resolve(
            d, self._values("definition"), [self._values("state"), inventory.node, supply.node]
        )
        terms = casadi.vertcat(casadi.jacobian(held, x).T * rate, -gain)
        nodes = [casadi.densify(casadi.sum1(terms)), casadi.densify(casadi.sum1(casadi.fabs(terms)))]
        inputs = [self.time.node, x, self._stack("algebraic"), self._stack("input"), self._stack("parameter")]
        return Invariant(
            name, casadi.Function("invariant", inputs, nodes, ["t", "x", "z", "u", "p"], ["defect", "scale"])
        )

    def _check(self) -> None:
        missing = [q.name for q in self._of("state") if q.name not in self._equations]
        if missing:
            raise self._refuse("States have no rate", ", ".join(missing), "one rate each")
        algebraics = sum(q.size for q in self._of("algebraic"))
        residuals = sum(int(node.shape[0]) for node in self._residuals)
        if algebraics != residuals:
            raise self._refuse("Equations do not match the algebraic variables", residuals, algebraics)

    def _check_use(self, model: Model) -> None:
        """Refuse what is declared and used nowhere: as a rule a forgotten term."""
        used = casadi.vertcat(
            *self._equations.values(),
            *self._residuals,
            *self._starts.values(),
            *(value.node for _, changes, _ in self._events.values() for value in changes.values()),
        )
        for kind in ("input", "parameter", "algebraic"):
            for quantity in model.group(kind):
                if not casadi.depends_on(used, self._symbols[quantity.name].node):
                    raise self._refuse(f"A declared {kind} is used in no equation", quantity.name, "use it or drop it")

    def _refuse(self, message: str, value: object, limit: object) -> DeclarationError:
        return DeclarationError(message, model=self.name, value=value, limit=limit, remedy="Correct the declaration.")
