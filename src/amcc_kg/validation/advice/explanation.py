"""A finding at length: what the shape asks for in words, what fails it here, and what would pass.

What passes is a line of the same data; where the data hold none, one is made up, tried, and said to be so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.terms.errors import InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.advice.hints import spelt
from amcc_kg.validation.advice.shape_words import shortened
from amcc_kg.validation.reports.text import rule

if TYPE_CHECKING:
    from amcc_kg.validation.findings.findings import Finding, Report


def explain(report: Report, wanted: str) -> str:
    """Return the explanation of the findings at `FILE:LINE`, or of a fingerprint or its beginning.

    Raises `InputError` if there is no such finding.
    """
    named = zip(report.findings, report.identities(), strict=True)
    chosen = [(f, identity) for f, identity in named if _is(f, identity, wanted)]
    if not chosen:
        known = sorted({f"{f.file}:{f.line}" for f in report.findings if f.place})
        raise InputError(f"no finding at {wanted}{nearest(wanted, known)}")
    return "\n".join(_told(finding, identity) for finding, identity in chosen)


def _is(finding: Finding, identity: str, wanted: str) -> bool:
    at_line = f"{finding.file}:{finding.line}"
    return wanted in (at_line, finding.where) or (len(wanted) >= 6 and identity.startswith(wanted))


def _told(finding: Finding, identity: str) -> str:
    shape = finding.shape_place
    lines = [f"{finding.where or spelt(finding.focus_key)}: {rule(finding)}", f"  {finding.message}"]
    if finding.help:
        lines.append(f"  The shape: {shortened(finding.help)}")
    if shape is not None:
        lines.append(f"  It stands at {shape.file}:{shape.line}:{shape.column}")
    lines.append(f"  This fails: {finding.excerpt.strip() or spelt(finding.value_key or finding.focus_key)}")
    lines.append(f"  This passes: {finding.example or 'nothing of the data, nor what was tried'}")
    if finding.hint:
        lines.append(f"  Hint: {finding.hint}")
    lines.append(f"  Fingerprint: {identity}")
    return "\n".join(lines) + "\n"
