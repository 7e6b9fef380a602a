"""Errors of the plant become pages that help: value, limit and remedy, and the status a machine understands."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from batchwright.kernel.errors import BadInput, BatchwrightError, DomainError, Unavailable
from batchwright.people.permissions import Refused
from batchwright.record.outcomes import Stale
from batchwright.site.web import errors


class ErrorPages:
    """Middleware: what a service refuses and no form shows beside its field becomes a page of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer an error that a view did not.

        Args:
            request: The request.
            exception: What the view raised.

        Returns:
            The page; None for a bug, which Django logs and answers with 500.
        """
        if not isinstance(exception, BatchwrightError):
            return None
        name, status = _page_of(exception)
        back = request.path if request.method == "GET" else request.headers.get("Referer", "/")
        return errors.page(request, name, status, said=exception, back=back) if name else None


def _page_of(error: BatchwrightError) -> tuple[str, int]:
    if isinstance(error, Stale):
        return "409.html", 409
    if isinstance(error, Refused):
        return "403.html", 403
    if isinstance(error, Unavailable):
        return "503.html", 503
    return ("400.html", 400) if isinstance(error, DomainError | BadInput) else ("", 500)
