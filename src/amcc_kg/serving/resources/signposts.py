"""What a page or a file says of the dataset to programs that read no page: links, and schema.org's terms.

Links as FAIR Signposting has them (https://signposting.org/FAIR/): how to cite, what describes, which files,
under which licence, by whom. Knows the graph's own description; nothing of how files are made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from amcc_kg.publishing import filenames
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.resources import paths
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.serving.resources.statements import Statements

_MEDIA = {offer.suffix: offer.media.partition(";")[0] for offer in negotiation.OFFERS["graph"]}
_DESCRIBED = ("ttl", "jsonld", "rdf")
# For a script that holds data: nothing in it may end it.
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the dataset where a repository is served.

    Attributes:
        licences: IRIs.
        authors: IRIs.
    """

    licences: tuple[str, ...]
    authors: tuple[str, ...]


def facts(*found: Statements) -> Facts:
    """Return what graphs say of the dataset, or else of the ontology."""
    return Facts(_values(found, "dcterms:license"), _values(found, "dcterms:creator"))


def of_dataset(known: Facts, base: str) -> str:
    """Return the value of the Link header of a page about the dataset."""
    links = [_link(prefixes.DATASET, "cite-as"), *_described_by(base)]
    for name in filenames.EVERYTHING:
        links.append(_link(f"{base}downloads/{name}", "item", _MEDIA[name.rpartition(".")[2]]))
    links += _terms_of(known)
    links += [_link(prefixes.full(name), "type") for name in ("schema:AboutPage", "schema:Dataset")]
    return ", ".join(links)


def of_file(known: Facts, base: str, name: str) -> str:
    """Return the value of the Link header of a download."""
    links = [
        _link(f"{prefixes.BASE}downloads/{name}", "cite-as"),
        _link(base, "collection", "text/html"),
    ]
    if name == filenames.DESCRIPTION:
        links.append(_link(prefixes.DATASET, "describes"))
    else:
        links += _described_by(base)
    return ", ".join([*links, *_terms_of(known)])


def of_description(known: Facts) -> str:
    """Return the value of the Link header of the description of the dataset."""
    return ", ".join([_link(prefixes.DATASET, "describes"), *_terms_of(known)])


def schema_org(found: Statements, base: str, *more: Statements) -> str:
    """Return the dataset in schema.org's terms, as JSON-LD that can stand in a page."""
    graphs = (found, *more)

    def values(name: str) -> tuple[str, ...]:
        return _values(graphs, name)

    def one(name: str) -> str | None:
        return next(iter(values(name)), None)

    content: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": prefixes.DATASET,
        "identifier": prefixes.DATASET,
        "url": base,
        "name": one("dcterms:title"),
        "description": one("dcterms:description"),
        "license": one("dcterms:license"),
        "keywords": values("dcat:keyword"),
        "creator": [_agent(iri, graphs) for iri in values("dcterms:creator")],
        "publisher": [_agent(iri, graphs) for iri in values("dcterms:publisher")],
        "datePublished": one("dcterms:issued"),
        "dateModified": max((*values("dcterms:modified"), *values("dcterms:issued")), default=None),
        "version": one("owl:versionInfo"),
        "creditText": one("dcterms:bibliographicCitation"),
        "spatialCoverage": [{"@type": "Place", "@id": place} for place in values("dcterms:spatial")],
        "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{prefixes.DATASET}#catalog", "url": base},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "contentUrl": f"{base}downloads/{name}",
                "encodingFormat": _MEDIA[name.rpartition(".")[2]],
            }
            for name in filenames.EVERYTHING
        ],
    }
    known = {key: value for key, value in content.items() if value not in (None, (), [])}
    return json.dumps(known, ensure_ascii=False, indent=1).translate(_IN_SCRIPT)


def _agent(iri: str, graphs: Iterable[Statements]) -> dict[str, str]:
    name = next((label for found in graphs if (label := found.label(iri)) is not None), "")
    return {"@type": "Organization", "@id": iri} | ({"name": name} if name else {})


def _values(graphs: Iterable[Statements], name: str) -> tuple[str, ...]:
    """Return what is said of the dataset, or else of the ontology; of agents only those that have IRIs."""
    predicate, is_agent = prefixes.full(name), name in ("dcterms:creator", "dcterms:publisher")
    for subject in (prefixes.DATASET, prefixes.ONTOLOGY.rstrip("#")):
        values = {value for found in graphs for value in found.values(subject, predicate)}
        kept = {value for value in values if not is_agent or value.startswith(("http://", "https://"))}
        if kept:
            return tuple(sorted(kept))
    return ()


def _described_by(base: str) -> list[str]:
    return [_link(f"{base}.well-known/void.{name}", "describedby", _MEDIA[name]) for name in _DESCRIBED]


def _terms_of(known: Facts) -> list[str]:
    return [_link(iri, "license") for iri in known.licences] + [_link(iri, "author") for iri in known.authors]


def _link(target: str, relation: str, media: str = "") -> str:
    kind = f'; type="{media}"' if media else ""
    return f'<{quote(target, safe=paths.IN_URL + "?#")}>; rel="{relation}"{kind}'
