"""Text of every syntax into rdflib's graphs, with errors that name line and column.

The Turtle family is read by `amcc_kg.syntax.reading`, JSON-LD and RDF/XML by rdflib; where that does not say
in which place a text is wrong, pyoxigraph is asked. Knows nothing of which file is what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.sax import SAXParseException

from rdflib import BNode, Dataset, Graph, IdentifiedNode, URIRef
from rdflib.term import Node

from amcc_kg.syntax import reading
from amcc_kg.syntax.reading import Source
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.lines import LineIndex

_XML_PLACE = re.compile(r"^\S*?:(\d+):(\d+): ")


def parse(graph: Graph, text: str, syntax: str, path: Path) -> None:
    """Parse `text` into `graph`, which may be a dataset; relative IRIs resolve against `@base` or the file.

    `syntax` is rdflib's name of it (`turtle`, `trig`, `nt`, `nquads`, `json-ld`, `xml`); `path` is named in
    the error. Raises `PlacedError` if the text does not parse; the graph may then hold a part of it.
    """
    base = path.resolve().as_uri()
    if syntax in reading.SYNTAXES.values():
        add(graph, reading.parse(text, syntax, name=str(path), scope=BNode(), base=base).checked())
        return
    if syntax == "json-ld":
        _check_contexts(text, path)
    try:
        with keys.as_written():
            graph.parse(data=text, format=syntax, publicID=base)
    except RecursionError as error:
        raise PlacedError(path, 0, None, "nested too deeply to be read") from error
    except Exception as error:  # rdflib's parsers raise whatever they meet, down to AttributeError
        raise _placed(error, text, syntax, path, base) from error


def load(path: Path) -> Source:
    """Read a file of the Turtle family whose blank nodes are no other file's; raises as `parse` does."""
    return reading.load(path, scope=BNode()).checked()


def graph_of(ntriples: str, scope: str | None = None) -> Graph:
    """Return the graph of a text in N-Triples that a program has written.

    `scope` is what the labels of its blank nodes begin with; without it they are no other graph's.
    """
    graph = Graph()
    add(graph, reading.parse(ntriples, "nt", scope=scope or BNode()).checked())
    return graph


def add(graph: Graph, source: Source) -> None:
    """Add a source's rows and prefixes to rdflib's graph; in a dataset, each row to its named graph."""
    targets: dict[Node | None, Graph] = {None: graph.default_graph if isinstance(graph, Dataset) else graph}
    for name, triple in quads(source):
        target = targets.get(name)
        if target is None:
            assert isinstance(name, IdentifiedNode)
            target = targets[name] = graph.graph(name) if isinstance(graph, Dataset) else graph
        target.add(triple)
    for prefix, namespace in source.prefixes.items():
        graph.bind(prefix, URIRef(namespace))


def quads(source: Source) -> list[tuple[Node | None, Triple]]:
    """Return a source's rows in rdflib's terms, each with the name of its graph, None for the default graph.

    A blank node keeps the label it has in the keys, a language tag the letters it is written with. Raises
    `PlacedError` for what only RDF 1.2 has.
    """
    made = dict[int, "Node"]()

    def node(number: int, at: int) -> Node:
        found = made.get(number)
        if found is None:
            try:
                found = made[number] = keys.to_rdflib(source.spelt(number, at))
            except InputError as error:
                raise PlacedError(source.name, *source.lines.place(at), str(error)) from error
        return found

    columns = source.s, source.s_at, source.p, source.p_at, source.o, source.o_at
    with keys.as_written():
        triples = [
            (node(s, s_at), node(p, p_at), node(o, o_at))
            for s, s_at, p, p_at, o, o_at in zip(*columns, strict=True)
        ]
    graphs = source.g or repeat(reading.DEFAULT_GRAPH, len(triples))
    return [
        (None if graph == reading.DEFAULT_GRAPH else node(graph, 0), triple)
        for graph, triple in zip(graphs, triples, strict=True)
    ]


def _placed(error: Exception, text: str, syntax: str, path: Path, base: str) -> PlacedError:
    """Ask the second parser where the text is wrong; where it sees nothing wrong, quote the first."""
    import pyoxigraph

    place: tuple[int, int | None] | None = _place_in_xml(error) if syntax == "xml" else None
    own = _one_line(_XML_PLACE.sub("", str(error))) or type(error).__name__
    if place is not None and not isinstance(error, SAXParseException):
        return PlacedError(path, *place, own)
    format_ = pyoxigraph.RdfFormat.RDF_XML if syntax == "xml" else pyoxigraph.RdfFormat.JSON_LD
    try:
        for _ in pyoxigraph.parse(text, format_, base_iri=base):
            pass
    except SyntaxError as found:
        own = re.sub(r"^Parser error (at|between) [^:]*: ", "", found.msg)
        # Of XML, the second parser gives no places.
        place = place or (found.lineno or 0, found.offset if found.lineno else None)
    except ValueError as found:
        own = str(found)
    return PlacedError(path, *(place or (0, None)), _one_line(own))


def _place_in_xml(error: Exception) -> tuple[int, int] | None:
    """Return line and column that the first parser of XML names, which counts columns from 0."""
    if isinstance(error, SAXParseException):
        return error.getLineNumber() or 1, (error.getColumnNumber() or 0) + 1
    match = _XML_PLACE.match(str(error))
    return (int(match[1]), int(match[2]) + 1) if match else None


def _check_contexts(text: str, path: Path) -> None:
    """Raise `PlacedError` if a JSON-LD text, or a file of contexts it names, asks for one that is no file."""
    todo, seen = [(text, path)], {path.resolve()}
    while todo:
        source, file = todo.pop()
        try:
            named = list(_named_contexts(json.loads(source)))
        except (ValueError, RecursionError):
            continue  # which the parser says better
        for name in named:
            url = urlsplit(urljoin(file.resolve().as_uri(), name))
            local = Path(unquote(url.path))
            if url.scheme != "file" or not local.is_file():
                at = source.find(f'"{name}"')  # not found if escaped in some way
                line, column = LineIndex(source).place(at) if at >= 0 else (0, None)
                why = "is no file" if url.scheme == "file" else "is not fetched"
                raise PlacedError(file, line, column, f"the context <{name}> {why}; put it into the file")
            if local not in seen:
                seen.add(local)
                todo.append((local.read_text("utf-8", "replace"), local))


def _named_contexts(node: object) -> Iterator[str]:
    """Yield the names of contexts that a JSON-LD document takes from elsewhere."""
    if isinstance(node, list):
        for item in node:
            yield from _named_contexts(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("@context", "@import"):
                yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str))
            yield from _named_contexts(value)


def _one_line(message: str) -> str:
    return " ".join(message.split())[:300]
