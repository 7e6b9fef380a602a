"""Entries about what the plant is and what its equipment offers."""

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


@record.entry_type("equipment_property.defined/1")
class PropertyDefined(record.EntryData):
    """A word for what equipment can offer came into use at this site."""

    code: str
    title: str
    kind: str
    unit: str = "1"
    words: list[str] = []

    def sentence(self) -> str:
        return _("Property %(code)s (%(title)s, a %(kind)s) defined") % dict(self)


@record.entry_type("equipment_class.defined/1")
class ClassDefined(record.EntryData):
    """A class of equipment was defined, with what its units offer."""

    code: str
    name: str
    level: str
    offers: dict[str, str] = {}

    def sentence(self) -> str:
        return _("Equipment class %(code)s %(name)s defined") % dict(self)


@record.entry_type("equipment.added/1")
class EquipmentAdded(record.EntryData):
    """An element took its place in the plant."""

    tag: str
    name: str
    level: str
    parent: str = ""
    equipment_class: str = ""
    offers: dict[str, str] = {}

    def sentence(self) -> str:
        if not self.parent:
            return _("%(tag)s %(name)s added") % dict(self)
        return _("%(tag)s %(name)s added to %(parent)s") % dict(self)


@record.entry_type("equipment.changed/1")
class EquipmentChanged(record.EntryData):
    """What is said of an element was changed: its name, place or what it offers."""

    reason_required: ClassVar[bool] = True
    tag: str
    before: dict[str, str]
    after: dict[str, str]

    def sentence(self) -> str:
        changes = [f"{name}: {self.before.get(name) or '-'} -> {new or '-'}" for name, new in self.after.items()]
        return _("%(tag)s changed (%(changes)s)") % {"tag": self.tag, "changes": ", ".join(changes)}


@record.entry_type("equipment.retired/1")
class EquipmentRetired(record.EntryData):
    """An element left the plant; its history stays."""

    reason_required: ClassVar[bool] = True
    tag: str

    def sentence(self) -> str:
        return _("%(tag)s retired") % dict(self)


@record.entry_type("cleaning_procedure.issued/1")
class CleaningProcedureIssued(record.EntryData):
    """An edition of how a class of units is cleaned, effective from a day on."""

    code: str
    edition: str
    title: str
    equipment_class: str
    kind: str
    clean_hold_minutes: int | None = None
    dirty_hold_minutes: int | None = None
    effective_at: datetime

    def sentence(self) -> str:
        said = _("Cleaning procedure %(code)s, edition %(edition)s (%(kind)s) issued for %(equipment_class)s")
        return said % dict(self)


@record.entry_type("changeover_rule.set/1")
class ChangeoverRuleSet(record.EntryData):
    """What a class of units asks for between batches, effective from a day on."""

    reason_required: ClassVar[bool] = True
    equipment_class: str
    same_product: str
    other_product: str
    campaign_batches: int | None = None
    campaign_days: int | None = None
    needs_clearance: bool
    effective_at: datetime

    def sentence(self) -> str:
        return _(
            "Changeover of %(equipment_class)s: same product %(same_product)s, other product %(other_product)s"
        ) % dict(self)
