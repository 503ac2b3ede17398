"""Reading a query before it runs: nothing outside is reached, and mistakes are placed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from amcc_kg.sparql.checks import refuse_outside, syntax_error, syntax_error_of
from amcc_kg.sparql.prologue import form as form_of
from amcc_kg.sparql.prologue import with_values
from amcc_kg.terms.errors import InputError, PlacedError

INSIDE = st.text(alphabet=st.sampled_from("SERVICE service From FROM<x>{}'#?:. "), max_size=40)
HARMLESS = [
    'SELECT ?s { ?s ?p "SERVICE <http://x/> {}" }',
    "SELECT ?s { ?s ?p '''a ' SERVICE <x:y> {} ''' }",
    "SELECT ?s { ?s ?p <http://x/SERVICE/from#service> }",
    "SELECT ?s { ?s ?p ?service } # SERVICE <http://x/> {}",
    "SELECT ?from WHERE { ?from ?p ?o }",
    "PREFIX e: <http://e/> SELECT ?s { ?s e:service ?o ; e:from 'from' }",
    'SELECT ?s { ?s ?p "x"@en-service }',
    "SELECT ?s { VALUES (?a ?b) { (<http://e/a> <http://e/service>) } ?s ?p ?o }",
]
CALLING = [
    "SELECT ?s { SERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT ?s { service silent <http://x/> { ?s ?p ?o } }",
    "SELECT ?s { ?s ?p true SERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT ?s { ?s ?p trueSERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT ?s { ?s ?p 1SERVICE<http://x/>{?s ?p ?o} }",
    "PREFIX SERVICE: <http://x/> PREFIX : <http://y/> SELECT ?s { ?s ?p 1 SERVICE:x {?s ?p ?o} }",
    "SELECT ?s { ?s ?p ?o # '\n SERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT ?s { ?s ?p ?o FILTER(?o<'x>y')SERVICE<http://x/>{?s ?p ?o}#'\n }",
    'SELECT ?s { ?s ?p ?o FILTER(?p<?o#>"""\n )SERVICE <http://x/> {?s ?p ?o} #"""\n }',
    'SELECT ?s { ?s ?p "a\\"b" SERVICE <http://x/> { ?s ?p ?o } }',
    "SELECT ?s { \\u0053ERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT ?s { \\U00000053\\u0065rvice <http://x/> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_the_words_inside_strings_comments_iris_and_names_are_let_pass(text: str) -> None:
    refuse_outside(text, "q", lambda _: False)


@pytest.mark.parametrize("text", CALLING)
def test_a_service_is_refused_however_it_is_hidden(text: str) -> None:
    with pytest.raises((InputError, SyntaxError)):
        refuse_outside(text, "q", lambda _: True)


@settings(deadline=None)
@given(inside=INSIDE)
def test_nothing_in_a_string_or_comment_is_refused(inside: str) -> None:
    string = str(Literal(inside))
    comment = "#" + inside
    refuse_outside(f"SELECT ?s {{ ?s ?p {string} {comment}\n }}", "q", lambda _: False)


@settings(deadline=None)
@given(before=INSIDE, after=INSIDE, gap=st.sampled_from([" ", "\n", "#\n", "\t", "# '\n"]))
def test_a_real_service_is_always_refused(before: str, after: str, gap: str) -> None:
    text = (
        f"SELECT ?s {{ ?s ?p {Literal(before)}{gap}SERVICE{gap}<http://127.0.0.1:9/>"
        f" {{ ?s ?p {Literal(after)} }} }}"
    )
    with pytest.raises(InputError, match="SERVICE is refused"):
        refuse_outside(text, "q", lambda _: True)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s FROM <http://e/g> { ?s ?p ?o }",
        "PREFIX e: <http://e/> SELECT ?s FROM NAMED e:g { GRAPH e:g { ?s ?p ?o } }",
        "BASE <http://e/> SELECT ?s FROM <g> FROM NAMED <g> { ?s ?p ?o }",
        "ASK FROM <http://e/g> { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } FROM <http://e/g> WHERE { ?s ?p ?o }",
        "SELECT (EXISTS { ?a ?b ?c } AS ?e) FROM <http://e/g> { ?s ?p ?o }",
        "CONSTRUCT FROM <http://e/g> WHERE { ?s ?p ?o }",
    ],
)
def test_from_is_let_pass_for_a_graph_that_is_there_and_refused_for_others(text: str) -> None:
    refuse_outside(text, "q", lambda iri: iri == "http://e/g")
    with pytest.raises(InputError, match="FROM <http://e/g> is refused"):
        refuse_outside(text, "q", lambda _: False)


