"""What a batch does to the units that its control recipe binds, by the plant's own rules and inside the same entry.

The first phase that processes something in a unit begins its use, where the plant says that the unit can be used; the
end of everything that is bound to it ends the use, and the unit is dirty. Phases that clean a unit or clear its line
stand in the plant's logbook too, and who checks them as the second person has verified them there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from batchwright import people, plant, record
from batchwright.execution.attempts import Judged, Reason
from batchwright.execution.marking import split
from batchwright.execution.models import Run
from batchwright.execution.states import ENDED
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people.permissions import MACHINES
from batchwright.plant.effective import effective_procedures
from batchwright.plant.models import CleaningProcedure, UnitState
from batchwright.plant.services.use import training_for
from batchwright.plant.verdicts import Remedy, Verdict
from batchwright.recipes.phases import Clean, ClearLine, Phase

if TYPE_CHECKING:  # a turn writes what happens to its units, so it loads this module
    from batchwright.execution.services.turning import Turn


def _state_of(tag: str) -> QuerySet[UnitState]:
    return UnitState.objects.filter(unit__tag=tag).select_related("unit__equipment_class", "use").order_by("id")


_STATE: Final = record.Prepared(_state_of, tag=str)
_ONLY_LOOKS: Final = frozenset({"calculate", "clean", "clear line", "decide", "scan", "sign", "verify"})
"""Kinds of phases that put nothing into a unit."""
_CLEARS: Final = (Remedy.CLEAR_LINE, Remedy.VERIFY_CLEARANCE)
_IN_PLACE: Final = frozenset({"clean in place", "sterilise in place"})


def before(turn: Turn, run: Run, judged: Judged) -> Judged:
    """Do in the plant what an attempt means for its unit; refuse the attempt where the plant refuses.

    Args:
        turn: The turn, inside its open entry.
        run: Run of the phase.
        judged: What was said of the attempt until now.

    Returns:
        The same, or that it is refused with the plant's reasons.
    """
    if not run.unit or judged.verdict == "refused":
        return judged
    phase = turn.plan.elements[run.element].phase
    if run.kind in _ONLY_LOOKS and not isinstance(phase, Clean | ClearLine):
        return judged
    state = _STATE.first(tag=run.unit)
    if state is None:
        why = Reason(code="equipment", sentence=_("The plant has no such unit"), value=run.unit)
        return Judged(judged.attempt, "refused", reasons=(why,))
    unit = state.unit
    mine = state.use is not None and state.use.batch == turn.batch.number
    try:
        _in_the_plant(turn, unit, phase, mine=mine)
    except DomainError as error:
        # the batch's sponsor reads this; what else is made in the unit stands on the unit's page alone
        kinds = plant.verdict_of(unit, intended=plant.Intended(*_intended(turn))).kinds
        why = Reason(code="equipment", sentence=error.message, value=run.unit, limit=kinds, remedy=error.remedy)
        return Judged(judged.attempt, "refused", reasons=(why,))
    return judged


def hindrance(turn: Turn, run: Run) -> Verdict | None:
    """Say whether something speaks against performing a phase in its unit now; for looking ahead, nothing is written.

    Args:
        turn: The batch, as it was read.
        run: Run of the phase.

    Returns:
        The plant's verdict on the unit where it cannot be used; None where nothing is in the way.
    """
    if not run.unit or run.kind in _ONLY_LOOKS:
        return None
    state = _STATE.first(tag=run.unit)
    if state is None or (state.use is not None and state.use.batch == turn.batch.number):
        return None
    verdict = plant.verdict_of(state.unit, intended=plant.Intended(*_intended(turn)))
    return None if verdict.usable else verdict


def clearing_hindrance(turn: Turn, run: Run) -> Verdict | None:
    """Say whether something speaks against clearing a line for a batch; for looking ahead, nothing is written.

    Args:
        turn: The batch, as it was read.
        run: Run of the phase that clears it.

    Returns:
        The plant's verdict without what the clearance itself brings about; None where nothing is in the way.
    """
    state = _STATE.first(tag=run.unit)
    if state is None:
        return None
    verdict = plant.verdict_of(state.unit, intended=plant.Intended(*_intended(turn)))
    left = tuple(one for one in verdict.obstacles if one.remedy not in _CLEARS)
    return replace(verdict, obstacles=left) if left else None


def _in_the_plant(turn: Turn, unit: plant.EquipmentElement, phase: Phase | None, *, mine: bool) -> None:
    """One of: cleaned, cleared, use begun; nothing where it is in use for this batch already."""
    if isinstance(phase, Clean):
        _clean(turn, unit, phase, mine=mine)
    elif mine:
        return
    elif isinstance(phase, ClearLine):
        product, batch = _intended(turn)
        plant.clear_in(turn.entry, unit, product=product, batch=batch, sponsor=turn.batch.sponsor)
    else:
        if turn.entry.actor.role not in MACHINES:
            people.require_training(turn.entry.actor, training_for(unit))
        plant.begin_in(turn.entry, unit, plant.Intended(*_intended(turn)), sponsor=turn.batch.sponsor)


def _intended(turn: Turn) -> tuple[str, str]:
    return turn.batch.product or turn.batch.name, turn.batch.number


def _clean(turn: Turn, unit: plant.EquipmentElement, phase: Clean, *, mine: bool) -> None:
    """Clean by the effective edition of the procedure; what is cleaned in place between two steps stays in use."""
    if phase.level in _IN_PLACE and (mine or not CleaningProcedure.objects.filter(code=phase.procedure).exists()):
        return
    found = effective_procedures(clock.now(), [unit.equipment_class_id]).filter(code=phase.procedure).first()
    if found is None:
        raise DomainError(
            _("This cleaning procedure is not effective for the unit"), value=phase.procedure, limit=unit.tag,
            remedy=_("Have it issued for this class of units."),
        )  # fmt: skip
    if mine:
        plant.end_in(turn.entry, unit)
    plant.clean_in(turn.entry, unit, found)


def checked(turn: Turn, run: Run, checker: record.Actor) -> None:
    """Let the second person's check of a cleaning or a clearance count in the plant as its verification.

    Args:
        turn: The turn, inside its open entry.
        run: Run of the phase, which is complete with the check.
        checker: The second person, whose identity the entry holds.

    Raises:
        Refused: If the person may not verify units.
    """
    if run.kind not in ("clean", "clear line") or not run.unit:
        return
    state = (
        UnitState.objects.select_related("clearance__unit", "cleaning__unit", "cleaning__procedure")
        .filter(unit__tag=run.unit).first()
    )  # fmt: skip
    if state is None:
        return
    clearance, cleaning = state.clearance, state.cleaning
    if run.kind == "clear line" and clearance is not None and clearance.verified_at is None:
        people.authorize(checker, "unit.verify")
        plant.verify_clearance_in(turn.entry, clearance, by=checker)
    elif run.kind == "clean" and cleaning is not None and cleaning.verified_at is None:
        people.authorize(checker, "unit.verify")
        plant.verify_cleaning_in(turn.entry, cleaning, by=checker)


def after(turn: Turn) -> None:
    """End the use of units in which nothing of the batch is left to do.

    Args:
        turn: The turn, inside its open entry, after it went on.
    """
    ended = turn.state in ENDED
    finished = {split(one.path)[1] if one.path else "" for one in turn.events if one.kind in ("completed", "state")}
    units = {one.unit for one in turn.control.bound if ended or one.element in finished}
    for unit in sorted(units):
        if not ended and not _is_done_with(turn, unit):
            continue
        state = _STATE.first(tag=unit)
        if state is not None and state.use is not None and state.use.batch == turn.batch.number:
            plant.end_in(turn.entry, state.unit)


def _is_done_with(turn: Turn, unit: str) -> bool:
    """Whether everything that is bound to a unit has run and ended."""
    for bound in turn.control.bound:
        if bound.unit != unit:
            continue
        runs = [one for one in turn.marking.visits if (split(one.path)[1] if one.path else "") == bound.element]
        if not runs or any(one.state not in ENDED for one in runs):
            return False
    return True
