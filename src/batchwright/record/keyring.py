"""The site's keys: which one signs now, which ones signed before, and who may say so."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from django.conf import settings

from batchwright.kernel.errors import BadInput, DomainError, Unavailable
from batchwright.record import keys, verifier
from batchwright.record.actor import SITE, Actor
from batchwright.record.adapters import timestamps
from batchwright.record.entries import SiteKeyRegistered, SiteKeyRotated
from batchwright.record.findings import Finding
from batchwright.record.journal import command, entry
from batchwright.record.models import Entry, SiteKey, TimeStamp
from batchwright.record.outcomes import Receipt

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
        DomainError: If there is no key to rotate, or no reason.
        Stale: If somebody else rotated it meanwhile.
        Unavailable: If the old key's file is gone and it was not said to be compromised.
    """
    current = SiteKey.objects.filter(retired_at_seq__isnull=True).order_by("-id").first()
    if current is None:
        raise DomainError(
            "There is no site key yet", remedy="Sign a first checkpoint: `batchwright record checkpoint`."
        )
    newest = Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    name = origin()
    staged = _folder() / f"{NAME}-{SiteKey.objects.count() + 1}-{newest}.pem"
    new = _made_once(staged, name)
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
    reason: str
    handover: str | None = None
    """What the key before it signed to name it."""


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
        try:
            data = written.typed
            if isinstance(data, SiteKeyRotated):
                _check_follows(data, found[-1].key.vkey if found else None)
                following = verifier.VerifierKey.parse(data.new_vkey)
                found.append(Registered(written.seq, following, written.reason, data.handover))
            elif isinstance(data, SiteKeyRegistered):
                _check_is_first(found)
                found.append(Registered(written.seq, verifier.VerifierKey.parse(data.vkey), written.reason))
        except verifier.Broken as broken:
            findings.append(Finding("signature", f"site key: {broken.message}", written.seq))
        except (BadInput, ValueError, TypeError, KeyError) as error:
            findings.append(Finding("unreadable", f"site key: {error}", written.seq))
    if using == "default":
        findings += _compare_with_disk(found)
    return found, findings


def kept(using: str = "default") -> list[verifier.VerifierKey]:
    """Give every key in the table of keys and on disk, for when the ledger has lost the entry that named it.

    Args:
        using: The alias of the database.

    Returns:
        The keys.
    """
    named = list(SiteKey.objects.using(using).order_by("id").values_list("vkey", flat=True))
    held = [key.vkey for path in sorted(_folder().glob(f"{NAME}-*.pem")) if (key := _held(path)) is not None]
    return [verifier.VerifierKey.parse(vkey) for vkey in dict.fromkeys([*named, *held])]


def _held(path: Path) -> SigningKey | None:
    try:
        return keys.load(path, origin())
    except (DomainError, Unavailable):
        return None  # what is wrong with the key of today is a finding of its own


def _check_is_first(found: list[Registered]) -> None:
    if found:
        raise verifier.Broken("a second first key, to which none handed over", cause="signature")


def _check_follows(data: SiteKeyRotated, before: str | None) -> None:
    if data.old_vkey != before:
        raise verifier.Broken("it took over from a key that was not the site's", cause="signature")
    if data.handover is None:
        if not data.compromised:
            raise verifier.Broken("the old key did not hand over, and was not said to be lost", cause="signature")
        return
    note = verifier.verify_note(data.handover, [verifier.VerifierKey.parse(data.old_vkey)])
    if note.text != keys.handover_text(data.old_vkey, data.new_vkey):
        raise verifier.Broken("the old key handed over to another key", cause="signature")


def _compare_with_disk(found: list[Registered]) -> list[Finding]:
    current = SiteKey.objects.filter(retired_at_seq__isnull=True).order_by("-id").first()
    if current is None or not _path(current).exists():
        return []
    try:
        held = keys.load(_path(current), current.name).vkey
    except DomainError as error:
        return [Finding("checkpoint", f"the site key: {error}")]
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
            timestamps.verify_local(said, root, trusted)
        elif stamp.kind == timestamps.Rfc3161Stamp.kind:
            timestamps.verify_rfc3161(said, root, _roots())
        else:
            return Finding("timestamp", f"checkpoint of size {stamp.checkpoint_id}: kind {stamp.kind!r} is not known")
    except (verifier.Broken, Unavailable) as error:
        return Finding("timestamp", f"checkpoint of size {stamp.checkpoint_id}: {error.message}")
    return None


def _roots() -> list[x509.Certificate]:
    path = settings.CONFIGURATION.tsa_roots
    return [] if path is None else x509.load_pem_x509_certificates(Path(path).read_bytes())


def _first_key() -> SigningKey:
    path = _folder() / f"{NAME}-1-0.pem"
    key = _made_once(path, origin())
    # The key file is the same for whoever comes second, so two processes that start at once register one key.
    _register(key, path, idempotency_key=f"site-key {key.vkey}")
    return key


@command
def _register(key: SigningKey, path: Path, *, idempotency_key: str) -> Receipt:
    data = SiteKeyRegistered(site=str(settings.CONFIGURATION.site_name), vkey=key.vkey, fingerprint=_plain(key))
    with entry(data, actor=SITE, idempotency_key=idempotency_key) as opened:
        opened.subject = opened.create(_row(key, path, valid_from_seq=1))
    return opened.receipt


def _made_once(path: Path, name: str) -> SigningKey:
    """Make a key, or take the one that another process, or an attempt that was cut off, left there a moment ago."""
    try:
        return keys.create(path, name)
    except DomainError:
        return keys.load(path, name)


def _row(key: SigningKey, path: Path, *, valid_from_seq: int) -> SiteKey:
    return SiteKey(name=key.name, vkey=key.vkey, fingerprint=_plain(key), file=path.name, valid_from_seq=valid_from_seq)


def _plain(key: SigningKey) -> str:
    return key.public.fingerprint.replace(" ", "")


def _folder() -> Path:
    return Path(settings.CONFIGURATION.keys_folder)


def _path(row: SiteKey) -> Path:
    return _folder() / row.file
