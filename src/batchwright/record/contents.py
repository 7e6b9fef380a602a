"""Comparing what the entries say with what the database holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.db import DatabaseError
from django.db.models import QuerySet

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.record import guards, images, stores, typed, verifier
from batchwright.record.findings import Finding, Report
from batchwright.record.models import Change, Entry, GmpModel, Node
from batchwright.record.queries import NODE_STEP
from batchwright.record.reading import rows_of

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)
"""What reading bytes raises that nobody wrote through the record."""
_AT_A_TIME = 100
"""Rows that are read one by one where one of many cannot be read."""
Rows = Callable[[str, Iterator[Any], int], Iterator[Any]]


class Last(NamedTuple):
    """The last image of a row, by digest, and where it stands."""

    digest: bytes | None
    """``None`` if the row was deleted."""
    seq: int
    position: int


class Contents:
    """One pass over entries whose chain is already known to hold."""

    def __init__(self, report: Report, using: str) -> None:
        self._report = report
        self._using = using
        self._last: dict[tuple[str, str], Last] = {}
        self._per_subject: dict[str, int] = {}
        self._nodes = _Nodes()
        self._known = {model._meta.db_table: model for model in guards.gmp_models()}

    def check(self, entries: Iterable[Entry]) -> None:
        """Check every entry: columns, index of changes, continuity of rows, attachments, signatures.

        Args:
            entries: All entries, in order.
        """
        index = Change.objects.using(self._using).order_by("entry_id", "position")
        with rows_of(index.values_list("entry_id", "position", "table", "key", "row_version")) as rows:
            written = _ChangeIndex(rows)
            for entry in entries:
                indexed = written.of(entry.seq)
                try:
                    self._check_entry(entry, indexed)
                except UNREADABLE as error:
                    message = f"its content is not that of an entry: {type(error).__name__} {error}"
                    self._report.add(Finding("unreadable", message, entry.seq))
                self._nodes.add(bytes(entry.hash))
            for stray in written.rest():
                self._report.add(
                    Finding("index", "the index names an entry that does not exist", stray.seq, stray.table, stray.key)
                )
        self._nodes.compare(self._report, self._using)

    def _check_entry(self, entry: Entry, indexed: list[_Indexed]) -> None:
        check_columns(self._report, entry)
        self._check_subject_seq(entry)
        self._check_changes(entry, indexed)
        check_proofs(self._report, entry)

    def compare_tables(self, told: Rows) -> None:
        """Compare every row of every GMP table with its last image.

        Args:
            told: Passes rows on and tells the progress.
        """
        for table, model in self._known.items():
            held = model._base_manager.using(self._using).order_by("pk")
            for row in told(table, self._readable(table, held), held.count()):
                self._compare(table, row)
        for (table, key), last in self._last.items():
            if last.digest is not None:
                cause = "is gone" if table in self._known else "stands in a table that is not there"
                self._report.add(Finding("row", f"the row of entry #{last.seq} {cause}", last.seq, table, key))

    def _readable(self, table: str, held: QuerySet[Any]) -> Iterator[GmpModel]:
        """Pass rows on; one that holds what its columns cannot have been given is a finding, and the rest goes on."""
        rest = held
        while True:
            done = None
            try:
                with rows_of(rest) as rows:
                    for row in rows:
                        yield row
                        done = row.pk
            except (*UNREADABLE, DatabaseError):
                # Rows are read many at a time: which of them it was shows only when each is read by itself.
                rest = rest if done is None else rest.filter(pk__gt=done)
                keys = list(rest.values_list("pk", flat=True)[:_AT_A_TIME])
                yield from self._one_by_one(table, held, keys)
                rest = rest.filter(pk__gt=keys[-1])
            else:
                return

    def _one_by_one(self, table: str, held: QuerySet[Any], keys: list[int]) -> Iterator[GmpModel]:
        for key in keys:
            try:
                row = held.get(pk=key)
            except (*UNREADABLE, DatabaseError) as error:
                last = self._last.pop((table, str(key)), None)
                seq = None if last is None else last.seq
                self._report.add(Finding("row", f"the row cannot be read: {error}", seq, table, str(key)))
            else:
                yield row

    def _compare(self, table: str, row: GmpModel) -> None:
        self._report.rows += 1
        key = str(row.pk)
        last = self._last.pop((table, key), None)
        if last is None:
            self._report.add(Finding("row", "no entry accounts for this row", None, table, key))
        elif last.digest is None:
            self._report.add(Finding("row", f"the row was deleted by entry #{last.seq}", last.seq, table, key))
        else:
            try:
                finding = self._differs(row, last)
            except BadInput as error:
                finding = Finding("row", f"changed past the record: {error}", last.seq, table, key)
            if finding is not None:
                self._report.add(finding)

    def _differs(self, row: GmpModel, last: Last) -> Finding | None:
        if images.digest(images.of(row)) == last.digest:
            return None
        return differs(row, self._image(last), last.seq)

    def _image(self, last: Last) -> images.Image:
        image: images.Image = Entry.objects.using(self._using).get(seq=last.seq).changes[last.position]["after"]
        return image

    def _continues(self, table: str, last: Last | None, before: images.Image | None) -> bool:
        """Whether an image that differs from the last one does so only because the table was migrated meanwhile."""
        model = self._known.get(table)
        if model is None or last is None or last.digest is None or before is None:
            return False
        return images.continues(model, self._image(last), before)

    def _check_subject_seq(self, entry: Entry) -> None:
        expected = self._per_subject.get(entry.subject, 0) + 1
        self._per_subject[entry.subject] = expected
        if entry.envelope["subject_seq"] != expected:
            message = f"{entry.subject} has entry {entry.envelope['subject_seq']} where {expected} should be"
            self._report.add(Finding("index", message, entry.seq))

    def _check_changes(self, entry: Entry, indexed: list[_Indexed]) -> None:
        said = []
        for position, change in enumerate(entry.changes):
            place = (change["table"], change["key"])
            before, after = change["before"], change["after"]
            last = self._last.get(place)
            expected = last.digest if last is not None else None
            found = None if before is None else images.digest(before)
            if found != expected and not self._continues(place[0], last, before):
                where = f"entry #{last.seq}" if last is not None else "the beginning"
                message = f"the row was changed past the record between {where} and this entry"
                self._report.add(Finding("row", message, entry.seq, *place))
            self._last[place] = Last(None if after is None else images.digest(after), entry.seq, position)
            said.append(_Indexed(entry.seq, position, place[0], place[1], (after or before)["version"]))
        if said != indexed:
            self._report.add(Finding("index", "the index of changed rows is not what the entry says", entry.seq))


def check_columns(report: Report, entry: Entry) -> None:
    """Check that the columns an entry is found by say what its bytes say.

    Args:
        report: Where findings go.
        entry: The entry.
    """
    content, outer = entry.content, entry.envelope
    pairs = {
        "seq": (entry.seq, outer["seq"]),
        "at": (clock.iso(entry.at), outer["at"]),
        "subject_seq": (entry.subject_seq, outer["subject_seq"]),
        **{
            name: (getattr(entry, name), content[name])
            for name in ("type", "actor", "subject", "sponsor", "idempotency_key")
        },
    }
    for name, (column, said) in pairs.items():
        if column != said:
            report.add(Finding("index", f"column {name} is {column!r}, the entry says {said!r}", entry.seq))


def check_proofs(report: Report, entry: Entry) -> None:
    """Check what an entry carries: its facts, its attachments, its signatures.

    Args:
        report: Where findings go.
        entry: The entry.
    """
    try:
        if typed.read(entry.type, entry.data) is None:
            report.unknown_types[entry.type] = report.unknown_types.get(entry.type, 0) + 1
    except BadInput as error:
        report.add(Finding("unreadable", str(error), entry.seq))
    for attachment in entry.content["attachments"]:
        report.attachments += 1
        try:
            stores.blobs().get(attachment["sha256"])
        except (verifier.Broken, Unavailable) as error:
            report.add(Finding("attachment", f"{attachment['name']}: {error}", entry.seq))
    for attestation in entry.content["attestations"]:
        report.attestations += 1
        try:
            verifier.verify_attestation(attestation, entry.content)
        except verifier.Broken as broken:
            report.add(Finding("signature", broken.message, entry.seq))


def differs(row: GmpModel, image: images.Image, seq: int) -> Finding | None:
    """Say how a row differs from its last image, images from before a migration read as the table is now.

    Args:
        row: The row as the database holds it.
        image: Its last image.
        seq: The entry that holds the image.

    Returns:
        The finding, or ``None`` if they agree.
    """
    expected = images.of(images.row(type(row), image))
    held = images.of(row)
    wrong = [name for name, value in held.items() if expected[name] != value]
    if not wrong:
        return None
    shown = ", ".join(f"{name} is {held[name]!r}, the record says {expected[name]!r}" for name in wrong[:5])
    return Finding("row", f"changed past the record: {shown}", seq, row._meta.db_table, str(row.pk))


class _Indexed(NamedTuple):
    seq: int
    position: int
    table: str
    key: str
    row_version: int


class _ChangeIndex:
    """The index of changes, read in step with the entries."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self._next = self._read()

    def of(self, seq: int) -> list[_Indexed]:
        found = []
        while self._next is not None and self._next.seq <= seq:
            found.append(self._next)
            self._next = self._read()
        return found

    def rest(self) -> Iterator[_Indexed]:
        while self._next is not None:
            yield self._next
            self._next = self._read()

    def _read(self) -> _Indexed | None:
        row = next(self._rows, None)
        return None if row is None else _Indexed(row[0], row[1], row[2], str(row[3]), row[4])


