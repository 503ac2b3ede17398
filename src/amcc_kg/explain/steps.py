"""A proof made ready to be shown: each step in words, with its rule, axioms and passages.

Every form in which an explanation is written (`explanation`, `drawing`, `markup`) starts here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Triple

from amcc_kg.explain.sources import Sources
from amcc_kg.reasoning.proofs import Proof, Prover
from amcc_kg.reasoning.words import Wording, line
from amcc_kg.repository import citations
from amcc_kg.repository.citations import Citation
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes

_CELLS = (f"{prefixes.RDF}first", f"{prefixes.RDF}rest")


@dataclass(frozen=True, slots=True)
class Ground:
    """A named graph that states a triple; `places` are `file:line`, and only a passage has a `citation`."""

    graph: str
    places: tuple[str, ...]
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Step:
    """A triple of a proof as it is shown.

    `written` is the triple with prefixes, `words` with names. A derived triple has `rule`, `because`,
    `axioms` with their `axiom_places`, and `premises`; an asserted one has `grounds`.
    """

    proof: Proof
    written: str
    words: str
    because: str
    axioms: str
    axiom_places: tuple[str, ...]
    premises: tuple[Step, ...]
    grounds: tuple[Ground, ...]

    @property
    def triple(self) -> Triple | None:
        """What it concludes, None where that is a contradiction."""
        return self.proof.conclusion

    @property
    def rule(self) -> str | None:
        """The rule that concludes it, None for what is asserted."""
        return self.proof.rule

    def walk(self) -> Iterator[Step]:
        """Give this step and all below it, this one first."""
        yield self
        for premise in self.premises:
            yield from premise.walk()

    def to_dict(self) -> dict[str, Any]:
        """Return the step as JSON has it; terms as N-Triples writes them."""
        found: dict[str, Any] = {"triple": terms_of(self.triple) if self.triple else None, "text": self.words}
        if self.rule is None:
            return found | {"asserted": True, "stated_in": [_ground(ground) for ground in self.grounds]}
        return found | {
            "asserted": False,
            "rule": self.rule,
            "because": self.because,
            "axioms": self.axioms,
            "axiom_places": list(self.axiom_places),
            "premises": [premise.to_dict() for premise in self.premises],
        }


class Teller:
    """Makes steps of proofs."""

    def __init__(self, prover: Prover, repository: Repository) -> None:
        self._prover = prover
        self._repository = repository
        self._sources = Sources(repository, prover.store)
        self.wording = Wording(prover.store)

    def step(self, proof: Proof) -> Step:
        """Return a proof ready to be shown."""
        triple = proof.conclusion
        return Step(
            proof,
            line(triple) if triple else "a contradiction",
            self.words(triple) if triple else "a contradiction",
            self.wording.because(proof) if proof.rule else "",
            self.wording.axioms(proof),
            tuple(dict.fromkeys(self._axiom_places(proof))),
            tuple(self.step(premise) for premise in proof.premises),
            tuple(self._grounds(triple)) if triple and proof.is_leaf else (),
        )

    def words(self, triple: Triple) -> str:
        """Return a triple under the names of its members."""
        name = self.wording.name
        if triple.predicate.value == f"{prefixes.RDF}type":
            return f"{name(triple.subject)} is “{name(triple.object)}”"
        return f"{name(triple.subject)} “{name(triple.predicate)}” {name(triple.object)}"

    def _grounds(self, triple: Triple) -> Iterator[Ground]:
        store, graphs = self._prover.store, self._prover.graphs_of(triple)
        # Passages first: they are what a statement rests on; a register only says what a thing is called.
        for graph in sorted(graphs, key=lambda graph: (not citations.is_passage(store, graph), graph)):
            is_passage = citations.is_passage(store, graph)
            citation = citations.cite(store, self._repository, graph) if is_passage else None
            yield Ground(graph, tuple(self._sources.places(triple, graph)), citation)

    def _axiom_places(self, proof: Proof) -> Iterator[str]:
        for axiom in proof.axioms:
            if axiom.predicate.value not in _CELLS:
                for graph in self._prover.graphs_of(axiom):
                    yield from self._sources.places(axiom, graph)[:1]


def terms_of(triple: Triple) -> dict[str, str]:
    """Return a triple's terms as N-Triples writes them."""
    return {"subject": str(triple.subject), "predicate": str(triple.predicate), "object": str(triple.object)}


def _ground(ground: Ground) -> dict[str, Any]:
    cited = ground.citation
    passage = {**cited.to_dict(), "sentence": cited.sentence} if cited else {}
    return {"graph": ground.graph, "places": list(ground.places), **passage}
