"""The order in which clauses are run: which depend on which, which can fire at all, which go with others.

Knows clauses and whether the graph holds a triple of a kind; runs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from pyoxigraph import DefaultGraph, NamedNode, Store

from amcc_kg.reasoning.clauses import META, SCHEMA_TYPES, TYPE, Atom, Clause, Term, renamed, variables

# The kind of triple an atom is about: its predicate and, for rdf:type, the class. None: any.
Key = tuple[Term | None, Term | None]
# A class (true), or a property of which nothing but the property is said.
_Place = tuple[bool, Term]


class Above:
    """The clauses of the form "what is in A is in B" and "what P links, Q links", joined end to end.

    What follows by them from one triple alone is known before any data is looked at: whoever concludes a
    triple can conclude at once what is above it, while the engine has the thing at hand, so that no clause
    need go through all triples for it again.

    `clauses` has them; `others` has the rest. Where one of the others concludes with a class or property that
    is a variable, nothing can be told in advance: then all are others.
    """

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self.clauses: list[Clause] = []
        self.others: list[Clause] = list(clauses)
        self._next: defaultdict[_Place, list[Term]] = defaultdict(list)
        heads = [clause.head for clause in self.others if clause.head is not None]
        if any(isinstance(p, str) or (p == TYPE and isinstance(o, str)) for _, p, o in heads):
            return
        every, self.others = self.others, []
        for clause in every:
            if step := _step(clause):
                self.clauses.append(clause)
                self._next[step[0]].append(step[1])
            else:
                self.others.append(clause)

    def of(self, atom: Atom) -> tuple[Atom, ...]:
        """Return the atom and all that is above it, what is nearest first."""
        subject, predicate, object_ = atom
        is_class = predicate == TYPE
        start = object_ if is_class else predicate
        if isinstance(start, str):
            return (atom,)
        found = [start]
        for term in found:  # which grows on the way
            higher = dict.fromkeys(self._next.get((is_class, term), ()))
            found += [other for other in higher if other not in found]
        return tuple((subject, predicate, t) if is_class else (subject, t, object_) for t in found)

    def all_of(self, atoms: Iterable[Atom]) -> tuple[Atom, ...]:
        """Return some atoms and all that is above any of them, each once."""
        return tuple(dict.fromkeys(above for atom in atoms for above in self.of(atom)))


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses that are run together; whoever runs them concludes what is `above` each head too."""

    clauses: tuple[Clause, ...]
    above: Above
    recursive: bool = False  # one run of each may leave something to conclude
    shared: bool = False  # all have one body, variables included, so that one run concludes all heads

    @property
    def transitive(self) -> Term | None:
        """The property that the group's one clause carries on from link to link, None if it does otherwise.

        What such a clause concludes is where the links lead, which is a path that the engine walks by itself.
        """
        head, body = self.clauses[0].head, self.clauses[0].body
        if not self.recursive or len(self.clauses) > 1 or head is None or len(body) != 2:
            return None
        start, link, end = head
        between = body[0][2]
        apart = len({word for word in (start, between, end) if isinstance(word, str)}) == 3
        carries_on = apart and body == ((start, link, between), (between, link, end))
        return link if carries_on and not isinstance(link, str) else None


def key(atom: Atom) -> Key:
    """Return the kind of triple that an atom is about."""
    _, predicate, object_ = atom
    if isinstance(predicate, str):
        return None, None
    return predicate, object_ if predicate == TYPE and not isinstance(object_, str) else None


def overlaps(one: Key, other: Key) -> bool:
    """Tell whether a triple can be of both kinds."""
    return (one[0] is None or other[0] is None or one[0] == other[0]) and (
        one[1] is None or other[1] is None or one[1] == other[1]
    )


def firing(store: Store, clauses: list[Clause]) -> list[Clause]:
    """Return the clauses that can fire on this graph and conclude something that is of use.

    Of no use is to put things into a class of W3C's own which no other clause asks about.
    """
    possible = able(store, clauses)
    asked = {key(atom) for clause in possible for atom in clause.body}
    heads = [(clause, clause.head) for clause in possible if clause.head is not None]
    return [clause for clause, head in heads if not _is_own_of_w3c(head) or like(asked, key(head))]


def strata(store: Store, clauses: list[Clause]) -> list[Group]:
    """Return groups of clauses that fire on this graph, each after all those it depends on."""
    above = Above(clauses)
    others = above.others
    readers: defaultdict[Key, list[int]] = defaultdict(list)
    for number, clause in enumerate(others):
        for atom in clause.body:
            readers[key(atom)].append(number)
    heads = [above.of(clause.head) if clause.head else () for clause in others]
    follows = [
        sorted({n for atom in concluded for kind in like(readers, key(atom)) for n in readers[kind]})
        for concluded in heads
    ]
    groups = [[others[n] for n in sorted(numbers)] for numbers in _components(follows)]
    itself = {id(others[n]) for n, after in enumerate(follows) if n in after}
    ordered = [
        Group(tuple(group), above, (len(group) > 1 or id(group[0]) in itself) and not _undone(group, above))
        for group in groups
    ]
    return [*_stated(store, above), *_together(ordered, above, itself)]


def _stated(store: Store, above: Above) -> list[Group]:
    """Return what concludes all that is above the triples that are stated, before anything else is run."""
    found: dict[Atom, list[Clause]] = {}
    for clause in above.clauses:
        (atom,) = clause.body
        if holds(store, key(atom)):
            found.setdefault(atom, []).append(clause)
    return [Group(tuple(same), above, shared=True) for same in found.values()]


