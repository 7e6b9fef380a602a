"""The site as a Django application: shell pages, start-up checks, and the entries about its own keeping."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Labelled so that it cannot be mistaken for `django.contrib.sites`."""

    name = "batchwright.site"
    label = "batchwright_site"

    def ready(self) -> None:
        """Import what registers itself, and take the time of the plant where it is not the machine's."""
        from django.conf import settings

        from batchwright.site import entries, figures, plant_time  # noqa: F401 - registers entry types and figures

        plant_time.install(settings.CONFIGURATION)
