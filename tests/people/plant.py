"""A small plant with its people, for tests: a log-in per role, two sponsors, and ways to act, log in and sign."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.test import Client

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.people import services, sessions, signing
from batchwright.people.adapters.accounts import ROLE_KEY, TOKEN_KEY
from batchwright.people.models import PlantSession, Sponsor, User
from batchwright.people.permissions import ROLE_CODES

PASSWORD_FIRST = "given-Horse-battery-8"
PASSWORD = "correct-Horse-battery-9"
"""Everybody's password, chosen by themselves."""
ADDRESS = "192.0.2.7"


@dataclass
class Plant:
    """People by the name that tests call them."""

    people: dict[str, User] = field(default_factory=dict)

    def actor(self, name: str, role: str | None = None) -> record.Actor:
        """Let somebody act."""
        user = User.objects.get(username=name)
        return people.actor_of(user, role or people.current_role_codes(user)[0])

    def user(self, name: str) -> User:
        """Read somebody anew."""
        found: User = User.objects.select_related("sponsor").get(username=name)
        return found

    def session(self, name: str) -> PlantSession:
        """Begin a session."""
        token = secrets.token_hex(8)
        attempt = sessions.Attempt(method="password", address=ADDRESS)
        sessions.begin_session(user=self.user(name), methods=["password"], attempt=attempt, token=token)
        return PlantSession.objects.select_related("user").get(session_key=sessions.token_digest(token))

    def log_in(self, client: Client, name: str, role: str | None = None) -> Client:
        """Let a test client in without the log-in page."""
        token = secrets.token_hex(8)
        user = self.user(name)
        attempt = sessions.Attempt(method="password", address=ADDRESS)
        actor = sessions.begin_session(user=user, methods=["password"], attempt=attempt, token=token)
        client.force_login(user)
        session = client.session
        session[TOKEN_KEY], session[ROLE_KEY] = token, role or actor.role
        session.save()
        return client

    def accept(self, *names: str) -> None:
        """Let people accept the accountability statement."""
        for name in names:
            services.accept_statement(actor=self.actor(name), user=self.user(name))

    def prepare(
        self, name: str, row: record.GmpModel, meaning: str, session: PlantSession, shown: str = "shown"
    ) -> signing.Prepared:
        """Show something to somebody."""
        return signing.prepare(actor=self.actor(name), row=row, meaning=meaning, shown=shown, session=session)


def populate() -> Plant:
    """Enrol one person per role, two sponsors' people, and somebody without a role."""
    plant = Plant()
    for code, name in (("ALPHA", "Alpha Pharma"), ("BETA", "Beta Biologics")):
        services.enrol_sponsor(actor=record.SITE, code=code, name=name)
    for role in ROLE_CODES:
        if role != "sponsor":
            _enrol(plant, role, role, None)
    for name, code in (("sponsor_a", "ALPHA"), ("sponsor_b", "BETA")):
        _enrol(plant, name, "sponsor", Sponsor.objects.get(code=code))
    return plant


def met() -> Plant:
    """The people who are enrolled already."""
    return Plant({user.username: user for user in User.objects.all()})


def _enrol(plant: Plant, name: str, role: str, sponsor: Sponsor | None) -> None:
    services.enrol_user(
        actor=record.SITE, username=name, printed_name=name.replace("_", " ").title(), password=PASSWORD_FIRST,
        email=f"{name}@example.com", sponsor=sponsor, reason="passport seen",
    )  # fmt: skip
    user = User.objects.get(username=name)
    until = clock.now() + timedelta(days=30) if role == "inspector" else None
    services.assign_role(actor=record.SITE, user=user, role=role, valid_until=until)
    digest = User.objects.get(username=name)
    services.change_password(actor=people.actor_of(digest, role), user=digest, password=PASSWORD)
    plant.people[name] = User.objects.get(username=name)
