"""What goes on without anybody: modules that run services, and batches that wait for time. For the worker process.

Nothing is kept between two looks. What runs stands in rows, what a module does the module says, and each act has a key
of its own: a process that is killed between an order and its record asks again and finds the same order.
"""

import hashlib
import logging
from collections.abc import Callable, Collection
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from batchwright import plant, record
from batchwright.execution import engine
from batchwright.execution.models import Batch, Run
from batchwright.execution.modules import MOVING, Module, ModuleState, Order, Told, Wanted
from batchwright.execution.phases import asked
from batchwright.execution.plan import Plan
from batchwright.execution.proposals import proposed
from batchwright.execution.services import turning
from batchwright.execution.services.commanding import NothingMoved, command_batch, go_on
from batchwright.execution.services.common import control_of
from batchwright.execution.services.equipment import hindrance
from batchwright.execution.services.performing import AttemptRefused, Put, perform
from batchwright.execution.services.turning import Turn
from batchwright.execution.states import SETTLES, Command, State
from batchwright.execution.surroundings import Surroundings
from batchwright.kernel import clock
from batchwright.kernel.errors import BatchwrightError, DomainError
from batchwright.recipes import expressions
from batchwright.recipes.expressions import Since
from batchwright.recipes.phases import Automated

_log = logging.getLogger(__name__)
CLOCK: Final = record.Actor(id="clock", name="Clock", role="machine")
"""What watches the time."""
ModuleOf = Callable[[str], Module | None]
"""The module with a tag; None where the plant has none and values are entered by hand."""
_SEED: Final = 88


def module_actor(tag: str) -> record.Actor:
    """Give who acts when a module does.

    Args:
        tag: Of the module.

    Returns:
        An actor that stands in the record under the tag.
    """
    return record.Actor(id=f"module:{tag}", name=f"Module {tag}", role="machine")


def tag_of(run: Run, phase: Automated) -> str:
    """Give the tag of the module that a phase is for: its unit, or where none is bound the service."""
    return run.unit or phase.service


def key_of(run: Run) -> str:
    """Give the key of the order of a run; one that is reset and starts anew is another order."""
    began = "" if run.started_at is None else clock.iso(run.started_at)
    return hashlib.sha256(f"{run.batch.number}\n{run.path}\n{began}".encode()).hexdigest()[:40]


# ---------------------------------------------------------------------------------------------------------- modules
def run_modules(module_of: ModuleOf, *, only: Collection[int] | None = None) -> int:
    """Look at every phase that a module performs, and do what is due: start it, take its results, pass on commands.

    Args:
        module_of: Finds a module.
        only: Keys of the batches that are looked at; None for all.

    Returns:
        How many acts were recorded.
    """
    runs = _AUTOMATED.all() if only is None else _AUTOMATED.all(batches=only)
    return sum(_look(one, module_of) for one in runs)


def _automated(batches: list[int] | None = None) -> QuerySet[Run]:
    moving = [State.RUNNING.value, State.HELD.value, *(one.value for one in SETTLES)]
    found = (
        Run.objects.filter(level="phase", kind="automated", state__in=moving).order_by("id")
        .select_related("batch__sponsor", "batch__recipe_version__recipe")
    )  # fmt: skip
    return found if batches is None else found.filter(batch__in=batches)


_AUTOMATED: Final = record.Prepared(_automated, batches=list[int])


def _look(run: Run, module_of: ModuleOf) -> bool:
    """Look at one phase; an error of it keeps no other waiting."""
    phase = control_of(run.batch)[1].elements[run.element].phase
    if not isinstance(phase, Automated):
        return False  # a redline made something else of it
    module = module_of(tag_of(run, phase))
    try:
        if run.state == State.RUNNING:
            return module is not None and not run.awaits and _runs(run, phase, module)
        return _halts(run, module)
    except BatchwrightError as error:
        # somebody was there first, or the module does not answer: the next look finds out
        _log.warning("module of %s, %s: %s", run.batch.number, run.path, error)
        return False


def _runs(run: Run, phase: Automated, module: Module) -> bool:
    key = key_of(run)
    told = module.ask(key)
    if told is None:
        turn = turning.read(run.batch, clock.now())
        if hindrance(turn, run) is not None:
            return False  # it waits until its unit is ready; the step says why
        try:
            order = order_of(turn, run, phase, key)
        except DomainError as error:
            return _hold(run, module, _("What the module is to do cannot be said: %s") % error)
        told = module.start(order)
    match told.state:
        case ModuleState.COMPLETED:
            return _take_results(run, phase, module, told)
        case ModuleState.HOLDING | ModuleState.HELD:
            module.resume(key)
            return False
        case ModuleState.STOPPED | ModuleState.ABORTED:
            return _hold(run, module, told.sentence or _("The service has ended before it was complete"))
        case _:
            return False


