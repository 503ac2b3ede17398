"""The downloads: the same bytes each time, readable by each parser, without the texts, never half-written."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import mini_repository as mini
import pyoxigraph
import pytest
from rdflib import DCAT, DCTERMS, OWL, PROV, RDF, SKOS, VOID, XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from amcc_kg.publishing import downloads, ontologies, reification
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from rdflib.term import Node

    from amcc_kg.repository.files import Repository

pytestmark = pytest.mark.usefixtures("literals_as_written")

PROJECT = Path(__file__).parent.parent.parent
OA = prefixes.PREFIXES["oa"]
RDFLIB = {
    ".ttl": "turtle",
    ".nt": "nt",
    ".jsonld": "json-ld",
    ".rdf": "xml",
    ".trig": "trig",
    ".nq": "nquads",
}
OXIGRAPH = {
    ".ttl": pyoxigraph.RdfFormat.TURTLE,
    ".nt": pyoxigraph.RdfFormat.N_TRIPLES,
    ".jsonld": pyoxigraph.RdfFormat.JSON_LD,
    ".rdf": pyoxigraph.RdfFormat.RDF_XML,
    ".trig": pyoxigraph.RdfFormat.TRIG,
    ".nq": pyoxigraph.RdfFormat.N_QUADS,
}
RAPPER = {".ttl": "turtle", ".nt": "ntriples", ".rdf": "rdfxml", ".trig": "trig", ".nq": "nquads"}
RDF12 = "amcc-kg-evidence-rdf12.ttl"
# The downloads of each ontology file, by the name that they have without a suffix.
ONTOLOGIES = {
    "ontology": PROJECT / "ontology/amcc.ttl",
    "alignments": PROJECT / "ontology/alignments.ttl",
    "schemes": PROJECT / "ontology/schemes.ttl",
    "shapes": PROJECT / "ontology/shapes.ttl",
    "ontology-shapes": PROJECT / "ontology/ontology-shapes.ttl",
    ontologies.MERGED: None,
}
INFERRED = (mini.iri("person/ana"), URIRef(prefixes.ONTOLOGY + "chaired"), mini.iri("event/fair-2"))
BUILD = """
import sys
from pathlib import Path
from amcc_kg.publishing import downloads
from amcc_kg.reasoning import closure
from amcc_kg.repository.files import Repository
repository = Repository(Path(sys.argv[1]))
dataset = repository.dataset()
downloads.write_downloads(dataset, closure.close(dataset), repository, Path(sys.argv[2]))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return mini.build(tmp_path / "fair")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The downloads of this project, made in a process of their own."""
    return built(PROJECT, tmp_path_factory.mktemp("project"), "1")


def built(root: Path, out: Path, seed: str) -> Path:
    """Build the downloads of a repository in a new process with the given hash seed."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD, str(root), str(out)], check=True, env=environment
    )
    return out


def write(repository: Repository, out: Path) -> dict[str, bytes]:
    paths = downloads.write_downloads(repository.dataset(), [INFERRED], repository, out)
    return contents(out, paths)


def contents(out: Path, paths: list[Path] | None = None) -> dict[str, bytes]:
    found = paths if paths is not None else [p for p in out.rglob("*") if p.is_file()]
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


def rdflib_count(path: Path) -> int:
    dataset = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.parse(path, format=RDFLIB[path.suffix])
        return len(list(dataset.quads()))


def oxigraph_count(path: Path) -> int:
    # As a list, not a set: pyoxigraph takes "01" and "1" for one literal.
    return len(list(pyoxigraph.parse(path.read_bytes(), OXIGRAPH[path.suffix])))


