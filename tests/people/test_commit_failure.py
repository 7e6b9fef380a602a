"""Every command of people, cut off between its changes and the commit: nothing half-done stays."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec

from batchwright import record
from batchwright.people import services, sessions
from batchwright.people.models import (
    Assignment,
    Challenge,
    Edition,
    ExternalIdentity,
    Grant,
    Need,
    Passkey,
    PastPassword,
    PlantSession,
    Qualification,
    Role,
    Signature,
    Sponsor,
    TrainingRecord,
    User,
)
from batchwright.people.services.training import shown
from batchwright.people.signing import PasswordEvidence
from tests.people import passkeys
from tests.people.passkeys import SoftPasskey
from tests.people.plant import ADDRESS, PASSWORD, PASSWORD_FIRST, Plant

TABLES: tuple[Any, ...] = (
    Assignment, Authenticator, Challenge, Edition, ExternalIdentity, Grant, Need, Passkey, PastPassword, PlantSession,
    Qualification, Role, Signature, Sponsor, TrainingRecord, User, record.Entry,
)  # fmt: skip
ATTEMPT = sessions.Attempt(method="password", address=ADDRESS)
Command = Callable[[Plant], Any]


class PlugPulledError(Exception):
    """The machine stopped here."""


def _session(plant: Plant, name: str) -> PlantSession:
    return PlantSession.objects.select_related("user").filter(user__username=name).latest("pk")


def _sign(command: Callable[..., Any], name: str) -> Command:
    def act(plant: Plant) -> Any:
        training = TrainingRecord.objects.get()
        challenge = Challenge.objects.filter(session__user__username=name).latest("pk")
        return command(
            actor=plant.actor(name), training=training, name=challenge.statement_sha256,
            given=PasswordEvidence(PASSWORD, name), session=_session(plant, name), address=ADDRESS,
        )  # fmt: skip

    return act


def _qa(command: Callable[..., Any], **given: Any) -> Command:
    """A command that quality assurance gives on the operator."""
    return lambda plant: command(actor=plant.actor("qa"), user=plant.user("operator"), reason="because", **given)


def _own(command: Callable[..., Any], **given: Any) -> Command:
    """A command that the operator gives on the own log-in."""
    return lambda plant: command(actor=plant.actor("operator"), user=plant.user("operator"), **given)


FRESH = SoftPasskey(ec.generate_private_key(ec.SECP256R1()), b"fresh")
COMMANDS: dict[str, Command] = {
    "enrol_sponsor": lambda _plant: services.enrol_sponsor(actor=record.SITE, code="GAMMA", name="Gamma"),
    "enrol_user": lambda _plant: services.enrol_user(
        actor=record.SITE, username="new.one", printed_name="New One", password=PASSWORD_FIRST
    ),
    "change_user": _qa(services.change_user, printed_name="Olga", email=""),
    "disable_user": _qa(services.disable_user),
    "enable_user": _qa(services.enable_user),
    "unlock_user": _qa(services.unlock_user),
    "reset_password": _qa(services.reset_password, password="reset-Horse-battery-1"),
    "remove_totp": _qa(services.remove_totp),
    "assign_role": _qa(services.assign_role, role="supervisor"),
    "withdraw_role": lambda plant: services.withdraw_role(
        actor=plant.actor("qa"), assignment=Assignment.objects.get(user__username="operator"), reason="because"
    ),
    "grant_action": lambda plant: services.grant_action(
        actor=plant.actor("qa"), role="planner", action="training.plan", reason="because"
    ),
    "revoke_action": lambda plant: services.revoke_action(
        actor=plant.actor("qa"), role="planner", action="user.read", reason="because"
    ),
    "change_password": _own(services.change_password, password="yet-Another-horse-1"),
    "accept_statement": _own(services.accept_statement),
    "enrol_passkey": _own(services.enrol_passkey, label="key", registered=FRESH.registered()),
    "enrol_totp": lambda plant: services.enrol_totp(actor=plant.actor("qa"), user=plant.user("qa"), secret="A" * 32),
    "revoke_passkey": lambda plant: services.revoke_passkey(
        actor=plant.actor("operator"), passkey=Passkey.objects.get(), reason="because"
    ),
    "link_identity": lambda plant: services.link_identity(
        user=plant.user("operator"), issuer="https://id.example", external_id="8"
    ),
    "unlink_identity": lambda plant: services.unlink_identity(
        actor=plant.actor("qa"), identity=ExternalIdentity.objects.get(), reason="because"
    ),
    "begin_session": lambda plant: services.begin_session(
        user=plant.user("operator"), methods=["password"], attempt=ATTEMPT, token="t"
    ),
    "end_session": lambda plant: services.end_session(session=_session(plant, "operator"), why="logged out"),
    "refuse_known": lambda plant: services.refuse_known(
        user=plant.user("operator"), why="wrong password", attempt=ATTEMPT, counts=True
    ),
    "refuse_unknown": lambda _plant: services.refuse_unknown(typed="x", why="unknown name", attempt=ATTEMPT),
    "define_qualification": lambda plant: services.define_qualification(
        actor=plant.actor("qa"), code="NEW-1", title="New", document="D", edition="1", needed_for=("role/operator",)
    ),
    "issue_edition": lambda plant: services.issue_edition(
        actor=plant.actor("qa"), qualification=Qualification.objects.get(), edition="2", document="D", reason="because"
    ),
    "plan_training": lambda plant: services.plan_training(
        actor=plant.actor("qa"), user=plant.user("analyst"), edition=Edition.objects.get()
    ),
    "sign_read": _sign(services.sign_read, "operator"),
}
ELSEWHERE = {"seed_roles", "switch_role", "sign_assessment", "correct_training", "prove_password"}
"""Commands that change no row, or whose path is that of one above."""


def test_every_command_is_cut_off_here() -> None:
    commands = {name for name in services.__all__ if name[0].islower()}
    assert commands - COMMANDS.keys() == ELSEWHERE


def state() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that people write."""
    return {table._meta.db_table: list(table._default_manager.order_by("pk").values()) for table in TABLES}


@pytest.fixture
def workday(plant: Plant) -> Plant:
    """Something of everything, so that every command has something to act on."""
    plant.accept("operator")
    services.define_qualification(
        actor=plant.actor("qa"), code="WEIGH", title="Weighing", document="SOP-014", edition="1"
    )
    services.plan_training(actor=plant.actor("qa"), user=plant.user("operator"), edition=Edition.objects.get())
    passkeys.enrol(plant, "operator")
    services.enrol_totp(actor=plant.actor("operator"), user=plant.user("operator"), secret="A" * 32)
    services.link_identity(user=plant.user("operator"), issuer="https://id.example", external_id="7")
    session = plant.session("operator")
    planned = TrainingRecord.objects.get()
    plant.prepare("operator", planned, "read_and_understood", session, shown(planned, "read_and_understood"))
    return plant


@pytest.mark.requirement("11.10(e)")
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_that_is_cut_off_before_its_commit_leaves_nothing(
    workday: Plant, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def pull(*_: object) -> None:
        raise PlugPulledError

    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(record.OpenEntry, "append", pull)
        with pytest.raises(PlugPulledError):
            COMMANDS[name](workday)
    assert state() == before
    COMMANDS[name](workday)
    assert state() != before, "the same command acts once the machine is back"
