"""What a verdict does not cover is said: no slip in the shapes passes in silence."""

from __future__ import annotations

import difflib
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcc_kg.__main__ import main
from amcc_kg.repository.files import Repository
from amcc_kg.syntax.reading import Terms, load, parse
from amcc_kg.terms.errors import InputError
from amcc_kg.terms.spelling import Names
from amcc_kg.validation import Notice, Severity
from amcc_kg.validation.components.reader import read as read_shapes
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings import notices
from amcc_kg.validation.findings.notices import UnvalidatedError
from amcc_kg.validation.shapes import vocabulary
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""
PROJECT = Repository(Path(__file__).parent.parent.parent)


def graphs(data: str, shapes: str) -> tuple[Data, ShapesGraph]:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    source = parse(HEADER + data, terms=terms, scope="f0")
    whole.add(source.s, source.p, source.o)
    source = parse(HEADER + shapes, terms=terms, scope="s0")
    assert not source.problems
    asked.add(source.s, source.p, source.o)
    return whole, asked


def said(data: str, shapes: str, kind: str) -> list[Notice]:
    try:
        found = evaluate(*graphs(data, shapes)).notices
    except UnvalidatedError as error:
        found = error.notices
    return [notice for notice in found if notice.kind == kind]


def test_what_covers_everything_needs_no_notice() -> None:
    whole, asked = graphs(
        ":a :p 1 .", ":S sh:targetSubjectsOf :p ; sh:property [ sh:path :p ; sh:minCount 1 ] ."
    )
    assert evaluate(whole, asked).notices == ()


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("sh:minCuont 1", "sh:minCuont is no term of SHACL, and is ignored; did you mean 'sh:minCount'?"),
        (
            "sh:targetclass :C",
            "sh:targetclass is no term of SHACL, and is ignored; did you mean 'sh:targetClass'?",
        ),
        ("sh:nodeKind sh:Iri", "sh:Iri is no term of SHACL, and is ignored; did you mean 'sh:IRI'?"),
        ("a sh:Nodeshape", "sh:Nodeshape is no term of SHACL, and is ignored; did you mean 'sh:NodeShape'?"),
    ],
)
def test_a_misspelt_term_is_said_with_the_nearest_one(shape: str, message: str) -> None:
    (notice,) = said(":a :p 1 .", f":S sh:targetSubjectsOf :p ; {shape} .", "misspelt-term")
    assert (notice.severity, notice.message, notice.shape_key) == (Severity.WARNING, message, "<http://e/S>")


@pytest.mark.parametrize(
    "constraint",
    [
        "sh:memberShape :T",
        "sh:rule [ a sh:TripleRule ]",
        "sh:target [ a sh:JSTarget ]",
        "sh:js [ sh:jsFunctionName 'f' ]",
        "sh:expression :T",
    ],
)
def test_a_constraint_that_is_not_evaluated_is_said(constraint: str) -> None:
    (notice,) = said(":a :p 1 .", f":S sh:targetSubjectsOf :p ; {constraint} .", "not-evaluated")
    name = constraint.split()[0]
    assert notice.message.startswith(f"{name} is not evaluated")
    assert notice.predicate_key == f"<http://www.w3.org/ns/shacl#{name.removeprefix('sh:')}>"


@pytest.mark.parametrize("target", ["targetClass :Persn", "targetSubjectsOf :nme", "targetObjectsOf :nme"])
def test_a_target_that_matches_nothing_is_said(target: str) -> None:
    data = ":a a :Person ; :name 'a' . :name a owl:DatatypeProperty ."
    (notice,) = said(data, f":S sh:targetNode :a ; sh:{target} .", "target-without-match")
    assert notice.severity is Severity.WARNING
    assert "did you mean" in notice.message


def test_a_target_whose_class_is_declared_may_well_have_no_instance() -> None:
    data = ":a a :Person . :Robot a owl:Class ."
    (notice,) = said(data, ":S sh:targetClass :Person , :Robot .", "target-without-match")
    assert (notice.severity, notice.term_key) == (Severity.INFO, "<http://e/Robot>")


