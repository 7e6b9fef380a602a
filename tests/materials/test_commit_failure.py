"""Every command of materials, cut off between its changes and the commit: nothing half-done stays."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from batchwright import record
from batchwright.kernel.quantity import Quantity
from batchwright.materials import services
from batchwright.materials.adapters import b2mml, mapping, tablets
from batchwright.materials.models import (
    Allocation,
    Container,
    Definition,
    Descent,
    Location,
    Lot,
    Movement,
    Supplier,
)
from batchwright.materials.services.lots import Part
from batchwright.materials.services.migration import migrate
from batchwright.materials.services.other_systems import import_document
from batchwright.people.models import Challenge, Signature
from tests.materials.test_import import ROW, folder
from tests.materials.warehouse import Warehouse

TABLES: tuple[Any, ...] = (
    Allocation, Challenge, Container, Definition, Descent, Location, Lot, Movement, Signature, Supplier, record.Entry,
)  # fmt: skip
MATERIAL = """<SyncMaterialDefinition><DataArea><MaterialDefinition><ID>NACL</ID><Description>Salt</Description>
</MaterialDefinition></DataArea></SyncMaterialDefinition>"""
ONE = Quantity("1", "kg")


class PlugPulledError(Exception):
    """The machine stopped here."""


class Workday(Warehouse):
    """A warehouse with something of everything, so that every command has something to act on."""

    folder: Path

    def begin(self, folder: Path) -> "Workday":
        """Bring it all in."""
        self.folder = folder
        services.plan_sampling(
            actor=self.actor("qa"), definition=self.material(), sampling="all", amount=Quantity("10", "g"),
            limit_percent=Decimal(1), reason="SPEC",
        )  # fmt: skip
        self.receive("10 kg", "5 kg", number="USED")
        services.hold_container(actor=self.actor("operator"), container=self.lactose(1), reason="wet")
        services.allocate_from(actor=self.actor("planner"), container=self.lactose(), amount=ONE, purpose="order")
        self.make()
        self.receive("3 kg", number="QUARANTINED", approved=False)
        self.taken_over()
        self.plant.accept("qa")
        return self

    @property
    def used(self) -> Lot:
        """The approved lot."""
        return self.lot(Lot.objects.get(supplier_lot="USED"))

    @property
    def batch(self) -> Lot:
        """What is made."""
        return self.lot(Lot.objects.get(origin="made"))

    def lactose(self, place: int = 0) -> Container:
        """A container of the approved lot: the free one, or the held one."""
        return self.container(self.used, place)


def _by(name: str, command: Callable[..., Any], **facts: Any) -> Callable[[Workday], Any]:
    """A command on the free container of the approved lot."""
    return lambda day: command(actor=day.actor(name), container=day.lactose(), **facts)


COMMANDS: dict[str, Callable[[Workday], Any]] = {
    "define_material": lambda day: services.define_material(
        actor=day.actor("qa"), code="NEW", name="New", kind="component", unit="kg"
    ),
    "plan_sampling": lambda day: services.plan_sampling(
        actor=day.actor("qa"), definition=day.material("ACTIVE"), sampling="none", reason="because"
    ),
    "register_supplier": lambda day: services.register_supplier(
        actor=day.actor("qa"), code="NEW", name="New", place="Basel", country="CH"
    ),
    "decide_supplier": lambda day: day.decide_supplier(Supplier.objects.get(), "withdrawn"),
    "define_location": lambda day: services.define_location(actor=day.actor("qa"), code="NEW", name="New"),
    "receive_lot": lambda day: day.receive("1 kg", "2 kg", number="NEW", approved=False),
    "make_lot": lambda day: day.make("TABLET-B"),
    "produce": lambda day: day.produce(day.batch),
    "convert_lots": lambda day: services.convert_lots(
        actor=day.actor("supervisor"), kind="split", parts=[Part(day.lactose(), ONE)], location=day.store, reason="x"
    ),
    "certify_lot": lambda day: services.certify_lot(
        actor=day.actor("analyst"), lot=day.lot(Lot.objects.get(supplier_lot="QUARANTINED")),
        assay=Quantity("98.6", "%"), certificate="C-1",
    ),
    "hold_lot": lambda day: services.hold_lot(actor=day.actor("operator"), lot=day.used, reason="torn"),
    "decide_lot": lambda day: day.decide(day.used, "rejected"),
    "retest_lot": lambda day: day.retest(day.used, day.used.expires_on),  # type: ignore[arg-type]
    "hold_container": _by("operator", services.hold_container, reason="torn"),
    "free_container": lambda day: day.free(day.lactose(1)),
    "allocate": lambda day: services.allocate(
        actor=day.actor("planner"), definition=day.material(), amount=ONE, purpose="other"
    ),
    "allocate_from": _by("planner", services.allocate_from, amount=ONE, purpose="other"),
    "end_allocation": lambda day: services.end_allocation(
        actor=day.actor("planner"), reason="because",
        allocation=Allocation.objects.select_related("lot__definition", "container").get(),
    ),
    "move_container": lambda day: services.move_container(
        actor=day.actor("operator"), container=day.lactose(), location=Location.objects.get(code="COLD")
    ),
    "split_container": _by("operator", services.split_container, amount=ONE),
    "consume": lambda day: services.consume(
        actor=day.actor("operator"), container=day.lactose(), amount=ONE, into=day.batch
    ),
    "sample": _by("analyst", services.sample, amount=ONE, sample_name="S-1"),
    "sample_lot": lambda day: services.sample_lot(actor=day.actor("analyst"), lot=day.used, sample_name="S-2"),
    "destroy": _by("qa", services.destroy, amount=ONE, reason="wet"),
    "ship": _by("planner", services.ship, amount=ONE, shipment="SH-1"),
    "count": _by("supervisor", services.count, counted=Quantity("9", "kg"), reason="count"),
    "count_in": lambda day: services.count_in(
        actor=day.actor("supervisor"), lot=day.lot(Lot.objects.get(source="old")), amount=ONE, location=day.store,
        reason="count",
    ),
    "reconcile_lot": lambda day: services.reconcile_lot(actor=day.actor("supervisor"), lot=day.used, reason="count"),
    "migrate": lambda day: migrate(actor=day.actor("qa"), plan=tablets.read(folder(day.folder, ROW), mapping.load())),
    "import_document": lambda day: import_document(actor=day.actor("qa"), document=_document(day.folder)),
}  # fmt: skip
LOG_IN = "login.succeeded/1"
IMPORTS = {"migrate", "import_document"}


def _document(place: Path) -> b2mml.Document:
    path = place / "MAT.xml"
    path.write_text(MATERIAL, encoding="utf-8")
    return b2mml.read(path)


def test_every_command_is_cut_off_here() -> None:
    assert set(services.__all__) | IMPORTS == COMMANDS.keys()


def state() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that materials write; what is only asked for a signature does not count."""
    rows = {table._meta.db_table: list(table._default_manager.order_by("pk").values()) for table in TABLES}
    rows[Challenge._meta.db_table] = [row for row in rows[Challenge._meta.db_table] if row["used_at"] is not None]
    entries = record.Entry._meta.db_table
    rows[entries] = [row for row in rows[entries] if row["type"] != LOG_IN]
    return rows


@pytest.mark.requirement("11.10(e)")
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_that_is_cut_off_before_its_commit_leaves_nothing(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    day = Workday(warehouse.plant).begin(tmp_path)
    append = record.OpenEntry.append

    def pull(entry: record.OpenEntry, gate: Any) -> None:
        # Who signs logs in first: an entry of its own, and not the one that is cut off.
        if entry.data.type == LOG_IN:
            append(entry, gate)
            return
        raise PlugPulledError

    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(record.OpenEntry, "append", pull)
        with pytest.raises(PlugPulledError):
            COMMANDS[name](day)
    assert state() == before
    COMMANDS[name](day)
    assert state() != before, "the same command acts once the machine is back"
