"""A day of the demo plant in which its processes are killed: ``python -m tests.tools.day --folder F --minutes 30``.

Starts ``batchwright demo``, kills one of its processes with SIGKILL again and again, at times the supervisor too, which
is then started anew; beside it a client has allocations put on record, sends each until it is acknowledged, and keeps
what was. At the end the plant is stopped by Ctrl-C. Printed as JSON: kills, what was acknowledged and what of it is
missing, errors in the log, memory, batches completed, and whether the record verifies and its replay equals the plant.
"""

import argparse
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.tools.crawl import Session

MARK = "DAY_OF_PLANT"
_KINDS = (
    ("web", re.compile(r"gunicorn|batchwright\.cli web")),
    ("worker", re.compile(r"batchwright\.cli worker")), ("scales", re.compile(r"plant scale simulate")),
    ("shift", re.compile(r"batch shift")),
)  # fmt: skip
FORKED = "plant-"
"""So begins the name of a process that the demo has forked."""
KILLED = {"web": 2, "web process": 3, "worker": 2, "scales": 2, "shift": 3, "supervisor": 1}
"""What is killed, and how often beside the others; ``web`` is gunicorn's master, ``web process`` one of its own."""
READY_SECONDS = 900.0
BACK_SECONDS = 240.0
_FAULT = re.compile(r"\b(ERROR|CRITICAL|Traceback)\b|does not answer|ended with (?!-9\b)")
"""What is wrong in a log; a process ends with -9 where it was killed, and otherwise of itself."""
_MEANT = re.compile(r"was sent SIG(KILL|TERM)")
"""What gunicorn says of a process of its own that was killed."""
WHO = ("m.kowalska", "silver-kettle-autumn-28")
"""The demo's operator, who allocates; everybody may know the password."""
PROGRAM = (sys.executable, "-m", "batchwright.cli")


@dataclass(frozen=True)
class Process:
    """One process of the plant."""

    pid: int
    parent: int
    kind: str
    kilobytes: int


