"""Which files are read as what: folders, packed files, syntaxes told and recognised, shapes from anywhere."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from pathlib import Path

import pytest
from books import BOOKS, SHAPES
from command_line import Amcc
from rdflib import Graph

from amcc_kg.repository import files
from amcc_kg.syntax.recognition import recognize

TYPED = "<x:a> a <x:T> .\n"
JSON = '{"@id": "x:a", "@type": "x:T"}'
XML = (
    '<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">\n'
    '<x:T rdf:about="x:a"/>\n</rdf:RDF>\n'
)
LINE = "<x:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <x:T> .\n"
READ = {
    "a.ttl": TYPED,
    "a.turtle": TYPED,
    "a.n3": TYPED,
    "A.TTL": TYPED,
    "a.trig": f"<x:g> {{ {TYPED} }}",
    "a.nt": LINE,
    "a.nq": LINE,
    "a.rdf": XML,
    "a.xml": XML,
    "xml.owl": XML,
    "turtle.owl": f"# OWL.\n{TYPED}",
    "iri.owl": TYPED,
    "a.jsonld": JSON,
    "a.json": JSON,
    "list.json": f"[{JSON}]",
    "graph.json": '{"@graph": [' + JSON + "]}",
    "context.json": '{"@context": {"T": "x:T"}, "@id": "x:a", "@type": "T"}',
}
NAMED = {
    "a.hdt": ("\x01", "HDT is not read"),
    "a.ofn": ("Ontology()", "OWL's functional syntax is not read"),
    "functional.owl": ("Prefix(:=<x:>)\nOntology(<x:o>)", "OWL's functional syntax is not read"),
    "manchester.owl": ("Prefix: : <x:>\nOntology: <x:o>", "OWL's Manchester syntax is not read"),
    "owx.owl": ('<!-- --><Ontology xmlns="http://www.w3.org/2002/07/owl#"/>', "OWL/XML is not read"),
    "a.ttl.bz2": ("BZh", ".bz2 is not unpacked, only .gz is"),
    "trix.xml": ('<TriX xmlns="http://www.w3.org/2004/03/trix/trix-1/"/>', "TriX is not read"),
}
OTHERS = {
    "package.json": '{"name": "x", "@type": "x"}',
    "deep.json": '{"a": {"@id": "x:a"}}',
    "broken.json": '{"a": ',
    "pom.xml": "<project/>",
    "broken.xml": "<",
    "README.md": "# Read me",
    "notes.txt": TYPED,
}
RULES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
<x:S> sh:targetClass <x:T> ; sh:property [ sh:path <x:p> ; sh:minCount 1 ] .
"""


@pytest.fixture
def cli(tmp_path: Path, cache: Path) -> Amcc:
    (tmp_path / "shapes.ttl").write_text(RULES, encoding="utf-8")
    (tmp_path / "data").mkdir()
    return Amcc(tmp_path, cache)


def _write(folder: Path, contents: dict[str, str]) -> None:
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")


def _reported(text: str) -> set[str]:
    return {row["file"].removeprefix("data/") for row in csv.DictReader(io.StringIO(text))}


CALL = ("validate", "data", "--shapes", "shapes.ttl", "--format", "csv")


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_rdf_is_recognised(tmp_path: Path, name: str, packed: bool) -> None:
    path = tmp_path / (f"{name}.gz" if packed else name)
    content = READ[name].encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    found = recognize(path)
    assert (bool(found.syntax), found.unread) == (True, "")


def test_every_file_of_a_folder_that_looks_like_rdf_is_read_or_named(cli: Amcc) -> None:
    folder = cli.folder / "data"
    _write(folder, READ | {name: content for name, (content, _) in NAMED.items()} | OTHERS)
    (folder / "deep").mkdir()
    (folder / "deep/more.ttl.gz").write_bytes(gzip.compress(TYPED.encode()))
    (folder / "link").symlink_to(folder / "deep")
    # Without the names of nodes in common, each file has its own finding.
    for number, path in enumerate(sorted(file for file in folder.rglob("*") if file.is_file())):
        raw = path.read_bytes()
        plain = gzip.decompress(raw) if path.suffix == ".gz" else raw
        plain = plain.replace(b"x:a", b"x:a%d" % number)
        path.write_bytes(gzip.compress(plain) if path.suffix == ".gz" else plain)
    done = cli(*CALL)
    assert done.returncode == 1
    assert _reported(done.stdout) == {*READ, "deep/more.ttl.gz"}
    told = {f"not read: data/{name}: {reason}" for name, (_, reason) in NAMED.items()}
    said = {line for line in done.stderr.splitlines() if line.startswith("not read: ")}
    assert said == told | {"not read: data/link: a link to a folder"}


def test_a_place_in_a_packed_file_is_that_in_its_text(cli: Amcc) -> None:
    (cli.folder / "data/a.ttl.gz").write_bytes(gzip.compress(f"# packed\n\n{TYPED}".encode()))
    done = cli(*CALL[:-2])
    assert done.stdout.startswith("data/a.ttl.gz:3:1: violation: ")
    (cli.folder / "data/a.ttl.gz").write_bytes(b"not packed")
    assert "data/a.ttl.gz: cannot be unpacked: " in cli.fails(*CALL)
    (cli.folder / "data/a.ttl.gz").write_bytes(gzip.compress(TYPED.encode() * 99)[:-20])
    assert "data/a.ttl.gz: cannot be unpacked: " in cli.fails(*CALL)


