"""The pages used most fit a tablet of 1024 pixels: nothing is found by pushing a table sideways."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django import DjangoDbBlocker

    from tests.conftest import Stages

from tests.browser.conftest import TABLET, House, serving
from tests.conftest import fresh_plant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LISTS = (
    "/", "/batches/", "/batches/exceptions/", "/batches/work/", "/materials/", "/materials/stock/",
    "/materials/definitions/", "/materials/suppliers/", "/plant/units/", "/plant/instruments/", "/plant/logbook/",
    "/recipes/", "/record/", "/record/checkpoints/", "/people/",
)  # fmt: skip
_SIDEWAYS = """() => [...document.querySelectorAll(".table-scroll"), document.documentElement]
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => `${one.getAttribute("aria-label") ?? "page"}: ${one.scrollWidth} > ${one.clientWidth}`)"""


@pytest.fixture(scope="module")
def address(_stages: "Stages", django_db_blocker: "DjangoDbBlocker") -> Iterator[str]:
    """Where the demo's plant answers, with recipes in force and batches under way."""
    from batchwright.record.services import checkpoint

    with django_db_blocker.unblock():
        stage = _stages.at("demo_at_work")
    with fresh_plant(stage, django_db_blocker):
        checkpoint()
        with serving() as found:
            yield found


def _first(page: "Page") -> list[str]:
    """Where the first row of a list leads, which is a page used as much as the list."""
    link = page.locator("main tbody th a").first
    return [link.get_attribute("href") or ""] if link.count() else []


@pytest.mark.parametrize("who", ["a.novak", "j.okafor"])
def test_no_table_of_the_pages_used_most_is_wider_than_a_tablet(house: House, who: str) -> None:
    wide = {}
    with house.at(TABLET, "light", who) as page:
        seen: list[str] = []
        for listed in LISTS:
            page.goto(listed)
            seen += [listed, *(one for one in _first(page) if one not in seen)]
            for address in seen[seen.index(listed) :]:
                page.goto(address)
                found = page.evaluate(_SIDEWAYS)
                if found:
                    wide[address] = found
        assert len(seen) > len(LISTS) + 6, "the lists of the demo are empty"
    assert wide == {}
