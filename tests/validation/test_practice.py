"""Shapes in the manner of those that people work with, on data of which each mistake is known.

`tests/practice/` has a folder for each manner: `catalogue` is written as profiles of DCAT are (a property
shape for each thing said, several files, lists of codes), `procurement` as shapes that are made of a model (a
node shape for each class, a named property shape for each property), `observables` as ontologies whose
classes are shapes. Behind `#!` in the data stand the constraints that fail at that place.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from rdflib import Graph

from amcc_kg.validation.findings.report import Report
from amcc_kg.validation.inputs.check import Manner, check
from amcc_kg.validation.inputs.files import Inputs, resolve

PRACTICE = Path(__file__).parent.parent / "practice"
MANNERS = sorted(path.name for path in PRACTICE.iterdir())
# How many triples of shapes have those that are published: DCAT-AP 3.0.1, ePO's core, UCO.
SIZES = {"catalogue": 1_874, "procurement": 6_308, "observables": 13_482}
# Hosts, but for those whose terms mean the same in every copy.
HOST = re.compile(r"http://(?!www\.w3\.org/(?:ns/shacl|1999/|2000/|2001/|2002/07/))")


def inputs(folder: Path, manner: str, number: int = 1) -> Inputs:
    """The data and shapes of a manner; or so many copies of them, which have no term in common."""
    source = PRACTICE / manner
    for path in source.rglob("*.ttl"):
        text = path.read_text(encoding="utf-8")
        for copy in range(number):
            target = folder / str(copy) / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(HOST.sub(f"http://copy{copy}.", text), encoding="utf-8")
    shapes = sorted(folder.glob("*/shapes"))
    # Where classes are shapes, the shapes hold the classes.
    ontology = sorted(folder.glob("*/shapes/*.ttl" if manner == "observables" else "*/context.ttl"))
    return resolve(None, sorted(folder.glob("*/data.ttl")), shapes, ontology)


def known(manner: str) -> Counter[tuple[int, str]]:
    """The constraints that fail, by their lines; with their severity unless it is a violation."""
    lines = (PRACTICE / manner / "data.ttl").read_text(encoding="utf-8").splitlines()
    return Counter(
        (number, failing.strip())
        for number, line in enumerate(lines, 1)
        if not line.startswith("#") and "#!" in line
        for failing in line.partition("#!")[2].split(",")
    )


def found(report: Report) -> Counter[tuple[int, str]]:
    return Counter(
        (f.line or 0, f"{f.severity} {f.component_name}".removeprefix("violation ")) for f in report.findings
    )


def results(report: Report) -> Counter[tuple[object, ...]]:
    """What the standard says of each result, the same for every engine."""
    return Counter(
        (f.focus_key, f.path_text, f.value_key, f.component_key, f.shape_key, f.severity)
        for f in report.findings
    )


@pytest.mark.parametrize("manner", MANNERS)
def test_each_mistake_is_found_where_it_stands_and_nothing_else(manner: str, tmp_path: Path) -> None:
    report = check(inputs(tmp_path, manner))
    assert found(report) == known(manner)
    assert len({f.component_key for f in report.findings}) > 10
    assert not [notice for notice in report.notices if notice.kind == "left-to-pyshacl"]


@pytest.mark.parametrize("manner", MANNERS)
def test_pyshacl_finds_the_same(manner: str, tmp_path: Path) -> None:
    files = inputs(tmp_path, manner)
    assert results(check(files)) == results(check(files, Manner("pyshacl")))
    assert not [n for n in check(files, Manner("both")).notices if n.kind == "uncompared"]


@pytest.mark.parametrize("manner", MANNERS)
def test_as_many_shapes_as_are_published_take_seconds(manner: str, tmp_path: Path) -> None:
    size = sum(len(Graph().parse(path)) for path in (PRACTICE / manner / "shapes").iterdir())
    copies = -(-SIZES[manner] // size)
    files = inputs(tmp_path, manner, copies)
    begun = time.monotonic()
    report = check(files)
    taken = time.monotonic() - begun
    assert found(report) == Counter({place: number * copies for place, number in known(manner).items()})
    assert taken < 20, f"{taken:.1f} s"
