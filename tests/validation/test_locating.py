"""A finding shows where a person has to look: at the value, or where something is missing."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath

from amcc_kg.repository.files import Repository
from amcc_kg.syntax.reading import Source, Terms, load, parse
from amcc_kg.terms.errors import InputError
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.locator import Locator
from amcc_kg.validation.findings.report import Finding, Place
from amcc_kg.validation.shapes import path_nodes, property_paths
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

REPOSITORY = Repository(Path(__file__).parents[2])
BROKEN = Path(__file__).parent.parent / "broken"
FIXTURES = sorted(BROKEN.rglob("*.ttl"))
SHACL = "http://www.w3.org/ns/shacl#"
HEAD = "@prefix : <urn:x:> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"


def marked(text: str) -> tuple[str, int, int]:
    """Take the marks « and » out of a text; return it and where they were."""
    start = text.index("«")
    end = text.index("»") - 1
    return text.replace("«", "").replace("»", ""), start, end


def x(name: str) -> str:
    return f"<urn:x:{name}>"


# The fixtures of the shapes


def evaluated(sources: list[Source], shapes: list[Source]) -> tuple[Finding, ...]:
    data, graph = Data(shapes[0].terms), ShapesGraph(shapes[0].terms)
    for source in sources:
        data.add(source.s, source.p, source.o)
    for source in shapes:
        graph.add(source.s, source.p, source.o)
    return evaluate(data, graph).findings


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: str(path.relative_to(BROKEN)))
def test_a_finding_is_placed_where_the_fixture_is_marked(path: Path) -> None:
    terms = Terms()
    of_ontology = path.parent.name == "ontology"
    shapes = load(REPOSITORY.ontology_shapes_file if of_ontology else REPOSITORY.shapes_file, terms, "s0")
    fixture = load(path, terms)
    files = () if of_ontology else REPOSITORY.ontology_files
    sources = [fixture, *(load(file, terms, f"o{n}") for n, file in enumerate(files))]
    (finding,) = evaluated(sources, [shapes])
    component = finding.component_key[1:-1]
    place = Locator(sources).place(finding.focus_key, finding.route, finding.value_key, component)
    lines = path.read_text().splitlines()
    (marker,) = [n for n, line in enumerate(lines) if re.fullmatch(r"# *\^ here", line)]
    assert place is not None
    assert (place.file, place.line, place.column) == (str(path), marker, lines[marker].index("^") + 1)
    there = Locator([shapes]).constraint(finding.source_shape_key, component)
    assert there is not None
    parameter = component.removeprefix(SHACL).removesuffix("ConstraintComponent").lower()
    assert shapes.text[there.start : there.end].lower().startswith(f"sh:{parameter} ")


# Paths


PATHS: dict[str, tuple[str, property_paths.Path, str | None]] = {
    "a predicate": (":f :p :a , «:v» ; :q :v .", x("p"), x("v")),
    "a verb of one letter": (":f a «:v» .", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", x("v")),
    "an inverse": (":v :p :a , «:f» .", ("^", x("p")), x("v")),
    "a sequence": (":f :p :a , :b . :c :q :v . :b :q «:v» .", ("/", x("p"), x("q")), x("v")),
    "a sequence through a blank node": (
        ":c :q :v . :f :p [ :r 1 ; :q «:v» ] .", ("/", x("p"), x("q")), x("v"),
    ),
    "an inverse of a sequence": (":v :p «:a» . :a :q :f .", ("^", ("/", x("p"), x("q"))), x("v")),
    "a sequence with an inverse": (":f :p :b . :v :q :c , «:b» .", ("/", x("p"), ("^", x("q"))), x("v")),
    "an alternative": (":f :r :v ; :q «:v» .", ("|", x("p"), x("q")), x("v")),
    "a repetition": (":f :p :b . :b :p :c . :c :p «:v» . :v :p :f .", ("*", x("p")), x("v")),
    "one or more": (":f :p :f2 . :f2 :p «:f» .", ("+", x("p")), x("f")),
    "none or one": (":f :r :v ; :p «:v» .", ("?", x("p")), x("v")),
    "an item of a list": (
        ':f :p ( 1 «"v"» 2 ) .',
        (
            "/", x("p"), ("*", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>"),
            "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>",
        ),
        '"v"',
    ),
    "a bracket, of which the sign": (":f :p «[» :q 1 ] .", x("p"), "_:f0b1"),
    "a list, of which the sign": (":f :p «(» 1 2 ) .", x("p"), "_:f0b1"),
    "a literal of several lines": (':f :p «"""a\nb"""@en» .', x("p"), '"a\\nb"@en'),
    "another spelling": (":f :p 01 , «'1'^^<http://www.w3.org/2001/XMLSchema#integer>» .", x("p"), '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'),
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_a_value_is_placed_at_the_last_step_to_it(name: str) -> None:
    text, path, value = PATHS[name]
    text, start, end = marked(HEAD + text)
    focus = x("f")
    place = Locator([parse(text)]).place(focus, path, value, f"{SHACL}ClassConstraintComponent")
    assert place is not None
    assert (place.kind, place.start, place.end) == ("value", start, end)


OTHERS: dict[str, tuple[str, property_paths.Path | None, str | None, str, str]] = {
    "a predicate too many for a closed shape": (":f :p 1 ; :q «:v» .", x("q"), x("v"), "Closed", "value"),
    "a value of another property": (":f :q «:v» .", x("p"), x("v"), "Equals", "value"),
    "a value without a path": (":a :q :v . :f :q «:v» .", None, x("v"), "SPARQL", "value"),
    "a value that speaks of the focus node": (":v :q «:f» . :f :q 1 .", None, x("v"), "SPARQL", "value"),
    "a value that stands nowhere": (":a :q :f . «:f» :p 1 .", x("p"), x("nowhere"), "SPARQL", "subject"),
    "the last of too many": (":f :p 1 , 2 ; :q 4 . :f :p «3» . :f :p 2 .", x("p"), None, "MaxCount", "value"),
    "of too many, those in the block": (
        ":f :p «:a» . :g :p :a .", ("/", x("p"), ("^", x("p"))), None, "MaxCount", "value",
    ),
    "the last in a language twice": (
        ':f :p "a"@en , «"b"@en» , "c"@de , 1 .', x("p"), None, "UniqueLang", "value",
    ),
    "what is missing": (":a :q :f . «:f» :q 1 .", x("p"), None, "MinCount", "subject"),
    "what is missing, in a bracket": (":a :q «[» :r 1 ] .", x("p"), None, "MinCount", "subject"),
    "what is missing beside others": (":f :q 1 . :f a :C . «:f» :p 1 .", x("p"), None, "MinCount", "subject"),
    "what is missing where the type is": (":f :q 1 . «:f» a :C .", x("p"), None, "HasValue", "subject"),
    "the focus node itself": (":a :q :f . «:f» :q 1 .", None, x("f"), "NodeKind", "subject"),
    "a focus node that nothing describes": (":a :q 1 , «:f» . :b :q :f .", x("p"), None, "MinCount", "use"),
    "a literal as focus node": (':a :q 1 , «"f"» .', None, '"f"', "Datatype", "use"),
}  # fmt: skip


def test_of_too_many_the_last_is_shown_that_counts() -> None:
    text, start, end = marked(f"{HEAD}:f :p :a , «:b» , :c . :a a :K . :b a :K .")
    terms = Terms()
    data = parse(text, terms=terms, name="data.ttl", scope="d")
    shapes = parse(
        f"{HEAD}:s a sh:NodeShape ; sh:targetNode :f ; sh:property [ sh:path :p ;"
        " sh:qualifiedValueShape [ sh:class :K ] ; sh:qualifiedMaxCount 1 ] .",
        terms=terms,
        name="shapes.ttl",
        scope="s",
    )
    (found,) = evaluated([data], [shapes])
    component = found.component_key[1:-1]
    place = Locator([data]).place(found.focus_key, found.route, None, component, found.counted_keys)
    assert place is not None and (place.start, place.end) == (start, end)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_plain_value_has_its_place(name: str) -> None:
    text, path, value, component, kind = OTHERS[name]
    text, start, end = marked(HEAD + text)
    focus = {"in a bracket": "_:f0b1", "a literal as": '"f"'}
    node = next((key for part, key in focus.items() if part in name), x("f"))
    place = Locator([parse(text)]).place(node, path, value, f"{SHACL}{component}ConstraintComponent")
    assert place is not None
    assert (place.kind, place.start, place.end) == (kind, start, end)


def test_each_statement_is_placed_in_its_own_file() -> None:
    terms = Terms()
    texts = (":f :p :a .", ":a :q 1 .\n  :a :q 2 .")
    sources = [
        parse(HEAD + text, terms=terms, name=f"{n}.ttl", scope=f"f{n}") for n, text in enumerate(texts)
    ]
    two = '"2"^^<http://www.w3.org/2001/XMLSchema#integer>'
    place = Locator(sources).place(x("f"), ("/", x("p"), x("q")), two, f"{SHACL}InConstraintComponent")
    assert place == Place("1.ttl", 4, 9, 4, 10, "value", 1, 83, 84)


def test_a_node_that_no_file_speaks_of_has_no_place() -> None:
    locator = Locator([parse(HEAD + ":a :b :c .")])
    assert locator.place(x("f"), x("p"), None, f"{SHACL}MinCountConstraintComponent") is None
    assert Locator([]).place(x("f")) is None


def test_as_many_findings_as_a_list_has_items_take_no_square_of_time() -> None:
    size = 20_000
    items = " ".join(map(str, range(size)))
    source = parse(f"{HEAD}:f :p ( {items} ) .")
    path: property_paths.Path = (
        "/", x("p"), ("*", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>"),
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>",
    )  # fmt: skip
    locator = Locator([source])
    start = time.perf_counter()
    for n in range(size):
        value = f'"{n}"^^<http://www.w3.org/2001/XMLSchema#integer>'
        place = locator.place(x("f"), path, value, f"{SHACL}ClassConstraintComponent")
        assert place is not None
        assert source.text[place.start : place.end] == str(n)
    assert time.perf_counter() - start < 10


# Shapes


def test_a_constraint_is_placed_in_its_shape() -> None:
    text = f"""{HEAD}:S sh:property [
        sh:path :p ;
        sh:minCount 1 ;
        sh:class :A ,
            :B ] ;
        sh:closed true .
    """
    locator = Locator([source := parse(text)])

    def there(shape: str, component: str, parameter: str | None = None) -> str:
        place = locator.constraint(shape, f"{SHACL}{component}ConstraintComponent", parameter)
        assert place is not None
        return f"{place.kind} {place.line} {source.text[place.start : place.end]}"

    assert there("_:f0b1", "MinCount") == "constraint 5 sh:minCount 1"
    assert there("_:f0b1", "Class") == "constraint 6 sh:class :A"
    assert there("_:f0b1", "Class", x("B")) == "constraint 7 :B"
    assert there(x("S"), "Closed") == "constraint 8 sh:closed true"
    assert there(x("S"), "Property") == "constraint 3 sh:property ["
    assert there("_:f0b1", "Custom") == "shape 3 ["
    assert locator.constraint(x("T"), f"{SHACL}MinCountConstraintComponent") is None


def test_paths_of_rdflib_are_understood() -> None:
    p, q = URIRef("urn:x:p"), URIRef("urn:x:q")
    path = SequencePath(p, InvPath(q), AlternativePath(p, MulPath(q, "+")))
    plain = ("/", x("p"), ("^", x("q")), ("|", x("p"), ("+", x("q"))))
    graph = Graph()
    assert path_nodes.read(graph, path_nodes.write(graph, plain)) == plain
    assert property_paths.to_rdflib(plain).n3() == path.n3()
    with pytest.raises(InputError):
        path_nodes.read(graph, Literal("p"))
