"""The shell's own pages: what needs me, find, light or dark, and errors that help."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.people import services, sessions
from batchwright.people.permissions import Refused
from batchwright.record.runs import VerificationRun
from batchwright.site.web import answers, errors, frame, needs
from tests.people.plant import ADDRESS, Plant


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def outcome(report: dict[str, object]) -> VerificationRun:
    now = clock.now()
    return VerificationRun.objects.create(
        started_at=now, heard_at=now, finished_at=now, started_by="qa", started_name="Qa", report=report
    )


def test_what_needs_me_lists_the_most_urgent_first(plant: Plant, client: Client) -> None:
    for _ in range(5):
        attempt = sessions.Attempt("password", ADDRESS)
        sessions.refuse_known(user=plant.user("analyst"), why="wrong password", attempt=attempt, counts=True)
    found = needs.needs_of(plant.actor("qa"))
    assert [need.tone for need in found] == sorted((need.tone for need in found), key=needs._URGENCY.__getitem__)
    shown = page(plant.log_in(client, "qa"), "/")
    assert "Analyst is locked" in shown
    assert "Check the record" in shown


def test_where_nothing_is_to_do_the_page_says_what_would_appear(plant: Plant, client: Client) -> None:
    plant.accept("planner")
    shown = page(plant.log_in(client, "planner"), "/")
    assert "Nothing needs you now" in shown
    assert "appear here by themselves" in shown
    assert "nothing needs you" in shown


def test_the_count_in_the_header_is_new_as_soon_as_something_was_recorded(plant: Plant, client: Client) -> None:
    actor = plant.actor("planner")
    assert needs.count_of(actor) == 1
    plant.accept("planner")
    assert needs.count_of(actor) == 0
    cache.clear()
    assert needs.count_of(actor) == 0


def test_the_footer_says_how_far_the_record_is_whole(plant: Plant, client: Client) -> None:
    plant.log_in(client, "qa")
    assert "record not signed yet" in page(client, "/")
    record.checkpoint()
    assert "record signed to #" in page(client, "/")
    outcome({"whole": True, "findings": [], "tree_size": 48211})
    assert "record whole to #48,211" in page(client, "/")


@pytest.mark.requirement("11.10(a)")
def test_a_broken_record_is_the_first_thing_quality_assurance_sees(plant: Plant, client: Client) -> None:
    outcome({"whole": False, "findings": [{"cause": "edited", "message": "x", "seq": 3}]})
    shown = page(plant.log_in(client, "qa"), "/")
    assert "record does not hold" in shown
    assert needs.needs_of(plant.actor("qa"))[0].tone == "stop"
    assert "Broken" in page(client, "/record/")


def test_a_person_sees_only_the_places_where_the_role_may_read(plant: Plant, client: Client) -> None:
    assert 'href="/training/"' in page(plant.log_in(client, "operator"), "/")
    assert 'href="/training/"' not in page(plant.log_in(client, "sponsor_a"), "/")


def test_a_number_a_subject_or_a_name_is_found_from_one_box(plant: Plant, client: Client) -> None:
    plant.log_in(client, "qa")
    assert client.get("/find?q=%233").headers["Location"] == "/record/3/"
    assert client.get("/find?q=user/operator").headers["Location"] == "/record/of/user/operator/"
    assert client.get("/find?q=Qualified").status_code == 302
    many = page(client, "/find?q=sponsor")
    assert "Sponsor A" in many
    assert "sponsor/ALPHA" in many
    assert "Nothing that you may see is called" in page(client, "/find?q=zzz")
    assert "Type or scan" in page(client, "/find")


def test_a_scanned_label_of_any_length_is_harmless(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    assert "Nothing that you may see" in page(client, "/find?q=" + "9" * 3000)
    assert "&lt;b&gt;" in page(client, "/find?q=<b>")


def test_light_or_dark_is_kept_on_the_device_and_leads_back(plant: Plant, client: Client) -> None:
    plant.log_in(client, "operator")
    answer = client.post("/theme", {"theme": "dark", "next": "/record/"})
    assert answer.headers["Location"] == "/record/"
    assert 'data-theme="dark"' in page(client, "/")
    client.post("/theme", {"theme": "", "next": "https://elsewhere.example/"})
    assert "data-theme=" not in page(client, "/").split("<head>")[0]
    assert client.post("/theme", {"next": "//elsewhere.example/"}).headers["Location"] == "/"


def test_a_cookie_that_somebody_made_up_is_ignored() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = '"><script>'
    assert frame.theme_of(request) == ""


def test_a_page_without_a_request_has_nobody_in_its_frame() -> None:
    assert frame.frame_of(None).person is None
    assert errors.failed(RequestFactory().get("/")).status_code == 500


def test_what_is_not_there_is_answered_inside_the_frame_for_those_signed_in(plant: Plant, client: Client) -> None:
    assert "Sign out" in page(plant.log_in(client, "operator"), "/nowhere/", status=404)
    assert "no such page, or not for you" in page(Client(), "/nowhere/", status=404)


@pytest.mark.requirement("11.10(g)")
def test_a_refusal_says_what_was_asked_for_and_who_may(plant: Plant, client: Client) -> None:
    shown = page(plant.log_in(client, "operator"), "/people/enrol/", status=403)
    assert "user.enrol" in shown
    assert "Administrator, Quality assurance" in shown


@pytest.mark.requirement("11.10(e)")
def test_a_late_edit_is_told_who_changed_what_since(plant: Plant, client: Client) -> None:
    user = plant.user("operator")
    services.change_user(
        actor=plant.actor("administrator"), user=user, printed_name="Olga Weber", email="", reason="married"
    )
    plant.log_in(client, "qa")
    answer = client.post(
        "/people/person/operator/change/",
        {"printed_name": "O. Weber", "email": "", "reason": "typo", "expected_version": str(user.version - 1)},
    )
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Administrator changed" in shown
    assert "printed_name" in shown
    assert plant.user("operator").printed_name == "Olga Weber"


def answered(error: Exception, method: str = "POST") -> HttpResponse | None:
    def nothing(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    request = RequestFactory().generic(method, "/anything/", headers={"Referer": "/from/"})
    return answers.ErrorPages(nothing).process_exception(request, error)


def test_an_error_of_the_plant_becomes_a_page_with_value_limit_and_remedy() -> None:
    for error, status in (
        (DomainError("pH is above its limit", value="7.9", limit="<= 7.6", remedy="Measure again."), 400),
        (Unavailable("Scale SC-04 does not answer", value="7.9", limit="<= 7.6", remedy="Measure again."), 503),
        (Refused("Not yours", value="7.9", limit="<= 7.6", remedy="Measure again."), 403),
        (record.Stale("Changed", value="7.9", limit="<= 7.6", remedy="Measure again."), 409),
    ):
        answer = answered(error)
        assert answer is not None
        assert answer.status_code == status
        shown = answer.content.decode()
        assert "7.9" in shown
        assert "&lt;= 7.6" in shown
        assert "Measure again." in shown


def test_a_bug_is_not_dressed_up() -> None:
    assert answered(ValueError("x")) is None


def test_the_gallery_shows_every_part(plant: Plant, client: Client) -> None:
    shown = page(plant.log_in(client, "operator"), "/parts/")
    for part in ("chip", "notice", "need", "facts", "figures", "progress", "pages", "empty", "sign-shown"):
        assert part in shown


def test_a_lost_run_and_a_running_one_are_told_apart() -> None:
    now = clock.now()
    run = VerificationRun(started_at=now, heard_at=now)
    assert run.state == "running"
    assert run.active
    run.heard_at = now - timedelta(minutes=2)
    assert run.state == "lost"
    run.finished_at, run.report = now, {"whole": False, "findings": []}
    assert run.state == "cancelled"
    assert "cancelled" in str(run)


def test_who_reads_and_plans_is_told_where_to_begin_and_led_only_where_the_role_may_go(plant: Plant) -> None:
    roles = ("administrator", "analyst", "inspector", "planner", "process_engineer", "qualified_person", "sponsor_a")
    for role in roles:
        reader = plant.log_in(Client(), role)
        home = reader.get("/").content.decode()
        places = re.findall(r'href="([^"]+)"', home[home.index('class="starts"') :].partition("</nav>")[0])
        assert len(places) >= 2, role
        assert [place for place in places if reader.get(place).status_code != 200] == [], role
    assert 'class="starts"' not in plant.log_in(Client(), "operator").get("/").content.decode()
    assert "You read and change nothing" in plant.log_in(Client(), "inspector").get("/").content.decode()


def test_who_keeps_the_system_is_led_to_what_its_checks_find(plant: Plant) -> None:
    (need,) = [one for one in needs.needs_of(plant.actor("administrator")) if one.href == "/site/health"]
    assert "back-up" in need.why
    assert not [one for one in needs.needs_of(plant.actor("qa")) if one.href == "/site/health"]
