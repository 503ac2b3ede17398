"""What programs read: JSON and CSV; for CI, SARIF, GitHub's commands, GitLab's code quality and JUnit.

`docs/validation-report.schema.json` says what the JSON is. Lines and columns count from 1, an end is the
first character behind the place; a term is written as in SPARQL's JSON results.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote
from zlib import compress

from amcc_kg.terms import keys, xml_text
from amcc_kg.terms.prefixes import XSD
from amcc_kg.terms.version import __version__
from amcc_kg.validation.findings.notices import finding as notice_as_finding
from amcc_kg.validation.findings.report import (
    Finding,
    Ground,
    Notice,
    Omission,
    Place,
    Report,
    Severity,
    extent,
)
from amcc_kg.validation.reports.text import (
    NOT_COUNTING,
    counted,
    left_out,
    quoting,
    reasons,
    rule,
    shapes_left_out,
    told,
)

_plain = json.JSONEncoder(ensure_ascii=False).encode
_COLUMNS = "file line column severity message focusNode path value component shape quotes"
_COMMANDS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_QUALITIES = {Severity.VIOLATION: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_LIMIT = (Omission.LIMIT,)
# The signs of elements; in texts and attributes they cannot stand, as `<` is escaped there.
_CASE, _FAILURE, _SKIPPED = "<testcase ", "<failure ", "<skipped/>"
# What XML 1.0 cannot hold, escaped or not (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

MOST = 25_000
"""The number of results that code scanning takes of one run; of more it takes none."""

LARGEST = 10_000_000
"""The number of bytes, once they are packed, that code scanning takes of a log."""

_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {**_LEVELS, Severity.INFO: "recommendation"}
_PLACES = 100  # the number of places that code scanning takes of a result
_BRACKETS, _ESCAPED = re.compile(r"[\[\]\\]"), r"\\\g<0>"  # in the text of a link (SARIF 2.1.0, 3.11.6)
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def json_report(report: Report) -> Iterator[str]:
    """Yield the report as JSON, finding by finding: the whole text may be as large as the data."""
    whole = {
        "conforms": report.conforms,
        "total": len(report.counting),
        "leftOut": {str(why): len(report.omitted(why)) for why in Omission},
        "shapesLeftOut": list(map(_shape_left_out, report.shapes_left_out)),
    }
    yield _pretty(whole).removesuffix("\n}") + ',\n  "findings": ['
    for number, (finding, identity) in enumerate(zip(report.findings, report.identities(), strict=True)):
        yield f"{',' if number else ''}\n    {_pretty(_object(finding, identity), 2)}"
    yield f"{_break(1) if report.findings else ''}]\n}}\n"


def _shape_left_out(notice: Notice) -> dict[str, str | int | None]:
    place = notice.place
    at = {"file": place and place.file, "line": place and place.line, "column": place and place.column}
    return {"message": notice.message, **at}


def _pretty(value: object, depth: int = 0) -> str:
    """Return JSON as `json.dumps` indents it by two, which does so without its encoder in C."""
    if isinstance(value, dict) and value:
        items = (f"{_plain(key)}: {_pretty(item, depth + 1)}" for key, item in value.items())
        return f"{{{_break(depth + 1)}{f',{_break(depth + 1)}'.join(items)}{_break(depth)}}}"
    if isinstance(value, list) and value:
        texts = (_pretty(item, depth + 1) for item in value)
        return f"[{_break(depth + 1)}{f',{_break(depth + 1)}'.join(texts)}{_break(depth)}]"
    return _plain(value)


def _break(depth: int) -> str:
    return "\n" + "  " * depth


def csv_report(report: Report) -> str:
    """Return one row for each finding; terms as in N-Triples. A last row says how many are not shown."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS.split())
    for f in report.findings:
        shape = "" if f.shape_key is None else f.shape_key[1:-1]
        what = [f.focus_key, f.path_text, f.value_key or "", f.component_key[1:-1], shape, quoting(f)]
        writer.writerow([f.file, f.line or "", f.column or "", str(f.severity), f.message, *what])
    for text in (*left_out(report, _LIMIT), *shapes_left_out(report)):
        writer.writerow(["", "", "", "", text, *[""] * 6])
    return out.getvalue()


def _object(finding: Finding, identity: str) -> dict[str, Any]:
    return {
        **_inner(finding),
        "hint": finding.hint or None,
        "quotes": list(finding.quotes),
        "grounds": list(map(_ground, finding.grounds)),
        "fingerprint": identity,
    }


def _inner(finding: Finding) -> dict[str, Any]:
    """Return what is said of a finding, and of what inner shapes find, all the way down."""
    return {
        "severity": str(finding.severity),
        "message": finding.message,
        **finding.data_place,
        "focusNode": _term(finding.focus_key),
        "path": finding.path_text or None,
        "value": None if finding.value_key is None else _term(finding.value_key),
        "component": finding.component_key[1:-1],
        "shape": None if finding.shape_key is None else finding.shape_key[1:-1],
        **finding.shapes_place,
        "details": list(map(_inner, finding.details)),
    }


