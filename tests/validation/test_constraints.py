"""Paths, components and targets as SHACL's text has them; the clause stands in each test's name."""

from __future__ import annotations

from pathlib import Path

import pytest
import shacl_random
from command_line import Amcc
from hypothesis import given
from hypothesis import strategies as st

from amcc_kg.syntax.reading import Terms, parse
from amcc_kg.validation.components.reader import read as read_shapes
from amcc_kg.validation.engine.data import Data, follower
from amcc_kg.validation.findings.notices import UnvalidatedError
from amcc_kg.validation.findings.report import Finding, Report
from amcc_kg.validation.shapes.property_paths import Path as PropertyPath
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

HEADER = shacl_random.HEADER + "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
PREFIXES = ":O sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://e/'^^xsd:anyURI ] ."


def graphs(data: str, shapes: str) -> tuple[Data, ShapesGraph]:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    for target, text, scope in ((whole, data, "f0"), (asked, shapes, "s0")):
        source = parse(HEADER + text, terms=terms, scope=scope)
        assert not source.problems, (source.problems, text)
        target.add(source.s, source.p, source.o)
    return whole, asked


def validated(data: str, shapes: str, **manner: bool) -> Report:
    return evaluate(*graphs(data, shapes), **manner)  # type: ignore[arg-type]


def found(data: str, shapes: str, **manner: bool) -> tuple[Finding, ...]:
    return validated(data, shapes, **manner).findings


def values(findings: tuple[Finding, ...]) -> list[str | None]:
    return sorted((f.value_key for f in findings), key=str)


# ---- 2.3.1 paths ----

CHAIN = ":a :p :b ; :q :b2 . :b :q :c . :x :p :a . :y :q :x . :z :q :a ."


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("[ sh:inversePath ( :q :p ) ]", {":y"}),
        ("[ sh:inversePath [ sh:inversePath ( :p :q ) ] ]", {":c"}),
        ("[ sh:inversePath [ sh:alternativePath ( :p ( :q :p ) ) ] ]", {":x", ":y"}),
        ("[ sh:inversePath [ sh:oneOrMorePath [ sh:alternativePath ( :p :q ) ] ] ]", {":x", ":y", ":z"}),
        ("[ sh:inversePath [ sh:zeroOrOnePath ( :q :p ) ] ]", {":a", ":y"}),
        ("( [ sh:inversePath ( :q :p ) ] [ sh:inversePath [ sh:inversePath :q ] ] )", {":x"}),
    ],
)
def test_2_3_1_4_the_inverse_of_any_path_is_walked_backwards(path: str, expected: set[str]) -> None:
    shapes = f":S sh:targetNode :a ; sh:property [ sh:path {path} ; sh:in ( :ok ) ] ."
    assert {f":{(f.value_key or '')[10:-1]}" for f in found(CHAIN, shapes)} == expected


def _pairs(path: PropertyPath, triples: set[tuple[int, int, int]], keys: list[str]) -> set[tuple[int, int]]:
    """What SPARQL 1.1 section 18.4 says of a path, as a relation."""
    nodes = range(4)
    if isinstance(path, str):
        return {(s, o) for s, p, o in triples if keys[p] == path}
    sign, *inner = path
    parts = [_pairs(part, triples, keys) for part in inner]
    if sign == "^":
        return {(o, s) for s, o in parts[0]}
    if sign == "|":
        return set().union(*parts)
    one = parts[0]
    if sign == "/":
        for part in parts[1:]:
            one = {(a, d) for a, b in one for c, d in part if b == c}
        return one
    none = {(node, node) for node in nodes}
    if sign == "?":
        return one | none
    more = one | none if sign == "*" else one
    while (longer := more | {(a, d) for a, b in more for c, d in one if b == c}) != more:
        more = longer
    return more


PATHS = st.recursive(
    st.sampled_from(["<http://e/p>", "<http://e/q>"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("^*+?"), inner),
        st.tuples(st.sampled_from("/|"), inner, inner),
        st.tuples(st.sampled_from("/|"), inner, inner, inner),
    ),
    max_leaves=8,
)


@given(PATHS, st.sets(st.tuples(st.integers(0, 3), st.sampled_from([4, 5]), st.integers(0, 3)), max_size=8))
def test_2_3_1_paths_of_any_depth_reach_what_sparql_says(
    path: PropertyPath, triples: set[tuple[int, int, int]]
) -> None:
    terms = Terms()
    for name in ("a", "b", "c", "d", "p", "q"):
        terms.intern(f"<http://e/{name}>")
    data = Data(terms)
    data.add(*zip(*triples, strict=True)) if triples else None
    follow = follower(data, path)
    reached = {(node, value) for node in range(4) for value in follow(node)}
    assert reached == _pairs(path, triples, terms.keys)


