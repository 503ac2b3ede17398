"""Receipts for programs: more columns in CSV and TSV, `evidence` in JSON, processing instructions in XML.

Each stands beside the format's own structure, so that a reader that knows nothing of receipts still reads
the answer. JSON and XML hold one record for each row, in the order of the rows:

    {"complete": true,                          false if `untraced` names something
     "triples": [{"triple": "<s> <p> <o>",      an asserted triple as N-Triples writes it
                  "passages": ["https://…"],    the passages that state it
                  "files": ["https://…"]}],     other named graphs that do: register, ontology, descriptions
     "inferred": ["<s> <p> <o>"],               triples that follow from those by the ontology
     "absences": [{"pattern": "…",              a pattern in SPARQL that has no solution
                   "graph": "…"}],              in the graph of this version
     "untraced": ["…"],                         what could not be followed, in words
     "passages": [{"passage": "https://…", "document": "https://…", "title": "…", "place": "sentence 5",
                   "speakers": ["…"], "quotes": ["…"], "quotedDirectly": false}]}
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from amcc_kg import formats
from amcc_kg.receipts.receipt import Receipt, spelt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amcc_kg.results import Result

_COLUMNS = ("evidence", "evidence_quotes", "evidence_inferred", "evidence_absences", "evidence_untraced")
_BETWEEN = " | "


def record(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as JSON holds it; see this module's docstring."""
    return {
        "complete": receipt.complete,
        "triples": [
            {"triple": str(leaf.triple), "passages": list(leaf.passages), "files": list(leaf.files)}
            for leaf in receipt.leaves
        ],
        "inferred": [str(triple) for triple in receipt.inferred],
        "absences": [{"pattern": a.pattern, "graph": a.version} for a in receipt.absences],
        "untraced": list(receipt.gaps),
        "passages": [
            {
                "passage": citation.passage,
                "document": citation.document,
                "title": citation.title,
                "place": citation.place,
                "speakers": list(citation.speakers),
                "quotes": list(citation.quotes),
                "quotedDirectly": citation.quoted_directly,
            }
            for citation in receipt.passages
        ],
    }


def as_json(answer: Result, receipts: Sequence[Receipt]) -> str:
    """Return the answer in SPARQL's JSON format with a member `evidence`, one record for each row."""
    content = json.loads(formats.write(answer, "json"))
    # Before the results: there are readers that take the end of the bindings for the end of it all.
    evidence = [record(receipt) for receipt in receipts]
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
    """Return the answer in CSV or TSV with columns for passages, quotes, inferences, absences and gaps."""
    from pyoxigraph import Literal

    names = list(_COLUMNS)
    while set(names) & set(answer.columns):
        names = [f"{name}_" for name in names]

    def cells(receipt: Receipt) -> tuple[Literal, ...]:
        grounds = [citation.passage for citation in receipt.passages] + list(receipt.files)
        quotes = [quote for citation in receipt.passages for quote in citation.quotes]
        inferred = [spelt(triple) for triple in receipt.inferred]
        absent = [absence.pattern for absence in receipt.absences]
        texts = (_BETWEEN.join(some) for some in (quotes, inferred, absent, receipt.gaps))
        return tuple(Literal(text) for text in (" ".join(grounds), *texts))

    rows = zip(answer.solutions, receipts, strict=True)
    solutions = tuple((*row, *cells(receipt)) for row, receipt in rows)
    return formats.write(replace(answer, columns=(*answer.columns, *names), solutions=solutions), format)


def _instruction(receipt: Receipt) -> str:
    content = json.dumps(record(receipt), ensure_ascii=True).replace("?>", "?\\u003e")
    return f"<?evidence {content}?>"
