"""The pages of units on a tablet and at a desk: what the demo's plant shows, and a cleaning from scan to signature."""

import pytest

from tests.browser.conftest import TABLET, House
from tests.browser.test_accessibility import look, show

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MATCH = (
    "/plant/match/?property=working-volume&comparison=at+least&value=100+L"
    "&property=contact-material&comparison=is&value=316L"
)
PICTURES = {
    "overview": "/plant/", "units": "/plant/units/", "expired": "/plant/units/FB-101/", "held": "/plant/units/FI-301/",
    "in-use": "/plant/units/BR-204/", "match": MATCH, "logbook": "/plant/logbook/",
    "begin": "/plant/units/TP-101/begin/", "clean": "/plant/units/FB-101/clean/",
}  # fmt: skip


@pytest.fixture(scope="module")
def plant(address: str) -> str:
    """The demo's plant."""
    from batchwright.plant import demo

    demo.seed()
    return address


def test_every_page_is_accessible_on_tablet_and_desk(house: House, plant: str) -> None:
    reading = ["/plant/", "/plant/units/", "/plant/units/FB-101/", "/plant/logbook/", "/plant/units/?text=zzz", MATCH,
               "/plant/match/?property=&comparison=is&value=7&product=X"]  # fmt: skip
    acting = ["/plant/units/FB-101/clean/", "/plant/units/TP-101/hold/"]
    assert look(house, "m.kowalska", [*reading, *acting]) == {}
    defining = ["/plant/equipment/", "/plant/equipment/add/", "/plant/classes/FBD/", "/plant/classes/FBD/changeover/"]
    assert look(house, "a.novak", ["/plant/units/FB-101/qualify/", *defining]) == {}


def test_pictures_are_taken(house: House, plant: str) -> None:
    show(house, "m.kowalska", PICTURES, dark=("overview", "expired"), prefix="plant-")


def test_an_expired_unit_is_scanned_cleaned_and_verified_by_a_second_person(house: House, plant: str) -> None:
    with house.at(TABLET, "light", "m.kowalska") as page:
        page.goto("/plant/")
        page.get_by_label("Search or scan").fill("fb-101")
        page.keyboard.press("Enter")
        page.get_by_text("Cannot be used: cleaning expired").wait_for()
        page.get_by_role("link", name="Clean unit").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Full cleaning").check()
        page.get_by_role("button", name="Record cleaning").click()
        page.get_by_text("Recorded as entry").wait_for()
        page.get_by_text("not yet verified by a second person").first.wait_for()
    with house.at(TABLET, "light", "j.okafor") as page:
        page.goto("/")
        page.locator("details.more-needs > summary").click()
        page.get_by_text("Verify cleaning of FB-101").wait_for()
        page.goto("/plant/units/FB-101/")
        page.get_by_role("link", name="Verify cleaning").first.click()
        page.get_by_role("heading", name="This is what you sign").wait_for()
        page.get_by_label("User name").fill("j.okafor")
        from batchwright.people import demo

        page.get_by_label("Password", exact=True).last.fill(
            next(person.password for person in demo.PEOPLE if person.username == "j.okafor")
        )
        page.get_by_role("button", name="Verify cleaning").click()
        page.get_by_text("Can be used.").wait_for()


def test_a_sponsors_person_scans_in_vain(house: House, plant: str) -> None:
    with house.at(TABLET, "light", "d.rossi") as page:
        answer = page.goto("/plant/units/FB-101/")
        assert answer is not None
        assert answer.status == 404
        page.goto("/")
        assert page.get_by_role("link", name="Plant", exact=True).count() == 0
        page.get_by_label("Search or scan").fill("FB-101")
        page.keyboard.press("Enter")
        page.wait_for_url("**/find?q=*")
        assert "/plant/" not in page.content()
