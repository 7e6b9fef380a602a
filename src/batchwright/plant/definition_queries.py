"""Reading what the plant's classes offer and ask for: each function begins at what the actor may see."""

from django.db.models import QuerySet

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.plant import effective, offers
from batchwright.plant.capabilities import Capability
from batchwright.plant.models import Capability as CapabilityRow
from batchwright.plant.models import ChangeoverRule, CleaningProcedure, EquipmentClass, EquipmentElement


def equipment_class(actor: record.Actor, code: str) -> EquipmentClass | None:
    """Find one equipment class by its code, or None."""
    people.authorize(actor, "plant.read")
    return EquipmentClass.visible_to(actor).filter(code=code).first()


def of_class(actor: record.Actor, one: EquipmentClass) -> dict[str, Capability]:
    """Give what a class offers.

    Args:
        actor: Who reads.
        one: The class.

    Returns:
        Code of the property to the capability, by code.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    rows = CapabilityRow.visible_to(actor).filter(equipment_class=one).order_by("property")
    return offers.read(dict(rows.values_list("property", "value")))


def own_offers(actor: record.Actor, one: EquipmentElement) -> dict[str, str]:
    """Give what an element offers in place of its class, as people write it.

    Args:
        actor: Who reads.
        one: The element.

    Returns:
        Code of the property to its value.

    Raises:
        Refused: If the actor may not see the plant.
    """
    people.authorize(actor, "plant.read")
    rows = CapabilityRow.visible_to(actor).filter(element=one).order_by("property")
    return {row.property: row.value for row in rows}


def editions(actor: record.Actor, one: EquipmentClass) -> QuerySet[CleaningProcedure]:
    """Give every edition of the procedures that clean a class, by code, the latest first."""
    people.authorize(actor, "plant.read")
    found = CleaningProcedure.visible_to(actor).filter(equipment_class=one)
    return found.order_by("code", "-effective_at", "-id")


def effective_editions(actor: record.Actor, one: EquipmentClass) -> set[int]:
    """Give the keys of the editions that are effective now."""
    people.authorize(actor, "plant.read")
    return set(effective.effective_procedures(clock.now(), [one.pk]).values_list("id", flat=True))


def rules(actor: record.Actor, one: EquipmentClass) -> QuerySet[ChangeoverRule]:
    """Give the changeover rules of a class, the latest first."""
    people.authorize(actor, "plant.read")
    return ChangeoverRule.visible_to(actor).filter(equipment_class=one).order_by("-effective_at", "-id")
