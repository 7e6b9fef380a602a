"""What equipment can do and what a recipe asks of it: requirements are matched with offers, never with tag numbers.

A *capability* is what a class or a unit offers of one property; a unit may narrow what its class offers. A
*requirement* is what a recipe asks of one property. `match` sorts the offers into fits, the least oversized first, and
misses, each with every reason; `Matching.alternatives` ranks the misses by how little they miss. Source: ISA-88.01
(IEC 61512-1) 4.4 and 5.2.2, equipment requirements; ISA-95 part 2 (IEC 62264-2), equipment capability properties.

What a comparison asks of each kind of property:

| comparison | range (low to high)      | level             | choice                          | flag     |
|------------|--------------------------|-------------------|---------------------------------|----------|
| at least   | it reaches up to this    | this or more      | this word or a stricter one     | -        |
| at most    | it goes down to this     | this or less      | this word or a less strict one  | -        |
| within     | it covers this span      | it lies in there  | -                               | -        |
| one of     | -                        | -                 | one of these words              | -        |
| is         | it can be run at this    | exactly this      | exactly this word               | yes, no  |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from batchwright.kernel import exact
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.kernel.rounding import Rounding
from batchwright.plant import properties
from batchwright.plant.properties import Kind, Property, Span, Value, size
from batchwright.plant.reasons import Reason, because
from batchwright.plant.reasons import marked as _

CLASS: Final = "equipment-class"
"""The property that every offer has by itself: the code of its equipment class, asked with "is" or "one of"."""


class Comparison(StrEnum):
    """How a requirement compares."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    WITHIN = "within"
    ONE_OF = "one of"
    IS = "is"


