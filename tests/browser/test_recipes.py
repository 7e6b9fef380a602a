"""The pages of recipes on a tablet and at a desk: reading, writing while they check, comparing, signing."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, TABLET, House, Scheme
from tests.browser.test_accessibility import look

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOURCE = Path(__file__).parents[1] / "recipes" / "saline.yaml"
GRANULATE = "/recipes/FCT40/versions/2/?level=granulate"


@pytest.fixture(scope="module")
def bench(address: str) -> str:
    """The demo's recipes, the tablet's next version begun, and a foreign recipe with its defects."""
    from batchwright.people.models import Sponsor
    from batchwright.recipes import demo, services, text
    from batchwright.recipes.adapters.batchml_writing import write_master_recipe
    from batchwright.recipes.models import Recipe
    from tests.people.plant import Plant

    demo.seed()
    engineer = Plant().actor("s.lindqvist")
    services.draft_version(
        actor=engineer, recipe=Recipe.objects.get(identifier="FCT40"), reason="Study of lubrication"
    )
    broken = SOURCE.read_text("utf-8").replace("product: SALINE\n", "product: ''\n").replace("ALPHA", "ALTAIR")
    services.import_batchml(
        actor=engineer, content=write_master_recipe(text.read(broken).recipe), name="saline.xml", reason="transfer",
        sponsor=Sponsor.objects.get(code="ALTAIR"),
    )  # fmt: skip
    return address


def test_every_page_is_accessible_on_tablet_and_desk(house: House, bench: str) -> None:
    draft = "/recipes/FCT40/versions/3/"
    reading = ["/recipes/", "/recipes/FCT40/", GRANULATE, "/recipes/FCT40/versions/2/?level=dispense_api",
               "/recipes/FCT40/differences/?old=1&new=2", "/recipes/SAL9/",
               "/recipes/SAL9/versions/1/report/"]  # fmt: skip
    writing = [f"{draft}edit/", f"{draft}value/", f"{draft}step/", f"{draft}submit/", "/recipes/import/"]
    assert look(house, "s.lindqvist", [*reading, *writing]) == {}
    _take_pictures(house)


def test_a_keyboard_alone_goes_down_to_a_phase_and_to_its_line(house: House, bench: str) -> None:
    with house.at(DESK, "light", "i.moreau") as page:
        page.goto("/recipes/FCT40/")
        page.locator(".pfc a").nth(1).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**level=granulation**")
        page.locator(".pfc a", has_text="Granulate").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**level=granulate**")
        assert page.get_by_role("navigation", name="Levels").get_by_text("Granulation").is_visible()
        line = page.locator("#procedure h3 a")
        name = line.get_attribute("href")
        line.click()
        assert page.locator(f"{name}").inner_text().strip().endswith("id: granulate")


def test_the_text_is_checked_while_somebody_writes_and_a_finding_leads_to_its_line(house: House, bench: str) -> None:
    with house.at(TABLET, "light", "s.lindqvist") as page:
        page.goto("/recipes/FCT40/versions/3/edit/")
        area = page.get_by_label("Text of the recipe")
        source = area.input_value()
        expect(page.locator(".gutter span")).to_have_count(source.count("\n") + 1)
        area.fill(source.replace("action_high: 101.0 %", "action_high: 10.0 %"))
        link = page.locator("#found [data-line]").first
        link.wait_for()
        link.click()
        assert page.evaluate("document.activeElement.id") == "id_source"
        assert "10.0 %" in _selected(page)
        expect(page.locator(".gutter [data-severity=error]")).to_have_count(1)  # marked when all has settled
        area.fill(source)
        page.locator("#found").get_by_text("Nothing found.").wait_for()
        page.get_by_label("Level").select_option("granulate")
        page.locator("#found .pfc", has_text="binder").wait_for()
        area.fill(source.replace("Magnesium stearate", "Magnesium stearate, vegetable"))
        page.get_by_label("Reason").fill("source of the excipient")
        page.get_by_role("button", name="Keep draft").click()
        page.get_by_text("Recorded as entry").wait_for()
        page.get_by_text("Magnesium stearate, vegetable").first.wait_for()


def _selected(page: Page) -> str:
    area = "document.getElementById('id_source')"
    return str(page.evaluate(f"{area}.value.slice({area}.selectionStart, {area}.selectionEnd)"))


def test_a_second_person_reads_the_whole_and_signs(house: House, bench: str) -> None:
    with house.at(DESK, "light", "a.novak") as page:
        page.goto("/recipes/LYO12/versions/2/")
        page.get_by_role("link", name="Approve recipe").click()
        shown = page.locator("#sign-shown").inner_text()
        assert "id: LYO12" in shown
        page.get_by_label("User name").fill("a.novak")
        page.get_by_label("Password", exact=True).last.fill("amber-orchard-violin-17")
        page.get_by_role("button", name="Approve recipe").click()
        page.get_by_text("Approved: it is not in force").wait_for()
        page.get_by_role("link", name="Make recipe effective").click()
        page.get_by_label("Reason").fill("Media fills passed")
        page.get_by_role("button", name="Make recipe effective").click()
        page.get_by_text("In force since").wait_for()


def test_another_sponsors_person_sees_the_own_recipe_alone(house: House, bench: str) -> None:
    with house.at(TABLET, "light", "d.rossi") as page:
        page.goto("/recipes/")
        assert page.get_by_text("LYO12").first.is_visible()
        assert "FCT40" not in page.content()
        answer = page.goto("/recipes/FCT40/")
        assert answer is not None
        assert answer.status == 404


PICTURES = {
    "list": "/recipes/", "recipe": "/recipes/FCT40/", "level": GRANULATE, "mab": "/recipes/MAB07/?level=run_n",
    "phase": "/recipes/FCT40/versions/2/?level=dispense_api", "report": "/recipes/SAL9/versions/1/report/",
    "broken": "/recipes/SAL9/", "repair": "/recipes/SAL9/versions/1/edit/", "import": "/recipes/import/",
    "differences": "/recipes/FCT40/differences/?old=1&new=2", "edit": "/recipes/FCT40/versions/3/edit/",
    "value": "/recipes/FCT40/versions/3/value/", "step": "/recipes/FCT40/versions/3/step/",
    "sign": "/recipes/FCT40/versions/3/submit/",
}  # fmt: skip


def _take_pictures(house: House) -> None:
    """Keep pictures of every page where somebody names a folder for them."""
    folder = os.environ.get("BATCHWRIGHT_TEST_PICTURES")
    if folder is None:
        return
    looks: tuple[tuple[tuple[int, int], Scheme], ...] = ((TABLET, "light"), (DESK, "dark"), (DESK, "light"))
    for size, scheme in looks:
        with house.at(size, scheme, "s.lindqvist") as page:
            for name, path in PICTURES.items():
                page.goto(path)
                page.screenshot(path=Path(folder) / f"recipes-{name}-{size[0]}-{scheme}.png")
