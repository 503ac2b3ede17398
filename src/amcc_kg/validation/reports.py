"""Reports written down: text for people, Turtle for SHACL tools, JSON for programs.

The JSON is one object:

    {"conforms": true if there are no findings,
     "findings": [{"severity": "violation" | "warning" | "info",
                   "message": text,
                   "focusNode": term,
                   "path": SPARQL property path with full IRIs, or null,
                   "value": term or null,
                   "component": IRI of the constraint component,
                   "shape": IRI of the shape, or null if neither it nor a shape around it has one}]}

A term is written as in SPARQL's JSON results: `type` (`uri`, `literal` or `bnode`), `value`, and for a
literal `datatype` or `xml:lang` where it has one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from rdflib import RDF, SH, XSD, BNode, Graph, Literal, URIRef

from amcc_kg import terms
from amcc_kg.errors import InputError, nearest
from amcc_kg.serializing import turtle
from amcc_kg.validation import paths
from amcc_kg.validation.findings import Severity

if TYPE_CHECKING:
    from rdflib.term import Node

    from amcc_kg.validation.findings import Finding, Report

FORMATS = ("text", "turtle", "json")
_SEVERITY_IRIS = {Severity.VIOLATION: SH.Violation, Severity.WARNING: SH.Warning, Severity.INFO: SH.Info}
_PLURALS = {Severity.VIOLATION: "violations", Severity.WARNING: "warnings", Severity.INFO: "remarks"}


def render(report: Report, format_: str) -> str:
    """Return the report in one of `FORMATS`; raises `InputError` for any other."""
    writers = {"text": to_text, "turtle": to_turtle, "json": to_json}
    if format_ not in writers:
        raise InputError(
            f"unknown format {format_!r}; one of {', '.join(FORMATS)}{nearest(format_, FORMATS)}"
        )
    return writers[format_](report)


def to_text(report: Report) -> str:
    """Return one paragraph for each finding and a line that counts them."""
    names = turtle.Names(terms.PREFIXES)
    paragraphs = [_paragraph(finding, names) for finding in report.findings]
    counts = [(report.count(s), _PLURALS[s] if report.count(s) != 1 else _PLURALS[s][:-1]) for s in Severity]
    found = ", ".join(f"{number} {word}" for number, word in counts if number)
    return "\n".join([*paragraphs, found or "conforms: nothing to report"]) + "\n"


def to_json(report: Report) -> str:
    """Return the report as the JSON that the module's docstring describes."""
    findings = [
        {
            "severity": str(finding.severity),
            "message": finding.message,
            "focusNode": _json_term(finding.focus),
            "path": finding.path_text or None,
            "value": None if finding.value is None else _json_term(finding.value),
            "component": str(finding.component),
            "shape": None if finding.shape is None else str(finding.shape),
        }
        for finding in report.findings
    ]
    return (
        json.dumps({"conforms": report.conforms, "findings": findings}, indent=2, ensure_ascii=False) + "\n"
    )


def to_turtle(report: Report) -> str:
    """Return a `sh:ValidationReport`; a shape that is a blank node is described by its path."""
    graph = Graph()
    root = BNode("report")
    graph.add((root, RDF.type, SH.ValidationReport))
    graph.add((root, SH.conforms, Literal(str(report.conforms).lower(), datatype=XSD.boolean)))
    for finding in report.findings:
        graph.add((root, SH.result, _add_result(graph, finding)))
    return turtle.serialize(graph, terms.PREFIXES).decode()


def _add_result(graph: Graph, finding: Finding) -> Node:
    node = BNode()
    graph.add((node, RDF.type, SH.ValidationResult))
    graph.add((node, SH.resultSeverity, _SEVERITY_IRIS[finding.severity]))
    graph.add((node, SH.focusNode, finding.focus))
    graph.add((node, SH.resultMessage, Literal(finding.message)))
    graph.add((node, SH.sourceConstraintComponent, finding.component))
    if finding.value is not None:
        graph.add((node, SH.value, finding.value))
    if finding.path is not None:
        graph.add((node, SH.resultPath, paths.write(graph, finding.path)))
    graph.add((node, SH.sourceShape, _add_shape(graph, finding)))
    return node


def _add_shape(graph: Graph, finding: Finding) -> Node:
    if isinstance(finding.source_shape, URIRef):
        return finding.source_shape
    node = BNode()
    if finding.path is not None:
        graph.add((node, SH.path, paths.write(graph, finding.path)))
    return node


def _paragraph(finding: Finding, names: turtle.Names) -> str:
    lines = [f"{finding.severity}: {finding.message}", f"  at     {turtle.spell(finding.focus, names)}"]
    if finding.path is not None:
        lines.append(f"  path   {_short_path(finding.path_text, names)}")
    if finding.value is not None:
        lines.append(f"  value  {turtle.spell(finding.value, names)}")
    shape = "a shape without a name" if finding.shape is None else turtle.spell(finding.shape, names)
    lines.append(f"  rule   {turtle.spell(finding.component, names)} of {shape}")
    return "\n".join(lines) + "\n"


def _short_path(text: str, names: turtle.Names) -> str:
    return re.sub(r"<([^>]*)>", lambda match: turtle.spell(URIRef(match[1]), names), text)


def _json_term(node: Node) -> dict[str, str]:
    if isinstance(node, URIRef):
        return {"type": "uri", "value": str(node)}
    if not isinstance(node, Literal):
        return {"type": "bnode", "value": str(node)}
    term = {"type": "literal", "value": str(node)}
    if node.language:
        term["xml:lang"] = node.language
    elif node.datatype is not None:
        term["datatype"] = str(node.datatype)
    return term
