"""Home: what is running, what is late, what is wrong, suite by suite, and the plant's day."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from batchwright.execution.models import Batch, BatchException, Run
from batchwright.execution.pace import Pace
from batchwright.execution.present import Doing, Present, Wanted
from batchwright.kernel import clock
from batchwright.people import access
from batchwright.people.models import User
from batchwright.site.web import day, now
from batchwright.site.web.now_rows import BatchNow, SuiteNow
from tests.execution.shift import Shift
from tests.people.plant import Plant

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def words(client: Client, address: str = "/") -> str:
    """What a page says, without its marks."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def line(state: str = "Running", *doing: Doing, late: timedelta | None = None, left: timedelta | None = None,
         exceptions: tuple[BatchException, ...] = (), wanted: tuple[Wanted, ...] = (), **facts: datetime,
         ) -> BatchNow:  # fmt: skip
    """A batch in its line, without a database."""
    batch = Batch(number="B-1", state=state, **facts)
    return BatchNow(Present(batch, doing, ("TP-101",), exceptions, wanted, late, left), AT)


def step(name: str, pace: Pace | None = None, **facts: object) -> Doing:
    return Doing(Run(name=name, state="Running", **facts), pace)


def ago(minutes: int) -> datetime:
    return AT - timedelta(minutes=minutes)


def test_a_line_says_how_a_batch_stands_with_its_time() -> None:
    assert line("Idle").time == "planned"
    assert line("Idle", planned_for=ago(-90)).time == "begins in 1 h 30 min"
    assert line("Idle", late=timedelta(hours=2)).time == "late by 2 h"
    assert line("Complete", ended_at=ago(60)).time == "ended 1 h ago"
    assert line("Running", started_at=ago(45)).time == "for 45 min"
    assert line("Running", left=timedelta(minutes=70)).time == "about 1 h 10 min left"
    assert line("Running", left=-timedelta(minutes=7)).time == "7 min longer than those before"
    sleeping = step("Take a sample", Pace(ago(20), due=ago(-10)), kind="repeat", rounds=2)
    assert line("Running", sleeping, left=timedelta(hours=3)).time == "next value in 10 min, about 3 h left"


def test_a_round_that_was_not_taken_and_a_wait_that_is_over_are_late() -> None:
    assert step("Look", Pace(ago(20), due=ago(5)), kind="repeat", rounds=1).late_by(AT) == timedelta(minutes=5)
    assert step("Look", Pace(ago(20), due=ago(5)), kind="repeat", rounds=0).late_by(AT) is None, "due at once, not late"
    assert step("Dry", Pace(ago(90), late=ago(30)), kind="wait").late_by(AT) == timedelta(minutes=30)
    assert step("Fill").late_by(AT) is None
    assert step("Fill").asked_at(AT) is None
    assert step("Dry", Pace(ago(10), ready=ago(-20)), kind="wait").asked_at(AT) == ago(-20)


def test_only_what_is_late_stands_still_or_deviates_has_a_colour() -> None:
    grave = BatchException(number="E-1", severity="critical", sentence="pH 7.9 is above 7.6")
    other = BatchException(number="E-2", severity="minor", sentence="entered late")
    assert line("Running").tone == line("Idle").tone == line("Complete").tone == "normal"
    assert line("Held").tone == line("Aborted").tone == "attention"
    assert line("Idle", late=timedelta(1)).tone == line("Running", exceptions=(grave, other)).tone == "stop"
    shown = line("Running", exceptions=(grave, other))
    assert (shown.worst_word, shown.others, shown.worst_sentence) == ("E-1 critical", "and 1 more", grave.sentence)
    assert shown.worst_href == "/batches/B-1/exceptions/E-1/"
    assert (line().worst, line().worst_href, line().others) == ("", "", "")


