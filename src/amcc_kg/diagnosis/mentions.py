"""The terms that a query holds against the graph, and what kind of thing each would be there.

Knows the tree of a query; no graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from amcc_kg.graph.answers import Term
from amcc_kg.sparql import tree
from amcc_kg.sparql.tokens import Token, spelled, tokens
from amcc_kg.sparql.tree import Expression, Path, Select, is_variable
from amcc_kg.terms import prefixes

PREDICATE, CLASS, GRAPH, NODE, ANY, VALUE = "predicate", "class", "graph", "individual", "term", "value"
_TYPE = f"<{prefixes.RDF}type>"
IRI = "IRI"  # the manner of a text that IRI() or URI() makes one of
CONTAINING = ("CONTAINS", "STRSTARTS", "STRENDS", "REGEX")
"""The functions that look for a text in a value."""
_REGEX = frozenset(r"\.?*+[](){}|")
_OF_VALUES = ("STR", "LCASE", "UCASE", "LANG")  # functions whose results are compared with texts


class Mention(NamedTuple):
    """A constant, as the tree spells it, and its kind; of a value the predicates that it would be of.

    `manner` is the function whose result is compared with the value, if there is one.
    """

    text: str
    kind: str
    predicates: frozenset[str] = frozenset()
    manner: str = ""


def elements(select: Select) -> Iterator[tree.Element]:
    """Yield the patterns of a query, those in its subqueries and expressions too."""
    expressions = [*select.computed.values(), *select.having]
    expressions += [key.expression for key in select.keys if key.expression]
    for expression in expressions:
        yield from _in_expression(expression)
    yield from _within(select.where)
    if select.values:
        yield select.values


def _within(element: tree.Element) -> Iterator[tree.Element]:
    yield element
    match element:
        case tree.SubSelect():
            yield from elements(element.select)
        case tree.Filter() | tree.Bind():
            yield from _in_expression(element.expression)
        case _:
            for part in tree.parts(element):
                yield from _within(part)


def _in_expression(expression: Expression) -> Iterator[tree.Element]:
    for condition in expression.patterns:
        yield from _within(condition.group)


def mentions(query: tree.Query, constants: Mapping[str, Term]) -> Iterator[Mention]:
    """Yield the terms that a query asks the graph for; `constants` says which term each text is."""
    found = list(elements(query.select))
    patterns = [p for element in found if isinstance(element, tree.Triples) for p in element.patterns]
    kinds: dict[str, str] = {e.name: GRAPH for e in found if isinstance(e, tree.Graph)}
    values: dict[str, set[str]] = defaultdict(set)  # variables, and the predicates whose values they are
    for _, path, value in patterns:
        ends = frozenset(_last(path))
        if is_variable(path):
            kinds[str(path)] = PREDICATE
        if is_variable(value):
            values[value] |= ends
            if any(str(constants[end]) == _TYPE for end in ends):
                kinds[value] = CLASS
    for subject, path, value in patterns:
        yield from _named(subject, NODE)
        yield from (Mention(iri, PREDICATE) for iri in _iris(path))
        ends = frozenset(_last(path))
        is_class = any(str(constants[end]) == _TYPE for end in ends)
        yield from _named(value, CLASS if is_class else NODE, ends)
    for element in found:
        match element:
            case tree.Graph():
                yield from _named(element.name, GRAPH)
            case tree.Values() if "<<(" not in element.text:
                for name, cell in _cells(element):
                    yield from _named(cell, kinds.get(name, NODE), frozenset(values[name]))
            case tree.Filter() | tree.Bind():
                yield from _compared(element.expression, values)
    for expression in (*query.select.computed.values(), *query.select.having):
        yield from _compared(expression, values)
    for term in query.described:
        yield from _named(term, NODE)


def _named(term: str, kind: str, predicates: frozenset[str] = frozenset()) -> Iterator[Mention]:
    if term and not is_variable(term) and not term.startswith("<<("):
        is_iri = term[0] == "<" or (term[0] not in "\"'+-.0123456789" and ":" in term)
        yield Mention(term, kind) if is_iri else Mention(term, VALUE, predicates)


def _last(path: Path) -> Iterator[str]:
    """Yield the predicates whose values a path leads to."""
    match path:
        case tree.Sequence():
            yield from _last(path.paths[-1])
        case tree.Alternative():
            for branch in path.paths:
                yield from _last(branch)
        case tree.Repeat():
            yield from _last(path.path)
        case str() if not is_variable(path):
            yield path


def _iris(path: Path) -> Iterator[str]:
    match path:
        case tree.Sequence() | tree.Alternative():
            for part in path.paths:
                yield from _iris(part)
        case tree.Repeat() | tree.Inverse():
            yield from _iris(path.path)
        case tree.Negated():
            yield from (*(path.forwards or ()), *(path.backwards or ()))
        case str() if not is_variable(path):
            yield path


def whole_terms(found: list[Token]) -> list[Token]:
    """Return tokens with those of one literal joined to one."""
    whole: list[Token] = []
    at = 0
    while at < len(found):
        end = at + 1
        if found[at].kind == "string" and end < len(found):
            end += 1 if found[end].kind == "tag" else 2 * (found[end].text == "^^")
        piece = found[at:end]
        whole.append(Token(piece[0].kind, spelled(piece).strip(), piece[0].start, piece[-1].end))
        at = end
    return whole


def _cells(element: tree.Values) -> Iterator[tuple[str, str]]:
    """Yield the variables of VALUES with each of their values."""
    whole = [token.text for token in whole_terms(list(tokens(element.text)))]
    cells = [text for text in whole[whole.index("{") :] if text not in ("{", "}", "(", ")")]
    for place, cell in enumerate(cells):
        if cell.upper() != "UNDEF":
            yield element.variables[place % len(element.variables)], cell


def _compared(expression: Expression, values: Mapping[str, set[str]]) -> Iterator[Mention]:
    """Yield the IRIs of an expression, and the texts that are held against a variable in it."""
    for part in expression.parts:
        if isinstance(part, tree.Aggregate) and part.argument is not None:
            yield from _compared(part.argument, values)
        elif isinstance(part, str):
            yield from _operands(part, values)


def _operands(text: str, values: Mapping[str, set[str]]) -> Iterator[Mention]:
    whole = whole_terms(list(tokens(text)))
    words = [f"?{t.text[1:]}" if t.kind == "variable" else t.text for t in whole]
    words = [word.upper() if t.kind == "word" else word for word, t in zip(words, whole, strict=True)]
    listed = None
    for at, (token, after) in enumerate(zip(whole, [*words[1:], ""], strict=True)):
        if words[at - 1 : at] in (["("], [")"]):
            listed = _before_list(words[:at]) if words[at - 2 : at] == ["IN", "("] else None
        if token.kind in ("iri", "name") and after != "(":
            yield Mention(token.text, ANY)
        elif token.kind == "string":
            other = listed or _compared_before(words[:at])
            if other is None and after in ("=", "!="):
                other = _call_after(words[at + 2 :])
            if words[at - 2 : at] in (["IRI", "("], ["URI", "("]) and after == ")" and ":" in token.text:
                yield Mention(token.text, ANY, manner=IRI)
            if other is None and not token.text.isascii():
                other = _searched_before(words[:at], token.text)
            if other and values.get(other[1]):
                yield Mention(token.text, VALUE, frozenset(values[other[1]]), other[0])


def _compared_before(words: list[str]) -> tuple[str, str] | None:
    """Return the function, or nothing, and the variable that words end with and hold against what follows."""
    if words[-1:] in (["="], ["!="]):
        return _call(words[:-1])
    if words[-1:] == [","] and words[-7:-5] == ["LANGMATCHES", "("]:
        found = _call(words[:-1])
        return ("LANGMATCHES", found[1]) if found else None
    return None


def _searched_before(words: list[str], text: str) -> tuple[str, str] | None:
    """Return the function that looks for a text behind these words, and the one variable that it looks in."""
    depth = 0
    for at in reversed(range(1, len(words))):
        depth += (words[at] == ")") - (words[at] == "(")
        if depth == -1:
            names = {word for word in words[at:] if word.startswith("?")}
            function = words[at - 1]
            is_plain = function != "REGEX" or _REGEX.isdisjoint(text)
            is_second = words[-1] == "," and words[at:].count(",") == 1
            if function in CONTAINING and is_plain and is_second and len(names) == 1:
                return function, names.pop()
            return None
    return None


def _before_list(words: list[str]) -> tuple[str, str] | None:
    """Return the same for words that end with `IN (` or `NOT IN (`."""
    return _call(words[: -3 if words[-3:-2] == ["NOT"] else -2])


def _call(words: list[str]) -> tuple[str, str] | None:
    """Return the variable that words end with, or what functions of it and nothing else are, and it."""
    if words[-1:] != [")"]:
        return ("", words[-1]) if words and words[-1].startswith("?") else None
    start, depth = len(words), 0
    while start and (depth or start == len(words)):
        start -= 1
        depth += (words[start] == ")") - (words[start] == "(")
    called = words[max(start - 1, 0) :]
    names = [word for word in called if word.startswith("?")]
    functions = [word for word in called if word not in ("(", ")", *names)]
    if len(names) != 1 or not functions or not set(functions) <= {*_OF_VALUES, "STR"}:
        return None
    if "LANG" in functions:
        # Tags are in lower case already.
        return None if "UCASE" in functions else ("LANG", names[0])
    return next((function for function in functions if function != "STR"), "STR"), names[0]


def _call_after(words: list[str]) -> tuple[str, str] | None:
    if words[:1] and words[0].startswith("?"):
        return "", words[0]
    depth = 0
    for at, word in enumerate(words[1:], 1):
        depth += (word == "(") - (word == ")")
        if depth <= 0:
            return _call(words[: at + 1])
    return None
