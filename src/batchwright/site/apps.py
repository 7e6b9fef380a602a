"""The site as a Django application: shell pages and start-up checks."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Labelled so that it cannot be mistaken for `django.contrib.sites`."""

    name = "batchwright.site"
    label = "batchwright_site"
