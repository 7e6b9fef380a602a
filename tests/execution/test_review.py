"""A review shows what blocks, what needs judgement, and why all the rest is fine."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from batchwright.execution.exceptions import BatchException, Given, Kind, raised
from batchwright.execution.review import Check, Review, review
from batchwright.execution.reviewed import (
    BatchFacts,
    DeviationFact,
    EquipmentFact,
    LotFact,
    PhaseFact,
    RedlineFact,
    SignatureFact,
    TestFact,
    ValueFact,
)
from batchwright.execution.states import State
from batchwright.execution.yields import Yield
from tests.execution.graphs import START

VALUE = ValueFact("ph", "pH", "6.8 [pH]", "6.5 to 7.0 [pH]", "within", "sensor", True, "PH-1", START, START, "record/7")
BY_HAND = replace(VALUE, source="manual")
PHASE = PhaseFact("p/u/o/x", "pH", "complete", "operator", START, "second", True, (VALUE,), 0, "record/7")
SIGNED = SignatureFact("batch B-1", "approved", "qa1", START + timedelta(hours=1), START, True, "record/9")


def exception(kind: Kind = Kind.LATE_ENTRY, *, closed: bool = True) -> BatchException:
    given = Given(by="sup", role="supervisor", meaning="reviewed", at=START)
    return BatchException(
        number="X-1",
        raised=raised(kind, "late", path="p/u/o/x", field="ph", classification="KPP"),
        at=START,
        by="operator",
        cause="c",
        impact="none",
        signatures=(given,) if closed else (),
        closed=START if closed else None,
    )


GOOD = BatchFacts(
    batch="B-1",
    state=State.COMPLETE,
    record_whole=True,
    record_sentence="The record is whole to #48,211",
    master="ab" * 32,
    approved_master="ab" * 32,
    phases=(PHASE,),
    exceptions=(exception(),),
    lots=(LotFact("A-1", "API-4", "approved"),),
    tests=(TestFact("Assay", "within", "99.1 %"),),
    signatures=(SIGNED,),
    equipment=(EquipmentFact("V-1", True, "clean until 2026-11-30, calibrated"),),
    yields=(Yield("y", "Tablets", "within", "98.50 % = 98.5 kg / 100 kg, at least 96 %"),),
    areas=(("Booth", ()),),
)


def found(**changes: Any) -> Review:
    return review(replace(GOOD, **changes))


def phase(**changes: Any) -> tuple[PhaseFact]:
    return (replace(PHASE, **changes),)


def value(**changes: Any) -> tuple[PhaseFact]:
    return phase(values=(replace(VALUE, **changes),))


def test_a_good_batch_shows_each_check_with_its_why() -> None:
    good = found()
    assert good.summary == "0 block, 0 need judgement, 15 checks fine"
    assert all(one.why and one.sentence for one in good.checks)
    assert good.open({}) == ()
    assert len({one.key for one in good.checks}) == len(good.checks)
    ph = next(one for one in good.checks if one.code == "value")
    assert (ph.sentence, ph.why, ph.evidence) == ("pH: pH 6.8 [pH]", "within 6.5 to 7.0 [pH]; sensor", "record/7")


@pytest.mark.requirement("211.192")
@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"exceptions": (exception(closed=False),)}, "exception", "X-1, late entry (minor): late"),
        ({"deviations": (DeviationFact("D-1", "Leak", True),)}, "deviation", "D-1: Leak"),
        ({"lots": (LotFact("A-1", "API-4", "hold"),)}, "lot", "A-1 of API-4 is hold"),
        ({"lots": (LotFact("A-1", "API-4", "rejected"),)}, "lot", "A-1 of API-4 is rejected"),
        ({"lots": (LotFact("A-1", "API-4", "approved", False),)}, "lot", "A-1 of API-4 had expired"),
        ({"tests": (TestFact("Assay", "open"),)}, "test", "Assay is open"),
        ({"tests": (TestFact("Assay", "out of specification", "94 %"),)}, "test",
         "Assay: 94 % is out of specification"),
        ({"tests": (TestFact("Assay", "out of specification", "94 %", "open"),)}, "test",
         "Assay: 94 % is out of specification"),
        ({"signatures": (replace(SIGNED, by="", at=None),)}, "signature",
         "The signature approved of batch B-1 is missing"),
        ({"signatures": (replace(SIGNED, at=START - timedelta(seconds=2)),)}, "signature",
         "The signature approved of batch B-1 is older than what it signs"),
        ({"signatures": (replace(SIGNED, holds=False),)}, "signature",
         "The signature approved of batch B-1 does not hold"),
        ({"signatures": (SIGNED, replace(SIGNED, meaning="reviewed"))}, "signature",
         "The signature reviewed of batch B-1 is by qa1, who signed approved too"),
        ({"record_whole": False, "record_sentence": "Entry 17 was edited"}, "record", "Entry 17 was edited"),
        ({"state": State.ABORTED}, "state", "The batch is Aborted"),
        ({"approved_master": "cd" * 32}, "recipe", "It is not made from an effective master"),
        ({"approved_master": ""}, "recipe", "It is not made from an effective master"),
        ({"phases": phase(state="not performed")}, "phase", "pH was not performed"),
        ({"phases": phase(checked_by="", values=())}, "second person", "pH was checked by nobody"),
        ({"phases": phase(checked_by="operator")}, "second person", "pH was checked by its performer"),
        ({"phases": value(verdict="out of limit"), "exceptions": ()}, "value",
         "pH: pH 6.8 [pH] is beyond 6.5 to 7.0 [pH]"),
        ({"phases": value(calibrated_until=START - timedelta(days=1))}, "calibration", "pH: PH-1 was not calibrated"),
        ({"phases": value(calibrated_until=None)}, "calibration", "pH: PH-1 was not calibrated"),
        ({"phases": phase(needs_second=False, checked_by="", values=(BY_HAND,))}, "critical entry",
         "pH: pH is critical and was entered by hand by one person"),
        ({"equipment": (EquipmentFact("V-1", False, "cleaning had expired"),)}, "equipment", "V-1 was not fit for use"),
        ({"yields": (Yield("y", "Tablets", "not known", "Tablets cannot be reckoned"),)}, "yield",
         "Tablets cannot be reckoned"),
    ],
)  # fmt: skip
@pytest.mark.requirement("ALCOA+ always on")
@pytest.mark.requirement("Release: open exception or deviation")
@pytest.mark.requirement("Release: lot on hold or rejected")
@pytest.mark.requirement("Release: open or failed test")
@pytest.mark.requirement("Release: signatures")
@pytest.mark.requirement("Release: record")
def test_what_blocks_release(changes: dict[str, Any], code: str, sentence: str) -> None:
    blocking = found(**changes).of("blocks")
    assert [(one.code, one.sentence) for one in blocking] == [(code, sentence)]
    assert blocking[0].why
    judged = {one.key: "seen" for one in found(**changes).checks}
    assert found(**changes).open(judged) == blocking  # no judgement passes over it


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exceptions": (exception(Kind.REDLINE),)}, "exception"),
        ({"deviations": (DeviationFact("D-1", "Leak", False),)}, "deviation"),
        ({"redlines": (RedlineFact("X-9", ("speed: 10 Hz -> 12 Hz in this batch",)),)}, "redline"),
        ({"phases": phase(state="skipped")}, "phase"),
        ({"phases": phase(refused=2)}, "attempts"),
        ({"phases": value(verdict="alert")}, "value"),
        ({"tests": (TestFact("Assay", "out of specification", "94 %", "closed"),)}, "test"),
        ({"yields": (Yield("y", "Tablets", "alert", "96 %"),)}, "yield"),
        ({"yields": (Yield("y", "Tablets", "out of limit", "90 %"),)}, "yield"),
        ({"areas": (("Booth", ("Booth was not inspected after its use",)),)}, "area"),
    ],
)
def test_what_needs_judgement_waits_for_it_and_is_open_again_when_it_changes(
    changes: dict[str, Any], code: str
) -> None:
    made = found(**changes)
    waiting = made.of("needs judgement")
    assert [one.code for one in waiting] == [code]
    assert made.of("blocks") == ()
    assert made.open({}) == waiting
    assert made.open({waiting[0].key: " "}) == waiting
    assert made.open({waiting[0].key: "looked at, no impact"}) == ()
    other = replace(waiting[0], sentence="something else")
    assert Review((other,)).open({waiting[0].key: "looked at, no impact"}) == (other,)


def test_values_without_a_limit_and_phases_without_a_time_are_shown_as_they_are() -> None:
    made = found(phases=phase(at=None, needs_second=False, values=(replace(VALUE, verdict="no limit", instrument=""),)))
    assert [one.why for one in made.checks if one.code in ("phase", "value")] == [
        "by operator at an unknown time", "the recipe sets no limit; sensor",
    ]  # fmt: skip
    assert not [one for one in made.checks if one.code in ("calibration", "second person")]


def test_a_check_says_what_it_is_about() -> None:
    assert Check("a", "b", "fine", "c", "d").key == "a|b|c"
