"""Defining what the plant is: properties of equipment, classes, elements."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.plant import entries, hierarchy, offers, properties
from batchwright.plant.capabilities import Capability
from batchwright.plant.models import Capability as CapabilityRow
from batchwright.plant.models import (
    EquipmentClass,
    EquipmentElement,
    EquipmentProperty,
    State,
    UnitState,
)
from batchwright.plant.services.common import refuse_retired, refuse_taken


@record.command
def define_property(
    *,
    actor: record.Actor,
    code: str,
    title: str,
    kind: str,
    unit: str = "1",
    words: tuple[str, ...] = (),
    ordered: bool = False,
    sized: bool = False,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Define a property of equipment beside those that every site has.

    Args:
        actor: Who defines it.
        code: Lower-case words with hyphens, never used before.
        title: What people call it within a sentence.
        kind: range, level, choice or flag.
        unit: UCUM code of its dimension.
        words: What can be chosen, the strictest first where they are ordered.
        ordered: Whether they are.
        sized: Whether more than was asked is a waste.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the code is taken.
        BadInput: If a particular is malformed.
    """
    row = record.checked(
        EquipmentProperty(
            code=code, title=title, kind=kind, unit=unit, words=list(words), ordered=ordered, sized=sized
        )
    )
    offers.as_property(row)
    data = entries.PropertyDefined(code=code, title=title, kind=kind, unit=unit, words=list(words))
    with record.entry(data, actor=actor, subject=row, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        if code in properties.VOCABULARY:
            raise DomainError(_("Every site has this property already"), value=code, remedy=_("Use that one."))
        refuse_taken(EquipmentProperty, code=code)
        entry.create(row)
    return entry.receipt


@record.command
def define_class(
    *,
    actor: record.Actor,
    code: str,
    name: str,
    level: str = "unit",
    offered: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Define a class of equipment and what its units offer.

    Args:
        actor: Who defines it.
        code: Its code, never used before.
        name: What people call it.
        level: unit, equipment_module or another level.
        offered: Code of a property to its value, such as ``20..200 L``.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the code is taken.
        BadInput: If a particular is malformed or a property is not known.
    """
    row = record.checked(EquipmentClass(code=code, name=name, level=level))
    able = offers.read(offered or {})
    data = entries.ClassDefined(code=code, name=name, level=level, offers=_written(able))
    with record.entry(data, actor=actor, subject=row, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        refuse_taken(EquipmentClass, code=code)
        entry.create(row)
        for key, one in able.items():
            entry.create(CapabilityRow(equipment_class=row, property=key, value=properties.written(one.value)))
    return entry.receipt


@record.command
def add_equipment(
    *,
    actor: record.Actor,
    tag: str,
    name: str,
    level: str,
    parent: EquipmentElement | None = None,
    equipment_class: EquipmentClass | None = None,
    offered: Mapping[str, str] | None = None,
    manufacturer: str = "",
    model_name: str = "",
    serial_number: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Add an element to the plant; a new unit is dirty and not qualified.

    Args:
        actor: Who adds it.
        tag: Its tag, never used before.
        name: What people call it.
        level: Its level (ISA-95).
        parent: What it belongs to; None for the enterprise alone.
        equipment_class: What it is one of.
        offered: What it offers in place of its class.
        manufacturer: Who made it.
        model_name: Which model it is.
        serial_number: Its serial number.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the tag is taken, its place is wrong, or it would offer more than its class.
        BadInput: If a particular is malformed or a property is not known.
    """
    row = record.checked(
        EquipmentElement(
            tag=hierarchy.require_tag(tag), name=name, level=level, parent=parent, equipment_class=equipment_class,
            manufacturer=manufacturer, model_name=model_name, serial_number=serial_number,
        )
    )  # fmt: skip
    able = offers.read(offered or {})
    data = entries.EquipmentAdded(
        tag=tag, name=name, level=level, parent="" if parent is None else parent.tag,
        equipment_class="" if equipment_class is None else equipment_class.code, offers=_written(able),
    )  # fmt: skip
    with record.entry(data, actor=actor, subject=row, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        refuse_taken(EquipmentElement, tag=tag)
        _require_place(row, parent)
        _require_class(row, able)
        entry.create(row)
        _offer(entry, row, able)
        if row.level == hierarchy.Level.UNIT:
            entry.create(UnitState(unit=row, state=State.DIRTY, since=clock.now()))
    return entry.receipt


@record.command
def change_equipment(
    *,
    actor: record.Actor,
    element: EquipmentElement,
    reason: str,
    name: str | None = None,
    parent: EquipmentElement | None = None,
    offered: Mapping[str, str] | None = None,
    serial_number: str | None = None,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Change what is said of an element; what is left None stays.

    Moving it or giving it another serial number voids the signatures under its qualification.

    Args:
        actor: Who changes it.
        element: The element.
        reason: Why.
        name: Another name.
        parent: Another place.
        offered: All that it offers in place of its class from now on.
        serial_number: Another serial number.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If its place is wrong, it would offer more than its class, or nothing is changed.
        Stale: If it was changed meanwhile.
    """
    able = None if offered is None else offers.read(offered)
    data = entries.EquipmentChanged(tag=element.tag, before={}, after={})
    with record.entry(data, actor=actor, subject=element, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        refuse_retired(entry.lock(element))
        before, after = _changes(element, name, parent, serial_number, able)
        if not after:
            raise DomainError(_("Nothing is changed"), value=element.tag)
        if parent is not None:
            _require_place(element, parent)
        said = {"name": name, "parent": parent, "serial_number": serial_number}
        values: dict[str, Any] = {key: new for key, new in said.items() if new is not None}
        wanted = copy(element)
        for key, new in values.items():
            setattr(wanted, key, new)
        record.checked(wanted)
        entry.update(element, expected_version=expected_version, **values)
        if able is not None:
            _require_class(element, able)
            for row in CapabilityRow.objects.filter(element=element):
                entry.delete(row)
            _offer(entry, element, able)
        entry.data = entries.EquipmentChanged(tag=element.tag, before=before, after=after)
    return entry.receipt


@record.command
def retire_equipment(
    *,
    actor: record.Actor,
    element: EquipmentElement,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Retire an element; its history stays and its tag is never used again.

    Args:
        actor: Who retires it.
        element: The element, without parts of its own that are still there.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is retired, in use or has parts that are not.
        Stale: If it was changed meanwhile.
    """
    data = entries.EquipmentRetired(tag=element.tag)
    with record.entry(data, actor=actor, subject=element, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "plant.define")
        refuse_retired(entry.lock(element))
        parts = EquipmentElement.objects.filter(parent=element, retired_at__isnull=True).values_list("tag", flat=True)
        if parts:
            raise DomainError(
                _("This has parts that are not retired"), value=", ".join(parts), remedy=_("Retire or move them first.")
            )
        state = UnitState.objects.filter(unit=element).first()
        if state is not None and entry.lock(state).use_id is not None:
            raise DomainError(_("This is in use"), value=element.tag, remedy=_("End its use first."))
        entry.update(element, expected_version=expected_version, retired_at=clock.now())
    return entry.receipt


def _written(able: Mapping[str, Capability]) -> dict[str, str]:
    return {code: properties.written(one.value) for code, one in able.items()}


def _offer(entry: record.OpenEntry, element: EquipmentElement, able: Mapping[str, Capability]) -> None:
    for code, value in _written(able).items():
        entry.create(CapabilityRow(element=element, property=code, value=value))


def _changes(
    element: EquipmentElement,
    name: str | None,
    parent: EquipmentElement | None,
    serial_number: str | None,
    able: Mapping[str, Capability] | None,
) -> tuple[dict[str, str], dict[str, str]]:
    """What is said before and after, of what differs."""
    before = {
        "name": element.name, "parent": "" if element.parent is None else element.parent.tag,
        "serial number": element.serial_number, "offers": _listed(dict(_own(element))),
    }  # fmt: skip
    said = {
        "name": name, "parent": None if parent is None else parent.tag, "serial number": serial_number,
        "offers": None if able is None else _listed(_written(able)),
    }  # fmt: skip
    after = {key: new for key, new in said.items() if new is not None and new != before[key]}
    return {key: before[key] for key in after}, after


def _own(element: EquipmentElement) -> list[tuple[str, str]]:
    return list(CapabilityRow.objects.filter(element=element).values_list("property", "value"))


def _listed(said: Mapping[str, str]) -> str:
    return "; ".join(f"{code} {said[code]}" for code in sorted(said))


def _require_class(element: EquipmentElement, able: Mapping[str, Capability]) -> None:
    """Refuse a class of another level, and offers beyond those of the class."""
    kind = element.equipment_class
    if kind is None:
        return
    if kind.level != element.level:
        raise DomainError(_("The class is of another level"), value=kind.level, limit=element.level)
    theirs = CapabilityRow.objects.filter(equipment_class=kind).values_list("property", "value")
    offers.narrowed(offers.read(dict(theirs)), able)


def _require_place(element: EquipmentElement, parent: EquipmentElement | None) -> None:
    """Refuse a place that its level cannot have, or that lies within itself."""
    hierarchy.require_place(element.level, None if parent is None else parent.level)
    if parent is None:
        if EquipmentElement.objects.exists():
            raise DomainError(_("The plant has an enterprise already"), value=element.tag, remedy=_("Name its parent."))
        return
    refuse_retired(parent)
    above: list[str] = []
    step: EquipmentElement | None = parent
    while step is not None:
        above.append(step.tag)
        step = step.parent
    hierarchy.require_no_loop(element.tag, above)
