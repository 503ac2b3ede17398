"""The reference engine, pyshacl, and its results as findings.

Knows graphs, no files. SHACL core and SHACL-SPARQL without advanced features, and no inference: what is
validated is what the graph holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from amcc_kg.errors import InputError
from amcc_kg.validation import paths
from amcc_kg.validation.findings import Finding, Severity, report

if TYPE_CHECKING:
    from rdflib.term import Node

    from amcc_kg.validation.findings import Report

_SEVERITIES = {SH.Warning: Severity.WARNING, SH.Info: Severity.INFO}
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def validate(data: Graph, shapes: Graph, ontology: Graph | None = None) -> Report:
    """Validate a data graph against a shapes graph.

    Args:
        data: the data graph; parsed with `rdflib.NORMALIZE_LITERALS` off, or ill-formed literals go unseen.
        shapes: the shapes graph.
        ontology: classes, properties and individuals that the shapes ask about; they count as data.

    Raises:
        InputError: the shapes graph holds no shape, or pyshacl refuses one.
    """
    if not _has_shapes(shapes):
        raise InputError("the shapes graph holds no shape with a target; nothing would be validated")
    whole = Graph()
    whole += data
    if ontology is not None:
        whole += ontology
    results = _run(whole, shapes)
    return report(
        [
            _finding(results, node, shapes)
            for node in results.subjects(RDF.type, SH.ValidationResult)
            if (None, SH.detail, node) not in results
        ]
    )


def _has_shapes(shapes: Graph) -> bool:
    if any((None, target, None) in shapes for target in _TARGETS):
        return True
    # A shape that is a class is its own target (SHACL section 2.1.3.3).
    kinds = {s for kind in (SH.NodeShape, SH.PropertyShape) for s in shapes.subjects(RDF.type, kind)}
    return any(isinstance(s, URIRef) and len(set(shapes.objects(s, RDF.type))) > 1 for s in kinds)


def _run(data: Graph, shapes: Graph) -> Graph:
    # Not `pyshacl.validate`: it leaves `rdflib.NORMALIZE_LITERALS` on, for itself and for whatever is parsed
    # afterwards, and then "maybe"^^xsd:boolean is reported as false.
    from pyshacl import Validator
    from pyshacl.errors import ReportableRuntimeError
    from pyshacl.graph_abstraction import DataGraph

    copy = Graph()
    copy += shapes  # pyshacl adds triples of its own
    try:
        _, results, _ = Validator(DataGraph.from_rdflib(data), shacl_graph=copy).run()  # type: ignore[no-untyped-call]
    except ReportableRuntimeError as error:
        raise InputError(f"the shapes cannot be used: {_one_line(error)}") from error
    if not isinstance(results, Graph):
        raise InputError("the shapes cannot be used")
    return results


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:300]


def _finding(results: Graph, node: Node, shapes: Graph) -> Finding:
    focus = results.value(node, SH.focusNode)
    component = results.value(node, SH.sourceConstraintComponent)
    source = results.value(node, SH.sourceShape)
    if focus is None or source is None or not isinstance(component, URIRef):
        raise InputError("the validation engine left a result without focus node, component or shape")
    path = results.value(node, SH.resultPath)
    severity = results.value(node, SH.resultSeverity)
    return Finding(
        severity=_SEVERITIES.get(severity, Severity.VIOLATION)
        if isinstance(severity, URIRef)
        else Severity.VIOLATION,
        message=_message(results, node),
        focus=focus,
        path=None if path is None else paths.read(results, path),
        value=results.value(node, SH.value),
        component=component,
        source_shape=source,
        shape=_named(shapes, source),
    )


def _message(results: Graph, node: Node) -> str:
    """Return the message: in English or in no language if there is such a one."""
    messages = [m for m in results.objects(node, SH.resultMessage) if isinstance(m, Literal)]
    ranked = sorted(messages, key=lambda m: (not (m.language or "en").startswith("en"), str(m)))
    return str(ranked[0]) if ranked else ""


def _named(shapes: Graph, node: Node) -> URIRef | None:
    """Return the shape itself if it has an IRI, else the nearest subject with one that leads to it."""
    seen: set[Node] = set()
    nodes = [node]
    while nodes:
        named = sorted(n for n in nodes if isinstance(n, URIRef))
        if named:
            return named[0]
        seen.update(nodes)
        above = {s for n in nodes if isinstance(n, BNode) for s in shapes.subjects(None, n)}
        nodes = sorted(above - seen, key=str)
    return None
