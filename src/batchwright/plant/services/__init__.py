"""What people do to the plant: each function checks, changes and records in one transaction."""

from batchwright.plant.services.calibrating import approve_calibration, calibrate, check_instrument
from batchwright.plant.services.cleaning import clean_unit, clear_line, verify_cleaning, verify_clearance
from batchwright.plant.services.definitions import (
    add_equipment,
    change_equipment,
    define_class,
    define_property,
    retire_equipment,
)
from batchwright.plant.services.instruments import (
    add_instrument,
    change_instrument,
    free_instrument,
    hold_instrument,
    retire_instrument,
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
from batchwright.plant.services.weighing import take_reading

__all__ = [
    "PaperCleaning",
    "PaperQualification",
    "PaperUse",
    "add_equipment",
    "add_instrument",
    "approve_calibration",
    "begin_use",
    "calibrate",
    "change_equipment",
    "change_instrument",
    "check_instrument",
    "clean_unit",
    "clear_line",
    "close_campaign",
    "define_class",
    "define_property",
    "end_use",
    "free_instrument",
    "free_unit",
    "hold_instrument",
    "hold_unit",
    "issue_cleaning_procedure",
    "open_campaign",
    "qualify_unit",
    "retire_equipment",
    "retire_instrument",
    "return_to_service",
    "set_changeover_rule",
    "take_out",
    "take_over_unit",
    "take_reading",
    "verify_cleaning",
    "verify_clearance",
]
