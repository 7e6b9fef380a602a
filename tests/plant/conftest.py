"""What the tests of instruments share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.days import no_day_ends_in_the_middle

if TYPE_CHECKING:  # models load only once the settings are prepared
    from batchwright.plant.adapters.simulator import ScaleServer
    from tests.plant.floor import Floor
    from tests.plant.metrology import Metrology

__all__ = ["no_day_ends_in_the_middle"]


@pytest.fixture
def metrology(floor: Floor) -> Metrology:
    """The plant's instruments and those who look after them, ready to sign."""
    from tests.plant.metrology import Metrology

    floor.plant.accept("process_engineer", "qualified_person")
    return Metrology(floor.plant)


@pytest.fixture
def line() -> Iterator[ScaleServer]:
    """A simulated scale whose loads rest at once."""
    from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale

    with ScaleServer(SimulatedScale(settle_seconds=0)) as server:
        yield server
