"""The common edits of a recipe's text, made without touching anything else: a value, a limit, another step.

Pure. What these cannot do - a part written on one line where a block is needed, a step with more than one way out - is
refused, and done in the text by hand.
"""

import json
import re
from typing import Final

from batchwright.kernel.errors import BadInput
from batchwright.recipes import text as texts
from batchwright.recipes.flow import ARROW
from batchwright.recipes.yaml_tree import Node, Path, Tree, read_tree

LIMITS: Final = ("action_low", "alert_low", "alert_high", "action_high")


def with_limit(source: str, parameter: Path, name: str, amount: str) -> str:
    """Set one limit of a parameter.

    Args:
        source: The recipe's text.
        parameter: Path of the parameter.
        name: One of `LIMITS`.
        amount: Such as ``6.9 [pH]``.

    Returns:
        The text.

    Raises:
        BadInput: If there is nothing at the path.
    """
    inside = (*parameter, "limits")
    if inside in read_tree(source, None).nodes:
        return texts.edited(source, {(*inside, name): amount})
    return _with_pair(source, parameter, f"limits: {{{name}: {json.dumps(amount, ensure_ascii=False)}}}")


def with_value(source: str, parameter: Path, value: str) -> str:
    """Set the value of a parameter.

    Args:
        source: The recipe's text.
        parameter: Path of the parameter.
        value: Such as ``48.000 kg``.

    Returns:
        The text.

    Raises:
        BadInput: If there is nothing at the path, or its value is no single amount.
    """
    if (*parameter, "value") in read_tree(source, None).nodes:
        return texts.edited(source, {(*parameter, "value"): value})
    return _with_pair(source, parameter, f"value: {json.dumps(value, ensure_ascii=False)}")


def with_part(source: str, path: Path, part: object, tree: Tree | None = None) -> str:
    """Set what stands at a path, or add the last key of the path to the mapping around it.

    Args:
        source: The recipe's text.
        path: To a value of any form, or to a key that is not there yet.
        part: Texts, words, lists and mappings of them.
        tree: What was read of the text, where it was read before.

    Returns:
        The text.

    Raises:
        BadInput: If nothing is around the path.
    """
    tree = read_tree(source, None) if tree is None else tree
    node, written = tree.nodes.get(path), json.dumps(part, ensure_ascii=False)
    if node is None:
        return _with_pair(source, path[:-1], f"{path[-1]}: {written}", tree)
    if node.kind == "scalar" or node.style == "flow":
        after = "\n" if node.style in ("|", ">") else ""
        return source[: node.start] + written + after + source[node.end :]
    key = _key_before(tree, path)
    if key is None:
        raise _by_hand(tree, path, "a block inside a list is written anew by hand")
    return f"{source[: key.end]}: {written}\n{source[_line_end(source, _end_of(node)) :]}"


def without_part(source: str, path: Path, tree: Tree | None = None) -> str:
    """Take out what stands at a path: a key with its value, or one entry of a list.

    Args:
        source: The recipe's text.
        path: To it.
        tree: What was read of the text, where it was read before.

    Returns:
        The text; what stood between brackets with others, or alone, is taken out by hand.

    Raises:
        BadInput: If nothing stands there, or it has to be taken out by hand.
    """
    tree = read_tree(source, None) if tree is None else tree
    node, around = tree.nodes.get(path), tree.nodes.get(path[:-1])
    if node is None or around is None or not path:
        raise BadInput("there is nothing at this place", line=tree.place_of(path)[0], value=".".join(map(str, path)))
    if around.style == "flow" or len(around.inner) <= (2 if around.kind == "mapping" else 1):
        raise _by_hand(tree, path, "it stands between brackets, or alone")
    key = _key_before(tree, path)
    begin = source.rindex("-", 0, node.start) if key is None else key.start
    end = _line_end(source, _end_of(node))
    before = source[source.rfind("\n", 0, begin) + 1 : begin]
    if before.strip():  # the first key of an entry stays behind the dash of the list
        return source[:begin] + source[end:].lstrip(" ")
    return source[: begin - len(before)] + source[end:]


def _key_before(tree: Tree, path: Path) -> Node | None:
    """The key of a value; None for an entry of a list."""
    around = tree.nodes[path[:-1]]
    if around.kind != "mapping":
        return None
    return next(key for key in around.inner[::2] if key.text == path[-1])


