"""The commands of execution: one function per act; each checks, changes and records in one transaction."""

from batchwright.execution.services.commanding import NothingMoved, answer_question, command_batch, go_on
from batchwright.execution.services.creating import control_for, create_batch
from batchwright.execution.services.machinery import CLOCK, run_modules, watch_the_clock
from batchwright.execution.services.performing import AttemptRefused, Put, check, correct, perform

__all__ = [
    "CLOCK", "AttemptRefused", "NothingMoved", "Put", "answer_question", "check", "command_batch", "control_for",
    "correct", "create_batch", "go_on", "perform", "run_modules", "watch_the_clock",
]  # fmt: skip
