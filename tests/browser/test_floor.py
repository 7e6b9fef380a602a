"""The floor on a tablet: one operator, one batch, from the first step to the last, also without a connection."""

import io
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest
from playwright.sync_api import Error, Page, expect

from batchwright.execution.specimens import specimen
from tests.browser.conftest import PATIENCE, TABLET, House
from tests.browser.test_accessibility import cramped, look, show
from tests.conftest import engine
from tests.tools.axe import axe

if TYPE_CHECKING:
    from batchwright.execution.models import Batch

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RECIPE = Path(__file__).with_name("floor.yaml")
OPERATOR, SECOND = "m.kowalska", "j.okafor"
PASSWORD = "copper-bridge-sparrow-35"
EYE = """window.BarcodeDetector = class {
    async detect(video) { return video.videoWidth ? [{ rawValue: "GR-101" }] : [] }
}"""
"""Reads a label as soon as the camera shows something; Chromium on Linux has no reader of its own."""
PICTURE = specimen("label", "the label of the syrup", ("image/png",))[1]


@pytest.fixture(scope="module")
def kitchen(address: str) -> str:
    """The demo's plant with its units, and the syrup's recipe in force."""
    from batchwright.plant import demo as plant
    from batchwright.recipes import demo

    plant.seed()
    demo._in_force(demo._begin(RECIPE.read_text("utf-8"), "ALTAIR"), "transfer")
    return address


@pytest.fixture
def batch(kitchen: str) -> "Batch":
    """A batch of the syrup that has begun."""
    from batchwright.execution import services
    from batchwright.execution.models import Batch
    from batchwright.execution.states import Command
    from batchwright.kernel.quantity import Quantity
    from tests.people.plant import Plant

    receipt = services.create_batch(
        actor=Plant().actor("r.mehta"), recipe="SYR7", size=Quantity("100", "kg"), units={}
    )
    made: Batch = Batch.objects.get(number=receipt.subject.removeprefix("batch/"))
    services.command_batch(actor=Plant().actor(SECOND), batch=made, command=Command.START)
    return made


