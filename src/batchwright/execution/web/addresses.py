"""Addresses that more than one page of a batch leads to."""

from django.urls import reverse

from batchwright.execution.models import Run
from batchwright.execution.states import State

_NOT_CORRECTED = frozenset({"dispense", "sign", "repeat"})


def step_address(run: Run) -> str:
    """Give the page on which a step is performed.

    Args:
        run: Its run, with its batch.

    Returns:
        The address; "" where the run does not stand on the floor.
    """
    if run.state != State.RUNNING or run.level != "phase":
        return ""
    return reverse("execution:step", args=[run.batch.number, run.path])


def correct_address(run: Run) -> str:
    """Give the page on which what a step left is corrected.

    Args:
        run: Its run, with its batch.

    Returns:
        The address; "" where nothing is corrected: weights are given back, signatures and rounds are not.
    """
    if run.state != State.COMPLETE or run.level != "phase" or run.skipped or run.kind in _NOT_CORRECTED:
        return ""
    return reverse("execution:correct", args=[run.batch.number, run.path])
