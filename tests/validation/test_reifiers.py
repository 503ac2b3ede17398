"""SHACL 1.2 Core, "sh:reifierShape, sh:reificationRequired"."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from random import Random

import mini_repository as mini
import pytest
from command_line import Amcc
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, SH, Graph, URIRef

from amcc_kg.publishing import downloads
from amcc_kg.syntax.reading import Terms, parse
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError
from amcc_kg.validation.components.reader import read as read_shapes
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.engines import results
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix amcc: <https://w3id.org/amcc-kg/ontology#> .
"""
SOURCED = ":Sourced a sh:NodeShape ; sh:property [ sh:path :source ; sh:minCount 1 ; sh:maxCount 1 ] .\n"
AGES = ":Ages sh:targetSubjectsOf :age ; sh:property :Age . :Age sh:path :age ; sh:reifierShape :Sourced"
OPTIONAL, REQUIRED = f"{SOURCED}{AGES} .\n", f"{SOURCED}{AGES} ; sh:reificationRequired true .\n"
COMPONENT = "<http://www.w3.org/ns/shacl#ReifierShapeConstraintComponent>"
CASES = {
    # data, and for shapes without and with sh:reificationRequired the values of the results
    "the reifier conforms": (":a :age 1 ~ :r {| :source :s |} .", [], []),
    "there is none": (":a :age 1 .", [], [("a", "1")]),
    "the reifier does not conform": (":a :age 1 ~ :r .", [":r"], [":r"]),
    "one of two does not": (":a :age 1 ~ :r ~ :q {| :source :s |} .", [":r"], [":r"]),
    "neither of two does": (":a :age 1 ~ :r ~ :q {| :source :s , :t |} .", [":r", ":q"], [":r", ":q"]),
    "each statement by itself": (":a :age 1 , 2 ~ :r {| :source :s |} .", [], [("a", "1")]),
    "one reifier of two statements": (":a :age 1 ~ :r , 2 ~ :r .", [":r", ":r"], [":r", ":r"]),
    "what is not stated is not looked at": (":a :age 1 ~ :r {| :source 1 |} . << :a :age 2 >> .", [], []),
    "nor another's": (":a :age 1 . << :b :age 1 ~ :r >> .", [], [("a", "1")]),
    "nor another property's": (":a :age 1 . << :a :size 1 ~ :r >> .", [], [("a", "1")]),
    "nor an equal number's": (":a :age 1 . << :a :age 01 ~ :r >> :source :s .", [], [("a", "1")]),
    "nor what a triple term is only named by": (":a :age 1 . :r :says <<( :a :age 1 )>> .", [], [("a", "1")]),
    "by itself, before the statement": ("<< :a :age 1 ~ :r >> :source :s , :t . :a :age 1 .", [":r"], [":r"]),
    "by rdf:reifies": (":r rdf:reifies <<( :a :age 1 )>> . :a :age 1 .", [":r"], [":r"]),
}


def found(data: str, shapes: str) -> Counter[str]:
    """The values of the results, short."""
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    for text, graph, scope in ((data, whole, "f0"), (shapes, asked, "s0")):
        source = parse(HEADER + text, terms=terms, scope=scope).checked()
        graph.add(source.s, source.p, source.o)
    made = results(whole, read_shapes(asked))
    assert {result.component for result in made} <= {COMPONENT}
    assert {result.path for result in made} <= {"<http://e/age>"}
    return Counter(terms.keys[result.value] for result in made if result.value is not None)


def spelt(value: str | tuple[str, str]) -> str:
    if isinstance(value, str):
        return f"<http://e/{value[1:]}>"
    number = f'"{value[1]}"^^<http://www.w3.org/2001/XMLSchema#integer>'
    return keys.triple_term(f"<http://e/{value[0]}>", "<http://e/age>", number)


