"""docs/model.md names every term as the ontology has it, and its worked example goes as it is told there.

`AMCC_WRITE_DOCS=1 pytest tests/content/test_model_guide.py` puts the lists of statuses, modalities and topics
and the output of the commands up to date; read the difference. People mend the tables of classes and
properties.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shell
from rdflib import OWL, RDF, RDFS, SH, SKOS, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node
from turtle_files import data_files, read

import amcc_kg
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "model.md"
TEXT = GUIDE.read_text(encoding="utf-8")
WRITES = bool(os.environ.get("AMCC_WRITE_DOCS"))
REPOSITORY = Repository(ROOT)
AMCC = Namespace(prefixes.ONTOLOGY)
BASE = Namespace(prefixes.BASE)
ANY = "any"
FENCED = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
NAME = re.compile(r"`([^`]+)`")
PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
EXAMPLE = [(kind, body) for kind, body in FENCED.findall(TEXT) if kind in ("sh", "console")]
QUERIES = [body for kind, body in FENCED.findall(TEXT) if kind == "sparql"]
ADDED_BY_THE_EXAMPLE = {"dueBy"}


def ontology() -> Graph:
    return read(*REPOSITORY.ontology_files)


def shapes() -> Graph:
    return read(REPOSITORY.shapes_file)


def own(*kinds: Node) -> set[str]:
    """The local names of the terms that the ontology declares to be of these kinds."""
    found = {str(term) for kind in kinds for term in ontology().subjects(RDF.type, kind)}
    return {term.removeprefix(AMCC) for term in found if term.startswith(AMCC)}


def section(title: str) -> str:
    """What stands below the heading that starts so, up to the next heading of its rank, code left out."""
    found = re.search(rf"^## {re.escape(title)}.*?$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, title
    return FENCED.sub("", found[1])


def rows(title: str) -> Iterator[list[str]]:
    """The rows of a section's tables whose first cell names something."""
    for line in section(title).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0].startswith("`"):
            yield cells


# ---- the tables ----


def test_the_table_of_classes_is_that_of_the_ontology() -> None:
    named: set[str] = set()
    below: set[tuple[str, str]] = set()
    for first, meaning in rows("Classes"):
        parents = NAME.findall(first)
        told, _, listed = re.sub(r"\([^)]*\)", "", meaning).partition("Below it")
        children = NAME.findall(listed)
        assert told.strip() or not children, first
        named |= {*parents, *children}
        below |= {(child, parents[0]) for child in children}
    graph = ontology()
    classes = own(OWL.Class)
    assert named == classes
    assert below == {
        (child, parent)
        for child in classes
        for parent in classes
        if (AMCC[child], RDFS.subClassOf, AMCC[parent]) in graph
    }


def test_the_table_of_properties_is_that_of_the_ontology() -> None:
    told: dict[str, str] = {}
    for first, relation, meaning in rows("Properties"):
        assert meaning, first
        for name in NAME.findall(first):
            assert name not in told, f"{name} stands there twice"
            told[name] = relation
    assert told == {name: f"{kind_of_subject(name)} → {kind_of_value(name)}" for name in own(*PROPERTY_KINDS)}


def kind_of_subject(name: str) -> str:
    """The domain, or in brackets the classes to which the shapes restrict the subject."""
    domain = ontology().value(AMCC[name], RDFS.domain)
    if domain is not None:
        return short(domain)
    found = {
        class_
        for shape in shapes().subjects(SH.targetSubjectsOf, AMCC[name])
        for each in (shape, *alternatives(shape))
        for class_ in shapes().objects(each, SH["class"])
    }
    return bracketed(found)


def kind_of_value(name: str) -> str:
    """The range, or in brackets the datatypes to which the shapes restrict the value."""
    range_ = ontology().value(AMCC[name], RDFS.range)
    if range_ is not None:
        return short(range_)
    found = {
        datatype
        for shape in shapes().subjects(SH.path, AMCC[name])
        for each in (shape, *alternatives(shape), *shapes().objects(shape, SH.node))
        for datatype in shapes().objects(each, SH.datatype)
    }
    return bracketed(found)


def alternatives(shape: Node) -> list[Node]:
    return [m for head in shapes().objects(shape, SH["or"]) for m in Collection(shapes(), head)]


def bracketed(found: set[Node]) -> str:
    return f"({', '.join(sorted(map(short, found)))})" if found else ANY


def short(term: Node) -> str:
    return prefixes.shorten(str(term)).removeprefix("amcc:")


def test_the_properties_of_others_that_data_uses_are_told_of() -> None:
    told = set(re.findall(r"`([a-z]+:\w+)`", section("Properties").partition("**Of others:**")[2]))
    used = {prefixes.shorten(str(p)) for path in data_files(REPOSITORY) for p in read(path).predicates()}
    assert {p for p in used if not p.startswith("amcc:")} <= told
    declared = {
        prefixes.shorten(str(p)) for kind in PROPERTY_KINDS for p in ontology().subjects(RDF.type, kind)
    }
    assert {p for p in told if not p.startswith(("rdf:", "rdfs:"))} <= declared


def test_every_kind_of_iri_is_told_of_with_things_that_exist() -> None:
    kinds: set[str] = set()
    things = {str(s) for path in data_files(REPOSITORY) for s in read(path).subjects()}
    things |= {str(s) for s in ontology().subjects()} | {prefixes.INFERRED_GRAPH}
    for first, examples in rows("IRIs"):
        kinds |= set(NAME.findall(first))
        for example in NAME.findall(examples):
            if "/" in example and "<" not in example:
                assert str(BASE[example]) in things, example
    assert kinds == set(prefixes.KINDS)


