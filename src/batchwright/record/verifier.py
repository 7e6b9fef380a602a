# long-file: this one file is copied as `verify.py` into every export, so that whoever receives an export needs
# nothing but Python and `cryptography`; the plant imports the very same file, so there is one implementation to trust.
"""Check a Batchwright record without Batchwright.

Run it inside an unpacked export, or give it the export's path::

    python verify.py [FOLDER-or-ZIP] [--key VKEY ...] [--json]

It says what was checked, line by line, and names the first thing that is wrong. Exit status: 0 everything is as it
was recorded, 1 something is not, 2 the input is not an export that can be read.

The parts, each usable on its own: Merkle tree (RFC 6962, RFC 9162), the hash chain of entries, signed notes and
checkpoints (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-cosignature).
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import os
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

T = TypeVar("T")

HASH_SIZE = 32
"""Bytes in a SHA-256 hash."""
NO_HASH = bytes(HASH_SIZE)
"""`prev_hash` of the first entry."""
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_LEAF, _NODE = sha256(b"\x00"), sha256(b"\x01")


class Broken(Exception):
    """Something in the record is not as it was recorded.

    Attributes:
        message: One sentence that says what is wrong.
        seq: The first bad entry, or None where the finding belongs to no one entry.
        cause: One word: edited, deleted, inserted, reordered, backdated, truncated, rewritten, proof, signature,
            attestation, attachment, missing, unlisted, subject or format.
    """

    def __init__(self, message: str, *, seq: int | None = None, cause: str = "format") -> None:
        """Make the finding."""
        super().__init__(message)
        self.message = message
        self.seq = seq
        self.cause = cause

    def __str__(self) -> str:
        """Return the sentence, with the entry it is about in front."""
        return self.message if self.seq is None else f"entry {self.seq}: {self.message} ({self.cause})"


# --- Merkle tree: RFC 6962 section 2.1, RFC 9162 section 2.1 ---------------------------------------------------------

Subtree = Callable[[int, int], "bytes | None"]
"""`subtree(level, index)`: the root over leaves [index * 2**level, (index + 1) * 2**level), or None if not stored.

Level 0 holds the leaf hashes and must always answer.
"""


def leaf_hash(entry: bytes) -> bytes:
    """Return the leaf hash of an entry's canonical bytes, SHA-256(0x00 || entry) (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node, SHA-256(0x01 || left || right) (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def _parents(nodes: Iterable[bytes]) -> list[bytes]:
    """Return the nodes above pairs of nodes; copying a hasher that has read the prefix is cheaper than a new one."""
    start, parents, pairs = _NODE.copy, [], iter(nodes)
    for left, right in zip(pairs, pairs, strict=True):
        hasher = start()
        hasher.update(left + right)
        parents.append(hasher.digest())
    return parents


class Frontier:
    """The least that must be kept of a Merkle tree to append to it and to know its root.

    One pending left node per level, as the bits of the size say (a compact range). `extend` takes many leaves at once
    because whole levels hashed in one comprehension cost a third less than leaf-by-leaf appends.
    """

    __slots__ = ("_pending", "size")

    def __init__(self, size: int = 0, pending: Sequence[bytes] = ()) -> None:
        """Start empty, or from a saved state.

        Args:
            size: Number of leaves.
            pending: `Frontier.pending` of a tree of that size.

        Raises:
            Broken: If the number of pending nodes does not fit the size.
        """
        if size < 0 or len(pending) != size.bit_count() or any(len(node) != HASH_SIZE for node in pending):
            raise Broken(f"{len(pending)} saved nodes do not describe a tree of {size} leaves", cause="format")
        saved = iter(pending)
        self.size = size
        self._pending = [next(saved) if size >> level & 1 else None for level in range(size.bit_length())]

    @property
    def pending(self) -> tuple[bytes, ...]:
        """The nodes to save, smallest subtree first."""
        return tuple(node for node in self._pending if node is not None)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes, in order."""
        nodes = list(leaves)
        self.size += len(nodes)
        level = 0
        while nodes:
            if level == len(self._pending):
                self._pending.append(None)
            waiting = self._pending[level]
            if waiting is not None:
                nodes.insert(0, waiting)
            self._pending[level] = nodes.pop() if len(nodes) & 1 else None
            nodes = _parents(nodes)
            level += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far.

        Returns:
            32 bytes.

        Raises:
            Broken: If there is no leaf yet.
        """
        total: bytes | None = None
        for node in self.pending:
            total = node if total is None else node_hash(node, total)
        if total is None:
            raise Broken("a tree without entries has no root here", cause="format")
        return total


def root(hashes: Iterable[bytes]) -> bytes:
    """Return the Merkle root over leaf hashes.

    Args:
        hashes: Leaf hashes in order, 32 bytes each.

    Returns:
        32 bytes.

    Raises:
        Broken: If there is none.
    """
    frontier = Frontier()
    frontier.extend(hashes)
    return frontier.root()


def _leaves(hashes: Sequence[bytes]) -> Subtree:
    return lambda level, index: hashes[index] if level == 0 and index < len(hashes) else None


def _range_root(subtree: Subtree, start: int, end: int) -> bytes:
    """Return the root over leaves [start, end), from stored nodes where they exist."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        stored = subtree(level, start >> level)
        if stored is not None:
            return stored
        if level == 0:
            raise Broken("the hash of this entry is not stored", seq=start + 1, cause="missing")
    middle = start + _split(size)
    return node_hash(_range_root(subtree, start, middle), _range_root(subtree, middle, end))


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size` (k in RFC 6962 section 2.1)."""
    return 1 << (size - 1).bit_length() - 1


def root_from(subtree: Subtree, size: int) -> bytes:
    """Return the root of the first `size` leaves, from stored nodes."""
    _check_size(size)
    return _range_root(subtree, 0, size)


