"""Around every request: a number by which it is found again, what it took, and one line in the log for machines."""

import ipaddress
import logging
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

from batchwright.record.access import actor_of
from batchwright.site import metrics
from batchwright.site.request_number import current

_log = logging.getLogger("batchwright.request")
HEADER = "X-Request-Id"
_QUIET = frozenset({"health", "metrics", "static"})
"""Asked all day by machines; only their failures are worth a line."""
_ANSWERS = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)
"""Raised to be answered with a status below 500."""


class RequestMiddleware:
    """Stands first. The number is our own: one that came from outside could be made to look like another's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.CONFIGURATION.behind_proxy:
            _take_address(request)
        number = secrets.token_hex(8)
        request.request_id = number  # type: ignore[attr-defined]
        token = current.set(number)
        began = time.perf_counter()
        try:
            with metrics.counting_database_errors():
                response = self.get_response(request)
            seconds = time.perf_counter() - began
            response.headers[HEADER] = number
            page = page_of(request)
            metrics.REQUESTS.labels(page, str(response.status_code)).inc()
            metrics.SECONDS.labels(page).observe(seconds)
            if settings.CONFIGURATION.log_format == "json" and (page not in _QUIET or response.status_code >= 400):
                _log.info("answered", extra=_line(request, response, page, seconds))
            return response
        finally:
            current.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Count a fault that no other middleware turned into an answer.

        Args:
            request: The request.
            exception: What the view raised.
        """
        if not isinstance(exception, _ANSWERS):
            metrics.FAILURES.labels(type(exception).__name__).inc()


def _take_address(request: HttpRequest) -> None:
    """Let the request come from whom the proxy says: the last of the addresses, which is the one it wrote itself.

    Otherwise everybody comes from the proxy: in the record of failed log-ins, and where their number is limited.
    """
    said = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    try:
        request.META["REMOTE_ADDR"] = str(ipaddress.ip_address(said))
    except ValueError:
        return


def page_of(request: HttpRequest) -> str:
    """Name the page that was asked for, never what it was about.

    Args:
        request: A request that was answered.

    Returns:
        Its name in the table of addresses; ``static`` or ``none`` where no page was found.
    """
    match = request.resolver_match
    if match is None:
        return "static" if request.path.startswith(settings.STATIC_URL) else "none"
    return match.view_name or match.route or "none"


def _line(request: HttpRequest, response: HttpResponse, page: str, seconds: float) -> dict[str, object]:
    """No address and no query: lots and searches stand in them; the name of the page says enough."""
    actor = actor_of(request)
    return {
        "request_id": current.get(),
        "method": request.method,
        "page": page,
        "status": response.status_code,
        "ms": round(1000 * seconds, 1),
        "actor": None if actor is None else actor.id,
        "role": None if actor is None else actor.role,
    }
