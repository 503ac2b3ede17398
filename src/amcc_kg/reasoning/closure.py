"""The closure: what follows from the asserted triples by the rules of OWL 2 RL, and whether they agree.

Knows the reasoners and what in their output is noise; nothing of files or queries.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph
from rdflib import OWL, RDF, BNode, Dataset, Graph, URIRef
from rdflib.graph import _TripleType
from rdflib.term import Node

from amcc_kg.reasoning import fixpoint
from amcc_kg.reasoning.clauses import META
from amcc_kg.reasoning.fixpoint import Clash
from amcc_kg.reasoning.proofs import Prover
from amcc_kg.reasoning.words import AS_WRITTEN, Wording
from amcc_kg.syntax import rdflib_bridge
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InconsistentError, InputError

RULES, OWLRL = "rules", "owlrl"
"""The reasoners by name: this package's own, and another program as a second opinion."""

_ABOUT_INDIVIDUALS = tuple(f"{prefixes.RDFS}{name}" for name in ("label", "comment", "seeAlso"))
# The engine rewrites values of the datatypes it knows (`"01"^^xsd:integer`), and this is none of them.
_TYPED, _AS_WRITTEN = f'"^^<{prefixes.XSD}', f'"^^<{AS_WRITTEN}'


def merge(dataset: Dataset) -> Graph:
    """Return one graph that holds the triples of all graphs of the dataset."""
    merged = Graph()
    merged += (quad[:3] for quad in dataset.quads())
    return merged


def close(dataset: Dataset, reasoner: str = RULES) -> set[_TripleType]:
    """Return the triples about individuals that follow from the dataset and are not asserted in it.

    `reasoner` is `rules` or `owlrl`. What is left out, and why, stands in `differences.toml`.
    Raises `InconsistentError` if the triples contradict one another, `InputError` for another reasoner.
    """
    if reasoner not in (RULES, OWLRL):
        raise InputError(f"there is no reasoner {reasoner!r}; expected {RULES} or {OWLRL}")
    stated = merge(dataset)
    closed = _by_rules(dataset) if reasoner == RULES else _by_owlrl(dataset)
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.Ontology)
    schema = {term for kind in kinds for graph in (stated, closed) for term in graph.subjects(RDF.type, kind)}
    return {t for t in closed if t not in stated and t[0] not in schema and not _is_noise(*t)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The closures of two reasoners side by side: triples as N-Triples, sorted."""

    common: int
    only_rules: tuple[str, ...]
    only_owlrl: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Tell whether both derive the same."""
        return not (self.only_rules or self.only_owlrl)

    def __str__(self) -> str:
        lines = [f"inferred by the rules, not by owlrl: {triple}" for triple in self.only_rules]
        lines += [f"inferred by owlrl, not by the rules: {triple}" for triple in self.only_owlrl]
        outcome = f"{len(lines)} difference(s)" if lines else "none differs"
        return "\n".join([*lines, f"{self.common} triples inferred by this program and by owlrl: {outcome}"])


def compare(dataset: Dataset) -> Comparison:
    """Close a dataset with both reasoners; raises `InconsistentError` if either finds a contradiction."""
    ours, theirs = close(dataset, RULES), close(dataset, OWLRL)
    return Comparison(len(ours & theirs), _lines(ours - theirs), _lines(theirs - ours))


def _lines(triples: set[_TripleType]) -> tuple[str, ...]:
    return tuple(sorted(" ".join(term.n3() for term in triple) for triple in triples))


def _by_rules(dataset: Dataset) -> Graph:
    store = pyoxigraph.Store()
    text = dataset.serialize(format="nquads").replace(_TYPED, _AS_WRITTEN)
    store.load(text.encode(), pyoxigraph.RdfFormat.N_QUADS, lenient=True)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    default = pyoxigraph.DefaultGraph()
    stated = {quad.triple for quad in store.quads_for_pattern(None, None, None, default)}
    if clashes := fixpoint.close(store):
        raise _contradiction(store, clashes)
    lines = (
        f"{quad.triple} .\n"
        for quad in store.quads_for_pattern(None, None, None, default)
        if quad.triple not in stated and not isinstance(quad.object, pyoxigraph.BlankNode)
    )
    return rdflib_bridge.graph_of("".join(lines).replace(_AS_WRITTEN, _TYPED))


def _by_owlrl(dataset: Dataset) -> Graph:
    """Return the dataset's triples with what owlrl derives."""
    from amcc_kg.reasoning import second_opinion  # not loaded by who does not ask for it

    graph = merge(dataset)
    found = second_opinion.close(graph)
    if not found:
        return graph
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    message = f"the graph contradicts its ontology: {found[0]}{more}"
    try:
        # owlrl names a contradiction without saying how it came about: the rules are asked for the proof.
        _by_rules(dataset)
    except InconsistentError as error:
        raise InconsistentError(message, error.proof, error.prover) from None
    raise InconsistentError(message)


def _contradiction(store: pyoxigraph.Store, clashes: list[Clash]) -> InconsistentError:
    """Return the error for contradictions: the simplest of them with its proof."""
    prover = Prover(store)
    proofs = [prover.contradiction(clash.clause, dict(clash.binding)) for clash in clashes]
    proof = min((p for p in proofs if p), key=lambda p: (p.size, str(p.leaves)), default=None)
    if proof is None:
        clash = clashes[0]
        found = ", ".join(f"{name} is {term}" for name, term in clash.binding)
        return InconsistentError(f"the graph contradicts its ontology: {clash.clause.rule.name}: {found}")
    message = Wording(store).contradiction(proof, prover.graphs_of)
    more = f" (and {len(clashes) - 1} more)" if len(clashes) > 1 else ""
    return InconsistentError(f"the graph contradicts its ontology: {message}{more}", proof, prover)


def _is_noise(subject: Node, predicate: Node, object_: Node) -> bool:
    """Tell whether a triple is no RDF, or of a kind that `differences.toml` lists as left out."""
    if not isinstance(subject, URIRef) or isinstance(object_, BNode) or str(subject).startswith(META):
        return True
    if predicate == OWL.sameAs:
        return subject == object_
    if predicate == RDF.type:
        return str(object_).startswith(META)
    return str(predicate).startswith(META) and str(predicate) not in _ABOUT_INDIVIDUALS
