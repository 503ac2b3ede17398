"""Known findings: those of a file that was written before, or of a git revision.

Findings are compared by identity (`Finding.identity`): what is wrong with what, wherever it stands now.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amcc_kg.errors import InputError
from amcc_kg.validation.findings import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from amcc_kg.validation.findings import Finding

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Compared:
    """A report beside what was known: the findings that are new, how many were known, and what is fixed."""

    report: Report
    known: int
    fixed: tuple[str, ...]


def write(report: Report, path: Path) -> None:
    """Record the findings of a report; raises `InputError` if the file cannot be written."""
    entries = [
        {"fingerprint": identity, "finding": _told(finding)}
        for finding, identity in zip(report.findings, report.identities(), strict=True)
    ]
    entries.sort(key=lambda entry: (entry["finding"], entry["fingerprint"]))
    text = json.dumps({"version": _VERSION, "findings": entries}, indent=1, ensure_ascii=False) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def compare(report: Report, path: Path) -> Compared:
    """Return what a report has that a baseline has not; raises `InputError` if it is no baseline."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        known = {entry["fingerprint"]: str(entry["finding"]) for entry in whole["findings"]}
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; --write-baseline makes it") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a baseline; --write-baseline makes one") from error
    identities = report.identities()
    pairs = zip(report.findings, identities, strict=True)
    new = tuple(finding for finding, identity in pairs if identity not in known)
    fixed = tuple(sorted(text for identity, text in known.items() if identity not in set(identities)))
    return Compared(Report(new, report.notices), len(report.findings) - len(new), fixed)


def since(report: Report, before: Report, files: frozenset[str]) -> Report:
    """Return the findings that were not there before, and those in changed files.

    Both reports are of everything, so what a change breaks in an untouched file is kept.
    """
    known = set(before.identities())
    pairs = zip(report.findings, report.identities(), strict=True)
    kept = tuple(finding for finding, identity in pairs if finding.file in files or identity not in known)
    return Report(kept, report.notices)


def changed_files(revision: str) -> frozenset[str]:
    """Return the files that differ from a revision or are not in git at all, as reports name them."""
    named = _git("diff", "--name-only", "--relative", "-z", revision, "--")
    added = _git("ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(name for text in (named, added) for name in text.decode().split("\0") if name)


def at_revision(revision: str, validate: Callable[[Path], Report]) -> Report:
    """Run a validation on the working directory as it was at a revision; none of it found if it did not run.

    `validate` is given the folder that then stands for the working directory.
    """
    archive = _git("archive", "--format=tar", revision, ".")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        try:
            found = validate(Path(folder).resolve())
        except InputError:
            return Report(())
        return Report(()) if found.unreadable else found


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"--changed asks git, which does not answer: {error}") from error
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise InputError(f"--changed: git says: {reason}")
    return done.stdout


def _told(finding: Finding) -> str:
    message = " ".join(finding.message.split())
    return f"{finding.file or finding.focus_key}: {message} ({finding.rule})"
