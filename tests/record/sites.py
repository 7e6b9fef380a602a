"""A site with a folder of its own, so that its keys and attachments are those of one test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import Settings

from batchwright import record
from batchwright.record import keyring, queries, services
from batchwright.record.keys import SigningKey
from batchwright.record.models import Checkpoint, SiteKey
from tests.conftest import PlantDatabase
from tests.gmp import plant

OUTSIDE = SigningKey("outside.example/witness", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
"""Somebody outside the plant."""


@dataclass
class Site:
    """Where a site keeps things, and how it is set.

    Args:
        folder: The plant folder.
        database: The plant's database.
        settings: Django's settings, which end with the test.
    """

    folder: Path
    database: PlantDatabase
    settings: Settings

    @property
    def keys(self) -> Path:
        """The folder of the site's keys."""
        return self.folder / "keys"

    def configure(self, **values: Any) -> None:
        """Set what the people of the plant can set."""
        self.settings.CONFIGURATION = self.settings.CONFIGURATION.model_copy(update=values)

    def key_file(self) -> Path:
        """The file of the key that signs now."""
        return self.keys / SiteKey.objects.get(retired_at_seq__isnull=True).file

    def environment(self) -> dict[str, str]:
        """The environment in which another process works at this site."""
        return {**self.database.environment(), "BATCHWRIGHT_PLANT_FOLDER": str(self.folder)}


def rotate(reason: str = "yearly", **more: Any) -> record.Receipt:
    """Let a new key take over."""
    return keyring.rotate(actor=plant.SUPERVISOR, reason=reason, **more)


def signed() -> Checkpoint:
    """Sign a checkpoint over all there is, and give the latest."""
    services.checkpoint()
    latest = queries.latest_checkpoint()
    assert latest is not None
    return latest


def register(witness: SigningKey, **more: Any) -> record.Receipt:
    """Let a witness cosign."""
    vkey = witness.cosigner.vkey
    return services.register_witness(actor=plant.SUPERVISOR, name=witness.name, vkey=vkey, **more)
