"""Addresses that more than one page of a batch leads to."""

from urllib.parse import quote

from django.urls import reverse

from batchwright.execution.models import Run
from batchwright.execution.states import State


def step_address(run: Run) -> str:
    """Give the page on which a step is performed.

    Args:
        run: Its run, with its batch.

    Returns:
        The address; "" where the run does not stand on the floor.
    """
    if run.state != State.RUNNING or run.level != "phase":
        return ""
    return f"{reverse('execution:batch', args=[run.batch.number])}step/{quote(run.path, safe='/~')}/"