def _ground(ground: Ground) -> dict[str, Any]:
    place = ground.place
    triple = _term(keys.triple_term(*ground.triple))["value"]
    said = {"kind": ground.kind, "message": ground.words, "triple": triple}
    return {**said, "file": place and place.file, **extent(place)}


def _term(key: str) -> dict[str, Any]:
    if keys.is_triple_term(key):
        inner = zip(("subject", "predicate", "object"), map(_term, keys.parts(key)), strict=True)
        return {"type": "triple", "value": dict(inner)}
    kind = {"<": "uri", "_": "bnode"}.get(key[0], "literal")
    term: dict[str, Any] = {"type": kind, "value": keys.value(key)}
    if tag := keys.language(key):
        term["xml:lang"] = tag
        if direction := keys.direction(key):
            term["its:dir"] = direction
    elif kind == "literal" and (datatype := keys.datatype(key)) and datatype != f"{XSD}string":
        term["datatype"] = datatype
    return term


def github(report: Report) -> str:
    """Return a workflow command for each finding, which GitHub shows beside the line."""
    commands = list(map(_command, report.findings))
    more = (*left_out(report, _LIMIT), *map(str, report.shapes_left_out))
    commands += [f"::warning title=amcc validate::{_data(text)}" for text in more]
    return "".join(f"{command}\n" for command in commands)


def gitlab(report: Report) -> str:
    """Return GitLab's code quality report; an issue of its own says how many more there are."""
    issues = [
        _issue(finding, _told(finding), finding.rule, identity)
        for finding, identity in zip(report.findings, report.identities(), strict=True)
    ]
    for text in left_out(report, _LIMIT):
        issues.append(_issue(report.omitted(Omission.LIMIT)[0], text, "amcc validate", "not-shown"))
    for notice in report.shapes_left_out:
        finding = notice_as_finding(notice)
        issues.append(_issue(finding, str(notice), notice.kind, finding.identity))
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def junit(report: Report) -> str:
    """Return a suite for each file, a failed case for each finding, and one for those that are not shown.

    One case that passes if nothing fails; one is skipped for each reason for which findings do not count.
    """
    ordered = sorted(report.findings, key=lambda f: (_file(f), _line(f), f.column or 0, f.order))
    suites = [_suite(file, list(map(_case, group))) for file, group in groupby(ordered, _file)]
    more = [_testcase(text, f"<failure message={_attribute(text)}/>") for text in left_out(report, _LIMIT)]
    if not report.counting:
        more.append(_testcase("conforms" if report.conforms else counted(report)))
    more += [_testcase(text, _SKIPPED) for text in left_out(report, NOT_COUNTING)]
    more += [_testcase(str(notice), _SKIPPED) for notice in report.shapes_left_out]
    if more:
        suites.append(_suite("amcc validate", more))
    everything = "".join(suites)
    numbers = f'tests="{everything.count(_CASE)}" failures="{everything.count(_FAILURE)}" errors="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="amcc validate" {numbers}>\n{everything}</testsuites>\n'
    )


def _file(finding: Finding) -> str:
    return finding.anchor[0] or "no file"


def _line(finding: Finding) -> int:
    place = finding.anchor[1]
    return 0 if place is None else place.line


def _suite(name: str, cases: list[str]) -> str:
    text = "".join(cases)
    numbers = [text.count(sign) for sign in (_CASE, _FAILURE, _SKIPPED)]
    head = 'tests="{}" failures="{}" errors="0" skipped="{}"'.format(*numbers)
    return f'  <testsuite name={_attribute(name)} {head} time="0">\n{text}  </testsuite>\n'


def _case(finding: Finding) -> str:
    line = f' line="{number}"' if (number := _line(finding)) else ""
    file = f" file={_attribute(finding.anchor[0])}" if finding.anchor[0] else ""
    where = f"{finding.where}: " if finding.where else ""
    more = "".join(f"\n{text}" for text in _beside(finding))
    said = xml_text.text(_NOT_XML.sub("\ufffd", f"{where}{told(finding)}\n{finding.excerpt}{more}"))
    attributes = f"message={_attribute(finding.message)} type={_attribute(str(finding.severity))}"
    name = f"{rule(finding)} at {finding.where or finding.focus_key}"
    return _testcase(name, f"<failure {attributes}>{said}</failure>", finding.rule, f"{file}{line}")


def _testcase(name: str, content: str = "", kind: str = "amcc validate", place: str = "") -> str:
    head = f'    <testcase name={_attribute(name)} classname={_attribute(kind)}{place} time="0"'
    return f"{head}>\n      {content}\n    </testcase>\n" if content else f"{head}/>\n"


