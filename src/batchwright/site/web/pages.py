"""The shell's own pages: what needs me, find, light or dark."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from batchwright import record
from batchwright.record.access import reader, requires
from batchwright.record.web.presentation import by_day
from batchwright.site.web import finding, needs
from batchwright.site.web.frame import THEMES

YEAR = 365 * 24 * 3600
_LATEST = 8


@require_GET
@requires("account.use")
def home(request: HttpRequest) -> HttpResponse:
    """What needs me? And what did I last do?"""
    actor = reader(request)
    mine = record.entries_visible_to(actor).filter(actor=actor.id).order_by("-seq")[:_LATEST]
    return render(request, "shell/home.html", {"needs": needs.needs_of(actor), "mine": by_day(mine), "actor": actor})


@require_GET
@requires("record.read")
def find(request: HttpRequest) -> HttpResponse:
    """Where is what I typed or scanned?"""
    found = finding.find(request.GET.get("q", ""), reader(request))
    if found.exact:
        return redirect(found.exact)
    return render(request, "shell/find.html", {"found": found, "find_text": found.text})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark on this device; for browsers without script."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    answer = redirect(wanted if safe else "/")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer
