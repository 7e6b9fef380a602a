"""Units that a batch runs in: used only where the plant says so, begun and ended with the batch's own steps."""

from pathlib import Path
from typing import Any

import pytest

from batchwright import record
from batchwright.execution import services
from batchwright.execution.models import Batch
from batchwright.execution.operators import Crew, Member
from batchwright.execution.states import Command
from batchwright.execution.unit_operators import Preparer
from batchwright.kernel.quantity import Quantity
from batchwright.people.evidence import PasswordEvidence
from batchwright.plant.models import Cleaning, LogbookLine, UnitState
from tests.execution.shift import Shift
from tests.people.plant import ADDRESS, PASSWORD
from tests.plant.floor import Floor
from tests.recipes.workshop import Workshop

STEPS = "make/drying/dry/"
SOURCE = (
    Path(__file__).with_name("dryer.yaml").read_text("utf-8")
    .replace(
        "      - id: drying\n        level: unit procedure\n",
        "      - id: drying\n        level: unit procedure\n        equipment:\n"
        "          - {id: granulator, equipment_class: HSG}\n",
    )
    .replace("begin -> fluidise -> take_out -> end", "begin -> clear -> look -> take_out -> wash -> end")
    .replace("- {id: cooling, after: fluidise, before: take_out, at_least: 30 min, what: The powder}",
             "- {id: standing, after: look, before: take_out, at_most: 30 h, what: The powder}")
    .replace(
        "              - {id: fluidise, level: phase, name: Fluidise,",
        "              - {id: clear, level: phase, name: Clear, phase: "
        "{kind: clear line, area: Line, points: [empty]}}\n"
        "              - {id: look, level: phase, name: Look, phase: {kind: scan, what: person}}\n"
        "              - {id: wash, level: phase, name: Wash, phase: {kind: clean, procedure: SOP-MINOR, "
        "level: minor}}\n              - {id: fluidise, level: phase, name: Fluidise,",
    )
)  # fmt: skip
SOURCE = "\n".join(line for line in SOURCE.splitlines() if "id: fluidise" not in line)


class Bay:
    """The floor's granulator and a shift that makes powder in it."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.shift = floor, Shift(Workshop(floor.plant))
        self.shift.workshop.effective(SOURCE)

    def batch(self) -> Batch:
        """A batch in the granulator, started."""
        receipt = services.create_batch(
            actor=self.shift.actor("planner"), recipe="DRY1", size=Quantity("100", "kg"), units={"drying": "GR-1"}
        )
        batch = self.shift.read(receipt.subject.removeprefix("batch/"))
        self.shift.command(batch, Command.START)
        return batch

    def do(self, batch: Batch, step: str, checker: str = "", **values: str) -> None:
        """Perform a step, alone or with a second person."""
        services.perform(
            actor=self.shift.actor("operator"), batch=self.shift.read(batch), path=STEPS + step,
            values=values or {"done": "done"}, checker=self.shift.actor(checker) if checker else None,
        )  # fmt: skip

    @property
    def unit(self) -> UnitState:
        """The state of the granulator."""
        found: UnitState = UnitState.objects.select_related("use", "clearance", "cleaning").get(unit__tag="GR-1")
        return found

    def verify_clearance(self) -> None:
        """The second person signs at the unit's page."""
        from batchwright.plant import services as plant
        from batchwright.plant import showing

        found = self.unit.clearance
        assert found is not None
        self.floor.sign("supervisor", found, showing.of_clearance(found), plant.verify_clearance, clearance=found)


@pytest.mark.requirement("211.67(a)")
@pytest.mark.requirement("211.182")
@pytest.mark.requirement("211.130(e)")
def test_a_unit_is_used_where_the_plant_says_so_and_its_logbook_writes_itself_with_the_steps(floor: Floor) -> None:
    bay = Bay(floor)
    floor.qualify("GR-1")
    batch = bay.batch()
    bay.do(batch, "clear", point_1="yes")
    assert bay.unit.clearance is not None
    assert bay.unit.clearance.batch == batch.number
    bay.do(batch, "look", code="operator")
    with pytest.raises(services.AttemptRefused, match="GR-1 cannot be used") as refused:
        bay.do(batch, "take_out", out="99.0")
    assert "dirty" in str(refused.value).lower() or "clean" in str(refused.value).lower()
    assert bay.shift.read(batch).attempts.filter(verdict="refused").count() == 1, "it is kept"
    # cleaned and cleared by the plant's own commands, the batch goes on
    floor.cleaned("GR-1")
    floor.cleared("GR-1", "POWDER", batch.number)
    bay.do(batch, "take_out", out="99.0")
    assert (bay.unit.state, bay.unit.use and bay.unit.use.batch) == ("in_use", batch.number)
    bay.do(batch, "wash")
    assert bay.shift.read(batch).state == "Complete"
    done = Cleaning.objects.get(unit__tag="GR-1", verified_at=None)
    assert (done.procedure.code, done.product_before, done.cleaned_by) == ("SOP-MINOR", "POWDER", "operator")
    kinds = list(LogbookLine.objects.filter(unit__tag="GR-1").order_by("id").values_list("kind", flat=True))
    assert kinds[-4:] == ["clearance_verified", "use_begun", "use_ended", "cleaned"]


