"""The digest of passwords that everybody knows: those of a demo plant stand in its source.

Argon2 takes a tenth of a second by design, and a demo signs for weeks within one minute. A plant in production has this
algorithm not among its own (`batchwright.site.settings`), so that a digest of this kind lets nobody in there.
"""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickDigest(PBKDF2PasswordHasher):
    """One round of PBKDF2 with a salt, under a name of its own."""

    algorithm = "demo_only"
    iterations = 1