def rapper_count(path: Path) -> int:
    program = shutil.which("rapper")
    if program is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("rapper is missing; CI installs Debian's raptor2-utils")
        pytest.skip("rapper is missing; Debian's raptor2-utils has it")
    command = [program, "-q", "-i", RAPPER[path.suffix], "-o", "nquads", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return len(set(done.stdout.splitlines()))


# ---- what is made ----


def test_every_form_is_made(repository: Repository, tmp_path: Path) -> None:
    assert sorted(write(repository, tmp_path / "out")) == [
        "README.md",
        "SHA256SUMS",
        "amcc-kg-evidence-rdf12.ttl",
        "amcc-kg-evidence-reified.ttl",
        "amcc-kg-ontology.jsonld",
        "amcc-kg-ontology.rdf",
        "amcc-kg-ontology.ttl",
        "amcc-kg.jsonld",
        "amcc-kg.nq",
        "amcc-kg.nt",
        "amcc-kg.trig",
        "amcc-kg.ttl",
        "catalog-v001.xml",
        "documents/charter.trig",
        "documents/charter.ttl",
        "documents/fair.trig",
        "documents/fair.ttl",
        "ontology-shapes.jsonld",
        "ontology-shapes.rdf",
        "ontology-shapes.ttl",
        "ontology.jsonld",
        "ontology.rdf",
        "ontology.ttl",
        "shapes.jsonld",
        "shapes.rdf",
        "shapes.ttl",
        "void.ttl",
    ]


def test_the_merged_graph_holds_all_that_is_asserted_and_inferred(
    repository: Repository, tmp_path: Path
) -> None:
    write(repository, tmp_path)
    merged = Graph().parse(tmp_path / "amcc-kg.ttl")
    assert INFERRED in merged
    assert len(merged) == len({t[:3] for t in repository.dataset().quads()}) + 1


def test_evidence_inferred_and_merged_graphs_are_told_apart(repository: Repository, tmp_path: Path) -> None:
    write(repository, tmp_path)
    found = {
        str(quad.graph_name.value) if isinstance(quad.graph_name, pyoxigraph.NamedNode) else ""
        for quad in pyoxigraph.parse((tmp_path / "amcc-kg.trig").read_bytes(), pyoxigraph.RdfFormat.TRIG)
    }
    assert found == {
        "",
        prefixes.INFERRED_GRAPH,
        f"{prefixes.BASE}graph/amcc",
        f"{prefixes.BASE}graph/register",
        mini.DOCUMENT,
        f"{mini.DOCUMENT}/s01",
        f"{mini.DOCUMENT}/s02",
        f"{prefixes.BASE}document/charter",
        f"{prefixes.BASE}document/charter/p1",
    }


def test_trig_and_nquads_say_the_same(project: Path) -> None:
    datasets = []
    for name in ("amcc-kg.trig", "amcc-kg.nq"):
        path = project / name
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(path.read_bytes(), OXIGRAPH[path.suffix]))
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
        datasets.append(dataset)
    assert datasets[0] == datasets[1]


def test_literals_keep_their_lexical_form(repository: Repository, tmp_path: Path) -> None:
    write(repository, tmp_path)
    wanted = {("02", XSD.integer), ("1", XSD.decimal), ("1", XSD.boolean), ("2020-05", XSD.gYearMonth)}
    for name in ("amcc-kg.ttl", "amcc-kg.nt", "amcc-kg.jsonld", "documents/fair.ttl"):
        graph = Graph().parse(tmp_path / name)
        about = graph.objects(mini.iri("event/fair-2"))
        assert {(str(o), o.datatype) for o in about if isinstance(o, Literal)} == wanted, name


def test_inferred_triples_with_blank_nodes_are_left_out(repository: Repository, tmp_path: Path) -> None:
    vague = (mini.iri("person/ana"), RDF.type, BNode())
    downloads.write_downloads(repository.dataset(), [vague], repository, tmp_path)
    assert prefixes.INFERRED_GRAPH not in (tmp_path / "amcc-kg.nq").read_text(encoding="utf-8")


# ---- ontologies ----


@pytest.mark.parametrize("suffix", [".ttl", ".rdf", ".jsonld"])
@pytest.mark.parametrize("name", [name for name, path in ONTOLOGIES.items() if path])
def test_an_ontology_is_published_whole_and_by_itself(project: Path, name: str, suffix: str) -> None:
    written, published = Graph().parse(ONTOLOGIES[name]), Graph()
    published.parse(project / f"{name}{suffix}", format=RDFLIB[suffix])
    assert isomorphic(written, published)


