"""The application."""

from django.apps import AppConfig


class BenchPlantConfig(AppConfig):
    """Tables without migrations: they live as long as one run of the benchmark."""

    name = "benchmarks.recording.plant"
    label = "bench_plant"
    default_auto_field = "django.db.models.BigAutoField"