@pytest.mark.requirement("211.105")
def test_a_unit_of_another_batch_is_refused_and_a_batch_that_is_aborted_leaves_its_own(floor: Floor) -> None:
    bay = Bay(floor)
    floor.ready("GR-1", "POWDER", "B-0001-G")
    first, second = bay.batch(), bay.batch()
    bay.do(first, "clear", point_1="yes")
    bay.verify_clearance()
    bay.do(first, "look", code="operator")
    bay.do(first, "take_out", out="99.0")
    assert bay.unit.state == "in_use"
    with pytest.raises(services.AttemptRefused, match="between batches"):
        bay.do(second, "clear", point_1="yes")
    bay.shift.command(first, Command.ABORT, reason="steam has failed")
    assert (bay.unit.state, bay.unit.use) == ("dirty", None)


@pytest.mark.requirement("211.67(a)")
def test_a_crew_cleans_and_clears_what_the_plant_asks_for_and_without_one_waits_and_says_why(floor: Floor) -> None:
    bay = Bay(floor)
    floor.qualify("GR-1")
    batch = bay.batch()
    operator, supervisor = (floor.actor(name) for name in ("operator", "supervisor"))
    members = [Member(operator), Member(supervisor)]

    def seal(row: record.GmpModel, shown: str) -> dict[str, Any]:
        session = floor.plant.session("supervisor")
        prepared = floor.plant.prepare("supervisor", row, "verified", session, shown)
        given = PasswordEvidence(PASSWORD, "supervisor")
        return {"name": prepared.name, "given": given, "session": session, "address": ADDRESS}

    alone = Crew(members).work(batch)
    assert (alone.state, "GR-1" in alone.waits) == ("Running", True)
    assert bay.shift.read(batch).attempts.filter(verdict="refused").count() == 0, "it tries nothing in vain"
    done = Crew(members, prepare=Preparer(operator, supervisor, seal)).work(batch)
    assert [one.said for one in done.acts if one.what == "prepared"] == [
        "unit.cleaned/1", "unit.cleaning_verified/1", "line.clearance_verified/1",
    ], "it cleans before the step that clears the line, which then counts in the plant"  # fmt: skip
    assert (done.state, done.waits) == ("Complete", "")


@pytest.mark.requirement("211.130(e)")
def test_who_checks_a_clearance_or_a_cleaning_as_the_second_person_has_verified_it_in_the_plant(floor: Floor) -> None:
    bay = Bay(floor)
    floor.ready("GR-1", "POWDER", "B-0001-G")
    batch = bay.batch()
    bay.do(batch, "clear", "supervisor", point_1="yes")
    cleared = bay.unit.clearance
    assert cleared is not None
    assert (cleared.cleared_by, cleared.verified_by) == ("operator", "supervisor")
    bay.do(batch, "look", code="operator")
    bay.do(batch, "take_out", out="99.0")
    bay.do(batch, "wash", "supervisor")
    assert bay.unit.state == "clean"
    lines = LogbookLine.objects.filter(unit__tag="GR-1").order_by("-id").values_list("kind", "username")[:2]
    assert list(lines) == [("cleaning_verified", "supervisor"), ("cleaned", "operator")]


@pytest.mark.requirement("11.10(d)")
def test_what_the_plant_refuses_names_no_other_batch_in_the_record_of_this_one(floor: Floor) -> None:
    bay = Bay(floor)
    floor.ready("GR-1", "POWDER", "B-0001-G")
    first, second = bay.batch(), bay.batch()
    bay.do(first, "clear", "supervisor", point_1="yes")
    bay.do(first, "look", code="operator")
    bay.do(first, "take_out", out="99.0")
    with pytest.raises(services.AttemptRefused, match="in use"):
        bay.do(second, "clear", point_1="yes")
    kept = second.attempts.get(verdict="refused").reasons
    assert first.number not in str(kept)
    entry = record.entries_visible_to(bay.shift.actor("qa")).filter(subject=second.subject).latest("seq")
    assert first.number not in bytes(entry.body).decode()
