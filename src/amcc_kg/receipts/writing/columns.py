"""Receipts for programs: more columns in CSV and TSV, `evidence` in JSON, processing instructions in XML.

Each stands beside the format's own structure, so that a reader that knows nothing of receipts still reads
the answer. JSON and XML hold one record for each row, in the order of the rows, as `Receipt.to_dict` gives
it; the columns hold, between bars and in the order of the passages, what each passage is cited with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from pyoxigraph import Literal

from amcc_kg.graph import formats
from amcc_kg.graph.answers import Result
from amcc_kg.graph.receipt import Absence, Receipt, spelt

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


def as_json(answer: Result, receipts: Sequence[Receipt]) -> str:
    """Return the answer in SPARQL's JSON format with a member `evidence`, one record for each row."""
    content = json.loads(formats.write(answer, "json"))
    # Before the results: there are readers that take the end of the bindings for the end of it all.
    evidence = [receipt.to_dict() for receipt in receipts]
    content = {"head": content.pop("head"), "evidence": evidence, **content}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def as_xml(answer: Result, receipts: Sequence[Receipt]) -> str:
    """Return the answer in SPARQL's XML format with a processing instruction in each result.

    The format has no place for other elements: `<?evidence …?>` holds the record as JSON, and every XML
    parser passes over what it does not know.
    """
    written = [_instruction(receipt) for receipt in receipts]
    if answer.kind == "ask":
        return formats.write(answer, "xml").replace("</boolean>", f"</boolean>\n  {written[0]}")
    head, *results = formats.write(answer, "xml").split("    </result>\n")
    pieces = zip(written, results, strict=True)
    return head + "".join(f"      {one}\n    </result>\n{rest}" for one, rest in pieces)


def as_rows(answer: Result, receipts: Sequence[Receipt], format: str) -> str:
    """Return the answer in CSV or TSV with columns for what its rows rest on.

    `evidence` has the IRIs of the passages and, after them, of the other graphs. What stands at one place
    between the bars of `evidence_places`, `evidence_speakers` and `evidence_quotes` is of one passage.
    """
    names = list(_COLUMNS)
    while set(names) & set(answer.columns):
        names = [f"{name}_" for name in names]

    def cells(receipt: Receipt) -> tuple[Literal, ...]:
        grounds = [citation.passage for citation in receipt.passages] + list(receipt.files)
        cited = receipt.passages
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

    rows = zip(answer.solutions, receipts, strict=True)
    solutions = tuple((*row, *cells(receipt)) for row, receipt in rows)
    return formats.write(replace(answer, columns=(*answer.columns, *names), solutions=solutions), format)


def _absent(absence: Absence) -> str:
    """Return an absence as `pattern @ version`, with the part of the graph if it is not the whole."""
    whole = not (absence.defaults or absence.named or absence.asserted)
    return f"{absence.pattern} @ {absence.version}{'' if whole else absence.scope}"


def _instruction(receipt: Receipt) -> str:
    content = json.dumps(receipt.to_dict(), ensure_ascii=True).replace("?>", "?\\u003e")
    return f"<?evidence {content}?>"
