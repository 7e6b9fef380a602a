"""The work list: which steps wait for somebody, the most urgent first, with why now and what each needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from batchwright import plant, record
from batchwright.execution import queries
from batchwright.execution.marking import Question
from batchwright.execution.models import Attempt, Batch, Run
from batchwright.execution.pace import Pace, pace_of
from batchwright.execution.services.common import control_of
from batchwright.execution.services.situations import operation_of
from batchwright.execution.states import State
from batchwright.kernel import clock
from batchwright.people.access import may
from batchwright.people.training import held_by, requirements
from batchwright.recipes.phases import Phase

_URGENCY = ("late", "overdue", "waited for", "question", "due", "open", "elsewhere", "sleeps")
_ON_SCALES = frozenset({"weigh", "dispense"})


@dataclass(frozen=True, slots=True)
class Needed:
    """One thing that a step needs, and whether it is there."""

    tone: str
    """done, attention or waiting."""
    words: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One step on the work list."""

    run: Run
    urgency: str
    pace: Pace
    performer: str = ""
    """Name of who waits for a second person."""
    needs: tuple[Needed, ...] = ()

    @property
    def tone(self) -> str:
        """Its colour: only what is late or overdue has another than blue."""
        return {"late": "stop", "overdue": "attention", "sleeps": "waiting", "elsewhere": "waiting"}.get(
            self.urgency, "yours"
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the recipe leaves to an operator."""

    batch: Batch
    question: Question


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for somebody."""

    cards: list[Card]
    questions: list[Asked]
    lines: list[str]
    """Units in which something waits."""


def work_of(actor: record.Actor, line: str = "") -> Work:
    """Give what waits for a person in the present role, with few queries however much it is.

    Args:
        actor: The person.
        line: Only what runs in this unit; "" for all.

    Returns:
        Cards, the most urgent first.

    Raises:
        Refused: If the actor may not see batches.
    """
    now = clock.now()
    every = list(queries.to_do(actor))
    lines = sorted({one.unit for one in every if one.unit})
    runs = [one for one in every if not line or one.unit == line]
    paces = paces_of(runs)
    performers = performers_of(actor, runs)
    needs = _Needs.of(actor, runs, now)
    verifies = may(actor, "step.verify")
    cards = [
        Card(
            one, _urgency(one, paces[one.pk], now), paces[one.pk], performers.get(one.pk, ""),
            needs.of_run(one, phase_of(one)),
        )
        for one in runs if verifies or not one.awaits
    ]  # fmt: skip
    cards.sort(key=lambda card: (_URGENCY.index(card.urgency), card.run.started_at or now, card.run.pk))
    return Work(cards, [] if line else _questions(actor), lines)


def next_step(actor: record.Actor, done: Run) -> Run | None:
    """Give the step with which a person goes on after another.

    Args:
        actor: The person.
        done: The step that was performed.

    Returns:
        Of the same batch, what is not asked for later: first what lies behind in the same branch, then what is oldest.
    """
    now = clock.now()
    runs = list(queries.to_do(actor).filter(batch_id=done.batch_id, awaits=""))
    paces = paces_of(runs)
    runs.sort(key=lambda one: (paces[one.pk].sleeps(now), one.position <= done.position, one.position))
    return runs[0] if runs else None


def phase_of(run: Run) -> Phase | None:
    """Give what the step of a run does, in the control recipe in force."""
    _control, plan = control_of(run.batch)
    return plan.elements[run.element].phase


def paces_of(runs: Sequence[Run]) -> dict[int, Pace]:
    """Give the times of steps, with one query for all.

    Args:
        runs: Runs of phases that the caller was allowed to read.

    Returns:
        Key of the run to its times.
    """
    repeats = [one.pk for one in runs if one.kind == "repeat"]
    rounds = Attempt.objects.filter(run_id__in=repeats, kind="perform").exclude(verdict="refused") if repeats else ()
    latest = {} if not repeats else dict(
        rounds.values("run_id").annotate(latest=Max("at")).values_list("run_id", "latest")  # type: ignore[union-attr]
    )  # fmt: skip
    now = clock.now()
    return {one.pk: pace_of(phase_of(one), one.started_at or now, latest.get(one.pk)) for one in runs}


def _urgency(run: Run, pace: Pace, now: datetime) -> str:
    if pace.is_late(now):
        return "late"
    if run.awaits:
        return "waited for"
    if pace.sleeps(now):
        return "sleeps"
    if pace.is_overdue(now):
        # the first round is due at once, and so is a wait whose time has passed: neither is behind its time
        return "overdue" if run.kind == "repeat" and run.rounds else "due"
    return "open"


def performers_of(actor: record.Actor, runs: Iterable[Run]) -> dict[int, str]:
    """Give the names of who performed what waits for a second person.

    Args:
        actor: Who looks.
        runs: Steps that the actor was allowed to read.

    Returns:
        Key of the run to the name.
    """
    waiting = [one.pk for one in runs if one.awaits]
    if not waiting:
        return {}
    rows = Attempt.visible_to(actor).filter(run_id__in=waiting).exclude(verdict="refused").order_by("number")
    return dict(rows.values_list("run_id", "by_name"))


def _questions(actor: record.Actor) -> list[Asked]:
    """What the recipes leave to an operator; only control recipes that allow it are walked."""
    running = queries.batches(actor, state=State.RUNNING.value)
    return [
        Asked(one, question)
        for one in running if control_of(one)[1].operator_decides
        for question in queries.standing(actor, one).outlook.questions
    ]


@dataclass(frozen=True, slots=True)
class _Needs:
    """What steps need, read once for all of them."""

    units: Mapping[str, tuple[bool, str]]
    scales: tuple[int, int] | None
    lacking: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, actor: record.Actor, runs: Sequence[Run], now: datetime) -> "_Needs":
        """Read what is needed.

        Args:
            actor: Who looks.
            runs: The steps.
            now: The moment.

        Returns:
            What is there and what is not.
        """
        return cls(_units(actor, runs), _scales(actor, runs, now), _lacking(actor, runs, now))

    def of_run(self, run: Run, phase: Phase | None) -> tuple[Needed, ...]:
        """Say what one step needs.

        Args:
            run: The step.
            phase: What it does.

        Returns:
            What is missing first.
        """
        found = []
        lacking = self.lacking.get(operation_of(run), ())
        if lacking:
            found.append(Needed("attention", _("training: %(codes)s") % {"codes": ", ".join(lacking)}))
        if run.unit in self.units:
            usable, why = self.units[run.unit]
            words = _("%(unit)s ready") if usable else _("%(unit)s: %(why)s")
            found.append(Needed("done" if usable else "attention", words % {"unit": run.unit, "why": why}))
        if run.kind in _ON_SCALES and self.scales is not None:
            ready, there = self.scales
            words = _("%(ready)s of %(there)s scales ready") % {"ready": ready, "there": there}
            found.append(Needed("done" if ready else "attention", words))
        if phase is not None and phase.second_person and not run.awaits:
            found.append(Needed("waiting", _("a second person")))
        found.sort(key=lambda one: one.tone != "attention")
        return tuple(found)


