"""The command line as users meet it: in processes of their own, output and exit codes as promised."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from command_line import Amcc

from amcc_kg.__main__ import main
from amcc_kg.cli import app
from amcc_kg.serving.config import Config

ROOT = Path(__file__).parents[2]
COMMAND = app.application()
VERBS: dict[str, Any] = {verb: app.command(verb) for verb in app.VERBS}


@pytest.mark.parametrize("verb", [*app.VERBS, ""])
def test_every_command_and_option_has_help_and_an_example(verb: str) -> None:
    command = VERBS[verb] if verb else COMMAND
    assert "Example: amcc " in command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{verb} {parameter.name} has no help"


@pytest.mark.parametrize("verb", ["query", "queries", "explain", "validate", "shapes"])
def test_the_example_in_help_can_be_copied(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    # Constraints that nothing can break are a finding of `amcc shapes coverage`, and a fact of the data.
    assert main(shlex.split(app.VERBS[verb].example)) in ((0, 1) if verb == "shapes" else (0,))
    assert capsys.readouterr().out


@pytest.mark.parametrize("width", ["50", "80", "120"])
@pytest.mark.parametrize("verb", [*app.VERBS, ""])
def test_help_shows_no_raw_types_and_cuts_no_line(
    verb: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main([verb, "--help"] if verb else ["--help"]) == 0
    shown = capsys.readouterr().out
    # [PATH]... is this project's own word.
    assert not re.search(r"\b(PATH(?!\])|TEXT|INTEGER|FLOAT|RANGE)\b|<(str|int|float|path)\b|<=", shown)
    # Where several may follow, dots say so; nowhere else.
    assert "…" not in shown
    assert not re.search(r"(?<!\])(?<!\]s)\.\.\.", shown)
    words = " ".join(shown.split())
    command = VERBS[verb] if verb else COMMAND
    for parameter in command.params:
        assert " ".join(parameter.help.split()) in words
        assert parameter.metavar or getattr(parameter, "is_flag", False), parameter.name
    for about in [app.VERBS[verb].about] if verb else [verb.about for verb in app.VERBS.values()]:
        assert about in words


def test_only_the_verb_that_is_called_is_loaded() -> None:
    def loaded(*words: str) -> set[str]:
        code = (
            "import sys; from amcc_kg.__main__ import main; main(sys.argv[1:]);"
            "print([name for name in sys.modules if name.startswith('amcc_kg.')])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
        )
        return set(ast.literal_eval(done.stdout.splitlines()[-1]))

    verbs = {f"amcc_kg.cli.{verb}" for verb in app.VERBS}
    assert loaded("--help") & verbs == set()
    assert loaded("query", "--help") & verbs == {"amcc_kg.cli.query"}
    for heavy in ("amcc_kg.validation", "amcc_kg.serving", "amcc_kg.publishing", "amcc_kg.reasoning.closure"):
        assert heavy not in loaded("query", "who-chaired")


@pytest.mark.parametrize(
    ("rest", "config"),
    [
        ([], Config()),
        (
            ["a.ttl", "--port=0", "b.nq", "-q", "--host", "::1", "--base", "https://example.org/kg"],
            Config(
                files=(Path("a.ttl"), Path("b.nq")),
                port=0,
                quiet=True,
                host="::1",
                base="https://example.org/kg/",
            ),
        ),
        (
            ["--timeout", "2.5", "--workers", "3", "--memory=64", "--max-rows", "9", "--max-bytes", "1000"],
            Config(timeout=2.5, workers=3, memory=64, max_rows=9, max_bytes=1000),
        ),
        (
            ["--watch", "--quiet", "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy=::1/128"],
            Config(watch=True, quiet=True, trusted=(ip_network("10.0.0.0/8"), ip_network("::1/128"))),
        ),
        (["--timeout", "86400", "--memory", "1048576"], Config(timeout=86400, memory=1 << 20)),
        (
            ["--timeout", "0.001", "--memory", "16", "--repo", "x"],
            Config(timeout=0.001, memory=16, repo=Path("x")),
        ),
        (["--base", "https://example.org"], Config(base="https://example.org/")),
        (["--base", "http://[::1]:8080/kg"], Config(base="http://[::1]:8080/kg/")),
        (["--base", "http://x:65535/"], Config(base="http://x:65535/")),
    ],
)
def test_the_words_of_serve_become_a_configuration(
    rest: list[str], config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[Config] = []
    monkeypatch.setattr("amcc_kg.serving.server.run", configs.append)
    assert main(["serve", *rest]) == 0
    assert configs == [config]


@pytest.mark.parametrize(
    "call",
    [
        "serve --port x",
        "serve --port 65536",
        "serve --port",
        "serve --workers 0",
        "serve --timeout 0",
        "serve --timeout soon",
        "serve --max-bytes 999",
        "serve --quite",
        "serve --watch=yes",
        "explain",
        "explain s p",
        "explain s p o x",
        "explain s p o --bound 0",
        "explain s p o --format pdf",
        "query a b",
        "query a --limit x",
        "query a --limit -1",
        "query a -p",
        "query a --format csv --output",
        "validate --bogus",
        "validate --shapes",
        "validate --jobs 0",
        "validate --jobs two",
        "validate --max-findings -1",
        "validate --engine fast",
        "validate --severity-threshold grave",
        "validate --strict=yes",
        "validate --format pdf",
        "shapes coverages",
        "build --reasoner hermit",
        "verify now",
        "queries --format csv",
        "--bogus",
        "--repo",
        "--repo x",
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_two(call: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(call.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ") and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("call", "near"),
    [
        ("qury x", "'query'"),
        ("query x --formt csv", "--format"),
        ("query x --format cvs", "'csv'"),
        ("explain s p o --format mermaids", "'mermaid'"),
        ("shapes coverages", "'coverage'"),
        ("validate --engine column", "'columns'"),
        ("build --reasoner owl", "'owlrl'"),
    ],
)
def test_a_slip_is_told_what_is_nearest(call: str, near: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(call.split()) == 2
    assert near in re.split("did you mean|Did you mean|Possible options", capsys.readouterr().err)[1]


def test_the_repository_may_be_named_before_and_after_every_verb(
    amcc: Amcc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AMCC_CACHE", amcc.environment["AMCC_CACHE"])
    monkeypatch.chdir(tmp_path)
    here = ["--repo", str(amcc.folder)]
    assert main([*here, "query", "parties", "--format", "csv"]) == 0
    before = capsys.readouterr().out
    assert "tea" in before
    assert main(["query", "parties", *here, "--format", "csv"]) == 0
    assert capsys.readouterr().out == before
    for verb, rest in {
        "queries": [],
        "query": ["parties"],
        "explain": ["s", "p", "o"],
        "build": [],
        "verify": [],
        "validate": [],
        "shapes": [],
        "serve": ["--port", "0"],
    }.items():
        assert main([verb, *rest, "--repo", "nowhere"]) == 2
        assert "nowhere: not a repository" in capsys.readouterr().err, verb
        # Of two, the one behind the verb counts.
        assert main([*here, verb, *rest, "--repo", "nowhere"]) == 2
        assert "nowhere: not a repository" in capsys.readouterr().err, verb
    assert main(["--repo", "nowhere", "query", "parties", *here, "--format", "csv"]) == 0
    assert capsys.readouterr().out == before


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


@pytest.mark.parametrize("verb", ["serve", "validate", "shapes"])
def test_help_shows_that_several_files_may_be_named(amcc: Amcc, verb: str) -> None:
    usage = amcc(verb, "-h").stdout.partition("\n")[0]
    assert usage.endswith(("[FILE]...", "[PATH]..."))


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
        (
            ["query", "parties-of", "-p", "host=Ann", "-p", "host=Bobb"],
            "allowed: Ann, Bob",
        ),
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
        "import amcc_kg.cli.query, amcc_kg.__main__, sys;"
        "amcc_kg.cli.query.open_graph = lambda *given, **named: 1 / 0;"
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

    def asked(**asking: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "amcc_kg"],
            cwd=amcc.folder,
            env=amcc.environment | asking,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout

    def complete(line: str) -> list[str]:
        place = str(len(line.split(" ")) - 1)
        return asked(_AMCC_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=place).split()

    assert complete("amcc query par") == ["parties", "parties-of"]
    assert complete("amcc query parties-of -p ") == ["host=", "least="]
    assert complete("amcc query parties-of -p host=A") == ["host=Ann"]
    assert complete("amcc query parties-of -p host=Ann -p le") == ["least="]
    assert complete("amcc query parties --format t") == ["table", "tsv", "turtle"]
    assert complete("amcc que") == ["query", "queries"]
    assert complete("amcc explain a b c --bo") == ["--bound"]
    assert complete("amcc query --repo nowhere par") == []
    line = "amcc query parties-of -p ho"
    assert asked(_AMCC_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=line) == (
        '_arguments \'*: :(("host=":"who gave it"))\'\n'
    )
    fish = {"_AMCC_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    assert asked(**fish, _TYPER_COMPLETE_ARGS=line) == "host=\twho gave it\n"


def test_completion_can_be_shown(amcc: Amcc) -> None:
    assert "--show-completion" in amcc("--help").stdout


@pytest.mark.parametrize("seconds", ["nan", "inf", "86401"])
def test_no_query_may_take_for_ever(amcc: Amcc, seconds: str) -> None:
    done = amcc("query", "parties", "--timeout", seconds)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and "--timeout" in done.stderr
    assert done.stderr.count("\n") == 1 and "report it" not in done.stderr
