"""Whether a query asks the endpoint about itself: whether it names a term that only the description has.

A best effort over tokens. Knows the vocabularies of the description; nothing of what is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.sparql.checks import named_iris
from amcc_kg.terms import prefixes as terms

if TYPE_CHECKING:
    from collections.abc import Iterable

SD = "http://www.w3.org/ns/sparql-service-description#"
DEFAULT_GRAPH = f"{terms.BASE}graph/default"
# What IRIs begin with that no statement of the graph has: SHACL's and VoID's with what others added to them,
# and the IRIs of the saved queries and of the description.
_SPACES = (
    *(terms.SH, terms.PREFIXES["void"], SD),
    *("http://ldf.fi/void-ext#", "https://purl.expasy.org/sparql-examples/ontology#"),
    *(terms.DESCRIPTION_GRAPH, DEFAULT_GRAPH, terms.PREFIXES["query"], f"{terms.BASE}queries#"),
)


def asked(text: str, graphs: Iterable[str] = ()) -> bool:
    """Tell whether a query, or the dataset that is given with it, names such a term.

    A prefix that is declared and not used names nothing: editors declare more than they need.
    """
    if terms.DESCRIPTION_GRAPH in graphs:
        return True
    if not any(space in text for space in _SPACES) and terms.BASE not in text:
        return False
    return any(iri.startswith(_SPACES) for iri in named_iris(text))
