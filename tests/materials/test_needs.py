"""What of materials waits for whom, on the page "What needs me?"."""

import pytest

from batchwright.kernel.quantity import Quantity
from batchwright.materials import services
from batchwright.materials.models import Lot
from batchwright.materials.needs import needs_of
from tests.materials.warehouse import Warehouse


def titles(warehouse: Warehouse, who: str) -> list[str]:
    return [one.title for one in needs_of(warehouse.plant.actor(who))]


@pytest.mark.requirement("211.84(a)")
def test_who_decides_on_lots_is_asked_for_those_on_hold_first_and_the_laboratory_for_samples(
    warehouse: Warehouse,
) -> None:
    waiting, held = warehouse.receive(approved=False), warehouse.receive()
    services.hold_lot(actor=warehouse.plant.actor("operator"), lot=held, reason="bag found open")
    assert titles(warehouse, "qa") == [f"Decide on lot {held.identifier}", f"Decide on lot {waiting.identifier}"]
    assert [one.urgent for one in needs_of(warehouse.plant.actor("qa"))] == [True, False]
    for nobody in ("analyst", "operator", "planner", "inspector", "sponsor_a"):
        assert titles(warehouse, nobody) == [], nobody
    services.plan_sampling(
        actor=warehouse.plant.actor("qa"), definition=waiting.definition, sampling="all",
        amount=Quantity("0.05", "kg"), reason="SOP-210",
    )  # fmt: skip
    sampled = Lot.objects.get(pk=warehouse.receive(approved=False).pk)
    assert titles(warehouse, "analyst") == [f"Take samples of lot {sampled.identifier}"]
    assert f"Decide on lot {sampled.identifier}" not in titles(warehouse, "qa"), "its samples are not taken"