def test_every_term_that_the_guide_names_is_declared() -> None:
    known = own(OWL.Class, *PROPERTY_KINDS)
    prefixed = set(re.findall(r"\bamcc:(\w+)", TEXT)) - ADDED_BY_THE_EXAMPLE
    assert prefixed <= known
    bare = {name for title in ("Which class?", "Adding a topic") for name in NAME.findall(section(title))}
    assert {name for name in bare if re.fullmatch(r"[A-Za-z]+", name)} - {"KINDS"} <= known
    concepts = {str(s).removeprefix(BASE) for s in ontology().subjects(SKOS.inScheme)}
    assert {name for name in bare if re.fullmatch(r"(status|modality)/[a-z-]+", name)} <= concepts


# ---- the lists ----


def of_kind(name: str) -> list[Node]:
    return sorted(ontology().subjects(RDF.type, AMCC[name]), key=str)


def statuses() -> str:
    """The statuses by firmness, then the modalities, with their definitions."""

    def line(concept: Node) -> str:
        return f"| `{str(concept).removeprefix(BASE)}` | {ontology().value(concept, SKOS.definition)} |"

    ordered = sorted((int(str(ontology().value(s, AMCC.firmness))), s) for s in of_kind("Status"))
    return "\n".join(
        [
            *("| IRI | means |", "|---|---|"),
            *(line(s).replace("` |", f"`, {firmness} |", 1) for firmness, s in ordered),
            *map(line, of_kind("Modality")),
        ]
    )


def topics() -> str:
    """The tree of topics, each with its name where that is not its IRI's, and its other wordings."""
    graph = ontology()

    def lines(topic: Node, depth: int) -> Iterator[str]:
        slug = str(topic).removeprefix(BASE["topic/"])
        name = str(graph.value(topic, SKOS.prefLabel))
        own_name = f" “{name}”" if name.replace("-", " ") != slug.replace("-", " ") else ""
        others = ", ".join(sorted(f"“{other}”" for other in graph.objects(topic, SKOS.altLabel)))
        yield f"{'  ' * depth}- `{slug}`{own_name}" + (f" (also {others})" if others else "")
        for below in sorted(graph.subjects(SKOS.broader, topic), key=str):
            yield from lines(below, depth + 1)

    tops = [t for t in of_kind("Topic") if (t, SKOS.broader, None) not in graph]
    return "\n".join(line for top in tops for line in lines(top, 0))


@pytest.mark.parametrize(("name", "made"), [("statuses", statuses), ("topics", topics)])
def test_a_list_is_that_of_the_schemes(name: str, made: Callable[[], str]) -> None:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", TEXT, re.DOTALL)
    assert found
    expected = f"\n{made()}\n\n"
    if WRITES:
        put(f"<!-- {name} -->\n{found[1]}<!--", f"<!-- {name} -->\n{expected}<!--")
        return
    assert found[1] == expected


def put(old: str, new: str) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert old in text
    GUIDE.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_narrower_is_said_from_both_ends() -> None:
    """The guide says that both are written: a topic's broader one lists it as narrower."""
    up = set(ontology().subject_objects(SKOS.broader))
    assert up
    assert {(below, above) for above, below in ontology().subject_objects(SKOS.narrower)} == up


# ---- the queries ----


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("number", range(1, len(QUERIES)))
def test_a_query_finds_something(number: int) -> None:
    kg = amcc_kg.open(ROOT)
    assert len(kg.query(QUERIES[0] + QUERIES[number])) > 0


# ---- the worked example ----


def run(command: str, folder: Path, cache_folder: Path) -> tuple[list[str], Path]:
    """Run a command in the folder; return the lines that it prints and the folder in which it ends."""
    done = shell.run(f"{command}\npwd", folder, AMCC_CACHE=str(cache_folder))
    assert done.returncode == 0, done.stdout
    *output, ends_in = done.stdout.splitlines()
    return output, Path(ends_in)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> tuple[Path, list[tuple[str, str]]]:
    """Do what the worked example says; return where it ends, and each session as shown and as printed."""
    folder = tmp_path_factory.mktemp("example")
    for name in ("ontology", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    sessions = []
    for kind, block in EXAMPLE:
        commands = (
            re.findall(r"^\$ (.*)\n", block, re.MULTILINE) if kind == "console" else [f"set -e\n{block}"]
        )
        printed = ""
        for command in commands:
            output, folder = run(command, folder, cache)
            printed += "".join(f"{line}\n" for line in (f"$ {command}", *output))
            assert kind == "console" or not output, output
        if kind == "console":
            sessions.append((block, printed))
    return folder, sessions


def test_the_worked_example_prints_what_the_guide_shows(
    example: tuple[Path, list[tuple[str, str]]],
) -> None:
    _, sessions = example
    assert len(sessions) > 2
    for shown, printed in sessions:
        if WRITES:
            put(f"```console\n{shown}```", f"```console\n{printed}```")
        else:
            assert printed == shown


def test_the_worked_example_passes_the_tests_that_the_guide_names(
    example: tuple[Path, list[tuple[str, str]]], tmp_path: Path
) -> None:
    """The tests of this repository, run on the example's vocabulary and data."""
    folder, _ = example
    for name in ("ontology", "data", "queries"):
        shutil.copytree(folder / name, tmp_path / name)
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(folder / "tests", tmp_path / "tests", dirs_exist_ok=True)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    wanted = (
        "dueBy or every_own_property or stray or TestTheShapesThemselves or conforms "
        "or few_triples or canonical or blank_nodes"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("tests/validation/test_shapes.py", "tests/content/test_data.py", "-k", wanted),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "skipped" not in done.stdout


def test_the_readme_leads_to_the_guide() -> None:
    assert "docs/model.md" in (ROOT / "README.md").read_text(encoding="utf-8")
