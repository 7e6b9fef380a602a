"""Row images as a reader understands them."""

from typing import Any

import pytest

from batchwright.record.web import differences

LABELS = {"printed_name": "printed name"}


def read(before: dict[str, Any] | None, after: dict[str, Any] | None) -> differences.RowChange:
    change = {"table": "people_user", "key": 7, "before": before, "after": after}
    return differences.row_change(change, thing="User", labels=LABELS, words=str, named_by="username")


def test_a_change_shows_the_columns_that_were_written_and_counts_the_others() -> None:
    was = {"id": 7, "version": 1, "username": "m.rossi", "printed_name": "Marco Rossi", "email": "m@limmat.example"}
    change = read(was, {**was, "version": 2, "printed_name": "Marco Weber", "email": ""})
    assert change.heading == "User m.rossi was changed to version 2"
    assert [(line.label, line.had, line.has) for line in change.changed_lines] == [
        ("email", True, False),
        ("printed name", True, True),
    ]
    assert change.kept_count == 1


def test_a_creation_shows_every_column_and_a_deletion_the_last_version() -> None:
    row = {"id": 7, "version": 3, "username": "m.rossi", "printed_name": "Marco Rossi"}
    created = read(None, row)
    assert created.heading == "User m.rossi was created"
    assert {line.column for line in created.changed_lines} == {"username", "printed_name"}
    assert read(row, None).heading == "User m.rossi was deleted; its last version was 3"


def test_a_row_without_a_name_is_called_by_its_key() -> None:
    assert read(None, {"id": 7, "version": 1, "note": "x"}).name == "7"


@pytest.mark.requirement("11.10(e)")
def test_a_changed_secret_is_told_without_being_shown() -> None:
    change = read({"version": 1, "password": "sha256:aa"}, {"version": 2, "password": "sha256:bb"})
    assert [line.secret for line in change.changed_lines] == [True]
