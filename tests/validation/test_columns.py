"""The default engine: the same results as pyshacl, on random shapes and data, and what it does by itself."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
import shacl_random
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph
from turtle_files import data_files

from amcc_kg.repository.files import Repository
from amcc_kg.syntax.reading import Terms, load, parse
from amcc_kg.terms.errors import EngineError, InputError
from amcc_kg.validation import verdict
from amcc_kg.validation.components.reader import read as read_shapes
from amcc_kg.validation.engine import engines, reference
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.engines import results
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.shapes import path_nodes, property_paths
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

PROJECT = Path(__file__).parent.parent.parent
REPOSITORY = Repository(PROJECT)
BROKEN = sorted((PROJECT / "tests/broken").rglob("*.ttl"))
HEADER = shacl_random.HEADER


def read(data: str, shapes: str) -> tuple[Data, ShapesGraph]:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    source = parse(HEADER + data, terms=terms, scope="f0")
    assert not source.problems, (source.problems, data)
    whole.add(source.s, source.p, source.o)
    source = parse(HEADER + shapes, terms=terms, scope="s0")
    assert not source.problems, (source.problems, shapes)
    asked.add(source.s, source.p, source.o)
    return whole, asked


def read_files(data: list[Path], shapes: Path) -> tuple[Data, ShapesGraph]:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    for number, path in enumerate(data):
        source = load(path, terms, f"f{number}")
        whole.add(source.s, source.p, source.o)
    source = load(shapes, terms, "s0")
    asked.add(source.s, source.p, source.o)
    return whole, asked


def identities(found: list[Result], data: Data) -> Counter[object]:
    return Counter(result.identity(data.terms.keys) for result in found)


def agreed(data: Data, shapes: ShapesGraph) -> Counter[object]:
    """The results of both engines, which are the same."""
    theirs = identities(reference.results(data, shapes), data)
    assert identities(results(data, read_shapes(shapes), "columns"), data) == theirs
    return theirs


# ---- the verdicts of a peer ----


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**40))
def test_both_engines_find_the_same_but_for_known_faults(seed: int) -> None:
    made = shacl_random.Maker(seed)
    data, shapes = read(made.data(), made.shapes())
    with suppress(InputError):  # a query that rdflib does not parse
        results(data, read_shapes(shapes), "both", given_up={})


@pytest.mark.parametrize("path", BROKEN, ids=lambda p: p.stem)
def test_broken_example_is_found(path: Path) -> None:
    found = []
    for data, shapes in (
        ([path, *REPOSITORY.ontology_files], REPOSITORY.shapes_file),
        ([path], REPOSITORY.ontology_shapes_file),
    ):
        whole, asked = read_files(data, shapes)
        ready = read_shapes(asked)
        assert not [shape for shape in ready if ready.unread(shape)]
        found += [(whole.terms.keys[r.shape], r.component) for r in results(whole, ready, "columns")]
    ((shape, component),) = found
    name, parameter = path.stem.rsplit(".", 1)
    assert shape.endswith(f"#{name}>")
    assert component.removesuffix("ConstraintComponent>").lower().endswith(f"#{parameter}".lower())


def test_both_engines_agree_on_this_repository() -> None:
    data, shapes = read_files([*data_files(REPOSITORY), *REPOSITORY.ontology_files], REPOSITORY.shapes_file)
    assert evaluate(data, shapes, engine="columns").passed
    # pyshacl takes a minute for the whole; the ontology's own shapes exercise the same way.
    data, shapes = read_files(REPOSITORY.ontology_files, REPOSITORY.ontology_shapes_file)
    assert evaluate(data, shapes, engine="both").passed


def test_repeated_results_are_repeated() -> None:
    # :v is a value of two focus nodes, so what is wrong with it is found twice (SHACL section 4.7.2).
    data, shapes = read(
        ":a :p :v . :b :p :v .",
        ":S sh:targetSubjectsOf :p ; sh:path :p ; sh:property [ sh:path :q ; sh:minCount 1 ] .",
    )
    assert sorted(agreed(data, shapes).values()) == [2]


def test_literals_are_told_apart_by_their_form() -> None:
    data, shapes = read(":a :p 1 , '01'^^xsd:integer .", ":S sh:targetNode :a ; sh:path :p ; sh:maxCount 1 .")
    assert len(agreed(data, shapes)) == 1
    data, shapes = read(":a :p 'x' , 'x'^^xsd:string .", ":S sh:targetNode :a ; sh:path :p ; sh:maxCount 1 .")
    assert not evaluate(data, shapes).findings


@pytest.mark.parametrize("component", ["lessThan", "lessThanOrEquals"])
def test_what_cannot_be_ordered_is_at_fault_and_hides_nothing_else(component: str) -> None:
    data, shapes = read(
        ":b :start [] ; :end 2 . :c :start 5 ; :end 2 . :d :start 1 ; :end 2 . :e :start 1 ; :end [] .",
        f":S sh:targetSubjectsOf :end ; sh:property [ sh:path :start ; sh:{component} :end ] .",
    )
    found = evaluate(data, shapes).findings
    assert sorted(finding.focus_key for finding in found) == ["<http://e/b>", "<http://e/c>", "<http://e/e>"]
    with pytest.raises(InputError, match=r"pyshacl gives up on these shapes and data: .*BlankNode"):
        evaluate(data, shapes, engine="pyshacl")
    both = evaluate(data, shapes, engine="both")
    assert both.findings == found
    (notice,) = [notice for notice in both.notices if notice.kind == "uncompared"]
    assert re.match(r"The shape is not compared: pyshacl gives up .*BlankNode", notice.message)


def test_where_pyshacl_stops_what_other_shapes_find_is_reported_all_the_same() -> None:
    loop = ":R sh:targetSubjectsOf :end ; sh:node :R ; sh:property [ sh:path :start ; sh:lessThan :end ] ."
    data, shapes = read(
        ":b :start [] ; :end 2 . :c :end 'x' .",
        f"{loop} :S sh:targetSubjectsOf :end ; sh:path :end ; sh:datatype xsd:integer .",
    )
    found = evaluate(data, shapes)
    assert [finding.focus_key for finding in found.findings] == ["<http://e/c>"]
    (notice,) = [notice for notice in found.notices if notice.kind == "given-up"]
    assert notice.shape_key == "<http://e/R>"
    assert notice.message.startswith(
        "The shape is not evaluated: pyshacl gives up on these shapes and data: "
    )
    # With nothing else to report, that would be no verdict.
    data, shapes = read(":b :start [] ; :end 2 .", loop)
    with pytest.raises(InputError, match="pyshacl gives up"):
        evaluate(data, shapes)


def test_pyshacl_says_nothing_by_itself(capfd: pytest.CaptureFixture[str]) -> None:
    data, shapes = read(":a :p 1 .", ":S sh:targetSubjectsOf :p ; sh:path :p ; sh:minCount -1 .")
    with pytest.raises(InputError):
        reference.results(data, shapes)
    assert capfd.readouterr() == ("", "")


# ---- its own messages ----


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (
            "sh:not [ sh:class :C ]",
            "The value conforms to a shape (each value is an instance of <http://e/C>), and must not.",
        ),
        ("sh:not :T", "The value conforms to <http://e/T>, and must not."),
        (
            "sh:node [ sh:class :D ]",
            "The value does not conform to a shape (each value is an instance of <http://e/D>).",
        ),
        (
            "sh:or ( [ sh:class :D ] [ sh:property [ sh:path :q ; sh:minCount 1 ] ] )",
            "The value conforms to none of a shape (each value is an instance of <http://e/D>), "
            "a shape (<http://e/q>: at least 1 of it).",
        ),
        ("sh:in ( 'en' 'de' 'cy' )", 'The value is not one of "en", "de", "cy".'),
        ("sh:languageIn ( 'en-GB' 'de' )", "The value is not a text in one of the languages en-GB, de."),
    ],
)
def test_a_message_names_what_is_asked_in_the_words_and_the_order_of_the_shape(
    constraint: str, message: str
) -> None:
    data, shapes = read(":a a :C .", f":S sh:targetClass :C ; {constraint} . :T sh:class :C .")
    (finding,) = evaluate(data, shapes).findings
    assert finding.message == message


# ---- what it leaves to the reference ----


@pytest.mark.parametrize(
    ("constraint", "why"),
    [
        ("sh:node :S", "a shape that leads to itself"),
        ("sh:sparql [ sh:select 'SELECT $this { ?x <:p>* ?y . $this ?p ?o }' ]", "a path that may"),
    ],
)
def test_what_is_not_read_is_left_to_the_reference_and_not_skipped(constraint: str, why: str) -> None:
    data, shapes = read(":a :p :b . :b :q :c .", f":S sh:targetNode :a , :b ; {constraint} .")
    ready = read_shapes(shapes)
    (shape,) = (shape for shape in ready if shape.targets)
    assert re.match(why, ready.unread(shape) or "")
    agreed(data, shapes)
    assert any(notice.kind == "left-to-pyshacl" for notice in evaluate(data, shapes).notices)


def test_an_engine_that_differs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    data, shapes = read(":a :p 1 .", ":S sh:targetSubjectsOf :p ; sh:path :p ; sh:maxCount 0 .")
    assert len(evaluate(data, shapes, engine="both").findings) == 1
    monkeypatch.setattr(reference, "results", lambda *_: [])
    with pytest.raises(EngineError, match=r"only the default engine: <http://e/a> .* MaxCount"):
        evaluate(data, shapes, engine="both")


def test_an_unknown_engine_is_refused() -> None:
    data, shapes = read(":a :p 1 .", ":S sh:targetSubjectsOf :p .")
    with pytest.raises(InputError, match="did you mean 'columns'"):
        evaluate(data, shapes, engine="column")


# ---- how it is done ----


def test_several_processes_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = shacl_random.Maker(7)
    texts = (
        made.data(),
        made.shapes()
        + (
            ':V sh:targetSubjectsOf :p ; sh:sparql [ sh:select """SELECT $this (COUNT(?v) AS ?value)'
            ' { $this <http://e/p> ?v } GROUP BY $this""" ] .'
        ),
    )
    data, shapes = read(*texts)
    alone = identities(results(data, read_shapes(shapes), "columns"), data)
    monkeypatch.setattr(engines, "LEAST_ROWS", 0)
    data, shapes = read(*texts)
    together = identities(results(data, read_shapes(shapes), "columns", jobs=3), data)
    assert (together, len(together) > 3) == (alone, True)


