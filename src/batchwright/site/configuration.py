"""What the people of a plant can set: from the environment and one TOML file, checked whole before anything starts.

Order of precedence: ``BATCHWRIGHT_...`` in the environment, then the file named by ``BATCHWRIGHT_CONFIG`` (by default
``batchwright.toml`` in the plant folder), then the default. `batchwright.site.configuration_file` does the reading and
names every wrong setting at once; here stands what a setting is.
"""

import difflib
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from batchwright.kernel.errors import BadInput
from batchwright.site import database, secret

PREFIX = "BATCHWRIGHT_"

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine for itself."""
Strength = Literal["component", "full", "passkey"]
"""How a signer proves to be the signer: one component in a continuous session, all components, or a passkey."""


class OpenIdConnect(BaseModel):
    """Log-in through the company's identity provider (OpenID Connect)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(description="Address of the provider; its discovery document lies below it.")
    client_id: str = Field(min_length=1, description="Name of this plant at the provider.")
    client_secret: SecretStr = Field(description="Secret shared with the provider.")
    name: str = Field(default="Company log-in", description="Text of the log-in button.")

    @field_validator("issuer")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _web_address(value)


class Configuration(BaseSettings):
    """All settings of one plant, validated; unknown ones are refused."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True, toml_file=None
    )

    plant_folder: Path = Field(
        default=Path("var/plant"),
        description="Folder that holds everything of this plant that is not in the database: keys, attachments, and "
        "the database itself if it is SQLite. Relative to the working directory.",
    )
    site_name: str = Field(
        default="Batchwright plant", min_length=1, max_length=80, description="Name of the site, shown on every page."
    )
    site_zone: str = Field(
        default="UTC",
        description="Time zone in which times are shown, as an IANA name. Times are always stored in UTC.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="`sqlite:///file` (relative to the plant folder) or `postgresql://user:password@host:port/name`. "
        "Empty: `plant.sqlite3` in the plant folder.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that signs sessions, at least 32 characters. Empty: made once and kept in the plant "
        "folder as `secret_key`, readable by its owner alone.",
    )
    public_url: str = Field(
        default="http://localhost:8000",
        description="Address under which people reach the plant. Passkeys are bound to its host; with `https` cookies "
        "are sent encrypted only.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Further host names under which the plant answers, beside the one of `public_url`; in the "
        "environment separated by commas.",
    )
    behind_proxy: bool = Field(
        default=False,
        description="True if a reverse proxy ends TLS and sets `X-Forwarded-Proto` and `X-Forwarded-For` itself; never "
        "true without one.",
    )
    session_idle_minutes: int = Field(
        default=15, ge=1, le=1440, description="Minutes without a request after which one is signed out."
    )
    session_absolute_minutes: int = Field(
        default=720, ge=5, le=10080, description="Minutes after signing in at which one is signed out in any case."
    )
    signing_minutes: int = Field(
        default=30, ge=1, le=720,
        description="Minutes for which what was shown can be signed; a session that ends before ends it too.",
    )  # fmt: skip
    lockout_attempts: int = Field(
        default=5, ge=1, le=100, description="Failed log-ins in a row after which an account is locked (11.300(d))."
    )
    lockout_minutes: int = Field(default=15, ge=1, le=10080, description="Minutes for which it stays locked.")
    password_days: int = Field(
        default=365, ge=0, le=3650, description="Days after which a password must be changed (11.300(b)); 0: never."
    )
    reauthentication: dict[str, Strength] = Field(
        default_factory=dict,
        description="How strongly a signature is authenticated, per meaning: `component` (user id and password at the "
        "first signing of a session, then the password alone; 11.200(a)(1)(i)), `full` (user id and password every "
        "time) or `passkey` (a passkey every time). The meaning `default` holds for all that are not named; "
        "without it `component`.",
    )
    oidc: OpenIdConnect | None = Field(default=None, description="Log-in through the company's identity provider.")
    checkpoint_seconds: int = Field(
        default=60, ge=1, le=86400, description="Longest time in seconds between an entry and its signed checkpoint."
    )
    checkpoint_entries: int = Field(
        default=1000, ge=1, le=1000000, description="Most entries between two signed checkpoints."
    )
    tsa_url: str = Field(
        default="",
        description="Address of an RFC 3161 time-stamp authority for checkpoints. Empty: stamped by the plant's own "
        "key.",
    )
    tsa_roots: Path | None = Field(
        default=None,
        description="PEM file with the root certificates of the time-stamp authority; needed with `tsa_url`.",
    )
    web_address: str = Field(default="127.0.0.1", min_length=1, description="Address on which the web process listens.")
    web_port: int = Field(default=8000, ge=1, le=65535, description="Port on which the web process listens.")
    web_workers: int = Field(default=2, ge=1, le=64, description="Web processes that answer at the same time.")
    web_threads: int = Field(default=8, ge=1, le=64, description="Threads in each web process.")
    modules: Literal["none", "simulated"] = Field(
        default="none",
        description="What runs the services of modules: `none`, so that people enter what a module left, with a "
        "reason; or `simulated`, for a demo or a trial.",
    )
    module_speed: int = Field(
        default=1, ge=1, le=1_000_000, description="How many times faster than the plant simulated modules are."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least weight of a message that is logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log lines for people (`text`) or one JSON object per line (`json`)."
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Secret with which a monitoring system reads `/metrics`, at least 16 characters, sent as "
        "`Authorization: Bearer ...`. Empty: only programs on this machine may, and nobody if `behind_proxy` is set.",
    )
    demo: bool = Field(
        default=False,
        description="Whether this is the plant of `batchwright demo`, whose passwords everybody knows: they are kept "
        "by a quick digest. Refused where anybody but this machine could reach the plant.",
    )
    debug: bool = Field(
        default=False, description="Show the inside of errors on pages. For development; refused with `https`."
    )

    @field_validator("site_name")
    @classmethod
    def _names_a_key(cls, value: str) -> str:
        if not value.replace("+", " ").strip():
            raise ValueError("must hold more than blanks and plus signs: checkpoints are signed under this name")
        return value

    @field_validator("site_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        zones = zoneinfo.available_timezones()
        if value not in zones:
            close = difflib.get_close_matches(value, zones, n=1)
            raise ValueError("is no IANA time zone" + (f"; did you mean {close[0]}?" if close else ""))
        return value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _hosts_by_comma(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("public_url", "tsa_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _web_address(value) if value else value

    @field_validator("public_url")
    @classmethod
    def _is_given(cls, value: str) -> str:
        if urlsplit(value).path.strip("/") or not value:
            raise ValueError("must be an address without a path, such as https://plant.example.com")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters; leave it out to have one made")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _is_no_guess(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters; leave it out to let only this machine read")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_known(cls, value: SecretStr) -> SecretStr:
        try:
            database.parse(value.get_secret_value(), Path())
        except BadInput as error:
            raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.session_idle_minutes > self.session_absolute_minutes:
            raise ValueError(
                f"session_idle_minutes ({self.session_idle_minutes}) must not be above session_absolute_minutes "
                f"({self.session_absolute_minutes})"
            )
        if self.tsa_url and self.tsa_roots is None:
            raise ValueError("tsa_roots must be set with tsa_url: a time stamp that cannot be checked shows nothing")
        reached = {self.public_host, self.web_address, *self.allowed_hosts} - LOOPBACK
        if self.demo and (reached or self.behind_proxy):
            raise ValueError(
                "demo must be off where others than this machine reach the plant "
                f"({', '.join(sorted(reached)) or 'behind_proxy'}): everybody knows its passwords"
            )
        if self.debug and self.public_url.startswith("https"):
            raise ValueError("debug must be off when public_url is https: error pages would show the plant's inside")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment outweighs the file, which `load` passes in; nothing else is read.

        Args:
            settings_cls: This class.
            init_settings: What `load` read from the file.
            env_settings: The environment.
            dotenv_settings: Not used: a file beside the code is too easily forgotten there.
            file_secret_settings: Not used.

        Returns:
            The sources, the strongest first.
        """
        return env_settings, init_settings

    @property
    def database(self) -> dict[str, Any]:
        """The database as one entry of Django's ``DATABASES``."""
        return database.parse(self.database_url.get_secret_value(), self.plant_folder.absolute())

    def database_at(self, address: str) -> dict[str, Any]:
        """Another database than the plant's own, as one entry of Django's ``DATABASES``.

        Args:
            address: As for `database_url`; a relative SQLite path starts from the plant folder.

        Returns:
            The settings.

        Raises:
            BadInput: If the address is none.
        """
        return database.parse(address, self.plant_folder.absolute())

    @property
    def keys_folder(self) -> Path:
        """Folder of the site keys."""
        return self.plant_folder / "keys"

    @property
    def attachments_folder(self) -> Path:
        """Folder of the content-addressed attachments."""
        return self.plant_folder / "attachments"

    @property
    def processes_folder(self) -> Path:
        """Folder in which each process of the plant says that it lives."""
        return self.plant_folder / "processes"

    @property
    def modules_folder(self) -> Path:
        """Folder of what simulated modules keep."""
        return self.plant_folder / "modules"

    @property
    def public_host(self) -> str:
        """Host of `public_url`; the relying party id of passkeys."""
        return urlsplit(self.public_url).hostname or "localhost"

    def strength_of(self, meaning: str) -> Strength:
        """How strongly a signature of this meaning is authenticated.

        Args:
            meaning: What the signature means, such as ``approve``.

        Returns:
            The strength set for it, or for ``default``, or ``component``.
        """
        return self.reauthentication.get(meaning) or self.reauthentication.get("default") or "component"

    def settled_secret_key(self) -> str:
        """The secret key: the configured one, or the one kept in the plant folder, made here at first start.

        Returns:
            The key.

        Raises:
            BadInput: If the file can be read by others than its owner.
        """
        if configured := self.secret_key.get_secret_value():
            return configured
        return secret.kept_in(self.plant_folder / "secret_key")


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address that begins with https:// or http://")
    return value
