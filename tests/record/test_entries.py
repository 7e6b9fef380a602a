# long-file: one page of statements about what an entry holds
"""A change and its entry are one thing: what an entry holds, what it refuses, and what is left when it fails."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.record import open_entry, stores, verification
from batchwright.record.models import Change, Series
from tests.gmp import plant
from tests.gmp.entries import ContainerFilled, LotChanged, LotReceived, LotRemoved, NoteMade
from tests.gmp.models import Container, Lot, Specimen

pytestmark = pytest.mark.usefixtures("plant_database")


def last() -> record.Entry:
    found = record.entries_visible_to(record.SITE).last()
    assert found is not None
    return found


@pytest.mark.requirement("11.10(e)")
@pytest.mark.requirement("Annex 11, 9")
def test_an_entry_says_who_did_what_to_what_when_and_how_it_was_before_and_after(lot: Lot) -> None:
    before = clock.now()
    receipt = plant.change_lot(lot, mass="1.25", reason="moisture corrected")
    written = last()

    assert (written.seq, written.actor, written.actor_name, written.actor_role) == (
        receipt.seq, "o.moreau", "Odile Moreau", "operator",
    )  # fmt: skip
    assert before <= written.at <= clock.now()
    assert written.reason == "moisture corrected"
    [change] = written.changes
    assert (change["table"], change["key"]) == ("gmp_lot", str(lot.pk))
    assert (change["before"]["mass"], change["after"]["mass"]) == ("1.500", "1.250")
    assert (change["before"]["version"], change["after"]["version"]) == (1, 2)
    assert bytes(written.hash) == receipt.hash == hashlib.sha256(b"\0" + bytes(written.body)).digest()
    assert (written.subject, written.subject_seq, receipt.subject) == ("lot/L-1", 2, "lot/L-1")
    assert str(written) == f"#{written.seq} lot.changed/1 lot/L-1"


@pytest.mark.requirement("11.10(e)")
@pytest.mark.requirement("ALCOA+ consistent")
def test_entries_are_chained_from_the_first_one(lot: Lot) -> None:
    plant.change_lot(lot, note="a")
    first, second = record.entries_visible_to(record.SITE)
    assert first.envelope["prev_hash"] == "0" * 64
    assert second.envelope["prev_hash"] == first.hash_hex


def test_a_created_row_begins_at_version_one_with_its_values_as_the_column_holds_them() -> None:
    with record.entry(LotReceived(name="L", mass=Decimal(2)), actor=plant.OPERATOR) as entry:
        made = entry.create(Lot(name="L", mass=2, made_on="2026-01-31", version=7))
        entry.subject = made
    assert (made.version, made.mass, made.made_on) == (1, Decimal(2), date(2026, 1, 31))
    assert last().changes[0]["after"] == {
        "id": made.pk, "version": 1, "name": "L", "mass": "2.000", "status": "quarantine", "note": "",
        "made_on": "2026-01-31", "facts": {}, "photo": None, "pin": "sha256:" + hashlib.sha256(b"").hexdigest(),
    }  # fmt: skip
    assert last().changes[0]["before"] is None


def test_a_row_that_has_its_key_already_keeps_it() -> None:
    with record.entry(LotReceived(name="K", mass=Decimal(2)), actor=plant.OPERATOR) as entry:
        made = entry.create(Lot(id=9_000, name="K", mass=2))
        entry.subject = made
    assert (made.pk, Lot.objects.get(name="K").pk) == (9_000, 9_000)


def test_a_choice_is_on_record_as_its_plain_text(lot: Lot) -> None:
    plant.change_lot(lot, status=Lot.Status.RELEASED)
    assert last().changes[0]["after"]["status"] == "released"
    assert verification.verify().whole


def test_a_deleted_row_leaves_its_last_image(lot: Lot) -> None:
    plant.remove_lot(lot)
    assert not Lot.objects.exists()
    [change] = last().changes
    assert change["before"]["name"] == "L-1"
    assert change["after"] is None
    mark = Change.objects.get(entry_id=last().seq)
    assert mark.row_version == 1
    assert str(mark) == f"gmp_lot {change['key']} version 1 by #{last().seq}"


def test_one_entry_may_write_several_rows_and_one_row_twice(lot: Lot) -> None:
    with record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry:
        entry.create(Container(lot=lot, place="A1"))
        entry.update(lot, note="first")
        entry.update(lot, note="second")
    assert [change["table"] for change in last().changes] == ["gmp_container", "gmp_lot", "gmp_lot"]
    assert lot.version == 3
    assert verification.verify().whole


def test_a_row_may_be_made_and_taken_out_in_one_entry() -> None:
    with record.entry(NoteMade(text="trial"), actor=plant.OPERATOR, subject="trial/1") as entry:
        entry.delete(entry.create(Lot(name="gone", mass=1)))
    assert verification.verify().whole


def test_an_update_brings_the_callers_row_up_to_date(lot: Lot) -> None:
    stale_note = plant.lot_named("L-1")
    plant.change_lot(lot, note="newer")
    plant.change_lot(stale_note, expected_version=2, mass="3")
    assert (stale_note.note, stale_note.mass, stale_note.version) == ("newer", Decimal(3), 3)


def test_an_update_of_a_reference_is_seen_by_whoever_follows_it(lot: Lot) -> None:
    plant.receive_lot("L-2")
    plant.fill_container(lot, "A1")
    container = Container.objects.select_related("lot").get()
    other = plant.lot_named("L-2")
    with record.entry(ContainerFilled(lot="L-2", place="A1"), actor=plant.OPERATOR, subject=other) as entry:
        entry.update(container, lot=other)
    assert container.lot_id == other.pk
    assert container.lot.name == "L-2"
    with record.entry(ContainerFilled(lot="L-1", place="A1"), actor=plant.OPERATOR, subject=lot) as entry:
        entry.update(container, lot_id=lot.pk)
    assert container.lot.name == "L-1"


def test_the_version_alone_moves_when_nothing_else_is_said(lot: Lot) -> None:
    plant.change_lot(lot)
    assert plant.lot_named("L-1").version == 2
    assert verification.verify().whole


@pytest.mark.requirement("11.10(e)")
def test_a_stale_decision_is_refused_and_told_who_changed_what_since(lot: Lot) -> None:
    seen = plant.lot_named("L-1")
    at = clock.now().replace(microsecond=250000) + timedelta(days=1)
    with clock.frozen(at):
        plant.change_lot(lot, mass="9.9", note="recount", actor=plant.SUPERVISOR)
    with pytest.raises(record.Stale) as refused:
        plant.change_lot(seen, mass="1.4")
    said = str(refused.value)
    assert "lot/L-1 was changed by somebody else meanwhile" in said
    assert "you saw version 1" in said
    assert f"Sven Lindqvist changed mass, note at {clock.iso(at)} (entry #2)" in said
    assert plant.lot_named("L-1").mass == Decimal("9.9")


def test_a_form_may_send_back_the_version_it_was_filled_in_on(lot: Lot) -> None:
    plant.change_lot(lot, note="a")
    with pytest.raises(record.Stale):
        plant.change_lot(plant.lot_named("L-1"), expected_version=1, note="b")
    plant.change_lot(plant.lot_named("L-1"), expected_version=2, note="b")


def test_a_version_that_never_was_is_refused(lot: Lot) -> None:
    with pytest.raises(record.Stale, match=r"you saw version 9 .*it is version 1 now"):
        plant.change_lot(lot, expected_version=9, note="b")


def test_a_stale_deletion_is_refused(lot: Lot) -> None:
    seen = plant.lot_named("L-1")
    plant.change_lot(lot, note="a")
    with pytest.raises(record.Stale, match="Odile Moreau changed note"):
        plant.remove_lot(seen)
    plant.remove_lot(lot)


def test_a_row_that_is_gone_is_said_to_be_gone(lot: Lot) -> None:
    seen = plant.lot_named("L-1")
    plant.remove_lot(lot)
    with pytest.raises(record.Stale, match="no longer there"):
        plant.change_lot(seen, note="a")


def test_lock_gives_the_row_as_it_is_now(lot: Lot) -> None:
    plant.change_lot(plant.lot_named("L-1"), note="newer", facts={"a": [1, None]}, photo=b"\0\1", made_on="2026-02-28")
    with record.entry(NoteMade(text="look"), actor=plant.OPERATOR, subject=lot) as entry:
        fresh = entry.lock(lot)
    assert (fresh.note, fresh.facts, bytes(fresh.photo or b"")) == ("newer", {"a": [1, None]}, b"\0\1")
    assert (fresh.made_on, fresh.version) == (date(2026, 2, 28), 2)
    assert lot.note == ""


@pytest.mark.requirement("11.100(a)")
def test_numbers_of_a_series_are_given_out_once() -> None:
    numbers = []
    for _ in range(3):
        with record.entry(NoteMade(text="number"), actor=plant.OPERATOR, subject="n") as entry:
            numbers.append(str(entry.number("L")))
    with (
        pytest.raises(RuntimeError, match="power"),
        record.entry(NoteMade(text="number"), actor=plant.OPERATOR, subject="n") as entry,
    ):
        entry.number("L")
        raise RuntimeError("power")
    assert [number.split("-")[1] for number in numbers] == ["0001", "0002", "0003"]
    assert str(Series.objects.get(prefix="L")) == "L 3"
    assert verification.verify().whole


@pytest.mark.requirement("11.100(a)")
def test_a_series_that_somebody_begins_at_the_same_moment_goes_on_where_that_one_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with record.entry(NoteMade(text="number"), actor=plant.OPERATOR, subject="n") as entry:
        entry.number("L")
    looked: list[str] = []

    class NotYetSeen:
        def first(self, prefix: str) -> None:
            looked.append(prefix)

    monkeypatch.setattr(open_entry, "_SERIES", NotYetSeen())
    with record.entry(NoteMade(text="number"), actor=plant.OPERATOR, subject="n") as entry:
        assert str(entry.number("L")).startswith("L-0002")
    assert looked == ["L"]
    assert verification.verify().whole


@pytest.mark.requirement("11.10(c)")
def test_an_attachment_is_in_the_store_and_its_hash_in_the_entry() -> None:
    with record.entry(NoteMade(text="certificate"), actor=plant.OPERATOR, subject="n") as entry:
        digest = entry.attach("certificate.pdf", b"%PDF-1.7", media_type="application/pdf")
    assert last().content["attachments"] == [
        {"name": "certificate.pdf", "media_type": "application/pdf", "sha256": digest, "size": 8}
    ]
    assert stores.blobs().get(digest) == b"%PDF-1.7"
    assert verification.verify().attachments == 1


def test_what_cannot_be_held_exactly_is_refused_as_an_attestation() -> None:
    with (
        pytest.raises(BadInput, match=r"attestation\.weight"),
        record.entry(NoteMade(text="signed"), actor=plant.OPERATOR, subject="n") as entry,
    ):
        entry.attest({"weight": 1.5})
    assert not record.Entry.objects.exists()


def test_an_attestation_that_proves_nothing_is_found_by_verification() -> None:
    with record.entry(NoteMade(text="signed"), actor=plant.OPERATOR, subject="n") as entry:
        entry.attest({"method": "telepathy"})
    [finding] = verification.verify().findings
    assert (finding.cause, finding.seq) == ("signature", 1)


@pytest.mark.parametrize("reason", ["", "  \n"])
@pytest.mark.requirement("11.10(e)")
@pytest.mark.requirement("Annex 11, 9")
def test_where_a_reason_is_required_the_act_is_refused_without_one(lot: Lot, reason: str) -> None:
    with pytest.raises(DomainError, match="A reason is required"):
        plant.reject_lot(lot, reason=reason)
    assert plant.lot_named("L-1").status == "quarantine"


def test_a_reason_is_kept_without_the_blanks_around_it(lot: Lot) -> None:
    plant.reject_lot(lot, reason="  mould \n")
    assert last().reason == "mould"
    assert last().sentence == "Lot L-1 rejected"


@pytest.mark.parametrize("subject", [None, ""])
def test_an_entry_about_nothing_is_refused_and_its_rows_with_it(subject: str | None) -> None:
    with (
        pytest.raises(DomainError, match="has no subject"),
        record.entry(LotReceived(name="L", mass=Decimal(1)), actor=plant.OPERATOR, subject=subject) as entry,
    ):
        entry.create(Lot(name="L", mass=1))
    assert not Lot.objects.exists()
    assert not record.Entry.objects.exists()


def test_a_receipt_is_given_only_after_the_commit() -> None:
    with (
        record.entry(NoteMade(text="x"), actor=plant.OPERATOR, subject="n") as entry,
        pytest.raises(record.Unrecorded, match="not committed yet"),
    ):
        _ = entry.receipt
    assert entry.receipt.seq == 1
    assert not entry.receipt.repeated


def test_only_columns_of_the_row_are_changed(lot: Lot) -> None:
    with pytest.raises(record.Unrecorded, match="Only columns"):
        plant.change_lot(lot, containers=[])


@pytest.mark.requirement("ALCOA+ contemporaneous", "ALCOA+ consistent")
def test_time_never_runs_backwards_in_the_ledger() -> None:
    late = datetime(2030, 1, 1, tzinfo=UTC)
    with clock.frozen(late):
        plant.say("late")
    with clock.frozen(late - timedelta(hours=1)):
        receipt = plant.say("the clock was set back")
    assert receipt.at == last().at == late
    assert verification.verify().whole


def test_a_whole_second_is_written_with_its_microseconds() -> None:
    with clock.frozen(datetime(2026, 5, 1, 12, tzinfo=UTC)):
        plant.say("on the hour")
    plant.say("later")
    assert next(entry.envelope["at"][:10] for entry in record.entries_visible_to(record.SITE)) == "2026-05-01"
    assert all(len(entry.envelope["at"]) == 27 for entry in record.entries_visible_to(record.SITE))
    assert verification.verify().whole


def test_a_specimen_of_every_column_is_written_and_verified() -> None:
    with record.entry(NoteMade(text="all"), actor=plant.OPERATOR, subject="s") as entry:
        first = entry.create(Specimen(text="é", grade=Specimen.Grade.HIGH, exact="-0"))
        entry.create(Specimen(other=first, moment=clock.now(), content=memoryview(b"x")))
    assert verification.verify().whole


@pytest.mark.parametrize("part", ["id", "name", "role"])
@pytest.mark.requirement("11.10(e)")
@pytest.mark.requirement("ALCOA+ attributable")
def test_nobody_acts_without_a_name(part: str) -> None:
    with pytest.raises(DomainError, match=f"An actor has no {part}"):
        record.Actor(**{"id": "x", "name": "X", "role": "operator", part: "  "})


def test_the_gate_is_closed_again_when_an_act_is_removed(lot: Lot) -> None:
    with record.entry(LotRemoved(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry:
        entry.delete(lot, expected_version=1)
    with pytest.raises(Exception, match="refused"), connection.cursor() as cursor:
        cursor.execute("UPDATE gmp_lot SET note = 'x'")
        cursor.execute("INSERT INTO record_series (version, prefix, last) VALUES (1, 'X', 1)")
