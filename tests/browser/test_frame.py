"""The frame by keyboard, by scanner and by touch."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from batchwright.people import policy
from batchwright.people import services as people
from batchwright.people.models import User
from batchwright.record.models import Entry
from tests.browser.conftest import TABLET, House
from tests.people.plant import Plant

pytestmark = pytest.mark.browser


def test_the_first_stop_of_the_keyboard_skips_to_the_page(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/record/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the page")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def stops(page: Page) -> list[str]:
    """Walk by Tab until the page begins anew; every stop must show that it is one."""
    seen: list[str] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        name, outlined = page.evaluate(
            """() => {
                const now = document.activeElement;
                const style = getComputedStyle(now);
                const label = now.labels?.[0]?.innerText ?? now.getAttribute("aria-label") ?? now.innerText ?? "";
                const none = now === document.body;
                const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                return [none ? "" : label.trim().split("\\n")[0], none || seen];
            }"""
        )
        assert outlined, f"no visible focus on {name}"
        if not name and seen:
            return seen
        seen.append(name)
    return seen


def test_everything_is_reached_by_keyboard_in_the_order_it_is_read(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/people/")
        seen = stops(page)
    order = ["Skip to the page", "Search or scan", "Now", "People", "Training", "Record", "Roles", "Name",
             "Narrow"]  # fmt: skip
    places = [seen.index(name) for name in order]
    assert places == sorted(places)
    assert "Enrol person" in seen


def test_a_slash_leads_to_the_box_and_is_still_a_slash_where_one_types(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/record/")
        page.keyboard.press("/")
        box = page.get_by_role("searchbox", name="Search or scan")
        expect(box).to_be_focused()
        page.keyboard.type("user/p.silva")
        expect(box).to_have_value("user/p.silva")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/record/of/user/p\.silva/$"))


SCANNER = """keys => keys.forEach(key =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))"""
"""A scanner's keys, all inside a millisecond: sent one by one from here, a busy machine would type like a hand."""


def test_a_label_is_scanned_on_any_page_wherever_the_focus_is(house: House) -> None:
    with house.at(TABLET, who="m.kowalska") as page:
        page.goto("/training/")
        page.evaluate(SCANNER, [*"user/m.kowalska", "Enter"])
        expect(page).to_have_url(re.compile(r"/record/of/user/m\.kowalska/$"))


def test_slow_typing_on_a_page_is_no_scan(house: House) -> None:
    with house.at(who="m.kowalska") as page:
        page.goto("/training/")
        page.keyboard.type("abcdef", delay=80)
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
        expect(page).to_have_url(re.compile(r"/training/$"))


def test_what_one_types_into_a_form_is_never_taken_for_a_scan(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/record/")
        page.get_by_label("Subject").focus()
        page.keyboard.type("user/p.silva", delay=0)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/record/\?subject=user"))


def test_the_menu_opens_by_keyboard_and_closes_by_escape(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/")
        menu = page.locator("details.menu > summary")
        menu.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="My account")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="My account")).to_be_hidden()
        expect(menu).to_be_focused()


def test_light_and_dark_switch_without_losing_what_was_typed_and_stay(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/record/")
        page.get_by_label("Subject").fill("half written")
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.locator("details.menu > summary").click()
        page.get_by_role("button", name="Dark").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        expect(page.get_by_label("Subject")).to_have_value("half written")
        page.goto("/")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_wrong_password_is_refused_with_a_sentence_and_the_user_name_kept(house: House) -> None:
    with house.at() as page:
        page.goto("/accounts/login/")
        page.get_by_label("User name").fill("m.kowalska")
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("User name")).to_have_value("m.kowalska")
        assert Entry.objects.filter(type="login.refused/1", subject="user/m.kowalska").exists()


def test_a_check_of_the_record_runs_in_the_background_and_ends_whole(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/record/")
        page.get_by_role("button", name="Verify now").click()
        expect(page.get_by_text("entries are as they were written")).to_be_visible()
        page.goto("/record/")
        expect(page.get_by_text(re.compile("Whole to #"))).to_be_visible()
        expect(page.get_by_role("contentinfo").get_by_text("record whole to #")).to_be_visible()


def test_an_exported_zip_arrives_by_one_button(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/record/of/user/p.silva/")
        with page.expect_download() as coming:
            page.get_by_role("button", name="Export record").click()
        assert coming.value.suggested_filename == "user-p.silva.zip"


def test_paper_shows_the_page_without_its_frame_and_says_where_it_came_from(house: House) -> None:
    with house.at(who="a.novak") as page:
        page.goto("/record/of/user/p.silva/")
        page.emulate_media(media="print")
        expect(page.locator(".rail")).to_be_hidden()
        expect(page.locator(".header")).to_be_hidden()
        expect(page.locator(".print-origin")).to_be_visible()


def test_the_primary_action_stands_bottom_right_and_the_destructive_one_apart(house: House) -> None:
    locked = User.objects.get(username="p.silva")  # the lock of the demo's past may be ending by itself just now
    people.unlock_user(actor=Plant().actor("a.novak"), user=locked, reason="asked: a new keyboard")
    for _attempt in range(policy.current().lockout_attempts):
        Client().post(reverse("account_login"), {"login": "p.silva", "password": "not his"})
    with house.at(who="a.novak") as page:
        page.goto("/people/person/p.silva/")
        unlock = page.get_by_role("link", name="Unlock log-in").bounding_box()
        disable = page.get_by_role("link", name="Disable log-in").bounding_box()
    assert unlock is not None
    assert disable is not None
    assert unlock["x"] > 1000
    assert unlock["x"] - disable["x"] > 500
