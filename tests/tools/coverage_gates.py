"""Holds coverage of lines and branches: all of the kernel, the record and signatures, 90 % of the rest."""

import json
import sys
from pathlib import Path

WHOLE = (
    "src/batchwright/kernel/",
    "src/batchwright/record/",
    # Signatures:
    "src/batchwright/people/evidence.py",
    "src/batchwright/people/meanings.py",
    "src/batchwright/people/signing.py",
    "src/batchwright/people/statement.py",
)
"""Of these every line and every branch is covered; of the record, what differs between the engines, on either."""
REST = 90.0
"""Percent of the rest, taken together."""


def faults(report: dict[str, dict[str, dict[str, dict[str, int]]]], *, only_whole: bool = False) -> list[str]:
    """What is below its gate in a report of ``coverage json``; with `only_whole` of what is covered whole."""
    found = []
    covered = possible = 0
    for name, file in sorted(report["files"].items()):
        summary = file["summary"]
        missing = summary["missing_lines"] + summary["missing_branches"]
        if name.startswith(WHOLE):
            if missing:
                lines = f"{summary['missing_lines']} lines and {summary['missing_branches']} branches"
                found.append(f"{name}: {lines} are not covered (limit: none)")
            continue
        covered += summary["covered_lines"] + summary["covered_branches"]
        possible += summary["num_statements"] + summary["num_branches"]
    percent = 100.0 * covered / possible if possible else 100.0
    if percent < REST and not only_whole:
        found.append(f"the rest: {percent:.1f} % covered (limit: {REST:.0f} %)")
    return found


def main() -> int:
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = faults(report, only_whole="--whole" in sys.argv[2:])
    for fault in found:
        print(fault)
    if not found:
        print("Every gate of coverage is met.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
