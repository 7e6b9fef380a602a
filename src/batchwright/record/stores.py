"""Where this site keeps what stands beside the database: attachments and the signing key."""

from functools import cache
from pathlib import Path

from django.conf import settings

from batchwright.record.adapters.blobs import BlobStore, FileBlobs


def blobs() -> BlobStore:
    """Give the store of attachments.

    Returns:
        The store that the site is configured with.
    """
    return _files(Path(settings.CONFIGURATION.attachments_folder))


@cache
def _files(folder: Path) -> BlobStore:
    return FileBlobs(folder)
