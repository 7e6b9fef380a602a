"""A PostgreSQL server of our own: in a temporary folder, reached by a unix socket, gone when its starter is gone.

As a program it starts a server, runs a command that finds it in ``BATCHWRIGHT_DATABASE_URL``, and ends the server:
``python -m tests.postgresql [--durable] -- command...``
"""

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROLE = "batchwright"
START_SECONDS = 60
_STOP_SECONDS = 20
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class NoPostgreSQL(RuntimeError):
    """There is no usable PostgreSQL on this machine; the message says what to install."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        folder: Folder of its socket, its log and its data.
        guardian: The process that ends the server when its standard input closes.
    """

    folder: Path
    guardian: subprocess.Popen[str]

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://{ROLE}@/{database}?host={self.folder}"

    def stop(self) -> None:
        """End the server and remove its folder; returns when both are done."""
        if self.guardian.stdin is not None:
            self.guardian.stdin.close()
        self.guardian.wait(timeout=2 * _STOP_SECONDS)
        if self.guardian.stdout is not None:
            self.guardian.stdout.close()


def binary(name: str) -> str:
    """Find one of PostgreSQL's programs: on the path, or where Debian keeps them."""
    if found := shutil.which(name):
        return found
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not kept:
        raise NoPostgreSQL(f"PostgreSQL's program {name} is not installed. On Debian: apt-get install postgresql")
    return str(kept[-1])


def start(*, durable: bool = False) -> Server:
    """Start a server; when this process ends, however it ends, the server ends too.

    Args:
        durable: True to wait for the disk at each commit, for benchmarks and crash tests.
    """
    arguments = [sys.executable, "-m", "tests.postgresql", "--guard", *(["--durable"] if durable else [])]
    guardian = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        start_new_session=True,
    )
    answer = guardian.stdout.readline().strip() if guardian.stdout else ""
    if not answer.startswith("ready "):
        guardian.wait()
        raise NoPostgreSQL(answer or "PostgreSQL did not start; its messages stand above.")
    return Server(Path(answer.removeprefix("ready ")), guardian)


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A server for the length of a ``with`` block."""
    server = start(durable=durable)
    try:
        yield server
    finally:
        server.stop()


def _account() -> pwd.struct_passwd | None:
    """The account that runs the server: PostgreSQL refuses root, so another one where we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgreSQL("PostgreSQL does not run as root, and there is neither a user postgres nor nobody.")


def _guard(*, durable: bool) -> int:
    """Start the server, say so, wait until our standard input closes, end the server. Nobody else ends it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    folder = Path(tempfile.mkdtemp(prefix="batchwright-pg-"))
    try:
        server = _launch(folder, durable=durable)
        try:
            print(f"ready {folder}", flush=True)
            sys.stdin.read()
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait(timeout=_STOP_SECONDS)
    except NoPostgreSQL as error:
        print(error, flush=True)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _launch(folder: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    account = _account()
    identity = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, log = folder / "data", folder / "server.log"
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    prepared = subprocess.run(
        [binary("initdb"), "-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        capture_output=True,
        text=True,
        cwd="/",
        env=environment,
        check=False,
        **identity,  # type: ignore[call-overload]
    )
    if prepared.returncode:
        raise NoPostgreSQL(f"initdb failed: {prepared.stderr.strip()}")
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "shared_buffers": "128MB",
        "max_wal_size": "2GB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        **({} if durable else _NOT_DURABLE),
    }
    arguments = [binary("postgres"), "-D", str(data)]
    for name, value in options.items():
        arguments += ["-c", f"{name}={value}"]
    with log.open("wb") as output:
        server: subprocess.Popen[bytes] = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment,
            start_new_session=True,
            **identity,  # type: ignore[call-overload]
        )
    _wait(server, folder, log)
    return server


def _wait(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    probe = [binary("pg_isready"), "-q", "-h", str(folder), "-U", ROLE, "-d", "postgres"]
    while server.poll() is None:
        if subprocess.run(probe, check=False).returncode == 0:
            return
        if time.monotonic() > deadline:
            server.send_signal(signal.SIGQUIT)
            server.wait()
            break
        time.sleep(0.05)
    raise NoPostgreSQL(f"PostgreSQL did not start: {log.read_text(errors='replace').strip()}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.postgresql", description=__doc__)
    parser.add_argument("--durable", action="store_true", help="wait for the disk at each commit")
    parser.add_argument("--guard", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if arguments.guard:
        return _guard(durable=arguments.durable)
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        parser.error("a command to run is missing")
    with running(durable=arguments.durable) as server:
        environment = {**os.environ, "BATCHWRIGHT_DATABASE_URL": server.address()}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
