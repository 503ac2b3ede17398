"""The property paths of one solution: which edges they run along, as few as can be.

Searches are kept between rows, because the rows of a page often start at the same node. Knows one query's
paths and its graphs; how a path is followed is in `paths`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.receipts import paths
from amcc_kg.sparql import printer
from amcc_kg.sparql.tree import Group, TriplePattern, Triples, is_variable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Quad

    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.probe import Asked

_FEW = 40  # edges up to which it is tried whether one of them can go


class Leg(NamedTuple):
    """A path pattern between two known ends, in a graph."""

    subject: Term
    pattern: TriplePattern
    object: Term
    graph: Term | None


class Ways:
    """Finds and keeps the ways of one query's paths."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._automata: dict[tuple[int, bool], paths.Automaton] = {}
        self._searches: dict[tuple[int, Term, Term | None], paths.Search] = {}

    def shortest(self, legs: list[Leg], given: set[Quad]) -> tuple[set[Quad], list[str]]:
        """Return the quads that a shortest way for each leg uses, and the legs for which none was found.

        Of those, none can go as long as the `given` quads, which the row rests on anyway, stay.
        """
        if not legs:
            return set(), []
        found: set[Quad] = set()
        missed, kept = [], []
        for leg in legs:
            way = self._search(leg)
            if way is None:
                missed.append(printer.body(Group((Triples((leg.pattern,)),))))
            else:
                kept.append(leg)
                found |= set(way)
        if len(legs) > 1 or given or len(found) > 1:
            found = self._without_spare(kept, found - given, given)
        return found, missed

    def _search(self, leg: Leg) -> list[Quad] | None:
        # From the end that the query names: the rows of a page share it.
        reverse = is_variable(leg.pattern.subject) and not is_variable(leg.pattern.object)
        start, end = (leg.object, leg.subject) if reverse else (leg.subject, leg.object)
        key = (id(leg.pattern), start, leg.graph)
        if key not in self._searches:
            graph = leg.graph

            def edges(s: Term | None, p: Term | None, o: Term | None) -> Iterable[Quad]:
                return self._asked.quads(s, p, o, graph)

            self._searches[key] = paths.Search(start, self._automaton(leg.pattern, reverse), edges)
        return self._searches[key].way(end)

    def _automaton(self, pattern: TriplePattern, reverse: bool) -> paths.Automaton:
        key = (id(pattern), reverse)
        if key not in self._automata:
            self._automata[key] = paths.Automaton(pattern.predicate, self._asked.constant, reverse=reverse)
        return self._automata[key]

    def _without_spare(self, legs: list[Leg], found: set[Quad], given: set[Quad]) -> set[Quad]:
        """Drop edges that the others make up for: ways found one by one may overlap."""
        if len(found) > _FEW:
            return found
        for quad in sorted(found, key=str):
            rest = found - {quad}
            if all(self._holds(leg, rest | given) for leg in legs):
                found = rest
        return found

    def _holds(self, leg: Leg, quads: set[Quad]) -> bool:
        names = None if leg.graph is None else leg.graph
        usable = [quad for quad in quads if names is None or quad.graph_name == names]
        automaton = self._automaton(leg.pattern, False)
        return paths.Search(leg.subject, automaton, paths.among(usable)).way(leg.object) is not None
