"""The site's keys: which one signs now, which ones signed before, and who may say so."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from django.conf import settings

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.record import keys, verifier
from batchwright.record.actor import SITE, Actor
from batchwright.record.adapters import timestamps
from batchwright.record.entries import SiteKeyRegistered, SiteKeyRotated
from batchwright.record.findings import Finding
from batchwright.record.journal import Receipt, entry
from batchwright.record.models import Entry, SiteKey, TimeStamp

SigningKey = keys.SigningKey
NAME = "site"
"""Name of the key files and of the origin in checkpoints, beside the site's own."""


def origin() -> str:
    """Give the name under which this site's log is known: the site's name without blanks and plus signs.

    Returns:
        A key name as C2SP signed-note allows.
    """
    return "-".join(str(settings.CONFIGURATION.site_name).replace("+", " ").split())


def signing_key() -> SigningKey:
    """Give the key that signs checkpoints; the first call makes it and records it.

    Returns:
        The key.

    Raises:
        DomainError: If the key on disk is not the one on record, or others can read it.
        Unavailable: If a key is on record and its file is gone.
    """
    current = SiteKey.objects.filter(retired_at_seq__isnull=True).order_by("-id").first()
    if current is None:
        return _first_key()
    key = keys.load(_path(current), current.name)
    if key.vkey != current.vkey:
        raise DomainError(
            "The signing key on disk is not the one on record",
            value=key.vkey, limit=current.vkey, remedy="Restore the right file, or rotate the key and say why.",
        )  # fmt: skip
    return key


def rotate(*, actor: Actor, reason: str, compromised: bool = False) -> Receipt:
    """Let a new key take over.

    Args:
        actor: Who does it; the caller has checked the right to do so.
        reason: Why.
        compromised: Whether the old key can no longer be trusted; it then does not sign the handover, and checkpoints
            it signs from here on are refused.

    Returns:
        The receipt.

    Raises:
        DomainError: If there is no key to rotate.
    """
    current = SiteKey.objects.filter(retired_at_seq__isnull=True).order_by("-id").first()
    if current is None:
        raise DomainError(
            "There is no site key yet", remedy="Sign a first checkpoint: `batchwright record checkpoint`."
        )
    newest = Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    name = origin()
    staged = _folder() / f"{NAME}-{SiteKey.objects.count() + 1}-{newest}.pem"
    new = keys.create(staged, name)
    handover = None if compromised else keys.handover(keys.load(_path(current), current.name), new)
    data = SiteKeyRotated(
        old_vkey=current.vkey, new_vkey=new.vkey, new_fingerprint=_plain(new), compromised=compromised,
        handover=handover,
    )  # fmt: skip
    with entry(data, actor=actor, reason=reason) as opened:
        opened.update(current, retired_at_seq=newest, retired_why="compromised" if compromised else "rotated")
        opened.subject = opened.create(_row(new, staged, valid_from_seq=newest + 1))
    return opened.receipt


class Registered(NamedTuple):
    """A key and the entry that made it the site's; it signs checkpoints from that size until the next one's."""

    seq: int
    key: verifier.VerifierKey


def key_at(size: int) -> SigningKey:
    """Give the key that signs a checkpoint of a size: the last one on record by then.

    Args:
        size: The checkpoint's size.

    Returns:
        The key.

    Raises:
        DomainError: If no key is on record by then, or its file is another one.
        Unavailable: If its file is gone.
    """
    on_record = [known for known in registered()[0] if known.seq <= size]
    if not on_record:
        raise DomainError("No site key is on record yet", value=f"size {size}", remedy="Sign again.")
    row = SiteKey.objects.get(vkey=on_record[-1].key.vkey)
    key = keys.load(_path(row), row.name)
    if key.vkey != row.vkey:
        raise DomainError("The signing key on disk is not the one on record", value=key.vkey, limit=row.vkey)
    return key


