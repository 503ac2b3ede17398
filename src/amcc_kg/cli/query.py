"""One call of `amcc query`: what is asked, of what, and how the answer is written.

Both readers of the command line, the quick one and the full one, end here. Knows streams; no options' names.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from amcc_kg.graph.answers import Result
    from amcc_kg.knowledge_graph import KnowledgeGraph
    from amcc_kg.repository.saved_queries import SavedQuery


@dataclass(frozen=True, slots=True)
class Call:
    """The words of a call, each already of its type; `parameters` are `key=value` texts."""

    query: str
    parameters: tuple[str, ...] = ()
    format: str | None = None
    inference: bool = True
    evidence: bool = False
    because: bool = False
    limit: int | None = None
    timeout: float | None = None
    endpoint: str | None = None
    output: Path | None = None
    repo: Path | None = None


def answer(call: Call) -> None:
    """Ask and write the answer; raises `InputError`, `PlacedError`, `EngineError` or `InconsistentError`."""
    from amcc_kg.graph.question import Question
    from amcc_kg.knowledge_graph import open as open_graph

    if call.because and (call.evidence or call.format not in (None, "table")):
        other = "--evidence" if call.evidence else f"--format {call.format}"
        raise InputError(f"--because is the short form for people and cannot be had with {other}")
    given = pairs(call.parameters)
    handed_in = _handed_in(call.query)
    graph = open_graph(call.repo, isolated=True, endpoint=call.endpoint)
    query = handed_in or graph.find(call.query)
    question = Question(query.text, graph.bind(query, given), call.inference, call.limit, call.timeout)
    found = graph.ask(question, source=query.source, evidence=call.evidence or call.because)
    put(_written(call, graph, found), call.output)


def _written(call: Call, graph: KnowledgeGraph, found: Result) -> str:
    from amcc_kg.graph import formats

    width = _width() if call.output is None else None
    format = call.format or ("turtle" if found.kind == "graph" else "table")
    if call.evidence:
        from amcc_kg.receipts import answer_receipts
        from amcc_kg.receipts.writing import formats as writing

        return writing.write(found, answer_receipts.of(found), format, graph.compiled.key.graph, width=width)
    if call.because:
        from amcc_kg.receipts import answer_receipts
        from amcc_kg.receipts.writing import prose

        return prose.because(found, answer_receipts.of(found), graph.label, width)
    return formats.write(found, format, width=width)


def pairs(given: tuple[str, ...]) -> dict[str, str]:
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


def put(text: str, output: Path | None = None) -> None:
    """Write a text to a file or to standard output, as UTF-8; raises `InputError` if that cannot be done."""
    content = text.encode(errors="surrogateescape")
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}") from error


def _handed_in(query: str) -> SavedQuery | None:
    """Return the query of a file or of standard input, None for a name or a text."""
    is_file = query.endswith((".rq", ".sparql")) and "{" not in query
    if query != "-" and not is_file:
        return None
    from amcc_kg.repository import saved_queries

    if is_file:
        from pathlib import Path

        from amcc_kg.syntax.text_files import read_text

        text = read_text(Path(query))
        if any(line.startswith("#+") for line in text.splitlines()):
            from amcc_kg.repository import headers

            return headers.read(Path(query), text)
        return saved_queries.of_text(text, query, Path(query))
    try:
        return saved_queries.of_text(sys.stdin.buffer.read().decode("utf-8-sig"), "<stdin>")
    except UnicodeDecodeError as error:
        raise InputError("<stdin>: not UTF-8 text; is this a binary file?") from error


def _width() -> int | None:
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns
