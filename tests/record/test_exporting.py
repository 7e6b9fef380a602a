"""Copies of the record for a stranger: whole they verify anywhere, broken they are not given out, altered they tell."""

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from batchwright import record
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record import exporting, keyring, keys, queries, services, verifier
from batchwright.record.entries import SiteKeyRotated
from batchwright.record.models import Checkpoint, Entry, TimeStamp
from batchwright.record.witness import Witness as Outside
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot
from tests.properties.history import run, unguarded
from tests.record import authority
from tests.record.sites import OUTSIDE, Site, register, rotate, signed
from tests.record.strangers import python_alone, said
from tests.record.test_keyring import root_file

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(b)")]

SUBJECT = "lot/L-1"
PDF = b"%PDF certificate of analysis"


@pytest.fixture
def lot(site: Site) -> Lot:
    """A sponsor's lot with three entries, one of them with a file, and another subject's entries between."""
    plant.receive_lot("L-1", sponsor="ACME")
    plant.say("between")
    found = plant.lot_named("L-1")
    with record.entry(NoteMade(text="coa"), actor=plant.OPERATOR, subject=found, sponsor="ACME") as entry:
        entry.attach("coa.pdf", PDF, media_type="application/pdf")
        entry.attach("again.pdf", PDF, media_type="application/pdf")
        entry.update(found, note="with certificate")
    with record.entry(NoteMade(text="seen"), actor=plant.SUPERVISOR, subject=found, sponsor="ACME"):
        pass
    return found


def exported(path: Path, *, actor: record.Actor = plant.SUPERVISOR, reason: str = "inspection") -> exporting.Exported:
    with path.open("wb") as file:
        return exporting.export(SUBJECT, actor=actor, to=file, reason=reason)


def checked(path: Path, *pins: verifier.VerifierKey) -> verifier.Report:
    return verifier.verify_export(verifier.open_export(path), pins)


def holds(path: Path, *pins: verifier.VerifierKey) -> bool:
    report = checked(path, *pins)
    assert report.ok, report.fault
    return report.pinned == bool(pins)


