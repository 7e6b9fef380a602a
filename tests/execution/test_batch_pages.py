"""The pages of a batch: how it is going, what was not as it should be, and what a reviewer has to judge."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from batchwright.execution import needs_quality, services
from batchwright.execution.models import Batch, BatchException
from batchwright.execution.states import Command
from batchwright.execution.web.batch_forms import MakeForm
from batchwright.recipes import site
from tests.execution.shift import OPERATE, SYRUP, Shift
from tests.people.plant import PASSWORD


def at(name: str, *arguments: object) -> str:
    return reverse(f"execution:{name}", args=arguments)


@pytest.fixture
def enter(shift: Shift) -> Any:
    """Let somebody in by the name of the role."""
    return lambda name: shift.workshop.plant.log_in(Client(), name)


def words(client: Client, address: str, status: int = 200) -> str:
    """What a page says, without its marks."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def sign(client: Client, address: str, name: str) -> int:
    """Sign by password what a page shows."""
    page = client.get(address)
    form = {"statement": page.context["prepared"].name, "method": "password", "username": name, "password": PASSWORD}
    return client.post(address, form).status_code


@pytest.mark.requirement("211.188")
def test_a_batch_is_planned_seen_running_held_and_ended_on_its_pages(shift: Shift, enter: Any) -> None:
    planner, operator = enter("planner"), enter("operator")
    assert "You see no batch yet" in words(planner, at("batches"))
    assert "SYR1" in words(planner, at("make"))
    form = {"size": "150 kg", "number": "SYR-26-07", "planned_for": "2026-11-23T06:00", "reason": ""}
    shown = planner.post(at("make-of", "SYR1"), {**form, "only_show": "yes"})
    assert b"60.0 kg = 40.0 kg x 150 kg / 100 kg" in shown.content
    assert not Batch.objects.exists(), "looking at the formula makes nothing"
    refused = planner.post(at("make-of", "SYR1"), {**form, "size": "500 kg"})
    assert refused.status_code == 400
    assert b"outside the limits" in refused.content
    assert planner.post(at("make-of", "SYR1"), form).url == at("batch", "SYR-26-07")
    assert words(planner, at("make-of", "NOTHING"), 404)
    assert "Not started" in words(operator, at("batch", "SYR-26-07"))
    assert "operator: start" in words(operator, at("batches") + "?text=syr&state=under+way")
    assert "No batch that you may see fits" in words(operator, at("batches") + "?state=to+review")

    assert operator.post(at("command", "SYR-26-07", "START"), {"reason": ""}).status_code == 302
    shift.do(shift.read("SYR-26-07"), "clear", point_1="yes", point_2="yes")
    page = words(operator, at("batch", "SYR-26-07"))
    assert "Running: Clear the line." in page
    assert "performed by operator, waits for a second person" in page
    assert "second person" in words(operator, at("batches"))
    assert 'class="mark-waits"' in operator.get(at("batch", "SYR-26-07")).content.decode()
    assert operator.post(at("command", "SYR-26-07", "HOLD"), {"reason": ""}).status_code == 400, "hold says why"
    assert operator.post(at("command", "SYR-26-07", "HOLD"), {"reason": "no steam"}).status_code == 302
    assert "Held" in words(operator, at("batch", "SYR-26-07"))
    assert words(operator, at("command", "SYR-26-07", "JUMP"), 404)
    assert words(operator, at("command", "SYR-26-07", "HOLD") + "?path=nowhere", 404)
    stale = operator.post(at("command", "SYR-26-07", "RESTART"), {"reason": "", "expected_version": "1"})
    assert stale.status_code == 409, "somebody acted since the page was shown"
    assert operator.post(at("command", "SYR-26-07", "RESTART"), {"reason": ""}).status_code == 302
    inside = at("command", "SYR-26-07", "HOLD") + "?path=make/cooking"
    assert "Hold" in words(operator, at("run", "SYR-26-07", 2))
    assert "cooking: Running" in words(operator, inside)
    assert operator.post(inside, {"reason": "the vessel is hot"}).status_code == 302
    assert 'class="mark-held"' in operator.get(at("batch", "SYR-26-07") + "?level=").content.decode()
    assert enter("qa").post(at("command", "SYR-26-07", "ABORT"), {"reason": "fire"}).status_code == 403


