"""Automatic operators at the scale: they stage lots, take tares and weigh, by the same commands as people.

One call is one act. Nothing is remembered between calls: what stands in the rows says what comes next, so that work
that was cut off goes on where it was. A simulated scale is loaded first; on a real one somebody has to do that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from batchwright import materials, plant, record
from batchwright.execution import services
from batchwright.execution.dispensing_queries import DispenseView, LineShown, dispense_view
from batchwright.execution.models import Run
from batchwright.execution.services import WeightPut
from batchwright.execution.services.weighing_facts import scale_of
from batchwright.execution.weighing import Scale, scale_refusals
from batchwright.execution.weighing_amounts import amount_in
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.plant.adapters.simulator import order

Load = Callable[[plant.Instrument, Quantity], None]
"""Puts a whole load on a scale."""
TARE_PART = 50
"""A vessel weighs about a fiftieth of what its scale carries."""


def put_on_simulated(instrument: plant.Instrument, load: Quantity) -> None:
    """Put a load on a simulated scale, over its line.

    Args:
        instrument: The scale.
        load: The whole load.

    Raises:
        Unavailable: If nobody answers there.
        DomainError: If it is no simulated scale.
    """
    order(instrument.tag, instrument.host, instrument.port, f"PUT {load}")


@dataclass(frozen=True)
class Dispenser:
    """Somebody who weighs a dispensing step, act by act.

    Attributes:
        load: Puts a load on a scale.
        tags: Scales that are used; none for any that suits.
    """

    load: Load = put_on_simulated
    tags: Sequence[str] = ()

    def __call__(self, actor: record.Actor, checker: record.Actor | None, run: Run) -> record.Receipt:
        """Do the next act of a dispensing step.

        Args:
            actor: Who weighs.
            checker: Second person, where the step asks for one.
            run: Run of the step, with its batch.

        Returns:
            Where the entry stands.

        Raises:
            DomainError: If there is no lot, or no scale, with which it could be weighed.
        """
        view = dispense_view(actor, run)
        now = view.now
        if now is None:
            raise DomainError("everything of this step is weighed", value=run.name)
        containers = self._containers(actor, view, now)
        if now.line is None:  # the only thing that a first line can wait for
            return services.stage_lot(actor=actor, batch=run.batch, path=run.path, lot=containers[0].identifier)
        why = ""
        for container in containers:
            view = dispense_view(actor, run, {"source": container.identifier, "line": now.asked.path})
            numbers, lot = view.hand.numbers, view.hand.lot
            if numbers is None or lot is None:
                why = "; ".join(one.sentence for one in view.hand.reasons)
                continue
            try:
                found = self._scale(view, min(numbers.target, lot.contents), numbers.high - numbers.low)
            except DomainError as error:  # such as what is left in a container and can no longer be weighed
                why = str(error)
                continue
            instrument, scale, part = found
            enough = part if part >= numbers.low else leaving_enough(part, numbers.target, scale)
            if enough is None:  # another container may hold all that is wanted
                why = f"{part} of {container.identifier} would leave {numbers.target - part}, too little to be weighed"
                continue
            return self._weigh(actor, checker, view, container, now, instrument, scale, enough)
        raise DomainError("nothing that is there can be weighed", value=now.asked.title, limit=why)

    def _weigh(
        self, actor: record.Actor, checker: record.Actor | None, view: DispenseView, container: materials.Container,
        now: LineShown, instrument: plant.Instrument, scale: Scale, part: Quantity,
    ) -> record.Receipt:  # fmt: skip
        run, numbers = view.run, view.hand.numbers
        tare = scale.increment * int(_steps(scale.capacity, scale.increment) // TARE_PART)
        vessel = f"{run.batch.number}-{run.position}-{len(view.weights) + 1}"
        if not any(one.code == vessel for one in view.vessels):
            self.load(instrument, tare)
            return services.ready_vessel(
                actor=actor, batch=run.batch, path=run.path, vessel=vessel, scale=instrument.tag, new=True
            )
        steps = _steps(part, scale.increment)
        # never more than is there, and never more than the line takes
        net = scale.increment * int(round(steps) if numbers is not None and part == numbers.target else steps)
        self.load(instrument, tare + net)
        whole = numbers is not None and part >= numbers.low
        put = WeightPut(
            source=container.identifier, vessel=vessel, scale=instrument.tag, line=now.asked.path,
            part=None if whole else part,
        )  # fmt: skip
        return services.record_weight(actor=actor, batch=run.batch, path=run.path, put=put, checker=checker)

    def _containers(self, actor: record.Actor, view: DispenseView, now: LineShown) -> list[materials.Container]:
        """The containers that can be used and hold something for us, first expired first."""
        batch, drawn = view.batch, {row.into for row in view.weights if row.into is not None}
        found = []
        for lot in materials.lots(actor, material=now.asked.material, status="approved"):
            potent = bool(lot.assay) and (now.asked.correction != "anhydrous" or bool(lot.water))
            if lot.tenant not in (None, batch.tenant) or (now.asked.correction != "none" and not potent):
                continue
            for one in materials.containers(actor, lot):
                fit = materials.fitness(lot, held=one.held).usable and one not in drawn
                if fit and materials.available(one, batch.number).value > 0:
                    found.append(((lot.due_on or date.max, lot.pk, one.pk), one))
        if not found:
            raise DomainError(
                f"there is no usable lot of {now.asked.material}", value=now.asked.title,
                limit="approved, in date, with its potency where it is corrected", remedy="Release one.",
            )  # fmt: skip
        return [one for _key, one in sorted(found, key=lambda one: one[0])]

    def _scale(
        self, view: DispenseView, wanted: Quantity, width: Quantity
    ) -> tuple[plant.Instrument, Scale, Quantity]:
        """The finest scale that weighs it, or as much of it as the largest one carries."""
        offered = [one for one in view.scales if not self.tags or one.tag in self.tags]
        fitting = []
        for instrument in offered:
            scale = scale_of(instrument, view.run.unit)
            like = scale.increment.measured_in.dimension == wanted.measured_in.dimension
            if not like or scale_refusals(scale, clock.now(), plant.today()):
                continue
            steps = _steps(scale.capacity, scale.increment)
            part = min(wanted, scale.increment * int(steps - steps // TARE_PART))
            if part < max(scale.minimum, scale.increment) or amount_in(scale.increment, "g") > amount_in(width, "g"):
                continue
            fitting.append(((-amount_in(part, "g"), amount_in(scale.increment, "g")), instrument, scale, part))
        if not fitting:
            raise DomainError(
                "there is no scale with which this could be weighed", value=wanted,
                limit=", ".join(one.tag for one in offered) or "none on a line",
                remedy="Calibrate and check a suitable one.",
            )  # fmt: skip
        _key, instrument, scale, part = min(fitting, key=lambda one: one[0])
        return instrument, scale, part


def leaving_enough(part: Quantity, target: Quantity, scale: Scale) -> Quantity | None:
    """Take less of a container that does not suffice, where the rest would be too little to be weighed.

    Args:
        part: What would be weighed.
        target: What is wanted in all.
        scale: With which.

    Returns:
        The part, or less of it by the least that the scale weighs; None where that is not enough to be weighed either.
    """
    left = target - part
    if left.value <= 0 or left >= scale.minimum:
        return part
    less = part - scale.minimum
    return less if less >= scale.minimum else None


def _steps(amount: Quantity, step: Quantity) -> Fraction:
    """How many steps of a scale an amount is."""
    return Fraction(amount.to(step.unit).value) / Fraction(step.value)
