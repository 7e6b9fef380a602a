"""The plant of the tests of the plant: people's plant with a floor in it."""

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.plant.floor import Floor


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    """Passwords are slow by design; tests need not be."""
    from django.core.cache import cache

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def floor(db: None) -> "Floor":
    """People, units, procedures and rules."""
    from tests.plant.floor import furnish  # settings are ready only once tests run

    return furnish()
