"""The pages of batches on a tablet and at a desk: how it is going, what was not right, and a review that is signed."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django import DjangoDbBlocker

    from tests.conftest import Stages

from tests.browser.conftest import DESK, TABLET, House, Scheme, serving
from tests.browser.test_accessibility import cramped, look
from tests.browser.test_passkeys import plug_in_authenticator
from tests.conftest import engine, fresh_plant
from tests.execution.shift import SYRUP, Shift
from tests.people.plant import PASSWORD, met
from tests.recipes.workshop import Workshop
from tests.tools.axe import axe

_OFTEN = SYRUP.replace("at_most: 2", "at_most: 20")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Staffed(House):
    """The plant of the tests: a person per role, by the name of the role."""

    def sign_in(self, page: Page, who: str) -> None:
        """Sign in through the page."""
        page.goto("/accounts/login/")
        page.get_by_label("User name").fill(who)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="What needs me").wait_for()


@pytest.fixture(scope="module")
def address(_stages: "Stages", django_db_blocker: "DjangoDbBlocker") -> Iterator[str]:
    """Where a plant answers in which people make syrup."""
    with django_db_blocker.unblock():
        stage = _stages.at("shift")
    with fresh_plant(stage, django_db_blocker), serving() as found:
        yield found


@pytest.fixture
def house(browser: "Browser", address: str) -> Iterator[House]:
    """The plant in a browser; at the end nothing left it and the console was silent."""
    opened = Staffed(browser, address)
    yield opened
    assert opened.elsewhere == []
    assert opened.complaints == []


@pytest.fixture(scope="module")
def shift(address: str) -> Shift:
    """One batch that runs, one that waits for its review with exceptions, and one that was not started."""
    plant = met()
    plant.accept("supervisor", "qa", "qualified_person")
    found = Shift(Workshop(plant))
    _hot(found, "SYR-26-001")
    batch, second = found.started(_OFTEN, number="SYR-26-002"), found.actor("supervisor")
    found.do(batch, "clear", point_1="yes", point_2="yes", _checker=second)
    found.do(batch, "heat", temperature="82.0", _checker=second)
    found.do(batch, "look", choice="turbid")
    found.do(batch, "adjust")
    found.do(batch, "heat#2", temperature="86.5", _checker=second)
    found.do(batch, "look#2", choice="clear")
    for weight in ("100.1", "100.4", "99.7", "101.5", "100.2"):
        found.do(batch, "weights", weight=weight)
    found.batch(number="SYR-26-003")
    return found


def _hot(shift: Shift, number: str) -> None:
    """A batch that was too hot once: its critical exception is signed by the supervisor and not yet approved."""
    from batchwright.execution.services import AttemptRefused

    batch = shift.started(number=number)
    with pytest.raises(AttemptRefused):
        shift.to_the_end(batch, temperature="91.0")
    shift.sign_exception(shift.assess(shift.exception(batch)), "supervisor", "reviewed")
    shift.do(batch, "confirm", "supervisor")


def test_every_page_is_accessible_on_tablet_and_desk(house: House, shift: Shift) -> None:
    running, ended = "/batches/SYR-26-002/", "/batches/SYR-26-001/"
    grave = shift.exception(shift.read("SYR-26-001"), 0).number
    of_quality = ["/batches/", running, f"{running}?level=heat", f"{running}run/5/", f"{running}run/10/", ended,
                  f"{ended}review/", f"{ended}exceptions/{grave}/", f"{ended}exceptions/{grave}/assess/",
                  "/batches/exceptions/", f"{running}command/HOLD/", f"{running}exceptions/raise/"]  # fmt: skip
    assert look(house, "qa", of_quality) == {}
    making = ["/batches/make/", "/batches/make/SYR1/", f"{running}redline/", f"{running}redline/parameter/"]
    assert look(house, "supervisor", making) == {}
    _take_pictures(house, grave)


def _take_pictures(house: House, grave: str) -> None:
    """Keep pictures of every page where somebody names a folder for them."""
    folder = os.environ.get("BATCHWRIGHT_TEST_PICTURES")
    if folder is None:
        return
    running, ended = "/batches/SYR-26-002/", "/batches/SYR-26-001/"
    pages = {
        "list": "/batches/", "running": running, "phase": f"{running}?level=heat", "run": f"{running}run/5/",
        "rounds": f"{running}run/10/", "ended": ended, "review": f"{ended}review/",
        "exception": f"{ended}exceptions/{grave}/", "exceptions": "/batches/exceptions/",
        "make": "/batches/make/SYR1/", "choose": "/batches/make/", "redlines": f"{running}redline/",
        "redline": f"{running}redline/parameter/", "hold": f"{running}command/HOLD/",
    }  # fmt: skip
    looks: tuple[tuple[tuple[int, int], Scheme], ...] = ((TABLET, "light"), (DESK, "dark"), (DESK, "light"))
    for size, scheme in looks:
        for who in ("supervisor", "qa"):
            with house.at(size, scheme, who) as page:
                for name, path in pages.items():
                    if (who == "qa") == (name in ("review", "exception")):
                        page.goto(path)
                        page.screenshot(path=Path(folder) / f"batches-{name}-{size[0]}-{scheme}.png", full_page=True)


@pytest.mark.requirement("211.192")
@pytest.mark.requirement("11.50")
def test_a_reviewer_finds_what_was_not_right_judges_it_and_signs_with_a_passkey(
    house: House, shift: Shift, settings: Settings
) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"public_url": house.address})
    batch = shift.read("SYR-26-001")
    with house.at(DESK, "light") as page:
        house.sign_in(page, "qa")
        plug_in_authenticator(page)
        page.goto("/account/passkeys/enrol/")
        page.get_by_label("Name of the device").fill("Desk of quality")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Enrol passkey").click()
        expect(page.get_by_role("rowheader", name="Desk of quality")).to_be_visible()

        page.goto("/batches/?state=to+review")
        page.get_by_role("link", name="SYR-26-001").click()
        page.get_by_role("link", name="cooking", exact=False).first.click()
        expect(page.get_by_role("region", name="Procedure function chart with progress")).to_contain_text("done")
        page.get_by_role("link", name="91.0 °C").click()
        expect(page.get_by_text("taken in, out of limit")).to_be_visible()
        page.get_by_role("link", name="See in chart").click()
        page.get_by_role("link", name="Review record").click()
        expect(page.get_by_text("2 reasons stand in the way.")).to_be_visible()
        assert page.get_by_role("link", name="Sign review").count() == 0

        shift.sign_exception(shift.exception(batch, 0), "qualified_person", "approved")
        shift.verify_record()
        page.reload()
        asked = page.locator(".review textarea:visible")
        for left in reversed(range(asked.count())):
            asked.first.fill("Looked at; no risk to the product.")
            page.get_by_role("button", name="Keep judgement").locator("visible=true").first.click()
            expect(asked).to_have_count(left)  # what was recorded before is said until the page is the next one
            expect(page.get_by_text("Recorded as entry")).to_be_visible()
        expect(page.get_by_text("everything is judged")).to_be_visible()
        page.get_by_text("checks fine: show why").click()
        expect(page.get_by_text("chain, proofs and tables agree")).to_be_visible()

        page.get_by_role("link", name="Sign review").click()
        expect(page.locator("#sign-shown")).to_contain_text("Looked at; no risk to the product.")
        page.get_by_label("Passkey", exact=True).check()
        page.get_by_role("button", name="Sign review").click()
        page.wait_for_url("**/batches/SYR-26-001/review/")
        expect(page.get_by_text("Reviewed by qa")).to_be_visible()
        expect(page.get_by_role("row", name="Qa Reviewed by")).to_contain_text("valid")
    assert shift.read(batch).reviewed_by == "qa"


@pytest.mark.requirement("11.10(b)")
def test_the_tour_leads_by_keyboard_through_seven_real_things_to_a_record_verified_offline(
    house: House, shift: Shift, tmp_path: Path
) -> None:
    pages = []
    with house.at(TABLET, "light", "operator") as page:
        page.goto("/")
        page.get_by_role("link", name="Take the tour").first.focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Begin tour").focus()
        page.keyboard.press("Enter")
        for number in range(1, 8):
            expect(page.get_by_role("region", name="Tour")).to_contain_text(f"Step {number} of 7")
            pages.append(page.url.removeprefix(house.address))
            assert cramped(page) == []
            assert engine() != "sqlite" or axe(page) == []
            if number < 7:
                page.get_by_role("button", name="Next", exact=True).focus()
                page.keyboard.press("Enter")
                page.wait_for_load_state()
        page.get_by_label("What the copy is for").fill("to be verified elsewhere")
        with page.expect_download() as taken:
            page.get_by_role("button", name="Export record").click()
        with zipfile.ZipFile(taken.value.path()) as packed:
            packed.extractall(tmp_path / "batch")
        page.get_by_role("button", name="End tour").click()
        expect(page.get_by_role("region", name="Tour")).to_have_count(0)
    ended = shift.read("SYR-26-001")
    assert pages[0] == "/"
    assert pages[1] == "/batches/SYR-26-002/"
    assert pages[2].startswith("/batches/SYR-26-002/step/")
    assert pages[5:] == [f"/batches/{ended.number}/review/", f"/batches/{ended.number}/#export"]
    program = next((tmp_path / "batch").rglob("verify.py"))
    verified = subprocess.run([sys.executable, "-I", program], capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    (program.parent / "manifest.json").write_text("{}", encoding="utf-8")
    assert subprocess.run([sys.executable, "-I", program], capture_output=True, check=False).returncode != 0
