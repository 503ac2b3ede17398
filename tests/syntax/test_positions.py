"""Every term is found where it was written, whatever the layout, and no text makes the reader stumble."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random

import pyoxigraph
import pytest
import rdflib
from canonical_datasets import canonical
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Dataset
from turtle_layouts import LOCALS, NAMESPACES, RDF, SHORTHAND, SPACES, TEXTS, Statement, Writer

from amcc_kg.syntax import rdflib_bridge
from amcc_kg.syntax.reading import DEFAULT_GRAPH, Source, Terms, load, parse
from amcc_kg.syntax.reading.source import MAX_PROBLEMS
from amcc_kg.terms import keys
from amcc_kg.terms.errors import PlacedError

pytestmark = pytest.mark.usefixtures("literals_as_written")

BASE = "http://example.org/file"
FORMATS = {
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "nquads": pyoxigraph.RdfFormat.N_QUADS,
}
seeds = st.integers(0, 2**32).map(Random)
Row = tuple[tuple[str, int, int], ...]


def written(
    random: Random, trig: bool = False, for_rdflib: bool = False, for_oxigraph: bool = False
) -> Writer:
    writer = Writer(random, trig, not for_rdflib, for_oxigraph, base=BASE)
    if for_rdflib:
        # It takes a carriage return by itself for no white space, and writes numbers in its own way.
        writer.spaces = tuple(space for space in SPACES if space != "\r")
        writer.shorthand = tuple(pair for pair in SHORTHAND if pair[0] in ("1", "1.50", "true", "false"))
    writer.document()
    return writer


def found(source: Source) -> list[Row]:
    """The rows: of each term its key and the characters that stand for it."""
    rows = []
    for row, names in enumerate(source.triples()):
        spans = (
            source.term_span(source.s_at[row]),
            source.term_span(source.p_at[row]),
            source.term_span(source.o_at[row]),
        )
        rows.append(tuple((name, span.start, span.end) for name, span in zip(names, spans, strict=True)))
    return rows


def meant(statements: list[Statement]) -> list[Row]:
    return [tuple((w.key, w.start, w.end) for w in (s.subject, s.predicate, s.object)) for s in statements]


# Where things are


@settings(max_examples=400, deadline=None)
@given(seeds)
def test_each_term_of_each_statement_is_where_it_was_written(random: Random) -> None:
    writer = written(random)
    source = parse("".join(writer.parts), base=BASE)
    assert source.problems == ()
    assert found(source) == meant(writer.statements)


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_each_statement_is_in_its_graph(random: Random) -> None:
    writer = written(random, trig=True)
    source = parse("".join(writer.parts), "trig", base=BASE)
    assert source.problems == ()
    assert found(source) == meant(writer.statements)
    assert source.g is not None
    graphs = [None if g == DEFAULT_GRAPH else source.terms.keys[g] for g in source.g]
    assert graphs == [statement.graph for statement in writer.statements]


@settings(max_examples=100, deadline=None)
@given(seeds, st.booleans())
def test_the_dataset_is_the_one_that_rdflib_reads(random: Random, trig: bool) -> None:
    text = "".join(written(random, trig, for_rdflib=True).parts)
    syntax = "trig" if trig else "turtle"
    mine, theirs = parse(text, syntax, base=BASE), Dataset()
    theirs.parse(data=text, format=syntax, publicID=BASE)
    assert canonical(mine) == canonical(theirs)
    copy = Dataset()
    rdflib_bridge.add(copy, mine)
    assert canonical(copy) == canonical(theirs)


@settings(max_examples=200, deadline=None)
@given(seeds, st.booleans())
def test_the_dataset_is_the_one_that_oxigraph_reads(random: Random, trig: bool) -> None:
    text = "".join(written(random, trig, for_oxigraph=True).parts)
    syntax = "trig" if trig else "turtle"
    theirs = pyoxigraph.Dataset(pyoxigraph.parse(text, FORMATS[syntax], base_iri=BASE))
    theirs.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
    assert canonical(parse(text, syntax, base=BASE)) == theirs


OXIGRAPH_REFUSES = (
    # RDF 1.2 TriG, "Grammar": reifier ::= '~' (iri | BlankNode)?; rtObject and ttObject may be any literal;
    # the last triples of a graph need no full stop.
    "<a:s> <a:p> 1 ~ [] .",
    "<< <a:s> <a:p> 1 ~ [] >> .",
    '<< <a:s> <a:p> """x""" >> .',
    "<a:s> <a:p> <<( <a:s> <a:p> '''x''' )>> .",
    "<a:g> { << <a:s> <a:p> 1 >> }",
)


@pytest.mark.parametrize("text", OXIGRAPH_REFUSES)
def test_what_oxigraph_refuses_of_rdf_1_2_is_read(text: str) -> None:
    assert not parse(text, "trig").problems
    with pytest.raises(SyntaxError):  # were it mended, the tests above and below need not go around it
        list(pyoxigraph.parse(text, FORMATS["trig"]))


def test_an_annotation_behind_another_has_a_reifier_of_its_own() -> None:
    """RDF 1.2 Turtle, "Annotation Blocks": the end of one clears the reifier, which oxigraph keeps."""
    text = "<a:s> <a:p> 1 ~ <a:r> {| <a:q> 2 |} {| <a:q> 3 |} ."
    rows = [(s, o) for s, p, o in parse(text).triples() if p == "<a:q>"]
    assert [s for s, _ in rows] == ["<a:r>", "_:f0b1"]
    theirs = [t.subject for t in pyoxigraph.parse(text, FORMATS["turtle"]) if t.predicate.value == "a:q"]
    assert theirs == [pyoxigraph.NamedNode("a:r")] * 2


@settings(max_examples=200, deadline=None)
@given(seeds, st.booleans())
def test_lines_of_quads_are_placed(random: Random, quads: bool) -> None:
    resources = [f"<{space}{name}>" for space in NAMESPACES for name in LOCALS]
    blanks = ["_:a", "_:b.c", "_:1é"]
    literals = [f"{keys.literal(text)}{tail}" for text in TEXTS for tail in ("", "@en", "^^<urn:x:t>")]
    text, expected = "", []
    for _ in range(random.randint(0, 5)):
        terms = [random.choice(resources + blanks), random.choice(resources)]
        terms.append(random.choice(resources + blanks + literals))
        if quads and random.random() < 0.5:
            terms.append(random.choice(resources + blanks))
        row: list[tuple[str, int, int]] = []
        for before, term in zip(["", *terms], terms, strict=False):
            # One label right behind another would be read as a part of it.
            text += random.choice((" " if before[:1] == term[:1] == "_" else "", " ", "\t", "  "))
            row.append(
                (term.replace("_:", "_:f0-", 1) if term[0] == "_" else term, len(text), len(text) + len(term))
            )
            text += term
        text += random.choice((" .", ".", " . # end", "\t.\t")) + random.choice(
            ("\n", "\r\n", "\n\n# note\n", "\r")
        )
        expected.append(row)
    source = parse(text, "nquads" if quads else "nt")
    assert source.problems == ()
    assert found(source) == [tuple(row[:3]) for row in expected]
    if source.g is not None:
        graphs = [row[3][0] if len(row) > 3 else None for row in expected]
        assert [None if g == DEFAULT_GRAPH else source.terms.keys[g] for g in source.g] == graphs


def test_lines_and_columns_count_characters_whatever_ends_the_lines() -> None:
    source = parse('\ufeff<a> <b>\r\n  "漢𐐀" ,\r"""x\ny""" ,\n\t(\n) .')
    spans = [source.term_span(source.o_at[row]) for row in range(3)]
    places = [(s.line, s.column, s.end_line, s.end_column) for s in spans]
    assert places == [(2, 3, 2, 7), (3, 1, 4, 5), (5, 2, 6, 2)]
    lines = [source.lines.line(n) for n in range(1, 7)]
    assert lines == [
        "<a> <b>",
        '  "漢𐐀" ,',
        '"""x',
        'y""" ,',
        "\t(",
        ") .",
    ]


