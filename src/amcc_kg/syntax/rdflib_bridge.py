"""Sources into rdflib's graphs.

Every syntax is read by `amcc_kg.syntax.reading`, none by rdflib. Knows nothing of which file is what.
"""

from __future__ import annotations

from itertools import repeat
from pathlib import Path

from rdflib import BNode, Dataset, Graph, IdentifiedNode, URIRef
from rdflib.term import Node

from amcc_kg.syntax import reading
from amcc_kg.syntax.reading import Source
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError, PlacedError


def parse(graph: Graph, text: str, syntax: str, path: Path) -> None:
    """Parse `text` into `graph`, which may be a dataset; relative IRIs resolve against `@base` or the file.

    `syntax` is one of the values of `reading.SYNTAXES`; `path` is named in the error. Raises `PlacedError` if
    the text does not parse.
    """
    base = path.resolve().as_uri()
    add(graph, reading.parse(text, syntax, name=str(path), scope=BNode(), base=base).checked())


def load(path: Path) -> Source:
    """Read a file whose blank nodes are no other file's; raises as `parse` does."""
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