def test_a_process_that_ends_early_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    data, shapes = read(":a :p 1 .", ":S sh:targetSubjectsOf :p . :T sh:targetSubjectsOf :p .")
    monkeypatch.setattr(engines, "LEAST_ROWS", 0)
    monkeypatch.setattr(pickle, "dumps", lambda *_: sys.exit(3))
    with pytest.raises(EngineError, match="ended before its work was done"):
        evaluate(data, shapes, jobs=2)


def test_a_file_is_validated_without_rdflib_or_pyshacl(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from amcc_kg.syntax.reading import Terms, load\n"
        "from amcc_kg.validation.engine.data import Data; from amcc_kg.validation.verdict import evaluate\n"
        "from amcc_kg.validation.shapes.shapes_graph import ShapesGraph\n"
        "terms = Terms(); data = Data(terms); shapes = ShapesGraph(terms)\n"
        "source = load(Path('ontology/amcc.ttl'), terms); data.add(source.s, source.p, source.o)\n"
        "source = load(Path('ontology/shapes.ttl'), terms, 's0'); shapes.add(source.s, source.p, source.o)\n"
        "print(evaluate(data, shapes).passed, {'rdflib', 'pyshacl', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=PROJECT, check=True
    )
    assert done.stdout == "True set()\n"


def test_graphs_of_rdflib_s_are_validated_too() -> None:
    data = Graph().parse(data=HEADER + ":a :p [ :q 'x' ] .", format="turtle")
    shapes = Graph().parse(
        data=HEADER + ":S sh:targetObjectsOf :p ; sh:property [ sh:path :q ; sh:datatype xsd:integer ] .",
        format="turtle",
    )
    (finding,) = verdict.validate(data, shapes).findings
    assert (finding.focus, None, finding.value) in data
    assert (finding.source_shape, None, None) in shapes
    assert str(finding.shape) == "http://e/S"


@pytest.mark.parametrize(
    "path",
    [
        ":p",
        "( :p [ sh:inversePath :q ] )",
        "[ sh:alternativePath ( :p [ sh:zeroOrMorePath ( :q :r ) ] ) ]",
        "[ sh:zeroOrOnePath [ sh:oneOrMorePath :p ] ]",
    ],
)
def test_a_path_is_the_same_in_all_its_forms(path: str) -> None:
    _, shapes = read("", f":S sh:path {path} .")
    (node,) = (value for _, value in shapes.pairs("<http://www.w3.org/ns/shacl#path>"))
    read_path = property_paths.read(shapes, node)
    graph = Graph()
    assert path_nodes.read(graph, path_nodes.write(graph, read_path)) == read_path
    as_rdflib = property_paths.to_rdflib(read_path)
    assert property_paths.text(read_path) == as_rdflib.n3()
