"""The commands of materials: one function per act; each checks, changes and records in one transaction."""

from batchwright.materials.services.certifying import certify_lot
from batchwright.materials.services.counting import count, count_in
from batchwright.materials.services.definitions import (
    decide_supplier,
    define_location,
    define_material,
    plan_sampling,
    register_supplier,
)
from batchwright.materials.services.filling import produce
from batchwright.materials.services.holding import decide_lot, free_container, hold_container, hold_lot, retest_lot
from batchwright.materials.services.lots import convert_lots, make_lot, receive_lot
from batchwright.materials.services.promises import allocate, allocate_from, end_allocation
from batchwright.materials.services.sampling import reconcile_lot, sample_lot
from batchwright.materials.services.stock import consume, destroy, move_container, sample, ship, split_container

__all__ = [
    "allocate",
    "allocate_from",
    "certify_lot",
    "consume",
    "convert_lots",
    "count",
    "count_in",
    "decide_lot",
    "decide_supplier",
    "define_location",
    "define_material",
    "destroy",
    "end_allocation",
    "free_container",
    "hold_container",
    "hold_lot",
    "make_lot",
    "move_container",
    "plan_sampling",
    "produce",
    "receive_lot",
    "reconcile_lot",
    "register_supplier",
    "retest_lot",
    "sample",
    "sample_lot",
    "ship",
    "split_container",
]
