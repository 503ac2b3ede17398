"""What is nearest to a triple that does not hold.

The triples that share its subject and predicate, or its predicate and object; and the rule that comes closest
to concluding it, with what is missing. Knows clauses and the closed graph; words nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pyoxigraph import DefaultGraph, Literal, Triple

from amcc_kg.reasoning.clauses import Atom, Clause, Term
from amcc_kg.reasoning.proofs import Prover, instance, unify

_SHOWN = 8
_TRIED = 500  # ways to match one premise, so that a hub does not take minutes


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rule that would conclude a triple: what it needs that holds, and what it needs that does not.

    `missing` are triple patterns; a place that anything may take is a text such as `?y`.
    """

    clause: Clause
    holding: tuple[Triple, ...]
    missing: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """What holds instead of a triple; `more_…` count what is left out of long lists.

    `absent` says of each member that does not occur in the graph that it does not, and what is like it.
    """

    same_subject: tuple[Triple, ...]
    same_object: tuple[Triple, ...]
    more_same_subject: int
    more_same_object: int
    attempt: Attempt | None
    absent: tuple[str, ...] = ()


def nearest(prover: Prover, triple: Triple) -> Nearest:
    """Return what holds that is nearest to a triple."""
    ask, default = prover.store.quads_for_pattern, DefaultGraph()
    with_subject = ask(triple.subject, triple.predicate, None, default)
    with_object = ask(None, triple.predicate, triple.object, default)
    same_subject, same_object = (
        sorted((quad.triple for quad in quads), key=str) for quads in (with_subject, with_object)
    )
    return Nearest(
        tuple(same_subject[:_SHOWN]),
        tuple(same_object[:_SHOWN]),
        max(0, len(same_subject) - _SHOWN),
        max(0, len(same_object) - _SHOWN),
        _closest(prover, triple),
    )


def _closest(prover: Prover, triple: Triple) -> Attempt | None:
    """Return the attempt with the fewest missing premises; of those the one that has most already."""
    best: tuple[tuple[int, int, str], Attempt] | None = None
    for clause in prover.matcher.concluding(triple):
        assert clause.head is not None
        if isinstance(clause.head[1], str):
            continue  # anything would follow if two things were the same
        binding = unify(clause.head, triple, {})
        if binding is None:
            continue
        for attempt in _attempts(prover, clause, clause.body, binding, (), ()):
            if any(isinstance(atom[0], Literal) for atom in attempt.missing):
                continue  # a literal is no subject: this can never be said
            order = (len(attempt.missing), -len(attempt.holding), str((clause.rule.name, attempt.missing)))
            if attempt.missing and (best is None or order < best[0]):
                best = order, attempt
    return best[1] if best else None


def _attempts(
    prover: Prover,
    clause: Clause,
    body: tuple[Atom, ...],
    binding: dict[str, Term],
    holding: tuple[Triple, ...],
    missing: tuple[Atom, ...],
) -> Iterator[Attempt]:
    if not body:
        yield Attempt(clause, holding, tuple(_filled(atom, binding) for atom in missing))
        return
    atom, rest = body[0], body[1:]
    for found in islice(prover.matcher.matches((atom,), binding), _TRIED):
        triple = instance(atom, found)
        yield from _attempts(prover, clause, rest, found, (*holding, triple), missing)
    yield from _attempts(prover, clause, rest, binding, holding, (*missing, atom))


def _filled(atom: Atom, binding: dict[str, Term]) -> Atom:
    subject, predicate, object_ = (binding.get(w, w) if isinstance(w, str) else w for w in atom)
    return subject, predicate, object_
