"""Bytes as passkeys write them: base64url without padding (RFC 4648, section 5)."""

import base64
import binascii

from django.utils.translation import gettext as _

from batchwright.kernel.errors import BadInput


def base64url(octets: bytes) -> str:
    """Write bytes as WebAuthn does.

    Args:
        octets: The bytes.

    Returns:
        base64url without padding.
    """
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read bytes as WebAuthn writes them.

    Args:
        text: base64url with or without padding.

    Returns:
        The bytes.

    Raises:
        BadInput: If it is something else.
    """
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(_("The answer of the passkey cannot be read"), remedy=_("Try again.")) from error
