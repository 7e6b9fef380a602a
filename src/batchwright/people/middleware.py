"""Who asks: puts the acting person on every request, ends sessions at their limits, and lets nobody in by default."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.people import access, passwords, sessions
from batchwright.people.adapters.accounts import ROLE_KEY, session_of
from batchwright.people.models import PlantSession
from batchwright.people.permissions import Refused

API_PREFIX = "/api/"
Answer = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Sets ``request.actor``, ``request.may`` and ``request.plant_session``; stands behind allauth's middleware.

    A view is for signed-in people unless it is marked with Django's ``login_not_required``.
    """

    def __init__(self, get_response: Answer) -> None:
        """Keep what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach the person, then answer."""
        nobody: Any = request
        nobody.actor, nobody.plant_session, nobody.may, nobody.session_over = None, None, _nothing, None
        if request.user.is_authenticated:
            nobody.session_over = attach(request)
        if nobody.actor is not None and request.method in ("GET", "HEAD"):
            with access.one_look(nobody.actor):
                return self.get_response(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], given: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Send strangers to the log-in page, and people with an outlived password to its page."""
        if not request.user.is_authenticated:
            if not getattr(view, "login_required", True):
                return None
            over: HttpResponse | None = getattr(request, "session_over", None)
            if over is not None:
                return over
            if request.path.startswith(API_PREFIX):
                return JsonResponse({"message": _("Sign in first.")}, status=401)
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        reason = passwords.must_change(request.user)
        if reason and request.path not in (reverse("people:password"), reverse("account_logout")):
            if request.path.startswith(API_PREFIX):
                return JsonResponse({"message": reason}, status=403)
            return HttpResponseRedirect(reverse("people:password"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what a rule refuses with a page that says why and who may; what is stale with who changed it."""
        if isinstance(exception, Refused):
            return render(request, "403.html", {"said": exception}, status=403)
        if isinstance(exception, record.Stale):
            back = request.META.get("HTTP_REFERER", "/")
            return render(request, "409.html", {"said": exception, "back": back}, status=409)
        return None


def _asked_once(actor: record.Actor) -> Callable[[str], bool]:
    """Answer a whole page, which asks for every button, from one look; what changes a row asks `authorize` itself."""
    held = cache(lambda: access.held(actor))
    return lambda action: action in held()


def _nothing(action: str) -> bool:  # noqa: ARG001 - nobody may do anything
    return False


def attach(request: HttpRequest) -> HttpResponse | None:
    """Attach the acting person to a request of a signed-in browser.

    Args:
        request: The request.

    Returns:
        None, or the way to the log-in page if the session is over.
    """
    session = session_of(request)
    if session is None or session.user_id != request.user.pk:
        return _over(request, _("Sign in again."))
    why = sessions.why_over(session)
    if why:
        return _end(request, session, why)
    try:
        actor = access.actor_of(session.user, str(request.session.get(ROLE_KEY, "")))
    except Refused:
        return _end(request, session, "role withdrawn")
    attached: Any = request
    attached.actor, attached.plant_session = actor, session
    attached.may = _asked_once(actor)
    # A fragment that polls does not mean that somebody is there.
    if not request.headers.get("HX-Request"):
        sessions.saw(session)
    return None


def _end(request: HttpRequest, session: PlantSession, why: str) -> HttpResponse:
    if session.ended_at is None:
        sessions.end_session(session=session, why=why)
    words = {
        "idle": _("You were signed out because nothing was done for a while."),
        "absolute": _("You were signed out because the session reached its longest time."),
        "disabled": _("This log-in is disabled or has expired."),
        "role withdrawn": _("The role you acted in was withdrawn. Sign in again."),
    }
    return _over(request, words.get(why, _("This session was ended elsewhere.")))


def _over(request: HttpRequest, words: str) -> HttpResponse:
    logout(request)
    if request.path.startswith(API_PREFIX):
        return JsonResponse({"message": words}, status=401)
    messages.warning(request, words)
    if request.method == "GET":
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    return HttpResponseRedirect(reverse(settings.LOGIN_URL))
