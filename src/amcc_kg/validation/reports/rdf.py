"""The standard's own report, `sh:ValidationReport` (SHACL section 3.6), as Turtle and JSON-LD, with places.

Places are in a namespace of this program: file, line, column, endLine, endColumn, shapeFile and shapeLine; so
is `leftOut`, which says of findings that are not in the report their `number` and the `reason`, and of
each shape that is left out because it breaks SHACL's rules, in a message, where and why; and `ground`, each
triple that a finding rests on, with its `kind`, a message and its place. The report is of RDF 1.1: a triple
(term) is described as an `rdf:Statement`, a text with a base direction as an `rdf:CompoundLiteral`.
"""

from __future__ import annotations

from collections.abc import Mapping

from rdflib import RDF, SH, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from amcc_kg.syntax.writing import jsonld, ntriples, turtle
from amcc_kg.terms import keys, prefixes
from amcc_kg.validation.findings.report import Finding, Omission, Report, Severity, extent
from amcc_kg.validation.shapes import path_nodes

PLACES = Namespace(f"{prefixes.BASE}validation#")
_PREFIXES = {**prefixes.PREFIXES, "at": str(PLACES)}
_SEVERITIES = {Severity.VIOLATION: SH.Violation, Severity.WARNING: SH.Warning, Severity.INFO: SH.Info}


def turtle_report(report: Report) -> str:
    """Return the report as Turtle; a shape that is a blank node is described by its path."""
    return turtle.serialize(_graph(report), _PREFIXES).decode()


def jsonld_report(report: Report) -> str:
    """Return the report as JSON-LD."""
    return jsonld.serialize(ntriples.stable(_graph(report), "report"), _PREFIXES).decode()


def _graph(report: Report) -> Graph:
    graph = Graph()
    root = BNode("report")
    graph.add((root, RDF.type, SH.ValidationReport))
    graph.add((root, SH.conforms, Literal(str(report.conforms).lower(), datatype=XSD.boolean)))
    for why in Omission:
        if number := len(report.omitted(why)):
            node = BNode(why)
            graph.add((root, PLACES.leftOut, node))
            graph.add((node, PLACES.reason, Literal(str(why))))
            graph.add((node, PLACES.number, Literal(number)))
    for notice in report.shapes_left_out:
        node = BNode()
        graph.add((root, PLACES.leftOut, node))
        graph.add((node, PLACES.reason, Literal(notice.kind)))
        graph.add((node, SH.message, Literal(str(notice))))
    for finding in report.findings:
        graph.add((root, SH.result, _add_result(graph, finding)))
    return graph


def _add_result(graph: Graph, finding: Finding) -> Node:
    node = BNode()
    graph.add((node, RDF.type, SH.ValidationResult))
    own = finding.severity_key
    graph.add((node, SH.resultSeverity, keys.to_rdflib(own) if own else _SEVERITIES[finding.severity]))
    graph.add((node, SH.focusNode, _term(graph, finding.focus_key)))
    for message in finding.messages or (keys.literal(finding.message),):
        graph.add((node, SH.resultMessage, _term(graph, message)))
    if finding.constraint_key is not None:
        constraint = keys.to_rdflib(finding.constraint_key)
        graph.add((node, SH.sourceConstraint, constraint if isinstance(constraint, URIRef) else BNode()))
    graph.add((node, SH.sourceConstraintComponent, finding.component))
    if finding.value_key is not None:
        graph.add((node, SH.value, _term(graph, finding.value_key)))
    if finding.route is not None:
        graph.add((node, SH.resultPath, path_nodes.write(graph, finding.route)))
    shape = finding.source_shape if isinstance(finding.source_shape, URIRef) else BNode()
    graph.add((node, SH.sourceShape, shape))
    if isinstance(shape, BNode) and finding.route is not None:
        graph.add((shape, SH.path, path_nodes.write(graph, finding.route)))
    for detail in finding.details:
        graph.add((node, SH.detail, _add_result(graph, detail)))
    for ground in finding.grounds:
        said = _term(graph, keys.triple_term(*ground.triple))
        graph.add((node, PLACES.ground, said))
        graph.add((said, SH.message, Literal(ground.words)))
        file = ground.place and ground.place.file
        _add_places(graph, said, {"kind": ground.kind, "file": file, **extent(ground.place)})
    _add_places(graph, node, {**finding.data_place, **finding.shapes_place})
    return node


def _add_places(graph: Graph, node: Node, said: Mapping[str, str | int | None]) -> None:
    for name, value in said.items():
        if value:
            graph.add((node, PLACES[name], Literal(value)))


def _term(graph: Graph, key: str) -> Node:
    """Return a term, or a node that describes one that RDF 1.1 does not have."""
    if keys.is_triple_term(key):
        said = dict(zip((RDF.subject, RDF.predicate, RDF.object), keys.parts(key), strict=True))
        kind = RDF.Statement
    elif direction := keys.direction(key):
        texts = (keys.value(key), keys.language(key) or "", direction)
        said = dict(zip((RDF.value, RDF.language, RDF.direction), map(keys.literal, texts), strict=True))
        kind = RDF.CompoundLiteral
    else:
        return keys.to_rdflib(key)
    node = BNode()
    graph.add((node, RDF.type, kind))
    for predicate, part in said.items():
        graph.add((node, predicate, _term(graph, part)))
    return node
