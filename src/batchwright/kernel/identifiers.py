"""Identifiers that people read aloud, type with gloves on and scan: prefix, number, check character.

``L-0042-B`` is lot 42. The check character is that of ISO/IEC 7064, MOD 37,36, over the letters and digits without the
hyphens. It finds every wrong single character, and every swap of two neighbours but one in 630: two that follow each
other in the alphabet, as 4 and 5, after one particular beginning. The standard's hybrid systems do not promise more.
Whoever hands numbers out never hands one out twice.
"""

import re
from typing import NewType

from batchwright.kernel.errors import BadInput

Identifier = NewType("Identifier", str)
"""Text such as ``L-0042-B``, in its one canonical spelling."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIZE = len(ALPHABET)
_PREFIX = re.compile(r"[A-Z]{1,8}")
_FORM = re.compile(r"([A-Z]{1,8})-([0-9]{4,12})-([0-9A-Z])")
_LARGEST = 10**12 - 1


def check_character(text: str) -> str:
    """The check character of ISO/IEC 7064, MOD 37,36.

    Args:
        text: Digits and capital letters, without the check character.

    Returns:
        One digit or capital letter to append.

    Raises:
        BadInput: The text is empty or has another character.
    """
    product = _SIZE
    for character in text:
        product = _following(product, character)
    if not text:
        raise BadInput("an empty text has no check character", limit="digits and capital letters")
    return ALPHABET[(_SIZE + 1 - product) % _SIZE]


def _following(product: int, character: str) -> int:
    """One step of the hybrid system: add modulo 36 (where 0 counts as 36), then double modulo 37."""
    value = ALPHABET.find(character)
    if value < 0:
        raise BadInput("the character has no place in an identifier", value=repr(character), limit="0 to 9, A to Z")
    return ((product + value) % _SIZE or _SIZE) * 2 % (_SIZE + 1)


def compose(prefix: str, number: int) -> Identifier:
    """Write the identifier of a number.

    Args:
        prefix: What kind of thing it is: 1 to 8 capital letters.
        number: The running number of that kind, from 1; shown with at least four digits.

    Returns:
        The identifier, such as ``L-0042-B``.

    Raises:
        BadInput: The prefix or the number is outside its limits.
    """
    if not _PREFIX.fullmatch(prefix):
        raise BadInput("the prefix of an identifier is refused", value=repr(prefix), limit="1 to 8 capital letters")
    if not 1 <= number <= _LARGEST:
        raise BadInput("the number of an identifier is out of range", value=number, limit=f"1 to {_LARGEST}")
    digits = f"{number:04d}"
    return Identifier(f"{prefix}-{digits}-{check_character(prefix + digits)}")


def parse(text: str) -> tuple[str, int]:
    """Read an identifier; lower case and surrounding blanks are accepted, every other difference is refused.

    Args:
        text: Such as ``L-0042-B`` or `` l-0042-b ``.

    Returns:
        Prefix and number.

    Raises:
        BadInput: The text has not the form of an identifier, its check character does not fit, or it is padded with
            other zeros than `compose` writes.
    """
    # str.upper turns some foreign letters into A-Z, and \d takes foreign digits: both would be a second spelling.
    stripped = text.strip()
    match = _FORM.fullmatch(stripped.upper()) if stripped.isascii() else None
    if match is None:
        raise BadInput(
            "this is not an identifier",
            value=repr(text),
            limit="letters, hyphen, at least four digits, hyphen, check character, as L-0042-B",
            remedy="Scan the label, or type it as it is printed.",
        )
    prefix, digits, check = match.groups()
    if check_character(prefix + digits) != check:
        raise BadInput(
            "the check character does not fit the identifier",
            value=repr(text),
            remedy="A character is wrong or two are swapped: read the label again, or scan it.",
        )
    number = int(digits)
    if number == 0 or f"{number:04d}" != digits:
        raise BadInput(
            "the number of the identifier has superfluous zeros",
            value=repr(text),
            limit="four digits, more only from 10000 on, counted from 1",
            remedy="Type it as it is printed on the label.",
        )
    return prefix, number


def canonical(text: str) -> Identifier:
    """The one spelling of an identifier as typed or scanned.

    Args:
        text: As for `parse`.

    Returns:
        The identifier in capitals without blanks.

    Raises:
        BadInput: As for `parse`.
    """
    return compose(*parse(text))