def seen(page: Page, name: str) -> None:
    """Look at a page as everybody does, and take its picture where somebody asked for some."""
    assert cramped(page) == [], name
    if engine() == "sqlite":
        assert axe(page) == [], name
    folder = os.environ.get("BATCHWRIGHT_TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"floor-{name}.png")


def press(page: Page, button: str, then: str) -> None:
    """Press a button; the next step is there without a page in between."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(then)


def choose(page: Page, group: str, option: str) -> None:
    page.get_by_role("group", name=group).get_by_role("radio", name=re.compile(f"^{option}")).check()


def scan(page: Page, code: str) -> None:
    """A hand scanner types as fast as no person does, however busy this machine is."""
    page.evaluate(
        """code => { for (const key of [...code, "Enter"]) document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }""",
        code,
    )


def identify(page: Page) -> None:
    """The second person says who it is on the first one's tablet."""
    page.get_by_label("Second person's user id").fill(SECOND)
    page.get_by_label("Second person's password").fill(PASSWORD)


def test_every_page_of_the_floor_is_accessible_on_tablet_and_desk(house: House, batch: "Batch") -> None:
    from batchwright.execution import services
    from tests.people.plant import Plant

    step = f"/batches/{batch.number}/step/make/cooking/cook"
    operator = Plant().actor(OPERATOR)
    services.perform(
        actor=operator, batch=batch, path="make/cooking/cook/clear", values={"point_1": "yes", "point_2": "yes"}
    )
    assert look(house, OPERATOR, [f"{step}/clear/"]) == {}, "who waits for a second person"
    assert look(house, SECOND, [f"{step}/clear/", "/batches/work/"]) == {}, "the second person"
    services.check(actor=Plant().actor(SECOND), batch=batch, path="make/cooking/cook/clear")
    services.perform(actor=operator, batch=batch, path="make/cooking/cook/vessel", values={"code": "GR-101"})
    pages = [f"{step}/vessel/", f"{step}/dissolve/", step.replace("/step/", "/correct/") + "/vessel/",
             f"/batches/{batch.number}/answer/"]  # fmt: skip
    assert look(house, OPERATOR, pages) == {}
    names = ("done", "instruct", "correct", "answer")
    show(house, OPERATOR, dict(zip(names, pages, strict=True)), dark=names, prefix="floor-")


@pytest.mark.requirement("211.188")
@pytest.mark.requirement("211.188(b)(11)")
@pytest.mark.requirement("ALCOA+ complete")
def test_an_operator_makes_a_batch_on_a_tablet(house: House, batch: "Batch") -> None:
    from batchwright.execution.models import Attempt, BatchException

    with house.at(TABLET, "light", OPERATOR) as page:
        page.add_init_script(EYE)
        page.goto("/batches/work/")
        seen(page, "work")
        page.get_by_role("link", name=f"Open step: Clear the line, {batch.number}").click()
        page.wait_for_url("**/step/**")  # with what keeps a draft
        choose(page, "vessel empty", "yes")
        choose(page, "no labels of another batch", "yes")
        page.get_by_text("The second person is here").click()
        identify(page)
        page.reload()
        expect(page.get_by_text("What you had typed before is back")).to_be_visible()
        expect(page.get_by_role("group", name="vessel empty").get_by_role("radio", name="yes")).to_be_checked()
        expect(page.get_by_label("Second person's password")).to_have_value("")
        identify(page)
        seen(page, "clear")
        press(page, "Record line clearance", "Scan the vessel")
        # the hand scanner types wherever the cursor is
        scan(page, "XX-999")
        expect(page.locator("#step-form").get_by_text("This is not the equipment that is expected")).to_be_visible()
        seen(page, "scan-refused")
        page.get_by_role("button", name="Scan by camera").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Dissolve the sugar")
        press(page, "Confirm done", "Heat")
        cut_off_and_back(page)
        choose(page, "How does it look?", "turbid")
        seen(page, "decide")
        press(page, "Record decision", "Adjust")
        where = page.url
        page.get_by_role("link", name="Exception", exact=True).click()
        page.get_by_label("What happened").fill("The stirrer rattles.")
        page.get_by_role("button", name="Raise exception").click()
        expect(page.get_by_text("The stirrer rattles.").first).to_be_visible()
        page.goto(where)
        press(page, "Confirm done", "Heat")
        # beyond its limit it is taken in, and an exception
        temperature = page.get_by_label("Temperature")
        temperature.fill("88,5")
        expect(page.get_by_text("write a point, not a comma")).to_be_visible()
        temperature.fill("88.5")
        expect(page.get_by_text("alert: recorded with an exception")).to_be_visible()
        choose(page, "Probe in place", "yes")
        seen(page, "enter-alert")
        press(page, "Record values", "Look")
        expect(page.get_by_text(re.compile("Exception .* was raised"))).to_be_visible()
        choose(page, "How does it look?", "clear")
        press(page, "Record decision", "Bottles")
        page.get_by_label("Weight").fill("100.1")
        seen(page, "repeat")
        press(page, "Record round", "Sample")
        page.get_by_label("assay_sample").fill("2")
        press(page, "Record samples", "Bottles")
        page.get_by_label("Weight").fill("100.0")
        press(page, "Record round", "Let it rest")
        seen(page, "wait")
        page.wait_for_timeout(1_100)
        press(page, "End wait", "Weigh the syrup")
        page.get_by_label("Filled").fill("99.0")
        press(page, "Record weight", "Reckon the loss")
        seen(page, "calculate")
        press(page, "Take result", "Photograph the label")
        press(page, "Record values", "Photograph the label")
        expect(page.locator("#step-form").get_by_text("is missing")).to_be_visible()
        page.get_by_label("Label").set_input_files({"name": "Label 1.png", "mimeType": "image/png", "buffer": PICTURE})
        expect(page.get_by_role("img", name="Label 1.png")).to_be_visible()
        seen(page, "picture")
        press(page, "Record values", "Confirm the weight")
        identify(page)
        seen(page, "verify")
        press(page, "Verify", "My work")
        expect(page.get_by_text(f"Batch {batch.number} is complete.")).to_be_visible()
        seen(page, "work-empty")
        goes_with_the_record(page, batch)
    batch.refresh_from_db()
    assert batch.state == "Complete"
    raised = BatchException.objects.filter(batch=batch).order_by("id").values_list("sentence", "run__element")
    assert [(sentence[:20], element) for sentence, element in raised] == [
        ("The stirrer rattles.", "adjust"), ("Temperature 88.5 Cel", "heat"),
    ]  # fmt: skip
    attempts = Attempt.objects.filter(batch=batch)
    assert attempts.filter(run__element="heat", run__path__endswith="/heat").count() == 1, "sent once"
    refused = attempts.filter(verdict="refused").order_by("id")
    assert list(refused.values_list("run__element", flat=True)) == ["vessel", "label"]


def goes_with_the_record(page: Page, batch: "Batch") -> None:
    """The picture is opened from its step, and goes with the pages of the batch record."""
    page.goto(f"/batches/{batch.number}/run/{batch.runs.get(element='label').position}/")
    seen(page, "picture-kept")
    link = page.get_by_role("region", name="Attempts").get_by_role("link", name="Label 1.png")
    assert page.request.get(link.get_attribute("href") or "").body() == PICTURE
    with pikepdf.open(io.BytesIO(page.request.get(f"/batches/{batch.number}/record.pdf").body())) as pages:
        (name,) = [one for one in pages.attachments if one.endswith("-Label_1.png")]
        assert pages.attachments[name].get_file().read_bytes() == PICTURE


def cut_off_and_back(page: Page) -> None:
    """Without a connection the input stays on the tablet, also through a reload, and is sent once."""
    page.get_by_label("Temperature").fill("82.0")
    choose(page, "Probe in place", "yes")
    page.context.set_offline(True)
    page.get_by_role("button", name="Record values").click()
    expect(page.get_by_text("Not sent yet: kept on this tablet")).to_be_visible()
    seen(page, "cut-off")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Look")
    expect(page.get_by_text(re.compile("Sent now, as it was at"))).to_be_visible()
    seen(page, "sent-later")


KEPT = """() => new Promise((done) => { const asked = indexedDB.open("batchwright", 1); asked.onsuccess = () => {
    const all = asked.result.transaction("kept").objectStore("kept").getAll();
    all.onsuccess = () => done(JSON.stringify(all.result)); }; })"""
"""What a tablet keeps until the plant has answered."""


def everything_sent(page: Page) -> None:
    """Wait until the tablet keeps nothing. Playwright's own waiting does not wait for what a promise says."""
    ends = time.monotonic() + PATIENCE / 1000
    while page.evaluate(KEPT) != "[]":
        assert time.monotonic() < ends, page.evaluate(KEPT)
        page.wait_for_timeout(100)


@pytest.mark.requirement("11.10(a)")
@pytest.mark.requirement("ALCOA+ complete")
@pytest.mark.requirement("Annex 11, 16")
def test_what_could_not_be_sent_is_lost_by_no_reload_no_end_of_a_session_and_no_dying_server(
    house: House, batch: "Batch"
) -> None:
    from batchwright.execution.models import Attempt
    from batchwright.people import sessions
    from batchwright.people.models import PlantSession

    step = f"/batches/{batch.number}/step/make/cooking/cook"
    with house.at(TABLET, "light") as page:
        house.sign_in(page, OPERATOR)
        # the second person's password is not kept; the server had taken it, and the tablet finds that out
        page.goto(f"{step}/clear/")
        for point in ("vessel empty", "no labels of another batch"):
            choose(page, point, "yes")
        page.get_by_text("The second person is here").click()
        identify(page)
        page.route(f"**{step}/clear/", lambda route: (route.fetch(max_redirects=0), route.abort()))
        page.get_by_role("button", name="Record line clearance").click()
        expect(page.get_by_text("The second person has to identify again")).to_be_visible()
        seen(page, "second-again")
        assert SECOND in page.evaluate(KEPT)
        assert PASSWORD not in page.evaluate(KEPT)
        page.unroute_all(behavior="wait")
        page.goto(f"{step}/vessel/")
        everything_sent(page)
        expect(page.get_by_text(re.compile("Clear the line, .*: Sent now"))).to_be_visible()
        # an answer that is lost: sent again, counted once
        page.route(f"**{step}/vessel/", lambda route: (route.fetch(max_redirects=0), route.abort()))
        scan(page, "GR-101")
        expect(page.get_by_text("It is sent by itself")).to_be_visible()
        page.unroute_all(behavior="wait")
        page.goto("/batches/work/")
        expect(page.get_by_text("it counts once")).to_be_visible()
        # cut off, and the page loaded anew
        page.goto(f"{step}/dissolve/")
        page.context.set_offline(True)
        page.get_by_role("button", name="Confirm done").click()
        expect(page.get_by_text("It is sent by itself")).to_be_visible()
        with pytest.raises(Error, match="INTERNET_DISCONNECTED"):
            page.reload()
        page.wait_for_url("chrome-error://**")  # which else would come between the next page and its address
        page.context.set_offline(False)
        page.goto(f"{step}/dissolve/")
        everything_sent(page)
        # the session ends while somebody types
        page.goto(f"{step}/heat/")
        page.get_by_label("Temperature").fill("86.0")
        choose(page, "Probe in place", "yes")
        last = PlantSession.objects.filter(user__username=OPERATOR, ended_at__isnull=True).order_by("-id")[0]
        sessions.end_session(session=last, why="idle")
        page.get_by_role("button", name="Record values").click()
        page.get_by_role("link", name="Sign in").click()
        house.fill_log_in(page, OPERATOR)
        expect(page.get_by_role("button", name="Send now")).to_be_visible()
        page.goto("/")
        expect(page.get_by_role("button", name="Send now")).to_be_visible()
        page.goto(f"{step}/heat/")
        page.get_by_role("button", name="Send now").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look")
    attempts = Attempt.objects.filter(batch=batch).order_by("id")
    assert [(one.run.element, one.verdict) for one in attempts.select_related("run")] == [
        ("clear", "accepted"), ("vessel", "accepted"), ("dissolve", "accepted"), ("heat", "accepted"),
    ]  # fmt: skip
    assert attempts[0].checked_by == SECOND


@pytest.mark.requirement("ALCOA+ complete")
def test_who_comes_to_a_step_too_early_sees_what_the_tablet_has_not_sent_yet(house: House, batch: "Batch") -> None:
    from batchwright.execution import services
    from tests.people.plant import Plant

    cook = "make/cooking/cook"
    step = f"/batches/{batch.number}/step/{cook}"
    services.perform(
        actor=Plant().actor(OPERATOR), batch=batch, path=f"{cook}/clear", values={"point_1": "yes", "point_2": "yes"}
    )
    services.check(actor=Plant().actor(SECOND), batch=batch, path=f"{cook}/clear")
    with house.at(TABLET, "light", OPERATOR) as page:
        page.goto(f"{step}/vessel/")
        page.route(
            f"**{step}/vessel/", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
        )
        scan(page, "GR-101")
        expect(page.get_by_text("It is sent by itself")).to_be_visible()
        answer = page.goto(f"{step}/dissolve/")
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_text(re.compile("Scan the vessel, .*: Not sent yet"))).to_be_visible()
        seen(page, "too-early")
        page.unroute_all()
        everything_sent(page)
        expect(page.get_by_text(re.compile("Scan the vessel, .*: Sent now"))).to_be_visible()
        page.get_by_role("link", name="Try again").click()
        expect(page.get_by_role("button", name="Confirm done")).to_be_visible()
    with house.at(TABLET, "light", "i.moreau") as page:
        page.goto(f"{step}/nowhere/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Not here")
        assert page.locator(".kept").count() == 0, "who performs nothing keeps nothing"
