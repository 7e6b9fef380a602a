"""Entries as the plant writes them, made without a plant; and an export of them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from batchwright.record import verifier

SITE = "plant.example/site"
KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"site key of the tests").digest())
WITNESS = "sponsor.example/witness"
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"witness key of the tests").digest())
SITE_VKEY = verifier.VerifierKey.of(SITE, KEY)
WITNESS_VKEY = verifier.VerifierKey.of(WITNESS, WITNESS_KEY, verifier.COSIGNATURE)

Content = dict[str, Any]
Row = tuple[int, str | None, bytes, bytes]


def at(seq: int) -> str:
    """One second per entry."""
    return f"2026-11-22T{seq // 3600:02d}:{seq // 60 % 60:02d}:{seq % 60:02d}.000000Z"


def content(subject: str = "lot/L-0042-K", **changes: Any) -> Content:
    return {
        "actor": "a.novak", "actor_name": "Anna Nováková", "actor_role": "qp", "attachments": [], "attestations": [],
        "changes": [{"after": {"status": "released"}, "before": {"status": "quarantine"}, "key": 42, "table": "lot"}],
        "data": {"note": 'a quoted "prev_hash":"' + "0" * 64 + '","seq":1,"subject_seq":1}'},
        "reason": "meets its specification", "salt": "00112233445566778899aabbccddeeff", "sponsor": None,
        "subject": subject, "type": "lot.released/1", **changes,
    }  # fmt: skip


def body(seq: int, subject_seq: int, prev: bytes, entry: Content, time: str | None = None) -> bytes:
    return verifier.canonical(
        {"at": time or at(seq), "entry": entry, "prev_hash": prev.hex(), "seq": seq, "subject_seq": subject_seq}
    )


def chain(
    count: int,
    entry: Callable[[int], Content] = lambda _seq: content(),
    *,
    start: int = 1,
    prev: bytes = verifier.NO_HASH,
) -> list[Row]:
    """`count` rows; each subject is counted from 1."""
    rows: list[Row] = []
    counts: dict[str, int] = {}
    for seq in range(start, start + count):
        inner = entry(seq)
        counts[inner["subject"]] = counts.get(inner["subject"], 0) + 1
        written = body(seq, counts[inner["subject"]], prev, inner)
        prev = verifier.leaf_hash(written)
        rows.append((seq, at(seq), written, prev))
    return rows


def rechained(rows: Sequence[Row]) -> list[Row]:
    """The rows with every link computed anew, as a thief of the whole database could."""
    made: list[Row] = []
    prev = verifier.NO_HASH
    for place, row in enumerate(rows, start=1):
        old = json.loads(row[2])
        written = verifier.canonical({**old, "seq": place, "prev_hash": prev.hex()})
        prev = verifier.leaf_hash(written)
        made.append((place, old["at"], written, prev))
    return made


def checkpoint(rows: Sequence[Row], *, size: int | None = None) -> verifier.Checkpoint:
    taken = rows[:size]
    return verifier.Checkpoint(SITE, len(taken), verifier.root([row[3] for row in taken]))


def signed(head: verifier.Checkpoint, *, name: str = SITE, key: Ed25519PrivateKey = KEY) -> str:
    return verifier.sign_note(head.text, name=name, key=key)


@dataclass
class Export:
    """Files of an export; every part can be changed before it is written."""

    files: dict[str, bytes] = field(default_factory=dict)

    def change_json(self, name: str, change: Callable[[Any], Any]) -> None:
        """Change a JSON file; `change` alters in place or returns something new."""
        old = json.loads(self.files[name])
        new = change(old)
        self.files[name] = json.dumps(old if new is None else new).encode()

    def change_manifest(self, change: Callable[[Any], Any]) -> None:
        """Change the manifest and sign it again, as a dishonest site could."""
        self.change_json("manifest.json", change)
        self.sign_manifest()

    def sign_manifest(self, *, name: str = SITE, key: Ed25519PrivateKey = KEY) -> None:
        digest = sha256(self.files["manifest.json"]).hexdigest()
        self.files["manifest.sig"] = verifier.sign_note(verifier.manifest_text(digest), name=name, key=key).encode()

    def replace_entry(self, seq: int, written: bytes) -> None:
        """Put other bytes under an entry and into the manifest."""
        path = verifier.entry_path(seq)
        self.files[path] = written

        def listed(manifest: Any) -> None:
            for item in manifest["entries"]:
                if item["file"] == path:
                    item["sha256"] = sha256(written).hexdigest()

        self.change_manifest(listed)

    def write(self, folder: Path) -> Path:
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    def zipped(self) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for name, data in self.files.items():
                made.writestr(name, data)
        return out.getvalue()


def export(
    rows: Sequence[Row],
    subject: str = "lot/L-0042-K",
    *,
    attachments: Mapping[str, bytes] | None = None,
    files: Mapping[str, bytes] | None = None,
    keys: Sequence[Mapping[str, Any]] | None = None,
    cosigned: bool = True,
    stamped: bool = True,
) -> Export:
    """A whole export of one subject."""
    head = checkpoint(rows)
    note = signed(head)
    if cosigned:
        line = verifier.cosign(head.text, name=WITNESS, key=WITNESS_KEY, time=1_795_000_000)
        note = verifier.add_signatures(note, line)
    made = Export({"checkpoint.txt": note.encode(), "verify.py": Path(verifier.__file__).read_bytes()})
    listed = []
    hashes = [row[3] for row in rows]
    for seq, _at, written, _hash in rows:
        if json.loads(written)["entry"]["subject"] != subject:
            continue
        made.files[verifier.entry_path(seq)] = written
        listed.append({"seq": seq, "file": verifier.entry_path(seq), "sha256": sha256(written).hexdigest()})
        proof = [value.hex() for value in verifier.inclusion_proof(hashes, seq - 1)]
        made.files[verifier.proof_path(seq)] = json.dumps(
            {"leaf_index": seq - 1, "tree_size": len(rows), "hashes": proof}
        ).encode()
    for data in (attachments or {}).values():
        made.files[verifier.attachment_path(sha256(data).hexdigest())] = data
    made.files.update(files or {})
    if stamped:
        text = verifier.stamp_text(head.root, "2026-11-22T09:00:00.000000Z")
        made.files["timestamps/1.local"] = verifier.sign_note(text, name=SITE, key=KEY).encode()
    made.files["keys.json"] = json.dumps(keys if keys is not None else [listed_key(SITE_VKEY)]).encode()
    made.files["manifest.json"] = json.dumps(
        {
            "subject": subject, "site": SITE, "entries": listed, "count": len(listed), "tree_size": len(rows),
            "made_at": "2026-11-22T10:00:00.000000Z",
            "attachments": [
                {"sha256": sha256(data).hexdigest(), "size": len(data)} for data in (attachments or {}).values()
            ],
            "files": [
                {"file": name, "sha256": sha256(made.files[name]).hexdigest()} for name in ("keys.json", *(files or {}))
            ],
        }
    ).encode()  # fmt: skip
    made.sign_manifest()
    return made


def listed_key(key: verifier.VerifierKey, **changes: Any) -> dict[str, Any]:
    return {
        "name": key.name, "vkey": key.vkey, "valid_from_seq": 1, "retired_at_seq": None, "reason": "", **changes
    }  # fmt: skip
