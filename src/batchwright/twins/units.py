"""Units of measure for declarations: UCUM codes, dimensions and factors (https://ucum.org/ucum).

Small on purpose: importing pint opens its registry file, and a declaration needs only dimensions and factors.
Stricter than UCUM in one point: an annotation that stands alone, such as ``{cell}``, is a dimension of its own, so that
cells per litre cannot be added to anything else per litre. An annotation on a unit (``g{protein}``) is a comment; on a
power of ten (``10*6{cell}/mL``) it is the thing counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from batchwright.twins.errors import UnitError

Dimension = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its UCUM code, its dimension and its size in base units (m, g, s, K, mol, A and annotations)."""

    code: str
    dimension: Dimension
    factor: float
    offset: float = 0.0
    """Added to a value times factor to reach the base unit; not 0 only for degrees Celsius."""

    @property
    def is_affine(self) -> bool:
        """Whether zero of this unit is not zero of its dimension (degrees Celsius)."""
        return self.offset != 0.0

    @property
    def is_number(self) -> bool:
        """Whether the unit has no dimension."""
        return not self.dimension

    def times(self, other: Unit) -> Unit:
        """Unit of a product."""
        self._refuse_affine(other)
        if other.code == "1":
            return self
        code = other.code if self.code == "1" else f"{self.code}.{_group(other.code)}"
        return Unit(code, _combine(self.dimension, other.dimension, 1), self.factor * other.factor)

    def over(self, other: Unit) -> Unit:
        """Unit of a quotient."""
        self._refuse_affine(other)
        if other.code == "1":
            return self
        return Unit(
            f"{self.code}/{_group(other.code)}",
            _combine(self.dimension, other.dimension, -1),
            self.factor / other.factor,
        )

    def power(self, exponent: Fraction) -> Unit:
        """Unit of a power with a rational exponent."""
        self._refuse_affine(self)
        dimension = tuple((name, size * exponent) for name, size in self.dimension) if exponent else ()
        return Unit(f"({self.code}){exponent}", dimension, float(self.factor ** float(exponent)))

    def conversion_to(self, other: Unit) -> tuple[float, float]:
        """Factor and offset that turn a value in this unit into a value in ``other``.

        Args:
            other: The target.

        Returns:
            Factor and offset.

        Raises:
            UnitError: The dimensions differ.
        """
        if self.dimension != other.dimension:
            raise UnitError(
                f"{self.code} cannot be given in {other.code}",
                value=self.describe(),
                limit=other.describe(),
                remedy="Correct the equation or the declared unit.",
            )
        if self.code == other.code:
            return 1.0, 0.0
        factor = self.factor / other.factor
        if abs(factor - 1.0) < 1e-12:
            factor = 1.0
        return factor, (self.offset - other.offset) / other.factor

    def describe(self) -> str:
        """The dimension in words of base units, such as ``g.m-3``."""
        return ".".join(name + ("" if size == 1 else str(size)) for name, size in self.dimension) or "a number"

    def _refuse_affine(self, other: Unit) -> None:
        for unit in (self, other):
            if unit.is_affine:
                raise UnitError(
                    "Degrees Celsius cannot be multiplied or divided", value=unit.code, remedy="Write .to('K') first."
                )

    def __str__(self) -> str:
        return self.code


def _group(code: str) -> str:
    return f"({code})" if "/" in code or "." in code else code


def _combine(left: Dimension, right: Dimension, sign: int) -> Dimension:
    sizes = dict(left)
    for name, size in right:
        sizes[name] = sizes.get(name, Fraction(0)) + sign * size
    return tuple(sorted((name, size) for name, size in sizes.items() if size))


_PREFIXES: Final = {
    "G": 1e9,
    "M": 1e6,
    "k": 1e3,
    "h": 1e2,
    "da": 1e1,
    "d": 1e-1,
    "c": 1e-2,
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
}

