"""A query's shape written as SPARQL again: as it was, or with marks that tell how a solution came about.

With marks, an OPTIONAL binds its mark when it matched and a UNION binds which side it was. Nothing else
changes, so a marked pattern has the same solutions. Knows no graph.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from amcc_kg.sparql.scope import inner_row
from amcc_kg.sparql.tokens import tokens, variables
from amcc_kg.sparql.tree import (
    Alternative,
    Bind,
    Element,
    Exists,
    Expression,
    Filter,
    Graph,
    Group,
    Inverse,
    Key,
    Minus,
    Negated,
    Optional,
    Path,
    Query,
    Repeat,
    Select,
    Sequence,
    Service,
    SubSelect,
    TriplePattern,
    Triples,
    Union,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Spelling: TypeAlias = Callable[[str], str]


_BOUND = re.compile(r"\bBOUND\s*\(\s*[?$](\w+)\s*\)", re.IGNORECASE)


def as_written(term: str) -> str:
    """Return a term as it stands in the query."""
    return term


def group(pattern: Group, *, marked: bool = False, bound: frozenset[str] = frozenset()) -> str:
    """Return a group with its braces; BOUND is written as true for variables known to be `bound`."""
    return _Printer(marked, as_written, bound).group(pattern)


def body(pattern: Group, *, marked: bool = False, spell: Spelling = as_written) -> str:
    """Return a group without its braces; `spell` says how a term or a variable is written."""
    return " ".join(_Printer(marked, spell).element(part) for part in pattern.elements)


def expression(tree: Expression) -> str:
    """Return an expression; as it was but for white space."""
    return _Printer(False, as_written).expression(tree)


def path(tree: Path, spell: Spelling = as_written) -> str:
    """Return a property path, in brackets where it is more than a predicate."""
    return _Printer(False, spell).path(tree)


def select(tree: Select, head: str = "", start: str = "") -> str:
    """Return a query without its prologue; `head` stands before WHERE, `start` first in the pattern."""
    return _Printer(False, as_written).select(tree, head, start)


def query(tree: Query) -> str:
    """Return a whole query, which reads as the same tree."""
    head = [*(f"FROM {iri}" for iri in tree.defaults), *(f"FROM NAMED {iri}" for iri in tree.named)]
    body = _Printer(False, as_written).body(tree.select, " ".join(head))
    if tree.form == "SELECT":
        written = select(tree.select, " ".join(head))
    elif tree.form == "CONSTRUCT":
        names = (v for p in tree.template for term in p for v in variables(str(term)))
        blanks = {name: f"_:b{n}" for n, name in enumerate(dict.fromkeys(names)) if name.startswith(tree.own)}
        template = _Printer(False, lambda term: blanks.get(term, term)).element(Triples(tree.template))
        written = f"CONSTRUCT {{ {template} }} {body}"
    else:
        written = " ".join([tree.form, *tree.described, body])
    return f"{tree.prologue}{written}"


class _Printer:
    """Writes one pattern in one manner."""

    def __init__(self, marked: bool, spell: Spelling, bound: frozenset[str] = frozenset()) -> None:
        self.marked = marked
        self.spell = spell
        self.bound = bound

    def group(self, pattern: Group, mark: str = "", value: int = 1) -> str:
        parts = [self.element(part) for part in pattern.elements]
        if len(parts) == 1 and isinstance(pattern.elements[0], SubSelect) and not (self.marked and mark):
            return parts[0]
        if self.marked and mark:
            parts.append(f"BIND ({value} AS {mark})")
        return f"{{ {' '.join(parts)} }}"

    def element(self, element: Element) -> str:
        match element:
            case Triples():
                return " ".join(map(self.pattern, element.patterns))
            case Group():
                return self.group(element)
            case Union():
                sides = [self.group(b, element.mark, number) for number, b in enumerate(element.branches)]
                return " UNION ".join(sides)
            case Optional():
                return f"OPTIONAL {self.group(element.group, element.mark)}"
            case Minus():
                return f"MINUS {self._plain().group(element.group)}"
            case Service():
                silent = "SILENT " if element.silent else ""
                return f"SERVICE {silent}{self.spell(element.name)} {self.group(element.group)}"
            case Graph():
                return f"GRAPH {self.spell(element.name)} {self.group(element.group)}"
            case Filter():
                return f"FILTER ({self.expression(element.expression)})"
            case Bind():
                return f"BIND ({self.expression(element.expression)} AS {element.variable})"
            case Values():
                text = element.text if self.spell is as_written else _respelt(element.text, self._names)
                return f"VALUES {text}"
            case SubSelect():
                # Inside, only what it projects is known from outside.
                known = self.bound & frozenset(element.select.columns)
                inner = f"{{ {_Printer(False, self.spell, known).select(element.select)} }}"
                pairs = zip(element.select.columns, inner_row(element), strict=True)
                copies = [f"BIND ({name} AS {copy})" for name, copy in pairs if name != copy]
                return f"{{ {inner} {' '.join(copies)} }}" if self.marked and copies else inner

    def pattern(self, pattern: TriplePattern) -> str:
        subject, path, value = pattern
        return f"{self.term(subject)} {self.path(path)} {self.term(value)} ."

    def term(self, term: str) -> str:
        if term.startswith("<<(") and self.spell is not as_written:
            return _respelt(term, self.spell)
        return self.spell(term)

    def select(self, tree: Select, head: str = "", start: str = "") -> str:
        columns = [
            name if expression is None else f"({self.expression(expression)} AS {name})"
            for name, expression in tree.projection
        ]
        parts = ["SELECT", tree.distinct, " ".join(columns) or "(1 AS ?_none)", self.body(tree, head, start)]
        return " ".join(part for part in parts if part)

    def body(self, tree: Select, head: str = "", start: str = "") -> str:
        parts = [
            head,
            "WHERE",
            f"{{ {start} {self.group(tree.where)} }}" if start else self.group(tree.where),
        ]
        if tree.keys:
            parts.append(f"GROUP BY {' '.join(map(self.key, tree.keys))}")
        if tree.having:
            parts.append("HAVING " + " ".join(f"({self.expression(e)})" for e in tree.having))
        parts += [tree.order, tree.slice, self.element(tree.values) if tree.values else ""]
        return " ".join(part for part in parts if part)

    def key(self, key: Key) -> str:
        if key.expression is None:
            return key.variable
        return f"({self.expression(key.expression)} AS {key.variable})"

    def expression(self, tree: Expression) -> str:
        written = []
        for part in tree.parts:
            if isinstance(part, str):
                part = _BOUND.sub(lambda m: "true" if f"?{m[1]}" in self.bound else m[0], part)
                written.append(part if self.spell is as_written else _respelt(part, self.spell))
            elif isinstance(part, Exists):
                keyword = "NOT EXISTS" if part.negated else "EXISTS"
                written.append(f"{keyword} {self._plain().group(part.group)}")
            else:
                written.append(part.text)
        # The engine wants the bracket right behind some functions' names.
        return "".join(piece if piece == "(" else f" {piece}" for piece in written).lstrip()

    def path(self, tree: Path) -> str:
        match tree:
            case str():
                return self.spell(tree)
            case Inverse():
                return f"(^{self.path(tree.path)})"
            case Sequence():
                return f"({'/'.join(map(self.path, tree.paths))})"
            case Alternative():
                return f"({'|'.join(map(self.path, tree.paths))})"
            case Repeat():
                return f"({self.path(tree.path)}{tree.mark})"
            case Negated():
                steps = [self.spell(iri) for iri in tree.forwards or ()]
                steps += [f"^{self.spell(iri)}" for iri in tree.backwards or ()]
                return f"(!({'|'.join(steps)}))"

    def _names(self, term: str) -> str:
        return term if term.startswith("?") else self.spell(term)

    def _plain(self) -> _Printer:
        return _Printer(False, self.spell, self.bound) if self.marked else self


def _respelt(text: str, spell: Spelling) -> str:
    """Spell the variables and names in a piece of an expression anew, all else kept."""
    text = _BOUND.sub(lambda m: m[0] if spell(f"?{m[1]}").startswith("?") else "true", text)
    pieces, end = [], 0
    for token in tokens(text):
        if token.kind in ("variable", "iri", "name"):
            new = spell("?" + token.text[1:] if token.kind == "variable" else token.text)
            pieces += [text[end : token.start], new]
            end = token.end
    return "".join([*pieces, text[end:]])
