"""The plant of people's tests."""

from typing import TYPE_CHECKING

import pytest

from tests.days import no_day_ends_in_the_middle

if TYPE_CHECKING:
    from tests.people.desk import Desk
    from tests.people.plant import Plant

__all__ = ["no_day_ends_in_the_middle"]


@pytest.fixture
def desk(plant: "Plant") -> "Desk":
    """Quality assurance at work, about to sign something about a sponsor."""
    from batchwright.people.models import Sponsor
    from tests.people.desk import Desk

    plant.accept("qa", "supervisor")
    return Desk(plant, Sponsor.objects.get(code="ALPHA"), plant.session("qa"))
