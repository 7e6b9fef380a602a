"""The tables of execution, with what the database itself refuses.

Check constraints stand in the classes; what takes more than one row, or the row as it was, stands in
`batchwright.execution.rules`.
"""

from batchwright.execution.models.attempts import Answer, Attempt, AttemptKind, Verdict, Weighing
from batchwright.execution.models.batches import Batch, ControlText, Run
from batchwright.execution.models.exceptions import BatchException, Judgement
from batchwright.execution.models.vessels import CleanAs, Vessel

__all__ = [
    "Answer", "Attempt", "AttemptKind", "Batch", "BatchException", "CleanAs", "ControlText", "Judgement", "Run",
    "Verdict", "Vessel", "Weighing",
]  # fmt: skip
