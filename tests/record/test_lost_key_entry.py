"""A record that was robbed of the entry of its key is still held against what that key signed."""

from pathlib import Path

import pytest
from django.conf import settings

from batchwright.record import keyring, services, verification
from batchwright.record.entries import (
    RecordExported,
    SchemaMigrated,
    SiteKeyRegistered,
    SiteKeyRotated,
    WitnessRegistered,
)
from batchwright.record.models import Checkpoint, Cosignature, SiteKey, TimeStamp, Witness
from tests.gmp import plant
from tests.gmp.models import Container, Lot, Specimen
from tests.properties.history import run, unguarded

pytestmark = [pytest.mark.usefixtures("plant_database"), pytest.mark.requirement("11.10(c)")]


def test_the_end_cut_off_with_the_entry_of_the_key_is_located_by_the_key_on_disk() -> None:
    plant.receive_lot("L-1")
    plant.receive_lot("L-2")
    services.checkpoint()
    with unguarded("record_entry", "record_change", "record_site_key", "gmp_lot"):
        run("DELETE FROM record_entry WHERE seq > 1")
        run("DELETE FROM record_change WHERE seq > 1")
        run("DELETE FROM record_site_key")
        run("DELETE FROM gmp_lot WHERE name = 'L-2'")
    found = [(finding.cause, finding.seq) for finding in verification.verify().findings]
    assert ("truncated", 2) in found
    assert found[0] == ("checkpoint", None)


def test_a_key_file_that_others_can_reach_is_not_relied_on() -> None:
    services.checkpoint()
    own = keyring.signing_key().public
    path = Path(settings.CONFIGURATION.keys_folder) / SiteKey.objects.get().file
    with unguarded("record_site_key"):
        run("DELETE FROM record_site_key")
        assert keyring.kept() == [own]
        path.chmod(0o644)
        try:
            assert keyring.kept() == []
        finally:
            path.chmod(0o600)


def test_what_the_record_writes_about_itself_reads_as_a_sentence() -> None:
    rotated = {"old_vkey": "a", "new_vkey": "b", "new_fingerprint": "f" * 64, "handover": None}
    said = [
        SiteKeyRegistered(site="s", vkey="v", fingerprint="0123456789abcdef0"),
        SiteKeyRotated(compromised=True, **rotated),  # type: ignore[arg-type]
        SiteKeyRotated(compromised=False, **rotated),  # type: ignore[arg-type]
        SchemaMigrated(version="1.0", applied=["record.0001"]),
        RecordExported(exported_subject="lot/L", entries=3, tree_size=9, manifest_sha256="x"),
        WitnessRegistered(witness="w", vkey="v"),
    ]
    assert [data.sentence() for data in said] == [
        "Site key 0123456789abcdef registered",
        "Site key replaced after a compromise; new key ffffffffffffffff",
        "Site key rotated; new key ffffffffffffffff",
        "Database brought to version 1.0 in 1 steps",
        "Record of lot/L exported: 3 entries up to checkpoint #9",
        "Witness w registered",
    ]


def test_every_row_says_what_it_is() -> None:
    head = Checkpoint(tree_size=9)
    rows = [head, Cosignature(witness="w", checkpoint=head), TimeStamp(kind="local/1", checkpoint=head),
            SiteKey(vkey="v", fingerprint="f" * 64), Witness(name="w"), Lot(name="L"), Specimen(pk=3),
            Container(place="A", lot=Lot(name="L"))]  # fmt: skip
    assert [str(row) for row in rows] == [
        "checkpoint at 9", "w on 9", "local/1 on 9", "v", "w", "L", "specimen 3", "A of L",
    ]  # fmt: skip
    assert (SiteKey(fingerprint="f" * 64).subject, Witness(name="w").subject) == ("site-key/" + "f" * 16, "witness/w")