@dataclass(frozen=True, slots=True)
class Capability:
    """What a class or a unit offers of one property.

    Raises:
        BadInput: The value does not suit the property.
    """

    property: Property
    value: Value

    def __post_init__(self) -> None:
        properties.require_suits(self.property, self.value)

    def narrowed(self, value: Value) -> "Capability":
        """What a unit offers that can do less than its class.

        Args:
            value: What the unit offers.

        Returns:
            The unit's capability.

        Raises:
            BadInput: The value does not suit the property.
            DomainError: The unit would offer more than its class.
        """
        own, theirs = Capability(self.property, value).value, self.value
        if isinstance(own, Span) and isinstance(theirs, Span):
            within = theirs.covers(own)
        elif isinstance(own, Quantity) and isinstance(theirs, Quantity):
            within = size(own) <= size(theirs)
        elif isinstance(own, tuple) and isinstance(theirs, tuple):
            within = set(own) <= set(theirs)
        else:
            within = own == theirs
        if not within:
            raise DomainError(
                f"a unit offers no more than its class: {self.property.title}",
                value=properties.shown(value), limit=properties.shown(theirs),
                remedy="Narrow it, or give the unit a class of its own.",
            )  # fmt: skip
        return Capability(self.property, value)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a recipe asks of one property.

    Attributes:
        property: Code of the property.
        comparison: How it compares.
        value: A span for "within"; words for "one of"; otherwise a quantity, one word or a flag.

    Raises:
        BadInput: The comparison takes another sort of value.
    """

    property: str
    comparison: Comparison
    value: Value

    def __post_init__(self) -> None:
        words, span = isinstance(self.value, tuple), isinstance(self.value, Span)
        suits = {
            Comparison.WITHIN: span,
            Comparison.ONE_OF: words,
            Comparison.IS: not span,
            Comparison.AT_LEAST: not span and not isinstance(self.value, bool),
            Comparison.AT_MOST: not span and not isinstance(self.value, bool),
        }[self.comparison]
        if isinstance(self.value, tuple) and self.comparison is not Comparison.ONE_OF:
            suits = suits and len(self.value) == 1
        if not suits or self.value == ():
            raise BadInput(
                f'"{self.comparison}" takes another sort of value: {self.property}',
                value=properties.shown(self.value),
                limit="within: a span; one of: words; is: a quantity, one word, yes or no; otherwise one value",
            )

    @classmethod
    def read(cls, wanted: Property, comparison: str, text: str) -> "Requirement":
        """Read what people write in a form or a file.

        Args:
            wanted: The property.
            comparison: One of the comparisons.
            text: The value, such as ``150 L``, ``35..39 Cel``, ``ISO 5, ISO 7``, ``yes``.

        Returns:
            The requirement.

        Raises:
            BadInput: The comparison is not known, or the value has another form.
        """
        if comparison not in tuple(Comparison):
            raise BadInput("the comparison is not known", value=comparison, limit=", ".join(Comparison))
        how, value = Comparison(comparison), None
        if wanted.kind is Kind.RANGE and how is not Comparison.WITHIN:
            value = properties.read(_as(wanted, Kind.LEVEL), text)
        elif wanted.kind is Kind.LEVEL and how is Comparison.WITHIN:
            value = properties.read(_as(wanted, Kind.RANGE), text)
        return cls(wanted.code, how, properties.read(wanted, text) if value is None else value)

    def __str__(self) -> str:
        return f"{self.property} {self.comparison} {properties.shown(self.value)}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit as far as matching needs it.

    Attributes:
        unit: Its tag.
        title: What people call it.
        equipment_class: Code of its class.
        capabilities: What it offers, one for each property.
        obstacles: Why it cannot be used now, as sentences; none where it can. Each waits for people: time alone ends
            none of them.
    """

    unit: str
    title: str = ""
    equipment_class: str = ""
    capabilities: tuple[Capability, ...] = ()
    obstacles: tuple[str, ...] = ()
    _by_code: Mapping[str, Capability] = field(init=False, repr=False, compare=False, hash=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_code = {one.property.code: one for one in self.capabilities}
        if len(by_code) < len(self.capabilities):
            raise BadInput("a unit offers a property twice", value=self.unit, limit="one capability for each property")
        if self.equipment_class:
            known = Property(CLASS, "equipment class", Kind.CHOICE, words=(self.equipment_class,))
            by_code[CLASS] = Capability(known, (self.equipment_class,))
        object.__setattr__(self, "_by_code", by_code)

    def capability(self, code: str) -> Capability | None:
        """What it offers of one property; None where it says nothing."""
        return self._by_code.get(code)


@dataclass(frozen=True, slots=True)
class Fit:
    """An offer that does all that is asked and can be used now.

    Attributes:
        offer: The offer.
        oversize: How much more it is than was asked, as a factor; 1 where it is exact or nothing has a size.
        why: Why it stands at its place among the fits.
    """

    offer: Offer
    oversize: Fraction
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """An offer that does not do.

    Attributes:
        offer: The offer.
        reasons: What it does not do, one for each requirement that it misses.
        gap: How far it misses, each requirement 0 to 1, summed.
    """

    offer: Offer
    reasons: tuple[Reason, ...]
    gap: Fraction

    @property
    def only_by_state(self) -> bool:
        """Whether the unit would do, once it is fit for use."""
        return not self.reasons

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every reason, those of its state last, in English."""
        return (*map(str, self.reasons), *self.offer.obstacles)


@dataclass(frozen=True, slots=True)
class Matching:
    """The answer to what fits.

    Attributes:
        requirements: What was asked.
        fits: What does, the least oversized first.
        misses: What does not, in the order of tags.
    """

    requirements: tuple[Requirement, ...]
    fits: tuple[Fit, ...]
    misses: tuple[Miss, ...]

    @property
    def alternatives(self) -> tuple[Miss, ...]:
        """The misses, nearest first: only by state, then by number and size of what they miss."""
        return tuple(sorted(self.misses, key=_distance))


@dataclass(frozen=True, slots=True)
class _Answer:
    """One requirement held against one offer: why it misses and by how much, or how much larger it is than asked."""

    reason: Reason | None = None
    gap: Fraction = Fraction(0)
    oversize: Fraction | None = None
    why: Reason | None = None


def match(requirements: Sequence[Requirement], offers: Sequence[Offer]) -> Matching:
    """Say which offers do all that is asked, and why the others do not.

    Args:
        requirements: What is asked; nothing asked is met by every usable unit.
        offers: The units.

    Returns:
        Fits and misses; every offer is in one of them.
    """
    fits, misses = [], []
    for offer in offers:
        answers = [_answer(asked, offer) for asked in requirements]
        reasons = tuple(answer.reason for answer in answers if answer.reason is not None)
        if reasons or offer.obstacles:
            misses.append(Miss(offer, reasons, sum((answer.gap for answer in answers), Fraction(0))))
            continue
        oversize = Fraction(1)
        for answer in answers:
            oversize *= answer.oversize or 1
        why = tuple(answer.why for answer in answers if answer.why is not None)
        fits.append(Fit(offer, oversize, why or (because("no-size-asked", _("nothing asked has a size to exceed")),)))
    fits.sort(key=lambda fit: (fit.oversize, fit.offer.unit))
    misses.sort(key=lambda miss: miss.offer.unit)
    return Matching(tuple(requirements), tuple(fits), tuple(misses))


def _as(wanted: Property, kind: Kind) -> Property:
    """The same property, taking one quantity or a span: what is asked of a range is often one point of it."""
    return Property(wanted.code, wanted.title, kind, wanted.unit)


def _distance(miss: Miss) -> tuple[int, Fraction, int, str]:
    return len(miss.reasons), miss.gap, len(miss.offer.obstacles), miss.offer.unit


def _answer(asked: Requirement, offer: Offer) -> _Answer:
    offered = offer.capability(asked.property)
    if offered is None:
        known = properties.VOCABULARY.get(asked.property)
        title = asked.property if known is None else known.title
        reason = because("not-offered", _("it says nothing of its %(property)s"), property=title)
        return _Answer(reason, Fraction(1))
    match asked.value, offered.value:
        case bool() as wanted, bool() as has:
            return _Answer() if wanted == has else _missed(asked, offered, Fraction(1))
        case tuple() as words, tuple() as has:
            allowed = _allowed(asked.comparison, words, offered.property)
            if allowed is not None:
                return _Answer() if allowed & set(has) else _missed(asked, offered, Fraction(1))
        case (Quantity() | Span()) as wanted, (Quantity() | Span()) as has:
            if offered.property.measures(_ends(wanted)[1]):
                return _measured(asked, offered, _sizes(wanted), _sizes(has))
    return _incomparable(asked, offered)


def _allowed(comparison: Comparison, words: tuple[str, ...], known: Property) -> set[str] | None:
    """The words that do: those asked, and the stricter or less strict ones; None where the set has no such order."""
    if comparison in (Comparison.IS, Comparison.ONE_OF):
        return set(words)
    if not known.ordered or words[0] not in known.words:
        return None
    place = known.words.index(words[0])
    return set(known.words[: place + 1] if comparison is Comparison.AT_LEAST else known.words[place:])


def _measured(
    asked: Requirement, offered: Capability, wanted: tuple[Fraction, Fraction], has: tuple[Fraction, Fraction]
) -> _Answer:
    """Quantities: both sides are spans of exact sizes in root units, and each pair has to stand in this order."""
    (low, high), (bottom, top) = wanted, has
    covered, inside = [(bottom, low), (high, top)], [(low, bottom), (top, high)]
    in_order = {
        Comparison.AT_LEAST: [(low, top)],
        Comparison.AT_MOST: [(bottom, high)],
        Comparison.WITHIN: covered if offered.property.kind is Kind.RANGE else inside,
    }.get(asked.comparison, covered)
    gap = max(_relative(smaller, larger) for smaller, larger in in_order)
    if gap > 0:
        return _missed(asked, offered, gap)
    if not offered.property.sized or asked.comparison is Comparison.AT_MOST or high <= 0:
        return _Answer()
    return _Answer(oversize=top / high, why=_oversized(asked, offered, top / high))


def _relative(smaller: Fraction, larger: Fraction) -> Fraction:
    """By how much the first exceeds the second although it must not, 0 to 1; 0 where it does not."""
    if smaller <= larger:
        return Fraction(0)
    return min(Fraction(1), (smaller - larger) / max(abs(smaller), abs(larger)))


def _ends(value: Quantity | Span) -> tuple[Quantity, Quantity]:
    return (value.low, value.high) if isinstance(value, Span) else (value, value)


def _sizes(value: Quantity | Span) -> tuple[Fraction, Fraction]:
    low, high = _ends(value)
    return size(low), size(high)


def _missed(asked: Requirement, offered: Capability, gap: Fraction) -> _Answer:
    reason = because(
        "not-met", _("%(property)s is %(offered)s, asked is %(asked)s"),
        property=offered.property.title, offered=properties.shown(offered.value), asked=_asked(asked),
    )  # fmt: skip
    return _Answer(reason, gap)


def _incomparable(asked: Requirement, offered: Capability) -> _Answer:
    reason = because(
        "not-comparable",
        _("%(property)s is %(offered)s, which cannot be compared with: %(asked)s"),
        property=offered.property.title, offered=properties.shown(offered.value), asked=_asked(asked),
    )  # fmt: skip
    return _Answer(reason, Fraction(1))


def _oversized(asked: Requirement, offered: Capability, factor: Fraction) -> Reason:
    return because(
        "oversize", _("%(property)s up to %(offered)s, %(factor)s times the %(asked)s asked"),
        property=offered.property.title, offered=_top(offered.value), asked=_top(asked.value),
        factor=exact.text(Rounding.half_up(decimals=2).of(factor)),
    )  # fmt: skip


def _top(value: Value) -> str:
    return properties.shown(value.high if isinstance(value, Span) else value)


def _asked(asked: Requirement) -> str:
    how = "" if asked.comparison is Comparison.IS else f"{asked.comparison} "
    return how + properties.shown(asked.value)
