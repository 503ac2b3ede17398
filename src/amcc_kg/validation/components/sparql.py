"""A constraint's query: its tree, what it asks of the data, and how it is run for all focus nodes at once.

A constraint's query is written for one focus node, which stands for `$this` everywhere in it (SHACL appendix
"Pre-binding"). It means the same for all of them at once if every group that speaks of a pre-bound variable
binds it first; a query with a LIMIT, or an aggregate that is not grouped by `$this`, does not, and is run for
each in turn. What a query must not hold there (MINUS, VALUES, SERVICE, `AS` a pre-bound variable, a subquery
that does not return them) raises `IllFormed`; the little that cannot be asked of the store, `Unreadable`.

It is run on a store whose default graph has the triples of the predicates in the query; a graph of its own
says which nodes are the focus nodes. The store rewrites some literals (`"01"` becomes `"1"`), so those go in
as literals of datatypes that it does not know, and the query is told to take their values wherever it
computes with them: so terms are compared as terms, and values as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice, pairwise
from typing import Any, NamedTuple

from amcc_kg.sparql import printer, reader, tree
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.prologue import head
from amcc_kg.sparql.tokens import Token, tokens, variables
from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.shapes import literals, patterns
from amcc_kg.validation.shapes.shapes_graph import IllFormed, ShapesGraph, Unreadable

THIS = "?this"
# What Python's and Rust's regular expressions read differently, or one of them not at all.
_RISKY_REGEX = r"\(\?|\\[1-9AZzGQEpPXRKhHvVNuUxbBic]|[*+?}][+]|&&|--|~~|-\[|\[\[|\[:"
RUN = "<urn:amcc:run>"
SHAPES = "<urn:amcc:shapes>"
_AS_WRITTEN = "urn:amcc:as-written:"
_VALUE, _DATATYPE, _REGEX = "urn:amcc:value", "urn:amcc:datatype", "urn:amcc:regex"
# Functions that look at a term, not at its value, if a variable is all that they are given.
_OF_TERMS = {"STR", "DATATYPE", "BOUND", "SAMETERM", "COUNT", "SAMPLE", "GROUP_CONCAT"}
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
    """A constraint's query, and what it asks; making one raises `IllFormed` or `Unreadable`.

    `bound` are its pre-bound variables, as `?name`; without any, it may be any query. `patterns` are the
    triple patterns that are not asked of the shapes graph, and `predicates` the keys of what they name.
    """

    def __init__(self, written: tree.Query, bound: set[str]) -> None:
        self.written = written
        self.bound = bound
        self.patterns: list[TriplePattern] = []
        self.predicates: set[str] = set()
        self.everything = False  # whether a path matches predicates that are not named, such as `!ex:p`
        self.zero = False  # whether a path may have no steps, and so matches every node with itself
        self.asks_shapes = False
        self.own_regex = False  # whether the store's regular expressions may not be XPath's
        self.single = False  # whether it has to be run for one focus node at a time
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

    def text(self, binding: Callable[[set[str], bool], Iterable[tree.Element]], valued: bool) -> str:
        """Return its text, with what binds the variables that a group speaks of at the head of each group.

        `binding` is told these variables, and whether the group is the outermost one; with `valued`, the
        store holds literals that it does not know, whose values have to be taken.
        """
        select = _Binding(binding, self, valued).select(self.written.select, top=True)
        return self.written.prologue + printer.select(select)

    def literal(self, written: str) -> str:
        """Return the key of a literal that a pattern of it holds."""
        from amcc_kg.syntax.reading import parse  # Turtle writes literals as SPARQL does

        source = parse(f"{self.written.prologue}<p:s> <p:p> {written} .")
        return source.terms.keys[source.o[0]]

    def _select(self, select: tree.Select, top: bool = False) -> None:
        if select.values and self.bound:
            raise IllFormed("a query with VALUES, which a constraint must not have")
        self.single |= bool(select.slice)
        for name, expression in select.projection:
            if expression is not None:
                self._rebinding(name)
                self._expression(expression)
        self._element(select.where, top)
        for key in select.keys:
            if key.expression:
                self._rebinding(key.variable)
                self._expression(key.expression)
        for expression in (*select.having, *(condition.expression for condition in select.order)):
            self._expression(expression)
        self.single |= select.is_grouped and THIS not in (key.variable for key in select.keys)
        wanted = self.bound - {"?shapesGraph", "?currentShape"}
        if self.bound and not top and (missing := wanted.difference(select.columns)):
            raise IllFormed(f"a subquery that does not return ${min(missing)[1:]}")

    def _rebinding(self, variable: str) -> None:
        if variable in self.bound:
            raise IllFormed(f"a query that binds ${variable[1:]} anew, which is bound before")

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
            case tree.Values() if not self.bound:
                pass
            case tree.Minus() if not self.bound:
                self._element(element.group)
            case _:
                word = type(element).__name__.upper()
                raise IllFormed(f"a query with {word}, which a constraint must not have")

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
            # Of literals in it, which the store may rewrite, nobody looks after.
            if any(word.kind in ("string", "number") for word in tokens(term)):
                raise Unreadable("a triple term with a literal in a constraint")
            return term
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
                self._check_functions(list(tokens(part)))
            elif part.argument:
                self._expression(part.argument)

    def _check_functions(self, words: list[Token]) -> None:
        """Hold a piece of an expression to the functions that SPARQL has, and read alike by all."""
        for word, following in zip(words, [*words[1:], None], strict=True):
            if following is not None and following.text == "(":
                name = self._key(word.text) if word.kind in ("iri", "name") else ""
                if name and not name.startswith(f"<{XSD}"):
                    raise IllFormed(f"a query that calls {name}, which is no function of SPARQL")
                name = word.text.upper() if word.kind == "word" else ""
                if name in ("REGEX", "REPLACE"):
                    pattern = _second_argument(words[words.index(word) + 1 :])
                    text = pattern.text if pattern is not None and pattern.kind == "string" else ""
                    if not text or literals.compiled(_RISKY_REGEX).search(text):
                        if name == "REPLACE":
                            raise Unreadable("a query with a REPLACE that engines may differ on")
                        self.own_regex = True
            if word.text == "<<(":
                raise Unreadable("a query with a triple term")

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
    return Query(found, bound)


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

    def __init__(
        self, binding: Callable[[set[str], bool], Iterable[tree.Element]], query: Query, valued: bool
    ) -> None:
        self.binding = binding
        self.query = query
        self.valued = valued

    def select(self, select: tree.Select, top: bool = False) -> tree.Select:
        return select._replace(
            where=self.group(select.where, top),
            projection=tuple((name, e and self.assigned(e)) for name, e in select.projection),
            keys=tuple(map(self.key, select.keys)),
            having=tuple(map(self.expression, select.having)),
            order=tuple(c._replace(expression=self.expression(c.expression)) for c in select.order),
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
            case tree.Triples():
                return tree.Triples(tuple(map(self.pattern, element.patterns)))
            case tree.Group():
                return self.group(element)
            case tree.Union():
                return element._replace(branches=tuple(map(self.group, element.branches)))
            case tree.Optional() | tree.Minus():
                return element._replace(group=self.group(element.group))
            case tree.Graph():
                asked = element._replace(group=self.group(element.group))
                if element.name[0] != "?":
                    return asked
                # No graph that this program keeps beside the data is one of those that a query may find.
                only = tree.Filter(tree.Expression((f"{element.name} = {SHAPES}",)))
                return tree.Group((asked, only))
            case tree.Filter():
                return element._replace(expression=self.expression(element.expression))
            case tree.Bind():
                return element._replace(expression=self.assigned(element.expression))
            case tree.SubSelect():
                return element._replace(select=self.select(element.select))
            case _:
                return element

    def pattern(self, pattern: tree.TriplePattern) -> tree.TriplePattern:
        written = pattern.object
        if written[0] in "+-.0123456789" or "^^" in written or written in ("true", "false"):
            key = self.query.literal(written)
            return pattern._replace(object=_kept(key)) if rewritten(key) else pattern
        return pattern

    def key(self, key: tree.Key) -> tree.Key:
        return key._replace(expression=key.expression and self.assigned(key.expression))

    def assigned(self, expression: tree.Expression) -> tree.Expression:
        """Write what a variable is bound to: a term as it is, if that is what another variable stands for."""
        words = [word for part in expression.parts for word in tokens(str(part))]
        is_term = len(words) == 1 and words[0].kind == "variable"
        return expression if is_term else self.expression(expression)

    def expression(self, expression: tree.Expression) -> tree.Expression:
        return tree.Expression(tuple(map(self.part, expression.parts)))

    def part(self, part: str | tree.Exists | tree.Aggregate) -> str | tree.Exists | tree.Aggregate:
        if isinstance(part, tree.Exists):
            return part._replace(group=self.group(part.group, asked=True))
        text = part if isinstance(part, str) else part.text
        text = _valued(text) if self.valued else text
        if self.query.own_regex:
            words = [word for word in tokens(text) if word.text.upper() == "REGEX" and word.kind == "word"]
            for word in reversed(words):
                text = f"{text[: word.start]}<{_REGEX}>{text[word.end :]}"
        return text if isinstance(part, str) else part._replace(text=text)


def _valued(text: str) -> str:
    """Return a piece of an expression that computes with the values that its variables stand for."""
    pieces, end, calls = list[str](), 0, [""]
    words = list(tokens(text))
    for at, word in enumerate(words):
        before, behind = (words[n].text.upper() if 0 <= n < len(words) else "" for n in (at - 1, at + 1))
        if word.text == "(":
            calls.append(before)
        elif word.text == ")" and len(calls) > 1:
            calls.pop()
        elif word.kind == "variable":
            whole = before in ("(", ",", "DISTINCT") and behind in (")", ",", ";")
            if not (whole and calls[-1] in _OF_TERMS):
                pieces += [text[end : word.start], f"<{_VALUE}>({word.text})"]
                end = word.end
        elif word.text.upper() == "DATATYPE" and behind == "(":
            pieces += [text[end : word.start], f"<{_DATATYPE}>"]
            end = word.end
    return "".join([*pieces, text[end:]])


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

    `always` is the pre-bound variable that is bound even where the query does not speak of it; it is the
    first of those `bound`, or among them. `only`, if given, are the subjects that the query looks at. Raises
    `Unreadable` where the store refuses the query.
    """
    store = _Store(data)
    store.add(_lines(query, data, only, store))
    first, *others = ((words.split(), rows) for words, rows in [*bound] or [("", [()])])
    if shapes is not None and query.asks_shapes:
        others.append((["shapesGraph"], [(data.terms.intern(SHAPES),)]))
        store.add(
            f"{' '.join(store.spelt(shapes.key(number)) for number in triple)} {SHAPES} ."
            for triple in shapes.triples()
        )
    for names, rows in others:
        store.add(_bound_lines(query, store, names, rows))

    def binding(spoken: set[str], top: bool) -> Iterator[tree.Graph]:
        for names, _ in (first, *others):
            if any(f"?{name}" in spoken for name in names) or (top and always in names):
                yield _binding(names)

    names, rows = first
    for some in ([row] for row in rows) if query.single else [rows]:
        lines = list(_bound_lines(query, store, names, some))
        store.add(lines)
        yield from store.solutions(query.text(binding, store.keeps))
        if query.single:
            store.remove(lines)


