"""Proofs: why a triple holds, from what is asserted, by the clauses of the ontology.

`Prover.prove` seeks a smallest proof backwards from the triple, as a shortest derivation in a hypergraph
(Knuth 1977): no triple is ever part of its own support. Knows nothing of how a proof is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from amcc_kg.reasoning.clauses import SCHEMA_PREDICATES, SCHEMA_TYPES, TYPE
from amcc_kg.reasoning.derivations import Matcher, Step
from amcc_kg.repository import passage_graphs
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyoxigraph import Store

    from amcc_kg.reasoning.clauses import Clause, Term

_NEVER = 10**9  # the size of what has no proof
_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)


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


class Prover:
    """Proves triples over a store that holds a closed graph as its default graph, and what it was made of."""

    def __init__(self, store: Store, asserted: Callable[[Triple], bool] | None = None) -> None:
        """Take the compiled graph's store, with inference and named graphs.

        `asserted` tells which triples are; without it those of any named graph but that of the inferred.
        """
        self.store = store
        self._asserted = asserted
        self._matcher: Matcher | None = None
        self._is_complete = False
        self._proofs: dict[Triple, Proof | None] = {}
        self._proofs_of_schema: dict[Triple, Proof | None] = {}

    def is_asserted(self, triple: Triple) -> bool:
        """Tell whether somebody wrote this triple."""
        return self._asserted(triple) if self._asserted else bool(self.graphs_of(triple))

    def graphs_of(self, triple: Triple) -> list[str]:
        """Return the named graphs that state a triple, sorted; the graph of the inferred is none of them."""
        quads = self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        graphs = (quad.graph_name for quad in quads)
        return sorted(g.value for g in graphs if isinstance(g, NamedNode) and g != _INFERRED)

    def passages_of(self, triple: Triple) -> list[str]:
        """Return the passages that state a triple, sorted."""
        return [graph for graph in self.graphs_of(triple) if self.is_passage(graph)]

    def is_passage(self, graph: str) -> bool:
        """Tell whether a named graph is that of a passage."""
        return passage_graphs.is_passage(self.store, graph)

    def prove(self, triple: Triple) -> Proof | None:
        """Return a smallest proof of a triple, the same one every time, None if the triple does not hold."""
        if triple not in self._proofs:
            self._proofs[triple] = self._prove(triple)
        return self._proofs[triple]

    def all_proofs(self, triple: Triple, bound: int = 12) -> list[Proof]:
        """Return every minimal proof whose size is at most `bound`, smallest first.

        Minimal: no other of them rests on a part of its leaves only. Proofs on the same leaves count once.
        """
        from amcc_kg.reasoning.all_proofs import all_proofs

        return list(all_proofs(self, triple, bound).proofs)

    def contradiction(self, clause: Clause, binding: dict[str, Term]) -> Proof | None:
        """Return a smallest proof of a contradiction: a clause without a head, and what its variables are."""
        step = Step(clause, self.matcher.premises(clause, binding), tuple(binding.items()))
        premises = [self.prove(premise) for premise in step.premises]
        if any(premise is None for premise in premises):
            return None
        return self.step_proof(step, None, [premise for premise in premises if premise])

    @property
    def matcher(self) -> Matcher:
        """The clauses of the ontology, ready to be matched against the closed graph."""
        if self._matcher is None:
            self._matcher = Matcher.over(self.store, self.is_asserted)
        return self._matcher

    def step_proof(self, step: Step, conclusion: Triple | None, premises: list[Proof]) -> Proof:
        """Return the proof that a step makes of proofs of its premises."""
        rule, schema = step.clause.rule, self.matcher.schema
        stated = [a for a in step.clause.axioms if schema.why[a] is None and a not in schema.concluded]
        derived = [self._schema_proof(axiom) for axiom in step.clause.axioms if schema.why[axiom]]
        return Proof(
            conclusion,
            rule.name,
            (*stated, *step.clause.cells),
            (*premises, *(proof for proof in derived if proof)),
            rule.says,
            (*step.clause.names, *step.binding),
        )

    def own_size(self, step: Step) -> int:
        """Return what a step adds to the sizes of its premises' proofs: a rule, and derived axioms."""
        why = self.matcher.schema.why
        derived = [self._schema_proof(axiom) for axiom in step.clause.axioms if why[axiom]]
        return 1 + sum(proof.size if proof else _NEVER for proof in derived)

    def given(self, triple: Triple) -> Proof | None:
        """Return the proof that the schema's own rules give of a triple about classes or properties."""
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
            steps[goal] = self._promising(goal)
            waiting += [premise for step in steps[goal] for premise in step.premises]
        return steps

    def _promising(self, goal: Triple) -> list[Step]:
        """Leave out the steps that cannot be as small as one whose premises are all asserted."""
        found: list[tuple[int, Step]] = []
        limit: int | None = None
        for step in self.matcher.steps(goal):
            told = [self.is_asserted(premise) for premise in step.premises]
            # A premise that is not asserted takes a rule and a leaf at least, unless the schema gives it.
            open_premises = [p for p, known in zip(step.premises, told, strict=True) if not known]
            more = sum(1 for premise in open_premises if self.given(premise) is None)
            least = self.own_size(step) + len(told) + more
            if limit is not None and least > limit:
                continue
            if all(told) and (limit is None or least < limit):
                limit = least
            found.append((least, step))
        return [step for least, step in found if limit is None or least <= limit]

    def _cheapest(
        self, goal: Triple, steps: dict[Triple, list[Step]]
    ) -> dict[Triple, tuple[int, Step | None]]:
        """Settle triples from the smallest proof up until `goal` is, each with its last step.

        No step stands with what the schema gives.
        """
        import heapq

        users: dict[Triple, list[tuple[Triple, Step]]] = {}
        missing: dict[int, int] = {}
        heap: list[tuple[int, tuple[str, ...], int, Triple, Step | None]] = []
        cost: dict[Triple, int] = {}
        settled: dict[Triple, tuple[int, Step | None]] = {}
        number = 0

        def ready(conclusion: Triple, step: Step) -> None:
            nonlocal number
            number += 1
            size = self.own_size(step) + sum(cost.get(premise, 1) for premise in step.premises)
            heapq.heappush(heap, (size, step.order, number, conclusion, step))

        for conclusion, options in steps.items():
            if proof := self.given(conclusion):
                number += 1
                heapq.heappush(heap, (proof.size, (proof.rule or "",), number, conclusion, None))
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
            settled[conclusion] = (size, last)
            cost[conclusion] = size
            if conclusion == goal:
                break
            for above, user in users.get(conclusion, ()):
                missing[id(user)] -= 1
                if not missing[id(user)]:
                    ready(above, user)
        return settled

    def _written(self, triple: Triple, best: dict[Triple, tuple[int, Step | None]]) -> Proof:
        step = best[triple][1] if triple in best else None
        if step is None:
            return (self.given(triple) if triple in best else None) or Proof(triple)
        return self.step_proof(step, triple, [self._written(premise, best) for premise in step.premises])

    def _schema_proof(self, triple: Triple) -> Proof | None:
        """Return the proof of a triple about classes or properties, as it was first found.

        None for one that is being proved already: it is no support for itself.
        """
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
