"""What the results say in one line each, beside a named peer of the same run; what is missed is written as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.floor import NAMES
from benchmarks.pages import LIMIT_MS

Results = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One line of the table."""

    claim: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    """Ours over the peer's, of the figure that is shown."""
    spread: str = ""
    aim: str = ""
    met: bool | None = None
    """None where nothing was aimed at."""
    benchmark: str
    part: str
    """Which engine or problem, for the note of when it was measured."""


def of_record(found: Results) -> Iterator[Claim]:
    """Say what was measured of the record.

    Args:
        found: The results.

    Yields:
        Claims.
    """
    for engine, result in found["engines"].items():
        for count, done in result["throughput"].items():
            speeds = [one["per_second"] for one in done["batchwright"]["rounds"]]
            ratio = done["ratio"]["simple_history"]
            yield Claim(
                claim=f"recorded changes, {count} writer{'s' * (count != '1')}, {NAMES[engine]}",
                ours=f"{done['batchwright']['per_second']:,.0f}/s",
                peer=f"django-simple-history {done['simple_history']['per_second']:,.0f}/s", ratio=ratio,
                spread=f"{min(speeds):,.0f} to {max(speeds):,.0f}/s", aim="at least the peer", met=ratio >= 1,
                benchmark="record", part=engine,
            )  # fmt: skip
        sizes = {int(size): one["median_ms"] for size, one in result["growth"]["sizes"].items()}
        least, most = min(sizes), max(sizes)
        grown = sizes[most] / sizes[least]
        yield Claim(
            claim=f"a change at {most:,} entries, {NAMES[engine]}", ours=f"{sizes[most]:.2f} ms",
            peer=f"the same at {least:,}: {sizes[least]:.2f} ms", ratio=grown, aim="flat: at most 1.2",
            met=grown <= 1.2, benchmark="record", part=engine,
        )  # fmt: skip
        checked = result["verification"]
        yield Claim(
            claim=f"verification of the chain, {NAMES[engine]}", ours=f"{checked['chain']['per_second']:,} entries/s",
            peer=f"plain loop of SHA-256 {checked['loop']['per_second']:,}/s", ratio=checked["ratio"],
            benchmark="record", part=engine,
        )  # fmt: skip


_GENEALOGY = {"back": "a lot traced back", "recall_of_a_lot_in_everything": "recall of a lot in everything"}


def of_genealogy(found: Results) -> Iterator[Claim]:
    """Say what was measured of the genealogy.

    Args:
        found: The results.

    Yields:
        Claims, of the largest plant.
    """
    for engine, sizes in found["engines"].items():
        one = sizes[-1]
        for key, what in _GENEALOGY.items():
            ours, peer = one[key]["batchwright"], one[key]["plain_keeping_lots"]
            yield Claim(
                claim=f"{what}, {one['lots']:,} lots, {NAMES[engine]}", ours=f"{ours['median_ms']} ms",
                peer=f"recursive SQL without rules {peer['median_ms']} ms", ratio=ours["median_ms"] / peer["median_ms"],
                spread=f"slowest {ours['slowest_ms']} ms", benchmark="genealogy", part=engine,
            )  # fmt: skip


_TWINS = (
    ("fed-batch", "a fed-batch culture of 14 days", "batchwright", "scipy LSODA", "cpu_ms", "ms CPU", 2.0),
    ("drying", "primary drying of a vial", "batchwright, end only", "scipy LSODA", "cpu_ms", "ms CPU", 2.0),
    ("ensemble", "10,000 cultures on 2 processes", "batchwright, 10000 on 2 processes",
     "scipy LSODA, 10000 on 2 processes, projected", "wall_s", "s", 15.0),
    ("chromatography", "a column with three proteins", "batchwright, 2 elements of degree 4, 2 nodes in a bead", "",
     "cpu_ms", "ms CPU", None),
    ("control", "a step of predictive control", "batchwright", "do-mpc", "wall_ms", "ms", None),
)  # fmt: skip


