"""Refuses requests that hold the character NUL: nobody means it, and PostgreSQL keeps it in no text.

Without this the same request would be answered on SQLite and fail on PostgreSQL.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from ninja.parser import Parser

_NUL = "\x00"


class ReadableMiddleware:
    """Stands before whoever asks the database about an address, a cookie or a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = (request.path_info, *request.COOKIES.values(), *_values(request.GET))
        if any(_NUL in text for text in asked):
            raise BadRequest("NUL in the address or in a cookie")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_called: Any) -> None:
        """Look at the form as well, where there is one.

        Args:
            request: The request.
            *_called: The view and its arguments.

        Raises:
            BadRequest: If a field holds the character.
        """
        if request.method == "POST" and any(_NUL in text for text in _values(request.POST)):
            raise BadRequest("NUL in a field")


class ReadableParser(Parser):
    """Reads the body of a request to the JSON edge."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read a body.

        Args:
            request: The request.

        Returns:
            What is in it.

        Raises:
            ValueError: If a text in it holds the character; answered with 400.
        """
        said = super().parse_body(request)
        if b"\\u0000" in request.body and _holds_nul(said):
            raise ValueError("a text holds the character NUL, which cannot be kept")
        return said


def _holds_nul(said: Any) -> bool:
    if isinstance(said, dict):
        return any(_holds_nul(part) for pair in said.items() for part in pair)
    if isinstance(said, list):
        return any(_holds_nul(part) for part in said)
    return isinstance(said, str) and _NUL in said


def _values(data: Any) -> list[str]:
    return [text for key, values in data.lists() for text in (key, *values)]
