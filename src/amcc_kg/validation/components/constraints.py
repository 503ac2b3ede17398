"""SPARQL-based constraints (SHACL section 5): `sh:sparql`, one query for all focus nodes.

Many constrain properties: they ask of every triple of a focus node no more than what its predicate is
(`$this ?path ?value . FILTER (… ?path …)`). Such a query need not be run on the triples. It is run on the
predicates that occur, a handful, and each predicate found stands for all its triples.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from amcc_kg.sparql import reader, tree
from amcc_kg.sparql.checks import NOT_SPARQL, syntax_error_of
from amcc_kg.sparql.tokens import tokens, variables
from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import OWL, RDF, RDFS, XSD
from amcc_kg.validation.components import sparql, store
from amcc_kg.validation.components.sparql import THIS, Query, TriplePattern
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Component, Shapes, View
from amcc_kg.validation.engine.results import Result, messages_of, worded
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import Flaw, IllFormed, ShapesGraph, Unreadable, closure
from amcc_kg.validation.shapes.vocabulary import sh

_PREFIXES = {"rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD}


@dataclass(eq=False, repr=False)
class SPARQL(Component):
    """`sh:sparql` (5.1): the query has no solution for a focus node; each solution is a validation result."""

    iri = sh("SPARQLConstraintComponent")
    query: Query
    node: int
    current: int
    messages: tuple[str, ...]
    graph: ShapesGraph

    def rows(self, view: View, foci: AbstractSet[int]) -> Iterator[dict[str, int]]:
        """Yield each solution, the focus node as `this`; raises `Unreadable` if the store is not asked."""
        data = view.evaluator.data
        loose = _loose_pattern(self.query)
        if loose is not None:
            yield from _rows_of_predicates(self.query, loose, data, foci)
            return
        bound = [("this", [(focus,) for focus in foci])]
        if "?currentShape" in self.query.spoken:
            bound.append(("currentShape", [(self.current,)]))
        only = foci if store.local(self.query) else None
        yield from store.run(self.query, data, bound, self.graph, only=only)

    def faults(self, view: View) -> Iterator[tuple[int, int | None]]:
        """Yield focus node and value of each solution."""
        for result in self.results(view):
            yield result.focus, result.value

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each solution; of the focus nodes that the store is not asked about, the
        reference's.
        """
        doubtful: AbstractSet[int] = set()
        if _loose_pattern(self.query) is None:
            doubtful = store.doubtful(self.query, view.evaluator.data, view.foci)
        clear = view.foci - doubtful if doubtful else view.foci
        try:
            solutions = list(self.rows(view, clear)) if clear else []
        except Unreadable:
            solutions, doubtful = [], view.foci
        for row in solutions:
            yield self._result(view, row)
        if doubtful:
            yield from view.evaluator.refer(view.shape, self.node, doubtful, store.local(self.query))

    def _result(self, view: View, row: dict[str, int]) -> Result:
        shape, keys = view.shape, view.keys
        path = keys[row["path"]] if "path" in row else shape.path
        focus, value = row["this"], row.get("value", row["this"] if shape.path is None else None)
        otherwise = "The query of the constraint has a solution."
        message, messages = worded(self.messages, {**row, "value": value}, keys, otherwise)
        return Result(
            focus, path, value, self.iri, shape.number, shape.severity, message, messages, self.node
        )


def _loose_pattern(query: Query) -> TriplePattern | None:
    """Return the pattern of a query on predicates that asks what they are, None if the query is another."""
    loose = [p for p in query.patterns if p.predicate is not None and p.predicate[0] == "?"]
    if len(loose) != 1 or query.everything or query.written.form != "SELECT":
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
    """Yield the solutions of a query on predicates."""
    assert pattern.predicate is not None
    path, value = pattern.predicate[1:], pattern.object[1:]
    for predicate in _predicates(query, pattern.predicate, data):
        column = data.column(predicate)
        for focus in [*(column.one.keys() & foci), *(column.more.keys() & foci)]:
            row = {"this": focus, path: predicate}
            if pattern.object not in query.projected:
                yield row
                continue
            for number in column.of(focus):
                yield row | {value: number}


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
    smaller = sparql.of(query.written._replace(select=select), {variable})
    name = variable[1:]
    occurring = [(number,) for number in data.predicates]
    found = store.run(smaller, data, [(name, occurring)], None, always=name)
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
    if "?failure" in query.projected:
        raise Unreadable("a query of an unusual form")
    if THIS not in query.projected:
        raise IllFormed("a query that does not return $this", node, sh("select"), text)
    return SPARQL(query, node, shape, messages_of(graph, node, shape), graph)


