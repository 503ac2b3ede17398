"""What of a report counts: what is grave enough, what a change has brought, what no baseline knows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from amcc_kg.validation.findings.findings import Omission, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from amcc_kg.validation.baseline.known_findings import Known, Scope
    from amcc_kg.validation.findings.findings import Report


def graver(report: Report, least: Severity) -> list[bool]:
    """Tell for each finding whether it is at least so grave."""
    order = list(Severity)
    return [order.index(finding.severity) <= order.index(least) for finding in report.findings]


def counted(whole: Report, least: Severity, changed: Sequence[bool] | None, known: set[str]) -> Report:
    """Return a report in which only what counts is left.

    Args:
        whole: a report of everything.
        least: the least severity that counts.
        changed: for each finding whether it counts as changed; None if all of them do.
        known: the fingerprints of those that are known.
    """
    grave = graver(whole, least)
    reasons = [
        Omission.SEVERITY
        if not grave[number]
        else Omission.UNCHANGED
        if changed is not None and not changed[number]
        else Omission.KNOWN
        if identity in known
        else None
        for number, identity in enumerate(whole.identities())
    ]
    return whole.leaving_out(reasons)


def known_from(path: Path, whole: Report, scope: Scope, write: bool) -> list[Known]:
    """Return what a baseline knows, and say what of it is fixed; or record the report there first.

    What the baseline knows of files and shapes that this run does not look at is kept.
    Raises `InputError` if the file is no baseline, or cannot be written.
    """
    # Imported here, as a call without a baseline should not pay for it.
    from amcc_kg.validation.baseline import known_findings

    if not write:
        known = known_findings.read(path)
        for text in known_findings.fixed(known, whole, scope):
            print(f"fixed: {text}", file=sys.stderr)
        return known
    entries = {entry.fingerprint: entry for entry in known_findings.of(whole)}
    if path.exists():
        entries = {k.fingerprint: k for k in known_findings.read(path) if not scope.holds(k)} | entries
    known_findings.write(entries.values(), path)
    print(f"{len(entries)} findings recorded in {path}", file=sys.stderr)
    return list(entries.values())
