"""What the pages of recipes show of versions and findings: `{% load recipe_words %}`."""

from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright.kernel import clock
from batchwright.recipes import lifecycle
from batchwright.recipes.lifecycle import Standing
from batchwright.recipes.models import RecipeVersion, VersionState

register = template.Library()
_TONES = {"draft": "yours", "review": "waiting", "approved": "waiting", "withdrawn": "off", "superseded": "off"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as a chip or a verdict shows it."""

    tone: str
    word: str
    sentence: str


@register.filter
def state_tone(state: str) -> str:
    """The tone of a state, as for a chip."""
    return _TONES.get(state, "normal")


@register.filter
def state_word(state: str) -> str:
    """The word of a state."""
    return str(VersionState(state).label)


@register.filter
def version_chip(one: RecipeVersion) -> Shown:
    """Where a version stands now: a date that lies ahead is told by the word.

    Args:
        one: The version.

    Returns:
        Tone and word.
    """
    standing = lifecycle.standing(one, clock.now())
    if standing is Standing.COMING:
        return Shown("waiting", _("coming into force"), "")
    if standing is Standing.IN_FORCE and one.state == VersionState.SUPERSEDED:
        return Shown("normal", _("effective, will be superseded"), "")
    return Shown(state_tone(one.state), state_word(one.state), "")


@register.filter
def verdict(one: RecipeVersion) -> Shown:
    """Answer whether a recipe is right and what it waits for.

    Args:
        one: The version.

    Returns:
        Tone and sentence, with times as the record writes them.
    """
    standing = lifecycle.standing(one, clock.now())
    if standing is Standing.IN_FORCE:
        until = "" if one.superseded_at is None else _(" until %(at)s") % {"at": _at(one.superseded_at)}
        return Shown("done", "", _("In force since %(at)s%(until)s.") % {"at": _at(one.effective_from), "until": until})
    if standing is Standing.COMING:
        return Shown("waiting", "", _("Will be in force from %(at)s.") % {"at": _at(one.effective_from)})
    errors = sum(found.severity == "error" for found in one.found)
    match one.state:
        case VersionState.DRAFT if errors:
            said = ngettext("A draft; %(n)s error keeps it from approval.",
                            "A draft; %(n)s errors keep it from approval.", errors)  # fmt: skip
            return Shown("attention", "", said % {"n": errors})
        case VersionState.DRAFT:
            return Shown("yours", "", _("A draft without errors: its author submits it."))
        case VersionState.REVIEW:
            return Shown("waiting", "", _("In review: a second person checks it independently and signs."))
        case VersionState.APPROVED:
            return Shown("waiting", "", _("Approved: it is not in force until it is made effective."))
        case VersionState.WITHDRAWN:
            return Shown("off", "", _("Withdrawn."))
        case _:
            return Shown("off", "", _("Superseded on %(at)s.") % {"at": _at(one.superseded_at)})


def _at(moment: datetime | None) -> str:
    return "" if moment is None else clock.iso(moment)


@register.filter
def acts(one: RecipeVersion | None) -> str:
    """Say who needs to act on a version.

    Args:
        one: The version that waits; None if none does.

    Returns:
        Words.
    """
    if one is None:
        return _("nobody")
    words = {
        VersionState.DRAFT: _("author: finish and submit version %(n)s"),
        VersionState.REVIEW: _("quality assurance: check and sign version %(n)s"),
        VersionState.APPROVED: _("quality assurance: make version %(n)s effective"),
    }
    return words[VersionState(one.state)] % {"n": one.number}
