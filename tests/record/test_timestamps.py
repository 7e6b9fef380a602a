"""Time stamps: the site's own, and those of an outside authority that is asked over HTTP."""

import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record.adapters import timestamps
from batchwright.record.adapters.timestamps import LocalStamp, Rfc3161Stamp, TimeStamp, TimeStampAuthority
from batchwright.record.keys import SigningKey
from batchwright.record.verifier import Broken
from tests.record import authority
from tests.record.authority import Authority
from tests.record.chains import KEY, SITE, SITE_VKEY

pytestmark = [
    pytest.mark.requirement("11.10(e)"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the local time-stamp authority needs openssl"),
]

DIGEST = sha256(b"root of a checkpoint").digest()
OTHER = sha256(b"another root").digest()


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority.serving(authority.made(tmp_path_factory.mktemp("authority"))) as serving:
        yield serving


@pytest.fixture(autouse=True)
def honest(outside: Authority) -> None:
    outside.answer, outside.status, outside.headers = None, 200, {}
    outside.asked.clear()


@pytest.fixture(params=["local", "rfc3161"])
def port(request: pytest.FixtureRequest, outside: Authority) -> TimeStampAuthority:
    if request.param == "local":
        return LocalStamp(SigningKey(SITE, KEY))
    return Rfc3161Stamp(outside.url, roots=[outside.root])


@pytest.fixture
def stamped(outside: Authority) -> TimeStamp:
    return Rfc3161Stamp(outside.url, roots=[outside.root]).stamp(DIGEST)


class TestEveryAuthority:
    def test_it_states_a_time_near_the_present_that_verifies(self, port: TimeStampAuthority) -> None:
        stamp = port.stamp(DIGEST)
        assert port.verify(stamp, DIGEST) == stamp.at
        assert abs(clock.now() - stamp.at) < timedelta(minutes=2)
        assert stamp.at.tzinfo is UTC

    def test_its_stamp_is_about_this_digest_alone(self, port: TimeStampAuthority) -> None:
        with pytest.raises(Broken, match="about something else"):
            port.verify(port.stamp(DIGEST), OTHER)

    def test_another_time_beside_the_stamp_is_refused(self, port: TimeStampAuthority) -> None:
        stamp = port.stamp(DIGEST)
        with pytest.raises(Broken, match="beside it stands"):
            port.verify(TimeStamp(stamp.kind, stamp.token, stamp.at + timedelta(days=1)), DIGEST)

    def test_an_altered_stamp_is_refused(self, port: TimeStampAuthority) -> None:
        stamp = port.stamp(DIGEST)
        token = bytearray(stamp.token)
        token[-10] ^= 1
        with pytest.raises(Broken):
            port.verify(TimeStamp(stamp.kind, bytes(token), stamp.at), DIGEST)

    def test_anybody_with_the_keys_can_verify_it(self, port: TimeStampAuthority, outside: Authority) -> None:
        stamp = port.stamp(DIGEST)
        assert timestamps.verify(stamp, DIGEST, keys=[SITE_VKEY], roots=[outside.root]) == stamp.at


def test_the_sites_stamp_states_the_sites_clock() -> None:
    at = datetime(2026, 11, 22, 7, 21, 0, 123456, tzinfo=UTC)
    with clock.frozen(at):
        assert LocalStamp(SigningKey(SITE, KEY)).stamp(DIGEST).at == at


def test_a_stamp_of_another_sites_key_is_refused() -> None:
    stamp = LocalStamp(SigningKey(SITE, Ed25519PrivateKey.from_private_bytes(bytes(32)))).stamp(DIGEST)
    with pytest.raises(Broken, match="no trusted key"):
        timestamps.verify(stamp, DIGEST, keys=[SITE_VKEY])


def test_a_stamp_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Broken, match="unknown kind 'sundial/1'"):
        timestamps.verify(TimeStamp("sundial/1", b"", clock.now()), DIGEST)


def test_an_authority_is_asked_once_at_the_configured_address_and_no_proxy_is_used(
    outside: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Rfc3161Stamp(outside.url).stamp(DIGEST)
    assert [kind for kind, _ in outside.asked] == ["application/timestamp-query"]


def test_without_a_trusted_certificate_nothing_vouches_for_an_authority(outside: Authority) -> None:
    port = Rfc3161Stamp(outside.url)
    stamp = port.stamp(DIGEST)
    with pytest.raises(Unavailable, match="No certificate is trusted"):
        port.verify(stamp, DIGEST)
    with pytest.raises(Broken, match="about something else"):
        port.verify(stamp, OTHER)


def test_an_authority_that_another_root_vouches_for_is_refused(
    stamped: TimeStamp, tmp_path_factory: pytest.TempPathFactory, outside: Authority
) -> None:
    stranger = authority.made(tmp_path_factory.mktemp("stranger"))
    with pytest.raises(Broken, match="does not hold"):
        timestamps.verify(stamped, DIGEST, roots=[stranger.root])
    with pytest.raises(Unavailable, match="gave no good answer"):
        Rfc3161Stamp(outside.url, roots=[stranger.root]).stamp(DIGEST)


def test_an_answer_to_another_question_is_refused(outside: Authority) -> None:
    def asked(data: bytes) -> bytes:
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        return outside.reply(request.as_bytes())

    outside.answer = lambda _query: asked(DIGEST)
    with pytest.raises(Unavailable, match="answers another question"):
        Rfc3161Stamp(outside.url).stamp(DIGEST)


def test_an_authority_that_refuses_is_unavailable(outside: Authority) -> None:
    outside.answer = lambda _query: bytes.fromhex("30053003020102")  # PKIStatusInfo: rejection
    with pytest.raises(Unavailable, match="refused, status 2"):
        Rfc3161Stamp(outside.url).stamp(DIGEST)


@pytest.mark.parametrize("content", [b"", b"<html>", b"x" * ((1 << 20) + 1)])
def test_an_answer_that_is_no_time_stamp_is_unavailable(outside: Authority, content: bytes) -> None:
    outside.answer = lambda _query: content
    with pytest.raises(Unavailable):
        Rfc3161Stamp(outside.url).stamp(DIGEST)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_authority_that_fails_or_sends_elsewhere_is_unavailable(outside: Authority, status: int) -> None:
    outside.status, outside.headers = status, {"Location": outside.url + "/elsewhere"}
    with pytest.raises(Unavailable, match="does not answer") as found:
        Rfc3161Stamp(outside.url).stamp(DIGEST)
    assert "stands without it" in found.value.remedy
    assert len(outside.asked) == 1


def test_an_authority_that_is_not_there_or_silent_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Unavailable, match="does not answer"):
            Rfc3161Stamp(url, timeout=0.2).stamp(DIGEST)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="does not answer"):
            Rfc3161Stamp(f"http://127.0.0.1:{nobody.getsockname()[1]}/").stamp(DIGEST)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://tsa.example", "http://", "tsa.example"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(DomainError, match="wrong kind"):
        Rfc3161Stamp(url)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_stamp_are_refused_in_words(token: bytes) -> None:
    for kind in ("local/1", "rfc3161/1"):
        with pytest.raises(Broken):
            timestamps.verify(TimeStamp(kind, token, clock.now()), DIGEST, keys=[SITE_VKEY])