def test_a_property_that_occurs_nowhere_is_said() -> None:
    shapes = ":S sh:targetSubjectsOf :name ; sh:property [ sh:path ( :name [ sh:inversePath :knws ] ) ] ."
    (notice,) = said(":a :name 'a' ; :knows :b .", shapes, "path-without-triples")
    assert notice.severity is Severity.WARNING
    assert notice.message.endswith("; did you mean '<http://e/knows>'?")


def test_a_property_that_is_declared_may_well_be_unused() -> None:
    shapes = ":S sh:targetSubjectsOf :name ; sh:property [ sh:path :email ] ."
    data = ":a :name 'a' . :email a owl:DatatypeProperty ."
    assert [n.severity for n in said(data, shapes, "path-without-triples")] == [Severity.INFO]


def test_a_shape_that_nothing_uses_is_said() -> None:
    shapes = (
        ":S sh:targetSubjectsOf :p . :T a sh:NodeShape ; sh:closed true . :U sh:node :V . :W sh:minLength 1 ."
    )
    unused = said(":a :p 1 .", shapes, "unused-shape")
    assert sorted(n.shape_key or "" for n in unused) == ["<http://e/T>", "<http://e/U>", "<http://e/W>"]


@pytest.mark.parametrize(
    "shape",
    [
        "a sh:PropertyShape ; sh:minCount 1",
        "a sh:NodeShape ; sh:path :p",
        "sh:path :p ; sh:minCount 'many'",
        "sh:path :p ; sh:minCount 1 , 2",
        "a sh:NodeShape ; sh:maxCount 1",
        "sh:in [ :first 1 ]",
        "sh:path 'p'",
        "sh:path :p , :q",
        "sh:datatype :d , :e",
        "sh:pattern '('",
        "sh:path [ sh:alternativePath ( :p ) ]",
        "sh:closed 'perhaps'",
        "sh:property [ sh:minCount 1 ]",
    ],
)
def test_a_shape_that_breaks_the_syntax_rules_is_said_even_where_it_has_no_focus_node(shape: str) -> None:
    terms = graphs(":a :p 1 .", f":S sh:targetClass :C ; {shape} .")
    found = notices.of(terms[0], read_shapes(terms[1]))
    assert [n.kind for n in found if n.severity is Severity.WARNING and n.kind == "ill-formed-shape"]


def test_shapes_that_match_nothing_at_all_are_said_to_have_checked_nothing() -> None:
    assert len(said(":a a :Person .", ":S sh:targetClass :Persn .", "nothing-checked")) == 1


def test_a_shape_that_is_named_and_not_described_is_said_with_the_nearest_one() -> None:
    shapes = ":S sh:targetSubjectsOf :p ; sh:not :Persn . :Person a sh:NodeShape ; sh:targetClass :C ."
    (notice,) = said(":a :p 1 .", shapes, "undefined-shape")
    assert notice.message == (
        "sh:not names <http://e/Persn>, which the shapes do not describe; did you mean '<http://e/Person>'?"
    )


@pytest.mark.parametrize(
    ("datatype", "message"),
    [
        ("xsd:integr", "xsd:integr is no datatype, so no literal is of it; did you mean 'xsd:integer'?"),
        (
            "rdf:langstring",
            "rdf:langstring is no datatype, so no literal is of it; did you mean 'rdf:langString'?",
        ),
        ("xsd:integer", ""),
        ("rdf:langString", ""),
        (
            "rdfs:Literal",
            "rdfs:Literal is no literal's datatype; sh:nodeKind sh:Literal asks for any literal",
        ),
        (":own", ""),
    ],
)
def test_a_datatype_that_does_not_exist_is_said_with_the_nearest_one(datatype: str, message: str) -> None:
    shapes = f":S sh:targetSubjectsOf :p ; sh:datatype {datatype} ."
    found = said(":a :p 1 .", shapes, "unknown-datatype")
    assert "".join(notice.message for notice in found) == message


