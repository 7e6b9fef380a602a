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

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

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
    """
    return str(Note(text, (note_signature(text, name=name, key=key),)))


def cosign(text: str, *, name: str, key: Ed25519PrivateKey, time: int) -> NoteSignature:
    """Sign a checkpoint's text as a witness (https://c2sp.org/tlog-cosignature, Ed25519).

    Args:
        text: Text of the checkpoint.
        name: Name of the witness.
        key: The witness' private key.
        time: Seconds since 1970, UTC.
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
        return _wrong_number(seq, number, [*block[index:], *islice(following, BLOCK)])
    if leaf_hash(body) != stored:
        return Broken("the entry does not have the hash that is stored with it", seq=number, cause="edited")
    found = envelope(body)
    if found is None:
        return Broken("these are not the bytes of an entry", seq=number, cause="edited")
    if found.seq > number:
        return _later_entry_in_place(found.seq, number, [*block[index:], *islice(following, BLOCK)])
    if found.seq < number:
        return _earlier_entry_in_place(found, number, [chain.head, *(row[3] for row in block[:index])])
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


def _earlier_entry_in_place(found: Envelope, number: int, hashes: Sequence[bytes]) -> Broken:
    """An untouched entry under a number above its own: one was put in before it, or it was moved.

    Args:
        found: What the entry says of itself.
        number: Where it stands.
        hashes: Hashes of the entries before it, the last one that of `number - 1`.
    """
    place = len(hashes) - 1 - (number - found.seq)
    if place >= 0 and hashes[place].hex() == found.prev_hash:
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
