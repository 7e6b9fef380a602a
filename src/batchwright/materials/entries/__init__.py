"""What the acts of materials leave in the record. A type is never renamed; new facts take a new version beside it."""

from batchwright.materials.entries.lots import (
    ContainerFreed,
    ContainerHeld,
    LotCertified,
    LotConverted,
    LotDecided,
    LotHeld,
    LotMade,
    LotReceived,
    LotRetested,
)
from batchwright.materials.entries.migration import FileImported, LotsMigrated, MaterialsMigrated
from batchwright.materials.entries.quality import LotReconciled, LotSampled, SamplingPlanned
from batchwright.materials.entries.stock import (
    AllocationEnded,
    ContainerMoved,
    MaterialAllocated,
    MaterialConsumed,
    MaterialCounted,
    MaterialDestroyed,
    MaterialSampled,
    MaterialShipped,
    MaterialTransferred,
)
from batchwright.materials.entries.terms import LocationDefined, MaterialDefined, SupplierDecided, SupplierRegistered

__all__ = [
    "AllocationEnded",
    "ContainerFreed",
    "ContainerHeld",
    "ContainerMoved",
    "FileImported",
    "LocationDefined",
    "LotCertified",
    "LotConverted",
    "LotDecided",
    "LotHeld",
    "LotMade",
    "LotReceived",
    "LotReconciled",
    "LotRetested",
    "LotSampled",
    "LotsMigrated",
    "MaterialAllocated",
    "MaterialConsumed",
    "MaterialCounted",
    "MaterialDefined",
    "MaterialDestroyed",
    "MaterialSampled",
    "MaterialShipped",
    "MaterialTransferred",
    "MaterialsMigrated",
    "SamplingPlanned",
    "SupplierDecided",
    "SupplierRegistered",
]
