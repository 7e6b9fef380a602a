"""The pages of materials on a tablet and at a desk: what the demo's warehouse shows, and what a scanner does there."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

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
    held = Lot.objects.get(status="hold")
    container = Container.objects.filter(lot=api).order_by("id")[1]
    return {"lot": api.identifier, "held": held.identifier, "container": container.identifier}


def a_thousand_lots() -> str:
    """A lot of raw material in a hundred intermediates, and these in nine hundred products."""
    from batchwright import record
    from batchwright.materials import entries
    from batchwright.materials.models import Definition, Descent, Lot

    data = entries.MaterialsMigrated(codes=[], source="test", file="", file_sha256="", mapping_sha256="")
    with record.entry(data, actor=record.SITE, subject="import/test") as entry:

        def made(code: str, kind: str, many: int, depth: int, parents: list[Lot]) -> list[Lot]:
            definition = entry.create(Definition(code=code, name=code, kind=kind, unit="kg"))
            lots = []
            for at in range(many):
                one = Lot(identifier=str(entry.number("L")), definition=definition, origin="migrated", depth=depth,
                          status="hold" if at % 40 == 7 else "approved")  # fmt: skip
                lots.append(entry.create(one))
                if parents:
                    entry.create(Descent(parent=parents[at % len(parents)], child=one, kind="consumed"))
            return lots

        raw = made("RAW", "component", 1, 0, [])
        made("WHOLE", "product", 899, 2, made("HALF", "intermediate", 100, 1, raw))
    return raw[0].identifier


def test_every_page_is_accessible_on_tablet_and_desk(house: House, warehouse: dict[str, str]) -> None:
    lot, container = f"/materials/lots/{warehouse['lot']}/", f"/materials/containers/{warehouse['container']}/"
    reading = ["/materials/", "/materials/stock/", "/materials/definitions/", "/materials/definitions/API-ROS/",
               "/materials/suppliers/", lot, f"{lot}genealogy/", f"{lot}recall/", container]  # fmt: skip
    doing = ["/materials/receive/", "/materials/make/", f"{container}divide/", f"{lot}hold/", f"{lot}sample/"]
    assert look(house, "m.kowalska", [*reading, *doing]) == {}
    deciding = [lot, f"{lot}decide/rejected/?reason=test", f"{lot}retest/", f"{lot}reconcile/",
                "/materials/suppliers/ALPENCHEM/", "/materials/definitions/API-ROS/sampling/",
                f"/materials/convert/?container={warehouse['container']}"]  # fmt: skip
    assert look(house, "a.novak", deciding) == {}


def test_a_genealogy_of_a_thousand_lots_is_read_opened_and_closed_by_keyboard(
    house: House, warehouse: dict[str, str]
) -> None:
    start = a_thousand_lots()
    address = f"/materials/lots/{start}/genealogy/"
    assert look(house, "a.novak", [address, f"{address}?open=1.HALF", f"/materials/lots/{start}/recall/"]) == {}
    with house.at(TABLET, "light", "a.novak") as page:
        page.goto(address)
        page.get_by_text("Made from 0 lots, in 999 lots.").wait_for()
        boxes = page.locator(".genealogy a")
        expect(boxes, "the lot, its intermediates, and what was made of them").to_have_count(3)
        sizes = page.locator(".genealogy text").evaluate_all("found => found.map((one) => one.getBBox().height)")
        assert min(sizes) >= 12, "text is drawn at its size, however many lots there are"
        boxes.nth(1).focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Close HALF", exact=True).wait_for()
        expect(page.locator(".genealogy a"), "sixty one by one, the rest together").to_have_count(63)
        page.get_by_role("link", name="Close all").click()
        page.wait_for_url("**/genealogy/?")
        expect(page.locator(".genealogy a")).to_have_count(3)


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
        expect(page.get_by_text("Cold room 1").first).to_be_visible()


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
