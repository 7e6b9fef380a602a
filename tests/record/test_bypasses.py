"""Whoever writes GMP rows past the record, from inside the application too, is refused and nothing is kept."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, models, transaction

from batchwright import record
from batchwright.record import guards, verification
from batchwright.record.backends.refusals import Unaccounted
from batchwright.record.models import APPEND_ONLY, Entry
from tests.gmp import plant
from tests.gmp.entries import LotChanged
from tests.gmp.filling import fill_every_table
from tests.gmp.models import Container, Lot, Specimen

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(e)")]


def raw(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


BY_THE_ORM: dict[str, Callable[[Lot], object]] = {
    "save": lambda lot: lot.save(),
    "delete": lambda lot: lot.delete(),
    "create": lambda _: Lot.objects.create(name="x", mass=1),
    "update": lambda lot: Lot.objects.filter(pk=lot.pk).update(note="x"),
    "delete all": lambda _: Lot.objects.all().delete(),
    "bulk_create": lambda _: Lot.objects.bulk_create([Lot(name="x", mass=1)]),
    "bulk_update": lambda lot: Lot.objects.bulk_update([lot], ["note"]),
    "get_or_create": lambda _: Lot.objects.get_or_create(name="x", defaults={"mass": 1}),
    "update_or_create": lambda _: Lot.objects.update_or_create(name="L-1", defaults={"mass": 1}),
    "related create": lambda lot: lot.containers.create(place="x"),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("way", BY_THE_ORM)
def test_what_the_orm_offers_is_refused_in_words_before_the_database_is_asked(lot: Lot, way: str) -> None:
    with pytest.raises(record.Unrecorded, match=r"written through record\.entry alone"):
        BY_THE_ORM[way](lot)
    assert verification.verify().whole


PLAIN: models.QuerySet[Lot] = models.QuerySet(Lot)
PAST_THE_ORM: dict[str, Callable[[Lot], object]] = {
    "base manager update": lambda lot: Lot._base_manager.filter(pk=lot.pk).update(note="x"),
    "base manager delete": lambda lot: PLAIN.filter(pk=lot.pk).delete(),
    "base manager bulk_create": lambda _: PLAIN.bulk_create([Lot(name="x", mass=1)]),
    "base manager bulk_update": lambda lot: PLAIN.bulk_update([lot], ["note"]),
    "save_base": lambda lot: lot.save_base(),
    "the model's own save": models.Model.save,
    "the model's own delete": models.Model.delete,
    "raw insert": lambda _: raw("INSERT INTO gmp_container (version, lot_id, place) SELECT 1, id, 'x' FROM gmp_lot"),
    "raw update": lambda _: raw("UPDATE gmp_lot SET note = 'x'"),
    "raw delete": lambda _: raw("DELETE FROM gmp_lot"),
}


@pytest.mark.parametrize("way", PAST_THE_ORM)
def test_what_goes_around_the_orms_refusal_is_refused_by_the_database(lot: Lot, way: str) -> None:
    lot.note = "x"
    with pytest.raises(DatabaseError, match="no record entry is open"), transaction.atomic():
        PAST_THE_ORM[way](lot)
    assert verification.verify().whole


@pytest.mark.parametrize("way", PAST_THE_ORM)
def test_inside_an_open_entry_it_is_refused_as_not_accounted_for(lot: Lot, way: str) -> None:
    lot.note = "x"
    with pytest.raises(Unaccounted), record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot):
        PAST_THE_ORM[way](lot)
    assert (Lot.objects.get().note, Container.objects.count(), Entry.objects.count()) == ("", 0, 1)
    assert verification.verify().whole


def test_an_honest_change_does_not_cover_a_dishonest_one(lot: Lot) -> None:
    plant.receive_lot("L-2")
    with pytest.raises(Unaccounted), record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot) as entry:
        entry.update(lot, note="honest")
        raw("UPDATE gmp_lot SET note = 'x' WHERE name = 'L-2'")
    assert not Lot.objects.exclude(note="").exists()


@pytest.mark.requirement("ALCOA+ always on")
def test_raw_writes_are_refused_on_every_gmp_table_and_every_table_of_the_ledger() -> None:
    fill_every_table()
    for model in guards.gmp_models():
        for statement in ("UPDATE {} SET version = version + 1", "DELETE FROM {}"):
            with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
                raw(statement.format(model._meta.db_table))
    ledger: list[type[models.Model]] = list(APPEND_ONLY)
    for kept in ledger:
        for row in list(kept._base_manager.all()[:1]):
            with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
                row.save(force_update=True)
            with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
                kept._base_manager.all()._raw_delete("default")
            with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
                kept._base_manager.bulk_create([row])
    assert verification.verify().whole


def test_inside_an_open_entry_the_ledger_cannot_be_changed_either(lot: Lot) -> None:
    for statement in ("UPDATE record_entry SET actor = 'x'", "DELETE FROM record_change", "DELETE FROM record_entry"):
        with (
            pytest.raises(DatabaseError, match="refused"),
            record.entry(LotChanged(name="L-1"), actor=plant.OPERATOR, subject=lot),
        ):
            raw(statement)


def test_a_row_that_has_no_name_of_its_own_is_called_by_its_table(lot: Lot) -> None:
    assert Specimen(pk=7).subject == "gmp_specimen/7"
    assert lot.subject == "lot/L-1"
