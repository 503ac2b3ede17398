"""The W3C's tests of SPARQL's syntax, from the folder that `AMCC_W3C` names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyoxigraph import NamedNode, RdfFormat, Store

ROOT = Path(os.environ.get("AMCC_W3C", "")) / "sparql"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QUERY = NamedNode("http://www.w3.org/2001/sw/DataAccess/tests/test-query#query")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(frozen=True, slots=True)
class Case:
    """One test: its file, the version of SPARQL whose it is, and whether it is a query and a good one."""

    path: Path
    kind: str

    @property
    def version(self) -> str:
        return "1.2" if "sparql12" in self.path.parts else "1.1"

    @property
    def is_update(self) -> bool:
        return "Update" in self.kind

    @property
    def is_negative(self) -> bool:
        return "Negative" in self.kind

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def text(self) -> str:
        return self.path.read_bytes().decode()


def _cases(manifest: Path) -> list[Case]:
    graph = Store()
    graph.load(manifest.read_bytes(), RdfFormat.TURTLE, base_iri=manifest.as_uri())
    found = []
    for quad in graph.quads_for_pattern(None, NamedNode(f"{MF}action"), None):
        inner = [q.object for q in graph.quads_for_pattern(quad.object, QUERY, None)]
        (file,) = inner or [quad.object]
        path = Path(unquote(urlsplit(str(file.value)).path))
        if path.suffix in (".rq", ".ru") and path.is_file():
            kinds = [q.object for q in graph.quads_for_pattern(quad.subject, TYPE, None)]
            found.append(Case(path, str(kinds[0].value).rpartition("#")[2]))
    return found


ALL = sorted((case for m in ROOT.glob("*/*/manifest.ttl") for case in _cases(m)), key=lambda c: str(c.path))
