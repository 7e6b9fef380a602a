"""Lists whose rows are worked out after reading, sorted as a reader asks."""

import pytest
from django.test import RequestFactory

from batchwright.record.web.sorting import MadeColumns

ROWS = [("b", 2), ("c", None), ("a", 3), ("d", 1)]
BY_NUMBER = MadeColumns({"number": lambda row: row[1]})


@pytest.mark.parametrize(
    ("asked", "names"), [("", "bcad"), ("?sort=number", "dbac"), ("?sort=-number", "abdc"), ("?sort=other", "bcad")]
)
def test_rows_stand_as_asked_and_what_is_empty_comes_last(asked: str, names: str) -> None:
    request = RequestFactory().get(f"/{asked}")
    assert "".join(name for name, _number in BY_NUMBER.sort(iter(ROWS), request)) == names
