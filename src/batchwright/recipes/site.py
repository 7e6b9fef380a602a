"""What the site's units offer to recipes: a recipe's requirements in the plant's terms, and what the plant answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from batchwright import plant, record
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.people.access import may
from batchwright.plant import properties
from batchwright.plant.capabilities import CLASS, Comparison, Miss, Offer, Requirement, match
from batchwright.plant.properties import Kind, Property, Span, Value
from batchwright.recipes.findings import Site
from batchwright.recipes.procedure import EquipmentRequirement


@dataclass(frozen=True, slots=True)
class Matching:
    """Which units do what is asked.

    Attributes:
        fits: Those that do, by tag and name, the best first; also those whose state keeps them from use at the moment.
        misses: Why the others do not, as sentences, the nearest first; where a requirement cannot be held against any
            unit, why, for each such requirement.
    """

    fits: tuple[str, ...]
    misses: tuple[str, ...]


class SiteOffers(Site, Protocol):
    """The units of a site, as a recipe looks at them."""

    def matching(self, requirements: Sequence[EquipmentRequirement]) -> Matching:
        """Say which units meet all of the requirements, and why the others do not."""

    def misses_of(self, unit: str, requirements: Sequence[EquipmentRequirement]) -> tuple[str, ...]:
        """Say why one unit does not meet the requirements."""


@dataclass(frozen=True, slots=True)
class PlantOffers:
    """The plant's units by what they can do, whatever state they are in: a recipe outlives every state.

    The sentences become findings, which are justified and signed, so that they are the same in every language.

    Attributes:
        units: What each unit offers.
        vocabulary: The properties that the plant knows, by code.
    """

    units: tuple[Offer, ...]
    vocabulary: Mapping[str, Property]

    def misses(self, requirements: Sequence[EquipmentRequirement]) -> tuple[str, ...]:
        """Say why no unit meets all the requirements.

        Args:
            requirements: Of one element; one unit has to meet them all.

        Returns:
            Nothing where a unit does; otherwise each requirement that the plant cannot answer, or the nearest unit.
        """
        asked, strange = self._asked(requirements)
        if strange:
            return strange
        found = match(asked, self.units)
        return () if found.fits else (_sentence(found.alternatives[0]),)

    def matching(self, requirements: Sequence[EquipmentRequirement]) -> Matching:
        """Say which units meet all of the requirements, and why the others do not.

        Args:
            requirements: Of one element; one unit has to meet them all.

        Returns:
            Fits and misses.
        """
        asked, strange = self._asked(requirements)
        if strange:
            return Matching((), strange)
        found = match(asked, self.units)
        return Matching(
            tuple(f"{one.offer.unit} {one.offer.title}".strip() for one in found.fits),
            tuple(map(_sentence, found.alternatives)),
        )

    def misses_of(self, unit: str, requirements: Sequence[EquipmentRequirement]) -> tuple[str, ...]:
        """Say why one unit does not meet the requirements.

        Args:
            unit: Its tag.
            requirements: Of one element.

        Returns:
            Sentences; nothing where it meets them all.
        """
        asked, strange = self._asked(requirements)
        found = match(asked, [one for one in self.units if one.unit == unit])
        if not found.fits and not found.misses:
            return (f"the site has no unit {unit}",)
        return (*strange, *(_sentence(one) for one in found.misses))

    def _asked(self, every: Sequence[EquipmentRequirement]) -> tuple[list[Requirement], tuple[str, ...]]:
        """The requirements in the plant's terms, and why some have none."""
        classes = {one.equipment_class for one in self.units}
        asked: list[Requirement] = []
        strange = []
        for one in every:
            if one.equipment_class and one.equipment_class not in classes:
                strange.append(f"{one.id}: no unit is of the class {one.equipment_class}")
            try:
                asked.extend(as_asked(one, self.vocabulary))
            except BadInput as error:
                strange.append(f"{one.id}: {error}")
        return asked, tuple(strange)


def as_asked(one: EquipmentRequirement, vocabulary: Mapping[str, Property]) -> list[Requirement]:
    """Say a recipe's requirement in the plant's terms.

    Args:
        one: The requirement; it may ask for a class, for a property, or for both.
        vocabulary: The properties that the plant knows, by code.

    Returns:
        What is asked of a unit.

    Raises:
        BadInput: The plant does not know the property, or the requirement does not suit it or says too little.
    """
    asked = []
    if one.equipment_class:
        asked.append(Requirement(CLASS, Comparison.IS, (one.equipment_class,)))
    if one.property:
        if one.property not in vocabulary:
            raise BadInput(
                "the plant does not know the property", value=one.property,
                remedy="Ask for one that units are described by, or describe them by it.",
            )  # fmt: skip
        known = vocabulary[one.property]
        asked.append(Requirement(known.code, Comparison(one.comparison), _value(one, known)))
    if not asked:
        raise BadInput("it names neither a class nor a property of units", value=one.condition or "nothing")
    return asked


_ASKED_AS: Final = {Kind.CHOICE: "words", Kind.FLAG: "yes or no"}


def _value(one: EquipmentRequirement, known: Property) -> Value:
    """What is asked of a property, as the plant writes such a value."""
    value: Value | None = None
    if known.kind is Kind.CHOICE:
        value = one.words or None
    elif known.kind is Kind.FLAG:
        value = properties.FLAG_WORDS.get(one.words[0].lower()) if len(one.words) == 1 else None
    elif one.low is not None and one.high is not None:
        value = Span(_measured(one.low, known), _measured(one.high, known))
    elif one.amount is not None:
        value = _measured(one.amount, known)
    if value is None:
        raise BadInput(
            f"{known.title} is asked for in another way", value=", ".join(one.words) or str(one.amount or "nothing"),
            limit=_ASKED_AS.get(known.kind, f"an amount in a unit such as {known.unit}"),
        )  # fmt: skip
    if isinstance(value, tuple):
        properties.require_suits(known, value)
    return value


def _measured(amount: Quantity, known: Property) -> Quantity:
    if not known.measures(amount):
        raise BadInput(f"{known.title} is measured in another unit", value=amount, limit=f"such as {known.unit}")
    return amount


def _sentence(miss: Miss) -> str:
    return f"{miss.offer.unit}: {'; '.join(map(str, miss.reasons))}"


def offers(actor: record.Actor) -> SiteOffers | None:
    """Give what the units of the site offer.

    Args:
        actor: Who asks.

    Returns:
        None where the actor may not see the plant, such as a sponsor's person, or where no unit of it is described:
        then checks do not look at it, and pages say so.
    """
    if not may(actor, "plant.read"):
        return None
    found = plant.match_units(actor, ())
    units = [*(one.offer for one in found.fits), *(one.offer for one in found.misses)]
    if not units:
        return None
    able = sorted((replace(one, obstacles=()) for one in units), key=lambda one: one.unit)
    return PlantOffers(tuple(able), plant.vocabulary(actor))
