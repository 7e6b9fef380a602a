"""Reading the plant: each function begins at what the actor may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.plant import effective, fitness, judging, offers
from batchwright.plant.capabilities import Capability, Matching, Offer, Requirement, match
from batchwright.plant.facts import Intended, UnitFacts
from batchwright.plant.models import (
    Campaign,
    Cleaning,
    CleaningProcedure,
    EquipmentClass,
    EquipmentElement,
    Level,
    LineClearance,
    LogbookLine,
    Qualification,
    UnitState,
    Use,
)
from batchwright.plant.properties import Property
from batchwright.plant.verdicts import Verdict


def elements(actor: record.Actor, *, retired: bool = False) -> QuerySet[EquipmentElement]:
    """Give what the plant consists of.

    Args:
        actor: Who reads.
        retired: Whether to give also what has left the plant.

    Returns:
        Elements by tag; none for a sponsor's people.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    found = EquipmentElement.visible_to(actor).select_related("equipment_class", "parent")
    return found if retired else found.filter(retired_at__isnull=True)


def element(actor: record.Actor, tag: str) -> EquipmentElement | None:
    """Find one element by its tag, as painted or scanned, or None; also one that was retired."""
    return elements(actor, retired=True).filter(tag=tag.strip().upper()).first()


def unit(actor: record.Actor, tag: str) -> EquipmentElement | None:
    """Find one unit by its tag, or None."""
    found = element(actor, tag)
    return found if found is not None and found.level == Level.UNIT else None


def classes(actor: record.Actor) -> QuerySet[Any]:
    """Give the equipment classes, each with how many elements are of it as `members`.

    Args:
        actor: Who reads.

    Returns:
        Classes by code.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    return EquipmentClass.visible_to(actor).annotate(
        members=Count("elements", filter=Q(elements__retired_at__isnull=True))
    ).order_by("code")  # a model's own order is not applied to what is counted


def vocabulary(actor: record.Actor) -> dict[str, Property]:
    """Give the properties that equipment can offer and recipes can ask for, by code."""
    people.authorize(actor, "plant.read")
    return offers.vocabulary()


@dataclass(frozen=True, slots=True)
class Branch:
    """One element of the tree, with what it holds.

    Attributes:
        element: The element.
        verdict: Whether it can be used; None for what is no unit.
        state: Its state; None for what is no unit.
        parts: What it holds, by tag.
    """

    element: EquipmentElement
    verdict: Verdict | None
    state: UnitState | None
    parts: tuple[Branch, ...]

    def units(self) -> list[Branch]:
        """Give the units below it, at any depth, itself included."""
        own = [self] if self.state is not None else []
        return own + [one for part in self.parts for one in part.units()]


def tree(actor: record.Actor) -> list[Branch]:
    """Give the plant as a tree with the verdict on each unit, in few queries however large it is.

    Args:
        actor: Who reads.

    Returns:
        What stands by itself: the enterprise; nothing for a plant without equipment.

    Raises:
        Refused: If the actor may not see the plant.
    """
    rows = list(elements(actor))
    below: dict[int | None, list[EquipmentElement]] = defaultdict(list)
    for one in rows:
        below[one.parent_id].append(one)
    shown = {one.element.pk: one for one in units(actor)}

    def branch(one: EquipmentElement) -> Branch:
        found = shown.get(one.pk)
        return Branch(
            one, None if found is None else found.verdict, None if found is None else found.state,
            tuple(branch(part) for part in below[one.pk]),
        )  # fmt: skip

    return [branch(one) for one in below[None]]


@dataclass(frozen=True, slots=True)
class UnitShown:
    """One unit with its state and the verdict on it.

    Attributes:
        element: The unit.
        state: Its state row.
        facts: What the verdict was computed from.
        verdict: Whether it can be used.
        area: Where it stands; None where it stands in none.
    """

    element: EquipmentElement
    state: UnitState
    facts: UnitFacts
    verdict: Verdict
    area: EquipmentElement | None


def units(
    actor: record.Actor, *, text: str = "", area: str = "", state: str = "", usable: bool | None = None
) -> list[UnitShown]:
    """Find units, each with state and verdict.

    Args:
        actor: Who reads.
        text: Part of a tag, a name or the code of a class; "" for all.
        area: Tag of the area; "" for all.
        state: State; "" for any.
        usable: Whether only those that can or cannot be used; None for both.

    Returns:
        Units by tag.

    Raises:
        Refused: If the actor may not see the plant.
    """
    found = elements(actor).filter(level=Level.UNIT)
    if text:
        found = found.filter(
            Q(tag__icontains=text) | Q(name__icontains=text) | Q(equipment_class__code__icontains=text)
        )
    if area:
        found = found.filter(parent__parent__tag=area)
    if state:
        found = found.filter(state__state=state)
    shown = _judged(found)
    return shown if usable is None else [one for one in shown if one.verdict.usable is usable]


def _judged(rows: QuerySet[EquipmentElement]) -> list[UnitShown]:
    found, now = list(rows.select_related("parent__parent")), clock.now()
    facts = effective.facts_now(found, now)
    states = {row.unit_id: row for row in effective.states_of(found)}
    return [
        UnitShown(
            one, states[one.pk], facts[one.pk], fitness.judge(facts[one.pk], now),
            None if one.parent is None else one.parent.parent,
        )
        for one in found
    ]  # fmt: skip


def unit_shown(actor: record.Actor, one: EquipmentElement) -> UnitShown:
    """Give one unit with its state and the verdict on it now."""
    return _judged(elements(actor, retired=True).filter(pk=one.pk))[0]


def state(actor: record.Actor, one: EquipmentElement) -> UnitState | None:
    """Give the state of a unit, with all that it points to; None for what is no unit."""
    people.authorize(actor, "plant.read")
    return next(iter(effective.states_of([one])), None)


def offered(actor: record.Actor, one: EquipmentElement) -> dict[str, Capability]:
    """Give what an element offers, of its class and of its own.

    Args:
        actor: Who reads.
        one: The element.

    Returns:
        Code of the property to the capability, by code.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    return dict(sorted(offers.of_elements([one])[one.pk].items()))


