"""People as a Django application."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the entry types, so that old entries read from the first request on."""

    name = "batchwright.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself."""
        from batchwright.people import entries  # noqa: F401 - importing registers the types
