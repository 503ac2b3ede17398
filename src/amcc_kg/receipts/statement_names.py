"""Names for statements that are the same on every run, blank nodes or not.

A blank node's label is another one each time data are read, so it is known by what is said of it and around
it. Nodes of which the same is said are told apart by number. Knows triples; nothing of receipts.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Triple

    from amcc_kg.graph.answers import Term


class Names:
    """The terms of some triples as text; equal for equal triples, whatever blank nodes are called."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Take all the triples that blank nodes are to be known by."""
        self._around: dict[Term, list[tuple[str, Term, Term]]] = {}
        for triple in triples:
            if isinstance(triple.subject, BlankNode):
                self._around.setdefault(triple.subject, []).append((">", triple.predicate, triple.object))
            if isinstance(triple.object, BlankNode):
                self._around.setdefault(triple.object, []).append(("<", triple.predicate, triple.subject))
        self._labels = self._numbered(self._coloured())

    def term(self, term: Term) -> str:
        """Return a term as N-Triples writes it, a blank node by its name."""
        return f"_:{self._labels.get(term, '')}" if isinstance(term, BlankNode) else str(term)

    def line(self, triple: Triple) -> str:
        """Return a triple as a line of N-Triples without its end."""
        return " ".join(map(self.term, (triple.subject, triple.predicate, triple.object)))

    def _coloured(self) -> dict[Term, str]:
        """Return for each node a hash of what is around it, as far as that tells nodes apart."""
        colours = dict.fromkeys(self._around, "")
        told_apart = 0
        while len(set(colours.values())) > told_apart:
            told_apart = len(set(colours.values()))
            colours = {
                node: _digest(colours[node], *sorted(" ".join(_seen(edge, colours)) for edge in edges))
                for node, edges in self._around.items()
            }
        return colours

    def _numbered(self, colours: dict[Term, str]) -> dict[Term, str]:
        counts: dict[str, int] = {}
        labels = {}
        for node in sorted(colours, key=lambda node: (colours[node], str(node))):
            counts[colours[node]] = counts.get(colours[node], 0) + 1
            labels[node] = f"{colours[node]}-{counts[colours[node]]}"
        return labels


def _seen(edge: tuple[str, Term, Term], colours: dict[Term, str]) -> tuple[str, str, str]:
    way, predicate, other = edge
    return way, str(predicate), colours[other] if other in colours else str(other)


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]