def match_units(
    actor: record.Actor, requirements: Sequence[Requirement], *, intended: Intended | None = None
) -> Matching:
    """Say which units do what a recipe asks, and why the others do not.

    Args:
        actor: Who asks.
        requirements: What is asked.
        intended: What is to be made, where changeover and clearance count as well.

    Returns:
        Fits, ranked; misses with every reason; alternatives.

    Raises:
        Refused: If the actor may not see the plant.
    """
    rows = list(elements(actor).filter(level=Level.UNIT))
    able, verdicts = offers.of_elements(rows), judging.verdicts_of(rows, intended)
    offered = [
        Offer(
            unit=one.tag, title=one.name,
            equipment_class="" if one.equipment_class is None else one.equipment_class.code,
            capabilities=tuple(able[one.pk].values()), obstacles=tuple(map(str, verdicts[one.pk].reasons)),
        )
        for one in rows
    ]  # fmt: skip
    return match(requirements, offered)


def logbook(
    actor: record.Actor, *, one: EquipmentElement | None = None, since: datetime | None = None,
    until: datetime | None = None, kind: str = "", text: str = "",
) -> QuerySet[LogbookLine]:  # fmt: skip
    """Give the logbook.

    Args:
        actor: Who reads.
        one: The unit; None for all.
        since: From when, included.
        until: Until when, excluded.
        kind: Kind of line; "" for any.
        text: Part of a batch, a product or a detail; "" for all.

    Returns:
        Lines, the latest first.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    found = LogbookLine.visible_to(actor).select_related("unit")
    if one is not None:
        found = found.filter(unit=one)
    if since is not None:
        found = found.filter(at__gte=since)
    if until is not None:
        found = found.filter(at__lt=until)
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(batch__icontains=text) | Q(product__icontains=text) | Q(detail__icontains=text))
    return found.order_by("-id")


def campaigns(
    actor: record.Actor, one: EquipmentElement | None = None, *, only_open: bool = False
) -> QuerySet[Any]:
    """Give the campaigns, each with its number of batches as `batches`.

    Args:
        actor: Who reads.
        one: The unit; None for all.
        only_open: Whether only those that are open.

    Returns:
        Campaigns, the latest first.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    found = Campaign.visible_to(actor).select_related("unit", "sponsor").annotate(batches=Count("uses"))
    if one is not None:
        found = found.filter(unit=one)
    return (found.filter(closed_at__isnull=True) if only_open else found).order_by("-opened_at", "-id")


def uses(actor: record.Actor, one: EquipmentElement) -> QuerySet[Use]:
    """Give the uses of a unit, the latest first."""
    return Use.visible_to(actor).filter(unit=one).select_related("campaign", "sponsor").order_by("-number")


def cleanings(actor: record.Actor, one: EquipmentElement) -> QuerySet[Cleaning]:
    """Give the cleanings of a unit, the latest first."""
    return Cleaning.visible_to(actor).filter(unit=one).select_related("procedure", "unit").order_by("-number")


def cleaning(actor: record.Actor, one: EquipmentElement, number: int) -> Cleaning | None:
    """Find one cleaning of a unit, or None."""
    return cleanings(actor, one).filter(number=number).first()


def clearances(actor: record.Actor, one: EquipmentElement) -> QuerySet[LineClearance]:
    """Give the line clearances of a unit, the latest first."""
    return LineClearance.visible_to(actor).filter(unit=one).select_related("unit", "sponsor").order_by("-number")


def clearance(actor: record.Actor, one: EquipmentElement, number: int) -> LineClearance | None:
    """Find one line clearance of a unit, or None."""
    return clearances(actor, one).filter(number=number).first()


def qualifications(actor: record.Actor, one: EquipmentElement) -> QuerySet[Qualification]:
    """Give the stages of a unit's qualification, the latest first."""
    return Qualification.visible_to(actor).filter(unit=one).order_by("-qualified_at", "-id")


def procedures(actor: record.Actor, one: EquipmentElement) -> QuerySet[CleaningProcedure]:
    """Give the procedures by which a unit can be cleaned now, each in its effective edition.

    Args:
        actor: Who reads.
        one: The unit.

    Returns:
        Procedures by code.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    return effective.effective_procedures(clock.now(), [one.equipment_class_id])


def to_verify(actor: record.Actor) -> tuple[list[Cleaning], list[LineClearance]]:
    """Give what waits for a second person: cleanings and clearances that count and that the actor did not do.

    Args:
        actor: Who would verify.

    Returns:
        Cleanings and clearances, the oldest first.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    now = UnitState.visible_to(actor)
    last = now.filter(state="dirty", cleaning__isnull=False).values("cleaning_id")
    standing = now.filter(clearance__isnull=False).values("clearance_id")
    waiting = Cleaning.visible_to(actor).filter(verified_at__isnull=True, pk__in=last)
    lines = LineClearance.visible_to(actor).filter(verified_at__isnull=True, pk__in=standing)
    return (
        list(waiting.exclude(cleaned_by=actor.id).select_related("unit", "procedure").order_by("cleaned_at")),
        list(lines.exclude(cleared_by=actor.id).select_related("unit").order_by("cleared_at")),
    )
