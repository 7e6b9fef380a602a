"""Settings of a plant: read from two places, checked whole, each wrong one told in a sentence."""

import os
from pathlib import Path

import pytest

from batchwright.site.configuration import Configuration
from batchwright.site.configuration_file import BadConfiguration, load


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("BATCHWRIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BATCHWRIGHT_PLANT_FOLDER", str(tmp_path))


def problems() -> list[str]:
    with pytest.raises(BadConfiguration) as refused:
        load()
    return [str(problem) for problem in refused.value.problems]


def test_a_plant_without_any_setting_is_complete(tmp_path: Path) -> None:
    configuration = load()
    assert configuration.site_zone == "UTC"
    assert configuration.database["NAME"] == str(tmp_path / "plant.sqlite3")
    assert configuration.keys_folder == tmp_path / "keys"
    assert configuration.attachments_folder == tmp_path / "attachments"


def test_the_file_in_the_plant_folder_is_read_and_the_environment_outweighs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "batchwright.toml").write_text('site_name = "Brno"\nsite_zone = "Europe/Prague"\n')
    monkeypatch.setenv("BATCHWRIGHT_SITE_NAME", "Brno, building 4")
    configuration = load()
    assert (configuration.site_name, configuration.site_zone) == ("Brno, building 4", "Europe/Prague")


def test_a_named_file_is_read_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "elsewhere.toml"
    file.write_text('site_name = "Elsewhere"\n')
    monkeypatch.setenv("BATCHWRIGHT_CONFIG", str(file))
    assert load().site_name == "Elsewhere"


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_CONFIG", str(tmp_path / "none.toml"))
    assert problems() == [
        f"The configuration file does not exist: {tmp_path / 'none.toml'}. Write it or unset BATCHWRIGHT_CONFIG."
    ]


@pytest.mark.parametrize("content", [b"site_name = ", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "batchwright.toml").write_bytes(content)
    (problem,) = problems()
    assert problem.startswith(str(tmp_path / "batchwright.toml"))


def test_every_wrong_setting_is_named_at_once_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "batchwright.toml").write_text('site_name = "Brno"\nlockout_attempt = 3\nweb_port = 70000\n')
    monkeypatch.setenv("BATCHWRIGHT_SITE_ZONE", "Europe/Pragu")
    monkeypatch.setenv("BATCHWRIGHT_LOG_LEVL", "INFO")
    monkeypatch.setenv("BATCHWRIGHT_NONSENSE", "1")
    found = problems()
    file = tmp_path / "batchwright.toml"
    assert "BATCHWRIGHT_LOG_LEVL is no setting. Did you mean BATCHWRIGHT_LOG_LEVEL?" in found
    assert "BATCHWRIGHT_NONSENSE is no setting. Unset it." in found
    assert f"{file}, line 2: lockout_attempt is no setting. Did you mean lockout_attempts?" in found
    assert f"{file}, line 3: web_port should be less than or equal to 65535: 70000." in found
    assert "BATCHWRIGHT_SITE_ZONE: site_zone is no IANA time zone; did you mean Europe/Prague?: Europe/Pragu." in found
    assert len(found) == 5
    assert not list(tmp_path.glob("secret_key"))


def test_the_whole_refusal_reads_as_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_WEB_PORT", "many")
    with pytest.raises(BadConfiguration) as refused:
        load()
    first, second = str(refused.value).splitlines()
    assert first.startswith("The configuration cannot be used: 1 wrong setting.")
    assert second.startswith("  - BATCHWRIGHT_WEB_PORT: web_port should be a valid integer")


def test_a_table_is_checked_like_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_OIDC__ISSUER", "login.example.com")
    monkeypatch.setenv("BATCHWRIGHT_OIDC__CLIENT_IDD", "plant")
    found = problems()
    assert "BATCHWRIGHT_OIDC__CLIENT_IDD: oidc.client_idd is no setting. Did you mean client_id?" in found
    assert any("oidc.issuer must be an address" in problem for problem in found)
    assert any("oidc.client_secret is missing" in problem for problem in found)


def test_a_variable_that_is_not_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_OIDC", "{")
    assert any("oidc" in problem for problem in problems())


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SECRET_KEY", "tooshort-hunter2"), ("DATABASE_URL", "mysql://qa:hunter2@host/plant")],
)
def test_a_wrong_secret_is_refused_without_being_repeated(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"BATCHWRIGHT_{variable}", value)
    with pytest.raises(BadConfiguration) as refused:
        load()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("address", ["plant.example.com", "https://plant.example.com/app", ""])
def test_the_public_address_is_one_that_passkeys_can_be_bound_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_PUBLIC_URL", address)
    assert "public_url must be an address" in problems()[0]


def test_settings_that_contradict_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_SESSION_IDLE_MINUTES", "60")
    monkeypatch.setenv("BATCHWRIGHT_SESSION_ABSOLUTE_MINUTES", "30")
    assert problems() == ["session_idle_minutes (60) must not be above session_absolute_minutes (30)."]


def test_error_pages_never_show_the_inside_of_a_plant_that_is_reached_from_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_DEBUG", "true")
    monkeypatch.setenv("BATCHWRIGHT_PUBLIC_URL", "https://plant.example.com")
    assert "debug must be off" in problems()[0]


def test_a_plant_of_public_passwords_is_refused_where_others_can_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_DEMO", "true")
    assert load().demo
    for name, value in (
        ("PUBLIC_URL", "http://plant.example.com"), ("WEB_ADDRESS", "0.0.0.0"), ("ALLOWED_HOSTS", "plant.example.com"),
        ("BEHIND_PROXY", "true"),
    ):  # fmt: skip
        with monkeypatch.context() as patched:
            patched.setenv(f"BATCHWRIGHT_{name}", value)
            assert "demo must be off" in problems()[0]


def test_a_time_stamp_authority_needs_the_roots_its_stamps_are_checked_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_TSA_URL", "https://tsa.example.com")
    assert problems()[0].startswith("tsa_roots must be set with tsa_url")
    monkeypatch.setenv("BATCHWRIGHT_TSA_ROOTS", "roots.pem")
    assert load().tsa_roots == Path("roots.pem")


def test_host_names_come_as_a_list_or_by_comma(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "batchwright.toml").write_text('allowed_hosts = ["one.example.com"]\n')
    assert load().allowed_hosts == ("one.example.com",)
    monkeypatch.setenv("BATCHWRIGHT_ALLOWED_HOSTS", "one.example.com, two.example.com,")
    assert load().allowed_hosts == ("one.example.com", "two.example.com")


@pytest.mark.requirement("11.200(a)")
def test_the_strength_of_a_signature_is_set_per_meaning(tmp_path: Path) -> None:
    assert load().strength_of("released") == "component"
    (tmp_path / "batchwright.toml").write_text('[reauthentication]\ndefault = "full"\nreleased = "passkey"\n')
    configuration = load()
    assert configuration.strength_of("released") == "passkey"
    assert configuration.strength_of("reviewed") == "full"


def test_a_strength_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHWRIGHT_REAUTHENTICATION__RELEASED", "wish")
    assert "reauthentication" in problems()[0]


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Configuration.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", ["  ", "+", " + "])
def test_a_site_whose_name_cannot_name_a_key_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "batchwright.toml").write_text(f'site_name = "{name}"\n')
    (problem,) = problems()
    assert "checkpoints are signed under this name" in problem
