"""The batch record as PDF/A-3, set by Typst, with its data attached (ISO 19005-3; tagged: PDF/A-3a and PDF/UA-1).

The same document gives the same bytes: the date of the file is that of the document, and only the typefaces that come
with Typst are used. What a person wrote is data: it is set as text and never read as markup. A character that the
typefaces lack is shown by its code point in brackets, and stands as it is in the attached data.
"""

import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from batchwright import materials
from batchwright.execution.adapters.batch_words import words
from batchwright.execution.document import BatchDocument, canonical_json, clauses, digest
from batchwright.kernel.errors import DomainError

_TYPESET = Path(__file__).with_name("typeset.py")
STANDARDS = ("a-3a", "ua-1")
"""Archival with attachments and tags, and accessible."""
DATA = "batch-record.json"
"""Name of the attached data."""

_RANGES = (
    "\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0386-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u0482\u048a-\u04ff"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u2040\u2044-\u2052\u2054-\u205e\u2070\u2071\u2074-\u208e\u20a0-\u20bf"
    "\u2100-\u211e\u2126-\u2151\u2153-\u2184\u2190-\u23cf\u25a0-\u25ff"
)
"""What the typefaces of Typst can show; a test sets every one of them."""
_UNSHOWN = re.compile(f"[^{_RANGES}\n]")
_LONG_TEXT = 1_500
"""Characters beyond which a text may fill a page in a narrow column."""
_LONG = re.compile(r"[^\s\u200b]{28}")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with the record."""

    name: str
    content: bytes
    media_type: str
    description: str
    relationship: Literal["data", "source", "supplement"] = "source"


def render(document: BatchDocument, attached: Sequence[Attached] = ()) -> bytes:
    """Set a batch record.

    Args:
        document: The batch record.
        attached: What goes with it besides its data: the recipe as BatchML, the verifier.

    Returns:
        PDF/A-3a; the same bytes for the same document, files and language.
    """
    moment = document.heading.made_at.replace(microsecond=0).isoformat()
    (pages,) = _set(document, attached, format="pdf", pdf_standards=list(STANDARDS), timestamp=moment)
    return pages


def pictures(document: BatchDocument, attached: Sequence[Attached] = (), *, ppi: int = 96) -> list[bytes]:
    """Draw the pages of a batch record.

    Args:
        document: The batch record.
        attached: As for `render`.
        ppi: Points per inch.

    Returns:
        A PNG of each page.
    """
    return _set(document, attached, format="png", ppi=ppi)


def _set(document: BatchDocument, attached: Sequence[Attached], **options: Any) -> list[bytes]:
    """Have Typst set the document, in a process of its own and a folder of its own."""
    data = Attached(DATA, canonical_json(document), "application/json", "Data of this record", "data")
    files = {"main.typ": _template(), "words.json": _json(words())}
    listed = []
    for number, one in enumerate((data, *attached), 1):
        path = f"attached{number}"
        files[path] = one.content
        listed.append(
            {
                "path": path, "name": one.name, "media_type": one.media_type, "description": _text(one.description),
                "relationship": one.relationship, "sha256": sha256(one.content).hexdigest(),
            }
        )  # fmt: skip
    shown = _shown(document, ZoneInfo(document.heading.zone))
    for number, label in enumerate(document.labels):
        shown["labels"][number]["symbol"] = f"symbol{number}.svg" if label.elements else ""
        if label.elements:
            files[f"symbol{number}.svg"] = materials.symbol(label.elements, linear=False)
    files["shown.json"] = _json({**shown, "attached": listed})
    with TemporaryDirectory(prefix="batch-record-") as folder:
        for path, content in files.items():
            Path(folder, path).write_bytes(content)
        into = Path(folder, "made")
        asked = {
            "main": str(Path(folder, "main.typ")), "root": folder, "into": str(into), "compile": options,
            "compiler": {"ignore_system_fonts": True},
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-I", str(_TYPESET), json.dumps(asked)], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise DomainError(
                _("The batch record cannot be set"), value=document.heading.batch,
                limit=done.stderr.strip().rpartition("\n")[2], remedy=_("Tell whoever looks after the plant's system."),
            )  # fmt: skip
        if options["format"] == "pdf":
            return [into.read_bytes()]
        return [Path(f"{into}{page}.png").read_bytes() for page in range(1, int(done.stdout) + 1)]


def _template() -> bytes:
    return resources.files(__package__).joinpath("batch_record.typ").read_bytes()


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def _shown(document: BatchDocument, zone: ZoneInfo) -> dict[str, Any]:
    """What the template sets: every value as text, times in the zone of the site."""
    shown: dict[str, Any] = _as_text(document.model_dump(), zone)
    for run, made in zip(document.phases, shown["phases"], strict=True):
        made["kind_word"] = run.kind or "phase"
        made["state_word"] = "skipped" if run.skipped else run.state
    shown["controls"] = [
        {
            "position": str(run.position), "phase": _text(run.name),
            "value": _as_text({**value.model_dump(), "name": value.name or value.field}, zone),
        }
        for run, value in document.controls
    ]  # fmt: skip
    shown["clauses"] = [
        {
            "code": one.code, "asks": one.asks, "section": one.section, "found": str(one.found),
            "lacking": _text(one.lacking),
        }
        for one in clauses(document)
    ]  # fmt: skip
    shown["counts"] = {
        "exceptions": str(len(document.exceptions)), "open exceptions": str(document.open_exceptions),
        "refused attempts": str(document.refused), "signatures": str(len(document.signatures)),
    }  # fmt: skip
    shown["review_summary"] = _summary(document)
    shown["digest"] = digest(document)
    shown["long"] = any(len(one) > _LONG_TEXT for one in _texts(shown))
    shown["language"] = (get_language() or "en").partition("-")[0]
    return shown


def _summary(document: BatchDocument) -> str:
    if not document.reviews:
        return ""
    counts = Counter(one.verdict for one in document.reviews)
    return _("%(blocks)s blocking, %(judge)s for judgement, %(fine)s checks fine") % {
        "blocks": counts["blocks"], "judge": counts["needs judgement"], "fine": counts["fine"],
    }  # fmt: skip


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


_EXACT = frozenset({"sha256", "approved_sha256", "shown_sha256", "root", "key", "elements", "classification"})
"""Members that are set as they are: hashes, keys and codes of the plant, which the template breaks itself."""


def _as_text(value: Any, zone: ZoneInfo, name: str = "") -> Any:
    match value:
        case dict():
            return {key: _as_text(one, zone, key) for key, one in value.items()}
        case list() | tuple():
            return [_as_text(one, zone, name) for one in value]
        case bool():
            return value
        case datetime():
            return _moment(value, zone)
        case date():
            return value.isoformat()
        case None:
            return None if name.endswith("_by") or name == "by" else ""
        case str():
            return value if name in _EXACT and not _UNSHOWN.search(value) else _text(value)
        case _:
            return str(value)


def _moment(value: datetime, zone: ZoneInfo) -> str:
    local = value.astimezone(zone)
    offset = local.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds()) // 60
    hours = f"{minutes // 60:+d}" + (f":{minutes % 60:02d}" if minutes % 60 else "") if minutes else ""
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{hours}"


def _text(value: str) -> str:
    """A text that the typefaces can show, and that breaks where it has no blanks."""
    composed = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\t", " ").replace("\u00a0", " ")
    shown = _UNSHOWN.sub(lambda found: f"[U+{ord(found[0]):04X}]", composed)
    # A path or a code may be longer than a column.
    return _LONG.sub(lambda found: found[0] + "\u200b", shown.replace("/", "/\u200b"))