def _together(groups: Iterable[Group], above: Above, itself: set[int]) -> list[Group]:
    """Put clauses together that say something of the same variables of one body, where the first stands."""
    # All it needs is known by then, unless it is one of those that add to it themselves (`itself`); and it is
    # asked once of each thing whether what is said is known.
    found: dict[object, list[Clause]] = {}
    order: list[Group | list[Clause]] = []
    for group in groups:
        clause = group.clauses[0]
        alone = group.recursive or len(group.clauses) > 1 or id(clause) in itself
        if alone or clause.rule.unlike or clause.head is None:
            order.append(group)
            continue
        names = {name: f"?v{at}" for at, name in enumerate(variables(clause.body))}
        head, body = renamed(clause.head, names), tuple(renamed(atom, names) for atom in clause.body)
        kind = body, frozenset(variables([head]))
        if kind not in found:
            found[kind] = []
            order.append(found[kind])
        found[kind].append(replace(clause, head=head, body=body))
    return [g if isinstance(g, Group) else Group(tuple(g), above, shared=True) for g in order]


def like(known: Collection[Key], wanted: Key) -> list[Key]:
    """Return the known kinds that overlap with one."""
    if wanted[0] is None or (wanted[0] == TYPE and wanted[1] is None):
        return [kind for kind in known if overlaps(kind, wanted)]
    near = {wanted, (wanted[0], None), (None, None)}
    return [kind for kind in near if kind in known]


def holds(store: Store, kind: Key) -> bool:
    """Tell whether the graph has a triple of a kind."""
    quads = store.quads_for_pattern(None, kind[0], kind[1], DefaultGraph())  # type: ignore[arg-type] # an IRI
    return next(iter(quads), None) is not None


def able(store: Store, clauses: list[Clause]) -> list[Clause]:
    """Return the clauses all of whose premises the graph holds or another such clause can conclude."""
    known: set[Key] = set()
    absent: dict[Key, bool] = {}

    def possible(kind: Key) -> bool:
        if kind not in absent:
            absent[kind] = not holds(store, kind)
        return not absent[kind] or bool(like(known, kind))

    found: set[int] = set()
    while True:
        ready = [n for n, c in enumerate(clauses) if n not in found and all(possible(key(a)) for a in c.body)]
        if not ready:
            return [clause for number, clause in enumerate(clauses) if number in found]
        found.update(ready)
        known.update(key(head) for n in ready if (head := clauses[n].head))


def _is_own_of_w3c(head: Atom) -> bool:
    _, predicate, kind = head
    own = isinstance(kind, NamedNode) and kind.value.startswith(META) and kind not in SCHEMA_TYPES
    return predicate == TYPE and own


def _step(clause: Clause) -> tuple[_Place, Term] | None:
    """Return from where to where a clause leads, None if it is of another form."""
    if clause.head is None or len(clause.body) != 1 or clause.rule.unlike:
        return None
    (subject, lower, object_), (same, higher, other) = clause.body[0], clause.head
    if isinstance(lower, str) or isinstance(higher, str) or not isinstance(subject, str) or subject != same:
        return None
    if lower == higher == TYPE:
        return None if isinstance(object_, str) or isinstance(other, str) else ((True, object_), other)
    carried = isinstance(object_, str) and object_ == other and object_ != subject
    return ((False, lower), higher) if carried and TYPE not in (lower, higher) else None


def _undone(group: list[Clause], above: Above) -> bool:
    if len(group) > 2 or not (_undo(group[0], group[-1]) and _undo(group[-1], group[0])):
        return False
    # What is above the heads may lead back too, which nothing undoes.
    higher = [atom for clause in group if clause.head for atom in above.of(clause.head)[1:]]
    return not any(overlaps(key(atom), key(clause.body[0])) for atom in higher for clause in group)


def _undo(one: Clause, other: Clause) -> bool:
    """Tell whether a clause leads back to where another starts, as inverses do: once each is enough."""
    if one.head is None or other.head is None or len(one.body) != 1 or len(other.body) != 1:
        return False
    names: dict[object, Term | str] = {}
    for word, meant in zip(other.body[0], one.head, strict=True):
        if names.setdefault(word, meant) != meant or (not isinstance(word, str) and word != meant):
            return False
    return tuple(names.get(word, word) for word in other.head) == one.body[0]


def _components(follows: list[list[int]]) -> list[list[int]]:
    """Return the strongly connected components of a graph in topological order (Kosaraju, Sharir 1981)."""
    leads: list[list[int]] = [[] for _ in follows]
    for node, after in enumerate(follows):
        for other in after:
            leads[other].append(node)
    seen: set[int] = set()

    def reached(root: int, links: list[list[int]]) -> Iterator[int]:
        """Give what is reached from a node and was not yet, each after what is reached by way of it."""
        seen.add(root)
        work = [(root, iter(links[root]))]
        while work:
            rest = work[-1][1]
            found = next((other for other in rest if other not in seen), None)
            if found is None:
                yield work.pop()[0]
            else:
                seen.add(found)
                work.append((found, iter(links[found])))

    order = [node for root in range(len(follows)) if root not in seen for node in reached(root, follows)]
    seen.clear()
    return [list(reached(root, leads)) for root in reversed(order) if root not in seen]
