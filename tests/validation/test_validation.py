"""Validation: what is validated against what, what is found, and how it is written down."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import mini_repository as mini
import pytest
from rdflib import RDF, SH, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from amcc_kg import validation
from amcc_kg.publishing import downloads
from amcc_kg.reasoning import closure
from amcc_kg.repository.files import Repository, find
from amcc_kg.syntax.rdflib_bridge import parse
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.validation import Severity
from amcc_kg.validation.shapes import path_nodes, property_paths

if TYPE_CHECKING:
    from amcc_kg.validation import Report

PROJECT = Path(__file__).parent.parent.parent
SHAPES = """
@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:Thing sh:targetClass :C ; a sh:NodeShape ;
    sh:property [ sh:path :name ; sh:minCount 1 ;
        sh:message "Jedes Ding heisst."@de, "Each thing has a name."@en ] ;
    sh:property [ sh:path ( :part [ sh:inversePath :of ] ) ; sh:maxCount 0 ; sh:severity sh:Warning ] ;
    sh:property [ sh:path [ sh:oneOrMorePath :next ] ; sh:maxCount 0 ;
        sh:severity sh:Info ; sh:message "leads on" ] ;
    sh:property :Flag ;
    sh:sparql [ sh:message "{?value} is no flag" ;
        sh:select "SELECT $this ?value { $this <http://e/flag> ?value }" ] .
:Flag a sh:PropertyShape ; sh:path :flag ; sh:datatype xsd:boolean ; sh:message "A flag is true or false." .
"""
DATA = """
@prefix : <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a a :C ; :flag "maybe"^^xsd:boolean ; :part :b ; :next :c .
:c :of :b .
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return mini.build(tmp_path / "fair")


def graph(text: str) -> Graph:
    made = Graph()
    parse(made, text, "turtle", Path("given.ttl"))
    return made


@pytest.fixture
def report() -> Report:
    return validation.validate(graph(DATA), graph(SHAPES))


# ---- findings ----


def test_findings_come_gravest_first_and_name_their_shape(report: Report) -> None:
    assert [(f.severity.value, f.path_text, f.message) for f in report.findings] == [
        ("violation", "", "maybe is no flag"),
        ("violation", "<http://e/flag>", "A flag is true or false."),
        ("violation", "<http://e/name>", "Each thing has a name."),
        ("warning", "<http://e/part>/^<http://e/of>", report.findings[3].message),
        ("info", "<http://e/next>+", "leads on"),
    ]
    assert [str(f.shape) for f in report.findings] == [
        "http://e/Thing",
        "http://e/Flag",
        "http://e/Thing",
        "http://e/Thing",
        "http://e/Thing",
    ]
    assert report.findings[1].component == SH.DatatypeConstraintComponent
    assert report.findings[1].value == Literal(
        "maybe", datatype=URIRef("http://www.w3.org/2001/XMLSchema#boolean"), normalize=False
    )


def test_a_finding_leads_back_to_the_constraint_in_the_shapes_graph() -> None:
    shapes = graph(SHAPES)
    for finding in validation.validate(graph(DATA), shapes).findings:
        assert (finding.source_shape, None, None) in shapes


def test_warnings_do_not_conform_but_pass() -> None:
    data = graph("@prefix : <http://e/> . :a a :C ; :name 'n' ; :next :c .")
    found = validation.validate(data, graph(SHAPES))
    assert (found.conforms, found.passed, found.count(Severity.INFO)) == (False, True, 1)


def test_what_conforms_has_no_findings() -> None:
    found = validation.validate(graph("@prefix : <http://e/> . :a a :C ; :name 'n' ."), graph(SHAPES))
    assert (found.conforms, found.passed, found.findings) == (True, True, ())


