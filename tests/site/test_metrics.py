"""Figures for a monitoring system and for people: what they say, and who may read them."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from batchwright import record
from batchwright.kernel import figures
from batchwright.kernel.errors import DomainError
from batchwright.people.models import Sponsor, User
from batchwright.site import log_lines, metrics, processes
from batchwright.site import requests as around
from batchwright.site.web import figure_words, keeping
from batchwright.site.web.errors import failed
from tests.people.plant import Plant

TOKEN = "a-token-of-32-characters-or-more"


def asked(**headers: str) -> int:
    request = RequestFactory().get("/metrics", **headers)  # type: ignore[arg-type]
    return keeping.prometheus(request).status_code


def with_settings(settings: Settings, **changed: object) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=changed)


@pytest.mark.requirement("11.10(d)")
def test_figures_are_for_this_machine_or_for_who_has_the_token(plant: Plant, settings: Settings) -> None:
    from pydantic import SecretStr

    assert asked() == 200
    assert asked(REMOTE_ADDR="::1") == 200
    assert asked(REMOTE_ADDR="10.1.2.3") == 403
    assert asked(REMOTE_ADDR="") == 403
    with_settings(settings, behind_proxy=True)
    assert asked() == 403, "behind a proxy everybody comes from this machine"
    with_settings(settings, metrics_token=SecretStr(TOKEN))
    assert asked(REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION=f"Bearer {TOKEN}") == 200
    for wrong in ("", TOKEN, f"Bearer {TOKEN}x", "Bearer ", "Bearer \xe9"):
        assert asked(HTTP_AUTHORIZATION=wrong) == 403, wrong
    with_settings(settings, behind_proxy=False)
    assert asked() == 403, "where there is a token it is needed"


def value_of(said: str, name: str) -> float:
    match = re.search(rf"^{re.escape(name)} (\S+)$", said, flags=re.MULTILINE)
    assert match, f"{name} is not in\n{said}"
    return float(match[1])


def test_the_figures_say_what_the_record_holds_and_name_nobody(plant: Plant, client: Client) -> None:
    plant.log_in(client, "qa")
    client.get("/people/")
    client.get("/nowhere")
    record.checkpoint()
    said = client.get("/metrics").content.decode()
    newest = record.Entry.objects.order_by("-seq")[0].seq
    assert value_of(said, "batchwright_record_length") == newest
    counted = re.findall(r"^batchwright_record_entries_total\{.*\} (\S+)$", said, flags=re.MULTILINE)
    assert sum(map(float, counted)) == newest
    assert value_of(said, "batchwright_record_unsigned_entries") == 0
    assert 0 <= value_of(said, "batchwright_record_checkpoint_age_seconds") < 60
    assert value_of(said, 'batchwright_requests_total{page="people:people",status="200"}') >= 1
    assert value_of(said, 'batchwright_requests_total{page="none",status="404"}') >= 1
    assert value_of(said, 'batchwright_batches{state="Running"}') == 0
    names = [*Sponsor.objects.values_list("code", flat=True), *Sponsor.objects.values_list("name", flat=True)]
    names += User.objects.values_list("printed_name", flat=True)
    assert len(names) > 10
    assert [name for name in names if name in said] == []


def test_entries_are_counted_on_from_where_the_last_look_ended(plant: Plant) -> None:
    from batchwright.site.figures import _EntriesByType

    look = _EntriesByType()
    before = dict(look())
    plant.accept("qa")
    after = dict(look())
    newest = record.Entry.objects.order_by("-seq")[0]
    assert after[newest.type] == before.get(newest.type, 0) + 1
    assert sum(after.values()) == newest.seq
    look._hash = b"of another plant's entry"
    assert look() == after, "counted anew"


@pytest.mark.requirement("11.10(d)")
def test_the_page_says_the_same_in_words_to_those_who_keep_the_plant(plant: Plant, client: Client) -> None:
    shown = plant.log_in(client, "administrator").get("/site/health").content.decode()
    assert "batchwright_record_length" in shown
    assert "Start it: batchwright worker" in shown
    assert "Something must be mended" in shown  # neither web nor worker run here
    assert 'href="/site/health"' in shown
    assert plant.log_in(client, "operator").get("/site/health").status_code == 403
    assert 'href="/site/health"' not in client.get("/").content.decode()


def test_figures_are_written_in_their_unit() -> None:
    assert figure_words.value("record_length", 48211) == "48,211"
    assert figure_words.value("record_checkpoint_age_seconds", 7800) == "2 h 10 min"
    assert figure_words.value("process_memory_bytes", 84934656) == "81 MiB"
    assert figure_words.value("record_whole", 1) == "yes"
    assert figure_words.value("process_start_time_seconds", 0) == "1970-01-01 00:00 UTC"


def test_two_figures_cannot_have_one_name() -> None:
    taken = figures.registered()[0]
    figures.register(taken)
    other = figures.Figure(name=taken.name, words=lambda: "", read=dict)
    with pytest.raises(DomainError, match="Two figures have one name"):
        figures.register(other)


def test_what_the_database_refuses_is_counted_by_kind(plant: Plant) -> None:
    before = metrics.Summary().errors("database_errors").get("OperationalError", 0)
    other = metrics.Summary().errors("database_errors").get("ProgrammingError", 0)
    from django.db import transaction

    with pytest.raises(DatabaseError), transaction.atomic(), metrics.counting_database_errors():
        connection.cursor().execute("SELECT 1 FROM no_such_table")
    now = metrics.Summary().errors("database_errors")
    assert now.get("OperationalError", 0) + now.get("ProgrammingError", 0) == before + other + 1


CHILD = """
import os, sys
from batchwright.site import start
start.set_up_django()
from batchwright.site import metrics
metrics.share_between_processes()
import subprocess
code = "from batchwright.site import start; start.set_up_django(); from batchwright.site import metrics;"
code += "metrics.REQUESTS.labels('home', '200').inc(3); metrics.SECONDS.labels('home').observe(0.2)"
for _ in range(2):
    subprocess.run([sys.executable, "-c", code], check=True)
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
metrics.share_between_processes()
print("left", len(list(__import__("pathlib").Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*.db"))))
"""


def test_the_web_processes_of_a_machine_count_together(tmp_path: Path) -> None:
    environment = {**os.environ, "BATCHWRIGHT_PLANT_FOLDER": str(tmp_path), "BATCHWRIGHT_DATABASE_URL": ""}
    done = subprocess.run([sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=True)
    assert value_of(done.stdout, 'batchwright_requests_total{page="home",status="200"}') == 6
    assert value_of(done.stdout, 'batchwright_request_seconds_count{page="home"}') == 2
    assert "left 0" in done.stdout, "what dead processes counted is dropped at the next start"


def test_every_answer_has_a_number_that_the_log_and_the_error_page_repeat(
    plant: Plant, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with_settings(settings, log_format="json")
    plant.log_in(client, "operator")
    with caplog.at_level(logging.INFO, "batchwright.request"):
        answer = client.get(
            reverse("people:person", args=["someone-secret"]) + "?q=7.9", headers={"X-Request-Id": "mine"}
        )
    number = answer.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{16}", number)
    assert number in answer.content.decode()
    line = json.loads(log_lines.JsonLines().format(caplog.records[-1]))
    assert (line["request_id"], line["status"], line["actor"]) == (number, answer.status_code, "operator")
    assert (line["page"], line["method"]) == ("people:person", "GET")
    assert line["ms"] > 0
    assert "secret" not in json.dumps(line)
    assert "7.9" not in json.dumps({**line, "ms": 0, "at": ""})
    caplog.clear()
    client.get("/health")
    assert [one for one in caplog.records if one.name == "batchwright.request"] == []


@pytest.mark.requirement("Annex 11, 13")
def test_a_fault_of_ours_is_counted_and_its_page_says_its_number() -> None:
    request = RequestFactory().get("/")

    def fails(asked: HttpRequest) -> HttpResponse:
        return failed(asked)

    before = metrics.Summary().errors("failures").get("ZeroDivisionError", 0)
    middleware = around.RequestMiddleware(fails)
    answer = middleware(request)
    middleware.process_exception(request, ZeroDivisionError())
    middleware.process_exception(request, Http404())
    assert answer.headers["X-Request-Id"] in answer.content.decode()
    assert metrics.Summary().errors("failures")["ZeroDivisionError"] == before + 1


def test_a_process_says_that_it_lives_and_how_it_ended(settings: Settings, tmp_path: Path) -> None:
    with_settings(settings, plant_folder=tmp_path)
    presence = processes.Presence("worker")
    (one,) = processes.known()
    assert one.alive
    assert one.memory > 1 << 20
    assert processes.failures() == {}
    presence.fail(DomainError("x"))
    assert processes.known() == []
    assert (processes.failures()["worker"].count, processes.failures()["worker"].error) == (1, "DomainError")
    # one that was killed left its file, and the next one finds it
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = json.dumps({**processes._plain(one), "pid": ended.pid})
    (tmp_path / "processes" / f"worker-{one.host}-{ended.pid}.json").write_text(left)
    assert [found.alive for found in processes.known()] == [False]
    processes.Presence("worker").leave()
    assert processes.known() == []
    assert (processes.failures()["worker"].count, processes.failures()["worker"].error) == (2, "killed")


@pytest.mark.requirement("11.300(d)")
def test_behind_a_proxy_a_request_comes_from_whom_the_proxy_says(settings: Settings) -> None:
    came: list[str] = []

    def note(request: HttpRequest) -> HttpResponse:
        came.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    middleware = around.RequestMiddleware(note)
    said = {"X-Forwarded-For": "6.6.6.6, 10.1.2.3"}  # the first was sent by the browser, the last by the proxy
    middleware(RequestFactory().get("/", headers=said))
    with_settings(settings, behind_proxy=True)
    middleware(RequestFactory().get("/", headers=said))
    middleware(RequestFactory().get("/", headers={"X-Forwarded-For": "nonsense"}))
    assert came == ["127.0.0.1", "10.1.2.3", "127.0.0.1"]