def inclusion_proof_from(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree of `size` leaves, from stored nodes (RFC 6962 section 2.1.1).

    Args:
        subtree: Stored nodes.
        index: From 0; an entry's `seq` less one.
        size: Number of leaves.

    Returns:
        Hashes from the leaf's neighbour to the root's child.

    Raises:
        Broken: If `index` is not in the tree or `size` is zero.
    """
    _check_size(size)
    if not 0 <= index < size:
        raise Broken(f"leaf {index} is not in a tree of {size}", cause="proof")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(subtree, middle, end))
            end = middle
        else:
            path.append(_range_root(subtree, start, middle))
            start = middle
    return path[::-1]


def consistency_proof_from(subtree: Subtree, old_size: int, new_size: int) -> list[bytes]:
    """Return the proof that the tree of `new_size` continues the one of `old_size` (RFC 6962 section 2.1.2).

    Args:
        subtree: Stored nodes.
        old_size: Number of leaves of the earlier tree.
        new_size: Number of leaves of the later one.

    Returns:
        The proof's hashes.

    Raises:
        Broken: If a size is zero or `old_size` is the larger.
    """
    _check_size(old_size)
    _check_size(new_size)
    if old_size > new_size:
        raise Broken(f"a tree of {new_size} entries cannot continue one of {old_size}", cause="truncated")
    path: list[bytes] = []
    start, end, whole = 0, new_size, True
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range_root(subtree, middle, end))
            end = middle
        else:
            path.append(_range_root(subtree, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(subtree, start, end))
    return path[::-1]


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree over `hashes`."""
    return inclusion_proof_from(_leaves(hashes), index, len(hashes))


def consistency_proof(hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree over `hashes` continues its first `old_size` leaves."""
    return consistency_proof_from(_leaves(hashes), old_size, len(hashes))


def _check_size(size: int) -> None:
    if type(size) is not int or size < 1:
        raise Broken(f"tree size is {size!r}, it must be at least 1", cause="proof")


def _check_hashes(hashes: Iterable[bytes], seq: int | None = None) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise Broken(f"a hash has {len(value)} bytes, it must have {HASH_SIZE}", seq=seq, cause="proof")


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is in the tree (RFC 9162 section 2.1.3.2).

    Args:
        leaf: Leaf hash.
        index: Place of the leaf, from 0.
        size: Number of leaves in the tree.
        proof: Audit path.
        root: Root of the tree, from a checkpoint whose signature was verified.

    Raises:
        Broken: If it is not, or the proof has a wrong length; `seq` is `index + 1`.
    """
    _check_size(size)
    if type(index) is not int or not 0 <= index < size:
        raise Broken(f"leaf {index!r} is not in a tree of {size}", cause="proof")
    seq = index + 1
    _check_hashes((leaf, root, *proof), seq)
    place, last, value = index, size - 1, leaf
    for neighbour in proof:
        if last == 0:
            raise Broken("the proof of inclusion is too long", seq=seq, cause="proof")
        if place & 1 or place == last:
            value = node_hash(neighbour, value)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            value = node_hash(value, neighbour)
        place >>= 1
        last >>= 1
    if last != 0:
        raise Broken("the proof of inclusion is too short", seq=seq, cause="proof")
    if value != root:
        raise Broken("the proof of inclusion does not lead to the checkpoint's root", seq=seq, cause="proof")


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a tree continues an older one: nothing that was in it changed (RFC 9162 section 2.1.4.2).

    Args:
        old_size: Number of leaves of the earlier tree, at least 1.
        old_root: Its root.
        new_size: Number of leaves of the later tree.
        new_root: Its root.
        proof: What `consistency_proof` gave.

    Raises:
        Broken: If it does not; cause `truncated` if the new tree is the smaller, `rewritten` if equal sizes have
            different roots, else `proof`.
    """
    _check_size(old_size)
    _check_size(new_size)
    if old_size > new_size:
        raise Broken(f"the record had {old_size} entries and now has {new_size}", seq=new_size + 1, cause="truncated")
    _check_hashes((old_root, new_root, *proof))
    if old_size == new_size:
        if proof:
            raise Broken("a proof between equal sizes must be empty", cause="proof")
        if old_root != new_root:
            raise Broken(f"two different records of {old_size} entries exist", cause="rewritten")
        return
    if not proof:
        raise Broken("the proof of consistency is empty", cause="proof")
    hashes = iter(proof if old_size & (old_size - 1) else (old_root, *proof))
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old_value = new_value = next(hashes)
    for value in hashes:
        if last == 0:
            raise Broken("the proof of consistency is too long", cause="proof")
        if place & 1 or place == last:
            old_value = node_hash(value, old_value)
            new_value = node_hash(value, new_value)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new_value = node_hash(new_value, value)
        place >>= 1
        last >>= 1
    if last != 0:
        raise Broken("the proof of consistency is too short", cause="proof")
    if old_value != old_root or new_value != new_root:
        raise Broken("the proof of consistency does not join the two roots", cause="proof")


# --- Signed notes: https://c2sp.org/signed-note ----------------------------------------------------------------------

ED25519 = 0x01
"""Signature type: Ed25519 over the note's text."""
COSIGNATURE = 0x04
"""Signature type: Ed25519 with a time, by a witness (https://c2sp.org/tlog-cosignature)."""
MAX_NOTE = 1 << 20
"""Longest note read, bytes."""
MAX_SIGNATURES = 64
"""Most signature lines read in one note."""
_DASH = "\u2014 "


def _decode64(text: str, what: str) -> bytes:
    """Decode standard base64, refusing any spelling but the one the encoder writes."""
    try:
        value = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Broken(f"{what} is not base64", cause="format") from error
    if base64.b64encode(value).decode() != text:
        raise Broken(f"{what} is not canonical base64", cause="format")
    return value


def _check_name(name: str) -> str:
    if not name or "+" in name or any(mark.isspace() or mark < " " for mark in name):
        raise Broken(f"key name {name!r} must be non-empty, without spaces and without '+'", cause="format")
    return name


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    """Who signs, e.g. `plant.example/site`."""
    algorithm: int
    """ED25519 or COSIGNATURE."""
    public: bytes
    """32 bytes."""

    def __post_init__(self) -> None:
        """Refuse what could not be written as a `vkey`."""
        _check_name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE) or len(self.public) != 32:
            raise Broken(f"key {self.name!r} is of a kind this verifier does not know", cause="signature")

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || 0x0A || algorithm || public key)[:4]; it names the key, it does not protect it."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """`name+key id+base64(algorithm || public key)`, the form in which keys are handed over."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.algorithm]) + self.public).decode()}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key in groups of four digits, to be read out over the telephone."""
        digits = sha256(self.public).hexdigest()
        return " ".join(digits[at : at + 4] for at in range(0, 64, 4))

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read `name+key id+base64`.

        Args:
            vkey: The text.

        Returns:
            The key.

        Raises:
            Broken: If it is malformed or its key id is not that of the key.
        """
        name, plus, rest = vkey.partition("+")
        key_id, second, encoded = rest.partition("+")
        if not plus or not second or not re.fullmatch("[0-9a-f]{8}", key_id):
            raise Broken(f"{vkey!r} is not a verifier key; it looks like name+1a2b3c4d+base64", cause="format")
        material = _decode64(encoded, "the verifier key")
        key = cls(name, material[0] if material else 0, material[1:])
        if key.key_id.hex() != key_id:
            raise Broken(f"key id {key_id} of {name!r} is not that of its key, {key.key_id.hex()}", cause="signature")
        return key

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey | Ed25519PublicKey, algorithm: int = ED25519) -> VerifierKey:
        """Return the verifier key of a private or public Ed25519 key."""
        public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
        return cls(name, algorithm, public.public_bytes_raw())


@dataclass(frozen=True)
class NoteSignature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> NoteSignature:
        """Read one signature line, with or without its newline."""
        dash, name, encoded = (*line.removesuffix("\n").split(" "), "", "", "")[:3]
        if line.removesuffix("\n") != f"{dash} {name} {encoded}" or dash != _DASH[0]:
            raise Broken(f"{line!r} is not a signature line", cause="format")
        value = _decode64(encoded, f"the signature of {name!r}")
        if len(value) < 5:
            raise Broken(f"the signature of {name!r} is too short", cause="format")
        return cls(_check_name(name), value[:4], value[4:])


@dataclass(frozen=True)
class Note:
    """A text with signatures. The text must not be used before `verify_note`."""

    text: str
    """Ends in a newline."""
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        """Return the note as it is stored."""
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}"


@dataclass(frozen=True)
class VerifiedSignature:
    """A signature that was verified."""

    key: VerifierKey
    time: int | None = None
    """Seconds since 1970 (UTC) at which a witness cosigned; None for plain signatures."""


@dataclass(frozen=True)
class VerifiedNote:
    """A note's text and the signatures that hold."""

    text: str
    signatures: tuple[VerifiedSignature, ...]

    def signed_by(self, key: VerifierKey) -> bool:
        """Say whether this key signed."""
        return any(signature.key == key for signature in self.signatures)


def parse_note(note: str | bytes) -> Note:
    """Read a signed note.

    Args:
        note: Its text with its signature lines.

    Returns:
        The note, nothing of it verified yet.

    Raises:
        Broken: If it is not one.
    """
    if len(note) > MAX_NOTE:
        raise Broken(f"the note has {len(note)} bytes, at most {MAX_NOTE} are read", cause="format")
    try:
        text = note.decode("utf-8") if isinstance(note, bytes) else note
        text.encode("utf-8")
    except UnicodeError as error:
        raise Broken("the note is not UTF-8", cause="format") from error
    if any(mark < " " and mark != "\n" for mark in text):
        raise Broken("the note holds control characters", cause="format")
    split = text.rfind("\n\n")
    if split < 0 or not text.endswith("\n"):
        raise Broken("the note has no signature lines", cause="format")
    lines = text[split + 2 :].split("\n")[:-1]
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise Broken(f"the note has {len(lines)} signatures, 1 to {MAX_SIGNATURES} are read", cause="format")
    return Note(text[: split + 1], tuple(NoteSignature.parse(line) for line in lines))


