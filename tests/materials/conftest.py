"""The plant of the tests of materials: people's plant with a warehouse in it."""

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.materials.warehouse import Warehouse


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    """Passwords are slow by design; tests need not be."""
    from django.core.cache import cache

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def warehouse(db: None) -> "Warehouse":
    """People, suppliers, locations and materials."""
    from tests.materials.warehouse import furnish  # settings are ready only once tests run

    return furnish()
