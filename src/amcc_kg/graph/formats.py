"""An answer written down: the W3C's result formats, tables for people, RDF for graphs.

Columns and rows stay in the order of the answer. Knows nothing of where an answer comes from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from html import escape
from importlib import import_module
from typing import Any, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from amcc_kg.terms import prefixes, xml_text
from amcc_kg.terms.errors import InputError

Term = NamedNode | BlankNode | Literal | Triple
SELECT, ASK, GRAPH = "select", "ask", "graph"


class _Answer(Protocol):
    """What is written down; `amcc_kg.graph.answers.Result` says what the parts are."""

    @property
    def kind(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def solutions(self) -> tuple[tuple[Term | None, ...], ...]: ...
    @property
    def boolean(self) -> bool: ...
    @property
    def triples(self) -> tuple[Triple, ...]: ...


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"


def write(answer: _Answer, format: str, *, width: int | None = None) -> str:
    """Return an answer as text ending in a line end.

    `format` is one of `FORMATS`; `width` is what a table may take, in characters, None for what it needs.
    Raises `InputError` for a format that cannot hold this kind of answer.
    """
    if format not in FORMATS:
        raise InputError(f"unknown format {format!r}; known are {', '.join(FORMATS)}")
    writer = _WRITERS.get((answer.kind, format))
    if writer is None:
        fitting = ", ".join(name for name in FORMATS if (answer.kind, name) in _WRITERS)
        kind = {SELECT: "rows", ASK: "a yes or no", GRAPH: "a graph"}[answer.kind]
        raise InputError(f"the format {format} does not hold {kind}; use one of {fitting}")
    return _table(answer, width) if writer is _table else writer(answer)


def html(answer: _Answer) -> str:
    """Return an answer as an HTML table, everything in it escaped, IRIs as links."""
    if answer.kind == ASK:
        return f"<p>{'true' if answer.boolean else 'false'}</p>"

    def cell(term: Term | None) -> str:
        text = escape(display(term))
        if isinstance(term, NamedNode) and term.value.startswith(("http://", "https://")):
            return f'<td><a href="{escape(term.value)}">{text}</a></td>'
        return f"<td>{text}</td>"

    names = columns(answer)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows(answer))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def display(term: Term | None) -> str:
    """Return a term as people read it: IRIs short, literals as their text, unbound as nothing."""
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        short = prefixes.shorten(term.value)
        return term.value if short.startswith("<") else short
    if isinstance(term, Literal):
        return term.value
    return f"_:{term.value}" if isinstance(term, BlankNode) else str(term)


def columns(answer: _Answer) -> tuple[str, ...]:
    """Return what the columns of an answer are called; those of a graph, too."""
    return answer.columns if answer.kind == SELECT else ("subject", "predicate", "object")


def rows(answer: _Answer) -> Sequence[tuple[Term | None, ...]]:
    """Return the solutions, or the triples of a graph as rows."""
    if answer.kind != GRAPH:
        return answer.solutions
    return [(triple.subject, triple.predicate, triple.object) for triple in answer.triples]


def _table(answer: _Answer, width: int | None = None) -> str:
    names, found = columns(answer), rows(answer)
    lines = [list(names)] + [[" ".join(display(term).split()) for term in row] for row in found]
    if not names:
        return f"{len(found)} rows without columns\n"
    if width is not None:
        from amcc_kg.graph import tables

        return tables.fitted(lines, width)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * w for w in widths])
    return "".join(
        "  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )


def _csv(answer: _Answer) -> str:
    """SPARQL 1.1 Query Results CSV Format, https://www.w3.org/TR/sparql11-results-csv-tsv/#csv."""

    def field(term: Term | None) -> str:
        text = "" if term is None else f"_:{term.value}" if isinstance(term, BlankNode) else lexical(term)
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in '",\r\n') else text

    lines = [",".join(answer.columns), *(",".join(map(field, row)) for row in answer.solutions)]
    return "".join(f"{line}\r\n" for line in lines)


def _tsv(answer: _Answer) -> str:
    """SPARQL 1.1 Query Results TSV Format: terms as Turtle writes them."""
    lines = ["\t".join(f"?{name}" for name in answer.columns)]
    lines += ["\t".join("" if term is None else str(term) for term in row) for row in answer.solutions]
    return "".join(f"{line}\n" for line in lines)


def _json(answer: _Answer) -> str:
    """SPARQL 1.1 Query Results JSON Format, https://www.w3.org/TR/sparql11-results-json/."""
    if answer.kind == ASK:
        return json.dumps({"head": {}, "boolean": answer.boolean}, indent=2) + "\n"
    bindings = [
        {name: _json_term(t) for name, t in zip(answer.columns, row, strict=True) if t is not None}
        for row in answer.solutions
    ]
    content = {"head": {"vars": list(answer.columns)}, "results": {"bindings": bindings}}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _json_term(term: Term) -> dict[str, Any]:
    if isinstance(term, Literal):
        content = {"type": "literal", "value": term.value}
        if term.language:
            return content | {"xml:lang": term.language}
        plain = term.datatype.value == f"{prefixes.XSD}string"
        return content if plain else content | {"datatype": term.datatype.value}
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    names = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
    return {"type": "triple", "value": {name: _json_term(part) for name, part in names.items()}}


