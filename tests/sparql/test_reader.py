"""The reader of SPARQL: tokens and places, what it holds queries to, and where it differs from the engine."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from query_engine import accepted
from query_strategies import queries

from amcc_kg.sparql import printer, reader
from amcc_kg.sparql.reader import UnreadableError
from amcc_kg.sparql.tokens import tokens

few = settings(deadline=None, max_examples=60)
P = "PREFIX ex: <http://example.org/>\n"
# Where the engine differs from the grammars and their notes: it takes, or does not take, what they say.
ENGINE_TAKES = {
    "one word running into the next": "SELECT ?s { ?s ?p trueFILTER(?s) }",
    "a comparison that is an IRI by the longest match": "ASK { ?s ?p ?o FILTER(?o<?s&&?s>?p) }",
    "`<` before an IRI that is `<<` by the longest match": "ASK { ?s ?p ?o FILTER(?o<<http://e/>) }",
    "a blank node label in two basic graph patterns": "ASK { _:a ex:p ?x BIND(1 AS ?y) _:a ex:q ?z }",
    "an aggregate to group by": "SELECT ?s { ?s ?p ?o } GROUP BY ?s (AVG(?o) < 2)",
    "an aggregate in an aggregate": "SELECT (COUNT(COUNT(*)) AS ?n) {}",
    "an annotation of a path": "ASK { ?s ^ex:p ?o {| ex:q 1 |} }",
    "a number as the subject of a triple term": "ASK { ?s ?p ?o FILTER(?o = <<( 1 ex:p 2 )>>) }",
    "LATERAL": "SELECT * { ?s ?p ?o LATERAL { ?o ?q ?z } }",
    "ADJUST": "SELECT * { ?s ?p ?o FILTER(ADJUST(?o, ?s)) }",
}
ENGINE_REFUSES = {
    "a variable with another name to group by": "SELECT ?k { ?s ?p ?c } GROUP BY (?c AS ?k)",
    "a boolean in capitals": "SELECT ?s { ?s ?p TRUE }",
    "a codepoint escape in a name (SPARQL 1.1)": "SELECT ?s { ?s ex:a\\u002Db ?o }",
    "a codepoint escape in a word (SPARQL 1.1)": "\\u0053ELECT ?s { ?s ?p ?o }",
    "one column twice": "SELECT ?s ?s { ?s ?p ?o }",
    "no predicate at all": "ASK { ?s !() ?o }",
    "DISTINCT in the call of an own function": "ASK { ?s ?p ?o FILTER(ex:f(DISTINCT ?o)) }",
    "a comment in brackets": "SELECT * { ?s ?p [ # nothing\n ] }",
}


def is_read(text: str) -> bool:
    try:
        reader.read(text)
    except UnreadableError:
        return False
    return True


@pytest.mark.parametrize("text", ENGINE_TAKES.values(), ids=ENGINE_TAKES)
def test_what_only_the_engine_takes(text: str) -> None:
    assert (accepted(P + text), is_read(P + text)) == (True, False)


@pytest.mark.parametrize("text", ENGINE_REFUSES.values(), ids=ENGINE_REFUSES)
def test_what_only_the_grammar_takes(text: str) -> None:
    assert (accepted(P + text), is_read(P + text)) == (False, True)
    assert printer.query(reader.read(printer.query(reader.read(P + text)))) == printer.query(
        reader.read(P + text)
    )


@few
@given(queries())
def test_a_query_and_what_is_printed_of_it_are_the_same_to_reader_and_engine(text: str) -> None:
    written = printer.query(reader.read(text))
    again = reader.read(written)
    assert printer.query(again) == written
    assert reader.read(printer.query(again)) == again
    assert accepted(text)
    assert accepted(written)


@few
@given(queries(), st.data())
def test_reader_and_engine_agree_on_a_query_that_something_happened_to(
    text: str, data: st.DataObject
) -> None:
    found = list(tokens(text))
    token = data.draw(st.sampled_from(found))
    pieces = [
        ".",
        ";",
        ",",
        "(",
        ")",
        "{",
        "}",
        "?x",
        "OPTIONAL",
        "FILTER",
        "=",
        "+",
        "-1",
        '"a"',
        "a",
        "true",
        "UNION",
    ]
    pieces += [
        "*",
        "/",
        "|",
        "^",
        "!",
        "AS",
        "[",
        "]",
        "_:b",
        "<<",
        ">>",
        "GROUP",
        "EXISTS",
        "NOT",
        "IN",
        "1.5",
        "@en",
    ]
    instead = data.draw(
        st.sampled_from(["", f" {token.text} {token.text} ", *(f" {piece} " for piece in pieces)])
    )
    changed = text[: token.start] + instead + text[token.end :]
    taken = accepted(changed)
    if taken != is_read(changed):
        # What is listed above may come about.
        assume(not (not taken and repeated_column(changed)))
        assume(not (taken and "aggregate" in refusal(changed)))
    assert taken == is_read(changed), refusal(changed)


def repeated_column(text: str) -> bool:
    return any(
        len(set(columns)) < len(columns)
        for columns in [reader.read(text).select.columns, *_inner_columns(printer.query(reader.read(text)))]
    )


def _inner_columns(text: str) -> list[list[str]]:
    heads = [part.partition("WHERE")[0].split() for part in text.split("SELECT")[1:]]
    return [[word for word in head if word.startswith("?")] for head in heads]


def refusal(text: str) -> str:
    try:
        reader.read(text)
    except UnreadableError as error:
        return str(error)
    return ""


GAPS = st.lists(
    st.sampled_from([" ", "\t", "\n", "\r\n", "# comment ' \" <\n", "#\r"]), min_size=1, max_size=3
)


@few
@given(queries(), st.randoms(use_true_random=False), st.lists(GAPS, min_size=1, max_size=9))
def test_white_space_and_comments_change_no_tree(
    text: str, chance: random.Random, gaps: list[list[str]]
) -> None:
    spread = "".join(token.text + "".join(chance.choice(gaps)) for token in tokens(text))
    assert reader.read(spread) == reader.read(text)


# A letter of several scripts, combining marks, and what is beyond the first plane.
LETTERS = st.sampled_from("aZé中かकষяβאب\U00010400\U00020000")
MARKS = st.sampled_from("\u0301\u093f\u0e31\u00b7\u203f_7")


@few
@given(LETTERS, st.text(LETTERS | MARKS, max_size=8))
def test_names_may_be_in_any_script(first: str, rest: str) -> None:
    name = first + rest
    text = f"PREFIX {name}: <http://e/{name}> SELECT ?{name} {{ ?{name} {name}:{name} _:{name} }}"
    (pattern,) = reader.read(text).select.where.elements[0].patterns
    assert (pattern.subject, pattern.predicate) == (f"?{name}", f"{name}:{name}")


@pytest.mark.parametrize("name", ["a\u00d7b", "a\u00f7", "a\u00a0b", "\u0301a", "·a", "a\u2028", "a\ufffe"])
def test_what_no_name_may_hold_is_refused(name: str) -> None:
    for text in (
        f"SELECT * {{ ?{name} ?p ?o }}",
        f"PREFIX {name}: <e:> ASK {{}}",
        f"{P} ASK {{ ?s ex:{name} 1 }}",
    ):
        assert not is_read(text)
        assert not accepted(text)


def test_escapes_stand_for_characters_and_places_are_those_of_the_text() -> None:
    text = P + "S\\u0045LECT ?\\u0061 {\n  ?a ex:b\\U00000063\\-d '\\u0027' . ?a ex:e }"
    query = reader.read(text.replace(" . ?a ex:e", ""))
    (pattern,) = query.select.where.elements[0].patterns
    assert pattern == ("?a", "ex:bc\\-d", "'\\u0027'")
    with pytest.raises(UnreadableError) as caught:
        reader.read(text)
    assert (caught.value.line, caught.value.column) == (3, text.split("\n")[2].index("}") + 1)
    for broken in ("?a\\u0020b", "ex:a\\uD800", "ex:\\u005Cu0061"):
        assert not is_read(f"{P} SELECT * {{ {broken} ?p ?o }}")


def test_a_version_decides_where_escapes_may_stand() -> None:
    text = f"{P} SELECT * {{ ?s ex:\\u0061 ?o }}"
    assert is_read(text)
    assert is_read(f'VERSION "1.1" {text}')
    assert not is_read(f'VERSION "1.2" {text}')
    with pytest.raises(UnreadableError):
        reader.read(text, "1.2")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT ?s { ?s ?p ?o FILTER(?o > ) }", "')' where a term was expected"),
        ("SELECT ?s { ?s ?p", "its end where a term was expected"),
        ("INSERT DATA { <a:a> <a:b> 1 }", "INSERT: it is an update, not a query"),
        ("SELECT ?s { ?s ex:p ?o }", "the prefix ex:, which is not declared"),
        ("SELECT ?s { ?s ?p ?o BIND(1 AS ?o) }", "?o, which the pattern already has, bound anew by BIND"),
        ("SELECT ?s { ?s ?p ?o FILTER(STRLEN(?s, ?p)) }", "STRLEN with 2 arguments"),
        ("SELECT ?s { ?s ?p ?o FILTER(COUNT(?o) > 1) }", "the aggregate COUNT where no group is"),
        ("SELECT ?s { _:a ?p ?o OPTIONAL { _:a ?p ?o } }", "_:a, which another basic graph pattern has, too"),
        ("SELECT ?s { ?s ?p 'a }", '"\'a }" where a term was expected'),
        ("SELECT ?s { ?s ?p 'a'@en--up }", "'up' where a direction, ltr or rtl, was expected"),
        ("SELECT ?s { " + "{ " * 3000 + "} " * 3000 + "}", "parts nested more deeply than can be read"),
    ],
)
def test_a_refusal_says_what_was_expected(text: str, reason: str) -> None:
    assert refusal(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "a." * 50_000,
        "'''" + "'\\" * 25_000,
        '"' * 50_000,
        "<a" * 50_000,
        "\\u0061" * 20_000,
        ":" + "." * 50_000,
    ],
)
def test_a_long_row_of_anything_takes_little_time(text: str) -> None:
    assert not is_read(text)


def test_what_sparql_1_2_adds_is_read_as_what_it_is_short_for() -> None:
    query = reader.read(
        f"{P} SELECT * {{ << ?s ex:p <<( ?a ex:q 'b'@ar--rtl )>> ~ ?r >> ex:from ?f . "
        "?x ex:y ?z ~ ex:t {| ex:by ?w |} }"
    )
    reifies = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies>"
    assert query.select.where.elements[0].patterns == (
        ("?r", reifies, "<<( ?s ex:p <<( ?a ex:q 'b'@ar--rtl )>> )>>"),
        ("?r", "ex:from", "?f"),
        ("?x", "ex:y", "?z"),
        ("ex:t", reifies, "<<( ?x ex:y ?z )>>"),
        ("ex:t", "ex:by", "?w"),
    )
    assert query.select.columns == ("?a", "?f", "?r", "?s", "?w", "?x", "?z")
    assert query.constructs == tuple(
        f"{kind} of SPARQL 1.2" for kind in ("reified triples", "triple terms", "annotations")
    )
