"""Others' tools load what is published, without a network: ROBOT, so Protégé, HermiT, owlready2, pyLODE."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from functools import cache
from html import unescape
from pathlib import Path

import owlready2
import pytest
import robot as tools
from rdflib import DCTERMS, OWL, RDF, SKOS, Graph, Literal, URIRef
from robot import TOOLS, Robot, lost

from amcc_kg.publishing import ontologies
from amcc_kg.repository.files import Repository

PROJECT = Path(__file__).parents[2]
REPOSITORY = Repository(PROJECT)
FOLDER = PROJECT / "ontology"
NAMES = ("ontology", "alignments", "schemes", "shapes", "ontology-shapes")
WRITTEN = {"ontology": FOLDER / "amcc.ttl"} | {name: FOLDER / f"{name}.ttl" for name in NAMES[1:]}


@cache
def written(name: str) -> Graph:
    return Graph().parse(WRITTEN[name])


def header(name: str) -> tuple[URIRef, str]:
    """Return the IRI and the title of an ontology file."""
    (iri,) = written(name).subjects(RDF.type, OWL.Ontology)
    return iri, str(written(name).value(iri, DCTERMS.title))


@pytest.fixture(scope="module")
def robot() -> Robot:
    return tools.find()


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("downloads")
    command = [sys.executable, "-m", "amcc_kg", "build", "--quiet", "--out", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=120)
    return folder


# ---- ROBOT: what OWLAPI loads ----


@pytest.mark.parametrize("suffix", ["ttl", "rdf", "jsonld"])
def test_robot_loads_each_download_whole_and_finds_it_consistent(
    robot: Robot, downloads: Path, tmp_path: Path, suffix: str
) -> None:
    files = [downloads / f"{name}.{suffix}" for name in (*NAMES, ontologies.MERGED)]
    loaded = robot.reasoned(files, tmp_path / "out.owl")
    assert {name: lost(written(name), loaded) for name in NAMES} == {name: set() for name in NAMES}
    # Once from the ontology, once from the ontologies together.
    disjoint = len(set(written("ontology").subjects(RDF.type, OWL.AllDisjointClasses)))
    assert disjoint <= len(set(loaded.subjects(RDF.type, OWL.AllDisjointClasses))) <= 2 * disjoint


def test_robot_loads_the_files_of_a_checkout(robot: Robot, tmp_path: Path) -> None:
    loaded = robot.reasoned(WRITTEN.values(), tmp_path / "out.owl")
    assert {name for name in NAMES if lost(written(name), loaded)} == set()


def test_robot_loads_the_whole_graph(robot: Robot, downloads: Path, tmp_path: Path) -> None:
    files = [downloads / f"amcc-kg.{suffix}" for suffix in ("ttl", "nt", "jsonld")]
    loaded = robot.reasoned(files, tmp_path / "out.owl")
    assert lost(Graph().parse(downloads / "amcc-kg.nt"), loaded) == set()


@pytest.mark.parametrize(
    ("name", "profile"),
    [("ontology", "DL"), ("alignments", "DL"), ("schemes", "DL"), (ontologies.MERGED, "RL")],
)
def test_the_ontologies_are_in_their_profiles(
    robot: Robot, downloads: Path, tmp_path: Path, name: str, profile: str
) -> None:
    report = tmp_path / "report.txt"
    file = downloads / f"{name}.ttl"
    code, said = robot.run("validate-profile", "--profile", profile, "--input", file, "--output", report)
    assert code == 0, f"{said}\n{report.read_text('utf-8')}"


@pytest.mark.parametrize("name", ["ontology", ontologies.MERGED])
def test_robot_reports_no_error(robot: Robot, downloads: Path, tmp_path: Path, name: str) -> None:
    """By a profile that takes a concept's skos:prefLabel for its label, as SKOS does."""
    out = tmp_path / "report.tsv"
    options = ("--profile", "report_profile.txt", "--input", downloads / f"{name}.ttl", "--output", out)
    code, said = robot.run("report", *options, cwd=TOOLS)
    assert (code, out.read_text("utf-8").splitlines()[1:]) == (0, []), said


def test_robot_notices_a_contradiction_an_undeclared_property_and_a_missing_label(
    robot: Robot, tmp_path: Path
) -> None:
    """Else that it notices nothing in what is published would mean nothing."""
    start = (FOLDER / "amcc.ttl").read_text("utf-8")
    broken = tmp_path / "broken.ttl"
    broken.write_text(
        f"{start}\namcc:Odd a owl:Class ; rdfs:subClassOf amcc:Person, amcc:Body ; <x:of> 1 .\n"
    )
    code, said = robot.run(
        "reason", "--reasoner", "HermiT", "--input", broken, "--output", tmp_path / "o.owl"
    )
    assert code != 0
    assert "unsatisfiable" in said
    report = tmp_path / "profile.txt"
    code, _ = robot.run("validate-profile", "--profile", "DL", "--input", broken, "--output", report)
    assert code != 0
    assert "undeclared annotation property: <x:of>" in report.read_text("utf-8")
    out = tmp_path / "report.tsv"
    options = ("--profile", "report_profile.txt", "--input", broken, "--output", out)
    code, _ = robot.run("report", *options, cwd=TOOLS)
    assert code != 0
    assert [line.split("\t")[2] for line in out.read_text("utf-8").splitlines()[1:]] == [
        "https://w3id.org/amcc-kg/ontology#Odd"
    ]


# ---- owlready2 ----


@pytest.mark.parametrize("name", NAMES)
def test_owlready2_loads_each_ontology(downloads: Path, name: str) -> None:
    world = owlready2.World()
    loaded = world.get_ontology((downloads / f"{name}.rdf").as_uri()).load()
    iri, title = header(name)
    assert loaded.base_iri.rstrip("#/") == str(iri)
    graph = world.as_rdflib_graph()
    assert list(graph.objects(iri, DCTERMS.title)) == [Literal(title, lang="en")]
    own = {
        s for s in written(name).subjects(RDF.type, OWL.Class) if s.startswith("https://w3id.org/amcc-kg/")
    }
    assert {c.iri for c in loaded.classes()} >= {str(class_) for class_ in own}
    imported = [str(one) for one in written(name).objects(iri, OWL.imports)]
    assert [one.base_iri.rstrip("#/") for one in loaded.imported_ontologies] == imported


# ---- pyLODE ----


@pytest.mark.parametrize("name", NAMES)
def test_pylode_documents_each_ontology_under_its_title(downloads: Path, name: str) -> None:
    level = logging.root.level
    from pylode import OntPub

    page = OntPub(str(downloads / f"{name}.ttl")).make_html()
    logging.root.setLevel(level)  # which importing it has changed
    (heading,) = re.findall(r"<h1>(.*?)</h1>", page, re.S)
    _, title = header(name)
    # It takes concept schemes for further ontologies of the file, and puts their names behind the title.
    schemes = [
        str(written(name).value(scheme, SKOS.prefLabel))
        for scheme in written(name).subjects(RDF.type, SKOS.ConceptScheme)
    ]
    assert unescape(heading).startswith(title)
    assert len(unescape(heading)) == len(title + "".join(schemes))
    (head,) = re.findall(r"<title>(.*?)</title>", page, re.S)
    assert unescape(head) in {title, *schemes} - ({title} if schemes else set())
    for class_ in written(name).subjects(RDF.type, OWL.Class):
        assert str(class_) in page
