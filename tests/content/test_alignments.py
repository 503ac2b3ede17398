"""The alignments say what the foreign definitions allow, and answer questions in foreign words.

`tests/foreign/` holds, vocabulary by vocabulary, what the foreign terms say as axioms: the alignments declare
those terms and no more, but who loads the graph beside them has those axioms too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from hermit import for_hermit, is_consistent, java
from rdflib import FOAF, OWL, PROV, RDF, RDFS, SKOS, BNode, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

import amcc_kg
from amcc_kg.reasoning import closure
from amcc_kg.repository.files import Repository
from amcc_kg.terms.errors import InconsistentError
from amcc_kg.terms.prefixes import ONTOLOGY, PREFIXES

__all__ = ["java"]

REPOSITORY = Repository(Path(__file__).parents[2])
BASE = Namespace("https://w3id.org/amcc-kg/")
AMCC = Namespace("https://w3id.org/amcc-kg/ontology#")
ORG = Namespace("http://www.w3.org/ns/org#")
SCHEMA = Namespace("https://schema.org/")
SEM = Namespace("http://semanticweb.cs.vu.nl/2009/11/sem/")
BELOW = (RDFS.subClassOf, RDFS.subPropertyOf)
PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty)
NOTE = re.compile(r"(?P<verdict>Below|Not below) (?P<term>\w+:\w+) \((?P<read>[^()]+)\): (?P<text>.+\.)")

Triple = tuple[Node, Node, Node]


@cache
def alignments() -> Graph:
    return Graph().parse(next(p for p in REPOSITORY.ontology_files if p.stem == "alignments"))


@cache
def ontology() -> Graph:
    graph = Graph()
    for path in REPOSITORY.ontology_files:
        graph.parse(path)
    return graph


@cache
def foreign() -> Graph:
    """What the foreign vocabularies say as axioms, of the terms that the alignments use."""
    graph = Graph()
    for path in sorted(Path(__file__).parent.parent.glob("foreign/*.ttl")):
        graph.parse(path)
    return graph


def with_foreign_axioms(*more: Triple) -> Dataset:
    dataset = REPOSITORY.dataset()
    extra = dataset.graph(BASE["graph/foreign"])
    for triple in (*foreign(), *more):
        extra.add(triple)
    return dataset


@cache
def known() -> frozenset[Triple]:
    """Everything that the graph says, asserted or inferred, without the foreign axioms."""
    return said(REPOSITORY.dataset())


@cache
def known_beside_foreign_axioms() -> frozenset[Triple]:
    return said(with_foreign_axioms())


def said(dataset: Dataset) -> frozenset[Triple]:
    """What stands in the dataset or follows from it, of all that has a name."""
    every = {*closure.merge(dataset), *closure.close(dataset)}
    return frozenset(t for t in every if not isinstance(t[0], BNode) and not isinstance(t[2], BNode))


def is_own(term: Node) -> bool:
    return isinstance(term, URIRef) and term.startswith(AMCC)


def aligned() -> set[tuple[URIRef, URIRef]]:
    """The pairs of an own term and the foreign term that it is said to lie below, in whatever file."""
    return {(s, o) for p in BELOW for s, o in ontology().subject_objects(p) if is_own(s) and not is_own(o)}


def instances(class_: URIRef, triples: Iterable[Triple]) -> set[str]:
    return {str(s).removeprefix(BASE) for s, p, o in triples if p == RDF.type and o == class_}


def kinds_of(instances_: set[str]) -> set[str]:
    """By the first part of their IRIs: `body`, `person`, ….; what is no thing of this graph stays whole."""
    return {i if ":" in i else i.split("/", 1)[0] for i in instances_}


# ---- each was read, and a note says what ----


def notes() -> list[tuple[URIRef, re.Match[str]]]:
    found = []
    for term, note in alignments().subject_objects(SKOS.editorialNote):
        match = NOTE.fullmatch(str(note))
        assert match, f"{term}: {note}"
        found.append((term, match))
    return found


def expanded(name: str) -> URIRef:
    prefix, local = name.split(":")
    return URIRef(PREFIXES[prefix] + local)


def test_a_note_beside_each_alignment_says_what_was_read_and_there_is_one_for_each() -> None:
    below = Counter((term, expanded(m["term"])) for term, m in notes() if m["verdict"] == "Below")
    assert set(below) == aligned()
    assert set(below.values()) == {1}


def test_the_notes_say_of_one_vocabulary_that_it_was_read_in_one_version() -> None:
    read: dict[str, set[str]] = {}
    for _, match in notes():
        read.setdefault(match["term"].split(":")[0], set()).add(match["read"])
    assert {name: len(versions) for name, versions in read.items()} == dict.fromkeys(read, 1)


def test_what_was_turned_down_does_not_follow_from_what_was_not() -> None:
    """Neither by the alignments nor by what the foreign vocabularies say of their own terms."""
    both = ontology() + foreign()
    turned_down = [(term, expanded(m["term"])) for term, m in notes() if m["verdict"] == "Not below"]
    assert turned_down
    for term, other in turned_down:
        above = {t for p in BELOW for t in both.transitive_objects(term, p)}
        assert other not in above, (term, other)


@pytest.mark.parametrize(
    ("term", "other"),
    [
        (AMCC.attributedTo, PROV.wasAttributedTo),
        (AMCC.State, SCHEMA.Country),
        (AMCC.Event, SCHEMA.Event),
        (AMCC.Statement, SCHEMA.Event),
        (AMCC.attendedBy, SCHEMA.attendee),
        (AMCC.partOf, ORG.subOrganizationOf),
    ],
    ids=lambda term: re.split("[#/]", term)[-1],
)
def test_the_tempting_ones_are_turned_down_in_so_many_words(term: URIRef, other: URIRef) -> None:
    assert (term, other) in {(t, expanded(m["term"])) for t, m in notes() if m["verdict"] == "Not below"}


def test_own_terms_lie_below_foreign_ones_of_their_own_sort() -> None:
    """Named classes below named classes, properties below properties of the same kind: OWL 2 RL and DL."""
    for term, other in aligned():
        sorts = [
            {
                kind
                for kind in (OWL.Class, OWL.AnnotationProperty, *PROPERTIES)
                if (t, RDF.type, kind) in ontology()
            }
            for t in (term, other)
        ]
        assert sorts[0] == sorts[1] and len(sorts[0]) == 1, (term, other)
    assert not [t for t in alignments() if isinstance(t[0], BNode) or isinstance(t[2], BNode)]


def test_a_class_or_property_of_others_is_declared_only_where_something_uses_it() -> None:
    used = {other for _, other in aligned()} | {t for triple in known() for t in triple[1:]}
    kinds = (OWL.Class, *PROPERTIES)
    declared = {t for kind in kinds for t in alignments().subjects(RDF.type, kind)}
    assert declared - used == set()


# ---- beside the foreign axioms nothing breaks, and nothing becomes what it is not ----


def test_no_rule_finds_a_contradiction_beside_the_foreign_axioms() -> None:
    assert known_beside_foreign_axioms() > known()


@pytest.mark.usefixtures("java")
def test_no_dl_reasoner_finds_a_contradiction_beside_the_foreign_axioms(tmp_path: Path) -> None:
    assert is_consistent(for_hermit(with_foreign_axioms(), tmp_path))


CARELESS: dict[str, tuple[Triple, ...]] = {
    "a state as the country that is a place": ((AMCC.State, RDFS.subClassOf, SCHEMA.Country),),
    "every agent as an organisation": ((AMCC.Agent, RDFS.subClassOf, ORG.Organization),),
    "an act of stating as the thing stated": (
        (AMCC.Event, RDFS.subClassOf, PROV.Activity),
        (AMCC.Statement, RDFS.subClassOf, PROV.Entity),
    ),
}


@pytest.mark.parametrize("axioms", CARELESS.values(), ids=CARELESS)
def test_a_careless_alignment_would_be_noticed(axioms: tuple[Triple, ...]) -> None:
    with pytest.raises(InconsistentError):
        closure.close(with_foreign_axioms(*axioms))


@pytest.mark.usefixtures("java")
def test_a_state_below_country_would_be_noticed_by_a_dl_reasoner(tmp_path: Path) -> None:
    broken = with_foreign_axioms((AMCC.State, RDFS.subClassOf, SCHEMA.Country))
    assert not is_consistent(for_hermit(broken, tmp_path))


def test_foreign_axioms_bring_nothing_in_our_own_words() -> None:
    new = known_beside_foreign_axioms() - known() - frozenset(foreign())
    assert {t for t in new if is_own(t[1]) or (t[1] == RDF.type and is_own(t[2]))} == set()
    assert {t for t in new if t[1] == OWL.sameAs} == set()


@pytest.mark.parametrize(
    ("class_", "kinds"),
    [
        (SCHEMA.Place, {"place"}),
        (SCHEMA.Organization, {"body"}),
        (SCHEMA.Person, {"person"}),
        (SCHEMA.CreativeWork, {"instrument"}),
        (SKOS.Concept, {"modality", "status", "topic"}),
        (SKOS.ConceptScheme, {"modality", "status", "topic"}),
        (ORG.Organization, {"body"}),
        (ORG.Membership, {"membership"}),
        (ORG.Post, {"post"}),
        # ASEAN too: by ORG's axioms what has a member is a foaf:Group
        (FOAF.Group, {"body", "group"}),
        (FOAF.Document, {"document"}),
        (PROV.Entity, {"document"}),
        (PROV.Agent, {"reporter"}),
        (SEM.Event, {"event"}),
        (SEM.Place, {"place"}),
        (SEM.Actor, {"body", "group", "person"}),
    ],
    ids=lambda value: re.split("[#/]", value)[-1] if isinstance(value, URIRef) else None,
)
def test_foreign_domains_and_ranges_force_no_wrong_class(class_: URIRef, kinds: set[str]) -> None:
    assert kinds_of(instances(class_, known_beside_foreign_axioms())) == kinds


def test_schema_events_are_the_meetings_and_the_calls() -> None:
    held = instances(AMCC.Meeting, known()) | instances(AMCC.Call, known())
    assert instances(SCHEMA.Event, known_beside_foreign_axioms()) == held < instances(SEM.Event, known())


def above(classes: Iterable[Node]) -> set[Node]:
    """The classes, and all that the foreign axioms put above them."""
    found, waiting = set(), list(classes)
    while waiting:
        class_ = waiting.pop()
        if class_ not in found:
            found.add(class_)
            waiting += foreign().objects(class_, RDFS.subClassOf | OWL.equivalentClass)
            waiting += foreign().subjects(OWL.equivalentClass, class_)
    return found


TAKING_PART = {(SEM.hasActor, RDFS.range), (SEM.hasPlace, RDFS.range)}
"""What SEM calls an actor or a place is one by its part in an event, so only the property can say so."""

ANY_EVENT = {(SCHEMA.startDate, RDFS.domain), (SCHEMA.location, RDFS.domain)}
"""schema.org expects an event of these here; ours hold of all that happens, and that excludes nothing."""

PAIRED = sorted({o for p, o in aligned() if set(ontology().objects(p, RDF.type)) & set(PROPERTIES)})


@pytest.mark.parametrize("property_", PAIRED, ids=lambda p: re.split("[#/]", p)[-1])
def test_what_a_foreign_property_relates_is_of_the_classes_it_expects(property_: URIRef) -> None:
    """Of those classes before the property says so: its domain and its range add nothing."""
    related = [(s, o) for s, p, o in known() if p == property_]
    assert related
    for side, included, things in (
        (RDFS.domain, SCHEMA.domainIncludes, {s for s, _ in related}),
        (RDFS.range, SCHEMA.rangeIncludes, {o for _, o in related if not isinstance(o, Literal)}),
    ):
        expected = set(foreign().objects(property_, side | included))
        if not expected or (property_, side) in TAKING_PART | ANY_EVENT:
            continue
        for thing in things:
            classes = above(o for s, p, o in known() if s == thing and p == RDF.type)
            assert classes & expected, (thing, property_, side)


# ---- questions in foreign words ----

FOREIGN_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items() if BASE not in iri)
THIRD_AMCC = '"the third ASEAN Ministerial Conference on Cybersecurity"@en'
CALL = '"the call on the Prime Minister at the Istana"@en'


@cache
def graph() -> amcc_kg.KnowledgeGraph:
    return amcc_kg.open(REPOSITORY.root)


def ask(where: str) -> list[str]:
    """The values of `?answer`, in order; a question that needs a word of ours is none in foreign words."""
    assert not re.search(rf"\bamcc:|{re.escape(ONTOLOGY)}", where)
    return answers(FOREIGN_PREFIXES, where)


def ask_in_ours(where: str) -> list[str]:
    """The values of `?answer`, in order, of a question in our words."""
    return answers(f"{FOREIGN_PREFIXES}PREFIX amcc: <{ONTOLOGY}>\n", where)


def answers(prefixes: str, where: str) -> list[str]:
    text = f"{prefixes}SELECT DISTINCT ?answer WHERE {{ {where} }} ORDER BY STR(?answer)"
    return [str(row.answer.value) for row in graph().query(text)]


def test_who_attended_in_the_words_of_sem() -> None:
    found = ask(f"?event a sem:Event ; rdfs:label {THIRD_AMCC} ; sem:hasActor/rdfs:label ?answer")
    assert {
        "ASEAN ministers and senior officials who attended the third AMCC",
        "S Iswaran",
        "ministers at the third AMCC",
    } <= set(found)
    # And nobody else, such as the host of the call.
    assert found == ask_in_ours(f"?event rdfs:label {THIRD_AMCC} ; amcc:attendedBy/rdfs:label ?answer")


def test_the_host_of_the_call_is_no_actor_of_it() -> None:
    assert ask(f"?event a sem:Event ; rdfs:label {CALL} ; sem:hasActor/rdfs:label ?answer") == [
        "ASEAN ministers and senior officials who attended the third AMCC"
    ]


def test_who_attended_in_the_words_of_schema_org_is_the_chair() -> None:
    question = (
        f"?event a schema:Event ; rdfs:label {THIRD_AMCC} ; schema:attendee ?who . ?who a schema:Person ;"
    )
    assert ask(f"{question} rdfs:label ?answer") == ["S Iswaran"]
    assert ask(f"?event rdfs:label {CALL} ; schema:attendee ?answer") == []


@pytest.mark.parametrize("word", ["schema:startDate", "sem:hasTimeStamp"])
def test_when_at_the_precision_of_the_source(word: str) -> None:
    assert ask(f"?event rdfs:label {THIRD_AMCC} ; {word} ?answer") == ["2018-09-19"]
    assert "2018-04" in ask(f"?event a schema:Event ; {word} ?answer")


@pytest.mark.parametrize("word", ["schema:location", "sem:hasPlace"])
def test_where_and_nowhere_if_no_source_says(word: str) -> None:
    assert ask(f"?event rdfs:label {CALL} ; {word}/rdfs:label ?answer") == ["the Istana"]
    assert ask(f"?event rdfs:label {THIRD_AMCC} ; {word} ?answer") == []


def test_who_holds_which_post() -> None:
    assert ask(
        '?who a foaf:Person ; rdfs:label "S Iswaran"@en ; org:holds ?p . ?p a org:Post ; rdfs:label ?answer'
    ) == [
        "Minister for Communications and Information",
        "Minister-in-charge of Cyber Security",
    ]
    prime = '?post a org:Post ; rdfs:label "Prime Minister"@en'
    assert ask(f"{prime} . ?who org:holds ?post ; rdfs:label ?answer") == ["Lee Hsien Loong"]
    assert ask(f"{prime} ; org:postIn/rdfs:label ?answer") == ["Singapore"]


def test_whose_member() -> None:
    asean = '?asean a org:Organization ; rdfs:label "Association of Southeast Asian Nations"@en .'
    members = ask(f"{asean} ?state org:memberOf ?asean ; rdfs:label ?answer")
    assert len(members) == 11
    assert {"Singapore", "Timor-Leste"} <= set(members)
    by_membership = f"{asean} ?state org:hasMembership ?m ; rdfs:label ?answer . ?m org:organization ?asean"
    assert ask(by_membership) == members
    assert (
        ask(f"{asean} ?m a org:Membership ; org:organization ?asean ; org:member/rdfs:label ?answer")
        == members
    )


def test_a_minister_is_affiliated_and_no_member() -> None:
    minister = '?who a schema:Person ; rdfs:label "S Iswaran"@en'
    assert ask(f"{minister} ; schema:affiliation/rdfs:label ?answer") == ["Singapore"]
    assert ask(f"{minister} ; org:memberOf ?answer") == []


def test_what_an_agency_is_contained_in_at_any_depth() -> None:
    agency = '?agency a schema:GovernmentOrganization ; rdfs:label "Cyber Security Agency of Singapore"@en'
    assert "Singapore" in ask(f"{agency} ; org:transitiveSubOrganizationOf/rdfs:label ?answer")
    assert ask("?agency org:subOrganizationOf ?answer") == []


def test_which_groups_are_spoken_of_without_names() -> None:
    assert {"ASEAN leaders", "ministers at the third AMCC"} <= set(
        ask("?g a foaf:Group ; rdfs:label ?answer")
    )


def test_what_the_call_was_about_is_less_than_what_was_discussed() -> None:
    assert len(ask(f"?event rdfs:label {CALL} ; dcterms:subject ?answer")) == 1
    assert ask(f"?event rdfs:label {CALL} ; schema:about ?answer") == []


def test_who_wrote_the_report() -> None:
    assert ask(
        '?report a schema:CreativeWork ; schema:author/skos:altLabel "UNGGE" ; rdfs:label ?answer'
    ) == ["the 2015 report of the UN Group of Governmental Experts"]


def test_the_stretches_of_a_sentence_are_parts_of_it_and_of_the_document() -> None:
    parts = ask(f"?part dcterms:isPartOf <{BASE}document/2018-09-20-amcc-3/s05> BIND (?part AS ?answer)")
    assert [part.rsplit("/", 1)[1] for part in parts] == ["s05a", "s05b"]
    whole = ask(f"?answer dcterms:isPartOf <{BASE}document/2018-09-20-amcc-3>")
    assert set(parts) < set(whole)


def test_nobody_is_made_to_answer_for_words_that_a_reporter_wrote() -> None:
    assert ask("?answer prov:wasAttributedTo ?agent") == []
    reporters = ask_in_ours("?reporter a amcc:Reporter ; rdfs:label ?answer")
    assert ask("?r a prov:Agent ; rdfs:label ?answer") == reporters != []


def test_each_member_state_is_identified_by_a_page_about_it_and_no_state_is_a_concept() -> None:
    same = ask('?state rdfs:label "Singapore"@en ; a org:Organization ; schema:sameAs ?answer')
    assert same == ["http://www.wikidata.org/entity/Q334"]
    assert ask("?answer a org:Organization , skos:Concept") == []
