"""Known findings: those of a file that was written before, or of a git revision.

Findings are compared by identity (`Finding.identity`): what is wrong with what, wherever it stands now.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, replace
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


class Revision:
    """A git revision of the working tree, put into a folder of its own as far as one asks for it."""

    def __init__(self, name: str) -> None:
        """Look a revision up; raises `InputError` if there is none of that name, or no git."""
        self._top = Path(os.path.realpath(_git("rev-parse", "--show-toplevel").decode().removesuffix("\n")))
        try:
            found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except InputError as error:
            hint = f"; to check that file, write --changed=HEAD {name}" if Path(name).exists() else ""
            raise InputError(f"--changed {name}: no such git revision{hint}") from error
        self._commit = found.decode().strip()
        self._folder = Path()

    def validate(self, validate: Callable[[Callable[[Path], Path]], Report]) -> Report:
        """Return what a validation finds in the tree as it was; nothing if it cannot run there.

        `validate` is given a function from a path as it is now to the path where it is as it was.
        """
        archive = _git("-C", str(self._top), "archive", "--format=tar", self._commit)
        with tempfile.TemporaryDirectory() as folder:
            self._folder = Path(folder).resolve()
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(self._folder, filter="data")
            try:
                found = validate(self._then)
            except InputError:
                return Report(())
            return Report(()) if found.unreadable else self._here(found)

    def since(self, report: Report, before: Report) -> Report:
        """Return the findings that were not there before, and those in files that differ from the revision.

        Both reports are of everything, so what a change breaks in an untouched file is kept.
        """
        differing, known = self._differing(), set(before.identities())
        pairs = zip(report.findings, report.identities(), strict=True)
        kept = tuple(
            finding
            for finding, identity in pairs
            if identity not in known or os.path.realpath(finding.file) in differing
        )
        return Report(kept, report.notices)

    def _then(self, path: Path) -> Path:
        whole = Path(os.path.realpath(path))
        # What is outside of the working tree has no other time.
        return self._folder / whole.relative_to(self._top) if whole.is_relative_to(self._top) else whole

    def _here(self, found: Report) -> Report:
        """Return a report in which relative IRIs are resolved as if the files were in their own place."""
        old, new = self._folder.as_uri(), self._top.as_uri()
        moved = (
            replace(
                finding,
                focus_key=finding.focus_key.replace(old, new),
                value_key=finding.value_key and finding.value_key.replace(old, new),
            )
            for finding in found.findings
        )
        return Report(tuple(moved), found.notices)

    def _differing(self) -> set[str]:
        """Return the files that differ from the revision, or are not in git at all."""
        top = ("-C", str(self._top))
        changed = _git(*top, "diff", "--name-only", "--no-renames", "-z", self._commit, "--")
        added = _git(*top, "ls-files", "--others", "--exclude-standard", "-z")
        names = (os.fsdecode(name) for text in (changed, added) for name in text.split(b"\0") if name)
        return {os.path.realpath(self._top / name) for name in names}


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
