"""The site as a Django application: shell pages, start-up checks, and the entries about its own keeping."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Labelled so that it cannot be mistaken for `django.contrib.sites`."""

    name = "batchwright.site"
    label = "batchwright_site"

    def ready(self) -> None:
        """Import what registers itself, plug in what upper floors bring, and take the time of the plant."""
        from django.conf import settings

        from batchwright.site import entries, figures, forecast_panel, frozen_twins, plant_time  # noqa: F401 - two register

        frozen_twins.plug_in()
        forecast_panel.plug_in()
        plant_time.install(settings.CONFIGURATION)
