"""What the tests of execution share."""

from tests.days import no_day_ends_in_the_middle

__all__ = ["no_day_ends_in_the_middle"]
