"""Verifying the live record: the chain, the tree, the checkpoints, the signatures, and every row of every GMP table.

Pure checking of bytes is :mod:`batchwright.record.verifier`, the same file that is given away with every export; what
stands here reads the database and compares it with the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from batchwright.record import guards, keyring, verifier
from batchwright.record.contents import Contents
from batchwright.record.findings import Finding, Report
from batchwright.record.models import Checkpoint, Entry, Witness
from batchwright.record.queries import StoredTree
from batchwright.record.reading import rows_of
from batchwright.record.subject_contents import check_subject

Progress = Callable[[str, int, int], bool]
"""Told the step, how much of it is done and how much there is; answers False to cancel."""
Trusted = Callable[[int], list[verifier.VerifierKey]]
"""The keys that may sign a checkpoint of a size."""

_EVERY = 2000


class Cancelled(Exception):
    """The person who started the run stopped it."""


def verify(
    *, subject: str | None = None, using: str = "default", keys: tuple[str, ...] = (), progress: Progress | None = None
) -> Report:
    """Verify the record.

    Args:
        subject: Only this subject's entries, signatures and rows; ``None`` for everything.
        using: The alias of the database.
        keys: Trusted site keys as ``vkey`` text; none means those the ledger registered and this site holds.
        progress: Called now and then.

    Returns:
        What was checked and what is wrong, the first fault of the chain with its entry.
    """
    started = time.perf_counter()
    run = _Run(using, progress)
    report = run.report
    if subject is not None:
        report.scope = subject
    try:
        for name, state in guards.faults(using):
            report.add(Finding("guard", f"{name} is {state}"))
        trusted = run.trusted(keys)
        heads = run.heads(trusted)
        if subject is not None:
            check_subject(report, subject, using, heads)
        elif run.chain(heads):
            contents = Contents(report, using)
            with rows_of(run.entries()) as entries:
                contents.check(run.told("entries", entries, report.entries))
            contents.compare_tables(run.told)
    except Cancelled:
        report.complete = False
    report.seconds = round(time.perf_counter() - started, 3)
    return report


class _Run:
    """One verification while it runs."""

    def __init__(self, using: str, progress: Progress | None) -> None:
        self.report = Report()
        self._using = using
        self._progress = progress

    def entries(self) -> QuerySet[Entry]:
        return Entry.objects.using(self._using).order_by("seq")

    def told(self, step: str, rows: Iterator[Any], total: int) -> Iterator[Any]:
        """Pass rows on and tell how far it is."""
        done = 0
        for row in rows:
            if done % _EVERY == 0 and self._progress is not None and not self._progress(step, done, total):
                raise Cancelled
            done += 1
            yield row
        if self._progress is not None:
            self._progress(step, done, max(done, total))

    def trusted(self, pinned: tuple[str, ...]) -> Trusted:
        if pinned:
            anchors = [verifier.VerifierKey.parse(key) for key in pinned]
            return lambda _size: list(anchors)
        registered, findings = keyring.registered(self._using)
        for finding in findings:
            self.report.add(finding)

        def trusted(size: int) -> list[verifier.VerifierKey]:
            known = [known.key for known in registered if known.seq <= size][-1:]
            if known:
                return known
            self.report.add(Finding("checkpoint", f"checkpoint of size {size}: no entry up to there names its key"))
            # A record robbed of that entry is still held against what was signed, so that the place is found.
            return keyring.kept(self._using)

        return trusted

    def heads(self, trusted: Trusted) -> list[verifier.Checkpoint]:
        """Check the signatures of all checkpoints, their cosignatures and time stamps."""
        heads = []
        stored = Checkpoint.objects.using(self._using).prefetch_related("cosignatures", "timestamps")
        for checkpoint in stored.order_by("tree_size"):
            head = self._head(checkpoint, trusted)
            if head is not None:
                heads.append(head)
        self.report.checkpoints = len(heads)
        self.report.covered_to = heads[-1].size if heads else 0
        return heads

    def _head(self, stored: Checkpoint, trusted: Trusted) -> verifier.Checkpoint | None:
        size = stored.tree_size
        keys = trusted(size)
        try:
            head, _ = verifier.verify_checkpoint(stored.note, keys)
        except verifier.Broken as broken:
            self.report.add(Finding("checkpoint", f"checkpoint of size {size}: {broken}"))
            return None
        if (head.size, head.root) != (size, bytes(stored.root)):
            self.report.add(Finding("checkpoint", f"checkpoint of size {size} stands beside a note of {head.size}"))
            return None
        self._check_beside(stored, head)
        for cosignature in stored.cosignatures.all():
            try:
                note = verifier.add_signatures(stored.note, verifier.NoteSignature.parse(cosignature.line))
                verifier.verify_note(note, [verifier.VerifierKey.parse(cosignature.vkey)])
            except verifier.Broken as broken:
                self.report.add(Finding("witness", f"{cosignature.witness} on size {size}: {broken}"))
            if (cosignature.witness, cosignature.vkey) not in self._witnesses:
                message = f"{cosignature.witness} on size {size}: this is no registered witness's key"
                self.report.add(Finding("witness", message))
            self.report.cosignatures += 1
        for stamp in stored.timestamps.all():
            finding = keyring.check_stamp(stamp, bytes(stored.root), keys)
            if finding is not None:
                self.report.add(finding)
            self.report.timestamps += 1
        return head

    def _check_beside(self, stored: Checkpoint, head: verifier.Checkpoint) -> None:
        """Check what stands beside the note: the name, and the nodes from which the next checkpoint goes on."""
        kept = bytes(stored.pending)
        nodes = [kept[place : place + verifier.HASH_SIZE] for place in range(0, len(kept), verifier.HASH_SIZE)]
        wrong = ""
        try:
            if verifier.Frontier(head.size, nodes).root() != head.root:
                wrong = "the kept nodes are not those of its tree"
        except verifier.Broken as broken:
            wrong = broken.message
        if stored.key_name != head.origin:
            wrong = f"it is kept as one of {stored.key_name}"
        if wrong:
            self.report.add(Finding("checkpoint", f"checkpoint of size {head.size}: {wrong}"))

    @cached_property
    def _witnesses(self) -> set[tuple[str, str]]:
        return set(Witness.objects.using(self._using).values_list("name", "vkey"))

    def chain(self, heads: list[verifier.Checkpoint]) -> bool:
        """Check the chain and the tree; say whether the entries can be trusted as they stand."""
        total = self.entries().count()
        try:
            with rows_of(self.entries().values_list("seq", "body", "hash")) as rows:
                entries = ((seq, None, bytes(body), bytes(digest)) for seq, body, digest in rows)
                chain = verifier.verify_chain(self.told("chain", entries, total), checkpoints=heads)
        except verifier.Broken as broken:
            self.report.add(Finding(broken.cause, broken.message, seq=broken.seq))
            self.report.complete = False
            return False
        self.report.entries = self.report.tree_size = chain.size
        self.report.root = chain.frontier.root().hex() if chain.size else ""
        return True


def verify_entry(entry: Entry, checkpoint: Checkpoint) -> list[bytes]:
    """Prove that one entry stands under a checkpoint, for the page that shows it.

    Args:
        entry: The entry.
        checkpoint: A checkpoint not older than the entry.

    Returns:
        The audit path that was verified.

    Raises:
        verifier.Broken: If the entry's bytes, its hash or its proof do not hold.
    """
    leaf = verifier.leaf_hash(bytes(entry.body))
    if leaf != bytes(entry.hash):
        raise verifier.Broken("the bytes of the entry are not those that were hashed", seq=entry.seq, cause="edited")
    proof = verifier.inclusion_proof_from(StoredTree(), entry.seq - 1, checkpoint.tree_size)
    verifier.verify_inclusion(
        leaf=leaf, index=entry.seq - 1, size=checkpoint.tree_size, proof=proof, root=bytes(checkpoint.root)
    )
    return proof
