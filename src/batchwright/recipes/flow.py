"""The short form of procedure logic: chains of names with arrows, as one would write them on a board.

::

    logic:
      flow:
        - begin -> dispense -> granulate -> fork
        - fork -> dry -> join
        - fork -> prepare_blender -> join
        - join -> both_done -> blend -> end
      transitions: {both_done: dry.lod <= 2.0 % and prepare_blender complete}
      junctions: {fork: parallel split, join: parallel join}

A name is a junction or a transition where it is declared as one; ``begin`` and ``end`` are what they say; any other
name is a step that stands for the element of that id. The long form (steps, transitions, links) says everything, also
what is incomplete; `shortened` uses the short one only where it expands to the very same graph.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, cast

from batchwright.kernel.errors import BadInput
from batchwright.recipes.procedure import LinkKind, ProcedureLogic

ARROW = "->"
JUNCTION_WORDS: Mapping[str, LinkKind] = {
    "parallel split": "ParallelDivergent",
    "parallel join": "ParallelConvergent",
    "choice": "SerialDivergent",
    "choice join": "SerialConvergent",
}
_WORDS = {kind: word for word, kind in JUNCTION_WORDS.items()}


def is_short(logic: object) -> bool:
    """Whether logic as it was written uses the short form."""
    return isinstance(logic, dict) and ("flow" in logic or isinstance(logic.get("transitions"), dict))


def expanded(logic: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """The long form of logic that was written in the short one.

    Args:
        logic: Keys flow, transitions, junctions, steps.

    Returns:
        Keys steps, transitions, links for `ProcedureLogic`; and for each chained link the index of its chain.

    Raises:
        BadInput: A chain has fewer than two names, a link stands twice, or a key has another form; `line` counts the
            chains from 0.
    """
    unknown = sorted(set(logic) - {"flow", "transitions", "junctions", "steps", "links"})
    if unknown:
        raise BadInput("the short form has no such key", value=unknown[0], limit="flow, transitions, junctions, steps")
    transitions = _transitions(logic.get("transitions", {}))
    junctions = _junctions(logic.get("junctions", {}))
    steps = list(_listed(logic.get("steps", []), "steps"))
    links = [{"id": name, "kind": kind} for name, kind in junctions.items()] + list(
        _listed(logic.get("links", []), "links")
    )
    known = {one.get("id") for one in steps if isinstance(one, dict)}
    kinds = dict.fromkeys(junctions, "link") | dict.fromkeys((one["id"] for one in transitions), "transition")
    chains, seen = [], set()
    for index, chain in enumerate(_listed(logic.get("flow", []), "flow")):
        names = [name.strip() for name in chain.split(ARROW)] if isinstance(chain, str) else []
        if len(names) < 2 or not all(names):
            raise BadInput(
                "a chain is two names or more with arrows between them", line=index, value=chain, limit="a -> b -> c"
            )
        for name in names:
            if name not in known and name not in kinds:
                known.add(name)
                steps.append({"id": name, "kind": name} if name in ("begin", "end") else {"id": name, "element": name})
        for source, target in itertools.pairwise(names):
            link = f"{source} {ARROW} {target}"
            if link in seen:
                raise BadInput("this link stands twice", line=index, value=link, remedy="Remove one of them.")
            seen.add(link)
            chains.append(index)
            ends = [{"kind": kinds.get(name, "step"), "id": name} for name in (source, target)]
            links.append({"id": link, "source": ends[0], "target": ends[1]})
    return {"steps": steps, "transitions": transitions, "links": links}, chains


def _transitions(written: object) -> list[dict[str, Any]]:
    if isinstance(written, dict):
        return [
            {"id": name, "condition": "" if condition is None else condition} for name, condition in written.items()
        ]
    listed = _listed(written, "transitions")
    if not all(isinstance(one, dict) and "id" in one for one in listed):
        raise BadInput("a transition has an id and a condition", value=str(written)[:80])
    return cast(list[dict[str, Any]], list(listed))


def _junctions(written: object) -> dict[str, LinkKind]:
    if not isinstance(written, dict):
        raise BadInput("junctions are names with their kinds", value=str(written)[:80], limit="{fork: parallel split}")
    for name, word in written.items():
        if word not in JUNCTION_WORDS:
            raise BadInput(f"the junction {name} has an unknown kind", value=word, limit=", ".join(JUNCTION_WORDS))
    return {name: JUNCTION_WORDS[word] for name, word in written.items()}


def _listed(written: object, key: str) -> Sequence[Any]:
    if not isinstance(written, list):
        raise BadInput(f"{key} is a list", value=str(written)[:80])
    return written


def shortened(logic: ProcedureLogic) -> dict[str, Any] | None:
    """The short form of a graph.

    Args:
        logic: The graph.

    Returns:
        What `expanded` turns into the very same graph; None where the short form cannot say it.
    """
    junctions = {link.id: _WORDS[link.kind] for link in logic.links if link.kind in _WORDS}
    lines = [link for link in logic.links if link.id not in junctions]
    if any(line.source is None or line.target is None for line in lines):
        return None
    flow: list[list[str]] = []
    for line in lines:
        source, target = line.source.id if line.source else "", line.target.id if line.target else ""
        joined = flow and flow[-1][-1] == source and source not in junctions
        if joined:
            flow[-1].append(target)
        else:
            flow.append([source, target])
    short: dict[str, Any] = {"flow": [f" {ARROW} ".join(chain) for chain in flow]}
    if logic.transitions:
        short["transitions"] = {one.id: one.condition for one in logic.transitions}
    if junctions:
        short["junctions"] = junctions
    try:
        same = ProcedureLogic.model_validate(expanded(short)[0]) == logic
    except (ValueError, BadInput):
        same = False
    return short if same else None
