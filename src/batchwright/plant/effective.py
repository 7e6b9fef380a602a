"""The facts of units as they were effective at a time, collected from their rows for `batchwright.plant.fitness`.

For now they are read as they stand. For a time that has passed, the state of the unit is the image that the record
kept of it then, and what was verified, ended or spent later does not count.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.plant import facts, measuring
from batchwright.plant.models import (
    ChangeoverRule,
    Cleaning,
    CleaningProcedure,
    EquipmentElement,
    Qualification,
    UnitState,
    Use,
)
from batchwright.plant.states import Position, State

_PARTS = ("cleaning__procedure", "clearance", "campaign", "use", "last_use", "full_cleaning", "unit__equipment_class")


def states_of(units: Iterable[EquipmentElement]) -> list[UnitState]:
    """Give the states of units with all that they point to, in one query."""
    return _STATES.all(units=[one.pk for one in units])


def facts_now(units: Iterable[EquipmentElement], at: datetime | None = None) -> dict[int, facts.UnitFacts]:
    """Collect the facts of many units as they stand, with few queries however many they are.

    Args:
        units: Units that the caller was allowed to read.
        at: Now, where the caller has read the clock already.

    Returns:
        Key of the unit to its facts.
    """
    return _collected(states_of(units), clock.now() if at is None else at)


def facts_at(unit: EquipmentElement, at: datetime) -> facts.UnitFacts:
    """Collect the facts of a unit as they were at a time.

    Args:
        unit: A unit that the caller was allowed to read.
        at: The time; aware.

    Returns:
        The facts.

    Raises:
        DomainError: If there is no such state: it is no unit, or it was not there yet.
    """
    moment = clock.ensure_utc(at)
    state = _state_of(unit)
    then = state if moment >= clock.now() else _as_it_was(state, moment)
    return _collected([then], moment)[unit.pk]


def facts_standing(unit: EquipmentElement, now: datetime) -> facts.UnitFacts:
    """Collect the facts of a unit as it stands.

    Args:
        unit: A unit that the caller was allowed to read.
        now: The time now, as the caller has read it.

    Returns:
        The facts.

    Raises:
        DomainError: If there is no such state: it is no unit.
    """
    return _collected([_state_of(unit)], now)[unit.pk]


def _state_of(unit: EquipmentElement) -> UnitState:
    found = states_of([unit])
    if not found:
        raise DomainError(
            _("Only a unit has a state"), value=unit.tag, limit=unit.level, remedy=_("Ask for the unit it belongs to.")
        )
    return found[0]


def _as_it_was(state: UnitState, at: datetime) -> UnitState:
    """The row as the record kept it at a time."""
    image = None
    for entry, change in record.changes_of(state):
        if entry.at > at:
            break
        image = change["after"]
    if image is None:
        raise DomainError(
            _("The unit was not there yet"), value=state.unit.tag, limit=clock.iso(at),
            remedy=_("Ask for a later time."),
        )  # fmt: skip
    fields = {field.column: field for field in UnitState._meta.concrete_fields}
    return UnitState(**{fields[name].attname: fields[name].to_python(held) for name, held in image.items()})


def _collected(states: list[UnitState], at: datetime) -> dict[int, facts.UnitFacts]:
    keys = [one.unit_id for one in states]
    classes = [one for one in {state.unit.equipment_class_id for state in states} if one is not None]
    rules = _rules(classes, at)
    dirty_holds = _dirty_holds(classes, at)
    batches = dict(_BATCHES.all(campaigns=[one.campaign_id for one in states if one.campaign_id], at=at))
    stages: dict[int, list[facts.QualificationFact]] = defaultdict(list)
    for row in _QUALIFICATIONS.all(units=keys, at=at):
        stages[row.unit_id].append(facts.QualificationFact(row.kind, row.document, row.qualified_at, row.due_at))
    mounted = measuring.mounted_on(keys, at)
    return {
        one.unit_id: facts.UnitFacts(
            position=position(one, at), since=one.since, why=one.why,
            use=_use(one.use, at), last_use=_use(one.last_use, at), cleaning=_cleaning(one.cleaning, at),
            full_cleaning=one.full_cleaning_id is not None,
            dirty_hold=dirty_holds.get(one.unit.equipment_class_id or 0),
            clearance=_clearance(one, at), campaign=_campaign(one, batches.get(one.campaign_id or 0, 0)),
            changeover=rules.get(one.unit.equipment_class_id or 0, facts.ChangeoverFact()),
            qualifications=tuple(stages[one.unit_id]), instruments=tuple(mounted.get(one.unit_id, ())),
        )
        for one in states
    }  # fmt: skip


def position(state: UnitState, at: datetime) -> Position:
    """Read where a unit stands in the terms of `batchwright.plant.states`.

    Args:
        state: Its row.
        at: The time asked; what was verified later does not count.

    Returns:
        The position.
    """
    before = State(state.before) if state.before else None
    here = before if state.state == State.HELD else State(state.state)
    done = state.cleaning
    unverified = here is State.DIRTY and done is not None and (done.verified_at is None or done.verified_at > at)
    return Position(State(state.state), before, unverified)


def _use(use: Use | None, at: datetime) -> facts.UseFact | None:
    if use is None:
        return None
    ended = use.ended_at if use.ended_at is not None and use.ended_at <= at else None
    return facts.UseFact(use.product, use.batch, use.began_at, ended)


def _cleaning(done: Cleaning | None, at: datetime) -> facts.CleaningFact | None:
    if done is None:
        return None
    procedure = done.procedure
    return facts.CleaningFact(
        procedure=str(procedure), extent=facts.Extent(procedure.kind), cleaned_at=done.cleaned_at,
        verified_at=done.verified_at if done.verified_at is not None and done.verified_at <= at else None,
        clean_hold=_minutes(procedure.clean_hold_minutes), soiled_at=done.soiled_at,
        dirty_hold=_minutes(procedure.dirty_hold_minutes),
    )  # fmt: skip


def _clearance(state: UnitState, at: datetime) -> facts.ClearanceFact | None:
    found = state.clearance
    if found is None:
        return None
    verified = found.verified_at if found.verified_at is not None and found.verified_at <= at else None
    return facts.ClearanceFact(found.product, found.batch, found.cleared_at, verified)


def _campaign(state: UnitState, batches: int) -> facts.CampaignFact | None:
    found = state.campaign
    if found is None:
        return None
    return facts.CampaignFact(found.product, found.opened_at, batches, found.max_batches, found.max_days)


def _minutes(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(minutes=number)


def rule_of(unit: EquipmentElement, at: datetime) -> ChangeoverRule | None:
    """Give the changeover rule of a unit's class that was effective at a time, or None."""
    rules = ChangeoverRule.objects.filter(equipment_class=unit.equipment_class_id, effective_at__lte=at)
    return rules.order_by("-effective_at", "-id").first()


