"""Pages for what went wrong. Each says what, why, and what to do; none shows the inside of the plant."""

from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template import loader

from batchwright.kernel.errors import BatchwrightError
from batchwright.record.access import actor_of, may

JSON_EDGE: Final = "/api/"


def page(request: HttpRequest, name: str, status: int, **context: Any) -> HttpResponse:
    """Answer with an error page, inside the frame where somebody is signed in; machines get no page.

    Args:
        request: The request.
        name: The template.
        status: The status.
        **context: What the page shows.

    Returns:
        The page; below the JSON edge the same in JSON.
    """
    if request.path.startswith(JSON_EDGE):
        return JsonResponse({"detail": HTTPStatus(status).phrase}, status=status)
    base = "shell/entrance.html" if actor_of(request) is None else "shell/base.html"
    # Whoever performs steps sees here, too, what the tablet keeps: a step that is not open yet answers 404.
    performs = may(request, "step.perform")
    return render(request, name, {"base": base, "performs": performs, **context}, status=status)


def refused_as_bad(request: HttpRequest, exception: BaseException) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """400: the request cannot be read."""
    return page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """403: the role does not hold the action; a refusal of ours says who may."""
    said = exception if isinstance(exception, BatchwrightError) else getattr(exception, "__cause__", None)
    return page(request, "403.html", 403, said=said if isinstance(said, BatchwrightError) else None)


def not_found(request: HttpRequest, exception: BaseException) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404: not there, or not for this reader; the page cannot tell which, on purpose."""
    return page(request, "404.html", 404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: a bug of ours; the page stands without database, session and frame."""
    number = getattr(request, "request_id", "")
    return HttpResponseServerError(loader.render_to_string("500.html", {"request_id": number}))
