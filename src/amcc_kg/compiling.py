"""Compiling: a repository's files, loaded, closed, sorted and written down for the query engine.

The slow part that is done once; imports rdflib and the reasoner. Knows nothing of cache folders' layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg import compiled, terms
from amcc_kg.compiled import Compiled

if TYPE_CHECKING:
    from rdflib.graph import _TripleType

    from amcc_kg.repository import Repository


def compile_graph(repository: Repository, reasoner: str = "rules") -> Compiled:
    """Return the compiled graph of a repository: kept from before if nothing has changed, else made and kept.

    `reasoner` is `rules` or `owlrl`. Raises `PlacedError` for a file that does not parse,
    `InconsistentError` if the graph contradicts its ontology. A folder that cannot be written costs time,
    not the answer.
    """
    if found := compiled.load(repository, reasoner):
        return found
    made = make(repository, reasoner)
    compiled.keep(made)
    return made


def make(repository: Repository, reasoner: str = "rules") -> Compiled:
    """Compile a repository; raises as `compile_graph` does."""
    from amcc_kg import headers

    key = compiled.key_of(repository, reasoner)
    queries = [headers.record(path, repository.root) for path in repository.query_files]
    if same := compiled.with_same_graph(key):
        return Compiled(key, same.asserted, same.inferred, same.named, queries)
    return Compiled(key, *_sections(repository, reasoner), queries)


def inferred_triples(compiled: Compiled) -> list[_TripleType]:
    """Return the inferred triples of a compiled graph as rdflib's terms, for what is published from them."""
    from rdflib import Graph

    import amcc_kg.parsing  # noqa: F401 (keeps literals as they are)

    return list(Graph().parse(data=compiled.inferred, format="nt"))


def _sections(repository: Repository, reasoner: str) -> tuple[bytes, bytes, bytes]:
    """Load and close; return asserted triples, inferred triples and quads as sorted lines."""
    import pyoxigraph
    from rdflib import URIRef

    from amcc_kg import reasoning

    dataset = repository.dataset()
    inferred = reasoning.close(dataset, reasoner)
    graph = dataset.graph(URIRef(terms.INFERRED_GRAPH))
    for triple in inferred:
        graph.add(triple)
    text = dataset.serialize(format="nquads")
    quads = pyoxigraph.Dataset(pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_QUADS))
    # Blank nodes get the same names on every machine: https://www.w3.org/TR/rdf-canon/
    quads.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    asserted_lines, inferred_lines, named_lines = set(), set(), set()
    for quad in quads:
        if quad.graph_name == pyoxigraph.NamedNode(terms.INFERRED_GRAPH):
            inferred_lines.add(f"{quad.triple} .\n")
        else:
            asserted_lines.add(f"{quad.triple} .\n")
            if not isinstance(quad.graph_name, pyoxigraph.DefaultGraph):
                named_lines.add(f"{quad} .\n")
    return _joined(asserted_lines), _joined(inferred_lines), _joined(named_lines)


def _joined(lines: set[str]) -> bytes:
    return "".join(sorted(lines)).encode()
