"""The record of one thing: asked for by its row, and verified by itself when what points to it was falsified."""

from collections.abc import Callable

import pytest

from batchwright import record
from batchwright.record import queries, services, verification
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot
from tests.properties.history import run, unguarded
from tests.record.sites import Site

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(b)")]


def test_the_history_of_a_row_is_that_of_its_subject(site: Site, lot: Lot) -> None:
    plant.receive_lot("L-2", sponsor="ACME")
    plant.change_lot(lot, note="x")
    assert [entry.seq for entry in queries.history(lot, plant.OPERATOR)] == [1, 3]
    assert [entry.seq for entry in queries.history("lot/L-1", plant.OPERATOR)] == [1, 3]
    assert not queries.history(lot, plant.SPONSOR_A).exists()
    assert queries.history("lot/L-2", plant.SPONSOR_A).count() == 1


def other_place() -> None:
    with unguarded("record_change"):
        run("UPDATE record_change SET position = 7")


def no_such_entry() -> None:
    with unguarded("record_change"):
        run("UPDATE record_change SET seq = 99 WHERE seq = 2")


def last_entry_gone() -> None:
    """The row was last written by an entry of another subject, and that entry was taken out."""
    with unguarded("record_entry"):
        run("DELETE FROM record_entry WHERE seq = 2")


@pytest.mark.requirement("11.10(a)")
@pytest.mark.parametrize("deed", [other_place, no_such_entry, last_entry_gone], ids=lambda deed: deed.__name__)
def test_an_index_that_points_nowhere_is_found_and_stops_nothing(
    site: Site, lot: Lot, deed: Callable[[], None]
) -> None:
    with record.entry(NoteMade(text="x"), actor=plant.OPERATOR, subject="campaign/1") as entry:
        entry.update(lot, note="x")
    services.checkpoint()
    deed()
    found = verification.verify(subject="lot/L-1").findings
    assert [(finding.cause, finding.table, finding.key) for finding in found if finding.table] == [
        ("row", "gmp_lot", str(lot.pk))
    ]
    assert not verification.verify().whole