@pytest.mark.parametrize("name", [f"{ontologies.MERGED}{s}" for s in (".ttl", ".rdf", ".jsonld")])
def test_the_ontologies_together_are_one_that_stands_alone(project: Path, name: str) -> None:
    graph = Graph().parse(project / name, format=RDFLIB[Path(name).suffix])
    parts = [Graph().parse(ONTOLOGIES[part]) for part in ("ontology", "alignments", "schemes")]
    headers = [set(part.subjects(RDF.type, OWL.Ontology)) for part in parts]
    assert set(graph.subjects(RDF.type, OWL.Ontology)) == headers[0]
    assert set(graph.objects(None, OWL.imports | OWL.versionIRI)) == set()
    said = {t for part in parts for t in part if not any(isinstance(node, BNode) for node in t)}
    of_other_files = {t for t in said if t[0] in headers[1] | headers[2]}
    own_version = {t for t in said if t[0] in headers[0] and t[1] == OWL.versionIRI}
    assert said - set(graph) == of_other_files | own_version
    for kind in (OWL.AllDisjointClasses, SKOS.ConceptScheme):
        kept = len(set(graph.subjects(RDF.type, kind)))
        assert kept == sum(len(set(part.subjects(RDF.type, kind))) for part in parts) > 0


@pytest.mark.parametrize("suffix", [".ttl", ".nt", ".jsonld"])
def test_the_whole_graph_has_one_header_that_imports_nothing(project: Path, suffix: str) -> None:
    graph = Graph().parse(project / f"amcc-kg{suffix}", format=RDFLIB[suffix])
    assert set(graph.subjects(RDF.type, OWL.Ontology)) == {mini.iri("ontology")}
    assert set(graph.objects(None, OWL.imports)) == set()


def test_the_catalog_leads_from_each_ontology_and_its_version_to_its_file(project: Path) -> None:
    namespace = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}"
    found = {
        uri.attrib["name"]: uri.attrib["uri"]
        for uri in ElementTree.parse(project / ontologies.CATALOG).iter(f"{namespace}uri")
    }
    wanted = {}
    for name, path in ONTOLOGIES.items():
        graph = Graph() if path is None else Graph().parse(path)
        for iri in graph.subjects(RDF.type, OWL.Ontology):
            wanted |= {str(node): f"{name}.ttl" for node in (iri, graph.value(iri, OWL.versionIRI))}
    assert found == wanted
    assert len(found) == 10


def test_what_only_a_dropped_header_led_to_is_dropped_with_it() -> None:
    text = """@prefix owl: <http://www.w3.org/2002/07/owl#> .
        <x:b> a owl:Ontology ; owl:imports <x:far> ; <x:by> [ <x:name> "B" ; <x:at> [ <x:name> "C" ] ] .
        <x:a> a owl:Ontology ; owl:imports <x:b>, <x:far> ; <x:by> [ <x:name> "A" ] . [] <x:name> "loose" ."""
    kept = ontologies.merged(set(Graph().parse(data=text, format="turtle")))
    assert {str(s) for s, p, o in kept if p == RDF.type} == {"x:a"}
    assert {str(o) for _, p, o in kept if p == OWL.imports} == {"x:far"}
    assert {str(o) for _, _, o in kept if isinstance(o, Literal)} == {"A", "loose"}


