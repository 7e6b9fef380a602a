"""The demo plant with its past: three suites, batches in every state, and a record like any other's."""

from datetime import timedelta
from pathlib import Path

import pytest

from batchwright import record
from batchwright.execution import demo, demo_quality, services
from batchwright.execution.demo_shift import Shift
from batchwright.execution.models import Batch, BatchException, Run
from batchwright.execution.states import State
from batchwright.kernel import clock
from batchwright.materials.models import Lot
from batchwright.plant import demo_upkeep
from batchwright.record import runs
from tests.execution.replaying import is_whole_and_replays

pytestmark = [
    pytest.mark.either_engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("demo_lived"),  # nobody else waits until it is made
]


def batch(number: str) -> Batch:
    found: Batch = Batch.objects.select_related("sponsor", "recipe_version__recipe").get(number=number)
    return found


@pytest.mark.requirement("211.188", "11.10(a)", "11.10(c)")
def test_the_demo_has_batches_in_every_state_and_its_shift_keeps_three_suites_moving(
    demo_lived: None, tmp_path: Path
) -> None:
    reviewed = batch("FCT40-0410")
    assert (reviewed.state, reviewed.reviewed_by) == ("Complete", "h.brandt")
    states = {one.number: one.state for one in Batch.objects.all()}
    assert states["FCT40-0411"] == "Complete"
    assert batch("FCT40-0411").reviewed_at is None
    assert states["FCT40-0414"] == "Idle"
    assert states["LYO12-0008"] in ("Holding", "Held")
    running = {number.split("-")[0] for number, state in states.items() if state == "Running"}
    assert running == {"FCT40", "MAB07", "LYO12"}
    assert {one.batch.number for one in BatchException.objects.filter(closed_at__isnull=True)} == {"LYO12-0008"}
    assert Lot.objects.filter(status="hold").exists()
    culture = Run.objects.filter(batch__number="MAB07-0031", unit__startswith="BR-20", state=State.RUNNING)
    assert culture.exists(), "the antibody that is forecast is in its bioreactor"

    reviewer = demo.actor(demo_quality.REVIEWER)
    runs.wait_for(reviewer)
    found = services.review_of(reviewer, batch("FCT40-0411"))
    assert found.of("blocks") == (), "what waits for its review can be reviewed"

    hand = clock.HandClock(clock.now(), step=timedelta(milliseconds=50))
    with clock.running(hand), demo_upkeep.scales_on_line():
        shift, before = Shift(), record.Entry.objects.count()
        for _round in range(5):
            shift.round()
            hand.advance(timedelta(minutes=10))
    assert record.Entry.objects.count() > before
    assert not {about: said for about, said in shift.said.items() if "Traceback" in said}

    assert is_whole_and_replays(tmp_path)
