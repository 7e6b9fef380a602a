"""A dispensary for tests: lots with their potency, a simulated scale, drums, and short ways to weigh."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchwright import materials, record
from batchwright.execution import services
from batchwright.execution.models import Attempt, Batch, BatchException, Run, Weighing
from batchwright.execution.states import Command
from batchwright.kernel.quantity import Quantity
from batchwright.materials import services as warehouse_services
from batchwright.plant.adapters.simulator import ScaleServer
from tests.execution.shift import Shift
from tests.materials.warehouse import Warehouse
from tests.plant.metrology import WEIGHINGS, Metrology
from tests.recipes.workshop import Workshop

BLEND = Path(__file__).with_name("blend.yaml").read_text("utf-8")
WHERE = "make/blending/prepare/"


def q(text: str) -> Quantity:
    return Quantity.parse(text)


@dataclass
class Dispensary:
    """The people, the warehouse, a scale and a batch."""

    warehouse: Warehouse
    line: ScaleServer
    batch: Batch | None = None

    @property
    def metrology(self) -> Metrology:
        """Who calibrates."""
        return Metrology(self.warehouse.plant)

    @property
    def shift(self) -> Shift:
        """Who makes batches."""
        return Shift(Workshop(self.warehouse.plant))

    def actor(self, name: str) -> record.Actor:
        """Let somebody act."""
        return self.warehouse.actor(name)

    def open(self, source: str = BLEND, codes: tuple[str, ...] = ("API-4", "SILICA"), size: str = "") -> "Dispensary":
        """Define the materials, set up the scale, and start a batch."""
        qa = self.actor("qa")
        for code in codes:
            warehouse_services.define_material(actor=qa, code=code, name=code, kind="component", unit="kg")
        self.warehouse.plant.accept("process_engineer", "qualified_person", "supervisor", "qa")
        self.metrology.add_scale(protocol="mt-sics", host="127.0.0.1", port=self.line.port)
        self.metrology.calibrated(weighings=WEIGHINGS)
        self.metrology.check()
        self.batch = self.shift.started(source, size=size or "100 kg")
        return self

    def lot(self, *amounts: str, code: str = "API-4", assay: str = "98.6 %", water: str = "0.2 %", **dates: Any) -> Any:
        """Receive an approved lot, with its potency where it has one."""
        lot = self.warehouse.receive(*amounts, code=code, approved=False, **dates)
        if assay:
            warehouse_services.certify_lot(
                actor=self.actor("analyst"), lot=lot, assay=q(assay), water=q(water) if water else None,
                certificate="CoA-1",
            )  # fmt: skip
        return self.warehouse.set_status(self.warehouse.lot(lot), "approved")

    def box(self, lot: Any, place: int = 0) -> str:
        """Label of a container of a lot."""
        return self.warehouse.container(lot, place).identifier

    def own(self) -> Batch:
        """Read the batch anew."""
        assert self.batch is not None
        return self.shift.read(self.batch)

    def stage(self, code: str, path: str = "weigh_api", name: str = "operator") -> record.Receipt:
        """Stage a lot."""
        return services.stage_lot(actor=self.actor(name), batch=self.own(), path=WHERE + path, lot=code)

    def ready(
        self, vessel: str = "D-17", tare: str = "2.310 kg", path: str = "weigh_api", **others: Any
    ) -> record.Receipt:
        """Put an empty drum on the scale, and take its tare."""
        self.line.scale.put(q(tare))
        given: dict[str, Any] = {"scale": "SC-01", "new": True, **others}
        return services.ready_vessel(
            actor=self.actor("operator"), batch=self.own(), path=WHERE + path, vessel=vessel, **given
        )

    def weigh(
        self, shows: str, source: str, path: str = "weigh_api", checker: str = "supervisor", reason: str = "",
        name: str = "operator", key: str | None = None, **put: Any,
    ) -> record.Receipt:  # fmt: skip
        """Put something on the scale, and record what it shows."""
        if shows:
            self.line.scale.put(q(shows))
        given: dict[str, Any] = {"vessel": "D-17", "scale": "SC-01", **put}
        return services.record_weight(
            actor=self.actor(name), batch=self.own(), path=WHERE + path,
            put=services.WeightPut(source=source, **given), checker=self.actor(checker) if checker else None,
            reason=reason, idempotency_key=key,
        )  # fmt: skip

    def give_back(self, row: Weighing, reason: str = "wrong drum", checker: str = "supervisor", **others: Any) -> Any:
        """Give a weight back."""
        given: dict[str, Any] = {"path": row.run.path, **others}
        return services.return_weight(
            actor=self.actor("operator"), batch=self.own(), weighing=row.pk, reason=reason,
            checker=self.actor(checker) if checker else None, **given,
        )  # fmt: skip

    def charge(self, **codes: str) -> record.Receipt:
        """Scan what goes into the blender."""
        return services.perform(
            actor=self.actor("operator"), batch=self.own(), path=WHERE + "fill", values=codes
        )

    def weights(self) -> list[Weighing]:
        """What counts."""
        rows = Weighing.objects.filter(batch=self.batch, returned_at__isnull=True).select_related("run", "into", "lot")
        return list(rows.order_by("id"))

    def attempts(self, path: str = "weigh_api") -> list[Attempt]:
        """Every attempt at a step."""
        return list(Attempt.objects.filter(batch=self.batch, run__path=WHERE + path).order_by("number"))

    def exceptions(self) -> list[tuple[str, str]]:
        """Kind and sentence of each exception."""
        return [(one.kind, one.sentence) for one in BatchException.objects.filter(batch=self.batch).order_by("id")]

    def run(self, path: str = "weigh_api") -> Run:
        """Read a run."""
        found: Run = Run.objects.get(batch=self.batch, path=WHERE + path)
        return found

    def hold(self, lot: materials.Lot) -> None:
        """Put a lot on hold."""
        warehouse_services.hold_lot(actor=self.actor("qa"), lot=self.warehouse.lot(lot), reason="complaint")

    def command(self, command: Command) -> record.Receipt:
        """Give the batch a command."""
        return services.command_batch(actor=self.actor("operator"), batch=self.own(), command=command)


Doing = Callable[[], Any]
