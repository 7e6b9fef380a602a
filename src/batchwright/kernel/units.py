"""UCUM codes read exactly: each becomes a rational factor and a dimension, or is refused with advice.

Grammar of UCUM 2.2 section 2, case-sensitive form: ``mg/mL``, ``g.m-2``, ``10*3/uL``, ``/mL``, ``W/(m2.K)``,
``{cells}/mL``, ``%{RH}``. A slash divides by the next component only, so that ``mg/kg.d`` is (mg/kg).d, as the standard
says. Annotations in braces are kept in the text and carry no dimension. Of numbers only 1 and powers ``10*n`` are read:
in ``kg1.5`` UCUM's grammar sees kilograms times 5 where a person sees a decimal point.

Definitions in the table of `batchwright.kernel.unit_table` are reckoned with rational numbers, for decimals could not
hold 5/9, each when it is first needed: a general package for units costs every command 0.4 s of processor time.
"""

import ast
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from batchwright.kernel.errors import BadInput
from batchwright.kernel.unit_table import ATOMS, MEANT, PREFIXES, SPELLINGS, Atom

Dimension = tuple[tuple[str, int], ...]
"""Dimensions with their exponents, such as (("[length]", -3), ("[mass]", 1)), in order; empty for a number."""

LONGEST_CODE = 100
LARGEST_EXPONENT = 99
_LARGEST_FACTOR = 10**300

_TOKEN = re.compile(
    r"(?P<mark>[().])|(?P<slash>/)"
    r"|(?P<symbol>10[*^]|(?:[^\s0-9\[\]{}()./*^+-]|\[[!-Z\\^-z|~]*\])+)(?P<exponent>[+-]?[0-9]{1,2})?(?P<note>\{[!-z|~]*\})?"
    r"|(?P<number>[0-9]+)|(?P<remark>\{[!-z|~]*\})"
)
_DOTTED_DIVISOR = re.compile(r"/([^/()]+[·⋅][^/()]+)")
"""What hands write as W/m²·K, meaning the whole of m²·K below the line."""
_BY_CODE = {atom.code: atom for atom in ATOMS}
_BY_NAME = {atom.name: atom for atom in ATOMS}


