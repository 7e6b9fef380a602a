"""What people do to the plant: each function checks, changes and records in one transaction."""

from batchwright.plant.services.cleaning import clean_unit, clear_line, verify_cleaning, verify_clearance
from batchwright.plant.services.definitions import (
    add_equipment,
    change_equipment,
    define_class,
    define_property,
    retire_equipment,
)
from batchwright.plant.services.qualifying import (
    PaperCleaning,
    PaperQualification,
    PaperUse,
    qualify_unit,
    take_over_unit,
)
from batchwright.plant.services.rules import issue_cleaning_procedure, set_changeover_rule
from batchwright.plant.services.use import (
    begin_use,
    close_campaign,
    end_use,
    free_unit,
    hold_unit,
    open_campaign,
    return_to_service,
    take_out,
)

__all__ = [
    "PaperCleaning",
    "PaperQualification",
    "PaperUse",
    "add_equipment",
    "begin_use",
    "change_equipment",
    "clean_unit",
    "clear_line",
    "close_campaign",
    "define_class",
    "define_property",
    "end_use",
    "free_unit",
    "hold_unit",
    "issue_cleaning_procedure",
    "open_campaign",
    "qualify_unit",
    "retire_equipment",
    "return_to_service",
    "set_changeover_rule",
    "take_out",
    "take_over_unit",
    "verify_cleaning",
    "verify_clearance",
]
