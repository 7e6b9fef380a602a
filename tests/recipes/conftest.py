"""What the tests of recipes in a plant ask for."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.people.plant import Plant
    from tests.recipes.workshop import Workshop


@pytest.fixture
def workshop(plant: "Plant") -> "Workshop":
    """The plant's people at the desk where recipes are written."""
    from tests.recipes.workshop import Workshop

    return Workshop(plant)
