"""``batchwright check`` says what an installation lacks, and how to mend it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.contrib.auth import hashers
from django.db import connection
from pytest_django import Settings

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import demo, services
from batchwright.people.quick_digest import QuickDigest
from batchwright.record.runs import VerificationRun
from batchwright.site import checks, entries, processes, start
from batchwright.site import settings as site_settings
from batchwright.site.start import Finding
from tests.databases import REPOSITORY
from tests.people.plant import Plant


class Space(NamedTuple):
    """What `shutil.disk_usage` gives."""

    total: int
    used: int
    free: int


def with_settings(settings: Settings, **changed: object) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=changed)


def found(name: str, *, running: bool = False) -> Finding:
    (one,) = [one for one in checks.look(running=running) if one.name == name]
    return one


def address(settings: Settings, **changed: object) -> list[str]:
    with_settings(settings, **changed)
    return [f"{one.word} {one.name}" for one in checks._address(settings.CONFIGURATION)]


def test_an_address_that_is_not_encrypted_is_for_this_machine_alone(settings: Settings) -> None:
    assert address(settings, public_url="http://localhost:8000") == ["fine public address"]
    assert address(settings, public_url="http://plant.example.com") == ["WRONG public address"]
    assert address(settings, public_url="https://plant.example.com") == ["WRONG public address"], "nothing ends TLS"
    assert address(settings, behind_proxy=True) == ["fine public address"]
    assert address(settings, web_address="0.0.0.0") == ["fine public address", "note address of web"]
    assert address(settings, public_url="http://plant.example.com", debug=True)[-1] == "WRONG debug"


@pytest.mark.requirement("11.300(a)")
def test_a_plant_with_people_of_its_own_does_not_keep_passwords_as_the_demo_does(
    plant: Plant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "demo" not in [one.name for one in start.check()]
    with_settings(settings, demo=True)
    assert not found("demo").fine
    with pytest.raises(DomainError, match="The plant cannot start: demo"):
        start.require()
    monkeypatch.setattr(demo, "FIRST_KEY", "this very plant")
    services.enrol_sponsor(actor=record.SITE, code="DEMO", name="Demo", idempotency_key="this very plant")
    assert found("demo").fine


def test_a_quick_digest_of_the_demo_lets_nobody_into_a_plant_in_production(settings: Settings) -> None:
    quick = QuickDigest().encode("amber-orchard-violin-17", "salt")
    settings.PASSWORD_HASHERS = ["batchwright.people.quick_digest.QuickDigest"]
    assert hashers.check_password("amber-orchard-violin-17", quick)
    assert not hashers.check_password("amber-orchard-violin-18", quick)
    settings.PASSWORD_HASHERS = site_settings.PASSWORD_HASHERS
    assert not hashers.check_password("amber-orchard-violin-17", quick)


def test_a_full_disk_and_a_folder_of_another_account_are_found(
    plant: Plant, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_settings(settings, plant_folder=tmp_path)
    for free, word in ((10 * 1024**3, "fine"), (2 * 1024**3, "note"), (100 * 1024**2, "WRONG")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: Space(0, 0, free))
        assert found("plant folder").word == word
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot write" in found("plant folder").says


def test_the_databases_own_settings_are_looked_at(plant: Plant) -> None:
    said = found("database settings")
    if connection.vendor == "postgresql":
        assert "fsync off" in said.says  # that of the tests does not wait for the disk
        assert said.word == "note"
        assert found("database settings", running=True).word == "WRONG"
        assert found("pg_dump").fine
    else:
        assert "journal wal" in said.says
        assert said.word == "fine"


def test_a_clock_that_lies_before_the_last_entry_is_found(plant: Plant) -> None:
    assert found("clock").fine
    with clock.frozen(clock.now() - timedelta(hours=1)):
        said = found("clock")
    assert said.word == "WRONG"
    assert "after now" in said.says


@pytest.mark.requirement("Annex 11, 11")
def test_back_up_and_verification_are_asked_for_when_they_are_old(plant: Plant) -> None:
    assert (found("back-up").word, found("verification").word) == ("note", "note")
    said = entries.SiteBackedUp(file="x", bytes=1, sha256="0" * 64, covered_to=1, head="", with_keys=False)
    assert "x" in said.sentence()
    now = clock.now()
    run = {"started_at": now, "heard_at": now, "finished_at": now, "started_by": "qa", "started_name": "Qa"}
    VerificationRun.objects.create(report={"whole": True, "findings": [], "tree_size": 7}, **run)
    assert found("verification").word == "fine"
    with clock.frozen(now + timedelta(days=9)):
        assert found("verification").word == "note"
        VerificationRun.objects.create(
            report={"whole": False, "findings": [{}]}, **{**run, "started_at": clock.now(), "finished_at": clock.now()}
        )
        assert found("verification").word == "WRONG"
    assert record.entries_visible_to(record.SITE).exists()


@pytest.fixture
def nobody_listens(settings: Settings, tmp_path: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # kept, so that nobody else is given it
        port = int(probe.getsockname()[1])
        with_settings(settings, plant_folder=tmp_path, web_port=port)
        yield port


def test_web_and_worker_that_do_not_run_are_wrong_in_production_only(plant: Plant, nobody_listens: int) -> None:
    assert (found("web").word, found("worker").word) == ("note", "note")
    assert (found("web", running=True).word, found("worker", running=True).word) == ("WRONG", "WRONG")
    presence = processes.Presence("worker")
    assert found("worker", running=True).word == "fine"
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        silent = found("worker", running=True)
        assert silent.word == "WRONG"
        assert "silent since" in silent.says
        presence.beat(3)
        assert found("worker", running=True).fine
    presence.fail(ValueError("x"))
    assert "the last ValueError" in found("worker").says


def test_something_else_that_listens_is_not_the_plant(plant: Plant, nobody_listens: int) -> None:
    code = (
        "import http.server, sys\n"
        "server = http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)\n"
        "print('ready', flush=True); server.handle_request()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(nobody_listens)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert "answers with 404" in found("web", running=True).says


DEPLOY = REPOSITORY / "deploy"


def test_the_units_of_systemd_are_sound(tmp_path: Path) -> None:
    units = sorted((DEPLOY / "systemd").iterdir())
    assert [unit.name for unit in units if unit.suffix == ".service"] == [
        "batchwright-backup.service", "batchwright-web.service", "batchwright-worker.service"
    ]  # fmt: skip
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    for unit in units:
        text = unit.read_text().replace("/opt/batchwright/.venv/bin/batchwright", shutil.which("true") or "/bin/true")
        (tmp_path / unit.name).write_text(text)
    files = [str(tmp_path / unit.name) for unit in units]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "batchwright" in line] == []


def test_the_proxy_overwrites_what_the_plant_believes() -> None:
    passed = (DEPLOY / "nginx" / "batchwright-proxy.conf").read_text()
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in passed
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in passed
    site = (DEPLOY / "nginx" / "batchwright.conf").read_text()
    assert site.count("proxy_pass") == site.count("include /etc/nginx/batchwright-proxy.conf;")
    assert site.count("access_log off;") == site.count("server {")
