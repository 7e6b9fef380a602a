"""Amounts are kept to the last digit, on either engine, or refused; nothing is rounded without a word."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from batchwright import record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts, services
from batchwright.materials.models import Container, Movement
from batchwright.record import verification
from tests.materials.warehouse import Warehouse

pytestmark = pytest.mark.requirement("211.184")
LARGE = "123456789012.345678 kg"


def test_eighteen_digits_of_a_kilogram_are_kept_moved_and_recorded_exactly(warehouse: Warehouse) -> None:
    lot = warehouse.receive(LARGE)
    container = warehouse.container(lot)
    assert amounts.quantity(container.amount_e6, "kg") == Quantity.parse(LARGE)
    receipt = services.split_container(
        actor=warehouse.actor("operator"), container=container, amount=Quantity("0.000001", "kg")
    )
    held = list(Container.objects.filter(lot=lot).order_by("id").values_list("amount_e6", flat=True))
    assert held == [123456789012345677, 1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount_e6) FROM materials_container WHERE lot_id = %s", [lot.pk])
        assert cursor.fetchone() == (123456789012345678,)
    entry = record.entries_visible_to(record.SITE).get(seq=receipt.seq)
    images = [change["after"] for change in entry.changes if change["table"] == "materials_container"]
    assert {image["amount_e6"] for image in images} == {"123456789012345677", 0, 1}
    assert sum(Movement.objects.filter(lot=lot, kind="receipt").values_list("amount_e6", flat=True)) == sum(held)
    assert verification.verify().whole


@given(st.integers(min_value=1, max_value=amounts.LARGEST))
def test_every_amount_that_is_stored_reads_back_as_it_was(stored: int) -> None:
    assert amounts.stored(amounts.quantity(stored, "kg"), "kg") == stored


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("0.0000001 kg", "finer than the plant keeps"),
        ("1.00000000000000000000000000000001 kg", "finer than the plant keeps"),
        ("1.23456789012345678901234567890 kg", "finer than the plant keeps"),
        ("0.1 mg", "finer than the plant keeps"),
        ("9223372036854.775808 kg", "too large"),
    ],
)
@pytest.mark.requirement("ALCOA+ accurate")
def test_what_cannot_be_kept_exactly_is_refused_and_never_rounded(said: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        amounts.stored(Quantity.parse(said), "kg")


def test_zeros_at_the_end_are_no_finer_amount() -> None:
    assert amounts.stored(Quantity("1." + "0" * 40, "kg"), "kg") == amounts.PER_UNIT


def test_nothing_does_not_move() -> None:
    with pytest.raises(DomainError, match="more than nothing"):
        amounts.positive(Quantity("0", "kg"), "kg")