@dataclass
class Day:
    """A plant that runs, and what happens to it."""

    folder: Path
    port: int
    words: list[str]
    rng: random.Random
    program: tuple[str, ...] = PROGRAM
    kills: Counter[str] = field(default_factory=Counter)
    back_seconds: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)
    memory: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)
    supervisor: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.day.log")

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start the plant, and wait until it answers."""
        environment = {**os.environ, MARK: str(self.folder), "PYTHONUNBUFFERED": "1"}
        command = [*self.program, "demo", "--folder", str(self.folder)]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(
                [*command, "--port", str(self.port), *self.words], env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.wait(self.answers, READY_SECONDS, "the plant answers")

    def answers(self) -> bool:
        """Whether the plant answers; one that has ended never will."""
        if self.supervisor is None or self.supervisor.poll() is not None:
            raise RuntimeError(f"the demo has ended by itself; its last words are in {self.log}")
        import urllib.request

        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as said:
                return bool(said.status == 200)
        except (OSError, HTTPException):
            return False

    def wait(self, condition: Any, seconds: float, what: str) -> bool:
        """Wait; what did not come in time is kept as a trouble."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.troubles.append(f"waited {seconds:.0f} s in vain until {what}")
                return False
            time.sleep(0.2)
        return True

    def processes(self) -> list[Process]:
        """Every process of this plant, as its environment shows."""
        found = [one for entry in Path("/proc").glob("[0-9]*") if (one := _process(entry, str(self.folder)))]
        first = self.supervisor.pid if self.supervisor is not None else 0
        return [replace(one, kind="supervisor") if one.pid == first else one for one in found]

    def kill(self) -> None:
        """Kill one process, and wait until the plant is whole again."""
        kind = self.rng.choices(list(KILLED), list(KILLED.values()))[0]
        before = self.processes()
        victim = self._victim(kind, before)
        if victim is None or self.supervisor is None:
            self.troubles.append(f"no {kind} to kill")
            return
        os.kill(victim.pid, signal.SIGKILL)
        self.kills[kind] += 1
        began = time.monotonic()
        if kind == "supervisor":
            self.supervisor.wait()
            if not self.wait(lambda: not self.processes(), 60, "all ended after their supervisor"):
                for left in self.processes():
                    os.kill(left.pid, signal.SIGKILL)
            self.start()
        old = {one.pid for one in before if one.kind == victim.kind and (kind == "supervisor" or one.pid == victim.pid)}

        def back() -> bool:
            now = {one.pid for one in self.processes() if one.kind == victim.kind}
            return bool(now - {one.pid for one in before}) and not now & old and self.answers()

        if self.wait(back, BACK_SECONDS, f"{kind} is back"):
            self.back_seconds.append(round(time.monotonic() - began, 1))

    def _victim(self, kind: str, running: list[Process]) -> Process | None:
        named = [one for one in running if one.kind == kind.split(maxsplit=1)[0]]
        pids = {one.pid for one in named}
        own = [one for one in named if (one.parent in pids) is (kind == "web process")]
        return self.rng.choice(own) if own else None

    def sample(self, seconds: float) -> None:
        """Keep what each kind of process holds in memory, until the day is over."""
        while not self.over.wait(seconds):
            held: Counter[str] = Counter()
            for one in self.processes():
                held[one.kind] += one.kilobytes
            self.memory.append((time.monotonic() - self.began, dict(held)))

    def client(self, materials: list[str]) -> None:
        """Have things put on record, each until it is acknowledged; of a material that there is no more of the next."""
        session: Session | None = None
        number = 0
        while not self.over.is_set():
            key = f"day:{os.getpid()}:{number}"
            said = {"amount": "1 mg", "purpose": "a trial", "material": materials[0], "idempotency_key": key}
            try:
                session = session or Session(self.url, *WHO)
                answer = session.post("/api/materials/allocations", said)
            except (OSError, HTTPException, RuntimeError, StopIteration, ValueError):
                session = None  # whoever answered was killed; the same is sent again
                time.sleep(0.2)
                continue
            if answer.status == 200:
                self.acknowledged[key] = json.loads(answer.text)["entry"]
                number += 1
            elif answer.status in (401, 403):
                session = None
            elif answer.status == 400 and len(materials) > 1:
                materials = materials[1:]
            elif answer.status not in (502, 503, 409):
                self.troubles.append(f"the client was answered {answer.status}: {answer.text[:200]}")
                number += 1
            time.sleep(0.1)

    def stop(self) -> list[str]:
        """Stop the plant by Ctrl-C; what is left of it then."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGINT)
            try:
                self.supervisor.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.troubles.append("the supervisor did not end within 60 s of Ctrl-C")
        left = [f"{one.kind} {one.pid}" for one in self.processes()]
        for one in self.processes():
            os.kill(one.pid, signal.SIGKILL)
        return left


def _process(entry: Path, folder: str) -> Process | None:
    try:
        environment = (entry / "environ").read_bytes()
        if f"{MARK}={folder}\0".encode() not in b"\0" + environment + b"\0":
            return None
        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        status = (entry / "status").read_text()
        name = (entry / "comm").read_text().strip()
    except OSError:
        return None
    kind = next((name for name, pattern in _KINDS if pattern.search(command)), "other")
    if name.startswith(FORKED):
        kind = name.removeprefix(FORKED)
    if "\nState:\tZ" in status:
        return None
    parent = re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)
    held = re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    return Process(int(entry.name), int(parent[1]) if parent else 0, kind, int(held[1]) if held else 0)


def _asked(folder: Path, question: str, *values: object) -> list[Any]:
    with sqlite3.connect(f"file:{folder}/plant.sqlite3?mode=ro", uri=True) as database:
        return database.execute(question, values).fetchall()


def _completed(folder: Path) -> Counter[str]:
    rows = _asked(folder, "SELECT product, count(*) FROM execution_batch WHERE state = 'Complete' GROUP BY product")
    return Counter(dict(rows))


def lost(folder: Path, acknowledged: dict[str, int]) -> list[str]:
    """What was acknowledged and is not on record, or not as it was acknowledged, or more than once."""
    missing = []
    for key, seq in acknowledged.items():
        found = [row[0] for row in _asked(folder, "SELECT seq FROM record_entry WHERE idempotency_key = ?", key)]
        if found != [seq]:
            missing.append(f"{key}: acknowledged as entry {seq}, on record as {found}")
    return missing


def memory_of(samples: list[tuple[float, dict[str, int]]]) -> dict[str, dict[str, int]]:
    """Megabytes of each kind: early (a tenth of the way), at the end, most; the middle one of several samples."""
    told = {}
    for kind in sorted({kind for _, held in samples for kind in held}):
        held = [sample[kind] // 1024 for _, sample in samples if kind in sample]
        tenth = max(1, len(held) // 10)
        told[kind] = {
            "first": sorted(held[:tenth])[tenth // 2], "middle": sorted(held)[len(held) // 2],
            "last": sorted(held[-tenth:])[tenth // 2], "peak": max(held),
        }  # fmt: skip
    return told


def faults(log: str) -> list[str]:
    """Lines of a log that tell of something that nobody handled."""
    return [line for line in log.splitlines() if _FAULT.search(line) and not _MEANT.search(line)]


def _run(folder: Path, *words: str) -> dict[str, Any]:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "batchwright.cli", "--plant", str(folder), *words], capture_output=True, text=True,
        check=False, env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )  # fmt: skip
    said = (done.stdout + done.stderr).strip().splitlines()
    return {"exit code": done.returncode, "seconds": round(time.monotonic() - began, 1), "said": said[-3:]}


def spend(day: Day, *, seconds: float, kills: int) -> dict[str, Any]:
    """Let the day pass, and tell of it.

    Args:
        day: The day.
        seconds: How long it lasts once the plant answers.
        kills: How often a process is killed.
    """
    day.start()
    before, started = _completed(day.folder), time.monotonic() - day.began
    stock = _in_stock(day.folder)
    beside = [threading.Thread(target=day.client, args=(stock,)), threading.Thread(target=day.sample, args=(2.0,))]
    for one in beside:
        one.start()
    began = time.monotonic()
    try:
        for number in range(1, kills + 1):
            due = began + seconds * (number - day.rng.random() / 2) / (kills + 1)
            time.sleep(max(0.0, due - time.monotonic()))
            day.kill()
        time.sleep(max(0.0, began + seconds - time.monotonic()))
    except (RuntimeError, OSError) as error:
        day.troubles.append(f"{error}")
    finally:
        if not beside[0].is_alive():
            day.troubles.append("the client ended before the day was over")
        day.over.set()
        for one in beside:
            one.join()
        left = day.stop()
    said = faults(day.log.read_text(errors="replace"))
    missing = lost(day.folder, day.acknowledged)
    entries = _asked(day.folder, "SELECT count(*), min(at), max(at) FROM record_entry")[0]
    replayed = day.folder.with_name(f"{day.folder.name}.replayed.sqlite3")
    replayed.unlink(missing_ok=True)
    return {
        "answered first after seconds": round(started, 1), "lasted seconds": round(time.monotonic() - began, 1),
        "kills": dict(day.kills), "kills in all": day.kills.total(),
        "back after seconds": {"middle": _middle(day.back_seconds), "longest": max(day.back_seconds, default=0.0)},
        "acknowledged": len(day.acknowledged), "lost": len(missing), "lost entries": missing[:20],
        "processes left after Ctrl-C": left, "errors in the log": len(said), "first errors": said[:20],
        "troubles": day.troubles[:50], "memory in MB": memory_of(day.memory),
        "completed batches": dict(_completed(day.folder) - before),
        "states": dict(_asked(day.folder, "SELECT state, count(*) FROM execution_batch GROUP BY state")),
        "entries": entries[0], "from": entries[1], "to": entries[2],
        "verify": _run(day.folder, "record", "verify"),
        "replay": _run(day.folder, "record", "replay", "--into", str(replayed)),
    }  # fmt: skip


def _ending(*_: object) -> None:
    raise RuntimeError("the day was ended before its time")


def _middle(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 1) if values else 0.0


def _in_stock(folder: Path) -> list[str]:
    """The materials that are in containers, those in most first."""
    question = (
        "SELECT d.code FROM materials_definition d JOIN materials_lot l ON l.definition_id = d.id "
        "JOIN materials_container c ON c.lot_id = l.id GROUP BY d.code ORDER BY count(*) DESC"
    )
    return [row[0] for row in _asked(folder, question)]


def whole(told: dict[str, Any]) -> bool:
    """Whether nothing went wrong on a day."""
    bad = ("lost", "processes left after Ctrl-C", "errors in the log", "troubles")
    return not any(told[name] for name in bad) and not told["verify"]["exit code"] and not told["replay"]["exit code"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.day", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of the plant; made if missing")
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long, once the plant answers")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--speed", default="", help="handed to the demo")
    parser.add_argument("--seed", type=int, default=20261123)
    asked = parser.parse_args()
    words = ["--speed", asked.speed] if asked.speed else []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ending)
    day = Day(asked.folder.absolute(), asked.port, words, random.Random(asked.seed))
    told = spend(day, seconds=60 * asked.minutes, kills=asked.kills)
    print(json.dumps(told, indent=1, ensure_ascii=False))
    return 0 if whole(told) else 1


if __name__ == "__main__":
    sys.exit(main())
