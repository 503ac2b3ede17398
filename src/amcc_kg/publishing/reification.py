"""The evidence in the two forms that other tools read: `rdf:Statement` reification and RDF 1.2 annotations.

Both name each statement by the same IRI, made from what it says, and describe the passages with Web
Annotation selectors. Knows which graph is a passage by its class; knows no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from rdflib import PROV, RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from amcc_kg.syntax.writing import ntriples, turtle
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import prefixes

Graphs = Mapping[str, frozenset[Triple]]
OA = Namespace(prefixes.PREFIXES["oa"])
_AMCC = Namespace(prefixes.ONTOLOGY)
_KEPT = tuple(
    _AMCC[name]
    for name in ("inDocument", "partOfSentence", "attributedTo", "quotedDirectly", "locator", "number")
)
# The directive comes first, so that a reader of RDF 1.1 alone stops before it has taken anything in.
_HEADER = (
    'VERSION "1.2"\n'
    "# RDF 1.2 Turtle: after each triple, the statement's name and the passages that it rests on.\n"
)


def evidence(graphs: Graphs) -> dict[Triple, list[Node]]:
    """Return each triple that stands in a passage, with its passages; both sorted."""
    found: dict[Triple, list[Node]] = {}
    said = chain.from_iterable(graphs.values())
    for passage in sorted({s for s, p, o in said if p == RDF.type and o == _AMCC.Passage}, key=str):
        for triple in graphs.get(str(passage), ()):
            found.setdefault(triple, []).append(passage)
    return dict(sorted(found.items(), key=lambda item: [ntriples.order(node) for node in item[0]]))


def statement(triple: Triple) -> URIRef:
    """Return the IRI of a statement: the same for the same triple, for ever."""
    return URIRef(prefixes.statement(ntriples.line(triple)))


def reified(graphs: Graphs) -> set[Triple]:
    """Return the evidence as triples with one `rdf:Statement` for each triple."""
    triples = selectors(graphs)
    for triple, sources in evidence(graphs).items():
        name, (s, p, o) = statement(triple), triple
        triples |= {(name, RDF.subject, s), (name, RDF.predicate, p), (name, RDF.object, o)}
        triples.add((name, RDF.type, RDF.Statement))
        triples |= {(name, PROV.wasDerivedFrom, source) for source in sources}
    return triples


def annotated(graphs: Graphs) -> bytes:
    """Return the evidence as RDF 1.2 Turtle: `s p o ~ statement {| prov:wasDerivedFrom passage |}`."""
    names = prefixes.ShortNames(prefixes.PREFIXES)
    derived = turtle.spell(PROV.wasDerivedFrom, names)
    lines = []
    for triple, sources in evidence(graphs).items():
        s, p, o = triple
        verb = "a" if p == RDF.type else turtle.spell(p, names)
        words = f"{turtle.spell(s, names)} {verb} {turtle.spell(o, names)}"
        rests_on = ", ".join(turtle.spell(source, names) for source in sources)
        lines.append(f"{words} ~ {turtle.spell(statement(triple), names)} {{| {derived} {rests_on} |}} .\n")
    described = turtle.statements(selectors(graphs), names)
    return f"{_HEADER}{names.header()}\n{''.join(lines)}\n{described}".encode()


def selectors(graphs: Graphs) -> set[Triple]:
    """Return the passages as Web Annotation resources: positions and quotes, never the whole text."""
    known, triples = Graph(), set[Triple]()
    known += chain.from_iterable(graphs.values())
    for passage in known.subjects(RDF.type, _AMCC.Passage):
        triples |= {(passage, p, o) for p in _KEPT for o in known.objects(passage, p)}
        selected = _selectors(known, passage)
        if selected:
            triples.add((passage, RDF.type, OA.SpecificResource))
            triples |= {(passage, OA.hasSource, o) for o in known.objects(passage, _AMCC.inDocument)}
            triples |= {(passage, OA.hasSelector, s) for s, p, _ in selected if p == RDF.type}
            triples |= selected
    return triples


def _selectors(known: Graph, passage: Node) -> set[Triple]:
    triples: set[Triple] = set()
    start, end, quotes = (
        sorted(known.objects(passage, _AMCC[name]), key=ntriples.order) for name in ("start", "end", "quote")
    )
    if start and end:
        position = URIRef(f"{passage}#position")
        triples.add((position, RDF.type, OA.TextPositionSelector))
        for found, predicate in ((start, OA.start), (end, OA.end)):
            # The Web Annotation model asks for non-negative integers.
            offset = Literal(str(found[0]), datatype=XSD.nonNegativeInteger, normalize=False)
            triples.add((position, predicate, offset))
    for number, quote in enumerate(quotes, 1):
        selector = URIRef(f"{passage}#quote-{number}")
        triples |= {(selector, RDF.type, OA.TextQuoteSelector), (selector, OA.exact, quote)}
    return triples
