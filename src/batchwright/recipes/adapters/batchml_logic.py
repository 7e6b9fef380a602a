"""ProcedureLogic of BatchML: steps, transitions and links, with the places where the graph is not whole."""

from __future__ import annotations

from typing import Any

from batchwright.recipes.adapters import batchml_terms as terms
from batchwright.recipes.adapters.batchml_parts import PartReader
from batchwright.recipes.adapters.reading import Findings
from batchwright.recipes.procedure import JUNCTIONS, End, Link, ProcedureLogic, Step, Transition


class LogicReader:
    """Reads the graph of one level.

    Args:
        findings: What is wrong.
        parts: Reads identifiers and words.
    """

    def __init__(self, findings: Findings, parts: PartReader) -> None:
        self.findings = findings
        self.account = findings.account
        self.parts = parts

    def logic(self, owner: Any) -> ProcedureLogic:
        """Read the ProcedureLogic of a recipe or an element.

        Args:
            owner: The element that has it.

        Returns:
            The graph; empty if there is none.
        """
        at = self.account.child(owner, "ProcedureLogic")
        if at is None:
            return ProcedureLogic()
        inside = {self.account.peek(one, "ID"): one for one in self.account.children(owner, "RecipeElement")}
        drawn = self._drawn(at)
        found = ProcedureLogic(
            steps=tuple(
                self._step(one, name, inside)
                for one in self.account.children(at, "Step") if (name := self.parts.identified(one, "step"))
            ),
            transitions=tuple(
                self._transition(one, name)
                for one in self.account.children(at, "Transition") if (name := self.parts.identified(one, "transition"))
            ),
            links=tuple(
                link
                for one in self.account.children(at, "Link") if (name := self.parts.identified(one, "link"))
                for link in self._links(one, name, drawn)
            ),
        )  # fmt: skip
        self._compare(found, at)
        return found

    def _step(self, at: Any, name: str, inside: dict[str, Any]) -> Step:
        account = self.account
        element = account.text(at, "RecipeElementID")
        target = inside.get(element)
        sort = "" if target is None else account.peek(target, "RecipeElementType")
        kind = terms.TERMINALS.get(sort)
        if target is None:
            self.findings.defect("element-missing", at, name, "This step stands for an element that is not there",
                                 element)  # fmt: skip
        elif kind:
            account.text(target, "ID")
            account.text(target, "RecipeElementType")
        return self.findings.made(
            Step, at, id=name, kind=kind or "element", element="" if kind and element == name else element,
            element_version=account.text(at, "RecipeElementVersion"), description=account.text(at, "Description"),
        )  # fmt: skip

    def _transition(self, at: Any, name: str) -> Transition:
        account = self.account
        condition = account.text(at, "Condition")
        if not condition:
            self.findings.defect("condition-blank", at, name, "Nobody has written a condition for this transition")
        return self.findings.made(
            Transition, at, id=name, condition=condition, description=account.text(at, "Description")
        )

    def _drawn(self, at: Any) -> set[tuple[str, str]]:
        """From where to where each link of two ends leads, by identifiers."""
        found = set()
        for link in self.account.children(at, "Link"):
            sources, targets = (
                [self.account.peek(end, f"{side}IDValue") for end in self.account.children(link, f"{side}ID")]
                for side in ("From", "To")
            )
            if len(sources) == len(targets) == 1:
                found.add((sources[0], targets[0]))
        return found

    def _links(self, at: Any, name: str, drawn: set[tuple[str, str]]) -> list[Link]:
        account = self.account
        kind = self.parts.word(at, "LinkType")
        if kind not in terms.LINK_KINDS:
            self.findings.defect("link-type", at, name, "The type of the link is blank or unknown; taken as Other",
                                 kind)  # fmt: skip
            kind = "Other"
        sources = [self._end(one, name, "From") for one in account.children(at, "FromID")]
        targets = [self._end(one, name, "To") for one in account.children(at, "ToID")]
        missing = [word for word, ends in (("FromID", sources), ("ToID", targets)) if not any(ends)]
        if missing:
            self.findings.defect("link-end-missing", at, name, f"This {kind} has no {' and no '.join(missing)}")
        if kind in JUNCTIONS:  # an end that a link of its own is drawn to says nothing new
            sources = [one for one in sources if one is None or (one.id, name) not in drawn]
            targets = [one for one in targets if one is None or (name, one.id) not in drawn]
        depiction = self.parts.word(at, "Depiction")
        link = self.findings.made(
            Link, at, id=name, kind=kind,
            source=sources[0] if sources else None, target=targets[0] if targets else None,
            depiction="" if depiction == "Other" else depiction, order=self._order(at, name),
            description=account.text(at, "Description"),
        )  # fmt: skip
        return [link, *self._more(at, link, sources[1:], targets[1:])]

    def _more(self, at: Any, link: Link, sources: list[End | None], targets: list[End | None]) -> list[Link]:
        """Links of their own for further ends of a link, as BatchML allows from V0401 on."""
        if not (sources or targets):
            return []
        self.findings.defect("several-ends", at, link.id, "A link has two ends; the others get links of their own")
        junction = End(kind="link", id=link.id) if link.kind in JUNCTIONS else None
        made = [
            self.findings.made(Link, at, id=f"{link.id}/from/{number}", source=end, target=junction or link.target)
            for number, end in enumerate(sources, start=2)
        ]
        made += [
            self.findings.made(Link, at, id=f"{link.id}/to/{number}", source=junction or link.source, target=end)
            for number, end in enumerate(targets, start=2)
        ]
        return made

    def _end(self, at: Any, name: str, side: str) -> End | None:
        value, sort, scope = self.account.text(at, f"{side}IDValue"), self.parts.word(at, f"{side}Type"), (
            self.account.text(at, "IDScope"))  # fmt: skip
        if not value:
            return None
        if sort not in terms.END_KINDS:
            self.findings.defect("link-end-type", at, name, f"{side}Type is blank or unknown", sort)
        if scope not in ("Internal", "External"):
            self.findings.defect("link-end-scope", at, name, "The scope is blank or unknown; taken as Internal", scope)
        return self.findings.made(
            End, at, kind=terms.END_KINDS.get(sort, ""), id=value, external=scope == "External"
        )

    def _order(self, at: Any, name: str) -> int | None:
        text = self.account.text(at, "EvaluationOrder")
        if not text:
            return None
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 9:
            self.findings.defect("order-unreadable", at, name, "The order is no whole number; it is left out", text)
            return None
        return int(text)

    def _compare(self, logic: ProcedureLogic, at: Any) -> None:
        """Say which identifiers stand there twice, and which ends lead nowhere."""
        known: dict[str, set[str]] = {"step": set(), "transition": set(), "link": set()}
        for kind, every in (("step", logic.steps), ("transition", logic.transitions), ("link", logic.links)):
            for one in every:
                if one.id in known[kind]:
                    self.findings.defect("id-twice", at, one.id, f"Another {kind} of this level has this ID")
                known[kind].add(one.id)
        everything = known["step"] | known["transition"] | known["link"]
        for link in logic.links:
            for end in (link.source, link.target):
                if end and not end.external and end.id not in (known[end.kind] if end.kind else everything):
                    self.findings.defect("link-end-dangling", at, link.id, "The link ends at what is not there", end.id)
