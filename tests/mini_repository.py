"""A repository of three sentences, small enough to break in every way."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from rdflib import Graph, URIRef

from amcc_kg import evidence
from amcc_kg.repository.files import Repository
from amcc_kg.syntax import rdflib_bridge

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

DOCUMENT = "https://w3id.org/amcc-kg/document/fair"
TEXT = (
    " Dateline - Ana Ruiz opened the 2nd Fair on Monday.\n\n"
    '"We will build a stage," she said; it is planned.\n'
    "The fair's hosts thanked everybody who had come along in spite of the rain."
)
SPANS = {"s01": (1, 51), "s02": (53, 102), "s03": (103, 178)}
QUOTES = {
    "s01": ("opened the 2nd Fair", "on Monday"),
    "s02": ('"We will build a stage," she said',),
    "s03": ("thanked everybody",),
}
HEADER = """@base <https://w3id.org/amcc-kg/> .
@prefix amcc: <https://w3id.org/amcc-kg/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
STATEMENTS = {
    "s01": """<event/fair-2>
    a amcc:Event ;
    amcc:chairedBy <person/ana> ;
    amcc:heldOn "2020-05"^^xsd:gYearMonth ;
    amcc:ordinal "02"^^xsd:integer ;
    amcc:attendance "1"^^xsd:decimal ;
    amcc:outdoors "1"^^xsd:boolean .
""",
    "s02": """<commitment/stage>
    a amcc:Commitment ;
    rdfs:label "build a \\"stage\\"\\n(planned)"@en ;
    amcc:madeBy <person/ana> ;
    amcc:madeAt <event/fair-2> .
""",
}
ONTOLOGY = """<https://w3id.org/amcc-kg/ontology>
    a owl:Ontology ;
    dcterms:title "The fair's vocabulary"@en ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    dcterms:issued "2020-06-01"^^xsd:date .

amcc:Event a owl:Class ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty amcc:heldOn ; owl:maxCardinality 1 ] .
amcc:Person a owl:Class .
[] a owl:AllDisjointClasses ; owl:members ( amcc:Event amcc:Person amcc:Commitment ) .
amcc:chairedBy a owl:ObjectProperty .
amcc:shortCode a owl:DatatypeProperty ; amcc:identityProperty true .
"""
SHAPES = """<shapes#Event>
    a sh:NodeShape ;
    sh:targetClass amcc:Event ;
    sh:property [ sh:path amcc:chairedBy ; sh:class amcc:Person ; sh:message "People chair events."@en ] ;
    sh:property [ sh:path amcc:heldOn ; sh:minCount 1 ; sh:message "When was it?"@en ;
        sh:severity sh:Warning ] .
"""
ONTOLOGY_SHAPES = """<shapes#Ontology>
    a sh:NodeShape ;
    sh:targetClass owl:Ontology ;
    sh:property [ sh:path dcterms:license ; sh:minCount 1 ; sh:message "Name a licence."@en ] .
"""
REGISTER = """<person/ana>
    a amcc:Person ;
    rdfs:label "Ana Ruiz" ;
    amcc:shortCode "AR" .
"""
LOCATED = """<document/charter>
    a amcc:Document ;
    rdfs:label "the fair's charter"@en .

<document/charter/p1>
    a amcc:Passage ;
    amcc:inDocument <document/charter> ;
    amcc:locator "para. 1" ;
    amcc:number 1 ;
    amcc:statementsDigest "" .
"""


def describe(name: str, number: int) -> str:
    """Return the description of one passage, its seal empty."""
    start, end = SPANS[name]
    digest = sha256(TEXT[start:end].encode()).hexdigest()
    lines = [f"<document/fair/{name}>", "    a amcc:Passage , amcc:Sentence ;  # as it stands in the report."]
    lines += [
        f'    amcc:digest "{digest}" ;',
        f"    amcc:end {end} ;",
        "    amcc:inDocument <document/fair> ;",
        f"    amcc:number {number} ;",
    ]
    lines += [f"    amcc:quote {_literal(quote)} ;" for quote in QUOTES[name]]
    if name in STATEMENTS:
        lines.append('    amcc:statementsDigest "" ;')
    else:
        lines.append('    amcc:statesNothing "It thanks, and reports nothing." ;')
    return "\n".join([*lines, f"    amcc:start {start} .", "", ""])


def build(root: Path) -> Repository:
    """Write the repository into an empty folder, sealed."""
    for name, statements in STATEMENTS.items():
        write(root / f"data/documents/fair/{name}.ttl", statements)
    described = "".join(describe(name, number) for number, name in enumerate(SPANS, 1))
    about = '<document/fair>\n    a amcc:Document ;\n    rdfs:label "a report on the fair"@en .\n\n'
    write(root / "data/documents/fair/document.ttl", about + described)
    write(root / "data/documents/charter/document.ttl", LOCATED)
    write(root / "data/documents/charter/p1.ttl", "<event/fair-2> amcc:heldBy <person/ana> .\n")
    write(root / "data/register/people.ttl", REGISTER)
    write(root / "ontology/amcc.ttl", ONTOLOGY)
    write(root / "ontology/shapes.ttl", SHAPES)
    write(root / "ontology/ontology-shapes.ttl", ONTOLOGY_SHAPES)
    (root / "queries").mkdir()
    (root / "seeds").mkdir()
    (root / "seeds/fair.txt").write_bytes(TEXT.encode())
    repository = Repository(root)
    evidence.seal(repository)
    return repository


def write(path: Path, body: str) -> None:
    """Write a Turtle file with the common prefixes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + body, encoding="utf-8")


def triples(path: Path) -> list[tuple[Node, Node, Node]]:
    """Return the triples of a file in a fixed order."""
    graph = Graph()
    rdflib_bridge.add(graph, rdflib_bridge.load(path))
    return sorted(graph, key=str)


def rewrite(path: Path, contents: list[tuple[Node, Node, Node]]) -> None:
    """Write a file that holds just these triples."""
    graph = Graph()
    for triple in contents:
        graph.add(triple)
    path.write_text(graph.serialize(format="nt"), encoding="utf-8")


def iri(local: str) -> URIRef:
    """Return an IRI below the base."""
    return URIRef(f"https://w3id.org/amcc-kg/{local}")


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
