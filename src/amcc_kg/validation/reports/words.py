"""The words that several formats share: what a finding says in one line, and what a report leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.validation.advice.hints import spelt
from amcc_kg.validation.findings.findings import Omission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.validation.findings.findings import Finding, Report

_REASONS = {
    Omission.LIMIT: ("more finding is not shown", "more findings are not shown"),
    Omission.SEVERITY: ("finding is less grave than asked for", "findings are less grave than asked for"),
    Omission.UNCHANGED: ("finding is older than the change", "findings are older than the change"),
    Omission.KNOWN: ("finding is known", "findings are known"),
}


def told(finding: Finding) -> str:
    """Return the message, the hint, and the focus node where no line shows it."""
    about = "" if finding.file else f" (about {spelt(finding.focus_key)})"
    return finding.message + (f" ({finding.hint})" if finding.hint else "") + about


def quoting(finding: Finding) -> str:
    """Return the words of the source that the finding's file encodes, the empty string if it quotes none."""
    return " … ".join(f"“{quote}”" for quote in finding.quotes)


def left_out(report: Report, reasons: Iterable[Omission] = tuple(Omission)) -> list[str]:
    """Return a sentence for each of these reasons for which a report leaves findings out."""
    said = []
    for why in reasons:
        number = len(report.omitted(why))
        if number:
            said.append(f"{number:,} {_REASONS[why][number != 1]}")
    return said
