"""Materials as a Django application."""

from django.apps import AppConfig


class MaterialsConfig(AppConfig):
    """Registers the entry types and installs the rules that the database itself holds."""

    name = "batchwright.materials"
    label = "materials"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself, and connect the rules to migration."""
        from django.db.models.signals import post_migrate

        from batchwright.materials import entries, rules  # noqa: F401 - importing registers the types

        # As the record does with its guards: SQLite drops a table's triggers when a migration rebuilds it.
        post_migrate.connect(rules.install_after_migrate, sender=self, dispatch_uid="materials.rules")
