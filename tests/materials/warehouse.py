"""A small warehouse for tests: materials of the plant and of two sponsors, and short ways to receive and make."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from batchwright import people, record
from batchwright.kernel.quantity import Quantity
from batchwright.materials import entries, services, statements
from batchwright.materials.models import Container, Definition, Location, Lot, Supplier
from batchwright.materials.services.common import today
from batchwright.people.evidence import PasswordEvidence
from batchwright.people.models import Sponsor, User
from tests.people.plant import ADDRESS, PASSWORD, Plant, populate


@dataclass
class Warehouse:
    """The plant's people and what they work on."""

    plant: Plant

    def actor(self, name: str, role: str | None = None) -> record.Actor:
        """Let somebody act."""
        return self.plant.actor(name, role)

    @property
    def store(self) -> Location:
        """Where things stand."""
        return Location.objects.get(code="STORE")

    @property
    def supplier(self) -> Supplier:
        """Who delivers."""
        return Supplier.objects.get(code="MEGGLE")

    def material(self, code: str = "LACTOSE") -> Definition:
        """Read a material."""
        found: Definition = Definition.objects.select_related("sponsor").get(code=code)
        return found

    def receive(
        self, *amounts: str, code: str = "LACTOSE", number: str = "", approved: bool = True, **dates: Any
    ) -> Lot:
        """Receive a lot, approved unless said otherwise."""
        dates.setdefault("expires_on", today() + timedelta(days=100))
        receipt = services.receive_lot(
            actor=self.actor("operator"), definition=self.material(code), supplier=self.supplier,
            supplier_lot=number or f"S{Lot.objects.count()}", location=self.store,
            containers=[Quantity.parse(one) for one in amounts or ("10 kg",)], **dates,
        )  # fmt: skip
        lot = self.lot(receipt)
        return self.set_status(lot, "approved") if approved else lot

    def make(self, code: str = "TABLET-A", nominal: str | None = None) -> Lot:
        """Begin a lot that is made here."""
        receipt = services.make_lot(
            actor=self.actor("operator"), definition=self.material(code),
            nominal=None if nominal is None else Quantity.parse(nominal),
        )  # fmt: skip
        return self.lot(receipt)

    def produce(self, lot: Lot, amount: str = "5 kg") -> Container:
        """Fill what was made."""
        services.produce(actor=self.actor("operator"), lot=lot, amount=Quantity.parse(amount), location=self.store)
        return self.container(lot)

    def lot(self, which: record.Receipt | Lot) -> Lot:
        """Read a lot anew."""
        identifier = which.identifier if isinstance(which, Lot) else which.subject.removeprefix("lot/")
        found: Lot = Lot.objects.select_related("definition", "sponsor", "supplier").get(identifier=identifier)
        return found

    def container(self, lot: Lot, place: int = -1) -> Container:
        """Read one container of a lot anew; the latest unless said otherwise."""
        rows = Container.objects.filter(lot=lot).select_related("lot__definition", "lot__sponsor", "location")
        found: Container = list(rows.order_by("id"))[place]
        return found

    def sign(
        self, name: str, row: record.GmpModel, shown: str, meaning: str = "approved", role: str | None = None
    ) -> dict[str, Any]:
        """Let somebody read something and sign it; gives what the command takes."""
        if not User.objects.get(username=name).statement_version:
            self.plant.accept(name)
        session = self.plant.session(name)
        prepared = people.prepare(
            actor=self.actor(name, role), row=row, meaning=meaning, shown=shown, session=session
        )
        given = PasswordEvidence(PASSWORD, name)
        return {"name": prepared.name, "given": given, "session": session, "address": ADDRESS}

    def free(self, container: Container, name: str = "qa", reason: str = "dried") -> record.Receipt:
        """Free a held container, with the signature."""
        signature = self.sign(name, container, statements.of_container(container, reason))
        return services.free_container(actor=self.actor(name), container=container, reason=reason, **signature)

    def retest(self, lot: Lot, retest_on: date, name: str = "qa", reason: str = "passed") -> record.Receipt:
        """Set the next retest, with the signature."""
        signature = self.sign(name, lot, statements.of_retest(lot, retest_on, reason))
        return services.retest_lot(actor=self.actor(name), lot=lot, retest_on=retest_on, reason=reason, **signature)

    def decide(
        self, lot: Lot, status: str, name: str = "qa", reason: str = "tested", role: str | None = None
    ) -> record.Receipt:
        """Decide on a lot, with the signature."""
        shown = statements.of_lot(lot, status, reason)
        signature = self.sign(name, lot, shown, statements.MEANINGS[status], role)
        actor = self.actor(name, role)
        return services.decide_lot(actor=actor, lot=lot, status=status, reason=reason, **signature)

    def decide_supplier(
        self, supplier: Supplier, approval: str, name: str = "qa", reason: str = "audit", **facts: Any
    ) -> record.Receipt:
        """Decide on a supplier, with the signature."""
        shown = statements.of_supplier(supplier, approval, facts.get("approved_until"), reason)
        signature = self.sign(name, supplier, shown, statements.MEANINGS.get(approval, "approved"))
        return services.decide_supplier(
            actor=self.actor(name), supplier=supplier, approval=approval, reason=reason, **facts, **signature
        )

    def taken_over(self, name: str = "LAC/7") -> Lot:
        """A lot of lactose that another system told of, without what is left of it."""
        data = entries.LotsMigrated(
            first=name, last=name, lots=1, descents=0, source="old", file="old.csv", file_sha256="", mapping_sha256=""
        )
        with record.entry(data, actor=record.SITE, subject="import/old") as entry:
            row = Lot(
                identifier=str(entry.number("L")), definition=self.material(), status="quarantine", origin="migrated",
                made_to_the="month", source="old", source_id=name,
            )  # fmt: skip
            return self.lot(entry.create(row))

    def set_status(self, lot: Lot, status: str) -> Lot:
        """Decide without the ceremony of a signature, which has tests of its own."""
        data = entries.LotDecided(lot=lot.identifier, before=lot.status, after=status)
        with record.entry(data, actor=record.SITE, subject=lot, reason="test", sponsor=lot.tenant) as entry:
            entry.update(lot, status=status)
        return self.lot(lot)


