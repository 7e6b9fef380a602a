"""The pages of instruments on a tablet: a scale that is looked at live, checked, and a calibration that is approved."""

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from batchwright.kernel.quantity import Quantity
from batchwright.plant.adapters.simulator import Fault, ScaleServer, SimulatedScale
from tests.browser.conftest import TABLET, House
from tests.browser.test_accessibility import look, show

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = {
    "instruments": "/plant/instruments/", "scale": "/plant/instruments/SC-101/",
    "unchecked": "/plant/instruments/SC-102/", "overdue": "/plant/instruments/SC-103/",
    "calendar": "/plant/instruments/calendar/", "calibration": "/plant/instruments/PT-301/calibrations/1/",
    "calibrate": "/plant/instruments/SC-103/calibrate/",
}  # fmt: skip


@pytest.fixture(scope="module")
def scale(address: str) -> Iterator[SimulatedScale]:
    """The demo's plant, whose first two scales are these."""
    from batchwright.plant import demo, demo_instruments

    with ScaleServer(SimulatedScale(settle_seconds=0)) as first, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ports = (first.port, nobody.getsockname()[1])
        before = demo_instruments.SCALES
        heads = tuple(one._replace(port=port) for one, port in zip(before, ports, strict=False))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(demo_instruments, "SCALES", (*heads, *before[2:]))
            demo.seed()
        yield first.scale


def test_every_page_of_instruments_is_accessible(house: House, scale: SimulatedScale) -> None:
    assert look(house, "s.lindqvist", [*PICTURES.values(), "/plant/instruments/?text=zzz"]) == {}
    assert look(house, "m.kowalska", ["/plant/instruments/SC-102/check/", "/plant/instruments/SC-101/read/"]) == {}
    approving = ["/plant/instruments/add/", "/plant/instruments/PT-301/calibrations/1/approve/"]
    assert look(house, "a.novak", approving) == {}


def test_pictures_of_instruments_are_taken(house: House, scale: SimulatedScale) -> None:
    scale.put(Quantity("48.684", "kg"))
    show(house, "s.lindqvist", PICTURES, dark=("scale", "calibrate", "calendar"), prefix="instruments-")


def test_a_scale_is_watched_and_checked_from_the_tablet_by_keyboard(house: House, scale: SimulatedScale) -> None:
    scale.put(Quantity("48.684", "kg"))
    with house.at(TABLET, "light", "m.kowalska") as page:
        page.goto("/plant/instruments/SC-101/")
        page.get_by_text("Can be used. Its calibration counts to").wait_for()
        page.get_by_text("48.684").wait_for()
        scale.put(Quantity("12.500", "kg"))
        page.get_by_text("12.500").wait_for()
        scale.fault = Fault.CUT
        page.get_by_text("cut in the middle of a line").wait_for()
        expect(page.get_by_text("12.500")).to_have_count(0)
        scale.fault = Fault.NONE
        page.get_by_role("link", name="Check scale").focus()
        page.keyboard.press("Enter")
        for number, load in ((1, "20.001"), (2, "50.020")):
            scale.put(Quantity(load, "kg"))
            page.locator(f"#row-{number}").get_by_role("button", name="Read scale").click()
            page.locator(f"#row-{number} input").and_(page.locator(f"[value='{load}']")).wait_for()
        page.get_by_role("button", name="Record check").click()
        page.get_by_text("Cannot be used: failed its check").wait_for()


def test_an_adjusted_instrument_is_approved_with_a_word_on_what_follows(house: House, scale: SimulatedScale) -> None:
    from batchwright.people import demo

    with house.at(TABLET, "light", "a.novak") as page:
        page.goto("/plant/instruments/PT-301/")
        page.get_by_role("link", name="See calibration to be approved").click()
        page.get_by_text("Out of tolerance as found, adjusted").wait_for()
        page.get_by_role("link", name="Approve calibration").click()
        page.get_by_label("What follows for what was measured").fill("No batch was dried since the last calibration")
        page.get_by_role("button", name="Show what is signed").click()
        page.get_by_role("heading", name="This is what you sign").wait_for()
        page.get_by_label("User name").fill("a.novak")
        page.get_by_label("Password", exact=True).last.fill(
            next(person.password for person in demo.PEOPLE if person.username == "a.novak")
        )
        page.get_by_role("button", name="Approve calibration").last.click()
        page.get_by_text("Can be used. Its calibration counts to").wait_for()