def note_signature(text: str, *, name: str, key: Ed25519PrivateKey) -> NoteSignature:
    """Sign a note's text (it must end in a newline)."""
    return NoteSignature(name, VerifierKey.of(name, key).key_id, key.sign(_note_bytes(text)))


def sign_note(text: str, *, name: str, key: Ed25519PrivateKey) -> str:
    """Return a note with one signature.

    Args:
        text: Ends in a newline; no control characters.
        name: Name of the key.
        key: Private key.

    Returns:
        Text, an empty line, the signature line.
    """
    return str(Note(text, (note_signature(text, name=name, key=key),)))


def cosign(text: str, *, name: str, key: Ed25519PrivateKey, time: int) -> NoteSignature:
    """Sign a checkpoint's text as a witness (https://c2sp.org/tlog-cosignature, Ed25519).

    Args:
        text: Text of the checkpoint.
        name: Name of the witness.
        key: The witness' private key.
        time: Seconds since 1970, UTC.

    Returns:
        The signature to add to the note.
    """
    signature = time.to_bytes(8, "big") + key.sign(_cosigned(text, time))
    return NoteSignature(name, VerifierKey.of(name, key, COSIGNATURE).key_id, signature)


def add_signatures(note: str | bytes, *signatures: NoteSignature) -> str:
    """Return the note with more signature lines; a signature of the same key is replaced."""
    parsed = parse_note(note)
    new = {(signature.name, signature.key_id) for signature in signatures}
    kept = tuple(old for old in parsed.signatures if (old.name, old.key_id) not in new)
    return str(Note(parsed.text, kept + signatures))


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n".encode() + _note_bytes(text)


def _note_bytes(text: str) -> bytes:
    if not text.endswith("\n") or any(mark < " " and mark != "\n" for mark in text):
        raise Broken("a note's text must end in a newline and hold no control characters", cause="format")
    return text.encode()


def verify_note(note: str | bytes | Note, keys: Iterable[VerifierKey]) -> VerifiedNote:
    """Verify a note against known keys; signatures of unknown keys are ignored, as the specification asks.

    Args:
        note: The note.
        keys: Keys that are trusted, each for its own name.

    Returns:
        The text and every signature that holds.

    Raises:
        Broken: If a known key's signature is wrong, or no known key signed.
    """
    parsed = note if isinstance(note, Note) else parse_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified = []
    for signature in parsed.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            verified.append(_verify_signature(parsed.text, signature, key))
    if not verified:
        names = ", ".join(sorted({signature.name for signature in parsed.signatures}))
        raise Broken(f"no trusted key signed this note; it was signed by {names}", cause="signature")
    return VerifiedNote(parsed.text, tuple(verified))


def _verify_signature(text: str, signature: NoteSignature, key: VerifierKey) -> VerifiedSignature:
    time: int | None = None
    message, value = _note_bytes(text), signature.signature
    if key.algorithm == COSIGNATURE:
        time, value = int.from_bytes(value[:8], "big"), value[8:]
        message = _cosigned(text, time)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except (InvalidSignature, ValueError) as error:
        raise Broken(f"the signature of {key.name!r} does not fit the note", cause="signature") from error
    return VerifiedSignature(key, time)


# --- Checkpoints: https://c2sp.org/tlog-checkpoint -------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: this log had this many entries and this root."""

    origin: str
    """Which log."""
    size: int
    """Number of entries, at least 1."""
    root: bytes
    """Merkle root."""
    extensions: tuple[str, ...] = ()
    """Further lines; signed, not interpreted."""

    def __post_init__(self) -> None:
        """Refuse what could not be written as a checkpoint."""
        _check_size(self.size)
        _check_hashes((self.root,))
        if not all((self.origin, *self.extensions)) or "\n" in "".join((self.origin, *self.extensions)):
            raise Broken("the lines of a checkpoint must not be empty", cause="format")

    @property
    def text(self) -> str:
        """The note text to sign."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text.

        Args:
            text: The text of a note.

        Returns:
            The tree head.

        Raises:
            Broken: If it is malformed, or its size is zero.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise Broken("a checkpoint has at least three lines: origin, size, root", cause="format")
        if not re.fullmatch("[1-9][0-9]{0,17}", lines[1]):
            raise Broken(f"tree size is {lines[1]!r}, it must be a number from 1", cause="format")
        return cls(lines[0], int(lines[1]), _decode64(lines[2], "the root"), tuple(lines[3:-1]))


def verify_checkpoint(
    note: str | bytes, keys: Iterable[VerifierKey], witnesses: Iterable[VerifierKey] = ()
) -> tuple[Checkpoint, VerifiedNote]:
    """Verify a checkpoint: a key of the site must have signed; cosignatures of known witnesses must hold.

    Args:
        note: The signed note.
        keys: Keys of the site that are trusted.
        witnesses: Cosignature keys of witnesses.

    Returns:
        The checkpoint and its verified signatures.

    Raises:
        Broken: If it does not hold.
    """
    site = [key for key in keys if key.algorithm == ED25519]
    verified = verify_note(note, [*site, *witnesses])
    if not any(verified.signed_by(key) for key in site):
        raise Broken("no trusted key of the site signed this checkpoint", cause="signature")
    return Checkpoint.parse(verified.text), verified


# --- What keys say besides checkpoints -------------------------------------------------------------------------------


def handover_text(old_vkey: str, new_vkey: str) -> str:
    """Return the text of the note in which a site's key names the key that follows it."""
    return f"batchwright site key handover/1\n{old_vkey}\n{new_vkey}\n"


def verify_handover(note: str | bytes, old: VerifierKey, new: VerifierKey) -> None:
    """Check that `old` named `new` as the key that follows it.

    Args:
        note: What the old key signed.
        old: The key that retires.
        new: The key that follows.

    Raises:
        Broken: If it did not.
    """
    if verify_note(note, [old]).text != handover_text(old.vkey, new.vkey):
        raise Broken(f"the key {old.vkey} handed over to another key than {new.vkey}", cause="signature")


def stamp_text(digest: bytes, at: str) -> str:
    """Return the text of the note in which a site's key states that it saw `digest` at the time `at`."""
    return f"batchwright time stamp/1\n{digest.hex()}\n{at}\n"


def verify_stamp(note: str | bytes, digest: bytes, keys: Iterable[VerifierKey]) -> str:
    """Check a site's own time stamp.

    Args:
        note: The stamp.
        digest: What it should be about.
        keys: Keys of the site that are trusted.

    Returns:
        The time that it states, as the record writes times.

    Raises:
        Broken: If it does not hold or is about another digest.
    """
    text = verify_note(note, keys).text
    at = text.rstrip("\n").rpartition("\n")[2]
    if text != stamp_text(digest, at) or not re.fullmatch(_TIME, at):
        raise Broken("the time stamp is about something else", cause="signature")
    return at


# --- The chain of entries --------------------------------------------------------------------------------------------

Row = tuple[int, "str | None", bytes, bytes]
"""seq, the time as stored beside the bytes (None: not stored), canonical bytes, stored hash."""

BLOCK = 256
"""Entries checked at a time; larger blocks leave the processor's cache and are slower."""

_HEAD = b'{"at":"0000-00-00T00:00:00.000000Z","entry":{'
_AHEAD = 1024  # entries looked at after a bad one, to tell what was moved from what is gone
_FIGURES = bytes(ord("0") if code in b"0123456789" else code for code in range(256))
_TAIL = re.compile(rb'.*\},"prev_hash":"([0-9a-f]{64})","seq":([1-9][0-9]*),"subject_seq":([1-9][0-9]*)\}', re.DOTALL)
_ENDINGS = re.compile(rb'(?:":[1-9]\}|:[1-9][0-9]\}|[0-9]{3}\})+')
_SEQ_ENDINGS = [b'%03d,"subject_seq":' % number for number in range(1000)]


