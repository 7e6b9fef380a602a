"""A row image says of every kind of column exactly what the table holds, and the row can be made again from it."""

import hashlib
import string
import uuid
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwright import record
from batchwright.kernel.errors import BadInput
from batchwright.record import canonical, images, verification
from tests.conftest import PlantDatabase
from tests.gmp import plant
from tests.gmp.entries import SpecimenTaken
from tests.gmp.models import Lot, Specimen

pytestmark = [pytest.mark.requirement("11.10(b)"), pytest.mark.requirement("11.10(e)")]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
SAFE = canonical.SAFE_INTEGER
JSON = st.recursive(
    st.booleans() | st.integers(-SAFE, SAFE) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "code": TEXT,
    "mark": st.text(string.ascii_lowercase, max_size=40),
    "small": st.integers(-(2**15), 2**15 - 1),
    "whole": st.integers(-(2**31), 2**31 - 1),
    "big": st.integers(-(2**63), 2**63 - 1),
    "grade": st.sampled_from(Specimen.Grade),
    "exact": st.decimals(-99_999_999_999, 99_999_999_999, allow_nan=False, places=4),
    "yes": st.booleans(),
    "day": st.dates(),
    "moment": st.datetimes(
        datetime(1000, 1, 2),  # noqa: DTZ001 - the zones are drawn below
        datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.just(UTC) | st.just(timezone(timedelta(hours=9))),
    ),
    "hour": st.times(),
    "key": st.uuids(),
    "facts": JSON | st.none(),
    "content": st.binary(max_size=60),
}


@pytest.mark.parametrize("column", COLUMNS)
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_column_of_every_kind_is_imaged_as_the_table_holds_it_and_read_back(
    column: str, data: st.DataObject, plant_database: PlantDatabase
) -> None:
    value = data.draw(COLUMNS[column] | st.none())
    with record.entry(SpecimenTaken(), actor=plant.OPERATOR, subject="s") as entry:
        made = entry.create(Specimen(**{column: value}))
    held = Specimen.objects.get(pk=made.pk)
    image = images.of(held)
    assert image == images.of(made)
    canonical.encode(image)
    again = images.row(Specimen, image)
    assert images.of(again) == image
    assert images.digest(images.of(again)) == images.digest(image)
    assert images.continues(Specimen, image, image)


def test_all_specimens_together_verify(plant_database: PlantDatabase) -> None:
    rows: list[dict[str, Any]] = [
        {"exact": "-0.0000", "hour": time(0), "facts": "text", "content": bytearray(b"x"), "key": uuid.UUID(int=0)},
        {"exact": Decimal("99999999999.9999"), "facts": 5, "moment": datetime(2026, 1, 1, tzinfo=UTC), "text": ""},
        {"facts": {"a": (1, 2)}, "text": "\u2028 \x7f \U0001f9ea", "big": -SAFE},
    ]
    for values in rows:
        with record.entry(SpecimenTaken(), actor=plant.OPERATOR, subject="s") as entry:
            entry.create(Specimen(**values))
    report = verification.verify()
    assert report.whole, report.findings


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("facts", {"weight": 1.5}, "facts.weight cannot be held exactly"),
        ("facts", 1.5, "facts cannot be held exactly"),
        ("facts", {"é": 1}, "facts has a key that is not ASCII"),
        ("facts", {"count": 2**53}, "whole number that readers of JSON may round"),
        ("exact", "1E+11", "greater than its column holds"),
        ("exact", "0.00001", "more decimal places than its column holds"),
    ],
)
@pytest.mark.requirement("ALCOA+ accurate")
def test_what_cannot_be_held_exactly_is_refused_and_nothing_is_written(
    plant_database: PlantDatabase, column: str, value: object, said: str
) -> None:
    with pytest.raises(BadInput, match=said), record.entry(SpecimenTaken(), actor=plant.OPERATOR, subject="s") as entry:
        entry.create(Specimen(**{column: value}))
    assert not Specimen.objects.exists()


