"""Verifying one subject: its entries, their proofs under the last checkpoint, and the rows they wrote."""

from __future__ import annotations

from django.db import DatabaseError

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.record import guards, verifier
from batchwright.record.contents import UNREADABLE, check_columns, check_proofs, differs
from batchwright.record.findings import Finding, Report
from batchwright.record.models import Change, Entry, GmpModel
from batchwright.record.queries import StoredTree


def check_subject(report: Report, subject: str, using: str, heads: list[verifier.Checkpoint]) -> None:
    """Check everything the record says of one subject.

    Args:
        report: Where findings go.
        subject: Its name.
        using: The alias of the database.
        heads: Verified checkpoints, in order.

    Raises:
        DomainError: If the record knows no such subject.
    """
    found = list(Entry.objects.using(using).filter(subject=subject).order_by("seq"))
    if not found:
        raise DomainError("The record knows no such subject", value=subject, remedy="Search for it in the record.")
    tree = StoredTree(using)
    head = heads[-1] if heads else None
    touched: set[tuple[str, int]] = set()
    for number, entry in enumerate(found, start=1):
        report.entries += 1
        if entry.subject_seq != number:
            message = f"{subject} has entry {entry.subject_seq} where {number} should be"
            report.add(Finding("deleted", message, entry.seq))
        _check_place(report, entry, head, tree)
        try:
            check_columns(report, entry)
            check_proofs(report, entry)
            touched |= {(change["table"], int(change["key"])) for change in entry.changes}
        except UNREADABLE as error:
            message = f"its content is not that of an entry: {type(error).__name__} {error}"
            report.add(Finding("unreadable", message, entry.seq))
    _check_rows(report, touched, using)
    if head is not None:
        report.tree_size, report.root = head.size, head.root.hex()


def _check_place(report: Report, entry: Entry, head: verifier.Checkpoint | None, tree: StoredTree) -> None:
    leaf = verifier.leaf_hash(bytes(entry.body))
    if leaf != bytes(entry.hash):
        report.add(Finding("edited", "the bytes of the entry are not those that were hashed", entry.seq))
        return
    if head is None or entry.seq > head.size:
        return
    try:
        proof = verifier.inclusion_proof_from(tree, entry.seq - 1, head.size)
        verifier.verify_inclusion(leaf=leaf, index=entry.seq - 1, size=head.size, proof=proof, root=head.root)
    except verifier.Broken as broken:
        report.add(Finding(broken.cause, broken.message, entry.seq))


def _check_rows(report: Report, touched: set[tuple[str, int]], using: str) -> None:
    known = {model._meta.db_table: model for model in guards.gmp_models()}
    for table, key in sorted(touched):
        report.rows += 1
        last = Change.objects.using(using).filter(table=table, key=key).order_by("-entry_id", "-position").first()
        if last is None:
            report.add(Finding("index", "the index of changed rows has lost this row", None, table, str(key)))
            continue
        try:
            finding = _check_row(known.get(table), last, using)
        except (*UNREADABLE, IndexError, Entry.DoesNotExist, BadInput, DatabaseError) as error:
            finding = Finding(
                "row", f"the row or its last image cannot be read: {error}", last.entry_id, table, str(key)
            )
        if finding is not None:
            report.add(finding)


def _check_row(model: type[GmpModel] | None, last: Change, using: str) -> Finding | None:
    row = None if model is None else model._base_manager.using(using).filter(pk=last.key).first()
    image = last.entry.changes[last.position]["after"]
    if row is not None and image is not None:
        return differs(row, image, last.entry_id)
    if (row is None) == (image is None):
        return None
    return Finding("row", "the row and its last image disagree", last.entry_id, last.table, str(last.key))
