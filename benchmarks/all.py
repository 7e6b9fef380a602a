"""Every benchmark, one after another, and the page of the reference made from them: ``batchwright bench [--page]``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

from benchmarks.recording.engines import CHECKOUT
from benchmarks.reporting import page


def main() -> None:
    """Read the options, measure, and write the page."""
    parser = argparse.ArgumentParser(prog="batchwright bench", description=__doc__)
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page from the kept results")
    parser.add_argument("--quick", action="store_true", help="shows that all run, not how fast; writes no page")
    parser.add_argument("--only", action="append", choices=page.NAMES, help="only this one; may be given again")
    asked = parser.parse_args()
    if not asked.page:
        for name in asked.only or page.NAMES:
            _measure(name, quick=asked.quick)
    if not asked.quick:
        page.write()
        print(f"Wrote {page.PAGE.relative_to(CHECKOUT)}.")


def _measure(name: str, *, quick: bool) -> None:
    began = time.monotonic()
    print(f"{name} ...", flush=True)
    arguments = [sys.executable, "-m", f"benchmarks.{name}", *(["--quick"] if quick else [])]
    subprocess.run(arguments, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
    if not quick:
        file = page.RESULTS / f"{name}.json"
        found = json.loads(file.read_text(encoding="utf-8"))
        found["machine"] |= {"date": time.strftime("%Y-%m-%d", time.gmtime()), "load_at_the_end": os.getloadavg()[0]}
        file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
