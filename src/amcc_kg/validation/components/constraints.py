"""SHACL-SPARQL: `sh:sparql` (section 5) and components that a shapes graph defines (section 6), one query
for all focus nodes.

Many constrain properties: they ask of every triple of a focus node no more than what its predicate is
(`$this ?path ?value . FILTER (… ?path …)`). Such a query need not be run on the triples. It is run on the
predicates that occur, a handful, and each predicate found stands for all its triples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import NamedTuple

from amcc_kg.sparql import reader, tree
from amcc_kg.sparql.checks import NOT_SPARQL, syntax_error_of
from amcc_kg.sparql.tokens import tokens, variables
from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import OWL, RDF, RDFS, XSD
from amcc_kg.validation.components import sparql
from amcc_kg.validation.components.sparql import THIS, Bound, Query, Row, TriplePattern
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Component, FailureError, Fault, Shapes, View, shown
from amcc_kg.validation.engine.results import Result, messages_of, worded
from amcc_kg.validation.shapes import literals, property_paths
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import Flaw, IllFormed, ShapesGraph, Unreadable, closure
from amcc_kg.validation.shapes.vocabulary import sh

_RESERVED = {"this", "shapesGraph", "currentShape", "path", "PATH", "value"}


class _Queried(Component[Query]):
    """A constraint that a query decides; its results are worded by messages that are filled in."""

    def __init__(
        self, parameter: str, graph: ShapesGraph, query: Query, messages: tuple[str, ...], otherwise: str
    ) -> None:
        super().__init__(parameter, query)
        self._graph = graph
        self._messages = messages
        self._otherwise = otherwise

    def _faults(self, view: View) -> Iterator[Fault]:
        return ((result.focus, result.value) for result in self.results(view))

    def _filled(self, view: View, bound: Row, node: int | None = None) -> Result:
        """Return the result of a solution, by the rules of section 5.3.2; `node` is the constraint.

        Raises `FailureError` for a solution that says that it is one (5.3.1).
        """
        shape, keys = view.shape, view.keys
        focus, own, path = bound["this"], bound.get("message"), bound.get("path")
        if "failure" in bound and keys[bound["failure"]] in names.TRUE:
            raise FailureError(shape.number, node, f"for {shown(keys[focus])}, the query of a constraint")
        value = bound.get("value", focus if shape.path is None else None)
        messages = (keys[own],) if own is not None and keys[own][0] == '"' else self._messages
        message, messages = worded(messages, {**bound, "value": value}, keys, self._otherwise)
        return Result(
            focus,
            shape.path if path is None or not term_keys.is_iri(keys[path]) else keys[path],
            value,
            self.iri,
            shape.number,
            shape.severity,
            message,
            messages,
            node,
        )


class SPARQL(_Queried):
    """`sh:sparql` (5.1): the query has no solution for a focus node; each solution is a validation result."""

    def __init__(self, graph: ShapesGraph, shape: int, node: int, query: Query) -> None:
        messages = messages_of(graph, node, shape)
        super().__init__("SPARQL", graph, query, messages, "The query of the constraint has a solution.")
        self._node = node

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each solution."""
        query, data, shape = self.asked, view.evaluator.data, view.shape
        if (loose := _loose_pattern(query)) is not None:
            rows = _rows_of_predicates(query, loose, data, view.foci)
        else:
            current = [("currentShape", [(shape.number,)])] if "?currentShape" in query.spoken else []
            bound: list[Bound] = [("this", [(focus,) for focus in view.foci]), *current]
            only = view.foci if query.local else None
            rows = sparql.run(query, data, bound, self._graph, only=only)
        for row in rows:
            yield self._filled(view, row, self._node)


def _loose_pattern(query: Query) -> TriplePattern | None:
    """Return the pattern of a query on predicates that asks what they are, None if the query is another."""
    loose = [p for p in query.patterns if p.predicate is not None and p.predicate[0] == "?"]
    if len(loose) != 1 or query.everything or query.single or query.written.form != "SELECT":
        return None
    (pattern,) = loose
    alone = pattern.top and pattern.subject == THIS and pattern.object[0] == "?"
    once = query.inside.count(THIS) == 1 and query.inside.count(pattern.object) == 1
    # Where ?path is not returned, two predicates may give the same solution; that is left to the store.
    returned = set(query.projected) <= {THIS, pattern.predicate, pattern.object}
    return pattern if alone and once and returned and pattern.predicate in query.projected else None


