"""One zip that a stranger can check: a subject's entries, their proofs, the keys, and the verifier itself."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Self

from django.db.models import Q

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record import keyring, queries, services, stores, verifier
from batchwright.record.actor import Actor
from batchwright.record.entries import RecordExported
from batchwright.record.journal import entry
from batchwright.record.models import Checkpoint, Entry


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    subject: str
    entries: int
    attachments: int
    tree_size: int
    manifest_sha256: str


Companions = Callable[[Checkpoint, Sequence[Entry]], Mapping[str, bytes]]
"""Given the checkpoint and the entries of an export, the files that go with them, by name."""


def export(
    subject: str, *, actor: Actor, to: IO[bytes], reason: str = "", below: bool = False,
    companions: Companions | None = None,
) -> Exported:  # fmt: skip
    """Write a subject's record as one zip, and record that a copy was given out.

    Args:
        subject: What to export.
        actor: Who asks; only entries that the actor may see are written.
        to: The file that takes the zip.
        reason: What the copy is for.
        below: Whether what is below the subject goes with it: ``batch/B-1/run/3`` with ``batch/B-1``.
        companions: Makes files that go with the entries, such as their pages; the manifest vouches for them.

    Returns:
        What was written.

    Raises:
        DomainError: If the actor can see no such subject.
        verifier.Broken: If the record does not hold, or the subject's entries are not all the actor's to see; a
            broken copy is not given out.
        Unavailable: If the site's key is gone.
    """
    written = _entries(subject, actor, below)
    if not any(found.subject == subject for found in written):
        raise DomainError("The record knows no such subject", value=subject, remedy="Search for it in the record.")
    with tempfile.NamedTemporaryFile(prefix="record-export-", suffix=".zip") as staged:
        with _Zip(staged) as out:
            made = _write(out, subject, written, companions, below=below)
        staged.flush()
        _check(Path(staged.name))
        data = RecordExported(
            exported_subject=subject,
            entries=made.entries,
            tree_size=made.tree_size,
            manifest_sha256=made.manifest_sha256,
        )
        with entry(data, actor=actor, subject=subject, sponsor=written[-1].sponsor, reason=reason):
            pass
        staged.seek(0)
        shutil.copyfileobj(staged, to)
    return made


def _entries(subject: str, actor: Actor, below: bool) -> list[Entry]:
    named = Q(subject=subject) | Q(subject__startswith=f"{subject}/") if below else Q(subject=subject)
    found = queries.entries_visible_to(actor).filter(named).order_by("seq")
    # SQLite takes capital and small letters for the same where a text only begins with another.
    return [one for one in found if one.subject == subject or one.subject.startswith(f"{subject}/")]


def _check(path: Path) -> None:
    """Look at the copy as the stranger will who trusts nothing but the site's key of today."""
    report = verifier.verify_export(verifier.open_export(path), [keyring.signing_key().public])
    if report.fault is not None:
        raise report.fault


def _covering(seq: int) -> Checkpoint:
    latest = queries.latest_checkpoint()
    if latest is not None and latest.tree_size >= seq:
        return latest
    try:
        services.checkpoint()
    except Unavailable:
        # Without an outside time stamp a checkpoint stands all the same.
        latest = queries.latest_checkpoint()
        if latest is None or latest.tree_size < seq:
            raise
        return latest
    latest = queries.latest_checkpoint()
    if latest is None or latest.tree_size < seq:
        raise verifier.Broken("no checkpoint covers the subject", seq=seq, cause="checkpoint")
    return latest


class _Zip:
    """A zip that knows the digest of everything in it."""

    def __init__(self, to: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED)
        self._at = clock.now().timetuple()[:6]

    def add(self, name: str, content: bytes) -> str:
        self._zip.writestr(zipfile.ZipInfo(name, self._at), content, zipfile.ZIP_DEFLATED)
        return sha256(content).hexdigest()

    def add_json(self, name: str, content: Any) -> str:
        return self.add(name, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()


def _write(
    out: _Zip, subject: str, written: list[Entry], companions: Companions | None, *, below: bool
) -> Exported:  # fmt: skip
    known = _known_keys()
    # The checkpoint is signed with the key of today too, so that this key alone needs to be trusted.
    head = _covering(max(written[-1].seq, *(made.seq for made in known)))
    tree = queries.StoredTree()
    listed = []
    for found in written:
        file = f"entries/{found.seq:08d}.json"
        listed.append({"seq": found.seq, "file": file, "sha256": out.add(file, bytes(found.body))})
        proof = verifier.inclusion_proof_from(tree, found.seq - 1, head.tree_size)
        out.add_json(
            f"proofs/{found.seq:08d}.json",
            {"leaf_index": found.seq - 1, "tree_size": head.tree_size, "hashes": [part.hex() for part in proof]},
        )
    attachments = _attachments(out, written)
    cosigned = queries.cosignatures_for(head, written[-1].sponsor)
    lines = [verifier.NoteSignature.parse(cosignature.line) for cosignature in cosigned]
    out.add("checkpoint.txt", verifier.add_signatures(head.note, *lines).encode())
    # Under the manifest's signature too, so that nobody changes from when to when a key was the site's.
    files = [{"file": "keys.json", "sha256": out.add_json("keys.json", _listed(known))}]
    for number, stamp in enumerate(head.timestamps.order_by("id"), start=1):
        file = f"timestamps/{number}.{stamp.kind.partition('/')[0]}"
        files.append({"file": file, "sha256": out.add(file, bytes(stamp.token))})
    for file, content in (companions(head, written) if companions is not None else {}).items():
        files.append({"file": file, "sha256": out.add(file, content)})
    out.add("verify.py", Path(verifier.__file__).read_bytes())
    manifest = json.dumps(
        {
            "attachments": attachments,
            **({"below": True} if below else {}),
            "count": len(listed),
            "entries": listed,
            "files": files,
            "made_at": clock.iso(clock.now()),
            "site": head.key_name,
            "subject": subject,
            "tree_size": head.tree_size,
        },
        indent=1, sort_keys=True, ensure_ascii=False,
    ).encode()  # fmt: skip
    digest = out.add("manifest.json", manifest)
    out.add("manifest.sig", keyring.signing_key().sign_note(verifier.manifest_text(digest)).encode())
    return Exported(subject, len(listed), len(attachments), head.tree_size, digest)


def _attachments(out: _Zip, written: Iterable[Entry]) -> list[dict[str, Any]]:
    listed: dict[str, dict[str, Any]] = {}
    for found in written:
        for attachment in found.content["attachments"]:
            digest = attachment["sha256"]
            if digest not in listed:
                out.add(f"attachments/{digest}", stores.blobs().get(digest))
                listed[digest] = {"sha256": digest, "size": attachment["size"]}
    return list(listed.values())


def _known_keys() -> list[keyring.Registered]:
    keyring.signing_key()
    known, findings = keyring.registered()
    if findings:
        raise verifier.Broken(f"the site's keys do not hold: {findings[0]}", cause="signature")
    return known


def _listed(known: list[keyring.Registered]) -> list[dict[str, Any]]:
    following = [later.seq for later in known[1:]]
    return [
        {
            "handover": made.handover,
            "name": made.key.name,
            "reason": made.reason,
            "retired_at_seq": retired,
            "valid_from_seq": made.seq,
            "vkey": made.key.vkey,
        }
        for made, retired in zip(known, [*following, None], strict=True)
    ]
