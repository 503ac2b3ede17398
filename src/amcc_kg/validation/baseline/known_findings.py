"""Which findings count: those grave enough, those that a change has brought, those that no file knows.

Findings are compared by identity (`Report.identities`): what is wrong with what, wherever it stands now.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from amcc_kg.terms.errors import InputError
from amcc_kg.validation.findings.report import RANKS, Finding, Omission, Report, Severity


class Known(NamedTuple):
    """One known finding: its identity, what it says, its file, how grave it is, the file of its shape.

    Files are named as seen from the baseline's folder. A text is empty where there is no file, and where
    version 1 of a baseline did not say.
    """

    fingerprint: str
    finding: str
    file: str
    severity: str
    shapes: str


class Scope(NamedTuple):
    """What a run validates: files and folders of data, and files of shapes."""

    data: tuple[Path, ...]
    shapes: tuple[Path, ...]

    def holds(self, known: Known, folder: Path) -> bool:
        """Tell whether the run would have found what a baseline in a folder knows, were it still there."""
        file, shapes = folder / known.file, folder / known.shapes
        return (not known.file or _below(file, self.data)) and (
            not known.shapes or _below(shapes, self.shapes) or not shapes.exists()
        )


def _known(identity: str, finding: Finding, folder: Path) -> Known:
    message = " ".join(finding.message.split())
    shapes = finding.shape_place.file if finding.shape_place else ""
    files = [os.path.relpath(name, folder) if name else "" for name in (finding.file, shapes)]
    told = f"{files[0] or finding.focus_key}: {message} ({finding.rule})"
    return Known(identity, told, files[0], str(finding.severity), files[1])


def _read(path: Path) -> list[Known]:
    import json  # not to be paid for by a call without a baseline

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # Before version 3, files were named as seen from the working directory.
        top = "" if content.get("version") == 3 else os.path.relpath(Path.cwd(), path.parent)
        return [_entry(entry, top) for entry in content["findings"]]
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; --write-baseline makes it") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a baseline; --write-baseline makes one") from error


def counted(whole: Report, least: Severity, changed: Sequence[bool] | None, known: set[str]) -> Report:
    """Return a report in which only what counts is left: what is as grave as `least`, and not known.

    `changed` tells for each finding whether it counts as changed; None if all of them do.
    """

    def reason(number: int, identity: str) -> Omission | None:
        if RANKS[whole.findings[number].severity] > RANKS[least]:
            return Omission.SEVERITY
        if changed is not None and not changed[number]:
            return Omission.UNCHANGED
        return Omission.KNOWN if identity in known else None

    return whole.leaving_out([reason(*pair) for pair in enumerate(whole.identities())])


def known_from(path: Path, whole: Report, scope: Scope, write: bool) -> set[str]:
    """Return the identities that a baseline knows, and say what is fixed; or record the report there first.

    What the baseline knows of files and shapes that this run does not look at is kept.
    Raises `InputError` if the file is no baseline, or cannot be written.
    """
    import json

    if not write:
        known, found = _read(path), set(whole.identities())
        for text in sorted(
            k.finding for k in known if k.fingerprint not in found and scope.holds(k, path.parent)
        ):
            print(f"fixed: {text}", file=sys.stderr)
        return {k.fingerprint for k in known}
    entries = {i: _known(i, f, path.parent) for i, f in zip(whole.identities(), whole.findings, strict=True)}
    if path.exists():
        entries = {k.fingerprint: k for k in _read(path) if not scope.holds(k, path.parent)} | entries
    ordered = sorted(entries.values(), key=lambda entry: (entry.finding, entry.fingerprint))
    content = {"version": 3, "findings": [entry._asdict() for entry in ordered]}
    try:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    findings = "finding" if len(entries) == 1 else "findings"
    print(f"{len(entries):,} {findings} recorded in {path}", file=sys.stderr)
    return set(entries)


def _entry(entry: dict[str, object], top: str) -> Known:
    finding = str(entry["finding"])
    # Version 1 said only in words where a finding is: the file, or else the node.
    first = finding.partition(": ")[0]
    file = str(entry.get("file", "" if first[:1] in '<_"' else first))
    severity, shapes = str(entry.get("severity", "")), str(entry.get("shapes", ""))
    file, shapes = (os.path.normpath(Path(top, name)) if name and top else name for name in (file, shapes))
    return Known(str(entry["fingerprint"]), finding, file, severity, shapes)


def _below(name: Path, paths: Iterable[Path]) -> bool:
    whole = Path(os.path.realpath(name))
    return any(whole.is_relative_to(os.path.realpath(path)) for path in paths)
