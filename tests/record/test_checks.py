"""A table that one of the engines would not keep exactly is refused before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.record import checks, guards, rules
from batchwright.site import start
from tests.gmp import plant
from tests.gmp.entries import SpecimenTaken
from tests.gmp.models import Specimen
from tests.record.test_rules import LIGHT

pytestmark = pytest.mark.requirement("11.10(c)")


class DecimalText(models.DecimalField):  # type: ignore[type-arg]
    """A decimal that is stored as text."""

    def get_internal_type(self) -> str:
        return "CharField"


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[record.GmpModel]]:
    """A table that somebody is about to add."""
    with isolate_apps("tests.gmp"):

        class Balance(record.GmpModel):
            whole = models.BigIntegerField()
            exact = models.DecimalField(max_digits=15, decimal_places=6)
            text = DecimalText(max_digits=30, decimal_places=6)
            long = models.DecimalField(max_digits=18, decimal_places=6)
            binary = models.FloatField()
            lasting = models.DurationField()

            class Meta:
                app_label = "gmp"

            def __str__(self) -> str:
                return "balance"

        monkeypatch.setattr(guards, "gmp_models", lambda: (Balance,))
        monkeypatch.setattr(rules, "_registry", {})
        yield Balance


def test_the_tables_of_this_plant_are_kept_exactly_on_both_engines() -> None:
    assert checks.check_tables() == []
    assert run_checks() == []
    checks.require()


@pytest.mark.usefixtures("planned")
def test_columns_that_sqlite_or_a_row_image_cannot_hold_are_named() -> None:
    said = [(message.id, message.msg) for message in checks.check_tables()]
    assert said == [
        ("record.E001", "gmp.Balance.long has 18 digits; SQLite keeps 15 exactly."),
        ("record.E002", "gmp.Balance.binary is a FloatField, which a row image cannot hold."),
        ("record.E002", "gmp.Balance.lasting is a DurationField, which a row image cannot hold."),
    ]


@pytest.mark.usefixtures("planned")
def test_such_a_table_is_never_migrated() -> None:
    with pytest.raises(DomainError, match=r"long has 18 digits.*Keep whole numbers of a smaller unit"):
        start.migrate()


def test_a_rule_without_its_table_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_registry", {})
    record.register_rules([LIGHT, replace(LIGHT, name="elsewhere", table="record_entry")])
    said = [(message.id, message.msg) for message in checks.check_tables()]
    assert said == [("record.E003", "The rule elsewhere stands on record_entry, which is no GMP table.")]


@pytest.mark.usefixtures("plant_database")
@pytest.mark.parametrize("mass", ["12345678901.2345", "99999999999.9999", "-0.0001"])
def test_fifteen_digits_come_back_as_they_went_in(mass: str) -> None:
    with record.entry(SpecimenTaken(), actor=plant.OPERATOR, subject="s") as entry:
        entry.create(Specimen(exact=Decimal(mass)))
    assert Specimen.objects.get().exact == Decimal(mass)
