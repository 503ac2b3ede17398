"""SARIF 2.1.0, the format of code scanning (OASIS, "Static Analysis Results Interchange Format", 2020).

A rule for each constraint that failed, its help read off the shape; fingerprints that edits elsewhere keep.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from amcc_kg.terms.version import __version__
from amcc_kg.validation.findings.report import Finding, Omission, Place, Report, Severity
from amcc_kg.validation.reports.text import left_out, quoting, told
from amcc_kg.validation.reports.text import rule as short

MOST = 25_000
"""The number of results that code scanning takes of one run; of more it takes none."""

LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# Where no line is known: code scanning wants a region of every location.
_TOP = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """Return the report as a SARIF log of one run, of at most `MOST` results, the gravest."""
    shown = report.first(MOST)
    rules: dict[str, Finding] = {}
    for finding in shown.findings:
        rules.setdefault(finding.rule, finding)
    ordered = {name: number for number, name in enumerate(sorted(rules))}
    named = zip(shown.findings, shown.identities(), strict=True)
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "amcc validate",
                "semanticVersion": __version__,
                "informationUri": "https://www.w3.org/TR/shacl/",
                "rules": [_rule(name, rules[name]) for name in ordered],
            }
        },
        # An end of a place is the first character behind it, and a character is a code point.
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, identity, ordered[f.rule]) for f, identity in named],
    }
    if notes := _notes(shown):
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _notes(report: Report) -> list[dict[str, Any]]:
    levels = {why: "warning" if why is Omission.LIMIT else "note" for why in Omission}
    return [
        {"level": level, "message": {"text": text}}
        for why, level in levels.items()
        for text in left_out(report, [why])
    ]


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
    quotes = quoting(finding)
    text = (told(finding) or finding.rule) + (f"\nThe passage: {quotes}" if quotes else "")
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        # The second is the only one by which code scanning knows a result again.
        "partialFingerprints": {"amccFinding/v1": identity, "primaryLocationLineHash": f"{identity}:1"},
    }
    file, place = finding.anchor
    if file:
        location = _location(file, place)
        location["physicalLocation"].setdefault("region", _TOP)
        result["locations"] = [location]
    if finding.shape_place is not None:
        shape = _location(finding.shape_place.file, finding.shape_place)
        result["relatedLocations"] = [shape | {"id": 1, "message": {"text": "The shape asks for it here."}}]
    if finding.quotes:
        result["properties"] = {"quotes": list(finding.quotes)}
    return result


def _location(file: str, place: Place | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(os.fsencode(file))}}
    if place is not None:
        physical["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
    return {"physicalLocation": physical}