def _command(finding: Finding) -> str:
    file, place = finding.anchor
    properties = {"file": file} if file else {}
    if place is not None:
        properties |= {"line": str(place.line), "endLine": str(place.end_line)}
        if place.line == place.end_line:  # GitHub takes columns of one line only
            last = max(place.column, place.end_column - 1)
            properties |= {"col": str(place.column), "endColumn": str(last)}
    elif file and not finding.file:
        properties["line"] = "1"
    properties["title"] = rule(finding)
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {said}::{_data(_told(finding))}"


def _issue(finding: Finding, text: str, name: str, fingerprint: str) -> dict[str, Any]:
    file, place = finding.anchor
    lines = {"begin": 1} if place is None else {"begin": place.line, "end": place.end_line}
    return {
        "description": text,
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": _QUALITIES[finding.severity],
        "location": {"path": file or ".", "lines": lines},
    }


def _told(finding: Finding) -> str:
    return "\n".join(filter(None, [told(finding), *_beside(finding)]))


def _beside(finding: Finding) -> list[str]:
    """Return what the passage says, and what the finding rests on."""
    return [*filter(None, [quoting(finding)]), *(reason.line for reason in reasons(finding))]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _attribute(text: str) -> str:
    return xml_text.attribute(_NOT_XML.sub("\ufffd", text))


def sarif(report: Report) -> str:
    """Return the report as a SARIF log of one run, of at most `MOST` results, the gravest.

    A rule for each constraint that failed, its help read off the shape; fingerprints that edits elsewhere
    keep (OASIS, "Static Analysis Results Interchange Format", 2.1.0, 2020).
    """
    return sarif_of(report)[0]


def sarif_of(report: Report) -> tuple[str, int]:
    """Return the SARIF log and how many results it holds: what code scanning takes in number and size."""
    number = min(MOST, len(report.findings))
    log = _sarif(report.first(number))
    while number and len(log) > LARGEST and (size := len(compress(log.encode()))) > LARGEST:
        number = int(number * min(0.9, LARGEST / size))
        log = _sarif(report.first(number))
    return log, number


def _sarif(shown: Report) -> str:
    rules: dict[str, Finding] = {}
    for finding in shown.findings:
        rules.setdefault(finding.rule, finding)
    ordered = {name: number for number, name in enumerate(sorted(rules))}
    named = zip(shown.findings, shown.identities(), strict=True)
    driver = {
        "name": "amcc validate",
        "semanticVersion": __version__,
        "informationUri": "https://www.w3.org/TR/shacl/",
        "rules": [_rule(name, rules[name]) for name in ordered],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        # An end of a place is the first character behind it, and a character is a code point.
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, identity, ordered[f.rule]) for f, identity in named],
    }
    notes = [
        {"level": "warning" if why is Omission.LIMIT else "note", "message": {"text": text}}
        for why in Omission
        for text in left_out(shown, [why])
    ]
    notes += [{"level": "warning", "message": {"text": str(n)}} for n in shown.shapes_left_out]
    if notes:
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str, example: Finding) -> dict[str, Any]:
    asked = example.help or example.message or name
    return {
        "id": name,
        "name": rule(example),
        "shortDescription": {"text": example.message or name},
        "fullDescription": {"text": asked},
        "help": {"text": asked, "markdown": f"**{rule(example)}**\n\n{asked}"},
        "defaultConfiguration": {"level": _LEVELS[example.severity]},
        "properties": {"tags": ["SHACL"], "problem.severity": _PROBLEMS[example.severity]},
    }


def _result(finding: Finding, identity: str, number: int) -> dict[str, Any]:
    quotes = quoting(finding)
    text = (told(finding) or finding.rule) + (f"\nThe passage: {quotes}" if quotes else "")
    related = []
    if finding.shape_place is not None:
        related.append(_related(1, "The shape asks for it here.", finding.shape_place))
    # Code scanning shows those places that the message leads to.
    for reason in reasons(finding):
        text += f"\n{reason.words}"
        if reason.place is not None and len(related) < _PLACES:
            related.append(_related(len(related) + 1, reason.words, reason.place))
            text += f" ([{_BRACKETS.sub(_ESCAPED, reason.place.where)}]({len(related)}))"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        # The second is the only one by which code scanning knows a result again.
        "partialFingerprints": {"amccFinding/v1": identity, "primaryLocationLineHash": f"{identity}:1"},
    }
    file, place = finding.anchor
    if file:
        result["locations"] = [_physical(file, place)]
    if related:
        result["relatedLocations"] = related
    if finding.quotes:
        result["properties"] = {"quotes": list(finding.quotes)}
    return result


def _related(number: int, text: str, place: Place) -> dict[str, Any]:
    return _physical(place.file, place) | {"id": number, "message": {"text": text}}


def _physical(file: str, place: Place | None) -> dict[str, Any]:
    # Where no line is known, the first sign: code scanning wants a region of every location.
    ends = (1, 1, 1, 1) if place is None else (place.line, place.column, place.end_line, place.end_column)
    region = dict(zip(("startLine", "startColumn", "endLine", "endColumn"), ends, strict=True))
    return {"physicalLocation": {"artifactLocation": {"uri": quote(os.fsencode(file))}, "region": region}}
