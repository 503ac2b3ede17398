"""Clauses matched backwards: by which steps can a triple be concluded from triples that hold?

Knows the clauses of an ontology and the closed graph; chooses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from amcc_kg.reasoning import fixpoint
from amcc_kg.reasoning.clauses import META, SCHEMA_PREDICATES, Atom, Clause, Schema, Term, renamed
from amcc_kg.reasoning.strata import Key, able, key, like


@dataclass(frozen=True, slots=True)
class Step:
    """One use of a clause: the triples that stand for its body, and what its variables stand for.

    Axioms of the clause that nobody wrote but rules about things concluded are premises, too.
    """

    clause: Clause
    premises: tuple[Triple, ...]
    binding: tuple[tuple[str, Term], ...]

    @property
    def order(self) -> tuple[str, ...]:
        """What decides between steps of one size: nothing that changes from run to run."""
        return (self.clause.rule.name, *map(str, self.premises), *map(str, self.clause.axioms))


class Matcher:
    """The clauses of an ontology over a closed graph."""

    def __init__(self, store: Store, schema: Schema) -> None:
        """Compile the clauses of the schema; `store` holds the closed graph, nothing left out."""
        self._store = store
        self.schema = schema
        self.clauses = schema.clauses()
        self._by_head: defaultdict[Key, list[Clause]] = defaultdict(list)
        for clause in self.clauses:
            if clause.head is not None:
                self._by_head[key(clause.head)].append(clause)

    @classmethod
    def over(cls, store: Store, asserted: Callable[[Triple], bool]) -> Matcher:
        """Return the matcher for a compiled graph; closes it anew if steps were cleaned out of it.

        The compiled graph leaves out what cannot be cited, such as that a thing is in a class without a
        name. Where the ontology's rules go by way of such triples they are derived again.
        """
        matcher = cls(store, Schema(store, asserted=asserted))
        firing = able(store, matcher.clauses)
        asked = {key(atom) for clause in firing for atom in clause.body}
        if not any(_leads_through_noise(clause, asked) for clause in firing):
            return matcher
        whole = Store()
        default = store.quads_for_pattern(None, None, None, DefaultGraph())
        whole.extend(quad for quad in default if asserted(quad.triple))
        before = Schema(whole)
        fixpoint.close(whole)
        return cls(whole, Schema(whole, before, asserted))

    def holds(self, triple: Triple) -> bool:
        """Tell whether a triple is in the closed graph."""
        if isinstance(triple.subject, Literal):
            return False
        return Quad(triple.subject, triple.predicate, triple.object) in self._store

    def steps(self, goal: Triple) -> Iterator[Step]:
        """Give every step that concludes a triple from triples that hold; none has it as a premise."""
        for clause in self.concluding(goal):
            assert clause.head is not None
            binding = unify(clause.head, goal, {})
            if binding is None:
                continue
            for found in self.matches(clause.body, binding):
                premises = self.premises(clause, found)
                one, other = clause.rule.unlike or ("", "")
                alike = one in found and found[one] == found.get(other)
                if goal not in premises and not alike:
                    yield Step(clause, premises, tuple(found.items()))

    def premises(self, clause: Clause, binding: dict[str, Term]) -> tuple[Triple, ...]:
        """Return the triples that a use of a clause rests on."""
        concluded = self.schema.concluded
        body = tuple(instance(atom, binding) for atom in clause.body)
        if not concluded:
            return body
        why = self.schema.why
        return (*body, *(axiom for axiom in clause.axioms if axiom in concluded and why[axiom] is None))

    def concluding(self, goal: Triple) -> list[Clause]:
        """Return the clauses whose head a triple may be an instance of."""
        kind = key((goal.subject, goal.predicate, goal.object))
        near = {kind, (kind[0], None), (None, None)}
        return [clause for head in self._by_head if head in near for clause in self._by_head[head]]

    def matches(self, body: tuple[Atom, ...], binding: dict[str, Term]) -> Iterator[dict[str, Term]]:
        """Give every way in which the atoms hold that agrees with the binding."""
        if not body:
            yield binding
            return
        # The atom with the fewest open places first: the others then have fewer still.
        at = min(range(len(body)), key=lambda n: _open_places(body[n], binding))
        rest = body[:at] + body[at + 1 :]
        for triple in self._candidates(body[at], binding):
            more = unify(body[at], triple, binding)
            if more is not None:
                yield from self.matches(rest, more)

    def _candidates(self, atom: Atom, binding: dict[str, Term]) -> Iterator[Triple]:
        subject, predicate, object_ = (binding.get(word) if isinstance(word, str) else word for word in atom)
        if isinstance(subject, Literal) or not (predicate is None or isinstance(predicate, NamedNode)):
            return
        for quad in self._store.quads_for_pattern(subject, predicate, object_, DefaultGraph()):
            yield quad.triple


def unify(atom: Atom, triple: Triple, binding: dict[str, Term]) -> dict[str, Term] | None:
    """Return the binding with which an atom is this triple, None if there is none."""
    more = dict(binding)
    for word, term in zip(atom, (triple.subject, triple.predicate, triple.object), strict=True):
        known = more.setdefault(word, term) if isinstance(word, str) else word
        if known != term:
            return None
    return more


def instance(atom: Atom, binding: dict[str, Term]) -> Triple:
    """Return the triple that an atom is with this binding."""
    return Triple(*renamed(atom, binding))  # type: ignore[arg-type] # no word is open any more


def _open_places(atom: Atom, binding: dict[str, Term]) -> int:
    return sum(1 for word in atom if isinstance(word, str) and word not in binding)


def _leads_through_noise(clause: Clause, asked: set[Key]) -> bool:
    """Tell whether a conclusion of the clause is left out of compiled graphs and is another's premise."""
    if clause.head is None:
        return False
    _, predicate, object_ = clause.head
    if isinstance(predicate, str):
        return False
    unnamed = not isinstance(object_, (str, NamedNode, Literal))
    assert isinstance(predicate, NamedNode)
    meta = predicate.value.startswith(META) and predicate.value.rpartition("#")[2] not in ("type", "sameAs")
    in_meta = isinstance(object_, NamedNode) and object_.value.startswith(META)
    if not (unnamed or meta or in_meta or predicate in SCHEMA_PREDICATES):
        return False
    return bool(like(asked, key(clause.head)))
