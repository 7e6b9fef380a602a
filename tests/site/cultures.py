"""A culture on the floor, day by day, with the values of a simulated batch: what the tests of its forecast share."""

from pathlib import Path
from typing import Any

from batchwright.execution import services
from batchwright.execution.models import Batch, Run
from batchwright.twins import frozen_sets
from batchwright.twins.running import Running
from tests.execution.shift import Shift
from tests.tools import frozen_sets as simulated

RECIPE = Path(__file__).with_name("culture.yaml").read_text("utf-8")


def recipe() -> str:
    """The recipe with the twin as it is frozen now."""
    document = frozen_sets.document("mab07-1")
    assert document is not None
    return RECIPE.replace("FROZEN", document["sha256"])


def begun(shift: Shift) -> Batch:
    """A batch of it, inoculated."""
    batch = shift.started(recipe())
    perform(shift, batch, medium="as it stands here")
    run = simulated.grow(9)
    perform(shift, batch, vcd=f"{run.start['Xv'] / 1e9:.2f}", volume=f"{run.start['V']:.0f}")
    return batch


def days(shift: Shift, batch: Batch, first: int, last: int, **changed: str) -> None:
    """Let days pass as the simulated batch has them; ``changed`` are values of the last day."""
    run = simulated.grow(9)
    for day in range(first, last + 1):
        values = entered(run, day) | (changed if day == last else {})
        perform(shift, batch, **values)
        fed = [one for one in run.done if 0 < one.at - 24 * day < 1]
        for event in fed:
            sweet = event.arguments["Gln"] == 0
            perform(shift, batch, choice="sugar" if sweet and len(fed) == 1 else "feed")
            perform(shift, batch)
            if len(fed) == 2:  # the recipe of the tests gives one of both in a round
                break
        if not fed:
            perform(shift, batch, choice="on")


def entered(run: Running, day: int) -> dict[str, str]:
    """What a day's sample shows, in the units of the recipe."""
    shown = {"age": str(day)}
    for name, (output, factor, _sd, _relative, decimals) in simulated.METHODS.items():
        value = next(one.value for one in run.measured if one.name == output and one.time == 24.0 * day)
        shown[name] = f"{value / factor:.{decimals}f}"
    return shown


def perform(shift: Shift, batch: Batch, **values: Any) -> None:
    """Perform the step that runs now."""
    step = Run.objects.get(batch=batch, level="phase", state="Running")
    services.perform(
        actor=shift.actor("operator"), batch=shift.read(batch), path=step.path, values=values or {"done": "done"}
    )
