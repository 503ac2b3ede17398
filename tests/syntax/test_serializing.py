"""The writers: parsers read the same triples back, literals keep their lexical form, order is fixed."""

from __future__ import annotations

import json

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from amcc_kg.syntax.writing import jsonld, ntriples, rdfxml, turtle
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

Triple = tuple[Node, Node, Node]

pytestmark = pytest.mark.usefixtures("literals_as_written")

LOCALS = st.from_regex(r"[a-z0-9][a-z0-9./-]{0,6}", fullmatch=True)
IRIS = st.builds(
    lambda namespace, local: URIRef(namespace + local), st.sampled_from([*prefixes.PREFIXES.values()]), LOCALS
)
PREDICATES = st.sampled_from(
    [RDF.type, RDF.first, RDF.rest, URIRef(prefixes.ONTOLOGY + "p"), URIRef("http://e/p-1/q")]
)
BLANKS = st.sampled_from([BNode(f"b{i}") for i in range(4)])
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0"), max_size=8)
XML_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=8)
NUMBERS = st.sampled_from(["1", "01", "+1", "1.0", ".5", "1.", "1e0", "true", "1", "x", "", "-0"])
DATATYPES = st.sampled_from(
    [XSD.integer, XSD.decimal, XSD.double, XSD.boolean, XSD.date, XSD.nonNegativeInteger]
)


def literals(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Literal]:
    return st.one_of(
        st.builds(Literal, texts),
        st.builds(lambda t: Literal(t, lang="en"), texts),
        st.builds(lambda t, d: Literal(t, datatype=d), NUMBERS, DATATYPES),
    )


def graphs(texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[set[Triple]]:
    objects = st.one_of(IRIS, BLANKS, literals(texts), st.just(RDF.nil))
    return st.sets(st.tuples(st.one_of(IRIS, BLANKS), PREDICATES, objects), max_size=12)


def graph_of(triples: set[Triple]) -> Graph:
    graph = Graph()
    for triple in triples:
        graph.add(triple)
    return graph


def parsed(content: bytes, syntax: str) -> Graph:
    return Graph().parse(data=content, format=syntax)


def oxigraph_count(content: bytes, syntax: pyoxigraph.RdfFormat) -> int:
    return len(set(pyoxigraph.parse(content, syntax)))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_turtle_reads_back_as_the_same_graph(triples: set[Triple]) -> None:
    content = turtle.serialize(triples, prefixes.PREFIXES)
    assert isomorphic(parsed(content, "turtle"), graph_of(triples))
    list(pyoxigraph.parse(content, pyoxigraph.RdfFormat.TURTLE))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_ntriples_reads_back_as_the_same_graph(triples: set[Triple]) -> None:
    content = ntriples.serialize(triples)
    assert isomorphic(parsed(content, "nt"), graph_of(triples))
    list(pyoxigraph.parse(content, pyoxigraph.RdfFormat.N_TRIPLES))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_jsonld_reads_back_as_the_same_graph(triples: set[Triple]) -> None:
    content = jsonld.serialize(triples, prefixes.PREFIXES)
    assert isomorphic(parsed(content, "json-ld"), graph_of(triples))
    list(pyoxigraph.parse(content, pyoxigraph.RdfFormat.JSON_LD))


@settings(max_examples=150, deadline=None)
@given(graphs(XML_TEXTS))
def test_rdfxml_reads_back_as_the_same_graph(triples: set[Triple]) -> None:
    content = rdfxml.serialize(triples, prefixes.PREFIXES)
    assert isomorphic(parsed(content, "xml"), graph_of(triples))
    list(pyoxigraph.parse(content, pyoxigraph.RdfFormat.RDF_XML))


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.one_of(st.none(), IRIS), graphs(), max_size=3))
def test_trig_and_nquads_say_the_same(named: dict[Node | None, set[Triple]]) -> None:
    trig = turtle.serialize_quads(named, prefixes.PREFIXES)
    quads = ntriples.serialize_quads((triple, name) for name, triples in named.items() for triple in triples)
    a, b = (
        pyoxigraph.Dataset(pyoxigraph.parse(content, syntax))
        for content, syntax in ((trig, pyoxigraph.RdfFormat.TRIG), (quads, pyoxigraph.RdfFormat.N_QUADS))
    )
    for dataset in (a, b):
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
    assert a == b


