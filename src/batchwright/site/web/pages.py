"""The shell's own pages: what goes on now, find, light or dark."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from batchwright import record
from batchwright.people import permissions
from batchwright.record.access import reader, requires
from batchwright.record.web.presentation import by_day
from batchwright.site.web import day, finding, needs, now
from batchwright.site.web import tour as guide
from batchwright.site.web.frame import THEMES
from batchwright.site.web.starts import starts_of

YEAR = 365 * 24 * 3600
_TOUR = 24 * 3600
_LATEST = 8


@require_GET
@requires("account.use")
def home(request: HttpRequest) -> HttpResponse:
    """What is running, what is late, what is wrong? What needs me? And what did I last do?"""
    actor = reader(request)
    seen = now.now_of(actor)
    mine = record.entries_visible_to(actor).filter(actor=actor.id).order_by("-seq")[:_LATEST]
    return render(
        request, "shell/home.html",
        {
            "seen": seen, "strips": _strips(actor, seen), "needs": needs.kept_needs(actor), "mine": by_day(mine),
            "actor": actor, "starts": starts_of(actor), "changes_nothing": permissions.role(actor.role).read_only,
            "day_aside": _("20 hours back, 4 ahead"),
            "day_title": _("The plant's day") if seen.has_units else _("The day"),
        },
    )  # fmt: skip


@require_GET
@requires("batch.read")
def now_rows(request: HttpRequest) -> HttpResponse:
    """What is running, what is late, what is wrong? As a fragment, asked for again and again."""
    return render(request, "shell/now_rows.html", {"seen": now.now_of(reader(request))})


@require_GET
@requires("batch.read")
def now_day(request: HttpRequest) -> HttpResponse:
    """Which batch was in which unit when? As a fragment."""
    actor = reader(request)
    return render(request, "shell/day.html", {"strips": _strips(actor, now.now_of(actor))})


def _strips(actor: record.Actor, seen: now.Now) -> list[day.Strip]:
    return day.strips(actor, seen, timezone.get_default_timezone())


@require_GET
@requires("record.read")
def find(request: HttpRequest) -> HttpResponse:
    """Where is what I typed or scanned?"""
    found = finding.find(request.GET.get("q", ""), reader(request))
    if found.exact:
        return redirect(found.exact)
    return render(request, "shell/find.html", {"found": found, "find_text": found.text})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("batch.read")
def tour(request: HttpRequest) -> HttpResponse:
    """What is there to see? Seven steps; where one stands is kept on this device."""
    actor = reader(request)
    if request.method != "POST":
        return render(request, "shell/tour.html", {"steps": guide.steps_of(actor)})
    asked = request.POST.get("go", "")
    if asked in guide.NUMBERS:
        answer = redirect(guide.step_of(actor, int(asked)).stop.href)
        answer.set_cookie(guide.COOKIE, asked, max_age=_TOUR, samesite="Lax", secure=request.is_secure())
        return answer
    answer = redirect(_safe(request, reverse("home")))
    answer.delete_cookie(guide.COOKIE, samesite="Lax")
    return answer


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark on this device; for browsers without script."""
    answer = redirect(_safe(request, "/"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer


def _safe(request: HttpRequest, otherwise: str) -> str:
    """Where somebody wants to go next, if that is a page of this plant."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else otherwise
