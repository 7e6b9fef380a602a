"""A second person on the first one's tablet: taken with user id and password alone, and refused on record."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.people import entries, services
from batchwright.people.models import PlantSession
from batchwright.people.permissions import Refused
from batchwright.people.services.credentials import NotProven
from batchwright.people.sessions import Locked
from tests.people.plant import ADDRESS, PASSWORD, Plant


def ask(plant: Plant, username: str, password: str = PASSWORD, **other: Any) -> record.Actor:
    """The operator asks somebody to check."""
    asked: dict[str, Any] = {"first": plant.actor("operator"), "action": "unit.verify", "address": ADDRESS, **other}
    return people.identify(username=username, password=password, **asked)


def refusals() -> list[str]:
    """What is on record of second persons who were not taken."""
    found = record.Entry.objects.filter(type="login.refused/1").order_by("seq")
    return [one.sentence for one in found if one.data["method"] == "second person"]


@pytest.mark.requirement("211.68(b)")
@pytest.mark.requirement("211.101(c)")
@pytest.mark.requirement("ALCOA+ attributable")
def test_a_second_person_is_found_by_user_id_and_password_and_no_session_begins(plant: Plant) -> None:
    plant.accept("supervisor")
    before = (PlantSession.objects.count(), record.Entry.objects.count())
    second = ask(plant, " Supervisor ")
    assert (second.id, second.role) == ("supervisor", "supervisor")
    assert (PlantSession.objects.count(), record.Entry.objects.count()) == before
    people.authorize(second, "unit.verify")


@pytest.mark.requirement("211.101(c)")
@pytest.mark.requirement("11.10(d)")
def test_who_cannot_be_the_second_person_is_refused_and_the_attempt_is_on_record(plant: Plant) -> None:
    plant.accept("operator", "supervisor", "analyst")
    with pytest.raises(Refused, match="Nobody verifies or approves own work"):
        ask(plant, "operator")
    with pytest.raises(Refused, match="accountability statement is not accepted"):
        ask(plant, "qa")
    with pytest.raises(Refused, match="holds no role that may check this: analyst"):
        ask(plant, "analyst")
    data = entries.UserChanged(username="supervisor")
    with record.entry(data, actor=record.SITE, subject="user/supervisor", reason="test") as entry:
        entry.update(plant.user("supervisor"), expires_at=clock.now())
    with pytest.raises(Refused, match="log-in has expired"):
        ask(plant, "supervisor")
    services.disable_user(actor=plant.actor("administrator"), user=plant.user("supervisor"), reason="left")
    with pytest.raises(Refused, match="log-in is disabled"):
        ask(plant, "supervisor")
    assert [one.split(":")[0] for one in refusals()] == [
        f"{name} refused as second person" for name in ("operator", "qa", "analyst", "supervisor", "supervisor")
    ]
    assert plant.user("supervisor").failed_attempts == 0, "only a failed proof counts towards the lock"


@pytest.mark.requirement("11.300")
def test_failed_proofs_of_a_second_person_count_towards_the_lock_and_tell_nothing(
    plant: Plant, settings: Settings
) -> None:
    plant.accept("supervisor")
    limit = settings.CONFIGURATION.lockout_attempts
    for _ in range(limit):
        with pytest.raises(NotProven, match="User id and password of the second person are not right"):
            ask(plant, "supervisor", "wrong")
    with pytest.raises(NotProven, match="User id and password of the second person are not right"):
        ask(plant, "nobody", "wrong")
    with pytest.raises(Locked, match="locked after"):
        ask(plant, "supervisor")
    last = refusals()
    assert len(last) == limit + 1, "the last failure before the lock is the alert itself"
    assert last[-2].startswith("an unknown name refused as second person")
    assert record.Entry.objects.filter(type="login.alert/1").count() == 1
    with clock.frozen(clock.now() + timedelta(minutes=settings.CONFIGURATION.lockout_minutes)):
        assert ask(plant, "supervisor").id == "supervisor"
