"""`amcc query`: what is asked, of what, and how the answer is written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amcc_kg.cli import completion, streams
from amcc_kg.cli.options import Output, Repo, choice, seconds, whole
from amcc_kg.graph import formats
from amcc_kg.graph.question import Question
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.repository import saved_queries
from amcc_kg.syntax.text_files import read_text
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from amcc_kg.repository.saved_queries import SavedQuery


def query(
    query: Annotated[
        str,
        typer.Argument(
            help="A saved query's name, a file that ends in .rq, a SPARQL text, or - for standard input.",
            metavar="NAME|FILE.rq|-",
            autocompletion=completion.query_names,
        ),
    ],
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            help="A value for a parameter of the query; may be repeated.",
            metavar="KEY=VALUE",
            autocompletion=completion.parameters,
        ),
    ] = None,
    format: Annotated[
        str | None,
        choice(
            formats.FORMATS,
            "How to write the answer. Default: table; turtle for CONSTRUCT and DESCRIBE.",
        ),
    ] = None,
    no_inference: Annotated[
        bool, typer.Option("--no-inference", help="See only what is asserted, nothing that was inferred.")
    ] = False,
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Show what each row rests on, down to the words of the passages."),
    ] = False,
    because: Annotated[
        bool, typer.Option("--because", help="Say in one sentence for each row who says so, and where.")
    ] = False,
    limit: Annotated[int | None, whole("Print at most this many rows or triples.", 0)] = None,
    timeout: Annotated[float | None, seconds("Give up after this many seconds.")] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(help="Ask this SPARQL endpoint instead of the compiled graph.", metavar="URL"),
    ] = None,
    output: Output = None,
    repo: Repo = None,
) -> None:
    """Ask and write the answer; raises `InputError`, `PlacedError`, `EngineError` or `InconsistentError`."""
    if because and (evidence or format not in (None, "table")):
        other = "--evidence" if evidence else f"--format {format}"
        raise InputError(f"--because is the short form for people and cannot be had with {other}")
    given = _pairs(parameter or [])
    handed_in = _handed_in(query)
    graph = open_graph(repo, isolated=True, endpoint=endpoint)
    asked = handed_in or graph.find(query)
    question = Question(asked.text, graph.bind(asked, given), not no_inference, limit, timeout)
    found = graph.ask(question, source=asked.source, evidence=evidence or because)
    width = streams.width() if output is None else None
    name = format or ("turtle" if found.kind == "graph" else "table")
    if evidence:
        from amcc_kg.receipts import answer_receipts
        from amcc_kg.receipts.writing import formats as writing

        text = writing.write(found, answer_receipts.of(found), name, graph.compiled.key.graph, width=width)
    elif because:
        from amcc_kg.receipts import answer_receipts
        from amcc_kg.receipts.writing import prose

        text = prose.because(found, answer_receipts.of(found), graph.label, width)
    else:
        text = formats.write(found, name, width=width)
    streams.put(text, output)


def _pairs(given: list[str]) -> dict[str, str]:
    """Return `key=value` texts as a dictionary; raises `InputError` for another text or a repeated key."""
    found: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name.strip():
            raise InputError(f"-p {text}: expected KEY=VALUE")
        if name.strip() in found:
            raise InputError(f"-p {text}: {name.strip()} is given twice")
        found[name.strip()] = value
    return found


def _handed_in(query: str) -> SavedQuery | None:
    """Return the query of a file or of standard input, None for a name or a text."""
    if query == "-":
        try:
            return saved_queries.of_text(sys.stdin.buffer.read().decode("utf-8-sig"), "<stdin>")
        except UnicodeDecodeError as error:
            raise InputError("<stdin>: not UTF-8 text; is this a binary file?") from error
    if not query.endswith((".rq", ".sparql")) or "{" in query:
        return None
    path = Path(query)
    text = read_text(path)
    if any(line.startswith("#+") for line in text.splitlines()):
        from amcc_kg.repository import headers

        return headers.read(path, text)
    return saved_queries.of_text(text, query, path)
