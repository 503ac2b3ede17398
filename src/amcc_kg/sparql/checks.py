"""What is asked of a query before it is evaluated: its syntax, how deep it is, whether it reaches outside.

The engine's own parser is the judge of what it evaluates, and how its complaints read is known here. It reads
and evaluates by recursion: into brackets, but also along a chain of operators or clauses, each of which takes
what is before it as its operand; queries that it would end with are refused by a best effort over tokens.
Whatever is let pass costs no more than a wasted evaluation or a worker, but for SERVICE: there the engine's
parser is the judge, too, because the engine is what would call out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import pairwise

from amcc_kg.sparql.prologue import UPDATES, head
from amcc_kg.sparql.reader import FUNCTIONS, ScopeError, UnreadableError, dataset, read
from amcc_kg.sparql.tokens import Token, tokens, unescaped
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import PlacedError
from amcc_kg.terms.lines import LineIndex
from amcc_kg.terms.look_alikes import disguised, named
from amcc_kg.terms.spelling import nearest, nearest_iri

FLEETING = ("NOW", "RAND", "UUID", "STRUUID")
"""Functions whose value is of the moment."""
_FLEETING = re.compile(rf"(?i)\b(?:{'|'.join(FLEETING)})\b")
# Where FROM may begin a clause: a name follows, perhaps after NAMED. In prose it hardly ever does, and
# reading a whole query in order to know takes as long as answering it.
_FROM = re.compile(r"(?i)from(?:\s|#[^\r\n]*)*(?:named\b|<|\\|[^\s<#]*:)")
NOT_SPARQL = "not SPARQL here"
"""All that is said where the engine tells a place and no reason."""
_REFUSED = "the query engine refuses this query; is a variable computed (AS) that something else binds?"
_PLACE = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)

_OPENING = ("{", "(", "[", "<<(", "<<", "{|")
_CLOSING = ("}", ")", "]", ")>>", ">>", "|}")
# The engine's parser runs out of stack at about three times as many.
_DEEPEST = 1000
# Its evaluation runs out of stack at somewhat more clauses, and at some three times as many operators.
_LONGEST = 2000
_OF_PATHS = ("!", "|", "^", "/")
_OF_EXPRESSIONS = (*_OF_PATHS, "&&", "||", "*", "+", "-")
_CLAUSES = ("FILTER", "MINUS", "OPTIONAL", "UNION")


def syntax_error(text: str, source: str, error: SyntaxError, ahead: int = 0) -> PlacedError:
    """Return the error to show for the engine's syntax error: place, reason, the line itself.

    Places are counted without the first `ahead` characters, which are not the user's.
    """
    if not text[ahead:].strip():
        return PlacedError(source, 1, None, "the query is empty")
    lines = LineIndex(text[ahead:])
    declared = head(tokens(text))
    first = declared.first
    if odd := _disguised(text, declared.prefixes):
        return _placed(source, lines, odd[0] - ahead, odd[1])
    if first and first.text.upper() in UPDATES:
        reason = f"{first.text.upper()} is an update, and the graph is read-only"
        return PlacedError(source, *lines.place(first.start - ahead), reason)
    for before, token in pairwise([None, *tokens(text)]):
        prefix = token.text.partition(":")[0] if token else ""
        declaring = before is not None and before.text.upper() == "PREFIX"
        if token and token.kind == "name" and prefix not in declared.prefixes and not declaring:
            known = prefixes.PREFIXES.get(prefix)
            hint = f"; add PREFIX {prefix}: <{known}>" if known else nearest(prefix, prefixes.PREFIXES)
            return _placed(source, lines, token.start - ahead, f"the prefix {prefix}: is not declared{hint}")
    unreadable = _unreadable(text)
    if isinstance(unreadable, ScopeError):
        # The engine says neither of which variable it complains nor where.
        return _placed(source, lines, max(unreadable.offset - ahead, 0), f"the query has {unreadable}")
    if unreadable and (called := re.fullmatch(r"the function (\w+)", str(unreadable))):
        reason = f"there is no function {called[1]}{nearest(called[1], FUNCTIONS)}"
        return _placed(source, lines, max(unreadable.offset - ahead, 0), reason)
    match = _PLACE.search(str(error))
    if not match:
        return PlacedError(source, 1, None, " ".join(str(error).split()))
    # `[_]` is any character: what the engine reads to see that a keyword has ended.
    alternatives = [a.strip() for a in match[3].removeprefix("one of ").split(", ") if a.strip() != "[_]"]
    # Only LF ends a line there.
    begin = sum(len(line) + 1 for line in text.split("\n")[: int(match[1]) - 1])
    at = begin + int(match[2]) - 1
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
        at, whole = len(text.rstrip()), _REFUSED
        if unreadable:
            is_early = unreadable.offset >= at
            at = min(unreadable.offset, at)
            whole = "the query ends too early" if is_early else f"{NOT_SPARQL}: {unreadable}"
        reason = sentences[0] if sentences else whole
    return _placed(source, lines, max(at - ahead, 0), reason)


def _unreadable(text: str) -> UnreadableError | None:
    """Return what is wrong with a query by its grammar and rules of scope, None for nothing."""
    try:
        read(text)
    except UnreadableError as error:
        return error
    return None


def _disguised(text: str, declared: Container[str]) -> tuple[int, str] | None:
    """Return the first character that looks like another one where none such can be, and what it is."""
    if text.isascii():
        return None
    for token in tokens(text):
        written = text[token.start : token.end]
        is_name = token.kind == "name" and token.text.partition(":")[0] not in declared
        if not (is_name or token.kind in ("word", "wrong", "other")) or written[0] in "\"'":
            continue
        for place, meant in disguised(written):
            instead = f", where {'a space' if meant == ' ' else repr(meant)} may be meant" if meant else ""
            return token.start + place, f"the character here is {named(written[place])}{instead}"
    return None


def syntax_error_of(text: str, source: str, ahead: int = 0) -> PlacedError | None:
    """Return the syntax error of a query that calls no SERVICE, None where this engine finds none."""
    error = engine_error(text)
    return syntax_error(text, source, error, ahead) if error else None


def engine_error(text: str) -> SyntaxError | None:
    """Parse against an empty store; the text holds no SERVICE that could be called."""
    from pyoxigraph import Store

    try:
        Store().query(text)
    except SyntaxError as error:
        return error
    except (RuntimeError, OSError, ValueError):
        pass
    return None


def _placed(source: str, lines: LineIndex, at: int, reason: str) -> PlacedError:
    line, column = lines.place(at)
    return PlacedError(source, line, column, f"{reason}; the line is: {lines.line(line).strip()[:200]}")


def mentions(text: str, word: str) -> bool:
    """Tell whether the letters of a word (lower case) occur anywhere in the text, escaped or not."""
    return word in unescaped(text).lower()


def is_repeatable(text: str) -> bool:
    """Tell whether a query has the same answer every time over the same graph; in doubt it has not."""
    spelt = unescaped(text)
    # Most have none of these letters, which is known in a fraction of the time.
    return not (any(name in spelt.upper() for name in FLEETING) and _FLEETING.search(spelt))


def named_iris(text: str) -> Iterator[str]:
    """Yield the IRIs that a query names, those of its declarations left out."""
    found = list(tokens(text))
    declared = head(found)
    for token in found[declared.size :]:
        if token.kind == "iri":
            yield token.text[1:-1]
        elif token.kind == "name":
            prefix, _, local = token.text.partition(":")
            yield declared.prefixes.get(prefix, "") + local.replace("\\", "")


def refuse_outside(
    text: str,
    source: str,
    known: Callable[[str], bool],
    ahead: int = 0,
    graphs: Callable[[], Iterable[str]] = tuple,
) -> None:
    """Refuse a query that reaches outside the graph: by SERVICE, or by FROM a graph that is not there.

    With every occurrence of the word spelt differently, a query that only has it in strings, comments or
    names still parses; one that uses it as the keyword does not. `known` tells whether a graph IRI is in the
    dataset, `graphs` lists those that are; `ahead` is as in `syntax_error`. Raises `PlacedError`, or the
    engine's `SyntaxError`.
    """
    spelt = unescaped(text)
    if "service" in spelt.lower() and (error := engine_error(re.sub("(?i)service", "servixe", spelt))):
        for token in tokens(text):
            if token.kind in ("word", "name") and "SERVICE" in token.text.upper():
                reason = "SERVICE is refused: a query sees this graph and nothing outside it"
                raise PlacedError(source, *LineIndex(text[ahead:]).place(token.start - ahead), reason)
        raise error
    if not _FROM.search(spelt):
        return
    try:
        wanted = dataset(text)
    except UnreadableError as unreadable:
        # The engine takes more than the grammar has; of that, a FROM whose graph cannot be told is too much.
        if error := engine_error(re.sub("(?i)from", "frxm", spelt)):
            raise engine_error(spelt) or unreadable.placed(source) from error
        return
    for name, offset in wanted:
        place = LineIndex(text[ahead:]).place(offset - ahead)
        iri = _resolved(text, name)
        if iri is None:
            raise PlacedError(source, *place, f"FROM {name} does not name a graph")
        if not known(iri):
            near = nearest_iri(iri, set(graphs()))
            hint = f"; did you mean <{near}>?" if near else ""
            reason = f"FROM <{iri}> is refused: no graph of that name here, and nothing is fetched{hint}"
            raise PlacedError(source, *place, reason)


def _resolved(text: str, name: str) -> str | None:
    """Return the IRI that a name in a query stands for, by the engine; None for none."""
    from pyoxigraph import QuerySolutions, Store

    declarations = "\n".join(head(tokens(text)).lines)
    try:
        solutions = Store().query(f"{declarations} SELECT ({name} AS ?graph) {{}}")
    except SyntaxError:
        return None
    assert isinstance(solutions, QuerySolutions)
    return str(next(iter(solutions))[0].value)


class _Level:
    """What stands between a pair of brackets so far: which pair, and how long its chains are."""

    operators = clauses = 0

    def __init__(self, opening: str) -> None:
        self.is_expression = opening == "("


def refuse_deep(text: str) -> None:
    """Refuse a query nested so deeply that the engine would end with it; raises `PlacedError`."""
    # Each clause has brackets of its own.
    few = sum(map(text.count, ("{", "(", "[", "<<"))) <= _DEEPEST
    if few and sum(map(text.count, "!&|^/*+-")) <= _LONGEST:
        return
    levels, length = [_Level("")], 0
    for token in tokens(text):
        if token.text in _OPENING:
            levels.append(_Level(token.text))
            if len(levels) > _DEEPEST + 1:
                reason = f"brackets nested more than {_DEEPEST} deep"
                raise PlacedError("", *LineIndex(text).place(token.start), reason)
        elif token.text in _CLOSING:
            if len(levels) > 1:
                level = levels.pop()
                length -= level.operators + level.clauses
        else:
            length += _longer(token, levels)
            if length > _LONGEST:
                reason = f"more than {_LONGEST} operators or clauses in one chain"
                raise PlacedError("", *LineIndex(text).place(token.start), reason)


def _longer(token: Token, levels: list[_Level]) -> int:
    """Count a token at its level, and return by how much the chains have become longer."""
    level, word = levels[-1], token.text.upper()
    if word == "AS" and len(levels) > 1:
        # A column, or BIND: each takes all before it in the group around these brackets.
        levels[-2].clauses += 1
        return 1
    if level.is_expression:
        ends, clause = token.text in ",;", False
        # A sign may be part of the number behind it.
        operator = token.text in _OF_EXPRESSIONS or (token.kind == "number" and token.text[0] in "+-")
    else:
        ends = token.text in ".,;" or (token.kind == "word" and word != "A")
        clause = ends and word in _CLAUSES
        operator = token.text in _OF_PATHS
    longer = operator - level.operators * ends
    level.operators += longer
    level.clauses += clause
    return longer + clause
