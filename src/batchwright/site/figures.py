"""The figures of the record and of the plant's processes (EU GMP Annex 11, clause 10: periodic evaluation)."""

import threading
from collections import Counter

from django.db.models import Count
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.figures import Figure, Values, register
from batchwright.site import processes


class _EntriesByType:
    """Counts what came since the last look: entries are only ever added, and become visible in their order."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._to, self._hash = 0, b""
        self._one_at_a_time = threading.Lock()

    def __call__(self) -> Values:
        with self._one_at_a_time:
            if self._to and not record.Entry.objects.filter(seq=self._to, hash=self._hash).exists():
                self._counted, self._to = Counter(), 0  # the database is another one now
            newest = record.Entry.objects.order_by("-seq").values_list("seq", "hash").first()
            if newest is None:
                return {}
            seq, digest = newest
            fresh = record.Entry.objects.filter(seq__gt=self._to, seq__lte=seq).order_by()
            for kind, number in fresh.values_list("type").annotate(Count("seq")):
                self._counted[kind] += number
            self._to, self._hash = seq, bytes(digest)
            return dict(self._counted)


def _length() -> Values:
    return {"": record.Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0}


def _checkpoint_age() -> Values:
    last = record.latest_checkpoint()
    return {} if last is None else {"": (clock.now() - last.at).total_seconds()}


def _unsigned() -> Values:
    last = record.latest_checkpoint()
    return {"": _length()[""] - (0 if last is None else last.tree_size)}


def _verification_age() -> Values:
    outcome = record.latest_outcome()
    if outcome is None or outcome.finished_at is None:
        return {}
    return {"": (clock.now() - outcome.finished_at).total_seconds()}


def _whole() -> Values:
    outcome = record.latest_outcome()
    return {} if outcome is None else {"": float(outcome.state == "whole")}


def _backup_age() -> Values:
    last = processes.last_backup()
    return {} if last is None else {"": (clock.now() - last).total_seconds()}


def _worker_silence() -> Values:
    heard = [one.heard_at for one in processes.known() if one.name == "worker" and one.alive]
    return {"": (clock.now() - max(heard)).total_seconds()} if heard else {}


def _failures() -> Values:
    return {name: failure.count for name, failure in processes.failures().items()}


def _memory() -> Values:
    return {one.label: float(one.memory) for one in processes.known() if one.alive and one.memory}


def _started() -> Values:
    return {one.label: one.started_at.timestamp() for one in processes.known() if one.alive}


register(
    Figure(
        name="record_entries", words=lambda: _("Entries written, by type"), read=_EntriesByType(), label="type",
        kind="counter",
    ),
    Figure(name="record_length", words=lambda: _("Number of the last entry of the record"), read=_length),
    Figure(name="record_unsigned_entries", words=lambda: _("Entries that no signed checkpoint covers yet"),
           read=_unsigned),
    Figure(name="record_checkpoint_age_seconds", words=lambda: _("Time since the last signed checkpoint"),
           read=_checkpoint_age),
    Figure(name="record_verification_age_seconds", words=lambda: _("Time since the record was last verified"),
           read=_verification_age),
    Figure(name="record_whole", words=lambda: _("Whether the last verification found the record whole (1) or not (0)"),
           read=_whole),
    Figure(name="backup_age_seconds", words=lambda: _("Time since the last back-up was written"), read=_backup_age),
    Figure(name="worker_silence_seconds", words=lambda: _("Time since the worker last did its round"),
           read=_worker_silence),
    Figure(name="process_failures", words=lambda: _("Ends of processes by an error, by kind of process"),
           read=_failures, label="process", kind="counter"),
    Figure(name="process_memory_bytes", words=lambda: _("Memory of each process"), read=_memory, label="process"),
    Figure(name="process_start_time_seconds", words=lambda: _("Time at which each process started"), read=_started,
           label="process"),
)  # fmt: skip
