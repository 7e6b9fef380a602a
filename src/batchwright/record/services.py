"""What the record does by itself: checkpoints, witnesses, keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.record import keyring, queries, verifier
from batchwright.record.actor import SITE, Actor
from batchwright.record.entries import SchemaMigrated, WitnessRegistered
from batchwright.record.journal import command, entry
from batchwright.record.models import Checkpoint, Cosignature, Entry, Node, TimeStamp, Witness
from batchwright.record.outcomes import Receipt
from batchwright.record.reading import rows_of

BLOCK = 1 << queries.NODE_STEP


def checkpoint() -> Checkpoint | None:
    """Sign a tree head over all entries.

    The entries since the last checkpoint are verified first, from the tree that was signed then: the site never signs
    over a past that was altered.

    Returns:
        The new checkpoint; ``None`` if there is no entry since the last one.

    Raises:
        verifier.Broken: If what is there does not continue what was signed.
        Unavailable: If the time-stamp authority does not answer; the checkpoint itself stands.
    """
    keyring.signing_key()
    try:
        with _appending():
            made = _sign_head()
    except IntegrityError:
        # Another process signed the same head first; there is one head per size.
        return None
    if made is not None:
        _stamp(made)
    return made


def checkpoint_if_due() -> Checkpoint | None:
    """Sign a tree head if enough entries or enough time have passed since the last one.

    Returns:
        The new checkpoint, if one was due.

    Raises:
        verifier.Broken: If what is there does not continue what was signed.
    """
    newest, last = queries.head(), queries.latest_checkpoint()
    size = 0 if newest is None else newest.seq
    signed = 0 if last is None else last.tree_size
    if size == signed:
        return None
    configured = settings.CONFIGURATION
    oldest = Entry.objects.filter(seq=signed + 1).values_list("at", flat=True).first()
    # Where that entry is missing, signing says what is wrong.
    waited = oldest is None or clock.now() - oldest >= timedelta(seconds=configured.checkpoint_seconds)
    return checkpoint() if waited or size - signed >= configured.checkpoint_entries else None


def _sign_head() -> Checkpoint | None:
    last = queries.latest_checkpoint()
    chain = _chain_at(last)
    signed = chain.size
    stored = Entry.objects.filter(seq__gt=signed).order_by("seq").values_list("seq", "body", "hash")
    with rows_of(stored) as rows:
        entries = ((seq, None, bytes(body), bytes(digest)) for seq, body, digest in rows)
        chain = verifier.verify_chain(entries, start=chain)
    if chain.size == signed:
        return None
    _keep_nodes(signed, chain.size)
    key = keyring.key_at(chain.size)
    head = verifier.Checkpoint(origin=key.name, size=chain.size, root=chain.frontier.root())
    return Checkpoint.objects.create(
        tree_size=head.size,
        at=clock.now(),
        root=head.root,
        key_name=key.name,
        note=key.sign_note(head.text),
        pending=b"".join(chain.frontier.pending),
    )


def _chain_at(last: Checkpoint | None) -> verifier.Chain:
    """Take the chain up where the last checkpoint left it, if its tree is still the one that was signed."""
    if last is None:
        return verifier.Chain()
    kept = bytes(last.pending)
    frontier = verifier.Frontier(last.tree_size, [kept[place : place + 32] for place in range(0, len(kept), 32)])
    newest = Entry.objects.filter(seq=last.tree_size).first()
    if newest is None:
        raise verifier.Broken(
            f"the record ends before entry {last.tree_size}, which a signed checkpoint has",
            seq=last.tree_size, cause="truncated",
        )  # fmt: skip
    if frontier.root() != bytes(last.root):
        raise verifier.Broken("the kept tree is not the one that was signed", seq=last.tree_size, cause="rewritten")
    outer = verifier.envelope(bytes(newest.body))
    if outer is None or verifier.leaf_hash(bytes(newest.body)) != bytes(newest.hash):
        raise verifier.Broken("its bytes are not those that were hashed", seq=newest.seq, cause="edited")
    return verifier.Chain(frontier=frontier, head=bytes(newest.hash), at=outer.at)


def _keep_nodes(old_size: int, new_size: int) -> None:
    """Keep the hashes of the subtrees of 2**8, 2**16 ... leaves that became full."""
    level = 0
    while new_size >= BLOCK:
        for index in range(old_size // BLOCK, new_size // BLOCK):
            below = _below(level, index)
            Node.objects.create(level=level + queries.NODE_STEP, index=index, hash=verifier.root(below))
        old_size, new_size, level = old_size // BLOCK, new_size // BLOCK, level + queries.NODE_STEP


def _below(level: int, index: int) -> list[bytes]:
    first = index * BLOCK
    if level == 0:
        leaves = Entry.objects.filter(seq__gt=first, seq__lte=first + BLOCK).order_by("seq")
        return [bytes(found) for found in leaves.values_list("hash", flat=True)]
    nodes = Node.objects.filter(level=level, index__gte=first, index__lt=first + BLOCK).order_by("index")
    return [bytes(found) for found in nodes.values_list("hash", flat=True)]


def _stamp(made: Checkpoint) -> None:
    stamp = keyring.authority().stamp(bytes(made.root))
    with _appending():
        TimeStamp.objects.create(checkpoint=made, kind=stamp.kind, token=stamp.token, at=stamp.at)


@contextmanager
def _appending() -> Iterator[None]:
    """Let one transaction add to the ledger's own tables."""
    try:
        with transaction.atomic(durable=True):
            connection.gate.allow_ledger()  # type: ignore[attr-defined]
            yield
    finally:
        connection.gate.close()  # type: ignore[attr-defined]


