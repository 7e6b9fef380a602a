"""A plant's log as a witness sees it: on this machine, or over the network."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Protocol

from batchwright.kernel.errors import BadInput, DomainError, Unavailable
from batchwright.record import queries, services

TIME_OUT = 15.0
"""Seconds to wait for the plant."""
LARGEST = 1 << 20
"""Bytes of an answer that are read."""


class PlantLog(Protocol):
    """What a witness asks of a plant."""

    def checkpoint(self) -> str:
        """Give the latest checkpoint, a signed note."""

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Give the proof that the tree of size ``new`` continues that of size ``old``."""

    def send(self, tree_size: int, line: str) -> None:
        """Hand in a cosignature."""


class LocalLog:
    """The plant of this very machine."""

    def checkpoint(self) -> str:
        """Give the latest checkpoint.

        Returns:
            The signed note.

        Raises:
            Unavailable: If there is none yet.
        """
        head = queries.latest_checkpoint()
        if head is None:
            raise Unavailable("There is no checkpoint yet", remedy="Run `batchwright record checkpoint` at the plant.")
        return head.note

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Give the proof that one tree continues another.

        Args:
            old: Size of the earlier tree.
            new: Size of the later one.

        Returns:
            Hashes.
        """
        return queries.consistency_proof(old, new)

    def send(self, tree_size: int, line: str) -> None:
        """Hand in a cosignature.

        Args:
            tree_size: The checkpoint's size.
            line: The signature line.
        """
        services.add_cosignature(tree_size, line)


class RemoteLog:
    """A plant that is reached over HTTP."""

    def __init__(self, address: str) -> None:
        try:
            parts = urllib.parse.urlsplit(address)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, address))
        except ValueError:
            usable = False
        if not usable:
            raise BadInput("This is not the address of a plant", value=address, limit="https://plant.example.com")
        self._address = address.rstrip("/") + "/record/log"

    def checkpoint(self) -> str:
        """Give the latest checkpoint.

        Returns:
            The signed note.

        Raises:
            Unavailable: If the plant does not answer, or answers something else.
        """
        answer = self._ask("checkpoint")
        try:
            return answer.decode()
        except UnicodeDecodeError as error:
            raise Unavailable("The plant's checkpoint cannot be read", value=repr(answer[:80])) from error

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Give the proof that one tree continues another.

        Args:
            old: Size of the earlier tree.
            new: Size of the later one.

        Returns:
            Hashes.

        Raises:
            Unavailable: If the plant does not answer, or answers something else.
        """
        answer = self._ask(f"consistency?old={old}&new={new}")
        try:
            return [bytes.fromhex(part) for part in json.loads(answer)["hashes"]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unavailable("The plant's proof cannot be read", value=answer[:80].decode(errors="replace")) from error

    def send(self, tree_size: int, line: str) -> None:
        """Hand in a cosignature.

        Args:
            tree_size: The checkpoint's size.
            line: The signature line.

        Raises:
            DomainError: If the plant refuses it.
            Unavailable: If the plant does not answer.
        """
        self._ask("cosignatures", json.dumps({"tree_size": tree_size, "line": line}).encode())

    def _ask(self, what: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - http and https alone, see __init__
            f"{self._address}/{what}", data=body, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIME_OUT) as answer:  # noqa: S310 - likewise
                content, rest = bytes(answer.read(LARGEST)), answer.length
        except urllib.error.HTTPError as refused:
            with refused:
                said = refused.read(2000).decode(errors="replace").strip()
            if refused.code >= 500:
                raise Unavailable(
                    "The plant fails to answer", value=f"{refused.code} {refused.reason}", remedy="Try again later."
                ) from refused
            raise DomainError("The plant refuses", value=f"{refused.code} {refused.reason}", limit=said) from refused
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("The plant does not answer", value=self._address, remedy="Try again later.") from error
        if rest:
            raise Unavailable("The plant's answer was cut off", value=f"{rest} bytes are missing", limit=f"{LARGEST}")
        return content
