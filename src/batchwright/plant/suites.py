"""The plant suite by suite: an area with its units as they are now, and which batch was in which unit when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from batchwright import people, record
from batchwright.plant.models import EquipmentElement, Level, Use
from batchwright.plant.queries import Branch, tree


@dataclass(frozen=True, slots=True)
class Suite:
    """An area with its units.

    Attributes:
        area: The area.
        units: Its units, each with state and verdict, in the order in which they were added.
    """

    area: EquipmentElement
    units: tuple[Branch, ...]


def suites(actor: record.Actor) -> list[Suite]:
    """Give the areas of the plant with their units, in few queries however large it is.

    Args:
        actor: Who reads.

    Returns:
        Areas in the order in which they were added; none for a sponsor's people.

    Raises:
        Refused: If the actor may not see the plant.
    """
    found = [
        Suite(one.element, tuple(sorted(one.units(), key=lambda unit: unit.element.pk)))
        for root in tree(actor) for one in _areas(root)
    ]  # fmt: skip
    return sorted(found, key=lambda suite: suite.area.pk)


def _areas(branch: Branch) -> Iterator[Branch]:
    if branch.element.level == Level.AREA:
        yield branch
        return
    for part in branch.parts:
        yield from _areas(part)


def uses_between(actor: record.Actor, since: datetime, until: datetime) -> QuerySet[Use]:
    """Give the uses of units that lie in a span of time, wholly or in part.

    Args:
        actor: Who reads.
        since: Its beginning.
        until: Its end.

    Returns:
        Uses in the order in which they began; none for a sponsor's people.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    within = Q(ended_at__isnull=True) | Q(ended_at__gt=since)
    return Use.visible_to(actor).filter(within, began_at__lt=until).select_related("unit").order_by("began_at", "id")
