"""Looks at every file of the tree for what does not belong there: ``python -m tests.tools.tree_lint``.

What stands inside Python code is ruff's business, also an ``except`` that catches everything.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST = 400
REASON = re.compile(r"#\s*long-file:\s*\S+", re.IGNORECASE)
_REASON_LINES = 5
_CODE = {".py", ".js", ".css", ".html", ".sh"}
# Words are put together here so that this file does not find itself.
_REGISTRY = re.compile(
    r"https?://[^\s\"'<>]*(/sim"
    + r"ple\b|\.wh"
    + r"l\b|\.tg"
    + r"z\b)|(?:files\.python"
    + r"hosted|regist"
    + r"ry\.npmjs)"
)
_MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.}])/(?:wo" + r"rk|fa" + r"rm|ro" + r"ot|ho" + r"me)/")
_UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")


def tracked() -> list[Path]:
    """Every file under version control, and those that are new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return [REPOSITORY / name for name in sorted(set(filter(None, names))) if (REPOSITORY / name).is_file()]


def findings(path: Path, text: str) -> Iterator[str]:
    """What is wrong in one file, with its line."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _REGISTRY.search(line):
            yield f"{path}:{number}: the address of a package registry"
        if path.suffix != ".lock" and _MACHINE_PATH.search(line):
            yield f"{path}:{number}: an absolute path of one machine"
        if path.suffix in _CODE and _UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished work; finish it or write it down elsewhere"
    length = text.count("\n")
    exempt = "migrations" in path.parts or "vendor" in path.parts
    if path.suffix in _CODE and length > LONGEST and not exempt:
        head = "\n".join(text.splitlines()[:_REASON_LINES])
        if not REASON.search(head):
            yield f"{path}: {length} lines (limit {LONGEST}) without `# long-file: reason` in its first lines"


def main() -> int:
    found: list[str] = []
    for file in tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and fonts
        found += findings(file.relative_to(REPOSITORY), text)
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
