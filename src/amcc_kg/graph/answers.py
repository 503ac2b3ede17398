"""What is asked, what is answered (rows, yes or no, or a graph) as immutable objects, and how it is written.

The formats are the W3C's for results, tables for people, RDF for graphs. Columns and rows stay in the order
of the answer. Knows nothing of where an answer comes from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Triple

from amcc_kg.graph.hints import Hint
from amcc_kg.graph.receipt import Receipt
from amcc_kg.sparql import prologue
from amcc_kg.terms import prefixes, xml_text
from amcc_kg.terms.errors import ColumnError, InputError
from amcc_kg.terms.spelling import nearest

if TYPE_CHECKING:
    import pandas

Term = NamedNode | BlankNode | Literal | Triple
SELECT, ASK, GRAPH = "select", "ask", "graph"
FORMATS = ("table", "csv", "tsv", "json", "xml", "markdown", "turtle", "ntriples")
RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PAGE = 20
"""So many rows are shown by `repr` and in a notebook."""
_NO_EVIDENCE = "this answer did not come from a graph that is at hand, so it has no evidence"


@dataclass(frozen=True, slots=True)
class Question:
    """A query, as SPARQL, and how it is to be answered; raises `InputError` for a limit below 0."""

    text: str
    bindings: Mapping[str, prologue.Bound] = field(default_factory=dict)  # what variables stand for, by name
    inference: bool = True  # else only what is asserted counts
    limit: int | None = None  # rows or triples that are read at most
    timeout: float | None = None  # seconds that are waited at most

    @property
    def whole(self) -> str:
        """The text with the prefixes declared that it takes from the graph."""
        return f"{prologue.declarations(self.text)}{self.text}"

    def __post_init__(self) -> None:
        if self.limit is not None and not (type(self.limit) is int and self.limit >= 0):
            raise InputError(f"a limit of {self.limit!r} rows makes no sense; expected a whole number from 0")
        seconds = self.timeout
        if seconds is not None and not (type(seconds) in (int, float) and seconds > 0):
            raise InputError(f"a timeout of {seconds!r} makes no sense; expected a number of seconds")
        if not isinstance(self.inference, bool):
            raise InputError(f"inference is {self.inference!r}; expected True or False")


class Receipts(Protocol):
    """The receipts of all rows, in order, as the rooms above find them."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Receipt: ...
    def __iter__(self) -> Iterator[Receipt]: ...
    def all(self, index: int, /) -> Sequence[Receipt]:
        """Return every smallest receipt of a row, as far as they are shown."""


class _Kept(tuple[Receipt, ...]):
    """The receipts that came with a pickled answer."""

    def all(self, index: int, /) -> Sequence[Receipt]:
        """Refuse to; raises `InputError`."""
        raise InputError("only the smallest receipt of each row is pickled with an answer")


