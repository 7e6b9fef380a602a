"""The tables of the plant. What is computed from them, and with which rule of which day, stands in the pure modules."""

from batchwright.plant.models.hierarchy import (
    Capability,
    EquipmentClass,
    EquipmentElement,
    EquipmentProperty,
    Level,
    PropertyKind,
)
from batchwright.plant.models.use import (
    Campaign,
    ChangeoverRule,
    Cleaning,
    CleaningKind,
    CleaningProcedure,
    LineClearance,
    LineKind,
    LogbookLine,
    Qualification,
    QualificationKind,
    State,
    UnitState,
    Use,
)

__all__ = [
    "Campaign",
    "Capability",
    "ChangeoverRule",
    "Cleaning",
    "CleaningKind",
    "CleaningProcedure",
    "EquipmentClass",
    "EquipmentElement",
    "EquipmentProperty",
    "Level",
    "LineClearance",
    "LineKind",
    "LogbookLine",
    "PropertyKind",
    "Qualification",
    "QualificationKind",
    "State",
    "UnitState",
    "Use",
]  # fmt: skip
