"""Every page, light and dark, on a tablet and at a desk: WCAG 2.2 AA by axe, nothing cut off, targets large enough."""

import os
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Page

from batchwright.people.models import TrainingRecord
from batchwright.record.models import Checkpoint
from tests.browser.conftest import DESK, TABLET, House, Scheme
from tests.conftest import engine
from tests.tools.axe import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OF_LAYOUT = ("target-size", "scrollable-region-focusable")
"""The rules whose answer depends on the size of the screen; the others are asked once."""
SMALLEST = 40
"""Pixels of a button: 48, and 40 for the slim ones inside tables (WCAG 2.2 asks for 24)."""


def cramped(page: Page) -> list[str]:
    """What is wider than the screen or too small to touch."""
    said = (
        ["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > window.innerWidth") else []
    )
    heights: list[tuple[str, float]] = page.evaluate(
        """() => [...document.querySelectorAll("a.button, button")]
            .filter((part) => part.checkVisibility())
            .map((part) => [part.innerText, Math.min(part.offsetHeight, part.offsetWidth)])"""
    )
    return said + [f"too small: {name} {size:.0f} px" for name, size in heights if size < SMALLEST]


def look(house: House, who: str, addresses: list[str]) -> dict[str, list[str]]:
    """Look at pages on both screens, by day and by night; the night differs in its colours alone, and they in no size.

    Each page is loaded once and then laid out anew. What axe finds does not depend on the engine, so it is asked on
    SQLite only; the pages open on both.
    """
    wrong: dict[str, list[str]] = {}
    with house.at(DESK, "light", who) as page:
        for address in addresses:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == (404 if address == "/nowhere/" else 200), address
            page.evaluate("document.querySelectorAll('details:not(.menu)').forEach((part) => part.open = true)")
            for size in (DESK, TABLET):
                page.set_viewport_size({"width": size[0], "height": size[1]})
                said = cramped(page)
                if engine() == "sqlite" and size == DESK:
                    said += axe(page)
                if engine() == "sqlite" and size == TABLET:
                    said += axe(page, *OF_LAYOUT)
                    page.emulate_media(color_scheme="dark")
                    said += [f"dark: {fault}" for fault in axe(page, "color-contrast", "link-in-text-block")]
                    page.emulate_media(color_scheme="light")
                if said:
                    wrong[f"{address} at {size[0]}"] = said
    return wrong


def show(house: House, who: str, pages: dict[str, str], *, dark: tuple[str, ...] = (), prefix: str = "") -> None:
    """See that pages open; take their pictures where somebody asked for some."""
    folder = os.environ.get("BATCHWRIGHT_TEST_PICTURES")
    for size, scheme, names in ((TABLET, "light", tuple(pages)), (DESK, "dark", dark if folder else ())):
        with house.at(size, cast("Scheme", scheme), who) as page:
            for name in names:
                assert page.request.get(pages[name]).status == 200, pages[name]
                if folder:
                    page.goto(pages[name])
                    page.wait_for_timeout(600)  # what is asked for after loading, such as a scale
                    ending = "-dark" if scheme == "dark" else ""
                    page.screenshot(path=Path(folder) / f"{prefix}{name}{ending}.png", full_page=True)


def test_axe_finds_a_fault_where_there_is_one(house: House) -> None:
    with house.at(scheme="dark") as page:
        page.goto("/accounts/login/")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')")
        page.evaluate("document.querySelector('h1').style.setProperty('color', '#333')")
        found = " ".join(axe(page))
    assert "image-alt" in found
    assert "label" in found
    assert "color-contrast" in found


def test_pages_of_quality_assurance_and_the_record(house: House) -> None:
    training = TrainingRecord.objects.order_by("pk").values_list("pk", flat=True)[0]
    size = Checkpoint.objects.values_list("tree_size", flat=True)[0]
    pages = [
        "/", "/people/", "/people/roles/", "/people/sponsors/", "/people/person/p.silva/", "/people/enrol/",
        "/people/person/p.silva/unlock/", "/training/", "/training/plan/", "/training/define/",
        f"/training/records/{training}/", "/training/qualifications/GMP-01/", "/account/", "/account/password/",
        "/account/codes/", "/account/passkeys/enrol/", "/record/", "/record/3/", "/record/of/user/p.silva/",
        "/record/?subject=nothing", "/record/checkpoints/", f"/record/checkpoints/{size}/", "/record/verify/",
        "/find?q=a", "/find?q=nothing+like+this", "/parts/", "/site/health",
    ]  # fmt: skip
    assert look(house, "a.novak", pages) == {}


def test_pages_of_the_floor_and_of_a_sponsor(house: House) -> None:
    assert look(house, "m.kowalska", ["/", "/training/", "/nowhere/"]) == {}
    assert look(house, "c.whitfield", ["/", "/people/", "/record/", "/account/"]) == {}


def test_pages_before_signing_in(house: House) -> None:
    assert look(house, "", ["/accounts/login/", "/nowhere/"]) == {}