def _rows_of_predicates(
    query: Query, pattern: TriplePattern, data: Data, foci: AbstractSet[int]
) -> Iterator[dict[str, int]]:
    assert pattern.predicate is not None
    path, value = pattern.predicate[1:], pattern.object[1:]
    for predicate in _predicates(query, pattern.predicate, data):
        column = data.column(predicate)
        for focus in [*(column.one.keys() & foci), *(column.more.keys() & foci)]:
            row = {"this": focus, path: predicate}
            if pattern.object in query.projected:
                yield from (row | {value: number} for number in column.of(focus))
            else:
                yield row


def _predicates(query: Query, variable: str, data: Data) -> set[int]:
    """Return the predicates for which a query on them has solutions; `variable` is what they are bound to."""
    elements: list[tree.Element] = []
    for element in query.written.select.where.elements:
        if isinstance(element, tree.Triples):
            element = tree.Triples(tuple(p for p in element.patterns if p.predicate != variable))
        if element != tree.Triples(()):
            elements.append(element)
    where = tree.Group(tuple(elements))
    select = query.written.select._replace(projection=((variable, None),), distinct="DISTINCT", where=where)
    smaller = sparql.Query(query.written._replace(select=select), {variable})
    name = variable[1:]
    occurring = (name, [(number,) for number in data.predicates])
    found = sparql.run(smaller, data, [occurring], None, always=name)
    return {row[name] for row in found if name in row}


def read(graph: ShapesGraph, shape: int, node: int, path: Path | None) -> SPARQL | None:
    """Return the constraint that a value of `sh:sparql` describes, None if it is deactivated."""
    switched_off = graph.value(node, sh("deactivated"))
    if switched_off is not None and term_keys.value(graph.key(switched_off)) in ("true", "1"):
        return None
    text = _select(graph, shape, node)
    query = query_of(graph, node, text, path, {THIS, "?shapesGraph", "?currentShape"})
    if query.written.form != "SELECT":
        raise IllFormed("a value of sh:select that is no SELECT query", node, sh("select"), text)
    if THIS not in query.projected:
        raise IllFormed("a query that does not return $this", node, sh("select"), text)
    return SPARQL(graph, shape, node, query)


def _select(graph: ShapesGraph, shape: int, node: int) -> int:
    """Return the text of a constraint's query; raises `IllFormed` unless there is exactly one."""
    if graph.key(node)[0] == '"':
        raise IllFormed("a value of sh:sparql that is a literal", shape, sh("sparql"), node)
    texts = graph.objects(node, sh("select"))
    if not texts:
        raise IllFormed("a SPARQL constraint without a sh:select", shape, sh("sparql"), node)
    if len(texts) > 1:
        raise IllFormed("several values of sh:select", node, sh("select"), texts[1])
    if not literals.plain(graph.key(texts[0])):
        raise IllFormed("a value of sh:select that is no xsd:string", node, sh("select"), texts[0])
    return texts[0]


def query_of(graph: ShapesGraph, node: int, text: int, path: Path | None, bound: set[str]) -> Query:
    """Return the query that stands in the shapes graph, its `$PATH` replaced (SHACL section 5.3.2)."""
    written = term_keys.value(graph.key(text))
    if "?PATH" in variables(written):
        if path is None:
            raise Unreadable("$PATH on a node shape")
        written = with_path(written, property_paths.text(path, brackets=True))
    try:
        return sparql.read(written, prefixes(graph, node), bound)
    except Unreadable as error:
        flaw = str(error) if isinstance(error, IllFormed) else _fault(graph, node, text)
        if not flaw or (isinstance(error, IllFormed) and error.subject is not None):
            raise
        kind = next(name for name in ("select", "ask") if text in graph.objects(node, sh(name)))
        raise IllFormed(flaw, node, sh(kind), text) from error


def with_path(text: str, path: str) -> str:
    """Return a query with a path in the place of `$PATH` (SHACL section 5.3.2)."""
    pieces, end = [], 0
    for token in tokens(text):
        if token.kind == "variable" and token.text[1:] == "PATH":
            pieces += [text[end : token.start], path]
            end = token.end
    return "".join([*pieces, text[end:]])


