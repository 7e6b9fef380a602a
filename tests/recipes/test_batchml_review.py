"""A reviewer of another system's record sees what stands against release, and where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchwright.kernel.errors import BadInput
from batchwright.recipes import foreign_review
from batchwright.recipes.adapters.production_record import not_reviewed, read_production_record
from batchwright.recipes.foreign_record import (
    ExecutedElement,
    ExecutedRecipe,
    ForeignRecord,
    Place,
    RecordedComment,
    RecordedEvent,
    RecordedSignature,
)
from batchwright.recipes.foreign_review import is_refused, review

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
HERE = Place("BatchProductionRecord", 1)
PHASE = ExecutedElement("p1", "Phase", HERE, 1, NOON, "operator")
EVENT = RecordedEvent(
    "e1", NOON, HERE, "Operator", "Exception", "Low", "Closed", "Out of spec", "pH", ("operator",), "p1"
)
CONFIRMED = RecordedSignature("s1", LATER, HERE, "e1", "operator", "Confirmation")
APPROVED = RecordedSignature("s2", LATER, HERE, "e1", "supervisor", "Approval")
COMMENT = RecordedComment("c1", LATER, HERE, "e1", "operator", "measured again", "Low", "Closed")
GOOD = ForeignRecord(
    "B-1", HERE, NOON, LATER, (ExecutedRecipe("r1", "B-1", "P", "", HERE, (PHASE,)),), (EVENT,), (COMMENT,),
    (CONFIRMED, APPROVED),
)  # fmt: skip


def signed(*signatures: RecordedSignature) -> ForeignRecord:
    return replace(GOOD, signatures=signatures)


def ran(*phases: ExecutedElement) -> ForeignRecord:
    return replace(GOOD, recipes=(replace(GOOD.recipes[0], elements=phases),))


def codes(record: ForeignRecord) -> list[str]:
    return [one.code for one in review(record)]


def test_nothing_stands_against_a_record_whose_exception_is_closed_and_approved_by_a_second_person() -> None:
    assert codes(GOOD) == []
    assert not is_refused(review(GOOD))


@pytest.mark.parametrize("category", ["Out of spec", "out-of-specification", "OOS", "Out of Specification result"])
def test_an_out_of_specification_result_needs_the_approval_of_another_person(category: str) -> None:
    event = replace(EVENT, category=category)
    assert codes(replace(GOOD, events=(event,), signatures=(CONFIRMED,))) == ["second-approval-missing"]
    alone = replace(APPROVED, person="operator")
    assert "second-approval-missing" in codes(replace(GOOD, events=(event,), signatures=(CONFIRMED, alone)))
    assert codes(replace(GOOD, events=(replace(EVENT, category="Manual"),), signatures=(CONFIRMED,))) == []


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (replace(GOOD, events=(replace(EVENT, status="Open"),), comments=()), "exception-open"),
        (replace(GOOD, events=(replace(EVENT, status=""),), comments=()), "exception-open"),
        (replace(GOOD, signatures=()), "exception-unsigned"),
        (replace(GOOD, signatures=(CONFIRMED, replace(APPROVED, id="s1"))), "signature-id-twice"),
        (replace(GOOD, signatures=(CONFIRMED, replace(APPROVED, id=""))), "signature-without-id"),
        (replace(GOOD, signatures=(CONFIRMED, replace(APPROVED, at=None))), "signature-without-time"),
        (signed(CONFIRMED, replace(APPROVED, at=NOON - timedelta(seconds=2))), "signature-before-event"),
        (replace(GOOD, signatures=(CONFIRMED, replace(APPROVED, at=LATER + timedelta(1)))), "signature-after-record"),
        (signed(CONFIRMED, APPROVED, replace(CONFIRMED, id="s3", person="")), "signature-without-person"),
        (replace(GOOD, signatures=(replace(CONFIRMED, person="supervisor"), APPROVED)), "approval-by-same-person"),
        (ran(replace(PHASE, performer="")), "performer-missing"),
        (ran(replace(PHASE, completed=None)), "phase-incomplete"),
        (replace(GOOD, recipes=()), "nothing-executed"),
        (replace(GOOD, signatures=(*GOOD.signatures, replace(CONFIRMED, id="s3", of="gone"))), "reference-missing"),
        (replace(GOOD, events=(replace(EVENT, element="gone"),)), "reference-missing"),
        (replace(GOOD, comments=(replace(COMMENT, target=""),)), "reference-missing"),
        (replace(GOOD, events=(replace(EVENT, at=None),)), "event-without-time"),
        (replace(GOOD, events=(EVENT, EVENT)), "event-id-twice"),
        (replace(GOOD, comments=(replace(COMMENT, id=""),)), "event-without-id"),
    ],
)  # fmt: skip
def test_each_fault_of_a_record_stands_against_release(record: ForeignRecord, code: str) -> None:
    found = review(record)
    assert code in [one.code for one in found if one.blocks]
    assert is_refused(found)


def test_an_unheeded_recommendation_and_a_repeated_phase_are_shown_and_do_not_block() -> None:
    again = ExecutedRecipe("r1", "B-1", "P", "", HERE, (PHASE, replace(PHASE, id="p1[2]", instance=2)))
    found = review(replace(GOOD, recipes=(again,), comments=(replace(COMMENT, risk="High"),)))
    assert [(one.code, one.blocks) for one in found] == [
        ("recommendation-not-followed", False),
        ("phase-repeated", False),
    ]


def test_an_event_that_is_no_exception_asks_for_nothing() -> None:
    event = replace(EVENT, sub_type="Alarm", status="Open")
    assert codes(replace(GOOD, events=(event,), comments=(), signatures=())) == []


@pytest.mark.requirement("11.100(a)", "11.70")
@pytest.mark.requirement("Release: signatures")
def test_release_of_a_real_record_is_refused_with_everything_located(reference_data: Path) -> None:
    file = reference_data / "batchml" / "batch_production_record_v0401.xml"
    reading = read_production_record(file.read_bytes(), file.name)
    assert reading.as_json()["holds"] == {"phases": 12, "events": 3, "comments": 2, "signatures": 7}
    found = [*review(reading.record), *not_reviewed(reading)]
    assert [(one.code, one.id.partition("|")[0], one.place.line) for one in found if one.blocks] == [
        ("exception-open", "0124", 494), ("exception-open", "0125", 507), ("exception-open", "0126", 520),
        ("second-approval-missing", "0124", 494), ("signature-id-twice", "15632578", 584),
        ("signature-id-twice", "15632590", 611), ("signature-before-event", "15632590", 602),
        ("signature-before-event", "15632590", 611),
    ]  # fmt: skip
    early = [one.sentence for one in found if one.code == "signature-before-event"]
    assert all("signed 2.093 s before 0126|Exception (line 520)" in one for one in early)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert all(one.place.path.rpartition("/")[2] in lines[one.place.line - 1] for one in found)
    assert sum(one.code == "phase-repeated" for one in found) == 5


def record_file(*, event: str = "", more: str = "", count: str = "1") -> bytes:
    """A small record whose exception is open."""
    value = "<OtherInformation><ID>pH</ID><Value><ValueString>7.9</ValueString></Value></OtherInformation>"
    phase = (f"<RuntimeRecipeElement><ID>p1</ID><RecipeElementType>Phase</RecipeElementType>{value}<OtherInformation/>"
             f"<CompletionTime>2026-11-22T12:00:00Z</CompletionTime><Performer>a</Performer>"
             f"<InstanceCount>{count}</InstanceCount></RuntimeRecipeElement>")  # fmt: skip
    recipe = f"<ExecutedControlRecipe><ID>1</ID><BatchID>B-1</BatchID>{phase}</ExecutedControlRecipe>"
    events = event or ('<Event><ID>e1</ID><TimeStamp>2026-11-22T12:00:00Z</TimeStamp><EventSubType Status="Open">'
                       "Exception</EventSubType><PersonID>a</PersonID></Event>")  # fmt: skip
    return (
        f'<BatchProductionRecord xmlns="http://www.wbf.org/xml/B2MML-V0401"><ID>R-1</ID><ExecutedControlRecipes>{recipe}'
        f"</ExecutedControlRecipes><Events>{events}</Events>{more}</BatchProductionRecord>"
    ).encode()


@pytest.mark.requirement("ALCOA+ complete")
def test_what_no_rule_reads_stands_against_release_until_somebody_has_looked_at_it() -> None:
    results = ("out of specification", "fine")
    samples = "".join(f"<Sample><Result>{result}</Result></Sample>" for result in results)
    more = f"<Samples>{samples}</Samples>"
    reading = read_production_record(record_file(more=more), "record.xml")
    (finding,) = not_reviewed(reading)
    assert (finding.blocks, finding.place.path) == (True, "BatchProductionRecord/Samples/Sample/Result")
    assert finding.sentence == "2 values that no rule reads, such as 'out of specification'"
    assert finding.as_json()["remedy"] == "Review them by hand."


def test_a_record_with_parts_that_say_nothing_is_read_and_its_defects_are_named() -> None:
    reading = read_production_record(record_file(event="<Event/>", count="many"), "record.xml")
    assert [one.code for one in reading.defects] == ["count-unreadable", "id-missing"]
    assert {"event-without-time", "event-without-id"} <= {one.code for one in review(reading.record)}
    header = "<Header><CreationDate>2026-11-22T12:00:00Z</CreationDate></Header>"
    titled = record_file(more=header).replace(b"<BatchID>", b"<Header><ProductID>P</ProductID></Header><BatchID>")
    record = read_production_record(titled, "record.xml").record
    assert (record.created, record.recipes[0].product) == (datetime(2026, 11, 22, 12, tzinfo=UTC), "P")


def test_a_file_that_is_no_record_is_refused() -> None:
    with pytest.raises(BadInput, match=r"x\.xml, line 1: The file is no BatchProductionRecord: BatchInformation"):
        read_production_record(b"<BatchInformation/>", "x.xml")


def test_every_rule_says_what_it_asks_for() -> None:
    assert all(rule.__doc__ for rule in foreign_review.RULES)
