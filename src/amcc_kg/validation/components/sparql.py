"""A constraint's query: its tree, what it asks of the data, and how it is run for all focus nodes at once.

A constraint's query is written for one focus node, which stands for `$this` everywhere in it (SHACL section
5.3, pre-binding). It means the same for all of them at once if every group that speaks of a pre-bound
variable binds it first. What is not known for certain to mean the same (a LIMIT, an aggregate that is not
grouped by `$this`, a function that engines differ on) raises `Unreadable`, and so does what constraints may
not hold (MINUS, VALUES, SERVICE).

It is run on a store whose default graph has the triples of the predicates in the query; a graph of its own
says which nodes are the focus nodes. The store rewrites some literals (`"01"` becomes `"1"`), so those go in
as opaque tokens where the query only passes them on, and where it looks at them the query is left to the
reference. The two differ on these, on comparing literals of different kinds, and on `STR` of a blank node. A
query that looks only at a focus node's own triples is in doubt for the focus nodes with such values, any
other altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice, pairwise
from typing import NamedTuple

from amcc_kg.sparql import printer, reader, tree
from amcc_kg.sparql.prologue import head
from amcc_kg.sparql.tokens import Token, tokens, variables
from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.shapes import literals
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph, Unreadable

THIS = "?this"
_OF_TEXTS = "STR LANG LANGMATCHES SUBSTR STRLEN UCASE LCASE STRSTARTS STRENDS CONTAINS STRBEFORE STRAFTER"
_OF_TERMS = "CONCAT REGEX DATATYPE BOUND COALESCE IF SAMETERM ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC"
_WORDS = {*_OF_TEXTS.split(" "), *_OF_TERMS.split(" "), "YEAR", "MONTH", "DAY", "IN", "NOT", "TRUE", "FALSE"}
# What Python's and Rust's regular expressions read differently, or one of them not at all.
_RISKY_REGEX = r"\(\?|\\[1-9AZzGQEpPXRKhHvVNuUx]|[*+?}][+]|&&|--|~~|\[\[|\[:"
RUN = "<urn:amcc:run>"
SHAPES = "<urn:amcc:shapes>"
_OPAQUE = "urn:amcc:kept"
_CANONICAL = {
    "integer": r"-?[1-9][0-9]{0,17}|0",
    "decimal": r"-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,8}[1-9]",
    "boolean": "true|false",
    "date": r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}",
    "dateTime": r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,8}[1-9])?Z?",
    "gYear": r"[12][0-9]{3}",
    "gYearMonth": r"[12][0-9]{3}-(?:0[1-9]|1[0-2])",
}
_UNTOUCHED = {f"{XSD}{name}" for name in ("anyURI", "token", "normalizedString", "language")}
_COMPARISONS = {"<", ">", "<=", ">=", "=", "!="}
_FALSE = {'""', f'"0"^^<{XSD}integer>', f'"false"^^<{XSD}boolean>', f'"0"^^<{XSD}boolean>'}

Bound = tuple[str, Sequence[tuple[int, ...]]]
"""Pre-bound variables, names with blanks between, and what they are bound to."""
Row = dict[str, int]
"""A solution: the number of a term by the name of a variable."""


class TriplePattern(NamedTuple):
    """A triple pattern: IRIs as keys, blank nodes with a label that starts with `_:`."""

    subject: str
    predicate: str | None  # None for a path that is more than one
    object: str
    top: bool  # whether it stands in the outermost group


class Query:
    """A constraint's query, and what it asks; making one raises `Unreadable`.

    `bound` are its pre-bound variables, as `?name`, `patterns` the triple patterns that are not asked of the
    shapes graph, and `predicates` the keys of what they name.
    """

    def __init__(self, written: tree.Query, bound: set[str]) -> None:
        self.written = written
        self.bound = bound
        self.patterns: list[TriplePattern] = []
        self.predicates: set[str] = set()
        self.everything = False  # whether a path matches predicates that are not named, such as `!ex:p`
        self.zero = False  # whether a path may have no steps, and so matches every node with itself
        self.asks_shapes = False
        self.words = list(tokens(printer.select(written.select)))
        # The variables in its pattern and behind it, each as often as it occurs.
        self.inside = variables(printer.select(written.select._replace(projection=())))
        self._prefixes = head(tokens(written.prologue)).prefixes
        self._select(written.select, top=True)
        if self.zero:
            self._check_anchors()

    @property
    def projected(self) -> tuple[str, ...]:
        """The variables it returns, as `?name`."""
        return self.written.select.columns

    @property
    def spoken(self) -> set[str]:
        """The variables that occur anywhere in it."""
        return {f"?{word.text[1:]}" for word in self.words if word.kind == "variable"}

    @property
    def local(self) -> bool:
        """Whether it looks at no triples but those of the focus node itself."""
        if self.everything or self.zero or self.asks_shapes or not self.patterns:
            return False
        return all(p.subject == THIS and (p.predicate or "?")[0] == "<" for p in self.patterns)

    def text(self, binding: Callable[[set[str], bool], Iterable[tree.Element]]) -> str:
        """Return its text, with what binds the variables that a group speaks of at the head of each group.

        `binding` is told these variables, and whether the group is the outermost one.
        """
        return self.written.prologue + printer.select(_Binding(binding).select(self.written.select, top=True))

    def passes_on(self, predicate: str) -> bool:
        """Tell whether it only passes on the values of a predicate, and never looks at them."""
        return not self.everything and all(
            p.predicate is not None and p.object[0] == "?" and self.inside.count(p.object) == 1
            for p in self.patterns
            if p.predicate in (None, predicate) or (p.predicate or "")[0] == "?"
        )

    def _select(self, select: tree.Select, top: bool = False) -> None:
        reduced = select.distinct if select.distinct == "REDUCED" else ""
        if (
            modifier := reduced
            or ("ORDER" if select.order else select.slice)
            or ("VALUES" if select.values else "")
        ):
            raise Unreadable(f"a query with {modifier.split()[0]!r}")
        for name, expression in select.projection:
            if expression is not None:
                self._rebinding(name)
                self._expression(expression)
        self._element(select.where, top)
        if any(key.expression for key in select.keys):
            raise Unreadable("a query that groups by an expression in a constraint")
        for expression in select.having:
            self._expression(expression)
        if select.is_grouped and THIS not in (key.variable for key in select.keys):
            raise Unreadable("an aggregate that is not grouped by $this")
        wanted = self.bound - {"?shapesGraph", "?currentShape"}
        if not top and not wanted <= set(select.columns):
            raise Unreadable("a nested SELECT that does not return the pre-bound variables")

    def _rebinding(self, variable: str) -> None:
        if variable in self.bound:
            raise Unreadable("a query that binds a pre-bound variable anew")

    def _element(self, element: tree.Element, top: bool = False) -> None:
        match element:
            case tree.Triples():
                for subject, path, value in element.patterns:
                    self._look_along(path)
                    predicate = self._key(path) if isinstance(path, str) else None
                    self.patterns.append(TriplePattern(self._key(subject), predicate, self._key(value), top))
            case tree.Group(elements):
                for part in elements:
                    self._element(part, top and not isinstance(part, tree.Group))
            case tree.Union() | tree.Optional():
                for part in tree.parts(element):
                    self._element(part)
            case tree.Graph():
                if element.name != "?shapesGraph":
                    raise Unreadable("a GRAPH other than $shapesGraph")
                # What is asked of the shapes graph is not asked of the data.
                count, named, everything = len(self.patterns), set(self.predicates), self.everything
                self._element(element.group)
                del self.patterns[count:]
                self.predicates, self.everything, self.asks_shapes = named, everything, True
            case tree.Filter():
                self._expression(element.expression)
            case tree.Bind():
                self._rebinding(element.variable)
                self._expression(element.expression)
            case tree.SubSelect():
                self._select(element.select)
            case _:
                raise Unreadable(f"{type(element).__name__.upper()} in a constraint")

    def _look_along(self, path: tree.Path) -> None:
        match path:
            case str():
                if path[0] != "?":
                    self.predicates.add(self._key(path))
            case tree.Sequence() | tree.Alternative():
                for step in path.paths:
                    self._look_along(step)
            case tree.Negated():
                self.everything = True
                self.predicates.update(map(self._key, (*(path.forwards or ()), *(path.backwards or ()))))
            case tree.Repeat():
                self.zero |= path.mark != "+"
                self._look_along(path.path)
            case _:
                self._look_along(path.path)

    def _key(self, term: str) -> str:
        """Return a term as patterns have it: an IRI by its key, a blank node by a label."""
        if term.startswith("<<("):
            raise Unreadable("a triple term in a constraint")
        if term.startswith(self.written.own):
            return f"_:{term[1:]}"
        prefix, colon, local = term.partition(":")
        if term[0] in "?<\"'+-.0123456789" or not colon:
            return term
        return f"<{self._prefixes[prefix]}{local.replace(chr(92), '')}>"

    def _expression(self, expression: tree.Expression) -> None:
        for part in expression.parts:
            if isinstance(part, tree.Exists):
                self._element(part.group)
            elif isinstance(part, str):
                _check_functions(list(tokens(part)))
            elif part.name != "COUNT" or (part.argument and part.argument.patterns):
                raise Unreadable(f"{part.name} in a constraint")
            elif part.argument:
                self._expression(part.argument)

    def _check_anchors(self) -> None:
        """Check that a path of no steps starts or ends at a node that something else leads to."""
        ends = [end for p in self.patterns for end in {p.subject, p.object}]
        for p in self.patterns:
            loose = [end[0] == "?" and end != THIS and ends.count(end) == 1 for end in (p.subject, p.object)]
            if p.predicate is None and all(loose):
                raise Unreadable("a path that may have no steps, between two nodes that nothing else names")
        if self.everything or any((p.predicate or "")[:1] == "?" for p in self.patterns):
            raise Unreadable("a path that may have no steps, beside any predicate")


def read(text: str, prefixes: Mapping[str, str], bound: set[str]) -> Query:
    """Return the query of a text; `bound` are its pre-bound variables, as `?name`. Raises `Unreadable`."""
    declarations = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in prefixes.items())
    try:
        found = reader.read(declarations + text)
    except reader.UnreadableError as error:
        raise Unreadable(f"a query with {error}") from error
    if found.form not in ("SELECT", "ASK") or found.defaults or found.named or "BASE <" in found.prologue:
        raise Unreadable(f"{found.form} of an unusual form in a constraint")
    words = [word.text.upper() for word in tokens(text)]
    if any(pair in (("SELECT", "*"), ("DISTINCT", "*")) for pair in pairwise(words)):
        raise Unreadable("SELECT * in a constraint")
    return Query(found, bound)


def _check_functions(words: list[Token]) -> None:
    """Hold a piece of an expression to the functions that engines agree on."""
    for at, word in enumerate(words):
        called = at + 1 < len(words) and words[at + 1].text == "("
        if called and word.kind in ("iri", "name"):
            raise Unreadable("a cast or a function of its own")
        if word.kind == "word" and word.text.upper() not in _WORDS:
            raise Unreadable(f"{word.text} in a constraint")
        if word.kind == "word" and word.text.upper() == "REGEX":
            pattern = _second_argument(words[at + 1 :])
            text = pattern.text if pattern is not None and pattern.kind == "string" else ""
            if not text or literals.compiled(_RISKY_REGEX).search(text):
                raise Unreadable("a regular expression that engines may differ on")
        if word.text == "<<(":
            raise Unreadable("a triple term in a constraint")


def _second_argument(words: list[Token]) -> Token | None:
    """Return the first token of the second argument of a call, from its bracket on."""
    depth = 0
    for word, following in pairwise(words):
        depth += (word.text == "(") - (word.text == ")")
        if depth == 1 and word.text == ",":
            return following
    return None


class _Binding:
    """Writes a tree anew, with what binds its variables at the head of groups.

    An EXISTS knows what is bound around it, and the group around a nested SELECT binds nothing itself.
    """

    def __init__(self, binding: Callable[[set[str], bool], Iterable[tree.Element]]) -> None:
        self.binding = binding

    def select(self, select: tree.Select, top: bool = False) -> tree.Select:
        return select._replace(
            where=self.group(select.where, top),
            projection=tuple((name, e and self.expression(e)) for name, e in select.projection),
            having=tuple(map(self.expression, select.having)),
        )

    def group(self, group: tree.Group, top: bool = False, asked: bool = False) -> tree.Group:
        elements = tuple(map(self.element, group.elements))
        nested = any(isinstance(element, tree.SubSelect) for element in elements)
        if asked or (nested and not top):
            return tree.Group(elements)
        binding = self.binding(set(variables(printer.group(group))), top)
        return tree.Group((*binding, tree.Group(elements)) if nested else (*binding, *elements))

    def element(self, element: tree.Element) -> tree.Element:
        match element:
            case tree.Group():
                return self.group(element)
            case tree.Union():
                return element._replace(branches=tuple(map(self.group, element.branches)))
            case tree.Optional() | tree.Graph():
                return element._replace(group=self.group(element.group))
            case tree.Filter() | tree.Bind():
                return element._replace(expression=self.expression(element.expression))
            case tree.SubSelect():
                return element._replace(select=self.select(element.select))
            case _:
                return element

    def expression(self, expression: tree.Expression) -> tree.Expression:
        parts = (
            part._replace(group=self.group(part.group, asked=True)) if isinstance(part, tree.Exists) else part
            for part in expression.parts
        )
        return tree.Expression(tuple(parts))


# ---- running it ----


def run(
    query: Query,
    data: Data,
    bound: Iterable[Bound],
    shapes: ShapesGraph | None,
    always: str = "this",
    only: AbstractSet[int] | None = None,
) -> Iterator[Row]:
    """Yield each distinct solution of a query, without unbound variables.

    `always` is the pre-bound variable that is bound even where the query does not speak of it; `only`, if
    given, are the subjects that the query looks at. Raises `Unreadable` where the store would not answer as
    the reference does.
    """
    lines = [_lines(query, data, only)]
    if shapes is not None and "?shapesGraph" in query.spoken:
        bound = [*bound, ("shapesGraph", [(data.terms.intern(SHAPES),)])]
        lines.append(" ".join(map(shapes.key, triple)) + f" {SHAPES} ." for triple in shapes.triples())
    named = [(words.split(), rows) for words, rows in bound]
    lines += (_bound_lines(query, data, names, rows) for names, rows in named)

    def binding(spoken: set[str], top: bool) -> Iterator[tree.Graph]:
        for names, _ in named:
            if any(f"?{name}" in spoken for name in names) or (top and always in names):
                yield _binding(names)

    yield from _solutions(chain.from_iterable(lines), query.text(binding), data)


def _solutions(quads: Iterable[str], text: str, data: Data) -> Iterator[Row]:
    """Yield each distinct solution of a query in SPARQL on lines of N-Quads."""
    import pyoxigraph

    store = pyoxigraph.Store()
    quads = iter(quads)
    # Some at a time, so that the text of all of them is never in memory at once. Parsed and then added, not
    # loaded: loading gives blank nodes other labels.
    while lines := list(islice(quads, 50_000)):
        store.bulk_extend(pyoxigraph.parse("\n".join(lines), pyoxigraph.RdfFormat.N_QUADS, lenient=True))
    try:
        found = store.query(text)
    except (SyntaxError, ValueError, OSError) as error:
        raise Unreadable(f"a query that the store refuses: {error}") from error
    assert not isinstance(found, pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples)
    columns = [variable.value for variable in found.variables]
    for row in dict.fromkeys(tuple(_number(solution[name], data) for name in columns) for solution in found):
        yield {name: value for name, value in zip(columns, row, strict=True) if value is not None}


def _lines(query: Query, data: Data, only: AbstractSet[int] | None) -> Iterator[str]:
    """Yield the triples that the query can match, as N-Quads; of the subjects `only` if they are given."""
    keys = data.terms.keys
    for predicate in _asked(query, data, any((p.predicate or "")[:1] == "?" for p in query.patterns)):
        key = keys[predicate]
        passed_on = query.passes_on(key)
        for subject, value in data.column(predicate).pairs():
            if only is not None and subject not in only:
                continue
            text = keys[value]
            if text[0] == '"' and rewritten(text):
                if not passed_on:
                    raise Unreadable("a literal that the store would rewrite")
                text = f'"{value}"^^<{_OPAQUE}>'
            yield f"{keys[subject]} {key} {text} ."


def _bound_lines(
    query: Query, data: Data, variables: Sequence[str], rows: Iterable[tuple[int, ...]]
) -> Iterator[str]:
    """Yield what pre-bound variables are bound to, as N-Quads."""
    for count, row in enumerate(rows):
        subject = RUN if len(variables) == 1 else f"<urn:amcc:row:{count}>"
        for name, number in zip(variables, row, strict=True):
            key = data.terms.keys[number]
            if rewritten(key):
                raise Unreadable("a value that the store would rewrite")
            yield f"{subject} <urn:amcc:{name}> {key} {RUN} ."
            if query.zero:
                yield f"{RUN} {RUN} {key} ."


def _binding(variables: list[str]) -> tree.Graph:
    row = RUN if len(variables) == 1 else "?amccrow"
    patterns = [tree.TriplePattern(row, f"<urn:amcc:{name}>", f"?{name}") for name in variables]
    return tree.Graph(RUN, tree.Group((tree.Triples(tuple(patterns)),)))


def _number(term: object, data: Data) -> int | None:
    import pyoxigraph

    if term is None:
        return None
    if isinstance(term, pyoxigraph.Triple):
        raise Unreadable("a query that returns a triple")
    if isinstance(term, pyoxigraph.Literal) and term.datatype.value == _OPAQUE:
        return int(term.value)
    return data.terms.intern(term_keys.of_oxigraph(term))


# ---- where the store might not answer as the reference does ----


def rewritten(key: str) -> bool:
    """Tell whether the store may give back another literal than it was given."""
    if key[0] != '"' or key[-1] != ">":
        return False
    datatype = term_keys.datatype(key) or ""
    if not datatype.startswith(XSD) or datatype in _UNTOUCHED:
        return False
    pattern = _CANONICAL.get(datatype[len(XSD) :])
    return pattern is None or not literals.matches(pattern, term_keys.value(key))


def doubtful(query: Query, data: Data, foci: AbstractSet[int]) -> AbstractSet[int]:
    """Return the focus nodes for which the store is not to be asked."""
    compared, spelt, own = _compared(query), _spelt(query), query.local
    keys = data.terms.keys
    found = {focus for focus in foci if _odd_focus(keys[focus], compared, spelt)}
    if found and not own:
        return foci
    kinds: dict[int, set[str]] = {}
    for pattern in query.patterns:
        looked_at = not query.passes_on(pattern.predicate or "")
        kept = pattern.object in compared
        for subject, value in _values(query, pattern, data):
            if own and subject not in foci:
                continue
            key, about = keys[value], subject if own else -1
            if rewritten(key) if looked_at and key[0] == '"' else key[0] == "_" and pattern.object in spelt:
                found.add(about)
            if kept:
                kinds.setdefault(about, {"number"} if "1" in compared else set()).add(_kind(key))
    found.update(about for about, some in kinds.items() if len(some) > 1)
    return foci if -1 in found else found


def _values(query: Query, pattern: TriplePattern, data: Data) -> Iterator[tuple[int, int]]:
    """Yield subject and value of what a pattern can match."""
    named = pattern.predicate
    if named is not None and named[0] == "<":
        return data.named(named).pairs()
    columns = map(data.column, _asked(query, data, named is not None))
    return chain.from_iterable(column.pairs() for column in columns)


def _asked(query: Query, data: Data, anything: bool) -> list[int]:
    """Return the predicates that the query names, with `anything` or a path that names none every one."""
    if anything or query.everything:
        return list(data.predicates)
    return [number for key in query.predicates if (number := data.terms.ids.get(key)) is not None]


def _compared(query: Query) -> set[str]:
    """Return the variables that stand beside a sign of comparison, and "1" if a number does."""
    found: set[str] = set()
    for left, sign, right in zip(query.words, query.words[1:], query.words[2:], strict=False):
        if sign.kind == "other" and sign.text in _COMPARISONS:
            variables = {side.text for side in (left, right) if side.kind == "variable"}
            found |= variables
            if variables and "number" in (left.kind, right.kind):
                found.add("1")
    return found


def _spelt(query: Query) -> set[str]:
    """Return the variables that `STR` is asked of."""
    return {
        asked.text
        for word, asked in zip(query.words, query.words[2:], strict=False)
        if (word.kind, word.text.upper(), asked.kind) == ("word", "STR", "variable")
    }


def _odd_focus(key: str, compared: set[str], spelt: set[str]) -> bool:
    # A literal that Python takes for false counts as no focus node at all, to the reference.
    if key[0] == '"':
        return rewritten(key) or key in _FALSE or THIS in compared
    return key[0] == "_" and THIS in spelt


def _kind(key: str) -> str:
    """Return the kind of term that it compares with."""
    if key[0] != '"':
        return "node"
    known = literals.known(key)
    return known[0] if known is not None else key[key.rindex('"') :]
