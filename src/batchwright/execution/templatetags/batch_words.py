"""What the pages of batches show of states, severities and what a batch waits for: `{% load batch_words %}`."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright.execution import keeping
from batchwright.execution.files import Filed, named
from batchwright.execution.models import Batch, BatchException, Run
from batchwright.execution.overviews import Listed
from batchwright.execution.queries import Standing
from batchwright.execution.services.turning import Turn
from batchwright.execution.states import ENDED, State
from batchwright.execution.web import addresses
from batchwright.execution.web.trends import Trend, drawing
from batchwright.execution.web.values import Bar
from batchwright.kernel.errors import BatchwrightError
from batchwright.people import permissions

register = template.Library()
_TONES = {
    "Idle": "waiting", "Running": "normal", "Complete": "done", "Stopped": "attention", "Aborted": "stop",
    "Aborting": "stop",
}  # fmt: skip
_SEVERITIES = {"critical": "stop", "major": "attention", "minor": "normal"}
_VERDICTS = {"within": "done", "alert": "attention", "out of limit": "stop", "no limit": "off"}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its tone."""

    tone: str
    sentence: str


@register.filter
def file_of(text: object) -> Filed | None:
    """The file that a value names; None for any other value."""
    return named(str(text))


@register.filter
def kept_at(file: Filed, files: dict[str, Filed]) -> int | None:
    """The entry that a file stands with, among those of a step."""
    return files[file.sha256].seq if file.sha256 in files else None


@register.filter
def state_tone(state: str) -> str:
    """The tone of a state, as for a chip: what is neither running nor ended asks for attention."""
    return _TONES.get(state, "attention")


@register.filter
def state_word(state: str) -> str:
    """The word of a state or of a filter (IEC 61512-1)."""
    words = {
        "Idle": _("Idle"), "Running": _("Running"), "Complete": _("Complete"), "Pausing": _("Pausing"),
        "Paused": _("Paused"), "Holding": _("Holding"), "Held": _("Held"), "Restarting": _("Restarting"),
        "Stopping": _("Stopping"), "Stopped": _("Stopped"), "Aborting": _("Aborting"), "Aborted": _("Aborted"),
        "under way": _("under way"), "to review": _("waiting for review"),
        "open exceptions": _("with open exceptions"),
    }  # fmt: skip
    return words.get(state, state)


@register.filter
def severity_tone(severity: str) -> str:
    """The tone of a severity."""
    return _SEVERITIES[severity]


@register.filter
def severity_word(severity: str) -> str:
    """The word of a severity."""
    return {"minor": _("minor"), "major": _("major"), "critical": _("critical")}[severity]


@register.filter
def verdict_tone(verdict: str) -> str:
    """The tone of a value beside its limits."""
    return _VERDICTS[verdict]


@register.filter
def verdict_word(verdict: str) -> str:
    """The word of a value beside its limits."""
    words = {
        "within": _("within"), "alert": _("beyond alert limit"), "out of limit": _("out of limit"),
        "no limit": _("no limit"),
    }  # fmt: skip
    return words[verdict]


@register.filter
def command_word(command: str) -> str:
    """The verb of a command."""
    words = {
        "START": _("Start batch"), "PAUSE": _("Pause"), "RESUME": _("Resume batch"), "HOLD": _("Hold"),
        "RESTART": _("Restart batch"), "STOP": _("Stop batch"), "ABORT": _("Abort batch"), "RESET": _("Reset batch"),
    }  # fmt: skip
    return words[command]


@register.filter
def step_command(command: str) -> str:
    """The verb of a command to a step."""
    words = {
        "PAUSE": _("Pause"), "RESUME": _("Resume"), "HOLD": _("Hold"), "RESTART": _("Restart"), "STOP": _("Stop"),
        "ABORT": _("Abort"), "RESET": _("Reset"), "START": _("Start"),
    }  # fmt: skip
    return words[command]


@register.filter
def whom(one: Listed) -> str:
    """Say for whom a batch in a list waits.

    Args:
        one: The batch with what stands on the floor.

    Returns:
        Words.
    """
    batch = one.batch
    if batch.state in ENDED:
        still_open: int = batch.open_exceptions  # type: ignore[attr-defined]  # `overviews.found` gives it
        if batch.reviewed_at is not None:
            return _("nobody: reviewed")
        if still_open:
            return ngettext("%(n)s exception to be closed", "%(n)s exceptions to be closed", still_open) % {
                "n": still_open
            }
        return _("quality assurance: review")
    if batch.state == State.IDLE:
        return _("operator: start")
    if batch.state != State.RUNNING:
        return _("operator: %(state)s, to be restarted or stopped") % {"state": state_word(batch.state)}
    return "; ".join(dict.fromkeys(_whom_of(run) for run in one.now)) or _("the procedure: see why")


def _whom_of(run: Run) -> str:
    if run.kind == "automated":
        return _("a module")
    if run.awaits:
        return _("a second person")
    found = next((role.name for role in permissions.ROLES if role.code == run.role), None)
    return str(found).lower() if found is not None else _("operator")


