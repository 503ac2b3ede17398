"""Proofs: why a triple holds, from what is asserted, by the clauses of the ontology.

`Matcher` matches clauses backwards: by which steps can a triple be concluded from triples that hold?
`Prover.prove` seeks a smallest proof backwards from the triple, as a shortest derivation in a hypergraph
(Knuth 1977): no triple is ever part of its own support. `Prover.all_proofs` seeks every minimal one up to a
size: no other rests on a part of its leaves only. Knows nothing of how a proof is shown.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from math import prod

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from amcc_kg.reasoning import fixpoint
from amcc_kg.reasoning.clauses import (
    META,
    SCHEMA_PREDICATES,
    SCHEMA_TYPES,
    TYPE,
    Atom,
    Clause,
    Schema,
    Term,
    renamed,
)
from amcc_kg.reasoning.strata import Key, able, key, like
from amcc_kg.terms import prefixes

BOUND = 12
"""The rules and leaves that a proof may have, where all are sought and nobody says otherwise."""

_NEVER = 10**9  # the size of what has no proof
_TRIED = 10_000  # ways to combine the proofs of a step's premises, in search of one beyond the bound
_FAR = 300  # triples that are looked at for a proof from some leaves only
_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)


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
        heads = (clause.head for clause in self.clauses if clause.head is not None)
        self.named = frozenset(term for head in heads for term in head if not isinstance(term, str))
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
        concluded, why = self.schema.concluded, self.schema.why
        body = (instance(atom, binding) for atom in clause.body)
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
        at = min(
            range(len(body)), key=lambda n: sum(isinstance(w, str) and w not in binding for w in body[n])
        )
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


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a triple holds: a rule, the ontology's axioms that it uses and proofs of its premises.

    `rule` is None where the triple is asserted. `conclusion` is None only at the root of the proof of a
    contradiction. `axioms` are triples of the ontology as somebody wrote them, those of their lists after
    them; `because` is the rule in plain words, with places for `names`.
    """

    conclusion: Triple | None
    rule: str | None = None
    axioms: tuple[Triple, ...] = ()
    premises: tuple[Proof, ...] = ()
    because: str = ""
    names: tuple[tuple[str, Term | tuple[Term, ...]], ...] = field(default=(), repr=False)

    @property
    def leaves(self) -> tuple[Triple, ...]:
        """The asserted triples that the proof rests on, each once, in a fixed order."""
        told = {step.conclusion for step in self.steps() if step.is_leaf and step.conclusion}
        return tuple(sorted(told, key=str))

    @property
    def all_axioms(self) -> tuple[Triple, ...]:
        """The triples of the ontology that the proof uses, each once, in a fixed order."""
        return tuple(sorted({axiom for step in self.steps() for axiom in step.axioms}, key=str))

    @property
    def size(self) -> int:
        """How many times a rule is applied plus how many leaves there are, as the proof is written out."""
        return 1 + sum(premise.size for premise in self.premises)

    @property
    def is_leaf(self) -> bool:
        """Whether the triple is asserted rather than derived."""
        return self.rule is None

    def steps(self) -> Iterator[Proof]:
        """Give this proof and all proofs in it, premises first."""
        for premise in self.premises:
            yield from premise.steps()
        yield self


@dataclass(frozen=True, slots=True)
class Proofs:
    """Minimal proofs, smallest first; `complete` if there is certainly none that is larger than the bound."""

    proofs: tuple[Proof, ...]
    complete: bool


