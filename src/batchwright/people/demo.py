"""The people of the demo plant, brought in through the same commands as everywhere: nothing is written past the record.

The passwords stand here for everybody to read; they are refused nowhere else because they are used nowhere else.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import access, permissions, policy, services, sessions, signing
from batchwright.people.models import Edition, PlantSession, Sponsor, TrainingRecord, User
from batchwright.people.services.training import shown

ADDRESS: Final = "127.0.0.1"
FIRST_KEY: Final = "demo:sponsor:ALTAIR"
"""Key of the first entry of the demo's people, by which a demo plant is known."""
_GIVEN: Final = "first-day-envelope-7"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person of the demo plant."""

    username: str
    printed_name: str
    role: str
    password: str
    sponsor: str = ""


@dataclass(frozen=True, slots=True)
class LogIn:
    """One row of the table that the demo prints."""

    username: str
    password: str
    role: str


SPONSORS: Final = (("ALTAIR", "Altair Biologics"), ("MERIDIAN", "Meridian Vaccines"))
PEOPLE: Final = (
    DemoPerson("t.sato", "Takumi Sato", "administrator", "quiet-harbour-crane-41"),
    DemoPerson("a.novak", "Ana Novák", "qa", "amber-orchard-violin-17"),
    DemoPerson("h.brandt", "Henrike Brandt", "qualified_person", "granite-lantern-meadow-62"),
    DemoPerson("j.okafor", "Joseph Okafor", "supervisor", "copper-bridge-sparrow-35"),
    DemoPerson("m.kowalska", "Maria Kowalska", "operator", "silver-kettle-autumn-28"),
    DemoPerson("l.nguyen", "Nguyễn Thị Linh", "analyst", "marble-willow-compass-53"),
    DemoPerson("s.lindqvist", "Sofia Lindqvist", "process_engineer", "maple-engine-glacier-74"),
    DemoPerson("r.mehta", "Rohan Mehta", "planner", "saffron-ladder-monsoon-86"),
    DemoPerson("i.moreau", "Isabelle Moreau", "inspector", "velvet-archive-lighthouse-19"),
    DemoPerson("c.whitfield", "Clara Whitfield", "sponsor", "willow-ferry-paragraph-90", "ALTAIR"),
    DemoPerson("d.rossi", "Davide Rossi", "sponsor", "basalt-mandolin-harvest-33", "MERIDIAN"),
)
LOCKED: Final = DemoPerson("p.silva", "Paulo Silva", "operator", "timber-falcon-cobalt-57")
"""Typed a wrong password too often this morning."""

_Qualification = tuple[str, str, str, int | None, tuple[str, ...]]
QUALIFICATIONS: Final[tuple[_Qualification, ...]] = (
    ("GMP-01", "Good manufacturing practice", "SOP-001 Good manufacturing practice", 365,
     tuple(f"role/{code}" for code in ("operator", "supervisor", "analyst", "process_engineer", "planner", "qa"))),
    ("WEIGH-02", "Weighing and dispensing", "SOP-014 Weighing and dispensing", 20,
     ("role/operator", "operation/weighing")),
    ("GOWN-03", "Aseptic gowning", "SOP-022 Gowning for grade B", 180, ("operation/aseptic-filling",)),
)  # fmt: skip


def log_ins() -> list[LogIn]:
    """Give the log-ins of the demo.

    Returns:
        User name, password and role of everybody who can sign in.
    """
    return [LogIn(one.username, one.password, str(permissions.role(one.role).name)) for one in PEOPLE]


def seed() -> list[LogIn]:
    """Bring the demo people in; what is there already is left as it is.

    Returns:
        The log-ins.
    """
    services.seed_roles()
    for code, name in SPONSORS:
        services.enrol_sponsor(actor=record.SITE, code=code, name=name, idempotency_key=f"demo:sponsor:{code}")
    for person in (*PEOPLE, LOCKED):
        _enrol(person)
    _once("trained", _train)
    _once("tried", _try_in_vain)
    return log_ins()


def _once(name: str, act: Callable[[], None]) -> None:
    """Do one part of the story; a part that was cut off is not begun a second time."""
    key = f"demo:{name}"
    if not record.Entry.objects.filter(idempotency_key=key).exists():
        user = User.objects.get(username="t.sato")
        actor = access.actor_of(user, "administrator")
        services.change_user(
            actor=actor, user=User.objects.get(username=LOCKED.username), printed_name=LOCKED.printed_name,
            email=f"{LOCKED.username}.{name}@example.com", reason=_("demo story: %(name)s") % {"name": name},
            idempotency_key=key,
        )  # fmt: skip
        act()


def _user(username: str) -> User:
    found: User = User.objects.select_related("sponsor").get(username=username)
    return found


def _actor(username: str) -> record.Actor:
    user = _user(username)
    return access.actor_of(user, access.current_role_codes(user)[0])


def _enrol(person: DemoPerson) -> None:
    name = person.username
    if not User.objects.filter(username=name).exists():
        sponsor = Sponsor.objects.get(code=person.sponsor) if person.sponsor else None
        services.enrol_user(
            actor=record.SITE, username=name, printed_name=person.printed_name, password=_GIVEN,
            email=f"{name}@example.com", sponsor=sponsor, reason=_("identity card seen"),
        )  # fmt: skip
    user = _user(name)
    if not access.current_role_codes(user):
        until = clock.now() + timedelta(days=60) if permissions.role(person.role).expires else None
        services.assign_role(
            actor=record.SITE, user=user, role=person.role, valid_until=until, reason=_("demo plant"),
            idempotency_key=f"demo:role:{name}",
        )  # fmt: skip
    if user.must_change_password and access.current_role_codes(user):
        services.change_password(actor=_actor(name), user=user, password=person.password)


def renew_trainings() -> int:
    """Train again whoever's training ends within two days and counts until then.

    Returns:
        How many trainings were renewed.
    """
    now = clock.now()
    soon = TrainingRecord.objects.filter(
        achieved_at__isnull=False, expires_at__gt=now, expires_at__lt=now + timedelta(days=2)
    ).select_related("user", "edition")  # fmt: skip
    due = [
        one for one in soon
        if not TrainingRecord.objects.filter(user=one.user, edition=one.edition, number__gt=one.number).exists()
    ]  # fmt: skip
    for one in due:
        name, assessor = one.user.username, "a.novak" if one.user.username == "j.okafor" else "j.okafor"
        services.plan_training(actor=_actor("j.okafor"), user=one.user, edition=one.edition, reason=_("renewed"))
        training = TrainingRecord.objects.get(user=one.user, edition=one.edition, achieved_at__isnull=True)
        for signer, meaning in ((name, "read_and_understood"), (assessor, "assessed_competent")):
            _sign_training(signer, training, meaning)
    return len(due)


def _sign_training(name: str, training: TrainingRecord, meaning: str) -> None:
    training.refresh_from_db()
    actor = _actor(name)
    session, evidence = desk_of(name)
    prepared = signing.prepare(
        actor=actor, row=training, meaning=meaning, shown=shown(training, meaning), session=session
    )
    command = services.sign_read if meaning == "read_and_understood" else services.sign_assessment
    command(actor=actor, training=training, name=prepared.name, given=evidence, session=session, address=ADDRESS)


def desk_of(username: str) -> tuple[PlantSession, signing.PasswordEvidence]:
    """Give a demo person's session and what that person types to sign, for the stories of other capabilities.

    Args:
        username: Whose.

    Returns:
        A new session, and the evidence of a signature in it.
    """
    person = next(one for one in PEOPLE if one.username == username)
    return _session(person), signing.PasswordEvidence(person.password, username)


def _session(person: DemoPerson) -> PlantSession:
    token = secrets.token_hex(16)
    attempt = sessions.Attempt(method="password", address=ADDRESS)
    sessions.begin_session(user=_user(person.username), methods=["password"], attempt=attempt, token=token)
    digest = sessions.token_digest(token)
    return PlantSession.objects.select_related("user__sponsor").get(session_key=digest)


def _train() -> None:
    """Qualifications, and trainings in every state: valid, due, with a new edition, half signed, and one void."""
    people = {person.username: person for person in PEOPLE}
    quality = _actor("a.novak")
    for code, title, document, days, needed_for in QUALIFICATIONS:
        services.define_qualification(
            actor=quality, code=code, title=title, document=document, edition="1", validity_days=days,
            needed_for=needed_for,
        )  # fmt: skip
    for name, person in people.items():
        role = permissions.role(person.role)
        if role.gmp and not role.read_only:
            services.accept_statement(actor=_actor(name), user=_user(name))
    at_desk = {
        name: _session(people[name]) for name in ("m.kowalska", "j.okafor", "l.nguyen", "s.lindqvist", "a.novak")
    }

    def sign(name: str, training: TrainingRecord, meaning: str) -> None:
        training.refresh_from_db()
        actor, session = _actor(name), at_desk[name]
        prepared = signing.prepare(
            actor=actor, row=training, meaning=meaning, shown=shown(training, meaning), session=session
        )
        command = services.sign_read if meaning == "read_and_understood" else services.sign_assessment
        command(
            actor=actor, training=training, name=prepared.name,
            given=signing.PasswordEvidence(people[name].password, name), session=session, address=ADDRESS,
        )  # fmt: skip

    def plan(name: str, code: str) -> TrainingRecord:
        edition = Edition.objects.get(qualification__code=code, edition="1")
        services.plan_training(actor=_actor("j.okafor"), user=_user(name), edition=edition)
        return TrainingRecord.objects.get(user__username=name, edition=edition)

    for name, code, assessor in (
        ("m.kowalska", "GMP-01", "j.okafor"), ("m.kowalska", "WEIGH-02", "j.okafor"),
        ("m.kowalska", "GOWN-03", "j.okafor"), ("l.nguyen", "GMP-01", "j.okafor"), ("j.okafor", "GMP-01", "a.novak"),
        ("a.novak", "GMP-01", "j.okafor"), ("j.okafor", "WEIGH-02", "a.novak"),
    ):  # fmt: skip
        training = plan(name, code)
        sign(name, training, "read_and_understood")
        sign(assessor, training, "assessed_competent")
    training = TrainingRecord.objects.get(user__username="l.nguyen")
    services.correct_training(
        actor=quality, training=training, expires_at=clock.now() + timedelta(days=90), reason=_("wrong validity")
    )
    sign("s.lindqvist", plan("s.lindqvist", "GMP-01"), "read_and_understood")
    plan("r.mehta", "GMP-01")
    gowning = Edition.objects.get(qualification__code="GOWN-03").qualification
    services.issue_edition(
        actor=quality, qualification=gowning, edition="2", document="SOP-022 Gowning for grade B", validity_days=180,
        reason=_("new gowns"),
    )  # fmt: skip
    for session in at_desk.values():
        sessions.end_session(session=session, why="logged out", actor=_actor(session.user.username))


def _try_in_vain() -> None:
    """Failed log-ins: a name that nobody has, and a person who is locked by the last of too many."""
    attempt = sessions.Attempt(method="password", address=ADDRESS)
    sessions.refuse_unknown(typed="root", why=_("unknown name"), attempt=attempt)
    for _attempt in range(policy.current().lockout_attempts):
        sessions.refuse_known(user=_user(LOCKED.username), why=_("wrong password"), attempt=attempt, counts=True)
