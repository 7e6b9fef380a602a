"""The one page of the reference that says how fast everything is: claims first, then each benchmark's own section."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import floor, pages
from benchmarks.recording import page as recording
from benchmarks.recording.engines import CHECKOUT
from benchmarks.reporting import claims
from benchmarks.reporting.claims import Claim, Results

PAGE = CHECKOUT / "docs" / "reference" / "performance.md"
RESULTS = CHECKOUT / "benchmarks" / "results"
_CLAIMS: dict[str, Callable[[Results], Iterator[Claim]]] = {
    "record": claims.of_record, "floor": claims.of_floor, "pages": claims.of_pages,
    "genealogy": claims.of_genealogy, "twins": claims.of_twins,
}  # fmt: skip
NAMES = tuple(_CLAIMS)
"""Benchmarks in the order of the page."""
_HEADS = ("claim", "ours", "peer", "ours / peer", "spread", "aim", "met", "load", "run on", "command")
_INTRO = """# Performance

Written by `batchwright bench --page` from `benchmarks/results/`; `make bench` measures everything anew, keeps the
results of each part as it ends, and writes this page. Each figure stands beside a named peer that was measured in the
same run on the same machine. Load is that of the machine (two cores here) when the part began, and where two figures
are given, also when it ended: above one, other work ran beside it or the part itself loaded the machine, and ratios
hold better than figures. What was aimed at and missed says so.

Machine: {machine}.
"""


def kept() -> dict[str, Results]:
    """Read the kept results.

    Returns:
        By benchmark; what was never measured is left out.
    """
    files = {name: RESULTS / f"{name}.json" for name in NAMES}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.is_file()}


def text(found: dict[str, Results]) -> str:
    """Write the page.

    Args:
        found: Results by benchmark.

    Returns:
        Markdown.
    """
    machine = found["record"]["machine"]
    where = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}"
    parts = [_INTRO.format(machine=where), _table(found), _amounts(found)]
    sections: dict[str, Callable[[Results], str]] = {
        "record": recording.text, "floor": floor.text, "pages": pages.text, "genealogy": _genealogy, "twins": _twins,
    }  # fmt: skip
    parts += [_demoted(sections[name](results)) for name, results in found.items()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def write(page: Path = PAGE) -> None:
    """Write the page from the kept results.

    Args:
        page: Where.
    """
    page.write_text(text(kept()), encoding="utf-8")


def _table(found: dict[str, Results]) -> str:
    rows = [_row(one, results) for name, results in found.items() for one in _CLAIMS[name](results)]
    lines = [_HEADS, tuple("---" for _ in _HEADS), *rows]
    return "## Claims\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _row(one: Claim, results: Results) -> tuple[str, ...]:
    noted = results.get("runs", {}).get(one.part, results["machine"])
    return (
        one.claim, one.ours, one.peer, "" if one.ratio is None else f"{one.ratio:.2f}", one.spread, one.aim,
        {None: "", True: "yes", False: "**no**"}[one.met], _load(noted), noted.get("date", "not noted"),
        f"`batchwright bench {one.benchmark}`",
    )  # fmt: skip


def _load(noted: Results) -> str:
    loads = [noted["load"], noted.get("load_at_the_end")]
    return " to ".join(f"{one:.1f}" for one in loads if one is not None)


def _amounts(found: dict[str, Results]) -> str:
    lines = ["## How much was measured", "", "|  | what | took |", "| --- | --- | --- |"]
    for name, results in found.items():
        took = sum(one["seconds"] for one in results["runs"].values()) if "runs" in results else results.get("seconds")
        minutes = "not noted" if took is None else f"{took / 60:.1f} min"
        lines.append(f"| {name} | {_AMOUNTS[name](results)} | {minutes} |")
    return "\n".join(lines) + "\n"


def _of_record(found: Results) -> str:
    plan, checked = found["plan"], next(iter(found["engines"].values()))["verification"]
    return (
        f"{plan['rounds']} rounds of {plan['seconds']:g} s for each of {_listed(plan['writers'])} writers; ledgers of "
        f"{_listed(plan['sizes'])} entries; chain and tree of {checked['chain']['entries']:,} verified, "
        f"{checked['whole']['entries']:,} verified whole"
    )


def _of_floor(found: Results) -> str:
    plan = found["plan"]
    return (
        f"{_listed(plan['operators'])} operators at their pace for {plan['seconds']:g} s each; "
        f"{_listed(plan['saturated'])} without a pause for {plan['saturated_seconds']:g} s each"
    )


def _of_pages(found: Results) -> str:
    count = len(next(iter(found["engines"].values()))["pages"])
    return f"{found['plan']['requests']} requests to each of {count} pages"


def _of_genealogy(found: Results) -> str:
    return f"plants of {_listed([one['lots'] for one in next(iter(found['engines'].values()))])} lots"


def _of_twins(found: Results) -> str:
    return "; ".join(result["problem"].split(";")[0] for result in found.values() if "problem" in result)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(f"{one:,}" for one in numbers)


_AMOUNTS: dict[str, Callable[[Results], str]] = {
    "record": _of_record, "floor": _of_floor, "pages": _of_pages, "genealogy": _of_genealogy, "twins": _of_twins,
}  # fmt: skip


def _demoted(section: str) -> str:
    """A page of its own becomes a section: every heading one deeper; blocks of code have none that begin with #."""
    return re.sub(r"(?m)^(#+ )", r"#\1", section) if section.startswith("# ") else section


def _genealogy(found: Results) -> str:
    lines = [
        "## Genealogy", "",
        "Medians in ms, beside recursive SQL on the same tables that keeps neither rules nor ways.", "",
        "|  | lots | back | plain | forward | plain | recall of a lot in everything | plain | its file |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for engine, sizes in found["engines"].items():
        for one in sizes:
            recall = one["recall_of_a_lot_in_everything"]
            cells = [f"{one['lots']:,}"]
            for done in (one["back"], one["forward"], recall):
                cells += [str(done["batchwright"]["median_ms"]), str(done["plain_keeping_lots"]["median_ms"])]
            cells.append(str(recall["batchwright_export"]["median_ms"]))
            lines.append(f"| {floor.NAMES[engine]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _twins(found: Results) -> str:
    lines = ["## Twins", ""]
    for part, result in found.items():
        if "contenders" not in result:
            continue
        lines += [f"### {part.capitalize()}", "", f"{result['problem']}. Aim: {result.get('aim', 'none')}.", ""]
        if "not_installed" in result:
            lines += [f"Not measured: {result['not_installed']}.", ""]
        names = [name for name in ("cpu_ms", "wall_ms", "wall_s", "error", "error_h") if _any(result, name)]
        lines += [f"|  | {' | '.join(name.replace('_', ' ') for name in names)} |", f"|{' --- |' * (len(names) + 1)}"]
        for contender, figures in result["contenders"].items():
            cells = [f"{figures[name]:.4g}" if name in figures else "" for name in names]
            lines.append(f"| {contender} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _any(result: dict[str, Any], name: str) -> bool:
    return any(name in figures for figures in result["contenders"].values())
