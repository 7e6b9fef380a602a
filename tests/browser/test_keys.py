"""The keyboard at a desk: shortcuts that only lead somewhere, lists that are sorted, forms that say what is wrong."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, TABLET, House
from tests.conftest import engine
from tests.tools.axe import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUALITY = "a.novak"
ALONE = 150
"""Milliseconds after which a key was no scanner's."""


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other, as a person does."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(ALONE)


def test_a_question_mark_lists_the_shortcuts_and_escape_closes_the_list(house: House) -> None:
    with house.at(DESK, who=QUALITY) as page:
        page.goto("/people/")
        listed = page.get_by_role("region", name="Keyboard")
        expect(listed).to_be_hidden()
        press(page, "?")
        expect(listed).to_be_visible()
        for place in page.locator(".rail a").all():
            expect(listed.get_by_text(place.inner_text(), exact=True)).to_be_visible()
        if engine() == "sqlite":
            assert axe(page) == []
        press(page, "Escape")
        expect(listed).to_be_hidden()
        page.get_by_role("contentinfo").get_by_role("button", name="Keyboard").click()
        expect(listed).to_be_visible()


def test_keys_go_to_places_and_through_the_rows_of_a_list(house: House) -> None:
    with house.at(DESK, who=QUALITY) as page:
        page.goto("/")
        press(page, "g", "e")
        expect(page).to_have_url(re.compile(r"/people/$"))
        people = page.locator("tbody th a")
        first = people.nth(0).inner_text()
        for key, row in (("j", 0), ("j", 1), ("k", 0)):
            press(page, key)
            expect(people.nth(row)).to_be_focused()
        press(page, "o")
        expect(page.get_by_role("heading", level=1)).to_have_text(first)
        press(page, "u")
        expect(page).to_have_url(re.compile(r"/people/$"))


def test_no_shortcut_acts_while_somebody_types_or_scans_or_has_switched_them_off(house: House) -> None:
    with house.at(DESK, who=QUALITY) as page:
        page.goto("/people/")
        page.get_by_label("Name", exact=True).focus()
        page.keyboard.type("go?jku", delay=ALONE)
        expect(page.get_by_label("Name", exact=True)).to_have_value("go?jku")
        expect(page.get_by_role("region", name="Keyboard")).to_be_hidden()
        page.locator("main").focus()
        page.evaluate(
            """() => { for (const key of "gm?ju") document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }"""
        )
        page.wait_for_timeout(2 * ALONE)
        expect(page).to_have_url(re.compile(r"/people/$"))
        assert page.evaluate("document.activeElement.matches('main')")
        press(page, "Control+k", "Alt+j")
        assert page.evaluate("document.activeElement.matches('main')")
        page.locator("main").focus()
        press(page, "?")
        expect(page.get_by_role("region", name="Keyboard")).to_be_visible()
        page.get_by_label("Shortcuts on, in this browser").uncheck()
        page.reload()
        press(page, "j", "g", "b", "/", "?")
        expect(page).to_have_url(re.compile(r"/people/$"))
        assert page.evaluate("document.activeElement.matches('body')")


def test_a_list_is_sorted_by_the_keyboard_and_the_focus_stays_at_the_head(house: House) -> None:
    with house.at(TABLET, who=QUALITY) as page:
        page.goto("/people/?role=qa")
        head = page.get_by_role("columnheader", name="Name", exact=True)
        for said in ("ascending", "descending"):
            head.get_by_role("link").focus()
            page.keyboard.press("Enter")
            expect(head).to_have_attribute("aria-sort", said)
            expect(head.get_by_role("link")).to_be_focused()
            expect(page.get_by_label("Role")).to_have_value("qa")


def test_the_first_field_that_is_wrong_has_the_focus_and_a_summary_leads_to_each(house: House) -> None:
    with house.at(TABLET, who="t.sato") as page:
        page.goto("/people/enrol/")
        page.get_by_label("User name").fill("z.zimmer")
        page.get_by_label("E-mail address").fill("nowhere")
        page.get_by_role("button", name="Enrol person").click()
        expect(page.get_by_text("4 fields are not right yet; nothing was recorded")).to_be_visible()
        expect(page.get_by_label("Printed name")).to_be_focused()
        summary = page.get_by_role("alert")
        expect(summary).to_contain_text("This is no e-mail address: nowhere. Enter one, such as name@example.com.")
        summary.get_by_role("link", name="E-mail address").click()
        expect(page.get_by_label("E-mail address")).to_be_focused()
        expect(page.get_by_label("E-mail address")).to_have_accessible_description(re.compile("This is no e-mail"))
        if engine() == "sqlite":
            assert axe(page) == []