def test_what_is_broken_is_an_error_and_not_passed_over(cli: Amcc) -> None:
    _write(cli.folder / "data", {"a.json": '{"@id": "x:a", ', "b.owl": "<?xml version='1.0'?>\n<rdf:RDF>"})
    done = cli(*CALL)
    assert (done.returncode, _reported(done.stdout)) == (2, {"a.json", "b.owl"})


def test_a_folder_with_nothing_that_is_read_says_why(cli: Amcc) -> None:
    _write(cli.folder / "data", {"a.hdt": "", "package.json": "{}"})
    assert cli.fails(*CALL).endswith("; data/a.hdt: HDT is not read")
    assert cli.fails("validate", "data/a.hdt", *CALL[2:]) == "data/a.hdt: HDT is not read"
    assert cli.fails("validate", "data/package.json", *CALL[2:]) == (
        "data/package.json: nothing in it tells that it is RDF; --syntax says what it is"
    )


def test_the_syntax_of_a_file_may_be_told(cli: Amcc) -> None:
    _write(cli.folder / "data", {"a.txt": TYPED, "b.ttl": TYPED.replace("x:a", "x:b"), "c.rdf": READ["a.nt"]})
    one = ("--syntax", "data/a.txt=turtle", "--syntax", "data/c.rdf=ntriples")
    done = cli(*CALL, *one)
    assert (done.returncode, _reported(done.stdout)) == (1, {"a.txt", "b.ttl"})
    standard = cli("validate", "-", *CALL[2:], "--syntax", "-=turtle", stdin=TYPED)
    assert _reported(standard.stdout) == {"<stdin>"}
    assert cli.fails(*CALL, "--syntax", "data/a.txt=turtel").endswith("; did you mean 'turtle'?")
    assert cli.fails(*CALL, "--syntax", "nope.txt=turtle").endswith(": nope.txt: no such file")
    assert "none of those that are read" in cli.fails("validate", "data/b.ttl", *CALL[2:], *one[:2])
    assert "two for the files" in cli.fails(*CALL, "--syntax", "turtle", "--syntax", "nquads")


# ---- where shapes come from ----


@pytest.fixture
def books(tmp_path: Path, cache: Path) -> Amcc:
    (tmp_path / "books.ttl").write_text(BOOKS, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/shapes.ttl").write_text(SHAPES, encoding="utf-8")
    return Amcc(tmp_path, cache)


def test_shapes_may_be_a_folder_or_standard_input(books: Amcc) -> None:
    usual = books("validate", "books.ttl", "--shapes", "rules/shapes.ttl")
    folder = books("validate", "books.ttl", "--shapes", "rules")
    assert (folder.returncode, folder.stdout, folder.stderr) == (1, usual.stdout, "")
    call = ("validate", "books.ttl", "--shapes", "-")
    given = books(*call, "--syntax", "turtle", stdin=SHAPES)
    assert (given.returncode, given.stdout) == (1, usual.stdout)
    assert "standard input needs --syntax" in books.fails(*call, stdin=SHAPES)
    assert "cannot be watched" in books.fails(*call, "--watch", stdin=SHAPES)


def test_shapes_in_the_data_are_used_where_none_are_named(books: Amcc) -> None:
    """SHACL 3.1: data and shapes may be one graph."""
    done = books("validate", ".")
    assert done.returncode == 1
    assert done.stderr == "no shapes are named: those in the data are used\n"
    assert done.stdout.endswith("\n2 violations, 1 warning\n")
    (books.folder / "both.ttl").write_text(BOOKS + SHAPES, encoding="utf-8")
    one = books("validate", "both.ttl")
    assert (one.returncode, one.stdout.count("both.ttl:")) == (1, 3)
    through = books("validate", "-", "--syntax", "turtle", stdin=BOOKS + SHAPES)
    assert (through.returncode, through.stdout.count("<stdin>:")) == (1, 3)


@pytest.mark.parametrize("more", ["", "<x:s> <http://www.w3.org/ns/shacl#path> <x:p> .\n"])
def test_without_any_shapes_some_are_asked_for(books: Amcc, more: str) -> None:
    (books.folder / "plain.ttl").write_text(BOOKS + more, encoding="utf-8")
    assert books.fails("validate", "plain.ttl") == (
        "plain.ttl: there are no shapes in the data to validate against; name some with --shapes FILE, "
        "or with --shapes amcc those of this project"
    )


def test_a_repositorys_shapes_are_for_the_files_in_it(books: Amcc) -> None:
    """From wherever they are called by, and for no others."""
    content = files.installed()
    assert content is not None
    repository = books.folder / "repository"
    for name in ("ontology", "data", "queries"):
        shutil.copytree(content.root / name, repository / name)
    wrong = repository / "data/register/wrong.ttl"
    wrong.write_text("@prefix org: <http://www.w3.org/ns/org#> .\n<x:a> a org:Nope .\n", encoding="utf-8")
    done = books("validate", "repository/data/register/wrong.ttl")
    assert (done.returncode, "wrong.ttl:2:9" in done.stdout) == (1, True)
    within = Amcc(repository, Path(books.environment["AMCC_CACHE"]))
    assert "there are no shapes in the data" in within.fails("validate", "../books.ttl")
    assert "no shapes" not in within("validate", "../books.ttl", "--repo", ".").stderr


def test_both_syntaxes_with_files_of_their_own_say_the_same(books: Amcc) -> None:
    graph = Graph().parse(books.folder / "books.ttl")
    graph.serialize(books.folder / "books.owl", format="xml")
    graph.serialize(books.folder / "books.json", format="json-ld")
    for name in ("books.owl", "books.json"):
        done = books("validate", name, "--shapes", "rules/shapes.ttl", "--format", "csv")
        assert (done.returncode, done.stdout.count("\n")) == (1, 4)
