"""A proof made ready to be shown: each step in words, with its rule, axioms and passages.

Every form in which an explanation is written (`explanation`, `drawing`, `markup`) starts here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pyoxigraph import Literal, Triple

from amcc_kg.explain.sources import Sources
from amcc_kg.graph.written_forms import WrittenForms
from amcc_kg.reasoning.proofs import Proof, Prover
from amcc_kg.reasoning.words import Wording, line
from amcc_kg.repository import citations
from amcc_kg.repository.citations import Citation
from amcc_kg.repository.files import Repository
from amcc_kg.terms import keys, prefixes

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

    `written` is the triple with prefixes, `words` with names; `form` is the key of its object as
    stated, empty where the engine keeps it so. A derived triple has `rule`, `because`,
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
    form: str = ""

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
        if self.form:
            found["triple"]["object"] = self.form
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

    def __init__(self, prover: Prover, repository: Repository, forms: WrittenForms | None = None) -> None:
        """Take what proves, the files that state, and how these write what the engine keeps otherwise."""
        self._prover = prover
        self._repository = repository
        self._sources = Sources(repository, prover.store)
        self._forms = forms
        self.wording = Wording(prover.store)

    def step(self, proof: Proof) -> Step:
        """Return a proof ready to be shown."""
        form = self._form(proof.conclusion) if proof.conclusion and proof.is_leaf else ""
        axioms = tuple(keys.with_object(axiom, self._form(axiom)) for axiom in proof.axioms)
        triple = keys.with_object(proof.conclusion, form) if proof.conclusion else None
        proof = replace(proof, conclusion=triple, axioms=axioms)
        return Step(
            proof,
            _tagged(line(triple), form) if triple else "a contradiction",
            _tagged(self.words(triple), form) if triple else "a contradiction",
            self.wording.because(proof) if proof.rule else "",
            self.wording.axioms(proof),
            tuple(dict.fromkeys(self._axiom_places(proof))),
            tuple(self.step(premise) for premise in proof.premises),
            tuple(self._grounds(triple)) if triple and proof.is_leaf else (),
            form,
        )

    def _form(self, triple: Triple) -> str:
        """Return how the first graph that states a triple writes its object; empty if as it is kept."""
        if self._forms is None or not isinstance(triple.object, Literal):
            return ""
        found = (self._forms.objects(triple, graph) for graph in self._stating(triple))
        return next((form for forms in found for form in forms), "")

    def _stating(self, triple: Triple) -> list[str]:
        """Return the graphs that state a triple: passages, on which a statement rests, before a register."""
        store, graphs = self._prover.store, self._prover.graphs_of(triple)
        return sorted(graphs, key=lambda graph: (not citations.is_passage(store, graph), graph))

    def words(self, triple: Triple) -> str:
        """Return a triple under the names of its members."""
        name = self.wording.name
        if triple.predicate.value == f"{prefixes.RDF}type":
            return f"{name(triple.subject)} is “{name(triple.object)}”"
        return f"{name(triple.subject)} “{name(triple.predicate)}” {name(triple.object)}"

    def _grounds(self, triple: Triple) -> Iterator[Ground]:
        store = self._prover.store
        for graph in self._stating(triple):
            is_passage = citations.is_passage(store, graph)
            citation = citations.cite(store, self._repository, graph) if is_passage else None
            yield Ground(graph, tuple(self._sources.places(triple, graph)), citation)

    def _axiom_places(self, proof: Proof) -> Iterator[str]:
        for axiom in proof.axioms:
            if axiom.predicate.value not in _CELLS:
                for graph in self._prover.graphs_of(axiom):
                    yield from self._sources.places(axiom, graph)[:1]


def _tagged(text: str, form: str) -> str:
    """Return the text of a triple with a language tag at its end as it is stated, with capitals."""
    tag = form.rpartition("@")[2] if form and form[-1] not in '">' else ""
    return f"{text[: len(text) - len(tag)]}{tag}"


def terms_of(triple: Triple) -> dict[str, str]:
    """Return a triple's terms as N-Triples writes them."""
    return {"subject": str(triple.subject), "predicate": str(triple.predicate), "object": str(triple.object)}


def _ground(ground: Ground) -> dict[str, Any]:
    cited = ground.citation
    passage = {**cited.to_dict(), "sentence": cited.sentence} if cited else {}
    return {"graph": ground.graph, "places": list(ground.places), **passage}
