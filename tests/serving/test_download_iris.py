"""Every IRI below the persistent address that a download names is answered for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from live import settles
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from live import Server

BASE = prefixes.BASE
FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "trig": RdfFormat.TRIG,
    "nq": RdfFormat.N_QUADS,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}


def iris(nodes: Iterable[object]) -> Iterator[str]:
    """Return the IRIs in nodes, those of datatypes and in triple terms too."""
    for node in nodes:
        if isinstance(node, NamedNode):
            yield node.value
        elif isinstance(node, Literal):
            yield node.datatype.value
        elif isinstance(node, Triple):
            yield from iris(node)


@pytest.fixture(scope="module")
def named(site: Server) -> dict[str, str]:
    """The IRIs below the base, each with a download that names it."""
    assert settles(lambda: site.get("/downloads/", timeout=60).status == 200, 120)
    found: dict[str, str] = {}
    for file in json.loads(site.get("/downloads/", Accept="application/json").body):
        name = file["name"]
        body = site.get(f"/downloads/{name}").body
        if format := FORMATS.get(name.rpartition(".")[2]):
            every = {iri for quad in parse(body, format) for iri in iris(quad)}
        else:
            # The catalogue of the ontologies and the checksums: attributes' values, and no RDF.
            every = set(re.findall(r'"(https?://[^"]+)"', body.decode()))
        found |= {iri: name for iri in every if iri.startswith(BASE)}
    return found


def test_every_iri_that_a_download_names_answers(site: Server, named: dict[str, str]):
    kinds = {iri.removeprefix(BASE).partition("/")[0] for iri in named}
    assert {"statement", "event", "dataset", "downloads", "graph"} <= kinds
    assert len(named) > 2000
    register = parse(site.get("/downloads/retired.ttl").body, RdfFormat.TURTLE, base_iri=BASE)
    retired = {quad.subject.value for quad in register}
    answers: dict[str, tuple[int, str]] = {}
    for iri in sorted(named):
        path = f"/{iri.removeprefix(BASE).partition('#')[0]}"
        if path not in answers:
            answer = site.get(path, Accept="application/n-triples")
            answers[path] = answer.status, answer.text
        status, text = answers[path]
        assert status in (200, 301, 410), (iri, status, named[iri])
        if status == 200 and "#" not in iri and not path.startswith("/downloads/"):
            assert f"<{iri}>" in text, (iri, named[iri])
        # Only what the register of retired IRIs has may be elsewhere, or gone.
        assert status == 200 or iri in retired, (iri, status)
    gone = {path for path, (status, _) in answers.items() if status == 410}
    assert {f"/{name}/0.1.0" for name in ("ontology", "shapes")} <= gone


def test_a_statement_says_what_it_says_and_where(site: Server):
    text = site.get("/event/amcc-3", Accept="application/n-triples").text
    event, chair = f"{BASE}event/amcc-3", f"{BASE}person/s-iswaran"
    line = f"<{event}> <{prefixes.ONTOLOGY}chairedBy> <{chair}> ."
    assert line in text
    iri = prefixes.statement(line)
    path = iri.removeprefix(BASE)
    answer = site.get(f"/{path}", Accept="application/n-triples")
    passage = f"{BASE}document/2018-09-20-amcc-3/s05a"
    for predicate, value in (
        (f"{prefixes.RDF}type", f"{prefixes.RDF}Statement"),
        (f"{prefixes.RDF}subject", event),
        (f"{prefixes.RDF}predicate", f"{prefixes.ONTOLOGY}chairedBy"),
        (f"{prefixes.RDF}object", chair),
        (f"{prefixes.PREFIXES['prov']}wasDerivedFrom", passage),
    ):
        assert f"<{iri}> <{predicate}> <{value}> ." in answer.text
    assert f'<{iri}>; rel="describes"' in answer.headers["link"]
    assert f'<{passage}> <{prefixes.ONTOLOGY}quote> "who chaired the AMCC"' in answer.text
    page = site.get(f"/{path}", Accept="text/html")
    assert page.status == 200
    assert ">S Iswaran</a>" in page.text
    assert 'href="/statement/"' not in page.text
    for suffix in ("ttl", "jsonld", "rdf", "trig", "nq", "csv", "html"):
        assert site.get(f"/{path}.{suffix}").status == 200
    assert site.get(f"/about?iri={quote(iri, safe='')}").status == 200
    assert site.get(f"/{path}0").status == 404
