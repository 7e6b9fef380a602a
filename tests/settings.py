"""The plant's own settings, and beside its capabilities the tests' own one with GMP tables of every kind."""

from batchwright.site.settings import *  # noqa: F403 - every setting is the plant's
from batchwright.site.settings import INSTALLED_APPS as _PLANT

INSTALLED_APPS = [*_PLANT, "tests.gmp"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Passwords are slow by design; tests need not be. One test logs in with the plant's own."""
