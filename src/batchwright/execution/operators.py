"""Automatic operators: a crew that performs a batch through the same commands as people's pages do.

One performs, another checks, whoever may signs. For demos, trials of a recipe before people meet it, tests and
benchmarks: what they do stands in the record under their names, so they are people of a plant that is made for it.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from django.db.models import QuerySet

from batchwright import record
from batchwright.execution import queries, services
from batchwright.execution.answering import answer
from batchwright.execution.models import Attempt, Batch, Run
from batchwright.execution.modules import Module
from batchwright.execution.queries import Standing
from batchwright.execution.services.equipment import clearing_hindrance, hindrance
from batchwright.execution.services.situations import situation_of
from batchwright.execution.states import ENDED, Command, State
from batchwright.execution.unit_operators import promised_to
from batchwright.kernel.errors import DomainError
from batchwright.plant import Verdict
from batchwright.recipes.phases import Automated, ClearLine, Dispense, Phase, Sign, Verify

Signs = Callable[[Run], record.Receipt]
Prepares = Callable[[Run, Verdict], record.Receipt | None]
Dispenses = Callable[[record.Actor, record.Actor | None, Run], record.Receipt]


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the crew.

    Attributes:
        actor: Who it is, in one role.
        sign: Signs a step under this name; None where the person cannot.
    """

    actor: record.Actor
    sign: Signs | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How a crew works.

    Attributes:
        seed: The same seed gives the same values and the same choices.
        mistakes: Share of first attempts that are done wrongly, from 0 to 1.
        order: Which of several open steps comes first: the one that is open longest, the newest, or any.
        hand_over: Whether the second person checks within the performer's request, as on one tablet, and not later.
        paced: Whether a round of a repetition is done when it is due, and not at once.
    """

    seed: int = 0
    mistakes: float = 0.0
    order: Literal["first", "last", "any"] = "first"
    hand_over: bool = False
    paced: bool = False


@dataclass(frozen=True, slots=True)
class Acted:
    """One act."""

    what: Literal["performed", "checked", "signed", "answered", "refused", "prepared"]
    path: str
    name: str
    by: str
    open: int
    """Steps that were open side by side."""
    seq: int
    """Number of the entry."""
    said: str = ""
    """What was decided, or why it was refused."""


Done = tuple[Acted | None, float, str]
"""What was done; or None, the seconds until it can be done, and what it waits for."""
_PATIENCE = 3
"""Refused attempts at one step after which a crew leaves it to people."""


@dataclass
class Worked:
    """What a crew did."""

    batch: str
    state: str = ""
    acts: list[Acted] = field(default_factory=list)
    waits: str = ""
    """Why the crew stopped; "" where the batch is where it was to be brought."""

    @property
    def phases(self) -> list[str]:
        """Paths of the phases in the order in which somebody began with them."""
        return list(dict.fromkeys(one.path for one in self.acts if one.what not in ("answered", "prepared")))

    @property
    def widest(self) -> int:
        """How many steps were open side by side at most."""
        return max((one.open for one in self.acts), default=0)

    def as_json(self) -> dict[str, Any]:
        """Give the account for machines."""
        return {
            "batch": self.batch, "state": self.state, "phases": len(self.phases), "widest": self.widest,
            "waits": self.waits, "acts": [asdict(one) for one in self.acts],
        }  # fmt: skip


class NobodyToAct(DomainError):
    """The crew has nobody for a step."""


@dataclass
class Crew:
    """People who perform batches.

    Args:
        members: Who; whoever stands first is asked first.
        policy: How they work.
        module_of: Finds the module of an automated step; None where operators enter what it left.
        dispense: Carries out a dispensing step; None where the crew cannot weigh.
        prepare: Makes a unit ready that cannot be used yet; None where that is left to people.
        let_pass: Lets seconds pass; by default it waits.
        patience_seconds: How long the crew waits for a time to come before it stops.
    """

    members: Sequence[Member]
    policy: Policy = field(default_factory=Policy)
    module_of: Callable[[str], Module | None] | None = None
    dispense: Dispenses | None = None
    prepare: Prepares | None = None
    let_pass: Callable[[float], None] = time.sleep
    patience_seconds: float = 0.0

    def work(self, batch: Batch, *, until: State = State.COMPLETE, most: int = 5_000) -> Worked:
        """Bring a batch to a state, act by act.

        Args:
            batch: The batch; it is started where nobody has.
            until: State of the batch that ends the work; so does every state in which nothing runs any more.
            most: Acts after which the crew stops.

        Returns:
            What was done, and why it stopped.
        """
        done, waited = Worked(batch.number), 0.0
        actor = self.members[0].actor
        while len(done.acts) < most:
            batch = self._read(batch)
            if batch.state == State.IDLE:
                services.command_batch(actor=actor, batch=batch, command=Command.START)
                continue
            done.state = batch.state
            if batch.state == until or State(batch.state) in ENDED:
                return done
            if self.module_of is not None and services.run_modules(self.module_of):
                continue
            try:
                acted, pause, why = self.act(batch)
            except services.AttemptRefused as refused:
                done.waits = str(refused)  # what is not its own mistake asks for a person's judgement
                return done
            if acted is not None:
                done.acts.append(acted)
                waited = 0.0
            elif waited >= self.patience_seconds:
                done.waits = why
                return done
            else:
                pause = min(max(pause, 0.2), self.patience_seconds - waited)
                self.let_pass(pause)
                waited += pause
                services.watch_the_clock()
        done.waits = f"{most} acts"
        return done

    def act(self, batch: Batch) -> tuple[Acted | None, float, str]:
        """Do one thing that can be done now.

        Args:
            batch: The batch, as it was read now.

        Returns:
            What was done; None with the seconds to wait and the reason where there is nothing to do for the crew.
        """
        standing = queries.standing(self.members[0].actor, batch)
        outlook = standing.outlook
        for question in outlook.questions:
            choice = self._die(question.key).choice(question.options)
            actor = self.members[0].actor
            receipt = services.answer_question(actor=actor, batch=batch, key=question.key, choice=choice)
            said = Acted(
                "answered", question.level, question.sentence, actor.id, len(outlook.to_perform), receipt.seq, choice
            )
            return said, 0.0, ""
        pause, why = 1.0, outlook.sentence
        for path in self._ordered(outlook.to_perform):
            acted, left, because = self._step(standing, path)
            if acted is not None:
                return acted, 0.0, ""
            pause, why = (min(pause, left) if left else pause), why or because or f"{path} waits"
        return None, pause, why

    def _ordered(self, paths: tuple[str, ...]) -> list[str]:
        if self.policy.order == "any":
            return self._die("/".join(paths)).sample(paths, len(paths))
        return list(paths) if self.policy.order == "first" else list(reversed(paths))

    def _die(self, what: str) -> random.Random:
        return random.Random(f"{self.policy.seed}/{what}")  # noqa: S311 - no secret; alike each time

    def _read(self, batch: Batch) -> Batch:
        found: Batch = Batch.objects.select_related("sponsor", "recipe_version__recipe").get(pk=batch.pk)
        return found

    # --------------------------------------------------------------------------------------------------------- a step
    def _step(self, standing: Standing, path: str) -> Done:
        turn, opened = standing.turn, len(standing.outlook.to_perform)
        run = turn.runs[path]
        phase = turn.plan.elements[run.element].phase
        if run.awaits:
            checker = self._somebody(run, phase, but={run.awaits})
            receipt = services.check(actor=checker.actor, batch=turn.batch, path=path)
            return Acted("checked", path, run.name, checker.actor.id, opened, receipt.seq), 0.0, ""
        if isinstance(phase, Automated) and self._module(run, phase) is not None:
            verdict = None if self.prepare is None else hindrance(turn, run)
            return (None, 0.0, "") if verdict is None else self._prepared(run, verdict, opened)
        verdict = clearing_hindrance(turn, run) if isinstance(phase, ClearLine) else hindrance(turn, run)
        if verdict is not None:
            return self._prepared(run, verdict, opened)
        if isinstance(phase, ClearLine) and (other := promised_to(run)):
            return None, 0.0, f"{run.unit} is cleared for {other}"
        member = self._somebody(run, phase, but=self._performers(standing, run, phase))
        if isinstance(phase, Sign):
            if member.sign is None:
                raise NobodyToAct(f"{member.actor.name} cannot sign", value=run.name)
            receipt = member.sign(run)
            return Acted("signed", path, run.name, member.actor.id, opened, receipt.seq), 0.0, ""
        if isinstance(phase, Dispense):
            if self.dispense is None:
                raise NobodyToAct("nobody of the crew weighs", value=run.name)
            receipt = self.dispense(member.actor, self._second(run, phase, member), run)
            return Acted("performed", path, run.name, member.actor.id, opened, receipt.seq), 0.0, ""
        return self._perform(standing, run, phase, member)

    def _prepared(self, run: Run, verdict: Verdict, opened: int) -> Done:
        """Make the unit ready, or say what speaks against it; nobody tries what the plant would refuse."""
        why = f"{run.unit}: {'; '.join(map(str, verdict.reasons))}"
        receipt = None if self.prepare is None or promised_to(run) else self.prepare(run, verdict)
        if receipt is None:
            return None, 0.0, why
        return Acted("prepared", run.path, run.unit, "", opened, receipt.seq, receipt.type), 0.0, ""

    def _perform(self, standing: Standing, run: Run, phase: Phase | None, member: Member) -> Done:
        turn, opened = standing.turn, len(standing.outlook.to_perform)
        verdicts = _VERDICTS.all(run=run.pk)
        refusals = verdicts.count("refused")
        if refusals >= _PATIENCE:
            return None, 0.0, f"{run.name}: refused {refusals} times, left to people"
        mistake = not verdicts and self._die(f"mistake/{run.path}").random() < self.policy.mistakes
        entering = answer(turn, run, member.actor, seed=self.policy.seed, mistake=mistake, paced=self.policy.paced)
        if entering.wait_seconds:
            return None, entering.wait_seconds, ""
        checker = self._second(run, phase, member) if self.policy.hand_over else None
        try:
            receipt = services.perform(
                actor=member.actor, batch=turn.batch, path=run.path, values=entering.values, checker=checker,
                reason=entering.reason, attached=entering.attached,
            )  # fmt: skip
        except services.AttemptRefused as refused:
            if not entering.mistake:
                raise
            seq = refused.receipt.seq
            return Acted("refused", run.path, run.name, member.actor.id, opened, seq, str(refused)), 0.0, ""
        return Acted("performed", run.path, run.name, member.actor.id, opened, receipt.seq, entering.mistake), 0.0, ""

    def _second(self, run: Run, phase: Phase | None, first: Member) -> record.Actor | None:
        if phase is None or not phase.second_person:
            return None
        return self._somebody(run, None, but={first.actor.id}).actor

    def _module(self, run: Run, phase: Automated) -> Module | None:
        return None if self.module_of is None else self.module_of(run.unit or phase.service)

    def _performers(self, standing: Standing, run: Run, phase: Phase | None) -> frozenset[str]:
        if not isinstance(phase, Verify):
            return frozenset()
        return situation_of(standing.turn, run, phase, self.members[0].actor, (), trained=False).performers

    def _somebody(self, run: Run, phase: Phase | None, *, but: set[str] | frozenset[str]) -> Member:
        role = phase.role if phase is not None and not run.awaits else ""
        for one in self.members:
            if one.actor.id not in but and role in ("", one.actor.role):
                return one
        raise NobodyToAct(
            "the crew has nobody for this step", value=run.name, limit=role or f"somebody but {', '.join(sorted(but))}",
            remedy="Take somebody else into the crew.",
        )  # fmt: skip


def _verdicts(run: int) -> QuerySet[Attempt, str]:
    return Attempt.objects.filter(run_id=run).order_by().values_list("verdict", flat=True)


_VERDICTS: Final = record.Prepared(_verdicts, run=int)
