"""How results are kept: as each part ends, so that a run that is cut off has not been for nothing."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

Results = dict[str, Any]
Keep = Callable[[Results], None]
_BY_PART = ("engines", "runs")
"""Keys under which a new run replaces only the parts that it measured."""


@contextmanager
def measured(found: Results, part: str) -> Iterator[None]:
    """Note of a part when it was measured, how loaded the machine was before and after, and how long it took.

    Args:
        found: The results of the run; the note stands under ``runs``.
        part: Which engine, or which problem.

    Yields:
        Nothing; the part is measured in between.
    """
    load, began = os.getloadavg()[0], time.monotonic()
    date = time.strftime("%Y-%m-%d", time.gmtime())
    yield
    found.setdefault("runs", {})[part] = {
        "date": date, "load": round(load, 1), "load_at_the_end": round(os.getloadavg()[0], 1),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def write(file: Path, found: Results) -> None:
    """Keep what was measured so far, over what was kept before; parts not measured anew stay, with their own notes.

    Args:
        file: Where; either the old or the new content stands there, at any moment.
        found: The results.
    """
    kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    merged = {**kept, **found}
    merged |= {key: {**kept.get(key, {}), **found[key]} for key in _BY_PART if key in found}
    merged.pop("seconds", None)  # of the whole run, in results kept before their parts had notes
    file.parent.mkdir(exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(merged, indent=2) + "\n", encoding="utf-8")
    new.replace(file)


def end_when_told() -> None:
    """Let the signal by which a process is told to end unwind it, so that the servers it has started are stopped."""
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def drop(found: Results) -> None:
    """Keep nothing: the run only shows that it runs."""