def with_step_after(source: str, level: Path, after: str, *, name: str, title: str, instruction: str) -> str:
    """Add a phase behind another one, with its place in the flow.

    Args:
        source: The recipe's text.
        level: Path of the operation.
        after: Id of the phase behind which it comes.
        name: Id of the new phase.
        title: What people call it.
        instruction: What is to be done.

    Returns:
        The text; what the phase does beyond its instruction is written by hand.

    Raises:
        BadInput: If the operation has no such phase, is not written as a block with a flow, or the way goes on to more
            than one place behind the phase.
    """
    tree = read_tree(source, None)
    elements = tree.nodes.get((*level, "elements"))
    if elements is None or elements.kind != "list" or elements.style == "flow":
        raise _by_hand(tree, level, "its elements are not written as a block")
    places = [path for path in tree.nodes if len(path) == len(level) + 2 and path[:-1] == (*level, "elements")]
    place = next((path for path in places if _at(tree, (*path, "id")) == after), None)
    if place is None:
        raise BadInput("there is no such element", line=tree.place_of(level)[0], value=after)
    chain, changed = _rerouted(tree, level, after, name)
    node, flow = tree.nodes[place], tree.nodes[chain]
    pad = " " * (node.column - 3)
    called, says = (json.dumps(one, ensure_ascii=False) for one in (title, instruction))
    block = (
        f"{pad}- id: {name}\n{pad}  level: phase\n{pad}  name: {called}\n"
        f"{pad}  phase: {{kind: instruct, text: {says}}}\n"
    )
    edits = [(_line_end(source, _end_of(node)), 0, block), (flow.start, flow.end - flow.start, changed)]
    for at, length, new in sorted(edits, reverse=True):
        between = "\n" if not length and source[at - 1] != "\n" else ""
        source = source[:at] + between + new + source[at + length :]
    return source


def _rerouted(tree: Tree, level: Path, after: str, name: str) -> tuple[Path, str]:
    """The chain of the flow that goes on behind the step, with the new one in it."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise BadInput("this is no name for a step", value=name, limit="letters, digits and underscores")
    found = []
    for path, node in tree.nodes.items():
        if path[:-1] == (*level, "logic", "flow"):
            names = [one.strip() for one in node.text.split(ARROW)]
            found += [(path, names, index) for index, one in enumerate(names[:-1]) if one == after]
    if len(found) != 1:
        raise _by_hand(tree, level, f"the way goes on to {len(found)} places behind {after}")
    path, names, index = found[0]
    text = f" {ARROW} ".join([*names[: index + 1], name, *names[index + 1 :]])
    return path, text if tree.nodes[path].style == "" else json.dumps(text, ensure_ascii=False)


def _by_hand(tree: Tree, level: Path, why: str) -> BadInput:
    return BadInput("this edit has to be made in the text", line=tree.place_of(level)[0], value=why)


def _at(tree: Tree, path: Path) -> str:
    node = tree.nodes.get(path)
    return "" if node is None else node.text


def _with_pair(source: str, path: Path, pair: str, tree: Tree | None = None) -> str:
    """Add a key behind the last one of a mapping."""
    tree = read_tree(source, None) if tree is None else tree
    node = tree.nodes.get(path)
    if node is None or node.kind != "mapping" or not node.inner:
        raise BadInput("there is nothing at this place", line=tree.place_of(path)[0], value=".".join(map(str, path)))
    end = _end_of(node)
    if node.style == "flow":
        end = _end_of(node.inner[-1])
        return f"{source[:end]}, {pair}{source[end:]}"
    end = _line_end(source, end)
    before = "" if source[end - 1] == "\n" else "\n"
    return f"{source[:end]}{before}{' ' * (node.inner[0].column - 1)}{pair}\n{source[end:]}"


def _end_of(node: Node) -> int:
    """Where the last thing inside ends; a block itself ends only where the next begins."""
    while node.inner and node.style != "flow":
        node = node.inner[-1]
    return node.end


def _line_end(source: str, at: int) -> int:
    if at and source[at - 1] == "\n":
        return at
    found = source.find("\n", at)
    return len(source) if found < 0 else found + 1
