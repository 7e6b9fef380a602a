"""What a phase is judged in: who is trained, what was scanned, what came before; read from rows, inside the entry."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from batchwright import record
from batchwright.execution.attempts import Entered, Person, Situation
from batchwright.execution.models import Attempt, Run, Weighing
from batchwright.execution.plan import Plan
from batchwright.execution.services.charging import meant
from batchwright.execution.services.turning import Turn
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import Container, Definition, Lot
from batchwright.people.models import User
from batchwright.people.permissions import MACHINES
from batchwright.people.training import held_by, needed_by_each
from batchwright.plant import EquipmentElement
from batchwright.recipes.phases import Charge, Phase, Repeat, Sample, Scan, Verify, Weigh
from batchwright.recipes.procedure import RecipeElement


def situation_of(
    turn: Turn, run: Run, phase: Phase | None, actor: record.Actor, entered: Sequence[Entered],
    checker: record.Actor | None = None, *, trained: bool = True,
) -> Situation:  # fmt: skip
    """Read what a phase is judged in.

    Args:
        turn: The turn.
        run: Run of the phase.
        phase: What it does; None for one of another system.
        actor: Who performs it.
        entered: What was put in.
        checker: Second person.
        trained: Whether to read what the people are trained for; not for those who look ahead.

    Returns:
        The situation; what the phase does not ask for is left out of it.
    """
    now = turn.facts.now
    present = [one for one in (actor, checker) if one is not None]
    operation = operation_of(run)
    needs = needed_by_each({operation, *(f"role/{one.role}" for one in present)}, now) if trained else {}
    trainings = needs.get(operation, frozenset())
    people = {
        one.id: _person(one, trainings, needs[f"role/{one.role}"], phase, now) if trained else Person(one.id)
        for one in present
    }
    code = next((one.text.strip() for one in entered if one.field == "code"), "")
    expected, known = _scanned(turn, run, phase, code)
    if isinstance(phase, Charge):  # a label as the scanner reads it is as good as the code on it
        parts = [part.strip() for one in entered for part in one.text.split(",")]
        expected |= {part for part in parts if meant(part) in expected}
    latest = None
    if isinstance(phase, Repeat) and run.rounds:
        latest = (
            Attempt.objects.filter(run=run, kind="perform").exclude(verdict="refused").order_by("-number")
            .values_list("at", flat=True).first()
        )  # fmt: skip
    return Situation(
        surroundings=turn.around(run.path), people=people, started=run.started_at or now,
        trainings=trainings, expected=expected, known=known, performers=_performers(turn, run, phase),
        rounds=run.rounds, latest_round=latest, target=_target(turn, run, phase),
        containers=containers_of(turn.plan, run, phase),
    )  # fmt: skip


def operation_of(run: Run) -> str:
    """Name what a person is trained for who performs this kind of phase.

    Args:
        run: Run of the phase.

    Returns:
        Such as ``operation/weighing``.
    """
    return f"operation/{'weighing' if run.kind in ('weigh', 'dispense') else run.kind.replace(' ', '-')}"


def _person(
    actor: record.Actor, trainings: frozenset[str], needs: frozenset[str], phase: Phase | None, now: datetime
) -> Person:
    if actor.role in MACHINES:
        role = phase.role if phase is not None else ""
        return Person(actor.id, frozenset({actor.role, role}), frozenset(phase.training if phase is not None else ()))
    asked = trainings | needs | frozenset(phase.training if phase is not None else ())
    held = held_by(actor.id, asked, now) if asked else frozenset()
    return Person(actor.id, frozenset({actor.role}), held, needs)


def material_of(turn: Turn, run: Run, name: str) -> str:
    """Give the code of the material that a parameter in reach of a run stands for.

    Args:
        turn: The turn.
        run: The run.
        name: Name of the parameter, or the code itself.

    Returns:
        The code; the name itself where no parameter of this name has a material.
    """
    for element in turn.plan.around(run.element):
        found = turn.plan.parameters.get(f"{element}/{name}" if element else name)
        if found is not None:
            return found.material or name
    return name


def _scanned(turn: Turn, run: Run, phase: Phase | None, code: str) -> tuple[frozenset[str], frozenset[str] | None]:
    """The codes that a scan may find, and those of the kind that the plant has, as far as this code goes."""
    if isinstance(phase, Charge):
        rows = _dispensed(turn).values_list("vessel", "into__identifier")
        return frozenset(code for row in rows for code in row if code), None
    if not isinstance(phase, Scan):
        return frozenset(), None
    match phase.what:
        case "material":
            return _material(turn, run, phase, code)
        case "container":
            own = frozenset(_dispensed(turn).values_list("vessel", flat=True))
            there = frozenset({code}) if Container.objects.filter(identifier=code).exists() else frozenset()
            return (frozenset({phase.expects}) if phase.expects else own), there | own
        case "equipment" | "place":
            there = frozenset(EquipmentElement.objects.filter(tag=code).values_list("tag", flat=True))
            wanted = phase.expects or (run.unit if phase.what == "equipment" else "")
            return frozenset({wanted} if wanted else ()), there
        case _:
            there = frozenset(User.objects.filter(username=code, is_active=True).values_list("username", flat=True))
            return frozenset({phase.expects} if phase.expects else ()), there


def _material(turn: Turn, run: Run, phase: Scan, code: str) -> tuple[frozenset[str], frozenset[str]]:
    """A material is scanned by its own code, by that of a lot, or by that of a container."""
    found = (
        Definition.objects.filter(code=code).values_list("code", flat=True).first()
        or Lot.objects.filter(identifier=code).values_list("definition__code", flat=True).first()
        or Container.objects.filter(identifier=code).values_list("lot__definition__code", flat=True).first()
    )
    wanted = material_of(turn, run, phase.expects) if phase.expects else ""
    known = frozenset({code}) if found is not None else frozenset()
    if not wanted:
        return frozenset(), known
    return frozenset({code if found == wanted else wanted}), known


def _dispensed(turn: Turn) -> QuerySet[Weighing]:
    return Weighing.objects.filter(batch=turn.batch, returned_at__isnull=True, charged=False)


def _performers(turn: Turn, run: Run, phase: Phase | None) -> frozenset[str]:
    """Who performed what a verification confirms: the phases that it names, or the one before."""
    if not isinstance(phase, Verify):
        return frozenset()
    before = [one for one in turn.runs.values() if one.level == "phase" and one.position < run.position]
    named = [one.pk for one in before if one.element in phase.phases] if phase.phases else [
        one.pk for one in before[-1:]
    ]  # fmt: skip
    return frozenset(
        Attempt.objects.filter(run_id__in=named).exclude(verdict="refused").values_list("by", flat=True)
    )


def _target(turn: Turn, run: Run, phase: Phase | None) -> Quantity | None:
    if not isinstance(phase, Weigh) or not phase.target:
        return None
    try:
        worth = turn.around(run.path).worth(phase.target)
    except BatchwrightError:
        return None  # the phase says itself that its target is not known yet
    return worth.as_quantity() if hasattr(worth, "as_quantity") else None


def containers_of(plan: Plan, run: Run, phase: Phase | None) -> dict[str, int]:
    """Give how many containers a sampling takes.

    Args:
        plan: The procedure of the control recipe in force.
        run: Run of the phase.
        phase: What it does.

    Returns:
        Numbers by sampling point; none where it is no sampling.
    """
    if not isinstance(phase, Sample):
        return {}
    points: dict[str, int] = {}
    for element in plan.around(run.element):
        found: RecipeElement | None = plan.elements.get(element)
        for one in found.samples if found is not None else ():
            points.setdefault(one.id, one.containers)
    return {name: count for name, count in points.items() if name in phase.points}
