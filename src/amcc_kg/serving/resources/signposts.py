"""What a page or a file says of the dataset to programs that read no page: links, and schema.org's terms.

Links as FAIR Signposting has them (https://signposting.org/FAIR/): how to cite, what describes, which files,
under which licence, by whom. Knows the graph's own description; nothing of how files are made.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from amcc_kg.publishing import filenames
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.resources import paths
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amcc_kg.serving.resources.statements import Statements

_MEDIA = {offer.suffix: offer.type for offer in negotiation.OFFERS["graph"]}
_DESCRIBED = ("ttl", "jsonld", "rdf")
# For a script that holds data: nothing in it may end it.
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def of_dataset(found: Statements, base: str) -> str:
    """Return the value of the Link header of a page about the dataset."""
    links = [link(prefixes.DATASET, "cite-as"), *_described_by(base)]
    links += [link(url, "item", media) for _, url, media in _files(base)]
    links += _terms(_values(found, "dcterms:license"), _values(found, "dcterms:creator"))
    links += [link(prefixes.full(name), "type") for name in ("schema:AboutPage", "schema:Dataset")]
    return ", ".join(links)


def of_file(licences: tuple[str, ...], authors: tuple[str, ...], base: str, name: str) -> str:
    """Return the value of the Link header of a download; licences and authors of the dataset are IRIs."""
    links = [link(f"{prefixes.BASE}downloads/{name}", "cite-as"), link(base, "collection", "text/html")]
    links += [link(prefixes.DATASET, "describes")] if name == filenames.DESCRIPTION else _described_by(base)
    return ", ".join([*links, *_terms(licences, authors)])


def of_description(licences: tuple[str, ...], authors: tuple[str, ...]) -> str:
    """Return the value of the Link header of the description of the dataset."""
    return ", ".join([link(prefixes.DATASET, "describes"), *_terms(licences, authors)])


def schema_org(found: Statements, base: str) -> str:
    """Return the dataset in schema.org's terms, as JSON-LD that can stand in a page."""
    values = partial(_values, found)

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
        "creator": [_agent(found, iri) for iri in values("dcterms:creator")],
        "publisher": [_agent(found, iri) for iri in values("dcterms:publisher")],
        "datePublished": one("dcterms:issued"),
        "dateModified": max((*values("dcterms:modified"), *values("dcterms:issued")), default=None),
        "version": one("owl:versionInfo"),
        "creditText": one("dcterms:bibliographicCitation"),
        "spatialCoverage": [{"@type": "Place", "@id": place} for place in values("dcterms:spatial")],
        "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{prefixes.DATASET}#catalog", "url": base},
        "distribution": [
            {"@type": "DataDownload", "name": name, "contentUrl": url, "encodingFormat": media}
            for name, url, media in _files(base)
        ],
    }
    known = {key: value for key, value in content.items() if value not in (None, (), [])}
    return json.dumps(known, ensure_ascii=False, indent=1).translate(_IN_SCRIPT)


def link(target: str, relation: str, media: str = "") -> str:
    """Return a link to a URL as the Link header has it, https://www.rfc-editor.org/rfc/rfc8288."""
    kind = f'; type="{media}"' if media else ""
    return f'<{target}>; rel="{relation}"{kind}'


def _files(base: str) -> Iterator[tuple[str, str, str]]:
    """Return the name, the URL and the media type of each file that holds everything."""
    for name in filenames.EVERYTHING:
        yield name, f"{base}downloads/{name}", _MEDIA[name.rpartition(".")[2]]


def _agent(found: Statements, iri: str) -> dict[str, str]:
    name = found.label(iri)
    return {"@type": "Organization", "@id": iri} | ({"name": name} if name else {})


def _values(found: Statements, name: str) -> tuple[str, ...]:
    """Return what is said of the dataset, or else of the ontology; of agents only those that have IRIs."""
    is_agent = name in ("dcterms:creator", "dcterms:publisher")
    for subject in (prefixes.DATASET, prefixes.ONTOLOGY.rstrip("#")):
        values = found.values(subject, prefixes.full(name))
        kept = [value for value in values if not is_agent or value.startswith(("http://", "https://"))]
        if kept:
            return tuple(kept)
    return ()


def _described_by(base: str) -> list[str]:
    return [link(f"{base}.well-known/void.{name}", "describedby", _MEDIA[name]) for name in _DESCRIBED]


def _terms(licences: tuple[str, ...], authors: tuple[str, ...]) -> list[str]:
    related = [("license", iri) for iri in licences] + [("author", iri) for iri in authors]
    return [link(paths.encoded(iri, "?#"), relation) for relation, iri in related]
