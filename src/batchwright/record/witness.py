"""Witnessing: somebody outside the plant remembers its last checkpoint and cosigns only what continues it.

A plant that holds its signing key can write two histories and sign both. It cannot show them to a witness: the second
does not continue the first (https://c2sp.org/tlog-cosignature; the rules are those of https://c2sp.org/tlog-witness).
This module is pure but for `load` and `save`; asking the plant and sending the cosignature is done elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.record import durable, verifier
from batchwright.record.keys import SigningKey


class Fork(verifier.Broken):
    """The plant signed a checkpoint that was not shown to continue the one before it: ask it with both notes in hand.

    Two notes of one size with different roots (cause ``rewritten``) prove two histories to anybody. A smaller tree
    (``truncated``) or a proof that does not join the two (``proof``) may still be a mistake of who sent them.

    Attributes:
        seen: The checkpoint that was cosigned before.
        shown: The checkpoint that does not continue it.
    """

    def __init__(self, cause: verifier.Broken, *, seen: str, shown: str) -> None:
        """Make the finding from the check that failed."""
        super().__init__(f"this checkpoint does not continue the one seen before: {cause.message}", cause=cause.cause)
        self.seen = seen
        self.shown = shown


@dataclass(slots=True)
class Witness:
    """A witness of one site's log.

    Attributes:
        key: With which it cosigns.
        site_keys: The keys that the site signs with.
        last_seen: The last checkpoint that it cosigned, None before the first.
    """

    key: SigningKey
    site_keys: tuple[verifier.VerifierKey, ...]
    last_seen: str | None = None

    @property
    def name(self) -> str:
        """The name that it cosigns under."""
        return self.key.name

    @property
    def seen(self) -> verifier.Checkpoint | None:
        """The last checkpoint that it cosigned, None before the first."""
        if self.last_seen is None:
            return None
        return verifier.Checkpoint.parse(verifier.parse_note(self.last_seen).text)

    def consider(self, note: str, proof: Sequence[bytes] = (), at: datetime | None = None) -> str:
        """Cosign a checkpoint that continues the one before it, and remember it.

        Save the witness before the line is sent: otherwise a power failure lets the plant show it another history.

        Args:
            note: The site's checkpoint.
            proof: Proof of consistency from the checkpoint seen last; empty for the first one, and for the same one.
            at: Time of the cosignature; None for now.

        Returns:
            The line to add to the checkpoint.

        Raises:
            Broken: If no key of the site signed it, it is of another log, or the proof has a wrong form.
            Fork: If the site signed it and it was not shown to continue what was seen.
        """
        shown, _ = verifier.verify_checkpoint(note, self.site_keys)
        seen = self.seen
        if seen is not None:
            self._check_continues(seen, shown, note, proof)
        elif proof:
            raise verifier.Broken("a proof came with the first checkpoint, there is nothing to prove", cause="proof")
        seconds = int((at or clock.now()).timestamp())
        line = verifier.cosign(shown.text, name=self.key.name, key=self.key.private, time=seconds).line
        self.last_seen = note
        return line

    def _check_continues(
        self, seen: verifier.Checkpoint, shown: verifier.Checkpoint, note: str, proof: Sequence[bytes]
    ) -> None:
        if shown.origin != seen.origin:
            raise verifier.Broken(
                f"this is a checkpoint of {shown.origin!r}, the witness follows {seen.origin!r}", cause="signature"
            )
        try:
            verifier.verify_consistency(
                old_size=seen.size, old_root=seen.root, new_size=shown.size, new_root=shown.root, proof=proof
            )
        except verifier.Broken as broken:
            assert self.last_seen is not None  # noqa: S101 (it was parsed into `seen`)
            raise Fork(broken, seen=self.last_seen, shown=note) from broken

    def save(self, path: Path) -> None:
        """Keep what was seen, so that it survives a power failure the moment this returns.

        Args:
            path: A file; it holds no secret.

        Raises:
            Unavailable: If it cannot be written.
        """
        content = json.dumps(
            {
                "name": self.name,
                "site_keys": [key.vkey for key in self.site_keys],
                "last_seen": self.last_seen,
            },
            indent=2,
        )
        try:
            durable.replace(path, content.encode())
        except OSError as error:
            raise Unavailable(
                "What the witness saw cannot be kept; do not send the cosignature",
                value=f"{path}: {error.strerror}", remedy="Look at the disk, then try again.",
            ) from error  # fmt: skip


def load(path: Path, key: SigningKey, site_keys: Iterable[verifier.VerifierKey] = ()) -> Witness:
    """Read what a witness saw; a new witness where there is no such file.

    Args:
        path: The file that `Witness.save` wrote.
        key: The witness's key.
        site_keys: The site's keys, for a new witness; keys that are not in the file yet are added to it.

    Returns:
        The witness.

    Raises:
        BadInput: If the file holds something else.
    """
    given = {known.vkey: known for known in site_keys}
    try:
        content = json.loads(path.read_bytes())
        name, last_seen = content["name"], content["last_seen"]
        kept = {vkey: verifier.VerifierKey.parse(vkey) for vkey in content["site_keys"]}
        witness = Witness(key, tuple({**kept, **given}.values()), last_seen)
        _ = witness.seen
    except FileNotFoundError:
        return Witness(key, tuple(given.values()))
    except (ValueError, TypeError, KeyError, AttributeError, verifier.Broken) as error:
        raise BadInput(
            "This file does not hold what a witness saw", file=str(path), value=str(error),
            remedy="Restore it from a back-up: a witness that forgot can be shown another history.",
        ) from error  # fmt: skip
    if name != key.name:
        raise BadInput("This file is of another witness", file=str(path), value=name, limit=key.name)
    return witness
