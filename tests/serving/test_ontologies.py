"""Ontologies are documents: their IRIs, and those of their versions, answer with the file and no more."""

from __future__ import annotations

import csv
import io
import shutil
import signal
from functools import cache
from pathlib import Path

import pytest
import robot
from behind import named
from live import Server, settles
from rdflib import OWL, RDF, BNode, Dataset, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from amcc_kg.repository.files import Repository
from amcc_kg.serving.http import negotiation
from amcc_kg.terms import prefixes

ROOT = Path(__file__).parents[2]
REPOSITORY = Repository(ROOT)
FILES = {path.stem: path for path in (*REPOSITORY.ontology_files, *REPOSITORY.shapes_files)}
SYNTAXES = {
    "turtle": "turtle",
    "ntriples": "nt",
    "jsonld": "json-ld",
    "rdfxml": "xml",
    "trig": "trig",
    "nquads": "nquads",
}
OFFERS = {offer.name: offer for offer in negotiation.OFFERS["thing"]}


@cache
def written(name: str) -> Graph:
    return Graph().parse(FILES[name])


def iris(name: str) -> tuple[str, str]:
    """Return the IRI of an ontology file, and that of its version, as paths of a server."""
    (iri,) = written(name).subjects(RDF.type, OWL.Ontology)
    version = written(name).value(iri, OWL.versionIRI)
    return f"/{iri.removeprefix(prefixes.BASE)}", f"/{str(version).removeprefix(prefixes.BASE)}"


def said(text: str, syntax: str) -> Graph:
    """Return what an answer says; none of it may stand in a named graph."""
    if syntax not in ("trig", "nquads"):
        return Graph().parse(data=text, format=syntax)
    dataset = Dataset()
    dataset.parse(data=text, format=syntax)
    assert {g.identifier for g in dataset.graphs() if len(g)} == {DATASET_DEFAULT_GRAPH_ID}
    return dataset.default_graph


@pytest.mark.parametrize("format", SYNTAXES)
@pytest.mark.parametrize("name", FILES)
def test_an_ontology_answers_with_all_of_its_document_and_no_more(site: Server, name: str, format: str):
    offer = OFFERS[format]
    for path in iris(name):
        answer = site.get(path, Accept=offer.media.partition(";")[0])
        assert (answer.status, answer.headers["content-type"]) == (200, offer.media)
        assert answer.headers["content-location"] == f"{site.url.rstrip('/')}{path}.{offer.suffix}"
        assert isomorphic(said(answer.text, SYNTAXES[format]), written(name))
        assert site.get(f"{path}.{offer.suffix}").body == answer.body


@pytest.mark.parametrize("name", FILES)
def test_the_document_is_the_download_of_that_name(site: Server, name: str):
    download = {"amcc": "ontology"}.get(name, name)
    made = site.get(f"/downloads/{download}.ttl", timeout=60).text
    assert isomorphic(said(made, "turtle"), written(name))


@pytest.mark.parametrize("name", FILES)
def test_turtle_starts_with_the_header_and_rows_are_those_of_the_document(site: Server, name: str):
    path, _ = iris(name)
    turtle = site.get(path, Accept="text/turtle").text
    first = next(line for line in turtle.splitlines() if line and not line.startswith("@prefix"))
    assert first.startswith(f"<{prefixes.BASE}{path[1:]}> ")
    head, *rows = csv.reader(io.StringIO(site.get(path, Accept="text/csv").text))
    assert head == ["subject", "predicate", "object", "graph"]
    assert len(rows) == len(written(name))
    assert {row[3] for row in rows} == {""}


@pytest.mark.parametrize("name", ["shapes", "ontology-shapes"])
def test_each_shape_resolves_to_the_document_that_holds_it(site: Server, name: str):
    path, version = iris(name)
    document = f"{prefixes.BASE}{path[1:]}"
    shapes = {s for s in written(name).subjects(RDF.type) if "#" in s}
    assert {str(s).partition("#")[0] for s in shapes} == {document}
    page = site.get(path, Accept="text/html")
    assert page.status == 200
    assert all(f'id="{str(shape).partition("#")[2]}"' in page.text for shape in shapes)
    assert site.get(version, Accept="text/html").status == 200
    shape = min(shapes)
    alone = site.get(f"{path}%23{str(shape).partition('#')[2]}", Accept="text/turtle")
    about = {t for t in written(name).triples((shape, None, None)) if not isinstance(t[2], BNode)}
    assert about <= set(said(alone.text, "turtle"))


def test_of_things_that_are_no_shapes_only_the_graph_speaks(site: Server):
    answer = site.get("/ontology%23Meeting", Accept="text/turtle")
    assert "shapes" not in answer.text
    assert site.get("/shapes/nothing").status == 404


@pytest.mark.parametrize("format", ["turtle", "ntriples", "rdfxml", "jsonld"])
def test_robot_loads_what_is_answered_whole_and_finds_it_consistent(
    site: Server, tmp_path: Path, format: str
):
    tool = robot.find()
    files = []
    for name in FILES:
        for number, path in enumerate(iris(name)):
            files.append(tmp_path / f"{name}-{number}.{OFFERS[format].suffix}")
            files[-1].write_bytes(site.get(path, Accept=OFFERS[format].media.partition(";")[0]).body)
    loaded = tool.reasoned(files, tmp_path / "out.owl")
    assert {name for name in FILES if robot.lost(written(name), loaded)} == set()


def test_ontologies_are_no_things_that_lead_to_documents():
    with named(prefixes.BASE) as running:
        for name in FILES:
            for path in iris(name):
                assert running.get(path, Accept="text/turtle").status == 200


def test_plain_files_are_not_taken_apart_into_ontologies(tmp_path: Path):
    shutil.copy(FILES["alignments"], tmp_path)
    with Server("--quiet", tmp_path / "alignments.ttl") as running:
        assert settles(lambda: running.get("/").status == 200, 15)
        answer = running.get(iris("alignments")[0], Accept="text/turtle")
        assert (URIRef(f"{prefixes.BASE}ontology/alignments"), RDF.type, OWL.Ontology) in said(
            answer.text, "turtle"
        )


def test_shapes_that_were_changed_are_another_version(tmp_path: Path):
    folder = tmp_path / "checkout"
    for name in ("ontology", "queries", "data"):
        shutil.copytree(ROOT / name, folder / name)
    path, _ = iris("shapes")
    with Server(cwd=folder) as running:
        assert settles(lambda: running.get("/").status == 200, 60)
        before = running.get(path, Accept="text/turtle")
        assert running.get(path, Accept="text/turtle", If_None_Match=before.headers["etag"]).status == 304
        shapes = folder / "ontology/shapes.ttl"
        good = shapes.read_text()
        shapes.write_text(f"{good}\n<x:new> <x:is> <x:here> .\n")
        running.process.send_signal(signal.SIGHUP)

        def after() -> str:
            return running.get(path, Accept="text/turtle", If_None_Match=before.headers["etag"]).text

        assert settles(lambda: "<x:new> <x:is> <x:here>" in after(), 60)
        # Its downloads are those of the same files.
        assert "<x:new>" in running.get("/downloads/shapes.ttl", timeout=60).text
        shapes.write_text(f"{good}\n<x:new> <x:is> .\n")
        running.process.send_signal(signal.SIGHUP)
        line = good.count("\n") + 2
        assert settles(lambda: f"shapes.ttl:{line}:" in running.logged(), 60)
        assert "<x:new> <x:is> <x:here>" in after()
