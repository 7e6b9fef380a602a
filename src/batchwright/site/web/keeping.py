"""For those who keep the plant running: figures for a monitoring system, and the same in words."""

import hmac
import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from batchwright.kernel.figures import Figure, registered
from batchwright.record.access import requires
from batchwright.site import checks, metrics
from batchwright.site.start import Finding
from batchwright.site.web import figure_words

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@login_not_required
@require_GET
def prometheus(request: HttpRequest) -> HttpResponse:
    """The figures and counts in the Prometheus text format, for a program of this machine or one with the token.

    Args:
        request: The request.

    Returns:
        The text; 403 with the reason for everybody else.
    """
    if not _may_measure(request):
        said = "Figures are given to programs of this machine, and to those that send the token (metrics_token).\n"
        return HttpResponse(said, status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE)


def _may_measure(request: HttpRequest) -> bool:
    token = settings.CONFIGURATION.metrics_token.get_secret_value()
    said = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(said.encode(), f"Bearer {token}".encode()):
        return True
    # Behind a proxy everybody comes from this machine.
    if settings.CONFIGURATION.behind_proxy or token:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One figure in words."""

    words: str
    name: str
    values: tuple[tuple[str, str], ...]
    """What it is told apart by ("" where by nothing), and the value."""


@require_GET
@requires("site.watch")
def health(request: HttpRequest) -> HttpResponse:
    """Does the plant's system run as it should, and what is to be done?"""
    findings = checks.look(running=True, ask_web=False)  # it answers: this page is its answer
    wrong = [one for one in findings if not one.fine]
    noted = [one for one in findings if one.fine and one.remedy]
    summary = metrics.Summary()
    context = {
        "wrong": wrong, "noted": noted, "fine": [one for one in findings if one.fine and not one.remedy],
        "verdict": _verdict(wrong, noted), "tone": "stop" if wrong else "attention" if noted else "done",
        "single": [_row(figure) for figure in registered() if not figure.label],
        "grouped": [_row(figure) for figure in registered() if figure.label],
        "requests": sorted(summary.requests().items()),
        "slowest": [(page, number, f"{1000 * mean:,.0f}") for page, number, mean in summary.slowest()],
        "errors": sorted(summary.errors("failures").items()),
        "database_errors": sorted(summary.errors("database_errors").items()),
    }  # fmt: skip
    return render(request, "keeping/health.html", context)


def _verdict(wrong: list[Finding], noted: list[Finding]) -> str:
    if wrong:
        return _("Something must be mended.")
    return _("It runs; something is to be looked after.") if noted else _("It runs as it should.")


def _row(figure: Figure) -> _Row:
    read = sorted(figure.read().items())
    values = tuple((label, figure_words.value(figure.name, number)) for label, number in read if number or not label)
    return _Row(words=figure.words(), name=metrics.PREFIX + figure.name, values=values)
