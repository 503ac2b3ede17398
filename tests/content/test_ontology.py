"""The vocabulary is whole and consistent, and derives what it is meant to derive and nothing else."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hermit import for_hermit, is_consistent, java
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Dataset, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node
from turtle_files import data_files, read

from amcc_kg.publishing import ontologies
from amcc_kg.reasoning import closure
from amcc_kg.repository.files import Repository
from amcc_kg.terms.errors import InconsistentError

pytestmark = pytest.mark.usefixtures("literals_as_written")

__all__ = ["java"]

REPOSITORY = Repository(Path(__file__).parents[2])
BASE = Namespace("https://w3id.org/amcc-kg/")
AMCC = Namespace("https://w3id.org/amcc-kg/ontology#")
ORG = Namespace("http://www.w3.org/ns/org#")
SCHEMA = Namespace("https://schema.org/")
SH = Namespace("http://www.w3.org/ns/shacl#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
PROPERTIES = KINDS[1:]

Triple = tuple[Node, Node, Node]


def ontology() -> Graph:
    return read(*REPOSITORY.ontology_files)


def shapes() -> Graph:
    return read(REPOSITORY.shapes_file, REPOSITORY.ontology_shapes_file)


def own_terms(*kinds: Node) -> set[Node]:
    return {t for kind in kinds or KINDS for t in ontology().subjects(RDF.type, kind) if is_own(t)}


def is_own(term: Node) -> bool:
    return isinstance(term, URIRef) and term.startswith(AMCC)


def mentions(graph: Graph) -> set[Node]:
    """The own terms that a graph's triples use, in any position."""
    return {term for triple in graph for term in triple if is_own(term)}


@cache
def asserted() -> Graph:
    return closure.merge(REPOSITORY.dataset())


@cache
def inferred() -> frozenset[Triple]:
    return frozenset(closure.close(REPOSITORY.dataset()))


def pairs(property_: URIRef, triples: Graph | frozenset[Triple] | None = None) -> set[tuple[str, str]]:
    """The pairs that a property relates, asserted or inferred, as IRIs relative to the base."""
    found = {*asserted(), *inferred()} if triples is None else set(triples)
    return {(str(s).removeprefix(BASE), str(o).removeprefix(BASE)) for s, p, o in found if p == property_}


# ---- the vocabulary is whole ----


def test_every_own_term_is_used_by_data_by_another_term_or_by_a_shape() -> None:
    used = mentions(read(*data_files(REPOSITORY))) | mentions(shapes())
    for subject, predicate, object_ in ontology():
        used |= {t for t in (predicate, object_) if is_own(t) and t != subject}
    for members in ontology().objects(None, OWL.members | OWL.propertyChainAxiom):
        used |= set(Collection(ontology(), members))
    assert own_terms() - used == set()


def test_no_own_term_is_used_that_is_not_declared() -> None:
    files = [*REPOSITORY.ontology_files, *data_files(REPOSITORY)]
    files += [REPOSITORY.shapes_file, REPOSITORY.ontology_shapes_file]
    undeclared = {(path.name, t) for path in files for t in mentions(read(path)) - own_terms()}
    undeclared |= {
        (path.name, AMCC[name])
        for path in REPOSITORY.query_files
        for name in re.findall(r"\bamcc:(\w+)", path.read_text())
        if AMCC[name] not in own_terms()
    }
    assert undeclared == set()


def test_examples_name_terms_that_are_declared_and_things_that_exist() -> None:
    known = set(asserted().subjects())
    for term, example in ontology().subject_objects(SKOS.example):
        assert {AMCC[n] for n in re.findall(r"\bamcc:(\w+)", example)} <= own_terms(), term
        if example.startswith(str(BASE)):
            assert URIRef(example) in known, term
            assert (URIRef(example), RDF.type, term) in asserted() or (
                (URIRef(example), RDF.type, term) in inferred()
            ), term


def test_an_example_of_a_property_is_a_triple_that_the_graph_holds() -> None:
    """The subject and the object that a property's example names, if the example is about data."""
    held = {*asserted(), *inferred()}
    for term in own_terms(OWL.ObjectProperty):
        (example,) = ontology().objects(term, SKOS.example)
        subject, predicate, object_ = (example_term(part) for part in str(example).split()[:3])
        assert predicate == term
        assert (subject, predicate, object_) in held, str(example)


