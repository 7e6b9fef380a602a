"""Verifying the live record: the chain, the tree, the checkpoints, the signatures, and every row of every GMP table.

Pure checking of bytes is :mod:`batchwright.record.verifier`, the same file that is given away with every export; what
stands here reads the database and compares it with the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet

from batchwright.record import guards, keyring, verifier
from batchwright.record.contents import Contents
from batchwright.record.findings import Finding, Report
from batchwright.record.models import Checkpoint, Entry
from batchwright.record.queries import StoredTree
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
            contents.check(run.told("entries", run.entries().iterator(chunk_size=_EVERY), report.entries))
            contents.compare_tables(lambda name, rows, total: run.told(name, rows, total))
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
        return lambda size: [known.key for known in registered if known.seq <= size][-1:]

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
        try:
            head, _ = verifier.verify_checkpoint(stored.note, trusted(size))
        except verifier.Broken as broken:
            self.report.add(Finding("checkpoint", f"checkpoint of size {size}: {broken}"))
            return None
        if (head.size, head.root) != (size, bytes(stored.root)):
            self.report.add(Finding("checkpoint", f"checkpoint of size {size} stands beside a note of {head.size}"))
            return None
        for cosignature in stored.cosignatures.all():
            note = verifier.add_signatures(stored.note, verifier.NoteSignature.parse(cosignature.line))
            try:
                verifier.verify_note(note, [verifier.VerifierKey.parse(cosignature.vkey)])
            except verifier.Broken as broken:
                self.report.add(Finding("witness", f"{cosignature.witness} on size {size}: {broken}"))
            self.report.cosignatures += 1
        for stamp in stored.timestamps.all():
            finding = keyring.check_stamp(stamp, bytes(stored.root), trusted(size))
            if finding is not None:
                self.report.add(finding)
            self.report.timestamps += 1
        return head

    def chain(self, heads: list[verifier.Checkpoint]) -> bool:
        """Check the chain and the tree; say whether the entries can be trusted as they stand."""
        total = self.entries().count()
        rows = self.entries().values_list("seq", "body", "hash").iterator(chunk_size=_EVERY)
        told = self.told("chain", ((seq, None, bytes(body), bytes(digest)) for seq, body, digest in rows), total)
        try:
            chain = verifier.verify_chain(told, checkpoints=heads)
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
