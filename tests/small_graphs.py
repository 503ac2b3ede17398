"""Small random ontologies with data, what follows from them, and their proofs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import owlrl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, Triple
from rdflib import RDF, Dataset, Graph, Namespace, URIRef

from amcc_kg.reasoning import closure, fixpoint
from amcc_kg.reasoning.proofs import Prover
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InconsistentError

EX = Namespace("http://example.org/")
HEAD = """@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
# Set AMCC_EXAMPLES for a longer search.
EXAMPLES = int(os.environ.get("AMCC_EXAMPLES", "120"))
thorough = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
brief = settings(thorough, max_examples=max(1, EXAMPLES // 3))

things = st.sampled_from([":a", ":b", ":c", ":d"])
object_properties = st.sampled_from([":p", ":q", ":r"])
data_properties = st.sampled_from([":v", ":w"])
named_classes = st.sampled_from([":A", ":B", ":C", ":D"])
values = st.sampled_from(['"x"', '"y"@en', "1", '"01"^^xsd:integer', '"2018"^^xsd:gYear'])
some_class = st.one_of(named_classes, named_classes, st.just("owl:Thing"))


def lists(of: st.SearchStrategy[str], least: int = 1) -> st.SearchStrategy[str]:
    return st.lists(of, min_size=least, max_size=3).map(lambda words: f"( {' '.join(words)} )")


def restriction(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    pieces = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*pieces).map(lambda words: f"[ a owl:Restriction ; owl:onProperty {' '.join(words)} ]")


expressions = st.one_of(
    restriction(object_properties, "; owl:someValuesFrom", some_class),
    restriction(data_properties, "; owl:someValuesFrom owl:Thing"),
    restriction(object_properties, "; owl:allValuesFrom", some_class),
    restriction(object_properties, "; owl:hasValue", things),
    restriction(data_properties, "; owl:hasValue", values),
    restriction(object_properties, "; owl:maxCardinality", st.sampled_from(['"0"', '"1"', '"2"'])).map(
        lambda text: text.replace('" ]', '"^^xsd:nonNegativeInteger ]')
    ),
    restriction(object_properties, "; owl:onClass", some_class, "; owl:maxQualifiedCardinality", "0"),
    restriction(object_properties, "; owl:onClass", some_class, "; owl:maxQualifiedCardinality", "1"),
    lists(named_classes).map(lambda members: f"[ a owl:Class ; owl:intersectionOf {members} ]"),
    lists(named_classes).map(lambda members: f"[ a owl:Class ; owl:unionOf {members} ]"),
    lists(things).map(lambda members: f"[ a owl:Class ; owl:oneOf {members} ]"),
    named_classes.map(lambda name: f"[ a owl:Class ; owl:complementOf {name} ]"),
)
classes = st.one_of(named_classes, named_classes, expressions)


def triples(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    pieces = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*pieces).map(lambda words: f"{' '.join(words)} .")


AXIOMS = (
    triples(classes, "rdfs:subClassOf", classes),
    triples(named_classes, "rdfs:subClassOf", named_classes),
    triples(named_classes, "owl:equivalentClass", classes),
    triples(named_classes, "owl:intersectionOf", lists(named_classes)),
    triples(named_classes, "owl:unionOf", lists(named_classes)),
    triples(named_classes, "owl:oneOf", lists(things)),
    triples(named_classes, "owl:disjointWith", named_classes),
    triples("[] a owl:AllDisjointClasses ; owl:members", lists(named_classes, 2)),
    triples(object_properties, "rdfs:subPropertyOf", object_properties),
    triples(data_properties, "rdfs:subPropertyOf", data_properties),
    triples(object_properties, "owl:equivalentProperty", object_properties),
    triples(object_properties, "owl:inverseOf", object_properties),
    triples(object_properties, "owl:propertyDisjointWith", object_properties),
    triples("[] a owl:AllDisjointProperties ; owl:members", lists(object_properties, 2)),
    triples(object_properties, "rdfs:domain", some_class),
    triples(object_properties, "rdfs:range", some_class),
    triples(data_properties, "rdfs:domain", named_classes),
    triples(data_properties, "rdfs:range", st.sampled_from(["xsd:integer", "xsd:gYear"])),
    triples(
        object_properties,
        "a",
        st.sampled_from(
            [
                f"owl:{kind}Property"
                for kind in (
                    "Functional",
                    "InverseFunctional",
                    "Irreflexive",
                    "Symmetric",
                    "Asymmetric",
                    "Transitive",
                )
            ]
        ),
    ),
    triples(data_properties, "a owl:FunctionalProperty"),
    triples(object_properties, "owl:propertyChainAxiom", lists(object_properties)),
    triples(named_classes, "owl:hasKey", lists(st.one_of(object_properties, data_properties))),
    triples(
        "[] owl:sourceIndividual",
        things,
        "; owl:assertionProperty",
        object_properties,
        "; owl:targetIndividual",
        things,
    ),
    triples(
        "[] owl:sourceIndividual",
        things,
        "; owl:assertionProperty",
        data_properties,
        "; owl:targetValue",
        values,
    ),
    triples("[] a owl:AllDifferent ; owl:members", lists(things, 2)),
    triples("[] a owl:AllDifferent ; owl:distinctMembers", lists(things, 2)),
    triples(
        st.one_of(named_classes, object_properties), "owl:sameAs", st.one_of(named_classes, object_properties)
    ),
    triples(named_classes, "a owl:Class"),
    triples(object_properties, "a owl:ObjectProperty"),
    triples("owl:Thing rdfs:subClassOf", named_classes),
    triples(named_classes, "rdfs:subClassOf owl:Nothing"),
)
FACTS = (
    triples(things, "a", classes),
    triples(things, "a", named_classes),
    triples(things, object_properties, things),
    triples(things, object_properties, things),
    triples(things, data_properties, values),
    triples(things, "owl:sameAs", things),
    triples(things, "owl:differentFrom", things),
)
graphs = st.tuples(
    st.lists(st.one_of(*AXIOMS), max_size=7), st.lists(st.one_of(*FACTS), min_size=1, max_size=7)
).map(lambda parts: "\n".join([*parts[0], *parts[1]]))


def dataset(turtle: str) -> Dataset:
    made = Dataset()
    made.graph(URIRef("http://example.org/graph")).parse(data=HEAD + turtle, format="turtle")
    return made


def conclusions(turtle: str, reasoner: str) -> set[tuple[str, ...]] | None:
    """Return what follows, None if it contradicts itself."""
    try:
        found = closure.close(dataset(turtle), reasoner)
    except InconsistentError as error:
        assert "contradicts" in str(error) and "\n" not in str(error)
        return None
    return {tuple(term.n3() for term in triple) for triple in found}


def as_it_comes(turtle: str) -> Graph:
    graph = Graph().parse(data=HEAD + turtle, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(
        graph
    )
    return graph


def has_error(graph: Graph) -> bool:
    return any("ErrorMessage" in str(kind) for kind in graph.objects(None, RDF.type))


def closed(turtle: str) -> tuple[Prover, Store] | None:
    """Return a prover over the closure of a text, and the text alone; None for a contradiction."""
    stated, whole = Store(), Store()
    stated.load((HEAD + turtle).encode(), RdfFormat.TURTLE)
    triples = {quad.triple for quad in stated}
    whole.extend(Quad(t.subject, t.predicate, t.object) for t in triples)
    if fixpoint.close(whole):
        return None
    return Prover(whole, asserted=triples.__contains__), stated


def about_things(store: Store) -> Iterator[Triple]:
    for quad in store.quads_for_pattern(None, None, None, DefaultGraph()):
        meta = quad.predicate.value.startswith((prefixes.RDF, prefixes.RDFS, prefixes.OWL))
        if not meta or quad.predicate.value in (f"{prefixes.RDF}type", f"{prefixes.OWL}sameAs"):
            yield quad.triple