def example_term(text: str) -> URIRef:
    """Read a term as the examples write it: `amcc:x`, `body:x` or `<document/x>`."""
    if text.startswith("<"):
        return BASE[text[1:-1]]
    prefix, name = text.split(":", 1)
    return AMCC[name] if prefix == "amcc" else BASE[f"{prefix}/{name}"]


def test_only_the_alignments_say_anything_about_foreign_terms_but_of_what_kind_they_are() -> None:
    owned = [p for p in REPOSITORY.ontology_files if p.stem != "alignments"]
    for path in owned:
        for subject, predicate, object_ in read(path):
            if not isinstance(subject, BNode) and not subject.startswith(BASE):
                assert (predicate, object_ in KINDS) == (RDF.type, True), subject
    lists = {
        m
        for p in owned
        for head in read(p).objects(None, OWL.members)
        for m in Collection(read(p), head)
        if not is_own(m)
    }
    assert lists == set()


def test_the_alignments_only_declare_foreign_terms_and_put_own_terms_below_them() -> None:
    alignments = read(next(p for p in REPOSITORY.ontology_files if p.stem == "alignments"))
    header = set(alignments.subjects(RDF.type, OWL.Ontology))
    defined = read(next(p for p in REPOSITORY.ontology_files if p.stem == "amcc"))
    for subject, predicate, object_ in alignments:
        if is_own(subject):
            if predicate == RDF.type:
                assert (subject, predicate, object_) in defined
                continue
            assert predicate in {RDFS.subClassOf, RDFS.subPropertyOf, SKOS.editorialNote}
            assert not is_own(object_)
        elif subject not in header:
            assert (predicate, object_ in KINDS) == (RDF.type, True), subject


def test_foreign_terms_in_use_are_declared() -> None:
    declared = {t for kind in KINDS for t in ontology().subjects(RDF.type, kind)}
    built_in = (str(RDF), str(RDFS), str(OWL))
    data = read(*data_files(REPOSITORY))
    used = set(data.predicates()) | set(data.objects(None, RDF.type))
    above = set(ontology().objects(None, RDFS.subClassOf | RDFS.subPropertyOf))
    assert {t for t in used | above if not str(t).startswith(built_in)} - declared == set()


@pytest.mark.parametrize("path", REPOSITORY.ontology_files, ids=lambda p: p.stem)
def test_each_file_stands_alone_and_declares_what_it_uses(path: Path) -> None:
    """As OWL 2 DL has it: https://www.w3.org/TR/owl2-syntax/#Entity_Declarations_and_Typing."""
    graph = read(path)
    assert set(graph.objects(None, OWL.imports)) == set()
    built_in = (str(RDF), str(RDFS), str(OWL), str(XSD))
    used = set(read(path).predicates())
    for predicate in (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.inverseOf):
        used |= set(read(path).objects(None, predicate))
    for head in read(path).objects(None, OWL.members | OWL.propertyChainAxiom):
        used |= set(Collection(read(path), head))
    used = {term for term in used if isinstance(term, URIRef) and not str(term).startswith(built_in)}
    kinds = {term: {kind for kind in KINDS if (term, RDF.type, kind) in graph} for term in used}
    assert {term: found for term, found in kinds.items() if len(found) != 1} == {}


def header(path: Path) -> Node:
    (iri,) = set(read(path).subjects(RDF.type, OWL.Ontology))
    return iri


def test_each_file_has_one_header_of_its_own_that_imports_only_what_is_beside_it() -> None:
    files = [*REPOSITORY.ontology_files, *REPOSITORY.shapes_files]
    headers = {header(path): path for path in files}
    assert len(headers) == len(files)
    for iri, path in headers.items():
        graph = read(path)
        assert set(graph.objects(iri, OWL.imports)) <= set(headers)
        (version,) = graph.objects(iri, OWL.versionIRI)
        (number,) = graph.objects(iri, OWL.versionInfo)
        assert str(version) == f"{iri}/{number}"


def test_the_catalog_leads_from_each_ontology_to_its_file() -> None:
    folder = REPOSITORY.root / "ontology"
    uris = ElementTree.parse(folder / ontologies.CATALOG).iter(
        "{urn:oasis:names:tc:entity:xmlns:xml:catalog}uri"
    )
    found = {URIRef(uri.attrib["name"]): folder / uri.attrib["uri"] for uri in uris}
    assert found == {header(path): path for path in (*REPOSITORY.ontology_files, *REPOSITORY.shapes_files)}