def order_of(turn: Turn, run: Run, phase: Automated, key: str) -> Order:
    """Say what a module is to do for a phase.

    Args:
        turn: The batch.
        run: Run of the phase.
        phase: The phase.
        key: Key of the order.

    Returns:
        The order, with the parameters as they are worth now.
    """
    place: Surroundings = turn.around(run.path)
    parameters = {}
    for one in phase.parameters:
        worth = place.worth(f"`{one.value}`")
        parameters[one.name] = str(worth.as_quantity() if hasattr(worth, "as_quantity") else worth)
    wanted = tuple(
        Wanted(
            id=one.id, unit=one.unit, limits=one.limits,
            expected=_with_unit(one, proposed(one, place, seed=_SEED, batch=run.batch.number)),
        )
        for one in asked(phase)
    )  # fmt: skip
    return Order(key=key, service=phase.service, procedure=phase.procedure, parameters=parameters, wanted=wanted)


def _with_unit(field: object, text: str) -> str:
    unit = getattr(field, "unit", "1")
    return f"{text} {unit}" if getattr(field, "type", "") == "number" else text


def _take_results(run: Run, phase: Automated, module: Module, told: Told) -> bool:
    """Report what a module has left; what is refused holds the phase, since the same would be refused again."""
    until = plant.calibrated_until(run.unit) if run.unit and phase.results else None
    values = {
        one.id: Put(told.results.get(one.id, ""), source="module", instrument=module.tag, calibrated_until=until)
        for one in asked(phase)
    }
    if not phase.results:
        values = {}
    key = f"module-{key_of(run)}-{clock.iso(told.since)}"
    try:
        receipt = perform(
            actor=module_actor(module.tag), batch=run.batch, path=run.path, values=values, idempotency_key=key
        )
    except AttemptRefused as refused:
        if refused.receipt.repeated:
            return False  # it was held for this, and somebody let it go on: values are entered by hand now
        return _hold(run, module, _("What the module reports is refused: %s") % refused)
    return not receipt.repeated


def _hold(run: Run, module: Module, why: str) -> bool:
    command_batch(actor=module_actor(module.tag), batch=run.batch, command=Command.HOLD, path=run.path, reason=why)
    return True


def _halts(run: Run, module: Module | None) -> bool:
    """Pass a command on, and say when the equipment has come to rest."""
    state = State(run.state)
    key = key_of(run)
    told = None if module is None else module.ask(key)
    if module is not None and told is not None:
        commands = {State.RESTARTING: module.resume, State.STOPPING: module.stop, State.ABORTING: module.abort}
        told = commands.get(state, module.hold)(key)
    if state is State.HELD:
        return False
    resting = told is None or told.state not in MOVING or (
        state is State.RESTARTING and told.state is ModuleState.EXECUTE
    )
    if not resting:
        return False
    actor = CLOCK if module is None else module_actor(module.tag)
    try:
        go_on(actor=actor, batch=run.batch, settled=frozenset({run.path}))
    except NothingMoved:
        return False  # something else is still moving, or somebody was first
    return True


# ------------------------------------------------------------------------------------------------------------- time
def watch_the_clock(*, only: Collection[int] | None = None) -> int:
    """Let batches go on that wait for a time.

    Args:
        only: Keys of the batches that are looked at; None for all.

    Returns:
        How many went on.
    """
    running = _RUNNING.all() if only is None else _RUNNING.all(batches=only)
    return sum(_time_has_come(one) for one in running)


def _running(batches: list[int] | None = None) -> QuerySet[Batch]:
    found = Batch.objects.filter(state=State.RUNNING.value).select_related("sponsor", "recipe_version__recipe")
    return found if batches is None else found.filter(pk__in=batches)


_RUNNING: Final = record.Prepared(_running, batches=list[int])


def _time_has_come(batch: Batch) -> bool:
    if not waits_for_time(control_of(batch)[1]):
        return False
    turn = turning.read(batch, clock.now())
    try:
        if not engine.advance(turn.plan, turn.marking, turn.facts).events:
            return False
        go_on(actor=CLOCK, batch=batch)
    except NothingMoved:
        return False
    except DomainError as error:
        _log.warning("clock of %s: %s", batch.number, error)
        return False
    return True


def waits_for_time(plan: Plan) -> bool:
    """Answer whether time alone can let a procedure go on: a hold time, or a condition with a time in it.

    Args:
        plan: The procedure.

    Returns:
        Whether it is worth looking at.
    """
    if any(one.at_least is not None for one in plan.holds):
        return True
    return any(
        isinstance(part, Since)
        for level in plan.levels.values()
        for condition in level.conditions.values()
        if condition.strip()
        for part in expressions.walk(_condition(condition))
    )


def _condition(source: str) -> expressions.Expression:
    try:
        return expressions.parse(source)
    except BatchwrightError:
        return expressions.parse("true")  # what cannot be read waits for an operator and not for time
