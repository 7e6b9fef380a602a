"""Two people who change the same rows at one moment, each beginning at the other end: one is told to try again."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from functools import partial

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from psycopg import errors

from batchwright import record
from batchwright.record import verification
from batchwright.record.models import Change, Entry
from batchwright.site import api
from tests.conftest import engine
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot
from tests.record.concurrency import at_once

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(e)")]


@pytest.fixture
def other(lot: Lot) -> Lot:
    plant.receive_lot("L-2")
    return plant.lot_named("L-2")


def _note_on_both(names: tuple[str, str], met: threading.Barrier, key: str | None = None) -> record.Receipt:
    """Change one lot, wait until the other person has changed the other one, and change that too."""
    with record.entry(NoteMade(text=names[0]), actor=plant.OPERATOR, subject="n", idempotency_key=key) as entry:
        first = entry.lock(plant.lot_named(names[0]))
        entry.update(first, note=f"from {names[0]}")
        with suppress(threading.BrokenBarrierError):  # SQLite lets one in after the other: they never meet
            met.wait(timeout=120.0 if engine() == "postgresql" else 0.5)
        entry.update(entry.lock(plant.lot_named(names[1])), note=f"from {names[0]}")
    return entry.receipt


def test_two_writers_that_cross_are_one_act_and_one_refusal_and_nothing_half_done(lot: Lot, other: Lot) -> None:
    before, met = Entry.objects.count(), threading.Barrier(2)
    answers = at_once([partial(_note_on_both, names, met) for names in (("L-1", "L-2"), ("L-2", "L-1"))])
    done = [one for one in answers if isinstance(one, record.Receipt)]
    refused = [one for one in answers if isinstance(one, record.Crossed)]
    assert (len(done), len(refused)) == ((1, 1) if engine() == "postgresql" else (2, 0)), answers
    assert Entry.objects.count() == before + len(done)
    assert Change.objects.filter(entry_id__gt=before).count() == 2 * len(done)
    notes = {plant.lot_named(name).note for name in ("L-1", "L-2")}
    assert len(notes) == 1, "both lots are as the last that was recorded left them"
    for one in refused:
        assert "Somebody else changed the same at this moment" in str(one)
        assert "Try again" in one.remedy
    assert verification.verify().whole
    plant.change_lot(plant.lot_named("L-1"), note="once more")
    assert Entry.objects.count() == before + len(done) + 1, "whoever was refused goes on on the same connection"


def test_whoever_tries_again_with_the_same_form_does_it_once(lot: Lot, other: Lot) -> None:
    before, met = Entry.objects.count(), threading.Barrier(2)
    command = record.command(_note_on_both)
    forms = {"one": ("L-1", "L-2"), "two": ("L-2", "L-1")}
    at_once([partial(command, names, met, key=key) for key, names in forms.items()])
    for key, names in forms.items():
        command(names, threading.Barrier(1), key=key)
    assert Entry.objects.count() == before + 2
    assert set(Entry.objects.filter(seq__gt=before).values_list("idempotency_key", flat=True)) == set(forms)


@pytest.mark.parametrize(
    "cause", [errors.DeadlockDetected("x"), errors.SerializationFailure("x")], ids=lambda one: one.sqlstate
)
def test_both_words_of_the_database_for_crossing_mean_try_again(lot: Lot, cause: errors.Error) -> None:
    with (
        pytest.raises(record.Crossed, match="Try again"),
        record.entry(NoteMade(text="x"), actor=plant.OPERATOR, subject="n") as entry,
    ):
        entry.update(lot, note="x")
        raise OperationalError("x") from cause
    assert (lot.note, plant.lot_named("L-1").version) == ("", 1), "also the caller's row is as it was"


def test_any_other_fault_of_the_database_stays_what_it_is(lot: Lot) -> None:
    with (
        pytest.raises(OperationalError, match="disk"),
        record.entry(NoteMade(text="x"), actor=plant.OPERATOR, subject="n"),
    ):
        raise OperationalError("disk full") from errors.DiskFull("disk full")


def test_a_machine_that_crossed_another_is_told_of_a_conflict() -> None:
    crossed = record.Crossed("Somebody else changed the same at this moment", remedy="Try again.")
    answer = api.refused(RequestFactory().post("/api/"), crossed)
    assert (answer.status_code, json.loads(answer.content)["remedy"]) == (409, "Try again.")
