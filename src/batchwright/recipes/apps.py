"""Recipes as a Django application."""

from django.apps import AppConfig


class RecipesConfig(AppConfig):
    """Registers the entry types and the rules that the database itself holds."""

    name = "batchwright.recipes"
    label = "recipes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself."""
        from batchwright.recipes import entries, rules  # noqa: F401 - importing registers types and rules
