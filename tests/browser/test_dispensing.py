"""Dispensing on a tablet: the tolerance bar follows the scale, the second person is beside, each page is accessible."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchwright.people import demo
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from tests.browser.conftest import DESK, TABLET, House
from tests.browser.test_accessibility import cramped
from tests.execution.dispensary import WHERE, Dispensary, q
from tests.materials.warehouse import furnish
from tests.people.plant import populate
from tests.tools.axe import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def dispensary(address: str) -> Iterator[Dispensary]:
    """A batch in a plant that really commits, and a simulated scale."""
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        yield Dispensary(furnish(populate()), line).open()


@pytest.mark.requirement("Weigh: tolerance bar")
def test_an_operator_weighs_by_the_bar_on_a_tablet_with_a_second_person_beside(
    house: House, dispensary: Dispensary
) -> None:
    lot = dispensary.lot("60 kg")
    page_address = f"/batches/{dispensary.own().number}/dispense/{WHERE}weigh_api/"
    folder = os.environ.get("BATCHWRIGHT_TEST_PICTURES", "")
    password = next(one.password for one in demo.PEOPLE if one.username == "j.okafor")
    with house.at(TABLET, "light", "m.kowalska") as page:  # trained for it, as the demo's people are

        def look(name: str) -> None:
            page.evaluate("document.querySelectorAll('details:not(.menu)').forEach((part) => part.open = true)")
            for size in (DESK, TABLET):
                page.set_viewport_size({"width": size[0], "height": size[1]})
                assert cramped(page) == [], name
                if size == DESK:
                    assert axe(page) == [], name
                if folder:
                    page.screenshot(path=Path(folder) / f"dispense-{name}-{size[0]}.png", full_page=True)
            page.emulate_media(color_scheme="dark")
            assert axe(page, "color-contrast") == [], name
            if folder:
                page.screenshot(path=Path(folder) / f"dispense-{name}-dark.png", full_page=True)
            page.emulate_media(color_scheme="light")

        page.goto(page_address)
        page.get_by_text("waits for the potency of its lot").first.wait_for()
        look("begun")
        page.get_by_label("Container of the material").fill(dispensary.box(lot))
        page.get_by_label("Container that is filled").fill("D-17")
        page.get_by_label("Scale").select_option("SC-01")
        page.get_by_role("button", name="Take these").click()
        page.get_by_role("button", name="Stage lot").click()
        page.get_by_text("48.779 kg = 48.000 kg / (0.986 x (1 - 0.002))").wait_for()
        dispensary.line.scale.put(q("2.310 kg"))
        page.get_by_label("It is new, clean and used for the first time").check()
        page.get_by_role("button", name="Take weight").click()
        dispensary.line.scale.put(q("40.000 kg"))
        page.get_by_text("11.041 kg are missing").wait_for()
        look("too-little")
        dispensary.line.scale.put(q("51.189 kg"))
        page.get_by_text("Take 0.052 kg out").wait_for()
        look("too-much")
        dispensary.line.scale.put(q("51.089 kg"))
        page.get_by_text("Within the tolerance").wait_for()
        page.get_by_label("Second person's user id").fill("j.okafor")
        page.get_by_label("Second person's password").fill(password)
        page.get_by_role("button", name="Record weight").click()
        page.get_by_text("Everything of this step is weighed").wait_for()
        look("done")
    (row,) = dispensary.weights()
    assert (row.net, row.attempt.checked_by) == ("48.779 kg", "j.okafor")
