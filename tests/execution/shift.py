"""A shift on the floor: people who make batches by the same commands that pages use; what the tests share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchwright import people, record
from batchwright.execution import exceptions, services, statements
from batchwright.execution.models import Attempt, Batch, BatchException, Run
from batchwright.execution.states import Command
from batchwright.kernel import clock
from batchwright.kernel.quantity import Quantity
from batchwright.people.evidence import PasswordEvidence
from batchwright.people.models import User
from batchwright.record import runs
from batchwright.record.runs import VerificationRun
from tests.people.plant import ADDRESS, PASSWORD, Plant
from tests.recipes.workshop import Workshop

SYRUP = Path(__file__).with_name("syrup.yaml").read_text("utf-8")
"""A recipe with every way of going on that an operator meets, and without requirements on equipment."""
SIGNED = SYRUP.replace(
    "phase: {kind: verify, statement: Everything stands in the record., phases: [fill]}",
    "phase: {kind: sign, meaning: Manufacture complete, role: supervisor}",
).replace("id: SYR1", "id: SYR2")
"""The same recipe with a last step that is signed, as SYR2."""
OPERATE = "make/cooking/cook/"


@dataclass
class Shift:
    """The plant's people with one recipe in force."""

    workshop: Workshop

    def actor(self, name: str, role: str | None = None) -> record.Actor:
        """Let somebody act."""
        return self.workshop.actor(name, role)

    def batch(self, source: str = SYRUP, *, size: str = "100 kg", **others: Any) -> Batch:
        """Make a batch of one of the two recipes, or of another one, which is put in force."""
        identifier = "SYR2" if source == SIGNED else "SYR1"
        if source not in (SYRUP, SIGNED):
            identifier = self.workshop.effective(source.replace("id: SYR1", "id: SYR3")).recipe.identifier
        receipt = services.create_batch(
            actor=self.actor("planner"), recipe=identifier, size=Quantity.parse(size), units={}, **others
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

    def sign(self, name: str, row: record.GmpModel, meaning: str, shown: str) -> dict[str, Any]:
        """Let somebody read something and sign it; gives what the command takes."""
        plant = self.workshop.plant
        if not User.objects.get(username=name).statement_version:
            plant.accept(name)
        session = plant.session(name)
        prepared = people.prepare(actor=self.actor(name), row=row, meaning=meaning, shown=shown, session=session)
        given = PasswordEvidence(PASSWORD, name)
        return {"name": prepared.name, "given": given, "session": session, "address": ADDRESS}

    def exception(self, batch: Batch, number: int = -1) -> BatchException:
        """Read an exception anew; the latest one, or that at a place."""
        rows = BatchException.objects.filter(batch=batch).select_related("batch__sponsor").order_by("id")
        found: BatchException = list(rows)[number]
        return found

    def assess(self, exception: BatchException, name: str = "supervisor") -> BatchException:
        """Write cause and impact."""
        services.assess_exception(
            actor=self.actor(name), exception=exception, cause="the probe stuck", impact="none: the assay is within"
        )
        assessed: BatchException = BatchException.objects.select_related("batch__sponsor").get(pk=exception.pk)
        return assessed

    def sign_exception(self, exception: BatchException, name: str, meaning: str) -> BatchException:
        """Sign an exception as somebody."""
        exception = BatchException.objects.select_related("batch__sponsor").get(pk=exception.pk)
        signature = self.sign(name, exception, meaning, statements.of_exception(exception, meaning))
        services.sign_exception(actor=self.actor(name), exception=exception, meaning=meaning, **signature)
        signed: BatchException = BatchException.objects.get(pk=exception.pk)
        return signed

    def close(self, exception: BatchException) -> None:
        """Assess an exception and give every signature that it asks for."""
        exception = self.assess(exception)
        for seat in exceptions.SEATS[exceptions.Severity(exception.severity)]:
            name = seat.roles[0] if seat.meaning == "reviewed" else seat.roles[-1]
            self.sign_exception(exception, name, seat.meaning)

    def to_the_end(self, batch: Batch, *, temperature: str = "86.0") -> Batch:
        """Perform everything as the recipe says."""
        self.do(batch, "clear", point_1="yes", point_2="yes", _checker=self.actor("supervisor"))
        self.do(batch, "heat", temperature=temperature, _checker=self.actor("supervisor"))
        self.do(batch, "look", choice="clear")
        for weight in ("100.0", "100.2"):
            self.do(batch, "weights", weight=weight)
        self.do(batch, "sample", assay_sample="2")
        self.do(batch, "fill", filled="99.0")
        path = OPERATE + "reckon"
        services.perform(actor=self.actor("operator"), batch=self.read(batch), path=path, values={})
        self.do(batch, "confirm", "supervisor")
        return self.read(batch)

    def verify_record(self) -> None:
        """Verify the whole record, as quality assurance does before a review."""
        run = VerificationRun.objects.create(
            started_at=clock.now(), started_by="qa", started_name="Qa", heard_at=clock.now()
        )
        runs.perform(run.pk)


def furnish(plant: Plant) -> Shift:
    """Put both recipes in force, so that no test has to."""
    workshop = Workshop(plant)
    for source in (SYRUP, SIGNED):
        workshop.effective(source)
    return Shift(workshop)
