"""The plant of people's tests."""

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.people.desk import Desk
    from tests.people.plant import Plant


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    """Passwords are slow by design; tests need not be. Rate limits begin anew with each test."""
    from django.core.cache import cache

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def plant(db: None) -> "Plant":
    """One person per role, and two sponsors' people."""
    from tests.people.plant import populate  # settings are ready only once tests run

    return populate()


@pytest.fixture
def desk(plant: "Plant") -> "Desk":
    """Quality assurance at work, about to sign something about a sponsor."""
    from batchwright.people.models import Sponsor
    from tests.people.desk import Desk

    plant.accept("qa", "supervisor")
    return Desk(plant, Sponsor.objects.get(code="ALPHA"), plant.session("qa"))