class Sought:
    """The receipts of an answer, found when they are first asked for; pickled if wanted or once found."""

    def __init__(
        self, find: Callable[[], Receipts] | None, found: Receipts | None = None, *, wanted: bool = False
    ):
        """Take what finds them, or those found; `wanted` tells that they were asked for with the answer."""
        self._find = find
        self._found = found
        self.wanted = wanted

    def __call__(self) -> Receipts:
        """Return the receipts; raises `InputError` where nothing can find them any more."""
        if self._found is None:
            if self._find is None:
                raise InputError(_NO_EVIDENCE)
            self._found = self._find()
        return self._found

    def __reduce__(self) -> tuple[object, ...]:
        found = self() if self.wanted and self._find else self._found
        return Sought, (None, None if found is None else _Kept(found)), None


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One solution: `row.person`, `row["person"]` and `row[0]` are the same term, None where unbound.

    A column that is called as an attribute of the class is, `evidence` say, is `row["evidence"]` only.
    """

    _columns: tuple[str, ...]
    _terms: tuple[Term | None, ...]
    _sought: Sought | None = field(default=None, compare=False)
    _at: int = field(default=0, compare=False)

    @property
    def evidence(self) -> Receipt:
        """What justifies this row, sought when first asked for; raises as `Result.receipts` does."""
        if self._sought is None:
            raise InputError(_NO_EVIDENCE)
        return self._sought()[self._at]

    def keys(self) -> tuple[str, ...]:
        """Return the column names, so that `dict(row)` works."""
        return self._columns

    def __getitem__(self, key: int | str) -> Term | None:
        if isinstance(key, int):
            return self._terms[key]
        if key not in self._columns:
            raise ColumnError(self._missing(key))
        return self._terms[self._columns.index(key)]

    def __getattr__(self, name: str) -> Term | None:
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(self._missing(name))
        return self[name]

    def _missing(self, name: str) -> str:
        hint = nearest(name, self._columns)
        return f"no column {name!r}{hint}; the columns are {', '.join(self._columns)}"

    def __iter__(self) -> Iterator[Term | None]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{c}={t}' for c, t in zip(self._columns, self._terms, strict=True))})"


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """The answer to a query; `sought` gives its receipts, None where the graph is not at hand."""

    kind: str  # `select`, `ask` or `graph`
    columns: tuple[str, ...] = ()  # this and the next of `select`
    solutions: tuple[tuple[Term | None, ...], ...] = ()
    boolean: bool = False  # of `ask`
    triples: tuple[Triple, ...] = ()  # of `graph`, in a fixed order, none twice
    # What in the query is likely a slip, and where rows are lost if there are none.
    hints: tuple[Hint, ...] = field(default=(), compare=False)
    sought: Sought | None = field(default=None, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns are called; those of a graph, too."""
        return self.columns if self.kind == SELECT else ("subject", "predicate", "object")

    @property
    def cells(self) -> Sequence[tuple[Term | None, ...]]:
        """The terms of each row: the solutions, or the triples of a graph."""
        if self.kind != GRAPH:
            return self.solutions
        return [(triple.subject, triple.predicate, triple.object) for triple in self.triples]

    @property
    def rows(self) -> list[Row]:
        """The solutions of a SELECT; the triples of a graph as rows subject, predicate, object."""
        return [Row(self.names, terms, self.sought, at) for at, terms in enumerate(self.cells)]

    def unfolded(self) -> tuple[Result, list[Receipt]]:
        """Return the answer with each row once for each of its receipts, and these.

        Raises as `receipts` does.
        """
        if self.kind != SELECT or not self.solutions:
            return self, list(self.receipts)
        places = {row: at for at, row in reversed([*enumerate(self.solutions)])}
        distinct = dict.fromkeys(self.solutions)
        found = [(row, one) for row in distinct for one in self.receipts.all(places[row])]
        return replace(self, solutions=tuple(row for row, _ in found)), [one for _, one in found]

    @property
    def receipts(self) -> Receipts:
        """The receipts of the rows, or of a yes or no, sought as asked for; raises `InputError` without."""
        if self.sought is None:
            raise InputError(_NO_EVIDENCE)
        return self.sought()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.triples) if self.kind == GRAPH else len(self.solutions)

    def __bool__(self) -> bool:
        return self.boolean if self.kind == ASK else len(self) > 0

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def __str__(self) -> str:
        return self.to_string().rstrip("\n")

    def __repr__(self) -> str:
        shown = _truth(self) if self.kind == ASK else f"{write(self.head(PAGE), 'table')}{self._more}"
        return "\n".join([*(f"hint: {hint}" for hint in self.hints), shown.rstrip("\n")])

    @property
    def _more(self) -> str:
        return f"… {len(self) - PAGE:,} more rows" if len(self) > PAGE else ""

    def _repr_html_(self) -> str:
        from html import escape  # its table of entities takes time to load

        receipts = self.receipts if self.sought is not None and self.sought.wanted else None

        def unfolded(at: int) -> str:
            if receipts is None:
                return ""
            shown = receipts[at]
            count = len(shown.passages)
            summary = f"{count} passage{'s' * (count != 1)}" if count else "why"
            return f"<details><summary>{summary}</summary>{shown._repr_html_()}</details>"

        hints = "".join(f"<li>{escape(str(hint))}</li>" for hint in self.hints)
        above = f"<ul>{hints}</ul>" if hints else ""
        if self.kind == ASK:
            return f"{above}<p>{_truth(self)}</p>{unfolded(0)}"

        def cell(term: Term | None) -> str:
            text = escape(display(term))
            if isinstance(term, NamedNode) and term.value.startswith(("http://", "https://")):
                text = f'<a href="{escape(term.value)}">{text}</a>'
            return f"<td>{text}</td>"

        names = [*self.names, *(["evidence"] if receipts is not None else [])]
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        rows = ["".join(map(cell, row)) for row in self.cells[:PAGE]]
        if receipts is not None:
            rows = [f"{row}<td>{unfolded(at)}</td>" for at, row in enumerate(rows)]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        more = f"<p>{self._more}</p>" if self._more else ""
        return f"{above}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    def to_string(self, format: str | None = None) -> str:
        """Return the answer in one of `FORMATS`, table or turtle if none is named; raises as `write` does."""
        return write(self, format or ("turtle" if self.kind == GRAPH else "table"))

    def to_pandas(self, *, evidence: bool = False) -> pandas.DataFrame:
        """Return the rows as a data frame, dates, integers and booleans as pandas has them where all are.

        With `evidence`, the passages and whatever else each row rests on are a column. Raises `InputError`
        for a yes or no, without pandas, and as `receipts` does.
        """
        if self.kind == ASK:
            raise InputError("a yes or no has no rows for a data frame; use bool(result)")
        try:
            import pandas  # noqa: F401
        except ImportError as error:
            raise InputError("pandas is not installed: pip install 'amcc-kg[pandas]'") from error
        from amcc_kg.graph.data_frames import data_frame

        texts = list(map(str, self.receipts))[: len(self)] if evidence else None
        return data_frame(self.names, self.cells, texts)

    def head(self, limit: int | None) -> Result:
        """Return the answer cut after `limit` rows or triples; whole for None."""
        if limit is None:
            return self
        return replace(self, solutions=self.solutions[:limit], triples=self.triples[:limit])