def test_what_is_at_hand_is_not_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shapes.ttl").write_text(
        f"{HEADER}:S sh:targetClass :C .\n"
        "<> owl:imports <more.ttl>, :ontology, <http://www.w3.org/ns/shacl#> ."
    )
    Path("more.ttl").write_text(f"{HEADER}:T a sh:NodeShape ; sh:targetClass :C .")
    Path("data.ttl").write_text(f"{HEADER}:a a :C . :ontology a owl:Ontology .")
    assert run("data.ttl", "--shapes", "more.ttl", "--strict") == 0


def test_entailment_that_asks_for_nothing_more_is_let_pass() -> None:
    simple = "<> sh:entailment <http://www.w3.org/ns/entailment/Simple> . :S sh:targetSubjectsOf :p ."
    assert evaluate(*graphs(":a :p 1 .", simple)).notices == ()


def test_what_is_meant_is_guessed_from_local_names_alone() -> None:
    shapes = ":S sh:targetSubjectsOf :pages ; sh:property [ sh:path :title ] ."
    (notice,) = said(":a :pages 1 ; <http://other/title> 'a' .", shapes, "path-without-triples")
    assert notice.message == "The property <http://e/title> occurs nowhere in the data"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT $this WHERE { $this :p ?x", "line 1, column"),
        ("SELECT $this\\nWHERE { $this rdfs:label ?x FILTR(?x) }", "from its line 2, column 29 on"),
        ("SELECT $this\\nWHERE { $this no:p ?x }", "no: is not declared, in its line 2, column 15"),
        ("SELECT $this\\nWHERE { $this $PATH ?x FILTR }", "from its line 2, column"),
        # $this is bound beforehand, but a query is to be one by itself (5.2.1, SPARQL 1.1, 19.8).
        (
            "SELECT $this ?value\\nWHERE { $this rdfs:label ?value } GROUP BY ?value HAVING (COUNT(*) > 1)",
            "?this, which is neither grouped by nor aggregated, among its columns, in its line 1, column 8",
        ),
    ],
)
def test_a_query_that_is_none_is_said_with_its_place_in_the_query(query: str, place: str) -> None:
    shapes = f':S sh:targetSubjectsOf :p ; sh:path :p ; sh:sparql [ sh:select "{query}" ] .'
    (notice,) = said(":a :p 1 .", shapes, "ill-formed-shape")
    assert "a value of sh:select that is no SPARQL query" in notice.message
    assert place in notice.message
    assert notice.predicate_key == "<http://www.w3.org/ns/shacl#select>"


def test_a_query_that_is_none_ends_all_even_where_another_shape_finds_something() -> None:
    # It reads well but for a function that has too few arguments.
    query = "SELECT $this { $this :p ?x FILTER (STRLEN()) }"
    shapes = f":S sh:targetSubjectsOf :p ; sh:nodeKind sh:BlankNode ; sh:sparql [ sh:select '{query}' ] ."
    shapes += " <> a owl:Ontology ; sh:declare [ sh:prefix '' ; sh:namespace 'http://e/' ] ."
    shapes = shapes.replace("sh:sparql [", "sh:sparql [ sh:prefixes <> ;")
    (notice,) = said(":a :p 1 .", shapes, "ill-formed-shape")
    assert "a value of sh:select that is no SPARQL query" in notice.message


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this { $this rdfs:label ?x } LIMIT 1",  # left to pyshacl, and SPARQL
        "SELECT $this $value { $this $PATH ?value }",
        "SELECT $this { $this ($PATH|rdfs:label) ?value } LIMIT 1",
    ],
)
def test_a_query_that_is_one_is_let_pass(query: str) -> None:
    shapes = f":S sh:targetSubjectsOf :p ; sh:path :p ; sh:sparql [ sh:select '{query}' ] ."
    assert said(":a :q 1 . :b :p 1 .", shapes, "ill-formed-shape") == []


