"""The plant as a Django application."""

from django.apps import AppConfig


class PlantConfig(AppConfig):
    """Registers the entry types, so that old entries read from the first request on."""

    name = "batchwright.plant"
    label = "plant"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself."""
        from batchwright.plant import entries  # noqa: F401 - importing registers the types
