"""Material that moves inside an entry of another capability: one act of the floor, one entry, the same rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from batchwright import materials, people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import queries, services
from batchwright.materials.entries import MaterialSampled
from batchwright.materials.models import Allocation, Container, Location, Lot
from batchwright.materials.services.common import today
from tests.materials.warehouse import Warehouse

BATCH = "B-1"


@contextmanager
def act(warehouse: Warehouse, name: str = "operator") -> Iterator[record.OpenEntry]:
    """An act of another capability."""
    data = MaterialSampled(lot="", amount="", container="", sample="")
    with record.entry(data, actor=warehouse.actor(name), subject="batch/B-1") as entry:
        yield entry


def kg(text: str) -> Quantity:
    return Quantity(text, "kg")


def drawn(warehouse: Warehouse, lot: Lot, amount: str = "2") -> Container:
    with act(warehouse) as entry:
        made = materials.draw(entry, source=warehouse.container(lot, 0), amount=kg(amount), purpose=BATCH)
    return warehouse.container(made.lot)


@pytest.mark.requirement("211.101(b)")
def test_what_is_drawn_is_promised_to_its_batch_and_nobody_else_takes_it(warehouse: Warehouse) -> None:
    lot, batch = warehouse.receive("10 kg"), warehouse.make()
    operator = warehouse.actor("operator")
    services.allocate_from(actor=operator, container=warehouse.container(lot), amount=kg("3"), purpose=BATCH)
    taken = drawn(warehouse, lot)
    with act(warehouse) as entry:
        again = materials.draw(
            entry, source=warehouse.container(lot, 0), amount=Quantity("500", "g"), purpose=BATCH, into=taken
        )
    assert (again.pk, again.amount_e6, warehouse.container(lot, 0).amount_e6) == (taken.pk, 2_500_000, 7_500_000)
    promised = Allocation.objects.filter(state="open").order_by("id").values_list("container__identifier", "amount_e6")
    source = warehouse.container(lot, 0).identifier
    assert sorted(promised) == sorted(
        [(taken.identifier, 2_000_000), (source, 500_000), (taken.identifier, 500_000)]
    ), "what was promised of the source to the batch is used up first"
    with pytest.raises(DomainError, match="less in the container than this"):
        services.consume(actor=operator, container=warehouse.container(lot, 1), amount=kg("0.1"), into=batch)
    with act(warehouse) as entry:
        materials.charge(
            entry, container=warehouse.container(lot, 1), amount=kg("2.5"), into=warehouse.lot(batch), purpose=BATCH
        )
    assert [one.child.identifier for one in queries.used_for(operator, lot)] == [batch.identifier]
    assert (queries.balance(operator, lot).unaccounted, warehouse.container(lot, 1).amount_e6) == (0, 0)
    assert record.Entry.objects.filter(subject="batch/B-1").count() == 3, "one entry for each act"


@pytest.mark.requirement("211.84")
@pytest.mark.requirement("211.101(b)")
@pytest.mark.parametrize("ill", ["hold", "rejected", "quarantine", "expired", "retest", "held"])
def test_what_cannot_be_used_is_neither_drawn_nor_charged_but_may_be_given_back(warehouse: Warehouse, ill: str) -> None:
    lot, batch = warehouse.receive("10 kg", "5 kg"), warehouse.make()
    taken = drawn(warehouse, lot)
    source = warehouse.container(lot, 0)
    if ill == "held":
        for one in (source, taken):
            services.hold_container(actor=warehouse.actor("operator"), container=one, reason="torn")
    elif ill in ("expired", "retest"):
        with act(warehouse, "qa") as entry:
            if ill == "expired":
                entry.update(lot, expires_on=today() - timedelta(days=1))
            else:
                entry.update(lot, retest_on=today())
    else:
        warehouse.set_status(lot, ill)
    for name, doing in (
        ("draw", lambda entry: materials.draw(entry, source=source, amount=kg("1"), purpose=BATCH)),
        ("charge", lambda entry: materials.charge(entry, container=taken, amount=kg("1"), into=batch, purpose=BATCH)),
    ):
        before = record.Entry.objects.count()
        with pytest.raises(DomainError, match="cannot be used"), act(warehouse) as entry:
            doing(entry)
        assert record.Entry.objects.count() == before, name
    with act(warehouse) as entry:
        materials.give_back(
            entry, container=warehouse.container(lot), amount=kg("0.5"), into=warehouse.container(lot, 0), purpose=BATCH
        )
    assert warehouse.container(lot, 0).amount_e6 == 8_500_000
    assert not Allocation.objects.filter(state="open").exists(), "nothing that cannot be used stays promised"


def test_an_amount_goes_only_between_containers_of_its_lot_and_a_held_one_keeps_its_content(
    warehouse: Warehouse,
) -> None:
    lot, other = warehouse.receive("10 kg"), warehouse.receive("10 kg")
    taken = drawn(warehouse, lot)
    source, foreign = warehouse.container(lot, 0), warehouse.container(other)
    for into in (foreign, source):
        with pytest.raises(DomainError, match="same lot"), act(warehouse) as entry:
            materials.draw(entry, source=source, amount=kg("1"), purpose=BATCH, into=into)
    with pytest.raises(DomainError, match="same lot"), act(warehouse) as entry:
        materials.give_back(entry, container=taken, amount=kg("1"), into=foreign, purpose=BATCH)
    with pytest.raises(BadInput, match="what it is for"), act(warehouse) as entry:
        materials.draw(entry, source=source, amount=kg("1"), purpose="")
    with pytest.raises(DomainError, match="less in the container"), act(warehouse) as entry:
        materials.give_back(entry, container=taken, amount=kg("2.1"), into=source, purpose=BATCH)
    services.hold_container(actor=warehouse.actor("operator"), container=taken, reason="torn")
    with pytest.raises(DomainError, match="held container does not give"), act(warehouse) as entry:
        materials.give_back(entry, container=taken, amount=kg("1"), into=source, purpose=BATCH)
    with pytest.raises(people.Refused), act(warehouse, "analyst") as entry:
        materials.give_back(entry, container=taken, amount=kg("1"), into=source, purpose=BATCH)


def test_a_drawn_container_stands_where_it_was_brought_if_the_material_may_be_kept_there(warehouse: Warehouse) -> None:
    lot = warehouse.receive("1 g", code="ACTIVE")
    source, grams = warehouse.container(lot), Quantity("250", "mg")
    with pytest.raises(DomainError, match="not kept there"), act(warehouse) as entry:
        materials.draw(
            entry, source=source, amount=grams, purpose=BATCH, location=Location.objects.get(code="WARM")
        )
    cold = Location.objects.get(code="COLD")
    with act(warehouse) as entry:
        made = materials.draw(entry, source=source, amount=grams, purpose=BATCH, location=cold)
    assert (made.location, made.amount_e6) == (cold, 250_000)


def test_a_batchs_lot_begins_and_is_filled_inside_the_batchs_own_entries(warehouse: Warehouse) -> None:
    with act(warehouse) as entry:
        lot = materials.begin_lot(entry, definition=warehouse.material("TABLET-A"), nominal=kg("5"))
    with act(warehouse) as entry:
        fills = [materials.Fill(kg("4.9"))]
        (made,) = materials.fill_lot(entry, lot=lot, fills=fills, location=warehouse.store)
    assert (made.lot, made.amount_e6, warehouse.lot(lot).tenant) == (lot, 4_900_000, "ALPHA")
    with pytest.raises(people.Refused), act(warehouse, "analyst") as entry:
        materials.begin_lot(entry, definition=warehouse.material("TABLET-A"))