def held(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


class TestACopy:
    def test_it_holds_the_subjects_entries_proofs_files_keys_and_the_verifier(self, lot: Lot, tmp_path: Path) -> None:
        path = tmp_path / "lot.zip"
        made = exported(path)
        files = held(path)
        numbers = [f"{seq:08d}" for seq in (1, 3, 4)]
        assert set(files) == {
            "manifest.json", "manifest.sig", "checkpoint.txt", "keys.json", "verify.py", "timestamps/1.local",
            f"attachments/{json.loads(files['manifest.json'])['attachments'][0]['sha256']}",
            *(f"entries/{number}.json" for number in numbers), *(f"proofs/{number}.json" for number in numbers),
        }  # fmt: skip
        assert (made.subject, made.entries, made.attachments) == (SUBJECT, 3, 1)
        assert files["entries/00000003.json"] == bytes(Entry.objects.get(seq=3).body)
        assert PDF in files.values()
        assert {item["file"]: item["sha256"] for item in json.loads(files["manifest.json"])["files"]} == {
            name: hashlib.sha256(files[name]).hexdigest() for name in ("keys.json", "timestamps/1.local")
        }
        assert holds(path)
        assert holds(path, keyring.signing_key().public)

    def test_that_it_was_given_out_is_itself_on_record(self, lot: Lot, tmp_path: Path) -> None:
        made = exported(tmp_path / "lot.zip", reason="inspection of 2026")
        entry = Entry.objects.order_by("-seq")[0]
        assert (entry.type, entry.subject, entry.sponsor) == ("record.exported/1", SUBJECT, "ACME")
        assert (entry.actor, entry.reason) == (plant.SUPERVISOR.id, "inspection of 2026")
        assert entry.content["data"]["manifest_sha256"] == made.manifest_sha256
        assert entry.sentence == f"Record of {SUBJECT} exported: 3 entries up to checkpoint #{made.tree_size}"
        again = exported(tmp_path / "again.zip")
        assert again.entries == 4
        assert holds(tmp_path / "again.zip")

    def test_a_checkpoint_that_covers_the_subject_is_used_again(self, lot: Lot, tmp_path: Path) -> None:
        signed()
        made = exported(tmp_path / "lot.zip")
        assert made.tree_size == Checkpoint.objects.get().tree_size

    def test_a_subject_that_nobody_knows_is_refused(self) -> None:
        with pytest.raises(DomainError, match="knows no such subject: lot/L-1"):
            exporting.export(SUBJECT, actor=plant.SUPERVISOR, to=io.BytesIO())

    def test_it_verifies_after_the_site_changed_its_key(self, lot: Lot, tmp_path: Path) -> None:
        old = keyring.signing_key().public
        signed()
        rotate()
        for number in range(2):
            path = tmp_path / f"{number}.zip"
            exported(path)
            assert holds(path, keyring.signing_key().public)
            assert holds(path, old)  # the old key handed over
            listed = json.loads(held(path)["keys.json"])
            assert [item["retired_at_seq"] for item in listed] == [item["valid_from_seq"] for item in listed[1:]] + [
                None
            ]
            rotate("again")

    def test_after_a_compromise_the_old_key_vouches_for_nothing(self, lot: Lot, tmp_path: Path) -> None:
        old = keyring.signing_key().public
        signed()
        rotate("stolen", compromised=True)
        exported(tmp_path / "lot.zip")
        assert holds(tmp_path / "lot.zip", keyring.signing_key().public)
        assert checked(tmp_path / "lot.zip", old).fault is not None

    def test_it_carries_the_time_stamp_of_an_outside_authority(self, site: Site, lot: Lot, tmp_path: Path) -> None:
        with authority.serving(authority.made(tmp_path)) as outside:
            site.configure(tsa_url=outside.url, tsa_roots=root_file(tmp_path, outside))
            exported(tmp_path / "lot.zip")
        token = held(tmp_path / "lot.zip")["timestamps/1.rfc3161"]
        assert token == bytes(TimeStamp.objects.get().token)
        said = {check.name: check.detail for check in checked(tmp_path / "lot.zip").checks}
        assert "outside authority" in said["time stamps"]

    def test_an_authority_that_does_not_answer_does_not_stop_it(self, site: Site, lot: Lot, tmp_path: Path) -> None:
        site.configure(tsa_url="http://127.0.0.1:9/")
        exported(tmp_path / "lot.zip")
        assert holds(tmp_path / "lot.zip")

    @pytest.mark.requirement("11.10(c)")
    def test_a_key_that_is_gone_stops_it(self, site: Site, lot: Lot, tmp_path: Path) -> None:
        signed()
        site.key_file().unlink()
        with pytest.raises(Unavailable, match="is not there"):
            exported(tmp_path / "lot.zip")


class TestWhoMaySeeIt:
    def test_a_sponsor_takes_a_copy_of_its_own_subject(self, lot: Lot, tmp_path: Path) -> None:
        assert exported(tmp_path / "lot.zip", actor=plant.SPONSOR_A).entries == 3
        assert holds(tmp_path / "lot.zip")
        assert Entry.objects.order_by("-seq")[0].actor == plant.SPONSOR_A.id

    def test_another_sponsor_learns_not_even_that_there_is_one(self, lot: Lot, tmp_path: Path) -> None:
        with pytest.raises(DomainError, match="knows no such subject"):
            exported(tmp_path / "lot.zip", actor=plant.SPONSOR_B)

    def test_a_sponsor_who_may_see_only_part_of_a_subject_gets_no_copy_with_gaps(
        self, lot: Lot, tmp_path: Path
    ) -> None:
        plant.change_lot(lot, note="the plant's own")
        with record.entry(NoteMade(text="x"), actor=plant.OPERATOR, subject=lot, sponsor="ACME"):
            pass
        with pytest.raises(verifier.Broken, match="number 5 of its subject where number 4 should be"):
            exported(tmp_path / "lot.zip", actor=plant.SPONSOR_A)
        assert (tmp_path / "lot.zip").read_bytes() == b""

    def test_it_names_no_other_sponsors_witness(self, lot: Lot, tmp_path: Path) -> None:
        witnesses = {
            code: keys.SigningKey(f"{code}.example/w", Ed25519PrivateKey.generate()) for code in ("acme", "beta")
        }
        register(OUTSIDE)
        for code, witness in witnesses.items():
            register(witness, sponsor=code.upper())
        head = signed()
        for witness in (OUTSIDE, *witnesses.values()):
            line = Outside(witness, (keyring.signing_key().public,)).consider(head.note)
            services.add_cosignature(head.tree_size, line)
        exported(tmp_path / "lot.zip")
        note = held(tmp_path / "lot.zip")["checkpoint.txt"].decode()
        assert OUTSIDE.name in note
        assert "acme.example/w" in note
        assert "beta.example/w" not in note
        assert holds(tmp_path / "lot.zip", keyring.signing_key().public, OUTSIDE.cosigner, witnesses["acme"].cosigner)
        assert checked(tmp_path / "lot.zip", witnesses["beta"].cosigner).fault is not None


def edit_entry(_site: Site) -> None:
    with unguarded("record_entry"):
        body = bytes(Entry.objects.get(seq=3).body).replace(b"coa", b"COA")
        run("UPDATE record_entry SET body = %s WHERE seq = 3", body)


def rehash_entry(_site: Site) -> None:
    with unguarded("record_entry"):
        body = bytes(Entry.objects.get(seq=3).body).replace(b"coa", b"COA")
        run("UPDATE record_entry SET body = %s, hash = %s WHERE seq = 3", body, verifier.leaf_hash(body))


def hide_entry(_site: Site) -> None:
    with unguarded("record_entry"):
        run("UPDATE record_entry SET subject = 'elsewhere' WHERE seq = 3")


def edit_attachment(site: Site) -> None:
    for path in site.folder.glob("attachments/??/??/*"):
        path.write_bytes(b"other")


def lose_attachment(site: Site) -> None:
    for path in site.folder.glob("attachments/??/??/*"):
        path.unlink()


def edit_checkpoint(_site: Site) -> None:
    with unguarded("record_checkpoint"):
        run("UPDATE record_checkpoint SET note = %s", Checkpoint.objects.get().note.replace("\n5\n", "\n6\n"))


def edit_stamp(_site: Site) -> None:
    with unguarded("record_timestamp"):
        run("UPDATE record_timestamp SET token = %s", b"no stamp")


def forge_key(_site: Site) -> None:
    own = keys.SigningKey(keyring.origin(), Ed25519PrivateKey.generate())
    data = {"old_vkey": own.vkey, "new_vkey": own.vkey, "new_fingerprint": "f", "compromised": False, "handover": None}
    forged = SiteKeyRotated.model_validate(data)
    with record.entry(forged, actor=plant.SUPERVISOR, subject="site-key/x", reason="forged"):
        pass


@pytest.mark.requirement("11.10(a)")
class TestABrokenRecord:
    @pytest.mark.parametrize(
        "deed",
        [
            edit_entry,
            rehash_entry,
            hide_entry,
            edit_attachment,
            lose_attachment,
            edit_checkpoint,
            edit_stamp,
            forge_key,
        ],
        ids=lambda deed: deed.__name__.replace("_", " "),
    )
    def test_no_copy_is_given_out_and_none_is_recorded(self, site: Site, lot: Lot, tmp_path: Path, deed: Any) -> None:
        signed()
        deed(site)
        count = Entry.objects.count()
        with pytest.raises(verifier.Broken):
            exported(tmp_path / "lot.zip")
        assert (tmp_path / "lot.zip").read_bytes() == b""
        assert Entry.objects.count() == count

    def test_a_subject_that_no_checkpoint_comes_to_cover_is_refused(
        self, lot: Lot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for answer in (lambda: None, _unavailable):
            monkeypatch.setattr(services, "checkpoint", answer)
            with pytest.raises((verifier.Broken, Unavailable), match=r"no checkpoint covers|not there"):
                exporting.export(SUBJECT, actor=plant.SUPERVISOR, to=io.BytesIO())
        assert queries.latest_checkpoint() is None


def _unavailable() -> None:
    raise Unavailable("It is not there")


STEPS = {
    "checkpoint.txt": "checkpoint", "keys": "checkpoint", "manifest": "manifest", "manifest.sig": "manifest",
    "entries": "entries", "proofs": "entries", "attachments": "entries", "timestamps": "time stamps",
}  # fmt: skip
"""In which step of `verify.py` an altered file is found."""


class TestInAStrangersHands:
    @pytest.fixture
    def alone(self, tmp_path: Path) -> Path:
        """A Python that has `cryptography` and what that stands on, and nothing else."""
        return python_alone(tmp_path / "alone")

    def test_it_verifies_where_there_is_only_cryptography_and_names_what_was_altered(
        self, lot: Lot, alone: Path, tmp_path: Path
    ) -> None:
        exported(tmp_path / "lot.zip")
        folder = tmp_path / "unpacked"
        with zipfile.ZipFile(tmp_path / "lot.zip") as zipped:
            zipped.extractall(folder)
        missing = subprocess.run([alone, "-I", "-c", "import django"], capture_output=True, check=False)
        assert missing.returncode == 1
        code, told = said(alone, folder, "--key", keyring.signing_key().vkey)
        assert code == 0, told
        assert told.rstrip().endswith(f"AS RECORDED: {SUBJECT}")
        code, told = said(alone, folder, "--json", str(tmp_path / "lot.zip"))
        assert (code, json.loads(told)["ok"]) == (0, True)
        entry = folder / "entries" / "00000003.json"
        whole = entry.read_bytes()
        entry.write_bytes(whole.replace(b'"text":"coa"', b'"text":"cob"'))
        code, told = said(alone, folder)
        assert code == 1
        assert "NOT AS RECORDED: entry 3: note.made/1" in told

    def test_one_flipped_byte_in_any_file_is_found_and_named(self, lot: Lot, tmp_path: Path) -> None:
        exported(tmp_path / "lot.zip")
        key = keyring.signing_key().public
        for name, content in held(tmp_path / "lot.zip").items():
            if name == "verify.py":
                continue  # the stranger has it from the site itself, or reads it
            for place in {0, len(content) // 2, len(content) - 1}:
                altered = {**held(tmp_path / "lot.zip"), name: flipped(content, place)}
                with zipfile.ZipFile(tmp_path / "altered.zip", "w") as zipped:
                    for other, bytes_of in altered.items():
                        zipped.writestr(other, bytes_of)
                report = checked(tmp_path / "altered.zip", key)
                said, step = str(report.fault), report.checks[-1].name
                kind, _, number = name.removesuffix(".json").rpartition("/")
                assert (step, report.ok) == (STEPS[kind or number], False), (name, place, said)
                if kind in ("entries", "proofs"):
                    assert said.startswith(f"entry {int(number)}: "), (name, place, said)
                if kind == "attachments":
                    assert said.startswith("entry 3: ")
                    assert "coa.pdf" in said


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