def furnish(plant: Plant | None = None) -> Warehouse:
    """Enrol the people, unless they are here, and define what they work with."""
    warehouse = Warehouse(plant or populate())
    qa = warehouse.actor("qa")
    services.define_location(actor=qa, code="STORE", name="Store")
    services.define_location(actor=qa, code="COLD", name="Cold room", storage_class="2-8 Cel")
    services.define_location(actor=qa, code="WARM", name="Warm room", storage_class="15-25 Cel")
    services.register_supplier(actor=qa, code="MEGGLE", name="Meggle", place="Wasserburg", country="DE")
    supplier, data = Supplier.objects.get(), entries.SupplierDecided(code="MEGGLE", approval="approved")
    # As for `set_status`: the ceremony of the signature has tests of its own.
    with record.entry(data, actor=record.SITE, subject=supplier, reason="audit 12") as entry:
        entry.update(supplier, approval="approved")
    services.define_material(actor=qa, code="LACTOSE", name="Lactose", kind="component", unit="kg")
    services.define_material(
        actor=qa, code="ACTIVE", name="Active substance", kind="component", unit="g", storage_class="2-8 Cel",
        shelf_life_days=730, retest_days=365, hazards="H361",
    )  # fmt: skip
    for code, sponsor in (("TABLET-A", "ALPHA"), ("TABLET-B", "BETA")):
        services.define_material(
            actor=qa, code=code, name=f"Tablet {code[-1]}", kind="product", unit="kg",
            sponsor=Sponsor.objects.get(code=sponsor),
        )  # fmt: skip
    return warehouse