def registered(using: str = "default") -> tuple[list[Registered], list[Finding]]:
    """Give every key the ledger registered, and check that each followed the one before it.

    Args:
        using: The alias of the database.

    Returns:
        The keys, oldest first, and what is wrong with them.
    """
    found: list[Registered] = []
    findings: list[Finding] = []
    stored = Entry.objects.using(using).filter(type__in=(SiteKeyRegistered.type, SiteKeyRotated.type)).order_by("seq")
    for written in stored:
        data = written.typed
        try:
            if isinstance(data, SiteKeyRotated):
                _check_handover(data)
                found.append(Registered(written.seq, verifier.VerifierKey.parse(data.new_vkey)))
            elif isinstance(data, SiteKeyRegistered):
                found.append(Registered(written.seq, verifier.VerifierKey.parse(data.vkey)))
        except verifier.Broken as broken:
            findings.append(Finding("signature", f"site key: {broken.message}", written.seq))
    if using == "default":
        findings += _compare_with_disk(found)
    return found, findings


def _check_handover(data: SiteKeyRotated) -> None:
    if data.handover is None:
        return
    note = verifier.verify_note(data.handover, [verifier.VerifierKey.parse(data.old_vkey)])
    if note.text != keys.handover_text(data.old_vkey, data.new_vkey):
        raise verifier.Broken("the old key handed over to another key", cause="signature")


def _compare_with_disk(found: list[Registered]) -> list[Finding]:
    current = SiteKey.objects.filter(retired_at_seq__isnull=True).order_by("-id").first()
    if current is None or not _path(current).exists():
        return []
    held = keys.load(_path(current), current.name).vkey
    if not found or found[-1].key.vkey != held:
        return [Finding("checkpoint", "the key that this site holds is not the last one on record")]
    return []


def authority() -> timestamps.TimeStampAuthority:
    """Give the time-stamp authority that the site is configured with.

    Returns:
        The one at ``tsa_url``, else the site's own key.
    """
    url = str(settings.CONFIGURATION.tsa_url)
    return timestamps.Rfc3161Stamp(url, roots=_roots()) if url else timestamps.LocalStamp(signing_key())


def check_stamp(stamp: TimeStamp, root: bytes, trusted: list[verifier.VerifierKey]) -> Finding | None:
    """Check a time stamp of a checkpoint.

    Args:
        stamp: The time stamp.
        root: The checkpoint's root.
        trusted: The site's keys.

    Returns:
        What is wrong, or ``None``.
    """
    said = timestamps.TimeStamp(stamp.kind, bytes(stamp.token), stamp.at)
    try:
        if stamp.kind == timestamps.LocalStamp.kind:
            at = timestamps.verify_local(said, root, trusted)
        elif stamp.kind == timestamps.Rfc3161Stamp.kind:
            at = timestamps.verify_rfc3161(said, root, _roots())
        else:
            return Finding("timestamp", f"checkpoint of size {stamp.checkpoint_id}: kind {stamp.kind!r} is not known")
    except verifier.Broken as broken:
        return Finding("timestamp", f"checkpoint of size {stamp.checkpoint_id}: {broken.message}")
    if at != stamp.at:
        return Finding("timestamp", f"checkpoint of size {stamp.checkpoint_id} was stamped at {clock.iso(at)}")
    return None


def _roots() -> list[x509.Certificate]:
    path = settings.CONFIGURATION.tsa_roots
    return [] if path is None else x509.load_pem_x509_certificates(Path(path).read_bytes())


def _first_key() -> SigningKey:
    path = _folder() / f"{NAME}-1-0.pem"
    name = origin()
    key = keys.load(path, name) if path.exists() else keys.create(path, name)
    data = SiteKeyRegistered(site=str(settings.CONFIGURATION.site_name), vkey=key.vkey, fingerprint=_plain(key))
    # The key file is the same for whoever comes second, so two processes that start at once register one key.
    with entry(data, actor=SITE, idempotency_key=f"site-key {key.vkey}") as opened:
        opened.subject = opened.create(_row(key, path, valid_from_seq=1))
    return key


def _row(key: SigningKey, path: Path, *, valid_from_seq: int) -> SiteKey:
    return SiteKey(name=key.name, vkey=key.vkey, fingerprint=_plain(key), file=path.name, valid_from_seq=valid_from_seq)


def _plain(key: SigningKey) -> str:
    return key.public.fingerprint.replace(" ", "")


def _folder() -> Path:
    return Path(settings.CONFIGURATION.keys_folder)


def _path(row: SiteKey) -> Path:
    return _folder() / row.file
