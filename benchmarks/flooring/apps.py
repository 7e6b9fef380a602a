"""The peer as an application of its own."""

from django.apps import AppConfig


class FlooringConfig(AppConfig):
    """One plain table beside the plant."""

    name = "benchmarks.flooring"
    label = "bench_flooring"
    default_auto_field = "django.db.models.BigAutoField"
