"""While the plant of a demo is being made: how far that is, and the page that says so until the plant is there.

The web process answers from the first seconds on, at the address that the plant is going to have. Until the whole plant
stands in its folder every page is this one, which asks again by itself; nothing of a plant that is half made is shown.
A file in the plant folder says how far it is; it is there only as long as ``batchwright demo`` makes the plant.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from batchwright.site import plant_time, start
from batchwright.site.web.errors import JSON_EDGE

FILE: Final = "making.json"
AGAIN_SECONDS: Final = 2
"""After how long a page asks again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the plant is.

    Attributes:
        part: What is being made: ``begun``, ``tables``, one of the capabilities, ``lots``, or ``days`` for its past.
        day: The day of its past that is played through; 0 before.
        days: How many days its past has; 0 while that is not known.
    """

    part: str = "begun"
    day: int = 0
    days: int = 0

    @property
    def sentence(self) -> str:
        """What is being made, in the reader's language."""
        if self.part == "days":
            return _("Playing through its past: day %(day)s of %(days)s.") % {"day": self.day, "days": self.days}
        return {
            "tables": _("Laying out its tables and guarding them."),
            "people": _("Enrolling its people and training them."),
            "plant": _("Qualifying its units and calibrating its instruments."),
            "materials": _("Setting up its materials and its store."),
            "recipes": _("Writing, reviewing and approving its recipes."),
            "lots": _("Taking over the lots of what was made before."),
        }.get(self.part, _("Starting."))


def tell(file: Path, progress: Progress) -> None:
    """Say how far the plant is.

    Args:
        file: Where that is said.
        progress: How far.
    """
    passing = file.with_suffix(".new")
    passing.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    passing.replace(file)


def seen(folder: Path) -> Progress | None:
    """See how far a plant is.

    Args:
        folder: Its folder.

    Returns:
        How far it is; None where no plant is being made there.
    """
    try:
        return Progress(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def goes_on() -> bool:
    """Say whether the plant of this process is being made: that of a demo alone ever is.

    Returns:
        Whether it is.
    """
    return bool(settings.CONFIGURATION.demo) and seen(settings.CONFIGURATION.plant_folder) is not None


class WhileItIsMade:
    """Middleware: answers for the plant until it is there; then this process takes it over, and goes on as any other.

    Args:
        get_response: What answers when the plant is there.

    Raises:
        MiddlewareNotUsed: If the plant is there already.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not goes_on():
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._is_there = False
        self._mutex = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._is_there:
            progress = seen(settings.CONFIGURATION.plant_folder)
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
