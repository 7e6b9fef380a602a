"""A witness asks a plant, here or over the network: the same answers, and plain words where there is none."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from batchwright.kernel.errors import BadInput, DomainError, Unavailable
from batchwright.record import keyring, plant_log, verifier
from batchwright.record.models import Cosignature, Entry
from batchwright.record.plant_log import LocalLog, PlantLog, RemoteLog
from batchwright.record.witness import Witness as Outside
from tests.gmp import plant
from tests.record.sites import OUTSIDE, register, signed

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(e)")]
Answer = Callable[[str, bytes | None], tuple[int, bytes]]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Answer on this machine; a GET has no body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(*answer(self.path, None))

        def do_POST(self) -> None:
            self.say(*answer(self.path, self.rfile.read(int(self.headers["Content-Length"]))))

        def say(self, status: int, content: bytes) -> None:
            if not status:
                self.wfile.write(content)  # no HTTP at all
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its parent's name)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def by_django(path: str, body: bytes | None) -> tuple[int, bytes]:
    """What the plant's own pages answer."""
    from django.db import connection

    try:
        answer = Client().get(path) if body is None else Client().post(path, body, content_type="application/json")
        return answer.status_code, answer.content
    finally:
        connection.close()


@pytest.fixture(params=["local", "remote"])
def log(request: pytest.FixtureRequest) -> Iterator[PlantLog]:
    if request.param == "local":
        yield LocalLog()
        return
    with serving(by_django) as address:
        yield RemoteLog(address + "/")


class TestEveryLog:
    def test_it_gives_the_latest_checkpoint(self, log: PlantLog) -> None:
        signed()
        plant.say("x")
        latest = signed()
        assert log.checkpoint() == latest.note

    def test_before_the_first_checkpoint_it_says_so(self, log: PlantLog) -> None:
        with pytest.raises((Unavailable, DomainError), match="There is no checkpoint yet"):
            log.checkpoint()

    def test_it_proves_that_one_tree_continues_another(self, log: PlantLog) -> None:
        signed()
        for number in range(5):
            plant.say(str(number))
        size = signed().tree_size
        leaves = [bytes(leaf) for leaf in Entry.objects.order_by("seq").values_list("hash", flat=True)]
        for old in range(1, size):
            assert log.consistency(old, size) == verifier.consistency_proof(leaves, old)
        for old, new in ((0, size), (3, 2)):
            with pytest.raises((verifier.Broken, DomainError)):
                log.consistency(old, new)

    def test_it_takes_a_cosignature(self, log: PlantLog) -> None:
        register(OUTSIDE)
        head = signed()
        line = Outside(OUTSIDE, (keyring.signing_key().public,)).consider(log.checkpoint())
        log.send(head.tree_size, line)
        assert Cosignature.objects.get().witness == OUTSIDE.name
        with pytest.raises(DomainError, match="There is no such checkpoint"):
            log.send(99, line)


class TestOverTheNetwork:
    @pytest.mark.parametrize(
        "address",
        ["plant.example", "ftp://plant.example", "file:///etc/passwd", "", "http://", "https:///x", "http://[::1",
         "http://a b"],
    )  # fmt: skip
    def test_what_is_no_address_of_a_plant_is_refused(self, address: str) -> None:
        with pytest.raises(BadInput, match="not the address of a plant"):
            RemoteLog(address)

    def test_a_refusal_is_told_with_its_reason(self) -> None:
        with (
            serving(lambda _path, _body: (404, b"no such log\n")) as address,
            pytest.raises(DomainError, match=r"404 Not Found.*no such log"),
        ):
            RemoteLog(address).checkpoint()

    def test_a_plant_that_fails_may_be_asked_later(self) -> None:
        with serving(lambda _path, _body: (503, b"")) as address, pytest.raises(Unavailable, match="503"):
            RemoteLog(address).checkpoint()

    def test_a_checkpoint_that_is_no_text_is_unavailable(self) -> None:
        with (
            serving(lambda _path, _body: (200, b"\xff\xfe")) as address,
            pytest.raises(Unavailable, match="checkpoint cannot be read"),
        ):
            RemoteLog(address).checkpoint()

    @pytest.mark.parametrize(
        "content",
        [b"", b"[]", b"{}", b'{"hashes": 5}', b'{"hashes": [5]}', b'{"hashes": ["xy"]}', b"\xff", b"[" * 100_000],
    )
    def test_a_proof_that_is_none_is_unavailable(self, content: bytes) -> None:
        with (
            serving(lambda _path, _body: (200, content)) as address,
            pytest.raises(Unavailable, match="proof cannot be read"),
        ):
            RemoteLog(address).consistency(1, 2)

    @pytest.mark.parametrize("length", [9, plant_log.LARGEST + 5])
    def test_an_answer_that_is_cut_off_or_too_long_is_unavailable(self, length: int) -> None:
        content = b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % length
        with (
            serving(lambda _path, _body: (0, content + b"x" * (length if length > 9 else 4))) as address,
            pytest.raises(Unavailable, match="cut off: 5 bytes are missing"),
        ):
            RemoteLog(address).checkpoint()

    @pytest.mark.parametrize("content", [b"", b"nonsense\r\n\r\n"])
    def test_what_is_no_answer_is_unavailable(self, content: bytes) -> None:
        with serving(lambda _path, _body: (0, content)) as address, pytest.raises(Unavailable, match="does not answer"):
            RemoteLog(address).checkpoint()

    def test_a_plant_that_is_not_there_or_silent_is_unavailable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plant_log, "TIME_OUT", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}"
            with pytest.raises(Unavailable, match="does not answer"):
                RemoteLog(address).checkpoint()
        with pytest.raises(Unavailable, match=r"Try again later"):
            RemoteLog(address).checkpoint()

    def test_a_cosignature_is_sent_as_json(self) -> None:
        asked: list[tuple[str, bytes | None]] = []

        def answer(path: str, body: bytes | None) -> tuple[int, bytes]:
            asked.append((path, body))
            return 200, b"{}"

        with serving(answer) as address:
            RemoteLog(address + "/below/").send(7, "line\n")
        assert asked == [("/below/record/log/cosignatures", json.dumps({"tree_size": 7, "line": "line\n"}).encode())]
