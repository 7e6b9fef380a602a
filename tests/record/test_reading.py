"""What other capabilities read of the record."""

import pytest

from batchwright import record
from batchwright.people.models import User
from tests.people.plant import Plant


def test_the_entries_that_wrote_some_rows_are_found_whatever_they_are_about(plant: Plant) -> None:
    rows = User.objects.filter(username="operator")
    found = record.entries_writing(rows, plant.actor("qa"))
    assert found.filter(type="user.enrolled/1").count() == 1
    assert not record.entries_writing(rows, plant.actor("sponsor_a")).exists()


@pytest.mark.django_db
def test_the_key_that_the_site_signs_with_is_told_once_there_is_one() -> None:
    assert record.site_key() == ""
    record.checkpoint()
    assert "+" in record.site_key()
