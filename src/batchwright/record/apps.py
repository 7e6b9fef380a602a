"""The record as a Django application."""

from django.apps import AppConfig


class RecordConfig(AppConfig):
    """Installs the guards whenever migrations have run, so that no GMP table can be left without."""

    name = "batchwright.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the guards to migration, the entry types to their registry, and the check of tables to Django's."""
        from django.core import checks as django_checks
        from django.db.models.signals import post_migrate, pre_migrate

        from batchwright.record import checks, entries, guards, runs  # noqa: F401 - importing registers the types

        django_checks.register(checks.check_tables, django_checks.Tags.models)
        pre_migrate.connect(guards.lift_rules_before_migrate, sender=self, dispatch_uid="record.rules")
        post_migrate.connect(guards.install_after_migrate, sender=self, dispatch_uid="record.guards")
