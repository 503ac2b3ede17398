"""The header of an ontology file: its IRI and that of its version, as the terms of any library.

https://www.w3.org/TR/owl2-syntax/#Ontology_IRI_and_Version_IRI. Knows nothing of what the file says besides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from amcc_kg.terms import prefixes

Node = TypeVar("Node")


def header(triples: Iterable[Iterable[object]], named: type[Node]) -> tuple[Node | None, Node | None]:
    """Return the IRI and the version IRI of the one ontology that triples are.

    `named` is the library's class of IRIs. There is no IRI without a header, or with several headers, and no
    version IRI where the header states none, or several.
    """
    kind, ontology, version = (
        named(name)  # type: ignore[call-arg] # either class takes an IRI as text
        for name in (f"{prefixes.RDF}type", f"{prefixes.OWL}Ontology", f"{prefixes.OWL}versionIRI")
    )
    said = [tuple(triple) for triple in triples]
    found = {s for s, p, o in said if p == kind and o == ontology}
    iri = next(iter(found)) if len(found) == 1 else None
    if not isinstance(iri, named):
        return None, None
    versions = [o for s, p, o in said if s == iri and p == version and isinstance(o, named)]
    return iri, versions[0] if len(versions) == 1 else None
