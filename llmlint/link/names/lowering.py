"""Facts that grow where somebody asks for them, and what is noted of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.link.names.looked_at import NodesOfModule
from llmlint.link.rests import Rests
from llmlint.scan.facts import GrowingFacts, Mention, ModuleFacts

if TYPE_CHECKING:
    from llmlint.scan.facts import FactKind


class Lowering:
    """The facts of one file, as far as somebody has asked for them."""

    def __init__(self, facts: ModuleFacts | GrowingFacts, rests: Rests | None) -> None:
        self.growing = None if isinstance(facts, ModuleFacts) else facts
        self.asked_for: set[tuple[str, Mention]] = set()
        self.rests = NodesOfModule(rests, facts.path, self.growing, facts.scopes) if rests is not None else None

    def lower_scope(self, scope: int) -> None:
        """See to it that what a function holds is among the facts."""
        if self.growing is not None:
            if self.rests is not None:
                self.rests.on_flow(scope)
            self.growing.lower_scope(scope)

    def lower_for_facts(self, scope: int, kind: FactKind) -> None:
        """The same for who goes through all facts of a kind."""
        self.lower_scope(scope)
        if self.rests is not None:
            self.rests.on_facts(scope, kind)

    def lower_mentions(self, name: str, how: Mention = Mention.ANY) -> None:
        """See to it that all functions that mention a name are among the facts."""
        if self.growing is None:
            return
        if self.rests is not None:
            self.rests.on_mentions(name, how, self.growing)
        elif (name, how) not in self.asked_for:
            self.asked_for.add((name, how))
            self.growing.lower_mentions(name, how)

    def note_stores(self, scope: int) -> None:
        """Note that what is being found rests on all stores of a function."""
        if self.rests is not None:
            self.rests.on_facts(scope, "stores")

    def lower_first(self, key: tuple[int, str]) -> None:
        """See to it that what a function holds is among the facts, for who asks what it says of a name."""
        if self.rests is not None:
            self.rests.on_name(*key)
        if self.growing is not None:
            self.growing.lower_scope(key[0])

    def note_name(self, scope: int, name: str) -> None:
        """Note that what is being found rests on what a function says of a name."""
        if self.rests is not None:
            self.rests.on_name(scope, name)

    def note_flows(self) -> None:
        """Note that what is being found rests on the functions that are among the facts by now, whoever asked for them. What they say is noted
        when it is asked for."""
        if self.rests is not None:
            self.rests.on_flows()
