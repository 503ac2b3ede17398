"""An answer with its receipts in every format that an answer has, each in the format's own idiom.

For programs there are more columns in CSV and TSV, `evidence` in JSON, processing instructions in XML. Each
stands beside the format's own structure, so that a reader that knows nothing of receipts still reads the
answer. JSON and XML hold one record for each row, in the order of the rows, as `Receipt.to_dict` gives it;
the columns hold, between bars and in the order of the passages, what each passage is cited with. What people
read is in `prose`, graphs are in `rdf`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from pyoxigraph import Literal

from amcc_kg.graph import answers
from amcc_kg.graph.answers import ASK, GRAPH, SELECT, Result
from amcc_kg.graph.receipt import Absence, Receipt, spelt
from amcc_kg.receipts.writing import prose, rdf
from amcc_kg.terms.errors import InputError

_COLUMNS = (
    "evidence",
    "evidence_places",
    "evidence_speakers",
    "evidence_quotes",
    "evidence_inferred",
    "evidence_absences",
    "evidence_untraced",
    "evidence_remarks",
)
_BETWEEN = " | "


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
        return answers.write(rdf.graph(answer, receipts, version), format)
    if answer.kind == SELECT and format in ("csv", "tsv"):
        return _rows(answer, receipts, format)
    if answer.kind != GRAPH and format in ("json", "xml"):
        return (_json if format == "json" else _xml)(answer, receipts)
    answers.write(answer, format)  # says which formats hold this kind of answer
    raise InputError(f"the format {format} has no place for evidence")


def _json(answer: Result, receipts: Sequence[Receipt]) -> str:
    """Return the answer in SPARQL's JSON format with a member `evidence`, one record for each row."""
    content = json.loads(answers.write(answer, "json"))
    # Before the results: there are readers that take the end of the bindings for the end of it all.
    content = {"head": content.pop("head"), "evidence": [r.to_dict() for r in receipts], **content}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _xml(answer: Result, receipts: Sequence[Receipt]) -> str:
    """Return the answer in SPARQL's XML format, in each result an instruction `<?evidence …?>`."""
    # The format has no place for other elements, and every XML parser passes over what it does not know.
    records = (json.dumps(r.to_dict(), ensure_ascii=True).replace("?>", "?\\u003e") for r in receipts)
    written = [f"<?evidence {record}?>" for record in records]
    if answer.kind == ASK:
        return answers.write(answer, "xml").replace("</boolean>", f"</boolean>\n  {written[0]}")
    if not answer.solutions:
        instructions = "".join(f"    {one}\n" for one in written)
        return answers.write(answer, "xml").replace("  </results>", f"{instructions}  </results>")
    head, *results = answers.write(answer, "xml").split("    </result>\n")
    pieces = zip(written, results, strict=True)
    return head + "".join(f"      {one}\n    </result>\n{rest}" for one, rest in pieces)


def _rows(answer: Result, receipts: Sequence[Receipt], format: str) -> str:
    """Return the answer in CSV or TSV with columns for what its rows rest on: passages, then other graphs."""
    names = list(_COLUMNS)
    while set(names) & set(answer.columns):
        names = [f"{name}_" for name in names]

    def cells(receipt: Receipt) -> tuple[Literal, ...]:
        cited = receipt.passages
        grounds = [*(citation.passage for citation in cited), *receipt.files]
        lists = (
            [f"{citation.title}, {citation.place}" for citation in cited],
            [" and ".join(citation.speakers) for citation in cited],
            [" … ".join(citation.quotes) for citation in cited],
            [spelt(triple) for triple in receipt.inferred],
            [_absent(absence) for absence in receipt.absences],
            receipt.gaps,
            receipt.remarks,
        )
        return tuple(Literal(text) for text in (" ".join(grounds), *map(_BETWEEN.join, lists)))

    # Why there are no rows has no row to stand in.
    rows = zip(answer.solutions, receipts, strict=bool(answer.solutions))
    solutions = tuple((*row, *cells(receipt)) for row, receipt in rows)
    return answers.write(replace(answer, columns=(*answer.columns, *names), solutions=solutions), format)


def _absent(absence: Absence) -> str:
    """Return an absence as `pattern @ version`, with the part of the graph if it is not the whole."""
    whole = not (absence.defaults or absence.named or absence.asserted)
    return f"{absence.pattern} @ {absence.version}{'' if whole else absence.scope}"
