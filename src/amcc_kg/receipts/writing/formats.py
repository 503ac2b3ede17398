"""An answer with its receipts in every format that an answer has, each in the format's own idiom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.graph import formats
from amcc_kg.graph.answers import GRAPH, SELECT
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amcc_kg.graph.answers import Result
    from amcc_kg.receipts.receipt import Receipt


def write(
    answer: Result, receipts: Sequence[Receipt], format: str, version: str, *, width: int | None = None
) -> str:
    """Return an answer with its receipts as text.

    `receipts` are one for each row, in order; `version` is that of the graph asked; `width` is what a table
    may take, in characters. Raises `InputError` for a format that cannot hold this kind of answer.
    """
    if format == "table":
        from amcc_kg.receipts.writing import prose

        return prose.table(answer, receipts, width)
    if format == "markdown" and answer.kind != "ask":
        from amcc_kg.receipts.writing import prose

        return prose.markdown(answer, receipts)
    if format == "turtle" or (answer.kind == GRAPH and format in ("json", "xml", "ntriples")):
        from amcc_kg.receipts.writing import rdf

        return formats.write(rdf.graph(answer, receipts, version), format)
    from amcc_kg.receipts.writing import columns

    if answer.kind == SELECT and format in ("csv", "tsv"):
        return columns.as_rows(answer, receipts, format)
    if answer.kind != GRAPH and format in ("json", "xml"):
        return (columns.as_json if format == "json" else columns.as_xml)(answer, receipts)
    formats.write(answer, format)  # says which formats hold this kind of answer
    raise InputError(f"the format {format} has no place for evidence")
