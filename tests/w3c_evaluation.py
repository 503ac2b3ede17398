"""The W3C's SPARQL 1.1 query evaluation tests: their queries and data, not their results.

`AMCC_W3C` names the folder that holds them as `sparql/sparql11/manifest-sparql11-query.ttl`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

MANIFEST = Path(os.environ.get("AMCC_W3C", "")) / "sparql" / "sparql11" / "manifest-sparql11-query.ttl"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FORMATS = {".ttl": RdfFormat.TURTLE, ".rdf": RdfFormat.RDF_XML, ".nt": RdfFormat.N_TRIPLES}


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    query: Path
    data: tuple[Path, ...]
    named: tuple[Path, ...]

    def text(self) -> str:
        return f"BASE <{self.query.as_uri()}>\n{self.query.read_text(encoding='utf-8')}"

    def store(self) -> Store:
        store = Store()
        for path in self.data:
            _load(store, path, DefaultGraph())
        for path in self.named:
            _load(store, path, NamedNode(path.as_uri()))
        return store


def _load(store: Store, path: Path, graph: NamedNode | DefaultGraph) -> None:
    store.load(path.read_bytes(), FORMATS[path.suffix], base_iri=path.as_uri(), to_graph=graph)


def cases(manifest: Path, kind: str = "QueryEvaluationTest") -> list[Case]:
    """Return the tests of a kind in a manifest and in those it includes."""
    graph = Store()
    _load(graph, manifest, DefaultGraph())

    def objects(subject, predicate: str) -> list:
        return [quad.object for quad in graph.quads_for_pattern(subject, NamedNode(predicate), None)]

    def items(head):
        while head != NamedNode(f"{RDF}nil"):
            yield objects(head, f"{RDF}first")[0]
            (head,) = objects(head, f"{RDF}rest")

    def files(subject, predicate: str) -> tuple[Path, ...]:
        found = [iri for iri in objects(subject, predicate) if isinstance(iri, NamedNode)]
        return tuple(sorted(Path(unquote(urlsplit(iri.value).path)) for iri in found))

    found: list[Case] = []
    for listed in objects(None, f"{MF}include"):
        for included in items(listed):
            found += cases(Path(unquote(urlsplit(included.value).path)), kind)
    for listed in objects(None, f"{MF}entries"):
        for entry in items(listed):
            if NamedNode(f"{MF}{kind}") in objects(entry, f"{RDF}type"):
                (action,) = objects(entry, f"{MF}action")
                (query,) = files(action, f"{QT}query") or files(entry, f"{MF}action")
                name = f"{manifest.parent.name}/{entry.value.rpartition('#')[2]}"
                data = (query, files(action, f"{QT}data"), files(action, f"{QT}graphData"))
                found.append(Case(name, *data))
    return found


CASES = cases(MANIFEST) if MANIFEST.is_file() else []