class _Nodes:
    """The subtree hashes that ought to be kept, computed from the leaves."""

    def __init__(self) -> None:
        self._pending: dict[int, list[bytes]] = {0: []}
        self._count: dict[int, int] = {}
        self._made: dict[tuple[int, int], bytes] = {}

    def add(self, leaf: bytes) -> None:
        level, node = 0, leaf
        while True:
            block = self._pending.setdefault(level, [])
            block.append(node)
            if len(block) < 1 << NODE_STEP:
                return
            node = verifier.root(block)
            block.clear()
            level += NODE_STEP
            index = self._count.get(level, 0)
            self._count[level] = index + 1
            self._made[level, index] = node

    def compare(self, report: Report, using: str) -> None:
        # A node is kept from the first checkpoint on that has all of its leaves.
        due = {place for place in self._made if (place[1] + 1) << place[0] <= report.covered_to}
        with rows_of(Node.objects.using(using)) as nodes:
            for node in nodes:
                due.discard((node.level, node.index))
                if self._made.get((node.level, node.index)) != bytes(node.hash):
                    message = "a kept hash of the Merkle tree is wrong"
                    report.add(Finding("index", message, None, "record_node", str(node.pk)))
        for level, index in sorted(due):
            message = f"the kept hash of the Merkle tree at level {level}, place {index}, is gone"
            report.add(Finding("index", message, (index << level) + 1, "record_node"))