def _units(actor: record.Actor, runs: Sequence[Run]) -> dict[str, tuple[bool, str]]:
    """Whether the units can be used; one that is in use for a batch is."""
    tags = {one.unit for one in runs if one.unit}
    if not tags or actor.sponsor is not None or not may(actor, "plant.read"):
        return {}
    units = list(plant.elements(actor).filter(tag__in=tags))
    verdicts = plant.verdicts_of([one for one in units if one.level == "unit"])
    found = {}
    for one in units:
        verdict = verdicts.get(one.pk)
        if verdict is not None:
            against = [reason for reason in verdict.reasons if reason.code != "in-use"]
            found[one.tag] = (not against, str(against[0]) if against else "")
    return found


def _scales(actor: record.Actor, runs: Sequence[Run], now: datetime) -> tuple[int, int] | None:
    if not any(one.kind in _ON_SCALES for one in runs) or not may(actor, "plant.read"):
        return None
    scales = list(plant.instruments(actor, kind="scale"))
    verdicts = plant.verdicts_on(scales, now)
    return sum(one.usable for one in verdicts.values()), len(scales)


def _lacking(actor: record.Actor, runs: Sequence[Run], now: datetime) -> dict[str, tuple[str, ...]]:
    """Which trainings the person lacks, by operation."""
    operations = sorted({operation_of(one) for one in runs})
    if not operations:
        return {}
    role = f"role/{actor.role}"
    wanted = {one: frozenset(asked.code for asked in requirements([one, role], now)) for one in operations}
    held = held_by(actor.id, frozenset().union(*wanted.values()), now)
    return {one: tuple(sorted(codes - held)) for one, codes in wanted.items() if codes - held}
