"""The command line as people and scripts meet it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from batchwright import __version__, cli
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.site import commands, start
from tests.conftest import PlantDatabase


def batchwright(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "-m", "batchwright.cli", *words],
        env={**bare, **environment, "NO_COLOR": "1", "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def run(*words: str) -> int:
    """Run a command in this process, as `main` does; the exit code."""
    with pytest.raises(SystemExit) as left:
        cli.main(list(words))
    return left.value.code if isinstance(left.value.code, int) else int(left.value.code is not None)


def test_help_is_quick_because_it_loads_no_capability() -> None:
    batchwright("--help")
    before = os.times()
    done = batchwright("--help")
    spent = os.times()
    worked = spent.children_user + spent.children_system - before.children_user - before.children_system
    assert worked < 2  # seconds of a processor, 0.4 as a rule; by the clock the tests share theirs with others
    for command in ("demo", "migrate", "check", "config", "user", "record", "bench"):
        assert command in done.stdout
    code = "import sys\nfrom batchwright import cli\ncli.application(None)\nprint('django' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert loaded.stdout.strip() == "False"


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"batchwright {__version__}\n"


def test_wrong_settings_end_in_sentences_and_exit_code_2_without_a_traceback(tmp_path: Path) -> None:
    done = batchwright("config", BATCHWRIGHT_WEB_PORT="many", BATCHWRIGHT_SITE_ZON="UTC")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "BATCHWRIGHT_SITE_ZON is no setting. Did you mean BATCHWRIGHT_SITE_ZONE?" in done.stderr
    assert "web_port should be a valid integer" in done.stderr


@pytest.mark.parametrize("words", [["--plant", "{}", "config", "--json"], ["--plant={}", "config", "--json"]])
def test_the_plant_can_be_named_on_the_command_line(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_PLANT_FOLDER", "elsewhere")
    assert run(*(word.format(tmp_path) for word in words)) == 0
    assert json.loads(capsys.readouterr().out)["plant_folder"] == str(tmp_path)


def test_the_configuration_is_shown_without_its_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_SECRET_KEY", "hunter2" * 8)
    monkeypatch.setenv(
        "BATCHWRIGHT_OIDC",
        json.dumps({"issuer": "https://login.example.com", "client_id": "plant", "client_secret": "hunter2"}),
    )
    assert run("config") == 0
    printed = capsys.readouterr().out
    assert "hunter2" not in printed
    assert 'secret_key = "(set)"' in printed
    assert '"issuer": "https://login.example.com"' in printed


def test_migrate_and_check_prepare_a_plant_from_nothing(tmp_path: Path) -> None:
    plant = {"BATCHWRIGHT_PLANT_FOLDER": str(tmp_path / "plant"), "BATCHWRIGHT_DATABASE_URL": ""}
    before = batchwright("check", **plant)
    assert before.returncode == 1
    assert "WRONG  database" in before.stdout
    assert "Run: batchwright migrate" in before.stdout
    assert batchwright("migrate", **plant).returncode == 0
    after = batchwright("check", "--json", **plant)
    assert after.returncode == 0
    assert json.loads(after.stdout)["fine"] is True


def test_a_command_on_a_plant_without_tables_says_what_to_do(tmp_path: Path) -> None:
    done = batchwright("worker", BATCHWRIGHT_PLANT_FOLDER=str(tmp_path / "plant"), BATCHWRIGHT_DATABASE_URL="")
    assert done.returncode == 2
    assert "Run: batchwright migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_no_refusal(tmp_path: Path) -> None:
    plant = {
        "BATCHWRIGHT_PLANT_FOLDER": str(tmp_path),
        "BATCHWRIGHT_DATABASE_URL": f"postgresql://batchwright@/plant?host={tmp_path}",
    }
    done = batchwright("worker", **plant)
    assert done.returncode == 3
    assert "Start the database" in done.stderr
    checked = batchwright("check", **plant)
    assert checked.returncode == 1
    assert "WRONG  answer of the database" in checked.stdout


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bench", "weather") == 2
    assert "There is no such benchmark: weather" in capsys.readouterr().err


def test_errors_of_the_file_system_and_the_database_are_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from django.db import OperationalError

    for error, sentence, code in (
        (PermissionError(13, "Permission denied", str(tmp_path)), f"Permission denied: {tmp_path}.", 2),
        (OSError("no space"), "no space", 2),
        (OperationalError("connection refused\n"), "The database does not answer: connection refused.", 3),
        (DomainError("pH is high", value="7.9", limit="7.6"), "pH is high: 7.9 (limit: 7.6).", 2),
        (Unavailable("The scale does not answer", value="SC-04"), "The scale does not answer: SC-04.", 3),
    ):

        def fail(asked: str | None, *, into_plant: bool, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(cli, "application", fail)
        assert run("check") == code
        assert sentence in capsys.readouterr().err


@pytest.mark.usefixtures("plant_database")
@pytest.mark.requirement("Annex 11, 11")
def test_check_finds_a_plant_fine_and_says_where_its_ledger_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check") == 0
    printed = capsys.readouterr().out
    assert "fine   guards: in place" in printed
    assert "fine   ledger:" in printed
    assert run("migrate") == 0


@pytest.mark.requirement("11.10(e)")
def test_a_missing_guard_stops_the_application(
    plant_database: PlantDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.db import connection

    drop_a_guard()
    connection.close()
    assert run("check", "--json") == 1
    (finding,) = [one for one in json.loads(capsys.readouterr().out)["findings"] if not one["fine"]]
    assert finding["name"] == "guards"
    assert "missing" in finding["says"]
    assert "batchwright migrate" in finding["remedy"]
    with pytest.raises(DomainError, match="The plant cannot start: guards"):
        start.require()
    done = batchwright("web", **plant_database.environment())
    assert done.returncode == 2
    assert "does not guard the record" in done.stderr


def drop_a_guard() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name LIMIT 1")
            cursor.execute(f'DROP TRIGGER "{cursor.fetchone()[0]}"')
        else:
            cursor.execute(
                "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2 LIMIT 1"
            )
            name, table = cursor.fetchone()
            cursor.execute(f'DROP TRIGGER "{name}" ON {table}')


def test_files_that_others_can_read_are_found(
    plant_database: PlantDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "site.pem").touch(mode=0o600)
    (tmp_path / "secret_key").touch(mode=0o644)
    changed = settings.CONFIGURATION.model_copy(update={"plant_folder": tmp_path})
    monkeypatch.setattr(settings, "CONFIGURATION", changed)
    found = {finding.name: finding for finding in start.check()}
    assert found["keys folder"].fine
    assert found["site key site"].fine
    assert not found["secret key"].fine
    assert found["secret key"].remedy == f"Run: chmod 600 {tmp_path / 'secret_key'}"


def test_a_setting_that_is_a_list_or_a_secret_is_shown_for_json() -> None:
    assert commands.shown(("a", "b")) == ["a", "b"]
    assert commands.shown(None) is None
