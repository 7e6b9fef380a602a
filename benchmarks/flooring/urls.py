"""The plant's addresses, and the peers': a view that writes one row, and one that reads twenty rows into a template."""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
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


@login_not_required
def plain_page(request: HttpRequest) -> HttpResponse:
    """Show steps: one SELECT and one template, nobody is asked who he is.

    Args:
        request: The request.

    Returns:
        The page.
    """
    return render(request, "flooring/plain.html", {"steps": PlainStep._default_manager.order_by("id")[:20]})


urlpatterns = [*urlpatterns, path("bench/plain", plain), path("bench/plain-page", plain_page)]
