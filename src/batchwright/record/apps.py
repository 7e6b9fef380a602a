"""The record as a Django application."""

from django.apps import AppConfig


class RecordConfig(AppConfig):
    """Installs the guards whenever migrations have run, so that no GMP table can be left without."""

    name = "batchwright.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the guards to migration and the entry types to their registry."""
        from django.db.models.signals import post_migrate, pre_migrate

        from batchwright.record import entries, guards, runs  # noqa: F401 - importing registers the types

        pre_migrate.connect(guards.lift_rules_before_migrate, sender=self, dispatch_uid="record.rules")
        post_migrate.connect(guards.install_after_migrate, sender=self, dispatch_uid="record.guards")
