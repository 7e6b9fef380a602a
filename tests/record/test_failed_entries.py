"""An act that fails leaves nothing: no row, no entry, no trace in what the caller holds."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from batchwright import record
from batchwright.kernel.errors import BadInput
from batchwright.record import verification
from batchwright.record.backends.refusals import Unaccounted
from tests.gmp import plant
from tests.gmp.entries import ContainerFilled, LotChanged, NoteMade
from tests.gmp.models import Container, Lot

pytestmark = pytest.mark.usefixtures("plant_database")


def test_when_an_act_fails_nothing_of_it_stays_and_the_callers_rows_are_as_before(lot: Lot) -> None:
    made = Lot(name="L-2", mass="2")
    picture = {name: held for name, held in lot.__dict__.items() if name != "_state"}
    with (
        pytest.raises(RuntimeError, match="power"),
        record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry,
    ):
        entry.create(made)
        entry.update(lot, note="half", mass="7")
        entry.update(lot, note="done")
        raise RuntimeError("power")
    assert {name: held for name, held in lot.__dict__.items() if name != "_state"} == picture
    assert lot.version == 1
    assert [made.pk, made._state.adding, made.mass] == [None, True, "2"]
    assert plant.lot_named("L-1").version == 1
    assert Lot.objects.count() == record.Entry.objects.count() == 1
    with pytest.raises(record.Unrecorded):
        _ = entry.receipt
    plant.change_lot(lot, note="again")
    assert verification.verify().whole


def test_a_reference_followed_in_a_failed_act_is_put_back_too(lot: Lot) -> None:
    plant.receive_lot("L-2")
    plant.fill_container(lot, "A1")
    container, other = Container.objects.select_related("lot").get(), plant.lot_named("L-2")
    with (
        pytest.raises(RuntimeError, match="power"),
        record.entry(ContainerFilled(lot="L-2", place="A1"), actor=plant.OPERATOR, subject=other) as entry,
    ):
        entry.update(container, lot=other)
        raise RuntimeError("power")
    assert (container.lot_id, container.lot.name) == (lot.pk, "L-1")


def test_an_entry_inside_an_entry_is_refused_and_the_outer_one_with_it(lot: Lot) -> None:
    with (
        pytest.raises(RuntimeError, match="durable"),
        record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry,
    ):
        entry.update(lot, note="outer")
        plant.say("inner")
    assert plant.lot_named("L-1").note == ""
    plant.change_lot(lot, note="next")


def test_an_outer_entry_that_swallows_the_refusal_of_an_inner_one_is_still_whole_or_refused(lot: Lot) -> None:
    try:
        with record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry:
            entry.update(lot, note="before")
            with pytest.raises(RuntimeError, match="durable"):
                plant.say("inner")
            entry.update(lot, note="after")
    except Exception:  # noqa: BLE001 - whichever error: nothing may be kept
        assert plant.lot_named("L-1").version == 1
    else:
        assert plant.lot_named("L-1").note == "after"
    assert verification.verify().whole


def test_an_entry_inside_another_transaction_is_refused(lot: Lot) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        plant.change_lot(lot, note="x")
    assert plant.lot_named("L-1").version == 1


def test_rows_of_a_part_that_was_rolled_back_are_not_accounted_for(lot: Lot) -> None:
    with pytest.raises(Unaccounted), record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry:
        try:
            with transaction.atomic():
                entry.create(Container(lot=lot, place="A1"))
                raise KeyError
        except KeyError:
            entry.update(lot, note="went on")
    assert not Container.objects.exists()
    assert plant.lot_named("L-1").version == 1
    assert verification.verify().whole


def test_a_part_that_holds_may_stand_in_a_savepoint(lot: Lot) -> None:
    with record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry:
        with transaction.atomic():
            entry.create(Container(lot=lot, place="A1"))
        try:
            with transaction.atomic():
                raise KeyError
        except KeyError:
            entry.update(lot, note="went on")
    assert verification.verify().whole


def test_a_value_that_does_not_fit_its_column_is_refused(lot: Lot) -> None:
    with pytest.raises(ValidationError):
        plant.change_lot(lot, made_on="yesterday")
    with pytest.raises(ValidationError):
        plant.receive_lot("L-2", made_on="soon")
    assert plant.lot_named("L-1").version == 1
    assert Lot.objects.count() == 1


@pytest.mark.parametrize(("mass", "limit"), [("1.2345", "3 places"), ("1234567890.5", "9 digits"), ("NaN", "")])
def test_a_number_that_its_column_cannot_hold_is_refused_with_value_and_limit(lot: Lot, mass: str, limit: str) -> None:
    with pytest.raises((BadInput, ValidationError)) as refused:
        plant.change_lot(lot, mass=mass)
    assert limit in str(refused.value)
    with (
        pytest.raises((BadInput, ValidationError)),
        record.entry(NoteMade(text="x"), actor=plant.OPERATOR, subject="n") as entry,
    ):
        entry.create(Lot(name="L-2", mass=mass))
    assert plant.lot_named("L-1").version == 1
    assert Lot.objects.count() == 1
