"""The forecast's place on the page of a batch."""

from django.utils.translation import gettext as _

from batchwright.execution import observing, panels
from batchwright.execution.plan import Plan


def _applies(plan: Plan) -> bool:
    return observing.twin_of(plan) is not None


def plug_in() -> None:
    """Put the forecast on the page of batches whose recipe names a twin."""
    panels.register(
        panels.Panel("forecast", lambda: _("Forecast"), "batch_forecast_short", "batch_forecast", _applies)
    )
