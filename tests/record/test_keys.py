"""The site's signing key: made once, for its owner's eyes alone, and handed over in writing."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record import keys, verifier

pytestmark = pytest.mark.requirement("11.10(d)")


def made(tmp_path: Path) -> tuple[Path, keys.SigningKey]:
    path = tmp_path / "keys" / "site-1.pem"
    return path, keys.create(path, "plant")


def test_a_new_key_can_be_read_by_its_owner_alone_and_is_the_same_when_loaded(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        path, key = made(tmp_path)
    finally:
        os.umask(previous)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert keys.load(path, "plant").vkey == key.vkey


def test_a_key_signs_notes_that_its_public_half_verifies(tmp_path: Path) -> None:
    _, key = made(tmp_path)
    assert verifier.verify_note(key.sign_note("text\n"), [key.public]).signed_by(key.public)
    assert key.public.vkey == key.vkey
    assert key.cosigner.algorithm == verifier.COSIGNATURE


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path, key = made(tmp_path)
    with pytest.raises(DomainError, match="There is a key already"):
        keys.create(path, "plant")
    assert keys.load(path, "plant").vkey == key.vkey


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_that_others_can_reach_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path, _ = made(tmp_path)
    path.chmod(mode)
    with pytest.raises(DomainError, match="Others than its owner") as found:
        keys.load(path, "plant")
    assert found.value.remedy == f"chmod 600 {path}"
    path.chmod(0o600)
    keys.load(path, "plant")


def test_a_key_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="is not there"):
        keys.load(tmp_path / "none.pem", "plant")


def test_a_file_that_holds_no_signing_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(b"nothing")
    path.chmod(0o600)
    with pytest.raises(DomainError, match="holds no signing key"):
        keys.load(path, "plant")
    path.write_bytes(
        ec.derive_private_key(7, ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(DomainError, match="of another kind"):
        keys.load(path, "plant")


def test_a_key_locked_with_a_password_is_refused(tmp_path: Path) -> None:
    path, key = made(tmp_path)
    path.write_bytes(
        key.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
    )
    with pytest.raises(DomainError, match="holds no signing key"):
        keys.load(path, "plant")


def test_an_old_key_names_the_one_that_follows_it(tmp_path: Path) -> None:
    _, old = made(tmp_path)
    new = keys.create(tmp_path / "keys" / "site-2.pem", "plant")
    note = keys.handover(old, new)
    verifier.verify_handover(note, old.public, new.public)
    assert verifier.parse_note(note).text == keys.handover_text(old.vkey, new.vkey)
