"""Property paths followed edge by edge: a shortest way from one node to another, as the quads it uses.

Knows SPARQL 1.1's paths (§9.1, §18.4) as automata over predicates. What a path means is the same as in the
engine; the engine only tells that there is one, not where it runs. Knows no queries.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pyoxigraph import BlankNode, NamedNode, Quad

from amcc_kg.sparql.tree import Alternative, Inverse, Negated, Path, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from amcc_kg.graph.answers import Term

    Edges: TypeAlias = Callable[[Term | None, NamedNode | None, Term | None], Iterable[Quad]]

LONGEST_SEARCH = 2_000_000  # edges looked at before a search is given up


class Move(NamedTuple):
    """One edge of a way: along a predicate, or along any but some, maybe against its direction."""

    predicate: NamedNode | None
    excluded: frozenset[NamedNode]
    backwards: bool
    to: int


class Automaton:
    """A path as states and moves; state 0 starts, state 1 ends."""

    def __init__(self, path: Path, resolve: Callable[[str], Term], *, reverse: bool = False) -> None:
        """Build it from a path whose IRIs `resolve` gives; with `reverse`, it runs from object to subject."""
        self._resolve = resolve
        self._free: list[list[int]] = [[], []]
        self._moves: list[list[Move]] = [[], []]
        self._build(path, 0, 1, reverse)

    def moves(self, state: int) -> list[Move]:
        """Return the moves out of a state."""
        return self._moves[state]

    def reached(self, state: int) -> list[int]:
        """Return the states reached from one without an edge, itself first."""
        found = [state]
        for known in found:
            found += [s for s in self._free[known] if s not in found]
        return found

    def _state(self) -> int:
        self._free.append([])
        self._moves.append([])
        return len(self._free) - 1

    def _iri(self, text: str) -> NamedNode:
        term = self._resolve(text)
        assert isinstance(term, NamedNode)  # the grammar allows nothing else
        return term

    def _build(self, path: Path, start: int, end: int, reverse: bool) -> None:
        match path:
            case str():
                self._moves[start].append(Move(self._iri(path), frozenset(), reverse, end))
            case Inverse():
                self._build(path.path, start, end, not reverse)
            case Sequence():
                steps = path.paths[::-1] if reverse else path.paths
                for index, step in enumerate(steps):
                    after = end if index == len(steps) - 1 else self._state()
                    self._build(step, start, after, reverse)
                    start = after
            case Alternative():
                for step in path.paths:
                    self._build(step, start, end, reverse)
            case Repeat():
                # States of its own, so that a loop cannot be entered from a neighbouring part.
                first, last = self._state(), self._state()
                self._free[start].append(first)
                self._build(path.path, first, last, reverse)
                self._free[last].append(end)
                if path.mark in "*+":
                    self._free[last].append(first)
                if path.mark in "*?":
                    self._free[start].append(end)
            case Negated():
                for iris, backwards in ((path.forwards, reverse), (path.backwards, not reverse)):
                    if iris is not None:
                        excluded = frozenset(map(self._iri, iris))
                        self._moves[start].append(Move(None, excluded, backwards, end))


class Search:
    """All shortest ways from one node, found layer by layer as ends are asked for.

    Ways of the same length are told apart by the text of their quads, so the same one is found everywhere.
    """

    def __init__(self, start: Term, automaton: Automaton, edges: Edges) -> None:
        self._automaton = automaton
        self._edges = edges
        self._looked_at = 0
        self._came: dict[tuple[Term, int], tuple[tuple[Term, int], Quad] | None] = {}
        self._queue: deque[tuple[Term, int]] = deque()
        for state in automaton.reached(0):
            self._came[start, state] = None
            self._queue.append((start, state))

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
        steps = [step for move in self._automaton.moves(state) for step in self._steps(node, move)]
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


def among(quads: Iterable[Quad]) -> Edges:
    """Return the edges of these quads alone, to see what a way still needs."""
    kept = list(quads)

    def edges(subject: Term | None, predicate: NamedNode | None, object_: Term | None) -> list[Quad]:
        return [
            quad
            for quad in kept
            if (subject is None or quad.subject == subject)
            and (predicate is None or quad.predicate == predicate)
            and (object_ is None or quad.object == object_)
        ]

    return edges
