"""A plant with one lot in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models load only once the settings are prepared
    from pathlib import Path

    from pytest_django import Settings

    from tests.conftest import PlantDatabase
    from tests.gmp.models import Lot
    from tests.record.sites import Site


@pytest.fixture
def lot(plant_database: PlantDatabase) -> Lot:
    """A lot that came in: version 1, 1.500 kg, in quarantine."""
    from tests.gmp import plant

    plant.receive_lot("L-1")
    return plant.lot_named("L-1")


@pytest.fixture
def site(plant_database: PlantDatabase, settings: Settings, tmp_path: Path) -> Site:
    """A site whose keys and attachments are its own."""
    from tests.record.sites import Site

    made = Site(tmp_path / "site", plant_database, settings)
    made.configure(plant_folder=made.folder, site_name="Test plant")
    return made
