"""How far the plant of a demo is that is being made: a file in its folder says so while ``batchwright demo`` makes it.

The one who makes it writes the file, and the web process reads it (`batchwright.site.web.while_made`).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

FILE: Final = "making.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the plant is.

    Attributes:
        part: What is being made: ``begun``, ``tables``, one of the capabilities, ``lots``, or ``days`` for its past.
        day: The day of its past that is played through; 0 before.
        days: How many days its past has; 0 while that is not known.
    """

    part: str = "begun"
    day: int = 0
    days: int = 0

    @property
    def sentence(self) -> str:
        """What is being made, in the reader's language."""
        if self.part == "days":
            return _("Playing through its past: day %(day)s of %(days)s.") % {"day": self.day, "days": self.days}
        return {
            "tables": _("Laying out its tables and guarding them."),
            "people": _("Enrolling its people and training them."),
            "plant": _("Qualifying its units and calibrating its instruments."),
            "materials": _("Setting up its materials and its store."),
            "recipes": _("Writing, reviewing and approving its recipes."),
            "lots": _("Taking over the lots of what was made before."),
        }.get(self.part, _("Starting."))


def tell(file: Path, progress: Progress) -> None:
    """Say how far the plant is.

    Args:
        file: Where that is said.
        progress: How far.
    """
    passing = file.with_suffix(".new")
    passing.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    passing.replace(file)


def seen(folder: Path) -> Progress | None:
    """See how far a plant is.

    Args:
        folder: Its folder.

    Returns:
        How far it is; None where no plant is being made there.
    """
    try:
        return Progress(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def goes_on() -> bool:
    """Say whether the plant of this process is being made: that of a demo alone ever is.

    Returns:
        Whether it is.
    """
    return bool(settings.CONFIGURATION.demo) and seen(settings.CONFIGURATION.plant_folder) is not None