def prefixes(graph: ShapesGraph, node: int) -> dict[str, str]:
    """Return the prefixes of a query (SHACL section 5.2.1), with those that everybody knows."""
    declared: dict[str, str] = {}
    named = closure(graph.objects(node, sh("prefixes")), lambda o: graph.objects(o, f"<{OWL}imports>"))
    reached = [declaration for o in named for declaration in graph.objects(o, sh("declare"))]
    # A query whose prefixes lead nowhere cannot mean any but those that are declared somewhere.
    for declaration in reached or [value for _, value in graph.pairs(sh("declare"))]:
        prefix, namespace = (graph.value(declaration, sh(name)) for name in ("prefix", "namespace"))
        if prefix is None or namespace is None:
            raise IllFormed("a sh:declare without prefix or namespace", declaration)
        name, iri = (term_keys.value(graph.key(number)) for number in (prefix, namespace))
        if declared.setdefault(name, iri) != iri and reached:
            raise IllFormed(f"two namespaces of the prefix {name!r}", declaration)
    return {"rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD} | declared


# ---- components that a shapes graph defines (section 6) ----


class Validated(_Queried):
    """A constraint of a component that the shapes graph defines for itself (6), on one shape."""

    def __init__(
        self, graph: ShapesGraph, query: Query, messages: tuple[str, ...], iri: str, given: dict[str, int]
    ) -> None:
        super().__init__("", graph, query, messages, f"The value violates {iri}.")
        self.iri = iri
        self._parameters = given

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each solution, its message filled in from the parameters, too."""
        if self.asked.written.form == "ASK":
            rows: Iterable[Row] = self._refused(view)
        else:
            rows = self._bound("this", [(focus,) for focus in view.foci], view)
        for row in rows:
            yield self._filled(view, {**self._parameters, **row})

    def _refused(self, view: View) -> Iterator[Row]:
        """Yield a solution for each focus node and value of which a `sh:validator` (6.3) says no."""
        pairs = [(focus, value) for focus in view.foci for value in view.values.of(focus)]
        if THIS in self.asked.projected:
            good = {(row["this"], row["value"]) for row in self._bound("this value", [*pairs], view)}
        else:
            distinct = [(value,) for value in view.values.distinct()]
            values = {row["value"] for row in self._bound("value", [*distinct], view)}
            good = {pair for pair in pairs if pair[1] in values}
        return ({"this": focus, "value": value} for focus, value in pairs if (focus, value) not in good)

    def _bound(self, names: str, rows: list[tuple[int, ...]], view: View) -> Iterator[Row]:
        """Yield the solutions, with the parameters and these variables bound."""
        parameters = [(name, [(number,)]) for name, number in self._parameters.items()]
        return sparql.run(self.asked, view.evaluator.data, [(names, rows), *parameters], self._graph)


class Custom(NamedTuple):
    """A component that the shapes graph defines: its parameters by name, and which of them must be there."""

    node: int
    mandatory: dict[str, str]
    optional: dict[str, str]

    def constraints_for(self, graph: ShapesGraph, shape: int, path: Path | None) -> list[Component[Query]]:
        """Return the constraint of this component on a shape, none if a mandatory parameter is missing."""
        sets: list[dict[str, int]] = [{}]
        for name, predicate in (declared := {**self.mandatory, **self.optional}).items():
            # Each value is a constraint of its own if there is no other parameter (2.4, 6.2.1).
            only = graph.value(shape, predicate) if len(declared) > 1 else None
            values = graph.objects(shape, predicate) if only is None else [only]
            if values:
                sets = [{**given, name: value} for given in sets for value in values]
            elif name in self.mandatory:
                return []
        special = graph.objects(self.node, sh("nodeValidator" if path is None else "propertyValidator"))
        validators = sorted(special or graph.objects(self.node, sh("validator")), key=graph.key)
        if not validators:  # then the constraint is ignored (6.2.3); `notices` tells of it
            return []
        kind = "select" if special else "ask"
        text = graph.value(validators[0], sh(kind))
        if text is None:
            raise IllFormed(f"a validator without sh:{kind}", validators[0])
        bound = {THIS, "?value", *(f"?{name}" for name in (*self.mandatory, *self.optional))}
        if special:
            bound.discard("?value")
        query = query_of(graph, validators[0], text, path, bound)
        if special:
            if THIS not in query.projected or query.written.form != "SELECT":
                raise IllFormed("a validator that does not return $this", validators[0], sh(kind), text)
        else:
            query = _as_select(query)
        messages = messages_of(graph, validators[0], self.node, shape)
        iri = graph.key(self.node)
        return [Validated(graph, query, messages, iri, given) for given in sets]


def _as_select(query: Query) -> Query:
    """Turn `ASK { … }` into a query for what it would say yes to."""
    spoken = query.spoken
    if query.written.form != "ASK" or "?value" not in spoken:
        raise Unreadable("an ASK that does not speak of $value")
    columns = tuple((name, None) for name in (THIS, "?value") if name in spoken)
    select = query.written.select._replace(projection=columns, distinct="DISTINCT")
    query.written = query.written._replace(select=select)
    return query


def components(graph: ShapesGraph) -> tuple[list[Custom], str | None]:
    """Return the components that a shapes graph defines, and what is wrong with one, if anything is."""
    kinds = [graph.number(sh("ConstraintComponent"))]
    kinds += graph.subjects(names.SUBCLASS, kinds[0])
    nodes = {node for kind in kinds for node in graph.subjects(names.TYPE, kind)}
    own = [node for node in nodes if not graph.key(node).startswith(names.SHACL, 1)]
    try:
        return [parameters(graph, node) for node in own], None
    except Unreadable as reason:
        return [], str(reason)


def parameters(graph: ShapesGraph, node: int) -> Custom:
    """Return a component or target type by the parameters that it declares (6.2.1)."""
    mandatory, optional = dict[str, str](), dict[str, str]()
    for parameter in graph.objects(node, sh("parameter")):
        path = graph.value(parameter, sh("path"))
        if path is None or not term_keys.is_iri(graph.key(path)):
            raise IllFormed("a parameter without a path")
        key = graph.key(path)
        name = key[1:-1].rsplit("#" if "#" in key else "/", 1)[-1]
        if name in _RESERVED:
            raise IllFormed(f"a parameter named {name}")
        flag = graph.value(parameter, sh("optional"))
        left_out = flag is not None and term_keys.value(graph.key(flag)) in ("true", "1")
        (optional if left_out else mandatory)[name] = key
    if not mandatory:
        raise IllFormed("a component without a mandatory parameter")
    return Custom(node, mandatory, optional)


# ---- whether the queries are SPARQL ----


def query_flaws(shapes: Shapes, everything: bool = False) -> Iterator[Flaw]:
    """Yield the queries of `sh:sparql` that are not SPARQL (SHACL sections 5.2 and 5.3).

    Of the shapes that the default engine does not read, which is what a query that is none leads to; with
    `everything`, of all of them. The engine's complaint is told, because it has the place; the grammar
    decides whether there is one.
    """
    graph = shapes.graph
    for shape in shapes:
        if shape.deactivated or not (everything or shape.unread):
            continue
        for node in graph.objects(shape.number, sh("sparql")):
            for text in graph.objects(node, sh("select")):
                if reason := _fault(graph, node, text):
                    yield Flaw(shape.number, node, sh("select"), text, reason)


def _fault(graph: ShapesGraph, node: int, text: int) -> str:
    """Return what is wrong with a query, the empty string if nothing is."""
    query = term_keys.value(graph.key(text))
    try:
        declared = prefixes(graph, node)
    except Unreadable as unreadable:
        return str(unreadable)
    head = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in declared.items())
    # $PATH stands for a path of the shape (section 5.3.2); any path of the same width will do.
    whole = head + with_path(query, "<p:p>")
    # A query is not evaluated here, and one that calls another service would be.
    error = None if "service" in query.lower() else syntax_error_of(whole, "")
    if error is None:
        return ""
    with suppress(reader.UnreadableError):
        reader.read(whole)
        return ""
    line = error.line - len(declared)
    reason = error.reason.partition("; the line is: ")[0]
    place = f"line {line}" if error.column is None else f"line {line}, column {error.column}"
    if reason == NOT_SPARQL:
        return f"a value of sh:select that is no SPARQL query from its {place} on"
    return f"a value of sh:select that is no SPARQL query: {reason}, in its {place}"
