"""`amcc query`: what is asked, of what, and how the answer is written; what a shell may offer before."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from amcc_kg.cli import streams
from amcc_kg.cli.dataset import meant
from amcc_kg.cli.options import Output, Repo, choice, flag, seconds, value, whole
from amcc_kg.graph import answers, cache
from amcc_kg.graph.answers import Question
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.repository import files, saved_queries
from amcc_kg.repository.saved_queries import SavedQuery
from amcc_kg.syntax.text_files import decoded, read_input, read_text
from amcc_kg.terms.errors import AmccError, InputError


def _query_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the saved queries whose names start so, each with its question."""
    known = ((str(record["name"]), str(record.get("question", ""))) for record in _records(context))
    return [(name, question) for name, question in known if name.startswith(incomplete)]


def _parameters(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return `name=` for the parameters of the query on the line; after `name=`, the allowed values."""
    name, separator, start = incomplete.partition("=")
    # While `-p` has no value yet, what stands before it is not sorted into arguments.
    named = (context.params.get("query"), *context.args)
    record = next((r for r in _records(context) if r["name"] in named), {})
    known = record.get("parameters", [])
    if not separator:
        return [(f"{p['name']}=", p["description"]) for p in known if p["name"].startswith(name)]
    try:
        graph = open_graph(context.params.get("repo"))
        values = graph.allowed_values(graph.find(record.get("name", "")), name)
    except AmccError:
        return []
    return [(f"{name}={v}", "") for v in values if v.startswith(start)]


def _records(context: typer.Context) -> list[dict[str, Any]]:
    try:
        found = cache.load(files.find(context.params.get("repo")))
    except AmccError:
        return []
    return sorted(found.queries, key=lambda r: str(r["name"])) if found else []


def query(
    query: Annotated[
        str,
        typer.Argument(
            help="A saved query's name, a file that ends in .rq, a SPARQL text, or - for standard input.",
            metavar="NAME|FILE.rq|-",
            autocompletion=_query_names,
        ),
    ],
    parameter: Annotated[
        list[str] | None,
        value(
            "A value for a parameter of the query; of one that is repeated, any value will do.",
            "KEY=VALUE",
            "--parameter",
            "-p",
            autocompletion=_parameters,
        ),
    ] = None,
    format: Annotated[
        str | None,
        choice(
            answers.FORMATS, "How to write the answer. Default: table; turtle for CONSTRUCT and DESCRIBE."
        ),
    ] = None,
    no_inference: Annotated[
        bool, flag("See only what is asserted, nothing that was inferred.", "--no-inference")
    ] = False,
    evidence: Annotated[
        bool, flag("Show what each row rests on, down to the words of the passages.", "--evidence")
    ] = False,
    every: Annotated[
        bool,
        flag("With --evidence, show a row once for each smallest set of triples it rests on.", "--all"),
    ] = False,
    because: Annotated[
        bool, flag("Say in one sentence for each row who says so, and where.", "--because")
    ] = False,
    limit: Annotated[int | None, whole("Print at most this many rows or triples.", 0)] = None,
    timeout: Annotated[float | None, seconds("Give up after this many seconds.")] = None,
    endpoint: Annotated[
        str | None, value("Ask this SPARQL endpoint instead of the compiled graph.", "URL")
    ] = None,
    output: Output = None,
    repo: Repo = None,
) -> None:
    """Ask and write the answer; raises `InputError`, `PlacedError`, `EngineError` or `InconsistentError`."""
    if because and (evidence or format not in (None, "table")):
        other = "--evidence" if evidence else f"--format {format}"
        raise InputError(f"--because is the short form for people and cannot be had with {other}")
    if every and not evidence:
        raise InputError("--all shows what else a row rests on; it goes with --evidence")
    given = _pairs(parameter or [])
    handed_in = _handed_in(query)
    graph = open_graph(repo if endpoint else meant(repo).root, endpoint=endpoint)
    asked = handed_in or graph.find(query)
    question = Question(asked.text, graph.bind(asked, given), not no_inference, limit, timeout)
    found = graph.ask(question, source=asked.source, evidence=evidence or because)
    width = streams.width() if output is None else None
    name = format or ("turtle" if found.kind == "graph" else "table")
    if evidence:
        from amcc_kg.receipts.writing import formats as writing

        shown, receipts = found.unfolded() if every else (found, list(found.receipts))
        text = writing.write(shown, receipts, name, graph.compiled.key.graph, width=width)
    elif because:
        from amcc_kg.receipts import forms
        from amcc_kg.receipts.writing import prose

        matched = forms.matched(question.whole)
        text = prose.because(found, list(found.receipts), graph.label, matched, width)
    else:
        text = answers.write(found, name, width=width)
    streams.put(text, output)
    for hint in found.hints:
        place = f"{asked.source}:{hint.line}:{hint.column}"
        print(f"hint: {place}: {' '.join(hint.said.split())}", file=sys.stderr)


def _pairs(given: list[str]) -> dict[str, list[str]]:
    """Return the values of each key of `key=value` texts; raises `InputError` for another text."""
    found: dict[str, list[str]] = {}
    for text in given:
        key, separator, value = text.partition("=")
        name = key.strip()
        if not separator or not name:
            raise InputError(f"-p {text}: expected KEY=VALUE")
        found.setdefault(name, []).append(value)
    return found


def _handed_in(query: str) -> SavedQuery | None:
    """Return the query of a file or of standard input, None for a name or a text."""
    if query == "-":
        text = decoded(read_input(), Path("<stdin>"))
        return saved_queries.SavedQuery("<stdin>", None, text, saved=False)
    if not query.endswith((".rq", ".sparql")) or "{" in query:
        return None
    path = Path(query)
    text = read_text(path)
    if any(line.startswith("#+") for line in text.splitlines()):
        from amcc_kg.repository import headers

        return headers.read(path, text)
    return saved_queries.SavedQuery(query, path, text, saved=False)
