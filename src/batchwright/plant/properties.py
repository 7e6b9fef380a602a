"""What equipment can be described by: typed properties, and the values they take.

A *property* has one of four kinds. A **range** is what a unit covers (working volume 20 to 200 L); a **level** is one
size it has (filter area 10 m2); a **choice** is one or several words of a fixed set (ISO class 5, 7, 8), in order from
the strictest where the set has an order; a **flag** is yes or no (single-use). Source: ISA-95 part 2 (IEC 62264-2),
equipment properties and equipment capability properties; ISO 14644-1:2015 for the classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from batchwright.kernel import units
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity

SPAN: Final = ".."
"""What stands between the ends of a span where people write one: ``20..200 L``."""
FLAG_WORDS: Final[Mapping[str, bool]] = MappingProxyType({"yes": True, "no": False})


class Kind(StrEnum):
    """What sort of value a property takes."""

    RANGE = "range"
    LEVEL = "level"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Property:
    """Something that equipment is described by.

    Attributes:
        code: How recipes and offers name it: lower-case words with hyphens.
        title: What people call it, as it stands within a sentence.
        kind: What sort of value it takes.
        unit: UCUM code of its dimension, and how it is shown; "1" for a number, a choice or a flag.
        words: What can be chosen; from the strictest if `ordered`.
        ordered: Whether the words have an order, so that "at least" has a meaning.
        sized: Whether more than was asked is a waste: then the closest fit is the best.
    """

    code: str
    title: str
    kind: Kind
    unit: str = "1"
    words: tuple[str, ...] = ()
    ordered: bool = False
    sized: bool = False

    def __post_init__(self) -> None:
        units.parse(self.unit)
        if (self.kind is Kind.CHOICE) != bool(self.words):
            raise BadInput(
                "a choice, and only a choice, has words to choose from", value=self.code, limit="at least one word"
            )

    def measures(self, quantity: Quantity) -> bool:
        """Whether a quantity has this property's dimension."""
        return quantity.measured_in.dimension == units.parse(self.unit).dimension


@dataclass(frozen=True, slots=True)
class Span:
    """From one quantity to another, both included.

    Raises:
        BadInput: The ends measure different things, or the lower is above the upper.
    """

    low: Quantity
    high: Quantity

    def __post_init__(self) -> None:
        if self.low.measured_in.dimension != self.high.measured_in.dimension:
            raise BadInput("the ends of a span measure different things", value=str(self), limit="one dimension")
        if size(self.low) > size(self.high):
            raise BadInput("a span begins above its end", value=str(self), limit="the lower end first")

    def holds(self, quantity: Quantity) -> bool:
        """Whether a quantity of the same dimension lies within, the ends included."""
        return size(self.low) <= size(quantity) <= size(self.high)

    def covers(self, other: "Span") -> bool:
        """Whether another span of the same dimension lies within whole."""
        return self.holds(other.low) and self.holds(other.high)

    def __str__(self) -> str:
        if self.low.unit == self.high.unit:
            return f"{str(self.low).split(' ', maxsplit=1)[0]} to {self.high}"
        return f"{self.low} to {self.high}"


Value = Span | Quantity | tuple[str, ...] | bool
"""What a property can be: a span for a range, a quantity for a level, words for a choice, yes or no for a flag."""


def size(quantity: Quantity) -> Fraction:
    """The exact size in root units, by which quantities of one dimension compare; a temperature is absolute."""
    return quantity.in_root_units()


def read_span(text: str) -> Span:
    """Read a span as people write it.

    Args:
        text: Both ends with ``..`` between them and the unit behind: ``20..200 L``; one quantity alone is a span too.

    Returns:
        The span.

    Raises:
        BadInput: The text has another form.
    """
    low, dots, high = text.partition(SPAN)
    upper = Quantity.parse((high if dots else low).strip())
    if not dots:
        return Span(upper, upper)
    unit = low.strip().partition(" ")[2].strip()
    return Span(Quantity(low.strip().partition(" ")[0], unit or upper.unit), upper)


