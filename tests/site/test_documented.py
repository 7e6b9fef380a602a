"""Nothing of the shell is undocumented: every tag, filter and page stands in the reference."""

from pathlib import Path

from django.urls import URLPattern, get_resolver

from batchwright.record.web import urls as record_urls
from batchwright.site.templatetags import shell
from batchwright.site.web import shapes

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "web-parts.md").read_text(encoding="utf-8")
INNER = {"message_tone"}
"""Used by the frame alone."""
MACHINES = ("_bytes", "_note", "_progress", "_cancel", "_log_")
"""Parts of pages and files, reached from the pages that are listed."""


def test_every_tag_and_filter_is_in_the_reference() -> None:
    named = (shell.register.tags.keys() | shell.register.filters.keys()) - INNER
    assert sorted(name for name in named if name not in REFERENCE) == []


def test_every_page_of_the_record_and_the_shell_is_in_the_reference() -> None:
    names = [pattern.name or "" for pattern in record_urls.urlpatterns]
    names += [one.name or "" for one in get_resolver().url_patterns if isinstance(one, URLPattern)]
    pages = [name for name in names if name not in ("health", "theme") and not any(part in name for part in MACHINES)]
    assert sorted(name for name in pages if f"`{name}`" not in REFERENCE) == []


def test_every_shape_can_be_drawn() -> None:
    for name in shapes.SHAPES:
        assert shapes.svg(name).startswith("<svg")
