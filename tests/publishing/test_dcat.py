"""The description of what is published: DCAT-AP 3 and VoID as harvesters and catalogues hold it to them."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import mini_repository as mini
import pyoxigraph
import pyshacl
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, SH, VOID, Graph, Literal, URIRef

from amcc_kg import evidence, validation
from amcc_kg.graph import compiler
from amcc_kg.publishing import descriptions, downloads
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from rdflib.term import Node

PROJECT = Path(__file__).parent.parent.parent
SHAPES = Path(__file__).parent.parent / "dcat" / "dcat-ap-3.ttl"
DATASET = URIRef(prefixes.DATASET)
WD = prefixes.PREFIXES["wd"]
DOWNLOADS = f"{prefixes.BASE}downloads/"


@pytest.fixture(autouse=True)
def literals_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what pyshacl leaves switched on."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", rdflib.NORMALIZE_LITERALS)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The downloads of this project."""
    repository = Repository(PROJECT)
    inferred = compiler.inferred_triples(compiler.compile_graph(repository))
    return downloads.downloads(repository.dataset(), inferred, repository)


@pytest.fixture(scope="module")
def described(files: dict[str, bytes]) -> Graph:
    return Graph().parse(data=files["void.ttl"], format="turtle")


def read(files: dict[str, bytes], url: Node) -> set[pyoxigraph.Triple]:
    """The default graph of a file, and of one without such a graph its named graphs."""
    name = str(url).removeprefix(DOWNLOADS)
    syntax = pyoxigraph.RdfFormat.from_extension(name.rpartition(".")[2])
    assert syntax is not None
    quads = list(pyoxigraph.parse(files[name], syntax))
    merged = {q.triple for q in quads if isinstance(q.graph_name, pyoxigraph.DefaultGraph)}
    return merged or {q.triple for q in quads}