def test_a_statement_made_twice_is_found_twice() -> None:
    source = parse("<a> <b> 1 , 01 .\n<a> <b> 1 .")
    s, p, o = source.s[0], source.p[0], source.o[0]
    assert [source.term_span(source.o_at[row]).line for row in source.rows(s, p, o)] == [1, 2]
    assert source.rows(o=o) == [0, 2]
    assert source.rows(s=s) == [0, 1, 2]
    assert source.rows(s=s, limit=2) == [0, 1]
    assert source.rows(s=o) == []


def test_files_share_numbers_but_no_blank_nodes(tmp_path: Path) -> None:
    terms = Terms()
    for name in ("a", "b"):
        (tmp_path / f"{name}.ttl").write_text("<urn:x> <urn:p> _:x , [] .")
    a, b = (load(tmp_path / f"{name}.ttl", terms, f"f{n}") for n, name in enumerate("ab"))
    assert a.s == b.s
    assert not set(a.o) & set(b.o)
    assert [o for *_, o in b.triples()] == ["_:f1-x", "_:f1b1"]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_bytes(b"<a> <b> \xff .")
    with pytest.raises(PlacedError, match=r"a\.ttl:1:9"):
        load(tmp_path / "a.ttl")


# Keys


@given(st.text(), st.sampled_from((None, "en", "de-at")), st.sampled_from((None, "urn:t")))
def test_a_key_says_all_of_a_literal(text: str, language: str | None, datatype: str | None) -> None:
    key = keys.literal(text, language, None if language else datatype)
    assert keys.value(key) == text
    assert keys.language(key) == language
    node = keys.to_rdflib(key)
    assert isinstance(node, rdflib.Literal)
    assert (str(node), node.language) == (text, language)
    assert keys.of_rdflib(node) == key
    assert keys.to_oxigraph(key).value == text
    assert (datatype is None or language is not None) or keys.datatype(key) == datatype