def _select(graph: ShapesGraph, shape: int, node: int) -> int:
    """Return the text of a constraint's query; raises `IllFormed` unless there is exactly one."""
    if graph.key(node)[0] == '"':
        raise IllFormed("a value of sh:sparql that is a literal", shape, sh("sparql"), node)
    texts = graph.objects(node, sh("select"))
    if not texts:
        raise IllFormed("a SPARQL constraint without a sh:select", shape, sh("sparql"), node)
    if len(texts) > 1:
        raise IllFormed("several values of sh:select", node, sh("select"), texts[1])
    key = graph.key(texts[0])
    if key[0] != '"' or not (term_keys.datatype(key) in (None, names.STRING) and not term_keys.language(key)):
        raise IllFormed("a value of sh:select that is no xsd:string", node, sh("select"), texts[0])
    return texts[0]


def query_of(graph: ShapesGraph, node: int, text: int, path: Path | None, bound: set[str]) -> Query:
    """Return the query that stands in the shapes graph, its `$PATH` replaced (SHACL section 5.3.2)."""
    written = term_keys.value(graph.key(text))
    if "?PATH" in variables(written):
        if path is None:
            raise Unreadable("$PATH on a node shape")
        written = with_path(written, property_paths.sparql(path))
    return sparql.read(written, prefixes(graph, node), bound)


def with_path(text: str, path: str) -> str:
    """Return a query with a path in the place of `$PATH` (SHACL section 5.3.2)."""
    pieces, end = [], 0
    for token in tokens(text):
        if token.kind == "variable" and token.text[1:] == "PATH":
            pieces += [text[end : token.start], path]
            end = token.end
    return "".join([*pieces, text[end:]])


def prefixes(graph: ShapesGraph, node: int) -> dict[str, str]:
    """Return the prefixes of a query (SHACL section 5.2.1), with those that the reference adds."""
    found: dict[str, str] = dict(_PREFIXES)
    declared: dict[str, str] = {}
    ontologies = graph.subjects(names.TYPE, graph.number(names.ONTOLOGY))
    everywhere = [d for ontology in ontologies for d in graph.objects(ontology, sh("declare"))]
    for value in graph.objects(node, sh("prefixes")):
        imported = closure([value], lambda ontology: graph.objects(ontology, f"<{OWL}imports>"))
        own = [d for ontology in imported for d in graph.objects(ontology, sh("declare"))]
        for declaration in own if own and value in ontologies else [*everywhere, *own]:
            prefix = graph.value(declaration, sh("prefix"))
            namespace = graph.value(declaration, sh("namespace"))
            if prefix is None or namespace is None:
                raise Unreadable("a sh:declare without prefix or namespace")
            name, iri = (term_keys.value(graph.key(number)) for number in (prefix, namespace))
            if declared.setdefault(name, iri) != iri:
                raise Unreadable(f"a prefix declared twice: {name}")
    return found | declared


# ---- whether its queries are SPARQL ----


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
                reason = _fault(graph, node, text)
                if reason:
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
    if error is None or _is_query(whole):
        return ""
    line = error.line - len(declared)
    reason = error.reason.partition("; the line is: ")[0]
    place = f"line {line}" if error.column is None else f"line {line}, column {error.column}"
    if reason == NOT_SPARQL:
        return f"a value of sh:select that is no SPARQL query from its {place} on"
    return f"a value of sh:select that is no SPARQL query: {reason}, in its {place}"


def _is_query(text: str) -> bool:
    try:
        reader.read(text)
    except reader.UnreadableError:
        return False
    return True
