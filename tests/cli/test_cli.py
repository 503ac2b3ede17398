"""The command line as users meet it: in processes of their own, output and exit codes as promised."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
import typer
from command_line import Amcc

from amcc_kg.cli import app, choices, direct
from amcc_kg.cli import serve_direct as serving
from amcc_kg.cli.explain import Call as ExplainCall
from amcc_kg.cli.query import Call
from amcc_kg.explain import explanation
from amcc_kg.graph import formats
from amcc_kg.serving.config import Config

COMMAND = typer.main.get_command(app.application(list(app.VERBS)))
VERBS: dict[str, Any] = COMMAND.commands


def options_of(verb: str) -> set[str]:
    return {name for p in VERBS[verb].params for name in p.opts if name.startswith("-")} - {"--help", "-h"}


@pytest.mark.parametrize("verb", [*app.VERBS, ""])
def test_every_command_and_option_has_help_and_an_example(verb: str) -> None:
    command = VERBS[verb] if verb else COMMAND
    assert "Example: amcc " in command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{verb} {parameter.name} has no help"


def test_the_quick_reader_knows_the_options_of_the_full_one() -> None:
    assert set(direct.VALUED) | set(direct.FLAGS) == options_of("query")
    assert set(direct.EXPLAIN_VALUED) | set(direct.EXPLAIN_FLAGS) == options_of("explain")
    assert {*serving.REPEATED, *serving.VALUED, *serving.FLAGS} == options_of("serve")
    assert [format.value for format in choices.AnswerFormat] == list(formats.FORMATS)
    assert [format.value for format in choices.ProofFormat] == list(explanation.FORMATS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "x"],
        ["query", "x", "-p", "a=b", "--parameter", "c=d", "--parameter=e=f", "--limit", "3", "--format=csv"],
        ["query", "--no-inference", "-", "--timeout", "1.5", "--endpoint", "http://e/", "--output", "f"],
    ],
)
def test_both_readers_understand_the_same(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Call] = []
    monkeypatch.setattr("amcc_kg.cli.query.answer", calls.append)
    assert app.run(arguments) == 0
    assert calls == [direct.read(arguments)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "s", "a", "o"],
        ["explain", "--all", "s", "p", "--bound", "7", "--format=json", "o", "--output", "f"],
    ],
)
def test_both_readers_understand_the_same_triple(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[ExplainCall] = []
    monkeypatch.setattr("amcc_kg.cli.explain.answer", calls.append)
    assert app.run(arguments) == 0
    assert calls == [direct.read_explain(arguments)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["serve", "a.ttl", "--port=0", "b.nq", "-q", "--host", "::1", "--base", "https://example.org/kg"],
        [
            "serve",
            "--timeout",
            "2.5",
            "--workers",
            "3",
            "--memory=64",
            "--max-rows",
            "9",
            "--max-bytes",
            "1000",
        ],
        ["serve", "--watch", "--quiet", "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy=::1/128"],
        ["serve", "--timeout", "86400", "--memory", "1048576"],
        ["serve", "--timeout", "0.001", "--memory", "16"],
    ],
)
def test_both_readers_understand_the_same_server(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[Config] = []
    monkeypatch.setattr("amcc_kg.serving.start.run", configs.append)
    assert app.run(arguments) == 0
    assert configs == [serving.read(arguments)]


@pytest.mark.parametrize(
    "rest",
    [
        ["--port", "x"],
        ["--port", "65536"],
        ["--port", "1", "--port", "2"],
        ["--port"],
        ["--workers", "0"],
        ["--memory", "٦٤"],
        ["--timeout", "0"],
        ["--timeout", "inf"],
        ["--timeout", "nan"],
        ["--timeout", "86400.1"],
        ["--memory", "1048577"],
        ["--max-bytes", "999"],
        ["--help"],
        ["--quite"],
        ["--watch=yes"],
    ],
)
def test_an_unusual_server_is_left_to_the_full_reader(rest: list[str]) -> None:
    assert serving.read(["serve", *rest]) is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--timeout", "nan"),
        ("--timeout", "inf"),
        ("--timeout", "-inf"),
        ("--timeout", "86400.1"),
        ("--memory", "1048577"),
        ("--memory", "99999999999999999"),
    ],
)
def test_a_limit_that_no_server_can_hold_is_refused(amcc: Amcc, option: str, value: str) -> None:
    complaint = amcc.fails("serve", option, value)
    assert f"Invalid value for '{option}': {value} is not " in complaint


@pytest.mark.parametrize(
    "base",
    [
        "ftp://x/",
        "http:///kg/",
        "http://[x/",
        "http://x:a/",
        "http://x:99999/",
        "http://x:0/",
        "http://:80/",
        "http://me@/",
        "http://x/?",
        "http://x/#",
        "http://x/?a=b",
        "http://x/kg#a",
    ],
)
def test_a_base_that_is_no_address_is_refused(amcc: Amcc, base: str) -> None:
    assert (
        amcc.fails("serve", "--base", base)
        == f"--base {base}: expected a URL such as https://example.org/kg/"
    )


@pytest.mark.parametrize("base", ["http://x/a b", "http://x/\n", "http://x/\x7f", "http://x/é"])
def test_a_base_with_characters_that_urls_have_not_is_refused(amcc: Amcc, base: str) -> None:
    assert "a URL has no such characters" in amcc.fails("serve", "--base", base)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://example.org", "https://example.org/"),
        ("http://[::1]:8080/kg", "http://[::1]:8080/kg/"),
        ("http://x:65535/", "http://x:65535/"),
    ],
)
def test_a_base_ends_with_a_slash(given: str, base: str) -> None:
    config = serving.read(["serve", "--base", given])
    assert config is not None and config.base == base


@pytest.mark.parametrize("verb", ["serve", "validate", "shapes"])
def test_help_shows_that_several_files_may_be_named(amcc: Amcc, verb: str) -> None:
    usage = amcc(verb, "-h").stdout.partition("\n")[0]
    assert usage.endswith(("[FILE]...", "[PATH]..."))


@pytest.mark.parametrize(
    "rest", [[], ["s", "p"], ["s", "p", "o", "x"], ["s", "p", "o", "--bound", "0"], ["s", "p", "o", "--help"]]
)
def test_an_unusual_call_of_explain_is_left_to_the_full_reader(rest: list[str]) -> None:
    assert direct.read_explain(["explain", *rest]) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["queries"],
        ["query"],
        ["query", "a", "b"],
        ["query", "a", "--help"],
        ["query", "a", "--bogus"],
        ["query", "a", "--limit", "-1"],
        ["query", "a", "--limit", "x"],
        ["query", "a", "--timeout", "nan"],
        ["query", "a", "--format", "pdf"],
        ["query", "a", "--format", "csv", "--format", "csv"],
        ["query", "a", "-p"],
        ["query", "a", "-p=x"],
        ["--repo", "x", "query", "a"],
    ],
)
def test_what_is_unusual_or_wrong_is_left_to_the_full_reader(arguments: list[str]) -> None:
    assert direct.read(arguments) is None


def test_a_saved_query_is_answered_as_a_table_and_as_csv(amcc: Amcc) -> None:
    done = amcc("query", "parties")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "party",
        "-" * 10,
        "event:ball",
        "event:tea",
    ]
    rows = list(csv.DictReader(io.StringIO(amcc("query", "parties", "--format", "csv").stdout)))
    assert [row["name"] for row in rows] == ["ball", 'tea, with "cake"']


def test_parameters_limits_and_inference(amcc: Amcc) -> None:
    assert "event:tea" in amcc("query", "parties-of", "-p", "host=Ann", "-p", "least=3").stdout
    assert amcc("query", "parties", "--limit", "1", "--format", "csv").stdout.count("\n") == 2
    assert amcc("query", "parties", "--no-inference", "--format", "csv").stdout == "party,name,guests\n"


def test_a_file_standard_input_and_a_text_are_answered(amcc: Amcc) -> None:
    text = "SELECT ?n WHERE { ?x <https://w3id.org/amcc-kg/ontology#guests> ?n } ORDER BY STR(?n)"
    (amcc.folder / "own.rq").write_text(text)
    expected = "n\n3\n40\n"
    assert amcc("query", "own.rq", "--format", "csv").stdout == expected
    assert amcc("query", "-", "--format", "csv", stdin=text).stdout == expected
    assert amcc("query", text, "--format", "csv").stdout == expected


def test_ask_and_construct(amcc: Amcc) -> None:
    done = amcc("query", "ASK { ?s ?p 4 }")
    assert (done.returncode, done.stdout) == (0, "false\n")
    turtle = amcc("query", "CONSTRUCT { ?s a <x:y> } WHERE { ?s ?p 3 }").stdout
    assert turtle == "@prefix event: <https://w3id.org/amcc-kg/event/> .\n\nevent:tea a <x:y> .\n"


def test_output_goes_to_a_file(amcc: Amcc) -> None:
    done = amcc("query", "parties", "--format", "csv", "--output", "out.csv")
    assert (done.returncode, done.stdout) == (0, "")
    assert (amcc.folder / "out.csv").read_text().startswith("party,")
    assert "cannot be written" in amcc.fails("query", "parties", "--output", "no/such/folder")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["query", "partis"], "did you mean 'parties'?"),
        (["query", "parties-of"], "the parameter host is missing"),
        (["query", "parties-of", "-p", "hst=Ann"], "did you mean 'host'?"),
        (["query", "parties-of", "-p", "host"], "expected KEY=VALUE"),
        (["query", "parties-of", "-p", "host=Ann", "-p", "host=Bob"], "given twice"),
        (["query", "parties-of", "-p", "host=Ann", "-p", "least=few"], "'few' is not a whole number"),
        (["query", "none.rq"], "none.rq: cannot be read: No such file"),
        (["query", "SELECT ?x {\n ?x ?y }"], "<query>:2:"),
        (["query", "SELECT ?x { SERVICE <http://e/> {} }"], "<query>:1:13: SERVICE is refused"),
        (["query", "ASK {}", "--format", "csv"], "use one of table, json, xml, turtle"),
        (["query", "parties", "--format", "cvs"], "'cvs' is not one of"),
        (["query", "parties", "--bogus"], "No such option: --bogus"),
        (["query"], "Missing argument"),
        (["qeury"], "Did you mean 'query'"),
        (["--repo", "nowhere", "query", "parties"], "nowhere: not a repository"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(amcc: Amcc, arguments: list[str], reason: str) -> None:
    assert reason in amcc.fails(*arguments)


def test_binary_and_broken_files_are_placed(amcc: Amcc) -> None:
    (amcc.folder / "own.rq").write_bytes(b"SELECT\xff")
    assert "own.rq:1:7: not UTF-8 text" in amcc.fails("query", "own.rq")
    path = amcc.folder / "data/register/more.ttl"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "more.ttl:1:1: not UTF-8 text; is this a binary file?" in amcc.fails("query", "parties")
    path.write_text("@prefix a: <a:> .\na:x a:y .\n")
    assert "more.ttl:2:9: " in amcc.fails("query", "parties")


def test_a_contradiction_is_exit_code_one(amcc: Amcc) -> None:
    path = amcc.folder / "data/register/people.ttl"
    path.write_text(path.read_text() + "<person/ann> a amcc:Event .\n")
    done = amcc("query", "parties")
    assert (done.returncode, done.stdout) == (1, "")
    error, _, proof = done.stderr.partition("\n")
    assert error.startswith("error: the graph contradicts its ontology")
    assert "data/register/people.ttl:" in proof and "Traceback" not in proof


def test_the_queries_are_listed_for_people_and_programs(amcc: Amcc) -> None:
    text = amcc("queries").stdout
    assert "parties     Which parties were there?" in text
    assert "-p host=<term> (required): who gave it" in text
    listed = json.loads(amcc("queries", "--format", "json").stdout)
    assert listed[1]["parameters"][0]["allowed"] == ["Ann", "Bob"]


def test_the_version_and_the_help_are_printed(amcc: Amcc) -> None:
    assert amcc("--version").stdout.startswith("amcc ")
    done = amcc("query", "--help")
    assert done.returncode == 0
    assert "Example: amcc query commitments-by-status -p" in done.stdout


def test_a_reader_that_leaves_is_no_error(amcc: Amcc) -> None:
    text = "SELECT ?a ?b ?c ?d ?e ?f { ?a ?b ?c . ?d ?e ?f }"
    command = f"{sys.executable} -m amcc_kg query '{text}' | head -1"
    done = subprocess.run(
        command, shell=True, cwd=amcc.folder, env=amcc.environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_an_interrupt_is_clean(amcc: Amcc) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"
    amcc("query", "parties")
    command = [sys.executable, "-m", "amcc_kg", "query", endless]
    with subprocess.Popen(command, cwd=amcc.folder, env=amcc.environment, stderr=subprocess.PIPE) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint) == (130, b"")


def test_a_timeout_is_one_line(amcc: Amcc) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"
    assert "no answer within 0.2 s" in amcc.fails("query", endless, "--timeout", "0.2")


def test_an_error_of_the_program_is_one_line_too(amcc: Amcc) -> None:
    code = (
        "import amcc_kg.cli.query, amcc_kg.__main__, sys; amcc_kg.cli.query.answer = lambda call: 1 / 0;"
        "sys.exit(amcc_kg.__main__.main(['query', 'x']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=amcc.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "please report it: ZeroDivisionError" in done.stderr


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_a_terminal_gets_colour_unless_it_asks_for_none(
    amcc: Amcc, no_color: str | None, coloured: bool
) -> None:
    environment = amcc.environment | {"TERM": "xterm", "COLUMNS": "60"}
    environment.pop("NO_COLOR", None)
    if no_color:
        environment["NO_COLOR"] = no_color
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "amcc_kg", "query", "parties"]
    subprocess.run(command, cwd=amcc.folder, env=environment, stdout=slave, check=True)
    os.close(slave)
    shown = os.read(master, 100_000)
    os.close(master)
    assert b"event:tea" in shown
    assert (b"\x1b[" in shown) is coloured


def test_names_parameters_and_values_are_completed(amcc: Amcc) -> None:
    amcc("query", "parties")

    def complete(line: str) -> list[str]:
        words = line.split(" ")
        asking = {"_AMCC_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        command = [sys.executable, "-m", "amcc_kg"]
        done = subprocess.run(
            command,
            cwd=amcc.folder,
            env=amcc.environment | asking,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout.split()

    assert complete("amcc query par") == ["parties", "parties-of"]
    assert complete("amcc query parties-of -p ") == ["host=", "least="]
    assert complete("amcc query parties-of -p host=A") == ["host=Ann"]


def test_completion_can_be_shown(amcc: Amcc) -> None:
    assert "--show-completion" in amcc("--help").stdout


@pytest.mark.parametrize("seconds", ["nan", "inf", "86401"])
def test_no_query_may_take_for_ever(amcc: Amcc, seconds: str) -> None:
    done = amcc("query", "parties", "--timeout", seconds)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and "--timeout" in done.stderr
    assert done.stderr.count("\n") == 1 and "report it" not in done.stderr