@pytest.mark.parametrize("key", ["<urn:a>", "_:f0b1"])
def test_a_key_says_all_of_a_resource(key: str) -> None:
    assert keys.of_rdflib(keys.to_rdflib(key)) == key
    assert str(keys.to_oxigraph(key)) == key
    assert (keys.datatype(key), keys.language(key)) == (None, None)


@given(st.text(), st.sampled_from(("en", "de-at")), st.sampled_from(("ltr", "rtl")))
def test_a_key_says_all_of_a_literal_with_a_base_direction(text: str, tag: str, direction: str) -> None:
    key = keys.literal(text, f"{tag}--{direction}")
    assert (keys.value(key), keys.language(key), keys.direction(key)) == (text, tag, direction)
    assert keys.datatype(key) == f"{RDF}dirLangString"
    assert keys.of_oxigraph(keys.to_oxigraph(key)) == key


KEYS = st.recursive(
    st.sampled_from(("<urn:a>", "_:b", '""', '")>> . \\" <<( "@en--ltr', '"1 2"^^<urn:t>')),
    lambda inner: st.builds(keys.triple_term, st.sampled_from(("<urn:s>", "_:s")), st.just("<urn:p>"), inner),
)


@given(KEYS)
def test_a_key_says_all_of_a_triple_term(value: str) -> None:
    key = keys.triple_term("<urn:s>", "<urn:p>", value)
    assert keys.is_triple_term(key)
    assert not keys.is_iri(key)
    assert keys.parts(key) == ("<urn:s>", "<urn:p>", value)
    assert keys.of_oxigraph(keys.to_oxigraph(key)) == key
    assert (keys.value(key), keys.datatype(key), keys.language(key), keys.direction(key)) == (
        key,
        *[None] * 3,
    )


