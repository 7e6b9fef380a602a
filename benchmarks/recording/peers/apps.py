"""The application that holds django-simple-history's tables."""

from django.apps import AppConfig


class BenchPeersConfig(AppConfig):
    """Tables without migrations, in a database of their own on a plain Django back end."""

    name = "benchmarks.recording.peers"
    label = "bench_peers"
    default_auto_field = "django.db.models.BigAutoField"