def test_the_ontology_says_which_classes_are_below_others() -> None:
    data = graph("@prefix : <http://e/> . :a a :Sub .")
    ontology = graph("@prefix : <http://e/> . :Sub <http://www.w3.org/2000/01/rdf-schema#subClassOf> :C .")
    assert validation.validate(data, graph(SHAPES)).conforms
    assert not validation.validate(data, graph(SHAPES), ontology).conforms


def test_the_given_graphs_are_left_as_they_were() -> None:
    data, shapes, ontology = graph(DATA), graph(SHAPES), graph("<http://e/o> a <http://e/C> .")
    sizes = len(data), len(shapes), len(ontology)
    validation.validate(data, shapes, ontology)
    assert (len(data), len(shapes), len(ontology)) == sizes


@pytest.mark.parametrize("text", ["", "<http://e/s> <http://e/p> 'o' .", "<http://e/S> a sh:NodeShape ."])
def test_shapes_without_a_target_are_refused(text: str) -> None:
    shapes = graph(f"@prefix sh: <http://www.w3.org/ns/shacl#> . {text}")
    with pytest.raises(InputError, match="holds no shape with a target"):
        validation.validate(graph(DATA), shapes)


def test_a_shape_that_is_a_class_targets_itself() -> None:
    shapes = graph(
        """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://e/> .
        :C a sh:NodeShape, <http://www.w3.org/2000/01/rdf-schema#Class> ;
            sh:property [ sh:path :x ; sh:minCount 1 ] ."""
    )
    assert len(validation.validate(graph(DATA), shapes).findings) == 1


def test_a_shape_that_cannot_be_used_is_an_input_error() -> None:
    shapes = graph(
        """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://e/> .
        :S a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :x ; sh:minCount "many" ] ."""
    )
    with pytest.raises(InputError, match="the shapes cannot be used: "):
        validation.validate(graph(DATA), shapes)


# ---- reports ----


def test_the_text_is_readable_and_counts(report: Report) -> None:
    text = validation.render(report, "text")
    assert text.split("\n\n")[1] == (
        "violation: A flag is true or false.\n"
        "  at     <http://e/a>\n"
        "  path   <http://e/flag>\n"
        '  value  "maybe"^^xsd:boolean\n'
        "  rule   sh:DatatypeConstraintComponent of <http://e/Flag>"
    )
    assert text.endswith("\n3 violations, 1 warning, 1 remark\n")
    assert validation.render(validation.Report(()), "text") == "conforms: nothing to report\n"


def test_the_turtle_is_a_standard_report(report: Report) -> None:
    parsed = Graph().parse(data=validation.render(report, "turtle"), format="turtle")
    (root,) = parsed.subjects(RDF.type, SH.ValidationReport)
    assert str(parsed.value(root, SH.conforms)) == "false"
    results = list(parsed.objects(root, SH.result))
    assert len(results) == 5
    for result in results:
        for needed in (
            SH.focusNode,
            SH.resultSeverity,
            SH.sourceConstraintComponent,
            SH.sourceShape,
        ):
            assert len(list(parsed.objects(result, needed))) == 1, needed
        messages = sorted(message.n3() for message in parsed.objects(result, SH.resultMessage))
        # One, or that of the shape in every language that the shape has it in.
        assert len(messages) == 1 or messages == ['"Each thing has a name."@en', '"Jedes Ding heisst."@de']
    assert validation.render(report, "turtle") == validation.render(
        validation.validate(graph(DATA), graph(SHAPES)), "turtle"
    )


def test_the_json_is_as_documented(report: Report) -> None:
    document = json.loads(validation.render(report, "json"))
    assert document["conforms"] is False
    unplaced = ("file", "line", "column", "endLine", "endColumn", "shapeFile", "shapeLine", "hint")
    assert document["findings"][1] == dict.fromkeys(unplaced) | {
        "fingerprint": report.findings[1].identity,
        "quotes": [],
        "details": [],
        "grounds": [],
        "severity": "violation",
        "message": "A flag is true or false.",
        "focusNode": {"type": "uri", "value": "http://e/a"},
        "path": "<http://e/flag>",
        "value": {
            "type": "literal",
            "value": "maybe",
            "datatype": "http://www.w3.org/2001/XMLSchema#boolean",
        },
        "component": "http://www.w3.org/ns/shacl#DatatypeConstraintComponent",
        "shape": "http://e/Flag",
    }


