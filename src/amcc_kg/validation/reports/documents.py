"""JSON and CSV for programs.

`docs/validation-report.schema.json` says what the JSON is. Lines and columns count from 1, an end is the
first character behind the place; a term is written as in SPARQL's JSON results.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from amcc_kg.terms import keys
from amcc_kg.validation.findings.report import Finding, Omission, Report
from amcc_kg.validation.reports.text import left_out, quoting

_COLUMNS = "file line column severity message focusNode path value component shape quotes"
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"


def json_report(report: Report) -> str:
    """Return the report as JSON."""
    named = zip(report.findings, report.identities(), strict=True)
    findings = [_object(finding, identity) for finding, identity in named]
    omitted = {str(why): len(report.omitted(why)) for why in Omission}
    total = len(report.counting)
    whole = {"conforms": report.conforms, "total": total, "leftOut": omitted, "findings": findings}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def csv_report(report: Report) -> str:
    """Return one row for each finding; terms as in N-Triples. A last row says how many are not shown."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS.split())
    for f in report.findings:
        shape = "" if f.shape_key is None else f.shape_key[1:-1]
        what = [f.focus_key, f.path_text, f.value_key or "", f.component_key[1:-1], shape, quoting(f)]
        writer.writerow([f.file, f.line or "", f.column or "", str(f.severity), f.message, *what])
    for text in left_out(report, [Omission.LIMIT]):
        writer.writerow(["", "", "", "", text, *[""] * 6])
    return out.getvalue()


def _object(finding: Finding, identity: str) -> dict[str, Any]:
    place, shape = finding.place, finding.shape_place
    return {
        "severity": str(finding.severity),
        "message": finding.message,
        "file": finding.file or None,
        "line": finding.line,
        "column": finding.column,
        "endLine": None if place is None else place.end_line,
        "endColumn": None if place is None else place.end_column,
        "focusNode": _term(finding.focus_key),
        "path": finding.path_text or None,
        "value": None if finding.value_key is None else _term(finding.value_key),
        "component": finding.component_key[1:-1],
        "shape": None if finding.shape_key is None else finding.shape_key[1:-1],
        "shapeFile": None if shape is None else shape.file,
        "shapeLine": None if shape is None else shape.line,
        "hint": finding.hint or None,
        "quotes": list(finding.quotes),
        "fingerprint": identity,
    }


def _term(key: str) -> dict[str, str]:
    kind = {"<": "uri", "_": "bnode"}.get(key[0], "literal")
    term = {"type": kind, "value": keys.value(key)}
    if tag := keys.language(key):
        term["xml:lang"] = tag
    elif kind == "literal" and (datatype := keys.datatype(key)) and datatype != _XSD_STRING:
        term["datatype"] = datatype
    return term
