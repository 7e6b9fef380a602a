"""Rebuilding the plant's state from the ledger alone, and comparing it with the live tables.

What the ledger cannot rebuild is not on record; so a replay that equals the live database shows that every row of
every GMP table is accounted for, and it is the way back when only the ledger survived.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.models import Model

from batchwright.kernel.errors import DomainError
from batchwright.record import guards, images
from batchwright.record.models import APPEND_ONLY, Change, Entry, GmpModel

ALIAS = "replay"
BATCH = 500
Progress = Callable[[str, int, int], bool]


@dataclass(slots=True)
class TableComparison:
    """How one replayed table compares with the live one."""

    table: str
    rows: int = 0
    different: list[str] = field(default_factory=list)
    """Keys of rows that differ, at most twenty."""
    more: int = 0

    @property
    def equal(self) -> bool:
        """Whether every row agrees."""
        return not self.different

    def note(self, key: str) -> None:
        """Note a row that differs."""
        if len(self.different) < 20:
            self.different.append(key)
        else:
            self.more += 1


@dataclass(slots=True)
class ReplayReport:
    """The outcome of a replay."""

    entries: int = 0
    tables: list[TableComparison] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    """Tables of row images that no installed capability has, and how many images."""
    seconds: float = 0.0

    @property
    def equal(self) -> bool:
        """Whether the replayed plant equals the live one."""
        return all(table.equal for table in self.tables) and not self.left_out

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines.

        Returns:
            JSON values.
        """
        return {**asdict(self), "equal": self.equal}


def replay(target: dict[str, Any], *, progress: Progress = lambda _step, _done, _total: True) -> ReplayReport:
    """Rebuild a fresh database from the live ledger and compare the two, table by table.

    Args:
        target: Django settings of an empty database.
        progress: Told the step, how much is done and how much there is.

    Returns:
        The comparison.

    Raises:
        DomainError: If the target is not empty.
    """
    started = time.perf_counter()
    connections.databases[ALIAS] = {**connections.databases["default"], **target}
    report = ReplayReport()
    try:
        _prepare()
        _rebuild(report, progress)
        _copy_ledger_rest()
        _settle_sequences()
        _compare(report, progress)
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _prepare() -> None:
    if connections[ALIAS].introspection.table_names():
        raise DomainError(
            "The database to rebuild into is not empty",
            value=str(connections[ALIAS].settings_dict["NAME"]), remedy="Name a new one.",
        )  # fmt: skip
    call_command("migrate", database=ALIAS, verbosity=0, interactive=False)


def _rebuild(report: ReplayReport, progress: Progress) -> None:
    known = {model._meta.db_table: model for model in guards.gmp_models()}
    total = Entry.objects.count()
    batch: list[Entry] = []
    for entry in Entry.objects.order_by("seq").iterator(chunk_size=BATCH):
        batch.append(entry)
        if len(batch) == BATCH:
            _apply(batch, known, report)
            batch = []
            progress("entries", report.entries, total)
    _apply(batch, known, report)
    progress("entries", report.entries, total)


def _apply(batch: list[Entry], known: dict[str, type[GmpModel]], report: ReplayReport) -> None:
    if not batch:
        return
    gate = connections[ALIAS].gate  # type: ignore[attr-defined]
    try:
        with transaction.atomic(using=ALIAS, durable=True):
            gate.open()
            gate.allow_ledger()
            for entry in batch:
                for change in entry.changes:
                    if change["table"] in known:
                        _apply_change(known[change["table"]], change)
                    else:
                        report.left_out[change["table"]] = report.left_out.get(change["table"], 0) + 1
            for entry in batch:
                entry.save_base(raw=True, force_insert=True, using=ALIAS)
            seqs = [entry.seq for entry in batch]
            Change.objects.using(ALIAS).bulk_create(Change.objects.filter(entry_id__in=seqs).order_by("id"))
    finally:
        gate.close()
    report.entries += len(batch)


def _apply_change(model: type[GmpModel], change: dict[str, Any]) -> None:
    if change["after"] is None:
        model._base_manager.filter(pk=int(change["key"]))._raw_delete(using=ALIAS)  # noqa: SLF001 - no query set deletes a guarded row
        return
    row = images.row(model, change["after"])
    row.save_base(
        raw=True, force_insert=change["before"] is None, force_update=change["before"] is not None, using=ALIAS
    )


def _copy_ledger_rest() -> None:
    """Copy what is signed rather than derived: tree nodes, checkpoints, cosignatures, time stamps."""
    gate = connections[ALIAS].gate  # type: ignore[attr-defined]
    try:
        with transaction.atomic(using=ALIAS, durable=True):
            gate.allow_ledger()
            order = [model for model in APPEND_ONLY if model not in (Entry, Change)]
            for model in order:
                for row in model._base_manager.order_by("pk").iterator(chunk_size=BATCH):
                    row.save_base(raw=True, force_insert=True, using=ALIAS)
    finally:
        gate.close()


def _settle_sequences() -> None:
    made: list[type[Model]] = [*APPEND_ONLY, *guards.gmp_models()]
    with connections[ALIAS].cursor() as cursor:
        for statement in connections[ALIAS].ops.sequence_reset_sql(no_style(), made):
            cursor.execute(statement)


def _compare(report: ReplayReport, progress: Progress) -> None:
    for model in guards.gmp_models():
        table = TableComparison(model._meta.db_table)
        for live, replayed in zip_longest(_images(model, "default"), _images(model, ALIAS)):
            table.rows += 1
            if live != replayed:
                table.note(str((live or replayed)[0]))
        report.tables.append(table)
        progress(table.table, table.rows, table.rows)
    ledger = TableComparison("record_entry")
    pairs = zip_longest(_hashes("default"), _hashes(ALIAS))
    for live_hash, replayed_hash in pairs:
        ledger.rows += 1
        if live_hash != replayed_hash:
            ledger.note(str((live_hash or replayed_hash)[0]))
    report.tables.append(ledger)


def _images(model: type[GmpModel], using: str) -> Iterator[tuple[int, images.Image]]:
    for row in model._base_manager.using(using).order_by("pk").iterator(chunk_size=BATCH):
        yield row.pk, images.of(row)


def _hashes(using: str) -> Iterator[tuple[int, bytes]]:
    rows = Entry.objects.using(using).order_by("seq").values_list("seq", "hash")
    for seq, digest in rows.iterator(chunk_size=BATCH):
        yield seq, bytes(digest)
