"""What the pages of the floor show of steps and values: `{% load floor_words %}`."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from batchwright.execution import showing
from batchwright.execution.attempts import Reason
from batchwright.execution.models import Attempt
from batchwright.execution.sheet import FieldShown, Sheet
from batchwright.execution.work import Card
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.people import permissions

register = template.Library()


@dataclass(frozen=True, slots=True)
class Said:
    """A state as a verdict or a chip shows it."""

    tone: str
    sentence: str


@register.filter
def verb(sheet: Sheet) -> str:
    """Name what the button of a step does.

    Args:
        sheet: The step.

    Returns:
        A verb of the field.
    """
    if sheet.status in ("check", "awaits"):
        return _("Confirm as second person")
    words = {
        "instruct": _("Confirm done"), "enter": _("Record values"), "calculate": _("Take result"),
        "scan": _("Record scan"), "weigh": _("Record weight"), "charge": _("Record charge"),
        "clear line": _("Record line clearance"), "clean": _("Record cleaning"), "sample": _("Record samples"),
        "wait": _("End wait"), "verify": _("Verify"), "decide": _("Record decision"), "repeat": _("Record round"),
        "automated": _("Record by hand"), "attach": _("Attach file"),
    }  # fmt: skip
    return words.get(sheet.kind, _("Confirm done"))


@register.filter
def verdict(sheet: Sheet) -> Said:
    """Say what the person who looks can do with a step now.

    Args:
        sheet: The step.

    Returns:
        Tone and sentence, with times as the record writes them.
    """
    run = sheet.run
    match sheet.status:
        case "perform" if sheet.kind == "automated":
            return Said("waiting", _("A module performs it; it is recorded by itself."))
        case "perform" if sheet.pace.is_late(sheet.now):
            return Said("stop", _("Late: it is an exception from now on."))
        case "perform" if sheet.pace.sleeps(sheet.now):
            return Said("waiting", _("Its time has not come yet."))
        case "perform":
            return Said("yours", _("Yours to do."))
        case "second":
            return Said("attention", _("You performed what is verified here: another person identifies below."))
        case "check":
            return Said("yours", _("%(who)s performed it: you are asked as the second person.") % {"who": _who(sheet)})
        case "awaits":
            return Said("waiting", _("Recorded; a second person has to check it, here or on another screen."))
        case "role":
            role = sheet.phase.role if sheet.phase is not None else ""
            return Said("waiting", _("Performed in the role %(role)s.") % {"role": _role(role)})
        case "halted":
            what = sheet.halted.name if sheet.halted is not None else sheet.batch.number
            state = sheet.halted.state if sheet.halted is not None else sheet.batch.state
            said = _("%(state)s, as %(what)s is: it cannot be performed now.")
            return Said("attention", said % {"state": run.state, "what": f"{what} ({state})"})
        case "over" if run.skipped:
            return Said("off", _("Taken out by a redline."))
        case "over":
            at = "" if run.completed_at is None else clock.iso(run.completed_at)
            return Said("done", _("Complete since %(at)s.") % {"at": at})
        case "idle":
            return Said("off", _("It waits to be begun anew."))
        case _:
            return Said("waiting", _("Open on the floor."))


def _who(sheet: Sheet) -> str:
    done = [one.row for one in sheet.attempts if one.row.verdict != "refused"]
    return done[-1].by_name if done else sheet.run.awaits


def _role(code: str) -> str:
    return str(next((one.name for one in permissions.ROLES if one.code == code), code))


@register.filter
def why_now(card: Card) -> str:
    """Say why a step stands where it stands on the work list.

    Args:
        card: The step.

    Returns:
        One sentence, with times as the record writes them.
    """
    match card.urgency:
        case "late":
            return _("Late since %(at)s: an exception by now.") % {"at": _iso(card.pace.late)}
        case "overdue":
            return _("Was due %(at)s.") % {"at": _iso(card.pace.due)}
        case "waited for":
            return _("%(who)s waits for a second person.") % {"who": card.performer or card.run.awaits}
        case "due":
            return _("Its time has come: %(at)s.") % {"at": _iso(card.pace.due)}
        case "sleeps":
            return _("Not before %(at)s.") % {"at": _iso(card.pace.ready or card.pace.due)}
        case _:
            return _("Open since %(at)s.") % {"at": _iso(card.run.started_at)}


def _iso(at: Any) -> str:
    return "" if at is None else clock.iso(at)


@register.filter
def attempt_tone(row: Attempt) -> str:
    """The tone of what was said of an attempt."""
    return {"refused": "off", "out of limit": "attention"}.get(row.verdict, "done")


@register.filter
def attempt_word(row: Attempt) -> str:
    """What was said of an attempt."""
    words = {"refused": _("refused, kept"), "out of limit": _("out of limit"), "accepted": _("accepted")}
    return words.get(row.verdict, row.verdict)


@register.filter
def attempt_act(row: Attempt) -> str:
    """What was done with an attempt."""
    return {"check": _("second person"), "correct": _("correction"), "sign": _("signature")}.get(row.kind, "")


@register.filter
def why_refused(one: Reason) -> str:
    """Say why a value was refused: value, limit, remedy."""
    if one.value and one.limit:
        said = _("%(sentence)s (%(value)s; limit: %(limit)s).") % dict(one)
    elif one.value or one.limit:
        said = f"{one.sentence} ({one.value or one.limit})."
    else:
        said = f"{one.sentence}."
    return f"{said} {one.remedy}".strip()


@register.filter
def why_not(error: BatchwrightError) -> str:
    """Say an error as a sentence of the page."""
    words = str(error)
    return words if isinstance(error, BadInput) else words[:1].upper() + words[1:]


@register.filter
def in_words(value: Quantity | str | bool | None) -> SafeString:
    """Write what a phase left, its unit in lighter ink.

    Args:
        value: The value, or the text of an amount.

    Returns:
        The words.
    """
    if value is None or value == "":
        return format_html("{}", "\N{EN DASH}")
    if isinstance(value, Quantity):
        number, _space, unit = showing.amount_words(value).partition(" ")
        return format_html('<span class="nowrap">{} <span class="unit">{}</span></span>', number, unit)
    return format_html("{}", showing.known_words(value, yes=_("yes"), no=_("no")))


@register.filter
def alert_words(one: FieldShown) -> str:
    """Say beyond what a value is an alert."""
    limits = one.field.limits
    low, high = (None, None) if limits is None else (limits.alert_low, limits.alert_high)
    if low is not None and high is not None:
        return _("alert outside %(range)s") % {"range": showing.range_words(low, high)}
    if low is not None:
        return _("alert below %(limit)s") % {"limit": showing.amount_words(low)}
    return "" if high is None else _("alert above %(limit)s") % {"limit": showing.amount_words(high)}


@register.filter
def unit_word(code: str) -> str:
    """Write a unit as people do."""
    return showing.unit_word(code)