def test_a_line_names_two_steps_and_who_is_needed_once() -> None:
    one = line("Running", *(step(name) for name in ("Weigh", "Mix", "Heat", "Weigh")),
               wanted=(Wanted("step", ("operator",)), Wanted("step", ("operator",)), Wanted("check"),
                       Wanted("sign", ("qa", "qualified_person"))))  # fmt: skip
    assert one.steps == "Weigh, Mix and 1 more"
    assert one.whom == "Operator, a second person, Quality assurance or Qualified Person"
    assert line("Running").whom == "nobody"
    silent = Present(Batch(number="B-1", state="Running"), (), (), (), (), None, None, "Coating may begin in 11 h")
    assert BatchNow(silent, AT).steps == "waits: Coating may begin in 11 h"
    assert line("Complete").href == "/batches/B-1/review/"


def test_a_suite_shows_all_that_runs_and_a_few_of_what_waits() -> None:
    rows = tuple(line(state) for state in ("Running", "Held", *("Idle",) * 5, *("Complete",) * 4))
    suite = SuiteNow("SOLIDS", "Solid dosage", (), rows)
    assert [one.present.batch.state for one in suite.shown].count("Idle") == 3
    assert len(suite.shown) == 8
    assert suite.more == "3 more are planned or wait for review."
    assert suite.counted == "1 running, 1 held, 5 planned, 4 to review"
    assert SuiteNow("BIO", "Biologics", (), ()).counted == "nothing runs"


def test_the_strip_places_bars_marks_and_now_in_percent_of_the_day() -> None:
    since = AT - day.BEHIND
    bars = (
        day.Bar("B-1", "FCT", AT - timedelta(hours=30), AT - timedelta(hours=14), "/batches/B-1/"),
        day.Bar("B-2", "<FCT>", AT - timedelta(hours=2), None),
        day.Bar("B-3", "FCT", AT + timedelta(hours=1), AT + timedelta(hours=4), planned=True),
    )
    mark = day.Mark("E-1", AT - timedelta(hours=8), "stop", "pH < 6", "/e/")
    strip = day.Strip("Solids", (day.Lane("TP-101", "/u/", bars, (mark,)),), since, AT, UTC)
    assert [strip.percent(at) for at in (since, AT, strip.until, AT + timedelta(days=9))] == [0, 83.33, 100, 100]
    drawn = strip.drawing
    assert 'x="0.0%" y="23" width="25.0%"' in drawn, "what began before is cut at the edge"
    assert 'x="75.0%" y="23" width="8.33%"' in drawn, "what goes on ends now"
    assert drawn.count('class="bar open"') == drawn.count('class="bar planned"') == 1
    assert 'data-tone="stop" x="50.0%"' in drawn
    assert "&lt;FCT&gt;" in drawn
    assert "11-23 00:00" in drawn
    assert "3 uses of units, 1 exceptions" in drawn


def test_home_tells_each_batch_with_its_step_its_deviation_and_who_is_needed(shift: Shift) -> None:
    plant = shift.workshop.plant
    second = shift.actor("supervisor")
    running, _late = shift.started(), shift.batch(planned_for=clock.now() - timedelta(hours=3))
    shift.do(running, "clear", point_1="yes", point_2="yes", _checker=second)
    shift.do(running, "heat", temperature="89.0", _checker=second)
    ended = shift.to_the_end(shift.started())
    page = words(plant.log_in(Client(), "qa"))
    assert "1 running, 1 late, 1 planned, 1 to review, 1 open exception." in page
    raised = shift.exception(running)
    assert f"{raised.number} {raised.severity}" in page
    assert "late by 3 h" in page
    assert "Without a unit" not in page, "a plant without units has no suites"
    for one in (running, ended):
        assert one.number in page
    assert re.search(r"Supervisor assess 1 exception", page)
    assert re.search(r"Quality assurance review 1 record", page)
    assert "Operator perform 1 open step start 1 batch" in page
    fragment = plant.log_in(Client(), "operator").get("/now/rows").content.decode()
    assert "<html" not in fragment
    assert f'id="batch-{running.number}"' in fragment, "by its id a link keeps its focus"


