"""How every request finds its person: allauth's way of knowing people, with a query that is laid out once."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from batchwright import record
from batchwright.people.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth carries no types
    """allauth's own back end; only its reading of the person of a request is quicker."""

    def get_user(self, user_id: int) -> User | None:
        """Read a person.

        Args:
            user_id: The key.

        Returns:
            The person with the sponsor, unless the log-in is disabled.
        """
        found = _USER.first(key=user_id)
        return found if found is not None and self.user_can_authenticate(found) else None


def _with_key(key: int) -> QuerySet[User]:
    return User.objects.select_related("sponsor").filter(pk=key)


_USER = record.Prepared(_with_key, key=int)