def test_inverses_swap_domain_and_range() -> None:
    graph = ontology()
    inverses = [(s, o) for s, o in graph.subject_objects(OWL.inverseOf)]
    assert inverses
    for one, other in inverses:
        assert graph.value(one, RDFS.domain) == graph.value(other, RDFS.range)
        assert graph.value(one, RDFS.range) == graph.value(other, RDFS.domain)


def test_chains_start_and_end_where_their_property_does() -> None:
    graph = ontology()
    for property_, head in graph.subject_objects(OWL.propertyChainAxiom):
        links = list(Collection(graph, head))
        assert graph.value(links[0], RDFS.domain) == graph.value(property_, RDFS.domain)
        assert graph.value(links[-1], RDFS.range) == graph.value(property_, RDFS.range)
        for before, after in pairwise(links):
            reached = set(graph.transitive_objects(graph.value(before, RDFS.range), RDFS.subClassOf))
            below = set(graph.transitive_subjects(RDFS.subClassOf, graph.value(before, RDFS.range)))
            assert graph.value(after, RDFS.domain) in reached | below


KINDS_OF_COMMITMENT = (AMCC.Undertaking, AMCC.Plan, AMCC.Agreement, AMCC.Subscription, AMCC.Direction)
SIBLINGS_THAT_MAY_MEET = {
    frozenset((AMCC.Passage, AMCC.Sentence)),
    *(frozenset(pair) for pair in combinations(KINDS_OF_COMMITMENT, 2)),
}
"""Classes below one parent that a single thing may be members of."""


def test_siblings_are_disjoint() -> None:
    graph = ontology()
    disjoint = {
        frozenset((one, other))
        for head in graph.objects(None, OWL.members)
        for members in [list(Collection(graph, head))]
        for one in members
        for other in members
        if one != other
    }
    own = own_terms(OWL.Class)
    tops = {c for c in own if not any(is_own(p) for p in graph.objects(c, RDFS.subClassOf))}
    families = [tops, *({c for c in graph.subjects(RDFS.subClassOf, parent) if c in own} for parent in own)]
    together = {
        frozenset((one, other)) for family in families for one in family for other in family if one != other
    }
    assert together - disjoint == SIBLINGS_THAT_MAY_MEET


# ---- the vocabulary is consistent ----


def contradiction(*triples: Triple) -> Dataset:
    dataset = REPOSITORY.dataset()
    extra = dataset.graph(BASE["graph/example"])
    for triple in triples:
        extra.add(triple)
    return dataset


def test_it_is_consistent_by_the_rules_of_owl_2_rl() -> None:
    assert inferred()


@pytest.mark.parametrize(
    "triple",
    [
        (BASE["person/s-iswaran"], RDF.type, AMCC.Body),
        (BASE["event/istana-call"], RDF.type, AMCC.Meeting),
        (BASE["body/amcc"], RDF.type, AMCC.Group),
        # what a range and a domain add contradicts what is said
        (BASE["event/amcc-3"], AMCC.chairedBy, BASE["body/csa"]),
        (
            BASE["position/need-for-rules-based-environment"],
            AMCC.commitsTo,
            BASE["instrument/ungge-2015-norms"],
        ),
        (
            BASE["commitment/directions-of-asean-leaders"],
            AMCC.followsThroughOn,
            BASE["commitment/directions-of-asean-leaders"],
        ),
    ],
    ids=lambda t: f"{t[0].rsplit('/', 1)[1]}-{re.split('[#/]', t[2])[-1]}",
)
def test_a_contradiction_is_noticed(triple: Triple) -> None:
    with pytest.raises(InconsistentError):
        closure.close(contradiction(triple))


@pytest.mark.usefixtures("java")
def test_it_is_consistent_under_a_full_dl_reasoner(tmp_path: Path) -> None:
    assert is_consistent(for_hermit(REPOSITORY.dataset(), tmp_path))


@pytest.mark.usefixtures("java")
def test_the_dl_reasoner_notices_a_person_that_is_also_a_body(tmp_path: Path) -> None:
    broken = contradiction((BASE["person/s-iswaran"], RDF.type, AMCC.Body))
    assert not is_consistent(for_hermit(broken, tmp_path))


# ---- what is derived, and what must not be ----


def test_the_vocabulary_is_as_small_as_its_model_allows() -> None:
    assert len(own_terms(OWL.Class)) <= 42
    assert len(own_terms(OWL.ObjectProperty, OWL.DatatypeProperty)) <= 67