@pytest.mark.requirement("ALCOA+ original")
def test_every_figure_leads_to_its_step_with_every_attempt_and_its_entry(shift: Shift, enter: Any) -> None:
    batch, second = shift.started(), shift.actor("supervisor")
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=second)
    with pytest.raises(services.AttemptRefused):
        shift.do(batch, "heat", temperature="82.123", _checker=second)
    shift.do(batch, "heat", temperature="89.0", _checker=second)
    run = shift.run(batch, "heat")
    client = enter("qa")
    page = client.get(at("batch", batch.number))
    assert [(one.name, one.amount, one.verdict) for one in page.context["grave"]] == [("Temperature", "89.0", "alert")]
    assert at("run", batch.number, run.position) in page.content.decode()
    said = words(client, at("run", batch.number, run.position))
    assert "82.123" in said
    assert "more decimals" in said
    assert "checked by Supervisor" in said
    assert "82.123 Cel" in said, "the value that was refused stands beside the reason"
    foreign = words(enter("sponsor_a"), at("run", batch.number, run.position))
    assert "more decimals" in foreign
    assert "82.123 Cel" not in foreign, "what refused it may be of another sponsor"
    entries = [one.seq for one in client.get(at("run", batch.number, run.position)).context["attempts"]]
    assert len(set(entries)) == 2
    assert all(f"#{seq}" in said for seq in entries)
    assert reverse("execution:correct", args=[batch.number, run.path]) in client.get(
        at("run", batch.number, run.position)
    ).content.decode()
    look = client.get(at("run", batch.number, shift.run(batch, "look").position)).content.decode()
    assert reverse("execution:step", args=[batch.number, f"{OPERATE}look"]) in look
    assert "It has not begun" in words(client, at("batch", batch.number) + "?level=fill")
    assert words(client, at("run", batch.number, 99), 404)
    assert words(client, at("batch", batch.number) + "?level=nowhere")


@pytest.mark.requirement("211.192")
def test_an_exception_is_raised_assessed_and_signed_by_two_people_on_its_pages(shift: Shift, enter: Any) -> None:
    batch = shift.started()
    operator, supervisor, quality = enter("operator"), enter("supervisor"), enter("qa")
    shift.workshop.plant.accept("supervisor", "qa")
    form = {"kind": "equipment", "sentence": "The stirrer rattles.", "severity": "minor"}
    refused = operator.post(at("raise", batch.number), form)
    assert b"not made less grave" in refused.content
    made = operator.post(at("raise", batch.number) + "?run=4", {**form, "severity": ""})
    number = BatchException.objects.get().number
    assert made.url == at("exception", batch.number, number)
    assert titles(shift, "supervisor") == [f"Assess exception {number} of {batch.number}"]
    assert titles(shift, "operator") == []
    assert b"cause and impact" in supervisor.get(at("exception-sign", batch.number, number)).content
    form = {"cause": "a worn bearing", "impact": "none: no metal was found", "severity": "major"}
    stale = supervisor.post(at("assess", batch.number, number), {**form, "expected_version": "0"})
    assert stale.status_code == 409
    assert supervisor.post(at("assess", batch.number, number), form).status_code == 302
    assert "waits for the signature “reviewed”" in words(supervisor, at("exception", batch.number, number))
    assert titles(shift, "supervisor") == [f"Sign exception {number} of {batch.number}"]
    assert quality.get(at("exception-sign", batch.number, number)).status_code == 400, "it is the supervisor's turn"
    assert sign(supervisor, at("exception-sign", batch.number, number), "supervisor") == 302
    assert "You have signed it" in words(supervisor, at("exception", batch.number, number))
    assert titles(shift, "qa") == [f"Sign exception {number} of {batch.number}"]
    assert "carries a signature" in words(quality, at("assess", batch.number, number))
    assert number in words(quality, at("exceptions") + "?severity=major")
    assert sign(quality, at("exception-sign", batch.number, number), "qa") == 302
    assert "Closed on" in words(quality, at("exception", batch.number, number))
    assert "No exception is open" in words(quality, at("exceptions"))
    assert words(enter("sponsor_b"), at("exception", batch.number, number), 404)


