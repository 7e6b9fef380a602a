"""Every address of the plant begins here; each capability brings its own below one prefix."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path


def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Say that this process answers; what stands behind it is the business of ``batchwright check``.

    Args:
        request: The request.

    Returns:
        ``{"status": "answering"}``.
    """
    return JsonResponse({"status": "answering"})


urlpatterns = [
    path("health", health, name="health"),
    path("accounts/", include("allauth.urls")),
]