@pytest.mark.parametrize("case", CASES)
def test_each_reifier_conforms_and_there_is_one_where_it_is_required(case: str) -> None:
    data, optional, required = CASES[case]
    assert found(data, OPTIONAL) == Counter(map(spelt, optional))
    assert found(data, REQUIRED) == Counter(map(spelt, required))


def test_what_is_missing_is_said_once_for_several_reifier_shapes() -> None:
    several = REQUIRED.replace(":Sourced ; sh:reif", ":Sourced , [ sh:class :Note ] ; sh:reif")
    assert found(":a :age 1 , 2 ~ :r .", several) == Counter(map(spelt, [("a", "1"), ":r", ":r"]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32).map(Random), st.booleans())
def test_the_results_are_those_of_the_definition(random: Random, required: bool) -> None:
    choice = random.choice
    stated = {(choice("ab"), choice("123")) for _ in range(random.randint(1, 5))}
    reifying = {(choice("rst"), choice("ab"), choice("123")) for _ in range(random.randint(0, 6))}
    sources = {name: random.randint(0, 2) for name in "rst"}
    data = "".join(f":{s} :age {o} .\n" for s, o in stated)
    data += "".join(f"<< :{s} :age {o} ~ :{r} >> .\n" for r, s, o in reifying)
    data += "".join(f":{r} :source :s{n} .\n" for r, number in sources.items() for n in range(number))
    expected = Counter[str]()
    for s, o in stated:
        own = [r for r, *statement in reifying if tuple(statement) == (s, o)]
        expected.update(spelt(f":{r}") for r in own if sources[r] != 1)
        if required and not own:
            expected[spelt((s, o))] += 1
    assert found(data, REQUIRED if required else OPTIONAL) == expected


# Where, and in which words


@pytest.fixture
def run(tmp_path: Path, cache: Path) -> Amcc:
    (tmp_path / "shapes.ttl").write_text(HEADER + REQUIRED, encoding="utf-8")
    return Amcc(tmp_path, cache)


DATA = """@prefix : <http://e/> .
:a :age 1 , 2 ~ :r {| :source 1 , 2 |} .
:b :age 3 {| :note 1 |} ; :size 1 .
<< :c :age 4 ~ :q >> :source 1 , 2 .
:c :age 4 , 5
  ~ .
[] :age 6 .
"""


