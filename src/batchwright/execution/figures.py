"""Figures of batches for those who keep the plant running: how many, in which state, and what is open."""

from django.db.models import Count
from django.utils.translation import gettext as _

from batchwright.execution.exceptions import Severity
from batchwright.execution.models import Batch, BatchException
from batchwright.execution.states import State
from batchwright.kernel.figures import Figure, Values, register


def _batches() -> Values:
    found = dict(Batch.objects.order_by().values_list("state").annotate(Count("id")))
    return {state.value: found.get(state.value, 0) for state in State}


def _open_exceptions() -> Values:
    found = BatchException.objects.filter(closed_at__isnull=True).order_by()
    counted = dict(found.values_list("severity").annotate(Count("id")))
    return {severity.value: counted.get(severity.value, 0) for severity in Severity}


register(
    Figure(name="batches", words=lambda: _("Batches by state"), read=_batches, label="state"),
    Figure(
        name="exceptions_open", words=lambda: _("Open exceptions by severity"), read=_open_exceptions, label="severity"
    ),
)
