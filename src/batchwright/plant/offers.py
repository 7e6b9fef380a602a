"""What each class and unit offers, read from its rows in the terms of `batchwright.plant.capabilities`."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from batchwright.kernel.errors import BadInput
from batchwright.plant import properties
from batchwright.plant.capabilities import Capability
from batchwright.plant.models import Capability as CapabilityRow
from batchwright.plant.models import EquipmentElement, EquipmentProperty
from batchwright.plant.properties import Kind, Property


def vocabulary() -> dict[str, Property]:
    """Give every property by its code: those of every site, and those that this site added."""
    own = {row.code: as_property(row) for row in EquipmentProperty.objects.all()}
    return {**properties.VOCABULARY, **own}


def as_property(row: EquipmentProperty) -> Property:
    """Read a property of this site.

    Args:
        row: Its row.

    Returns:
        The property.

    Raises:
        BadInput: If its parts do not suit each other.
    """
    return Property(
        row.code, row.title, Kind(row.kind), row.unit, words=tuple(row.words), ordered=row.ordered, sized=row.sized
    )


def read(offers: Mapping[str, str], known: Mapping[str, Property] | None = None) -> dict[str, Capability]:
    """Read offers as people write them.

    Args:
        offers: Code of the property to its value, such as ``20..200 L``.
        known: The vocabulary, where the caller has it already.

    Returns:
        Code to capability.

    Raises:
        BadInput: If a property is not known, or a value does not suit it.
    """
    words = vocabulary() if known is None else known
    found = {}
    for code, text in offers.items():
        if code not in words:
            raise BadInput(
                _("The property is not known"), value=code, remedy=_("Choose one of the vocabulary, or define it.")
            )
        found[code] = Capability(words[code], properties.read(words[code], text))
    return found


def narrowed(of_class: Mapping[str, Capability], own: Mapping[str, Capability]) -> dict[str, Capability]:
    """Join what a class offers with what one of its units offers in its place.

    Args:
        of_class: What the class offers.
        own: What the unit says of itself; it may narrow its class, and speak where the class is silent.

    Returns:
        What the unit offers.

    Raises:
        DomainError: If the unit would offer more than its class.
    """
    joined = dict(of_class)
    for code, one in own.items():
        joined[code] = of_class[code].narrowed(one.value) if code in of_class else one
    return joined


def of_elements(elements: Iterable[EquipmentElement]) -> dict[int, dict[str, Capability]]:
    """Give what elements offer, with two queries however many they are.

    Args:
        elements: Elements that the caller was allowed to read.

    Returns:
        Key of the element to its capabilities by code.
    """
    asked, known = list(elements), vocabulary()
    classes = {one.equipment_class_id for one in asked} - {None}
    by_class: dict[int, dict[str, str]] = {}
    own: dict[int, dict[str, str]] = {}
    for row in CapabilityRow.objects.filter(equipment_class__in=classes):
        by_class.setdefault(row.equipment_class_id, {})[row.property] = row.value
    for row in CapabilityRow.objects.filter(element__in=[one.pk for one in asked]):
        own.setdefault(row.element_id, {})[row.property] = row.value
    read_classes = {key: read(offers, known) for key, offers in by_class.items()}
    return {
        one.pk: {**read_classes.get(one.equipment_class_id or 0, {}), **read(own.get(one.pk, {}), known)}
        for one in asked
    }
