"""What CI systems read: GitHub's workflow commands, GitLab's code quality, JUnit's XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from amcc_kg.terms import xml_text
from amcc_kg.validation.findings.report import Finding, Omission, Report, Severity
from amcc_kg.validation.reports.text import counted, left_out, quoting, rule, told

_COMMANDS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_QUALITIES = {Severity.VIOLATION: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_LIMIT = (Omission.LIMIT,)
_NOT_COUNTING = tuple(why for why in Omission if why is not Omission.LIMIT)
# The signs of elements; in texts and attributes they cannot stand, as `<` is escaped there.
_CASE, _FAILURE, _SKIPPED = "<testcase ", "<failure ", "<skipped/>"
# What XML 1.0 cannot hold, escaped or not (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def github(report: Report) -> str:
    """Return a workflow command for each finding, which GitHub shows beside the line."""
    commands = [_command(finding) for finding in report.findings]
    commands += [f"::warning title=amcc validate::{_data(text)}" for text in left_out(report, _LIMIT)]
    return "".join(f"{command}\n" for command in commands)


def gitlab(report: Report) -> str:
    """Return GitLab's code quality report; an issue of its own says how many more there are."""
    issues = [
        {
            "description": " ".join(part for part in (told(finding), quoting(finding)) if part),
            "check_name": finding.rule,
            "fingerprint": identity,
            "severity": _QUALITIES[finding.severity],
            "location": _location(finding),
        }
        for finding, identity in zip(report.findings, report.identities(), strict=True)
    ]
    for text in left_out(report, _LIMIT):
        issues.append(
            {
                "description": text,
                "check_name": "amcc validate",
                "fingerprint": "not-shown",
                "severity": _QUALITIES[report.omitted(Omission.LIMIT)[0].severity],
                "location": _location(report.omitted(Omission.LIMIT)[0]),
            }
        )
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def junit(report: Report) -> str:
    """Return a suite for each file, a failed case for each finding, and one for those that are not shown.

    One case that passes if nothing fails; one is skipped for each reason for which findings do not count.
    """
    suites = [_suite(file, list(map(_case, group))) for file, group in groupby(_by_file(report), _file)]
    more = [_testcase(text, f"<failure message={_attribute(text)}/>") for text in left_out(report, _LIMIT)]
    if not report.counting:
        more.append(_testcase("conforms" if report.conforms else counted(report)))
    more += [_testcase(text, _SKIPPED) for text in left_out(report, _NOT_COUNTING)]
    if more:
        suites.append(_suite("amcc validate", more))
    everything = "".join(suites)
    numbers = f'tests="{everything.count(_CASE)}" failures="{everything.count(_FAILURE)}" errors="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="amcc validate" {numbers}>\n{everything}</testsuites>\n'
    )


def _by_file(report: Report) -> Iterable[Finding]:
    return sorted(report.findings, key=lambda f: (_file(f), _line(f) or 0, f.column or 0, f.order))


def _file(finding: Finding) -> str:
    return finding.anchor[0] or "no file"


def _line(finding: Finding) -> int | None:
    place = finding.anchor[1]
    return None if place is None else place.line


def _suite(name: str, cases: list[str]) -> str:
    text = "".join(cases)
    numbers = [text.count(sign) for sign in (_CASE, _FAILURE, _SKIPPED)]
    head = 'tests="{}" failures="{}" errors="0" skipped="{}"'.format(*numbers)
    return f'  <testsuite name={_attribute(name)} {head} time="0">\n{text}  </testsuite>\n'


def _case(finding: Finding) -> str:
    line = f' line="{number}"' if (number := _line(finding)) else ""
    file = f" file={_attribute(finding.anchor[0])}" if finding.anchor[0] else ""
    where = f"{finding.where}: " if finding.where else ""
    quotes = f"\n{quoting(finding)}" if finding.quotes else ""
    said = xml_text.text(_clean(f"{where}{told(finding)}\n{finding.excerpt}{quotes}"))
    attributes = f"message={_attribute(finding.message)} type={_attribute(str(finding.severity))}"
    name = f"{rule(finding)} at {finding.where or finding.focus_key}"
    return _testcase(name, f"<failure {attributes}>{said}</failure>", finding.rule, f"{file}{line}")


def _testcase(name: str, content: str = "", kind: str = "amcc validate", place: str = "") -> str:
    head = f'    <testcase name={_attribute(name)} classname={_attribute(kind)}{place} time="0"'
    return f"{head}>\n      {content}\n    </testcase>\n" if content else f"{head}/>\n"


def _command(finding: Finding) -> str:
    file, place = finding.anchor
    properties: dict[str, str] = {"file": file} if file else {}
    if place is not None:
        properties |= {"line": str(place.line), "endLine": str(place.end_line)}
        if place.line == place.end_line:  # GitHub takes columns of one line only
            last = max(place.column, place.end_column - 1)
            properties |= {"col": str(place.column), "endColumn": str(last)}
    elif file and not finding.file:
        properties["line"] = "1"
    properties["title"] = rule(finding)
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = "\n".join(part for part in (told(finding), quoting(finding)) if part)
    return f"::{_COMMANDS[finding.severity]} {said}::{_data(text)}"


def _location(finding: Finding) -> dict[str, Any]:
    file, place = finding.anchor
    lines = {"begin": 1} if place is None else {"begin": place.line, "end": place.end_line}
    return {"path": file or ".", "lines": lines}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _attribute(text: str) -> str:
    return xml_text.attribute(_clean(text))
