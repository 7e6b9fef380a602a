"""What is signed: the canonical statement of a signature, its hash and the challenge that a passkey signs.

Pure. The statement is what `verify.py` checks offline: it says who (11.50(a)(1)), in which meaning (11.50(a)(3)), of
which record and version (11.70), exactly what was shown, and when it was prepared; the time of signing (11.50(a)(2))
is the time of the entry that holds it.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batchwright.kernel.errors import BadInput
from batchwright.record import verifier

ACCOUNTABILITY_VERSION: Final = "1"
ACCOUNTABILITY: Final = _(
    "I understand that my electronic signature is the legally binding equivalent of my handwritten signature, that I "
    "am accountable for every act recorded under it, and that I must not let anybody else use my password or passkey."
)
"""What everybody accepts before the first signature (21 CFR 11.10(j), 11.100(c))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement to be signed.

    Attributes:
        signer: User name of the signer.
        printed_name: Printed name of the signer.
        meaning: Code of the meaning.
        subject: Subject of the entry that the signature belongs to.
        subject_version: Version of the signed row as it was shown.
        shown: Exactly the text that was shown.
        prepared_at: When it was shown, as the record writes times.
    """

    signer: str
    printed_name: str
    meaning: str
    subject: str
    subject_version: int
    shown: str
    prepared_at: str

    def __post_init__(self) -> None:
        """Refuse a statement that says nothing.

        Raises:
            BadInput: If nothing is shown.
        """
        if not self.shown.strip():
            raise BadInput(
                gettext("Nothing is shown to the signer"),
                value=self.subject,
                remedy=gettext("Show what is to be signed."),
            )

    @property
    def shown_sha256(self) -> str:
        """SHA-256 of the text shown, in hex."""
        return hashlib.sha256(self.shown.encode("utf-8")).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The statement as it stands in the entry.

        Returns:
            Text and whole numbers only.
        """
        return {**asdict(self), "shown_sha256": self.shown_sha256}

    def canonical(self) -> bytes:
        """The exact bytes that are signed.

        Returns:
            RFC 8785 JSON.
        """
        return verifier.canonical(self.as_json())

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical statement with its domain, in hex; the name of the statement."""
        return self.challenge().hex()

    def challenge(self) -> bytes:
        """What a passkey signs.

        Returns:
            32 bytes: SHA-256 of the domain and the canonical statement.
        """
        return verifier.challenge(self.as_json())

    @classmethod
    def read(cls, content: dict[str, Any]) -> Self:
        """Read a stored statement back.

        Args:
            content: What `as_json` gave.

        Returns:
            The statement.

        Raises:
            BadInput: If the hash does not belong to the text shown.
        """
        fields = dict(content)
        claimed = fields.pop("shown_sha256", None)
        made = cls(**fields)
        if made.shown_sha256 != claimed:
            raise BadInput(
                gettext("The hash of a statement is not that of the text shown"), value=claimed, limit=made.shown_sha256
            )
        return made
