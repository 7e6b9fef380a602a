"""The cough syrup runs to its end by automatic operators, also where its process is killed in the middle."""

from collections.abc import Callable
from pathlib import Path

import pytest

from batchwright.execution.models import Attempt, Batch, Run
from batchwright.execution.operators import Acted
from batchwright.execution.states import Command
from batchwright.record.models import Entry
from tests.execution.replaying import is_whole_and_replays
from tests.execution.shift import Shift
from tests.execution.syrup_plant import at_work, cough_syrup, crew


@pytest.mark.slow
@pytest.mark.either_engine
@pytest.mark.requirement("11.10(f)")
@pytest.mark.requirement("211.188")
def test_a_crew_that_is_killed_again_and_again_makes_the_cough_syrup_all_the_same(
    committed_shift: Shift, reference_data: Path, tmp_path: Path
) -> None:
    shift = committed_shift
    batch = cough_syrup(shift, reference_data)
    shift.command(batch, Command.START)
    told: list[int] = []
    widest = 0
    killed = 0
    while shift.read(batch).state != "Complete":
        assert killed < 12, "it does not come to its end"
        worker = at_work(lambda tell: _work(shift, batch, tell))
        worker.kill_after(1 + killed % 7)
        told += worker.told()
        killed += 1
        running = Run.objects.filter(batch=batch, level="phase", state="Running").count()
        widest = max(widest, running)
    assert len(set(told)) == len(told)
    assert set(told) <= set(Entry.objects.values_list("seq", flat=True)), "what was acknowledged is there"
    phases = Run.objects.filter(batch=batch, level="phase")
    assert (phases.count(), set(phases.values_list("state", flat=True))) == (36, {"Complete"})
    once = Attempt.objects.filter(batch=batch, kind="perform").values_list("run__element", flat=True)
    assert len(once) == len(set(once)) == 36, "no phase was performed twice"
    assert widest >= 3, "branches are open side by side"
    assert is_whole_and_replays(tmp_path)


def _work(shift: Shift, batch: Batch, tell: Callable[[Acted], None]) -> None:
    acting = crew(shift)
    while (fresh := shift.read(batch)).state == "Running":
        acted, _pause, why = acting.act(fresh)
        assert acted is not None, why
        tell(acted)
