"""What belongs to the sponsor alpha, and what it is made in: what the table of addresses is about."""

from batchwright import record
from batchwright.execution import services as making
from batchwright.execution.exceptions import Kind
from batchwright.plant import services as equipment
from batchwright.plant.models import EquipmentElement
from tests.execution.shift import SYRUP, Shift
from tests.materials.warehouse import furnish
from tests.people.plant import Plant
from tests.plant.metrology import BAD, GOOD, Metrology
from tests.recipes.workshop import Workshop


@record.entry_type("test.filed/1")
class Filed(record.EntryData):
    pass


def a_file_of_alpha(plant: Plant) -> record.Entry:
    """An entry of alpha's with a file."""
    with record.entry(Filed(), actor=plant.actor("qa"), subject="sponsor/ALPHA", sponsor="ALPHA") as entry:
        entry.attach("audit.pdf", b"%PDF-1.7", media_type="application/pdf")
    found: record.Entry = record.Entry.objects.get(seq=entry.receipt.seq)
    return found


def a_unit(plant: Plant) -> None:
    """One granulator and what holds it, and a class."""
    qa = plant.actor("qa")
    equipment.define_class(actor=qa, code="HSG", name="High-shear granulator")
    above, volume = None, {"working-volume": "60..240 L"}
    for tag, level in (("CO", "enterprise"), ("S", "site"), ("A", "area"), ("C", "process_cell"), ("GR-1", "unit")):
        offered = volume if level == "unit" else {}
        equipment.add_equipment(actor=qa, tag=tag, name=tag, level=level, parent=above, offered=offered)
        above = EquipmentElement.objects.get(tag=tag)
    metrology = Metrology(plant)
    metrology.add_scale()
    metrology.calibrate(found=BAD, left=GOOD)


def recipe_of_alpha(plant: Plant) -> str:
    """A recipe of alpha's product: one version in force, and the draft of the next."""
    workshop = Workshop(plant)
    workshop.next_version(workshop.effective())
    return "SAL9"


def materials_of_alpha(plant: Plant) -> tuple[str, str]:
    """A lot of alpha's product, and the container that it is in."""
    warehouse = furnish(plant)
    lot = warehouse.make("TABLET-A")
    return lot.identifier, warehouse.produce(lot).identifier


def batch_of_alpha(plant: Plant) -> tuple[str, str]:
    """A batch of alpha's product that runs, and an exception of it that nobody has assessed."""
    workshop = Workshop(plant)
    workshop.effective(SYRUP)
    shift = Shift(workshop)
    batch = shift.started()
    making.raise_exception(actor=plant.actor("operator"), batch=batch, kind=Kind.REMARK, sentence="it rattles")
    return batch.number, shift.exception(batch).number
