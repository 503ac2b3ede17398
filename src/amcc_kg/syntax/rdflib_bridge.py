"""RDF text into an rdflib graph, with errors that name line and column.

Knows the two parsers and what each is good for: rdflib keeps literals as written, pyoxigraph says where
a text is wrong. Knows nothing of which file is what.
"""

from __future__ import annotations

import logging
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit
from xml.sax import SAXParseException

import rdflib

from amcc_kg.terms.errors import PlacedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph

# A literal is a fact about the source: "01" and "1"^^xsd:nonNegativeInteger stay as somebody wrote them.
rdflib.NORMALIZE_LITERALS = False
# rdflib logs a traceback for a literal such as "2018-13-45"^^xsd:date; the shapes report it with its place.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=UserWarning, module=r"rdflib\.term")

_OXIGRAPH_FORMATS = {
    "turtle": "TURTLE",
    "trig": "TRIG",
    "nt": "N_TRIPLES",
    "nquads": "N_QUADS",
    "json-ld": "JSON_LD",
    "xml": "RDF_XML",
}
_XML_PLACE = re.compile(r"^\S*?:(\d+):(\d+): ")
_RDFLIB_LINE = re.compile(r"\bat line (\d+)|\bline (\d+)|<unknown>:(\d+):")


def parse(graph: Graph, text: str, syntax: str, path: Path) -> None:
    """Parse `text` into `graph`, which may be a dataset; relative IRIs resolve against `@base` or the file.

    `syntax` is rdflib's name of it (`turtle`, `trig`, `nt`, `nquads`, `json-ld`, `xml`); `path` is named in
    the error. Raises `PlacedError` if the text does not parse; the graph may then hold a part of it.
    """
    base = path.resolve().as_uri()
    if syntax == "json-ld":
        _check_contexts(text, path)
    try:
        graph.parse(data=text, format=syntax, publicID=base)
    except RecursionError as error:
        raise PlacedError(path, 0, None, "nested too deeply to be read") from error
    except Exception as error:  # rdflib's parsers raise whatever they meet, down to AttributeError
        raise _placed(error, text, syntax, path, base) from error


def _placed(error: Exception, text: str, syntax: str, path: Path, base: str) -> PlacedError:
    """Ask the second parser where the text is wrong; where it sees nothing wrong, quote the first."""
    import pyoxigraph

    place = _place_in_xml(error) if syntax == "xml" else None
    if place is not None and not isinstance(error, SAXParseException):
        return PlacedError(path, *place, _one_line(_XML_PLACE.sub("", str(error))))
    format_ = getattr(pyoxigraph.RdfFormat, _OXIGRAPH_FORMATS[syntax])
    try:
        for _ in pyoxigraph.parse(text, format_, base_iri=base):
            pass
    except SyntaxError as found:
        reason = re.sub(r"^Parser error (at|between) [^:]*: ", "", found.msg)
        # Of XML, the second parser gives no places.
        line, column = place or (found.lineno or 0, found.offset if found.lineno else None)
        return PlacedError(path, line, column, _one_line(reason))
    except ValueError as found:
        line, column = place or (0, None)
        return PlacedError(path, line, column, _one_line(str(found)))
    if place is not None:
        return PlacedError(path, *place, _one_line(_XML_PLACE.sub("", str(error))))
    message = str(error)
    match = _RDFLIB_LINE.search(message)
    # rdflib's "at line N" counts from 1 for Turtle; a message without one is about the whole file.
    line = int(next(g for g in match.groups() if g)) if match else 0
    return PlacedError(path, line, None, _one_line(_rdflib_reason(message)) or type(error).__name__)


def _place_in_xml(error: Exception) -> tuple[int, int] | None:
    """Return line and column that the first parser of XML names, which counts columns from 0."""
    if isinstance(error, SAXParseException):
        return error.getLineNumber() or 1, (error.getColumnNumber() or 0) + 1
    match = _XML_PLACE.match(str(error))
    return (int(match[1]), int(match[2]) + 1) if match else None


def _check_contexts(text: str, path: Path) -> None:
    """Raise `PlacedError` if a JSON-LD text, or a file of contexts it names, asks for one that is no file."""
    import json

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
                line, column = _line_and_column(source, name)
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


def _line_and_column(text: str, name: str) -> tuple[int, int | None]:
    at = text.find(f'"{name}"')
    if at < 0:  # escaped in some way
        return 0, None
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _rdflib_reason(message: str) -> str:
    """Take the reason out of rdflib's `at line 3 of <>: Bad syntax (reason) at ^ in: …`."""
    match = re.search(r"Bad syntax \((.*?)\) at \^ in", message, re.DOTALL)
    return match[1] if match else message


def _one_line(message: str) -> str:
    return " ".join(message.split())[:300]
