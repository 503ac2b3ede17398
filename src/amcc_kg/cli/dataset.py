"""Which dataset a call means: it is always said where that is none that is at hand."""

from __future__ import annotations

import sys
from pathlib import Path

from amcc_kg.repository import files
from amcc_kg.repository.files import Repository


def is_at_hand(found: Repository, folder: Path | None) -> bool:
    """Tell whether a repository was named, by its folder, or is the one around the working directory."""
    here = Path.cwd()
    return folder is not None or found.root in (here, *here.parents)


def meant(folder: Path | None) -> Repository:
    """Return the repository that a call means, and say so where it is the installed one; raises as `find`."""
    found = files.find(folder)
    if not is_at_hand(found, folder):
        print(f"no repository here: the installed graph is used, {found.root}", file=sys.stderr)
    return found
