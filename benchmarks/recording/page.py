"""The results as a table at the terminal and as a page of the reference."""

from __future__ import annotations

from typing import Any

_NAMES = {
    "batchwright": "Batchwright",
    "simple_history": "django-simple-history",
    "eventsourcing": "eventsourcing",
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
}
Table = tuple[str, list[str], list[list[str]]]


def tables(found: dict[str, Any]) -> list[Table]:
    """Put the results into tables.

    Args:
        found: The results.

    Returns:
        Title, heads and rows of each.
    """
    engines: dict[str, Any] = found["engines"]
    made = [_throughput(count, engines) for count in next(iter(engines.values()))["throughput"]]
    return [*made, _growth(engines), _verification(engines)]


def _throughput(count: str, engines: dict[str, Any]) -> Table:
    rows = []
    for engine, result in engines.items():
        done = result["throughput"][count]
        for name in ("batchwright", "simple_history", "eventsourcing"):
            ratio = done["ratio"].get(name)
            rows.append([
                _NAMES[engine], _NAMES[name], f"{done[name]['per_second']:,.0f}", _spread(done[name]["rounds"]),
                f"{done[name]['median_ms']:.2f}", f"{done[name]['slowest_ms']:,.0f}",
                "" if ratio is None else f"{ratio:.2f}",
            ])  # fmt: skip
    title = "One writer" if count == "1" else f"{count} writers"
    return title, ["", "", "changes/s", "rounds", "median ms", "slowest ms", "Batchwright / peer"], rows


def _spread(rounds: list[dict[str, float]]) -> str:
    speeds = [one["per_second"] for one in rounds]
    return f"{min(speeds):,.0f} to {max(speeds):,.0f}"


def _growth(engines: dict[str, Any]) -> Table:
    rows = []
    for engine, result in engines.items():
        for size, done in result["growth"]["sizes"].items():
            rows.append([_NAMES[engine], f"{int(size):,}", f"{done['median_ms']:.2f}", f"{done['per_second']:,.0f}"])
        rows += [[_NAMES[engine], f"{size:,}", "not measured", ""] for size in result["growth"]["not_measured"]]
    return "Cost of one recorded change as the ledger grows", ["", "entries", "median ms", "changes/s"], rows


def _verification(engines: dict[str, Any]) -> Table:
    rows = []
    words = {
        "loop": "plain loop: read and SHA-256",
        "chain": "chain, Merkle tree, checkpoints",
        "whole": "whole verification",
    }
    for engine, result in engines.items():
        for what, name in words.items():
            done = result["verification"][what]
            rows.append([
                _NAMES[engine], name, f"{done['entries']:,}", f"{done['seconds']:.1f}", f"{done['per_second']:,}",
                f"{done['peak_mib']:.0f}", f"{result['verification']['ratio']:.2f}" if what == "chain" else "",
            ])  # fmt: skip
    return "Verification", ["", "", "entries", "seconds", "entries/s", "peak MiB", "speed / plain loop"], rows


def show(found: dict[str, Any]) -> None:
    """Print the tables.

    Args:
        found: The results.
    """
    from rich.console import Console
    from rich.table import Table as Printed

    console = Console()
    for title, heads, rows in tables(found):
        printed = Printed(title=title, title_justify="left")
        for place, head in enumerate(heads):
            printed.add_column(head, justify="left" if place < len(heads) and not head else "right")
        for row in rows:
            printed.add_row(*row)
        console.print(printed)
    console.print(_where(found["machine"]))


def _where(machine: dict[str, Any]) -> str:
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; Python {machine['python']}, SQLite"
        f" {machine['sqlite']}, PostgreSQL {machine['postgresql']}, Django {machine['django']}, psycopg"
        f" {machine['psycopg']}, django-simple-history {machine['django-simple-history']}, eventsourcing"
        f" {machine['eventsourcing']}. One 4 KiB write that waits for the disk takes {machine['flush_ms']} ms; the"
        f" machine's load when the run began was {machine['load']}."
    )


_HEAD = """# The record

From `benchmarks/results/record.json` (`batchwright bench record`), one run, on this machine:

{where}

What is compared: one text column of one row of six columns is changed, and who did it and why is kept.

- **Batchwright**: `record.entry` with `entry.update`: the row is read anew under a lock, both row images, the entry,
  its hash chain and its index are written, the database's guards account for the row.
- **django-simple-history**: `save()` of the same model in `transaction.atomic()`, on Django's own back end with the
  same options; the row is kept in memory and only written.
- **eventsourcing**: an event of an aggregate that is kept in memory, by the peer's own recorder; its best case.

Durability is the same at the moment of acknowledgement: SQLite in WAL mode with `synchronous=FULL` for all three;
PostgreSQL with `fsync` on, and `synchronous_commit` on for the peers. Batchwright commits asynchronously under the
ledger's lock and then waits for a flush that covers its commit before it acknowledges, so that writers share flushes.

Rounds of the contenders are interleaved and medians are given, with the slowest and the quickest round. Fifty writers
are two processes of twenty-five threads, each with its own row and its own connection, on the same machine as the
database.
{caution}"""
_CAUTION = """
**The machine was busy with other work while this was measured** (load {load} on {cores} cores when the run began). One
writer then waits for a processor more than for the disk. Contenders shared the same minutes, so their ratios hold
better than the numbers; the ratio of fifty writers to one and a flat cost do not say much until they are measured on
an idle machine.
"""


def text(found: dict[str, Any]) -> str:
    """Write the page.

    Args:
        found: The results.

    Returns:
        Markdown.
    """
    machine = found["machine"]
    caution = _CAUTION.format(**machine) if machine["load"] > machine["cores"] / 2 else ""
    parts = [_HEAD.format(where=_where(machine), caution=caution)]
    for title, heads, rows in tables(found):
        marks = ["---" if not head else "---:" for head in heads]
        lines = [f"| {' | '.join(row)} |" for row in (heads, marks, *rows)]
        parts.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    parts.append(_ratios(found["engines"]))
    return "\n".join(parts)


def _ratios(engines: dict[str, Any]) -> str:
    lines = ["## What to hold it to\n"]
    for engine, result in engines.items():
        counts = list(result["throughput"])
        per_second = [result["throughput"][count]["batchwright"]["per_second"] for count in counts]
        growth, checked = result["growth"]["cost_last_over_first"], result["verification"]["ratio"]
        lines.append(
            f"- {_NAMES[engine]}: {counts[-1]} writers make {per_second[-1] / per_second[0]:.2f} times the changes of"
            f" one; a change in the largest ledger measured costs {growth:.2f} times one in the smallest; the chain,"
            f" the tree and the checkpoints are verified at {checked:.2f} of the plain loop's speed."
        )
    return "\n".join(lines) + "\n"
