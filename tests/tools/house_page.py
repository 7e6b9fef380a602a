"""Fills the generated parts of ``docs/explanation/house.md``: its lists of floors and of the two ways."""

from collections.abc import Callable, Sequence

from tests.tools import house_graph, house_picture, house_ways
from tests.tools.house_graph import REPOSITORY
from tests.tools.house_ways import Station

PAGE = REPOSITORY / "docs" / "explanation" / "house.md"
FOLDER = REPOSITORY / "docs" / "explanation" / "house"
_CODE = "../../src/batchwright"


def text() -> str:
    """The page, with what stands between its marks written anew."""
    page = PAGE.read_text(encoding="utf-8")
    for mark, lines in {"floors": _floors(), **{way: _way(ones) for way, ones in house_ways.kept().items()}}.items():
        head, begin, rest = page.partition(f"<!-- {mark} -->\n")
        _old, end, tail = rest.partition("<!-- end -->")
        if not begin or not end:
            raise ValueError(f"{PAGE.name} needs `<!-- {mark} -->` and after it `<!-- end -->`")
        page = f"{head}{begin}\n{lines}\n\n{end}{tail}"
    return page


def pictures() -> dict[str, Callable[[], str]]:
    """What draws each picture, by its file's name."""
    return {
        "floors.svg": house_picture.floors,
        "inside.svg": house_picture.inside,
        "value.svg": lambda: house_picture.way(house_ways.kept()["value"], "The way of an entered value"),
        "signature.svg": lambda: house_picture.way(house_ways.kept()["signature"], "The way of a signature"),
    }


def _floors() -> str:
    lines = ["| floor | what it is for |", "|---|---|"]
    for floor in house_graph.floors():
        where = f"{_CODE}/{floor}" if (house_graph.SOURCE / floor).is_dir() else f"{_CODE}/{floor}.py"
        said = house_graph.purpose(floor).removeprefix(f"{floor.capitalize()}: ")
        lines.append(f"| [{floor}]({where}) | {said[0].upper()}{said[1:]}. |")
    return "\n".join(lines)


def _way(stations: Sequence[Station]) -> str:
    lines, act = [], ""
    for place, one in enumerate(stations, start=1):
        if one.act != act:
            act = one.act
            lines += ["", f"*{act[0].upper()}{act[1:]}.*", ""]
        lines.append(f"{place}. [`{one.function}`]({_CODE}/{one.file}): {house_graph.said(one.file, one.function)}")
    return "\n".join(lines).strip()
