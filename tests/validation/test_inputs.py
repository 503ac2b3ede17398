"""What is validated against what: whose findings are reported, and when a verdict is none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mini_repository as mini
import pytest

from amcc_kg.__main__ import main
from amcc_kg.repository.files import Repository

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
NO_TARGET = "no target of the repository's shapes matches a node of the data"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    found = mini.build(tmp_path / "fair")
    monkeypatch.chdir(found.root)
    return found


def run(*words: str) -> int:
    return main(["validate", *words])


# ---- a file of the repository by its name ----


def test_what_is_wrong_with_a_blank_node_is_found_whether_or_not_its_file_is_named(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    mini.write(repository.root / "data/register/zz.ttl", "[] a amcc:Event ; amcc:chairedBy <person/ana> .\n")
    assert run() == 1
    everything = capsys.readouterr().out
    assert "When was it?" in everything
    assert run("data/register/zz.ttl") == 1
    assert capsys.readouterr().out == everything


def test_a_blank_node_of_a_named_file_is_not_taken_for_one_of_another_file(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    mini.write(repository.root / "data/register/aa.ttl", "[] a amcc:Event ; amcc:chairedBy <person/ana> .\n")
    good = "<event/good> a amcc:Event ; amcc:heldOn '2020'^^xsd:gYear ; amcc:chairedBy <person/ana> , []"
    mini.write(repository.root / "data/register/zz.ttl", f"{good} .\n[] a amcc:Person .\n")
    assert run("data/register/zz.ttl") == 1
    found = capsys.readouterr().out
    assert "data/register/zz.ttl" in found
    assert "aa.ttl" not in found
    assert "1 violation\n" in found


def test_a_named_file_that_the_repository_does_not_read_is_validated_all_the_same(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    # A query of the repository is no data; a file of such a suffix would otherwise pass unread.
    path = repository.root / "data/register/more.nt"
    base = "https://w3id.org/amcc-kg/"
    path.write_text(f"<{base}event/e> <{TYPE}> <{base}ontology#Event> .\n", encoding="utf-8")
    assert run("data/register/more.nt") == 1
    assert "data/register/more.nt:1" in capsys.readouterr().out


def test_the_ontology_s_own_shapes_see_a_file_of_the_ontology_once(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repository.root / "ontology/amcc.ttl"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[] a amcc:Event .\n", encoding="utf-8")
    assert run("ontology/amcc.ttl") == 1
    assert "1 warning\n" in capsys.readouterr().out


# ---- a verdict on nothing ----


@pytest.mark.parametrize("strict", [[], ["--strict"]], ids=["leniently", "strictly"])
@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("untyped.ttl", '<http://x/a> <http://x/b> "c" .', NO_TARGET),
        ("data/register/untyped.ttl", '<http://x/a> <http://x/b> "c" .', NO_TARGET),
        ("empty.ttl", "# nothing\n", "the data graph is empty"),
        # That an individual is mentioned does not put it to the test.
        ("mention.ttl", "<http://x/a> <http://x/b> <https://w3id.org/amcc-kg/event/known> .", NO_TARGET),
    ],
)
def test_a_file_that_no_shape_looks_at_does_not_conform(
    path: str,
    content: str,
    reason: str,
    strict: list[str],
    repository: Repository,
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = "<event/known> a amcc:Event ; amcc:heldOn '2020'^^xsd:gYear ."
    mini.write(repository.root / "ontology/known.ttl", known)
    Path(path).write_text(content, encoding="utf-8")
    assert run(path, *strict) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"error: {path}: {reason}; nothing w")


@pytest.mark.parametrize("strict", [[], ["--strict"]], ids=["leniently", "strictly"])
def test_an_ontology_beside_the_data_is_not_what_is_asked_about(
    strict: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shapes.ttl").write_text(f"{HEADER} :S sh:targetClass :C ; sh:nodeKind sh:IRI .")
    Path("ontology.ttl").write_text(f"{HEADER} :known a :C . :D a owl:Class .")
    Path("data.ttl").write_text(f"{HEADER} :a :b :known .")
    words = ["--shapes", "shapes.ttl", "--ontology", "ontology.ttl", "data.ttl", *strict]
    assert run(*words) == 2
    assert "nothing was validated" in capsys.readouterr().err
    Path("data.ttl").write_text(f"{HEADER} :a a :C .")
    assert run(*words) == 0


def test_a_value_of_the_data_s_own_property_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shapes.ttl").write_text(f"{HEADER} :S sh:targetObjectsOf :b ; sh:nodeKind sh:IRI .")
    Path("ontology.ttl").write_text(f"{HEADER} :known a :C .")
    Path("data.ttl").write_text(f"{HEADER} :a :b :known .")
    assert run("--shapes", "shapes.ttl", "--ontology", "ontology.ttl", "data.ttl") == 0


def test_what_the_ontology_s_shapes_look_at_need_not_concern_the_others(repository: Repository) -> None:
    Path("terms.ttl").write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "<http://x/o> a owl:Ontology ; dcterms:license <http://x/l> ."
    )
    assert run("terms.ttl") == 0


# ---- what is reported of a value ----


@pytest.mark.parametrize("written", ["'x'@en-GB", '"""x"""@EN-gb', "'x'@en-gb"])
def test_a_language_tag_is_reported_as_it_is_written(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shapes.ttl").write_text(f"{HEADER} :S sh:targetSubjectsOf :b ; sh:path :b ; sh:nodeKind sh:IRI .")
    Path("data.ttl").write_text(f"{HEADER} :a :b {written} .")
    words = ["--shapes", "shapes.ttl", "data.ttl", "--format", "json", "--format", "turtle=out.ttl"]
    assert run(*words) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    tag = written.rpartition("@")[2]
    assert finding["value"] == {"type": "literal", "value": "x", "xml:lang": tag}
    assert f'"x"@{tag}' in Path("out.ttl").read_text()
    # How a tag is written makes no other finding of it.
    Path("data.ttl").write_text(f"{HEADER} :a :b 'x'@en-gb .")
    run(*words)
    (other,) = json.loads(capsys.readouterr().out)["findings"]
    assert other["fingerprint"] == finding["fingerprint"]


# ---- what is said of a repository's own shapes ----


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ("sh:minCuont 1", "sh:minCuont is no term of SHACL, and is ignored; did you mean 'sh:minCount'?"),
        ("sh:memberShape amcc:T", "sh:memberShape is not evaluated"),
        ("sh:node amcc:Undescribed", "sh:node names amcc:Undescribed"),
    ],
)
def test_a_slip_in_the_repository_s_own_shapes_is_said(
    slip: str, message: str, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    text = repository.shapes_file.read_text(encoding="utf-8")
    repository.shapes_file.write_text(text.replace("a sh:NodeShape ;", f"a sh:NodeShape ; {slip} ;", 1))
    run()
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("ontology/shapes.ttl:")


def test_that_the_repository_s_shapes_ask_for_more_than_it_has_is_not_said(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    text = repository.shapes_file.read_text(encoding="utf-8")
    repository.shapes_file.write_text(text + "<#T> a sh:NodeShape ; sh:targetClass amcc:Nowhere .\n")
    assert run() == 0
    literals = "data/documents/fair/s01.ttl:14:18, data/documents/fair/s01.ttl:16:19"
    assert capsys.readouterr().err == f"2 literals are kept in another form than written: {literals}\n"


# ---- the file system is asked once ----

COUNTED = """
import collections, os, sys, time
from amcc_kg.__main__ import main
asked = collections.Counter()
kinds = {"open": "open", "os.listdir": "list", "os.scandir": "list"}
here = os.getcwd() + os.sep
def note(event, arguments):
    if event in kinds and not isinstance(arguments[0], int):
        path = os.path.abspath(os.fsdecode(arguments[0] or "."))
        if path.startswith(here):
            asked[kinds[event], path] += 1
def stop(_):
    raise KeyboardInterrupt
sys.addaudithook(note)
time.sleep = stop
main(["validate", *sys.argv[1:]])
most = {kind: max([n for (k, _), n in asked.items() if k == kind], default=0) for kind in ("open", "list")}
print(most["open"], most["list"], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        (1, ()),
        (1, ("--watch",)),
        # A folder that is named may hold what the repository does not read, and is listed for itself.
        (2, ("data",)),
        (2, ("data/documents", "--baseline", "known.json", "--write-baseline")),
        (2, ("ontology",)),
        (0, ("ontology/amcc.ttl", "--shapes", "ontology/shapes.ttl")),
        (1, ("--shapes", "ontology/shapes.ttl", "--watch")),
        (0, ("bad.ttl", "bad.rdf", "--shapes", "ontology/shapes.ttl")),
    ],
)
def test_every_file_is_opened_once_and_every_folder_listed_once(
    repository: Repository, listed: int, words: tuple[str, ...]
) -> None:
    (repository.root / "bad.ttl").write_bytes(b"<urn:a> <urn:b> \xff .")
    (repository.root / "bad.rdf").write_text("<rdf", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, *words], capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == f"1 {listed}", done.stderr
