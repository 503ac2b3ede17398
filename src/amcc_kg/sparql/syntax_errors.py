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
    lines = LineIndex(text)
    first = head(tokens(text)).first
    if first and first.text.upper() in UPDATES:
        reason = f"{first.text.upper()} is an update, and the graph is read-only"
        return PlacedError(source, *lines.place(first.start), reason)
    declared = declared_prefixes(text)
    for before, token in pairwise([None, *tokens(text)]):
        prefix = token.text.partition(":")[0] if token else ""
        declaring = before is not None and before.text.upper() == "PREFIX"
        if token and token.kind == "name" and prefix not in declared and not declaring:
            reason = f"the prefix {prefix}: is not declared{_declaration_to_add(prefix)}"
            return _placed(source, lines, token.start, reason)
    match = _PLACE.search(str(error))
    if not match:
        return PlacedError(source, 1, None, " ".join(str(error).split()))
    # `[_]` is any character: what the engine reads to see that a keyword has ended.
    alternatives = [a.strip() for a in match[3].removeprefix("one of ").split(", ") if a.strip() != "[_]"]
    begin, at = _offsets(text, int(match[1]), int(match[2]))
    keywords = [a for a in alternatives if re.fullmatch(r"[A-Z_]{2,}", a)]
    if keywords and len(keywords) == len(alternatives):
        # The engine reports where it stopped reading: behind the characters it held against the keyword.
        at = max(begin, at - min(map(len, keywords)))
    # White space is never what is wrong, but at the end of a line it is not said what is.
    rest = text[at:].partition("\n")[0]
    at += len(rest) - len(rest.lstrip()) if rest.strip() else 0
    sentences = [a for a in alternatives if " " in a and a[0].isalpha()]
    reason = sentences[0] if sentences else NOT_SPARQL
    if not text[at:].strip():
        # Nothing is left that could be wrong; the end is where the last word is.
        at = len(text.rstrip())
        reason = sentences[0] if sentences else "the query ends too early"
    return _placed(source, lines, at, reason)


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


def _placed(source: str, lines: LineIndex, at: int, reason: str) -> PlacedError:
    line, column = lines.place(at)
    return PlacedError(source, line, column, f"{reason}; the line is: {lines.line(line).strip()[:200]}")


def _offsets(text: str, line: int, column: int) -> tuple[int, int]:
    """Return where a line of the engine's begins, and a column of it; only LF ends a line there."""
    begin = 0
    for _ in range(line - 1):
        begin = text.index("\n", begin) + 1
    return begin, begin + column - 1
