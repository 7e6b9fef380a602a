"""A plant that an earlier version filled is migrated, and nothing of it is lost or changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from batchwright.kernel.quantity import Quantity
from batchwright.materials import services
from batchwright.materials.models import Container, Lot
from batchwright.record import guards, images, rows, rules, verification
from batchwright.record.models import Entry
from batchwright.site import start
from tests.conftest import PlantDatabase
from tests.execution.replaying import is_whole_and_replays
from tests.materials.warehouse import furnish

BEFORE = {"execution": "0001", "plant": "0002", "materials": "0002"}
"""The tables of an earlier version: without vessels, measurements, the potency of lots, and the kind of containers."""
COLUMNS = ("assay", "certificate", "water")
LATER: dict[Any, tuple[str, ...]] = {Lot: COLUMNS, Container: ("kind",)}


@contextmanager
def earlier_version() -> Iterator[None]:
    """A program that knows nothing of the columns which the later migrations bring, nor of the rules about them."""
    known, held = {model: model._meta.local_fields for model in LATER}, rules.registered()
    older = tuple(one for one in held if not any(name in one.event for name in COLUMNS))
    assert len(older) < len(held)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "registered", lambda: older)
        _know({model: [one for one in known[model] if one.name not in new] for model, new in LATER.items()})
        try:
            yield
        finally:
            _know(known)


def _know(fields: dict[Any, list[Any]]) -> None:
    """Let the models have these columns, and nothing remember others."""
    for model, own in fields.items():
        options: Any = model._meta
        options.local_fields = own
        options._expire_cache()
    images.columns.cache_clear()
    rows.table.cache_clear()


@pytest.mark.slow
@pytest.mark.requirement("11.10(c)", "Annex 11, 4")
def test_a_filled_plant_is_migrated_and_its_record_verifies_and_rebuilds_it(
    plant_database: PlantDatabase, tmp_path: Path
) -> None:
    with earlier_version():
        for app, migration in BEFORE.items():
            call_command("migrate", app, migration, verbosity=0, interactive=False)
        warehouse = furnish()
        kept, used = warehouse.receive("25 kg", "25 kg"), warehouse.receive("5 kg")
        untested, made = warehouse.receive(approved=False), warehouse.make()
        container = Container.objects.get(lot_id=used.pk)
        services.consume(
            actor=warehouse.actor("operator"), container=container, amount=Quantity.parse("2 kg"), into=made
        )
        written = Entry.objects.filter(subject=kept.subject, type="lot.received/1").get()
    before = Entry.objects.count()
    (image,) = [one["after"] for one in written.content["changes"] if one["table"] == "materials_lot"]
    assert not {*COLUMNS} & image.keys(), "the record was written by a version that did not have them"
    assert [one.name for one in start.check() if not one.fine] == ["migrations"], "it refuses to start on old tables"

    start.migrate()

    migrated = Entry.objects.get(seq=before + 1)
    assert migrated.type == "schema.migrated/1"
    applied = set(migrated.content["data"]["applied"])
    assert {"materials.0003_potency", "materials.0004_container_kind", "execution.0002_vessels"} <= applied
    assert all(one.fine for one in start.check())
    assert guards.faults() == []
    assert verification.verify().whole
    assert warehouse.lot(kept).assay == ""
    assert warehouse.container(kept).kind == ""

    # what was there before goes on, in its new columns
    services.certify_lot(
        actor=warehouse.actor("analyst"),
        lot=warehouse.lot(untested),
        assay=Quantity.parse("98.6 %"),
        certificate="C-12",
    )
    assert warehouse.lot(untested).certificate == "C-12"
    assert is_whole_and_replays(tmp_path)
