"""Whether a unit can be used: each rule, its sentence, and the moment at which it begins to speak."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwright.kernel.durations import duration
from batchwright.kernel.errors import DomainError
from batchwright.plant.facts import (
    CampaignFact,
    ChangeoverFact,
    CleaningFact,
    ClearanceFact,
    Extent,
    InstrumentFact,
    Intended,
    QualificationFact,
    UnitFacts,
    UseFact,
)
from batchwright.plant.fitness import (
    REMEDIES,
    conditions,
    follows_without_cleaning,
    judge,
    needed_cleaning,
    require_usable,
)
from batchwright.plant.reasons import plainly
from batchwright.plant.states import Position, State
from batchwright.plant.verdicts import Remedy, Verdict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAST = NOON - 400 * DAY
QUALIFIED = tuple(QualificationFact(stage, f"{stage}-001", PAST) for stage in ("IQ", "OQ", "PQ"))
CLEANED = CleaningFact(
    "CP-01 2", Extent.MINOR, NOON - 4 * HOUR, NOON - 3 * HOUR, 72 * HOUR, soiled_at=NOON - 9 * HOUR, dirty_hold=DAY
)
LAST = UseFact("metoprolol", "B-041", NOON - 30 * HOUR, NOON - 9 * HOUR)
CLEARED = ClearanceFact("metoprolol", "B-042", NOON - 2 * HOUR, NOON - HOUR)
CAMPAIGN = CampaignFact("metoprolol", NOON - 5 * DAY, 3, 10, 30)
GOOD = UnitFacts(
    Position(State.CLEAN), NOON - 3 * HOUR, last_use=LAST, cleaning=CLEANED, dirty_hold=DAY, clearance=CLEARED,
    campaign=CAMPAIGN, qualifications=QUALIFIED, instruments=(InstrumentFact("TT-01", NOON + 200 * DAY),),
)  # fmt: skip
NEXT, OTHER = Intended("metoprolol", "B-042"), Intended("bisoprolol", "B-100")
DIRTY = replace(GOOD, position=Position(State.DIRTY), since=NOON - 9 * HOUR, cleaning=None, clearance=None)
IN_USE = replace(
    GOOD, position=Position(State.IN_USE), cleaning=None, clearance=None,
    use=UseFact("metoprolol", "B-042", NOON - HOUR),
)


def codes(facts: UnitFacts, at: datetime = NOON, intended: Intended | None = None) -> tuple[str, ...]:
    return tuple(one.reason.code for one in judge(facts, at, intended).obstacles)


def codes_of(found: Verdict) -> tuple[str, ...]:
    return tuple(one.reason.code for one in found.obstacles)


def reasons(found: Verdict) -> tuple[str, ...]:
    return tuple(map(str, found.reasons))


def remedy(found: Verdict) -> Remedy | None:
    return found.remedy


def test_a_unit_that_is_in_order_can_be_used_until_its_cleaning_expires() -> None:
    found = judge(GOOD, NOON, NEXT)
    assert found.usable
    assert reasons(found) == ()
    assert found.remedy is None
    assert found.changes_at == NOON + 68 * HOUR
    require_usable(found, "GR-01")


def test_cleaning_expires_at_the_minute_and_says_how_long_ago() -> None:
    end = NOON + 68 * HOUR
    assert codes(GOOD, end - timedelta(microseconds=1), NEXT) == ()
    found = judge(GOOD, end + 2 * HOUR, NEXT)
    assert reasons(found) == ("cleaning expired 2 h ago (CP-01 2 holds for 3 d)",)
    assert remedy(found) == Remedy.CLEAN
    assert found.obstacles[0].since == end
    assert codes(GOOD, end, NEXT) == ("cleaning-expired",)
    with pytest.raises(DomainError, match=r"GR-01 cannot be used: cleaning expired 2 h ago .*\. Clean it\."):
        require_usable(found, "GR-01")


def test_a_cleaning_without_limit_does_not_expire() -> None:
    kept = replace(GOOD, cleaning=replace(CLEANED, clean_hold=None, soiled_at=None))
    assert codes(kept, NOON + 20 * DAY, NEXT) == ()


def test_a_dirty_unit_is_cleaned_before_it_is_dirty_for_too_long() -> None:
    found = judge(DIRTY, NOON, NEXT)
    assert reasons(found)[0] == "dirty since 2026-11-22 03:00 UTC, after batch B-041"
    assert remedy(found) == Remedy.CLEAN
    assert found.changes_at == NOON + 15 * HOUR
    late = judge(DIRTY, NOON + 16 * HOUR, NEXT)
    assert reasons(late)[0] == "dirty for longer than the 1 d that its cleaning allows, by 1 h"
    assert codes_of(late)[:2] == ("dirty-hold-exceeded", "dirty")
    assert remedy(late) == Remedy.CLEAN_FULLY
    assert remedy(judge(replace(DIRTY, campaign=None), NOON, OTHER)) == Remedy.CLEAN_FULLY


def test_a_unit_that_was_never_used_is_dirty_without_a_batch() -> None:
    new = replace(DIRTY, last_use=None)
    assert reasons(judge(new, NOON)) == ("not cleaned since 2026-11-22 03:00 UTC",)


def test_a_cleaning_counts_once_a_second_person_verified_it() -> None:
    done = replace(DIRTY, position=Position(State.DIRTY, unverified=True), cleaning=replace(CLEANED, verified_at=None))
    found = judge(done, NOON)
    assert reasons(found) == ("cleaned at 2026-11-22 08:00 UTC, not yet verified by a second person",)
    assert remedy(found) == Remedy.VERIFY_CLEANING


def test_a_cleaning_that_was_begun_too_late_does_not_count() -> None:
    late = replace(GOOD, cleaning=replace(CLEANED, soiled_at=CLEANED.cleaned_at - 25 * HOUR))
    found = judge(late, NOON, NEXT)
    assert reasons(found) == ("it was dirty for 1 d 1 h before CP-01 2, which allows 1 d",)
    assert remedy(found) == Remedy.CLEAN_FULLY


def test_a_clean_unit_without_a_cleaning_on_record_is_not_clean() -> None:
    assert codes(replace(GOOD, cleaning=None), NOON, NEXT) == ("no-cleaning",)


def test_a_held_unit_says_why_and_what_lies_under_the_hold() -> None:
    held = replace(GOOD, position=Position(State.HELD, State.CLEAN), why="seal leaks")
    found = judge(held, NOON + 70 * HOUR, NEXT)
    assert codes_of(found) == ("held", "cleaning-expired")
    assert reasons(found)[0] == "held since 2026-11-22 09:00 UTC: seal leaks"
    assert remedy(found) == Remedy.FREE


def test_a_unit_out_of_service_says_why() -> None:
    out = replace(GOOD, position=Position(State.OUT_OF_SERVICE, State.DIRTY), why="gearbox")
    found = judge(out, NOON, NEXT)
    assert reasons(found) == ("out of service since 2026-11-22 09:00 UTC: gearbox",)
    assert remedy(found) == Remedy.RETURN_TO_SERVICE


def test_a_unit_in_use_can_be_used_by_its_own_batch_only() -> None:
    assert codes(IN_USE, NOON, NEXT) == ()
    found = judge(IN_USE, NOON, OTHER)
    assert reasons(found) == ("in use since 2026-11-22 11:00 UTC for batch B-042",)
    assert remedy(found) == Remedy.END_USE
    assert conditions(IN_USE) == ()
    assert codes(replace(IN_USE, use=None), NOON) == ("in-use",)


def test_a_unit_held_in_use_is_held_and_in_use() -> None:
    assert codes(replace(IN_USE, position=Position(State.HELD, State.IN_USE), why="x")) == ("held", "in-use")


@pytest.mark.parametrize(
    ("clearance", "code", "wanted"),
    [
        (None, "no-clearance", Remedy.CLEAR_LINE),
        (replace(CLEARED, batch="B-040"), "other-clearance", Remedy.CLEAR_LINE),
        (replace(CLEARED, verified_at=None), "clearance-not-verified", Remedy.VERIFY_CLEARANCE),
    ],
)
def test_the_line_is_cleared_for_this_batch_and_verified(
    clearance: ClearanceFact | None, code: str, wanted: Remedy
) -> None:
    found = judge(replace(GOOD, clearance=clearance), NOON, NEXT)
    assert codes_of(found) == (code,)
    assert remedy(found) == wanted


def test_where_no_clearance_is_asked_none_is_missed() -> None:
    assert codes(replace(GOOD, clearance=None, changeover=ChangeoverFact(needs_clearance=False)), NOON, NEXT) == ()


def test_without_a_batch_clearance_and_changeover_are_conditions() -> None:
    bare = replace(GOOD, clearance=None)
    assert judge(bare, NOON).usable
    assert judge(bare, NOON).conditions == conditions(bare)
    assert [one.reason.code for one in conditions(bare)] == ["changeover", "no-clearance"]
    assert str(conditions(bare)[0].reason) == "a full cleaning is needed before another product than metoprolol"
    assert [one.reason.code for one in conditions(GOOD)] == ["changeover"]
    assert conditions(replace(GOOD, full_cleaning=True)) == ()


def test_another_product_asks_for_a_full_cleaning_and_the_same_campaign_for_a_minor_one() -> None:
    assert needed_cleaning(GOOD, "metoprolol") is Extent.MINOR
    assert needed_cleaning(GOOD, "bisoprolol") is Extent.FULL
    closed = replace(GOOD, campaign=None, clearance=replace(CLEARED, product="bisoprolol", batch="B-100"))
    assert needed_cleaning(closed, "metoprolol") is Extent.FULL
    found = judge(closed, NOON, OTHER)
    assert reasons(found) == ("after metoprolol a full cleaning is needed before bisoprolol; CP-01 2 was minor",)
    assert remedy(found) == Remedy.CLEAN_FULLY
    assert codes(replace(closed, full_cleaning=True), NOON, OTHER) == ()


def test_a_batch_follows_on_a_dirty_unit_where_the_rule_says_none() -> None:
    lenient = replace(DIRTY, changeover=ChangeoverFact(same_product=Extent.NONE, needs_clearance=False))
    assert follows_without_cleaning(lenient, "metoprolol")
    assert codes(lenient, NOON, NEXT) == ()
    assert "dirty" in codes(lenient, NOON, OTHER)
    assert codes(lenient, NOON) == ("dirty",)


def test_a_campaign_ends_by_batches_by_days_and_before_another_product() -> None:
    full = replace(GOOD, campaign=replace(CAMPAIGN, batches=10))
    assert reasons(judge(full, NOON, NEXT)) == ("the campaign of metoprolol has had 10 batches of 10",)
    long = replace(GOOD, cleaning=replace(CLEANED, clean_hold=None))
    assert judge(long, NOON, NEXT).changes_at == NOON + 25 * DAY
    assert reasons(judge(long, NOON + 26 * DAY, NEXT)) == ("the campaign of metoprolol ended its 30 days 1 d ago",)
    assert remedy(judge(long, NOON + 26 * DAY, NEXT)) == Remedy.CLOSE_CAMPAIGN
    assert codes(GOOD, NOON, OTHER) == ("other-campaign", "changeover", "other-clearance")
    assert codes(replace(GOOD, campaign=replace(CAMPAIGN, max_batches=None, max_days=None)), NOON, NEXT) == ()


def test_every_stage_of_qualification_is_there_and_has_not_lapsed() -> None:
    assert reasons(judge(replace(GOOD, qualifications=QUALIFIED[:2]), NOON)) == ("PQ is missing",)
    due = (*QUALIFIED[:2], QualificationFact("PQ", "PQ-001", PAST, NOON + HOUR))
    soon = replace(GOOD, qualifications=due)
    assert judge(soon, NOON, NEXT).changes_at == NOON + HOUR
    lapsed = judge(soon, NOON + 3 * HOUR, NEXT)
    assert reasons(lapsed) == ("PQ lapsed 2 h ago (PQ-001)",)
    assert remedy(lapsed) == Remedy.QUALIFY
    renewed = (*due, QualificationFact("RQ", "RQ-001", NOON + 2 * HOUR, NOON + 2 * HOUR + DAY))
    assert codes(replace(GOOD, qualifications=renewed), NOON + 3 * HOUR, NEXT) == ()
    assert codes(replace(GOOD, qualifications=renewed), NOON + 3 * DAY, NEXT).count("qualification-lapsed") == 1
    assert codes(replace(GOOD, qualifications=renewed), NOON + HOUR, NEXT) == ("qualification-lapsed",)


@pytest.mark.requirement("11.10(h)")
def test_a_mounted_instrument_out_of_calibration_keeps_its_unit_from_use() -> None:
    overdue = replace(GOOD, instruments=(InstrumentFact("TT-01", NOON - HOUR),))
    assert reasons(judge(overdue, NOON, NEXT)) == ("calibration of TT-01 is overdue for 1 h",)
    assert remedy(judge(overdue, NOON, NEXT)) == Remedy.CALIBRATE
    assert codes(replace(GOOD, instruments=(InstrumentFact("TT-01", None),)), NOON, NEXT) == ("not-calibrated",)
    held = InstrumentFact("TT-01", NOON + DAY, "dropped")
    assert reasons(judge(replace(GOOD, instruments=(held,)), NOON, NEXT)) == ("TT-01 is held: dropped",)


def test_facts_from_after_the_time_asked_are_refused() -> None:
    with pytest.raises(DomainError, match="younger than the time asked"):
        judge(GOOD, GOOD.since - HOUR)


def test_every_remedy_is_told_to_people() -> None:
    assert set(REMEDIES) == set(Remedy)


lengths = st.none() | st.integers(1, 200).map(lambda hours: hours * HOUR)


@given(
    facts=st.builds(
        lambda state, hold, dirty, days, due, pq: replace(
            GOOD, position=state, cleaning=replace(CLEANED, clean_hold=hold), dirty_hold=dirty,
            campaign=replace(CAMPAIGN, max_days=days), instruments=(InstrumentFact("TT-01", due and NOON + due),),
            qualifications=(*QUALIFIED[:2], QualificationFact("PQ", "PQ-001", PAST, pq and NOON + pq)),
        ),
        st.sampled_from([GOOD.position, DIRTY.position, Position(State.HELD, State.CLEAN), IN_USE.position]),
        lengths, lengths, st.none() | st.integers(1, 30), lengths, lengths,
    ),
    after=st.integers(0, 200), within=st.integers(0, 999), intended=st.sampled_from([None, NEXT, OTHER]),
)  # fmt: skip
def test_a_verdict_stands_until_the_moment_it_names_and_changes_then(
    facts: UnitFacts, after: int, within: int, intended: Intended | None
) -> None:
    found = judge(facts, NOON + after * HOUR, intended)
    if found.changes_at is None:
        assert codes(facts, NOON + 9000 * DAY, intended) == codes_of(found)
        return
    assert codes(facts, found.at + (found.changes_at - found.at) * within // 1000, intended) == codes_of(found)
    assert codes(facts, found.changes_at, intended) != codes_of(found)


def test_times_and_lengths_read_as_people_say_them() -> None:
    assert duration(timedelta(hours=2, minutes=10)) == "2 h 10 min"
    assert duration(timedelta(days=3, minutes=10)) == "3 d"
    assert duration(-timedelta(minutes=50)) == "50 min"
    assert duration(timedelta(seconds=59)) == "less than 1 min"
    assert plainly(3) == "3"


def test_a_reason_is_said_in_the_readers_language_with_the_readers_zone() -> None:
    reason = judge(DIRTY, NOON).obstacles[0].reason
    said = reason.said(lambda text: text.replace("dirty since", "schmutzig seit"), lambda value: f"<{plainly(value)}>")
    assert said == "schmutzig seit <2026-11-22 03:00 UTC>, after batch <B-041>"
