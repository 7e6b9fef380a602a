"""Whatever people do: mass is conserved, nothing is negative, no lot is made from itself, replay equals live."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import queries, services, tracing
from batchwright.materials.entries import MaterialSampled
from batchwright.materials.models import Allocation, Container, Descent, Lot
from batchwright.materials.services import joining
from batchwright.materials.services.lots import Part
from tests.conftest import PlantDatabase, engine
from tests.execution.replaying import is_whole_and_replays
from tests.materials.warehouse import Warehouse, furnish

WAREHOUSE: list[Warehouse] = []
AMOUNTS = st.integers(min_value=1, max_value=12_000_000)
PLACES = st.integers(min_value=0, max_value=30)


class Handling(RuleBasedStateMachine):
    """People who receive, move, divide, use, merge, hold, ship and count, in any order."""

    @initialize()
    def begin(self) -> None:
        self.warehouse = WAREHOUSE[0]
        self.first = Lot.objects.count()
        self.balance: dict[int, int] = defaultdict(int)
        self.containers: dict[int, int] = {}

    @property
    def own(self) -> list[Container]:
        """The containers of this run, read anew."""
        rows = Container.objects.select_related("lot__definition", "lot__sponsor", "location")
        return list(rows.filter(pk__in=self.containers).order_by("id"))

    def some(self, place: int) -> Container:
        found = self.own
        return found[place % len(found)]

    def act(self, name: str, command: Any, **facts: Any) -> bool:
        """Act; what the plant refuses changes nothing."""
        before = {one.pk: (one.amount_e6, one.held) for one in self.own}
        try:
            command(actor=self.warehouse.actor(name), **facts)
        except DomainError:
            assert before == {one.pk: (one.amount_e6, one.held) for one in self.own}
            return False
        return True

    def took(self, container: Container, amount: int) -> None:
        self.containers[container.pk] -= amount

    def new(self, lot: Lot) -> None:
        """Take the latest container of a lot into the model."""
        made = self.warehouse.container(lot)
        self.containers[made.pk] = made.amount_e6

    @rule(amount=AMOUNTS, approved=st.booleans())
    def receive(self, amount: int, approved: bool) -> None:
        self.new(self.warehouse.receive(_kg(amount), approved=approved))

    @rule(amount=AMOUNTS)
    def produce(self, amount: int) -> None:
        lot = self.warehouse.make("LACTOSE")
        self.warehouse.produce(lot, _kg(amount))
        self.new(self.warehouse.set_status(lot, "approved"))

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, amount=AMOUNTS)
    def split_container(self, place: int, amount: int) -> None:
        container = self.some(place)
        if self.act("operator", services.split_container, container=container, amount=_quantity(amount)):
            self.took(container, amount)
            self.new(container.lot)
            assert self.containers[max(self.containers)] == amount

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, into=PLACES, amount=AMOUNTS)
    def consume(self, place: int, into: int, amount: int) -> None:
        container, lot = self.some(place), self.some(into).lot
        if self.act("operator", services.consume, container=container, amount=_quantity(amount), into=lot):
            self.took(container, amount)
            assert not container.held
            assert queries.fitness(self.warehouse.lot(container.lot)).usable

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, into=st.none() | PLACES, amount=AMOUNTS)
    def draw(self, place: int, into: int | None, amount: int) -> None:
        container, other = self.some(place), None if into is None else self.some(into)
        if self.join(joining.draw, source=container, amount=_quantity(amount), purpose="B-1", into=other):
            self.took(container, amount)
            if other is None:
                self.new(container.lot)
            else:
                self.containers[other.pk] += amount
            assert not container.held
            assert queries.fitness(self.warehouse.lot(container.lot)).usable

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, into=PLACES, amount=AMOUNTS)
    def give_back(self, place: int, into: int, amount: int) -> None:
        container, other = self.some(place), self.some(into)
        if self.join(joining.give_back, container=container, amount=_quantity(amount), into=other, purpose="B-1"):
            self.took(container, amount)
            self.containers[other.pk] += amount

    def join(self, act: Any, **facts: Any) -> bool:
        """Act inside an entry of somebody else."""

        def command(actor: record.Actor) -> None:
            data = MaterialSampled(lot="", amount="", container="", sample="")
            with record.entry(data, actor=actor, subject="batch/B-1") as entry:
                act(entry, **facts)

        return self.act("operator", command)

    @precondition(lambda self: self.containers)
    @rule(
        kind=st.sampled_from(["split", "merged", "reworked"]), amount=AMOUNTS,
        places=st.lists(PLACES, min_size=1, max_size=3),
    )  # fmt: skip
    def convert(self, kind: str, places: list[int], amount: int) -> None:
        found = {self.some(place).pk: self.some(place) for place in places}
        parts = [Part(one, _quantity(amount)) for one in found.values()]
        location = self.warehouse.store
        if self.act("supervisor", services.convert_lots, kind=kind, parts=parts, location=location, reason="x"):
            for one in found.values():
                self.took(one, amount)
            made = Lot.objects.order_by("-id")[0]
            self.new(made)
            assert self.warehouse.container(made).amount_e6 == amount * len(parts)

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, amount=AMOUNTS)
    def sample(self, place: int, amount: int) -> None:
        container = self.some(place)
        if self.act("analyst", services.sample, container=container, amount=_quantity(amount), sample_name="S"):
            self.took(container, amount)

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, amount=AMOUNTS)
    def ship(self, place: int, amount: int) -> None:
        container = self.some(place)
        if self.act("planner", services.ship, container=container, amount=_quantity(amount), shipment="SH"):
            self.took(container, amount)

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, amount=st.integers(min_value=0, max_value=12_000_000))
    def count(self, place: int, amount: int) -> None:
        container = self.some(place)
        if self.act("supervisor", services.count, container=container, counted=_quantity(amount), reason="count"):
            self.containers[container.pk] = amount

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, amount=AMOUNTS)
    def allocate(self, place: int, amount: int) -> None:
        container = self.some(place)
        self.act("planner", services.allocate_from, container=container, amount=_quantity(amount), purpose="order")

    @precondition(lambda self: self.containers)
    @rule(place=PLACES)
    def hold_lot(self, place: int) -> None:
        self.act("operator", services.hold_lot, lot=self.some(place).lot, reason="x")

    @precondition(lambda self: self.containers)
    @rule(place=PLACES, held=st.booleans())
    def hold_container(self, place: int, held: bool) -> None:
        container = self.some(place)
        if held:
            self.act("operator", services.hold_container, container=container, reason="x")
        elif container.held:
            self.warehouse.free(container)

    @precondition(lambda self: self.containers)
    @rule(place=PLACES)
    def approve(self, place: int) -> None:
        self.warehouse.set_status(self.some(place).lot, "approved")

    @invariant()
    def every_container_holds_what_the_model_says_and_never_less_than_nothing(self) -> None:
        for one in self.own:
            assert one.amount_e6 == self.containers[one.pk] >= 0

    @invariant()
    def nothing_is_promised_that_is_not_there(self) -> None:
        promised: dict[int, int] = defaultdict(int)
        for key, amount in Allocation.objects.filter(state="open").values_list("container_id", "amount_e6"):
            promised[key] += amount
        assert all(promised[one.pk] <= one.amount_e6 for one in self.own)

    def teardown(self) -> None:
        """Whatever was done, it adds up, and no lot is made from itself."""
        if not hasattr(self, "warehouse"):
            return
        qa = self.warehouse.actor("qa")
        for lot in Lot.objects.select_related("definition").filter(containers__in=self.containers).distinct():
            assert queries.balance(qa, lot).unaccounted == 0
            assert lot.pk not in tracing.trace(qa, lot, "forward").reached
        for one in Descent.objects.select_related("parent", "child"):
            assert one.parent.depth < one.child.depth


def _quantity(amount: int) -> Quantity:
    return Quantity.parse(_kg(amount))


def _kg(amount: int) -> str:
    return f"{amount // 1_000_000}.{amount % 1_000_000:06d} kg"


@pytest.mark.slow
@pytest.mark.requirement("11.10(a)")
@pytest.mark.requirement("211.184")
def test_whatever_people_do_mass_is_conserved_and_a_replay_of_the_record_equals_the_plant(
    plant_database: PlantDatabase, tmp_path: Path
) -> None:
    WAREHOUSE[:] = [furnish()]
    run_state_machine_as_test(
        Handling,
        settings=settings(
            max_examples=12 if engine() == "sqlite" else 6,
            stateful_step_count=25, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert is_whole_and_replays(tmp_path)
