"""The JSON edge of the plant, below `/api/`: every capability's router, and errors with value, limit and remedy."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from batchwright.execution import telling
from batchwright.execution.api import router as execution_router
from batchwright.execution.services import AttemptRefused
from batchwright.execution.stock_api import router as stock_router
from batchwright.kernel.errors import BatchwrightError, Unavailable
from batchwright.materials.api import router as materials_router
from batchwright.people.api import router as people_router
from batchwright.people.permissions import Refused
from batchwright.plant.api import router as plant_router
from batchwright.recipes.api import router as recipes_router
from batchwright.record.access import actor_of, reader, requires_action
from batchwright.record.api import router as record_router
from batchwright.record.outcomes import Crossed, Stale
from batchwright.site.described import PlantAPI
from batchwright.site.forecast_api import router as forecast_router
from batchwright.site.readable import ReadableParser
from batchwright.site.web import now


def signed_in(request: HttpRequest) -> Any:
    """Answer whether somebody is signed in; machines use a log-in of their own.

    Args:
        request: The request.

    Returns:
        The actor, or None, which is answered with 401.
    """
    return actor_of(request)


# The interactive page of ninja loads scripts from elsewhere; the description itself is served.
api = PlantAPI(
    title="Batchwright", version="1", docs_url=None, auth=signed_in, urls_namespace="api", parser=ReadableParser()
)
api.add_router("/record", record_router)
api.add_router("/people", people_router)
api.add_router("/plant", plant_router)
api.add_router("/materials", materials_router)
api.add_router("/recipes", recipes_router)
api.add_router("/batches", execution_router)
api.add_router("/batches", stock_router)
api.add_router("/batches", forecast_router)


@api.get("/now", tags=["now"], summary="What is running, late or wrong, suite by suite")
@requires_action("batch.read")
def what_goes_on(request: HttpRequest) -> dict[str, Any]:
    """Tell the plant suite by suite; a sponsor's people are told of the own batches alone."""
    return now.told(now.now_of(reader(request)))


@api.exception_handler(BatchwrightError)
def refused(request: HttpRequest, error: BatchwrightError) -> HttpResponse:
    """Answer what the plant refuses, with the parts of the error."""
    status = 409 if isinstance(error, Stale | Crossed) else 403 if isinstance(error, Refused) else 400
    said = {"message": error.message, "value": error.value, "limit": error.limit, "remedy": error.remedy}
    return api.create_response(request, said, status=503 if isinstance(error, Unavailable) else status)


@api.exception_handler(AttemptRefused)
def kept(request: HttpRequest, error: AttemptRefused) -> HttpResponse:
    """Answer an attempt that was refused and is on record, with every reason."""
    return api.create_response(request, telling.of_refused(error), status=422)


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    """Answer an action that the role does not hold."""
    said = {"message": "Your role does not hold this action", "value": str(error), "limit": None, "remedy": ""}
    return api.create_response(request, said, status=403)
