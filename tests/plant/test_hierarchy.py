"""Which level of equipment may hold which, and what a tag looks like."""

from itertools import product

import pytest

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.plant.hierarchy import HOLDS, Level, require_no_loop, require_place, require_tag

MAY = {
    ("site", "enterprise"), ("area", "site"), ("process_cell", "area"), ("unit", "process_cell"),
    ("equipment_module", "process_cell"), ("control_module", "process_cell"), ("equipment_module", "unit"),
    ("control_module", "unit"), ("equipment_module", "equipment_module"), ("control_module", "equipment_module"),
    ("control_module", "control_module"),
}  # fmt: skip


@pytest.mark.parametrize(("child", "parent"), list(product(Level, Level)), ids=str)
def test_each_level_holds_what_the_standards_let_it(child: Level, parent: Level) -> None:
    if (child.value, parent.value) in MAY:
        require_place(child, parent)
        return
    with pytest.raises(DomainError, match="does not hold"):
        require_place(child, parent)


def test_only_an_enterprise_stands_by_itself() -> None:
    require_place("enterprise", None)
    with pytest.raises(DomainError, match=r"only an enterprise .*: unit \(limit: process cell\)"):
        require_place("unit", None)
    with pytest.raises(DomainError, match="nothing, it stands by itself"):
        require_place("enterprise", "site")


def test_a_refusal_names_where_it_could_stand() -> None:
    said = r"area > unit \(limit: area > process cell\)\. Put it into: process cell\."
    with pytest.raises(DomainError, match=said):
        require_place("unit", "area")


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(BadInput, match="the level is not known: workshop"):
        require_place("workshop", "site")


def test_the_standards_know_seven_levels() -> None:
    assert set(HOLDS) == set(Level)
    assert len(Level) == 7


@pytest.mark.parametrize("tag", ["GR-101", "7", "LY-301.VAC_2", "A" * 40])
def test_a_tag_can_be_painted_and_scanned(tag: str) -> None:
    assert require_tag(tag) == tag


@pytest.mark.parametrize("tag", ["", "-1", "gr-101", "GR 101", "A" * 41, "GR-101\n", "ÄB-1"])
def test_another_form_is_no_tag(tag: str) -> None:
    with pytest.raises(BadInput, match="this is no tag"):
        require_tag(tag)


def test_what_was_meant_is_offered() -> None:
    with pytest.raises(BadInput, match=r"Did you mean GR-101\?"):
        require_tag(" gr 101")
    with pytest.raises(BadInput) as refused:
        require_tag("Ä")
    assert refused.value.remedy == ""


def test_equipment_is_no_part_of_itself() -> None:
    require_no_loop("EM-1", ["EM-2", "U-1"])
    with pytest.raises(DomainError, match="part of itself"):
        require_no_loop("EM-1", ["EM-2", "EM-1", "U-1"])