def titles(shift: Shift, name: str) -> list[str]:
    return [one.title for one in needs_quality.needs_of(shift.actor(name))]


@pytest.mark.requirement("211.100(b)")
def test_a_redline_is_seen_in_sentences_before_it_is_made_and_becomes_an_exception(shift: Shift, enter: Any) -> None:
    batch, client = shift.started(), enter("supervisor")
    assert "Skip step" in words(client, at("redlines", batch.number))

    def post(kind: str, **form: str) -> Any:
        return client.post(at("redline", batch.number, kind), {"reason": "trial", **form})

    narrow = {"field": "heat/temperature", "action_low": "82.0 Cel", "action_high": "88.0 Cel"}
    shown = post("limits", **narrow, only_show="yes")
    assert len(shown.context["told"]) == 1
    assert "82.0 Cel" in shown.context["told"][0]
    assert not BatchException.objects.exists(), "looking changes nothing"
    assert post("limits", **{**narrow, "action_high": "70 Cel"}).status_code == 400
    assert post("limits", field="heat/temperature").status_code == 400
    assert b"nothing" in post("parameter", parameter="sugar", only_show="yes").content
    assert post("limits", **narrow).status_code == 302
    assert post("parameter", parameter="sugar", value="41.0 kg").status_code == 302
    assert post("skip", phase="adjust").status_code == 302
    added = {"behind": f"{'cook'}/fill", "name": "rinse", "title": "Rinse", "instruction": "Rinse the vessel."}
    assert post("add", **added, second_person="on").status_code == 302
    assert post("skip", phase="clear").status_code == 400, "it runs already"
    assert client.get(at("redline", batch.number, "unit")).status_code == 200
    assert client.get(at("redline", batch.number, "everything")).status_code == 404
    page = words(client, at("batch", batch.number))
    assert "revision 5" in page
    assert "by the redline" in page
    assert BatchException.objects.filter(kind="redline").count() == 4
    assert 'class="mark-skipped"' in client.get(at("batch", batch.number)).content.decode()
    shift.command(batch, Command.STOP, reason="trial over")
    assert "takes no redline" in words(client, at("redlines", batch.number))


@pytest.mark.requirement("211.192")
@pytest.mark.requirement("Annex 11, 9")
def test_a_reviewer_judges_what_asks_for_it_and_signs_what_is_shown_in_full(
    shift: Shift, enter: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shift.workshop.plant.accept("qa", "supervisor")
    batch, client = shift.to_the_end(shift.started(), temperature="89.0"), enter("qa")
    page = words(client, at("review", batch.number))
    assert "reasons stand in the way" in page
    assert "The record has not been verified" in page
    assert client.get(at("review-sign", batch.number)).status_code == 400
    shift.close(shift.exception(batch))
    shift.verify_record()
    assert titles(shift, "qa") == [f"Review the record of batch {batch.number}"]
    assert titles(shift, "supervisor") == [], "who made it does not review it"
    found = client.get(at("review", batch.number)).context
    assert [len(found["blocks"]), found["n_fine"] > 20] == [0, True]
    for one in found["to_judge"]:
        assert one.evidence.href or one.check.code == "area"
        assert client.post(at("judge", batch.number), {"key": one.check.key, "text": "no risk"}).status_code == 302
    assert client.post(at("judge", batch.number), {"key": "nothing", "text": "x"}).status_code == 400
    with django_assert_max_num_queries(38):
        assert "it can be signed" in words(client, at("review", batch.number))
    shown = client.get(at("review-sign", batch.number)).context["prepared"].statement.shown
    assert shown.count("-> no risk") == len(found["to_judge"])
    assert enter("supervisor").get(at("review-sign", batch.number)).status_code == 403
    assert sign(client, at("review-sign", batch.number), "qa") == 302
    assert "Reviewed by qa" in words(client, at("review", batch.number))
    assert "its record is reviewed" in words(client, at("batch", batch.number))
    assert "nobody: reviewed" in words(client, at("batches"))
    assert client.get(at("review-sign", batch.number)).status_code == 400
    assert "See review" in words(enter("sponsor_a"), at("batch", batch.number)), "the sponsor reads it"


def test_a_value_that_is_taken_again_and_again_is_drawn_between_its_limits(shift: Shift, enter: Any) -> None:
    batch = shift.started(SYRUP.replace("at_most: 2", "at_most: 4").replace("id: SYR1", "id: SYR4"))
    second = shift.actor("supervisor")
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=second)
    shift.do(batch, "heat", temperature="86.0", _checker=second)
    shift.do(batch, "look", choice="clear")
    address, client = at("run", batch.number, shift.run(batch, "weights").position), enter("operator")
    for weight in ("100.0", "100.2"):
        shift.do(batch, "weights", weight=weight)
    assert "<svg class=\"trend\"" not in client.get(address).content.decode(), "two points are no trend"
    shift.do(batch, "weights", weight="101.5")
    page = client.get(address).content.decode()
    assert "Weight over 3 rounds, from 100.0 g to 101.5 g" in page
    drawn = page[page.index('<svg class="trend"'):]
    drawn = drawn[: drawn.index("</svg>")]
    assert (drawn.count("<circle"), drawn.count('class="beyond"'), drawn.count('class="limit"')) == (2, 1, 2)


