"""The way of one entered value and of one signature through the code, as it is called when a browser sends them.

``python -m tests.tools.house_ways`` follows both in a plant of its own (`tests/house/test_house.py`) and keeps what was
called, by whom, in ``docs/explanation/house/ways.json``; the pictures and the page are made from that file.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Any

from tests.tools.house_graph import REPOSITORY, SOURCE

KEPT = REPOSITORY / "docs" / "explanation" / "house" / "ways.json"
WRITE = "BATCHWRIGHT_TEST_WRITE_WAYS"
_DOOR = ["site/requests.py:RequestMiddleware.__call__", "people/middleware.py:ActorMiddleware.__call__"]
_LEDGER = [
    "record/journal.py:entry", "record/backends/sqlite3/base.py:SQLiteGate.open", "record/open_entry.py:OpenEntry.lock",
    "record/open_entry.py:OpenEntry.create", "record/open_entry.py:OpenEntry.update",
    "record/open_entry.py:OpenEntry.attest", "record/backends/sqlite3/base.py:SQLiteGate.saw",
    "record/open_entry.py:OpenEntry.append", "record/backends/sqlite3/base.py:SQLiteGate.append",
]  # fmt: skip
VALUE = [
    *_DOOR, *_LEDGER, "people/access.py:authorize", "execution/web/stepping.py:StepView.post",
    "execution/web/inputs.py:read", "execution/services/performing.py:perform", "execution/services/turning.py:begin",
    "execution/services/turning.py:read", "execution/services/performing.py:ready",
    "execution/services/situations.py:situation_of", "execution/phases.py:judge", "execution/fields.py:read",
    "execution/fields.py:out_of_limit", "execution/services/performing.py:take_in",
    "execution/services/performing.py:keep_attempt", "execution/services/turning.py:Turn.go_on",
    "execution/engine.py:advance", "execution/services/turning.py:Turn.write",
    "execution/services/common.py:raise_exceptions", "execution/web/stepping.py:tell", "execution/work.py:next_step",
    "execution/web/stepping.py:StepView.get", "execution/sheet.py:sheet_of",
]  # fmt: skip
SIGNATURE = [
    *_DOOR, *_LEDGER, "people/access.py:authorize", "people/web/signing.py:SignedAct.get",
    "people/web/signing.py:SignedAct.post", "materials/statements.py:of_lot", "people/signing.py:prepare",
    "people/web/acting.py:evidence_of", "materials/services/holding.py:decide_lot", "people/signing.py:signed_entry",
    "people/signing.py:prove", "people/evidence.py:check", "people/signing.py:sign", "record/verification.py:verify",
    "record/verifier.py:verify_chain", "record/contents.py:check_proofs", "record/verifier.py:verify_attestation",
    "record/contents.py:Contents.compare_tables",
]  # fmt: skip
MATTER = {"value": VALUE, "signature": SIGNATURE}
"""The functions that are shown of each way; which calls which, and when, is followed and not told here."""
TIMES = 3
"""How many callers of one function are shown of one act: a fourth one says nothing new."""


@dataclass(frozen=True)
class Station:
    """One function on a way.

    Args:
        act: What somebody did, such as ``POST``.
        file: Where it stands, below ``src/batchwright``.
        function: Its name, with its class.
        caller: Place of the station that called it; -1 for none.
    """

    act: str
    file: str
    function: str
    caller: int


def followed(way: str, acts: dict[str, Callable[[], Any]]) -> list[Station]:
    """Do what somebody does, and say which of the functions that matter were called, each once from a caller.

    Args:
        way: Which way.
        acts: What is done, by its name, in order.

    Returns:
        The stations in the order in which they were first called.
    """
    stations: list[Station] = []
    for act, do in acts.items():
        _follow(stations, act, do, set(MATTER[way]))
    return stations


def _follow(stations: list[Station], act: str, do: Callable[[], Any], matter: set[str]) -> None:
    source = f"{SOURCE}{os.sep}"
    seen: dict[tuple[int, str], int] = {}
    often: Counter[str] = Counter()
    inside: list[tuple[FrameType, int]] = []

    def told(frame: FrameType, event: str, _argument: object) -> None:
        if event == "return" and inside and inside[-1][0] is frame:
            inside.pop()
        if event != "call" or not frame.f_code.co_filename.startswith(source):
            return
        file = frame.f_code.co_filename[len(source) :].replace(os.sep, "/")
        name = f"{file}:{frame.f_code.co_qualname}"
        if name not in matter:
            return
        caller = inside[-1][1] if inside else -1
        if (caller, name) not in seen:
            often[name] += 1
            if often[name] > TIMES:
                return
            seen[caller, name] = len(stations)
            stations.append(Station(act, file, frame.f_code.co_qualname, caller))
        inside.append((frame, seen[caller, name]))

    sys.setprofile(told)
    try:
        do()
    finally:
        sys.setprofile(None)


def kept() -> dict[str, list[Station]]:
    """The ways as they were followed last."""
    read = json.loads(KEPT.read_text(encoding="utf-8"))
    return {way: [Station(**one) for one in stations] for way, stations in read.items()}


def keep(way: str, stations: list[Station]) -> None:
    """Write one way down."""
    read = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    read[way] = [asdict(one) for one in stations]
    lines = [f' "{name}": [\n  ' + ",\n  ".join(map(json.dumps, ones)) + "\n ]" for name, ones in sorted(read.items())]
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> int:
    command = [sys.executable, "-m", "pytest", "-q", "tests/house/test_house.py"]
    return subprocess.run(command, cwd=REPOSITORY, env={**os.environ, WRITE: "yes"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
