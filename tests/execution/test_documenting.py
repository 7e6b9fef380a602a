"""The document of a batch, read from its rows: complete, as it was then, and with few queries."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batchwright import record
from batchwright.execution import documenting, services
from batchwright.execution.adapters import batch_pdf
from batchwright.execution.document import BatchDocument, clauses
from batchwright.execution.models import Batch
from batchwright.execution.states import Command
from batchwright.kernel.quantity import Quantity
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from tests.execution.dispensary import Dispensary
from tests.execution.shift import OPERATE, SYRUP, Shift
from tests.materials.warehouse import Warehouse
from tests.people.alphas import a_unit


def document(shift: Shift, batch: Batch, name: str = "qa") -> BatchDocument:
    """The document as somebody reads it."""
    return documenting.document_of(shift.actor(name), shift.read(batch))


def another(shift: Shift) -> Batch:
    """A further batch of the recipe that is in force, started."""
    receipt = services.create_batch(
        actor=shift.actor("planner"), recipe="SYR1", size=Quantity("80", "kg"), units={}
    )  # fmt: skip
    batch = shift.read(receipt.subject.removeprefix("batch/"))
    shift.command(batch, Command.START)
    return shift.read(batch)


def cooked(shift: Shift, **others: Any) -> Batch:
    """A batch that has run to its end: a refused value, one beyond its limit, a loop, two branches, two people."""
    batch = shift.started(**others)
    shift.do(batch, "clear", point_1="yes", point_2="yes")
    shift.check(batch, "clear")
    with pytest.raises(services.AttemptRefused):
        shift.do(batch, "heat", temperature="82,1")
    shift.do(batch, "heat", temperature="82.0")
    shift.do(batch, "look", choice="turbid")
    shift.do(batch, "adjust")
    shift.do(batch, "heat#2", temperature="89.0")
    shift.do(batch, "look#2", choice="clear")
    shift.do(batch, "weights", weight="100.1")
    shift.do(batch, "sample", assay_sample="2")
    shift.do(batch, "weights", weight="99.9")
    shift.do(batch, "fill", filled="99.0")
    services.perform(actor=shift.actor("operator"), batch=shift.read(batch), path=OPERATE + "reckon", values={})
    shift.do(batch, "confirm", "supervisor")
    return shift.read(batch)


@pytest.mark.requirement("211.188")
def test_a_batch_that_has_run_stands_in_its_document_from_the_first_look_to_the_last_check(shift: Shift) -> None:
    batch = cooked(shift)
    told = document(shift, batch)
    assert (told.heading.batch, told.heading.sponsor, told.heading.size) == (batch.number, "ALPHA", "100 kg")
    assert (told.heading.state, told.heading.ended) == ("Complete", batch.ended_at)
    assert told.master.sha256 == told.master.approved_sha256
    assert [one.meaning for one in told.master.signatures] == ["authored", "approved"]
    assert [run.path.removeprefix(OPERATE) for run in told.phases] == [
        "clear", "heat", "look", "adjust", "heat#2", "look#2", "weights", "sample", "fill", "reckon", "confirm",
    ]  # fmt: skip
    assert told.phases[0].around == ("make", "cooking", "Cook")
    refused, taken = told.phases[1].attempts
    assert (refused.verdict, refused.entered[0].text, refused.entered[0].value) == ("refused", "82,1", "")
    assert "is no number" in refused.reasons[0].sentence
    assert (taken.entered[0].value, taken.entered[0].verdict) == ("82.0 Cel", "within")
    assert taken.entered[0].limits == "80.0 Cel to 90.0 Cel"
    assert taken.seq is not None
    checked = told.phases[0].attempts[1]
    assert checked.checked_by is not None
    assert (checked.kind, checked.by.id, checked.checked_by.id) == ("check", "operator", "supervisor")
    (alert,) = told.exceptions
    assert (alert.kind, alert.severity, told.phases[4].attempts[0].exceptions) == (
        "alert limit", "minor", (alert.number,)
    )  # fmt: skip
    assert told.phases[9].attempts[0].left[0].value == "1.0 kg"
    assert (told.samples[0].point, told.samples[0].containers, told.samples[0].tests) == ("assay_sample", 2, ("assay",))
    assert (told.inspections[0].area, told.inspections[0].when) == ("Kitchen", "before")
    assert told.inspections[0].checked_by is not None
    assert told.yields[0].sentence.startswith("99.00 % = 99 kg / 100 kg")
    assert [line.path for line in told.formula] == ["sugar", "water", "syrup"]
    assert told.never_begun == ()
    entries = record.history(batch, shift.actor("qa"))
    assert told.record.entries == entries.count()
    assert (told.record.first_seq, told.record.last_seq) == (entries[0].seq, entries.last().seq)  # type: ignore[union-attr]
    lacking = {one.code: one.lacking for one in clauses(told) if one.lacking}
    assert lacking == {
        "211.188(b)(5)": "beyond a limit: 1", "211.188(b)(6)": "Kitchen was not found clear after use",
        "211.188(b)(12)": "open: 1",
    }  # fmt: skip
    assert batch_pdf.render(told).startswith(b"%PDF-1.7")


def test_a_running_batch_tells_what_has_been_and_what_the_procedure_has_not_come_to(shift: Shift) -> None:
    batch = shift.started()
    told = document(shift, batch)
    assert [(run.name, run.state, run.attempts) for run in told.phases] == [("Clear the line", "Running", ())]
    assert [one.element for one in told.never_begun][:2] == ["heat", "look"]
    assert told.yields == ()
    assert batch_pdf.render(told)


@pytest.mark.requirement("11.10(e)")
def test_reading_a_document_takes_as_many_queries_for_many_attempts_as_for_few(shift: Shift) -> None:
    many, few = cooked(shift), another(shift)
    for batch in (few, many):
        document(shift, batch)  # the control recipe is laid out once in each process

    def queries(batch: Batch) -> int:
        actor, fresh = shift.actor("qa"), shift.read(batch)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            documenting.document_of(actor, fresh)
        return len(asked)

    # signatures and exceptions are looked for only where there are some
    assert queries(many) <= queries(few) + 3
    assert queries(many) <= 26


def test_under_a_checkpoint_the_document_names_its_root_and_the_key_of_the_site(shift: Shift) -> None:
    batch = shift.started()
    assert document(shift, batch).record.tree_size == 0
    record.checkpoint()
    told = document(shift, batch).record
    latest = record.latest_checkpoint()
    assert latest is not None
    assert (told.tree_size, told.root) == (latest.tree_size, bytes(latest.root).hex())
    assert told.key == record.site_key()
    assert told.key.startswith(f"{told.site}+")


@pytest.fixture
def dispensary(warehouse: Warehouse) -> Iterator[Dispensary]:
    """A batch that waits for its active substance, and a simulated scale whose loads rest at once."""
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        yield Dispensary(warehouse, line).open()


@pytest.mark.requirement("211.188(b)(3)")
@pytest.mark.requirement("211.188(b)(4)")
@pytest.mark.requirement("211.188(b)(8)")
def test_what_was_weighed_stands_with_its_lots_scale_factor_label_and_the_attempts_that_were_refused(
    dispensary: Dispensary,
) -> None:
    first, second = dispensary.lot("60 kg"), dispensary.lot("40 kg", assay="97.0 %", water="1.0 %")
    dispensary.ready()
    with pytest.raises(services.AttemptRefused):
        dispensary.weigh("32.310 kg", dispensary.box(first))
    dispensary.stage(first.identifier)
    dispensary.weigh("32.310 kg", dispensary.box(first))
    dispensary.weigh("51.553 kg", dispensary.box(second))
    told = documenting.document_of(dispensary.actor("qa"), dispensary.own())
    assert [(one.lot, one.gross, one.tare, one.net, one.factor) for one in told.weighings] == [
        (first.identifier, "32.310 kg", "2.310 kg", "30.000 kg", "246007/250000"),
        (second.identifier, "51.553 kg", "32.310 kg", "19.243 kg", "9603/10000"),
    ]  # fmt: skip
    weight = told.weighings[0]
    assert (weight.scale, weight.by.id, weight.read_from) == ("SC-01", "operator", "scale")
    assert weight.checked_by is not None
    assert weight.seq is not None
    assert [(one.number, one.by.id) for one in told.revisions if one.by is not None] == [
        (1, "planner"), (2, "operator"),
    ]  # fmt: skip
    assert {line.path: line.provisional for line in told.formula}["api"] is False
    assert [(one.material, one.lot, one.amount) for one in told.materials] == [
        ("API-4", first.identifier, "30.000 kg"), ("API-4", second.identifier, "19.243 kg"),
    ]  # fmt: skip
    (label,) = told.labels
    said = {one.name: one.value for one in label.lines}
    assert (said["Net"], said["Tare"], said["Lot"]) == (
        "49.243 kg", "2.310 kg", f"{first.identifier}, {second.identifier}"
    )  # fmt: skip
    assert label.elements
    assert [one.verdict for one in told.phases[0].attempts if one.verdict == "refused"] == ["refused"]
    assert [one.tag for one in told.instruments] == ["SC-01"]
    lactose, silica = (
        dispensary.lot(amount, code=code, assay="") for amount, code in (("60 kg", "LACTOSE"), ("5 kg", "SILICA"))
    )
    for code, vessel, tare, gross in (
        (lactose, "D-18", "2.310 kg", "51.067 kg"),
        (silica, "D-19", "0.300 kg", "2.310 kg"),
    ):
        dispensary.ready(vessel, tare=tare, path="weigh_others")
        dispensary.weigh(gross, dispensary.box(code), "weigh_others", vessel=vessel)
    dispensary.charge(api="D-17", lactose="D-18", silica="D-19")
    batch = dispensary.own()
    told = documenting.document_of(dispensary.actor("qa"), batch)
    assert batch.lot is not None
    assert (told.heading.lot, told.heading.state) == (batch.lot.identifier, "Complete")
    assert {one.lot for one in told.materials} == {one.identifier for one in (first, second, lactose, silica)}
    assert all(one.charged for one in told.weighings)
    assert [one.container for one in told.labels] == ["D-17", "D-18", "D-19"]
    assert told.yields[0].percent
    assert batch_pdf.render(told)


@pytest.mark.requirement("211.188(b)(2)")
def test_a_unit_stands_with_its_name_what_was_asked_of_it_and_whether_its_logbook_knows_of_it(shift: Shift) -> None:
    a_unit(shift.workshop.plant)
    source = SYRUP.replace(
        "      - id: cooking\n",
        "      - id: cooking\n        equipment: [{id: kettle, property: working-volume, "
        "comparison: at least, amount: 100 L}]\n",
    ).replace("id: SYR1", "id: SYR4")
    shift.workshop.effective(source)
    receipt = services.create_batch(
        actor=shift.actor("planner"), recipe="SYR4", size=Quantity("100", "kg"), units={"cooking": "GR-1"}
    )  # fmt: skip
    batch = shift.read(receipt.subject.removeprefix("batch/"))
    shift.command(batch, Command.START)
    (unit,) = document(shift, batch).equipment
    assert (unit.unit, unit.name, unit.element) == ("GR-1", "GR-1", "cooking")
    assert unit.requirements == ("working-volume at least 100 L",)
    assert unit.began == shift.read(batch).started_at
    assert "logbook" in unit.condition