def test_whoever_chaired_attended() -> None:
    assert set() != pairs(AMCC.chairedBy) <= pairs(AMCC.attendedBy)
    assert ("event/amcc-3", "person/s-iswaran") in pairs(AMCC.attendedBy, inferred())


def test_hosting_a_call_is_not_chairing_and_not_attending() -> None:
    host = "person/lee-hsien-loong"
    assert ("event/istana-call", host) in pairs(AMCC.hostedBy)
    assert host not in {o for _, o in pairs(AMCC.chairedBy)}
    assert host not in {o for _, o in pairs(AMCC.attendedBy)}


def test_a_post_in_a_body_makes_an_affiliation() -> None:
    assert pairs(AMCC.affiliatedWith) == {
        (person, body)
        for person, post in pairs(AMCC.holdsPost)
        for held, body in pairs(AMCC.postIn)
        if held == post
    }
    assert pairs(AMCC.affiliatedWith) != set()


def test_nobody_is_affiliated_with_a_forum_for_having_chaired_it() -> None:
    assert "body/amcc" not in {body for _, body in pairs(AMCC.affiliatedWith)}


def test_a_membership_makes_a_member_whenever_it_holds() -> None:
    members = {s for s, o in pairs(AMCC.memberOf) if o == "body/asean"}
    assert len(members) == 11
    assert {"body/singapore", "body/timor-leste"} <= members
    assert pairs(AMCC.hasMembership) == {(o, s) for s, o in pairs(AMCC.member)}


def test_neither_groups_nor_parts_are_members() -> None:
    members = {s for s, _ in pairs(AMCC.memberOf)}
    assert not [m for m in members if m.startswith("group/")]
    assert members.isdisjoint(s for s, _ in pairs(AMCC.groupOf))
    assert members.isdisjoint(s for s, _ in pairs(AMCC.partOf))


def test_parts_of_parts_are_parts_and_only_upward() -> None:
    assert ("body/csa", "body/singapore") in pairs(AMCC.partOf, inferred())
    assert ("body/singapore", "body/csa") not in pairs(AMCC.partOf)
    assert all(s != o for s, o in pairs(AMCC.partOf))


def test_an_agency_or_a_member_is_not_thereby_a_part() -> None:
    assert ("body/singapore", "body/asean") not in pairs(AMCC.partOf)
    assert ("body/csa", "body/asean") not in pairs(AMCC.partOf)


def test_no_state_is_bound_by_what_a_forum_or_a_group_agreed() -> None:
    assert pairs(AMCC.madeBy, inferred()) == set()
    assert pairs(AMCC.commitsTo, inferred()) == set()
    assert pairs(AMCC.heldBy, inferred()) == set()
    assert pairs(AMCC.status, inferred()) == set()


def test_foreign_questions_are_answered_and_foreign_terms_bring_nothing_of_ours() -> None:
    assert pairs(ORG.holds) == pairs(AMCC.holdsPost)
    assert pairs(SCHEMA.affiliation) == pairs(AMCC.affiliatedWith)
    assert (BASE["body/amcc"], RDF.type, ORG.Organization) in inferred()


def test_only_the_properties_meant_to_derive_do() -> None:
    derived = {p for _, p, _ in inferred() if is_own(p)}
    assert derived <= {
        AMCC.affiliatedWith,
        AMCC.attendedBy,
        AMCC.hasMembership,
        AMCC.memberOf,
        AMCC.partOf,
    }


def test_no_two_things_are_found_to_be_the_same() -> None:
    assert [t for t in inferred() if t[1] == OWL.sameAs] == []


def test_no_thing_changes_its_kind_by_inference() -> None:
    """A domain or a range adds no class that is not above a class which is asserted."""
    graph = ontology()
    for thing, _, class_ in (t for t in inferred() if t[1] == RDF.type and is_own(t[2])):
        said = set(asserted().objects(thing, RDF.type))
        assert any(class_ in graph.transitive_objects(c, RDFS.subClassOf) for c in said), (thing, class_)


def test_shapes_use_the_namespace_they_declare() -> None:
    for namespace, prefix in ((str(AMCC), "amcc"), (str(OWL), "owl")):
        declared = {
            str(shapes().value(d, SH.namespace))
            for d in shapes().objects(None, SH.declare)
            if str(shapes().value(d, SH.prefix)) == prefix
        }
        assert declared == {namespace}