@pytest.mark.parametrize("name", ["void", "amcc-kg", ontologies.MERGED])
def test_an_ontology_file_that_has_the_name_of_another_download_is_refused(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    mini.write(repository.root / f"ontology/{name}.ttl", "amcc:Fair a owl:Class .\n")
    with pytest.raises(InputError, match=f"ontology/{name}.ttl: .* other downloads"):
        write(repository, tmp_path / "out")


# ---- evidence ----


def reified(path: Path) -> dict[tuple[Node | None, ...], set[str]]:
    graph = Graph().parse(path)
    return {
        tuple(graph.value(s, p) for p in (RDF.subject, RDF.predicate, RDF.object)): {
            str(o) for o in graph.objects(s, PROV.wasDerivedFrom)
        }
        for s in graph.subjects(RDF.type, RDF.Statement)
    }


def test_each_statement_is_reified_with_its_passages(repository: Repository, tmp_path: Path) -> None:
    write(repository, tmp_path)
    wanted: dict[tuple[Node | None, ...], set[str]] = {}
    for passage in ("fair/s01", "fair/s02", "charter/p1"):
        for triple in mini.triples(repository.root / f"data/documents/{passage}.ttl"):
            wanted.setdefault(triple, set()).add(f"{prefixes.BASE}document/{passage}")
    assert reified(tmp_path / "amcc-kg-evidence-reified.ttl") == wanted


def test_a_triple_that_two_passages_state_rests_on_both(repository: Repository, tmp_path: Path) -> None:
    both = repository.root / "data/documents/charter/p1.ttl"
    shutil.copy(repository.root / "data/documents/fair/s02.ttl", both)
    write(repository, tmp_path)
    sources = {f"{mini.DOCUMENT}/s02", f"{prefixes.BASE}document/charter/p1"}
    assert sources in reified(tmp_path / "amcc-kg-evidence-reified.ttl").values()


def test_rdf12_annotations_say_what_the_reification_says(project: Path) -> None:
    reifies = f"{prefixes.RDF}reifies"
    named: dict[str, pyoxigraph.Triple] = {}
    derived: dict[str, set[str]] = {}
    asserted = set()
    for quad in pyoxigraph.parse((project / RDF12).read_bytes(), pyoxigraph.RdfFormat.TURTLE):
        asserted.add(quad.triple)
        if quad.predicate.value == reifies:
            assert isinstance(quad.object, pyoxigraph.Triple)
            named[str(quad.subject)] = quad.object
        elif quad.predicate.value == str(PROV.wasDerivedFrom):
            derived.setdefault(str(quad.subject), set()).add(quad.object.value)
    assert set(named) == set(derived)
    assert set(named.values()) <= asserted
    classic = Graph().parse(project / "amcc-kg-evidence-reified.ttl")
    assert {s.n3() for s in classic.subjects(RDF.type, RDF.Statement)} == set(named)
    for name, sources in derived.items():
        assert {str(o) for o in classic.objects(URIRef(name[1:-1]), PROV.wasDerivedFrom)} == sources
        assert str(classic.value(URIRef(name[1:-1]), RDF.predicate)) == named[name].predicate.value


def test_passages_carry_web_annotation_selectors(repository: Repository, tmp_path: Path) -> None:
    write(repository, tmp_path)
    graph = Graph().parse(tmp_path / "amcc-kg-evidence-reified.ttl")
    passage = URIRef(f"{mini.DOCUMENT}/s01")
    assert str(graph.value(passage, URIRef(OA + "hasSource"))) == mini.DOCUMENT
    selectors = list(graph.objects(passage, URIRef(OA + "hasSelector")))
    quotes = {str(q) for s in selectors for q in graph.objects(s, URIRef(OA + "exact"))}
    assert quotes == set(mini.QUOTES["s01"])
    (start,) = (o for s in selectors for o in graph.objects(s, URIRef(OA + "start")))
    assert start == Literal("1", datatype=XSD.nonNegativeInteger)


def test_a_passage_known_by_its_locator_has_no_selector(repository: Repository, tmp_path: Path) -> None:
    write(repository, tmp_path)
    graph = Graph().parse(tmp_path / "amcc-kg-evidence-reified.ttl")
    passage = mini.iri("document/charter/p1")
    assert graph.value(passage, URIRef(OA + "hasSelector")) is None
    assert str(graph.value(passage, URIRef(prefixes.ONTOLOGY + "locator"))) == "para. 1"


def test_the_name_of_a_statement_depends_on_what_it_says_only() -> None:
    assert reification.statement(INFERRED) == reification.statement(tuple(INFERRED))
    assert reification.statement(INFERRED) != reification.statement((*INFERRED[:2], mini.iri("event/fair-3")))


# ---- description and checksums ----


def test_the_description_counts_and_takes_its_facts_from_the_ontology(
    repository: Repository, tmp_path: Path
) -> None:
    write(repository, tmp_path)
    graph = Graph().parse(tmp_path / "void.ttl")
    merged = Graph().parse(tmp_path / "amcc-kg.nt", format="nt")
    dataset = mini.iri("dataset")
    assert str(graph.value(dataset, DCTERMS.title)) == "The fair's vocabulary"
    assert str(graph.value(dataset, DCTERMS.license)) == "https://creativecommons.org/licenses/by/4.0/"
    assert str(graph.value(dataset, DCTERMS.issued)) == "2020-06-01"
    assert str(graph.value(dataset, VOID.triples)) == str(len(merged))
    assert str(graph.value(dataset, VOID.properties)) == str(len(set(merged.predicates())))
    assert str(graph.value(dataset, VOID.distinctObjects)) == str(len(set(merged.objects())))
    partitions = {
        str(graph.value(node, VOID["class"])): str(graph.value(node, VOID.entities))
        for node in graph.objects(dataset, VOID.classPartition)
    }
    assert partitions[prefixes.ONTOLOGY + "Event"] == "1"
    assert str(graph.value(mini.iri("dataset/document/fair"), DCTERMS.title)) == "a report on the fair"


def test_the_data_may_describe_the_dataset_itself(repository: Repository, tmp_path: Path) -> None:
    mini.write(
        repository.root / "data/register/dataset.ttl", '<dataset> dcterms:title "The Fair Graph"@en .\n'
    )
    write(repository, tmp_path)
    graph = Graph().parse(tmp_path / "void.ttl")
    assert [str(o) for o in graph.objects(mini.iri("dataset"), DCTERMS.title)] == ["The Fair Graph"]


def test_each_distribution_is_described_as_it_is(project: Path) -> None:
    graph = Graph().parse(project / "void.ttl")
    spdx = prefixes.PREFIXES["spdx"]
    described = set()
    for node in graph.subjects(RDF.type, DCAT.Distribution):
        name = str(graph.value(node, DCAT.downloadURL)).removeprefix(f"{prefixes.BASE}downloads/")
        content = (project / name).read_bytes()
        assert str(graph.value(node, DCAT.byteSize)) == str(len(content))
        checksum = graph.value(graph.value(node, URIRef(spdx + "checksum")), URIRef(spdx + "checksumValue"))
        assert str(checksum) == hashlib.sha256(content).hexdigest()
        assert graph.value(node, DCAT.mediaType) is not None
        described.add(name)
    undescribed = {"void.ttl", "SHA256SUMS", "retired.ttl", "README.md", ontologies.CATALOG}
    assert described == set(contents(project)) - undescribed


def test_every_download_says_what_it_is_and_whom_it_is_for(project: Path) -> None:
    readme = (project / "README.md").read_text()
    assert readme.index("Take `amcc-kg.ttl` first") < readme.index("| File |")
    told = dict(re.findall(r"^\| \[.*?\]\((.*?)\) \| (.*?) \|$", readme, re.M))
    assert told.keys() == set(contents(project)) - {"SHA256SUMS", "README.md"}
    assert all("; for " in sentence and sentence.endswith(".") for sentence in told.values())
    assert len(set(told.values())) == len(told)
    graph = Graph().parse(project / "void.ttl")
    for node in graph.subjects(RDF.type, DCAT.Distribution):
        name = str(graph.value(node, DCAT.downloadURL)).removeprefix(f"{prefixes.BASE}downloads/")
        assert told[name] == str(graph.value(node, DCTERMS.description))


@pytest.mark.parametrize("name", ["README.md", "amcc-kg.ttl", "documents/fair.ttl"])
def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path, name: str) -> None:
    repository = mini.build(tmp_path / "fair")
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    with pytest.raises(InputError, match=rf"{name} is no file of a build"):
        downloads.write_downloads(repository.dataset(), [], repository, out)
    assert [path for path in out.rglob("*") if path.is_file()] == [out / name]
    assert (out / name).read_text() == "mine"
    downloads.write_downloads(repository.dataset(), [], repository, out, replace=True)
    downloads.write_downloads(repository.dataset(), [], repository, out)


