"""A plant with a person per role, for pages."""

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.people.plant import Plant


@pytest.fixture(autouse=True)
def _quick(settings: "Settings") -> None:
    """Passwords are slow by design; tests need not be. What is counted in the cache begins anew."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def plant(db: None) -> "Plant":
    """One person per role, and two sponsors' people."""
    from tests.people.plant import populate  # settings are ready only once tests run

    return populate()