def canonical(triples: set[pyoxigraph.Triple]) -> set[pyoxigraph.Quad]:
    dataset = pyoxigraph.Dataset(pyoxigraph.Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def datasets(described: Graph) -> set[Node]:
    return set(described.subjects(RDF.type, DCAT.Dataset))


def lacks(described: Graph) -> set[tuple[str, str]]:
    """What the shapes find, all of it Warnings: the thing, and the property that it lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shapes = Graph().parse(SHAPES)
        _, report, text = pyshacl.validate(described, shacl_graph=shapes, advanced=True, allow_warnings=True)
    assert isinstance(report, Graph)
    results = set(report.subjects(RDF.type, SH.ValidationResult))
    assert {report.value(r, SH.resultSeverity) for r in results} <= {SH.Warning}, text
    return {(str(report.value(r, SH.focusNode)), str(report.value(r, SH.resultPath))) for r in results}


# ---- DCAT-AP ----


def test_what_dcat_ap_makes_mandatory_is_there_and_what_it_recommends_where_it_is_known(
    described: Graph,
) -> None:
    missing = lacks(described)
    # A vocabulary is about no time or place; a document has a place where its description names one, and a
    # time where dates stand in it.
    assert {path for _, path in missing} <= {str(DCTERMS.spatial), str(DCTERMS.temporal)}
    for subject, path in missing:
        is_vocabulary = (URIRef(subject), DCTERMS.type, descriptions.ONTOLOGY) in described
        assert is_vocabulary or "/document/" in subject, (subject, path)


def test_both_validators_find_the_same_missing(described: Graph) -> None:
    found = validation.validate(described, Graph().parse(SHAPES)).findings
    assert {finding.severity for finding in found} <= {validation.Severity.WARNING}
    assert len(found) == len(lacks(described))


@pytest.mark.parametrize(
    ("dropped", "least"),
    [
        (DCAT.accessURL, 1),
        (DCTERMS.title, 1),
        (DCTERMS.description, 1),
        (FOAF.name, 1),
        (DCTERMS.publisher, 1),
    ],
)
def test_the_shapes_would_find_what_is_left_out(described: Graph, dropped: URIRef, least: int) -> None:
    poorer = Graph()
    for triple in described:
        if triple[1] != dropped:
            poorer.add(triple)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        conforms, report, _ = pyshacl.validate(poorer, shacl_graph=Graph().parse(SHAPES), allow_warnings=True)
    assert not conforms
    assert isinstance(report, Graph)
    assert len(set(report.subjects(SH.resultSeverity, SH.Violation))) >= least


def test_each_dataset_and_each_file_is_described_by_a_sentence_of_its_own(described: Graph) -> None:
    sentences = [str(described.value(dataset, DCTERMS.description)) for dataset in datasets(described)]
    assert len(sentences) == len(set(sentences)) > 5
    for file in described.subjects(RDF.type, DCAT.Distribution):
        (sentence,) = described.objects(file, DCTERMS.description)
        assert str(sentence).endswith(".")
        syntax = {"ttl": "Turtle", "nt": "N-Triples", "nq": "N-Quads", "trig": "TriG", "jsonld": "JSON-LD"}
        suffix = str(described.value(file, DCAT.downloadURL)).rpartition(".")[2]
        called = syntax.get(suffix, "RDF/XML")
        assert called in str(sentence)
        dataset = described.value(None, DCAT.distribution, file)
        title = str(described.value(file, DCTERMS.title))
        assert title.removeprefix(str(described.value(dataset, DCTERMS.title))).startswith(", as ")
        assert title.endswith(called)


def test_agents_have_iris_and_names(described: Graph) -> None:
    for predicate in (DCTERMS.creator, DCTERMS.publisher, DCAT.contactPoint):
        agents = set(described.objects(None, predicate))
        assert agents
        for agent in agents:
            assert isinstance(agent, URIRef)
            assert described.value(agent, FOAF.name) is not None


def test_the_catalogue_lists_every_dataset(described: Graph) -> None:
    (catalogue,) = described.subjects(RDF.type, DCAT.Catalog)
    assert set(described.objects(catalogue, DCAT.dataset)) == datasets(described)


def test_the_whole_was_made_of_the_documents_and_the_evidence_of_the_whole(described: Graph) -> None:
    documents = {
        URIRef(f"{prefixes.BASE}document/{path.parent.name}")
        for path in PROJECT.glob("data/documents/*/document.ttl")
    }
    assert set(described.objects(DATASET, PROV.wasDerivedFrom)) == documents
    assert set(described.objects(URIRef(f"{DATASET}/evidence"), PROV.wasDerivedFrom)) == {DATASET}
    for document in documents:
        part = URIRef(str(document).replace("/document/", "/dataset/document/"))
        assert set(described.objects(part, PROV.wasDerivedFrom)) == {document}


def test_a_document_s_own_publisher_and_licence_are_not_those_of_its_encoding(tmp_path: Path) -> None:
    repository = mini.build(tmp_path)
    path = tmp_path / "data/documents/fair/document.ttl"
    path.write_text(
        path.read_text().replace(
            "    a amcc:Document ;",
            "    a amcc:Document ;\n    dcterms:publisher <body/other> ;\n    dcterms:license <x:closed> ;",
            1,
        )
    )
    made = downloads.downloads(repository.dataset(), [], repository)
    graph = Graph().parse(data=made["void.ttl"], format="turtle")
    part = mini.iri("dataset/document/fair")
    assert graph.value(part, DCTERMS.publisher) is None
    assert str(graph.value(part, DCTERMS.license)) == "https://creativecommons.org/licenses/by/4.0/"


# ---- VoID ----


def test_every_dump_of_a_dataset_holds_all_of_it(files: dict[str, bytes], described: Graph) -> None:
    seen = 0
    for dataset in set(described.subjects(VOID.dataDump)):
        contents = [canonical(read(files, url)) for url in described.objects(dataset, VOID.dataDump)]
        seen += len(contents)
        # The engine takes "01" and "1" for one literal, so all are read by it.
        assert all(content == contents[0] for content in contents), dataset
    assert seen > 20


def test_what_is_counted_is_what_the_dump_holds(files: dict[str, bytes], described: Graph) -> None:
    for dataset in set(described.subjects(VOID.dataDump)):
        url = min(
            described.objects(dataset, VOID.dataDump), key=lambda u: (not str(u).endswith("ttl"), str(u))
        )
        graph = Graph().parse(data=files[str(url).removeprefix(DOWNLOADS)], format="turtle")
        assert int(str(described.value(dataset, VOID.triples))) == len(graph), dataset
        space = str(described.value(dataset, VOID.uriSpace))
        entities = {s for s in graph.subjects() if isinstance(s, URIRef) and str(s).startswith(space)}
        assert int(str(described.value(dataset, VOID.entities))) == len(entities), dataset


def test_rdf_1_2_says_that_it_is_and_is_no_dump(files: dict[str, bytes], described: Graph) -> None:
    name = "amcc-kg-evidence-rdf12.ttl"
    assert files[name].startswith(b'VERSION "1.2"\n')
    file = described.value(predicate=DCAT.downloadURL, object=URIRef(f"{DOWNLOADS}{name}"))
    assert str(described.value(file, DCTERMS.conformsTo)) == "https://www.w3.org/TR/rdf12-turtle/"
    encoding = described.value(file, URIRef(f"{prefixes.PREFIXES['schema']}encodingFormat"))
    assert str(encoding) == "text/turtle; version=1.2"
    assert (None, VOID.dataDump, URIRef(f"{DOWNLOADS}{name}")) not in described
    # Every dump is read by a reader of RDF 1.1, which stops at the directive.
    for url in described.objects(None, VOID.dataDump):
        assert not re.search(rb"^VERSION", files[str(url).removeprefix(DOWNLOADS)], re.MULTILINE)


def test_a_subset_is_one(files: dict[str, bytes], described: Graph) -> None:
    whole = read(files, URIRef(f"{DOWNLOADS}amcc-kg.nt"))
    subsets = set(described.objects(DATASET, VOID.subset)) & datasets(described)
    assert any("/document/" in str(subset) for subset in subsets)
    assert URIRef(f"{DATASET}/evidence") not in subsets
    assert URIRef(f"{DATASET}/shapes") not in subsets
    for subset in subsets:
        held = read(files, next(iter(described.objects(subset, VOID.dataDump))))
        assert not {t for t in held - whole if "_:" not in str(t)}, subset


def test_links_to_wikidata_are_a_linkset_of_their_own(files: dict[str, bytes], described: Graph) -> None:
    graph = Graph().parse(data=files["amcc-kg.nt"], format="nt")
    wanted = {
        (p, len(list(graph.subject_objects(p))))
        for p in set(graph.predicates())
        if all(str(o).startswith(WD) for o in graph.objects(None, p))
    }
    found = set()
    for linkset in described.subjects(RDF.type, VOID.Linkset):
        (predicate,) = described.objects(linkset, VOID.linkPredicate)
        found.add((predicate, int(str(described.value(linkset, VOID.triples)))))
        assert described.value(linkset, VOID.subjectsTarget) == DATASET
        target = described.value(linkset, VOID.objectsTarget)
        assert str(described.value(target, VOID.uriSpace)) == WD
    assert found
    assert wanted <= found
    assert sum(count for _, count in found) == sum(
        isinstance(o, URIRef) and o.startswith(WD) and s.startswith(prefixes.BASE) for s, _, o in graph
    )


def test_properties_are_counted_within_classes(files: dict[str, bytes], described: Graph) -> None:
    graph = Graph().parse(data=files["amcc-kg.nt"], format="nt")
    partitions = list(described.objects(DATASET, VOID.classPartition))
    assert {described.value(node, VOID["class"]) for node in partitions} == {
        o for o in graph.objects(None, RDF.type) if isinstance(o, URIRef)
    }
    for node in partitions:
        kind = described.value(node, VOID["class"])
        members = set(graph.subjects(RDF.type, kind))
        counted = {
            described.value(inner, VOID.property): int(str(described.value(inner, VOID.triples)))
            for inner in described.objects(node, VOID.propertyPartition)
        }
        used = [p for member in members for p in graph.predicates(member, None, unique=False)]
        assert counted == {p: used.count(p) for p in set(used)}, kind


# ---- what the register may say ----


def test_the_register_describes_the_graph_and_nothing_else_so(tmp_path: Path) -> None:
    repository = mini.build(tmp_path)
    path = tmp_path / "data/register/dataset.ttl"
    agent = '<agent/club> <http://xmlns.com/foaf/0.1/name> "The club" ;\n'
    agent += '    <http://www.w3.org/2006/vcard/ns#fn> "The club" .\n'
    mini.write(path, f"{agent}<dataset> dcterms:publisher <agent/club> ; dcterms:spatial <x:there> .\n")
    assert evidence.verify(repository).problems == ()
    for wrong in (
        "<person/ana> dcterms:publisher <agent/club> .",
        '<person/ana> <http://www.w3.org/2006/vcard/ns#fn> "Ana" .',
        "<dataset> amcc:chairedBy <person/ana> .",
        "<dataset> dcterms:publisher [] .",
    ):
        mini.write(path, f"{wrong}\n")
        assert evidence.verify(repository).problems, wrong


def test_the_period_is_that_of_the_dates_in_a_dataset(tmp_path: Path) -> None:
    repository = mini.build(tmp_path)
    made = downloads.downloads(repository.dataset(), [], repository)
    graph = Graph().parse(data=made["void.ttl"], format="turtle")
    period = graph.value(mini.iri("dataset/document/fair"), DCTERMS.temporal)
    assert [str(graph.value(period, p)) for p in (DCAT.startDate, DCAT.endDate)] == ["2020-05", "2020-05"]
    # The day on which the vocabulary was issued is none that the graph speaks of.
    assert graph.value(mini.iri("dataset/ontology"), DCTERMS.temporal) is None
    assert Literal("2020-06-01") not in set(graph.objects(None, DCAT.endDate))
