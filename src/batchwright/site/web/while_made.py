"""The page of a demo whose plant is being made.

The web process answers from the first seconds on, at the address that the plant is going to have. Until the whole plant
stands in its folder every page is this one, which asks again by itself; nothing of a plant that is half made is shown.
"""

import threading
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from batchwright.site import making, plant_time, start
from batchwright.site.making import Progress
from batchwright.site.web.errors import JSON_EDGE

AGAIN_SECONDS: Final = 2
"""After how long a page asks again."""


class WhileItIsMade:
    """Middleware: answers for the plant until it is there; then this process takes it over, and goes on as any other.

    Args:
        get_response: What answers when the plant is there.

    Raises:
        MiddlewareNotUsed: If the plant is there already.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not making.goes_on():
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._is_there = False
        self._mutex = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._is_there:
            progress = making.seen(settings.CONFIGURATION.plant_folder)
            if progress is not None:
                return _page(request, progress)
            self._take_over()
        return self.get_response(request)

    def _take_over(self) -> None:
        """What a web process does before it answers: see the plant's time, and that nothing is wrong with the plant."""
        with self._mutex:
            if not self._is_there:
                plant_time.install(settings.CONFIGURATION)
                start.require()
                self._is_there = True


def _page(request: HttpRequest, progress: Progress) -> HttpResponse:
    if request.path.startswith(JSON_EDGE):
        answer: HttpResponse = JsonResponse({"detail": progress.sentence}, status=503)
    else:
        context = {"progress": progress, "again": AGAIN_SECONDS}
        answer = render(request, "making.html", context, status=503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - asked every two seconds, and no error
    answer.headers["Retry-After"] = str(AGAIN_SECONDS)
    answer.headers["Cache-Control"] = "no-store"
    return answer
