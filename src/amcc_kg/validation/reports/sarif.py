"""SARIF 2.1.0, the format of code scanning (OASIS, "Static Analysis Results Interchange Format", 2020).

A rule for each constraint that failed, its help read off the shape; fingerprints that edits elsewhere keep.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import amcc_kg
from amcc_kg.validation.findings import Severity
from amcc_kg.validation.reports.text import rule as short

if TYPE_CHECKING:
    from amcc_kg.validation.findings import Finding, Report
    from amcc_kg.validation.locating import Place

LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """Return the report as a SARIF log of one run."""
    rules: dict[str, Finding] = {}
    for finding in report.findings:
        rules.setdefault(finding.rule, finding)
    ordered = sorted(rules)
    named = zip(report.findings, report.identities(), strict=True)
    run = {
        "tool": {
            "driver": {
                "name": "amcc validate",
                "semanticVersion": amcc_kg.__version__,
                "informationUri": "https://www.w3.org/TR/shacl/",
                "rules": [_rule(name, rules[name]) for name in ordered],
            }
        },
        # An end of a place is the first character behind it, and a character is a code point.
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, identity, ordered.index(f.rule)) for f, identity in named],
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str, example: Finding) -> dict[str, Any]:
    asked = example.help or example.message or name
    return {
        "id": name,
        "name": short(example),
        "shortDescription": {"text": example.message or name},
        "fullDescription": {"text": asked},
        "help": {"text": asked, "markdown": f"**{short(example)}**\n\n{asked}"},
        "defaultConfiguration": {"level": LEVELS[example.severity]},
        "properties": {"tags": ["SHACL"], "problem.severity": _problem(example.severity)},
    }


def _problem(severity: Severity) -> str:
    return {"error": "error", "warning": "warning"}.get(LEVELS[severity], "recommendation")


def _result(finding: Finding, identity: str, rule: int) -> dict[str, Any]:
    hint = f" ({finding.hint})" if finding.hint else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": (finding.message or finding.rule) + hint},
        "partialFingerprints": {"amccFinding/v1": identity},
    }
    if finding.file:
        result["locations"] = [_location(finding.file, finding.place)]
    if finding.shape_place is not None:
        shape = _location(finding.shape_place.file, finding.shape_place)
        result["relatedLocations"] = [shape | {"id": 1, "message": {"text": "The shape asks for it here."}}]
    return result


def _location(file: str, place: Place | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(file)}}
    if place is not None:
        physical["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
    return {"physicalLocation": physical}
