"""Lengths of time in the words of the floor."""

from datetime import timedelta

import pytest

from batchwright.kernel.durations import duration


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "less than 1 min"), (timedelta(minutes=50), "50 min"),
        (timedelta(hours=2, minutes=10, seconds=59), "2 h 10 min"), (timedelta(days=-3, hours=-4), "3 d 4 h"),
        (timedelta(days=1, minutes=5), "1 d"),
    ],
)  # fmt: skip
def test_a_length_is_told_in_two_parts_at_most(length: timedelta, words: str) -> None:
    assert duration(length) == words