class Prover:
    """Proves triples over a store that holds a closed graph as its default graph, and what it was made of."""

    def __init__(self, store: Store, asserted: Callable[[Triple], bool] | None = None) -> None:
        """Take the compiled graph's store, with inference and named graphs.

        `asserted` tells which triples are; without it those of any named graph but that of the inferred.
        """
        self.store = store
        self._asserted = asserted
        self._is_complete = False
        self._proofs: dict[Triple, Proof | None] = {}
        self._proofs_of_schema: dict[Triple, Proof | None] = {}
        # Where not all leaves will do: what subjects there are, and the prover that is held to no leaves.
        self._nodes: frozenset[Term] | None = None
        self._whole = self

    def is_asserted(self, triple: Triple) -> bool:
        """Tell whether somebody wrote this triple."""
        return self._asserted(triple) if self._asserted else bool(self.graphs_of(triple))

    def graphs_of(self, triple: Triple) -> list[str]:
        """Return the named graphs that state a triple, sorted; the graph of the inferred is none of them."""
        quads = self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        graphs = (quad.graph_name for quad in quads)
        return sorted(g.value for g in graphs if isinstance(g, NamedNode) and g != _INFERRED)

    def prove(self, triple: Triple) -> Proof | None:
        """Return a smallest proof of a triple, the same one every time, None if the triple does not hold."""
        if triple not in self._proofs:
            self._proofs[triple] = self._prove(triple)
        return self._proofs[triple]

    def prove_from(self, triple: Triple, held: frozenset[Triple]) -> Proof | None:
        """Return a smallest proof of a triple whose leaves are all among some; None if none is near.

        What is given by the schema's own rules is as `prove` has it.
        """
        within = Prover(self.store, held.__contains__)
        within.matcher, within._whole = self.matcher, self
        # A conclusion speaks of nothing that its premises do not speak of, unless an axiom names it.
        within._nodes = self.matcher.named.union(*((leaf.subject, leaf.object) for leaf in held))
        return within.prove(triple)

    def all_proofs(self, goal: Triple, bound: int = BOUND) -> Proofs:
        """Return every minimal proof of at most `bound` rules and leaves, one for each set of leaves.

        What `prove` gives is the first, unless another rests on a part of its leaves only.
        """
        known = self.prove(goal)
        if known is None or known.size > bound:
            return Proofs((), known is None)
        if not self.is_asserted(goal) and not self.matcher.holds(goal):
            return Proofs((known,), True)  # about classes and properties
        search = _Search(self, goal, bound)
        first = frozenset(known.leaves)
        sets = sorted(
            search.ways[goal].items(),
            key=lambda item: (item[1][0], item[0] != first, sorted(map(str, item[0]))),
        )
        proofs = (known if leaves == first else search.proof(goal, leaves) for leaves, _ in sets)
        return Proofs(tuple(proofs), search.complete and not search.may_go_on())

    def contradiction(self, clause: Clause, binding: dict[str, Term]) -> Proof | None:
        """Return a smallest proof of a contradiction: a clause without a head, and what its variables are."""
        step = Step(clause, self.matcher.premises(clause, binding), tuple(binding.items()))
        premises = [proof for premise in step.premises if (proof := self.prove(premise))]
        return self.step_proof(step, None, premises) if len(premises) == len(step.premises) else None

    @cached_property
    def matcher(self) -> Matcher:
        """The clauses of the ontology, ready to be matched against the closed graph."""
        return Matcher.over(self.store, self.is_asserted)

    def step_proof(self, step: Step, conclusion: Triple | None, premises: list[Proof]) -> Proof:
        """Return the proof that a step makes of proofs of its premises."""
        clause, schema = step.clause, self.matcher.schema
        stated = [a for a in clause.axioms if schema.why[a] is None and a not in schema.concluded]
        return Proof(
            conclusion,
            clause.rule.name,
            (*stated, *clause.cells),
            (*premises, *(proof for proof in self._derived_axioms(step) if proof)),
            clause.rule.says,
            (*clause.names, *step.binding),
        )

    def own_size(self, step: Step) -> int:
        """Return what a step adds to the sizes of its premises' proofs: a rule, and derived axioms."""
        return 1 + sum(proof.size if proof else _NEVER for proof in self._derived_axioms(step))

    def _derived_axioms(self, step: Step) -> list[Proof | None]:
        why = self.matcher.schema.why
        return [self._schema_proof(axiom) for axiom in step.clause.axioms if why[axiom]]

    def given(self, triple: Triple) -> Proof | None:
        """Return the proof that the schema's own rules give of a triple about classes or properties."""
        if self._whole is not self:
            return self._whole.given(triple)
        kind, object_ = triple.predicate, triple.object
        if kind not in SCHEMA_PREDICATES and not (kind == TYPE and object_ in SCHEMA_TYPES):
            return None
        schema = self.matcher.schema
        if not self._is_complete:
            self._is_complete = True
            schema.complete()
        return self._schema_proof(triple) if schema.why.get(triple) else None

    def _prove(self, triple: Triple) -> Proof | None:
        if isinstance(triple.subject, Literal):
            return None
        if self.is_asserted(triple):
            return Proof(triple)
        if self.matcher.holds(triple):
            best = self._cheapest(triple, self._explore(triple))
            if triple in best:
                return self._written(triple, best)
        return self.given(triple)

    def _explore(self, triple: Triple) -> dict[Triple, list[Step]]:
        """Return the steps that can lead to each triple that may have a part in a smallest proof."""
        steps: dict[Triple, list[Step]] = {}
        waiting = [triple]
        while waiting:
            goal = waiting.pop()
            if goal in steps or self.is_asserted(goal):
                continue
            within = self._nodes is None or (goal.subject in self._nodes and len(steps) < _FAR)
            steps[goal] = self._promising(goal) if within else []
            waiting += [premise for step in steps[goal] for premise in step.premises]
        return steps

    def _promising(self, goal: Triple) -> list[Step]:
        """Leave out the steps that cannot be as small as one whose premises are all asserted."""
        found: list[tuple[int, Step]] = []
        limit: int | None = None
        for step in self.matcher.steps(goal):
            # A premise that is not asserted takes a rule and a leaf at least, unless the schema gives it.
            open_premises = [premise for premise in step.premises if not self.is_asserted(premise)]
            more = sum(1 for premise in open_premises if self.given(premise) is None)
            least = self.own_size(step) + len(step.premises) + more
            if limit is not None and least > limit:
                continue
            if not open_premises:
                limit = least
            found.append((least, step))
        return [step for least, step in found if limit is None or least <= limit]

    def _cheapest(self, goal: Triple, steps: dict[Triple, list[Step]]) -> dict[Triple, Step | None]:
        """Settle triples, smallest proof first, up to `goal`: the last step of each, None if given."""
        users: dict[Triple, list[tuple[Triple, Step]]] = {}
        missing: dict[int, int] = {}
        heap: list[tuple[int, tuple[str, ...], int, Triple, Step | None]] = []
        cost: dict[Triple, int] = {}
        settled: dict[Triple, Step | None] = {}
        number = count()

        def ready(conclusion: Triple, step: Step) -> None:
            size = self.own_size(step) + sum(cost.get(premise, 1) for premise in step.premises)
            heapq.heappush(heap, (size, step.order, next(number), conclusion, step))

        for conclusion, options in steps.items():
            if proof := self.given(conclusion):
                heapq.heappush(heap, (proof.size, (proof.rule or "",), next(number), conclusion, None))
            for step in options:
                open_premises = {premise for premise in step.premises if premise in steps}
                missing[id(step)] = len(open_premises)
                for premise in open_premises:
                    users.setdefault(premise, []).append((conclusion, step))
                if not open_premises:
                    ready(conclusion, step)
        while heap:
            size, _, _, conclusion, last = heapq.heappop(heap)
            if conclusion in settled:
                continue
            settled[conclusion], cost[conclusion] = last, size
            if conclusion == goal:
                break
            for above, user in users.get(conclusion, ()):
                missing[id(user)] -= 1
                if not missing[id(user)]:
                    ready(above, user)
        return settled

    def _written(self, triple: Triple, best: dict[Triple, Step | None]) -> Proof:
        step = best.get(triple)
        if step is None:
            return (self.given(triple) if triple in best else None) or Proof(triple)
        return self.step_proof(step, triple, [self._written(premise, best) for premise in step.premises])

    def _schema_proof(self, triple: Triple) -> Proof | None:
        """Return the first proof of a triple about the schema; None for one that is being proved already."""
        if self._whole is not self:
            return self._whole._schema_proof(triple)
        if triple in self._proofs_of_schema:
            return self._proofs_of_schema[triple]
        self._proofs_of_schema[triple] = None
        schema = self.matcher.schema
        why = schema.why[triple]
        if why is None:
            proof = Proof(triple) if triple not in schema.concluded else self.prove(triple)
        else:
            rule, used = why
            binding = next(found for found, matched in schema.match(rule.premises) if matched == used)
            written = schema.stated - schema.concluded
            cells = (cell for axiom in used for cell in schema.cells(axiom))
            premises = [self._schema_proof(axiom) for axiom in used if axiom not in written]
            proof = Proof(
                triple,
                rule.name,
                (*(axiom for axiom in used if axiom in written), *cells),
                tuple(premise for premise in premises if premise),
                rule.says,
                tuple(binding.items()),
            )
            if None in premises:
                proof = None
        self._proofs_of_schema[triple] = proof
        return proof


