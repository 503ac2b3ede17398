"""Every constraint of every shape can fail, says why in plain words, and holds on what is published.

The constraints are read off the shapes graphs: one that nobody wrote a broken example for fails here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.plugins.sparql import processor
from rdflib.term import Node
from turtle_files import data_files, read

from amcc_kg.reasoning import closure
from amcc_kg.repository.files import Repository

# Or ill-typed dates are mended before they are validated.
pytestmark = pytest.mark.usefixtures("literals_as_written")

REPOSITORY = Repository(Path(__file__).parents[2])
ONTOLOGY = next(path for path in REPOSITORY.ontology_files if path.stem == "amcc")
BROKEN = Path(__file__).parent.parent / "broken"
AMCC = Namespace("https://w3id.org/amcc-kg/ontology#")
NAMESPACES = ("https://w3id.org/amcc-kg/shapes#", "https://w3id.org/amcc-kg/shapes/ontology#")
SH = Namespace("http://www.w3.org/ns/shacl#")

Constraint = tuple[str, str]
"""A shape's local name and the local name of the parameter, such as ("label", "minCount")."""

# SHACL section 4 and 5: the parameters that make a constraint; the optional ones (sh:flags) make none.
PARAMETERS = {
    "and", "class", "closed", "datatype", "disjoint", "equals", "hasValue", "in", "languageIn", "lessThan",
    "lessThanOrEquals", "maxCount", "maxExclusive", "maxInclusive", "maxLength", "minCount", "minExclusive",
    "minInclusive", "minLength", "node", "nodeKind", "not", "or", "pattern", "qualifiedMaxCount",
    "qualifiedMinCount", "sparql", "uniqueLang", "xone",
}  # fmt: skip
OTHER_TERMS = {
    "declare", "description", "message", "name", "path", "prefixes", "property", "select", "severity",
    "targetClass", "targetObjectsOf", "targetSubjectsOf", "alternativePath", "inversePath",
    "zeroOrMorePath", "namespace", "prefix",
}  # fmt: skip
TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
FILES = {REPOSITORY.shapes_file: BROKEN, REPOSITORY.ontology_shapes_file: BROKEN / "ontology"}
FIXTURES = sorted(BROKEN.rglob("*.ttl"))


def local(shape: Node) -> str:
    return str(shape).partition("#")[2]


def reporting_shapes(shapes: Graph) -> set[Node]:
    """The shapes whose results are reported: those with a target, and their property shapes at any depth."""
    found: set[Node] = set()
    todo = {s for target in TARGETS for s in shapes.subjects(target)}
    while todo:
        shape = todo.pop()
        found.add(shape)
        todo |= set(shapes.objects(shape, SH.property)) - found
    return found


def asked_shapes(shapes: Graph) -> set[Node]:
    """The shapes that others only ask for a verdict: members of sh:or and the like, values of sh:node."""
    todo: set[Node] = set()
    for operator in (SH["or"], SH["and"], SH.xone):
        for members in shapes.objects(None, operator):
            todo |= set(Collection(shapes, members))
    for operator in (SH["not"], SH.node, SH.qualifiedValueShape):
        todo |= set(shapes.objects(None, operator))
    found: set[Node] = set()
    while todo:
        shape = todo.pop()
        found.add(shape)
        todo |= set(shapes.objects(shape, SH.property)) - found
    return found


def constraints(shapes: Graph) -> Counter[Constraint]:
    return Counter(
        (local(shape), local_term)
        for shape in reporting_shapes(shapes)
        for predicate in shapes.predicates(shape)
        if (local_term := str(predicate).removeprefix(SH)) in PARAMETERS
    )


def component(result_graph: Graph, result: Node) -> str:
    name = str(result_graph.value(result, SH.sourceConstraintComponent)).removeprefix(SH)
    name = name.removesuffix("ConstraintComponent")
    return "sparql" if name == "SPARQL" else name[0].lower() + name[1:]


def results(data: Graph, shapes: Graph) -> Graph:
    """Run pyshacl on the data as it is."""
    found = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)[1]
    rdflib.NORMALIZE_LITERALS = False  # pyshacl leaves it on
    assert isinstance(found, Graph), found
    return found


def findings(report: Graph) -> list[tuple[Node, str, str]]:
    """The focus node, shape and component of each result that stands in the report by itself."""
    return sorted(
        (report.value(r, SH.focusNode), local(report.value(r, SH.sourceShape)), component(report, r))
        for r in report.objects(None, SH.result)
    )