@register.simple_tag
def going(standing: Standing, open_exceptions: list[BatchException]) -> Said:
    """Answer how a batch is going, in one sentence.

    Args:
        standing: Where it stands.
        open_exceptions: What nobody has closed.

    Returns:
        The answer with its tone.
    """
    turn, outlook = standing.turn, standing.outlook
    batch = turn.batch
    if batch.state in ENDED:
        return _ended(batch, len(open_exceptions))
    if batch.state == State.IDLE:
        return Said("waiting", _("Not started: nothing has been made of it yet."))
    if outlook.status == "halted":
        where = {"state": state_word(batch.state), "where": _where(turn)}
        return Said("attention", _("%(state)s at %(where)s.") % where)
    if outlook.status == "stuck":
        return Said("stop", _("It does not go on by itself: %(why)s.") % {"why": outlook.sentence})
    if outlook.status == "question":
        return Said("yours", _("Somebody has to decide: %(why)s.") % {"why": outlook.sentence})
    if outlook.status == "time":
        return Said("waiting", _("Time has to pass: %(why)s.") % {"why": outlook.sentence})
    runs = [turn.runs[path] for path in outlook.to_perform]
    names = ", ".join(one.name for one in runs)
    said = ngettext("Running: %(names)s.", "Running: %(n)s steps side by side: %(names)s.", len(runs))
    return Said("normal", said % {"n": len(runs), "names": names})


def _where(turn: Turn) -> str:
    """Where a batch stands still: the steps that are halted, or the innermost part that is."""
    halted = [one for one in turn.runs.values() if one.state not in (*ENDED, State.IDLE, State.RUNNING)]
    steps = [one.name for one in halted if one.level == "phase"] or [one.name for one in halted[-1:]]
    return ", ".join(dict.fromkeys(steps)) or _("its beginning")


def _ended(batch: Batch, still_open: int) -> Said:
    state = state_word(batch.state)
    if batch.reviewed_at is not None:
        return Said("done", _("%(state)s, and its record is reviewed.") % {"state": state})
    if still_open:
        said = ngettext(
            "%(state)s; %(n)s exception is open.", "%(state)s; %(n)s exceptions are open.", still_open
        )
        return Said("attention", said % {"state": state, "n": still_open})
    return Said("yours", _("%(state)s: its record waits for review.") % {"state": state})


@register.filter
def step_address(run: Run) -> str:
    """Give the page on which a step is performed.

    Args:
        run: Its run, with its batch.

    Returns:
        The address.
    """
    return addresses.step_address(run)


@register.filter
def entered(values: list[dict[str, Any]]) -> str:
    """Write what was put in, character for character."""
    return "; ".join(f"{one['field']} {one['text']}" for one in values)


@register.filter
def kept(values: dict[str, Any]) -> str:
    """Write what a phase left."""
    try:
        return "; ".join(f"{name} {keeping.shown(one)}" for name, one in keeping.known(values).items())
    except BatchwrightError:
        return str(values)


@register.filter
def amount(text: str) -> str:
    """Write an amount for reading: thousands apart, and what is counted without the braces of its unit.

    Args:
        text: Such as ``1200000 {tablets}`` or ``48.779 kg``; anything else stays as it is.

    Returns:
        Such as ``1,200,000 tablets``.
    """
    number, blank, unit = text.partition(" ")
    whole, point, decimals = number.partition(".")
    if whole.isascii() and whole.isdigit() and len(whole) > 4:
        whole = f"{int(whole):,}"
    if unit.startswith("{") and unit.endswith("}"):
        unit = unit[1:-1]
    return f"{whole}{point}{decimals}{blank}{unit}"


@register.filter
def field_words(field: str) -> str:
    """Write the id of a field for reading where its name is not at hand."""
    return field.replace("_", " ")


@register.filter
def trend_drawing(trend: Trend) -> SafeString:
    """Draw a value that was taken again and again."""
    return drawing(trend)


@register.filter
def bar(place: Bar | None) -> SafeString:
    """Draw where a value lies between its limits; the words beside it say the same.

    Args:
        place: Its place; nothing is drawn for None.

    Returns:
        An SVG element.
    """
    if place is None:
        return mark_safe("")

    def x(per_mille: int) -> str:
        return f"{16 + per_mille * 0.088:.1f}"

    parts = [format_html('<path class="way" d="M{} 8H{}"/>', x(0), x(1000))]
    limits, alerts = (place.low, place.high), (place.alert_low, place.alert_high)
    parts += [format_html('<path class="limit" d="M{} 2v12"/>', x(one)) for one in limits if one is not None]
    parts += [format_html('<path class="alert" d="M{} 5v6"/>', x(one)) for one in alerts if one is not None]
    parts.append(format_html('<path class="at" d="M{} 8l-4-6h8z"/>', x(place.at)))
    drawn = '<svg class="bar" viewBox="0 0 120 16" width="120" height="16" aria-hidden="true">{}</svg>'
    return format_html(drawn, mark_safe("".join(parts)))  # noqa: S308 - each part is escaped above
