"""Verification of a live plant: whole or one subject, with progress, cancelled, and against pinned keys."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.record import findings, guards, images, keyring, queries, services, typed, verification, verifier
from batchwright.record.models import Checkpoint, Entry
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot
from tests.properties.history import run, unguarded

pytestmark = [
    pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(a)"), pytest.mark.requirement("11.10(e)")
]  # fmt: skip


def test_an_empty_record_is_whole() -> None:
    report = verification.verify()
    assert report.whole
    assert (report.entries, report.root, report.tree_size) == (0, "", 0)


def test_the_progress_is_told_step_by_step(lot: Lot) -> None:
    told: list[tuple[str, int, int]] = []

    def tell(step: str, done: int, total: int) -> bool:
        told.append((step, done, total))
        return True

    assert verification.verify(progress=tell).whole
    assert {"chain", "entries", "gmp_lot"} <= {step for step, _, _ in told}
    assert ("chain", 1, 1) in told
    assert ("gmp_lot", 0, 1) in told


@pytest.mark.parametrize("step", ["chain", "entries", "gmp_lot"])
def test_a_cancelled_run_says_that_it_is_not_complete(lot: Lot, step: str) -> None:
    report = verification.verify(progress=lambda at, _done, _total: at != step)
    assert (report.complete, report.whole, report.findings) == (False, False, [])
    assert verification.verify().whole


def test_a_broken_record_can_be_verified_again_and_again_in_one_process(lot: Lot) -> None:
    """On PostgreSQL, a cursor left open by a finding once made a later verification wait for itself."""
    with unguarded("record_entry"):
        run("UPDATE record_entry SET body = %s WHERE seq = 1", b"{}")
    for _ in range(20):
        assert [finding.cause for finding in verification.verify().findings] == ["edited"]


@pytest.mark.requirement("11.10(b)")
def test_one_subject_is_verified_by_itself(lot: Lot) -> None:
    plant.receive_lot("L-2")
    plant.change_lot(lot, note="x")
    services.checkpoint()
    report = verification.verify(subject="lot/L-1")
    assert report.whole, report.findings
    assert (report.scope, report.entries, report.rows) == ("lot/L-1", 2, 1)
    with pytest.raises(DomainError, match="knows no such subject: lot/L-9"):
        verification.verify(subject="lot/L-9")


def test_a_subject_without_a_checkpoint_and_one_after_it_are_verified_too(lot: Lot) -> None:
    assert verification.verify(subject="lot/L-1").whole
    services.checkpoint()
    plant.receive_lot("L-2")
    plant.remove_lot(plant.lot_named("L-2"))
    assert verification.verify(subject="lot/L-2").whole


FALSIFIED: dict[str, tuple[str, str, str]] = {
    "row": ("gmp_lot", "UPDATE gmp_lot SET note = 'x'", "row"),
    "row gone": ("gmp_lot", "DELETE FROM gmp_lot", "row"),
    "entry": ("record_entry", "UPDATE record_entry SET body = CAST('x' AS {}) WHERE seq = 1", "edited"),
    "row nonsense": ("gmp_lot", "UPDATE gmp_lot SET facts = '1.5'", "row"),
    "column": ("record_entry", "UPDATE record_entry SET actor = 'x' WHERE seq = 1", "index"),
    "entry gone": ("record_entry", "DELETE FROM record_entry WHERE seq = 1", "deleted"),
    "index gone": ("record_change", "DELETE FROM record_change", "index"),
    "proof": ("record_entry", "UPDATE record_entry SET hash = CAST('x' AS {}) WHERE seq = 3", "proof"),
}


@pytest.mark.parametrize("what", FALSIFIED)
def test_a_falsified_subject_is_found(lot: Lot, what: str) -> None:
    table, statement, cause = FALSIFIED[what]
    plant.change_lot(lot, note="y")
    plant.say("a neighbour in the tree")
    services.checkpoint()
    with unguarded(table):
        run(statement.format("blob" if connection.vendor == "sqlite" else "bytea"))
    assert cause in [finding.cause for finding in verification.verify(subject="lot/L-1").findings]


def test_pinned_keys_are_the_only_ones_trusted(lot: Lot) -> None:
    services.checkpoint()
    own = keyring.signing_key().vkey
    other = verifier.VerifierKey.of("Batchwright-plant", Ed25519PrivateKey.generate()).vkey
    assert verification.verify(keys=(own,)).whole
    assert [finding.cause for finding in verification.verify(keys=(other,)).findings] == ["checkpoint"]


def test_types_that_no_capability_reads_are_counted_and_no_fault(monkeypatch: pytest.MonkeyPatch, lot: Lot) -> None:
    monkeypatch.delitem(typed._registry, "lot.arrived/1")
    report = verification.verify()
    assert report.whole
    assert report.unknown_types == {"lot.arrived/1": 1}
    [entry] = record.entries_visible_to(record.SITE)
    assert (entry.typed, entry.sentence) == (None, "lot.arrived/1")


def test_facts_that_no_longer_fit_their_type_are_reported(monkeypatch: pytest.MonkeyPatch, lot: Lot) -> None:
    monkeypatch.setitem(typed._registry, "lot.arrived/1", NoteMade)
    assert [finding.cause for finding in verification.verify().findings] == ["unreadable"]


def test_a_table_that_is_there_no_more_is_reported_row_by_row(monkeypatch: pytest.MonkeyPatch, lot: Lot) -> None:
    kept = tuple(model for model in guards.gmp_models() if model is not Lot)
    monkeypatch.setattr(guards, "gmp_models", lambda: kept)
    [finding] = verification.verify().findings
    assert (finding.cause, finding.table, "is not there" in finding.message) == ("row", "gmp_lot", True)
    assert verification.verify(subject="lot/L-1").findings[0].cause == "row"


@pytest.mark.requirement("Annex 11, 4")
def test_a_row_of_a_table_that_was_migrated_meanwhile_still_verifies(monkeypatch: pytest.MonkeyPatch, lot: Lot) -> None:
    """Between the two entries a column was added with its default and another one renamed."""
    complete = images.columns(Lot)
    monkeypatch.setattr(Lot, "renamed_columns", {"remark": "note"})
    older = [field for field in complete if field.name != "status"]
    with monkeypatch.context() as before:
        before.setattr(
            images, "columns", lambda model: tuple(older) if model is Lot else tuple(model._meta.concrete_fields)
        )
        plant.change_lot(lot, mass="2")
    plant.change_lot(lot, note="after the migration")
    report = verification.verify()
    assert report.whole, report.findings
    assert verification.verify(subject="lot/L-1").whole


def test_a_row_changed_past_the_record_and_then_honestly_is_found_between_the_two(lot: Lot) -> None:
    with unguarded("gmp_lot"):
        run("UPDATE gmp_lot SET status = 'released'")
    plant.change_lot(plant.lot_named("L-1"), note="honest")
    [finding] = verification.verify().findings
    assert (finding.cause, finding.seq, finding.table) == ("row", 2, "gmp_lot")
    assert "between entry #1 and this entry" in finding.message
    assert str(finding).startswith(f"entry #2: gmp_lot {lot.pk}: the row was changed past the record")


def test_a_row_that_comes_from_nowhere_and_is_then_changed_is_found(lot: Lot) -> None:
    with unguarded("record_series"):
        run("INSERT INTO record_series (id, version, prefix, last) VALUES (5, 1, 'Q', 7)")
    with record.entry(NoteMade(text="n"), actor=plant.OPERATOR, subject="n") as entry:
        entry.number("Q")
    assert ["between the beginning" in finding.message for finding in verification.verify().findings] == [True]


def test_a_deleted_row_that_comes_back_is_found(lot: Lot) -> None:
    image = images.of(lot)
    plant.remove_lot(lot)
    with unguarded("gmp_lot"):
        images.row(Lot, image).save_base(raw=True, force_insert=True)
    [finding] = verification.verify().findings
    assert "was deleted by entry #2" in finding.message
    assert [found.cause for found in verification.verify(subject="lot/L-1").findings] == ["row"]


def test_a_subject_number_that_was_altered_is_found(lot: Lot) -> None:
    with unguarded("record_entry"):
        run("UPDATE record_entry SET subject_seq = 5")
    assert {finding.cause for finding in verification.verify().findings} == {"index"}


def test_the_place_of_an_entry_under_a_checkpoint_is_proved(lot: Lot) -> None:
    head = services.checkpoint()
    assert head is not None
    entry = Entry.objects.get(seq=1)
    assert verification.verify_entry(entry, head)
    entry.body = b"{}"
    with pytest.raises(verifier.Broken, match="not those that were hashed"):
        verification.verify_entry(entry, head)


def test_findings_beyond_a_hundred_are_counted() -> None:
    report = findings.Report()
    for number in range(findings.MOST + 3):
        report.add(findings.Finding("row", "x", number))
    said: dict[str, Any] = report.as_json()
    assert (len(said["findings"]), said["more_findings"], said["whole"]) == (100, 3, False)


def test_a_checkpoint_beside_another_note_is_found(lot: Lot) -> None:
    services.checkpoint()
    plant.say("x")
    services.checkpoint()
    first, second = Checkpoint.objects.order_by("tree_size")
    with unguarded("record_checkpoint"):
        run("UPDATE record_checkpoint SET note = %s WHERE tree_size = %s", first.note, second.tree_size)
    assert "stands beside a note of" in verification.verify().findings[0].message


class TestWhatSponsorsSee:
    """A sponsor's person reads that sponsor's entries and nobody else's (tenancy)."""

    pytestmark = pytest.mark.requirement("11.10(d)")

    @pytest.fixture(autouse=True)
    def _lots(self, lot: Lot) -> None:
        plant.receive_lot("A-1", sponsor="ACME")
        plant.receive_lot("B-1", sponsor="BETA")

    def test_the_plant_sees_all_and_a_sponsor_its_own(self) -> None:
        assert record.entries_visible_to(plant.OPERATOR).count() == 3
        assert [entry.subject for entry in record.entries_visible_to(plant.SPONSOR_A)] == ["lot/A-1"]
        assert [entry.subject for entry in record.entries_visible_to(plant.SPONSOR_B)] == ["lot/B-1"]

    def test_the_history_of_anothers_subject_is_empty(self) -> None:
        assert record.history("lot/A-1", plant.SPONSOR_A).count() == 1
        assert record.history(plant.lot_named("A-1"), plant.SPONSOR_A).count() == 1
        assert not record.history("lot/A-1", plant.SPONSOR_B).exists()
        assert not record.history("lot/L-1", plant.SPONSOR_A).exists()

    def test_the_changes_of_a_row_come_with_their_images(self) -> None:
        lot = plant.lot_named("A-1")
        plant.change_lot(lot, note="x")
        found = [(entry.seq, change["after"]["note"]) for entry, change in record.changes_of(lot)]
        assert found == [(2, ""), (4, "x")]
        assert [entry.seq for entry, _ in record.changes_of(lot, after_version=1)] == [4]


class TestTheTree:
    """Proofs from stored nodes are the ones computed from all leaves."""

    def test_proofs_over_more_than_one_kept_block(self) -> None:
        for number in range(260):
            plant.say(str(number))
            if number in (100, 258):
                services.checkpoint()
        hashes = [bytes(entry.hash) for entry in Entry.objects.order_by("seq")]
        size = len(hashes)
        for index in (0, 255, 256, size - 1):
            assert queries.inclusion_proof(index + 1, size) == verifier.inclusion_proof(hashes, index)
        assert queries.consistency_proof(100, size) == verifier.consistency_proof(hashes, 100)
        assert queries.StoredTree()(8, 7) is None
        assert queries.StoredTree()(0, size) is None
        assert queries.head() is not None
        assert verification.verify().whole
