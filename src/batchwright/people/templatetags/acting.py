"""What people's pages show of a person's state: `{% load acting %}`."""

from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.utils.translation import gettext as _

from batchwright.kernel import clock
from batchwright.people.models import Assignment, User
from batchwright.people.qualification import TrainingState
from batchwright.people.queries import TrainingCell

register = template.Library()


@dataclass(frozen=True, slots=True)
class StateShown:
    """A state as a chip shows it."""

    tone: str
    word: str
    sentence: str = ""


@register.filter
def may(request: HttpRequest, action: str) -> bool:
    """Whether the person who asks holds an action: `{% if request|may:"user.enrol" %}`.

    Args:
        request: The request.
        action: The action.

    Returns:
        Whether it is held.
    """
    return bool(request.may(action))  # type: ignore[attr-defined]


@register.simple_tag
def log_in_state(person: User) -> StateShown:
    """Whether a person can sign in.

    Args:
        person: The person.

    Returns:
        The state.
    """
    now = clock.now()
    if not person.is_active:
        return StateShown("off", _("disabled"), _("The log-in is disabled."))
    if person.expires_at is not None and person.expires_at <= now:
        return StateShown("off", _("expired"), _("The log-in has expired."))
    if person.locked_until is not None and person.locked_until > now:
        return StateShown("attention", _("locked"), _("The log-in is locked after failed attempts."))
    return StateShown("normal", _("in use"), _("The log-in is in use."))


@register.simple_tag
def training_chip(cell: TrainingCell) -> StateShown:
    """Where somebody stands with one qualification.

    Args:
        cell: The cell of the table.

    Returns:
        The state; what is missing but not needed is not abnormal.
    """
    tones = {
        TrainingState.VALID: "normal",
        TrainingState.DUE: "attention",
        TrainingState.UNSIGNED: "yours",
    }
    return StateShown(tones.get(cell.state, "stop" if cell.needed else "off"), cell.words)


@register.filter
def ends_later(assignment: Assignment) -> bool:
    """Whether a role still holds or will hold, so that it can be withdrawn.

    Args:
        assignment: The role of a person.

    Returns:
        Whether its end lies ahead.
    """
    return assignment.valid_until is None or assignment.valid_until > clock.now()