@pytest.fixture(scope="module", autouse=True)
def _queries_read_once() -> Iterator[None]:
    """pyshacl hands rdflib the same query for each focus node, and reading it is most of the time."""
    parse, translate = processor.parseQuery, processor.translateQuery
    read_once = cache(lambda text: translate(parse(text)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processor, "parseQuery", lambda text: text)
        patch.setattr(processor, "translateQuery", lambda text, *_, **__: read_once(text))
        yield


@cache
def named(path: Path) -> Counter[Constraint]:
    return constraints(read(path))


@pytest.mark.parametrize("shapes_file", FILES, ids=lambda p: p.stem)
def test_each_constraint_has_its_broken_example_and_no_example_is_stray(shapes_file: Path) -> None:
    examples = {tuple(p.stem.rsplit(".", 1)) for p in FILES[shapes_file].glob("*.ttl")}
    assert examples == set(named(shapes_file))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda p: str(p.relative_to(BROKEN)))
def test_broken_example_trips_exactly_its_constraint(path: Path) -> None:
    fixture = read(path)
    with_ontology = fixture + read(*REPOSITORY.ontology_files)
    report = results(with_ontology, read(REPOSITORY.shapes_file)) + results(
        Graph() + fixture, read(REPOSITORY.ontology_shapes_file)
    )
    shape, parameter = path.stem.rsplit(".", 1)
    assert [f[1:] for f in findings(report)] == [(shape, parameter)]
    (result,) = report.objects(None, SH.result)
    focus, value = report.value(result, SH.focusNode), report.value(result, SH.value)
    text, term = marked(path)
    if text.startswith("["):
        assert isinstance(focus, BNode)
    elif value is None or value == focus:
        # Something is missing, or there is one too many: the subject, or the value to remove.
        assert focus == term or (focus, None, term) in fixture
    else:
        assert term == value


def marked(path: Path) -> tuple[str, Node | None]:
    """Return what the line above the marker `# ^ here` has over the caret, and the term it stands for."""
    lines = path.read_text().splitlines()
    assert re.match(r"# [A-Z]", lines[0]), "the file starts by saying in plain words what is wrong"
    (at,) = [i for i, line in enumerate(lines) if re.fullmatch(r"# *\^ here", line)]
    column = lines[at].index("^")
    above = lines[at - 1]
    assert above[column - 1] == " " and above[column] != " "
    text = re.sub(r"( \))? [;.]$", "", above[column:])
    if text.startswith("["):
        return text, None
    prefixes = "\n".join(line for line in lines if line.startswith("@"))
    graph = Graph().parse(data=f"{prefixes}\n<urn:s> <urn:p> {text} .", format="turtle")
    return text, next(graph.objects())


def test_what_people_write_conforms() -> None:
    data = closure.merge(REPOSITORY.dataset())
    report = results(data, read(REPOSITORY.shapes_file))
    assert findings(report) == []


def test_what_is_published_with_its_inferences_conforms() -> None:
    dataset = REPOSITORY.dataset()
    data = closure.merge(dataset)
    for triple in closure.close(dataset):
        data.add(triple)
    assert findings(results(data, read(REPOSITORY.shapes_file))) == []
    assert findings(results(data, read(REPOSITORY.ontology_shapes_file))) == []


@pytest.mark.parametrize("path", [*REPOSITORY.ontology_files, *FILES], ids=lambda p: p.stem)
def test_each_ontology_file_conforms_by_itself(path: Path) -> None:
    """But for the ontology's terms in a file that only declares them: what the ontology says is not there."""
    found = findings(results(Graph() + read(path), read(REPOSITORY.ontology_shapes_file)))
    found = findings(results(Graph() + read(path), read(REPOSITORY.ontology_shapes_file)))
    elsewhere = set() if path == ONTOLOGY else {t for t, _, _ in read(ONTOLOGY) if isinstance(t, URIRef)}
    assert [finding for finding in found if finding[0] not in elsewhere] == []
    assert all(finding[1] == "OwnTerm" for finding in found)
    beside = Graph() + read(path) + read(ONTOLOGY)
    assert findings(results(beside, read(REPOSITORY.ontology_shapes_file))) == []


def test_the_ontology_conforms_as_a_whole() -> None:
    whole = Graph() + read(*REPOSITORY.ontology_files)
    assert findings(results(whole, read(REPOSITORY.ontology_shapes_file))) == []


