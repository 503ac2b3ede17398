"""What a SPARQL text says before it is evaluated: its form, what it may not do, where it is wrong.

The engine's own parser is the only judge of what is a keyword; the tokens here serve messages and the place
where a parameter's VALUES clause goes. Knows nothing of any graph.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyoxigraph import BlankNode, Literal, NamedNode

    Term = NamedNode | BlankNode | Literal

NOT_SPARQL = "not SPARQL here"
"""All that is said where the engine tells a place and no reason."""

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
_LOCAL = r"(?:(?:[\w:.\-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\[^\w\s]))?"
_TOKEN = re.compile(
    rf"""
      (?P<comment>\#[^\n\r]*)
    | (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*>)
    | (?P<string>\"\"\"(?:"{{0,2}}(?:[^"\\]|\\.))*\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|\\.))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?:_|[^\W\d_](?:[\w.\-]*[\w\-])?)?:{_LOCAL})
    | (?P<word>[^\W\d]\w*)
    | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
# Functions whose value is of the moment.
_FLEETING = re.compile(r"(?i)\b(?:NOW|RAND|(?:STR)?UUID)\b")
_ESCAPED_LETTER = re.compile(r"\\u00([46][1-9A-Fa-f]|[57][0-9Aa])|\\U000000([46][1-9A-Fa-f]|[57][0-9Aa])")
_PLACE = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)
# A comment ends with its line: were that left open, a row of # could be read in exponentially many ways.
_DECLARATION = re.compile(
    r"(?i)\s*(?:#[^\n\r]*[\n\r]\s*)*(?:prefix\s+([^\s:]*):\s*<([^>]*)>|base\s*<([^>]*)>)"
)


class Token(NamedTuple):
    """A piece of a query text: its kind (a group name of the pattern), its characters, its offset."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a query text, comments left out; a best effort, for messages."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "comment":
            yield Token(match.lastgroup, match[0], match.start())


def form(text: str) -> str | None:
    """Return `SELECT`, `ASK`, `CONSTRUCT` or `DESCRIBE`, None for what is no query."""
    rest = text[prologue_end(text) :]
    first = next(tokens(rest), None)
    word = first.text.upper() if first else ""
    return next((name for name in FORMS if word.startswith(name)), None)


def prologue_end(text: str) -> int:
    """Return the offset after the last PREFIX or BASE declaration at the head of the text."""
    end = 0
    while match := _DECLARATION.match(text, end):
        end = match.end()
    return end


def declared_prefixes(text: str) -> dict[str, str]:
    """Return the prefixes that a query text declares."""
    found, end = {}, 0
    while match := _DECLARATION.match(text, end):
        if match[2] is not None:
            found[match[1]] = match[2]
        end = match.end()
    return found


def mentions(text: str, word: str) -> bool:
    """Tell whether the letters of a word (lower case) occur anywhere in the text, escaped or not."""
    return word in _unescape_letters(text).lower()


def is_repeatable(text: str) -> bool:
    """Tell whether a query has the same answer every time over the same graph; in doubt it has not."""
    return not _FLEETING.search(_unescape_letters(text))


def refuse_outside(text: str, source: str, known: Callable[[str], bool]) -> None:
    """Refuse a query that reaches outside the graph: by SERVICE, or by FROM a graph that is not there.

    Reads with the engine's parser: with every occurrence of the word spelt differently, a query that only
    has it in strings, comments or names still parses; one that uses it as the keyword does not. `known`
    tells whether a graph IRI is in the dataset. Raises `PlacedError`, also for a syntax error.
    """
    spelt = _unescape_letters(text)
    if "service" in spelt.lower() and (error := _parse_error(_respell(spelt, "service", "servixe"))):
        for token in tokens(spelt):
            if token.kind in ("word", "name") and "SERVICE" in token.text.upper():
                reason = "SERVICE is refused: a query sees this graph and nothing outside it"
                raise PlacedError(source, *_line_and_column(spelt, token.start), reason)
        raise error
    if "from" in spelt.lower() and (error := _parse_error(_respell(spelt, "from", "frxm"))):
        named = _from_clauses(spelt, source)
        if not named:
            raise error
        for iri, offset in named:
            if not known(iri):
                reason = f"FROM <{iri}> is refused: no graph of that name here, and nothing is fetched"
                raise PlacedError(source, *_line_and_column(spelt, offset), reason)


def with_values(text: str, bindings: Mapping[str, Term]) -> str:
    """Return the query with its parameters bound by a VALUES clause at the head of its outermost pattern.

    The clause is written by the engine from terms, never from what a user typed. Raises `InputError` where
    there is no pattern to put it into.
    """
    if not bindings:
        return text
    start, wanted = prologue_end(text), 2 if form(text) == "CONSTRUCT" else 1
    depth = 0
    for token in tokens(text[start:]):
        if token.text in "{(":
            if token.text == "{" and depth == 0:
                wanted -= 1
                if wanted == 0:
                    at = start + token.start + 1
                    clause = " ".join(f"VALUES ?{name} {{ {term} }}" for name, term in bindings.items())
                    return f"{text[:at]} {clause} {text[at:]}"
            depth += 1
        elif token.text in "})":
            depth -= 1
    raise InputError("this query has no WHERE pattern that a parameter could be bound in")


def syntax_error(text: str, source: str, error: SyntaxError) -> PlacedError:
    """Return the error to show for the engine's syntax error: place, reason, the line itself."""
    if not text.strip():
        return PlacedError(source, 1, None, "the query is empty")
    start = prologue_end(text)
    first = next(tokens(text[start:]), None)
    if first and first.text.upper() in _UPDATES:
        place = _line_and_column(text, start + first.start)
        return PlacedError(source, *place, f"{first.text.upper()} is an update, and the graph is read-only")
    declared = declared_prefixes(text)
    for token in tokens(text):
        prefix = token.text.partition(":")[0]
        if (
            token.kind == "name"
            and prefix != "_"
            and prefix not in declared
            and not _is_declaring(text, token)
        ):
            line, column = _line_and_column(text, token.start)
            reason = f"the prefix {prefix}: is not declared{_declaration_to_add(prefix)}"
            return PlacedError(source, line, column, f"{reason}; the line is: {_line(text, line)}")
    match = _PLACE.search(str(error))
    if not match:
        return PlacedError(source, 1, None, " ".join(str(error).split()))
    line, column, expected = int(match[1]), int(match[2]), match[3]
    # `[_]` is any character: what the engine reads to see that a keyword has ended.
    alternatives = [a.strip() for a in expected.removeprefix("one of ").split(", ") if a.strip() != "[_]"]
    keywords = [a for a in alternatives if re.fullmatch(r"[A-Z_]{2,}", a)]
    if keywords and len(keywords) == len(alternatives):
        # The engine reports where it stopped reading: behind the characters it held against the keyword.
        column -= min(map(len, keywords))
    column = _first_character(text, line, max(column, 1))
    sentences = [a for a in alternatives if " " in a and a[0].isalpha()]
    reason = sentences[0] if sentences else NOT_SPARQL
    lines = text.split("\n")
    if not "\n".join([lines[line - 1][column - 1 :] if line <= len(lines) else "", *lines[line:]]).strip():
        # Nothing is left that could be wrong; the end is where the last word is.
        line, column = text.rstrip().count("\n") + 1, len(text.rstrip().rpartition("\n")[2]) + 1
        reason = sentences[0] if sentences else "the query ends too early"
    return PlacedError(source, line, column, f"{reason}; the line is: {_line(text, line)}")


def syntax_error_of(text: str, source: str) -> PlacedError | None:
    """Return the syntax error of a query that calls no SERVICE, None where this engine finds none."""
    error = _parse_error(text)
    return syntax_error(text, source, error) if error else None


def _parse_error(text: str) -> SyntaxError | None:
    """Parse against an empty store; the text holds no SERVICE that could be called."""
    from pyoxigraph import Store

    try:
        Store().query(text)
    except SyntaxError as error:
        return error
    except (RuntimeError, OSError, ValueError):
        return None
    return None


def _from_clauses(text: str, source: str) -> list[tuple[str, int]]:
    """Return the IRIs of the FROM clauses, resolved by the engine, and their offsets."""
    from pyoxigraph import NamedNode, QuerySolutions, Store

    end, after, depth = prologue_end(text), False, 0
    found: list[tuple[str, int]] = []
    for token in tokens(text[end:]):
        if depth == 0 and after and token.kind in ("iri", "name"):
            try:
                solutions = Store().query(f"{text[:end]} SELECT ({token.text} AS ?graph) {{}}")
            except SyntaxError as error:
                place = _line_and_column(text, end + token.start)
                raise PlacedError(source, *place, f"FROM {token.text} does not name a graph") from error
            if isinstance(solutions, QuerySolutions):
                iris = [s["graph"] for s in solutions]
                found += [(iri.value, end + token.start) for iri in iris if isinstance(iri, NamedNode)]
            after = False
        elif depth == 0 and token.kind == "word":
            word = token.text.upper()
            after = word.endswith(("FROM", "FROMNAMED")) or (after and word == "NAMED")
        # Braces may come first: a template's, or those of EXISTS in a column.
        depth += (token.text == "{") - (token.text == "}")
    return found


def _respell(text: str, word: str, other: str) -> str:
    return re.sub(word, other, text, flags=re.IGNORECASE)


def _unescape_letters(text: str) -> str:
    r"""Undo `\u0053` where it stands for an ASCII letter: a parser may do so before it looks for keywords."""
    if "\\" not in text:
        return text
    return _ESCAPED_LETTER.sub(lambda m: chr(int(m[1] or m[2], 16)), text)


def _is_declaring(text: str, token: Token) -> bool:
    return bool(re.search(r"(?i)\bprefix\s*$", text[: token.start]))


def _declaration_to_add(prefix: str) -> str:
    if prefix in prefixes.PREFIXES:
        return f"; add PREFIX {prefix}: <{prefixes.PREFIXES[prefix]}>"
    return nearest(prefix, prefixes.PREFIXES)


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _line(text: str, line: int) -> str:
    lines = text.split("\n")
    return lines[min(line, len(lines)) - 1].strip()[:200]


def _first_character(text: str, line: int, column: int) -> int:
    """Move a column over white space to the first character it can mean."""
    lines = text.split("\n")
    rest = lines[min(line, len(lines)) - 1][column - 1 :]
    return column + len(rest) - len(rest.lstrip()) if rest.strip() else column
