"""ROBOT, and with it OWLAPI and HermiT, as a command: what Protégé loads, it loads.

`AMCC_ROBOT` names the folder of its jars; without it, it is where `mvn -f tests/ontology_tools/pom.xml` puts
them. Starting Java takes longer than loading a file, so as much as can be is done in one run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import OWL, RDF, BNode, Graph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.syntax.writing.ntriples import Triple

TOOLS = Path(__file__).parent / "ontology_tools"
# For runs of a second or two, which end before the other compiler and collector would have paid.
_BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
# Whatever it would fetch is not to be had.
_OFFLINE = [
    f"-D{scheme}.proxy{part}" for scheme in ("http", "https") for part in ("Host=127.0.0.1", "Port=9")
]


class Robot:
    """ROBOT with its jars."""

    def __init__(self, java: str, jars: Path) -> None:
        self._command = [
            java,
            *_BRIEF,
            *_OFFLINE,
            "-cp",
            f"{jars}/*",
            "org.obolibrary.robot.CommandLineInterface",
        ]

    def run(self, *arguments: str | Path, cwd: Path | None = None) -> tuple[int, str]:
        """Run it and return its exit code and what it says."""
        done = subprocess.run(
            [*self._command, *map(str, arguments)],
            capture_output=True, text=True, timeout=300, check=False, cwd=cwd,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def reasoned(self, files: Iterable[Path], out: Path, *options: str | Path) -> Graph:
        """Load each file by itself, have HermiT find all of them consistent, and return what was loaded."""
        inputs = [word for path in files for word in ("--input", path)]
        steps = ["merge", *options, *inputs, "reason", "--reasoner", "HermiT", "--output", out]
        code, said = self.run(*steps)
        assert code == 0, said
        return Graph().parse(out, format="xml")


def lost(written: Graph, loaded: Graph) -> set[Triple]:
    """Return what of a file was not loaded; its header and blank nodes apart, which are named anew."""
    headers = set(written.subjects(RDF.type, OWL.Ontology))
    wanted = {t for t in written if t[0] not in headers and not any(isinstance(node, BNode) for node in t)}
    return wanted - set(loaded)


def find() -> Robot:
    """Return ROBOT; where it is missing, skip, but not in continuous integration, which installs it."""
    named = os.environ.get("AMCC_ROBOT")
    jars = Path(named) if named else TOOLS / "jars"
    in_ci = bool(os.environ.get("CI"))
    if not list(jars.glob("robot-command-*.jar")) and not in_ci:
        pytest.skip("AMCC_ROBOT names no folder with ROBOT's jars, and tests/ontology_tools/jars has none")
    java = shutil.which("java")
    if java is None and not in_ci:
        pytest.skip("AMCC_ROBOT is there, but no Java to run it")
    assert java and list(jars.glob("robot-command-*.jar")), "CI installs both"
    return Robot(java, jars)