# code: (factor, base dimensions, may take a prefix); UCUM table 4 as far as a plant uses it.
_ATOMS: Final[dict[str, tuple[float, dict[str, int], bool]]] = {
    "m": (1.0, {"m": 1}, True),
    "g": (1.0, {"g": 1}, True),
    "s": (1.0, {"s": 1}, True),
    "min": (60.0, {"s": 1}, False),
    "h": (3600.0, {"s": 1}, False),
    "d": (86400.0, {"s": 1}, False),
    "wk": (604800.0, {"s": 1}, False),
    "K": (1.0, {"K": 1}, True),
    "mol": (1.0, {"mol": 1}, True),
    "A": (1.0, {"A": 1}, True),
    "L": (1e-3, {"m": 3}, True),
    "l": (1e-3, {"m": 3}, True),
    "t": (1e6, {"g": 1}, True),
    "N": (1e3, {"g": 1, "m": 1, "s": -2}, True),
    "Pa": (1e3, {"g": 1, "m": -1, "s": -2}, True),
    "bar": (1e8, {"g": 1, "m": -1, "s": -2}, True),
    "atm": (101325e3, {"g": 1, "m": -1, "s": -2}, False),
    "m[Hg]": (133322000.0, {"g": 1, "m": -1, "s": -2}, True),
    "m[H2O]": (9806650.0, {"g": 1, "m": -1, "s": -2}, True),
    "J": (1e3, {"g": 1, "m": 2, "s": -2}, True),
    "cal": (4184.0, {"g": 1, "m": 2, "s": -2}, True),
    "W": (1e3, {"g": 1, "m": 2, "s": -3}, True),
    "Hz": (1.0, {"s": -1}, True),
    "P": (100.0, {"g": 1, "m": -1, "s": -1}, True),
    "C": (1.0, {"A": 1, "s": 1}, True),
    "V": (1e3, {"g": 1, "m": 2, "s": -3, "A": -1}, True),
    "S": (1e-3, {"g": -1, "m": -2, "s": 3, "A": 2}, True),
    "u": (1.66053906660e-24, {"g": 1}, True),
    "kat": (1.0, {"mol": 1, "s": -1}, True),
    "U": (1e-6 / 60, {"mol": 1, "s": -1}, True),
    "[iU]": (1.0, {"[iU]": 1}, True),
    "%": (1e-2, {}, False),
    "[ppm]": (1e-6, {}, False),
    "[pH]": (1.0, {}, False),
    "1": (1.0, {}, False),
}

_TERM: Final = re.compile(
    r"^(?P<symbol>10[\^*]|[A-Za-z%]*\[[^\]]+\]|[A-Za-z%]+|1)?(?P<power>[+-]?\d+)?(?P<note>\{[^}]*\})?$"
)


@lru_cache(maxsize=1024)
def unit(code: str) -> Unit:
    """Read a UCUM code, such as ``mmol/L``, ``g/{cell}/h`` or ``10*6/mL``.

    Args:
        code: Case-sensitive UCUM code; ``1`` for a number.

    Returns:
        The unit.

    Raises:
        UnitError: The code cannot be read.
    """
    if code == "Cel":
        return Unit("Cel", (("K", Fraction(1)),), 1.0, 273.15)
    if not code or code.isspace():
        raise UnitError("A unit is missing", value=repr(code), remedy="Write 1 for a number without a unit.")
    dimension, factor, rest = _product(code, code)
    if rest:
        raise _unreadable(code, rest)
    return Unit(code, dimension, factor)


def _product(text: str, whole: str) -> tuple[Dimension, float, str]:
    """Read terms joined by ``.`` and ``/`` from left to right; stops at a closing bracket."""
    dimension: Dimension = ()
    factor = 1.0
    sign = 1
    if text.startswith("/"):
        sign, text = -1, text[1:]
    while True:
        if text.startswith("("):
            part, size, text = _product(text[1:], whole)
            if not text.startswith(")"):
                raise _unreadable(whole, text)
            text = text[1:]
        else:
            match = re.match(r"[^./()]*(?:\{[^}]*\})?", text)
            term = match.group(0) if match else ""
            part, size = _term(term, whole)
            text = text[len(term) :]
        dimension = _combine(dimension, part, sign)
        factor *= size**sign
        if not text or text.startswith(")"):
            return dimension, factor, text
        if text[0] not in "./":
            raise _unreadable(whole, text)
        sign = 1 if text[0] == "." else -1
        text = text[1:]


def _term(term: str, whole: str) -> tuple[Dimension, float]:
    match = _TERM.match(term)
    if not term or match is None:
        raise _unreadable(whole, term)
    symbol, power, note = match.group("symbol"), int(match.group("power") or 1), match.group("note")
    if symbol is None:
        if note is None or match.group("power"):
            raise _unreadable(whole, term)
        return ((note, Fraction(1)),), 1.0
    if symbol in ("10*", "10^"):
        return (((note, Fraction(1)),) if note else ()), 10.0**power
    factor, base = _atom(symbol, whole)
    dimension = tuple(sorted((name, Fraction(size * power)) for name, size in base.items()))
    return dimension, factor**power


def _atom(symbol: str, whole: str) -> tuple[float, dict[str, int]]:
    if symbol in _ATOMS:
        factor, base, _ = _ATOMS[symbol]
        return factor, base
    for prefix, size in _PREFIXES.items():
        rest = symbol[len(prefix) :]
        if symbol.startswith(prefix) and rest in _ATOMS and _ATOMS[rest][2]:
            factor, base, _ = _ATOMS[rest]
            return size * factor, base
    raise _unreadable(whole, symbol)


def _unreadable(whole: str, part: str) -> UnitError:
    return UnitError(
        f"The unit {whole!r} cannot be read",
        value=part or whole,
        limit="a UCUM code such as mmol/L, g/{cell}/h, Pa or 1",
        remedy="Write the unit as UCUM does; degrees Celsius is Cel, a count is an annotation such as {cell}.",
    )


NUMBER: Final = unit("1")
