"""The forecast of a batch at the JSON edge, below ``/api/batches``."""

from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from batchwright.execution import queries
from batchwright.people.web.acting import actor_of
from batchwright.site import forecast_telling
from batchwright.site.forecasting import forecast_of

router = Router(tags=["batches"])


@router.get("/{number}/forecast")
def forecast(request: HttpRequest, number: str, known_until_h: float | None = None) -> dict[str, Any]:
    """Give what the twin of a batch's recipe forecasts, or why it does not.

    Args:
        request: The request.
        number: Number of the batch.
        known_until_h: Age of the latest sample that the forecast may know, in hours; by default the latest one.

    Returns:
        The forecast with the hash of the frozen model that made it.
    """
    batch = queries.batch(actor_of(request), number)
    if batch is None or (known_until_h is not None and not 0 <= known_until_h <= 100_000):
        raise Http404
    known = None if known_until_h is None else Fraction(known_until_h)
    found = forecast_of(actor_of(request), batch, known)
    if found is None:
        raise Http404
    return forecast_telling.as_json(found)