def of_engine(answer: QuerySolutions | QueryBoolean | QueryTriples, limit: int | None = None) -> Result:
    """Return what the engine's answer holds, read no further than `limit` rows or triples."""
    if isinstance(answer, QuerySolutions):
        columns = tuple(variable.value for variable in answer.variables)
        return Result(SELECT, columns, tuple(tuple(solution) for solution in islice(answer, limit)))
    if isinstance(answer, QueryBoolean):
        return Result(ASK, boolean=bool(answer))
    return of_triples(answer, limit)


def of_triples(triples: Iterable[Triple], limit: int | None = None) -> Result:
    """Return a graph that holds triples, none twice, read no further than `limit` of them."""
    found: set[Triple] = set()
    for triple in triples if limit != 0 else ():
        found.add(triple)
        if len(found) == limit:
            break
    return Result(GRAPH, triples=tuple(sorted(found, key=str)))


def write(answer: Result, format: str, *, width: int | None = None) -> str:
    """Return an answer as text ending in a line end.

    `format` is one of `FORMATS`; `width` is what a table may take, in characters, None for what it needs.
    Raises `InputError` for a format that cannot hold this kind of answer.
    """
    if format not in FORMATS:
        raise InputError(f"unknown format {format!r}; known are {', '.join(FORMATS)}")
    writers = _WRITERS[answer.kind]
    if format not in writers:
        fitting = ", ".join(name for name in FORMATS if name in writers)
        kind = {SELECT: "rows", ASK: "a yes or no", GRAPH: "a graph"}[answer.kind]
        raise InputError(f"the format {format} does not hold {kind}; use one of {fitting}")
    writer = writers[format]
    return _table(answer, width) if writer is _table else writer(answer)


def display(term: Term | None) -> str:
    """Return a term as people read it: IRIs short, literals as their text, unbound as nothing."""
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        short = prefixes.shorten(term.value)
        return term.value if short.startswith("<") else short
    return term.value if isinstance(term, Literal) else str(term)


def lexical(term: object) -> str:
    """Return the text of a literal, an IRI or the label of a blank node; of what is none, what prints."""
    return str(getattr(term, "value", term))


def escaped(text: str) -> str:
    """Return a text on one line of Markdown, its marks escaped."""
    for mark in ("\\", "|", "<", "`", "*", "_", "["):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _truth(answer: Result) -> str:
    return "true" if answer.boolean else "false"


def _table(answer: Result, width: int | None = None) -> str:
    if not answer.names:
        count = len(answer.cells)
        return f"{count} row{'s' * (count != 1)} without columns\n"
    lines = [list(answer.names)]
    lines += [[" ".join(display(term).split()) for term in row] for row in answer.cells]
    if width is not None:
        from amcc_kg.graph import tables

        return tables.fitted(lines, width)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * w for w in widths])
    return "".join(
        "  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )


def _csv(answer: Result) -> str:
    """SPARQL 1.1 Query Results CSV Format, https://www.w3.org/TR/sparql11-results-csv-tsv/#csv."""

    def field(term: Term | None) -> str:
        text = "" if term is None else str(term) if isinstance(term, BlankNode) else lexical(term)
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in '",\r\n') else text

    # A line with nothing in it would be no row to most readers.
    rows = (",".join(map(field, row)) or '""' for row in answer.solutions)
    return "".join(f"{line}\r\n" for line in (",".join(answer.columns), *rows))


def _tsv(answer: Result) -> str:
    """SPARQL 1.1 Query Results TSV Format: terms as Turtle writes them."""
    lines = ["\t".join(f"?{name}" for name in answer.columns)]
    lines += ["\t".join("" if term is None else str(term) for term in row) for row in answer.solutions]
    return "".join(f"{line}\n" for line in lines)


def _json(answer: Result) -> str:
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


