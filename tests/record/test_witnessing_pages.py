"""What a witness outside the plant asks for: no log-in, no secret, and no request that makes the plant fail."""

import json
from typing import Any

import pytest
from django.test import Client

from batchwright.record import keyring, verifier
from batchwright.record.models import Cosignature, Entry
from batchwright.record.web import witnessing
from batchwright.record.witness import Witness as Outside
from tests.gmp import plant
from tests.record.sites import OUTSIDE, register, signed

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(e)")]
LOG = "/record/log"


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True)


def sent(stranger: Client, body: bytes | dict[str, Any]) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = stranger.post(f"{LOG}/cosignatures", content, content_type="application/json")
    return answer.status_code, answer.json()


class TestTheCheckpoint:
    def test_it_is_shown_to_anybody_as_it_was_signed(self, stranger: Client) -> None:
        assert stranger.get(f"{LOG}/checkpoint").status_code == 404
        head = signed()
        answer = stranger.get(f"{LOG}/checkpoint")
        assert (answer.status_code, answer.content.decode()) == (200, head.note)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"

    @pytest.mark.requirement("11.10(d)")
    def test_it_tells_nobody_who_the_sponsors_are(self, stranger: Client) -> None:
        register(OUTSIDE, sponsor="ACME")
        head = signed()
        line = Outside(OUTSIDE, (keyring.signing_key().public,)).consider(head.note)
        assert sent(stranger, {"tree_size": head.tree_size, "line": line})[0] == 200
        assert OUTSIDE.name not in stranger.get(f"{LOG}/checkpoint").content.decode()

    def test_nothing_can_be_sent_to_it(self, stranger: Client) -> None:
        assert stranger.post(f"{LOG}/checkpoint").status_code in (403, 405)
        assert stranger.get(f"{LOG}/cosignatures").status_code == 405


class TestTheProof:
    def test_it_joins_two_checkpoints(self, stranger: Client) -> None:
        old = signed()
        for number in range(4):
            plant.say(str(number))
        new = signed()
        sizes = {"old": old.tree_size, "new": new.tree_size}
        answer = stranger.get(f"{LOG}/consistency", sizes).json()
        assert (answer["old"], answer["new"]) == (1, 5)
        verifier.verify_consistency(
            old_size=1, old_root=bytes(old.root), new_size=5, new_root=bytes(new.root),
            proof=[bytes.fromhex(part) for part in answer["hashes"]],
        )  # fmt: skip

    def test_entries_after_the_last_checkpoint_are_not_counted(self, stranger: Client) -> None:
        signed()
        plant.say("not signed yet")
        assert Entry.objects.count() == 2
        assert stranger.get(f"{LOG}/consistency?old=1&new=2").json() == {"old": 1, "new": 1, "hashes": []}
        assert stranger.get(f"{LOG}/consistency?old=2&new=2").status_code == 400

    @pytest.mark.parametrize(
        "query",
        ["", "?old=1", "?old=x&new=1", "?old=0&new=1", "?old=-1&new=1", "?old=2&new=1", "?old=1.5&new=2",
         "?old=" + "9" * 30 + "&new=" + "9" * 31, "?old=" + "9" * 5000 + "&new=1"],
    )  # fmt: skip
    def test_what_are_no_sizes_is_refused_in_words(self, stranger: Client, query: str) -> None:
        signed()
        answer = stranger.get(f"{LOG}/consistency{query}")
        assert answer.status_code == 400
        assert "1 <= old <= new <= 1" in answer.json()["error"]

    def test_before_the_first_checkpoint_there_is_none(self, stranger: Client) -> None:
        assert "<= 0" in stranger.get(f"{LOG}/consistency?old=1&new=1").json()["error"]


class TestCosigning:
    def test_a_registered_witness_needs_no_log_in(self, stranger: Client) -> None:
        register(OUTSIDE)
        head = signed()
        line = Outside(OUTSIDE, (keyring.signing_key().public,)).consider(head.note)
        expected = {"witness": OUTSIDE.name, "tree_size": head.tree_size}
        assert sent(stranger, {"tree_size": head.tree_size, "line": line}) == (200, expected)
        assert sent(stranger, {"tree_size": head.tree_size, "line": line}) == (200, expected)
        assert Cosignature.objects.count() == 1

    def test_a_stranger_is_refused(self, stranger: Client) -> None:
        head = signed()
        line = Outside(OUTSIDE, (keyring.signing_key().public,)).consider(head.note)
        code, answer = sent(stranger, {"tree_size": head.tree_size, "line": line})
        assert code == 400
        assert "no cosignature of a registered witness" in answer["error"]
        assert Cosignature.objects.count() == 0

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"7", b"null", b"{}", b"\xff", b'{"tree_size": 1}', b'{"tree_size": "x", "line": ""}',
         b'{"tree_size": 1e999, "line": ""}', b'{"tree_size": NaN, "line": ""}', b'{"tree_size": [], "line": ""}',
         b"[" * 4000, b'{"tree_size": 1, "line": "' + b"x" * witnessing.LONGEST + b'"}'],
    )  # fmt: skip
    def test_what_is_no_cosignature_is_refused_in_words(self, stranger: Client, body: bytes) -> None:
        assert sent(stranger, body) == (400, {"error": 'send {"tree_size": 12, "line": "..."}'})

    @pytest.mark.parametrize("line", ["", "x", "— w AAAA", "\\ud800", "— \\ud800 AAAAAAAAAAAA", "\\u0000", 5, None])
    def test_what_is_no_signature_line_is_refused_in_words(self, stranger: Client, line: object) -> None:
        signed()
        body = b'{"tree_size": 1, "line": ' + (
            f'"{line}"'.encode() if isinstance(line, str) else json.dumps(line).encode()
        )
        code, answer = sent(stranger, body + b"}")
        assert code == 400
        assert "no cosignature of a registered witness" in answer["error"]
