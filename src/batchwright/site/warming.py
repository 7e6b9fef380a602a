"""What a web process loads before it answers anybody: else the first visitors would wait while it is loaded."""

from pathlib import Path

from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.template.utils import get_app_template_dirs
from django.urls import reverse

_OURS = Path(__file__).parents[1]


def warm() -> int:
    """Load every page: its address, its view with all that it imports, and the templates of the plant.

    Returns:
        How many templates were compiled.
    """
    reverse("home")  # lays out every address, and imports the views
    count = 0
    for engine in engines.all():
        if isinstance(engine, DjangoTemplates):
            for name in _names():
                engine.get_template(name)
                count += 1
    return count


def _names() -> list[str]:
    folders = [Path(folder) for folder in get_app_template_dirs("templates")]
    return sorted(
        str(file.relative_to(folder))
        for folder in folders
        if folder.is_relative_to(_OURS)
        for file in folder.rglob("*.html")
    )
