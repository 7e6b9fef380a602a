"""Every benchmark, one after another, and the page of the reference made from them: ``batchwright bench [--page]``.

Each part keeps its results as it ends, and the page is written after each: a run that is cut off leaves what it has
measured, and what it has not as it was before, each with its own day. A part that fails does not stop the others.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from benchmarks.recording.engines import CHECKOUT
from benchmarks.reporting import keeping, page

_ENDING_SECONDS = 60
"""How long a part that is told to end may take to stop its servers."""


def main() -> None:
    """Read the options, measure, and write the page."""
    parser = argparse.ArgumentParser(prog="batchwright bench", description=__doc__)
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page from the kept results")
    parser.add_argument("--quick", action="store_true", help="shows that all run, not how fast; writes no page")
    parser.add_argument("--only", action="append", choices=page.NAMES, help="only this one; may be given again")
    asked = parser.parse_args()
    keeping.end_when_told()
    began, failed = time.monotonic(), []
    for name in () if asked.page else asked.only or page.NAMES:
        if not _measure(name, quick=asked.quick):
            failed.append(name)
        if not asked.quick:
            page.write()
    if asked.page:
        page.write()
    if not asked.quick:
        print(f"Wrote {page.PAGE.relative_to(CHECKOUT)}.")
    if not asked.page:
        print(f"{time.monotonic() - began:.0f} s in all.")
    if failed:
        raise SystemExit(f"Failed, and stand on the page as they were measured before: {', '.join(failed)}.")


def _measure(name: str, *, quick: bool) -> bool:
    """Run a benchmark in a process of its own; whether it ended well."""
    began = time.monotonic()
    print(f"{name} ...", flush=True)
    arguments = [sys.executable, "-m", f"benchmarks.{name}", *(["--quick"] if quick else [])]
    part = subprocess.Popen(arguments, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    try:
        ended = part.wait()
    except BaseException:  # cut off: what the part has measured by now is on the page, and its servers are stopped
        part.terminate()
        part.wait(timeout=_ENDING_SECONDS)
        if not quick:
            page.write()
        raise
    print(f"{name}: {time.monotonic() - began:.0f} s{f', failed with {ended}' if ended else ''}", flush=True)
    return ended == 0


if __name__ == "__main__":
    main()
