"""Compiling: a repository's files, loaded, closed, sorted and written down for the query engine.

The slow part that is done once; imports rdflib and the reasoner. Knows nothing of cache folders' layout.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple

from amcc_kg.graph import cache
from amcc_kg.graph.cache import Compiled
from amcc_kg.repository.files import GraphFile, Repository
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from rdflib.graph import _TripleType

    from amcc_kg.syntax.reading import Source

_PROVED = 5_000  # inferred triples up to which their proofs are kept


def compile_graph(repository: Repository, reasoner: str = "rules") -> Compiled:
    """Return the compiled graph of a repository: kept from before if nothing has changed, else made and kept.

    `reasoner` is `rules` or `owlrl`. Raises `PlacedError` for a file that does not parse, `InconsistentError`
    if the graph contradicts its ontology. A folder that cannot be written costs time, not the answer.
    """
    if found := cache.load(repository, reasoner):
        return found
    made = make(repository, reasoner)
    cache.keep(made)
    return made


def make(repository: Repository, reasoner: str = "rules") -> Compiled:
    """Compile a repository; raises as `compile_graph` does."""
    from amcc_kg.graph.written_forms import Recorder
    from amcc_kg.repository import headers

    key = cache.key_of(repository, reasoner)
    queries = [headers.record(path, repository.root) for path in repository.query_files]
    if same := cache.with_same_graph(key):
        return replace(same, key=key, queries=queries)
    recorder = Recorder(repository.root)
    asserted, inferred, named = _sections(repository, reasoner, recorder.see)
    proofs, rewritten = _proofs(asserted, inferred, named), recorder.content()
    return Compiled(key, asserted, inferred, named, queries, proofs, rewritten)


def inferred_triples(compiled: Compiled) -> list[_TripleType]:
    """Return the inferred triples of a compiled graph as rdflib's terms, for what is published from them."""
    from amcc_kg.syntax import rdflib_bridge

    return list(rdflib_bridge.graph_of(compiled.inferred.decode()))


def _sections(
    repository: Repository, reasoner: str, seen: Callable[[GraphFile, Source], object]
) -> tuple[bytes, bytes, bytes]:
    """Load and close; return asserted triples, inferred triples and quads as sorted lines."""
    from rdflib import URIRef

    from amcc_kg.reasoning import closure

    dataset = repository.dataset(seen)
    inferred = closure.close(dataset, reasoner)
    graph = dataset.graph(URIRef(prefixes.INFERRED_GRAPH))
    graph += inferred
    quads = pyoxigraph.Dataset(pyoxigraph.parse(dataset.serialize(format="nquads"), RdfFormat.N_QUADS))
    # Blank nodes get the same names on every machine: https://www.w3.org/TR/rdf-canon/
    quads.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    derived = NamedNode(prefixes.INFERRED_GRAPH)
    stated = [quad for quad in quads if quad.graph_name != derived]
    return (
        _lines(quad.triple for quad in stated),
        _lines(quad.triple for quad in quads if quad.graph_name == derived),
        _lines(quad for quad in stated if quad.graph_name != DefaultGraph()),
    )


def _proofs(asserted: bytes, inferred: bytes, named: bytes) -> bytes:
    """Return what each inferred triple follows from, so that showing evidence need not seek it every time."""
    from amcc_kg.reasoning.proofs import Prover

    # Where it would take long, proofs are sought when they are needed.
    if inferred.count(b"\n") > _PROVED:
        return b"{}"
    store = Store()
    store.load(asserted + inferred + named, RdfFormat.N_QUADS, lenient=True)
    derived = [quad.triple for quad in pyoxigraph.parse(inferred, RdfFormat.N_TRIPLES, lenient=True)]
    unwritten = set(derived)  # blank nodes are called otherwise in the store, but nothing inferred has any
    prover = Prover(store, lambda triple: triple not in unwritten and Quad(*triple) in store)
    found = {}
    for triple in derived:
        proof = prover.prove(triple)
        leaves = [str(leaf) for leaf in proof.leaves] if proof else []
        if proof and not any("_:" in leaf for leaf in leaves):  # it is called otherwise in every store
            found[str(triple)] = leaves
    return json.dumps(found, sort_keys=True, separators=(",", ":")).encode()


def _lines(statements: Iterable[Triple | Quad]) -> bytes:
    return "".join(sorted({f"{statement} .\n" for statement in statements})).encode()
