"""The commands of execution: one function per act; each checks, changes and records in one transaction."""

from batchwright.execution.services.commanding import NothingMoved, answer_question, command_batch, go_on
from batchwright.execution.services.creating import control_for, create_batch
from batchwright.execution.services.dispensing import ready_vessel, stage_lot
from batchwright.execution.services.performing import AttemptRefused, Put, check, correct, perform
from batchwright.execution.services.returning import return_weight
from batchwright.execution.services.weights import WeightPut, record_weight

__all__ = [
    "AttemptRefused", "NothingMoved", "Put", "WeightPut", "answer_question", "check", "command_batch", "control_for",
    "correct", "create_batch", "go_on", "perform", "ready_vessel", "record_weight", "return_weight", "stage_lot",
]  # fmt: skip
