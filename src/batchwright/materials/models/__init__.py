"""The tables of materials, with what the database itself refuses.

Amounts are whole millionths of a definition's unit (`batchwright.materials.amounts`). Check constraints stand in the
classes; what takes more than one row stands in `batchwright.materials.rules`.
"""

from batchwright.materials.models.definitions import Approval, Definition, Kind, Location, SamplingPlan, Supplier
from batchwright.materials.models.lots import Descent, DescentKind, Lot, Origin, Status
from batchwright.materials.models.stock import Allocation, Container, Movement, MovementKind

__all__ = [
    "Allocation",
    "Approval",
    "Container",
    "Definition",
    "Descent",
    "DescentKind",
    "Kind",
    "Location",
    "Lot",
    "Movement",
    "MovementKind",
    "Origin",
    "SamplingPlan",
    "Status",
    "Supplier",
]  # fmt: skip
