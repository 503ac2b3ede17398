"""A query's shape written as SPARQL again: as it was, or with marks that tell how a solution came about.

With marks, an OPTIONAL binds its mark when it matched and a UNION binds which side it was. Nothing else
changes, so a marked pattern has the same solutions. Knows no graph.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from amcc_kg.sparql import tree
from amcc_kg.sparql.tokens import tokens, variables

Spelling: TypeAlias = Callable[[str], str]

_BOUND = re.compile(r"\bBOUND\s*\(\s*[?$](\w+)\s*\)", re.IGNORECASE)


def as_written(term: str) -> str:
    """Return a term as it stands in the query."""
    return term


def group(
    pattern: tree.Group,
    *,
    marked: bool = False,
    spell: Spelling = as_written,
    bound: frozenset[str] = frozenset(),
) -> str:
    """Return a group with its braces; BOUND is written as true for variables known to be `bound`.

    `spell` says how a term or a variable is written.
    """
    return _Printer(marked, spell, bound).group(pattern)


def body(pattern: tree.Group, *, spell: Spelling = as_written) -> str:
    """Return a group without its braces; `spell` says how a term or a variable is written."""
    return " ".join(map(_Printer(False, spell).element, pattern.elements))


def query(asked: tree.Query) -> str:
    """Return a whole query, which reads as the same tree."""
    clauses = [*(f"FROM {iri}" for iri in asked.defaults), *(f"FROM NAMED {iri}" for iri in asked.named)]
    head = " ".join(clauses)
    body = _PLAIN.body(asked.select, head)
    if asked.form == "SELECT":
        written = select(asked.select, head)
    elif asked.form == "CONSTRUCT":
        names = (v for p in asked.template for term in p for v in variables(str(term)))
        numbered = enumerate(dict.fromkeys(names))
        blanks = {name: f"_:b{n}" for n, name in numbered if name.startswith(asked.own)}
        template = _Printer(False, lambda term: blanks.get(term, term)).element(tree.Triples(asked.template))
        written = f"CONSTRUCT {{ {template} }} {body}"
    else:
        written = " ".join([asked.form, *asked.described, body])
    return f"{asked.prologue}{written}"


class _Printer(NamedTuple):
    """Writes one pattern in one manner."""

    marked: bool = False
    spell: Spelling = as_written
    bound: frozenset[str] = frozenset()

    def group(self, pattern: tree.Group, mark: str = "", value: int = 1) -> str:
        parts = [self.element(part) for part in pattern.elements]
        if len(parts) == 1 and isinstance(pattern.elements[0], tree.SubSelect) and not (self.marked and mark):
            return parts[0]
        if self.marked and mark:
            parts.append(f"BIND ({value} AS {mark})")
        return f"{{ {' '.join(parts)} }}"

    def element(self, element: tree.Element) -> str:
        match element:
            case tree.Triples():
                return " ".join(map(self.pattern, element.patterns))
            case tree.Group():
                return self.group(element)
            case tree.Union():
                sides = [self.group(b, element.mark, number) for number, b in enumerate(element.branches)]
                return " UNION ".join(sides)
            case tree.Optional():
                return f"OPTIONAL {self.group(element.group, element.mark)}"
            case tree.Minus():
                return f"MINUS {self._replace(marked=False).group(element.group)}"
            case tree.Service():
                silent = "SILENT " if element.silent else ""
                return f"SERVICE {silent}{self.spell(element.name)} {self.group(element.group)}"
            case tree.Graph():
                return f"GRAPH {self.spell(element.name)} {self.group(element.group)}"
            case tree.Filter():
                return f"FILTER ({self.expression(element.expression)})"
            case tree.Bind():
                return f"BIND ({self.expression(element.expression)} AS {element.variable})"
            case tree.Values():
                text = element.text if self.spell is as_written else _respelt(element.text, self._names)
                return self.copied(element, f"VALUES {text}")
            case tree.SubSelect():
                # Inside, only what it projects is known from outside.
                known = self.bound & frozenset(element.select.columns)
                inner = f"{{ {_Printer(False, self.spell, known).select(element.select)} }}"
                return self.copied(element, inner)

    def copied(self, element: tree.SubSelect | tree.Values, written: str) -> str:
        copies = [f"BIND ({name} AS {copy})" for name, copy in tree.copied(element)] if self.marked else []
        return f"{{ {written} {' '.join(copies)} }}" if copies else written

    def pattern(self, pattern: tree.TriplePattern) -> str:
        subject, path, value = pattern
        return f"{self.term(subject)} {self.path(path)} {self.term(value)} ."

    def term(self, term: str) -> str:
        if term.startswith("<<(") and self.spell is not as_written:
            return _respelt(term, self.spell)
        return self.spell(term)

    def select(self, asked: tree.Select, head: str = "") -> str:
        """Return a query without its prologue; `head` stands before WHERE."""
        columns = [
            name if expression is None else f"({self.expression(expression)} AS {name})"
            for name, expression in asked.projection
        ]
        projected = " ".join(columns) or "(1 AS ?_none)"
        parts = ["SELECT", asked.distinct, projected, self.body(asked, head)]
        return " ".join(filter(None, parts))

    def body(self, asked: tree.Select, head: str = "") -> str:
        parts = [head, "WHERE", self.group(asked.where)]
        if asked.keys:
            parts.append(f"GROUP BY {' '.join(map(self.key, asked.keys))}")
        if asked.having:
            parts.append("HAVING " + " ".join(f"({self.expression(e)})" for e in asked.having))
        if asked.order:
            parts.append(f"ORDER BY {' '.join(map(self.condition, asked.order))}")
        parts += [asked.slice, self.element(asked.values) if asked.values else ""]
        return " ".join(filter(None, parts))

    def condition(self, condition: tree.OrderCondition) -> str:
        return f"{'DESC' if condition.descending else 'ASC'}({self.expression(condition.expression)})"

    def key(self, key: tree.Key) -> str:
        if key.expression is None:
            return key.variable
        return f"({self.expression(key.expression)} AS {key.variable})"

    def expression(self, given: tree.Expression) -> str:
        """Return an expression; as it was but for white space."""
        written = []
        for part in given.parts:
            if isinstance(part, str):
                part = _BOUND.sub(lambda m: "true" if f"?{m[1]}" in self.bound else m[0], part)
                written.append(part if self.spell is as_written else _respelt(part, self.spell))
            elif isinstance(part, tree.Exists):
                keyword = "NOT EXISTS" if part.negated else "EXISTS"
                written.append(f"{keyword} {self._replace(marked=False).group(part.group)}")
            else:
                written.append(part.text)
        # The engine wants the bracket right behind some functions' names.
        return "".join(piece if piece == "(" else f" {piece}" for piece in written).lstrip()

    def path(self, way: tree.Path) -> str:
        match way:
            case str():
                return self.spell(way)
            case tree.Inverse():
                return f"(^{self.path(way.path)})"
            case tree.Sequence():
                return f"({'/'.join(map(self.path, way.paths))})"
            case tree.Alternative():
                return f"({'|'.join(map(self.path, way.paths))})"
            case tree.Repeat():
                return f"({self.path(way.path)}{way.mark})"
            case tree.Negated():
                steps = [self.spell(iri) for iri in way.forwards or ()]
                steps += [f"^{self.spell(iri)}" for iri in way.backwards or ()]
                return f"(!({'|'.join(steps)}))"

    def _names(self, term: str) -> str:
        return term if term.startswith("?") else self.spell(term)


_PLAIN = _Printer()
select, expression = _PLAIN.select, _PLAIN.expression


def _respelt(text: str, spell: Spelling) -> str:
    """Spell the variables and names in a piece of an expression anew, all else kept."""
    pieces, end = [], 0
    for token in tokens(text):
        if token.kind in ("variable", "iri", "name"):
            new = spell("?" + token.text[1:] if token.kind == "variable" else token.text)
            pieces += [text[end : token.start], new]
            end = token.end
    return "".join([*pieces, text[end:]])
