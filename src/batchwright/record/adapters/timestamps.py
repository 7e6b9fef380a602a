"""Who says at what time a checkpoint existed: the site itself, or an outside authority (RFC 3161).

What is stamped is a digest of 32 bytes, the root of a checkpoint. The site's own stamp costs nothing and proves only
what the site says; an authority's stamp holds even against the plant.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPException
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record import verifier
from batchwright.record.keys import SigningKey

_MAX_ANSWER = 1 << 20
_GRANTED = 0


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """What an authority said."""

    kind: str
    """``local/1`` or ``rfc3161/1``."""
    token: bytes
    """Signed note (UTF-8), or the DER bytes of the TimeStampResp."""
    at: datetime
    """The time that it states, UTC."""


class TimeStampAuthority(Protocol):
    """Port: somebody who states when a digest existed."""

    def stamp(self, digest: bytes) -> TimeStamp:
        """Let the authority state the time.

        Args:
            digest: 32 bytes.

        Returns:
            Its statement, checked.

        Raises:
            Unavailable: If there is no answer, or one that does not hold.
        """

    def verify(self, stamp: TimeStamp, digest: bytes) -> datetime:
        """Check a statement of this authority.

        Args:
            stamp: The statement.
            digest: What it should be about, 32 bytes.

        Returns:
            The time that it states.

        Raises:
            Broken: If it does not hold.
        """


class LocalStamp:
    """The site's own key states the time of the site's clock."""

    kind: ClassVar[str] = "local/1"

    def __init__(self, key: SigningKey) -> None:
        """Take the site's key.

        Args:
            key: It signs the statements.
        """
        self._key = key

    def stamp(self, digest: bytes) -> TimeStamp:
        at = clock.now()
        note = self._key.sign_note(verifier.stamp_text(digest, clock.iso(at)))
        return TimeStamp(self.kind, note.encode(), at)

    def verify(self, stamp: TimeStamp, digest: bytes) -> datetime:
        return verify_local(stamp, digest, [self._key.public])


class Rfc3161Stamp:
    """An authority that is asked over HTTP (RFC 3161 section 3.4)."""

    kind: ClassVar[str] = "rfc3161/1"

    def __init__(self, url: str, *, roots: Iterable[Certificate] = (), timeout: float = 10.0) -> None:
        """Take the one address that will be asked.

        Args:
            url: Address of the authority, http or https.
            roots: Certificates that are trusted to vouch for it. Without any, an answer is checked for what was
                asked, and `verify` says that nothing vouches for it.
            timeout: Seconds to wait for an answer.

        Raises:
            DomainError: If the address is of another kind.
        """
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise DomainError(
                "The address of the time-stamp authority is of the wrong kind", value=url,
                limit="http://... or https://...", remedy="Set `tsa_url`.",
            )  # fmt: skip
        self._url = url
        self._roots = tuple(roots)
        self._timeout = timeout

    def stamp(self, digest: bytes) -> TimeStamp:
        request = (
            TimestampRequestBuilder().data(digest).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
        ).build()
        answer = self._ask(request.as_bytes())
        try:
            response = _read(answer)
            _answers(response, request.nonce)
            at = _verified(response, digest, self._roots) if self._roots else _about(response, digest)
        except verifier.Broken as broken:
            raise Unavailable("The time-stamp authority gave no good answer", value=broken.message) from broken
        return TimeStamp(self.kind, answer, at)

    def verify(self, stamp: TimeStamp, digest: bytes) -> datetime:
        return verify_rfc3161(stamp, digest, self._roots)

    def _ask(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        request = urllib.request.Request(self._url, data=body, headers=headers, method="POST")  # noqa: S310 (scheme checked above)
        # Only the address that was configured: no proxy from the environment, no redirection elsewhere.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere())
        try:
            with opener.open(request, timeout=self._timeout) as answer:
                content: bytes = answer.read(_MAX_ANSWER + 1)
        except (OSError, ValueError, HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            raise Unavailable(
                "The time-stamp authority does not answer", value=f"{self._url}: {error}",
                remedy="The checkpoint stands without it; it is asked again with the next one.",
            ) from error  # fmt: skip
        if len(content) > _MAX_ANSWER:
            raise Unavailable("The answer of the time-stamp authority is too long", limit=f"{_MAX_ANSWER} bytes")
        return content


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: urllib.request.Request, *args: object, **kwargs: object) -> None:
        return None


def verify(
    stamp: TimeStamp, digest: bytes, *, keys: Iterable[verifier.VerifierKey] = (), roots: Iterable[Certificate] = ()
) -> datetime:
    """Check a time stamp of any kind.

    Args:
        stamp: The stamp.
        digest: What it should be about, 32 bytes.
        keys: The site's keys, for its own stamps.
        roots: Trusted certificates, for an authority's stamps.

    Returns:
        The time that it states.

    Raises:
        Broken: If it does not hold or is of an unknown kind.
        Unavailable: If it is an authority's and no certificate is trusted.
    """
    if stamp.kind == LocalStamp.kind:
        return verify_local(stamp, digest, keys)
    if stamp.kind == Rfc3161Stamp.kind:
        return verify_rfc3161(stamp, digest, roots)
    raise verifier.Broken(f"a time stamp is of the unknown kind {stamp.kind!r}", cause="signature")


def verify_local(stamp: TimeStamp, digest: bytes, keys: Iterable[verifier.VerifierKey]) -> datetime:
    """Check a stamp of the site itself.

    Args:
        stamp: The stamp.
        digest: What it should be about, 32 bytes.
        keys: The site's keys.

    Returns:
        The time that it states.

    Raises:
        Broken: If it does not hold.
    """
    at = clock.parse(verifier.verify_stamp(stamp.token, digest, keys))
    return _same_time(at, stamp)


def verify_rfc3161(stamp: TimeStamp, digest: bytes, roots: Iterable[Certificate]) -> datetime:
    """Check a stamp of an outside authority.

    Args:
        stamp: The stamp.
        digest: What it should be about, 32 bytes.
        roots: Certificates that are trusted to vouch for the authority.

    Returns:
        The time that it states.

    Raises:
        Broken: If it does not hold.
        Unavailable: If no certificate is trusted, so that nothing could vouch for it.
    """
    trusted = tuple(roots)
    response = _read(stamp.token)
    at = _about(response, digest)
    if not trusted:
        raise Unavailable(
            "No certificate is trusted to vouch for the time-stamp authority",
            remedy="Give the authority's root certificate, or check the token with `openssl ts -verify`.",
        )
    _verified(response, digest, trusted)
    return _same_time(at, stamp)


def _same_time(at: datetime, stamp: TimeStamp) -> datetime:
    if at != stamp.at:
        raise verifier.Broken(
            f"a time stamp states {at.isoformat()}, beside it stands {stamp.at.isoformat()}", cause="edited"
        )
    return at


def _read(token: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(token)
        granted = response.status == _GRANTED
    except ValueError as error:
        raise verifier.Broken("the bytes are no time stamp (RFC 3161)", cause="format") from error
    if not granted:
        raise verifier.Broken(f"the time-stamp authority refused, status {response.status}", cause="signature")
    return response


def _answers(response: TimeStampResponse, nonce: int | None) -> None:
    if response.tst_info.nonce != nonce:
        raise verifier.Broken("the time stamp answers another question", cause="signature")


def _about(response: TimeStampResponse, digest: bytes) -> datetime:
    if response.tst_info.message_imprint.message != sha256(digest).digest():
        raise verifier.Broken("the time stamp is about something else", cause="signature")
    return response.tst_info.gen_time.astimezone(UTC)


def _verified(response: TimeStampResponse, digest: bytes, roots: Iterable[Certificate]) -> datetime:
    builder = VerifierBuilder()
    for certificate in roots:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify(response, sha256(digest).digest())
    except VerificationError as error:
        raise verifier.Broken(f"the time stamp does not hold: {error}", cause="signature") from error
    return _about(response, digest)
