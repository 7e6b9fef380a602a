"""A small floor for tests: a site with two granulators, a press and a blender, and short ways to act on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.people.models import PlantSession
from batchwright.plant import services, showing
from batchwright.plant.models import (
    Cleaning,
    CleaningProcedure,
    EquipmentClass,
    EquipmentElement,
    LineClearance,
    UnitState,
)
from tests.people.plant import ADDRESS, PASSWORD, Plant, populate


@dataclass
class Floor:
    """The plant's people and the equipment they work with."""

    plant: Plant

    def actor(self, name: str) -> record.Actor:
        """Let somebody act."""
        return self.plant.actor(name)

    def unit(self, tag: str = "GR-1") -> EquipmentElement:
        """Read an element anew."""
        found: EquipmentElement = EquipmentElement.objects.select_related("parent", "equipment_class").get(tag=tag)
        return found

    def class_of(self, tag: str = "GR-1") -> EquipmentClass:
        """Read the class of a unit."""
        found: EquipmentClass = EquipmentClass.objects.get(elements__tag=tag)
        return found

    def state(self, tag: str = "GR-1") -> UnitState:
        """Read a unit's state anew."""
        found: UnitState = UnitState.objects.select_related("unit").get(unit__tag=tag)
        return found

    def procedure(self, code: str = "SOP-FULL") -> CleaningProcedure:
        """Read the latest edition of a procedure."""
        found: CleaningProcedure = CleaningProcedure.objects.filter(code=code).order_by("-effective_at", "-id")[0]
        return found

    def qualify(self, tag: str = "GR-1", *, due_at: datetime | None = None) -> None:
        """Qualify a unit in every stage, by taking it over; signing has tests of its own."""
        now = clock.now()
        stages = [
            services.PaperQualification(kind, f"{kind}-{tag}", now - timedelta(days=30), "Q. Assurance", due_at)
            for kind in ("IQ", "OQ", "PQ")
        ]
        services.take_over_unit(
            actor=self.actor("qa"), unit=self.unit(tag), qualifications=tuple(stages), reason="paper logbook 7"
        )

    def clean(self, tag: str = "GR-1", code: str = "SOP-FULL", **facts: Any) -> Cleaning:
        """Clean a unit."""
        services.clean_unit(actor=self.actor("operator"), unit=self.unit(tag), procedure=self.procedure(code), **facts)
        found: Cleaning = Cleaning.objects.filter(unit__tag=tag).order_by("-number")[0]
        return found

    def verify(self, cleaning: Cleaning, name: str = "supervisor") -> record.Receipt:
        """Verify a cleaning and sign it."""
        cleaning.refresh_from_db()
        shown = showing.of_cleaning(cleaning)
        return self.sign(name, cleaning, shown, services.verify_cleaning, cleaning=cleaning)

    def sign(
        self, name: str, row: record.GmpModel, shown: str, command: Any, session: PlantSession | None = None,
        meaning: str = "verified", **facts: Any,
    ) -> record.Receipt:  # fmt: skip
        """Let somebody sign a command."""
        session = session or self.plant.session(name)
        prepared = self.plant.prepare(name, row, meaning, session, shown)
        receipt: record.Receipt = command(
            actor=self.actor(name), name=prepared.name, given=people.PasswordEvidence(PASSWORD, name),
            session=session, address=ADDRESS, **facts,
        )  # fmt: skip
        return receipt

    def cleaned(self, tag: str = "GR-1", code: str = "SOP-FULL") -> None:
        """Clean a unit and have it verified."""
        self.verify(self.clean(tag, code))

    def clear(self, tag: str = "GR-1", product: str = "P-1", batch: str = "B-1") -> LineClearance:
        """Clear a line."""
        services.clear_line(actor=self.actor("operator"), unit=self.unit(tag), product=product, batch=batch)
        found: LineClearance = LineClearance.objects.filter(unit__tag=tag).order_by("-number")[0]
        return found

    def cleared(self, tag: str = "GR-1", product: str = "P-1", batch: str = "B-1") -> None:
        """Clear a line and have it verified."""
        found = self.clear(tag, product, batch)
        self.sign("supervisor", found, showing.of_clearance(found), services.verify_clearance, clearance=found)

    def begin(self, tag: str = "GR-1", product: str = "P-1", batch: str = "B-1", **facts: Any) -> record.Receipt:
        """Begin a batch."""
        return services.begin_use(
            actor=self.actor("operator"), unit=self.unit(tag), product=product, batch=batch, **facts
        )

    def end(self, tag: str = "GR-1") -> record.Receipt:
        """End the batch."""
        return services.end_use(actor=self.actor("operator"), unit=self.unit(tag))

    def ready(self, tag: str = "GR-1", product: str = "P-1", batch: str = "B-1") -> None:
        """Make a unit ready for a batch."""
        self.qualify(tag)
        self.cleaned(tag)
        self.cleared(tag, product, batch)


def furnish(plant: Plant | None = None) -> Floor:
    """Enrol the people, unless they are here, and build a small plant."""
    floor = Floor(plant or populate())
    floor.plant.accept("supervisor", "qa", "operator")
    qa = floor.actor("qa")
    services.define_class(
        actor=qa, code="HSG", name="High-shear granulator",
        offered={"working-volume": "60..240 L", "contact-material": "316L", "single-use": "no"},
    )  # fmt: skip
    services.define_class(actor=qa, code="BLENDER", name="Blender", offered={"working-volume": "20..500 L"})
    services.define_class(actor=qa, code="SPRAY", name="Spray", level="equipment_module")
    granulator, blender = EquipmentClass.objects.get(code="HSG"), EquipmentClass.objects.get(code="BLENDER")
    above = None
    for tag, level in (("CO", "enterprise"), ("SITE", "site"), ("SOLIDS", "area"), ("LINE", "process_cell")):
        services.add_equipment(actor=qa, tag=tag, name=tag.title(), level=level, parent=above)
        above = floor.unit(tag)
    for tag, kind, offered in (
        ("GR-1", granulator, {}), ("GR-2", granulator, {"working-volume": "60..120 L"}), ("BL-1", blender, {}),
    ):  # fmt: skip
        services.add_equipment(
            actor=qa, tag=tag, name=f"{kind.name} {tag}", level="unit", parent=above, equipment_class=kind,
            offered=offered,
        )  # fmt: skip
    services.issue_cleaning_procedure(
        actor=qa, code="SOP-FULL", edition="1", title="Full cleaning", equipment_class=granulator, kind="full",
        clean_hold_minutes=72 * 60, dirty_hold_minutes=24 * 60,
    )  # fmt: skip
    services.issue_cleaning_procedure(
        actor=qa, code="SOP-MINOR", edition="1", title="Minor cleaning", equipment_class=granulator, kind="minor",
        clean_hold_minutes=24 * 60,
    )  # fmt: skip
    services.set_changeover_rule(
        actor=qa, equipment_class=granulator, campaign_batches=3, campaign_days=7, reason="validation report 9"
    )
    services.set_changeover_rule(
        actor=qa, equipment_class=blender, same_product="none", needs_clearance=False, reason="validation report 10"
    )
    return floor


@contextmanager
def later(**delta: float) -> Iterator[datetime]:
    """Let some time pass, and time go on from there inside the block."""
    begin = clock.now() + timedelta(**delta)
    previous = clock.set_source(clock.ticking(begin, timedelta(milliseconds=20)))
    try:
        yield begin
    finally:
        clock.set_source(previous)
