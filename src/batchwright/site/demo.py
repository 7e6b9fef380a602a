"""``batchwright demo``: an embedded plant with demo people, all processes under one supervisor."""

import fcntl
import importlib
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import typer
from rich.console import Console
from rich.table import Table

from batchwright.kernel.errors import Unavailable
from batchwright.site import start
from batchwright.site.configuration_file import FILE_NAME
from batchwright.site.supervisor import Member, Supervisor

HOST = "127.0.0.1"
SEEDED = ("people", "plant", "materials", "recipes", "execution")
"""Capabilities whose `demo.seed()` fills the demo plant, the lower floors first; that of people gives the log-ins."""
_PORTS_TRIED = 20
_MARK = """# Written by `batchwright demo`: the passwords of this plant are known to everybody.
demo = true
"""
_NOT_FOR_DEMO = ("BATCHWRIGHT_DATABASE_URL", "BATCHWRIGHT_CONFIG")


class LogIn(Protocol):
    """What `batchwright.people.demo.seed` gives for each demo person."""

    @property
    def username(self) -> str:
        """Name to sign in with."""

    @property
    def password(self) -> str:
        """Password, known to everybody: the demo is open by design."""

    @property
    def role(self) -> str:
        """The role in words."""


def run(*, folder: Path, first_port: int) -> None:
    """Prepare the plant and run it until Ctrl-C; doing it again changes nothing.

    Args:
        folder: Where the plant lives; made if missing.
        first_port: Port to try first; the next free one is taken.

    Raises:
        Unavailable: If no port is free or a demo already runs in the folder.
        Exit: If a process refuses to start.
    """
    console = Console()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        port = free_port(first_port)
        if port != first_port:
            console.print(f"Port {first_port} is taken; the demo uses {port}.", highlight=False)
        environment = _environment(folder.absolute(), port)
        os.environ.clear()
        os.environ.update(environment)
        _mark(folder)
        console.print(f"Preparing the demo plant in {folder} ...", highlight=False)
        log_ins = _prepare()
        address = f"http://localhost:{port}/"
        supervisor = Supervisor(
            members=[
                _member("web"),
                _member("worker"),
                _member("scales", "plant", "scale", "simulate", "--demo"),
                _member("shift", "batch", "shift"),
            ],
            environment=environment,
            ready=lambda: _answers(f"http://{HOST}:{port}/health"),
            announce=lambda: _announce(console, address, log_ins),
        )
        code = supervisor.run()
    if code:
        raise typer.Exit(code)
    console.print("The demo has stopped; its plant is kept.")


def free_port(first: int) -> int:
    """Find a port nobody listens on.

    Args:
        first: Port to try first.

    Returns:
        The port.

    Raises:
        Unavailable: If none of the following ports is free either.
    """
    last = min(first + _PORTS_TRIED, 65536)
    for port in range(first, last):
        with socket.socket() as probe:
            # As the web process will do: a port whose last connection is just closing counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise Unavailable("No port is free", value=f"{first} to {last - 1}", remedy="Give another one with --port.")


def _environment(folder: Path, port: int) -> dict[str, str]:
    """The environment of the demo: the caller's, but never the caller's database."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_DEMO}
    environment.setdefault("BATCHWRIGHT_SITE_NAME", "Demo plant")
    return environment | {
        "BATCHWRIGHT_DEMO": "true",
        "BATCHWRIGHT_PLANT_FOLDER": str(folder),
        "BATCHWRIGHT_PUBLIC_URL": f"http://localhost:{port}",
        "BATCHWRIGHT_WEB_ADDRESS": HOST,
        "BATCHWRIGHT_WEB_PORT": str(port),
    }


def _mark(folder: Path) -> None:
    """Let every command that is given this plant folder know that it is a demo's."""
    file = folder / FILE_NAME
    if not file.exists():
        file.write_text(_MARK, encoding="utf-8")


def _prepare() -> Sequence[LogIn]:
    start.set_up_django()
    start.migrate()
    from django.db import connection

    from batchwright import record
    from batchwright.plant.demo_instruments import settle

    seeded = {name: importlib.import_module(f"batchwright.{name}.demo").seed() for name in SEEDED}
    settle()
    record.checkpoint()
    connection.close()
    log_ins: Sequence[LogIn] = seeded["people"]
    return log_ins


def _member(name: str, *words: str) -> Member:
    return Member(name, [sys.executable, "-m", "batchwright.cli", *(words or (name,))])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _announce(console: Console, address: str, log_ins: Sequence[LogIn]) -> None:
    table = Table("Name", "Password", "Role", title="Demo log-ins")
    for log_in in log_ins:
        table.add_row(log_in.username, log_in.password, log_in.role)
    console.print(table)
    console.print(f"The demo plant answers at {address}", style="bold")
    console.print("Ctrl-C stops it.")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder for as long as the demo runs; the lock goes with the process, however it ends."""
    with (folder / "demo.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Unavailable(
                "A demo is running in this folder already",
                value=f"{folder}, process {lock.read().strip() or 'unknown'}",
                remedy="Stop it with Ctrl-C, or give another --folder.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
