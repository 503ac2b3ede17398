"""N-Triples and N-Quads into columns, a line a statement; a line that is wrong costs no other.

RDF 1.2 N-Triples and N-Quads, "Grammar" and "Parsing".
"""

from __future__ import annotations

from amcc_kg.syntax.reading import grammar
from amcc_kg.syntax.reading.problems import Wrong, expected, no_term
from amcc_kg.syntax.reading.source import DEFAULT_GRAPH, Source
from amcc_kg.syntax.reading.tokens import MAX_NESTED, Tokens, space, too_deep, unescape
from amcc_kg.terms.iris import is_absolute
from amcc_kg.terms.prefixes import RDF

_TAGGED = (f"^^<{RDF}langString>", f"^^<{RDF}dirLangString>")


def read(source: Source, tokens: Tokens) -> None:
    """Read all of a source's text; mistakes go to its problems."""
    text = source.text
    pos = space(text, 0)
    while pos < len(text) and not source.full:
        try:
            pos = _read(source, pos, tokens)
        except Wrong as wrong:
            source.report(wrong)
            rest = grammar.line_rest(text, wrong.start)
            pos = space(text, rest.end() if rest else len(text))


def _read(source: Source, pos: int, tokens: Tokens) -> int:
    """Read plain lines from `pos` on as far as they go, and one that is not plain; return where that ends."""
    text, get, match_line = source.text, tokens.seen.get, grammar.line
    add_s, add_p, add_o = source.s.append, source.p.append, source.o.append
    add_s_at, add_p_at, add_o_at = source.s_at.append, source.p_at.append, source.o_at.append
    context = ""
    while match := match_line(text, pos):
        subject, predicate, object_, graph = match.groups()
        p_at, o_at = match.start(2), match.start(3)
        s, p, o = get(subject), get(predicate), get(object_)
        if s is None:
            s = _number(tokens, subject, pos)
        if p is None:
            p = _number(tokens, predicate, p_at)
        if o is None:
            o = _number(tokens, object_, o_at)
        if graph != context:
            if source.syntax == "nt":
                raise expected(text, match.start(4), "`.` after the object")
            source.enter(_number(tokens, graph, match.start(4)) if graph else DEFAULT_GRAPH)
            context = graph
        add_s(s)
        add_p(p)
        add_o(o)
        add_s_at(pos)
        add_p_at(p_at)
        add_o_at(o_at)
        pos = match.end()
    if pos >= len(text):
        return pos
    if context:
        source.enter(DEFAULT_GRAPH)
    return _read_line(source, pos, tokens)


def _read_line(source: Source, at: int, tokens: Tokens) -> int:
    """Read one statement term by term; the graph is the default one again behind it."""
    text, quads = source.text, source.syntax == "nquads"
    if version := grammar.line_version(text, at):
        unescape(version[0], at)
        return space(text, version.end())
    placed, at = _triple(text, at, tokens)
    graph = grammar.line_resource(text, at) if quads else None
    if graph:
        source.enter(_number(tokens, graph[0], at))
        at = _blanks(text, graph.end())
    if not text.startswith(".", at):
        what = "a graph or `.`" if quads and not graph else "`.` at the end of the statement"
        raise expected(text, at, what)
    if not grammar.line_end(text, at + 1):
        raise expected(text, _blanks(text, at + 1), "the end of the line")
    source.add(*placed)
    if graph:
        source.enter(DEFAULT_GRAPH)
    return space(text, at + 1)


def _triple(text: str, at: int, tokens: Tokens, depth: int = 0) -> tuple[list[int], int]:
    """Return number and offset of subject, predicate and object, and where the space behind them ends."""
    placed: list[int] = []
    asked = (
        (grammar.line_resource, "a subject, an IRI or a blank node"),
        (grammar.line_iri, "a predicate, an IRI"),
    )
    for pattern, name in asked:
        match = pattern(text, at)
        if match is None:
            raise _no_term(text, at, name)
        placed += (_number(tokens, match[0], at), at)
        at = _blanks(text, match.end())
    if text.startswith("<<(", at):
        if depth == MAX_NESTED:
            raise too_deep(at)
        (s, _, p, _, o, _), end = _triple(text, _blanks(text, at + 3), tokens, depth + 1)
        if not text.startswith(")>>", end):
            raise expected(text, end, "`)>>` at the end of the triple term")
        return [*placed, tokens.triple_term(s, p, o), at], _blanks(text, end + 3)
    match = grammar.line_resource(text, at) or grammar.line_literal(text, at)
    if match is None:
        raise _no_term(text, at, "an object")
    # Without the space that may stand between the parts of a literal.
    written = "".join(part or "" for part in match.groups()) or match[0]
    return [*placed, _number(tokens, written, at), at], _blanks(text, match.end())


def _number(tokens: Tokens, written: str, at: int) -> int:
    number = tokens.seen.get(written)
    if number is None:
        relative = written[0] == "<" and not is_absolute(written, 1)
        if relative or (written[-1] == ">" and not is_absolute(written, written.rindex("<") + 1)):
            if triple := grammar.line_triple(written):
                s, p, o = (_number(tokens, triple[part], at + triple.start(part)) for part in (1, 2, 3))
                return tokens.triple_term(s, p, o)
            raise Wrong(at, at + len(written), "a relative IRI: in this format every IRI stands in full")
        if written.endswith(_TAGGED):
            raise Wrong(at, at + len(written), "a literal of this datatype has a language tag, this has none")
        number = tokens.number(written, at)
    return number


def _no_term(text: str, at: int, what: str) -> Wrong:
    if text.startswith(("'", '"""'), at):
        return expected(text, at, what, 'text stands in "…", on one line')
    found = no_term(text, at, what)
    return Wrong(found.start, found.end, found.message, found.hint if text[at : at + 1] == "<" else "")


def _blanks(text: str, at: int) -> int:
    match = grammar.line_space(text, at)
    return match.end() if match else at
