"""Where a site keeps what stands beside its database."""

import pytest

from batchwright.record import stores
from tests.record.sites import Site

pytestmark = pytest.mark.requirement("11.10(c)")


def test_attachments_lie_in_the_plant_folder_and_one_store_serves_all(site: Site) -> None:
    digest = stores.blobs().put(b"certificate")
    assert (site.folder / "attachments" / digest[:2] / digest[2:4] / digest).read_bytes() == b"certificate"
    assert stores.blobs() is stores.blobs()


def test_a_site_in_another_folder_has_a_store_of_its_own(site: Site) -> None:
    first = stores.blobs()
    digest = first.put(b"certificate")
    site.configure(plant_folder=site.folder / "other")
    assert stores.blobs() is not first
    assert not stores.blobs().exists(digest)
