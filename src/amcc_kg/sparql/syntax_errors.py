"""What the engine finds wrong with a query's text, in words and with its place.

The engine's own parser is the judge of what it evaluates; what is known here is how its complaints read.
"""

from __future__ import annotations

import re
from itertools import pairwise

from amcc_kg.sparql.prologue import UPDATES, declared_prefixes, head
from amcc_kg.sparql.tokens import tokens
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import PlacedError
from amcc_kg.terms.lines import LineIndex
from amcc_kg.terms.spelling import nearest

NOT_SPARQL = "not SPARQL here"
"""All that is said where the engine tells a place and no reason."""

_PLACE = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)


def syntax_error(text: str, source: str, error: SyntaxError) -> PlacedError:
    """Return the error to show for the engine's syntax error: place, reason, the line itself."""
    if not text.strip():
        return PlacedError(source, 1, None, "the query is empty")
    first = head(tokens(text)).first
    if first and first.text.upper() in UPDATES:
        reason = f"{first.text.upper()} is an update, and the graph is read-only"
        return PlacedError(source, *LineIndex(text).place(first.start), reason)
    declared = declared_prefixes(text)
    for before, token in pairwise([None, *tokens(text)]):
        prefix = token.text.partition(":")[0] if token else ""
        declaring = before is not None and before.text.upper() == "PREFIX"
        if token and token.kind == "name" and prefix not in declared and not declaring:
            line, column = LineIndex(text).place(token.start)
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
    error = engine_error(text)
    return syntax_error(text, source, error) if error else None


def engine_error(text: str) -> SyntaxError | None:
    """Parse against an empty store; the text holds no SERVICE that could be called."""
    from pyoxigraph import Store

    try:
        Store().query(text)
    except SyntaxError as error:
        return error
    except (RuntimeError, OSError, ValueError):
        return None
    return None


def _declaration_to_add(prefix: str) -> str:
    if prefix in prefixes.PREFIXES:
        return f"; add PREFIX {prefix}: <{prefixes.PREFIXES[prefix]}>"
    return nearest(prefix, prefixes.PREFIXES)


def _line(text: str, line: int) -> str:
    lines = text.split("\n")
    return lines[min(line, len(lines)) - 1].strip()[:200]


def _first_character(text: str, line: int, column: int) -> int:
    """Move a column over white space to the first character it can mean."""
    lines = text.split("\n")
    rest = lines[min(line, len(lines)) - 1][column - 1 :]
    return column + len(rest) - len(rest.lstrip()) if rest.strip() else column
