"""Two people at one container, lot or promise at the same moment: exactly one is first, the other is told so."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import services
from batchwright.materials.models import Allocation, Container, Descent, Location, Lot, Movement
from batchwright.materials.services.common import today
from tests.conftest import PlantDatabase
from tests.materials.warehouse import Warehouse, furnish
from tests.record.concurrency import at_once

PEOPLE = ("operator", "supervisor", "planner")


@pytest.fixture
def warehouse(plant_database: PlantDatabase) -> Warehouse:
    """A plant whose commits are real."""
    return furnish()


def moves(warehouse: Warehouse, lot: Lot) -> list[Callable[[], Any]]:
    """Each has seen the container in the store and carries it elsewhere."""
    places = [Location.objects.get(code=code) for code in ("COLD", "WARM", "HALL")]
    return [
        partial(
            services.move_container, actor=warehouse.actor(name), container=warehouse.container(lot), location=place
        )
        for name, place in zip(PEOPLE, places, strict=True)
    ]


def test_of_those_who_move_one_container_at_once_one_wins_and_the_others_are_told_by_whom(
    warehouse: Warehouse,
) -> None:
    services.define_location(actor=warehouse.actor("qa"), code="HALL", name="Hall")
    for _round in range(5):
        lot = warehouse.receive("10 kg")
        results = at_once(moves(warehouse, lot))
        won = [one for one in results if isinstance(one, record.Receipt)]
        lost = [one for one in results if isinstance(one, record.Stale)]
        assert (len(won), len(lost)) == (1, 2), results
        winner = record.Entry.objects.get(seq=won[0].seq)
        assert all(f"{winner.actor_name} changed location_id" in str(one) for one in lost)
        container = warehouse.container(lot)
        assert container.version == 3, "received, filled, moved once"
        assert winner.typed is not None
        assert winner.typed.content()["after"] == container.location.code


def test_one_kilogram_is_not_promised_twice_however_many_ask_at_once(warehouse: Warehouse) -> None:
    warehouse.receive("1 kg")
    material, amount = warehouse.material(), Quantity("0.6", "kg")
    acts = [
        partial(services.allocate, actor=warehouse.actor(name), definition=material, amount=amount, purpose=name)
        for name in PEOPLE
    ]
    results = at_once(acts)
    assert sum(isinstance(one, record.Receipt) for one in results) == 1, results
    assert sum(isinstance(one, DomainError) for one in results) == 2, results
    assert sum(Allocation.objects.values_list("amount_e6", flat=True)) == 600_000


def test_a_hold_and_a_use_at_once_leave_no_use_after_the_hold(warehouse: Warehouse) -> None:
    for _round in range(5):
        lot, batch = warehouse.receive("1 kg"), warehouse.make()
        use = partial(
            services.consume, actor=warehouse.actor("operator"), container=warehouse.container(lot),
            amount=Quantity("1", "kg"), into=batch,
        )  # fmt: skip
        held, used = at_once([partial(services.hold_lot, actor=warehouse.actor("qa"), lot=lot, reason="odour"), use])
        assert isinstance(held, record.Receipt), held
        if isinstance(used, record.Receipt):
            assert used.seq < held.seq
        else:
            assert isinstance(used, DomainError), used
            assert not Movement.objects.filter(lot=lot, kind="consumption").exists()


def test_two_uses_that_would_close_a_circle_do_not_both_stand(warehouse: Warehouse) -> None:
    for _round in range(3):
        one, two = warehouse.make(), warehouse.make()
        for lot in (one, two):
            warehouse.produce(lot)
            warehouse.set_status(lot, "approved")

        def use(source: Lot, into: Lot) -> Callable[[], Any]:
            return partial(
                services.consume, actor=warehouse.actor("operator"), container=warehouse.container(source),
                amount=Quantity("1", "kg"), into=warehouse.lot(into),
            )  # fmt: skip

        results = at_once([use(one, two), use(two, one)])
        assert sum(isinstance(each, record.Receipt) for each in results) == 1, results
        assert sum(isinstance(each, DomainError) for each in results) == 1, results
        assert Descent.objects.filter(parent__in=(one, two)).count() == 1


def test_one_delivery_is_received_once_though_two_receive_it(warehouse: Warehouse) -> None:
    material, supplier = warehouse.material(), warehouse.supplier
    acts = [
        partial(
            services.receive_lot, actor=warehouse.actor(name), definition=material, supplier=supplier,
            supplier_lot="M-1", containers=[Quantity("5", "kg")], location=warehouse.store,
            expires_on=today() + timedelta(days=9),
        )
        for name in PEOPLE
    ]  # fmt: skip
    results = at_once(acts)
    assert sum(isinstance(one, record.Receipt) for one in results) == 1, results
    assert sum(isinstance(one, DomainError) for one in results) == 2, results
    assert Lot.objects.count() == Container.objects.count() == 1
