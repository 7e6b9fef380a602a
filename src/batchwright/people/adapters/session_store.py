"""Django's sessions in the database, read with a query that is laid out once, for every request asks for one."""

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from batchwright import record
from batchwright.kernel import clock


class SessionStore(db.SessionStore):
    """Django's own store; only its reading is quicker."""

    def _get_session_from_db(self) -> Session | None:
        found = _LIVING.first(key=str(self.session_key), now=clock.system())
        if found is None:
            self._session_key = None
        return found


def _living(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


_LIVING = record.Prepared(_living, key=str, now=datetime)