@pytest.mark.parametrize(
    "written, what",
    [("<<( <a:b> a 1 )>>", "a triple term"), ('"c"@ar--rtl', "a text with a base direction")],
)
def test_rdflib_is_given_nothing_that_it_cannot_hold(written: str, what: str) -> None:
    with pytest.raises(PlacedError, match=rf"^data.ttl:2:4: .* is {what} .*rdflib cannot hold"):
        rdflib_bridge.quads(parse(f"<a:s>\na  {written} .", name="data.ttl"))


# Mistakes

PREFIXED = "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
MISTAKES = {
    "<a> <b> <c>\n<d> <e> <f> .": "2:1 expected `.`, `;` or `,` after the object, found `<d>`",
    "<a> <b> <c>\n": "1:12 expected `.`, `;` or `,` after the object, found the end of the file",
    "<a> <b> .": "1:9 expected an object, found `.`",
    "<a> name 1 .": "1:5 expected a predicate, found `name`",
    "<a> <b> yes .": "1:9 expected an object, found `yes`",
    '"a" <b> 1 .': '1:1 expected a subject, found `"a"`',
    '<a> <b> "c .\n': '1:9 the text that begins with " here does not end on its line',
    '<a> <b> """c\n.': '1:9 the text that begins with """ here never ends',
    '<a> <b> "c\\q" .': "1:11 `\\q` is no escape; a backslash itself is written `\\\\`",
    "<a b> <c> 1 .": "1:3 an IRI cannot hold a space",
    "<a> <b> <c\n.": "1:9 the IRI that begins with < here does not end with >",
    "<a> <b> [ <c> 1 .": "1:17 expected `;`, `,` or `]` to go on in, or close, the `[` of line 1, found `.`",
    "<a> <b> ( 1": "1:12 expected `)` to go on in, or close, the `(` of line 1, found the end of the file",
    "<a> <b> 1 ] .": "1:11 expected `.`, `;` or `,` after the object, found `]`",
    "<g> { <a> <b> 1 }": "1:5 expected a predicate, found `{`",
    "@prefix a: <b>\n<c> <d> 1 .": "2:1 expected `.` after `@prefix`, found `<c>`",
    "PREFIX a: <b> .": "1:15 expected no `.` after `PREFIX`, found `.`",
    "<a> foaf:name 1 .": "1:5 the prefix `foaf:` is not declared",
    PREFIXED + "<a> foa:name 1 .": "2:5 the prefix `foa:` is not declared",
    "<< <a> <b> >> <c> 1 .": "1:12 expected an object, found `>>`",
    "<< <a> <b> 1 <c> >> <c> 1 .": "1:14 expected `~` or `>>` to go on in, or close, the `<<` of line 1, "
    "found `<c>`",
    "<a> <b> <<( <a> <b> 1 ~ <c> )>> .": "1:23 expected `)>>` to go on in, or close, the `<<(` of line 1, "
    "found `~`",
    "<<( <a> <b> 1 )>> <c> 1 .": "1:1 expected a subject, found `<<(`",
    "<a> << <b> <c> 1 >> 1 .": "1:5 expected a predicate, found `<<`",
    "<a> <b> <<( << <b> <c> 1 >> <c> 1 )>> .": "1:13 expected a subject, an IRI or a blank node, found `<<`",
    "<a> <b> << <b> <c> ( 1 ) >> .": "1:20 expected an object, found `(`",
    "<a> <b> << [ <b> 1 ] <c> 1 >> .": "1:12 expected a subject, an IRI or a blank node, found `[`",
    "<a> <b> 1 {| |} .": "1:14 expected a predicate, found `|}`",
    "<a> <b> 1 {| <b> 1 .": "1:20 expected `;`, `,` or `|}` to go on in, or close, the `{|` of line 1, "
    "found `.`",
    "<a> <b> ( 1 ~ <c> ) .": "1:13 expected an object, found `~`",
    "VERSION 1.2 <a> <b> 1 .": '1:9 expected a version between quotes after `VERSION`, such as "1.2", found '
    "`1.2`",
    '@version """1.2""" .': '1:10 expected a version between quotes after `@version`, such as "1.2", found '
    '`"""`',
    '<a> <b> "c"@en--LTR .': "1:17 the base direction `LTR` is neither `ltr` nor `rtl`",
    '<a> <b> "c"@de-abcdefghi .': "1:12 the language tag `de-abcdefghi` has more than 8 characters between "
    "two hyphens",
    PREFIXED + "<a> foaf:n× 1 .": "2:11 the character `×` (U+00D7) cannot stand here in a name",  # noqa: RUF001
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_placed_and_named(text: str) -> None:
    (problem,) = parse(text, base=BASE).problems
    assert f"{problem.span.line}:{problem.span.column} {problem.message}" == MISTAKES[text]


def test_a_prefix_that_is_not_declared_comes_with_what_to_add() -> None:
    text = (
        PREFIXED + "<a> foa:name 1 ; foa:nick 2 ; skos:note 3 .\n@prefix foa: <x> .\n<b> foa:name 1 , zz:z ."
    )
    problems = parse(text, base=BASE).problems
    assert [(p.span.line, p.hint) for p in problems] == [
        (2, "did you mean `foaf:`? Else add `@prefix foa: <…> .`"),
        (2, "add `@prefix skos: <http://www.w3.org/2004/02/skos/core#> .`"),
        (4, "add `@prefix zz: <…> .`"),
    ]


def test_all_mistakes_are_found_and_all_else_is_read() -> None:
    good = [f"<s{n}> <p> {n} , [ <q> ( {n} ) ] .\n" for n in range(len(MISTAKES))]
    # Two of them swallow the rest of a text, and what the last three are about goes on behind them.
    bad = [
        text for text in MISTAKES if '"""' not in text and not text.endswith("( 1") and "PREFIX a" not in text
    ]
    for text in bad:
        source = parse(good[0] + text.rstrip() + "\n" + "".join(good[1:]), base=BASE)
        assert len(source.problems) == 1, text
        last = source.terms.ids[f"<http://example.org/s{len(good) - 1}>"]
        assert source.rows(s=last), text
    whole = "".join(f"{text.rstrip()}\n{rest}" for text, rest in zip(bad, good, strict=False))
    assert len(parse(whole, base=BASE).problems) >= len(bad) - 3


@pytest.mark.parametrize("syntax", ["nt", "nquads"])
def test_a_wrong_line_costs_no_other(syntax: str) -> None:
    lines = ["<urn:a> <urn:b> <urn:c> ."] * 3
    wrong = [
        "<a> <urn:b> 1 .",
        "<urn:a> <urn:b> 'x' .",
        "<urn:a> <urn:b> <urn:c>",
        "_:a _:b _:c .",
        '<urn:a> <urn:b> "x .',
        "<urn:a> <urn:b> << <urn:a> <urn:b> <urn:c> >> .",
        "<urn:a> <urn:b> <<( <urn:a> <urn:b> <urn:c> >> .",
        "<<( <urn:a> <urn:b> <urn:c> )>> <urn:b> <urn:c> .",
        '<urn:a> <urn:b> "x"@en--ttb .',
        "version '1.2'",
        f'<urn:a> <urn:b> "x"^^<{RDF}langString> .',
        "<urn:a> <urn:b> " + "<<( <urn:a> <urn:b> " * 102 + "<urn:c>" + " )>>" * 102 + " .",
    ]
    for line in wrong:
        source = parse("\n".join([lines[0], line, *lines[1:]]), syntax)
        assert [problem.span.line for problem in source.problems] == [2]
        assert len(source) == 3


@pytest.mark.parametrize("syntax", FORMATS)
def test_a_version_is_announced_anywhere_between_statements(syntax: str) -> None:
    text = (
        'VERSION "1.2"\n<a:s> <a:p> <a:o> .\n  VERSION "1.2-basic" # note\n<a:s> <a:p> <a:q> .\nVERSION "9"'
    )
    source = parse(text, syntax)
    assert (source.problems, len(source)) == ((), 2)
    wrong = parse(text.replace('"9"', '"\\q"'), syntax).problems
    assert [problem.message[:4] for problem in wrong] == ["`\\q`"]


def test_a_mistake_in_an_annotation_costs_its_statement_and_no_graph() -> None:
    text = "<a:g> {\n <a:s> <a:p> 1 {| <a:q> |} .\n <a:s> <a:p> 2 {| <a:q> 3 |} .\n}\n"
    text += "<a:s> <a:p> 4 ~ ; <a:q> 5 ."
    source = parse(text, "trig")
    assert [problem.span.line for problem in source.problems] == [2]
    wanted = [(2, "<a:g>"), (3, "<a:g>"), (4, None), (5, None)]
    found = {(keys.value(source.terms.keys[o]), source.graph(row)) for row, o in enumerate(source.o)}
    assert {(str(number), graph) for number, graph in wanted} <= found


# Anything at all


def check(text: str, syntax: str) -> Source:
    """Read a text and ask all that can be asked; nothing is raised, and no place is outside of the text."""
    source = parse(text, syntax, base=BASE)
    size = len(source.text)
    for problem in source.problems:
        assert 0 <= problem.span.start <= problem.span.end <= size
        assert problem.message.isprintable()
    assert all(a.span.start <= b.span.start for a, b in pairwise(source.problems))
    for row in found(source):
        assert all(0 <= start < end <= size for _, start, end in row)
    return source


PIECES = (
    "<a>", "<b", "a", "ex:a", ":", "_:b", '"x"', '"', "'", '"""', "'''", "[", "]", "(", ")", "{", "}",
    ".", ";", ",", "@prefix", "@base", "PREFIX", "GRAPH", "@en", "^^", "1", "1.", "-.5e", "true", "\\",
    "\\u00", "%", "#", "\n", "\r", " ", "\0", "\ufeff", "é", "𐐀", "·", "\x85", "\u2028", "<<", "=>", "a.",
    "<<(", ")>>", ">>", "{|", "|}", "~", "--ltr", "--LTR", "@version", "VERSION",
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES)).map("".join)
    | st.text()
    | st.binary().map(lambda b: b.decode("latin-1"))
)
def test_no_text_makes_it_stumble(text: str) -> None:
    for syntax in FORMATS:
        check(text, syntax)


