"""Every act of dispensing, cut off between its changes and the commit: nothing half-done stays."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batchwright import record
from batchwright.execution.models import Attempt, Batch, BatchException, ControlText, Run, Vessel, Weighing
from batchwright.materials.models import Allocation, Container, Descent, Lot, Movement
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from batchwright.plant.models import Measurement
from tests.execution.dispensary import Dispensary
from tests.materials.warehouse import Warehouse

TABLES: tuple[Any, ...] = (
    Allocation, Attempt, Batch, BatchException, Container, ControlText, Descent, Lot, Measurement, Movement, Run,
    Vessel, Weighing, record.Entry,
)  # fmt: skip


class PlugPulledError(Exception):
    """The machine stopped here."""


@pytest.fixture
def dispensary(warehouse: Warehouse) -> Iterator[Dispensary]:
    """A batch of which something is weighed already."""
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        made = Dispensary(warehouse, line).open()
        made.lot("60 kg")
        yield made


def _state() -> dict[str, list[dict[str, Any]]]:
    return {table._meta.db_table: list(table._default_manager.order_by("pk").values()) for table in TABLES}


@pytest.mark.requirement("11.10(e)")
def test_an_act_of_dispensing_that_is_cut_off_before_its_commit_leaves_nothing(
    dispensary: Dispensary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull(*_: Any) -> None:
        raise PlugPulledError

    def cut_off(act: Callable[[], Any]) -> None:
        before = _state()
        with monkeypatch.context() as patch:
            patch.setattr(record.OpenEntry, "append", pull)
            with pytest.raises(PlugPulledError):
                act()
        assert _state() == before
        act()
        assert _state() != before, "the same act counts once the machine is back"

    box = dispensary.warehouse.container(Lot.objects.get(definition__code="API-4")).identifier
    lactose = dispensary.lot("60 kg", code="LACTOSE", assay="")
    silica = dispensary.lot("5 kg", code="SILICA", assay="")
    cut_off(lambda: dispensary.stage(box))
    cut_off(dispensary.ready)
    cut_off(lambda: dispensary.weigh("22.310 kg", box))
    cut_off(lambda: dispensary.give_back(dispensary.weights()[0]))
    dispensary.weigh("51.089 kg", box)
    dispensary.ready("D-18", path="weigh_others")
    dispensary.weigh("51.531 kg", dispensary.box(lactose), "weigh_others", vessel="D-18")
    dispensary.ready("D-19", tare="0.300 kg", path="weigh_others")
    cut_off(lambda: dispensary.weigh("2.300 kg", dispensary.box(silica), "weigh_others", vessel="D-19"))
    cut_off(lambda: dispensary.charge(api="D-17", lactose="D-18", silica="D-19"))
    assert dispensary.own().state == "Complete"