_Leaves = frozenset[Triple]
# The size of a proof, its last step (None: asserted, or given by the schema), the leaves of each premise.
_Way = tuple[int, Step | None, tuple[_Leaves, ...]]


class _Search:
    """The minimal proofs of a triple and of the premises on the way: for each set of leaves, a smallest."""

    def __init__(self, prover: Prover, goal: Triple, bound: int) -> None:
        self._prover = prover
        self._bound = bound
        # Whether all steps there are lie within the bound.
        self.complete = True
        self._steps = self._explore(goal)
        self.ways = {triple: self._without_steps(triple) for triple in self._steps}
        grown = True
        while grown:
            grown = False
            for triple, options in self._steps.items():
                for step in options:
                    for size, leaves, parts in self._combined(step, bound):
                        grown |= _put(self.ways[triple], leaves, (size, step, parts))

    def proof(self, triple: Triple, leaves: _Leaves) -> Proof:
        """Return the proof that was found on these leaves."""
        prover, ways = self._prover, self.ways[triple]
        # What was best for a premise when a step was noted may have given way to a part of it since.
        if leaves not in ways:
            leaves = min((w for w in ways if w <= leaves), key=lambda w: (len(w), sorted(map(str, w))))
        _, step, parts = ways[leaves]
        if step is None:
            return Proof(triple) if prover.is_asserted(triple) else prover.given(triple) or Proof(triple)
        premises = [self.proof(premise, part) for premise, part in zip(step.premises, parts, strict=True)]
        return prover.step_proof(step, triple, premises)

    def may_go_on(self) -> bool:
        """Tell whether a proof beyond the bound may rest on other leaves than the known ones do."""
        for triple, options in self._steps.items():
            for step in options:
                if prod(len(self.ways[premise]) for premise in step.premises) > _TRIED:
                    return True
                for size, leaves, _ in self._combined(step, _NEVER):
                    if size > self._bound and not any(known <= leaves for known in self.ways[triple]):
                        return True
        return False

    def _explore(self, goal: Triple) -> dict[Triple, list[Step]]:
        """Return all steps to the goal and to the premises on the way, as deep as the bound allows."""
        matcher, bound = self._prover.matcher, self._bound
        steps: dict[Triple, list[Step]] = {}
        level, depth = [goal], 0
        while level and depth < bound:
            following: list[Triple] = []
            for triple in level:
                if triple not in steps:
                    found = list(matcher.steps(triple))
                    steps[triple] = [step for step in found if 1 + len(step.premises) <= bound]
                    self.complete &= len(steps[triple]) == len(found)
                    following += [premise for step in steps[triple] for premise in step.premises]
            level, depth = following, depth + 1
        for triple in level:
            if triple not in steps:
                steps[triple] = []
                self.complete &= next(matcher.steps(triple), None) is None
        return steps

    def _without_steps(self, triple: Triple) -> dict[_Leaves, _Way]:
        """Return how a triple is known that is asserted, or that the rules about the schema give."""
        if self._prover.is_asserted(triple):
            return {frozenset([triple]): (1, None, ())}
        proof = self._prover.given(triple)
        return {frozenset(proof.leaves): (proof.size, None, ())} if proof else {}

    def _combined(self, step: Step, bound: int) -> list[tuple[int, _Leaves, tuple[_Leaves, ...]]]:
        """Return size, leaves and leaves of each premise of the proofs that end with a step."""
        own = self._prover.own_size(step)
        found: list[tuple[int, _Leaves, tuple[_Leaves, ...]]] = []
        if own <= bound:
            found.append((own, frozenset(), ()))
        for premise in step.premises:
            options = list(self.ways[premise].items())
            found = [
                (size + more, leaves | others, (*parts, others))
                for size, leaves, parts in found
                for others, (more, _, _) in options
                if size + more <= bound
            ]
        return found


