"""Where the engine leaves SPARQL 1.1, and how a query is written for it so that it answers as SPARQL says.

    ORDER BY             it compares some literals by value, others by text, which is no order: it may break
                         off, or order as it likes (§15.1); keys are ranked by what can be compared
    <c> p* ?x, p?        a constant that is no node of the graph has no solution; it has itself (§18.4, ALP)
    p|q                  a pair that both sides lead to is given once; it has to be given twice (§18.4)
    OPTIONAL in OPTIONAL what is bound around both is seen in the inner one, in a MINUS there, too (§18.5);
                         a group around them that takes nothing away is not put together with others early
    FROM, several times  a triple is found once for each graph that has it; the graphs are to be merged
                         (§13.2.1): what triple patterns find is taken once
    LIMIT without order  some joins, and graphs that nothing is asked of, come in another order each time:
                         what is cut is ordered by the texts of its columns, so that it is the same (§15.1)
    GROUP BY (?c AS ?k)  a variable with another name is refused (§19.8, GroupCondition)
    TRUE, FALSE          they are refused unless they are in lower case (§19.8, note 1)

What it does otherwise and cannot be asked to do is listed in `docs/sparql.md`. Only the text that the engine
is given changes: errors, receipts and answers speak of the query as it was written. Knows no graph.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property, lru_cache

from amcc_kg.sparql import paths, printer, reader, tree
from amcc_kg.sparql.tokens import tokens, variables
from amcc_kg.sparql.tree import certain
from amcc_kg.terms import prefixes

# What may need another writing; most queries without ORDER BY do not have it, and are not even read.
_SUSPECT = re.compile(
    r"(?is)\boptional\b[^{}]*\{.*\b(?:optional|minus)\b|\border\s|\bgroup\s[^{}]*\bas\b"
    r"|(?-i:(?!true|false)(?i:\b(?:true|false)\b))"
    r"|[\w>)]\s*(?:\*|\?(?!\w))\s*[?$<\"'/|)\w:\[]|[\w>)*+?]\s*\|\s*[\w<(^:!]"
)
# What may be cut otherwise each time: parts in parts, graphs.
_CUT = re.compile(r"(?is)\b(?:limit|offset)\b")
_NESTED = re.compile(r"(?is)\bgraph\s*[?$]|\{[^{}]*\{.*\{")
# What may be found in several graphs.
_MERGED = re.compile(r"(?is)\bfrom\b.*\bfrom\b")
_CAPITALS = re.compile(r"\b(?!true\b|false\b)(?i:true|false)\b")
_VARIABLE = re.compile(r"\?\S+")
_KINDS = {  # functions whose values the engine can always compare with each other
    "text": "STR LANG CONCAT SUBSTR UCASE LCASE REPLACE STRBEFORE STRAFTER GROUP_CONCAT ENCODE_FOR_URI TZ",
    "number": "COUNT STRLEN YEAR MONTH DAY HOURS MINUTES SECONDS",
    "boolean": "BOUND ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC REGEX CONTAINS STRSTARTS STRENDS EXISTS NOT",
}
_ALIKE = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_STRING, _DOUBLE, _DECIMAL, _DATE_TIME = (
    f"<{prefixes.XSD}{name}>" for name in ("string", "double", "decimal", "dateTime")
)
_ZONE = "(Z|[+-][0-9][0-9]:[0-9][0-9])$"


@lru_cache(maxsize=256)
def mended(text: str, *, cut: bool = False, merged: bool = False) -> str:
    """Return a query as the engine has to be given it; as it is where it is unreadable.

    `cut` tells that not all of its answer is read, `merged` that the engine is told of several graphs whose
    merge is to be the default graph.
    """
    is_cut = (cut or _CUT.search(text)) and _NESTED.search(text)
    if not (_SUSPECT.search(text) or is_cut or merged or _MERGED.search(text)):
        return text
    try:
        query = reader.read(text)
    except reader.UnreadableError:
        return text
    shown = {"SELECT": query.select.projection, "DESCRIBE": query.described}
    if not shown.get(query.form, True):
        return text  # no query can be written that has no columns, or describes nothing
    columns = tuple(sorted(tree.projectable(query.select))) if query.form != "SELECT" else None
    select = _Mender(query, merged=merged).select(query.select, columns, cut=cut)
    if select == query.select and not _CAPITALS.search(text):
        return text
    return printer.query(query._replace(select=select))


class _Mender:
    """Writes the parts of one query otherwise."""

    def __init__(self, query: tree.Query, *, merged: bool) -> None:
        self._query = query
        self._merged = merged or len(query.defaults) > 1  # whether a triple may be found several times
        self._made = 0
        self._named = False  # whether the part stands in GRAPH

    def _fresh(self) -> str:
        self._made += 1
        return f"{self._query.own}d{self._made}"

    def select(
        self, select: tree.Select, columns: tuple[str, ...] | None = None, *, cut: bool = False
    ) -> tree.Select:
        """Return a query or subquery; `columns` is what is asked of it where it projects nothing itself."""
        if (cut or select.slice) and not select.order and _may_vary(select.where):
            texts = (f"STR({name})" for name in columns or select.columns)
            select = select._replace(order=tuple(tree.OrderCondition(tree.Expression((t,))) for t in texts))
        select = select._replace(
            where=self.group(select.where),
            projection=tuple((name, given and self.expression(given)) for name, given in select.projection),
            keys=tuple(map(self.key, select.keys)),
            having=tuple(map(self.expression, select.having)),
        )
        plain = all(_alike(select, condition) for condition in select.order)
        return select if plain or not _is_projectable(select) else self._ordered(select, columns)

    def _ordered(self, select: tree.Select, columns: tuple[str, ...] | None) -> tree.Select:
        """Return a query that asks another for the same and for the keys, and orders by what ranks these.

        What no key tells apart by value is told apart by the texts in the end.
        """
        shown: list[tuple[str, tree.Expression | None]]
        shown = list(select.projection) if columns is None else [(name, None) for name in columns]
        binds: list[tree.Element] = []
        order: list[tree.OrderCondition] = []
        last: list[tree.OrderCondition] = []
        for condition in select.order:
            name = str(condition.expression.parts[0])
            if len(condition.expression.parts) > 1 or not _VARIABLE.fullmatch(name):
                name = self._fresh()
                shown.append((name, self.expression(condition.expression)))
            elif name not in (column for column, _ in shown):
                shown.append((name, None))
            given = tree.Expression((name,))
            if _alike(select, condition):
                order.append(condition._replace(expression=given))
                continue
            more, ranks = self._ranks(name)
            binds += more
            ranked = [tree.OrderCondition(tree.Expression((r,)), condition.descending) for r in ranks]
            order += ranked[:3]
            last += ranked[3:]
        inner = select._replace(projection=tuple(shown), order=(), slice="", distinct="")
        where = tree.Group((tree.Group((tree.SubSelect(inner, inner.columns),)), *binds))
        outer = tuple((name, None) for name in select.columns)
        return tree.Select(outer, where, select.distinct, order=(*order, *last), slice=select.slice)

    def _ranks(self, name: str) -> tuple[list[tree.Element], tuple[str, ...]]:
        """Return what there is to compute of a key, and what ranks it: its kind, value, exact value, text.

        Numbers but NaN, durations, and what has a date or a time have a value that is comparable within their
        kind: as a double, added to the date that XSD orders durations by, in UTC if no zone is given. All
        else, which is compared by kind of term and text, comes first.
        """
        bare, zoned, value = (self._fresh() for _ in range(3))
        texts = f"isNumeric({name}) || DATATYPE({name}) IN ({_STRING}, <{prefixes.RDF}langString>)"
        double = f"{_DOUBLE}({name})"
        computed = {
            bare: f'IF({texts}, COALESCE(), REPLACE(STR({name}), "{_ZONE}", ""))',
            zoned: f'STRDT(IF({bare} = STR({name}), CONCAT({bare}, "Z"), STR({name})), DATATYPE({name}))',
            value: f'COALESCE(IF(isNumeric({name}) && {double} <= "INF"^^{_DOUBLE}, {double}, COALESCE()), '
            f'"1696-09-01T00:00:00Z"^^{_DATE_TIME} + {name}, '
            # An error where the text has no such value: in another zone it could be compared.
            f'IF({zoned} <= STRDT(CONCAT({bare}, "+13:59"), DATATYPE({name})), {zoned}, {zoned}))',
        }
        exact = f"IF(BOUND({value}), {_DECIMAL}({name}), {name})"
        binds: list[tree.Element] = [tree.Bind(tree.Expression((e,)), n) for n, e in computed.items()]
        return binds, (f"DATATYPE({value})", value, exact, f"STR({name})", f"DATATYPE({name})")

    def key(self, key: tree.Key) -> tree.Key:
        """Return a key; one that is a variable with another name as the only thing that can be coalesced."""
        if key.expression is None:
            return key
        given = self.expression(key.expression)
        pieces = [token.text for token in tokens(printer.expression(given))]
        if len(pieces) == 1 and pieces[0].startswith("?"):
            given = tree.Expression((f"COALESCE({pieces[0]})",))
        return key._replace(expression=given)

    def expression(self, given: tree.Expression) -> tree.Expression:
        """Return an expression, the patterns in it mended."""
        if not given.patterns:
            return given
        parts = (
            p._replace(group=self._uncounted(p.group)) if isinstance(p, tree.Exists) else p
            for p in given.parts
        )
        return tree.Expression(tuple(parts))

    def _uncounted(self, group: tree.Group) -> tree.Group:
        """Return a group, every pattern in it mended, of which it does not matter how often it is found."""
        outer, self._merged = self._merged, False
        found = self.group(group)
        self._merged = outer
        return found

    def group(self, group: tree.Group) -> tree.Group:
        """Return a group, every pattern in it mended."""
        return tree.Group(tuple(part for element in group.elements for part in self._pieces(element)))

    def _pieces(self, element: tree.Element) -> Iterator[tree.Element]:
        match element:
            case tree.Triples():
                yield from self._triples(element)
            case tree.Group():
                yield self.group(element)
            case tree.Union():
                yield element._replace(branches=tuple(map(self.group, element.branches)))
            case tree.Minus():
                yield element._replace(group=self._uncounted(element.group))
            case tree.Optional():
                yield element._replace(group=self.group(element.group))
                if self._sees_more(element.group):
                    yield tree.Minus(tree.Group(()))
            case tree.Graph():
                outer, self._named = self._named, True
                yield element._replace(group=self.group(element.group))
                self._named = outer
            case tree.Filter() | tree.Bind():
                yield element._replace(expression=self.expression(element.expression))
            case tree.SubSelect():
                yield element._replace(select=self.select(element.select))
            case _:
                yield element

    @cached_property
    def _mentions(self) -> Counter[str]:
        return _mentions(self._query.select.where)

    def _sees_more(self, optional: tree.Group) -> bool:
        """Tell whether a pattern in an OPTIONAL may be shown variables that are not its own to see."""
        inside: Counter[str] | None = None
        waiting = [optional]
        for group in waiting:  # grows
            for index, element in enumerate(group.elements):
                match element:
                    case tree.Optional() | tree.Minus():
                        inside = inside or _mentions(optional)
                        sure = certain(tree.Group(group.elements[:index]))
                        unsure = _mentions(element.group).keys() - sure
                        if any(self._mentions[name] != inside[name] for name in unsure):
                            return True
                        if isinstance(element, tree.Minus) and not sure & certain(element.group):
                            return True
                        waiting.append(element.group)
                    case tree.Group():
                        waiting.append(element)
                    case tree.SubSelect():
                        waiting.append(element.select.where)
                    case tree.Union() | tree.Graph():
                        waiting += [part for part in tree.parts(element) if isinstance(part, tree.Group)]
        return False

    def _triples(self, block: tree.Triples) -> Iterator[tree.Element]:
        """Yield a block, alternatives as a union; a path of length zero from a constant as that constant."""
        patterns: list[tree.TriplePattern] = []
        for pattern in block.patterns:
            ends = [end for end in (pattern.subject, pattern.object) if not end.startswith(("?", "<<("))]
            opens = paths.branches(pattern.predicate)
            opens |= self._is_merged and isinstance(pattern.predicate, (tree.Sequence, tree.Inverse))
            if not opens and (self._named or not ends or not _may_be_empty(pattern.predicate)):
                patterns.append(pattern)
                continue
            yield from self._found(patterns)
            patterns = []
            if opens:
                steps = tree.Group(tuple(paths.steps(pattern, iter(self._fresh, ""))))
                yield from self.group(steps).elements
            else:
                yield self._or_itself(pattern, ends[0])
        yield from self._found(patterns)

    @property
    def _is_merged(self) -> bool:
        """Whether patterns are matched in several graphs that are to be one."""
        return self._merged and not self._named

    def _found(self, patterns: list[tree.TriplePattern]) -> Iterator[tree.Element]:
        """Yield patterns; where their triples may be found several times, what each finds once."""
        if patterns and not self._is_merged:
            yield tree.Triples(tuple(patterns))
        for pattern in patterns if self._is_merged else ():
            found = tree.Triples((pattern,))
            columns = tuple((name, None) for name in sorted(tree.visible(found)))
            once = columns or ((self._fresh(), tree.Expression(("1",))),)
            distinct = tree.Select(once, tree.Group((found,)), "DISTINCT")
            yield tree.SubSelect(distinct, distinct.columns)

    def _or_itself(self, pattern: tree.TriplePattern, start: str) -> tree.Element:
        other = pattern.object if start == pattern.subject else pattern.subject
        same: tree.Element = tree.Filter(tree.Expression((f"sameTerm({start}, {other})",)))
        if other.startswith("?"):
            same = tree.Bind(tree.Expression((start,)), other)
        by, far = self._fresh(), self._fresh()
        places = [tree.TriplePattern(far, by, start)]
        if not re.match(r"[\"'+\-.\d]|(?:true|false)$", start):
            places.append(tree.TriplePattern(start, by, far))
        inside = tree.Union(tuple(tree.Group((tree.Triples((p,)),)) for p in places), self._fresh())
        absent = tree.Filter(tree.Expression((tree.Exists(tree.Group((inside,)), negated=True),)))
        found = tree.Group((tree.Triples((pattern,)),))
        return tree.Union((found, tree.Group((same, absent))), self._fresh())


def _may_vary(group: tree.Group, depth: int = 0) -> bool:
    """Tell whether the solutions of a pattern may come in another order each time.

    Those of triple patterns do not, nor of one part beside them.
    """
    for element in group.elements:
        match element:
            case tree.Graph(name, inner):
                if _may_vary(inner, depth) or (tree.is_variable(name) and not _has_triples(inner)):
                    return True
            case tree.Group() | tree.Union() | tree.Optional() | tree.Minus():
                inside = (element,) if isinstance(element, tree.Group) else tree.parts(element)
                if depth or any(_may_vary(part, 1) for part in inside if isinstance(part, tree.Group)):
                    return True
            case tree.SubSelect():
                if depth or _may_vary(element.select.where, 1):
                    return True
    return False


def _has_triples(group: tree.Group) -> bool:
    return any(isinstance(element, tree.Triples) for element in group.elements)


def _mentions(group: tree.Group) -> Counter[str]:
    """Return how often each variable is written in a group."""
    return Counter(variables(printer.group(group)))


def _may_be_empty(path: tree.Path) -> bool:
    """Tell whether a path leads from a node to itself in one way without an edge."""
    match path:
        case tree.Repeat(inner, mark):
            return mark != "+" or _may_be_empty(inner)
        case tree.Inverse(inner):
            return _may_be_empty(inner)
        case tree.Sequence(paths):
            return all(map(_may_be_empty, paths))
    return False


def _is_projectable(select: tree.Select) -> bool:
    """Tell whether what a query is ordered by may be a column of it: of groups not every variable may."""
    known = tree.projectable(select).union(select.computed)
    parts = (part for condition in select.order for part in condition.expression.parts)
    used = {name for part in parts if isinstance(part, str) for name in variables(part)}
    return not select.is_grouped or used <= known


def _alike(select: tree.Select, condition: tree.OrderCondition) -> bool:
    """Tell whether all that a query is ordered by here can be compared by the engine, one with the other."""
    given = condition.expression
    given = select.computed.get(str(given.parts[0]), given) if len(given.parts) == 1 else given
    return bool(_kind([token.text for token in tokens(printer.expression(given))]))


def _kind(pieces: list[str]) -> str:
    """Return which kind of value an expression always has if it is a call that says so; else nothing."""
    word = pieces[0].upper()
    if len(pieces) == 1:
        return "text" if pieces[0][0] in "\"'" else "number" if pieces[0].isdecimal() else ""
    depth = 0
    arguments: list[list[str]] = [[]]
    if pieces[1] != "(" and word not in ("EXISTS", "NOT"):
        return ""
    for piece in pieces[2:-1]:
        depth += (piece == "(") - (piece == ")")
        if depth < 0:
            return ""
        if piece == "," and depth == 0:
            arguments.append([])
        else:
            arguments[-1].append(piece)
    if word == "COALESCE":
        kinds = {_kind(some) if some else "" for some in arguments}
        return kinds.pop() if len(kinds) == 1 else ""
    return _ALIKE.get(word, "")
