"""Output that has no room or nowhere to go, input that is closed or not UTF-8: one line of error."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import SOURCE, Amcc

ROOT = Path(__file__).parent.parent.parent


def shell(command: str, cache: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m amcc_kg {command}"],
        cwd=ROOT,
        env={"PYTHONPATH": str(SOURCE), "AMCC_CACHE": str(cache), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="AMCC_DEV_FULL: there is no /dev/full here")
@pytest.mark.parametrize(
    "call", ["query who-chaired", "queries", "--help", "explain event:amcc-3 a amcc:Event"]
)
def test_a_full_disk_is_one_line_of_error(call: str, cache: Path) -> None:
    said = "error: standard output cannot be written: No space left on device\n"
    assert shell(f"{call} > /dev/full", cache) == (2, "", said)


@pytest.mark.parametrize("call", ["query who-chaired", "queries", "shapes", "validate nowhere.ttl >&1"])
def test_closed_output_is_one_line_of_error(call: str, cache: Path) -> None:
    code, out, error = shell(f"{call} >&-", cache)
    assert (code, out, error.count("\n")) == (2, "", 1)
    if "nowhere" not in call:
        assert error == "error: standard output cannot be written: it is closed\n"


def test_where_complaints_cannot_go_nothing_else_gets_them(cache: Path) -> None:
    assert shell("nonsense 2>&-", cache) == (2, "", "")
    assert shell("query who-chaired 2>&-", cache)[1] == shell("query who-chaired", cache)[1] != ""


@pytest.mark.parametrize("call", ["query -", "validate - --syntax turtle --shapes amcc"])
def test_closed_input_is_one_line_of_error(call: str, cache: Path) -> None:
    assert shell(f"{call} <&-", cache) == (2, "", "error: standard input is closed\n")


QUOTE = "https://w3id.org/amcc-kg/ontology#quote"
TEXT = 'SELECT ?s { ?s ?p "Größe" }\n'


@pytest.mark.parametrize(
    ("encoding", "seems"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("latin-1", "Latin-1 or Windows-1252"),
        ("cp1252", "Latin-1 or Windows-1252"),
    ],
)
def test_a_file_in_another_encoding_names_it(amcc: Amcc, encoding: str, seems: str) -> None:
    (amcc.folder / "own.rq").write_bytes(TEXT.encode(encoding))
    said = amcc.fails("query", "own.rq")
    assert said.startswith("own.rq:1:") and said.endswith(f"; it seems to be {seems}: save it as UTF-8")
    (amcc.folder / "own.ttl").write_bytes(TEXT.encode(encoding))
    assert f"it seems to be {seems}" in amcc("validate", "own.ttl", "--shapes", "amcc").stdout
    assert f"it seems to be {seems}" in amcc.fails("serve", "--port", "0", "own.ttl")


def test_a_binary_file_is_said_to_be_one(amcc: Amcc) -> None:
    (amcc.folder / "own.rq").write_bytes(b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe")
    assert amcc.fails("query", "own.rq").endswith("is this a binary file?")


def test_a_text_that_is_a_literal_is_said_to_need_its_quotes(cache: Path) -> None:
    amcc = Amcc(ROOT, cache)
    text = amcc("query", f"SELECT ?t {{ ?e <{QUOTE}> ?t }} ORDER BY ?t LIMIT 1", "--format", "tsv")
    said = amcc.fails("explain", "event:amcc-3", "rdfs:label", "Agree on a thing that is none")
    assert "quotes" not in said
    literal = text.stdout.splitlines()[1]
    said = amcc.fails("explain", "event:amcc-3", "rdfs:label", literal[1 : literal.rindex('"')])
    assert said.endswith(f"as a text it is written with its quotes: {shlex.quote(literal)}")
    called = "the third ASEAN Ministerial Conference on Cybersecurity"
    done = amcc("explain", "event:amcc-3", "rdfs:label", called)
    assert f"As a text it is written with its quotes: '\"{called}\"@en'" in done.stdout.splitlines()


def test_a_lone_empty_cell_is_a_row(cache: Path) -> None:
    amcc = Amcc(ROOT, cache)
    text = 'SELECT ?x { VALUES ?x { "" UNDEF "a" } }'
    assert amcc("query", text, "--format", "csv").stdout == 'x\n""\n""\na\n'
    two = 'SELECT ?x ?y { VALUES (?x ?y) { ("" UNDEF) } }'
    assert amcc("query", two, "--format", "csv").stdout == "x,y\n,\n"