def of_twins(found: Results) -> Iterator[Claim]:
    """Say what was measured of the twins.

    Args:
        found: The results.

    Yields:
        Claims.
    """
    for part, claim, our_name, peer_name, figure, unit, most in _TWINS:
        contenders = found.get(part, {}).get("contenders", {})
        if our_name not in contenders:
            continue
        ours = contenders[our_name][figure]
        peer = contenders[peer_name][figure] if peer_name in contenders else None
        ratio = None if peer is None else ours / peer
        met = None if most is None else ours <= most
        if part == "control":
            met = None if ratio is None else ratio <= 0.5
        yield Claim(
            claim=claim, ours=f"{ours:,.4g} {unit}", ratio=ratio,
            peer=found[part].get("not_installed", "") if peer is None else f"{peer_name} {peer:,.4g} {unit}",
            aim=found[part].get("aim", ""), met=met, benchmark="twins", part=part,
        )  # fmt: skip


def of_floor(found: Results) -> Iterator[Claim]:
    """Say what was measured of recorded steps.

    Args:
        found: The results.

    Yields:
        Claims.
    """
    for engine, result in found["engines"].items():
        plain = result["plain_view"]
        for one in result["at_the_pace_of_people"]:
            if one["operators"] not in (50, 200):
                continue
            peer = plain["at_the_pace_of_people"]
            same = one["operators"] == peer["operators"]
            yield Claim(
                claim=f"a recorded step, {one['operators']} operators at their pace, {NAMES[engine]}",
                ours=f"p95 {one['step_p95_ms']} ms", spread=f"p50 {one['step_p50_ms']} ms",
                peer=f"plain view with one INSERT, p95 {peer['step_p95_ms']} ms" if same else "",
                ratio=one["step_p95_ms"] / peer["step_p95_ms"] if same else None,
                aim="p95 at most 150 ms", met=one["step_p95_ms"] <= 150, benchmark="floor", part=engine,
            )  # fmt: skip
        one, peer = result["without_a_pause"][-1], plain["without_a_pause"][-1]
        yield Claim(
            claim=f"recorded steps, {one['operators']} operators without a pause, {NAMES[engine]}",
            ours=f"{one['steps_per_second']}/s", peer=f"plain view with one INSERT {peer['steps_per_second']}/s",
            ratio=one["steps_per_second"] / peer["steps_per_second"],
            spread=f"p50 {one['step_p50_ms']} ms, p95 {one['step_p95_ms']} ms", benchmark="floor", part=engine,
        )  # fmt: skip


def of_pages(found: Results) -> Iterator[Claim]:
    """Say what was measured of the pages.

    Args:
        found: The results.

    Yields:
        Claims.
    """
    for engine, result in found["engines"].items():
        pages, peer = result["pages"], result["plain_view"]
        worst = pages[0]
        slow = sum(one["p95_ms"] > LIMIT_MS for one in pages)
        medians = sorted(one["p50_ms"] for one in pages)
        middle = medians[len(medians) // 2]
        yield Claim(
            claim=f"the slowest page ({worst['page']}), {NAMES[engine]}", ours=f"p95 {worst['p95_ms']} ms",
            peer=f"plain view with one SELECT, p95 {peer['p95_ms']} ms", ratio=worst["p95_ms"] / peer["p95_ms"],
            spread=f"p50 {worst['p50_ms']} ms; {slow} of {len(pages)} pages above {LIMIT_MS} ms",
            aim=f"p95 of every page at most {LIMIT_MS} ms", met=slow == 0, benchmark="pages", part=engine,
        )  # fmt: skip
        costly = max(pages, key=lambda one: one["cpu_ms"])
        yield Claim(
            claim=f"processor time of the costliest page ({costly['page']}), {NAMES[engine]}",
            ours=f"{costly['cpu_ms']} ms CPU", aim=f"at most {LIMIT_MS} ms", met=costly["cpu_ms"] <= LIMIT_MS,
            spread=f"{sum(one['cpu_ms'] > LIMIT_MS for one in pages)} of {len(pages)} pages above",
            benchmark="pages", part=engine,
        )  # fmt: skip
        yield Claim(
            claim=f"the middle page, {NAMES[engine]}", ours=f"p50 {middle} ms",
            peer=f"plain view with one SELECT, p50 {peer['p50_ms']} ms", ratio=middle / peer["p50_ms"],
            spread=f"p50 from {medians[0]} to {medians[-1]} ms", benchmark="pages", part=engine,
        )  # fmt: skip
