"""The commands of execution: one function per act; each checks, changes and records in one transaction."""

from batchwright.execution.services.checking import check, correct
from batchwright.execution.services.commanding import NothingMoved, answer_question, command_batch, go_on
from batchwright.execution.services.creating import control_for, create_batch
from batchwright.execution.services.dispensing import ready_vessel, stage_lot
from batchwright.execution.services.excepting import (
    BY_HAND,
    assess_exception,
    next_meaning,
    raise_exception,
    sign_exception,
)
from batchwright.execution.services.machinery import CLOCK, run_modules, watch_the_clock
from batchwright.execution.services.performing import AttemptRefused, Put, perform
from batchwright.execution.services.putting_away import put_away
from batchwright.execution.services.redlining import redline, told
from batchwright.execution.services.returning import return_weight
from batchwright.execution.services.reviewing import (
    judge_check,
    judgements_of,
    review_batch,
    review_of,
    shown_for_review,
)
from batchwright.execution.services.signing import meaning_of, shown_for_step, sign_step
from batchwright.execution.services.weights import WeightPut, record_weight

__all__ = [
    "BY_HAND", "CLOCK", "AttemptRefused", "NothingMoved", "Put", "WeightPut", "answer_question", "assess_exception",
    "check", "command_batch", "control_for", "correct", "create_batch", "go_on", "judge_check", "judgements_of",
    "meaning_of", "next_meaning", "perform", "put_away", "raise_exception", "ready_vessel", "record_weight", "redline",
    "return_weight", "review_batch", "review_of", "run_modules", "shown_for_review", "shown_for_step", "sign_exception",
    "sign_step", "stage_lot", "told", "watch_the_clock",
]  # fmt: skip