def test_a_finding_is_at_the_reifier_or_at_the_object_that_has_none(run: Amcc, tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    done = run("validate", "data.ttl", "--shapes", "shapes.ttl")
    lacking, odd = "The statement has no reifier, and must have one.", "A reifier of the statement does not"
    where = re.findall(r"^data\.ttl:(\d+:\d+): violation: (.*)", done.stdout, re.MULTILINE)
    assert [(at, words.startswith(lacking), words.startswith(odd)) for at, words in where] == [
        ("2:9", True, False),
        ("2:17", False, True),
        ("3:11", False, True),
        ("4:16", False, True),
        ("6:3", False, True),
        ("7:9", True, False),
    ]
    assert (done.returncode, done.stderr) == (1, "")


def test_lines_of_triples_are_placed_too(run: Amcc, tmp_path: Path) -> None:
    reifies = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies>"
    one = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    text = f"<http://e/a> <http://e/age> {one} .\n<http://e/b> <http://e/age> {one} .\n"
    text += f"_:r {reifies} <<( <http://e/b> <http://e/age> {one} )>> .\n"
    (tmp_path / "data.nt").write_text(text, encoding="utf-8")
    done = run("validate", "data.nt", "--shapes", "shapes.ttl")
    assert re.findall(r"^data\.nt:(\d+:\d+): violation", done.stdout, re.MULTILINE) == ["1:29", "3:1"]


def test_every_report_can_say_it(run: Amcc, tmp_path: Path) -> None:
    text = '@prefix : <http://e/> .\n:a :age "x"@ar--rtl ; :source 1 .\n'
    (tmp_path / "data.ttl").write_text(text, encoding="utf-8")
    for name in ("text", "json", "csv", "sarif", "junit", "github", "gitlab", "html", "markdown"):
        done = run("validate", "data.ttl", "--shapes", "shapes.ttl", "--format", name)
        assert (done.returncode, done.stderr) == (1, ""), name
        if name == "json":
            (finding,) = json.loads(done.stdout)["findings"]
            assert finding["value"]["type"] == "triple"
            assert finding["value"]["value"] == {
                "subject": {"type": "uri", "value": "http://e/a"},
                "predicate": {"type": "uri", "value": "http://e/age"},
                "object": {"type": "literal", "value": "x", "xml:lang": "ar", "its:dir": "rtl"},
            }
    for name in ("turtle", "json-ld"):  # for readers of RDF 1.1
        done = run("validate", "data.ttl", "--shapes", "shapes.ttl", "--format", name)
        graph = Graph().parse(data=done.stdout, format=name)
        value = graph.value(None, RDF.type, RDF.Statement)
        assert (None, SH.value, value) in graph
        assert graph.value(value, RDF.subject) == URIRef("http://e/a")
        text = graph.value(value, RDF.object)
        assert [str(graph.value(text, name)) for name in (RDF.value, RDF.language, RDF.direction)] == [
            "x", "ar", "rtl",
        ]  # fmt: skip


def test_a_finding_keeps_its_fingerprint_while_blank_nodes_change_their_labels(
    run: Amcc, tmp_path: Path
) -> None:
    prints = []
    for before in ("", "[] :other [] .\n"):
        text = f"@prefix : <http://e/> .\n{before}[] :age 1 .\n:b :age [] .\n:c :age 2 ~ .\n"
        (tmp_path / "data.ttl").write_text(text, encoding="utf-8")
        done = run("validate", "data.ttl", "--shapes", "shapes.ttl", "--format", "json")
        prints.append([finding["fingerprint"] for finding in json.loads(done.stdout)["findings"]])
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 3


# What shapes may say


@pytest.mark.parametrize(
    "shape, reason",
    [
        (":S sh:path ( :p :q ) ; sh:reifierShape :T .", "sh:reifierShape beside a sh:path that is no IRI"),
        (
            ":S sh:path :p ; sh:reifierShape 'x' .",
            "a value of sh:reifierShape that is a literal, and no shape",
        ),
        (
            ":S sh:path :p ; sh:reifierShape [ sh:path :q ] .",
            "a value of sh:reifierShape that has a sh:path, and so is no node shape",
        ),
        (
            ":S sh:path :p ; sh:reifierShape :T ; sh:reificationRequired 'x' .",
            "a value of sh:reificationRequired that is neither true nor false",
        ),
        (
            ":S sh:path :p ; sh:reifierShape :T ; sh:reificationRequired true , false .",
            "several values of sh:reificationRequired",
        ),
        (":S a sh:NodeShape ; sh:reifierShape :T .", "sh:reifierShape on a node shape"),
    ],
)
def test_an_ill_formed_shape_is_refused_at_its_place(
    shape: str, reason: str, run: Amcc, tmp_path: Path
) -> None:
    targets = ":S sh:targetSubjectsOf :p . :T a sh:NodeShape .\n"
    (tmp_path / "shapes.ttl").write_text(HEADER + targets + shape, encoding="utf-8")
    (tmp_path / "data.ttl").write_text("<http://e/a> <http://e/p> 1 .", encoding="utf-8")
    done = run("validate", "data.ttl", "--shapes", "shapes.ttl")
    assert done.returncode == 2
    assert re.search(rf"^shapes\.ttl:5:\d+: warning: .*{re.escape(reason)}\.", done.stderr, re.MULTILINE)


def test_required_without_a_shape_has_no_effect_and_that_is_said(run: Amcc, tmp_path: Path) -> None:
    shapes = HEADER + ":S sh:targetSubjectsOf :p ; sh:property [ sh:path :p ; sh:reificationRequired true ] ."
    (tmp_path / "shapes.ttl").write_text(shapes, encoding="utf-8")
    (tmp_path / "data.ttl").write_text("<http://e/a> <http://e/p> 1 .", encoding="utf-8")
    done = run("validate", "data.ttl", "--shapes", "shapes.ttl")
    assert done.returncode == 0
    assert "sh:reificationRequired has no effect without sh:reifierShape" in done.stderr


def test_what_is_said_of_one_constraint_is_not_evaluated_and_that_is_said(run: Amcc, tmp_path: Path) -> None:
    shapes = """:S sh:targetSubjectsOf :p ; sh:property [ sh:path :p ;
    sh:minCount 2 {| sh:severity sh:Warning |} ;
    sh:maxCount 2 ~ :r ; sh:message "A" {| sh:note 1 |} ] .
:r sh:deactivated true ; sh:message "B" ."""
    (tmp_path / "shapes.ttl").write_text(HEADER + shapes, encoding="utf-8")
    (tmp_path / "data.ttl").write_text("<http://e/a> <http://e/p> 1 .", encoding="utf-8")
    done = run("validate", "data.ttl", "--shapes", "shapes.ttl")
    said = re.findall(
        r"^shapes\.ttl:(\d+:\d+): warning: (sh:\w+) of one .* of (sh:\w+),", done.stderr, re.MULTILINE
    )
    assert sorted(said) == [
        ("5:34", "sh:severity", "sh:minCount"),
        ("7:19", "sh:deactivated", "sh:maxCount"),
        ("7:37", "sh:message", "sh:maxCount"),
    ]
    strict = run("validate", "data.ttl", "--shapes", "shapes.ttl", "--strict")
    assert strict.stdout.count("it belongs to SHACL 1.2, not") == 3


def test_pyshacl_is_not_asked_what_it_passes_over() -> None:
    terms = Terms()
    data, shapes = Data(terms), ShapesGraph(terms)
    source = parse(HEADER + REQUIRED, terms=terms)
    shapes.add(source.s, source.p, source.o)
    source = parse(HEADER + ":a :age 1 .", terms=terms)
    data.add(source.s, source.p, source.o)
    with pytest.raises(InputError, match="pyshacl does not know sh:reifierShape"):
        results(data, read_shapes(shapes), "pyshacl")


# Triple terms as any other terms


def test_a_query_speaks_of_triple_terms(run: Amcc, tmp_path: Path) -> None:
    pattern = "?r rdf:reifies <<( $this :age ?value )>>"
    asked = f"SELECT $this ?value {{ $this :age ?value FILTER NOT EXISTS {{ {pattern} }} }}"
    shapes = f'{HEADER}:S sh:targetSubjectsOf :age ; sh:sparql [ sh:prefixes :h ; sh:select "{asked}" ] .\n'
    declared = {"": "http://e/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#"}
    for prefix, namespace in declared.items():
        shapes += f':h sh:declare [ sh:prefix "{prefix}" ; sh:namespace "{namespace}" ] .\n'
    (tmp_path / "shapes.ttl").write_text(shapes, encoding="utf-8")
    text = "@prefix : <http://e/> .\n:a :age 01 ~ :r , 1 .\n<< :a :age 2 >> :of :a .\n[] :age 3.50 ~ , 3 .\n"
    (tmp_path / "data.ttl").write_text(text, encoding="utf-8")
    done = run("validate", "data.ttl", "--shapes", "shapes.ttl")
    at = re.findall(r"^data\.ttl:(\d+:\d+): violation", done.stdout, re.MULTILINE)
    assert (at, done.returncode) == (["2:19", "4:18"], 1)
    assert "pyshacl" not in done.stderr


def test_a_triple_term_is_none_of_the_kinds_has_no_text_and_no_value(run: Amcc, tmp_path: Path) -> None:
    """SPARQL 1.2 has no STR of a triple term, and no order by `<` for the datatypes of SHACL."""
    asked = (
        *(
            f"sh:nodeKind sh:{kind}"
            for kind in ("IRI", "BlankNodeOrIRI", "IRIOrLiteral", "BlankNodeOrLiteral")
        ),
        "sh:minLength 1",
        "sh:maxLength 999",
        "sh:pattern 'a'",
        "sh:languageIn ( '*' )",
        "sh:minInclusive 1",
        "sh:datatype rdf:dirLangString",
        "sh:class :C",
        "sh:in ( <<( :a :p 2 )>> :a )",
        "sh:hasValue :a",
    )
    shapes = "".join(f":S{n} sh:targetObjectsOf rdf:reifies ; {one} .\n" for n, one in enumerate(asked))
    passing = (
        ":T sh:targetObjectsOf rdf:reifies ; sh:in ( <<( :a :p 1 )>> ) ; sh:hasValue <<( :a :p 1 )>> .\n"
    )
    (tmp_path / "shapes.ttl").write_text(HEADER + shapes + passing, encoding="utf-8")
    (tmp_path / "data.ttl").write_text("@prefix : <http://e/> .\n:a :p 1 ~ :r .\n", encoding="utf-8")
    done = run("validate", "data.ttl", "--shapes", "shapes.ttl", "--format", "json")
    findings = json.loads(done.stdout)["findings"]
    assert {finding["shape"] for finding in findings} == {f"http://e/S{n}" for n in range(len(asked))}
    assert {(finding["line"], finding["column"]) for finding in findings} == {(2, 9)}


# What is published


PASSAGE = """:Passage a sh:NodeShape ; sh:property [ sh:path prov:wasDerivedFrom ; sh:minCount 1 ;
    sh:node [ sh:property [ sh:path amcc:inDocument ; sh:minCount 1 ] ] ] .
"""


def test_every_statement_of_the_download_has_a_reifier_that_names_its_passage(
    tmp_path: Path, cache: Path
) -> None:
    repository = mini.build(tmp_path / "fair")
    downloads.write_downloads(repository.dataset(), [], repository, tmp_path)
    file = tmp_path / "amcc-kg-evidence-rdf12.ttl"
    lines = file.read_text(encoding="utf-8").splitlines()
    shapes = PASSAGE
    for number, name in enumerate(("chairedBy", "heldOn", "madeBy", "madeAt")):
        shapes += f":S{number} sh:targetSubjectsOf amcc:{name} ; sh:property [ sh:path amcc:{name} ;\n"
        shapes += "    sh:reifierShape :Passage ; sh:reificationRequired true ] .\n"
    (tmp_path / "shapes.ttl").write_text(HEADER + shapes, encoding="utf-8")
    amcc = Amcc(tmp_path, cache)
    done = amcc("validate", file.name, "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout) == (0, "conforms: nothing to report\n"), done.stdout + done.stderr

    def line(word: str) -> int:
        return next(n for n, text in enumerate(lines) if f" amcc:{word} " in text and "~" in text)

    lines[line("madeBy")] = re.sub(r" ~.*", " .", lines[line("madeBy")])
    lines[line("madeAt")] = re.sub(r" \{\|.*", " .", lines[line("madeAt")])
    lines[line("heldOn")] = re.sub(r"(wasDerivedFrom) <[^>]*>", r"\1 <urn:x>", lines[line("heldOn")])
    wrong = {n + 1 for n, text in enumerate(lines) if "amcc:made" in text or "<urn:x>" in text}
    file.write_text("\n".join(lines), encoding="utf-8")
    done = amcc("validate", file.name, "--shapes", "shapes.ttl")
    at = re.findall(r"^amcc-kg-evidence-rdf12\.ttl:(\d+):\d+: violation", done.stdout, re.MULTILINE)
    assert (done.returncode, set(map(int, at)), len(at)) == (1, wrong, 3), done.stdout