def _xml(answer: Result) -> str:
    """SPARQL Query Results XML Format, https://www.w3.org/TR/rdf-sparql-XMLres/."""
    _refuse_controls(answer)

    def term_xml(term: dict[str, Any]) -> str:
        if term["type"] == "triple":
            parts = "".join(f"<{k}>{term_xml(v)}</{k}>" for k, v in term["value"].items())
            return f"<triple>{parts}</triple>"
        attributes = f" xml:lang={xml_text.attribute(term['xml:lang'])}" if "xml:lang" in term else ""
        attributes += f" datatype={xml_text.attribute(term['datatype'])}" if "datatype" in term else ""
        return f"<{term['type']}{attributes}>{xml_text.text(term['value'])}</{term['type']}>"

    root = '<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', root]
    if answer.kind == ASK:
        lines += ["  <head/>", f"  <boolean>{_truth(answer)}</boolean>"]
        return "\n".join([*lines, "</sparql>"]) + "\n"
    variables = (f"    <variable name={xml_text.attribute(name)}/>" for name in answer.columns)
    lines += ["  <head>", *variables, "  </head>", "  <results>"]
    for row in answer.solutions:
        lines.append("    <result>")
        for name, term in zip(answer.columns, row, strict=True):
            if term is not None:
                attribute, written = xml_text.attribute(name), term_xml(_json_term(term))
                lines.append(f"      <binding name={attribute}>{written}</binding>")
        lines.append("    </result>")
    return "\n".join([*lines, "  </results>", "</sparql>"]) + "\n"


def _refuse_controls(answer: Result) -> None:
    """Refuse what XML 1.0 (§2.2) has no way to write, not even escaped: most control characters."""
    for number, row in enumerate(answer.cells, start=1):
        for name, term in zip(answer.names, row, strict=True):
            if term is not None and (found := _CONTROL.search(lexical(term))):
                what = f"the character U+{ord(found[0]):04X} of row {number}, column {name}"
                raise InputError(f"XML has no way to write {what}; use another format, json say")


def _markdown(answer: Result) -> str:
    def line(texts: list[str]) -> str:
        return f"| {' | '.join(texts)} |\n"

    names = list(answer.names)
    body = "".join(line([escaped(display(term)) for term in row]) for row in answer.cells)
    return line(names) + line(["---"] * len(names)) + body


def _result_set(answer: Result) -> str:
    """The W3C's vocabulary for results as RDF, which its test suites use."""
    head = f"@prefix rs: <{RESULT_SET}> .\n\n[] a rs:ResultSet"
    if answer.kind == ASK:
        return f"{head} ;\n    rs:boolean {_truth(answer)} .\n"
    names = ", ".join(f'"{name}"' for name in answer.columns)
    parts = [f"{head} ;\n    rs:resultVariable {names}" if names else head]
    for index, row in enumerate(answer.solutions, start=1):
        pairs = zip(answer.columns, row, strict=True)
        bound = [f'[ rs:variable "{n}" ; rs:value {t} ]' for n, t in pairs if t is not None]
        joined = f" ;\n        rs:binding {', '.join(bound)}" if bound else ""
        parts.append(f"    rs:solution [ rs:index {index}{joined} ]")
    return " ;\n".join(parts) + " .\n"


def _ntriples(answer: Result) -> str:
    return "".join(f"{triple} .\n" for triple in answer.triples)


def _rdf(answer: Result, *, syntax: str) -> str:
    """Write a graph as the downloads are written: sorted, with the prefixes that it uses and no others."""
    from amcc_kg.syntax import rdflib_bridge

    if syntax == "rdfxml":
        _refuse_controls(answer)
    graph = rdflib_bridge.graph_of(_ntriples(answer), scope="b")
    content: bytes = import_module(f"amcc_kg.syntax.writing.{syntax}").serialize(graph, prefixes.PREFIXES)
    return content.decode()


_ROWS: dict[str, Callable[[Result], str]] = {"table": _table, "markdown": _markdown}
_RESULTS: dict[str, Callable[[Result], str]] = {"json": _json, "xml": _xml, "turtle": _result_set}
_WRITERS: dict[str, dict[str, Callable[[Result], str]]] = {
    SELECT: {**_ROWS, **_RESULTS, "csv": _csv, "tsv": _tsv},
    ASK: {**_RESULTS, "table": lambda answer: f"{_truth(answer)}\n"},
    GRAPH: {
        **_ROWS,
        "turtle": partial(_rdf, syntax="turtle"),
        "json": partial(_rdf, syntax="jsonld"),
        "xml": partial(_rdf, syntax="rdfxml"),
        "ntriples": _ntriples,
    },
}
