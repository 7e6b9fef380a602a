"""Commands to a batch or to a part of its procedure; answers where the recipe leaves a choice; time that passes."""

from dataclasses import replace

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import commands
from batchwright.execution.entries import BatchCommanded, BatchDecided, BatchWentOn
from batchwright.execution.exceptions import Kind, Raised, raised
from batchwright.execution.marking import BATCH
from batchwright.execution.models import Answer, Batch
from batchwright.execution.outlook import outlook
from batchwright.execution.services import turning
from batchwright.execution.services.common import raise_exceptions
from batchwright.execution.states import Command
from batchwright.kernel.errors import DomainError

_EXCEPTIONAL = frozenset({Command.HOLD, Command.STOP, Command.ABORT, Command.RESET})
"""Commands that are an exception of the batch and need a reason."""


@record.command
def command_batch(
    *,
    actor: record.Actor,
    batch: Batch,
    command: Command,
    path: str = BATCH,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Give a command to a batch, or to a run of an element of its procedure (IEC 61512-1).

    Args:
        actor: Who orders.
        batch: The batch.
        command: START, PAUSE, RESUME, HOLD, RESTART, STOP, ABORT or RESET.
        path: Of the run; "" for the batch.
        reason: Why; asked for where the command is an exception.
        expected_version: Version of the batch that the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the state does not take the command, or a reason is missing.
        Stale: If the batch went on since it was shown.
    """
    data = BatchCommanded(batch=batch.number, command=command.value, path=path, before="-", after="-")
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "batch.hold" if command in (Command.HOLD, Command.PAUSE) else "batch.command")
        turn = turning.begin(entry, batch, expected_version=expected_version)
        visit = turn.marking.visit(path)
        before = visit.state.value if visit is not None else ""
        given = commands.give(turn.plan, turn.marking, path, command, turn.facts.now)
        if command in _EXCEPTIONAL and not reason.strip():
            raise DomainError(_("This command needs a reason"), value=command, remedy=_("Write why."))
        turn.go_on(given)
        turn.write()
        after = turn.marking.visit(path)
        found = turn.found()
        if command in _EXCEPTIONAL:
            found.append(_exception(command, path, reason, before))
        rows = raise_exceptions(entry, batch, found, by=actor, run=turn.runs.get(path))
        entry.data = data.model_copy(
            update={
                "before": before, "after": after.state.value if after is not None else "", "events": turn.happened,
                "exceptions": [one.number for one in rows],
            }
        )  # fmt: skip
    return entry.receipt


def _exception(command: Command, path: str, reason: str, before: str) -> Raised:
    return raised(Kind.COMMAND, f"{command} while {before}: {reason}", path=path, value=command)


@record.command
def answer_question(
    *,
    actor: record.Actor,
    batch: Batch,
    key: str,
    choice: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Decide where the recipe leaves it to an operator.

    Args:
        actor: Who decides.
        batch: The batch.
        key: The question's.
        choice: One of its options.
        reason: Why, where there is something to say.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If nobody asks this now, or the choice is none of its options.
    """
    data = BatchDecided(batch=batch.number, question=key[:200], choice=choice)
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "step.perform")
        turn = turning.begin(entry, batch)
        asked = {one.key: one for one in outlook(turn.plan, turn.marking, turn.facts).questions}
        if key not in asked:
            raise DomainError(_("Nobody asks this now"), value=key[:200], remedy=_("Look at the batch again."))
        if choice not in asked[key].options:
            raise DomainError(_("This is no answer"), value=choice, limit=", ".join(asked[key].options))
        question = asked[key].sentence
        entry.create(
            Answer(batch=batch, key=key, question=question, choice=choice, by=actor.id, at=turn.facts.now)
        )
        turn.facts = replace(turn.facts, decisions={**turn.facts.decisions, key: choice})
        turn.go_on()
        turn.write()
        rows = raise_exceptions(entry, batch, turn.found(), by=actor)
        entry.data = data.model_copy(
            update={
                "question": question, "events": turn.happened, "exceptions": [one.number for one in rows],
            }
        )  # fmt: skip
    return entry.receipt


class NothingMoved(DomainError):
    """The batch stands where it stood."""


@record.command
def go_on(
    *, actor: record.Actor, batch: Batch, settled: frozenset[str] = frozenset(), idempotency_key: str | None = None
) -> record.Receipt:
    """Let a batch go on where time or equipment lets it, without anybody performing anything.

    Args:
        actor: Who asks: a person, or the process that watches the clock.
        batch: The batch.
        settled: Paths of the runs whose equipment has reached the state that was ordered.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        NothingMoved: If nothing can go on; nothing is recorded then.
    """
    data = BatchWentOn(batch=batch.number)
    with record.entry(
        data, actor=actor, subject=batch, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "batch.go_on")
        turn = turning.begin(entry, batch)
        turn.facts = replace(turn.facts, settled=turn.facts.settled | settled)
        turn.go_on()
        if not turn.events:
            raise NothingMoved(_("Nothing can go on yet"), value=batch.number)
        for path in settled & turn.runs.keys():
            entry.update(turn.runs[path], settled=True)
        turn.write()
        rows = raise_exceptions(entry, batch, turn.found(), by=actor)
        entry.data = data.model_copy(
            update={"events": turn.happened, "exceptions": [one.number for one in rows]}
        )
    return entry.receipt