class _Store:
    """The engine's store, where literals stay what they are; `keeps` tells whether one had to be wrapped."""

    def __init__(self, data: Data) -> None:
        import pyoxigraph  # most shapes have no query

        self._engine = pyoxigraph
        self._store = pyoxigraph.Store()
        self.terms = data.terms
        self.keeps = False

    def spelt(self, key: str) -> str:
        """Return a term as the store takes it."""
        if term_keys.is_triple_term(key):
            return term_keys.triple_term(*map(self.spelt, term_keys.parts(key)))
        if key[0] == '"' and rewritten(key):
            self.keeps = True
            return _kept(key)
        return key

    def add(self, lines: Iterable[str]) -> None:
        """Add lines of N-Quads."""
        lines = iter(lines)
        # Some at a time, so that the text of all of them is never in memory at once. Parsed and then added,
        # not loaded: loading gives blank nodes other labels.
        while some := list(islice(lines, 50_000)):
            self._store.bulk_extend(self._parsed(some))

    def remove(self, lines: list[str]) -> None:
        """Remove lines of N-Quads."""
        for quad in self._parsed(lines):
            self._store.remove(quad)

    def _parsed(self, lines: list[str]) -> Any:
        quads = self._engine.RdfFormat.N_QUADS
        return self._engine.parse("\n".join(lines), quads, lenient=True)

    def solutions(self, text: str) -> Iterator[Row]:
        """Yield each distinct solution of a query."""
        engine: Any = self._engine
        functions = {_VALUE: self._value, _DATATYPE: self._datatype, _REGEX: self._regex}
        own: Any = {engine.NamedNode(name): function for name, function in functions.items()}
        try:
            found: Any = self._store.query(mended(text), custom_functions=own)
        except (SyntaxError, ValueError, OSError) as error:
            raise Unreadable(f"a query that the store refuses: {error}") from error
        assert not isinstance(found, engine.QueryBoolean | engine.QueryTriples)
        columns = [variable.value for variable in found.variables]
        rows = (tuple(self._number(solution[name]) for name in columns) for solution in found)
        for row in dict.fromkeys(rows):
            yield {name: value for name, value in zip(columns, row, strict=True) if value is not None}

    def _value(self, term: Any) -> Any:
        """Return what a term stands for: of a literal that the store does not know, the one that it is."""
        if isinstance(term, self._engine.Literal) and term.datatype.value.startswith(_AS_WRITTEN):
            return self._engine.Literal(term.value, datatype=self._datatype(term))
        return term

    def _regex(self, text: Any, pattern: Any, flags: Any = None) -> Any:
        """Return whether a text matches as XPath's fn:matches has it (SPARQL 17.4.3.14), or None."""
        string = f"{XSD}string"
        texts = [self._engine.Literal("") if term is None else term for term in (pattern, flags)]
        if any(getattr(t, "datatype", None) != self._engine.NamedNode(string) for t in texts):
            return None
        if not isinstance(text, self._engine.Literal):
            return None
        if not text.language and text.datatype.value != string:
            return None
        try:
            found = patterns.compiled(texts[0].value, texts[1].value).search(text.value)
        except patterns.PatternError:
            return None
        return self._engine.Literal(found is not None)

    def _datatype(self, term: Any) -> Any:
        if not isinstance(term, self._engine.Literal):
            return None  # an error
        return self._engine.NamedNode(term.datatype.value.removeprefix(_AS_WRITTEN))

    def _number(self, term: Any) -> int | None:
        return None if term is None else self.terms.intern(self._key(term))

    def _key(self, term: Any) -> str:
        if isinstance(term, self._engine.Triple):
            return term_keys.triple_term(*map(self._key, term))
        key = term_keys.of_oxigraph(term)
        if key[-1] == ">" and f'"^^<{_AS_WRITTEN}' in key:
            form, _, datatype = key.rpartition(f'"^^<{_AS_WRITTEN}')
            key = f'{form}"^^<{datatype}'
        return key


