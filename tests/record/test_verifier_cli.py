# long-file: every part of an export, harmed in turn
"""`verify.py` in the hands of a stranger: a whole export passes, and whatever was done to it is named."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.record import verifier
from batchwright.record.verifier import Unusable, VerifierKey
from tests.record import chains
from tests.record.chains import KEY, SITE, SITE_VKEY, WITNESS_VKEY, Export
from tests.record.passkeys import Assertion, password, statement

pytestmark = pytest.mark.requirement("11.10(b)")

PDF = b"%PDF certificate"
PDF_SHA = sha256(PDF).hexdigest()
SUBJECT = "lot/L-0042-K"
NEXT_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"the next site key").digest())
NEXT_VKEY = VerifierKey.of(SITE, NEXT_KEY)


def inner(seq: int) -> chains.Content:
    """Every third entry is of the exported lot; the 2nd of them signed, the 3rd with an attachment."""
    if seq % 3:
        return chains.content("lot/L-0043-H")
    if seq == 6:
        signatures = [Assertion().sign(statement()), password(statement())]
        return chains.content(attestations=signatures)
    if seq == 9:
        attached = {"media_type": "application/pdf", "name": "coa.pdf", "sha256": PDF_SHA, "size": len(PDF)}
        return chains.content(attachments=[attached])
    return chains.content()


ROWS = chains.chain(25, inner)


def whole(**options: Any) -> Export:
    return chains.export(ROWS, attachments={"coa.pdf": PDF}, files={"readme.txt": b"hello"}, **options)


def checked(export: Export, tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """Run the program on the unpacked export."""
    return run(export.write(tmp_path / "export"), *arguments)


def run(path: Path, *arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    previous, sys.stdout = sys.stdout, out
    try:
        code = verifier.main([str(path), *arguments])
    finally:
        sys.stdout = previous
    return code, out.getvalue()


class TestAWholeExport:
    def test_it_passes_and_the_key_to_compare_is_shown(self, tmp_path: Path) -> None:
        code, said = checked(whole(), tmp_path)
        assert code == 0, said
        assert "the key was taken from the export itself" in said
        assert SITE_VKEY.vkey in said
        assert SITE_VKEY.fingerprint in said
        assert "attested by the plant" in said
        assert "passkey" in said
        assert "2026-11-22T09:00:00.000000Z by the site itself" in said
        assert said.rstrip().endswith("AS RECORDED: lot/L-0042-K, if the key above is the site's")

    def test_it_passes_with_the_key_that_the_reader_trusts(self, tmp_path: Path) -> None:
        code, said = checked(whole(), tmp_path, "--key", SITE_VKEY.vkey)
        assert code == 0
        assert "!!" not in said
        assert said.rstrip().endswith("AS RECORDED: lot/L-0042-K")

    def test_it_passes_as_a_zip_and_speaks_json(self, tmp_path: Path) -> None:
        path = tmp_path / "export.zip"
        path.write_bytes(whole().zipped())
        code, said = run(path, "--json", "--key", SITE_VKEY.vkey)
        report = json.loads(said)
        assert (code, report["ok"], report["key_pinned"], report["first_bad"]) == (0, True, True, None)
        assert {check["name"] for check in report["checks"]} >= {"checkpoint", "manifest", "entries", "attachments"}

    def test_it_passes_without_witness_stamp_and_further_files(self, tmp_path: Path) -> None:
        export = chains.export(ROWS, attachments={"coa.pdf": PDF}, cosigned=False, stamped=False)
        code, said = checked(export, tmp_path)
        assert code == 0, said
        assert "no witness cosigned" in said

    def test_the_file_in_the_export_is_the_program(self, tmp_path: Path) -> None:
        folder = whole().write(tmp_path / "export")
        done = subprocess.run(
            [sys.executable, "-s", str(folder / "verify.py")], capture_output=True, text=True, check=False,
            env={"PYTHONIOENCODING": "ascii"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "AS RECORDED" in done.stdout
        assert "Nov\\xe1kov\\xe1" in done.stdout
        (folder / verifier.entry_path(3)).write_bytes(b"{}")
        done = subprocess.run(
            [sys.executable, "-I", str(folder / "verify.py")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "NOT AS RECORDED: entry 3" in done.stdout


class TestTrust:
    def test_an_export_of_another_key_is_refused(self, tmp_path: Path) -> None:
        code, said = checked(whole(), tmp_path, "--key", NEXT_VKEY.vkey)
        assert code == 1
        assert "is not a key of this export" in said

    def test_a_forger_with_a_key_of_his_own_is_found_by_the_trusted_one(self, tmp_path: Path) -> None:
        export = whole(keys=[chains.listed_key(NEXT_VKEY)])
        head = chains.checkpoint(ROWS)
        export.files["checkpoint.txt"] = chains.signed(head, key=NEXT_KEY).encode()
        export.sign_manifest(key=NEXT_KEY)
        del export.files["timestamps/1.local"]
        code, said = checked(export, tmp_path)
        assert (code, NEXT_VKEY.fingerprint in said) == (0, True)
        assert run(tmp_path / "export", "--key", SITE_VKEY.vkey)[0] == 1

    def test_a_witness_that_is_trusted_must_have_cosigned(self, tmp_path: Path) -> None:
        code, said = checked(whole(), tmp_path, "--key", WITNESS_VKEY.vkey, "--key", SITE_VKEY.vkey)
        assert code == 0
        assert "cosigned by sponsor.example/witness" in said
        (tmp_path / "export" / "checkpoint.txt").write_bytes(chains.signed(chains.checkpoint(ROWS)).encode())
        code, said = run(tmp_path / "export", "--key", WITNESS_VKEY.vkey)
        assert code == 1
        assert "did not cosign" in said

    def test_a_listed_witness_is_checked_too(self, tmp_path: Path) -> None:
        export = whole(keys=[chains.listed_key(SITE_VKEY), chains.listed_key(WITNESS_VKEY)])
        code, said = checked(export, tmp_path)
        assert code == 0
        assert "cosigned by" in said

    def test_a_key_that_was_handed_over_to_is_trusted_with_the_old_one(self, tmp_path: Path) -> None:
        note = verifier.sign_note(verifier.handover_text(SITE_VKEY.vkey, NEXT_VKEY.vkey), name=SITE, key=KEY)
        keys = [
            chains.listed_key(SITE_VKEY, retired_at_seq=20),
            chains.listed_key(NEXT_VKEY, valid_from_seq=20, handover=note),
        ]
        export = whole(keys=keys, stamped=False)
        export.files["checkpoint.txt"] = chains.signed(chains.checkpoint(ROWS), key=NEXT_KEY).encode()
        export.sign_manifest(key=NEXT_KEY)
        assert checked(export, tmp_path, "--key", SITE_VKEY.vkey)[0] == 0
        assert run(tmp_path / "export")[0] == 0
        del keys[1]["handover"]
        (tmp_path / "export" / "keys.json").write_text(json.dumps(keys))
        code, said = run(tmp_path / "export", "--key", SITE_VKEY.vkey)
        assert code == 1
        assert "no trusted key" in said

    def test_a_forged_handover_is_refused(self, tmp_path: Path) -> None:
        note = verifier.sign_note(verifier.handover_text(SITE_VKEY.vkey, NEXT_VKEY.vkey), name=SITE, key=NEXT_KEY)
        keys = [chains.listed_key(SITE_VKEY), chains.listed_key(NEXT_VKEY, handover=note)]
        code, _ = checked(whole(keys=keys), tmp_path, "--key", SITE_VKEY.vkey)
        assert code == 1

    def test_an_old_checkpoint_keeps_its_old_key_while_the_manifest_has_the_new_one(self, tmp_path: Path) -> None:
        keys = [chains.listed_key(SITE_VKEY, retired_at_seq=30), chains.listed_key(NEXT_VKEY, valid_from_seq=30)]
        export = whole(keys=keys)
        export.sign_manifest(key=NEXT_KEY)
        assert checked(export, tmp_path)[0] == 0

    def test_a_key_that_was_retired_before_the_checkpoint_is_refused(self, tmp_path: Path) -> None:
        for dates in ({"retired_at_seq": 20}, {"valid_from_seq": 26}):
            code, said = checked(whole(keys=[chains.listed_key(SITE_VKEY, **dates)]), tmp_path)
            assert code == 1
            assert "was not the site's key at entry 25" in said

    def test_a_checkpoint_of_another_origin_is_refused(self, tmp_path: Path) -> None:
        export = whole()
        head = verifier.Checkpoint("elsewhere", 25, chains.checkpoint(ROWS).root)
        export.files["checkpoint.txt"] = chains.signed(head).encode()
        code, said = checked(export, tmp_path)
        assert code == 1
        assert "the checkpoint is of 'elsewhere'" in said


def sixth(content: chains.Content | None = None, **members: Any) -> bytes:
    """Entry 6, written again."""
    written = chains.body(6, 2, ROWS[4][3], chains.content() if content is None else content)
    return verifier.canonical({**json.loads(written), **members})


def edit(seq: int, old: bytes, new: bytes) -> Callable[[Export], None]:
    def change(export: Export) -> None:
        path = verifier.entry_path(seq)
        assert old in export.files[path]
        export.files[path] = export.files[path].replace(old, new)

    return change


def proof(change: Callable[[Any], Any]) -> Callable[[Export], None]:
    return lambda export: export.change_json(verifier.proof_path(6), change)


def manifest(change: Callable[[Any], Any]) -> Callable[[Export], None]:
    return lambda export: export.change_manifest(change)


def put(name: str, content: bytes) -> Callable[[Export], None]:
    return lambda export: export.files.update({name: content})


def drop(name: str) -> Callable[[Export], None]:
    def change(export: Export) -> None:
        del export.files[name]

    return change


def replace(seq: int, body: bytes) -> Callable[[Export], None]:
    return lambda export: export.replace_entry(seq, body)


FORGERIES: list[tuple[Callable[[Export], None], str, int | None, str]] = [
    (edit(6, b"a.novak", b"m.weber"), "edited", 6, "lot.released/1: these are not the bytes that the manifest lists"),
    (drop(verifier.entry_path(6)), "missing", 6, "is not in the export"),
    (drop(verifier.proof_path(6)), "missing", 6, "is not in the export"),
    (drop("checkpoint.txt"), "missing", None, "checkpoint.txt is not in the export"),
    (drop("keys.json"), "missing", None, "keys.json is not in the export"),
    (drop("manifest.sig"), "missing", None, "manifest.sig is not in the export"),
    (drop(verifier.attachment_path(PDF_SHA)), "missing", 9, "is not in the export"),
    (drop("readme.txt"), "missing", None, "readme.txt is not in the export"),
    (put(verifier.attachment_path(PDF_SHA), b"other"), "attachment", 9, "'coa.pdf' is not the one"),
    (put("readme.txt", b"other"), "edited", None, "readme.txt is not the file"),
    (put("more.txt", b""), "unlisted", None, "more.txt is in the export and nothing vouches"),
    (put("attachments/" + "0" * 64, b""), "unlisted", None, "nothing vouches"),
    (put("timestamps/2.tsr", b"junk"), "signature", None, "is no time stamp of this checkpoint"),
    (put("timestamps/2.local", b"batchwright time stamp/1\n"), "format", None, "no signature lines"),
    (put("keys.json", b"["), "format", None, "keys.json is not JSON"),
    (put("keys.json", b"[]"), "format", None, "lists no key"),
    (put("keys.json", b"{}"), "format", None, "lists no key"),
    (put("keys.json", b"[5]"), "format", None, "has no 'vkey'"),
    (put("keys.json", json.dumps([chains.listed_key(SITE_VKEY, name="x")]).encode()), "format", None, "another name"),
    (put("keys.json", json.dumps([chains.listed_key(SITE_VKEY, handover=5)]).encode()), "format", None, "'handover'"),
    (put("keys.json", json.dumps([chains.listed_key(SITE_VKEY, reason="x")]).encode()), "edited", None,
     "keys.json is not the file that the manifest lists"),
    (manifest(lambda old: old["files"].pop(0) and None), "unlisted", None, "keys.json is in the export and nothing"),
    (manifest(lambda old: old.pop("files") and None), "unlisted", None, "keys.json is in the export and nothing"),
    (put("checkpoint.txt", b"nothing"), "format", None, "no signature lines"),
    (put("manifest.json", b"{}"), "edited", None, "the manifest is not the one that the site signed"),
    (put(verifier.proof_path(6), b"[]"), "format", 6, "has no 'leaf_index'"),
    (proof(lambda old: {**old, "leaf_index": 6}), "proof", 6, "another place"),
    (proof(lambda old: {**old, "tree_size": 24}), "proof", 6, "another place or another tree"),
    (proof(lambda old: {**old, "hashes": ["x"]}), "proof", 6, "something else than hashes"),
    (proof(lambda old: {**old, "hashes": [5]}), "proof", 6, "something else than hashes"),
    (proof(lambda old: {**old, "hashes": old["hashes"][1:]}), "proof", 6, "too short"),
    (proof(lambda old: {**old, "hashes": old["hashes"] + ["0" * 64]}), "proof", 6, "too long"),
    (manifest(lambda _old: []), "format", None, "has no 'subject'"),
    (manifest(lambda old: {**old, "count": 9}), "format", None, "counts its entries wrongly"),
    (manifest(lambda old: {**old, "entries": [], "count": 0}), "format", None, "counts its entries wrongly"),
    (manifest(lambda old: {**old, "tree_size": 9}), "format", None, "of another checkpoint"),
    (manifest(lambda old: {**old, "site": "elsewhere"}), "format", None, "of another site"),
    (manifest(lambda old: {**old, "subject": "lot/L-1"}), "subject", 3, "it is about 'lot/L-0042-K'"),
    (manifest(lambda old: {**old, "attachments": []}), "attachment", None, "is not both in the manifest"),
    (manifest(lambda old: {**old, "attachments": [PDF_SHA, "x"]}), "format", None, "'x' is not a SHA-256"),
    (manifest(lambda old: {**old, "files": [5]}), "format", None, "has no 'file'"),
    (manifest(lambda old: old["entries"][1].update(file="entries/6.json")), "format", 6, "it is listed as"),
    (manifest(lambda old: old["entries"].pop(1) and old.update(count=7)), "deleted", 9, "number 3 of its subject"),
    (manifest(lambda old: old["entries"].pop(0) and old.update(count=7)), "deleted", 6, "number 2 of its subject"),
    (manifest(lambda old: old["entries"].insert(1, old["entries"][0]) or old.update(count=9)), "reordered", 3, "1 of"),
    (replace(6, b"{}"), "format", 6, "has not the members of an entry"),
    (replace(6, b"5"), "format", 6, "has not the members of an entry"),
    (replace(6, b"{ }"), "edited", 6, "not in canonical form"),
    (replace(6, b"[1.5]"), "format", 6, "no exact form"),
    (replace(6, b"\xff"), "format", 6, "is not JSON"),
    (replace(6, sixth(chains.content("lot/other"))), "subject", 6, "it is about 'lot/other'"),
    (replace(6, sixth(seq=7)), "reordered", 6, "this is entry 7"),
    (replace(6, sixth(at="yesterday")), "format", 6, "malformed"),
    (replace(6, sixth(entry={})), "format", 6, "has no 'type'"),
    (replace(6, sixth()), "proof", 6, "does not lead to the checkpoint's root"),
    (
        replace(6, sixth(at="2025-01-01T00:00:00.000000Z")),
        "backdated", 6, "is before that of the entry before it",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "cause", "seq", "sentence"), FORGERIES)
def test_a_forged_export_is_refused_and_the_first_bad_thing_is_named(
    change: Callable[[Export], None], cause: str, seq: int | None, sentence: str, tmp_path: Path
) -> None:
    export = whole()
    change(export)
    code, said = checked(export, tmp_path, "--json")
    found = json.loads(said)["first_bad"]
    assert (code, found["cause"], found["seq"]) == (1, cause, seq), found
    assert sentence in found["message"]
    code, said = run(tmp_path / "export")
    assert code == 1
    assert "NOT AS RECORDED: " in said
    assert len(re.findall("^BAD", said, re.MULTILINE)) == 1


class TestWhatADishonestSiteCouldSign:
    """The site's key can sign any manifest; the content must hold by itself."""

    def export(self, entry: Callable[[int], chains.Content], **options: Any) -> Export:
        return chains.export(chains.chain(4, entry), **options)

    def refused(self, export: Export, tmp_path: Path, sentence: str) -> None:
        code, said = checked(export, tmp_path)
        assert code == 1
        assert sentence in said

    def test_a_signature_of_another_record(self, tmp_path: Path) -> None:
        stolen = Assertion().sign(statement(subject="lot/L-0043-H"))
        self.refused(self.export(lambda _seq: chains.content(attestations=[stolen])), tmp_path, "another record")

    @pytest.mark.parametrize("signature", [5, {}, {"kind": "x"}])
    def test_a_malformed_signature(self, tmp_path: Path, signature: Any) -> None:
        self.refused(self.export(lambda _seq: chains.content(attestations=[signature])), tmp_path, "signature")

    def test_an_entry_chained_to_another_than_its_neighbour(self, tmp_path: Path) -> None:
        rows = chains.chain(4)
        body = verifier.canonical({**json.loads(rows[2][2]), "prev_hash": "f" * 64})
        rows[2] = (3, None, body, verifier.leaf_hash(body))
        self.refused(chains.export(rows), tmp_path, "entry 3: lot.released/1: it is chained to another entry")

    def test_entries_of_one_number(self, tmp_path: Path) -> None:
        rows = chains.chain(2)
        body = verifier.canonical({**json.loads(rows[1][2]), "subject_seq": 3})
        export = chains.export(rows)
        export.replace_entry(2, body)
        self.refused(export, tmp_path, "number 3 of its subject where number 2")
        body = verifier.canonical({**json.loads(rows[1][2]), "seq": 1})
        path, other = verifier.entry_path(1), dict(export.files)
        other[path] = body
        again = Export(other)

        def twice(listed: Any) -> None:
            listed["entries"] = [{"seq": 1, "file": path, "sha256": sha256(body).hexdigest()} for _ in range(2)]

        again.change_manifest(twice)
        self.refused(again, tmp_path / "again", "number 2 of its subject where number 1")

    def test_an_entry_behind_a_later_one(self, tmp_path: Path) -> None:
        rows = chains.chain(3)
        bodies = [
            verifier.canonical({**json.loads(row[2]), "subject_seq": number})
            for row, number in zip(rows, (2, 1, 3), strict=True)
        ]
        rows = [(seq, None, body, verifier.leaf_hash(body)) for seq, body in enumerate(bodies, start=1)]
        export = chains.export(rows)
        export.change_manifest(lambda old: old["entries"].reverse() or old["entries"].append(old["entries"].pop(0)))
        self.refused(export, tmp_path, "it stands after entry 2")

    def test_a_stamp_of_an_outside_authority_is_left_to_its_own_tool(self, tmp_path: Path) -> None:
        export = whole()
        export.files["timestamps/2.tsr"] = b"DER" + sha256(chains.checkpoint(ROWS).root).digest()
        code, said = checked(export, tmp_path)
        assert code == 0
        assert "openssl ts -verify" in said

    def test_text_cannot_steer_the_terminal(self, tmp_path: Path) -> None:
        subject = "lot/\x1b[2J\nok   forged line"
        _, said = checked(chains.export(chains.chain(2, lambda _seq: chains.content(subject)), subject), tmp_path)
        assert "\x1b" not in said
        assert "\nok   forged" not in said


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("entries/link")
    info.external_attr = 0o120777 << 16
    return info


