"""The same command sent twice acts once, whichever way the two meet."""

from functools import partial

import pytest

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.record import verification
from batchwright.record.models import Entry, Series
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot
from tests.record.concurrency import at_once

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(a)")]


def test_the_same_key_again_gives_the_first_receipt_and_changes_nothing() -> None:
    first = plant.receive_lot("L-1", idempotency_key="form-1")
    again = plant.receive_lot("L-1", idempotency_key="form-1")
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.seq, again.at, again.hash, again.type, again.subject) == (
        first.seq, first.at, first.hash, first.type, first.subject,
    )  # fmt: skip
    assert Lot.objects.count() == Entry.objects.count() == 1


def test_an_import_that_runs_again_learns_what_was_recorded() -> None:
    plant.say("once", idempotency_key="k")
    with pytest.raises(record.AlreadyRecorded, match=r"recorded before: entry #1") as repeated:
        plant.say("once", idempotency_key="k")
    assert repeated.value.receipt.seq == 1


def test_a_form_filled_in_on_an_old_version_is_answered_with_its_first_result(lot: Lot) -> None:
    seen = plant.lot_named("L-1")
    first = plant.change_lot(lot, note="a", idempotency_key="form-2")
    again = plant.change_lot(seen, note="a", idempotency_key="form-2")
    assert again.seq == first.seq
    assert plant.lot_named("L-1").version == 2


def test_a_key_of_another_command_is_refused(lot: Lot) -> None:
    plant.receive_lot("L-2", idempotency_key="form-1")
    with pytest.raises(DomainError, match=r"already sent for something else: entry #2 lot.arrived/1"):
        plant.change_lot(lot, note="x", idempotency_key="form-1")
    assert plant.lot_named("L-1").version == 1


def test_a_key_of_another_person_is_refused(lot: Lot) -> None:
    plant.change_lot(lot, note="x", idempotency_key="form-1")
    with pytest.raises(DomainError, match="already sent for something else"):
        plant.change_lot(lot, note="x", idempotency_key="form-1", actor=plant.SUPERVISOR)


def test_a_command_that_failed_may_be_sent_again_with_its_key(lot: Lot) -> None:
    with pytest.raises(record.Stale):
        plant.change_lot(lot, expected_version=7, note="x", idempotency_key="form-1")
    assert not plant.change_lot(lot, note="x", idempotency_key="form-1").repeated


@pytest.mark.parametrize("attempt", range(5))
def test_two_people_pressing_one_button_at_once_record_one_note(attempt: int) -> None:
    answers = at_once([partial(record.command(plant.say), "hello", idempotency_key="k")] * 4)
    receipts = [answer for answer in answers if isinstance(answer, record.Receipt)]
    assert len(receipts) == 4, answers
    assert {receipt.seq for receipt in receipts} == {1}
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True]


@pytest.mark.parametrize("attempt", range(5))
def test_one_lot_taken_in_twice_at_once_is_taken_in_once(attempt: int) -> None:
    answers = at_once([partial(plant.receive_lot, "L-9", idempotency_key="k")] * 4)
    receipts = [answer for answer in answers if isinstance(answer, record.Receipt)]
    assert len(receipts) == 4, answers
    assert {receipt.seq for receipt in receipts} == {1}
    assert Lot.objects.count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_one_change_sent_twice_at_once_is_made_once_and_not_called_stale(lot: Lot, attempt: int) -> None:
    rows = [plant.lot_named("L-1") for _ in range(4)]
    answers = at_once([partial(plant.change_lot, row, note="x", idempotency_key="k") for row in rows])
    receipts = [answer for answer in answers if isinstance(answer, record.Receipt)]
    assert len(receipts) == 4, answers
    assert {receipt.seq for receipt in receipts} == {2}
    assert plant.lot_named("L-1").version == 2


@pytest.mark.parametrize("attempt", range(5))
def test_two_commands_with_one_key_at_once_are_one_act_and_one_refusal(lot: Lot, attempt: int) -> None:
    answers = at_once(
        [
            partial(plant.change_lot, plant.lot_named("L-1"), note="x", idempotency_key="k"),
            partial(plant.receive_lot, "L-2", idempotency_key="k"),
        ]
    )
    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    assert len(refused) == 1, answers
    assert "already sent for something else" in str(refused[0])
    assert Entry.objects.count() == 2


@pytest.mark.parametrize("attempt", range(3))
def test_the_first_numbers_of_a_series_asked_for_at_once_are_all_given(attempt: int) -> None:
    def ask() -> str:
        with record.entry(NoteMade(text="n"), actor=plant.OPERATOR, subject="n") as entry:
            return str(entry.number("L"))

    answers = at_once([ask] * 6)
    assert len({answer for answer in answers if isinstance(answer, str)}) == 6, answers
    assert Series.objects.get(prefix="L").last == 6
    assert verification.verify().whole


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_people_deciding_on_one_version_at_once_one_is_told_of_the_other(lot: Lot, attempt: int) -> None:
    rows = [plant.lot_named("L-1") for _ in range(4)]
    answers = at_once([partial(plant.change_lot, row, note=str(n)) for n, row in enumerate(rows)])
    refused = [answer for answer in answers if isinstance(answer, record.Stale)]
    assert len(refused) == 3, answers
    assert all("Odile Moreau changed note" in str(error) for error in refused)


def test_filling_containers_of_a_lot_while_the_lot_is_changed_blocks_nobody(lot: Lot) -> None:
    def change(number: int) -> record.Receipt:
        for _ in range(50):
            try:
                return plant.change_lot(plant.lot_named("L-1"), note=str(number))
            except record.Stale:
                continue
        raise TimeoutError

    def fill(number: int) -> record.Receipt:
        return plant.fill_container(lot, f"A{number}")

    answers = at_once([partial(act, number) for number in range(10) for act in (change, fill)])
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert verification.verify().whole