@command
def register_witness(
    *, actor: Actor, name: str, vkey: str, sponsor: str | None = None, idempotency_key: str | None = None
) -> Receipt:
    """Register somebody outside the plant who cosigns checkpoints.

    Args:
        actor: Who registers; the caller has checked the right to do so.
        name: The witness's name, as in the key.
        vkey: The witness's cosignature key, ``name+id+base64``.
        sponsor: The sponsor it belongs to, if any.
        idempotency_key: The caller's key for this command.

    Returns:
        The receipt.

    Raises:
        DomainError: If the key is no cosignature key or is registered already.
    """
    try:
        key = verifier.VerifierKey.parse(vkey)
    except verifier.Broken as broken:
        raise DomainError("This is no verifier key", value=vkey, limit=broken.message) from broken
    if key.algorithm != verifier.COSIGNATURE or key.name != name:
        raise DomainError(
            "This is not the cosignature key of that witness", value=vkey,
            remedy="Let the witness print it with `batchwright record witness --show-key`.",
        )  # fmt: skip
    with entry(
        WitnessRegistered(witness=name, vkey=vkey), actor=actor, sponsor=sponsor, idempotency_key=idempotency_key
    ) as opened:
        if Witness.objects.filter(vkey=vkey).exists():
            raise DomainError("This witness is registered already", value=name)
        opened.subject = opened.create(Witness(name=name, vkey=vkey, sponsor=sponsor))
    return opened.receipt


def add_cosignature(tree_size: int, line: str) -> Cosignature:
    """Keep a witness's signature on a checkpoint. It needs no log-in: it proves itself.

    Args:
        tree_size: The checkpoint's size.
        line: The signature line of the signed note.

    Returns:
        The cosignature; the earlier one if the witness sent it before.

    Raises:
        DomainError: If there is no such checkpoint, no such witness, or the signature does not hold.
    """
    head = Checkpoint.objects.filter(tree_size=tree_size).first()
    if head is None:
        raise DomainError("There is no such checkpoint", value=str(tree_size), remedy="Fetch the latest one.")
    try:
        signature = verifier.NoteSignature.parse(line)
        keys = [verifier.VerifierKey.parse(found.vkey) for found in Witness.objects.filter(is_active=True)]
        verified = verifier.verify_note(verifier.add_signatures(head.note, signature), keys)
    except verifier.Broken as broken:
        raise DomainError("This is no cosignature of a registered witness", limit=broken.message) from broken
    key, seconds = verified.signatures[0].key, verified.signatures[0].time
    try:
        with _appending():
            return Cosignature.objects.create(
                checkpoint=head,
                witness=key.name,
                vkey=key.vkey,
                line=signature.line,
                at=datetime.fromtimestamp(seconds or 0, UTC),
            )
    except IntegrityError:
        # It was sent before; there is one cosignature of a witness per head.
        return Cosignature.objects.get(checkpoint=head, vkey=key.vkey)


def record_migration(applied: list[str], version: str) -> Receipt:
    """Record that the database was brought to a newer structure.

    Args:
        applied: The migrations that ran, as ``app.name``.
        version: The version of Batchwright.

    Returns:
        The receipt.
    """
    with entry(SchemaMigrated(version=version, applied=applied), actor=SITE, subject="site/database") as opened:
        pass
    return opened.receipt
