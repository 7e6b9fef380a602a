"""Processes of the plant are killed while people work: they come back, and nothing that was acknowledged is lost."""

import http.client
import os
import re
import signal
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from batchwright import record
from batchwright.record.verification import verify
from batchwright.site import demo, processes
from batchwright.site.supervisor import Member, Supervisor
from tests import databases, postgresql
from tests.people.plant import PASSWORD, Plant
from tests.ports import a_port

pytestmark = [pytest.mark.slow, pytest.mark.either_engine, pytest.mark.requirement("11.10(a)")]
PEOPLE = ("operator", "supervisor")
KILLED = ("web process", "worker", "web")
"""``web`` is gunicorn's master with all its processes; ``web process`` is one of these."""


def log_in(port: int, name: str) -> bool:
    """Log in through the page; whether the plant acknowledged it."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        asked.request("GET", "/accounts/login/", headers={"Host": f"localhost:{port}"})
        answer = asked.getresponse()
        shown = answer.read().decode()
        cookie = (answer.headers["Set-Cookie"] or "").split(";")[0]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown)
        if token is None:
            return False
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "login": name, "password": PASSWORD})
        said = {
            "Host": f"localhost:{port}", "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"http://localhost:{port}/accounts/login/",
        }  # fmt: skip
        asked.request("POST", "/accounts/login/", body=form, headers=said)
        return asked.getresponse().status == 302
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def answers(port: int) -> bool:
    return demo._answers(f"http://127.0.0.1:{port}/health")


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def processes_of(kind: str) -> set[int]:
    return {one.pid for one in processes.known() if one.name == kind and one.alive}


def environment(port: int) -> dict[str, str]:
    name = str(connection.settings_dict["NAME"])
    host = os.environ.get("BATCHWRIGHT_TEST_SERVER")
    address = f"postgresql://{postgresql.ROLE}@/{name}?host={host}"
    return {
        **os.environ,
        "BATCHWRIGHT_DATABASE_URL": f"sqlite:////{name.lstrip('/')}" if connection.vendor == "sqlite" else address,
        "BATCHWRIGHT_WEB_PORT": str(port),
        "BATCHWRIGHT_PUBLIC_URL": f"http://localhost:{port}",
        "BATCHWRIGHT_CHECKPOINT_SECONDS": "1",
        "BATCHWRIGHT_WEB_WORKERS": "1",
        "PYTHONPATH": os.pathsep.join((str(databases.REPOSITORY / "src"), str(databases.REPOSITORY))),
    }


class Day:
    """What happens beside the supervisor, which needs the main thread."""

    def __init__(self, supervisor: Supervisor, port: int) -> None:
        self.supervisor = supervisor
        self.port = port
        self.acknowledged: Counter[str] = Counter()
        self.failed: BaseException | None = None
        self.over = threading.Event()

    def run(self) -> None:
        try:
            wait_for(lambda: answers(self.port), "the plant answers")
            workers = [threading.Thread(target=self._work, args=(name,)) for name in PEOPLE]
            for worker in workers:
                worker.start()
            for kind in KILLED:
                self._kill(kind)
            self.over.set()
            for worker in workers:
                worker.join()
        except BaseException as error:  # noqa: BLE001 - told in the main thread
            self.failed = error
        finally:
            self.over.set()
            connection.close()
            self.supervisor.stop()

    def _work(self, name: str) -> None:
        while not self.over.is_set():
            self.acknowledged[name] += log_in(self.port, name)

    def _kill(self, kind: str) -> None:
        before = sum(self.acknowledged.values())
        wait_for(lambda: sum(self.acknowledged.values()) > before, "somebody works")
        wait_for(lambda: all(member.process for member in self.supervisor.members), "all were started")
        web, worker = (member.process for member in self.supervisor.members)
        assert web is not None
        assert worker is not None
        victim = {"web": web.pid, "worker": worker.pid, "web process": (children(web.pid) or [web.pid])[0]}[kind]
        old = processes_of("worker" if kind == "worker" else "web")
        gone = old if kind == "web" else {victim}
        os.kill(victim, signal.SIGKILL)
        name = "worker" if kind == "worker" else "web"
        wait_for(lambda: bool(processes_of(name) - old) and not processes_of(name) & gone, f"{kind} is back")
        wait_for(lambda: answers(self.port), f"the plant answers after {kind} was killed")


@pytest.fixture
def day(committed_plant: Plant) -> Day:
    with_port = a_port()
    members = [
        Member(name, [sys.executable, "-m", "batchwright.cli", name], wait_seconds=0.1) for name in ("web", "worker")
    ]
    return Day(Supervisor(members, environment(with_port)), with_port)


@pytest.mark.requirement("Annex 11, 16", "ALCOA+ enduring")
def test_what_was_acknowledged_outlives_every_process(day: Day) -> None:
    newest = record.Entry.objects.order_by("-seq")[0].seq
    connection.close()
    beside = threading.Thread(target=day.run)
    beside.start()
    assert day.supervisor.run() == 0
    beside.join()
    if day.failed is not None:
        raise day.failed
    fresh = record.Entry.objects.filter(seq__gt=newest, type="login.succeeded/1")
    kept = Counter(fresh.values_list("actor", flat=True))
    assert sum(day.acknowledged.values()) >= len(KILLED)
    for name, number in day.acknowledged.items():
        assert kept[name] >= number, f"{name} was let in {number} times, and {kept[name]} are on record"
    report = verify()
    assert report.whole, report.findings
    assert processes.failures()["worker"].count >= KILLED.count("worker")