def _xml(answer: _Answer) -> str:
    """SPARQL Query Results XML Format, https://www.w3.org/TR/rdf-sparql-XMLres/."""
    _refuse_controls(answer)

    def term_xml(term: dict[str, Any]) -> str:
        if term["type"] == "triple":
            parts = "".join(f"<{k}>{term_xml(v)}</{k}>" for k, v in term["value"].items())
            return f"<triple>{parts}</triple>"
        attributes = f" xml:lang={xml_text.attribute(term['xml:lang'])}" if "xml:lang" in term else ""
        attributes += f" datatype={xml_text.attribute(term['datatype'])}" if "datatype" in term else ""
        text = xml_text.text(term["value"])
        return f"<{term['type']}{attributes}>{text}</{term['type']}>"

    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<sparql xmlns="http://www.w3.org/2005/sparql-results#">',
    ]
    if answer.kind == ASK:
        lines += ["  <head/>", f"  <boolean>{'true' if answer.boolean else 'false'}</boolean>"]
        return "\n".join([*lines, "</sparql>"]) + "\n"
    lines += [
        "  <head>",
        *(f"    <variable name={xml_text.attribute(name)}/>" for name in answer.columns),
        "  </head>",
        "  <results>",
    ]
    for row in answer.solutions:
        lines.append("    <result>")
        for name, term in zip(answer.columns, row, strict=True):
            if term is not None:
                attribute, written = xml_text.attribute(name), term_xml(_json_term(term))
                lines.append(f"      <binding name={attribute}>{written}</binding>")
        lines.append("    </result>")
    return "\n".join([*lines, "  </results>", "</sparql>"]) + "\n"


def _refuse_controls(answer: _Answer) -> None:
    """Refuse what XML 1.0 (§2.2) has no way to write, not even escaped: most control characters."""
    for number, row in enumerate(rows(answer), start=1):
        for name, term in zip(columns(answer), row, strict=True):
            if term is not None and (found := _CONTROL.search(lexical(term))):
                place = f"row {number}, column {name}"
                reason = f"XML has no way to write the character U+{ord(found[0]):04X} of {place}"
                raise InputError(f"{reason}; use another format, json say")


def _markdown(answer: _Answer) -> str:
    def line(texts: list[str]) -> str:
        return f"| {' | '.join(texts)} |\n"

    names = list(columns(answer))
    body = "".join(line([escaped(display(term)) for term in row]) for row in rows(answer))
    return line(names) + line(["---"] * len(names)) + body


def escaped(text: str) -> str:
    """Return a text on one line of Markdown, its marks escaped."""
    for mark in ("\\", "|", "<", "`", "*", "_", "["):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _result_set(answer: _Answer) -> str:
    """The W3C's vocabulary for results as RDF, which its test suites use."""
    head = f"@prefix rs: <{RESULT_SET}> .\n\n[] a rs:ResultSet"
    if answer.kind == ASK:
        return f"{head} ;\n    rs:boolean {'true' if answer.boolean else 'false'} .\n"
    names = ", ".join(f'"{name}"' for name in answer.columns)
    parts = [f"{head} ;\n    rs:resultVariable {names}" if names else head]
    for index, row in enumerate(answer.solutions, start=1):
        pairs = zip(answer.columns, row, strict=True)
        bound = [f'[ rs:variable "{n}" ; rs:value {t} ]' for n, t in pairs if t is not None]
        joined = f" ;\n        rs:binding {', '.join(bound)}" if bound else ""
        parts.append(f"    rs:solution [ rs:index {index}{joined} ]")
    return " ;\n".join(parts) + " .\n"


def _ntriples(answer: _Answer) -> str:
    return "".join(f"{triple} .\n" for triple in answer.triples)


def _rdf(format: str) -> Callable[[_Answer], str]:
    """Write a graph as the downloads are written: sorted, with the prefixes that it uses and no others."""

    def serialise(answer: _Answer) -> str:
        from amcc_kg.syntax import rdflib_bridge

        if format == "rdfxml":
            _refuse_controls(answer)
        graph = rdflib_bridge.graph_of(_ntriples(answer))
        content: bytes = import_module(f"amcc_kg.syntax.writing.{format}").serialize(graph, prefixes.PREFIXES)
        return content.decode()

    return serialise


def lexical(term: object) -> str:
    """Return the text of a literal, an IRI or the label of a blank node; of what is none, what prints."""
    return str(getattr(term, "value", term))


def _boolean(answer: _Answer) -> str:
    return "true\n" if answer.boolean else "false\n"


FORMATS = ("table", "csv", "tsv", "json", "xml", "markdown", "turtle", "ntriples")
_WRITERS: dict[tuple[str, str], Callable[[_Answer], str]] = {
    (SELECT, "table"): _table,
    (SELECT, "csv"): _csv,
    (SELECT, "tsv"): _tsv,
    (SELECT, "json"): _json,
    (SELECT, "xml"): _xml,
    (SELECT, "markdown"): _markdown,
    (SELECT, "turtle"): _result_set,
    (ASK, "table"): _boolean,
    (ASK, "json"): _json,
    (ASK, "xml"): _xml,
    (ASK, "turtle"): _result_set,
    (GRAPH, "turtle"): _rdf("turtle"),
    (GRAPH, "json"): _rdf("jsonld"),
    (GRAPH, "xml"): _rdf("rdfxml"),
    (GRAPH, "ntriples"): _ntriples,
    (GRAPH, "table"): _table,
    (GRAPH, "markdown"): _markdown,
}
