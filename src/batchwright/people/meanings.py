"""What a signature can mean (21 CFR 11.50(a)(3): "review, approval, responsibility, or authorship").

Pure. A meaning is named in the record for decades: codes are never renamed, only added.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batchwright.people.permissions import Refused


@dataclass(frozen=True, slots=True)
class Meaning:
    """One meaning of a signature.

    Attributes:
        code: Its name in the record.
        title: What is printed beside the name.
        sentence: What the signer declares.
    """

    code: str
    title: str | Promise
    sentence: str | Promise

    @property
    def action(self) -> str:
        """The action that must be held to sign so."""
        return f"sign.{self.code}"


MEANINGS: Final[tuple[Meaning, ...]] = (
    Meaning("performed", _("Performed by"), _("I did this as shown.")),
    Meaning("verified", _("Verified by"), _("I checked what another person did and found it as shown.")),
    Meaning("authored", _("Author"), _("I wrote this.")),
    Meaning("reviewed", _("Reviewed by"), _("I reviewed this as shown.")),
    Meaning("approved", _("Approved by"), _("I approve this as shown.")),
    Meaning("rejected", _("Rejected by"), _("I reject this as shown.")),
    Meaning("released", _("Certified and released by"), _("I certify this batch and release it.")),
    Meaning("read_and_understood", _("Read and understood by"), _("I have read this document and understood it.")),
    Meaning(
        "assessed_competent", _("Assessed as competent by"), _("I assessed this person and found him or her competent.")
    ),
)


def meaning(code: str) -> Meaning:
    """Look a meaning up.

    Args:
        code: Its code.

    Returns:
        The meaning.

    Raises:
        Refused: If there is no such meaning.
    """
    for one in MEANINGS:
        if one.code == code:
            return one
    known = ", ".join(one.code for one in MEANINGS)
    raise Refused(
        gettext("There is no such meaning of a signature"),
        value=code,
        limit=known,
        remedy=gettext("Choose one of these."),
    )
