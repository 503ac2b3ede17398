"""Datasets compared as RDF compares them: up to the labels of blank nodes and the case of language tags."""

from __future__ import annotations

import pyoxigraph
import rdflib

from amcc_kg.syntax.reading import DEFAULT_GRAPH, Source


def canonical(dataset: Source | rdflib.Dataset | str) -> pyoxigraph.Dataset:
    """Make a dataset that equals another where the two are isomorphic; a text is in N-Quads."""
    if isinstance(dataset, Source):
        text = quads(dataset)
    else:
        text = dataset if isinstance(dataset, str) else str(dataset.serialize(format="nquads"))
    # Lenient: what RFC 3987 says of IRIs is not what is compared.
    found = pyoxigraph.Dataset(pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_QUADS, lenient=True))
    found.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
    return found


def quads(source: Source) -> str:
    """Put the keys of a source's terms side by side, which makes N-Quads."""
    names = source.terms.keys
    graphs = source.g if source.g is not None else [DEFAULT_GRAPH] * len(source)
    return "\n".join(
        f"{s} {p} {o} {'' if g == DEFAULT_GRAPH else names[g]} ."
        for (s, p, o), g in zip(source.triples(), graphs, strict=True)
    )
