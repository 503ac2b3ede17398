"""What an answer rests on, as a value: joined with others, compared, picked.

Knows quads and texts; nothing of how they were found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from pyoxigraph import Quad


class Witness(NamedTuple):
    """Quads of the graph, those matched outside GRAPH in the default graph; patterns; reasons in words.

    `absences` are patterns in SPARQL that have no solution. `gaps` say what this witness is not whole for.
    `remarks` say in words what else decides: that a graph is there, that the query cuts off what it finds.
    """

    quads: frozenset[Quad] = frozenset()
    absences: frozenset[str] = frozenset()
    gaps: frozenset[str] = frozenset()
    remarks: frozenset[str] = frozenset()

    def __or__(self, other: Witness) -> Witness:
        return joined((self, other)) if any(other) else self


def gap(reason: str) -> Witness:
    """Return a witness that only says what could not be followed."""
    return Witness(gaps=frozenset({reason}))


def remark(said: str) -> Witness:
    """Return a witness that only says what else decides."""
    return Witness(remarks=frozenset({said}))


def joined(witnesses: Iterable[Witness]) -> Witness:
    """Return what all of these rest on together."""
    return Witness(*(frozenset().union(*parts) for parts in zip(*witnesses, strict=True)))


def smallest(witnesses: Iterable[Witness], weight: Callable[[Quad], int], unknown: str = "") -> Witness:
    """Return the smallest: whole before broken, then fewest quads, then least weight, then by text.

    Where there is none, what is `unknown` is a gap.
    """

    def size(witness: Witness) -> tuple[int, ...]:
        weighed = sum(map(weight, witness.quads))
        said = len(witness.absences), len(witness.remarks)
        return len(witness.gaps), len(witness.quads), weighed, *said

    found = list(witnesses) or [gap(unknown)]
    if len(found) == 1:
        return found[0]
    sizes = list(map(size, found))
    least = min(sizes)
    best = [witness for witness, measured in zip(found, sizes, strict=True) if measured == least]
    # Texts are dear, and mostly the sizes decide.
    return best[0] if len(best) == 1 else min(best, key=lambda w: [sorted(map(str, part)) for part in w])
