"""A copy of a subject with what is below it, and with files that go with it: complete, and each part vouched for."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.record import exporting, keyring, verifier
from batchwright.record.models import Checkpoint, Entry
from tests.gmp import plant
from tests.gmp.entries import NoteMade

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(b)")]

PAGES = b"%PDF pages of the batch"


def note(subject: str, text: str, *, sponsor: str | None = "ACME") -> None:
    with record.entry(NoteMade(text=text), actor=plant.OPERATOR, subject=subject, sponsor=sponsor):
        pass


@pytest.fixture
def batch() -> str:
    """A batch with a run and an exception, among things whose names only look alike."""
    for subject in ("batch/B-1", "batch/B-1/run/1", "batch/B-10", "batch/b-1/run/9", "batch/B-1", "batch/B-1/run/1",
                    "batch/B-1/exception/E-7", "batch/B-1x/run/1"):  # fmt: skip
        note(subject, f"about {subject}")
    return "batch/B-1"


def pages(_head: Checkpoint, _entries: Sequence[Entry]) -> dict[str, bytes]:
    return {"files/record.pdf": PAGES}


def exported(subject: str, *, actor: record.Actor = plant.SUPERVISOR) -> bytes:
    to = io.BytesIO()
    exporting.export(subject, actor=actor, to=to, reason="inspection", below=True, companions=pages)
    return to.getvalue()


def altered(zipped: bytes, path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same zip with other contents; its manifest is as the site signed it."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as other:
        for name, content in files.items():
            other.writestr(name, content)
    return path


def checked(path: Path) -> verifier.Report:
    return verifier.verify_export(verifier.open_export(path), [keyring.signing_key().public])


def test_everything_below_goes_with_it_and_nothing_whose_name_only_looks_alike(batch: str, tmp_path: Path) -> None:
    path = altered(exported(batch), tmp_path / "batch.zip", lambda _files: None)
    report = checked(path)
    assert report.ok, report.fault
    details = {one.name: one.detail for one in report.checks}
    assert details["entries"].startswith("5 entries of 3 subjects unaltered")
    assert "5 entries of batch/B-1 and what is below it" in details["manifest"]
    listed = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    assert [item["seq"] for item in listed["entries"]] == [1, 2, 5, 6, 7]
    assert (listed["below"], listed["count"]) == (True, 5)


def test_a_file_that_goes_with_it_is_vouched_for_and_an_altered_one_is_named(batch: str, tmp_path: Path) -> None:
    def edit(files: dict[str, bytes]) -> None:
        files["files/record.pdf"] += b"\n% one line more"

    fault = checked(altered(exported(batch), tmp_path / "edited.zip", edit)).fault
    assert fault is not None
    assert (fault.cause, fault.message) == ("edited", "files/record.pdf is not the file that the manifest lists")
    gone = checked(altered(exported(batch), tmp_path / "gone.zip", lambda files: void(files.pop("files/record.pdf"))))
    assert gone.fault is not None
    assert gone.fault.cause == "missing"


def void(_value: object) -> None:
    """A result that nobody needs."""


def left_out(seq: int) -> Callable[[dict[str, bytes]], None]:
    """The manifest as a forger who has the site's key would write it: one entry less."""

    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        manifest["entries"] = [item for item in manifest["entries"] if item["seq"] != seq]
        manifest["count"] = len(manifest["entries"])
        for name in (verifier.entry_path(seq), verifier.proof_path(seq)):
            del files[name]
        resigned(files, manifest)

    return change


def resigned(files: dict[str, bytes], manifest: object) -> None:
    content = json.dumps(manifest).encode()
    text = verifier.manifest_text(sha256(content).hexdigest())
    files.update({"manifest.json": content, "manifest.sig": keyring.signing_key().sign_note(text).encode()})


def test_no_entry_of_anything_below_can_be_left_out_before_its_last(batch: str, tmp_path: Path) -> None:
    fault = checked(altered(exported(batch), tmp_path / "less.zip", left_out(2))).fault
    assert fault is not None
    assert (fault.cause, fault.seq) == ("deleted", 6)
    assert "number 2 of its subject where number 1 should be" in fault.message


def test_a_manifest_that_does_not_say_that_it_holds_more_holds_one_subject(batch: str, tmp_path: Path) -> None:
    for below, cause in ((False, "subject"), ("yes", "format")):

        def change(files: dict[str, bytes], below: object = below) -> None:
            resigned(files, {**json.loads(files["manifest.json"]), "below": below})

        fault = checked(altered(exported(batch), tmp_path / "other.zip", change)).fault
        assert fault is not None
        assert fault.cause == cause


def test_what_is_below_is_no_export_without_the_subject_itself(batch: str, tmp_path: Path) -> None:
    def orphaned(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        own = [item for item in manifest["entries"] if item["seq"] in (1, 5)]
        for item in own:
            del files[item["file"]], files[verifier.proof_path(item["seq"])]
        manifest["entries"] = [item for item in manifest["entries"] if item not in own]
        resigned(files, {**manifest, "count": len(manifest["entries"])})

    fault = checked(altered(exported(batch), tmp_path / "orphan.zip", orphaned)).fault
    assert fault is not None
    assert fault.message == "no entry is about 'batch/B-1' itself"
    with pytest.raises(DomainError, match="knows no such subject: batch/B-1/run"):
        exported("batch/B-1/run")


def test_a_sponsor_from_whom_an_entry_below_is_kept_gets_no_copy_with_gaps(batch: str) -> None:
    note("batch/B-1/run/1", "the plant's own", sponsor=None)
    note("batch/B-1/run/1", "the sponsor's")
    with pytest.raises(verifier.Broken, match="number 4 of its subject where number 3 should be"):
        exported(batch, actor=plant.SPONSOR_A)
    with pytest.raises(DomainError, match="knows no such subject"):
        exported(batch, actor=plant.SPONSOR_B)