@dataclass
class Chain:
    """How far a chain was checked: pass it as `start` to go on from there."""

    frontier: Frontier = field(default_factory=Frontier)
    head: bytes = NO_HASH
    """Hash of the last entry."""
    at: str = ""
    """Time of the last entry."""
    recent: list[bytes] = field(default_factory=list)
    """Hashes of the last entries, up to `head`: they tell that an entry was put in before from that one was moved."""

    @property
    def size(self) -> int:
        """Number of entries; the last entry's seq."""
        return self.frontier.size


@dataclass(frozen=True)
class Envelope:
    """What the first and last bytes of an entry say, read without parsing the JSON between them."""

    at: str
    prev_hash: str
    seq: int
    subject_seq: int


def envelope(body: bytes) -> Envelope | None:
    r"""Read an entry's envelope from its canonical bytes; None if they are not those of an entry.

    Sound without parsing: canonical JSON has no blanks and sorted keys, so an entry begins with `{"at":"` and its
    last bytes are the keys prev_hash, seq and subject_seq and the brace that closes the entry. Nothing inside a
    string can look like that ending, because a quotation mark inside a string is written `\"`: the bytes `,"` can
    only be a comma between two members and the quotation mark that opens a key. And as no brace stands between that
    key and the last one, the key belongs to the entry itself, not to an object inside it.
    """
    if body[: len(_HEAD)].translate(_FIGURES) != _HEAD:
        return None
    tail = _TAIL.fullmatch(body)
    if tail is None:
        return None
    return Envelope(body[7:34].decode(), tail[1].decode(), int(tail[2]), int(tail[3]))


def verify_chain(rows: Iterable[Row], *, checkpoints: Iterable[Checkpoint] = (), start: Chain | None = None) -> Chain:
    """Check that entries are complete, in order, unaltered and chained, and give the tree over them.

    Args:
        rows: Entries in order of their number.
        checkpoints: Tree heads whose signatures were verified; each must be a head of this very chain.
        start: Where an earlier check ended; checkpoints up to there are not looked at again.

    Returns:
        Where this check ended.

    Raises:
        Broken: At the first bad entry, with its cause: edited, deleted, inserted, reordered or backdated; or, against
            a checkpoint, truncated (entries are missing at the end) or rewritten (the chain was computed anew).
    """
    chain = start or Chain()
    heads = sorted((head for head in checkpoints if head.size > chain.size), key=lambda head: head.size)
    good = chain.size
    source = iter(rows)
    for head in heads:
        _extend(chain, islice(source, head.size - chain.size), source)
        if chain.size < head.size:
            raise Broken(
                f"the record ends at entry {chain.size}, a signed checkpoint has {head.size}",
                seq=chain.size + 1,
                cause="truncated",
            )
        if chain.frontier.root() != head.root:
            raise Broken(
                f"entries {good + 1} to {head.size} hold an entry that is not the one under the signed checkpoint "
                f"of size {head.size}",
                seq=good + 1,
                cause="rewritten",
            )
        good = head.size
    _extend(chain, source, source)
    return chain


def _extend(chain: Chain, rows: Iterator[Row], following: Iterator[Row]) -> None:
    while block := list(islice(rows, BLOCK)):
        hashes = _check_block(chain, block)
        if hashes is None:
            hashes = _check_slowly(chain, block, following)
        chain.frontier.extend(hashes)
        chain.recent = [chain.head, *hashes]
        chain.head = hashes[-1]
        chain.at = block[-1][2][7:34].decode()


def _check_block(chain: Chain, block: list[Row]) -> list[bytes] | None:
    """Return the hashes of a block in which everything is right, None if something may be wrong.

    The same rules as `_fault`, applied to all entries at once: whole-list operations cost a fraction of a loop that
    asks each entry in turn. It may say None of a good block, never the hashes of a bad one.
    """
    numbers, ats, bodies, stored = zip(*block, strict=True)
    first, count = chain.size + 1, len(block)
    if numbers != tuple(range(first, first + count)):
        return None
    hashes = _leaf_hashes(bodies)
    if list(stored) != hashes:
        return None
    heads = [body[:45] for body in bodies]
    joined = b"".join(heads)
    if joined.translate(_FIGURES) != _HEAD * count or heads != sorted(heads) or heads[0][7:34].decode() < chain.at:
        return None
    stated = ats.count(None) != count
    if stated and (None in ats or ('{"at":"' + '","entry":{{"at":"'.join(ats) + '","entry":{').encode() != joined):
        return None
    return hashes if _tails_are_right(chain.head, first, hashes, bodies) else None


