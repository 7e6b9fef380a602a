"""What the web processes count while they answer, beside the figures that are read from what is kept.

Counts live in files that the web processes of one machine share (the client library's multi-process mode), so whichever
of them answers ``/metrics`` gives the sum. Labels are names of pages, statuses and kinds of errors, never a value, a
person or a sponsor.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from batchwright.kernel.figures import Figure, registered

PREFIX = "batchwright_"
_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
_own = CollectorRegistry()

REQUESTS = Counter(f"{PREFIX}requests", "Requests answered, by page and status", ["page", "status"], registry=_own)
SECONDS = Histogram(f"{PREFIX}request_seconds", "Time to an answer, by page", ["page"], buckets=_SECONDS, registry=_own)
FAILURES = Counter(f"{PREFIX}failures", "Requests that met a fault of ours, by kind of error", ["error"], registry=_own)
DATABASE_ERRORS = Counter(
    f"{PREFIX}database_errors", "Statements that the database refused or did not answer, by kind", ["error"],
    registry=_own,
)  # fmt: skip


def share_between_processes() -> None:
    """Let the processes that follow from this one count together; called before they start.

    What processes that are gone have counted is dropped: to a monitoring system that is a restart.
    """
    folder: Path = settings.CONFIGURATION.processes_folder / "counts"
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    for path in folder.glob("*.db"):
        pid = path.stem.rsplit("_", 1)[-1]
        if not Path(f"/proc/{pid}").exists():
            path.unlink(missing_ok=True)
    os.environ[_SHARED] = str(folder)


def text() -> bytes:
    """Write everything in the Prometheus text format, version 0.0.4.

    Returns:
        The text.
    """
    return generate_latest(_counts()) + generate_latest(_figures())


def _counts() -> CollectorRegistry:
    """What all web processes of this machine counted, or this one alone where they do not share."""
    if _SHARED not in os.environ:
        return _own
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _figures() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Figures())
    return registry


class _Figures(Collector):
    """Reads every registered figure."""

    def collect(self) -> Iterator[Metric]:
        for figure in registered():
            yield _family(figure)


def _family(figure: Figure) -> Metric:
    kind = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
    labels = [figure.label] if figure.label else []
    family = kind(PREFIX + figure.name, str(figure.words()), labels=labels)
    for label, value in sorted(figure.read().items()):
        family.add_metric([label] if labels else [], float(value))
    return family


@contextmanager
def counting_database_errors() -> Iterator[None]:
    """Count what the database refuses inside the block, on this thread's connection."""
    from django.db import connection

    with connection.execute_wrapper(_count_errors):
        yield


def _count_errors(execute: Callable[..., Any], sql: str, given: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, given, many, context)
    except DatabaseError as error:
        DATABASE_ERRORS.labels(type(error).__name__).inc()
        raise


class Summary:
    """The counts of all web processes in a form for people."""

    def __init__(self) -> None:
        """Read them once."""
        self._families = {family.name: family for family in _counts().collect()}

    def requests(self) -> dict[str, int]:
        """How many were answered, by the first digit of the status."""
        found: dict[str, int] = {}
        for sample in self._samples("requests", "_total"):
            group = f"{sample.labels['status'][0]}xx"
            found[group] = found.get(group, 0) + int(sample.value)
        return found

    def slowest(self, count: int = 5) -> list[tuple[str, int, float]]:
        """The pages that take longest on average: page, requests, mean seconds."""
        sums = {one.labels["page"]: one.value for one in self._samples("request_seconds", "_sum")}
        counts = {one.labels["page"]: one.value for one in self._samples("request_seconds", "_count")}
        means = [(page, int(number), sums[page] / number) for page, number in counts.items() if number]
        return sorted(means, key=lambda one: -one[2])[:count]

    def errors(self, name: str) -> dict[str, int]:
        """Counts by kind of error: `failures` or `database_errors`."""
        return {one.labels["error"]: int(one.value) for one in self._samples(name, "_total")}

    def _samples(self, name: str, ending: str) -> list[Any]:
        family = self._families.get(PREFIX + name)
        return [] if family is None else [one for one in family.samples if one.name.endswith(ending)]
