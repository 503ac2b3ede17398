"""Property paths followed edge by edge to a shortest way.

Knows SPARQL 1.1's paths (§9.1, §18.4) as automata over predicates. What a path means is the same as in the
engine; the engine only tells that there is one, not where it runs. Knows nothing of rows and witnesses.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import count
from typing import NamedTuple, TypeAlias, cast

from pyoxigraph import BlankNode, NamedNode, Quad

from amcc_kg.graph.answers import Term
from amcc_kg.sparql import tree

Edges: TypeAlias = Callable[[Term | None, NamedNode | None, Term | None], Iterable[Quad]]

LONGEST_SEARCH = 2_000_000  # edges looked at before a search is given up
_FEW = 40  # edges up to which it is tried whether one of them can go


class Move(NamedTuple):
    """One edge of a way: along a predicate, or along any but some, maybe against its direction."""

    predicate: NamedNode | None
    excluded: frozenset[NamedNode]
    backwards: bool
    to: int


class Automaton:
    """A path as states and moves; state 0 starts, state 1 ends."""

    def __init__(self, path: tree.Path, reverse: bool, resolve: Callable[[str], NamedNode]) -> None:
        """Build it from a path whose IRIs `resolve` gives; with `reverse`, it runs from object to subject."""
        self._resolve = resolve
        self._free: dict[int, list[int]] = defaultdict(list)
        self.moves: dict[int, list[Move]] = defaultdict(list)  # out of each state
        self._states = count(2)
        self._build(path, 0, 1, reverse)
        self.predicates = {move.predicate for moves in self.moves.values() for move in moves}

    def reached(self, state: int) -> list[int]:
        """Return the states reached from one without an edge, itself first."""
        found = [state]
        for known in found:
            found += [s for s in self._free[known] if s not in found]
        return found

    def _build(self, path: tree.Path, start: int, end: int, reverse: bool) -> None:
        match path:
            case str():
                self.moves[start].append(Move(self._resolve(path), frozenset(), reverse, end))
            case tree.Inverse():
                self._build(path.path, start, end, not reverse)
            case tree.Sequence():
                *steps, last = path.paths[::-1] if reverse else path.paths
                for step in steps:
                    after = next(self._states)
                    self._build(step, start, after, reverse)
                    start = after
                self._build(last, start, end, reverse)
            case tree.Alternative():
                for step in path.paths:
                    self._build(step, start, end, reverse)
            case tree.Repeat():
                # States of its own, so that a loop cannot be entered from a neighbouring part.
                first, last_state = next(self._states), next(self._states)
                self._free[start].append(first)
                self._build(path.path, first, last_state, reverse)
                self._free[last_state].append(end)
                if path.mark in "*+":
                    self._free[last_state].append(first)
                if path.mark in "*?":
                    self._free[start].append(end)
            case tree.Negated():
                for iris, backwards in ((path.forwards, reverse), (path.backwards, not reverse)):
                    if iris is not None:
                        excluded = frozenset(map(self._resolve, iris))
                        self.moves[start].append(Move(None, excluded, backwards, end))


class Search:
    """All shortest ways from one node, found layer by layer as ends are asked for.

    Ways of the same length are told apart by the text of their quads, so the same one is found everywhere.
    """

    def __init__(self, start: Term, automaton: Automaton, edges: Edges) -> None:
        self._automaton = automaton
        self._edges = edges
        self._looked_at = 0
        self._came: dict[tuple[Term, int], tuple[tuple[Term, int], Quad] | None] = {
            (start, state): None for state in automaton.reached(0)
        }
        self._queue = deque(self._came)

    def way(self, end: Term) -> list[Quad] | None:
        """Return the quads of a shortest way to `end`, None where there is none or it is too far to find."""
        while (end, 1) not in self._came:
            if not self._queue or self._looked_at > LONGEST_SEARCH:
                return None
            self._expand(*self._queue.popleft())
        found = []
        place: tuple[Term, int] = (end, 1)
        while came := self._came[place]:
            place, quad = came
            found.append(quad)
        return found[::-1]

    def _expand(self, node: Term, state: int) -> None:
        steps = [step for move in self._automaton.moves[state] for step in self._steps(node, move)]
        if len(steps) > 1:
            steps.sort(key=lambda step: str(step[0]))
        for quad, neighbour, to in steps:
            for known in self._automaton.reached(to):
                if (neighbour, known) not in self._came:
                    self._came[neighbour, known] = ((node, state), quad)
                    self._queue.append((neighbour, known))

    def _steps(self, node: Term, move: Move) -> Iterator[tuple[Quad, Term, int]]:
        if not move.backwards and not isinstance(node, (NamedNode, BlankNode)):
            return
        given = (None, move.predicate, node) if move.backwards else (node, move.predicate, None)
        for quad in self._edges(*given):
            self._looked_at += 1
            if quad.predicate not in move.excluded:
                yield quad, quad.subject if move.backwards else quad.object, move.to


class Leg(NamedTuple):
    """A path pattern between two known ends, in a named graph or, for None, in the default graph."""

    subject: Term
    pattern: tree.TriplePattern
    object: Term
    graph: Term | None


class Ways:
    """The ways of one query's paths, kept between rows: those of a page often start at the same node."""

    def __init__(self, quads: Callable[..., Iterable[Quad]], terms: Mapping[str, Term]) -> None:
        """Take what gives the quads for subject, predicate, object and graph, and terms by their texts."""
        self._quads = quads
        # In a path the grammar allows nothing but IRIs.
        iris = cast("Mapping[str, NamedNode]", terms)
        self._automaton = cache(partial(Automaton, resolve=iris.__getitem__))
        self._searches: dict[tuple[tree.Path, bool, Term, Term | None], Search] = {}

    def shortest(self, legs: list[Leg], given: set[Quad]) -> tuple[set[Quad], list[tree.TriplePattern]]:
        """Return the quads that a shortest way for each leg uses, and the patterns for which none was found.

        Of those, none can go as long as the `given` quads, which the row rests on anyway, stay.
        """
        if not legs:
            return set(), []
        ways = [(leg, self._way(leg)) for leg in legs]
        kept = [leg for leg, way in ways if way is not None]
        found = {quad for _, way in ways for quad in way or ()}
        if any(self._may_spare(leg, found | given) for leg in kept):
            found = self._without_spare(kept, found - given, given)
        return found, [leg.pattern for leg, way in ways if way is None]

    def is_empty(self, leg: Leg) -> bool:
        """Tell whether the shortest way for a leg has length zero."""
        return self._way(leg) == []

    def _way(self, leg: Leg) -> list[Quad] | None:
        # From the end that the query names: the rows of a page share it.
        reverse = tree.is_variable(leg.pattern.subject) and not tree.is_variable(leg.pattern.object)
        start, end = (leg.object, leg.subject) if reverse else (leg.subject, leg.object)
        key = (leg.pattern.predicate, reverse, start, leg.graph)
        if key not in self._searches:
            automaton = self._automaton(leg.pattern.predicate, reverse)
            self._searches[key] = Search(start, automaton, lambda s, p, o: self._quads(s, p, o, leg.graph))
        return self._searches[key].way(end)

    def _may_spare(self, leg: Leg, quads: set[Quad]) -> bool:
        """Tell whether a leg may go without some quad of its way, of all the quads that there are."""
        way = self._way(leg) or []
        nodes = {node for quad in way for node in (quad.subject, quad.object)}
        if len(nodes) <= len(way):
            return bool(way)  # it comes by a node twice
        # Without one of its edges its ends are apart, unless another edge can be taken.
        others, predicates = quads.difference(way), self._automaton(leg.pattern.predicate, False).predicates
        return any(None in predicates or quad.predicate in predicates for quad in others)

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
        usable = [quad for quad in quads if leg.graph is None or quad.graph_name == leg.graph]

        def edges(*wanted: Term | None) -> list[Quad]:
            return [
                quad
                for quad in usable
                if all(term in (None, found) for term, found in zip(wanted, quad.triple, strict=True))
            ]

        automaton = self._automaton(leg.pattern.predicate, False)
        return Search(leg.subject, automaton, edges).way(leg.object) is not None
