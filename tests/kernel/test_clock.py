"""One reader of time: aware, UTC, and replaceable."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IN_VIENNA = timezone(timedelta(hours=1))
moments = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis takes naive bounds and adds the zones
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def test_the_clock_answers_this_machines_time_in_utc() -> None:
    before = clock.system()
    assert before <= clock.now() <= clock.system()
    assert clock.now().tzinfo is UTC


def test_time_stands_still_in_a_frozen_block_and_goes_on_after_it() -> None:
    with clock.frozen(NOON.astimezone(IN_VIENNA)) as at:
        assert clock.now() == clock.now() == at == NOON
        assert clock.now().tzinfo is UTC
        with clock.frozen(NOON + timedelta(days=1)):
            assert clock.now() == NOON + timedelta(days=1)
        assert clock.now() == NOON
    assert clock.now() != NOON


def test_time_goes_on_when_a_frozen_block_fails() -> None:
    with pytest.raises(RuntimeError), clock.frozen(NOON):
        raise RuntimeError
    assert clock.now() != NOON


def test_a_source_is_put_in_and_the_one_before_comes_back() -> None:
    previous = clock.set_source(clock.ticking(NOON, timedelta(minutes=1)))
    try:
        assert [clock.now(), clock.now()] == [NOON, NOON + timedelta(minutes=1)]
    finally:
        clock.set_source(previous)
    assert previous is clock.system


def test_a_ticking_clock_moves_by_a_second_at_each_reading() -> None:
    source = clock.ticking(NOON)
    assert [source(), source(), source()] == [NOON + timedelta(seconds=n) for n in range(3)]


def test_a_hand_clock_stands_still_until_it_is_moved_and_is_never_put_back() -> None:
    hand = clock.HandClock(NOON.astimezone(IN_VIENNA))
    assert hand() == hand.now == NOON
    hand.advance(timedelta(hours=12))
    hand.jump_to(NOON + timedelta(days=1))
    assert hand() == NOON + timedelta(days=1)
    with pytest.raises(BadInput, match="not put back"):
        hand.jump_to(NOON)
    with pytest.raises(BadInput, match="not put back"):
        hand.advance(timedelta(seconds=-1))
    assert hand.now == NOON + timedelta(days=1)


def test_a_hand_clock_may_move_a_little_at_each_reading() -> None:
    hand = clock.HandClock(NOON, step=timedelta(seconds=1))
    previous = clock.set_source(hand)
    try:
        assert [clock.now(), clock.now(), hand.now] == [NOON + timedelta(seconds=n) for n in (1, 2, 2)]
    finally:
        clock.set_source(previous)


def test_simulated_time_runs_faster_and_is_the_same_for_whoever_is_given_the_same_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = clock.HandClock(NOON)
    monkeypatch.setattr(clock, "system", machine)
    began = NOON - timedelta(days=3)
    one, other = (clock.SimulatedTime(NOON, began, 60) for _ in range(2))
    assert one() == other() == began
    machine.advance(timedelta(minutes=1))
    assert one() == other() == began + timedelta(hours=1)
    assert clock.pace() == 1
    with clock.running(one):
        assert clock.pace() == 60


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_simulated_time_that_does_not_go_on_is_refused(speed: float) -> None:
    with pytest.raises(BadInput, match="time must go on"):
        clock.SimulatedTime(NOON, NOON, speed)


def test_a_naive_time_is_refused_wherever_it_enters() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(BadInput, match="2026-11-22T12:00:00"):
        clock.ensure_utc(naive)
    with pytest.raises(BadInput), clock.frozen(naive):
        pass
    with pytest.raises(BadInput):
        clock.ticking(naive)
    previous = clock.set_source(lambda: naive)
    try:
        with pytest.raises(BadInput, match="without a time zone"):
            clock.now()
    finally:
        clock.set_source(previous)


def test_a_time_that_utc_has_no_year_for_is_refused() -> None:
    with pytest.raises(BadInput, match="calendar"):
        clock.ensure_utc(datetime.min.replace(tzinfo=IN_VIENNA))


class SummerTime(tzinfo):
    """A zone one hour before UTC, two from 29 March 2026, 1:00 UTC, to 25 October, 1:00 UTC, as central Europe is.

    Written out because a bare machine has no time zone database.
    """

    begin = NOON.replace(month=3, day=29, hour=1, tzinfo=None)
    end = NOON.replace(month=10, day=25, hour=1, tzinfo=None)
    hour = timedelta(hours=1)

    def utcoffset(self, moment: datetime | None) -> timedelta:
        assert moment is not None
        wall = moment.replace(tzinfo=None, fold=0)
        begin = self.begin + (self.hour if moment.fold else 2 * self.hour)
        end = self.end + (self.hour if moment.fold else 2 * self.hour)
        return 2 * self.hour if begin <= wall < end else self.hour

    def dst(self, moment: datetime | None) -> timedelta:
        return self.utcoffset(moment) - self.hour

    def tzname(self, moment: datetime | None) -> str:
        return "summer time"

    def fromutc(self, moment: datetime) -> datetime:
        utc = moment.replace(tzinfo=None)
        wall = moment + (2 * self.hour if self.begin <= utc < self.end else self.hour)
        return wall.replace(fold=int(self.end <= utc < self.end + self.hour))


def test_a_time_that_the_clocks_jumped_over_is_refused() -> None:
    with pytest.raises(BadInput, match="clocks were put forward"):
        clock.ensure_utc(datetime(2026, 3, 29, 2, 30, tzinfo=SummerTime()))
    before = clock.ensure_utc(datetime(2026, 3, 29, 1, 59, tzinfo=SummerTime()))
    assert clock.ensure_utc(datetime(2026, 3, 29, 3, 0, tzinfo=SummerTime())) - before == timedelta(minutes=1)


def test_of_an_hour_that_comes_twice_fold_says_which() -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=SummerTime())
    assert clock.ensure_utc(twice.replace(fold=1)) - clock.ensure_utc(twice) == timedelta(hours=1)


@settings(deadline=None)  # a loaded machine is no finding
@given(moments, moments)
def test_a_written_time_has_27_characters_reads_back_and_sorts_as_time_does(one: datetime, other: datetime) -> None:
    assert len(clock.iso(one)) == 27
    assert clock.parse(clock.iso(one)) == one.astimezone(UTC)
    assert (clock.iso(one) < clock.iso(other)) == (one.astimezone(UTC) < other.astimezone(UTC))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-22T07:21:00.123456Z", "2026-11-22T07:21:00.123456Z"),
        ("2026-11-22T08:21:00+01:00", "2026-11-22T07:21:00.000000Z"),
        ("2026-11-22T07:21:00.5-00:30", "2026-11-22T07:51:00.500000Z"),
    ],
)
def test_a_time_is_read_with_its_offset(text: str, written: str) -> None:
    assert clock.iso(clock.parse(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T07:21:00",
        "2026-11-22 07:21:00Z",
        "2026-11-22T07:21:00.1234567Z",
        "20261122T072100Z",
        "2026-02-30T07:21:00Z",
        "2026-11-22T24:21:00Z",
        "2026-11-22T07:21:00+25:00",
        "٢٠٢٦-11-22T07:21:00Z",
        "0001-01-01T00:00:00+01:00",
    ],
)
def test_a_time_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        clock.parse(text)


@settings(deadline=None)  # a loaded machine is no finding
@given(st.text(max_size=40))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(BadInput):
        clock.parse(text)
