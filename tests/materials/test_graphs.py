"""Drawing a genealogy: readable at any size, and nothing lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.materials import graphs
from batchwright.materials.graphs import TIMES, Link, Node


def star(lots: int, materials: int = 3) -> tuple[list[Node], list[Link]]:
    """One lot that went into many."""
    nodes = [Node(0, "START", "RAW", "approved", 0, "/0")]
    nodes += [
        Node(key, f"L-{key}", f"M{key % materials}", "hold" if key == 7 else "approved", 1 + key % 2, f"/{key}")
        for key in range(1, lots)
    ]
    return nodes, [Link(0, key) for key in range(1, lots)]


def test_a_thousand_lots_are_a_page_of_a_few_boxes_and_every_lot_is_in_one() -> None:
    nodes, links = star(1000)
    drawn = graphs.draw(nodes, links, start=0, statuses={"hold": "on hold"})
    assert len(drawn.boxes) == 7
    assert sorted(key for box in drawn.boxes for key in box.members) == list(range(1000))
    assert drawn.width < 1024
    assert drawn.height < 768
    assert sorted(line.said.rpartition(": ")[2] for line in drawn.lines) == [*[f"166{TIMES}"] * 3, *[f"167{TIMES}"] * 3]
    worst = next(box for box in drawn.boxes if 7 in box.members)
    assert (worst.status, worst.is_group) == ("hold", True)
    assert (worst.detail, worst.amiss) == ("166 approved", "1 on hold")
    assert drawn.groups == {box.name for box in drawn.boxes if box.is_group}


def test_an_opened_group_shows_its_lots_up_to_a_limit() -> None:
    nodes, links = star(1000)
    drawn = graphs.draw(nodes, links, start=0, opened=frozenset({"1.M0"}))
    assert sum(not box.is_group for box in drawn.boxes) == 1 + graphs.MOST_OPEN
    assert sorted(key for box in drawn.boxes for key in box.members) == list(range(1000))


def test_few_lots_stand_one_by_one_with_the_amount_on_the_line() -> None:
    nodes, _ = star(3)
    drawn = graphs.draw(nodes, [Link(0, 1, 2_000_000, "kg")], start=0)
    assert [box.is_start for box in drawn.boxes] == [True, False, False]
    assert (drawn.lines[0].label, drawn.lines[0].said) == ("2 kg", "START → L-1: 2 kg")
    assert graphs.draw([], [], start=0).width == graphs.MARGIN


def test_a_line_to_many_lots_adds_their_amounts_where_all_are_known() -> None:
    nodes, links = star(40, materials=1)
    known = [Link(one.parent, one.child, 500_000, "kg") for one in links]
    said = {one.said.rpartition(": ")[2] for one in graphs.draw(nodes, known, start=0).lines}
    assert said == {f"20{TIMES} · 10 kg", f"19{TIMES} · 9.5 kg"}
    unknown = [*known[1:], links[0]]
    assert f"START → 20 {TIMES} M0: 20{TIMES}" in {one.said for one in graphs.draw(nodes, unknown, start=0).lines}


@given(st.integers(min_value=1, max_value=12), st.integers(min_value=1, max_value=12))
def test_labels_cover_neither_each_other_nor_a_box(left: int, right: int) -> None:
    nodes = [Node(key, f"L-{key}", f"M{key}", "approved", 0, "") for key in range(left)]
    nodes += [Node(key, f"L-{key}", f"M{key}", "approved", 1, "") for key in range(left, left + right)]
    links = [Link(one, two, 1_000_000, "kg") for one in range(left) for two in range(left, left + right)]
    drawn = graphs.draw(nodes, links, start=0)
    half = graphs.LETTER * len("1 kg") / 2
    places = [(one.x - half, one.y - 12, one.x + half, one.y) for one in drawn.lines if one.label]
    boxes = [(box.x, box.y, box.right, box.y + box.height) for box in drawn.boxes]
    for at, one in enumerate(places):
        for other in (*places[at + 1 :], *boxes):
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
    assert all(one.said for one in drawn.lines), "what has no place beside its line is said when it is pointed at"


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=300), st.integers(min_value=1, max_value=40))
def test_boxes_never_lie_over_each_other(lots: int, materials: int) -> None:
    drawn = graphs.draw(*star(lots, materials), start=0)
    places = [(box.x, box.y) for box in drawn.boxes]
    assert len(set(places)) == len(places)
    for box in drawn.boxes:
        for other in drawn.boxes:
            assert box is other or box.x != other.x or abs(box.y - other.y) >= graphs.HEIGHT
