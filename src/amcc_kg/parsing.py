"""RDF text into an rdflib graph, with errors that name line and column.

Knows the two parsers and what each is good for: rdflib keeps literals as written, pyoxigraph says where
a text is wrong. Knows nothing of which file is what.
"""

from __future__ import annotations

import logging
import re
import warnings
from typing import TYPE_CHECKING

import rdflib

from amcc_kg.errors import PlacedError

if TYPE_CHECKING:
    from pathlib import Path

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
_RDFLIB_LINE = re.compile(r"\bat line (\d+)|\bline (\d+)|<unknown>:(\d+):")


def parse(graph: Graph, text: str, syntax: str, path: Path) -> None:
    """Parse `text` into `graph`, which may be a dataset; relative IRIs resolve against `@base` or the file.

    `syntax` is rdflib's name of it (`turtle`, `trig`, `nt`, `nquads`, `json-ld`, `xml`); `path` is named in
    the error. Raises `PlacedError` if the text does not parse; the graph may then hold a part of it.
    """
    base = path.resolve().as_uri()
    try:
        graph.parse(data=text, format=syntax, publicID=base)
    except RecursionError as error:
        raise PlacedError(path, 1, None, "nested too deeply to be read") from error
    except Exception as error:  # rdflib's parsers raise whatever they meet, down to AttributeError
        raise _placed(error, text, syntax, path, base) from error


def _placed(error: Exception, text: str, syntax: str, path: Path, base: str) -> PlacedError:
    """Ask the second parser where the text is wrong; where it sees nothing wrong, quote the first."""
    import pyoxigraph

    format_ = getattr(pyoxigraph.RdfFormat, _OXIGRAPH_FORMATS[syntax])
    try:
        for _ in pyoxigraph.parse(text, format_, base_iri=base):
            pass
    except SyntaxError as found:
        reason = re.sub(r"^Parser error (at|between) [^:]*: ", "", found.msg)
        return PlacedError(path, found.lineno or 1, found.offset, _one_line(reason))
    except ValueError as found:
        return PlacedError(path, 1, None, _one_line(str(found)))
    message = str(error)
    match = _RDFLIB_LINE.search(message)
    # rdflib's "at line N" counts from 1 for Turtle; a message without one is about the whole file.
    line = int(next(g for g in match.groups() if g)) if match else 1
    return PlacedError(path, line, None, _one_line(_rdflib_reason(message)) or type(error).__name__)


def _rdflib_reason(message: str) -> str:
    """Take the reason out of rdflib's `at line 3 of <>: Bad syntax (reason) at ^ in: …`."""
    match = re.search(r"Bad syntax \((.*?)\) at \^ in", message, re.DOTALL)
    return match[1] if match else message


def _one_line(message: str) -> str:
    return " ".join(message.split())[:300]