def _leaf_hashes(bodies: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hashes; copying a hasher that has read the prefix is cheaper than joining prefix and body."""
    start, hashes = _LEAF.copy, []
    for body in bodies:
        hasher = start()
        hasher.update(body)
        hashes.append(hasher.digest())
    return hashes


def _tails_are_right(head: bytes, first: int, hashes: list[bytes], bodies: Sequence[bytes]) -> bool:
    """Say whether every body ends with the hash before it, its number, and a subject_seq.

    The place of the hash is counted back from the end: the length of all but the last figures is known.
    """
    links = b"".join([head, *hashes[:-1]]).hex(" ", HASH_SIZE)
    before = ('},"prev_hash":"' + links.replace(" ", ' },"prev_hash":"')).encode().split()
    expected = [link + seq for link, seq in zip(before, _seqs(first, len(bodies)), strict=True)]
    width = len(expected[0])
    found = [
        body[-width - 2 : -2]
        if body[-3] == 58
        else body[-width - 3 : -3]
        if body[-4] == 58
        else _before_long_ending(body, width)
        for body in bodies
    ]
    return found == expected and _ENDINGS.fullmatch(b"".join([body[-4:] for body in bodies])) is not None


def _seqs(first: int, count: int) -> list[bytes]:
    """Return the bytes from the end of each prev_hash to the last colon; three figures come from a table."""
    made: list[bytes] = []
    while count:
        thousands, rest = divmod(first, 1000)
        endings = _SEQ_ENDINGS[rest : rest + count]
        if thousands:
            start = b'","seq":%d' % thousands
            made += [start + ending for ending in endings]
        else:
            made += [b'","seq":' + ending.lstrip(b"0") for ending in endings]
        first += len(endings)
        count -= len(endings)
    return made


def _before_long_ending(body: bytes, width: int) -> bytes:
    """Return what stands before a subject_seq of three figures or more, nothing if there is none."""
    colon = body.rfind(b":")
    ending = body[colon + 1 : -1]
    return body[colon + 1 - width : colon + 1] if ending.isdigit() and not ending.startswith(b"0") else b""


def _check_slowly(chain: Chain, block: list[Row], following: Iterator[Row]) -> list[bytes]:
    """Check entry by entry; return the hashes if nothing is wrong.

    Raises:
        Broken: At the first bad entry.
    """
    for index in range(len(block)):
        fault = _fault(chain, block, index, following)
        if fault is not None:
            raise fault
    return [row[3] for row in block]


def _fault(chain: Chain, block: list[Row], index: int, following: Iterator[Row]) -> Broken | None:
    """Say what is wrong with one entry of a block in which those before it are right."""
    seq, beside, body, stored = block[index]
    number = chain.size + 1 + index
    before = block[index - 1][3] if index else chain.head
    at = block[index - 1][2][7:34].decode() if index else chain.at
    if seq != number:
        return _wrong_number(seq, number, [*block[index:], *islice(following, _AHEAD)])
    if leaf_hash(body) != stored:
        return Broken("the entry does not have the hash that is stored with it", seq=number, cause="edited")
    found = envelope(body)
    if found is None:
        return Broken("these are not the bytes of an entry", seq=number, cause="edited")
    if found.seq > number:
        return _later_entry_in_place(found.seq, number, [*block[index:], *islice(following, _AHEAD)])
    if found.seq < number:
        hashes = [*(chain.recent or [chain.head]), *(row[3] for row in block[:index])]
        return _earlier_entry_in_place(found, number, stored, hashes)
    if found.prev_hash != before.hex():
        return _wrong_link(number)
    if beside is not None and beside != found.at:
        return Broken(f"the time beside the entry is {beside}, the entry says {found.at}", seq=number, cause="edited")
    if found.at < at:
        return Broken(f"its time {found.at} is before that of the entry before it, {at}", seq=number, cause="backdated")
    return None


def _wrong_number(seq: int, number: int, later: Sequence[Row]) -> Broken:
    if seq < number:
        return Broken(f"it stands again where entry {number} should be", seq=seq, cause="inserted")
    if any(row[0] == number for row in later):
        return Broken(f"entry {seq} stands where this one should be", seq=number, cause="reordered")
    return Broken(f"it is missing: entry {seq} follows entry {number - 1}", seq=number, cause="deleted")


def _later_entry_in_place(seq: int, number: int, later: Sequence[Row]) -> Broken:
    places = (envelope(row[2]) for row in later)
    if any(place is not None and place.seq == number for place in places):
        return Broken(f"entry {seq} was put in its place", seq=number, cause="reordered")
    return Broken(f"it is missing: entry {seq} was given its number", seq=number, cause="deleted")


def _earlier_entry_in_place(found: Envelope, number: int, own: bytes, hashes: Sequence[bytes]) -> Broken:
    """An untouched entry under a number above its own: one was put in before it, or it was moved.

    Args:
        found: What the entry says of itself.
        number: Where it stands.
        own: Its hash.
        hashes: Hashes of the entries before it, the last one that of `number - 1`.
    """
    place = len(hashes) - 1 - (number - found.seq)
    if place >= 0 and hashes[place].hex() == found.prev_hash and hashes[place + 1] != own:
        return Broken(
            f"an entry was put in here: what is now entry {number} was entry {found.seq}",
            seq=found.seq,
            cause="inserted",
        )
    return Broken(f"entry {found.seq} stands where this one should be", seq=number, cause="reordered")


def _wrong_link(number: int) -> Broken:
    if number == 1:
        return Broken("the first entry is chained to one that is not there", seq=1, cause="deleted")
    return Broken(
        f"entry {number} is chained to another entry than this one: it was altered and hashed again",
        seq=number - 1,
        cause="edited",
    )


# --- Canonical JSON: RFC 8785 for the part of JSON that the record uses ----------------------------------------------

_SAFE = 2**53 - 1
_MAX_DEPTH = 64
_encode_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode


def canonical(content: Any) -> bytes:
    """Return the canonical bytes of JSON content: sorted keys, no blanks, no binary floating point.

    Args:
        content: What the record can hold.

    Returns:
        UTF-8 bytes (RFC 8785).

    Raises:
        Broken: If the content is outside what the record holds (text, whole numbers within +-(2**53 - 1), true,
            false, null, lists, objects with ASCII keys).
    """
    _check_content(content, 0)
    try:
        return _encode_json(content).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Broken("a text holds half of a character (a lone surrogate)", cause="format") from error


def _check_content(content: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Broken(f"the content is nested more than {_MAX_DEPTH} levels deep", cause="format")
    if isinstance(content, dict):
        for key, value in content.items():
            if not isinstance(key, str) or not key.isascii():
                raise Broken(f"the key {key!r} is not ASCII text", cause="format")
            _check_content(value, depth + 1)
    elif isinstance(content, list | tuple):
        for value in content:
            _check_content(value, depth + 1)
    elif type(content) is int:
        if abs(content) > _SAFE:
            raise Broken(f"the number {content} is beyond +-{_SAFE}", cause="format")
    elif content is not None and not isinstance(content, str | bool):
        raise Broken(f"{content!r} has no exact form in the record", cause="format")


def _read_json(content: bytes, what: str) -> Any:
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Broken(f"{what} is not JSON", cause="format") from error


def _get(content: Any, key: str, kind: type[T], what: str) -> T:
    """Return a member of an object, if it is there and of this kind."""
    value = content.get(key) if isinstance(content, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Broken(f"{what} has no {key!r} of the right kind", cause="format")
    return value


# --- Attestations: what a signer's own proof says --------------------------------------------------------------------

SIGNATURE_DOMAIN = b"batchwright-signature/1\x00"
"""Keeps the hash of a statement from being the hash of anything else."""
_USER_PRESENT, _USER_VERIFIED = 0x01, 0x04
_KEY_KINDS = {-7: "EC2", -8: "OKP", -257: "RSA"}
_STATEMENT = {
    "signer": str,
    "printed_name": str,
    "meaning": str,
    "subject": str,
    "subject_version": int,
    "shown_sha256": str,
    "shown": str,
    "prepared_at": str,
}


def challenge(statement: Mapping[str, Any]) -> bytes:
    """Return what a passkey signs: SHA-256("batchwright-signature/1" || 0x00 || canonical statement), 32 bytes."""
    return sha256(SIGNATURE_DOMAIN + canonical(statement)).digest()


def verify_attestation(
    attestation: Mapping[str, Any], entry: Mapping[str, Any] | None = None, at: str | None = None
) -> str:
    """Check the proof that somebody signed, and that it belongs to its entry (21 CFR 11.50, 11.70).

    Args:
        attestation: As it stands in the entry.
        entry: The entry's content (its member `entry`); None before there is one.
        at: The entry's time; None before there is one.

    Returns:
        What was shown, as one sentence.

    Raises:
        Broken: If it does not hold, or was moved here from another record.
    """
    statement = _get(attestation, "statement", dict, "the signature")
    for key, expected in _STATEMENT.items():
        _get(statement, key, expected, "the statement of the signature")
    if sha256(_utf8(statement["shown"])).hexdigest() != statement["shown_sha256"]:
        raise Broken("the text shown to the signer is not the one that was signed", cause="attestation")
    kind = attestation.get("kind")
    if kind == "webauthn/1":
        proof = _verify_webauthn(attestation, challenge(statement))
    elif kind == "password/1":
        if attestation.get("statement_hash") != challenge(statement).hex():
            raise Broken("the statement is not the one whose hash the plant recorded", cause="attestation")
        proof = "password, attested by the plant"
    else:
        raise Broken(f"the signature is of the unknown kind {kind!r}", cause="attestation")
    if entry is not None:
        _check_belongs(statement, entry, at)
    return f"{statement['printed_name']} ({statement['signer']}) signed as {statement['meaning']!r}: {proof}"


def _check_belongs(statement: Mapping[str, Any], entry: Mapping[str, Any], at: str | None) -> None:
    for said, held in (("subject", "subject"), ("signer", "actor")):
        if statement[said] != entry.get(held):
            raise Broken(
                f"the signature is for {said} {statement[said]!r}, this entry's {held} is {entry.get(held)!r}: "
                "it belongs to another record",
                cause="attestation",
            )
    if not re.fullmatch(_TIME, statement["prepared_at"]) or (at is not None and statement["prepared_at"] > at):
        raise Broken(f"what was signed was prepared at {statement['prepared_at']!r}, after it", cause="attestation")


def _verify_webauthn(attestation: Mapping[str, Any], expected: bytes) -> str:
    """Check a WebAuthn assertion (Web Authentication Level 2, section 7.2, steps 11 to 20)."""
    client_data = _decode_url64(attestation, "client_data")
    authenticator = _decode_url64(attestation, "authenticator_data")
    _check_client_data(client_data, _get(attestation, "origin", str, "the signature"), expected)
    rp_id = _get(attestation, "rp_id", str, "the signature")
    if len(authenticator) < 37 or authenticator[:32] != sha256(_utf8(rp_id)).digest():
        raise Broken(f"the passkey signed for another site than {rp_id!r}", cause="attestation")
    if authenticator[32] & (_USER_PRESENT | _USER_VERIFIED) != _USER_PRESENT | _USER_VERIFIED:
        raise Broken("the passkey did not verify its user", cause="attestation")
    key = _public_key(attestation)
    _check_webauthn_signature(
        key, _decode_url64(attestation, "signature"), authenticator + sha256(client_data).digest()
    )
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"passkey {sha256(spki).hexdigest()[:16]}, verified"


def _check_client_data(client_data: bytes, origin: str, expected: bytes) -> None:
    said = _read_json(client_data, "the passkey's client data")
    if _get(said, "type", str, "the passkey's client data") != "webauthn.get":
        raise Broken("the passkey did something else than sign", cause="attestation")
    wanted = base64.urlsafe_b64encode(expected).rstrip(b"=").decode()
    if _get(said, "challenge", str, "the passkey's client data") != wanted:
        raise Broken("the passkey signed another statement", cause="attestation")
    if _get(said, "origin", str, "the passkey's client data") != origin or said.get("crossOrigin", False) is not False:
        raise Broken(f"the passkey signed on another site than {origin!r}", cause="attestation")


def _public_key(attestation: Mapping[str, Any]) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey | Ed25519PublicKey:
    described = _get(attestation, "public_key", dict, "the signature")
    algorithm = _get(attestation, "alg", int, "the signature")
    spki = _decode64(_get(described, "spki", str, "the public key"), "the public key")
    if _KEY_KINDS.get(algorithm) != described.get("kty"):
        raise Broken(
            f"algorithm {algorithm} does not go with a key of kind {described.get('kty')!r}", cause="attestation"
        )
    try:
        key = serialization.load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Broken("the public key cannot be read", cause="attestation") from error
    if algorithm == -7 and isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if algorithm == -8 and isinstance(key, Ed25519PublicKey):
        return key
    if algorithm == -257 and isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return key
    raise Broken(f"the public key is not one for algorithm {algorithm}", cause="attestation")


def _check_webauthn_signature(
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey | Ed25519PublicKey, signature: bytes, message: bytes
) -> None:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature as error:
        raise Broken("the passkey's signature does not hold", cause="attestation") from error


def _decode_url64(attestation: Mapping[str, Any], key: str) -> bytes:
    text = _get(attestation, key, str, "the signature")
    if not re.fullmatch("[A-Za-z0-9_-]+", text) or len(text) % 4 == 1:
        raise Broken(f"{key} of the signature is not base64url", cause="format")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# --- Exports: reading ------------------------------------------------------------------------------------------------

MAX_FILES = 1_000_000
"""Most files read in one export."""
MAX_FILE = 64 << 20
"""Longest entry, proof or note read, bytes."""
MAX_UNPACKED = 16 << 30
"""Most that an export may unpack to, bytes; more is taken for an attack on the reader."""
_PIECE = 1 << 20


class Unusable(Exception):
    """What was given is not an export that can be read; nothing was verified."""


def _check_path(name: str) -> str:
    parts = name.split("/")
    if (
        not name
        or "\\" in name
        or ":" in name
        or not name.isprintable()
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise Unusable(f"the export names a file {name!r}, which could lie outside of it")
    return name


class FolderSource:
    """An unpacked export."""

    def __init__(self, folder: Path) -> None:
        """Take a folder."""
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of all files in it, with `/` between parts."""
        found = []
        for folder, folders, files in os.walk(self._folder):
            for name in (*folders, *files):
                path = Path(folder, name)
                if path.is_symlink():
                    raise Unusable(f"{path} is a link, an export holds files")
            found += [_check_path(Path(folder, name).relative_to(self._folder).as_posix()) for name in files]
        return found

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file piece by piece."""
        try:
            with (self._folder / name).open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        except OSError as error:
            raise Unusable(f"{name} cannot be read: {error.strerror}") from error


class ZipSource:
    """An export as it was handed over; nothing is unpacked to disk."""

    def __init__(self, path: Path) -> None:
        """Open a zip file."""
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise Unusable(f"{path} is not a whole zip file: {error}") from error

    def names(self) -> list[str]:
        """Return the names of all files in it."""
        members = self._zip.infolist()
        files = [member for member in members if not member.is_dir()]
        size = sum(member.file_size for member in files)
        if len(members) > MAX_FILES or size > MAX_UNPACKED:
            raise Unusable(f"it would unpack to {len(members)} files of {size} bytes; that is no export")
        names = [_check_path(member.filename.removesuffix("/")) for member in members]
        if len(set(names)) != len(names):
            raise Unusable("it holds two files of the same name")
        if any(member.external_attr >> 16 & 0o170000 == 0o120000 for member in files):
            raise Unusable("it holds a link, an export holds files")
        if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in files):
            raise Unusable("it is compressed in a way that exports are not")
        return [member.filename for member in files]

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file piece by piece."""
        try:
            with self._zip.open(name) as file:
                while piece := file.read(_PIECE):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
            raise Unusable(f"{name} in the zip file is damaged: {error}") from error


Source = FolderSource | ZipSource


def open_export(path: Path) -> Source:
    """Open an export, packed or unpacked.

    Args:
        path: The zip, or the folder it was unpacked to.

    Returns:
        Its files.

    Raises:
        Unusable: If there is none.
    """
    if path.is_dir():
        return FolderSource(path)
    if path.is_file():
        return ZipSource(path)
    raise Unusable(f"there is nothing at {path}")


# --- Exports: checking -----------------------------------------------------------------------------------------------

MANIFEST, MANIFEST_NOTE, CHECKPOINT, KEYS = "manifest.json", "manifest.sig", "checkpoint.txt", "keys.json"
_SELF_PROVING = frozenset({MANIFEST, MANIFEST_NOTE, CHECKPOINT, "verify.py"})


def entry_path(seq: int) -> str:
    """Return the name of an entry's file in an export."""
    return f"entries/{seq:08d}.json"


def proof_path(seq: int) -> str:
    """Return the name of the file in an export that holds an entry's proof of inclusion."""
    return f"proofs/{seq:08d}.json"


def attachment_path(sha: str) -> str:
    """Return the name of an attachment's file in an export."""
    return f"attachments/{sha}"


def manifest_text(sha: str) -> str:
    """Return the text of the note `manifest.sig`, from the SHA-256 (hexadecimal) of the bytes of `manifest.json`."""
    return f"batchwright export manifest/1\n{_check_sha(sha)}\n"


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str


@dataclass
class Report:
    """What was checked in an export."""

    checks: list[Check] = field(default_factory=list)
    subject: str = ""
    pinned: bool = False
    """Whether the reader gave the key to trust; without it everything hangs on comparing the fingerprint."""
    key: VerifierKey | None = None
    """The site's key that signed."""
    fault: Broken | None = None
    """The first thing that is wrong."""

    @property
    def ok(self) -> bool:
        """Whether everything is as it was recorded."""
        return self.fault is None

    def good(self, name: str, detail: str) -> None:
        """Note a check that held."""
        self.checks.append(Check(name, True, detail))


@dataclass(frozen=True)
class _Place:
    """Where an entry stands, for the check of the next one."""

    seq: int
    hash: str
    at: str


@dataclass(frozen=True)
class _ListedKey:
    key: VerifierKey
    valid_from: int
    retired_at: int | None
    handover: str | None

    def valid_at(self, size: int) -> bool:
        return self.valid_from <= size and (self.retired_at is None or size <= self.retired_at)


def verify_export(source: Source, pins: Iterable[VerifierKey] = ()) -> Report:
    """Check everything in an export, up to the first thing that is wrong.

    Args:
        source: The export.
        pins: Keys that the reader trusts. A site's key: the export must be signed by it, or by a key to which it
            handed over. A witness's key: that witness must have cosigned. None: the keys in the export are taken as
            they are, and `Report.key` must be compared with what the site says out of band.

    Returns:
        What was checked; `Report.fault` is the first thing that is wrong.

    Raises:
        Unusable: If it is no export.
    """
    return _ExportCheck(source, tuple(pins)).run()


class _ExportCheck:
    """One pass over one export."""

    def __init__(self, source: Source, pins: tuple[VerifierKey, ...]) -> None:
        self._source = source
        self._names = set(source.names())
        if MANIFEST not in self._names:
            raise Unusable(f"there is no {MANIFEST}: this is not an export of a Batchwright record")
        self._sites = [key for key in pins if key.algorithm == ED25519]
        self._witnesses = [key for key in pins if key.algorithm == COSIGNATURE]
        self._expected = set(_SELF_PROVING)
        self._attached: set[str] = set()
        self._counted: dict[str, int] = {}
        self.report = Report(pinned=bool(self._sites))

    def run(self) -> Report:
        """Check in an order in which each step stands on those before it."""
        name = ""
        steps: tuple[tuple[str, Callable[[], str]], ...] = (
            ("checkpoint", self._check_checkpoint),
            ("manifest", self._check_manifest),
            ("entries", self._check_entries),
            ("attachments", self._check_attachments),
            ("time stamps", self._check_stamps),
            ("other files", self._check_files),
        )
        try:
            for name, step in steps:
                self.report.good(name, step())
        except Broken as broken:
            self.report.fault = broken
            self.report.checks.append(Check(name, False, str(broken)))
        return self.report

    def _read(self, name: str) -> bytes:
        if name not in self._names:
            raise Broken(f"{name} is not in the export", cause="missing")
        pieces, size = [], 0
        for piece in self._source.pieces(name):
            size += len(piece)
            if size > MAX_FILE:
                raise Unusable(f"{name} is longer than {MAX_FILE} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    def _digest(self, name: str) -> tuple[str, int]:
        if name not in self._names:
            raise Broken(f"{name} is not in the export", cause="missing")
        digest, size = sha256(), 0
        for piece in self._source.pieces(name):
            digest.update(piece)
            size += len(piece)
        return digest.hexdigest(), size

    # Keys and the checkpoint

    def _listed_keys(self) -> list[_ListedKey]:
        listed = _read_json(self._read(KEYS), KEYS)
        if not isinstance(listed, list) or not listed:
            raise Broken(f"{KEYS} lists no key", cause="format")
        return [self._listed_key(item) for item in listed]

    def _listed_key(self, item: Any) -> _ListedKey:
        key = VerifierKey.parse(_get(item, "vkey", str, KEYS))
        retired, handover = item.get("retired_at_seq"), item.get("handover")
        if retired is not None:
            retired = _get(item, "retired_at_seq", int, KEYS)
        if handover is not None:
            handover = _get(item, "handover", str, KEYS)
        if key.name != _get(item, "name", str, KEYS):
            raise Broken(f"{KEYS} lists the key of {key.name!r} under another name", cause="format")
        return _ListedKey(key, _get(item, "valid_from_seq", int, KEYS), retired, handover)

    def _trusted(self, listed: list[_ListedKey]) -> list[_ListedKey]:
        """Return the listed keys of the site that may be trusted: all, or the pinned ones and those they handed to."""
        sites = [item for item in listed if item.key.algorithm == ED25519]
        if not self._sites:
            return sites
        trusted: list[_ListedKey] = []
        for item in sites:
            if item.key in self._sites or (trusted and self._handed_over(trusted[-1], item)):
                trusted.append(item)
        if not trusted:
            raise Broken(
                f"the key that you gave, {self._sites[0].vkey}, is not a key of this export", cause="signature"
            )
        return trusted

    @staticmethod
    def _handed_over(old: _ListedKey, new: _ListedKey) -> bool:
        """Say whether an old key, trusted, names the new one; `handover` stands with the new key."""
        if new.handover is None:
            return False
        verify_handover(new.handover, old.key, new.key)
        return True

    def _check_checkpoint(self) -> str:
        listed = self._listed_keys()
        trusted = self._trusted(listed)
        listed_witnesses = [item.key for item in listed if item.key.algorithm == COSIGNATURE]
        witnesses = {key.vkey: key for key in (*listed_witnesses, *self._witnesses)}
        note = self._read(CHECKPOINT)
        self._head, verified = verify_checkpoint(note, [item.key for item in trusted], witnesses.values())
        size = self._head.size
        signers = [item for item in trusted if verified.signed_by(item.key)]
        valid = [item for item in signers if item.valid_at(size)]
        if not valid:
            raise Broken(f"{signers[0].key.vkey} was not the site's key at entry {size}", cause="signature")
        self._key = self.report.key = valid[-1].key
        # A checkpoint keeps the key of its day; what is made for the export is signed with the key of today.
        self._signers = [item.key for item in trusted if item.key == self._key or item.retired_at is None]
        if self._head.origin != self._key.name:
            raise Broken(
                f"the checkpoint is of {self._head.origin!r}, the key is of {self._key.name!r}", cause="signature"
            )
        for witness in self._witnesses:
            if not verified.signed_by(witness):
                raise Broken(f"the witness {witness.name!r} did not cosign this checkpoint", cause="signature")
        cosigned = sorted({signature.key.name for signature in verified.signatures if signature.time is not None})
        return f"{size} entries, signed by {self._key.name}; " + (
            f"cosigned by {', '.join(cosigned)}" if cosigned else "no witness cosigned"
        )

    # The manifest

    def _check_manifest(self) -> str:
        content = self._read(MANIFEST)
        if verify_note(self._read(MANIFEST_NOTE), self._signers).text != manifest_text(sha256(content).hexdigest()):
            raise Broken("the manifest is not the one that the site signed", cause="edited")
        self._manifest = _read_json(content, MANIFEST)
        self.report.subject = _get(self._manifest, "subject", str, MANIFEST)
        self._below = self._manifest.get("below", False)
        if not isinstance(self._below, bool):
            raise Broken(f"{MANIFEST} does not say whether it holds what is below its subject", cause="format")
        self._entries = _get(self._manifest, "entries", list, MANIFEST)
        if not self._entries or len(self._entries) != _get(self._manifest, "count", int, MANIFEST):
            raise Broken(f"{MANIFEST} counts its entries wrongly", cause="format")
        if _get(self._manifest, "tree_size", int, MANIFEST) != self._head.size:
            raise Broken("the manifest is of another checkpoint", cause="format")
        if _get(self._manifest, "site", str, MANIFEST) != self._head.origin:
            raise Broken("the manifest is of another site", cause="format")
        made_at = _get(self._manifest, "made_at", str, MANIFEST)
        below = " and what is below it" if self._below else ""
        return f"{len(self._entries)} entries of {self.report.subject}{below}, exported at {made_at}"

    # Entries

    def _check_entries(self) -> str:
        last: _Place | None = None
        for item in self._entries:
            seq = _get(item, "seq", int, MANIFEST)
            try:
                last = self._check_entry(item, seq, last)
            except Broken as broken:
                kind = self._type_of(seq)
                message = f"{kind}: {broken.message}" if kind else broken.message
                raise Broken(message, seq=seq, cause=broken.cause) from broken
        if self.report.subject not in self._counted:
            raise Broken(f"no entry is about {self.report.subject!r} itself", cause="subject")
        of = f" of {len(self._counted)} subjects" if len(self._counted) > 1 else ""
        return f"{len(self._entries)} entries{of} unaltered, in the tree, in order, none left out before the last"

    def _check_entry(self, item: Any, seq: int, last: _Place | None) -> _Place:
        if _get(item, "file", str, MANIFEST) != entry_path(seq):
            raise Broken(f"it is listed as {item['file']!r}", cause="format")
        body = self._read(entry_path(seq))
        if sha256(body).hexdigest() != _get(item, "sha256", str, MANIFEST):
            raise Broken("these are not the bytes that the manifest lists", cause="edited")
        content = _parse_entry(body)
        self._check_place(content, seq, last)
        self._check_proof(leaf_hash(body), seq)
        self._check_attached(content["entry"])
        for attestation in _get(content["entry"], "attestations", list, "the entry"):
            self.report.good("signature", f"entry {seq}: {_attested(attestation, content)}")
        return _Place(seq, leaf_hash(body).hex(), content["at"])

    def _type_of(self, seq: int) -> str:
        """Return the type that bad bytes still name, so that the reader knows which entry it is."""
        if entry_path(seq) not in self._names:
            return ""
        named = re.search(rb'"type":"([a-z0-9_.]{1,80}/[0-9]{1,4})"\},"prev_hash":', self._read(entry_path(seq)))
        return named[1].decode() if named else ""

    def _check_place(self, content: Any, seq: int, last: _Place | None) -> None:
        if content["seq"] != seq:
            raise Broken(f"this is entry {content['seq']}", cause="reordered")
        subject = content["entry"]["subject"]
        if subject != self.report.subject and not (self._below and subject.startswith(f"{self.report.subject}/")):
            raise Broken(f"it is about {subject!r}", cause="subject")
        # Each subject counts its own entries, so none of any of them can be left out before its last.
        position = self._counted[subject] = self._counted.get(subject, 0) + 1
        if content["subject_seq"] != position:
            raise Broken(
                f"it is number {content['subject_seq']} of its subject where number {position} should be",
                cause="deleted" if content["subject_seq"] > position else "reordered",
            )
        if last is not None:
            if seq <= last.seq:
                raise Broken(f"it stands after entry {last.seq}", cause="reordered")
            if content["at"] < last.at:
                raise Broken(f"its time {content['at']} is before that of the entry before it", cause="backdated")
            if seq == last.seq + 1 and content["prev_hash"] != last.hash:
                raise Broken("it is chained to another entry than the one before it", cause="edited")

    def _check_proof(self, leaf: bytes, seq: int) -> None:
        name = proof_path(seq)
        self._expected |= {entry_path(seq), name}
        proof = _read_json(self._read(name), name)
        if (_get(proof, "leaf_index", int, name), _get(proof, "tree_size", int, name)) != (seq - 1, self._head.size):
            raise Broken("its proof is that of another place or another tree", cause="proof")
        path = _get(proof, "hashes", list, name)
        if not all(isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) for text in path):
            raise Broken("its proof holds something else than hashes", cause="proof")
        hashes = [bytes.fromhex(text) for text in path]
        verify_inclusion(leaf=leaf, index=seq - 1, size=self._head.size, proof=hashes, root=self._head.root)

    def _check_attached(self, entry: Any) -> None:
        for item in _get(entry, "attachments", list, "the entry"):
            sha = _check_sha(_get(item, "sha256", str, "an attachment"))
            name = _get(item, "name", str, "an attachment")
            found, size = self._digest(attachment_path(sha))
            if found != sha or size != _get(item, "size", int, "an attachment"):
                raise Broken(f"the attachment {name!r} is not the one that was recorded", cause="attachment")
            self._attached.add(sha)
            self._expected.add(attachment_path(sha))

    # The rest

    def _check_attachments(self) -> str:
        listed = set()
        for item in _get(self._manifest, "attachments", list, MANIFEST):
            listed.add(_check_sha(item if isinstance(item, str) else _get(item, "sha256", str, MANIFEST)))
        if listed != self._attached:
            odd = min(listed ^ self._attached)
            raise Broken(f"attachment {odd} is not both in the manifest and in an entry", cause="attachment")
        return f"{len(listed)} attachments unaltered"

    def _check_stamps(self) -> str:
        told = []
        for name in sorted(name for name in self._names if name.startswith("timestamps/")):
            self._expected.add(name)
            content = self._read(name)
            if content.startswith(b"batchwright time stamp/"):
                told.append(f"{verify_stamp(content, self._head.root, self._signers)} by the site itself")
            elif sha256(self._head.root).digest() in content:
                told.append(f"{name} of an outside authority, not verified here: use `openssl ts -verify`")
            else:
                raise Broken(f"{name} is no time stamp of this checkpoint", cause="signature")
        return "; ".join(told) or "none"

    def _check_files(self) -> str:
        others = _get(self._manifest, "files", list, MANIFEST) if "files" in self._manifest else []
        for item in others:
            name = _get(item, "file", str, MANIFEST)
            if self._digest(name)[0] != _get(item, "sha256", str, MANIFEST):
                raise Broken(f"{name} is not the file that the manifest lists", cause="edited")
            self._expected.add(name)
        unlisted = sorted(self._names - self._expected)
        if unlisted:
            raise Broken(f"{unlisted[0]} is in the export and nothing vouches for it", cause="unlisted")
        return f"{len(others)} more files unaltered, no file unlisted"


def _check_sha(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise Broken(f"{text!r} is not a SHA-256", cause="format")
    return text


def _attested(attestation: Any, content: Any) -> str:
    if not isinstance(attestation, dict):
        raise Broken("a signature is malformed", cause="format")
    return verify_attestation(attestation, content["entry"], content["at"])


def _parse_entry(body: bytes) -> Any:
    """Return an entry's content, if its bytes are canonical and its members of the right kinds."""
    content = _read_json(body, "the entry")
    if canonical(content) != body:
        raise Broken("its bytes are not in canonical form", cause="edited")
    if not isinstance(content, dict) or sorted(content) != ["at", "entry", "prev_hash", "seq", "subject_seq"]:
        raise Broken("it has not the members of an entry", cause="format")
    inner = _get(content, "entry", dict, "the entry")
    for key in ("type", "subject", "actor"):
        _get(inner, key, str, "the entry")
    if envelope(body) is None:
        raise Broken("its time, number or link is malformed", cause="format")
    return content


# --- The program -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Check an export and say what was found.

    Args:
        arguments: Those of the command line.

    Returns:
        Exit status: 0 all is well, 1 something is not, 2 it cannot be read.
    """
    parser = argparse.ArgumentParser(description="Check a Batchwright export.", epilog=_EPILOG)
    parser.add_argument("path", nargs="?", type=Path, default=Path(__file__).resolve().parent, metavar="FOLDER-or-ZIP")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY", help="a key that you trust (repeatable)")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    options = parser.parse_args(arguments)
    try:
        pins = [VerifierKey.parse(key) for key in options.key]
        report = verify_export(open_export(options.path), pins)
    except (Unusable, Broken) as error:
        problem = f"cannot be verified: {error}"
        _say(json.dumps({"ok": False, "error": problem}) if options.json else _shown(problem))
        return 2
    _say(_as_json(report) if options.json else _as_text(report))
    return 0 if report.ok else 1


_EPILOG = (
    "The key to trust is the one that the site gave you on paper, by telephone or with the quality agreement; an "
    "export cannot vouch for its own key."
)


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def _shown(text: str) -> str:
    """Return text without characters that could steer a terminal or that it cannot show."""
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in text)


def _as_text(report: Report) -> str:
    lines = [f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.detail}" for check in report.checks]
    if report.key is not None and not report.pinned:
        lines += [
            "!!   the key was taken from the export itself. Compare it with what the site told you, out of band:",
            f"     {report.key.vkey}",
            f"     fingerprint {report.key.fingerprint}",
        ]
    if report.fault is not None:
        lines.append(f"NOT AS RECORDED: {report.fault}")
    else:
        pinned = "" if report.pinned else ", if the key above is the site's"
        lines.append(f"AS RECORDED: {report.subject}{pinned}")
    return "\n".join(_shown(line) for line in lines)


def _as_json(report: Report) -> str:
    fault = report.fault
    return json.dumps(
        {
            "ok": report.ok,
            "subject": report.subject,
            "checks": [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in report.checks],
            "key": None if report.key is None else {"vkey": report.key.vkey, "fingerprint": report.key.fingerprint},
            "key_pinned": report.pinned,
            "first_bad": None if fault is None else {"seq": fault.seq, "cause": fault.cause, "message": fault.message},
        },
        indent=2,
    )


if __name__ == "__main__":  # pragma: no cover (tests run it as a program of its own)
    sys.exit(main())