def test_every_class_that_data_uses_has_a_shape() -> None:
    ontology = read(*REPOSITORY.ontology_files)
    targeted = set(read(REPOSITORY.shapes_file).objects(None, SH.targetClass))
    used = {c for path in data_files(REPOSITORY) for c in read(path).objects(None, RDF.type)}
    assert used
    assert [c for c in used if not targeted & set(ontology.transitive_objects(c, RDFS.subClassOf))] == []


@pytest.mark.parametrize("shapes_file", FILES, ids=lambda p: p.stem)
class TestTheShapesThemselves:
    def test_every_shape_has_an_iri_of_the_namespace(self, shapes_file: Path) -> None:
        shapes = read(shapes_file)
        every = reporting_shapes(shapes) | asked_shapes(shapes)
        typed = {s for kind in (SH.NodeShape, SH.PropertyShape) for s in shapes.subjects(RDF.type, kind)}
        assert every == typed  # also: none is misspelt, none is never used
        # Their own, so that the IRI of a shape leads to the document that it stands in.
        (namespace,) = {f"{s}#" for s in shapes.subjects(RDF.type, OWL.Ontology)}
        assert namespace in NAMESPACES
        assert all(isinstance(s, URIRef) and s.startswith(namespace) for s in every)

    def test_every_constraint_has_a_message_that_says_what_is_expected_and_how_to_mend_it(
        self, shapes_file: Path
    ) -> None:
        shapes = read(shapes_file)
        messages = []
        for shape in reporting_shapes(shapes):
            kinds = {p for p in shapes.predicates(shape) if str(p).removeprefix(SH) in PARAMETERS}
            holders = {shape} if kinds - {SH.sparql} else set()
            for holder in holders | set(shapes.objects(shape, SH.sparql)):
                (message,) = shapes.objects(holder, SH.message)
                assert isinstance(message, Literal) and message.language == "en"
                assert re.search(r"^[A-Z].*[.] Expected: .*[.] Mend: .*[.]", message), message
                messages.append(message)
        assert [m for m, n in Counter(messages).items() if n > 1] == []

    def test_no_shape_has_two_constraints_of_a_kind(self, shapes_file: Path) -> None:
        assert [c for c, n in named(shapes_file).items() if n > 1] == []

    def test_every_shacl_term_is_one_that_the_suite_knows(self, shapes_file: Path) -> None:
        # pyshacl passes over a misspelt parameter in silence.
        used = {str(p).removeprefix(SH) for p in read(shapes_file).predicates() if p.startswith(SH)}
        assert used <= PARAMETERS | OTHER_TERMS

    def test_every_target_exists(self, shapes_file: Path) -> None:
        ontology = read(*REPOSITORY.ontology_files)
        targets = {t for kind in TARGETS for t in read(shapes_file).objects(None, kind) if t.startswith(AMCC)}
        assert [t for t in targets if (t, RDFS.isDefinedBy, None) not in ontology] == []


def test_every_own_property_is_bound_to_a_kind_of_subject_or_free_by_intent() -> None:
    ontology, shapes = read(*REPOSITORY.ontology_files), read(REPOSITORY.shapes_file)
    own = {
        p
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for p in ontology.subjects(RDF.type, kind)
        if p.startswith(AMCC)
    }
    assert own
    bound = set(shapes.objects(None, SH.targetSubjectsOf))
    assert own - bound == {AMCC.about, AMCC.aim, AMCC.concerns}
    for property_, domain in ontology.subject_objects(RDFS.domain):
        classes = {
            c for s in shapes.subjects(SH.targetSubjectsOf, property_) for c in shapes.objects(s, SH["class"])
        }
        assert classes == {domain}, property_


def test_every_own_property_has_a_shape_for_its_values() -> None:
    ontology, shapes = read(*REPOSITORY.ontology_files), read(REPOSITORY.shapes_file)
    constrained = set(shapes.objects(None, SH.path))
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        for property_ in ontology.subjects(RDF.type, kind):
            assert not property_.startswith(AMCC) or property_ in constrained, property_
    for shape, class_ in shapes.subject_objects(SH["class"]):
        path = shapes.value(shape, SH.path)
        if path is not None and (path, RDFS.range, None) in ontology:
            below = set(ontology.transitive_objects(class_, RDFS.subClassOf))
            assert ontology.value(path, RDFS.range) in below, shape
