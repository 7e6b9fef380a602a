"""Reading what a scanner sends: GS1 element strings, by biip; anything else is a name that somebody typed.

Source: GS1 General Specifications, section 3 (application identifiers) and 7.8 (processing). A trade item is labelled
with (01) GTIN, (17) expiry, (10) lot and (21) container; what has no GTIN with the company's own (91) container and
(92) lot; a shipping container with (00) SSCC.
"""

from dataclasses import dataclass
from datetime import date

from batchwright.kernel.errors import BadInput

SEPARATOR = "\x1d"
_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class Scan:
    """What a label says.

    Attributes:
        container: Our container.
        lot: Our lot, or the supplier's.
        gtin: The trade item.
        sscc: The shipping container.
        expires_on: Last day of use.
    """

    container: str = ""
    lot: str = ""
    gtin: str = ""
    sscc: str = ""
    expires_on: date | None = None


def looks_scanned(text: str) -> bool:
    """Tell a scan from something typed.

    Args:
        text: What came in.

    Returns:
        Whether it has the marks of a GS1 element string.
    """
    digits = len(text) >= _SHORTEST and text[:_SHORTEST].isascii() and text[:_SHORTEST].isdigit()
    return SEPARATOR in text or text.startswith(("]C1", "]d2", "]Q3", "]e0", "(")) or digits


def read(text: str) -> Scan:
    """Read a scan.

    Args:
        text: What the scanner sent, with or without its symbology identifier, or the text printed below the symbol.

    Returns:
        What the label says.

    Raises:
        BadInput: If it is no GS1 element string, or a check digit does not fit.
    """
    from biip import ParseError
    from biip.gs1_messages import GS1Message

    stripped = text.strip(" \r\n\t")
    try:
        if stripped.startswith("("):
            message = GS1Message.parse_hri(stripped)
        else:
            message = GS1Message.parse(stripped[3:] if stripped.startswith("]") else stripped)
    except ParseError as error:
        said = str(error).splitlines()[0]
        raise BadInput(f"This is no GS1 label: {said}", value=repr(text), remedy="Scan it again.") from error
    if not message.element_strings:
        raise BadInput("This is no GS1 label", value=repr(text), remedy="Scan it again.")
    parts = {one.ai.ai: one for one in message.element_strings}
    for one in parts.values():
        wrong = one.gtin_error or one.sscc_error
        if wrong:
            raise BadInput(f"The label is misread: {wrong}", value=repr(text), remedy="Scan it again.")
    values = {code: one.value for code, one in parts.items()}
    expiry = parts.get("17")
    return Scan(
        container=values.get("91") or values.get("21", ""), lot=values.get("92") or values.get("10", ""),
        gtin=values.get("01", ""), sscc=values.get("00", ""), expires_on=None if expiry is None else expiry.date,
    )  # fmt: skip
