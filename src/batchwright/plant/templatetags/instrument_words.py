"""What the pages of instruments show of verdicts and dates: `{% load instrument_words %}`."""

from dataclasses import dataclass
from typing import Final

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from batchwright.kernel.quantity import Quantity
from batchwright.plant.models import Calibration, Instrument, Result
from batchwright.plant.verdicts import Remedy, Verdict

register = template.Library()
_WAITS: Final = {"no-check", "not-approved"}
"""What is done in the ordinary course of a day; everything else stops an instrument."""
_UNITS: Final = {"Cel": "\N{DEGREE SIGN}C", "[pH]": "pH", "[lb_av]": "lb"}
"""How people write units whose UCUM code is none of their words."""
_OUTCOME_TONES: Final = {Result.PASSED: "done", Result.ADJUSTED: "attention", Result.FAILED: "stop"}


@dataclass(frozen=True, slots=True)
class Step:
    """What removes an obstacle: the action it needs, what stands on the button, and its address."""

    action: str
    verb: str
    href: str


@register.filter
def instrument_tone(verdict: Verdict) -> str:
    """The tone of the verdict on an instrument."""
    if verdict.usable:
        return "done"
    return "attention" if {one.reason.code for one in verdict.obstacles} <= _WAITS else "stop"


@register.simple_tag
def next_step(verdict: Verdict, instrument: Instrument, waiting: Calibration | None = None) -> Step | None:
    """What to do first about an instrument.

    Args:
        verdict: The verdict on it.
        instrument: The instrument.
        waiting: Its calibration that waits for approval.

    Returns:
        The step; None where nothing on its page helps.
    """

    def to(name: str, *more: object) -> str:
        return reverse(f"plant:{name}", args=[instrument.tag, *more])

    match verdict.remedy:
        case Remedy.CALIBRATE:
            return Step("instrument.calibrate", _("Record calibration"), to("instrument-calibrate"))
        case Remedy.APPROVE_CALIBRATION if waiting is not None:
            return Step("plant.read", _("See calibration to be approved"), to("calibration", waiting.number))
        case Remedy.CHECK:
            return Step("instrument.check", _("Check scale"), to("instrument-check"))
        case Remedy.FREE:
            return Step("instrument.free", _("Free instrument"), to("instrument-act", "free"))
    return None


@register.filter
def outcome_tone(outcome: str) -> str:
    """The tone of what a calibration came to."""
    return _OUTCOME_TONES[Result(outcome)]


@register.filter
def quantity(value: Quantity | str | None) -> SafeString:
    """Write a quantity, its unit in lighter ink.

    Args:
        value: The quantity, or its text; None is a dash.

    Returns:
        The number and the unit.
    """
    if value is None or value == "":
        return format_html("{}", "\N{EN DASH}")
    number, _blank, unit = str(value).partition(" ")
    return format_html('<span class="nowrap">{} <span class="unit">{}</span></span>', number, _UNITS.get(unit, unit))
