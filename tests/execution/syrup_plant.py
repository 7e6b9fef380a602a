"""The cough syrup of the BatchML sample in the plant: read, repaired, approved, and made."""

import os
import select
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from batchwright.execution import services
from batchwright.execution.models import Batch
from batchwright.execution.operators import Acted, Crew, Member, Policy
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import text
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
from batchwright.recipes.repairs import read_repairs
from tests.execution.shift import Shift
from tests.recipes.test_repairs import all_made

REPAIRS = Path(text.__file__).parent / "examples" / "repairs" / "cough_syrup_v02.yaml"


def cough_syrup(shift: Shift, folder: Path) -> Batch:
    """A batch of the cough syrup, with all repairs made at once: one by one they take half a minute."""
    workshop = shift.workshop
    content = (folder / "batchml" / "cough_syrup_v02.xml").read_bytes()
    repairs = read_repairs(REPAIRS.read_bytes(), REPAIRS.name)
    source = all_made(text.write(read_master_recipe(content, "cough_syrup_v02.xml").recipe), repairs)
    version = workshop.put_in_force(workshop.approve(workshop.submit(workshop.draft(source, sponsor=None))))
    made = services.create_batch(
        actor=shift.actor("planner"), recipe=version.recipe.identifier, size=Quantity("5000", "L"), units={}
    )
    return shift.read(made.subject.removeprefix("batch/"))


def crew(shift: Shift, seed: int = 0) -> Crew:
    """Two people who do whatever can be done, in any order."""
    return Crew(
        [Member(shift.actor("operator")), Member(shift.actor("supervisor"))], Policy(seed=seed, order="any")
    )


@dataclass
class Worker:
    """A process in which a crew works until it is killed or the batch is complete."""

    pid: int
    pipe: int
    heard: bytearray = field(default_factory=bytearray)

    def kill_after(self, acts: int) -> None:
        """Kill it as a power failure would, after it has told of so many acts; one that has ended stays ended."""
        while self.heard.count(b"\n") < acts and self._hear():
            pass
        os.kill(self.pid, signal.SIGKILL)

    def told(self) -> list[int]:
        """Numbers of the entries that it told of; a line that the kill cut off was not told."""
        while self._hear():
            pass
        os.close(self.pipe)
        os.waitpid(self.pid, 0)
        return [int(line) for line in bytes(self.heard).split(b"\n")[:-1]]

    def _hear(self) -> bool:
        ready, _, _ = select.select([self.pipe], [], [], 120)
        assert ready, "the crew is silent"
        more = os.read(self.pipe, 65_536)
        self.heard += more
        return bool(more)


def at_work(work: Callable[[Callable[[Acted], None]], object]) -> Worker:
    """Let a crew work in a process of its own that tells of each act when it is on record.

    Args:
        work: What it does; it calls what it is given after each act.

    Returns:
        The process.
    """
    connection.close()  # it does not survive a fork
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Worker(pid, reading)
    try:
        os.close(reading)

        def tell(acted: Acted) -> None:
            os.write(writing, b"%d\n" % acted.seq)

        work(tell)
    finally:
        os._exit(0)
