"""What people's pages show of a person's state: `{% load acting %}`."""

from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright.kernel import clock
from batchwright.people.models import Assignment, TrainingRecord, User
from batchwright.people.qualification import TrainingState
from batchwright.people.queries import TrainingCell, TrainingRow
from batchwright.people.training import state_of, words

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


@register.simple_tag
def training_verdict(rows: list[TrainingRow]) -> StateShown:
    """Whether everybody holds the trainings that the own roles ask for.

    Args:
        rows: The table of people and qualifications.

    Returns:
        The verdict as a sentence.
    """
    needed = [cell.state for row in rows for cell in row.cells if cell.needed]
    lacking = sum(not one.qualifies for one in needed)
    due = sum(one is TrainingState.DUE for one in needed)
    if lacking:
        said = ngettext(
            "%(n)s training that a role asks for is missing.",
            "%(n)s trainings that roles ask for are missing.",
            lacking,
        )
        return StateShown("attention", "", said % {"n": lacking})
    if due:
        said = ngettext("%(n)s training ends soon.", "%(n)s trainings end soon.", due)
        return StateShown("attention", "", said % {"n": due})
    return StateShown("done", "", _("Everybody holds what the own roles ask for."))


@register.simple_tag
def training_record_state(training: TrainingRecord) -> StateShown:
    """Where one training stands.

    Args:
        training: The training.

    Returns:
        The state as a sentence.
    """
    verdict = state_of(training.user, training.edition, clock.now())
    tones = {TrainingState.VALID: "done"}
    name = {"name": training.user.printed_name, "words": words(verdict)}
    if training.read_at is None:
        return StateShown("waiting", "", _("%(name)s has to read the document and sign.") % name)
    if training.achieved_at is None:
        return StateShown("waiting", "", _("Read and understood; another person has to assess it and sign.") % name)
    if verdict is TrainingState.UNSIGNED:
        return StateShown("attention", "", _("A signature is void: the training has to be planned and signed anew."))
    return StateShown(tones.get(verdict, "attention"), "", _("%(name)s: %(words)s.") % name)


@register.filter
def ends_later(assignment: Assignment) -> bool:
    """Whether a role still holds or will hold, so that it can be withdrawn.

    Args:
        assignment: The role of a person.

    Returns:
        Whether its end lies ahead.
    """
    return assignment.valid_until is None or assignment.valid_until > clock.now()
