"""Who people are: sponsors, users, passkeys and identities."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, Self

from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright import record
from batchwright.people.models.tenancy import Owned

USERNAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{1,62}$"


class Sponsor(record.GmpModel):
    """A company for which the plant manufactures; a tenant."""

    code = models.CharField(max_length=40, unique=True, validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9-]{0,39}$")])
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "people_sponsor"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What the sponsor is called in the record."""
        return f"sponsor/{self.code}"

    @classmethod
    def visible_to(cls, actor: record.Actor) -> models.QuerySet[Self]:
        """Give the sponsors that an actor may know of.

        Args:
            actor: Who reads.

        Returns:
            All for the plant's own people; for a sponsor's, the own one.
        """
        return cls.objects.all() if actor.sponsor is None else cls.objects.filter(code=actor.sponsor)


class User(AbstractBaseUser, record.GmpModel):
    """A person with a log-in."""

    username = models.CharField(
        max_length=63, unique=True,
        validators=[RegexValidator(USERNAME_PATTERN, _("Use 2 to 63 of a-z, 0-9, dot, hyphen and underscore."))],
    )  # fmt: skip
    printed_name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="users")
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    failed_attempts = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=True)
    statement_accepted_at = models.DateTimeField(null=True, blank=True)
    statement_version = models.CharField(max_length=10, blank=True)

    # A log-in is an entry, not a column that the next one overwrites.
    last_login = None
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["printed_name"]

    class Meta:
        db_table = "people_user"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.printed_name

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: people are written through `record.entry` alone."""
        record.GmpModel.save(self, *args, **kwargs)

    @property
    def subject(self) -> str:
        """What the person is called in the record."""
        return f"user/{self.username}"

    @property
    def tenant(self) -> str | None:
        """Code of the sponsor the person works for; None for the plant's own people."""
        return None if self.sponsor is None else self.sponsor.code

    def check_password(self, raw_password: str | None) -> bool:
        """Compare a password, without Django's re-hashing, which would write outside the record.

        Args:
            raw_password: What was typed.

        Returns:
            Whether it is the person's password.
        """
        return raw_password is not None and hashers.check_password(raw_password, self.password)

    @classmethod
    def visible_to(cls, actor: record.Actor) -> models.QuerySet[Self]:
        """Give the people that an actor may know of.

        Args:
            actor: Who reads.

        Returns:
            Everybody for the plant's own people; for a sponsor's, the own company's.
        """
        people = cls.objects.select_related("sponsor")
        return people.all() if actor.sponsor is None else people.filter(sponsor__code=actor.sponsor)


class OfUser(Owned):
    """A row that belongs to one person and is visible with that person."""

    owners: ClassVar[tuple[str, ...]] = ("user__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("user", "user__sponsor")

    class Meta:
        abstract = True


class PastPassword(OfUser):
    """A password that was used before and is not accepted again."""

    user = models.ForeignKey(User, models.PROTECT, related_name="past_passwords")
    digest = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    secret_fields: ClassVar[frozenset[str]] = frozenset({"digest"})

    class Meta:
        db_table = "people_past_password"
        ordering = ["-set_at"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"


class ExternalIdentity(OfUser):
    """An identity at the company's provider that was linked to a person (OpenID Connect)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="identities")
    issuer = models.CharField(max_length=200)
    external_id = models.CharField(max_length=191)
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_external_identity"
        ordering = ["linked_at"]
        constraints = [models.UniqueConstraint(fields=["issuer", "external_id"], name="people_external_identity_once")]

    def __str__(self) -> str:
        return f"{self.issuer} {self.external_id}"


class Passkey(OfUser):
    """A public key whose private half only the person's own device holds."""

    user = models.ForeignKey(User, models.PROTECT, related_name="passkeys")
    credential_id = models.CharField(max_length=1400, unique=True)
    public_key = models.TextField()
    key_type = models.CharField(max_length=3)
    algorithm = models.IntegerField()
    label = models.CharField(max_length=80)
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_passkey"
        ordering = ["enrolled_at", "id"]

    def __str__(self) -> str:
        return self.label

    @property
    def subject(self) -> str:
        """What the passkey is called in the record."""
        return f"passkey/{self.credential_id}"
