"""What the pages of the plant show of states, verdicts and reasons: `{% load plant_words %}`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from batchwright.kernel import clock
from batchwright.kernel.durations import duration
from batchwright.people import permissions
from batchwright.plant import fitness, properties, reasons
from batchwright.plant.models import EquipmentElement, LineKind
from batchwright.plant.properties import Value
from batchwright.plant.reasons import Reason
from batchwright.plant.states import STATE_WORDS, State
from batchwright.plant.verdicts import Obstacle, Remedy, Verdict

register = template.Library()

_SERIOUS: Final = ("normal", "off", "waiting", "attention", "stop")
"""Tones, the quietest first."""
_TONES: Final = {
    "in-use": "normal", "out-of-service": "off", "dirty": "waiting", "cleaning-not-verified": "waiting",
    "no-clearance": "waiting", "other-clearance": "waiting", "clearance-not-verified": "waiting",
    "changeover": "waiting", "not-qualified": "stop", "qualification-lapsed": "stop", "instrument-held": "stop",
    "not-calibrated": "stop", "calibration-overdue": "stop",
}  # fmt: skip
"""Tone of a kind of reason: a unit that waits for its cleaning is normal; one that nobody may use by law is not."""

_WRONG: Final = {
    "cleaning-expired": gettext_lazy("cleaning expired"), "cleaned-too-late": gettext_lazy("cleaned too late"),
    "no-cleaning": gettext_lazy("no cleaning"), "dirty-hold-exceeded": gettext_lazy("dirty too long"),
    "campaign-full": gettext_lazy("campaign full"), "campaign-too-long": gettext_lazy("campaign too long"),
    "not-qualified": gettext_lazy("not qualified"), "qualification-lapsed": gettext_lazy("qualification lapsed"),
    "instrument-held": gettext_lazy("instrument held"), "not-calibrated": gettext_lazy("not calibrated"),
    "calibration-overdue": gettext_lazy("calibration overdue"),
}  # fmt: skip
"""What is wrong with a unit that is clean or dirty, in the few words of a chip."""


@dataclass(frozen=True, slots=True)
class Act:
    """What people do to a unit from its page: the action it needs, what stands on the button, and its address."""

    action: str
    verb: str
    href: str

    @property
    def roles(self) -> str:
        """Who may do it, by name."""
        holders = permissions.MATRIX[self.action]
        return ", ".join(str(permissions.role(code).name) for code in permissions.ROLE_CODES if code in holders)


def act_for(obstacle: Obstacle, tag: str) -> Act | None:
    """Give the act that removes an obstacle.

    Args:
        obstacle: The obstacle.
        tag: The unit.

    Returns:
        The act; None where no page does it.
    """

    def to(name: str, *arguments: str, query: str = "") -> str:
        return reverse(f"plant:{name}", args=[tag, *arguments]) + query

    acts = {
        Remedy.CLEAN: ("unit.clean", _("Clean unit"), to("unit-act", "clean")),
        Remedy.CLEAN_FULLY: ("unit.clean", _("Clean unit fully"), to("unit-act", "clean", query="?kind=full")),
        Remedy.VERIFY_CLEANING: ("unit.verify", _("Verify cleaning"), to("unit-verify", "cleaning")),
        Remedy.CLEAR_LINE: ("unit.clean", _("Clear line"), to("unit-act", "clear")),
        Remedy.VERIFY_CLEARANCE: ("unit.verify", _("Verify clearance"), to("unit-verify", "clearance")),
        Remedy.END_USE: ("unit.use", _("End use"), to("unit-act", "end")),
        Remedy.FREE: ("unit.free", _("Free unit"), to("unit-act", "free")),
        Remedy.RETURN_TO_SERVICE: ("unit.service", _("Return to service"), to("unit-act", "return")),
        Remedy.CLOSE_CAMPAIGN: ("unit.use", _("Close campaign"), to("unit-act", "close-campaign")),
        Remedy.QUALIFY: ("unit.qualify", _("Approve qualification"), to("unit-qualify")),
    }
    if obstacle.remedy in acts:
        return Act(*acts[obstacle.remedy])
    instrument = dict(obstacle.reason.values).get("tag")
    if not isinstance(instrument, str):
        return None
    verb = _("See instrument %(tag)s") % {"tag": instrument}
    return Act("plant.read", verb, reverse("plant:instrument", args=[instrument]))


@register.filter
def said(reason: Reason) -> str:
    """Say a reason in the reader's language; `|local_times` then writes its times in the zone of the site.

    Args:
        reason: The reason, or an obstacle.

    Returns:
        The sentence.
    """
    return reason.said(_, _shown)


def _shown(value: object) -> str:
    return clock.iso(value) if isinstance(value, datetime) else reasons.plainly(value)


@register.filter
def tone_of(obstacle: Obstacle) -> str:
    """The tone of one obstacle, as for a chip."""
    return _TONES.get(obstacle.reason.code, "attention")


@register.filter
def worst_tone(verdict: Verdict) -> str:
    """The tone of a verdict: that of its most serious obstacle; normal where there is none."""
    return max((tone_of(one) for one in verdict.obstacles), key=_SERIOUS.index, default="normal")


@register.filter
def why(verdict: Verdict) -> str:
    """Every reason of a verdict, in one line.

    Args:
        verdict: The verdict.

    Returns:
        The reasons, with semicolons between them; times as the record writes them.
    """
    return "; ".join(said(one.reason) for one in verdict.obstacles)


@register.filter
def briefly(verdict: Verdict) -> str:
    """A verdict for a tile: for how long it can be used, what is made on it, or the first reason and how many more.

    Args:
        verdict: The verdict.

    Returns:
        A few words; times as the record writes them.
    """
    if verdict.usable:
        return remaining(verdict) or _("can be used")
    first, more = verdict.obstacles[0].reason, len(verdict.obstacles) - 1
    batch = dict(first.values).get("batch")
    words = str(batch) if first.code == "in-use" else said(first).partition(" (")[0]
    return words + (_("; %(n)s more") % {"n": more} if more else "")


@register.filter
def remaining(verdict: Verdict) -> str:
    """For how long a unit can still be used by the clock; empty where it cannot, or nothing runs out."""
    if not verdict.usable or verdict.changes_at is None:
        return ""
    return _("for %(time)s") % {"time": duration(verdict.changes_at - verdict.at)}


@register.filter
def verdict_line(verdict: Verdict) -> str:
    """The verdict on a unit as the line at the top of its page.

    Args:
        verdict: The verdict.

    Returns:
        A sentence; times as the record writes them.
    """
    if any(one.reason.code == "in-use" for one in verdict.obstacles):
        others = [one for one in verdict.obstacles if one.reason.code != "in-use"]
        use = next(said(one.reason) for one in verdict.obstacles if one.reason.code == "in-use")
        return _capital("; ".join([use, *(said(one.reason) for one in others)]))
    if not verdict.usable:
        return _("Cannot be used: %(why)s.") % {"why": why(verdict)}
    if verdict.conditions:
        needs = "; ".join(said(one.reason) for one in verdict.conditions)
        return _("Can be used. Before a batch: %(needs)s.") % {"needs": needs}
    return _("Can be used.")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


@register.filter
def remedy_words(remedy: Remedy) -> str:
    """What to do about an obstacle, as an imperative."""
    return _(fitness.REMEDIES[remedy])


@register.inclusion_tag("plant/state_chip.html")
def state_chip(state: str, verdict: Verdict | None = None) -> dict[str, Any]:
    """A unit's state: shape and word of the state, or of what is wrong with a unit that is merely clean or dirty.

    Args:
        state: The state.
        verdict: The verdict on the unit; None where only the state is told.

    Returns:
        The context of the chip.
    """
    plain = {"tone": "normal", "shape": state, "word": _(STATE_WORDS[State(state)])}
    if verdict is None:
        return plain
    tone = worst_tone(verdict)
    wrong = [_WRONG[one.reason.code] for one in verdict.obstacles if one.reason.code in _WRONG]
    if wrong and state in (State.CLEAN, State.DIRTY):
        return {"tone": tone, "shape": tone, "word": wrong[0]}
    return {**plain, "tone": tone}


@register.simple_tag
def remedy_act(obstacle: Obstacle, unit: EquipmentElement) -> Act | None:
    """The act that removes an obstacle, for its button.

    Args:
        obstacle: The obstacle.
        unit: The unit.

    Returns:
        The act; None where no page does it.
    """
    return act_for(obstacle, unit.tag)


@register.simple_tag
def plant_counts(counted: Any) -> str:
    """How many units stand how, as one sentence.

    Args:
        counted: The counts.

    Returns:
        Such as ``22 units: 12 can be used, 3 in use, 2 need attention.``
    """
    units = ngettext("%(n)s unit", "%(n)s units", counted.total) % {"n": counted.total}
    parts = [_("%(n)s can be used") % {"n": counted.usable}, _("%(n)s in use") % {"n": counted.in_use}]
    if counted.attention:
        said = ngettext("%(n)s needs attention", "%(n)s need attention", counted.attention)
        parts.append(said % {"n": counted.attention})
    return f"{units}: {', '.join(parts)}."


@register.filter
def verdict_tone(tone: str, verdict: Verdict) -> str:
    """The tone of a verdict line: what can be used is done, what is merely in use or waits is as its chip."""
    return "done" if verdict.usable else tone


@register.filter
def value_shown(value: Value) -> str:
    """The value of a capability, as it stands in a sentence."""
    return properties.shown(value)


@register.filter
def hold_time(minutes: int | None) -> str:
    """A time limit in its largest whole unit; a dash where there is none."""
    return "\N{EN DASH}" if minutes is None else duration(timedelta(minutes=minutes))


@register.filter
def utc_stamp(at: datetime) -> str:
    """A time for an address, in UTC to the microsecond."""
    return clock.iso(at)


@register.filter
def line_word(kind: str) -> str:
    """The word of a kind of line in the logbook."""
    return str(LineKind(kind).label)


@register.filter
def may_do(request: HttpRequest, act: Act) -> bool:
    """Whether the person who asks may do an act."""
    return bool(request.may(act.action))  # type: ignore[attr-defined]
