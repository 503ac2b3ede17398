"""What stands between statements: `@prefix`, `@base`, `PREFIX`, `BASE`, and TriG's `GRAPH` with its name.

RDF 1.1 Turtle section 2.4 and 6.3, TriG section 2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.syntax.reading import grammar
from amcc_kg.syntax.reading.mistakes import no_term
from amcc_kg.syntax.reading.plain_terms import space
from amcc_kg.syntax.reading.problems import expected

if TYPE_CHECKING:
    import re

    from amcc_kg.syntax.reading.columns import Columns
    from amcc_kg.syntax.reading.tokens import Tokens

_FULL_STOP = "the declaration before it lacks its full stop"
KEYWORDS = frozenset(("@prefix", "@base", "prefix", "base", "graph"))


def directive(text: str, word: re.Match[str], tokens: Tokens, columns: Columns) -> int:
    """Obey the directive that begins with `word`; return where it ends."""
    keyword = word[0]
    at = space(text, word.end())
    if not keyword.lower().endswith("prefix"):
        namespace, end = _iri(text, at, tokens, f"an IRI in `<…>` after `{keyword}`")
        tokens.rebase(namespace)
    else:
        name = grammar.prefix(text, at)
        if name is None:
            raise no_term(text, at, f"a prefix and a colon after `{keyword}`")
        tokens.check_prefix(name[0], at)
        namespace, end = _iri(text, space(text, name.end()), tokens, "the prefix's IRI in `<…>`")
        tokens.declare(name[0][:-1], namespace)
    return _end(text, word, end, columns)


def graph_label(text: str, at: int, tokens: Tokens) -> tuple[int, int]:
    """Read what follows `GRAPH`; return the name's number and where the brace stands."""
    label = space(text, at)
    if anonymous := grammar.anonymous(text, label):
        graph, end = tokens.anonymous(), anonymous.end()
    elif resource := grammar.resource(text, label):
        graph, end = tokens.number(resource[0], label), resource.end()
    else:
        raise no_term(text, label, "the graph's name after `GRAPH`")
    end = space(text, end)
    if not text.startswith("{", end):
        raise expected(text, end, "`{` after the graph's name")
    return graph, end


def _end(text: str, word: re.Match[str], at: int, columns: Columns) -> int:
    """Read the full stop, which one form has and the other has not; a wrong one is let pass, but noted."""
    keyword, stop = word[0], space(text, at)
    stopped = text.startswith(".", stop)
    if keyword.startswith("@"):
        if not stopped:
            columns.report(expected(text, stop, f"`.` after `{keyword}`", _FULL_STOP))
        elif keyword != keyword.lower():
            columns.report(expected(text, word.start(), f"`{keyword.lower()}`, in small letters"))
        return stop + stopped
    if stopped:
        columns.report(
            expected(text, stop, f"no `.` after `{keyword}`", "only `@prefix` and `@base` end with one")
        )
    return stop + stopped


def _iri(text: str, at: int, tokens: Tokens, what: str) -> tuple[str, int]:
    match = grammar.iri(text, at)
    if match is None:
        raise no_term(text, at, what)
    return tokens.iri(match[0], at), match.end()
