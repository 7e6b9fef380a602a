"""Sets the files of a folder with Typst; runs as a program, in a process of its own that ends with its work.

Typst keeps what it reckoned for the next document: some fifty megabytes for each batch record, which stay with the
process. The program is given one argument, JSON: ``main`` and ``root`` name the file and its folder, ``compiler`` and
``compile`` hold the options of `typst.Compiler` and of its ``compile``, of which ``timestamp`` is an ISO 8601 text;
``into`` names the file that is written, and where pages are drawn, each page's number and ``.png`` are put behind it.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import typst


def main(asked: dict[str, Any]) -> int:
    """Set what is asked for.

    Args:
        asked: As described above.

    Returns:
        How many files were written.
    """
    options = dict(asked["compile"])
    if "timestamp" in options:
        options["timestamp"] = datetime.fromisoformat(options["timestamp"])
    made: Any = typst.Compiler(asked["main"], root=asked["root"], **asked["compiler"]).compile(**options)
    if options["format"] == "pdf":
        Path(asked["into"]).write_bytes(made)
        return 1
    pages = made if isinstance(made, list) else [made]
    for number, page in enumerate(pages, 1):
        Path(f"{asked['into']}{number}.png").write_bytes(page)
    return len(pages)


if __name__ == "__main__":
    sys.stdout.write(str(main(json.loads(sys.argv[1]))))
