"""Entries about what was taken over from other systems (EU GMP Annex 11, clause 4.8)."""

from django.utils.translation import gettext as _

from batchwright import record


class _Migrated(record.EntryData):
    source: str
    file: str
    file_sha256: str
    mapping_sha256: str


@record.entry_type("materials.migrated/1")
class MaterialsMigrated(_Migrated):
    """Materials and what they need were taken over."""

    codes: list[str]

    def sentence(self) -> str:
        return _("%(n)d materials migrated from %(source)s") % {"n": len(self.codes), "source": self.source}


@record.entry_type("lots.migrated/1")
class LotsMigrated(_Migrated):
    """Lots and their genealogy were taken over, many in one act."""

    first: str
    last: str
    lots: int
    descents: int

    def sentence(self) -> str:
        return _("%(lots)d lots with %(descents)d descents migrated from %(source)s: %(first)s to %(last)s") % {
            "lots": self.lots, "descents": self.descents, "source": self.source, "first": self.first, "last": self.last,
        }  # fmt: skip


@record.entry_type("file.imported/1")
class FileImported(record.EntryData):
    """Another system's file was taken over; what was not is listed."""

    file: str
    file_sha256: str
    taken: list[str]
    reported: list[str]

    def sentence(self) -> str:
        return _("File %(file)s imported: %(taken)d elements taken over, %(reported)d reported") % {
            "file": self.file, "taken": len(self.taken), "reported": len(self.reported),
        }  # fmt: skip
