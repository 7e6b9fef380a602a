"""The tests' own capability as a Django application."""

from django.apps import AppConfig


class GmpConfig(AppConfig):
    """Tables that stand for any capability's."""

    name = "tests.gmp"
    label = "gmp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tests.gmp import entries  # noqa: F401 - importing registers the types
