"""Each deliberate difference from OWL 2 RL and from owlrl, shown by the least that shows it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import owlrl
import pytest
from rdflib import OWL, RDF, RDFS, XSD, Graph, Literal, URIRef
from small_graphs import EX, HEAD, as_it_comes, conclusions, has_error

from amcc_kg import reasoning
from amcc_kg.reasoning import closure
from amcc_kg.reasoning.clauses import RULES

LISTED = tomllib.loads((Path(reasoning.__file__).parent / "differences.toml").read_text(encoding="utf-8"))
DIFFERENCES, SHAPE_LEFT_OUT, CORRECTIONS = (LISTED[kind] for kind in ("rules", "left_out", "corrections"))

pytestmark = pytest.mark.usefixtures("literals_as_written")

Terms = tuple[URIRef | Literal, URIRef, URIRef | Literal]
SAME, TYPE = OWL.sameAs, RDF.type

# Text, and what W3C's rules conclude from it that is no part of the closure.
NOT_CONCLUDED: dict[str, list[tuple[str, Terms]]] = {
    "eq-ref": [(":a :p :b .", (EX.a, SAME, EX.a))],
    "prp-ap, dt-type1": [
        (":a :p :b .", (RDFS.label, TYPE, OWL.AnnotationProperty)),
        (":a :p :b .", (XSD.integer, TYPE, RDFS.Datatype)),
    ],
    "dt-type2, dt-eq, dt-diff, dt-not-type": [
        (":a :v 1 .", (Literal(1), TYPE, XSD.integer)),
        (":a :v 1 .", (Literal(1), SAME, Literal(1))),
    ],
    "prp-fp, prp-key, cls-maxc2, cls-maxqc3, cls-maxqc4": [
        (":v a owl:FunctionalProperty . :a :v 1 , 2 .", (Literal(1), SAME, Literal(2))),
        (
            ":C owl:onProperty :v ; owl:maxCardinality 1 . :a a :C ; :v 1 , 2 .",
            (Literal(1), SAME, Literal(2)),
        ),
    ],
    "scm-*": [
        (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", (EX.A, RDFS.subClassOf, EX.C)),
        (":p rdfs:subPropertyOf :q . :q rdfs:domain :A .", (EX.p, RDFS.domain, EX.A)),
    ],
    "a class, property or ontology as subject": [
        (":A a owl:Class ; a :Meta . :Meta rdfs:subClassOf :Meta2 .", (EX.A, TYPE, EX.Meta2)),
        (":p a owl:ObjectProperty ; a :Meta . :Meta rdfs:subClassOf :Meta2 .", (EX.p, TYPE, EX.Meta2)),
        (":o a owl:Ontology ; :p :b . :p rdfs:subPropertyOf :q .", (EX.o, EX.q, EX.b)),
    ],
    "W3C's own vocabulary as subject": [
        ("rdfs:seeAlso :p :b . :p rdfs:subPropertyOf :q .", (RDFS.seeAlso, EX.q, EX.b))
    ],
    "a class of W3C's vocabulary as a type": [
        (":A rdfs:subClassOf owl:NamedIndividual . :a a :A .", (EX.a, TYPE, OWL.NamedIndividual)),
        (":A rdfs:subClassOf owl:Thing . :a a :A .", (EX.a, TYPE, OWL.Thing)),
    ],
    "a property of RDF, RDFS or OWL": [
        (":p rdfs:subPropertyOf rdf:value . :a :p 1 .", (EX.a, RDF.value, Literal(1))),
        (":a owl:sameAs :b . :b owl:differentFrom :c .", (EX.a, OWL.differentFrom, EX.c)),
    ],
    "a thing the same as itself": [(":a owl:sameAs :b .", (EX.a, SAME, EX.a))],
}
# What is left out counts for the rest: text, and what is concluded by way of it.
BY_WAY: dict[str, tuple[str, Terms]] = {
    "scm-*": (":p rdfs:subPropertyOf :q . :q rdfs:domain :A . :a :p :b .", (EX.a, TYPE, EX.A)),
    "a blank node as subject or object": (
        ":p rdfs:subPropertyOf :q . :q rdfs:domain :A . :a :p [ :n 1 ] .",
        (EX.a, TYPE, EX.A),
    ),
    "a class, property or ontology as subject": (
        ":A a owl:Class ; a :Meta . :Meta rdfs:subClassOf :Meta2 . :p rdfs:domain :D . "
        ":C owl:onProperty :p ; owl:someValuesFrom :Meta2 . :a :p :A .",
        (EX.a, TYPE, EX.C),
    ),
    "a property of RDF, RDFS or OWL": (
        ":p rdfs:subPropertyOf rdfs:label , rdfs:comment , rdfs:seeAlso . :a :p 1 .",
        (EX.a, RDFS.label, Literal(1)),
    ),
}
SHOWN_BELOW = {"eq-diff2, eq-diff3", "cls-maxc*, cls-maxqc*", "a blank node as subject or object"}


def by_the_text(turtle: str) -> Graph:
    """Return what W3C's rules make of a text, axiomatic triples and all."""
    graph = Graph().parse(data=HEAD + turtle, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=True, datatype_axioms=True).expand(graph)
    return graph


def test_each_difference_has_its_reason_and_an_example() -> None:
    assert set(NOT_CONCLUDED) | SHOWN_BELOW == set(DIFFERENCES) | set(SHAPE_LEFT_OUT)
    assert set(MISTAKES) == set(CORRECTIONS)
    for reason in (*DIFFERENCES.values(), *SHAPE_LEFT_OUT.values(), *CORRECTIONS.values()):
        assert len(reason) > 20 and not reason.endswith(".")


