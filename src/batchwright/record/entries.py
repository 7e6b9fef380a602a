"""The entries that the record writes about itself."""

from django.utils.translation import gettext as _

from batchwright.record.typed import EntryData, entry_type


@entry_type("site_key.registered/1")
class SiteKeyRegistered(EntryData):
    """The key with which the site signs its checkpoints from here on."""

    site: str
    vkey: str
    fingerprint: str

    def sentence(self) -> str:
        """Say which key signs."""
        return _("Site key %(fingerprint)s registered") % {"fingerprint": self.fingerprint[:16]}


@entry_type("site_key.rotated/1")
class SiteKeyRotated(EntryData):
    """One site key took over from another; the old one says so with its own signature unless it is lost or stolen."""

    reason_required = True

    old_vkey: str
    new_vkey: str
    new_fingerprint: str
    compromised: bool
    handover: str | None
    """A signed note by the old key that names the new one; ``None`` where the old key cannot be trusted any more."""

    def sentence(self) -> str:
        """Say what replaced what."""
        if self.compromised:
            return _("Site key replaced after a compromise; new key %(new)s") % {"new": self.new_fingerprint[:16]}
        return _("Site key rotated; new key %(new)s") % {"new": self.new_fingerprint[:16]}


@entry_type("schema.migrated/1")
class SchemaMigrated(EntryData):
    """The database was brought to a newer structure; row images from here on have its columns."""

    version: str
    applied: list[str]

    def sentence(self) -> str:
        """Say how many steps were applied by which version."""
        return _("Database brought to version %(version)s in %(count)d steps") % {
            "version": self.version, "count": len(self.applied),
        }  # fmt: skip


@entry_type("record.exported/1")
class RecordExported(EntryData):
    """A copy of a subject's record left the system (21 CFR 11.10(b))."""

    exported_subject: str
    entries: int
    tree_size: int
    manifest_sha256: str

    def sentence(self) -> str:
        """Say what was exported."""
        return _("Record of %(subject)s exported: %(count)d entries up to checkpoint #%(size)d") % {
            "subject": self.exported_subject, "count": self.entries, "size": self.tree_size,
        }  # fmt: skip


@entry_type("witness.registered/1")
class WitnessRegistered(EntryData):
    """Somebody outside the plant will cosign its checkpoints."""

    witness: str
    vkey: str

    def sentence(self) -> str:
        """Say who."""
        return _("Witness %(name)s registered") % {"name": self.witness}
