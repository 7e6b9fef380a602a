"""The day in tests of what depends on the day: it does not end in the middle of one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from batchwright.kernel import clock


@pytest.fixture(autouse=True)
def no_day_ends_in_the_middle() -> Iterator[None]:
    """Let time go on by a microsecond at each reading, from when the test begins.

    A lot that expires today, a scale that was checked today: by the machine's clock such a test fails where midnight
    comes between its lines. What happens at midnight is shown by tests that move a clock by hand.
    """
    with clock.running(clock.HandClock(clock.now(), step=timedelta(microseconds=1))):
        yield
