"""The lines of Home in words: one batch, one unit, one suite. They ask no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright.execution.present import Present, Wanted
from batchwright.execution.states import ENDED, State
from batchwright.people import permissions
from batchwright.plant.queries import Branch
from batchwright.plant.templatetags.plant_words import state_chip
from batchwright.site.web import wording

TONES = ("normal", "waiting", "yours", "attention", "stop")
"""The quietest first."""
_SEVERITIES = {"critical": "stop", "major": "attention", "minor": "normal"}
_STEPS = 2
"""As many steps of one batch are named in its line."""
_OTHERS = 3
"""As many batches of a suite that are planned, and as many that wait for review, have a line of their own."""


@dataclass(frozen=True, slots=True)
class BatchNow:
    """One batch in one line.

    Attributes:
        present: What is stored of it.
        now: The moment.
    """

    present: Present
    now: datetime

    @property
    def number(self) -> str:
        """Its number."""
        return self.present.batch.number

    @property
    def href(self) -> str:
        """Its page; what has ended leads to its review."""
        name = "execution:review" if self.present.batch.state in ENDED else "execution:batch"
        return reverse(name, args=[self.number])

    @property
    def steps(self) -> str:
        """What is done now."""
        if self.present.waits:
            return _("waits: %(why)s") % {"why": self.present.waits}
        names = list(dict.fromkeys(one.run.name for one in self.present.doing))
        more = len(names) - _STEPS
        return ", ".join(names[:_STEPS]) + (_(" and %(n)s more") % {"n": more} if more > 0 else "")

    @property
    def time(self) -> str:
        """How it stands with its time."""
        one = self.present
        if one.late is not None:
            return _("late by %(time)s") % {"time": wording.duration(one.late)}
        if one.batch.state in ENDED:
            return _("ended %(when)s") % {"when": wording.distance(one.batch.ended_at or self.now, self.now)}
        if one.batch.state == State.IDLE:
            begins = one.batch.planned_for
            return _("planned") if begins is None else _("begins %(when)s") % {"when": self._far(begins)}
        asked = min((at for step in one.doing if (at := step.asked_at(self.now)) is not None), default=None)
        said = [] if asked is None else [_("next value %(when)s") % {"when": self._far(asked)}]
        if one.left is not None:
            length = {"time": wording.duration(one.left)}
            known = _("about %(time)s left") if one.left.total_seconds() > 0 else _("%(time)s longer than those before")
            said.append(known % length)
        elif not said and one.batch.started_at is not None:
            said.append(_("for %(time)s") % {"time": wording.duration(self.now - one.batch.started_at)})
        return ", ".join(said)

    def _far(self, at: datetime) -> str:
        return wording.distance(at, self.now)

    @property
    def worst(self) -> str:
        """Number of its gravest open exception; "" where nothing is open."""
        return self.present.exceptions[0].number if self.present.exceptions else ""

    @property
    def worst_word(self) -> str:
        """Number and severity of its gravest open exception."""
        words = {"minor": _("minor"), "major": _("major"), "critical": _("critical")}
        return f"{self.worst} {words[self.present.exceptions[0].severity]}"

    @property
    def others(self) -> str:
        """How many more are open; "" where none is."""
        more = len(self.present.exceptions) - 1
        return _("and %(n)s more") % {"n": more} if more > 0 else ""

    @property
    def worst_sentence(self) -> str:
        """What was not as the recipe says."""
        return self.present.exceptions[0].sentence if self.present.exceptions else ""

    @property
    def worst_href(self) -> str:
        """Page of the gravest open exception."""
        return reverse("execution:exception", args=[self.number, self.worst]) if self.worst else ""

    @property
    def worst_tone(self) -> str:
        """Its tone."""
        return _SEVERITIES[self.present.exceptions[0].severity] if self.present.exceptions else "normal"

    @property
    def whom(self) -> str:
        """Who is needed, in a few words."""
        return ", ".join(dict.fromkeys(who_of(one) for one in self.present.wanted)) or _("nobody")

    @property
    def tone(self) -> str:
        """Its tone: what is late stops somebody, what stands still asks for attention."""
        state = self.present.batch.state
        tones = [self.worst_tone]
        if self.present.late is not None:
            tones.append("stop")
        if state not in (*ENDED, State.IDLE, State.RUNNING) or state in (State.STOPPED, State.ABORTED):
            tones.append("attention")
        return max(tones, key=TONES.index)


@dataclass(frozen=True, slots=True)
class UnitNow:
    """One unit as a chip."""

    branch: Branch
    batch: str
    """Number of the batch in it; "" where there is none."""

    @property
    def tag(self) -> str:
        """Its tag."""
        return self.branch.element.tag

    @property
    def state(self) -> str:
        """Code of its state."""
        return "" if self.branch.state is None else str(self.branch.state.state)

    @property
    def _chip(self) -> dict[str, Any]:
        return state_chip(self.state, self.branch.verdict)

    @property
    def shape(self) -> str:
        """Name of the shape beside it."""
        return str(self._chip["shape"])

    @property
    def word(self) -> str:
        """The batch in it, or what is wrong with it, or its state."""
        return self.batch or self.state_word

    @property
    def state_word(self) -> str:
        """What is wrong with it, or the word of its state."""
        return str(self._chip["word"])

    @property
    def tone(self) -> str:
        """Its tone; what waits for its cleaning is normal."""
        found = str(self._chip["tone"])
        return found if found in ("attention", "stop") else "normal"


@dataclass(frozen=True, slots=True)
class SuiteNow:
    """One suite in one row.

    Attributes:
        tag: Tag of its area; "" where batches stand by themselves, as for a sponsor's people.
        name: Its name.
        units: Its units.
        batches: Its batches: what runs, what is planned, what waits for review.
    """

    tag: str
    name: str
    units: tuple[UnitNow, ...]
    batches: tuple[BatchNow, ...]

    @property
    def tone(self) -> str:
        """The tone of what is worst in it."""
        return max((one.tone for one in self.batches), key=TONES.index, default="normal")

    @property
    def counted(self) -> str:
        """How much goes on, in words."""
        return counted(self.batches)

    @property
    def shown(self) -> tuple[BatchNow, ...]:
        """What has a line of its own: all that is under way, and a few that are planned or wait for review."""
        planned = [one for one in self.batches if one.present.batch.state == State.IDLE]
        ended = [one for one in self.batches if one.present.batch.state in ENDED]
        left_out = [*planned[_OTHERS:], *ended[_OTHERS:]]
        return tuple(one for one in self.batches if one not in left_out)

    @property
    def more(self) -> str:
        """How many have no line."""
        number = len(self.batches) - len(self.shown)
        words = ngettext(
            "%(n)s more is planned or waits for review.", "%(n)s more are planned or wait for review.", number
        )
        return words % {"n": number} if number else ""


def counted(batches: Iterable[BatchNow]) -> str:
    """Count batches in words.

    Args:
        batches: The batches.

    Returns:
        Such as ``2 running, 1 late, 1 held, 3 open exceptions``.
    """
    every = list(batches)
    states = [one.present.batch.state for one in every]
    running, planned = states.count(State.RUNNING), states.count(State.IDLE)
    ended = sum(state in ENDED for state in states)
    late = sum(one.present.late is not None for one in every)
    raised = sum(len(one.present.exceptions) for one in every)
    said = [ngettext("%(n)s running", "%(n)s running", running) % {"n": running}] if running else [_("nothing runs")]
    other = len(every) - running - planned - ended
    for number, words in (
        (late, ngettext("%(n)s late", "%(n)s late", late)), (other, ngettext("%(n)s held", "%(n)s held", other)),
        (planned, ngettext("%(n)s planned", "%(n)s planned", planned)),
        (ended, ngettext("%(n)s to review", "%(n)s to review", ended)),
        (raised, ngettext("%(n)s open exception", "%(n)s open exceptions", raised)),
    ):  # fmt: skip
        if number:
            said.append(words % {"n": number})
    return ", ".join(said)


def who_of(one: Wanted) -> str:
    """Name who is wanted.

    Args:
        one: Whom a batch waits for.

    Returns:
        A role, or several of which one will do.
    """
    if one.what == "check" or not one.roles:
        return _("a second person")
    return _(" or ").join(str(permissions.role(code).name) for code in one.roles)