@pytest.mark.parametrize(
    ("graph", "nearest"),
    [
        ("http://e/d/s05", "<http://e/d/s05a>"),
        ("http://e/d/s05/", "<http://e/d/s05a>"),
        ("http://e/registr", "<http://e/register>"),
        ("http://e/d/s07", ""),
    ],
)
def test_the_nearest_graph_is_named_to_one_that_is_not_there(graph: str, nearest: str) -> None:
    there = ["http://e/d/s05a", "http://e/d/s05/x", "http://e/d/s06", "http://e/register"]
    with pytest.raises(PlacedError) as caught:
        refuse_outside(f"ASK FROM <{graph}> {{ ?s ?p ?o }}", "q", lambda _: False, 0, lambda: there)
    assert caught.value.reason.endswith(f"; did you mean {nearest}?" if nearest else "nothing is fetched")


BETWEEN = [" ", "\n", "\t", "\r", "#\n", "# from: '\n", "#<x>\r"]


@settings(deadline=None)
@given(
    word=st.sampled_from(["FROM", "from", "From"]),
    named=st.sampled_from(["", "NAMED", "named"]),
    graph=st.sampled_from(["<http://e/g>", "e:g", ":g", "é:g", "<g>"]),
    gap=st.lists(st.sampled_from(BETWEEN), min_size=1).map("".join),
)
def test_a_real_from_is_always_refused(word: str, named: str, graph: str, gap: str) -> None:
    head = "BASE <http://e/> PREFIX e: <http://e/> PREFIX : <http://e/> PREFIX é: <http://e/> SELECT ?s"
    with pytest.raises(InputError, match="FROM <http://e/g> is refused"):
        refuse_outside(f"{head} {word}{gap}{named}{gap}{graph} {{ ?s ?p ?o }}", "q", lambda _: False)


def error_of(text: str) -> InputError:
    with pytest.raises(SyntaxError) as caught:
        Store().query(text)
    return syntax_error(text, "q.rq", caught.value)


def test_an_undeclared_prefix_is_named_with_the_declaration_to_add() -> None:
    message = str(error_of("SELECT ?s {\n  ?s foaf:name ?o }"))
    assert message.startswith("q.rq:2:6: the prefix foaf: is not declared; ")
    assert "add PREFIX foaf: <http://xmlns.com/foaf/0.1/>" in message
    assert "did you mean 'skos'" in str(error_of("SELECT ?s { ?s sko:note ?o }"))


def test_a_syntax_error_has_its_place_and_its_line() -> None:
    error = error_of("SELECT ?s WHERE {\n  ?s ?p ?o .\n  FLTER(?o > 1)\n}")
    assert isinstance(error, PlacedError)
    assert (error.line, error.column) == (3, 3)
    assert str(error).endswith("the line is: FLTER(?o > 1)")
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("SELECT ?person\n{ ?person ?p ?o } GROUP BY ?persn", (2, 28),
         "GROUP BY ?persn, which nothing binds; did you mean '?person'?"),
        ("SELECT ?persn { ?person ?p ?o } GROUP BY ?person", (1, 8),
         "?persn, which is neither grouped by nor aggregated, among its columns; did you mean '?person'?"),
        ("SELECT ?s (STRLEN(?o) AS ?n)\n{ ?s ?p ?o }\nGROUP BY ?s", (1, 19),
         "?o, which is neither grouped by nor aggregated, in a column"),
        ("SELECT * { { SELECT ?o { ?s ?p ?o } GROUP BY ?s } ?s ?q ?t }", (1, 21),
         "?o, which is neither grouped by nor aggregated, among its columns"),
        ("SELECT ?s (1 AS ?s) { ?s ?p ?o }", (1, 17), "?s, which the query already projects, bound anew"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", (1, 8), "SELECT * with GROUP BY"),
        ("SELECT * { ?s ?p ?o BIND(1 AS ?o) ?s ?q ?r }", (1, 31),
         "?o, which the pattern already has, bound anew by BIND"),
    ],
)  # fmt: skip
def test_what_is_against_the_rules_of_scope_is_named_where_it_stands(
    text: str, place: tuple[int, int], reason: str
) -> None:
    error = error_of(f"PREFIX e: <http://e/> {text}")
    assert isinstance(error, PlacedError)
    assert (error.line, (error.column or 0) - 22 * (error.line == 1)) == place
    assert error.reason.startswith(f"the query has {reason}; the line is: ")