@pytest.mark.requirement("11.10(g)")
def test_a_sponsor_is_told_of_the_own_batches_and_of_nobody_elses(shift: Shift) -> None:
    batch = shift.started()
    plant = shift.workshop.plant
    own, foreign = words(plant.log_in(Client(), "sponsor_a")), words(plant.log_in(Client(), "sponsor_b"))
    assert "Your batches" in own
    assert batch.number in own
    assert "Who is needed What" not in own
    assert "No batch of yours runs, is planned or waits for review" in foreign
    assert batch.number not in foreign
    assert batch.number not in plant.log_in(Client(), "sponsor_b").get("/api/now").content.decode()
    assert batch.number not in plant.log_in(Client(), "sponsor_b").get("/now/day").content.decode()
    told = plant.log_in(Client(), "sponsor_a").get("/api/now").json()
    assert [one["batch"] for suite in told["suites"] for one in suite["batches"]] == [batch.number]
    assert told["needs"] == []


def test_an_empty_plant_says_what_fills_it(shift: Shift) -> None:
    plant = shift.workshop.plant
    page = words(plant.log_in(Client(), "process_engineer"))
    assert "Nothing runs." in page
    assert "The plant has no suite yet" in page
    assert "Add an area" in page
    assert "Add an area" not in words(plant.log_in(Client(), "operator"))


def test_the_queries_do_not_grow_with_the_batches(shift: Shift) -> None:
    second, actor = shift.actor("supervisor"), shift.actor("qa")

    def more() -> None:
        batch = shift.started()
        shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=second)
        shift.do(batch, "heat", temperature="89.0", _checker=second)
        shift.do(batch, "look", choice="clear")
        shift.to_the_end(shift.started())
        shift.batch()

    for _ in range(2):
        more()
    with CaptureQueriesContext(connection) as few:
        day.strips(actor, now.now_of(actor), UTC)
    for _ in range(3):
        more()
    with CaptureQueriesContext(connection) as many:
        day.strips(actor, now.now_of(actor), UTC)
    assert len(many) <= len(few)
    assert len(many) <= 45


def test_how_long_it_still_takes_is_told_from_the_batches_before(shift: Shift) -> None:
    start = clock.now() + timedelta(days=1)
    for number in range(3):
        begun = start + timedelta(hours=10 * number)
        with clock.frozen(begun):
            batch = shift.started()
        with clock.frozen(begun + timedelta(hours=2 + number)):
            shift.to_the_end(batch)
    with clock.frozen(start + timedelta(hours=40)):
        running = shift.started()
    with clock.frozen(start + timedelta(hours=41)):
        seen = now.now_of(shift.actor("operator"))
    found = next(one for one in seen.batches if one.number == running.number)
    assert found.time == "about 2 h left", "half of them took 3 h from this step on"


def test_units_stand_in_their_suite_with_their_state_and_their_batch(demo_plant: None) -> None:
    user = User.objects.select_related("sponsor").get(username="m.kowalska")
    actor = access.actor_of(user, "operator")
    seen = now.now_of(actor)
    assert [one.name for one in seen.suites] == ["Solid dosage", "Biologics", "Aseptic filling"]
    chips = {one.tag: one for suite in seen.suites for one in suite.units}
    inside = {tag: one for tag, one in chips.items() if one.batch}
    assert inside
    assert all(one.state == "in_use" and one.word == one.batch for one in inside.values())
    assert {one.tone for one in chips.values()} == {"normal", "attention", "stop"}
    strips = day.strips(actor, seen, UTC)
    bars = [bar for strip in strips for lane in strip.lanes for bar in lane.bars]
    assert {bar.batch for bar in bars if bar.until is None} == {one.batch for one in inside.values()}
    page = words(Plant({user.username: user}).log_in(Client(), user.username))
    assert "The plant has no suite yet" not in page
    assert "No batch is in this suite. A batch appears here when it is made" in page
    assert "The same as a table" in page


def test_the_terminal_and_the_edge_tell_the_same(shift: Shift) -> None:
    from batchwright.cli import application

    batch = shift.started()
    run = CliRunner().invoke(application(None), ["now", "--json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.output)
    edge = shift.workshop.plant.log_in(Client(), "inspector").get("/api/now").json()
    assert told["suites"] == edge["suites"]
    assert told["summary"] == edge["summary"] == "1 running."
    plain = CliRunner().invoke(application(None), ["now"])
    assert batch.number in plain.output
    assert "Operator: perform 1 open step" in plain.output
