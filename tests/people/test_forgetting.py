"""Ended sessions are dropped after a while; what they did stays on record."""

from datetime import timedelta

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import sessions
from batchwright.people.models import PlantSession, User
from tests.people.plant import Plant


def _session(user: User, *, seen_days_ago: int, ended: bool) -> PlantSession:
    seen = clock.now() - timedelta(days=seen_days_ago)
    return PlantSession.objects.create(
        session_key=f"{seen_days_ago}{ended}", user=user, method="password", started_at=seen, seen_at=seen,
        ended_at=seen if ended else None,
    )  # fmt: skip


def test_a_session_that_ended_long_ago_is_dropped_and_the_record_keeps_every_entry(plant: Plant) -> None:
    user = User.objects.order_by("id")[0]
    entries = record.Entry.objects.count()
    old = _session(user, seen_days_ago=31, ended=True)
    recent = _session(user, seen_days_ago=1, ended=True)
    running = _session(user, seen_days_ago=31, ended=False)
    assert sessions.forget_ended() == 1
    kept = set(PlantSession.objects.values_list("pk", flat=True))
    assert old.pk not in kept
    assert {recent.pk, running.pk} <= kept
    assert record.Entry.objects.count() == entries
