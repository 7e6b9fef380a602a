"""Models as plain data: equations as a list of operations that any program can read back.

A frozen model must be readable when CasADi's own file format has changed, and its hash must cover the equations
themselves rather than the source file that made them. So a function is written as operations in single-assignment
form, ``[["in", 1, 0], ["const", 0.5], ["mul", 0, 1], ...]``, where numbers refer to earlier lines.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from batchwright.twins._casadi import CasadiFunction, Node, casadi
from batchwright.twins.errors import FrozenMismatch

if TYPE_CHECKING:
    from batchwright.twins.model import Model, Quantity

Document = dict[str, Any]
FORMAT: Final = "batchwright.twins.model/1"

# Models by digest, so that a process pool compiles a model once per worker. Only a cache: models are immutable.
_RECALLED: Final[OrderedDict[str, Model]] = OrderedDict()
_RECALLED_MOST: Final = 16

_UNARY: Final = [
    "NEG",
    "EXP",
    "LOG",
    "SQRT",
    "SIN",
    "COS",
    "TAN",
    "ASIN",
    "ACOS",
    "ATAN",
    "FLOOR",
    "CEIL",
    "NOT",
    "FABS",
    "SIGN",
    "ERF",
    "SINH",
    "COSH",
    "TANH",
    "ASINH",
    "ACOSH",
    "ATANH",
    "LOG1P",
    "EXPM1",
    "SQ",
    "TWICE",
    "INV",
    "ASSIGN",
]
_BINARY: Final = [
    "ADD",
    "SUB",
    "MUL",
    "DIV",
    "POW",
    "CONSTPOW",
    "LT",
    "LE",
    "EQ",
    "NE",
    "AND",
    "OR",
    "FMOD",
    "COPYSIGN",
    "FMIN",
    "FMAX",
    "ATAN2",
    "HYPOT",
    "IF_ELSE_ZERO",
]

_BUILD: Final[dict[str, Callable[..., Any]]] = {
    "neg": lambda a: -a,
    "sq": lambda a: a * a,
    "twice": lambda a: 2 * a,
    "inv": lambda a: 1 / a,
    "assign": lambda a: a,
    "not": casadi.logic_not,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "constpow": lambda a, b: a**b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "and": casadi.logic_and,
    "or": casadi.logic_or,
    "if_else_zero": lambda a, b: casadi.if_else(a, b, 0),
}


def resolve(symbols: Node, values: Node, nodes: Sequence[Node]) -> list[Node]:
    """Put definitions into expressions; a definition may use earlier ones.

    Args:
        symbols: Column of definition symbols.
        values: Column of their expressions.
        nodes: Expressions to put them into.

    Returns:
        The expressions without definition symbols.
    """
    if symbols.shape[0] == 0:
        return list(nodes)
    _, filled = casadi.substitute_inplace(casadi.vertsplit(symbols), casadi.vertsplit(values), list(nodes), False)
    return list(filled)


def flatten(core: CasadiFunction) -> CasadiFunction:
    """Function (t, x, z, u, p) from the core function, whose last argument are the definitions."""
    inputs = core.sx_in()
    dx, algebra, definitions, outputs = core.call(inputs)
    symbols = inputs[-1]
    chain = list(casadi.vertsplit(definitions)) if symbols.shape[0] else []
    nodes = resolve(symbols, definitions, [dx, algebra, outputs, *chain])
    flat_definitions = casadi.vertcat(casadi.SX(0, 1), *nodes[3:])
    return casadi.Function(
        "flat",
        inputs[:-1],
        [nodes[0], nodes[1], flat_definitions, nodes[2]],
        ["t", "x", "z", "u", "p"],
        ["dx", "alg", "def", "y"],
    )


def function_document(function: CasadiFunction) -> Document:
    """A CasADi function as operations in single-assignment form."""
    names = {getattr(casadi, f"OP_{name}"): name.lower() for name in (*_UNARY, *_BINARY)}
    place: dict[int, int] = {}  # work-vector slot -> line
    lines: list[list[Any]] = []
    outputs: list[list[int]] = []
    for k in range(function.n_instructions()):
        operation, into, source = (
            function.instruction_id(k),
            function.instruction_output(k),
            function.instruction_input(k),
        )
        if operation == casadi.OP_OUTPUT:
            outputs.append([into[0], into[1], place[source[0]]])
            continue
        if operation == casadi.OP_INPUT:
            lines.append(["in", source[0], source[1]])
        elif operation == casadi.OP_CONST:
            lines.append(["const", encode(float(function.instruction_constant(k)))])
        else:
            lines.append([names[operation], *(place[slot] for slot in source)])
        place[into[0]] = len(lines) - 1
    return {
        "name": function.name(),
        "in": [[function.name_in(i), function.size1_in(i)] for i in range(function.n_in())],
        "out": [[function.name_out(i), function.size1_out(i)] for i in range(function.n_out())],
        "operations": lines,
        "results": outputs,
    }


def function_from_document(document: Document) -> CasadiFunction:
    """The CasADi function that `function_document` wrote.

    Args:
        document: What `function_document` wrote.

    Returns:
        The function.

    Raises:
        FrozenMismatch: The document has an operation that is not known.
    """
    inputs = [casadi.SX.sym(name, size) for name, size in document["in"]]
    values: list[Node] = []
    for operation, *arguments in document["operations"]:
        if operation == "in":
            values.append(inputs[arguments[0]][arguments[1]])
        elif operation == "const":
            values.append(casadi.SX(decode(arguments[0])))
        else:
            build = _BUILD.get(operation) or getattr(casadi, operation, None)
            if build is None:
                raise FrozenMismatch("An operation of the document is not known", value=operation)
            values.append(build(*(values[index] for index in arguments)))
    columns = [casadi.SX.zeros(size, 1) for _, size in document["out"]]
    for output, element, index in document["results"]:
        columns[output][element] = values[index]
    return casadi.Function(
        document["name"], inputs, columns, [name for name, _ in document["in"]], [name for name, _ in document["out"]]
    )


def model_document(model: Model) -> Document:
    """The whole model as plain data."""
    return {
        "format": FORMAT,
        "name": model.name,
        "title": model.title,
        "time_unit": model.time_unit,
        "source": model.source,
        "quantities": [
            _quantity_document(quantity)
            for kind in ("state", "algebraic", "input", "parameter", "definition", "output")
            for quantity in model.group(kind)
        ],
        "core": function_document(model.core),
        "start": function_document(model.start),
        "events": [
            {
                "name": event.name,
                "description": event.description,
                "arguments": [_quantity_document(argument) for argument in event.arguments],
                "function": function_document(event.function),
            }
            for event in model.events
        ],
        "invariants": [{"name": i.name, "function": function_document(i.function)} for i in model.invariants],
        "limits": list(model.limits),
        "latex": list(model.latex),
    }


def model_from_document(document: Document) -> Model:
    """The model that `model_document` wrote.

    Args:
        document: What `model_document` wrote.

    Returns:
        The model.

    Raises:
        FrozenMismatch: The document is of a format that this code does not read.
    """
    from batchwright.twins.model import EventKind, Invariant, Model

    if document.get("format") != FORMAT:
        raise FrozenMismatch("The document cannot be read", value=document.get("format"), limit=FORMAT)
    quantities = [_quantity_from(entry) for entry in document["quantities"]]
    groups = {
        plural: tuple(q for q in quantities if q.kind == kind)
        for plural, kind in (
            ("states", "state"),
            ("algebraics", "algebraic"),
            ("inputs", "input"),
            ("parameters", "parameter"),
            ("definitions", "definition"),
            ("outputs", "output"),
        )
    }
    return Model(
        name=document["name"],
        title=document["title"],
        time_unit=document["time_unit"],
        source=document["source"],
        core=function_from_document(document["core"]),
        start=function_from_document(document["start"]),
        events=tuple(
            EventKind(
                entry["name"],
                tuple(_quantity_from(argument) for argument in entry["arguments"]),
                function_from_document(entry["function"]),
                entry["description"],
            )
            for entry in document["events"]
        ),
        invariants=tuple(Invariant(i["name"], function_from_document(i["function"])) for i in document["invariants"]),
        limits=tuple(document["limits"]),
        latex=tuple(document["latex"]),
        _cache={"document": document},
        **groups,
    )


def recall(key: str, document: Document) -> Model:
    """The model of a document, made once per process: workers get the same model with every chunk of work.

    Args:
        key: Digest of the document.
        document: The document.

    Returns:
        The model.
    """
    if key not in _RECALLED:
        _RECALLED[key] = model_from_document(document)
        if len(_RECALLED) > _RECALLED_MOST:
            _RECALLED.popitem(last=False)
    _RECALLED.move_to_end(key)
    return _RECALLED[key]


def digest(document: Any) -> str:
    """SHA-256 of the document as sorted JSON without spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def encode(value: float) -> float | str:
    """A float that JSON can hold; infinities and NaN as text."""
    return value if math.isfinite(value) else repr(value)


def decode(value: float | str) -> float:
    """The float that `encode` wrote."""
    return float(value)


def _quantity_document(quantity: Quantity) -> Document:
    return {
        "name": quantity.name,
        "kind": quantity.kind,
        "unit": quantity.unit,
        "size": quantity.size,
        "default": [encode(value) for value in quantity.default],
        "lower": encode(float(quantity.lower)),
        "upper": encode(float(quantity.upper)),
        "nominal": encode(float(quantity.nominal)),
        "source": quantity.source,
        "description": quantity.description,
        "symbol": quantity.symbol,
    }


def _quantity_from(entry: Document) -> Quantity:
    from batchwright.twins.model import Quantity

    numbers = {key: decode(entry[key]) for key in ("lower", "upper", "nominal")}
    return Quantity(**{**entry, **numbers, "default": tuple(decode(value) for value in entry["default"])})
