"""The plant's addresses, and the peer's: a view that writes one row and answers."""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from batchwright.site.urls import handler400, handler403, handler404, handler500, urlpatterns
from benchmarks.flooring.models import PlainStep

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@csrf_exempt
@login_not_required
def plain(request: HttpRequest) -> JsonResponse:
    """Keep a step as one row: no roles, no limits, no order of steps, no record.

    Args:
        request: The request.

    Returns:
        The number of the row.
    """
    content = json.loads(request.body)
    row = PlainStep(batch=content["batch"], path=content["path"], values=content["values"], by=content["by"])
    row.save()
    return JsonResponse({"entry": row.pk})


urlpatterns = [*urlpatterns, path("bench/plain", plain)]
