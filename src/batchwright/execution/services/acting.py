"""An attempt at a dispensing phase: what was scanned and read is judged inside the entry, and kept whatever is said.

A scale is read before the entry of the act is opened: equipment that is slow must not hold the record (21 CFR
211.68(b), 211.101, 211.188(b)).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from batchwright import people, plant, record
from batchwright.execution.attempts import Attempt, Entered, Judged, Reason, Source
from batchwright.execution.exceptions import Raised
from batchwright.execution.models import Batch, Run
from batchwright.execution.outlook import may_perform
from batchwright.execution.phases import judge
from batchwright.execution.services import turning
from batchwright.execution.services.common import raise_exceptions
from batchwright.execution.services.performing import AttemptRefused, answered, keep_attempt, phase_of, take_in
from batchwright.execution.services.situations import situation_of
from batchwright.execution.services.turning import Turn
from batchwright.execution.weighing import Refusal
from batchwright.kernel.errors import BatchwrightError, DomainError, Unavailable
from batchwright.plant.scales import Reading
from batchwright.recipes.phases import Dispense

TRIES: Final = 3
"""How often an act is begun anew where another one drew from the same container at the same moment."""


@dataclass(frozen=True)
class Shown:
    """What a scale showed when it was asked, before the entry of the act was opened."""

    tag: str
    instrument: plant.Instrument | None = None
    reading: Reading | None = None
    refusals: tuple[Refusal, ...] = ()
    """Why it gave no value."""


def shown_by(actor: record.Actor, tag: str) -> Shown:
    """Read a scale, outside of any transaction.

    Args:
        actor: Who weighs.
        tag: Of the scale, as scanned.

    Returns:
        A stable reading, or why there is none.

    Raises:
        Refused: If the actor may not read scales.
    """
    instrument = plant.instrument(actor, tag)
    if instrument is None or not instrument.is_scale:
        why = Refusal("scale", _("There is no such scale"), tag, remedy=_("Scan the label of the scale."))
        return Shown(tag, refusals=(why,))
    try:
        return Shown(instrument.tag, instrument, plant.read_stable(actor=actor, scale=instrument))
    except people.Refused:
        raise
    except (DomainError, Unavailable) as error:
        return Shown(instrument.tag, instrument, refusals=(refusal_of(error, "unstable"),))


def refusal_of(error: BatchwrightError, code: Any) -> Refusal:
    """Say as a refusal what an error says."""
    return Refusal(code, error.message, error.value or "", error.limit or "", error.remedy)


def reason_of(refusal: Refusal, name: str = "") -> Reason:
    """Give a refusal as attempts keep it.

    Args:
        refusal: Why.
        name: Field that it is about.

    Returns:
        The reason.
    """
    return Reason(
        code=refusal.code, sentence=refusal.sentence, field=name, value=refusal.value, limit=refusal.limit,
        remedy=refusal.remedy,
    )  # fmt: skip


@dataclass
class Act:
    """An attempt at a dispensing phase, inside its open entry; what is found against it is collected."""

    turn: Turn
    run: Run
    phase: Dispense
    actor: record.Actor
    checker: record.Actor | None
    reason: str
    entered: list[Entered] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    @classmethod
    def begin(
        cls, entry: record.OpenEntry, batch: Batch, path: str, *, checker: record.Actor | None, reason: str
    ) -> "Act":
        """Lock the batch and find the phase.

        Args:
            entry: The open entry; its actor weighs.
            batch: The batch.
            path: Of the run.
            checker: Second person, who identified in the same request.
            reason: Why, where something is to be said.

        Returns:
            The act.

        Raises:
            Refused: If the actor may not perform steps, or the checker not verify them.
            DomainError: If it is not the turn of this phase, or nothing is dispensed in it.
        """
        people.authorize(entry.actor, "step.perform")
        if checker is not None:
            people.authorize(checker, "step.verify")
        turn = turning.begin(entry, batch)
        may_perform(turn.plan, turn.marking, path)
        phase = phase_of(turn, path)
        if not isinstance(phase, Dispense):
            raise DomainError(_("Nothing is dispensed in this step"), value=turn.runs[path].name)
        act = cls(turn, turn.runs[path], phase, entry.actor, checker, reason.strip())
        situation = situation_of(turn, act.run, phase, entry.actor, (), checker)
        # role, training and second person are asked as for any phase; what was scanned is judged by its own rules
        act.reasons += judge(phase, act.attempt(), situation).reasons
        return act

    def attempt(self) -> Attempt:
        """The attempt, with what was entered until now."""
        return Attempt(
            path=self.run.path, by=self.actor.id, at=self.turn.facts.now, entered=tuple(self.entered),
            checked_by="" if self.checker is None else self.checker.id, reason=self.reason,
        )  # fmt: skip

    def enter(self, name: str, text: str, source: Source = "scanner", shown: Shown | None = None) -> None:
        """Keep something that was scanned, read or typed.

        Args:
            name: What it is.
            text: As it came; nothing is kept of what is empty.
            source: Where it came from.
            shown: Of a reading: the scale.
        """
        if not text:
            return
        instrument = None if shown is None else shown.instrument
        until = None if instrument is None else plant.facts_on(instrument).calibrated_until
        tag = "" if shown is None else shown.tag
        self.entered.append(
            Entered(field=name, text=text[:200], source=source, instrument=tag, calibrated_until=until)
        )

    def refuse(self, refusals: Sequence[Refusal], name: str = "") -> None:
        """Take in what speaks against it."""
        self.reasons += [reason_of(one, name) for one in refusals]

    def take_in(self, data: Any, judged: Judged | None = None) -> Any:
        """Keep the attempt: refused with every reason that was found, or as it was judged.

        Args:
            data: Facts of the entry.
            judged: What was said, where nothing speaks against it.

        Returns:
            The facts of the entry.
        """
        if self.reasons or judged is None:
            judged = Judged(self.attempt(), "refused", reasons=tuple(self.reasons))
        return take_in(self.turn, self.run, judged, data, actor=self.actor, checker=self.checker)

    def settle(self, data: Any, exceptions: Sequence[Raised] = (), **columns: Any) -> Any:
        """Keep an attempt that is no weight: refused with every reason that was found, or accepted.

        Args:
            data: Facts of the entry.
            exceptions: What it raises where it is accepted.
            **columns: What it changes of the batch where it is accepted.

        Returns:
            The facts of the entry.
        """
        if self.reasons:
            return self.take_in(data)
        turn = self.turn
        judged = Judged(self.attempt(), "accepted")
        row = keep_attempt(turn, self.run, judged, actor=self.actor, checker=self.checker)
        turn.write(**columns)
        rows = raise_exceptions(turn.entry, turn.batch, exceptions, by=self.actor, run=self.run, attempt=row)
        return data.model_copy(
            update={
                "name": self.run.name, "attempt": row.number, "verdict": "accepted",
                "exceptions": [one.number for one in rows],
            }
        )  # fmt: skip


def attempted(attempt: Callable[[Refusal | None], record.Receipt]) -> record.Receipt:
    """Make an attempt, and keep it where something refuses it only while it is written.

    Such as a container that somebody else emptied meanwhile: nothing of the act stays, and the attempt is kept in an
    entry of its own.

    Args:
        attempt: Makes it; with a refusal, keeps it as refused.

    Returns:
        Where the entry stands.

    Raises:
        AttemptRefused: If it was refused; it is on record.
        Refused: If the actor may not.
        DomainError: If it is not the turn of this phase; then nothing is recorded.
    """
    tries = TRIES
    while True:
        tries -= 1
        try:
            return answered(attempt(None))
        except record.Stale:
            if not tries:  # others drew from the same container each time; nothing of it is old to who weighs
                raise
        except (people.Refused, record.AlreadyRecorded, AttemptRefused):
            raise
        except DomainError as error:
            # where it is not even the turn of the phase, this says so again, and nothing is kept
            return answered(attempt(refusal_of(error, "lot")))
