"""Drawing a genealogy: readable at any size, and nothing lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.materials import graphs
from batchwright.materials.graphs import Link, Node


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
    assert sorted(int(line.label.replace(",", "")) for line in drawn.lines) == [166, 166, 166, 167, 167, 167]
    worst = next(box for box in drawn.boxes if 7 in box.members)
    assert (worst.status, worst.is_group) == ("hold", True)
    assert "1 on hold" in worst.detail


def test_an_opened_group_shows_its_lots_up_to_a_limit() -> None:
    nodes, links = star(1000)
    drawn = graphs.draw(nodes, links, start=0, opened=frozenset({"1.M0"}))
    assert sum(not box.is_group for box in drawn.boxes) == 1 + graphs.MOST_OPEN
    assert sorted(key for box in drawn.boxes for key in box.members) == list(range(1000))


def test_few_lots_stand_one_by_one_with_the_amount_on_the_line() -> None:
    nodes, _ = star(3)
    drawn = graphs.draw(nodes, [Link(0, 1, "2 kg")], start=0)
    assert [box.is_start for box in drawn.boxes] == [True, False, False]
    assert drawn.lines[0].label == "2 kg"
    assert graphs.draw([], [], start=0).width == graphs.MARGIN


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=300), st.integers(min_value=1, max_value=40))
def test_boxes_never_lie_over_each_other(lots: int, materials: int) -> None:
    drawn = graphs.draw(*star(lots, materials), start=0)
    places = [(box.x, box.y) for box in drawn.boxes]
    assert len(set(places)) == len(places)
    for box in drawn.boxes:
        for other in drawn.boxes:
            assert box is other or box.x != other.x or abs(box.y - other.y) >= graphs.HEIGHT