def test_an_update_and_an_empty_text_are_called_what_they_are() -> None:
    assert "INSERT is an update" in str(error_of("INSERT DATA { <a:a> <a:b> 1 }"))
    assert "empty" in str(error_of("  \n"))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("# SELECT\nPREFIX select: <http://e/> ASK {}", "ASK"),
        ("BASE <http://e/>\nselect ?x {}", "SELECT"),
        ("CONSTRUCT {} WHERE {}", "CONSTRUCT"),
        ("DESCRIBE<a:a>", "DESCRIBE"),
        ("who-chaired", None),
    ],
)
def test_the_form_of_a_query_is_read_after_its_prologue(text: str, form: str | None) -> None:
    assert form_of(text) == form


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s ?p ?o FILTER(?o = ?x) }",
        "SELECT ?s (EXISTS { ?s ?p ?o } AS ?y) WHERE { ?s ?p ?o FILTER(?o = ?x) }",
        "CONSTRUCT { ?s ?p ?x } WHERE { ?s ?p ?o FILTER(?o = ?x) }",
    ],
)
def test_a_values_clause_binds_a_parameter_in_the_outermost_pattern(text: str) -> None:
    store = Store()
    store.update("INSERT DATA { <a:a> <a:b> 1, 2 }")
    bound = with_values(text, {"x": Literal(1)})
    assert "VALUES ?x {" in bound
    answer = store.query(bound)
    assert answer if text.startswith("ASK") else list(answer)
    none = store.query(with_values(text, {"x": NamedNode("http://e/none")}))
    assert not (bool(none) if text.startswith("ASK") else list(none))


def test_a_row_of_comment_signs_takes_no_time():
    assert form_of("#" * 100_000 + "\nASK {}") == "ASK"
    assert form_of("#" * 100_000) is None


@pytest.mark.parametrize(
    "text", ["SELECT ?s {\n  ?s ?p ?o\n", "SELECT ?s {\n  ?s ?p ?o", "SELECT ?s {\n  ?s ?p ?o\n\n  \n"]
)
def test_a_query_that_ends_too_early_is_shown_its_last_words(text: str) -> None:
    error = syntax_error_of(text, "<query>")
    assert str(error) == "<query>:2:11: the query ends too early; the line is: ?s ?p ?o"


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("SELECT ?e { ?e ?p ?d }}", 23, "not SPARQL here: '}' where the end was expected"),
        ("SELECT ?x { ?e ?d ?x ) }", 22, "not SPARQL here: ')' where a pattern or '}' was expected"),
        ("SELECT ?x { ?e ?d ?x . ; }", 24, "not SPARQL here: ';' where a pattern or '}' was expected"),
        ("SELECT ?x { ?e ?d ?x FILTER(xyz(?e)) }", 29, "there is no function XYZ"),
        (
            "SELECT ?x { ?e ?d ?x FILTER(CONTAIN(?x, 'a')) }",
            29,
            "there is no function CONTAIN; did you mean 'CONTAINS'?",
        ),
        (
            "SELECT ?x { ?e ?d ?x FILTER(?x = STRLN(?e)) }",
            34,
            "there is no function STRLN; did you mean 'STRLEN'?",
        ),
    ],
)
def test_what_is_too_much_in_a_query_is_named_where_it_stands(text: str, column: int, reason: str) -> None:
    assert str(syntax_error_of(text, "<query>")) == f"<query>:1:{column}: {reason}; the line is: {text}"


def test_a_query_in_another_script_is_asked_where_no_file_can_be_opened() -> None:
    text = "PREFIX \u00e9: <http://e/> SELECT ?\u00e4 { ?\u00e4 \u00e9:\u00fc 'from' }"
    done = subprocess.run(
        [sys.executable, "-m", "amcc_kg", "query", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.startswith("hint: <stdin>:1:35: no rows: ") and done.stderr.count("\n") == 1
