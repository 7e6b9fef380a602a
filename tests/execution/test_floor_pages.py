"""The work list and the screen of a step: what an operator sees, what is said of it, and that nothing is lost."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batchwright.execution.exporting import pages_of
from batchwright.execution.files import Filed, named
from batchwright.execution.models import Attempt, Batch
from batchwright.execution.services.creating import TAKEN
from batchwright.execution.specimens import specimen
from batchwright.execution.states import Command
from batchwright.execution.web import step_urls, urls
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from tests.execution.shift import OPERATE, SYRUP, Shift
from tests.people.plant import PASSWORD
from tests.plant.metrology import Metrology

MOST_QUERIES = 40
"""For one page of the floor, whatever the size of the batch."""
MOST_OF_A_STEP = 75
"""For a step that is taken in, with the page that follows."""


def notices(page: str) -> list[str]:
    """What a page says before anything else."""
    return [re.sub(r"<[^>]+>|\s+", " ", one) for one in re.findall(r'class="notice".*?</div>', page, re.DOTALL)]


@dataclass
class Tablet:
    """Somebody on the floor, in front of the pages."""

    shift: Shift
    batch: Batch
    who: str = "operator"
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.shift.workshop.plant.log_in(self.client, self.who)

    def at(self, path: str, page: str = "step") -> str:
        return reverse(f"execution:{page}", args=[self.batch.number, OPERATE + path])

    def open(self, path: str) -> str:
        answer = self.client.get(self.at(path))
        assert answer.status_code == 200
        return answer.content.decode()

    def put(self, path: str, page: str = "step", **values: Any) -> tuple[int, str, str]:
        """Press the button: the status, the address that follows, and what that page says."""
        answer = self.client.post(self.at(path, page), values, follow=True)
        where = answer.redirect_chain[-1][0] if answer.redirect_chain else ""
        return answer.status_code, where.partition(OPERATE)[2].rstrip("/"), answer.content.decode()

    def work(self, **asked: str) -> str:
        return self.client.get(reverse("execution:work"), asked).content.decode()


@pytest.mark.requirement("211.188")
@pytest.mark.requirement("211.188(b)(11)")
def test_an_operator_goes_from_step_to_step_and_the_second_person_checks_on_either_tablet(shift: Shift) -> None:
    batch = shift.started()
    operator, supervisor = Tablet(shift, batch), Tablet(shift, batch, "supervisor")
    assert "Clear the line" in operator.work()
    assert "vessel empty" in operator.open("clear")
    status, _where, page = operator.put("clear", point_1="yes", point_2="yes", idempotency_key="one")
    assert (status, "a second person has to check it" in page) == (200, True)
    assert "Clear the line" not in operator.work(), "who performed it does not check it"
    assert "waits for a second person" in supervisor.work()
    assert "vessel empty" in supervisor.open("clear")
    assert supervisor.put("clear", "check", agrees="yes")[1] == "heat", "on to what comes next"
    # once more, with both at one tablet
    assert "Limits 80.0 to 90.0 °C" in operator.open("heat")
    seconds = {"second_username": "supervisor", "second_password": PASSWORD}
    shift.workshop.plant.accept("supervisor")
    assert operator.put("heat", temperature="82.0", **seconds)[1] == "look"
    row = Attempt.objects.get(run__path=f"{OPERATE}heat", batch=batch)
    assert (row.by, row.checked_by) == ("operator", "supervisor")
    page = operator.open("look")
    assert "The recipe proposes <strong>turbid</strong>" in page
    assert operator.put("look", choice="turbid")[1] == "adjust"
    assert operator.put("adjust", done="done")[1] == "heat%232", "the loop asks anew"
    operator.put("heat#2", temperature="86.5")
    assert operator.put("look#2", choice="clear")[1] == "weights"
    assert "Open beside it" in operator.open("weights")
    assert operator.put("weights", weight="100.1")[1] == "sample", "the next round is not due yet"
    operator.put("sample", assay_sample="2")
    operator.put("weights", weight="100.0")
    operator.put("fill", filled="99.0")
    page = operator.open("reckon")
    assert ("sugar 40.0 kg" in page, "1.0 kg" in page) == (True, True), "how it came about"
    operator.put("reckon")
    assert "another person identifies below" in operator.open("confirm")
    status, _where, page = operator.put("confirm", done="done", performs="second", **seconds)
    assert (status, shift.read(batch).state) == (200, "Complete")
    assert Attempt.objects.get(run__path=f"{OPERATE}confirm").by == "supervisor"
    assert "No step waits for your role." in page


@pytest.mark.requirement("ALCOA+ original")
def test_what_is_refused_is_kept_and_said_beside_its_field_with_what_was_entered(shift: Shift) -> None:
    batch = shift.started()
    tablet = Tablet(shift, batch)
    _status, _where, page = tablet.put("clear", point_1="yes", point_2="no")
    assert "The line is not clear: no labels of another batch" in page
    assert re.search(r'name="point_1" value="yes" checked', page), "what was entered stays"
    assert "refused, kept" in page
    wrong = {"second_username": "supervisor", "second_password": "guess"}
    status, _where, page = tablet.put("clear", point_1="yes", point_2="yes", idempotency_key="k" * 32, **wrong)
    assert (status, "are not right" in page) == (403, True)
    assert re.search(r'name="point_2" value="yes" checked', page)
    assert "k" * 32 in page, "nothing was recorded: the same form is sent again"
    assert "guess" not in page
    assert [one[1] for one in shift.attempts(batch, "clear")] == ["refused"]


@pytest.mark.requirement("11.10(f)")
@pytest.mark.requirement("ALCOA+ contemporaneous")
def test_a_tablet_that_was_cut_off_sends_once_and_what_it_sends_later_is_a_late_entry(shift: Shift) -> None:
    batch = shift.started()
    tablet = Tablet(shift, batch)
    for _try in range(2):
        _status, _where, page = tablet.put("clear", point_1="yes", point_2="yes", idempotency_key="cut-off-1")
    assert "was recorded before" in page
    assert len(shift.attempts(batch, "clear")) == 1
    sent = reverse("execution:sent", args=["cut-off-1"])
    assert tablet.client.get(sent).json()["seq"] > 0
    assert tablet.client.get(reverse("execution:sent", args=["never"])).json() == {"seq": 0}
    shift.check(batch, "clear")
    pressed = clock.iso(clock.now())
    with clock.frozen(clock.now() + timedelta(minutes=30)):
        after = Tablet(shift, batch)  # the session was over meanwhile
        _status, _where, page = after.put("heat", temperature="85.0", pressed_at=pressed, idempotency_key="cut-off-2")
    assert "A late entry needs a reason" in page
    assert shift.attempts(batch, "heat") == [("perform", "refused", "operator")]


def test_a_picture_is_stored_with_the_entry_and_a_completed_value_is_corrected_by_two(shift: Shift) -> None:
    source = (
        "phase: {kind: enter, entries: [{id: filled, name: Filled, unit: kg, decimals: 1}]}",
        "phase: {kind: enter, entries: [{id: filled, name: Filled, unit: kg, decimals: 1}, "
        "{id: seen, name: Seen, type: picture}]}",
    )
    batch = shift.started(SYRUP.replace(*source))
    shift.workshop.plant.accept("supervisor")
    tablet = Tablet(shift, batch)
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    shift.do(batch, "heat", temperature="86.0")
    seconds = {"second_username": "supervisor", "second_password": PASSWORD}
    _status, _where, page = tablet.put("heat", "correct", temperature="86.1", **seconds)
    assert "A correction needs a reason" in page, notices(page)
    status, where, page = tablet.put("heat", "correct", temperature="86.1", reason="misread", **seconds)
    assert (status, where, "86.1" in page) == (200, "heat", True)
    shift.do(batch, "look", choice="clear")
    for weight in ("100.0", "100.2"):
        shift.do(batch, "weights", weight=weight)
    shift.do(batch, "sample", assay_sample="2")
    content = specimen("seen", "the label", ("image/png",))[1]
    picture = SimpleUploadedFile("seen it.png", content, "image/png")
    assert tablet.put("fill", filled="99.0", seen=picture)[1] == "reckon"
    run = shift.run(batch, "fill")
    assert named(Attempt.objects.get(run=run).entered[1]["text"]) == Filed("seen it.png", sha256(content).hexdigest())
    page = tablet.client.get(reverse("execution:run", args=[batch.number, run.position])).content.decode()
    (link,) = re.findall(r'href="(/record/\d+/files/[0-9a-f]{64})"', page)
    assert tablet.client.get(link).content == content, "the step leads to its picture"
    with pikepdf.open(BytesIO(pages_of(shift.actor("qa"), shift.read(batch))[0])) as pages:
        (name,) = [one for one in pages.attachments if one.endswith("-seen_it.png")]
        assert pages.attachments[name].get_file().read_bytes() == content, "and it goes with the pages"


def test_each_page_of_the_floor_asks_the_database_a_bounded_number_of_times(shift: Shift) -> None:
    batch = shift.started()
    tablet = Tablet(shift, batch)
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    tablet.open("heat")
    for ask, most in (
        (lambda: tablet.open("heat"), MOST_QUERIES), (tablet.work, MOST_QUERIES),
        (lambda: tablet.put("heat", temperature="86.0"), MOST_OF_A_STEP),
    ):  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            ask()
        assert len(asked) <= most, [one["sql"][:120] for one in asked.captured_queries]


def test_a_step_that_is_held_says_why_and_one_that_moved_says_so(shift: Shift) -> None:
    batch = shift.started()
    tablet = Tablet(shift, batch)
    seen = shift.run(batch, "clear").version
    now = reverse("execution:step-now", args=[batch.number, f"{OPERATE}clear"])
    assert tablet.client.get(now, {"seen": seen}).content.strip() == b""
    shift.command(batch, Command.HOLD, reason="a smell of burning")
    assert b"has moved" in tablet.client.get(now, {"seen": seen}).content
    page = tablet.open("clear")
    assert "cannot be performed now" in page
    assert "step-form" not in page


def test_what_waits_on_the_floor_is_told_on_the_first_page_and_a_batch_is_found_by_its_number(shift: Shift) -> None:
    batch = shift.started()
    operator, supervisor = Tablet(shift, batch), Tablet(shift, batch, "supervisor")
    assert "Perform 1 open step" in operator.client.get("/").content.decode()
    shift.do(batch, "clear", point_1="yes", point_2="yes")
    assert "open step" not in operator.client.get("/").content.decode(), "who performed it does not check it"
    page = supervisor.client.get("/").content.decode()
    assert ("Check Clear the line" in page, "Operator waits for a second person." in page) == (True, True)
    found = operator.client.get("/find", {"q": batch.number})
    assert (found.status_code, found["Location"]) == (302, reverse("execution:batch", args=[batch.number]))
    stranger = shift.workshop.plant.log_in(Client(), "sponsor_b")
    assert stranger.get("/find", {"q": batch.number}).status_code == 200


def test_a_card_says_what_a_step_needs_and_a_line_shows_its_own_steps_alone(shift: Shift) -> None:
    weighed = SYRUP.replace(
        "phase: {kind: enter, entries: [{id: filled, name: Filled, unit: kg, decimals: 1}]}",
        "phase: {kind: weigh, what: Filled, unit: kg}",
    ).replace("fill.filled", "fill.net")
    metrology = Metrology(shift.workshop.plant)
    metrology.add_scale()
    batch = shift.started(weighed)
    tablet = Tablet(shift, batch)
    assert "a second person" in tablet.work()
    assert "No step waits for your role in TP-9." in tablet.work(line="TP-9")
    assert "No step waits for your role in TP-9." in tablet.work(), "the line is remembered"
    assert "Clear the line" in tablet.work(line="")
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    shift.do(batch, "heat", temperature="86.0")
    shift.do(batch, "look", choice="clear")
    shift.do(batch, "weights", weight="100.0")
    assert "Not before" in tablet.work(), "the second round is not due"
    shift.do(batch, "weights", weight="100.2")
    shift.do(batch, "sample", assay_sample="2")
    assert "0 of 1 scales ready" in tablet.work(), "it is not calibrated"
    assert tablet.put("fill", net="", **{"net:scale": "SC-01"})[0] == 400, "an unfit scale is not read"
    assert tablet.put("fill", net="99.0")[1] == "reckon"


def test_a_batch_is_not_called_as_a_page_is(shift: Shift) -> None:
    beside = {str(one.pattern).partition("/")[0] for one in (*urls.urlpatterns, *step_urls.urlpatterns)}
    assert {one for one in beside if one.isalpha()} == TAKEN
    for word in ("make", "Work"):
        with pytest.raises(DomainError, match="the address of a page"):
            shift.batch(number=word)