@pytest.mark.parametrize(
    ("lexical", "datatype", "spelt"),
    [
        ("1", XSD.boolean, '"1"^^xsd:boolean'),
        ("1", XSD.decimal, '"1"^^xsd:decimal'),
        ("01", XSD.integer, '"01"^^xsd:integer'),
        ("-7", XSD.integer, "-7"),
        (".5", XSD.decimal, '".5"^^xsd:decimal'),
        ("1e0", XSD.double, '"1e0"^^xsd:double'),
        ("5", XSD.nonNegativeInteger, '"5"^^xsd:nonNegativeInteger'),
        ("true", XSD.boolean, "true"),
        ("maybe", XSD.boolean, '"maybe"^^xsd:boolean'),
    ],
)
def test_a_literal_keeps_its_lexical_form(lexical: str, datatype: URIRef, spelt: str) -> None:
    triple = (URIRef("http://e/s"), URIRef("http://e/p"), Literal(lexical, datatype=datatype))
    content = turtle.serialize([triple], prefixes.PREFIXES)
    assert f" {spelt} ." in content.decode()
    for made, syntax in (
        (content, "turtle"),
        (ntriples.serialize([triple]), "nt"),
        (jsonld.serialize([triple], prefixes.PREFIXES), "json-ld"),
        (rdfxml.serialize([triple], prefixes.PREFIXES), "xml"),
    ):
        (found,) = parsed(made, syntax).objects()
        assert (str(found), found.datatype) == (lexical, datatype), syntax  # type: ignore[attr-defined]


def test_turtle_nests_what_is_used_once_and_declares_only_the_prefixes_it_uses() -> None:
    source = """
        @prefix amcc: <https://w3id.org/amcc-kg/ontology#> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        amcc:B owl:unionOf ( amcc:D amcc:C ) ; a owl:Class , amcc:A ; amcc:p [ amcc:q 1 ], "x"@en .
        _:twice amcc:q 2 . amcc:B amcc:r _:twice . amcc:C amcc:r _:twice .
    """
    triples = ntriples.stable(Graph().parse(data=source, format="turtle"), "")
    label = next(str(s) for s, _, o in triples if o == Literal("2", datatype=XSD.integer))
    assert turtle.serialize(triples, prefixes.PREFIXES).decode() == (
        "@prefix amcc: <https://w3id.org/amcc-kg/ontology#> .\n"
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n\n"
        "amcc:B a owl:Class, amcc:A ;\n"
        "    owl:unionOf ( amcc:D amcc:C ) ;\n"
        '    amcc:p "x"@en, [ amcc:q 1 ] ;\n'
        f"    amcc:r _:{label} .\n\n"
        f"amcc:C amcc:r _:{label} .\n\n"
        f"_:{label} amcc:q 2 .\n"
    )


@settings(max_examples=60, deadline=None)
@given(graphs(), st.randoms())
def test_labels_of_blank_nodes_do_not_depend_on_the_parser(triples: set[Triple], random: object) -> None:
    renamed = {b: BNode() for t in triples for b in t if isinstance(b, BNode)}
    others = {tuple(renamed.get(n, n) if isinstance(n, BNode) else n for n in t) for t in triples}
    mine, theirs = ntriples.stable(triples, "g"), ntriples.stable(others, "g")  # type: ignore[arg-type]
    assert len(mine) == len(triples)
    assert ntriples.serialize(mine) == ntriples.serialize(theirs)


def test_equal_blank_nodes_of_different_graphs_stay_apart() -> None:
    triples = {(BNode("x"), RDF.type, RDF.List)}
    assert not ntriples.stable(triples, "a") & ntriples.stable(triples, "b")


def test_jsonld_names_its_prefixes() -> None:
    triple = (URIRef("https://w3id.org/amcc-kg/person/a"), RDF.type, URIRef(prefixes.ONTOLOGY + "Person"))
    document = json.loads(jsonld.serialize([triple], prefixes.PREFIXES))
    assert document == {
        "@context": {"amcc": prefixes.ONTOLOGY, "person": "https://w3id.org/amcc-kg/person/"},
        "@graph": [{"@id": "person:a", "@type": ["amcc:Person"]}],
    }


def test_rdfxml_says_what_it_cannot_say() -> None:
    subject, value = URIRef("http://e/s"), Literal("bell \x07")
    with pytest.raises(InputError, match="control character"):
        rdfxml.serialize([(subject, URIRef("http://e/p"), value)], {})
    with pytest.raises(InputError, match="ends in no XML name"):
        rdfxml.serialize([(subject, URIRef("http://e/1"), Literal("x"))], {})


def test_a_variable_is_no_term() -> None:
    from rdflib import Variable

    with pytest.raises(InputError, match="no RDF term"):
        ntriples.term(Variable("x"))


def test_named_graphs_survive_rdflib() -> None:
    triple = (URIRef("http://e/s"), URIRef("http://e/p"), Literal("x"))
    content = turtle.serialize_quads({URIRef("http://e/g"): [triple], None: [triple]}, {})
    dataset = Dataset()
    dataset.parse(data=content, format="trig")
    assert len(list(dataset.quads())) == 2