class Term(NamedTuple):
    """One component of a code, such as ``mL`` to the power -1; the symbol is "" for a remark that stands alone."""

    symbol: str
    note: str
    exponent: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that was read.

    A quantity of value v in this unit is ``v * factor + (offset or 0)`` in root units.
    """

    code: str
    """As it was written."""
    terms: tuple[Term, ...]
    """Its components, each symbol once."""
    factor: Fraction
    """Exact size in root units (gram, metre, second, kelvin, ampere, mole ...)."""
    dimension: Dimension
    """What it measures."""
    offset: Fraction | None = None
    """Start of its scale in kelvin for Cel and [degF], which are points on a scale and not amounts; else None."""
    difference: str = ""
    """Code for the difference of two points on its scale."""

    @property
    def is_time(self) -> bool:
        """Whether it measures durations."""
        return self.dimension == parse("s").dimension

    @property
    def is_point(self) -> bool:
        """Whether it marks points on a scale, so that values can be compared and subtracted but not added."""
        return self.offset is not None

    def __str__(self) -> str:
        return self.code


@lru_cache(maxsize=4096)
def parse(code: str) -> Unit:
    """Read a UCUM code.

    Args:
        code: Case-sensitive UCUM code; ``1`` for a plain number.

    Returns:
        The unit, with the code as written.

    Raises:
        BadInput: The code is not UCUM, or is not among the units of the plant; the remedy names the nearest that is.
    """
    try:
        return _read(code)
    except BadInput as error:
        meant = suggestion(code)
        if error.remedy or meant is None:
            raise
        error.remedy = f"Did you mean {meant!r}?"
        raise


def suggestion(code: str) -> str | None:
    """The valid code nearest to one that is refused.

    Args:
        code: What somebody wrote.

    Returns:
        A code that `parse` accepts, or None where nothing is near.
    """
    text = _DOTTED_DIVISOR.sub(r"/(\1)", code[:LONGEST_CODE].strip())
    if text in MEANT:
        return MEANT[text]
    for wrong, right in SPELLINGS.items():
        text = text.replace(wrong, right)
    shouted = text.isupper()  # then even a known symbol such as ML was hardly meant
    pieces, end = [], 0
    for token in _TOKEN.finditer(text):
        if token["symbol"] and (shouted or _atom(token["symbol"]) is None):
            pieces += [text[end : token.start("symbol")], _nearest(token["symbol"])]
            end = token.end("symbol")
    candidate = "".join([*pieces, text[end:]])
    try:
        return _read(candidate).code
    except BadInput:
        return None


def _nearest(symbol: str) -> str:
    """What is meant by an unknown symbol: a known slip, the same letters in another case, or the closest spelling."""
    if symbol in MEANT:
        return MEANT[symbol]
    known = _symbols_by_lower_case()
    if symbol.lower() in known:
        return known[symbol.lower()]
    close = difflib.get_close_matches(symbol.lower(), known, n=1, cutoff=0.75)
    return known[close[0]] if close else symbol


@cache
def _symbols_by_lower_case() -> dict[str, str]:
    prefixed = (prefix + atom.code for prefix in PREFIXES for atom in ATOMS if atom.metric)
    symbols: dict[str, str] = {}
    for symbol in [*_BY_CODE, *prefixed]:
        symbols.setdefault(symbol.lower(), symbol)
    return symbols


def product(*factors: tuple[Unit, int]) -> Unit:
    """The unit of a product of powers; equal symbols are gathered, different ones are left as they are.

    Args:
        *factors: Units with their exponents, none of them a point on a scale.

    Returns:
        The unit, such as ``g`` for ``g/kg`` times ``kg``; its code is composed.

    Raises:
        BadInput: The result is larger than a code can be.
    """
    terms = [term._replace(exponent=term.exponent * power) for unit, power in factors for term in unit.terms]
    return _build(terms, code=None)


def _read(code: str) -> Unit:
    if len(code) > LONGEST_CODE:
        raise _refusal("the code of the unit is too long", code, limit=f"{LONGEST_CODE} characters")
    tokens, end = [], 0
    for token in _TOKEN.finditer(code):
        if token.start() != end:
            break
        tokens.append(token)
        end = token.end()
    if end != len(code):
        raise _refusal(f"the unit has {code[end]!r} where a UCUM code cannot have it", code)
    leading = bool(tokens) and tokens[0]["slash"] is not None
    terms, position = _components(code, tokens, int(leading), first_sign=-1 if leading else 1)
    if position != len(tokens):
        raise _refusal("the unit has a closing parenthesis too many, or two components without . or /", code)
    return _build(terms, code=code)


def _components(code: str, tokens: list[re.Match[str]], position: int, first_sign: int = 1) -> tuple[list[Term], int]:
    """Components joined by . and /, up to a closing parenthesis or the end."""
    terms: list[Term] = []
    sign = first_sign
    while True:
        if position == len(tokens):
            raise _refusal("the unit ends where a component is missing" if code else "the unit is empty", code)
        token = tokens[position]
        if token["mark"] == "(":
            inner, position = _components(code, tokens, position + 1)
            if position == len(tokens) or tokens[position]["mark"] != ")":
                raise _refusal("the unit lacks a closing parenthesis", code)
            terms += [term._replace(exponent=term.exponent * sign) for term in inner]
        elif token["mark"] or token["slash"]:
            raise _refusal("the unit has two operators in a row", code)
        else:
            terms.append(_term(code, token, sign))
        position += 1
        if position == len(tokens) or not (tokens[position]["slash"] or tokens[position]["mark"] == "."):
            return terms, position
        sign = -1 if tokens[position]["slash"] else 1
        position += 1


def _term(code: str, token: re.Match[str], sign: int) -> Term:
    symbol = token["symbol"]
    if symbol is None:
        if token["number"] not in (None, "1"):
            raise _refusal(f"the unit holds the number {token['number']}", code, limit="only 1 and powers such as 10*3")
        return Term("", token["remark"] or "", sign)
    exponent = int(token["exponent"] or 1)
    if exponent == 0:
        raise _refusal("a unit to the power of 0 says nothing", code)
    if symbol in ("10*", "10^"):
        return Term("10*", token["note"] or "", sign * exponent)
    if _atom(symbol) is None:
        raise _refusal(f"the unit {symbol!r} is not known", code)
    return Term(symbol, token["note"] or "", sign * exponent)


def _refusal(message: str, code: str, limit: str = "a case-sensitive UCUM code") -> BadInput:
    return BadInput(message, value=repr(code[: LONGEST_CODE + 1]), limit=limit)


def _build(terms: Iterable[Term], code: str | None) -> Unit:
    """Gather equal components and evaluate them."""
    exponents: dict[tuple[str, str], int] = {}
    for term in terms:
        key = (term.symbol, term.note)
        exponents[key] = exponents.get(key, 0) + term.exponent
    gathered = tuple(Term(*key, exponent) for key, exponent in exponents.items() if exponent and any(key))
    code = _written(gathered) if code is None else code
    if len(code) > LONGEST_CODE or any(abs(term.exponent) > LARGEST_EXPONENT for term in gathered):
        limit = f"{LONGEST_CODE} characters, exponents to {LARGEST_EXPONENT}"
        raise _refusal("the code of the unit is too long or its exponents are too large", code, limit=limit)
    factor = Fraction(1)
    dimension: dict[str, int] = {}
    for term in gathered:
        size, roots = _size(term.symbol)
        factor *= size**term.exponent
        for root, power in roots:
            dimension[root] = dimension.get(root, 0) + power * term.exponent
    if max(factor.numerator, factor.denominator) > _LARGEST_FACTOR:
        raise _refusal("the unit is too large or too small", code, limit="factors between 1E-300 and 1E+300")
    roots = tuple(sorted((root, power) for root, power in dimension.items() if power))
    point = next((atom for atom in map(_point, gathered) if atom), None)
    if point is None:
        return Unit(code, gathered, factor, roots)
    if len(gathered) > 1 or gathered[0].exponent != 1:
        remedy = f"Write {point.difference} for a difference of temperature."
        raise BadInput(
            f"{point.code} is a point on a scale and cannot be part of another unit", value=repr(code), remedy=remedy
        )
    return Unit(code, gathered, factor, roots, point.offset, point.difference)


def _point(term: Term) -> Atom | None:
    atom = _BY_CODE.get(term.symbol)
    return atom if atom is not None and atom.offset is not None else None


def _written(terms: tuple[Term, ...]) -> str:
    """The code of gathered components: first what multiplies, then what divides."""
    above = [_power(term) for term in terms if term.exponent > 0]
    below = [_power(term) for term in terms if term.exponent < 0]
    text = ".".join(part for parts in above for part in parts)
    return text + "".join("/" + part for parts in below for part in parts) or "1"


def _power(term: Term) -> list[str]:
    size = abs(term.exponent)
    if term.symbol == "":  # a remark takes no exponent in UCUM
        return [term.note] * size
    return [term.symbol + (str(size) if size > 1 or term.symbol == "10*" else "") + term.note]


def _atom(symbol: str) -> tuple[int, Atom] | None:
    """The power of ten of the prefix and the unit, where the symbol is a unit or a prefix with a metric unit."""
    if symbol in _BY_CODE:
        return 0, _BY_CODE[symbol]
    for length in (1, 2):
        atom = _BY_CODE.get(symbol[length:])
        if symbol[:length] in PREFIXES and atom is not None and atom.metric:
            return PREFIXES[symbol[:length]], atom
    return None


@cache
def _size(symbol: str) -> tuple[Fraction, Dimension]:
    """Exact size and dimension of one known symbol, of ``10*`` or of a remark."""
    found = _atom(symbol)
    if found is None:
        return Fraction(10 if symbol == "10*" else 1), ()
    power, atom = found
    factor, dimension = _defined(atom.name)
    return factor * Fraction(10) ** power, dimension


@cache
def _defined(name: str) -> tuple[Fraction, Dimension]:
    """Exact size in root units and dimension of an atom, from its definition."""
    definition = _BY_NAME[name].definition
    if definition.startswith("["):
        return Fraction(1), ((definition, 1),)
    factor, roots = _reckoned(ast.parse(definition, mode="eval").body, definition)
    return factor, tuple(sorted((root, exponent) for root, exponent in roots.items() if exponent))


def _reckoned(part: ast.expr, definition: str) -> tuple[Fraction, dict[str, int]]:
    match part:
        case ast.Constant():
            return Fraction(ast.get_source_segment(definition, part) or ""), {}  # as written: no float between
        case ast.Name():
            factor, dimension = _defined(part.id)
            return factor, dict(dimension)
        case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=int(power))):
            return _times((Fraction(1), {}), _reckoned(part.left, definition), power)
        case ast.BinOp(op=ast.Mult() | ast.Div() as way):
            left, right = _reckoned(part.left, definition), _reckoned(part.right, definition)
            return _times(left, right, 1 if isinstance(way, ast.Mult) else -1)
    raise ValueError(f"A definition is made of numbers, names, *, / and whole powers: {definition}")


def _times(
    one: tuple[Fraction, dict[str, int]], other: tuple[Fraction, dict[str, int]], power: int
) -> tuple[Fraction, dict[str, int]]:
    roots = dict(one[1])
    for root, exponent in other[1].items():
        roots[root] = roots.get(root, 0) + exponent * power
    return one[0] * other[0] ** power, roots