def _kept(key: str) -> str:
    """Return a literal of a datatype that the store does not know, so that it leaves it as it is."""
    form, _, datatype = key.rpartition('"^^<')
    return f'{form}"^^<{_AS_WRITTEN}{datatype}'


def _lines(query: Query, data: Data, only: AbstractSet[int] | None, store: _Store) -> Iterator[str]:
    """Yield the triples that the query can match, as N-Quads; of the subjects `only` if they are given."""
    keys, spelt = data.terms.keys, store.spelt
    for predicate in _asked(query, data):
        key = keys[predicate]
        for subject, value in data.column(predicate).pairs():
            if only is None or subject in only:
                yield f"{keys[subject]} {key} {spelt(keys[value])} ."


def _bound_lines(
    query: Query, store: _Store, variables: Sequence[str], rows: Iterable[tuple[int, ...]]
) -> Iterator[str]:
    """Yield what pre-bound variables are bound to, as N-Quads."""
    for count, row in enumerate(rows):
        subject = RUN if len(variables) == 1 else f"<urn:amcc:row:{count}>"
        for name, number in zip(variables, row, strict=True):
            key = store.spelt(store.terms.keys[number])
            yield f"{subject} <urn:amcc:{name}> {key} {RUN} ."
            if query.zero:
                yield f"{RUN} {RUN} {key} ."


def _binding(variables: list[str]) -> tree.Graph:
    row = RUN if len(variables) == 1 else "?amccrow"
    patterns = [tree.TriplePattern(row, f"<urn:amcc:{name}>", f"?{name}") for name in variables]
    return tree.Graph(RUN, tree.Group((tree.Triples(tuple(patterns)),)))


def rewritten(key: str) -> bool:
    """Tell whether the store may give back another literal than it was given."""
    if key[0] != '"' or key[-1] != ">":
        return False
    datatype = term_keys.datatype(key) or ""
    if not datatype.startswith(XSD) or datatype in _UNTOUCHED:
        return False
    pattern = _CANONICAL.get(datatype[len(XSD) :])
    return pattern is None or not literals.matches(pattern, term_keys.value(key))


def _asked(query: Query, data: Data) -> list[int]:
    """Return the predicates that the query names; with one that names none, such as a variable, every one."""
    if query.everything or any((p.predicate or "")[:1] == "?" for p in query.patterns):
        return list(data.predicates)
    return [number for key in query.predicates if (number := data.terms.ids.get(key)) is not None]