class Hall:
    """A site of two tanks, one of which is large enough."""

    def matching(self, _requirements: object) -> site.Matching:
        return site.Matching(("T-2 Large tank",), ("T-1: its volume is 50 L, less than 100 L",))

    def misses_of(self, unit: str, _requirements: object) -> tuple[str, ...]:
        return () if unit == "T-2" else (f"{unit} is too small",)

    def misses(self, _requirements: object) -> tuple[str, ...]:
        return ()


def test_a_planner_is_offered_the_units_that_fit_and_told_why_others_do_not(
    shift: Shift, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "offers", lambda _actor: Hall())
    asked = "id: cooking\n        level: unit procedure\n        equipment: [{id: tank, equipment_class: TANK}]\n"
    source = SYRUP.replace("id: SYR1", "id: SYR9").replace("id: cooking\n        level: unit procedure\n", asked)
    shift.workshop.effective(source)
    client = enter("planner")
    page = words(client, at("make-of", "SYR9"))
    assert "T-2 Large tank" in page
    assert "T-1: its volume is 50 L, less than 100 L" in page
    form = {"size": "100 kg", "unit_0": "T-2", "number": "SYR-26-09"}
    assert client.post(at("make-of", "SYR9"), form).status_code == 302
    assert "T-2" in words(client, at("batch", "SYR-26-09"))
    monkeypatch.setattr(site, "offers", lambda _actor: None)
    assert "are not described in this system" in words(client, at("make-of", "SYR9"))
    supervisor = enter("supervisor")
    monkeypatch.setattr(site, "offers", lambda _actor: Hall())
    same = supervisor.post(
        at("redline", "SYR-26-09", "unit"), {"element": "cooking", "unit": "T-2", "reason": "x", "only_show": "yes"}
    )
    assert same.status_code == 400, "the same unit changes nothing"


def test_pages_ask_the_database_as_often_whatever_the_batch_has_seen(
    shift: Shift, enter: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = enter("qa")
    shift.started()
    batch = shift.to_the_end(shift.started(), temperature="89.0")
    for _ in range(3):
        shift.batch()
    client.get(at("batches"))
    for address, most in (
        (at("batches"), 18), (at("batch", batch.number), 32), (at("exceptions"), 17),
        (at("run", batch.number, shift.run(batch, "heat").position), 26),
        (at("exception", batch.number, shift.exception(batch).number), 31),
    ):  # fmt: skip
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_a_size_that_is_counted_is_written_as_people_count() -> None:
    def size(written: str) -> str:
        form = MakeForm({"size": written}, limits="900000 {tablets} to 1200000 {tablets}", asked={})
        assert form.fields["size"].help_text == "900000 tablets to 1200000 tablets"
        assert form.is_valid(), form.errors
        return str(form.cleaned_data["size"])

    assert size("1000000 tablets") == size("1000000 {tablets}") == "1000000 {tablets}"
    assert size("100 kg") == "100 kg", "what is no count is judged by the recipe"
