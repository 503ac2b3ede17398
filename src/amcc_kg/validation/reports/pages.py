"""One self-contained HTML page, and the Markdown table of a job's summary."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path

from amcc_kg.validation.findings.report import Finding, Report
from amcc_kg.validation.reports.text import (
    counted,
    left_out,
    position,
    quoting,
    reasons,
    rule,
    shapes_left_out,
    told,
)

_SHOWN = 200
_STYLE = Path(__file__).with_name("report.css")


def html_report(report: Report) -> str:
    """Return a page that needs nothing else."""
    findings = sorted(report.findings, key=position)
    sections = [
        f"<h2>{escape(file or 'no file')}</h2>\n{''.join(map(_article, group))}"
        for file, group in groupby(findings, lambda f: f.file)
    ]
    sentences = (counted(report), *shapes_left_out(report), *left_out(report))
    counts = "".join(f"<p>{escape(text)}</p>\n" for text in sentences)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Validation report</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>Validation report</h1>\n{counts}{''.join(sections)}"
        "</main>\n</body>\n</html>\n"
    )


def markdown(report: Report) -> str:
    """Return a heading that counts and a table of the first findings, for the summary of a CI job."""
    lines = [f"### SHACL: {counted(report)}", ""]
    if report.findings:
        lines += ["| | where | what | rule |", "|---|---|---|---|"]
        lines += [_row(finding) for finding in report.findings[:_SHOWN]]
    if len(report.findings) > _SHOWN:
        lines += ["", f"… and {len(report.findings) - _SHOWN:,} more"]
    for text in (*shapes_left_out(report), *left_out(report)):
        lines += ["", text]
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    where = finding.where or finding.anchor[0] or finding.spelt(finding.focus_key)
    cells = [_cell(text) for text in (str(finding.severity), where, told(finding), rule(finding))]
    if finding.quotes:
        cells[2] += f"<br>{_cell(quoting(finding))}"
    cells[2] += "".join(f"<br>{_cell(reason.line)}" for reason in reasons(finding))
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    plain = " ".join(escape(text, quote=False).split())
    for sign in "\\`*_[]|":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _article(finding: Finding) -> str:
    rows = {
        "about": finding.spelt(finding.focus_key),
        "path": finding.shortened(finding.path_text),
        "rule": rule(finding),
    }
    rows["value"] = "" if finding.value_key is None else finding.spelt(finding.value_key)
    rows |= {"hint": finding.hint, "asked for": finding.help, "quotes": " … ".join(finding.quotes)}
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows.items() if text)
    if why := "".join(f"<dd>{escape(reason.line)}</dd>" for reason in reasons(finding)):
        listed += f"<dt>because</dt>{why}"
    return (
        f'<article class="{finding.severity}">\n<p><strong>{finding.severity}</strong> '
        f"{escape(finding.where)}<br>{escape(finding.message)}</p>\n{_line(finding)}<dl>{listed}</dl>\n</article>\n"
    )


def _line(finding: Finding) -> str:
    place = finding.place
    if place is None:
        return ""
    text, start = finding.excerpt, place.column - 1
    end = place.end_column - 1 if place.end_line == place.line else len(text)
    marked = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    return f"<pre><code>{marked}</code></pre>\n"
