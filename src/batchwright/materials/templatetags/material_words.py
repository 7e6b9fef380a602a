"""What the pages of materials show of amounts and statuses: `{% load material_words %}`."""

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from batchwright.materials import amounts, reconciliation, statuses
from batchwright.materials.models import Lot, MovementKind, Status
from batchwright.materials.services.common import fitness_of, today

register = template.Library()
_TONES = {"quarantine": "waiting", "approved": "normal", "hold": "attention", "rejected": "stop"}


@register.filter
def amount(stored: int, lot: Lot) -> SafeString:
    """Write an amount of a lot, its unit in lighter ink.

    Args:
        stored: Millionths of the unit.
        lot: The lot, or what else has its definition.

    Returns:
        The amount.
    """
    return _written(stored, lot.definition.unit)


@register.filter
def amount_in(stored: int, unit: str) -> SafeString:
    """Write an amount in a unit; nothing as a dash.

    Args:
        stored: Millionths of the unit.
        unit: UCUM code.

    Returns:
        The amount.
    """
    return _written(stored, unit) if stored else SafeString("\N{EN DASH}")


def _written(stored: int, unit: str) -> SafeString:
    number, _blank, said = str(amounts.quantity(stored, unit)).partition(" ")
    if said.startswith("{") and said.endswith("}"):
        said = said[1:-1]
    return format_html('{} <span class="unit">{}</span>', number, said)


@register.filter
def status_tone(status: str) -> str:
    """The tone of a status, as for a chip."""
    return _TONES.get(status, "normal")


@register.filter
def status_word(status: str) -> str:
    """The word of a status."""
    return _("on hold") if status == Status.HOLD else str(Status(status).label)


@register.filter
def group_word(name: str) -> str:
    """The material of a group of a genealogy, by the group's name."""
    return name.partition(".")[2]


@register.filter
def movement_word(kind: str) -> str:
    """The word of a kind of movement."""
    return str(MovementKind(kind).label)


@register.filter
def part_word(name: str) -> str:
    """The word of a part of a reconciliation."""
    words = {
        "in_stock": _("in stock"), "used": _("used"), "converted": _("became another lot"), "sampled": _("sampled"),
        "destroyed": _("destroyed"), "shipped": _("shipped"), "adjusted": _("missing in counts"),
    }  # fmt: skip
    return words[name]


@register.filter
def percent(ppm: int) -> str:
    """Write a share in per cent."""
    return reconciliation.percent(ppm)


@register.filter
def why_not(lot: Lot) -> statuses.Fitness:
    """Judge a lot for a list.

    Args:
        lot: The lot.

    Returns:
        The judgement for today.
    """
    return fitness_of(lot, today())


@register.simple_tag(takes_context=True)
def toggled(context: template.Context, name: str) -> str:
    """The address of a genealogy with one group opened or closed.

    Args:
        context: The page's context; needs the request.
        name: Name of the group.

    Returns:
        A query string.
    """
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    held = query.getlist("open")
    query.setlist("open", [one for one in held if one != name] if name in held else [*held, name])
    return f"?{query.urlencode()}"