@settings(max_examples=500, deadline=None)
@given(seeds, st.booleans(), st.integers(1, 3))
def test_what_oxigraph_refuses_is_refused_and_what_it_accepts_is_accepted(
    random: Random, trig: bool, edits: int
) -> None:
    text = "".join(written(random, trig, for_oxigraph=True).parts)
    for _ in range(edits):
        at = random.randint(0, len(text))
        text = text[:at] + random.choice((*PIECES, "")) + text[at + random.randint(0, 3) :]
    syntax = "trig" if trig else "turtle"
    source = check(text, syntax)
    try:
        for _ in pyoxigraph.parse(text, FORMATS[syntax], base_iri=BASE):
            pass
    except (SyntaxError, ValueError) as error:
        # It also checks IRIs and language tags by RFC 3987 and 5646, and takes `1.e:x .` for a number.
        assert source.problems or re.search("IRI|Invalid character|tag|exponent", str(error)), text
    else:
        assert not source.problems, text


HOSTILE: dict[str, Callable[[int], str]] = {
    "nested brackets": lambda n: "<a> " + "<p> [ " * (n // 6),
    "nested lists": lambda n: "<a> <p> " + "(" * n,
    "nested and closed": lambda n: ("<a> <p> " + "(" * 5000 + ")" * 5000 + " .\n") * (n // 10_010),
    "brackets alone": lambda n: "[" * n,
    "closing brackets": lambda n: "]" * n,
    "braces": lambda n: "{" * n,
    "quotes": lambda n: '"' * n,
    "apostrophes on lines": lambda n: "'\n" * (n // 2),
    "a text without end": lambda n: '<a> <b> "' + "x" * n,
    "a text of escapes": lambda n: '<a> <b> """' + '\\"' * (n // 2),
    "an IRI without end": lambda n: "<" + "x" * n,
    "open IRIs": lambda n: "<a" * (n // 2),
    "one word": lambda n: "a" * n,
    "dots": lambda n: "." * n,
    "dots and spaces": lambda n: ". " * (n // 2),
    "a name of dots": lambda n: "ex:" + "a." * (n // 2),
    "a number": lambda n: "<a> <b> " + "1" * n,
    "percent signs": lambda n: "ex:" + "%41" * (n // 3),
    "backslashes": lambda n: "\\" * n,
    "semicolons": lambda n: "<a> <b> 1 " + ";" * n,
    "commas": lambda n: "<a> <b> 1 " + ",1" * (n // 2),
    "comments": lambda n: "#\n" * (n // 2),
    "directives": lambda n: "@prefix " * (n // 8),
    "statements without ends": lambda n: "<a> <b> 1\n" * (n // 10),
    "undeclared prefixes": lambda n: "".join(f"a{k}:b <p> 1 .\n" for k in range(n // 15)),
    "spaces": lambda n: " " * n,
    "reified triples": lambda n: "<a> <p> " + "<<" * (n // 2),
    "reified triples within each other": lambda n: "<<" * 5000 + " <a> <p> <b> >> <p> <b> " * (n // 23),
    "reified objects": lambda n: "<a> <p> " + "<< <a> <p> " * (n // 11),
    "triple terms": lambda n: "<a> <p> " + "<<( <a> <p> " * (n // 12),
    "signs of triple terms": lambda n: "<a> <p> " + "<<(" * (n // 3),
    "annotations": lambda n: "<a> <p> <b> " + "{| <p> <b> " * (n // 11),
    "annotations of one triple": lambda n: "<a> <p> <b> " + "{| <p> <b> |} ~ " * (n // 16),
    "tildes": lambda n: "<a> <p> <b> " + "~" * n,
    "open texts": lambda n: '<a> <p> "x\n' * (n // 11),
    "open long texts": lambda n: '<a> <p> """x\n' * (n // 13),
    "open brackets on lines": lambda n: "<a> <p> [ <q> ( \n" * (n // 17),
}


NESTED = {"nested brackets", "nested lists", "triple terms", "open texts", "a text without end"}


@pytest.mark.parametrize("kind", HOSTILE)
def test_megabytes_of_anything_are_read_to_the_end(kind: str) -> None:
    # Were it quadratic, this would take days.
    source = parse(HOSTILE[kind](10_000_000 if kind in NESTED else 1_000_000), "trig", base=BASE)
    for row in range(min(len(source), 1000)):
        source.term_span(source.o_at[row])
    assert len(source.problems) <= MAX_PROBLEMS + 1


@pytest.mark.parametrize("kind", HOSTILE)
def test_four_times_the_text_takes_at_most_four_times_the_work(kind: str) -> None:
    def work(size: int) -> int:
        text, steps = HOSTILE[kind](size), 0

        def step(*_: object) -> None:
            nonlocal steps
            steps += 1

        sys.setprofile(step)
        try:
            parse(text, "trig", base=BASE)
        finally:
            sys.setprofile(None)
        return steps

    work(1000)  # what is done once is not counted
    assert work(164_000) <= 4.5 * work(41_000) + 1000