def test_2_3_1_a_path_that_leads_to_itself_or_has_no_end_is_ill_formed() -> None:
    deep = "[ sh:inversePath " * 200 + ":p" + " ]" * 200
    for path in ("_:n", deep):
        shapes = f"_:n sh:inversePath _:n . :S sh:targetNode :a ; sh:property [ sh:path {path} ] ."
        with pytest.raises(UnvalidatedError) as raised:
            found(":a :p :b .", shapes)
        assert any("leads to itself" in n.message or "deeper than" in n.message for n in raised.value.notices)


def test_2_3_1_a_long_sequence_is_a_path_like_any_other() -> None:
    path = f"( {':p ' * 30})"
    shapes = f":S sh:targetNode :a ; sh:property [ sh:path {path} ; sh:maxCount 0 ] ."
    assert len(found(":a :p :a .", shapes)) == 1


# ---- 4 components ----


@pytest.mark.parametrize(("component", "number"), [("or", 1), ("and", 0), ("xone", 1)])
def test_4_6_an_empty_list_is_a_list(component: str, number: int) -> None:
    report = validated(":a :p 1 .", f":S sh:targetNode :a ; sh:{component} () .")
    assert len(report.findings) == number
    assert all("an empty list of shapes" in finding.message for finding in report.findings)


@pytest.mark.parametrize(
    "alone",
    [
        "sh:ignoredProperties ( rdf:type )",
        "sh:property [ sh:path :p ; sh:qualifiedMinCount 9 ]",
        "sh:property [ sh:path :p ; sh:qualifiedMaxCount 0 ; sh:qualifiedValueShapesDisjoint true ]",
        "sh:property [ sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ]",
        "sh:property [ sh:path :p ; sh:flags 'i' ]",
    ],
)
def test_2_4_a_parameter_without_the_mandatory_one_makes_no_constraint(alone: str) -> None:
    report = validated(":a :p 1 .", f":S sh:targetNode :a ; sh:nodeKind sh:IRI ; {alone} .")
    assert report.findings == ()
    assert any("has no effect without" in notice.message for notice in report.notices)


# ---- 5 and 6, SPARQL ----


def sparql(select: str, more: str = "") -> str:
    return (
        f"{PREFIXES} :S sh:targetNode :a ; sh:sparql [ sh:prefixes :O ; sh:select '''{select}''' {more} ] ."
    )


@pytest.mark.parametrize("failure", ["BIND(true AS ?failure)", "$this ex:f ?failure"])
def test_5_3_1_a_solution_that_binds_failure_to_true_is_a_failure(failure: str) -> None:
    data = ":a :p 1 ; :f true ."
    with pytest.raises(UnvalidatedError, match="reports a failure") as raised:
        found(data, sparql(f"SELECT $this ?failure WHERE {{ {failure} }}"))
    assert raised.value.notices[0].predicate_key == "<http://www.w3.org/ns/shacl#select>"
    quiet = sparql("SELECT $this ?failure WHERE { $this ex:p ?value BIND(false AS ?failure) }")
    assert len(found(data, quiet)) == 1


def test_5_3_2_the_binding_of_message_comes_before_all_other_messages() -> None:
    select = "SELECT $this ?message WHERE { $this ex:p ?v BIND(CONCAT('too big: ', STR(?v)) AS ?message) }"
    (finding,) = found(":a :p 7 .", sparql(select, "; sh:message 'other'"))
    assert finding.message == "too big: 7"


def test_5_3_2_any_variable_of_the_result_fills_a_message() -> None:
    select = "SELECT $this ?value ?other WHERE { $this ex:p ?value ; ex:q ?other }"
    more = "; sh:message '{?value} and {$other} of {?this}, not {?absent}'"
    (finding,) = found(":a :p 7 ; :q 'x' .", sparql(select, more))
    assert finding.message == "7 and x of http://e/a, not {?absent}"


def test_5_2_1_prefixes_come_through_imports_and_nothing_is_missed() -> None:
    imported = PREFIXES.replace(":O ", ":I ") + " :O owl:imports :I ."
    report = validated(
        ":a :p 1 .", sparql("SELECT $this WHERE { $this ex:p ?v }").replace(PREFIXES, imported)
    )
    assert (len(report.findings), report.notices) == (1, ())


def test_5_2_1_two_namespaces_of_one_prefix_are_ill_formed() -> None:
    more = " :O sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://other/'^^xsd:anyURI ] ."
    with pytest.raises(UnvalidatedError) as raised:
        found(":a :p 1 .", sparql("SELECT $this WHERE { $this ex:p ?v }") + more)
    assert any("two namespaces of the prefix 'ex'" in notice.message for notice in raised.value.notices)


ASK = (
    PREFIXES + ":CC a sh:ConstraintComponent ; sh:parameter [ sh:path :min ] ; sh:validator [ "
    "a sh:SPARQLAskValidator ; sh:prefixes :O ; sh:message 'len {$value} of {$min}' ; "
    "sh:ask 'ASK { FILTER(STRLEN(STR($value)) >= $min) }' ] . "
)


