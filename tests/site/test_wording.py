"""How times, durations and counts are written on every page."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from batchwright.kernel.errors import BadInput
from batchwright.site.web import wording

ZURICH = ZoneInfo("Europe/Zurich")
KOLKATA = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2026, 11, 22, 6, 21, 5, tzinfo=UTC)


def test_a_time_is_written_in_the_zone_of_the_site_with_the_zone() -> None:
    assert wording.site_time(MORNING, ZURICH) == "2026-11-22 07:21 UTC+1"
    assert wording.site_time(MORNING, UTC) == "2026-11-22 06:21 UTC"
    assert wording.site_time(MORNING, KOLKATA) == "2026-11-22 11:51 UTC+5:30"
    assert wording.site_time(MORNING, NEW_YORK, seconds=True) == "2026-11-22 01:21:05 UTC\N{MINUS SIGN}5"


def test_summer_time_shows_in_the_offset() -> None:
    assert wording.site_time(datetime(2026, 7, 1, 6, tzinfo=UTC), ZURICH) == "2026-07-01 08:00 UTC+2"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(BadInput):
        wording.site_time(datetime(2026, 11, 22, 6, 21), ZURICH)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=2, minutes=10), "2 h 10 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(days=5), "5 d"),
        (timedelta(days=211, hours=5), "211 d"),
        (-timedelta(hours=2), "2 h"),
    ],
)
def test_a_duration_is_written_by_its_two_largest_parts(length: timedelta, words: str) -> None:
    assert wording.duration(length) == words


def test_a_distance_says_whether_it_lies_ahead_or_behind() -> None:
    assert wording.distance(MORNING + timedelta(hours=2, minutes=10), MORNING) == "in 2 h 10 min"
    assert wording.distance(MORNING - timedelta(days=3), MORNING) == "3 d ago"
    assert wording.distance(MORNING - timedelta(seconds=4), MORNING) == "just now"


def test_today_and_yesterday_have_names() -> None:
    today = date(2026, 11, 22)
    assert wording.day(today, today) == "Today, 2026-11-22"
    assert wording.day(date(2026, 11, 21), today) == "Yesterday, 2026-11-21"
    assert wording.day(date(2026, 11, 20), today) == "2026-11-20"


def test_counts_have_their_thousands_apart() -> None:
    assert wording.count(48211) == "48,211"
    assert wording.entries(1) == "1 entry"
    assert wording.entries(48211) == "48,211 entries"


def test_the_records_times_inside_a_sentence_are_written_in_the_zone_of_the_site() -> None:
    said = "y.tanaka is locked until 2026-11-22T06:21:05.000001Z after 5 attempts"
    assert wording.with_site_times(said, ZURICH) == "y.tanaka is locked until 2026-11-22 07:21 UTC+1 after 5 attempts"
