"""Whether units can be used, judged from their rows: what pages, terminals and higher floors ask."""

from collections.abc import Iterable
from datetime import datetime

from batchwright.kernel import clock
from batchwright.plant import effective, fitness
from batchwright.plant.facts import Intended
from batchwright.plant.models import EquipmentElement
from batchwright.plant.verdicts import Verdict


def verdict_of(unit: EquipmentElement, at: datetime | None = None, intended: Intended | None = None) -> Verdict:
    """Judge a unit.

    Args:
        unit: A unit that the caller was allowed to read.
        at: The time; now if None. With facts and rules as they were effective then.
        intended: What is to be made; None to judge the unit by itself.

    Returns:
        The verdict.

    Raises:
        DomainError: If it is no unit, or was not there then.
    """
    if at is None:
        # read as it stands: what it was a moment ago is a matter of the record, and takes its time
        now = clock.now()
        return fitness.judge(effective.facts_standing(unit, now), now, intended)
    moment = clock.ensure_utc(at)
    return fitness.judge(effective.facts_at(unit, moment), moment, intended)


def verdicts_of(units: Iterable[EquipmentElement], intended: Intended | None = None) -> dict[int, Verdict]:
    """Judge many units now, with few queries however many they are.

    Args:
        units: Units that the caller was allowed to read.
        intended: What is to be made.

    Returns:
        Key of the unit to its verdict.
    """
    now = clock.now()
    return {key: fitness.judge(facts, now, intended) for key, facts in effective.facts_now(units, now).items()}


def require_usable(unit: EquipmentElement, intended: Intended | None = None, at: datetime | None = None) -> None:
    """Refuse a unit that cannot be used.

    Args:
        unit: The unit.
        intended: What is to be made; None to judge the unit by itself.
        at: The time; now if None.

    Raises:
        DomainError: With every reason, and what to do first.
    """
    fitness.require_usable(verdict_of(unit, at, intended), unit.tag)
