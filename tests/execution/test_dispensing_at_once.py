"""Two batches that weigh out of one container at once: what is there goes to one of them, and mass is kept."""

from collections.abc import Iterator
from functools import partial

import pytest

from batchwright import record
from batchwright.execution import services
from batchwright.execution.models import Attempt, Weighing
from batchwright.execution.states import Command
from batchwright.kernel.errors import DomainError
from batchwright.materials import queries
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from tests.conftest import PlantDatabase
from tests.execution.dispensary import WHERE, Dispensary, q
from tests.materials.warehouse import furnish
from tests.record.concurrency import at_once


@pytest.fixture
def dispensary(plant_database: PlantDatabase) -> Iterator[Dispensary]:
    """A plant whose commits are real, with a batch that waits for its active substance."""
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        yield Dispensary(furnish(), line).open()


@pytest.mark.requirement("211.101(b)")
@pytest.mark.requirement("211.184")
def test_two_batches_at_one_container_get_no_more_than_is_there_and_both_attempts_are_on_record(
    dispensary: Dispensary,
) -> None:
    first = dispensary.own()
    receipt = services.create_batch(
        actor=dispensary.actor("planner"), recipe=first.recipe_version.recipe.identifier, size=q("100 kg"), units={}
    )
    second = dispensary.shift.read(receipt.subject.removeprefix("batch/"))
    dispensary.shift.command(second, Command.START)
    lot = dispensary.lot("30 kg")
    source = dispensary.box(lot)
    for batch in (first, second):
        dispensary.batch = batch
        dispensary.stage(source)
        dispensary.ready(f"D-{batch.pk}")
    dispensary.line.scale.put(q("22.310 kg"))
    results = at_once(
        [
            partial(
                services.record_weight, actor=dispensary.actor(name), batch=dispensary.shift.read(batch),
                path=WHERE + "weigh_api", checker=dispensary.actor("qa"),
                put=services.WeightPut(source=source, vessel=f"D-{batch.pk}", scale="SC-01"),
            )
            for name, batch in (("operator", first), ("supervisor", second))
        ]
    )  # fmt: skip
    assert sum(isinstance(one, record.Receipt) for one in results) == 1, results
    assert sum(isinstance(one, DomainError) for one in results) == 1, results
    assert Weighing.objects.count() == 1
    # two lots staged and two drums made ready before
    said = sorted(Attempt.objects.values_list("verdict", flat=True))
    assert said == ["accepted"] * 5 + ["refused"]
    assert queries.balance(dispensary.actor("qa"), dispensary.warehouse.lot(lot)).unaccounted == 0
    assert dispensary.warehouse.container(lot, 0).amount_e6 == 10_000_000
