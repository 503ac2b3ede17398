"""The command line, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"
HEAD = """@base <https://w3id.org/amcc-kg/> .
@prefix amcc: <https://w3id.org/amcc-kg/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""


class Amcc:
    """Runs the command line as a user does, in a process of its own."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"AMCC_CACHE": str(cache), "PYTHONPATH": str(SOURCE)}

    def __call__(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "amcc_kg", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def fails(self, *arguments: str, code: int = 2, stdin: str | None = None) -> str:
        """Run a call that must fail with nothing on stdout and one line on stderr; return the line."""
        done = self(*arguments, stdin=stdin)
        assert done.returncode == code, done
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr.removeprefix("error: ").rstrip("\n")