@pytest.mark.parametrize("folder", ["data/downloads", "ontology", "queries/made/here"])
def test_nothing_is_built_into_what_it_is_built_of(tmp_path: Path, folder: str) -> None:
    repository = mini.build(tmp_path / "fair")
    with pytest.raises(InputError, match="of which a repository is made"):
        downloads.write_downloads(repository.dataset(), [], repository, repository.root / folder)
    assert not (repository.root / folder / "README.md").exists()


def test_the_checksums_hold(project: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert len(done.stdout.splitlines()) == len(contents(project)) - 1


# ---- the same bytes everywhere ----


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_bytes_do_not_depend_on_process_or_hash_seed(
    repository: Repository, tmp_path: Path, seed: str
) -> None:
    first = contents(built(repository.root, tmp_path / "a", "1"))
    assert contents(built(repository.root, tmp_path / "b", seed)) == first


def test_this_project_s_bytes_do_not_depend_on_process_or_place(project: Path, tmp_path: Path) -> None:
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(PROJECT / folder, tmp_path / "moved" / folder)
    assert contents(built(tmp_path / "moved", tmp_path / "out", "99")) == contents(project)


# ---- every parser ----


def names_of(form: dict[str, str]) -> list[str]:
    """The names that a build of this project makes, as far as they can be known before it."""
    documents = sorted(p.parent.name for p in (PROJECT / "data/documents").glob("*/document.ttl"))
    fixed = ["amcc-kg.ttl", "amcc-kg.nt", "amcc-kg.trig", "amcc-kg.nq", "amcc-kg.jsonld"]
    fixed += ["amcc-kg-evidence-reified.ttl", "void.ttl", "retired.ttl"]
    fixed += [f"{name}{suffix}" for name in ONTOLOGIES for suffix in (".ttl", ".rdf", ".jsonld")]
    made = [*fixed, *(f"documents/{d}{suffix}" for d in documents for suffix in (".ttl", ".trig"))]
    return [name for name in made if Path(name).suffix in form]


@pytest.mark.parametrize("name", names_of(RDFLIB))
def test_rdflib_and_pyoxigraph_read_the_same_number(project: Path, name: str) -> None:
    assert rdflib_count(project / name) == oxigraph_count(project / name) > 0


@pytest.mark.parametrize("name", names_of(RAPPER))
def test_rapper_reads_the_same_number(project: Path, name: str) -> None:
    assert rapper_count(project / name) == rdflib_count(project / name) > 0


def test_all_forms_of_the_whole_hold_the_same_number(project: Path) -> None:
    counts = {rdflib_count(project / f"amcc-kg{suffix}") for suffix in (".ttl", ".nt", ".jsonld")}
    assert len(counts) == 1
    assert rdflib_count(project / "amcc-kg.trig") == rdflib_count(project / "amcc-kg.nq")


# ---- what must not be published ----


def test_no_download_holds_a_run_of_a_source_text(project: Path) -> None:
    texts = [path.read_bytes().decode() for path in (PROJECT / "seeds").glob("*.txt")]
    assert texts
    runs = {" ".join(t.split())[i : i + 150] for t in texts for i in range(len(" ".join(t.split())) - 149)}
    for name, content in contents(project).items():
        text = content.decode()
        plain = re.sub(r"\s+", " ", text.replace("\\n", " ").replace('\\"', '"'))
        found = next((run for run in runs if run in plain), None)
        assert found is None, f"{name}: {found}"


# ---- writing ----


def test_a_second_build_removes_what_it_no_longer_makes_and_nothing_else(
    repository: Repository, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write(repository, out)
    (out / "mine.txt").write_text("keep", encoding="utf-8")
    shutil.rmtree(repository.root / "data/documents/charter")
    write(repository, out)
    found = contents(out)
    assert "documents/charter.ttl" not in found
    assert "mine.txt" in found
    assert not [p for p in out.iterdir() if p.name.startswith(".writing-")]


def test_checksums_from_strangers_delete_nothing_outside(repository: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("keep", encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/SHA256SUMS").write_text(f"0  ../outside.txt\n0  {outside}\n", encoding="utf-8")
    write(repository, tmp_path / "out")
    assert outside.exists()


def test_a_folder_that_cannot_be_written_is_an_input_error(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write(repository, tmp_path / "file")


def test_nothing_is_left_half_written(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = write(repository, tmp_path / "out")
    original = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "void.ttl":
            raise OSError(28, "No space left on device", str(self))
        return original(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    mini.write(repository.root / "data/register/more.ttl", '<person/bo> rdfs:label "Bo" .\n')
    with pytest.raises(InputError, match="No space left on device"):
        write(repository, tmp_path / "out")
    assert contents(tmp_path / "out") == before