def test_each_difference_from_the_table_is_of_rules_by_their_names() -> None:
    names = {rule.name for rule in RULES}
    for rules in DIFFERENCES:
        for name in rules.split(", "):
            stem = name.rstrip("*")
            assert name.endswith("*") or name in names or stem.startswith(("eq-ref", "dt-", "prp-ap")), name


@pytest.mark.parametrize("difference", NOT_CONCLUDED)
def test_what_the_text_concludes_is_no_part_of_the_closure(difference: str) -> None:
    for turtle, triple in NOT_CONCLUDED[difference]:
        assert triple in by_the_text(turtle)
        written = tuple(term.n3() for term in triple)
        for reasoner in (closure.RULES, closure.OWLRL):
            found = conclusions(turtle, reasoner)
            assert found is not None and written not in found


@pytest.mark.parametrize("difference", BY_WAY)
def test_what_is_left_out_counts_for_what_follows(difference: str) -> None:
    turtle, triple = BY_WAY[difference]
    for reasoner in (closure.RULES, closure.OWLRL):
        assert tuple(term.n3() for term in triple) in (conclusions(turtle, reasoner) or ())


@pytest.mark.parametrize(
    "turtle", [":p rdfs:subPropertyOf :q . :a :p [ :n 1 ] .", ":p rdfs:subPropertyOf :q . [ :p :b ] :n 1 ."]
)
def test_nothing_is_concluded_of_a_blank_node(turtle: str) -> None:
    by_text = by_the_text(turtle)
    assert list(by_text.subject_objects(EX.q))
    assert conclusions(turtle, closure.RULES) == conclusions(turtle, closure.OWLRL) == set()


@pytest.mark.parametrize("members", ["members", "distinctMembers"])
def test_one_thing_listed_twice_among_what_is_different_is_no_contradiction(members: str) -> None:
    twice = f"[] a owl:AllDifferent ; owl:{members} ( :a :a :b ) ."
    assert conclusions(twice, closure.RULES) == conclusions(twice, closure.OWLRL) == set()
    same = f"{twice} :a owl:sameAs :b ."
    assert conclusions(same, closure.RULES) is conclusions(same, closure.OWLRL) is None


@pytest.mark.parametrize("datatype", ["integer", "nonNegativeInteger", "short"])
def test_a_cardinality_may_be_of_any_integer_datatype(datatype: str) -> None:
    for limit in ("maxCardinality", "maxQualifiedCardinality"):
        kind = "owl:onClass owl:Thing ; " if "Qualified" in limit else ""
        head = f':C owl:onProperty :p ; {kind}owl:{limit} "%s"^^xsd:{datatype} . :a a :C ; :p :b , :c .'
        for reasoner in (closure.RULES, closure.OWLRL):
            assert conclusions(head % 0, reasoner) is None
            assert (EX.b.n3(), SAME.n3(), EX.c.n3()) in (conclusions(head % 1, reasoner) or ())


WITHIN = (
    "{0} {1} {2} . {2} {1} {0} . :C owl:onProperty {3} ; owl:someValuesFrom {4} . "
    ":D owl:onProperty {5} ; owl:someValuesFrom {6} . :a a :C ."
)
CLASSES = (":A", "rdfs:subClassOf", ":B", ":p", ":A", ":p", ":A")
PROPERTIES = (":p", "rdfs:subPropertyOf", ":q", ":p", ":A", ":p", ":A")
# For each correction: texts, and what owlrl as it comes concludes (True) or misses (False) by mistake.
MISTAKES: dict[str, list[tuple[str, Terms | None, bool]]] = {
    "prp-key": [
        (":A owl:hasKey ( :v ) . :a a :A ; :v 1 . :b a :A ; :v 2 .", (EX.a, SAME, EX.b), True),
    ],
    "eq-diff2, eq-diff3, prp-adp": [
        ("[] a owl:AllDifferent ; owl:members ( :a :b ) . :a owl:sameAs :b .", None, False),
        ("[] a owl:AllDifferent ; owl:distinctMembers ( :a :b ) . :a owl:sameAs :b .", None, False),
        ("[] a owl:AllDisjointProperties ; owl:members ( :p :q ) . :a :p :b ; :q :b .", None, False),
    ],
    "scm-sco, scm-spo, scm-eqc1, scm-eqp1": [
        (WITHIN.format(*CLASSES), (EX.a, TYPE, EX.D), False),
        (WITHIN.format(*PROPERTIES), (EX.a, TYPE, EX.D), False),
        (WITHIN.format(":A", "owl:equivalentClass", *CLASSES[2:]), (EX.a, TYPE, EX.D), False),
        (WITHIN.format(":p", "owl:equivalentProperty", *PROPERTIES[2:]), (EX.a, TYPE, EX.D), False),
    ],
    "literals as subjects": [
        (":v a owl:FunctionalProperty . :a :v 1 , 2 . :b :w 1 .", (EX.b, EX.w, Literal(2)), True),
    ],
}


@pytest.mark.parametrize("correction", MISTAKES)
def test_each_mistake_of_owlrl_is_put_right(correction: str) -> None:
    for turtle, triple, concluded in MISTAKES[correction]:
        raw = as_it_comes(turtle)
        assert (has_error(raw) if triple is None else triple in raw) is concluded
        ours, theirs = (conclusions(turtle, reasoner) for reasoner in (closure.RULES, closure.OWLRL))
        assert ours == theirs
        found = theirs is None if triple is None else tuple(t.n3() for t in triple) in (theirs or ())
        assert found is not concluded
