"""The entries that the site writes about its own keeping (EU GMP Annex 11, clauses 7.2 and 16)."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from batchwright import record


@record.entry_type("site.backed_up/1")
class SiteBackedUp(record.EntryData):
    """A back-up was written whole; the entry stands after what it covers, so the back-up itself lacks it."""

    file: str
    bytes: int
    sha256: str
    covered_to: int
    head: str
    """Hash of the last entry that the back-up has, 64 hexadecimal digits; "" for an empty record."""
    with_keys: bool

    def sentence(self) -> str:
        """Say what was kept and up to where."""
        return _("Back-up %(file)s written, up to entry #%(to)d") % {"file": self.file, "to": self.covered_to}


@record.entry_type("site.restored/1")
class SiteRestored(record.EntryData):
    """The plant was brought back from a back-up; whatever was recorded after it was made is not here any more."""

    reason_required = True

    file: str
    made_at: datetime
    covered_to: int
    head: str
    version: str

    def sentence(self) -> str:
        """Say from what, and where the record was taken up."""
        return _("Plant restored from back-up %(file)s, which ends with entry #%(to)d") % {
            "file": self.file, "to": self.covered_to,
        }  # fmt: skip


@record.entry_type("site.time_simulated/1")
class TimeSimulated(record.EntryData):
    """The time of the plant is made up from here on: it runs at another speed than the clock of its machine."""

    speed: Decimal
    """Seconds that pass in the plant in one second of its machine."""
    ahead_seconds: int
    """How far the plant's time is ahead."""

    def sentence(self) -> str:
        """Say how fast time runs."""
        if self.speed == 1:
            return _("The time of this plant is simulated: it is %(ahead)d s ahead of its machine's") % {
                "ahead": self.ahead_seconds
            }
        return _("The time of this plant is simulated: it runs %(speed)s times as fast as its machine's") % {
            "speed": f"{self.speed.normalize():f}"
        }
