"""Automatic operators at the units: they clean and clear what a batch is about to use, by the plant's own commands.

One call is one act, chosen by what the plant itself says is to be done first; what only people decide is left to them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from batchwright import plant, record
from batchwright.execution.models import Batch, Run
from batchwright.execution.states import ENDED
from batchwright.kernel import clock
from batchwright.plant import services, showing
from batchwright.plant.effective import effective_procedures
from batchwright.plant.models import Cleaning, LineClearance, UnitState
from batchwright.plant.verdicts import Remedy, Verdict

Seal = Callable[[record.GmpModel, str], dict[str, Any]]
"""Reads what is shown of a row and signs it as verified; gives what a signed command takes."""


def promised_to(run: Run) -> str:
    """Say for which other batch the unit of a step is cleared that is going to use it next; nobody clears it away.

    Args:
        run: Run of the step, with its batch.

    Returns:
        Number of a batch that has not ended; "" where the unit is promised to none but this one.
    """
    found = _CLEARED.first(unit=run.unit, mine=run.batch.number) or ""
    return found if found and _GOING_ON.all(number=found) else ""


def _cleared(unit: str, mine: str) -> QuerySet[LineClearance, str]:
    cleared = LineClearance.objects.filter(unit__tag=unit, spent_at=None).exclude(batch=mine)
    return cleared.order_by("-number").values_list("batch", flat=True)[:1]


def _going_on(number: str) -> QuerySet[Batch, str]:
    ended = [state.value for state in ENDED]
    return Batch.objects.filter(number=number).exclude(state__in=ended).values_list("number", flat=True)


_CLEARED = record.Prepared(_cleared, unit=str, mine=str)
_GOING_ON = record.Prepared(_going_on, number=str)


@dataclass(frozen=True, slots=True)
class Preparer:
    """Somebody who cleans and clears, and somebody else who looks.

    Attributes:
        cleaner: Who cleans.
        verifier: Who verifies.
        seal: Signs as the verifier.
    """

    cleaner: record.Actor
    verifier: record.Actor
    seal: Seal

    def __call__(self, run: Run, verdict: Verdict) -> record.Receipt | None:
        """Do what the plant says is to be done first, before a unit is used for a batch.

        Args:
            run: Run of the step that waits for the unit, with its batch.
            verdict: Why the unit cannot be used.

        Returns:
            Where the entry stands; None where it takes something that only people decide.
        """
        return self.at(run.unit, run.batch, verdict)

    def at(self, tag: str, batch: Batch, verdict: Verdict) -> record.Receipt | None:
        """Do what the plant says is to be done first at a unit.

        Args:
            tag: Of the unit.
            batch: For which batch.
            verdict: Why the unit cannot be used for it.

        Returns:
            Where the entry stands; None where it takes something that only people decide.
        """
        unit = plant.EquipmentElement.objects.select_related("equipment_class").get(tag=tag)
        state = UnitState.objects.select_related("cleaning__procedure", "clearance").get(unit=unit)
        match verdict.remedy:
            case Remedy.CLEAN | Remedy.CLEAN_FULLY:
                return self._clean(unit)
            case Remedy.VERIFY_CLEANING:
                return self._verify_cleaning(state.cleaning)
            case Remedy.CLEAR_LINE:
                return services.clear_line(
                    actor=self.cleaner, unit=unit, product=batch.product or batch.name, batch=batch.number,
                    sponsor=batch.sponsor,
                )  # fmt: skip
            case Remedy.VERIFY_CLEARANCE:
                return self._verify_clearance(state.clearance)
            case _:
                return None

    def _clean(self, unit: plant.EquipmentElement) -> record.Receipt | None:
        """By a full procedure, which serves whatever was made before."""
        found = effective_procedures(clock.now(), [unit.equipment_class_id]).filter(kind="full").first()
        return None if found is None else services.clean_unit(actor=self.cleaner, unit=unit, procedure=found)

    def _verify_cleaning(self, done: Cleaning | None) -> record.Receipt | None:
        if done is None or done.cleaned_by == self.verifier.id:
            return None
        signed = self.seal(done, showing.of_cleaning(done))
        return services.verify_cleaning(actor=self.verifier, cleaning=done, **signed)

    def _verify_clearance(self, found: LineClearance | None) -> record.Receipt | None:
        if found is None or found.cleared_by == self.verifier.id:
            return None
        signed = self.seal(found, showing.of_clearance(found))
        return services.verify_clearance(actor=self.verifier, clearance=found, **signed)