def test_6_3_an_ask_gives_a_result_for_each_value_with_its_message() -> None:
    shapes = ASK + ":S sh:targetNode :a ; sh:property [ sh:path :p ; :min 3 ] ."
    findings = found(":a :p 'ab', 'a', 'abc' .", shapes)
    assert values(findings) == ['"a"', '"ab"']
    assert sorted(f.message for f in findings) == ["len a of 3", "len ab of 3"]


def test_2_4_each_value_of_the_only_parameter_of_a_component_is_a_constraint() -> None:
    shapes = ASK + ":S sh:targetNode :a ; sh:property [ sh:path :p ; :min 2, 3 ] ."
    assert values(found(":a :p 'ab', 'a', 'abc' .", shapes)) == ['"a"', '"a"', '"ab"']


def test_5_3_2_the_message_of_a_component_comes_after_its_validator_s() -> None:
    shapes = ASK.replace("sh:message 'len {$value} of {$min}' ;", "") + (
        ":CC sh:message 'short of {$min}' . :S sh:targetNode :a ; sh:property [ sh:path :p ; :min 3 ] ."
    )
    assert [f.message for f in found(":a :p 'ab' .", shapes)] == ["short of 3"]


def test_6_3_a_select_validator_gives_a_result_for_each_solution() -> None:
    shapes = (
        PREFIXES + ":CC a sh:ConstraintComponent ; sh:parameter [ sh:path :lang ] ; sh:propertyValidator [ "
        "sh:prefixes :O ; sh:select 'SELECT DISTINCT $this ?value WHERE { $this $PATH ?x . ?x ex:q ?value "
        "FILTER (!langMatches(lang(?value), $lang)) }' ] . "
        ":S sh:targetNode :a ; sh:property [ sh:path :p ; :lang 'de' ] ."
    )
    # The value need not be a value node.
    assert values(found(":a :p :b . :b :q 'x'@en , 'y'@de .", shapes)) == ['"x"@en']


def test_6_2_3_a_constraint_without_a_validator_is_ignored_and_told() -> None:
    shapes = (
        ":CC a sh:ConstraintComponent ; sh:parameter [ sh:path :min ] . "
        ":S sh:targetNode :a ; sh:property [ sh:path :p ; :min 3 ; sh:minCount 1 ] ."
    )
    report = validated(":a :p 'ab' .", shapes)
    assert report.findings == ()
    (notice,) = (n for n in report.notices if n.kind == "without-validator")
    assert "<http://e/CC>" in notice.message


# ---- 2.1.3 targets ----

OWL_CLASS = """:A a owl:Class, sh:NodeShape ; sh:property [ sh:path :l ; sh:minCount 1 ] .
:Z sh:targetNode :x ; sh:nodeKind sh:IRI ."""


def test_2_1_3_3_an_owl_class_is_a_target_by_practice_and_by_the_letter_none() -> None:
    report = validated(":x a :A . :y :l 1 .", OWL_CLASS)
    assert len(report.findings) == 1
    (notice,) = report.notices
    assert (notice.kind, str(notice.severity)) == ("owl-class-target", "info")
    by_letter = validated(":x a :A . :y :l 1 .", OWL_CLASS, strict=True)
    assert (by_letter.findings, by_letter.notices) == ((), ())


@pytest.mark.parametrize("kind", ["rdfs:Class", ":Meta", ":Deeper"])
def test_2_1_3_3_a_shacl_instance_of_rdfs_class_is_a_target(kind: str) -> None:
    shapes = f":A a {kind}, sh:NodeShape ; sh:property [ sh:path :l ; sh:minCount 1 ] ."
    shapes += " :Deeper rdfs:subClassOf :Meta . :Meta rdfs:subClassOf rdfs:Class ."
    for strict in (False, True):
        report = validated(":x a :A .", shapes, strict=strict)
        assert len([f for f in report.findings if not f.is_notice]) == 1
        assert not any(n.kind == "owl-class-target" for n in report.notices)


def test_the_practice_is_told_once_on_standard_error(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "data.ttl").write_text(HEADER + ":x a :A . :y :l 1 .")
    (tmp_path / "shapes.ttl").write_text(HEADER + OWL_CLASS)
    amcc = Amcc(tmp_path, cache)
    done = amcc("validate", "data.ttl", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stderr.count("2.1.3.3")) == (1, 1)
    done = amcc("validate", "data.ttl", "--shapes", "shapes.ttl", "--strict")
    assert (done.returncode, done.stderr) == (0, "")


def test_2_4_nothing_of_a_read_shape_is_left_to_another_engine() -> None:
    _, shapes = graphs("", ASK + OWL_CLASS + ":S sh:targetNode :a ; sh:or () ; sh:ignoredProperties () .")
    assert not [shape for shape in read_shapes(shapes) if shape.unread]