def test_a_kind_of_column_that_the_record_cannot_hold_is_refused() -> None:
    class Curve(record.GmpModel):
        length = models.FloatField()

        class Meta:
            app_label = "gmp"
            managed = False
            db_table = "gmp_curve"

    try:
        with pytest.raises(BadInput, match=r"gmp_curve.length cannot be held exactly in the record: 1.5"):
            images.of(Curve(length=1.5))
    finally:
        from django.apps import apps

        del apps.all_models["gmp"]["curve"]
        apps.clear_cache()


@pytest.mark.parametrize("held", [SAFE, SAFE + 1, -SAFE - 1, 2**63 - 1, -(2**63)])
def test_a_whole_number_that_readers_of_json_may_round_travels_as_text(
    plant_database: PlantDatabase, held: int
) -> None:
    with record.entry(SpecimenTaken(), actor=plant.OPERATOR, subject="s") as entry:
        made = entry.create(Specimen(big=held))
    fresh = Specimen.objects.get()
    assert fresh.big == held
    image = images.of(fresh)
    assert image["big"] == (held if abs(held) <= SAFE else str(held)) == images.of(made)["big"]
    assert images.row(Specimen, image).big == held  # type: ignore[attr-defined]
    assert verification.verify().whole


def test_a_choice_is_imaged_as_what_the_table_holds() -> None:
    field = Specimen._meta.get_field("grade")
    held = images.value(field, Specimen(grade=Specimen.Grade.HIGH))
    assert (held, type(held)) == (2, int)


def test_a_decimal_without_fixed_places_keeps_its_own() -> None:
    field = models.TextField()
    field.set_attributes_from_name("text")
    assert images.value(field, Specimen(text=Decimal("1.50"))) == "1.50"


@pytest.mark.requirement("11.300")
def test_a_secret_is_on_record_only_as_its_digest(lot: Lot) -> None:
    plant.change_lot(lot, pin="4711")
    [entry] = record.entries_visible_to(record.SITE).filter(type="lot.changed/1")
    digest = "sha256:" + hashlib.sha256(b"4711").hexdigest()
    assert entry.changes[0]["after"]["pin"] == digest
    assert b"4711" not in bytes(entry.body)
    assert images.commitment(digest) == digest
    with connection.cursor() as cursor:
        cursor.execute("SELECT pin FROM gmp_lot")
        assert cursor.fetchone() == ("4711",)


def test_a_secret_that_looks_like_a_digest_and_is_none_does_not_enter_the_record() -> None:
    assert images.commitment(memoryview(b"x")) == images.commitment(b"x") == images.commitment("x")
    assert images.commitment("sha256:hunter2") == "sha256:" + hashlib.sha256(b"sha256:hunter2").hexdigest()


class TestMigrations:
    """Old images still verify after the table has changed its shape."""

    def test_an_added_column_takes_its_default(self) -> None:
        old = {name: held for name, held in _image().items() if name != "status"}
        assert images.of(images.row(Lot, old))["status"] == "quarantine"
        assert images.continues(Lot, old, _image())
        assert not images.continues(Lot, old, _image(status="released"))

    def test_a_renamed_column_is_followed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Lot, "renamed_columns", {"remark": "note"})
        old = _image(note="x")
        old["remark"] = old.pop("note")
        assert images.of(images.row(Lot, old))["note"] == "x"
        assert images.continues(Lot, old, _image(note="x"))
        assert not images.continues(Lot, old, _image(note="y"))

    def test_a_dropped_column_is_left_out(self) -> None:
        old = {**_image(), "colour": "red"}
        assert images.of(images.row(Lot, old)) == _image()
        assert images.continues(Lot, old, _image())
        assert not images.continues(Lot, old, {**_image(), "colour": "blue"})

    def test_a_column_with_more_places_still_compares(self) -> None:
        assert images.continues(Lot, _image(mass="1.5"), _image(mass="1.500"))

    def test_an_image_that_no_longer_reads_does_not_continue(self) -> None:
        assert not images.continues(Lot, _image(made_on="soon"), _image())


def _image(**values: Any) -> images.Image:
    return {**images.of(Lot(id=1, name="L", mass=Decimal(1))), **values}
