"""The typed record entries of execution; a type string is never renamed."""

from batchwright.execution.entries.batches import (
    BatchCommanded,
    BatchCreated,
    BatchDecided,
    BatchJudged,
    BatchPutAway,
    BatchRedlined,
    BatchReviewed,
    BatchWentOn,
    Happened,
)
from batchwright.execution.entries.exceptions import ExceptionAssessed, ExceptionRaised, ExceptionSigned
from batchwright.execution.entries.phases import PhaseAttempted, PhaseChecked, PhaseCorrected, PhaseSigned
from batchwright.execution.entries.weighing import LotStaged, VesselReadied, WeightRecorded, WeightReturned

__all__ = [
    "BatchCommanded", "BatchCreated", "BatchDecided", "BatchJudged", "BatchPutAway", "BatchRedlined", "BatchReviewed",
    "BatchWentOn", "ExceptionAssessed", "ExceptionRaised", "ExceptionSigned", "Happened", "LotStaged", "PhaseAttempted",
    "PhaseChecked", "PhaseCorrected", "PhaseSigned", "VesselReadied", "WeightRecorded", "WeightReturned",
]  # fmt: skip
