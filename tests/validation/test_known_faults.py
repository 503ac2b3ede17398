"""What is known to be wrong with pyshacl: that it still is, and that comparing the engines tells of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import Amcc
from test_constraints import HEADER, graphs

from amcc_kg.terms.errors import EngineError, InputError
from amcc_kg.validation.engine import engines
from amcc_kg.validation.engine.known_faults import FAULTS, Fault
from amcc_kg.validation.verdict import evaluate


def example(fault: Fault) -> tuple[str, str]:
    return f":a {fault.data} .", f":S sh:targetNode :a ; sh:property [ {fault.shape} ] ."


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.clause}-{fault.parameters[0]}")
def test_a_fault_is_one_still_and_explains_the_difference(fault: Fault) -> None:
    assert len(evaluate(*graphs(*example(fault))).findings) == fault.results
    try:
        theirs = len(evaluate(*graphs(*example(fault)), engine="pyshacl").findings)
    except InputError:
        theirs = -1
    assert theirs != fault.results, "pyshacl has mended it: take it out of the list"
    both = evaluate(*graphs(*example(fault)), engine="both")
    assert len(both.findings) == fault.results
    (notice,) = [notice for notice in both.notices if notice.kind == "uncompared"]
    assert notice.message.endswith(
        f" not compared: pyshacl {fault.words} (SHACL section {fault.clause})."
    ) or notice.message.startswith("The shape is not compared: pyshacl gives up")


@pytest.mark.parametrize(
    "around", ["sh:or ( [ {} ] )", "sh:not [ sh:not [ {} ] ]", "sh:node [ sh:property [ {} ] ]"]
)
def test_a_fault_explains_what_the_shapes_around_it_find(around: str) -> None:
    inner = "sh:path :p ; sh:datatype xsd:integer" if "property" in around else "sh:datatype xsd:integer"
    path = "sh:path :q" if "property" in around else "sh:path :p"
    shapes = f":S sh:targetNode :a ; sh:property [ {path} ; {around.format(inner)} ] ."
    both = evaluate(*graphs(":a :p '1_000'^^xsd:integer ; :q :a .", shapes), engine="both")
    assert len(both.findings) == 1
    assert [notice.kind for notice in both.notices if notice.kind == "uncompared"]


def test_what_no_fault_touches_is_compared_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = ":a :p '1_000'^^xsd:integer , 5 ; :q 1 , 2 ."
    shapes = (
        ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:datatype xsd:integer ] ,"
        " [ sh:path :q ; sh:maxCount 1 ] ."
    )
    assert len(evaluate(*graphs(data, shapes), engine="both").findings) == 2
    monkeypatch.setattr(engines, "_reference", lambda *_: [])
    with pytest.raises(EngineError, match=r"only the default engine: <http://e/a> <http://e/q> MaxCount"):
        evaluate(*graphs(data, shapes), engine="both")


def test_the_command_line_tells_what_is_not_compared_and_goes_on(tmp_path: Path, cache: Path) -> None:
    data, shapes = example(FAULTS[1])
    tmp_path.joinpath("data.ttl").write_text(HEADER + data, encoding="utf-8")
    tmp_path.joinpath("shapes.ttl").write_text(HEADER + shapes, encoding="utf-8")
    done = Amcc(tmp_path, cache)("validate", "data.ttl", "--shapes", "shapes.ttl", "--engine", "both")
    assert done.returncode == 1
    assert re.search(
        r"shapes\.ttl:\d+:\d+: info: Of the shape 1 result is not compared: pyshacl takes for well-formed",
        done.stderr,
    )
