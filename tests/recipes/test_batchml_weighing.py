"""Weighing orders and reports of other systems: taken over whole or reported, and written so that they come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials.adapters.foreign_xml import parse
from batchwright.recipes.adapters.schemas import faults_of
from batchwright.recipes.adapters.weighing_orders import read_weighing
from batchwright.recipes.adapters.weighing_writing import write_weighing_orders, write_weighing_reports
from batchwright.recipes.phases import Tolerance
from batchwright.recipes.weighing import (
    Message,
    Setting,
    StagedContainer,
    WeighedAmount,
    WeighingLine,
    WeighingOrder,
    WeighingReport,
)

SPACE = 'xmlns="http://www.wbf.org/xml/B2MML-V0401"'
QUANTITY = (
    "<Quantity><QuantityString>5.000</QuantityString><DataType>decimal</DataType><UnitOfMeasure>KG</UnitOfMeasure>"
    "</Quantity>"
)


def tolerance(name: str, text: str = "0.1") -> str:
    value = (
        f"<Value><ValueString>{text}</ValueString><DataType>decimal</DataType><UnitOfMeasure>%</UnitOfMeasure></Value>"
    )
    return f"<MaterialRequirementProperty><ID>{name}</ID>{value}</MaterialRequirementProperty>"


LINE = (
    "<MaterialRequirement><MaterialDefinitionID>API</MaterialDefinitionID><MaterialLotID>L1</MaterialLotID>"
    f"<MaterialUse>Consumed</MaterialUse>{QUANTITY}{tolerance('LowerTolerance')}{tolerance('UpperTolerance')}"
    "</MaterialRequirement>"
)


def order(*, line: str = LINE, weighing: str = "Weighing", more: str = "") -> bytes:
    inside = f"<SegmentRequirement><ProcessSegmentID>{weighing}</ProcessSegmentID>{line}</SegmentRequirement>{more}"
    segment = f"<SegmentRequirement><ID>10</ID>{inside}</SegmentRequirement>"
    request = f"<ProductionRequest><ID>O-1</ID>{segment}</ProductionRequest>"
    area = f"<DataArea><Sync/><ProductionSchedule>{request}</ProductionSchedule></DataArea>"
    return f'<SyncProductionSchedule releaseID="1" {SPACE}>{area}</SyncProductionSchedule>'.encode()


ORDER = order()
AGAIN = "<SegmentRequirement><ProcessSegmentID>Weighing</ProcessSegmentID></SegmentRequirement>"


def report(*, segment: str = "<ID>Weighing</ID>", flag: str = "1", use: str = "Consumed") -> bytes:
    value = f"<Value><ValueString>{flag}</ValueString></Value>"
    flagged = f"<MaterialActualProperty><ID>EmptyFlag</ID>{value}</MaterialActualProperty>"
    actual = (f"<MaterialActual><MaterialDefinitionID>API</MaterialDefinitionID><MaterialUse>{use}</MaterialUse>"
              f"{QUANTITY}{flagged}</MaterialActual>")  # fmt: skip
    response = (
        f"<ProductionResponse><ID>R-1</ID><SegmentResponse>{segment}{actual}</SegmentResponse></ProductionResponse>"
    )
    area = f"<DataArea><Sync/><ProductionPerformance>{response}</ProductionPerformance></DataArea>"
    return f"<SyncProductionPerformance {SPACE}>{area}</SyncProductionPerformance>".encode()


REPORT = report()


@pytest.mark.requirement("Annex 11, 5")
def test_a_real_weighing_order_is_taken_over_with_its_lines_and_containers(reference_data: Path) -> None:
    file = next((reference_data / "batchml").glob("PRO-*.xml"))
    reading = read_weighing(file.read_bytes(), file.name)
    (found,) = reading.orders
    assert (found.id, found.segment, found.product, str(found.amount)) == ("258456", "0010", "SO1215", "1.000 kg")
    assert [(one.position, one.material, str(one.target), one.place) for one in found.lines] == [
        ("0010", "CRBN0001", "5.000 kg", "BOX3"), ("0020", "CRBN0002", "50.000 kg", "BOX1"),
        ("0030", "CRBN0001", "811.000 kg", "BOX3"), ("0040", "CRBN0003", "100.000 kg", "BOX4"),
    ]  # fmt: skip
    assert [(one.lot, str(one.amount)) for one in found.containers] == [
        ("CRBN0001_LOT01", "199.910 kg"), ("CRBN0002_LOT01", "2152.3 kg"),
    ]  # fmt: skip
    assert (reading.message.sender, reading.defects) == ("DEV130", ())
    assert [(one.path.rpartition("/")[2], one.example) for one in reading.reported if one.example] == [
        ("@languageID", "F")
    ]


def test_a_real_report_without_its_release_is_taken_over_and_the_lack_is_named_with_its_place(
    reference_data: Path,
) -> None:
    file = next((reference_data / "batchml").glob("PES-*.xml"))
    reading = read_weighing(file.read_bytes(), file.name)
    (weighed,) = reading.reports[0].weighed
    assert (weighed.lot, str(weighed.amount), weighed.emptied, weighed.complete) == (
        "CRBN0001_LOT01",
        "0.41 kg",
        False,
        False,
    )
    assert [(one.code, one.line, one.path) for one in reading.defects] == [
        ("release-missing", 2, "SyncProductionPerformance"),
        ("time-finer", 4, "SyncProductionPerformance/ApplicationArea/CreationDateTime"),
    ]  # fmt: skip
    assert [one["amount"] for one in reading.as_json()["reports"][0]["weighed"]] == ["0.41 kg"]


def test_real_files_come_back_from_what_is_written_and_follow_the_schema(reference_data: Path) -> None:
    data = reference_data / "batchml"
    for kind in ("PRO", "PES"):
        reading = read_weighing(next(data.glob(f"{kind}-*.xml")).read_bytes(), kind)
        if reading.orders:
            content = write_weighing_orders(reading.orders, reading.message)
        else:
            content = write_weighing_reports(reading.reports, reading.message)
        assert faults_of(parse(content, kind), data / "schema-v0401", kind) == []
        back = read_weighing(content, kind)
        assert (back.orders, back.reports, back.message) == (reading.orders, reading.reports, reading.message)


def test_tolerances_are_taken_over_and_half_a_tolerance_is_named() -> None:
    (line,) = read_weighing(ORDER, "order").orders[0].lines
    assert line.tolerance == Tolerance(below=Quantity("0.1", "%"), above=Quantity("0.1", "%"))
    reading = read_weighing(ORDER.replace(b"UpperTolerance", b"Other"), "order")
    assert reading.orders[0].lines[0].tolerance is None
    assert [one.code for one in reading.defects] == ["tolerance-half"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (order(weighing="Mixing"), "no-weighing"),
        (order(more=AGAIN), "several-weighings"),
        (ORDER.replace(b"Consumed", b"Consumable"), "not-consumed"),
        (report(segment="<ID>Mixing</ID>"), "no-weighing"),
        (report(flag="perhaps"), "flag-unreadable"),
    ],
)  # fmt: skip
def test_what_an_order_or_a_report_says_unclearly_is_named(content: bytes, code: str) -> None:
    assert code in [one.code for one in read_weighing(content, "file").defects]


def test_a_report_may_name_its_segment_by_process() -> None:
    reading = read_weighing(report(segment="<ProcessSegmentID>Weighing</ProcessSegmentID>"), "file")
    assert reading.reports[0].weighed[0].emptied is True


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<BatchInformation/>", "neither a weighing order nor a report"),
        (ORDER.replace(b"5.000", b"five"), "file, line 1: This is not an amount: five"),
        (ORDER.replace(b"KG", b"STONE"), "This unit has no rule: STONE"),
        (ORDER.replace(b"<ID>O-1</ID>", b"<ID/>"), "ID is missing"),
        (ORDER.replace(QUANTITY.encode(), b""), "Quantity is missing"),
        (ORDER.replace(b"0.1", b"some"), "This is not an amount: some %"),
        (report(use="Stolen"), "This cannot stand in a recipe: use: 'Stolen'"),
    ],
)
def test_what_cannot_be_an_order_or_a_report_is_refused_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_weighing(content, "file")


def test_a_file_that_says_nothing_holds_no_order() -> None:
    reading = read_weighing(f'<SyncProductionSchedule releaseID="" {SPACE}/>'.encode(), "empty")
    assert (reading.orders, reading.reports, reading.message) == ((), (), Message())


WORDS = st.text("ABCäß0-9 &<", min_size=1, max_size=6).map(str.strip).filter(bool)
AMOUNTS = st.builds(
    Quantity, st.sampled_from(["0.5", "12.50", "811.000", "1.0E+3"]), st.sampled_from(["kg", "g", "Mg", "mL", "{each}"])
)
LINES = st.builds(
    WeighingLine, position=WORDS | st.just(""), material=WORDS, lot=WORDS | st.just(""), target=AMOUNTS,
    tolerance=st.none() | st.builds(Tolerance, below=AMOUNTS, above=AMOUNTS), description=WORDS | st.just(""),
    place=WORDS, place_level=st.just("WorkCell"),
)  # fmt: skip
ORDERS = st.builds(
    WeighingOrder, id=WORDS, segment=WORDS, product=WORDS, product_name=WORDS, amount=st.none() | AMOUNTS,
    settings=st.lists(st.builds(Setting, id=WORDS, value=WORDS), max_size=2).map(tuple),
    lines=st.lists(LINES, max_size=3).map(tuple),
    containers=st.lists(st.builds(StagedContainer, material=WORDS, lot=WORDS, amount=AMOUNTS), max_size=2).map(tuple),
)  # fmt: skip
REPORTS = st.builds(
    WeighingReport, id=WORDS, order=WORDS | st.just(""),
    weighed=st.lists(
        st.builds(WeighedAmount, position=WORDS, material=WORDS, amount=AMOUNTS, emptied=st.none() | st.booleans(),
                  complete=st.none() | st.booleans(), use=st.sampled_from(["Consumed", "Produced", ""])), max_size=3,
    ).map(tuple),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(orders=st.lists(ORDERS, max_size=2), reports=st.lists(REPORTS, max_size=2))
def test_every_order_and_report_comes_back_digit_for_digit(
    orders: list[WeighingOrder], reports: list[WeighingReport]
) -> None:
    message = Message(sender="PLANT")
    back = read_weighing(write_weighing_orders(orders, message), "orders")
    assert [one.model_dump() for one in back.orders] == [one.model_dump() for one in orders]
    again = read_weighing(write_weighing_reports(reports, message), "reports")
    assert [one.model_dump() for one in again.reports] == [one.model_dump() for one in reports]


def test_what_b2mml_cannot_hold_exactly_is_not_written() -> None:
    with pytest.raises(DomainError, match=r"cannot hold this exactly: O-1\. Leave out blanks"):
        write_weighing_orders([WeighingOrder(id="O-1", product=" x ")], Message())
    with pytest.raises(DomainError, match="cannot hold this exactly: R"):
        write_weighing_reports([WeighingReport(id="R", order=" x ")], Message())
