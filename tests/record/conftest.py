"""A plant with one lot in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models load only once the settings are prepared
    from tests.conftest import PlantDatabase
    from tests.gmp.models import Lot


@pytest.fixture
def lot(plant_database: PlantDatabase) -> Lot:
    """A lot that came in: version 1, 1.500 kg, in quarantine."""
    from tests.gmp import plant

    plant.receive_lot("L-1")
    return plant.lot_named("L-1")
