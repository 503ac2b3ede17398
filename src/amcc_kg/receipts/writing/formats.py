"""An answer with its receipts in every format that an answer has, each in the format's own idiom."""

from __future__ import annotations

from collections.abc import Sequence

from amcc_kg.graph import formats
from amcc_kg.graph.answers import ASK, GRAPH, SELECT, Result
from amcc_kg.graph.receipt import Receipt
from amcc_kg.receipts.writing import columns, prose, rdf
from amcc_kg.terms.errors import InputError


def write(
    answer: Result, receipts: Sequence[Receipt], format: str, version: str, *, width: int | None = None
) -> str:
    """Return an answer with its receipts as text.

    `receipts` are one for each row, in order; `version` is that of the graph asked; `width` is what a table
    may take, in characters. Raises `InputError` for a format that cannot hold this kind of answer.
    """
    if format == "table":
        return prose.table(answer, receipts, width)
    if format == "markdown" and answer.kind != ASK:
        return prose.markdown(answer, receipts)
    if format == "turtle" or (answer.kind == GRAPH and format in ("json", "xml", "ntriples")):
        return formats.write(rdf.graph(answer, receipts, version), format)
    if answer.kind == SELECT and format in ("csv", "tsv"):
        return columns.as_rows(answer, receipts, format)
    if answer.kind != GRAPH and format in ("json", "xml"):
        return (columns.as_json if format == "json" else columns.as_xml)(answer, receipts)
    formats.write(answer, format)  # says which formats hold this kind of answer
    raise InputError(f"the format {format} has no place for evidence")