def test_an_unknown_format_is_refused(report: Report) -> None:
    with pytest.raises(InputError, match="did you mean 'turtle'"):
        validation.render(report, "turtel")


@pytest.mark.parametrize(
    "path",
    [
        "<http://e/p>",
        "( <http://e/p> [ sh:inversePath <http://e/q> ] )",
        "[ sh:alternativePath ( <http://e/p> [ sh:zeroOrMorePath ( <http://e/q> <http://e/r> ) ] ) ]",
        "[ sh:zeroOrOnePath [ sh:oneOrMorePath <http://e/p> ] ]",
    ],
)
def test_a_path_survives_reading_and_writing(path: str) -> None:
    source = graph(f"@prefix sh: <http://www.w3.org/ns/shacl#> . <http://e/S> sh:path {path} .")
    node = source.value(URIRef("http://e/S"), SH.path)
    assert node is not None
    written = Graph()
    written.add((URIRef("http://e/S"), SH.path, path_nodes.write(written, path_nodes.read(source, node))))
    assert isomorphic(source, written)


# ---- what is validated against what ----


def test_the_repository_is_validated_with_its_ontology(repository: Repository) -> None:
    assert validation.validate_paths(repository).conforms
    ontology = repository.root / "ontology/amcc.ttl"
    ontology.write_text(
        ontology.read_text(encoding="utf-8").replace("dcterms:license", "dcterms:rights"), encoding="utf-8"
    )
    assert [f.message for f in validation.validate_paths(repository).findings] == ["Name a licence."]


def test_a_named_file_is_validated_with_the_repository_s_shapes(
    repository: Repository, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ttl"
    mini.write(broken, "<event/e> a amcc:Event ; amcc:chairedBy <event/e> .\n")
    found = validation.validate_paths(repository, [broken])
    assert [(f.severity.value, f.message) for f in found.findings] == [
        ("violation", "People chair events."),
        ("warning", "When was it?"),
    ]


def test_a_file_of_the_repository_is_validated_among_the_others(repository: Repository) -> None:
    passage = repository.root / "data/documents/fair/s01.ttl"  # its chair is described in the register
    assert validation.validate_paths(repository, [passage]).conforms
    mini.write(repository.root / "data/register/wrong.ttl", "<event/e> a amcc:Event .\n")
    assert validation.validate_paths(repository, [passage]).conforms
    assert not validation.validate_paths(repository, [passage.parent.parent.parent]).conforms


def test_named_shapes_need_no_repository(tmp_path: Path) -> None:
    data, shapes, ontology = (tmp_path / f"{name}.ttl" for name in ("data", "shapes", "ontology"))
    data.write_text("@prefix : <http://e/> . :a a :Sub .", encoding="utf-8")
    shapes.write_text(SHAPES, encoding="utf-8")
    ontology.write_text(
        "<http://e/Sub> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://e/C> .", encoding="utf-8"
    )
    with pytest.raises(InputError, match="nothing was validated"):  # a verdict on nothing is none
        validation.validate_paths(None, [data], [shapes])
    assert not validation.validate_paths(None, [data], [shapes], [ontology]).conforms


def test_a_folder_stands_for_the_files_in_it(repository: Repository, tmp_path: Path) -> None:
    mini.write(tmp_path / "given/deep/e.ttl", "<event/e> a amcc:Event ; amcc:chairedBy <event/e> .\n")
    assert not validation.validate_paths(repository, [tmp_path / "given"]).passed
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="a folder without RDF files"):
        validation.validate_paths(repository, [tmp_path / "empty"])


def test_named_graphs_are_validated_as_one(repository: Repository, tmp_path: Path) -> None:
    trig = tmp_path / "e.trig"
    trig.write_text(
        mini.HEADER + "<g1> { <event/e> a amcc:Event } <g2> { <event/e> amcc:chairedBy <event/e> }\n",
        encoding="utf-8",
    )
    assert not validation.validate_paths(repository, [trig]).passed


def test_what_cannot_be_read_is_an_input_error(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        validation.validate_paths(repository, [tmp_path / "missing.ttl"])
    bad = tmp_path / "bad.ttl"
    bad.write_text("<a> <b>\n  <c> ;; oops .\n", encoding="utf-8")
    with pytest.raises(PlacedError, match=r"bad\.ttl:2:\d+: "):
        validation.validate_paths(repository, [bad])
    with pytest.raises(InputError, match="holds no shape with a target"):
        mini.write(bad, "<a> <b> <c> .\n")
        validation.validate_paths(repository, [bad], [bad])
    repository.shapes_file.unlink()
    with pytest.raises(InputError, match="the repository has no shapes"):
        validation.validate_paths(repository)


# ---- this project, and plain pyshacl beside it ----

Key = tuple[str, str, str, str]


def plain_pyshacl(data: Path, shapes: Path) -> set[Key]:
    """Run `pyshacl -s SHAPES DATA` and return focus node, path, value and component of each result."""
    command = [sys.executable, "-m", "pyshacl", "-s", str(shapes), "-f", "turtle", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    results = Graph().parse(data=done.stdout, format="turtle")
    keys = set()
    for result in results.subjects(RDF.type, SH.ValidationResult):
        path, value = results.value(result, SH.resultPath), results.value(result, SH.value)
        keys.add(
            (
                str(results.value(result, SH.focusNode)),
                "" if path is None else property_paths.text(path_nodes.read(results, path)),
                "" if value is None else value.n3(),
                str(results.value(result, SH.sourceConstraintComponent)),
            )
        )
    return keys


def ours(report: Report) -> set[Key]:
    return {
        (str(f.focus), f.path_text, "" if f.value is None else f.value.n3(), str(f.component))
        for f in report.findings
    }


def published(repository: Repository, out: Path) -> Path:
    dataset = repository.dataset()
    downloads.write_downloads(dataset, closure.close(dataset), repository, out)
    return out / "amcc-kg.ttl"


@pytest.fixture
def copy(tmp_path: Path) -> Repository:
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(PROJECT / folder, tmp_path / "copy" / folder)
    return Repository(tmp_path / "copy")


def test_this_project_conforms() -> None:
    found = validation.validate_paths(find(PROJECT))
    assert found.passed, validation.render(found, "text")


def test_pyshacl_agrees_on_the_published_turtle(copy: Repository, tmp_path: Path) -> None:
    assert plain_pyshacl(published(copy, tmp_path / "out"), copy.shapes_file) == set()


def test_pyshacl_finds_the_same_in_a_broken_repository(copy: Repository, tmp_path: Path) -> None:
    broken = copy.root / "data/register/broken.ttl"
    mini.write(
        broken,
        "<event/broken> a amcc:Meeting ; amcc:heldOn '2018-04'^^xsd:gYearMonth, '2018-05'^^xsd:gYearMonth ;\n"
        "    amcc:chairdBy <person/nobody> .\n",
    )
    found = ours(validation.validate_paths(copy))
    assert {focus for focus, *_ in found} == {"https://w3id.org/amcc-kg/event/broken"}
    assert len(found) >= 2
    assert plain_pyshacl(published(copy, tmp_path / "out"), copy.shapes_file) == found


def test_a_validation_leaves_everything_written_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    (tmp_path / "data.ttl").write_text(DATA)
    words = [sys.executable, "-m", "amcc_kg", "validate", "--shapes", "shapes.ttl", "data.ttl"]
    done = subprocess.run([*words, "--format", "json"], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, len(json.loads(done.stdout)["findings"]) > 3) == (1, True)
