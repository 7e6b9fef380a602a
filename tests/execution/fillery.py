"""A batch of a blend that is complete, its bulk weighed and then sampled: what the tests of putting away act on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from batchwright import materials, record
from batchwright.execution import outputs, queries, services
from batchwright.execution.models import Batch
from batchwright.execution.operators import Crew, Member
from batchwright.execution.weighing_operators import Dispenser
from batchwright.kernel.quantity import Quantity
from batchwright.materials import services as stock
from batchwright.people.models import Sponsor
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from tests.execution.dispensary import BLEND, Dispensary
from tests.materials.warehouse import Warehouse

SOURCE = (
    BLEND.replace("TABLET-A", "BLEND-W")
    .replace("actual: blend,", "actual: weigh_bulk.net,")
    .replace("-> fill -> end]}", "-> fill -> weigh_bulk -> take -> end]}")
    .replace(
        "            logic: {flow: [begin -> weigh_api",
        "            samples: [{id: bulk_sample, amount: 100 g, containers: 2, tests: [assay]}]\n"
        "            logic: {flow: [begin -> weigh_api",
    )
) + """\
              - id: weigh_bulk
                level: phase
                name: Weigh the bulk
                phase: {kind: weigh, unit: kg, limits: {action_low: 99.50 kg, action_high: 99.50 kg}}
              - {id: take, level: phase, name: Sample, phase: {kind: sample, points: [bulk_sample]}}
"""
"""The blend of the tests of weighing, with 99.50 kg of bulk on record and 200 g of samples taken after it."""


@dataclass
class Fillery(Dispensary):
    """The dispensary, and what it made."""

    def define(self) -> "Fillery":
        """Define the product, which is kept at room temperature, and bring in what the batch takes."""
        stock.define_material(
            actor=self.actor("qa"), code="BLEND-W", name="Blend", kind="product", unit="kg",
            storage_class="15-25 Cel", sponsor=Sponsor.objects.get(code="ALPHA"),
        )  # fmt: skip
        return self

    def made(self, source: str = SOURCE) -> Batch:
        """Bring a batch to its end."""
        self.open(source)
        self.lot("60 kg")
        self.lot("60 kg", code="LACTOSE", assay="")
        self.lot("5 kg", code="SILICA", assay="")
        self.warehouse.plant.accept("operator")
        crew = Crew(
            [Member(self.actor("operator")), Member(self.actor("supervisor"))],
            dispense=Dispenser(lambda _scale, amount: self.line.scale.put(amount)),
        )  # fmt: skip
        done = crew.work(self.own())
        assert done.state == "Complete", done.waits
        return self.own()

    def output(self) -> outputs.Output:
        """What it made and what became of it."""
        found = queries.output(self.actor("qa"), self.own())
        assert found is not None
        return found

    def put_away(
        self, *amounts: str, place: str = "WARM", name: str = "operator", kind: str = "drum", **others: Any
    ) -> record.Receipt:
        """Put away: each amount is that of one container, or of several as ``3 x 25 kg``."""
        return services.put_away(
            actor=self.actor(name), batch=self.own(), fills=fills(amounts, kind),
            location=materials.Location.objects.get(code=place), **others,
        )  # fmt: skip


def fills(amounts: Sequence[str], kind: str = "drum") -> list[materials.Fill]:
    """Read what is filled."""
    parted = [one.rpartition(" x ") for one in amounts]
    return [materials.Fill(Quantity.parse(amount), int(number or 1), kind) for number, _x, amount in parted]


@contextmanager
def opened(warehouse: Warehouse) -> Iterator[Fillery]:
    """A plant with the product, and a simulated scale whose loads rest at once."""
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        yield Fillery(warehouse, line).define()
