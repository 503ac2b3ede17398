"""SPARQL-based constraint components (SHACL section 6): components that a shapes graph defines for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amcc_kg.terms import keys as term_keys
from amcc_kg.validation.components import store
from amcc_kg.validation.components.constraints import query_of
from amcc_kg.validation.components.sparql import THIS, Query
from amcc_kg.validation.engine.evaluation import Component, Fault, View
from amcc_kg.validation.engine.results import Result, messages_of, worded
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import IllFormed, ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

_RESERVED = {"this", "shapesGraph", "currentShape", "path", "PATH", "value"}


@dataclass(eq=False, repr=False)
class Validated(Component):
    """A constraint of such a component, on one shape."""

    iri: ClassVar[str] = ""
    component: str
    query: Query
    parameters: tuple[tuple[str, int], ...]
    messages: tuple[str, ...]
    graph: ShapesGraph

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each fault, its message filled in from the parameters."""
        shape, otherwise = view.shape, f"The value violates {self.component}."
        for focus, value, path in self._found(view):
            bound = {**dict(self.parameters), "this": focus, "value": value}
            message, messages = worded(self.messages, bound, view.keys, otherwise)
            yield Result(focus, path, value, self.component, shape.number, shape.severity, message, messages)

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield focus node and value of each fault."""
        for focus, value, _ in self._found(view):
            yield focus, value

    def _found(self, view: View) -> Iterator[tuple[int, int | None, Path | None]]:
        """Yield focus node, value and path of each fault."""
        return self._refused(view) if self.query.written.form == "ASK" else self._solutions(view)

    def _solutions(self, view: View) -> Iterator[tuple[int, int | None, Path | None]]:
        """Yield what a `sh:nodeValidator` or `sh:propertyValidator` (6.2.1) finds: its solutions."""
        keys, path = view.keys, view.shape.path
        for row in self._run(view, "this", [(focus,) for focus in view.foci]):
            focus, value = row["this"], row.get("value")
            # The reference asks for each value node by itself, bound as ?value.
            if value is None or value in view.values.of(focus):
                own = focus if value is None and path is None else value
                yield focus, own, keys[row["path"]] if "path" in row else path

    def _refused(self, view: View) -> Iterator[tuple[int, int | None, Path | None]]:
        """Yield the focus nodes and values for which a `sh:validator` (6.2.2) says no."""
        pairs = [(focus, value) for focus in view.foci for value in view.values.of(focus)]
        if THIS in self.query.projected:
            good = {(row["this"], row["value"]) for row in self._run(view, "this value", [*pairs])}
        else:
            values = {
                row["value"] for row in self._run(view, "value", [(v,) for v in view.values.distinct()])
            }
            good = {pair for pair in pairs if pair[1] in values}
        path = view.shape.path
        for focus, value in pairs:
            if (focus, value) not in good:
                yield focus, value if path is None else None, path

    def _run(self, view: View, pairs: str, rows: list[tuple[int, ...]]) -> Iterator[dict[str, int]]:
        """Yield the solutions, with the parameters and these variables bound."""
        bound: list[tuple[str, list[tuple[int, ...]]]] = [(pairs, rows)]
        bound += [(name, [(number,)]) for name, number in self.parameters]
        return store.run(self.query, view.evaluator.data, bound, self.graph)


@dataclass(frozen=True, slots=True)
class Custom:
    """A component that the shapes graph defines: its parameters by name, and which of them must be there."""

    node: int
    mandatory: dict[str, str]
    optional: dict[str, str]

    def constraints_for(self, graph: ShapesGraph, shape: int, path: Path | None) -> list[Component]:
        """Return the constraint of this component on a shape, none if a mandatory parameter is missing."""
        parameters: list[tuple[str, int]] = []
        for name, predicate in {**self.mandatory, **self.optional}.items():
            value = graph.value(shape, predicate)
            if value is not None:
                parameters.append((name, value))
            elif name in self.mandatory:
                return []
        special = graph.objects(self.node, sh("nodeValidator" if path is None else "propertyValidator"))
        validators = special or graph.objects(self.node, sh("validator"))
        if len(validators) != 1:
            raise IllFormed("a component without a validator, or with several")
        kind = "select" if special else "ask"
        text = graph.value(validators[0], sh(kind))
        if text is None:
            raise IllFormed(f"a validator without sh:{kind}")
        bound = {THIS, "?value", *(f"?{name}" for name in (*self.mandatory, *self.optional))}
        if special:
            bound.discard("?value")
        query = query_of(graph, validators[0], text, path, bound)
        if special:
            if path is not None and "?value" not in query.projected:
                raise Unreadable("a property validator that returns no value")
            if THIS not in query.projected or query.written.form != "SELECT":
                raise Unreadable("a validator of an unusual form")
        else:
            query = _as_select(query)
        messages = messages_of(graph, validators[0], shape)
        return [Validated(graph.key(self.node), query, tuple(parameters), messages, graph)]


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
    found: list[Custom] = []
    for node in nodes:
        if graph.key(node).startswith(names.SHACL, 1):
            continue
        try:
            found.append(_component(graph, node))
        except Unreadable as reason:
            return [], str(reason)
    return found, None


def _component(graph: ShapesGraph, node: int) -> Custom:
    mandatory: dict[str, str] = {}
    optional: dict[str, str] = {}
    for parameter in graph.objects(node, sh("parameter")):
        path = graph.value(parameter, sh("path"))
        if path is None or graph.key(path)[0] != "<":
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
