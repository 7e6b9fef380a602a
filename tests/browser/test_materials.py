"""The pages of materials on a tablet and at a desk: what the demo's warehouse shows, and what a scanner does there."""

import os
from pathlib import Path

import pytest

from tests.browser.conftest import TABLET, House
from tests.browser.test_accessibility import look

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def warehouse(address: str) -> dict[str, str]:
    """The demo's warehouse, and what its pages are about."""
    from batchwright.materials import demo
    from batchwright.materials.models import Container, Lot

    demo.seed()
    api = Lot.objects.get(supplier_lot="AC-88121")
    held = Lot.objects.get(supplier_lot="LP-26-0533")
    container = Container.objects.filter(lot=api).order_by("id")[1]
    return {"lot": api.identifier, "held": held.identifier, "container": container.identifier}


def test_every_page_is_accessible_on_tablet_and_desk(house: House, warehouse: dict[str, str]) -> None:
    lot, container = f"/materials/lots/{warehouse['lot']}/", f"/materials/containers/{warehouse['container']}/"
    reading = ["/materials/", "/materials/stock/", "/materials/definitions/", "/materials/definitions/API-ROS/",
               "/materials/suppliers/", lot, f"{lot}genealogy/", f"{lot}recall/", container]  # fmt: skip
    assert look(house, "m.kowalska", [*reading, "/materials/receive/", f"{container}move/", f"{lot}hold/"]) == {}
    deciding = [lot, f"{lot}decide/rejected/", f"{lot}retest/", "/materials/definitions/define/"]
    assert look(house, "a.novak", deciding) == {}


def test_a_scanned_label_opens_the_container_and_it_is_moved(house: House, warehouse: dict[str, str]) -> None:
    with house.at(TABLET, "light", "m.kowalska") as page:
        page.goto("/materials/")
        page.get_by_label("Search or scan").fill(f"(91){warehouse['container']}(92){warehouse['lot']}")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=f"Container {warehouse['container']}").wait_for()
        page.get_by_role("link", name="Move container").click()
        page.get_by_label("Location").select_option("COLD-1")
        page.get_by_role("button", name="Move container").click()
        page.get_by_text("Recorded as entry").wait_for()
        assert page.get_by_text("Cold room 1").first.is_visible()


def test_a_lot_on_hold_says_so_first_and_pictures_are_taken(house: House, warehouse: dict[str, str]) -> None:
    with house.at(TABLET, "light", "m.kowalska") as page:
        page.goto(f"/materials/lots/{warehouse['held']}/")
        page.get_by_text("Cannot be used: the lot is on hold").wait_for()
        folder = os.environ.get("BATCHWRIGHT_TEST_PICTURES")
        for name, path in (("lot", ""), ("genealogy", "genealogy/"), ("recall", "recall/")):
            page.goto(f"/materials/lots/{warehouse['lot']}/{path}")
            if folder:
                page.screenshot(path=Path(folder) / f"materials-{name}.png", full_page=True)


def test_another_sponsors_person_scans_in_vain(house: House, warehouse: dict[str, str]) -> None:
    with house.at(TABLET, "light", "d.rossi") as page:
        page.goto("/materials/")
        page.get_by_text("You see no lot yet").wait_for()
        page.get_by_label("Search or scan").fill(warehouse["container"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/find?q=*")
        assert "/materials/containers/" not in page.content()
