"""Print a model's equations as LaTeX and its parameters as a table, for the docs and for people in a hurry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from batchwright.twins._casadi import CasadiFunction, Node, casadi
from batchwright.twins.model import Model, Quantity

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
_GREEK: Final = frozenset(
    {"alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho"}
    | {"sigma", "tau", "phi", "chi", "psi", "omega", "Lambda"}
)
_FUNCTIONS: Final = {
    "EXP": r"\exp",
    "LOG": r"\ln",
    "SIN": r"\sin",
    "COS": r"\cos",
    "TAN": r"\tan",
    "TANH": r"\tanh",
    "SINH": r"\sinh",
    "COSH": r"\cosh",
    "ERF": r"\operatorname{erf}",
    "SIGN": r"\operatorname{sgn}",
    "ATAN": r"\arctan",
}
_COMPARE: Final = {"LT": "<", "LE": r"\le", "EQ": "=", "NE": r"\ne", "AND": r"\wedge", "OR": r"\vee"}


def equations(model: Model) -> tuple[str, ...]:
    """LaTeX of every definition, rate, residual and output; columns show their first element."""
    inputs = model.core.sx_in()
    dx, residuals, definitions, outputs = model.core.call(inputs)
    writer = _Writer(model, model.core, inputs)
    lines = [f"{symbol(q)} = {writer.text(node)}" for q, node in _first(model.definitions, definitions)]
    lines += [rf"\frac{{d{symbol(q)}}}{{dt}} = {writer.text(node)}" for q, node in _first(model.states, dx)]
    lines += [f"0 = {writer.text(residuals[row])}" for row in range(min(residuals.shape[0], 10))]
    lines += [f"{symbol(q)} = {writer.text(node)}" for q, node in _first(model.outputs, outputs)]
    return tuple(lines)


def _first(quantities: Sequence[Quantity], column: Node) -> list[tuple[Quantity, Node]]:
    """Each quantity with its first element in a stacked column."""
    pairs, row = [], 0
    for quantity in quantities:
        pairs.append((quantity, column[row]))
        row += quantity.size
    return pairs


def symbol(quantity: Quantity) -> str:
    """LaTeX of a name: the declared symbol, or the name with its parts as indices."""
    if quantity.symbol:
        return quantity.symbol
    head, *rest = quantity.name.split("_")
    match = re.match(r"^([A-Za-z]+?)(\d+)$", head)
    if match:
        head, rest = match.group(1), [match.group(2), *rest]
    body = rf"\{head}" if head in _GREEK else head if len(head) == 1 else rf"\mathrm{{{head}}}"
    return body + (rf"_{{\mathrm{{{','.join(rest)}}}}}" if rest else "")


class _Writer:
    """Walks a CasADi expression; nodes that are inputs are printed by their symbols."""

    def __init__(self, model: Model, core: CasadiFunction, inputs: Sequence[Node]) -> None:
        self._codes = {
            getattr(casadi, f"OP_{name}"): name
            for name in (
                *_FUNCTIONS,
                *_COMPARE,
                "ADD",
                "SUB",
                "MUL",
                "DIV",
                "NEG",
                "SQ",
                "TWICE",
                "INV",
                "POW",
                "CONSTPOW",
                "SQRT",
                "FABS",
                "FMIN",
                "FMAX",
                "IF_ELSE_ZERO",
                "NOT",
                "LOG1P",
                "EXPM1",
            )
        }
        self._names = {int(casadi.SX.element_hash(inputs[0])): "t"}
        groups = (model.states, model.algebraics, model.inputs, model.parameters, model.definitions)
        for quantities, column in zip(groups, inputs[1:], strict=True):
            row = 0
            for quantity in quantities:
                for element in range(quantity.size):
                    mark = "" if quantity.size == 1 else f"^{{({element + 1})}}"
                    self._names[int(casadi.SX.element_hash(column[row]))] = symbol(quantity) + mark
                    row += 1

    def text(self, node: Node, within: int = 0) -> str:
        """LaTeX of a scalar node, bracketed where the surrounding operation binds tighter."""
        written, strength = self._write(node)
        return rf"\left({written}\right)" if strength < within else written

    def _write(self, node: Node) -> tuple[str, int]:
        if node.is_constant():
            return _number(float(node)), _ATOM if float(node) >= 0 else _SUM
        if node.is_symbolic():
            return self._names.get(int(casadi.SX.element_hash(node)), str(node)), _ATOM
        name = self._codes.get(node.op(), "")
        parts = [node.dep(index) for index in range(node.n_dep())]
        if name in _FUNCTIONS:
            return rf"{_FUNCTIONS[name]}\left({self.text(parts[0])}\right)", _ATOM
        if name in _COMPARE:
            return f"{self.text(parts[0], _SUM)} {_COMPARE[name]} {self.text(parts[1], _SUM)}", 0
        return self._arithmetic(name, parts)

    def _arithmetic(self, name: str, parts: list[Node]) -> tuple[str, int]:
        a = parts[0] if parts else None
        b = parts[1] if len(parts) > 1 else None
        text = self.text
        match name:
            case "ADD":
                return f"{text(a, _SUM)} + {text(b, _SUM)}", _SUM
            case "SUB":
                return f"{text(a, _SUM)} - {text(b, _PRODUCT)}", _SUM
            case "MUL" | "DIV":
                return self._fraction(name, parts), _PRODUCT
            case "NEG":
                return f"-{text(a, _PRODUCT)}", _SUM
            case "SQ":
                return f"{text(a, _ATOM)}^{{2}}", _POWER
            case "TWICE":
                return rf"2\,{text(a, _PRODUCT)}", _PRODUCT
            case "INV":
                return rf"\frac{{1}}{{{text(a)}}}", _PRODUCT
            case "POW" | "CONSTPOW":
                return f"{text(a, _ATOM)}^{{{text(b)}}}", _POWER
            case "SQRT":
                return rf"\sqrt{{{text(a)}}}", _ATOM
            case "FABS":
                return rf"\left|{text(a)}\right|", _ATOM
            case "LOG1P":
                return rf"\ln\left(1 + {text(a)}\right)", _ATOM
            case "IF_ELSE_ZERO":
                return rf"\left[{text(a)}\right]\,{text(b, _PRODUCT)}", _PRODUCT
            case "FMIN" | "FMAX":
                return rf"\{name[1:].lower()}\left({text(a)}, {text(b)}\right)", _ATOM
            case _:
                inside = ", ".join(text(part) for part in parts)
                return rf"\mathrm{{{name.lower() or 'f'}}}\left({inside}\right)", _ATOM

    def _fraction(self, name: str, parts: list[Node]) -> str:
        """A chain of products and quotients as one fraction."""
        above, below = self._factors(parts[0])
        more, less = self._factors(parts[1])
        top, bottom = (above + more, below + less) if name == "MUL" else (above + less, below + more)
        alone = len(top) == 1
        written = r"\,".join(self.text(node, 0 if bottom and alone else _PRODUCT) for node in top) or "1"
        if not bottom:
            return written
        lower = r"\,".join(self.text(node, 0 if len(bottom) == 1 else _PRODUCT) for node in bottom)
        return rf"\frac{{{written}}}{{{lower}}}"

    def _factors(self, node: Node) -> tuple[list[Node], list[Node]]:
        """Factors above and below the line."""
        if node.is_constant() or node.is_symbolic():
            return [node], []
        name = self._codes.get(node.op(), "")
        if name == "INV":
            above, below = self._factors(node.dep(0))
            return below, above
        if name not in ("MUL", "DIV"):
            return [node], []
        above, below = self._factors(node.dep(0))
        more, less = self._factors(node.dep(1))
        return (above + more, below + less) if name == "MUL" else (above + less, below + more)


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def parameter_table(model: Model) -> str:
    """Markdown table of all parameters."""
    lines = ["| parameter | unit | default | bounds | source |", "|---|---|---|---|---|"]
    for q in model.parameters:
        name = f"`{q.name}` {q.description}".strip()
        lines.append(f"| {name} | {q.unit} | {q.default[0]:.6g} | {q.lower:g} to {q.upper:g} | {q.source} |")
    return "\n".join(lines) + "\n"
