"""The evidence in the two forms that other tools read: `rdf:Statement` reification and RDF 1.2 annotations.

Both name each statement by the same IRI, made from what it says, and describe the passages with Web
Annotation selectors. Knows which graph is a passage by its class; knows no files.
"""

from __future__ import annotations

from collections.abc import Mapping

from rdflib import PROV, RDF, XSD, Literal, Namespace, URIRef
from rdflib.term import Node

from amcc_kg.syntax.writing import ntriples, turtle
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.syntax.writing.short_names import Names
from amcc_kg.terms import prefixes

Graphs = Mapping[str, frozenset[Triple]]
OA = Namespace(prefixes.PREFIXES["oa"])
_AMCC = Namespace(prefixes.ONTOLOGY)
_KEPT = ("inDocument", "partOfSentence", "attributedTo", "quotedDirectly", "locator", "number")
# The directive comes first, so that a reader of RDF 1.1 alone stops before it has taken anything in.
_HEADER = (
    'VERSION "1.2"\n'
    "# RDF 1.2 Turtle: after each triple, the statement's name and the passages that it rests on.\n"
)


def passages(graphs: Graphs) -> dict[str, dict[str, list[Node]]]:
    """Return what is recorded of each passage: its IRI → local name of this vocabulary → values, sorted."""
    found: dict[str, dict[str, list[Node]]] = {}
    passage = (RDF.type, _AMCC.Passage)
    subjects = {s for triples in graphs.values() for s, *said in triples if tuple(said) == passage}
    for triples in graphs.values():
        for s, p, o in triples:
            if s in subjects and str(p).startswith(prefixes.ONTOLOGY):
                values = found.setdefault(str(s), {}).setdefault(str(p).removeprefix(prefixes.ONTOLOGY), [])
                if o not in values:
                    values.append(o)
    for record in found.values():
        for values in record.values():
            values.sort(key=ntriples.order)
    return dict(sorted(found.items()))


def evidence(graphs: Graphs) -> dict[Triple, list[URIRef]]:
    """Return each triple that stands in a passage, with its passages; both sorted."""
    found: dict[Triple, list[URIRef]] = {}
    for passage in passages(graphs):
        for triple in graphs.get(passage, ()):
            found.setdefault(triple, []).append(URIRef(passage))
    return dict(sorted(found.items(), key=lambda item: [ntriples.order(node) for node in item[0]]))


def statement(triple: Triple) -> URIRef:
    """Return the IRI of a statement: the same for the same triple, for ever."""
    return URIRef(prefixes.statement(ntriples.line(triple)))


def reified(graphs: Graphs) -> set[Triple]:
    """Return the evidence as triples with one `rdf:Statement` for each triple."""
    triples = selectors(graphs)
    for triple, sources in evidence(graphs).items():
        name = statement(triple)
        triples.add((name, RDF.type, RDF.Statement))
        s, p, o = triple
        triples |= {(name, RDF.subject, s), (name, RDF.predicate, p), (name, RDF.object, o)}
        triples |= {(name, PROV.wasDerivedFrom, source) for source in sources}
    return triples


def annotated(graphs: Graphs) -> bytes:
    """Return the evidence as RDF 1.2 Turtle: `s p o ~ statement {| prov:wasDerivedFrom passage |}`."""
    names = Names(prefixes.PREFIXES)
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
    triples: set[Triple] = set()
    for iri, record in passages(graphs).items():
        passage = URIRef(iri)
        triples |= {(passage, _AMCC[name], value) for name in _KEPT for value in record.get(name, ())}
        selected = _selectors(iri, record)
        if selected:
            triples.add((passage, RDF.type, OA.SpecificResource))
            triples |= {(passage, OA.hasSource, document) for document in record["inDocument"]}
            triples |= {(passage, OA.hasSelector, s) for s, p, _ in selected if p == RDF.type}
            triples |= selected
    return triples


def _selectors(iri: str, record: Mapping[str, list[Node]]) -> set[Triple]:
    triples: set[Triple] = set()
    if "start" in record and "end" in record:
        position = URIRef(f"{iri}#position")
        triples.add((position, RDF.type, OA.TextPositionSelector))
        for name, predicate in (("start", OA.start), ("end", OA.end)):
            # The Web Annotation model asks for non-negative integers.
            offset = Literal(str(record[name][0]), datatype=XSD.nonNegativeInteger, normalize=False)
            triples.add((position, predicate, offset))
    for number, quote in enumerate(record.get("quote", ()), 1):
        selector = URIRef(f"{iri}#quote-{number}")
        triples |= {(selector, RDF.type, OA.TextQuoteSelector), (selector, OA.exact, quote)}
    return triples