class TestWhatIsNoExport:
    def refused(self, path: Path, sentence: str) -> None:
        code, said = run(path)
        assert code == 2
        assert sentence in said
        assert said.count("\n") == 1
        code, said = run(path, "--json")
        assert code == 2
        assert sentence in json.loads(said)["error"]

    def test_nothing_there(self, tmp_path: Path) -> None:
        self.refused(tmp_path / "none", "there is nothing at")

    def test_a_folder_of_something_else(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "there is no manifest.json")

    @pytest.mark.parametrize(
        "content", [b"", b"no zip", b"PK\x03\x04", whole().zipped()[:-30], whole().zipped()[:2000]]
    )
    def test_a_file_that_is_no_whole_zip(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(content)
        self.refused(path, "is not a whole zip file")

    @pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a\\x", "C:/x", "a//x", "./x", "a\nb"])
    def test_a_path_that_leads_out(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(zip_of(("manifest.json", b"{}"), (name, b"")))
        self.refused(path, "could lie outside")

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_name_twice(self, tmp_path: Path) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(zip_of(("manifest.json", b"{}"), ("manifest.json", b"[]")))
        self.refused(path, "two files of the same name")

    def test_a_link(self, tmp_path: Path) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(zip_of(("manifest.json", b"{}"), (link(), b"/etc/passwd")))
        self.refused(path, "holds a link")
        folder = whole().write(tmp_path / "export")
        (folder / "attachments" / "link").symlink_to("/etc")
        self.refused(folder, "is a link")

    def test_another_compression(self, tmp_path: Path) -> None:
        path = tmp_path / "x.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as made:
            made.writestr("manifest.json", b"{}")
        self.refused(path, "compressed in a way")

    def test_a_bomb(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(whole().zipped())
        monkeypatch.setattr(verifier, "MAX_FILE", 100)
        self.refused(path, "is longer than")
        monkeypatch.setattr(verifier, "MAX_UNPACKED", 1000)
        self.refused(path, "that is no export")

    def test_too_many_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(whole().zipped())
        monkeypatch.setattr(verifier, "MAX_FILES", 5)
        self.refused(path, "that is no export")

    def test_damage_inside_of_the_zip(self, tmp_path: Path) -> None:
        content = bytearray(whole().zipped())
        place = content.index(b"checkpoint.txt") + 40
        content[place] ^= 0xFF
        path = tmp_path / "x.zip"
        path.write_bytes(content)
        self.refused(path, "is damaged")

    def test_a_file_that_cannot_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = whole().write(tmp_path / "export")

        def fail(*_arguments: Any) -> Any:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", fail)
        self.refused(folder, "cannot be read: Permission denied")

    def test_a_key_that_is_none(self, tmp_path: Path) -> None:
        code, said = checked(whole(), tmp_path, "--key", "nonsense")
        assert code == 2
        assert "is not a verifier key" in said

    def test_folders_in_the_zip_do_no_harm(self, tmp_path: Path) -> None:
        path = tmp_path / "x.zip"
        members = [("entries/", b""), *whole().files.items()]
        path.write_bytes(zip_of(*members))
        assert run(path)[0] == 0


@settings(deadline=None, max_examples=120)
@given(data=st.data())
def test_no_changed_file_of_an_export_is_passed(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    export = whole()
    name = data.draw(st.sampled_from(sorted(set(export.files) - {"verify.py"})))
    octets = bytearray(export.files[name])
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    export.files[name] = bytes(octets)
    folder = export.write(tmp_path_factory.mktemp("export"))
    report = verifier.verify_export(verifier.FolderSource(folder), [SITE_VKEY])
    if report.ok:  # blanks and other spellings of unsigned JSON, an unknown witness: the content is the same
        assert name == "checkpoint.txt" or name.startswith("proofs/")


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_damaged_zip_never_breaks_the_verifier(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = bytearray(ZIPPED)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("zip") / "x.zip"
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    try:
        verifier.verify_export(verifier.open_export(path), [SITE_VKEY])
    except Unusable:
        return


ZIPPED = whole().zipped()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["seq", "file", "sha256", "entries"]), part)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(name=st.sampled_from(["keys.json", "manifest.json", verifier.proof_path(6)]), content=JSON)
def test_any_json_in_any_place_is_refused_in_words(
    name: str, content: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    export = whole()
    export.files[name] = json.dumps(content).encode()
    export.sign_manifest()
    report = verifier.verify_export(verifier.FolderSource(export.write(tmp_path_factory.mktemp("export"))))
    assert report.fault is not None
