"""Rows that the constraints of the plant's tables take; `tests.gmp.filling` asks for them."""

from batchwright.plant.models import (
    Calibration,
    Capability,
    Cleaning,
    EquipmentClass,
    EquipmentElement,
    Instrument,
    LineClearance,
)
from batchwright.record.open_entry import OpenEntry
from tests.gmp.filling import fill, plain, row_of


@row_of(EquipmentElement)
def element(entry: OpenEntry) -> EquipmentElement:
    """What stands by itself."""
    return plain(entry, EquipmentElement, level="enterprise", parent=None)


@row_of(Capability)
def capability(entry: OpenEntry) -> Capability:
    """What a class offers."""
    return plain(entry, Capability, equipment_class=fill(entry, EquipmentClass), element=None)


@row_of(Cleaning)
def cleaning(entry: OpenEntry) -> Cleaning:
    """A cleaning that another person verified."""
    return plain(entry, Cleaning, cleaned_by="one", verified_by="another")


@row_of(LineClearance)
def clearance(entry: OpenEntry) -> LineClearance:
    """A clearance that another person verified."""
    return plain(entry, LineClearance, cleared_by="one", verified_by="another")


@row_of(Calibration)
def calibration(entry: OpenEntry) -> Calibration:
    """A calibration that another person approved."""
    return plain(entry, Calibration, performed_by="one", approved_by="another")


@row_of(Instrument)
def instrument(entry: OpenEntry) -> Instrument:
    """One that is read by a person."""
    return plain(entry, Instrument, protocol="", host="", port=None)
