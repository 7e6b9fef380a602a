"""The lint that keeps every read at `visible_to(actor)`, and what it finds."""

from pathlib import Path

import pytest

from tests.tools import tenancy_lint

SOURCE = Path(__file__).resolve().parents[2] / "src" / "batchwright"


@pytest.mark.requirement("11.10(d)")
def test_no_module_on_the_way_to_people_asks_past_visible_to() -> None:
    assert len(list(tenancy_lint.modules(SOURCE))) > 10
    assert tenancy_lint.check(SOURCE) == []


@pytest.mark.parametrize(
    "line",
    [
        "User.objects.all()", "User._default_manager.get(pk=1)", "User._base_manager.all()",
        "get_object_or_404(User, pk=1)",
        "x = models.User.objects.filter(pk=1)", "User.objects.visible.none()",
    ],
)  # fmt: skip
def test_a_bypass_is_found_with_its_place(line: str) -> None:
    (found,) = tenancy_lint.bypasses(f"import models\n{line}\n", "views.py")
    assert str(found).startswith("views.py:2: ")


@pytest.mark.parametrize(
    "line",
    [
        "User.visible_to(actor).filter(pk=1)", "User.objects.none()", "User.objects.all()  # tenancy: the log-in page",
        "person.objects_held",
    ],
)  # fmt: skip
def test_what_begins_at_visible_to_passes(line: str) -> None:
    assert list(tenancy_lint.bypasses(line, "views.py")) == []
