"""``batchwright user``: people from a terminal."""

import json

import pytest
from typer.testing import CliRunner

from batchwright import record
from batchwright.kernel.errors import BadInput
from batchwright.people.models import User
from batchwright.people.permissions import Refused
from tests.people.plant import Plant


def run(*words: str) -> str:
    from batchwright.people.cli import app

    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_first_administrator_comes_from_the_terminal(db: None) -> None:
    assert "Nobody is found" in run("list")
    said = json.loads(
        run("add", "t.sato", "--name", "Takumi Sato", "--reason", "first", "--role", "administrator", "--json")
    )
    user = User.objects.get(username="t.sato")
    assert user.check_password(said["password"])
    assert user.must_change_password
    entry = record.Entry.objects.get(seq=said["entry"])
    assert entry.actor.startswith("console:")
    assert entry.actor_role == "console"
    assert json.loads(run("list", "--json"))[0]["roles"] == ["Administrator"]
    assert "t.sato" in run("list")


def test_people_are_shown_disabled_enabled_unlocked_reset_and_given_roles(plant: Plant) -> None:
    for act in ("disable", "enable", "unlock", "reset"):
        assert "entry #" in run(act, "operator", "--reason", "because")
    assert "holds the role" in run("role", "operator", "supervisor", "--reason", "promoted", "--days", "30")
    assert "no longer holds" in run("role", "operator", "supervisor", "--reason", "back", "--withdraw")
    with pytest.raises(BadInput, match="does not hold"):
        run("role", "operator", "supervisor", "--reason", "back", "--withdraw")
    shown = json.loads(run("show", "operator", "--json"))
    assert shown["roles"] == ["Operator"]
    assert shown["entries"][0]["sentence"] == "Role supervisor withdrawn from operator"
    assert "Operator" in run("show", "operator")
    added = run("add", "guest.a", "--name", "Guest", "--reason", "contract", "--sponsor", "ALPHA", "--role", "sponsor")
    assert "Password until the first log-in" in added


def test_what_is_wrong_is_refused_in_one_sentence(plant: Plant) -> None:
    with pytest.raises(BadInput, match="no such person"):
        run("show", "nobody")
    with pytest.raises(BadInput, match="no such sponsor"):
        run("add", "x.y", "--name", "X", "--reason", "r", "--sponsor", "NONE")
    with pytest.raises(Refused, match="no such role"):
        run("add", "x.y", "--name", "X", "--reason", "r", "--role", "emperor")


def test_the_table_of_roles_is_printed(db: None) -> None:
    assert "sign.released" in run("roles")
    assert json.loads(run("roles", "--json"))["sign.released"] == ["qualified_person"]
    assert run("roles", "--markdown").startswith("# Who may do what")
