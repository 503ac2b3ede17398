"""What follows from one triple alone, by the classes above its class and the properties above its property.

This is known before any data is looked at. Whoever concludes a triple can conclude at once what is above it,
while the engine has the thing at hand, so that no clause need go through all triples for it again. Knows
clauses; runs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from amcc_kg.reasoning.clauses import TYPE, Atom, Clause, Term

# A class, or a property of which nothing but the property is said.
_Place = tuple[bool, Term]


class Above:
    """The clauses of the form "what is in A is in B" and "what P links, Q links", joined end to end.

    `clauses` has them; `others` has the rest. Where one of the others concludes with a class or property that
    is a variable, nothing can be told in advance: then all are others.
    """

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self.clauses: list[Clause] = []
        self.others: list[Clause] = list(clauses)
        self._next: defaultdict[_Place, list[Term]] = defaultdict(list)
        if any(clause.head is not None and _is_open(clause.head) for clause in self.others):
            return
        carrying = {id(clause): _step(clause) for clause in self.others}
        self.clauses = [clause for clause in self.others if carrying[id(clause)]]
        self.others = [clause for clause in self.others if not carrying[id(clause)]]
        for clause in self.clauses:
            step = carrying[id(clause)]
            assert step is not None
            self._next[step[0]].append(step[1])

    def of(self, atom: Atom) -> tuple[Atom, ...]:
        """Return the atom and all that is above it, what is nearest first."""
        subject, predicate, object_ = atom
        if isinstance(predicate, str):
            return (atom,)
        is_class = predicate == TYPE
        start = object_ if is_class else predicate
        if isinstance(start, str):
            return (atom,)
        found = [start]
        for term in found:  # which grows on the way
            higher = dict.fromkeys(self._next.get((is_class, term), ()))
            found += [other for other in higher if other not in found]
        if is_class:
            return tuple((subject, predicate, term) for term in found)
        return tuple((subject, term, object_) for term in found)

    def all_of(self, atoms: Iterable[Atom]) -> tuple[Atom, ...]:
        """Return some atoms and all that is above any of them, each once."""
        return tuple(dict.fromkeys(above for atom in atoms for above in self.of(atom)))


def _is_open(head: Atom) -> bool:
    return isinstance(head[1], str) or (head[1] == TYPE and isinstance(head[2], str))


def _step(clause: Clause) -> tuple[_Place, Term] | None:
    """Return from where to where a clause leads, None if it is of another form."""
    if clause.head is None or len(clause.body) != 1 or clause.rule.unlike:
        return None
    (subject, predicate, object_), (same, above, other) = clause.body[0], clause.head
    if isinstance(predicate, str) or isinstance(above, str):
        return None
    if not isinstance(subject, str) or subject != same:
        return None
    if predicate == above == TYPE:
        return None if isinstance(object_, str) or isinstance(other, str) else ((True, object_), other)
    carried = isinstance(object_, str) and object_ == other and object_ != subject
    return ((False, predicate), above) if carried and TYPE not in (predicate, above) else None
