"""What CI systems read: GitHub's workflow commands, GitLab's code quality, JUnit's XML."""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from amcc_kg.validation.findings import Severity
from amcc_kg.validation.reports.text import rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.validation.findings import Finding, Report

_COMMANDS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_QUALITIES = {Severity.VIOLATION: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
# What XML 1.0 cannot hold, escaped or not (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def github(report: Report) -> str:
    """Return a workflow command for each finding, which GitHub shows beside the line."""
    return "".join(f"{_command(finding)}\n" for finding in report.findings)


def gitlab(report: Report) -> str:
    """Return GitLab's code quality report."""
    issues = [
        {
            "description": _told(finding),
            "check_name": finding.rule,
            "fingerprint": identity,
            "severity": _QUALITIES[finding.severity],
            "location": {"path": finding.file or ".", "lines": _lines(finding)},
        }
        for finding, identity in zip(report.findings, report.identities(), strict=True)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def junit(report: Report) -> str:
    """Return a suite for each file, a failed case for each finding; one case that passes if all is well."""
    suites = [_suite(file, list(group)) for file, group in groupby(_by_file(report), lambda f: f.file)]
    if not suites:
        case = '    <testcase name="conforms" classname="amcc validate" time="0"/>\n'
        suites = [
            '  <testsuite name="amcc validate" tests="1" failures="0" errors="0" skipped="0" time="0">\n'
            f"{case}  </testsuite>\n"
        ]
    number = len(report.findings)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="amcc validate" tests="{max(number, 1)}" failures="{number}" errors="0">\n'
        f"{''.join(suites)}</testsuites>\n"
    )


def _by_file(report: Report) -> Iterable[Finding]:
    return sorted(report.findings, key=lambda f: (f.file, f.line or 0, f.column or 0, f.order))


def _suite(file: str, findings: list[Finding]) -> str:
    number = len(findings)
    head = f'name={_attribute(file or "no file")} tests="{number}" failures="{number}" errors="0" skipped="0"'
    return f'  <testsuite {head} time="0">\n{"".join(map(_case, findings))}  </testsuite>\n'


def _case(finding: Finding) -> str:
    name = _attribute(f"{rule(finding)} at {finding.where or finding.focus_key}")
    line = f' line="{finding.line}"' if finding.line else ""
    file = f" file={_attribute(finding.file)}" if finding.file else ""
    kind = _attribute(str(finding.severity))
    said = f"{finding.where}: {_told(finding)}\n{finding.excerpt}"
    return (
        f'    <testcase name={name} classname={_attribute(finding.rule)}{file}{line} time="0">\n'
        f"      <failure message={_attribute(finding.message)} type={kind}>{escape(_clean(said))}</failure>\n"
        "    </testcase>\n"
    )


def _command(finding: Finding) -> str:
    place = finding.place
    properties: dict[str, str] = {"file": finding.file} if finding.file else {}
    if place is not None:
        properties |= {"line": str(place.line), "endLine": str(place.end_line)}
        if place.line == place.end_line:  # GitHub takes columns of one line only
            last = max(place.column, place.end_column - 1)
            properties |= {"col": str(place.column), "endColumn": str(last)}
    properties["title"] = rule(finding)
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {said}::{_data(_told(finding))}"


def _told(finding: Finding) -> str:
    return finding.message + (f" ({finding.hint})" if finding.hint else "")


def _lines(finding: Finding) -> dict[str, int]:
    place = finding.place
    return {"begin": 1} if place is None else {"begin": place.line, "end": place.end_line}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
