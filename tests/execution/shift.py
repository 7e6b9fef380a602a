"""A shift on the floor: people who make batches by the same commands that pages use; what the tests share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchwright import record
from batchwright.execution import services
from batchwright.execution.models import Attempt, Batch, BatchException, Run
from batchwright.execution.states import Command
from batchwright.kernel.quantity import Quantity
from tests.recipes.workshop import Workshop

SYRUP = Path(__file__).with_name("syrup.yaml").read_text("utf-8")
"""A recipe with every way of going on that an operator meets, and without requirements on equipment."""
OPERATE = "make/cooking/cook/"


@dataclass
class Shift:
    """The plant's people with one recipe in force."""

    workshop: Workshop

    def actor(self, name: str, role: str | None = None) -> record.Actor:
        """Let somebody act."""
        return self.workshop.actor(name, role)

    def batch(self, source: str = SYRUP, *, size: str = "100 kg", **others: Any) -> Batch:
        """Make a batch of a recipe, which is put in force where it is not."""
        version = self.workshop.effective(source)
        receipt = services.create_batch(
            actor=self.actor("planner"), recipe=version.recipe.identifier, size=Quantity.parse(size), units={}, **others
        )
        return self.read(receipt.subject.removeprefix("batch/"))

    def started(self, source: str = SYRUP, **others: Any) -> Batch:
        """Make a batch and start it."""
        batch = self.batch(source, **others)
        self.command(batch, Command.START)
        return self.read(batch)

    def read(self, which: Batch | str) -> Batch:
        """Read a batch anew."""
        number = which if isinstance(which, str) else which.number
        found: Batch = Batch.objects.select_related("sponsor", "recipe_version__recipe").get(number=number)
        return found

    def command(self, batch: Batch, command: Command, name: str = "operator", **others: Any) -> record.Receipt:
        """Give a command."""
        return services.command_batch(actor=self.actor(name), batch=self.read(batch), command=command, **others)

    def do(self, batch: Batch, path: str, name: str = "operator", **values: Any) -> record.Receipt:
        """Perform a phase; what is no value of it begins with an underscore."""
        others = {key[1:]: values.pop(key) for key in list(values) if key.startswith("_")}
        return services.perform(
            actor=self.actor(name), batch=self.read(batch), path=OPERATE + path, values=values or {"done": "done"},
            **others,
        )  # fmt: skip

    def check(self, batch: Batch, path: str, name: str = "supervisor", **others: Any) -> record.Receipt:
        """Check as the second person."""
        return services.check(actor=self.actor(name), batch=self.read(batch), path=OPERATE + path, **others)

    def run(self, batch: Batch, path: str) -> Run:
        """Read a run."""
        found: Run = Run.objects.get(batch=batch, path=OPERATE + path)
        return found

    def to_do(self, batch: Batch) -> list[str]:
        """What runs now, by the end of its path."""
        rows = Run.objects.filter(batch=batch, level="phase", state="Running").order_by("position")
        return [one.path.removeprefix(OPERATE) for one in rows]

    def attempts(self, batch: Batch, path: str) -> list[tuple[str, str, str]]:
        """Kind, verdict and who, of each attempt at a phase."""
        rows = Attempt.objects.filter(batch=batch, run__path=OPERATE + path)
        return [(one.kind, one.verdict, one.by) for one in rows]

    def exceptions(self, batch: Batch) -> list[tuple[str, str]]:
        """Kind and severity of each exception."""
        return [(one.kind, one.severity) for one in BatchException.objects.filter(batch=batch)]
