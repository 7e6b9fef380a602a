"""The site as a Django application: shell pages, start-up checks, and the entries about its own keeping."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Labelled so that it cannot be mistaken for `django.contrib.sites`."""

    name = "batchwright.site"
    label = "batchwright_site"

    def ready(self) -> None:
        """Import what registers itself."""
        from batchwright.site import entries, figures, forecast_panel, frozen_twins  # noqa: F401 - two register themselves

        frozen_twins.plug_in()
        forecast_panel.plug_in()