def _rules(classes: list[int], at: datetime) -> dict[int, facts.ChangeoverFact]:
    return {
        rule.equipment_class_id: facts.ChangeoverFact(
            facts.Extent(rule.same_product), facts.Extent(rule.other_product), rule.needs_clearance
        )
        for rule in _RULES.all(classes=classes, at=at)
    }


def effective_procedures(at: datetime, classes: Iterable[int | None]) -> QuerySet[CleaningProcedure]:
    """Give the editions of cleaning procedures that were effective at a time.

    Args:
        at: The time.
        classes: Keys of the equipment classes.

    Returns:
        One edition of each procedure, by code.
    """
    procedures = CleaningProcedure.objects.filter(effective_at__lte=at)
    latest = procedures.filter(code=OuterRef("code")).order_by("-effective_at", "-id").values("id")[:1]
    return procedures.filter(equipment_class__in=list(classes), id=Subquery(latest)).order_by("code")


def _dirty_holds(classes: list[int], at: datetime) -> dict[int, timedelta]:
    """The shortest time within which a full cleaning of each class must be done."""
    holds: dict[int, timedelta] = {}
    for key, minutes in _DIRTY_HOLDS.all(classes=classes, at=at):
        hold = timedelta(minutes=minutes or 0)
        holds[key] = min(hold, holds.get(key, hold))
    return holds


# What a verdict on a unit asks each time; read anew each time, and laid out once.
def _states(units: list[int]) -> QuerySet[UnitState]:
    return UnitState.objects.filter(unit__in=units).select_related(*_PARTS).order_by("id")


def _batches_in(campaigns: list[int], at: datetime) -> QuerySet[Use, tuple[int, int]]:
    used = Use.objects.filter(campaign__in=campaigns, began_at__lte=at).order_by()
    found: QuerySet[Use, tuple[int, int]] = used.values_list("campaign_id").annotate(number=Count("id"))
    return found


def _qualified(units: list[int], at: datetime) -> QuerySet[Qualification]:
    return Qualification.objects.filter(unit__in=units, qualified_at__lte=at)


def _changeover_rules(classes: list[int], at: datetime) -> QuerySet[ChangeoverRule]:
    found = ChangeoverRule.objects.filter(equipment_class__in=classes, effective_at__lte=at)
    return found.order_by("effective_at", "id")


def _full_cleanings(classes: list[int], at: datetime) -> QuerySet[CleaningProcedure, tuple[int, int | None]]:
    found = effective_procedures(at, classes).filter(kind="full", dirty_hold_minutes__isnull=False)
    return found.values_list("equipment_class_id", "dirty_hold_minutes")


_STATES = record.Prepared(_states, units=list[int])
_BATCHES = record.Prepared(_batches_in, campaigns=list[int], at=datetime)
_QUALIFICATIONS = record.Prepared(_qualified, units=list[int], at=datetime)
_RULES = record.Prepared(_changeover_rules, classes=list[int], at=datetime)
_DIRTY_HOLDS = record.Prepared(_full_cleanings, classes=list[int], at=datetime)
