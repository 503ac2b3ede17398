"""One version, the same wherever it is stated: the package's, `amcc_kg.__version__`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from rdflib import DCTERMS, OWL, RDF, XSD, Graph, Literal, URIRef

import amcc_kg

ROOT = Path(__file__).parents[2]
VERSION = amcc_kg.__version__
# Versions with their dates, the latest first.
RELEASES = re.findall(
    r"^## (\S+) - (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
)
HEADERS = [
    (path.name, subject, graph)
    for path in sorted((ROOT / "ontology").glob("*.ttl"))
    for graph in [Graph().parse(path)]
    for subject in graph.subjects(RDF.type, OWL.Ontology)
]
WRITTEN = ("*.md", "*.cff", "*.yml", "*.yaml", "*.ttl", "*.rq", "*.py", "*.html", "*.conf", "Dockerfile")
# What shows how the IRI of an earlier version answers names one.
GONE = ("curl -s http", "is retired")
FOLDERS = ("benchmarks", "data", "deploy", "docs", "ontology", "queries", "src", ".ci", ".github")


def test_the_changelog_begins_with_it() -> None:
    assert RELEASES[0][0] == VERSION
    assert sorted(RELEASES, key=lambda release: release[1], reverse=True) == RELEASES


def test_the_citation_names_it_and_its_date() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (str(cited["version"]), str(cited["date-released"])) == RELEASES[0]


@pytest.mark.parametrize(("name", "document", "graph"), HEADERS, ids=[name for name, _, _ in HEADERS])
def test_the_header_of_each_document_states_it(name: str, document: URIRef, graph: Graph) -> None:
    def values(predicate: URIRef) -> list[str]:
        return [str(value) for value in graph.objects(document, predicate)]

    assert values(OWL.versionInfo) == [VERSION]
    assert values(OWL.versionIRI) == [f"{document}/{VERSION}"]
    assert (document, DCTERMS.modified, Literal(RELEASES[0][1], datatype=XSD.date)) in graph
    (prior,) = values(OWL.priorVersion) or [f"{document}/{RELEASES[1][0]}"]
    assert prior == f"{document}/{RELEASES[1][0]}"


def test_there_are_headers() -> None:
    assert len(HEADERS) >= 4


def test_earlier_versions_are_named_only_as_earlier_ones() -> None:
    earlier = "|".join(re.escape(version) for version, _ in RELEASES[1:])
    stale = re.compile(rf"(?<![\w.])v?({earlier})(?![\w.]*\d)")
    files = [path for pattern in WRITTEN for path in ROOT.glob(pattern)]
    files += [path for folder in FOLDERS for pattern in WRITTEN for path in (ROOT / folder).rglob(pattern)]
    assert {"README.md", "CITATION.cff", "action.yml", "version.py"} <= {path.name for path in files}
    told = {ROOT / "CHANGELOG.md", ROOT / "data/register/retired.ttl"}
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted({*files} - told)
        for line in path.read_text(encoding="utf-8").splitlines()
        if stale.search(line) and not any(word in line for word in ("owl:priorVersion", *GONE))
    ]
    assert found == []
