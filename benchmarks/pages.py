"""Every page beside a plain Django view: ``batchwright bench pages [--quick] [--json]``.

Starts the plant's own web server, as in production, on loopback, on each engine, over the demo plant with the lots of a
real tablet plant; a person of each role is signed in, and every page to which links lead from Home is asked for again
and again. The peer is a view of the same server in the same minutes: one SELECT, one template, and nobody is asked who
he is. Also measured: the first page after a start, and the time of the processor that a page takes the server, which
says the same on a busy machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.floor import NAMES, plant_of, serving
from benchmarks.recording import machine
from benchmarks.recording.engines import CHECKOUT, ENGINES
from benchmarks.reporting import keeping

RESULTS = CHECKOUT / "benchmarks" / "results" / "pages.json"
LIMIT_MS = 150
"""What the slowest twentieth of the answers of every page should take at most."""
_PEER = {"role": "", "page": "plain view", "address": "/bench/plain-page"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    requests: int
    """To each page."""
    kinds: int
    """Of pages at most."""


FULL = Plan(20, 400)
QUICK = Plan(3, 12)


def run(plan: Plan, engines: list[str], keep: keeping.Keep = keeping.drop) -> dict[str, Any]:
    """Measure.

    Args:
        plan: How much.
        engines: Which engines.
        keep: What to do with the results after each engine.

    Returns:
        The results, as they are written to the JSON file.
    """
    found: dict[str, Any] = {"plan": asdict(plan), "engines": {}}
    for engine in engines:
        with keeping.measured(found, engine), plant_of(engine) as bare:
            environment = {**bare, "BATCHWRIGHT_DEMO": "true"}
            found.setdefault("machine", machine.describe(Path(environment["BATCHWRIGHT_PLANT_FOLDER"])))
            found["engines"][engine] = _measured(plan, environment)
        keep(found)
    return found


def _measured(plan: Plan, environment: dict[str, str]) -> dict[str, Any]:
    data = Path(os.environ.get("BATCHWRIGHT_DATA") or CHECKOUT.parent / "shared" / "data") / "tablets"
    arguments = [sys.executable, "-m", "benchmarks.paging.preparing", str(data) if data.is_dir() else ""]
    prepared = subprocess.run(arguments, env=environment, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE)
    made = json.loads(prepared.stdout)
    loads = [os.getloadavg()[0]]
    with serving(environment) as port:
        server = _processes(port)
        asking = _Asking(port, made["cookies"])
        first = asking.times(made["pages"][0], 2)
        rows = []
        for one in made["pages"][: plan.kinds]:
            asking.times(one, 2)  # both processes have shown it once
            before = _processor_seconds(server)
            rows.append({**one, **_figures(asking.times(one, plan.requests))})
            rows[-1]["cpu_ms"] = round(1000 * (_processor_seconds(server) - before) / plan.requests, 1)
            rows[-1]["peer_p50_ms"] = _figures(asking.times(_PEER, max(5, plan.requests // 4)))["p50_ms"]
        peer = _figures(asking.times(_PEER, plan.requests * 5))
    loads.append(os.getloadavg()[0])
    return {
        "lots": made["lots"], "load": [round(one, 1) for one in loads], "first_after_start_ms": round(first[0], 1),
        "plain_view": peer, "pages": sorted(rows, key=lambda row: (-row["p95_ms"], row["page"], row["role"])),
    }  # fmt: skip


class _Asking:
    """One browser at a time; each role has its session."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies = cookies

    def times(self, page: dict[str, str], count: int) -> list[float]:
        """Ask for a page.

        Args:
            page: Its address, and in which role.
            count: How often.

        Returns:
            Milliseconds until the whole answer was there.
        """
        headers = {"Cookie": f"sessionid={self._cookies[page['role']]}"} if page["role"] else {}
        took = []
        for _number in range(count):
            began = time.perf_counter()
            try:
                self._line.request("GET", page["address"], headers=headers)
                answer = self._line.getresponse()
            except http.client.RemoteDisconnected:  # the server closes a line on which nobody speaks for two seconds
                self._line.close()
                self._line.request("GET", page["address"], headers=headers)
                answer = self._line.getresponse()
            answer.read()
            took.append(1000 * (time.perf_counter() - began))
            if answer.status != 200:
                raise RuntimeError(f"{page['address']} answered {answer.status} to {page['role']}")
        return took


def _processes(port: int) -> list[int]:
    """The web processes behind a port: whoever was started with it in the environment."""
    wanted = f"BATCHWRIGHT_WEB_PORT={port}".encode()
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (one / "environ").read_bytes().split(b"\0"):
                found.append(int(one.name))
        except OSError:  # it ended, or is somebody else's
            continue
    return found


def _processor_seconds(processes: list[int]) -> float:
    ticks = 0
    for one in processes:
        said = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        ticks += int(said[11]) + int(said[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _figures(took: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(took, n=20, method="inclusive")
    return {"p50_ms": round(statistics.median(took), 1), "p95_ms": round(cuts[18], 1), "requests": len(took)}


# ------------------------------------------------------------------------------------------------------------ showing
def text(found: dict[str, Any]) -> str:
    """Write the section of the reference.

    Args:
        found: The results.

    Returns:
        Markdown.
    """
    measured = found["machine"]
    lines = [
        "## Pages", "",
        "From `benchmarks/results/pages.json` (`batchwright bench pages`). Every page to which links lead from Home,",
        "for a signed-in person of the role, at the plant's own web server (2 processes of 8 threads); one request at",
        f"a time, from the same machine: {measured['cores']} cores, {measured['processor']}, load",
        f"{measured['load']} when it began. The peer is a view of the same server with one SELECT and one template.",
        "",
    ]  # fmt: skip
    for engine, result in found["engines"].items():
        pages, peer = result["pages"], result["plain_view"]
        slow = [one for one in pages if one["p95_ms"] > LIMIT_MS]
        lines += [
            f"### Pages on {NAMES[engine]}", "",
            f"{result['lots']} lots. Plain view: median {peer['p50_ms']} ms, p95 {peer['p95_ms']} ms. Load "
            f"{result['load'][0]} to {result['load'][1]}. The first page after a start took "
            f"{result['first_after_start_ms']} ms. {len(slow)} of {len(pages)} pages have a p95 above {LIMIT_MS} ms.",
            "", _HEAD, "|---|---|---|---|---|---|",
        ]  # fmt: skip
        lines += [_row(one) for one in pages]
        lines.append("")
    return "\n".join(lines)


_HEAD = "| page | role | p50 ms | p95 ms | server's CPU ms | times the plain view |"


def _row(one: dict[str, Any]) -> str:
    return (
        f"| {one['page']} | {one['role']} | {one['p50_ms']} | {one['p95_ms']} | {one['cpu_ms']} | "
        f"{one['p50_ms'] / one['peer_p50_ms']:.1f} |"
    )


def main() -> None:
    """Read the options, measure, and show the results."""
    parser = argparse.ArgumentParser(prog="batchwright bench pages", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few pages; shows that it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="write JSON for machines")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this engine")
    parser.add_argument("--requests", type=int, help="to each page")
    asked = parser.parse_args()
    keeping.end_when_told()
    keep = keeping.drop if asked.quick or asked.engine else partial(keeping.write, RESULTS)
    plan = QUICK if asked.quick else FULL
    if asked.requests:
        plan = replace(plan, requests=asked.requests)
    found = run(plan, asked.engine or list(ENGINES), keep)
    print(json.dumps(found, indent=2) if asked.json else text(found))


if __name__ == "__main__":
    main()
