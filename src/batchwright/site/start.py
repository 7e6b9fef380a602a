"""Starting a process of the plant: the settings, the applications, and a look at what the record depends on."""

import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from batchwright.kernel.errors import BatchwrightError, DomainError, Unavailable
from batchwright.site.configuration import Configuration

SETTINGS = "batchwright.site.settings"
_NO_ANSWER = "answer of the database"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Args:
        name: What was looked at.
        fine: Whether it is as it must be.
        says: What was found.
        remedy: What to do; "" where all is fine. What is fine and still has one is a note: nobody must act now.
    """

    name: str
    fine: bool
    says: str
    remedy: str = ""

    @property
    def word(self) -> str:
        """``fine``, ``note`` or ``WRONG``."""
        if not self.fine:
            return "WRONG"
        return "note" if self.remedy else "fine"

    def as_json(self) -> dict[str, object]:
        """The finding for machines."""
        return {**asdict(self), "word": self.word}


def set_up_django() -> None:
    """Load the settings and the applications; does nothing the second time.

    Raises:
        BadConfiguration: If a setting is wrong.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


def migrate() -> None:
    """Bring the tables up to date, put the guards in place, and record both.

    Raises:
        DomainError: If a table cannot be kept exactly, or a guard is missing afterwards.
    """
    from django.conf import settings
    from django.core.management import call_command

    from batchwright import __version__, record
    from batchwright.people import services
    from batchwright.record import checks, guards

    checks.require()
    settings.CONFIGURATION.plant_folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    planned = _planned()
    call_command("migrate", verbosity=0, interactive=False)
    guards.require()
    if planned:
        record.record_migration(planned, __version__)
    services.seed_roles()


def check() -> list[Finding]:
    """Look at everything the plant depends on; the configuration itself was checked when it was loaded.

    Returns:
        One finding each, in the order in which to mend them. After a database that does not answer nothing follows.
    """
    from django.conf import settings

    configuration: Configuration = settings.CONFIGURATION
    findings = [Finding("configuration", fine=True, says=f"plant folder {configuration.plant_folder}")]
    findings.append(_meanings(configuration))
    findings += _files(configuration)
    for look in (_database, _migrations, _guards):
        findings.append(look())
        if not findings[-1].fine:
            return findings
    findings.append(_ledger())
    if configuration.demo:
        findings.append(_demo())
    return findings


def require() -> None:
    """Refuse to start on a plant on which nothing may be recorded.

    Raises:
        DomainError: With the first thing that is wrong and its remedy.
        Unavailable: If the database does not answer.
    """
    for finding in check():
        if not finding.fine:
            kind = Unavailable if finding.name == _NO_ANSWER else DomainError
            raise kind(f"The plant cannot start: {finding.name}", value=finding.says, remedy=finding.remedy)


def _meanings(configuration: Configuration) -> Finding:
    """A misspelt meaning would silently leave its signatures at the default strength."""
    from batchwright.people import meanings

    known = {"default", *(meaning.code for meaning in meanings.MEANINGS)}
    wrong = sorted(configuration.reauthentication.keys() - known)
    if wrong:
        says = f"reauthentication names {', '.join(wrong)}; known are {', '.join(sorted(known))}"
        return Finding("signature meanings", fine=False, says=says, remedy="Correct the setting `reauthentication`.")
    return Finding("signature meanings", fine=True, says="all known")


def _files(configuration: Configuration) -> Iterator[Finding]:
    """Secrets on disk are for their owner alone."""
    secret = configuration.plant_folder / "secret_key"
    if secret.exists():
        yield _private(secret, "secret key", 0o600)
    if configuration.keys_folder.is_dir():
        yield _private(configuration.keys_folder, "keys folder", 0o700)
        for key in sorted(configuration.keys_folder.glob("*.pem")):
            yield _private(key, f"site key {key.stem}", 0o600)


def _private(path: Path, name: str, mode: int) -> Finding:
    found = stat.S_IMODE(path.stat().st_mode)
    if found & 0o077:
        return Finding(name, fine=False, says=f"{path} has mode {found:04o}", remedy=f"Run: chmod {mode:o} {path}")
    return Finding(name, fine=True, says=f"{path} is for its owner alone")


def _database() -> Finding:
    from django.conf import settings
    from django.db import DatabaseError, connection

    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not Path(name).exists():
        return Finding("database", fine=False, says=f"{name} does not exist", remedy="Run: batchwright migrate")
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        folder = settings.CONFIGURATION.plant_folder
        remedy = f"Start the database, or correct BATCHWRIGHT_DATABASE_URL or {folder}/batchwright.toml."
        return Finding(_NO_ANSWER, fine=False, says=" ".join(str(error).split()), remedy=remedy)
    return Finding("database", fine=True, says=f"{connection.display_name} answers: {name}")


def _planned() -> list[str]:
    """The migrations that are not applied yet, as ``app.name``, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _migrations() -> Finding:
    planned = _planned()
    if planned:
        says = f"{len(planned)} not applied, the first is {planned[0]}"
        return Finding("migrations", fine=False, says=says, remedy="Run: batchwright migrate")
    return Finding("migrations", fine=True, says="all applied")


def _guards() -> Finding:
    from batchwright.record import guards

    try:
        guards.require()
    except DomainError as error:
        says = f"{error.message}: {error.value}"
        return Finding("guards", fine=False, says=says, remedy=error.remedy)
    held = guards.tables()
    says = f"in place on {len(held.gmp)} tables with {len(held.rules)} rules, and on the ledger"
    return Finding("guards", fine=True, says=says)


def _demo() -> Finding:
    """A plant with people of its own must not keep their passwords as the demo keeps those that everybody knows."""
    from batchwright import record
    from batchwright.people.demo import FIRST_KEY
    from batchwright.people.models import User

    if not User.objects.exists() or record.Entry.objects.filter(idempotency_key=FIRST_KEY).exists():
        return Finding("demo", fine=True, says="its passwords are public", remedy="Keep nothing real in this plant.")
    says = "the setting demo is on, and the people of this plant are not those of the demo"
    return Finding("demo", fine=False, says=says, remedy="Set demo = false and give the people new passwords.")


def _ledger() -> Finding:
    """Say where the ledger ends; whether it is whole takes longer and is the business of ``record verify``."""
    from batchwright import record

    try:
        last = record.Entry.objects.order_by("-seq").first()
        signed = record.latest_checkpoint()
    except BatchwrightError as error:
        return Finding("ledger", fine=False, says=str(error), remedy="Run: batchwright record verify")
    head = "empty" if last is None else f"ends with entry {last.seq}"
    return Finding("ledger", fine=True, says=head + ("" if signed else ", no checkpoint yet"))