def _put(ways: dict[_Leaves, _Way], leaves: _Leaves, way: _Way) -> bool:
    """Note a way to prove a triple unless one as good is known; drop those it makes superfluous."""
    for other, known in ways.items():
        if other < leaves or (other == leaves and _rank(known) <= _rank(way)):
            return False
    for other in [other for other in ways if leaves < other]:
        del ways[other]
    ways[leaves] = way
    return True


def _rank(way: _Way) -> tuple[int, tuple[str, ...], list[list[str]]]:
    size, step, parts = way
    return size, step.order if step else (), [sorted(map(str, part)) for part in parts]


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


def _leads_through_noise(clause: Clause, asked: set[Key]) -> bool:
    """Tell whether a conclusion of the clause is left out of compiled graphs and is another's premise."""
    if clause.head is None:
        return False
    _, predicate, object_ = clause.head
    if not isinstance(predicate, NamedNode):
        return False
    unnamed = not isinstance(object_, (str, NamedNode, Literal))
    meta = predicate.value.startswith(META) and predicate.value.rpartition("#")[2] not in ("type", "sameAs")
    in_meta = isinstance(object_, NamedNode) and object_.value.startswith(META)
    left_out = unnamed or meta or in_meta or predicate in SCHEMA_PREDICATES
    return left_out and bool(like(asked, key(clause.head)))
