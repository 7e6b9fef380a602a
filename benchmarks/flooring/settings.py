"""Django's settings for the benchmark: the plant exactly as it runs, and one plain table and one address more."""

from batchwright.site.settings import *  # noqa: F403 - the plant exactly as it runs
from batchwright.site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.flooring"]
ROOT_URLCONF = "benchmarks.flooring.urls"