def read_words(text: str) -> tuple[str, ...]:
    """Read words with commas between them, each once, in the order written."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def read(wanted: Property, text: str) -> Value:
    """Read a property's value as people write it.

    Args:
        wanted: The property.
        text: ``20..200 L`` for a range, ``10 m2`` for a level, ``ISO 5, ISO 7`` for a choice, ``yes`` for a flag.

    Returns:
        The value, checked against the property.

    Raises:
        BadInput: The text has another form, or the value does not suit the property.
    """
    if wanted.kind is Kind.FLAG:
        if text.strip().lower() not in FLAG_WORDS:
            raise BadInput("a flag is yes or no", value=text, limit="yes, no")
        return FLAG_WORDS[text.strip().lower()]
    value: Value
    if wanted.kind is Kind.CHOICE:
        value = read_words(text)
    else:
        value = read_span(text) if wanted.kind is Kind.RANGE else Quantity.parse(text)
    require_suits(wanted, value)
    return value


def require_suits(described: Property, value: Value) -> None:
    """Refuse a value that a property cannot take.

    Args:
        described: The property.
        value: The value.

    Raises:
        BadInput: Another sort of value, another dimension, or a word outside the set.
    """
    sort = {Kind.RANGE: Span, Kind.LEVEL: Quantity, Kind.CHOICE: tuple, Kind.FLAG: bool}[described.kind]
    if not isinstance(value, sort):
        raise BadInput(f"{described.title} takes another sort of value", value=shown(value), limit=described.kind)
    ends = (value.low, value.high) if isinstance(value, Span) else (value,)
    for end in ends:
        if isinstance(end, Quantity) and not described.measures(end):
            raise BadInput(
                f"{described.title} is measured in another unit", value=end, limit=f"a unit such as {described.unit}"
            )
    if isinstance(value, tuple):
        strange = [word for word in value if word not in described.words]
        if strange or not value:
            raise BadInput(
                f"{described.title} does not know this word", value=shown(value), limit=", ".join(described.words)
            )


def shown(value: Value) -> str:
    """A value as it stands in a sentence: ``20 to 200 L``, ``10 m2``, ``ISO 5 or ISO 7``, ``yes``."""
    if isinstance(value, tuple):
        return " or ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def written(value: Value) -> str:
    """A value as `read` reads it back: ``20 L..200 L``, ``10 m2``, ``ISO 5, ISO 7``, ``yes``."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value.low}{SPAN}{value.high}" if isinstance(value, Span) else shown(value)


ISO_CLASSES: Final = ("ISO 5", "ISO 6", "ISO 7", "ISO 8", "ISO 9")
GRADES: Final = ("A", "B", "C", "D", "not classified")
MATERIALS: Final = ("316L", "304L", "Hastelloy C-22", "borosilicate glass", "PTFE", "gamma-irradiated film")


def _range(code: str, title: str, unit: str, *, sized: bool = False) -> Property:
    return Property(code, title, Kind.RANGE, unit, sized=sized)


VOCABULARY: Final[Mapping[str, Property]] = MappingProxyType(
    {
        known.code: known
        for known in (
            _range("working-volume", "working volume", "L", sized=True),
            _range("batch-mass", "batch mass", "kg", sized=True),
            _range("temperature", "temperature", "Cel"),
            _range("shelf-temperature", "shelf temperature", "Cel"),
            _range("condenser-temperature", "condenser temperature", "Cel"),
            _range("inlet-air-temperature", "inlet air temperature", "Cel"),
            _range("pressure", "pressure", "bar"),
            _range("chamber-pressure", "chamber pressure", "mbar"),
            _range("agitation", "agitation speed", "1/min"),
            _range("impeller-speed", "impeller speed", "1/min"),
            _range("chopper-speed", "chopper speed", "1/min"),
            _range("flow", "liquid flow", "L/h"),
            _range("gas-flow", "gas flow", "L/min"),
            _range("air-flow", "air flow", "m3/h"),
            _range("spray-rate", "spray rate", "g/min"),
            _range("compression-force", "compression force", "kN"),
            _range("turret-speed", "turret speed", "1/min"),
            _range("fill-volume", "fill volume", "mL"),
            _range("weighing", "weighing range", "kg"),
            _range("column-diameter", "column diameter", "cm", sized=True),
            _range("bed-height", "bed height", "cm"),
            Property("vessel-volume", "whole volume", Kind.LEVEL, "L", sized=True),
            Property("oxygen-transfer", "oxygen transfer coefficient (kLa)", Kind.LEVEL, "1/h"),
            Property("ice-capacity", "capacity of the condenser for ice", Kind.LEVEL, "kg", sized=True),
            Property("illuminance", "illuminance at the place of inspection", Kind.LEVEL, "lx"),
            Property("filter-area", "filter area", Kind.LEVEL, "m2", sized=True),
            Property("shelf-area", "shelf area", Kind.LEVEL, "m2", sized=True),
            Property("stations", "number of punch stations", Kind.LEVEL, "1"),
            Property("output", "output per hour", Kind.LEVEL, "1/h"),
            Property("iso-class", "ISO class", Kind.CHOICE, words=ISO_CLASSES, ordered=True),
            Property("grade", "cleanliness grade", Kind.CHOICE, words=GRADES, ordered=True),
            Property("contact-material", "product-contact material", Kind.CHOICE, words=MATERIALS),
            Property("tooling", "tooling", Kind.CHOICE, words=("B", "BB", "D")),
            Property("single-use", "single-use", Kind.FLAG),
            Property("cleaning-in-place", "cleaning in place", Kind.FLAG),
            Property("steaming-in-place", "steaming in place", Kind.FLAG),
            Property("containment", "contained for potent substances", Kind.FLAG),
            Property("explosion-protected", "explosion protection", Kind.FLAG),
        )
    }
)
"""The properties that every site has to begin with, by code; a site adds its own."""
