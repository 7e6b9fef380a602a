"""Files that automatic operators attach where people attach a print-out or take a picture; each says what it is."""

import struct
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

_WIDE, _HIGH = 120, 60


def _pdf(words: str) -> bytes:
    """One page with one line (ISO 32000-1, 7.5)."""
    line = words.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    shown = b"BT /F1 12 Tf 40 100 Td (%s) Tj ET" % line
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )  # fmt: skip
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + end


def _png(words: str) -> bytes:
    """A grey field, darker by what it stands for, so that two of them are not the same file (ISO/IEC 15948)."""
    grey = 0x60 + zlib.crc32(words.encode()) % 0x80
    rows = (b"\0" + bytes([grey]) * _WIDE) * _HIGH

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", _WIDE, _HIGH, 8, 0, 0, 0, 0)
    text = b"Comment\0" + words.encode("latin-1", "replace")
    parts = ((b"IHDR", head), (b"tEXt", text), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(part(name, content) for name, content in parts)


_MADE: Final[Mapping[str, tuple[str, Callable[[str], bytes]]]] = MappingProxyType(
    {
        "application/pdf": ("pdf", _pdf), "image/png": ("png", _png),
        "text/csv": ("csv", lambda words: f"what\n{words}\n".encode()),
        "text/plain": ("txt", lambda words: f"{words}\n".encode()),
    }
)  # fmt: skip


def specimen(name: str, words: str, media_types: tuple[str, ...]) -> tuple[str, bytes, str]:
    """Make a file.

    Args:
        name: Its name without an ending.
        words: What it stands for.
        media_types: What is asked for; none means any.

    Returns:
        Name, content and media type, of the first type asked for that can be made; else plain text.
    """
    kind = next((one for one in media_types if one in _MADE), "text/plain")
    ending, make = _MADE[kind]
    return f"{name}.{ending}", make(words), kind