def test_an_empty_data_graph_is_refused() -> None:
    with pytest.raises(InputError, match="the data graph is empty"):
        evaluate(*graphs("", ":S sh:targetClass :C ."))
    # A node that is named is looked at even so.
    found = evaluate(*graphs("", ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:minCount 1 ] ."))
    assert (len(found.findings), found.notices[0].kind) == (1, "empty-data")


def test_a_shapes_graph_without_shapes_is_refused() -> None:
    with pytest.raises(InputError, match="holds no shape with a target"):
        evaluate(*graphs(":a :p 1 .", ":S sh:minCuont 1 ."))


def test_strictly_a_slip_is_a_finding() -> None:
    given = graphs(":a a :C .", ":S sh:targetClass :C ; sh:nodKind sh:IRI ; sh:property [ sh:path :p ] .")
    assert evaluate(*given).conforms
    found = evaluate(*given, strict=True)
    assert sorted(str(f.component).rpartition("#")[2] for f in found.findings) == [
        "misspelt-term",
        "path-without-triples",
    ]
    assert all(f.severity is Severity.WARNING for f in found.findings)


def test_no_term_is_both_evaluated_and_not() -> None:
    assert not set(vocabulary.CORE) & set(vocabulary.NOT_EVALUATED)
    assert set(vocabulary.DECIDING) <= set(vocabulary.NOT_EVALUATED)


@pytest.mark.parametrize("file", [PROJECT.shapes_file, PROJECT.ontology_shapes_file], ids=lambda p: p.stem)
def test_this_project_s_shapes_have_no_slip(file: Path) -> None:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    for number, path in enumerate([*PROJECT.written_files, *PROJECT.ontology_files]):
        source = load(path, terms, f"f{number}")
        whole.add(source.s, source.p, source.o)
    source = load(file, terms, "s0")
    asked.add(source.s, source.p, source.o)
    assert [n for n in evaluate(whole, asked).notices if n.severity is Severity.WARNING] == []


# ---- on the command line ----

SLIPS = {
    "misspelt": ("sh:targetClass :C ; # ^\n sh:nodKind # ^ here\n sh:IRI", 0),
    "misspelt value": ("sh:targetClass :C ; sh:nodeKind\n sh:Iri # ^ here\n", 2),
    "not evaluated": ("sh:targetClass :C ; sh:property [ sh:path :p ;\n sh:memberShape # ^ here\n :T ]", 0),
    "target": ("sh:targetClass :C ,\n :D # ^ here\n", 0),
    "named node": ("sh:targetNode :a ,\n :nobody # ^ here\n", 0),
    "path": ("sh:targetClass :C ; sh:property [ sh:path\n :q # ^ here\n ]", 0),
    "path in a list": ("sh:targetClass :C ; sh:property [\n sh:path (:p\n :q # ^ here\n ) ]", 0),
    "no target matches": ("sh:targetClass\n :D # ^ here\n", 2),
    "no target": ("\n sh:targetClas # ^ here\n :C", 2),
    "a target of another kind": ("\n sh:target # ^ here\n [ a sh:JSTarget ]", 2),
    "undefined shape": ("sh:targetClass :C ; sh:node\n :Undefined # ^ here\n", 0),
    "undefined shape in a list": ("sh:targetClass :C ; sh:or ( [ ]\n :Undefined # ^ here\n )", 0),
    "unknown datatype": (
        "sh:targetClass :C ; sh:property [ sh:path :q ; sh:datatype\n xsd:integr # ^ here\n ]",
        0,
    ),
    "flags alone": ("sh:targetClass :C ; sh:flags\n 'i' # ^ here\n", 0),
    "import": ("sh:targetClass :C . <> owl:imports <>, sh: ,\n <http://e/more> # ^ here\n", 0),
    "entailment": (
        "sh:targetClass :C . <> sh:entailment\n <http://www.w3.org/ns/entailment/D> # ^ here\n",
        2,
    ),
    "severity": ("sh:targetClass :C ; sh:severity\n 'bad' # ^ here\n", 2),
    "message": ("sh:targetClass :C ; sh:message\n :x # ^ here\n", 2),
    "node kind": ("sh:targetClass :C ; sh:nodeKind\n :Foo # ^ here\n", 2),
    "deactivated": (
        "sh:targetClass :C ; sh:property [ sh:path :q ; sh:minCount 9 ] ; sh:deactivated\n 'yes' # ^ here\n",
        2,
    ),
    "no list": ("sh:targetClass :C ; sh:in\n :x # ^ here\n", 2),
    "closed": ("sh:targetClass :C ; sh:closed\n 'true' # ^ here\n", 2),
    "count below": ("sh:targetClass :C ; sh:property [ sh:path :q ; sh:minCount\n -1 # ^ here\n ]", 2),
    "ill-formed without a focus node": ("sh:targetClass :D ; sh:closed\n 'true' # ^ here\n", 2),
    "no query": ("sh:targetClass :C ; sh:sparql\n [ # ^ here\n sh:message 'm' ]", 2),
    "query without end": (
        "sh:targetClass :C ; sh:sparql [ sh:select\n 'SELECT $this { $this <p:p> ?x' # ^ here\n ]",
        2,
    ),
    "query without prefix": (
        "sh:targetClass :C ; sh:sparql [ sh:select\n 'SELECT $this { $this no:p ?x }' # ^ here\n ]",
        2,
    ),
    "query without focus node": (
        "sh:targetClass :D ; sh:sparql [ sh:select\n 'SELECT $this { $this no:p ?x }' # ^ here\n ]",
        2,
    ),
    "query without $this": (
        "sh:targetClass :C ; sh:sparql [ sh:select\n 'SELECT ?x { $this <p:p> ?x }' # ^ here\n ]",
        2,
    ),
    "ill-formed": ("sh:targetClass :C ; sh:property\n [ # ^ here\n sh:minCount 1 ]", 2),
}


@pytest.mark.parametrize(("shape", "code"), SLIPS.values(), ids=list(SLIPS))
def test_a_slip_is_said_with_its_line_and_ends_with_2_where_it_makes_the_verdict_worthless(
    shape: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"{HEADER}:S a sh:NodeShape ; {shape} .\n"
    Path("shapes.ttl").write_text(text)
    Path("data.ttl").write_text(HEADER + ":a a :C ; :p 1 .")
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "^ here" in words)
    assert run("data.ttl") == code
    said = capfd.readouterr().err
    assert f"shapes.ttl:{line}:2: warning: " in said
    if code == 2:
        assert said.splitlines()[-1].startswith("error: shapes.ttl: ")
        return
    assert run("data.ttl", "--strict") == 1
    assert f"shapes.ttl:{line}:2: warning: " in capfd.readouterr().out


@pytest.mark.parametrize(
    ("data", "shapes", "message"),
    [
        ("", ":S sh:targetClass :C .", "data.ttl: the data graph is empty"),
        (":a a :C .", "", "shapes.ttl: the shapes graph holds no shape with a target"),
        (":a a :C .", ":a :p :b .", "shapes.ttl: the shapes graph holds no shape with a target"),
    ],
)
def test_a_verdict_on_nothing_ends_with_2_and_names_the_file(
    data: str,
    shapes: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shapes.ttl").write_text(HEADER + shapes)
    Path("data.ttl").write_text(HEADER + data)
    assert run("data.ttl") == 2
    assert capfd.readouterr().err.startswith(f"error: {message}")


def run(*words: str) -> int:
    return main(["validate", "--shapes", "shapes.ttl", *words])


@given(st.text("abc", min_size=1), st.lists(st.text("abc", min_size=1), max_size=20))
def test_the_nearest_name_is_difflib_s(name: str, known: list[str]) -> None:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    assert Names(known, 0.6).nearest(name) == (near[0] if near else None)


@pytest.mark.parametrize(
    "slip", ["hairedBy", "chairdBy", "chairedB", "xchairedBy", "chairedByx", "chairdeBy"]
)
def test_a_slip_is_found_among_very_many_names_by_looking_at_few(
    slip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    class Counted(SequenceMatcher):  # type: ignore[type-arg]
        def set_seq1(self, a: str) -> None:
            compared.append(a)
            super().set_seq1(a)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counted)
    known = Names([f"p{number}" for number in range(20_000)] + ["chairedBy"], 0.75)
    assert known.nearest(slip) == known.nearest(slip) == "chairedBy"
    assert len(compared) < 100
