"""Execution as a Django application."""

from django.apps import AppConfig


class ExecutionConfig(AppConfig):
    """Registers the entry types and the rules that the database itself holds."""

    name = "batchwright.execution"
    label = "execution"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself."""
        from batchwright.execution import entries, figures, rules  # noqa: F401 - importing registers them
