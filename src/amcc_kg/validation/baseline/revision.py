"""A git revision of the working tree: what a validation found there, and which files differ from it.

Findings are compared by identity (`Report.identities`).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from amcc_kg.syntax.recognition import may_be_rdf
from amcc_kg.terms.errors import InputError
from amcc_kg.validation.findings.report import Report

_LINK, _FILES = b"120000", (b"100644", b"100755")


@dataclass(frozen=True, slots=True)
class Tree:
    """The working tree `top` as it was, put into a `folder`; what lies outside of it has no other time."""

    folder: Path
    top: Path

    def at(self, path: Path) -> Path:
        """Return where the content is that a path had."""
        whole = Path(os.path.realpath(path))
        return self.folder / whole.relative_to(self.top) if whole.is_relative_to(self.top) else whole

    def holds(self, path: Path) -> bool:
        """Tell whether there was such a file, or a folder with RDF files in it."""
        then = self.at(path)
        return then.is_file() or any(may_be_rdf(file) for file in then.rglob("*"))


class Revision:
    """A git revision of the working tree."""

    def __init__(self, name: str) -> None:
        """Look a revision up; raises `InputError` if there is none of that name, or no git."""
        self._top = Path(os.path.realpath(_git("rev-parse", "--show-toplevel").decode().removesuffix("\n")))
        try:
            found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except InputError as error:
            hint = f"; to check that file, write --changed=HEAD {name}" if Path(name).exists() else ""
            raise InputError(f"--changed {name}: no such git revision{hint}") from error
        self._commit = found.decode().strip()

    def validate(self, named: Iterable[Path], validate: Callable[[Tree], Report]) -> Report:
        """Return what a validation finds in the tree as it was; nothing if it cannot run there.

        `named` are files that are wanted there whatever their endings.
        """
        with tempfile.TemporaryDirectory() as folder:
            tree = Tree(Path(folder).resolve(), self._top)
            self._fill(tree, {os.fsencode(tree.at(path)) for path in named})
            found = Report(())
            with suppress(InputError):
                found = validate(tree)
            return Report(()) if found.unreadable else found

    def since(self, report: Report, before: Report) -> list[bool]:
        """Tell for each finding whether it was not there before or stands in a file that differs.

        Both reports are of everything, so what a change breaks in an untouched file is told too.
        """
        differing, known = self._differing(), set(before.identities())
        return [
            identity not in known or os.path.realpath(finding.file) in differing
            for finding, identity in zip(report.findings, report.identities(), strict=True)
        ]

    def _fill(self, tree: Tree, named: set[bytes]) -> None:
        """Write the folders of the revision, and of its files those with RDF and those that are named.

        Not `git archive`, which leaves out what attributes say is not for export.
        """
        listed = _git("-C", str(self._top), "ls-tree", "-r", "-z", "--full-tree", self._commit)
        root, wanted = os.fsencode(tree.folder), []
        for line in filter(None, listed.split(b"\0")):
            described, _, name = line.partition(b"\t")
            mode, _, blob = described.split()
            path = os.path.join(root, name)  # noqa: PTH118 (a name may be any bytes)
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            if mode in (*_FILES, _LINK) and (path in named or may_be_rdf(Path(os.fsdecode(name)))):
                wanted.append((mode, blob, path))
        contents = self._contents([blob for _, blob, _ in wanted])
        for (mode, _, path), content in zip(wanted, contents, strict=True):
            file = Path(os.fsdecode(path))
            if mode != _LINK:
                file.write_bytes(content)
                continue
            # It leads where it led: within the tree, or to what is outside of it.
            own = self._top / file.relative_to(tree.folder)
            with suppress(OSError):
                file.symlink_to(tree.at(own.parent / os.fsdecode(content)))

    def _contents(self, blobs: list[bytes]) -> Iterator[bytes]:
        text = b"".join(blob + b"\n" for blob in blobs)
        found = _git("-C", str(self._top), "cat-file", "--batch", text=text)
        start = 0
        for _ in blobs:
            end = found.index(b"\n", start)
            size = int(found[start:end].split()[2])
            yield found[end + 1 : end + 1 + size]
            start = end + 2 + size

    def _differing(self) -> set[str]:
        """Return the files that differ from the revision, or are not in git at all."""
        top = ("-C", str(self._top))
        changed = _git(*top, "diff", "--name-only", "--no-renames", "-z", self._commit, "--")
        added = _git(*top, "ls-files", "--others", "--exclude-standard", "-z")
        names = (os.fsdecode(name) for text in (changed, added) for name in text.split(b"\0") if name)
        return {os.path.realpath(self._top / name) for name in names}


def _git(*arguments: str, text: bytes = b"") -> bytes:
    try:
        done = subprocess.run(["git", *arguments], input=text, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"--changed asks git, which does not answer: {error}") from error
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise InputError(f"--changed: git says: {reason}")
    return done.stdout
