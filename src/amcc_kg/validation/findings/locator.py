"""From a finding to its place: which characters of which file to look at.

Knows term keys (`amcc_kg.terms.keys`) and the sources that were read into one table; knows no engine and
no graph. A finding is its focus node, path, value and constraint component (SHACL section 3.6.2):

- where there is a value, the statement that the path's last step took to it: its object; of a reifier
  where it reifies that statement;
- where there are too many values, the last one in the text, of those in a language twice the last such;
- where something is missing, or the focus node itself is at fault, the block that describes it;
- a node that nothing describes, where it is first spoken of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from amcc_kg.syntax.reading import Source, Span
from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDF, SH
from amcc_kg.validation.findings.report import Place
from amcc_kg.validation.shapes.property_paths import Path

_TYPE = f"<{RDF}type>"
_REIFIES = f"<{RDF}reifies>"
_MISSING = frozenset(("MinCount", "HasValue", "QualifiedMinCount"))
_TOO_MANY = frozenset(("MaxCount", "QualifiedMaxCount", "UniqueLang"))

Row = tuple[int, int]
"""Which source, and which row of it."""
Ends = dict[int, list[Row]]
"""The nodes at the end of a path, each with the rows of the last step to it; none where no step was taken."""


class Locator:
    """Finds places in sources that share one table of terms; the earlier source is preferred.

    In sources of data, places of findings; in those of shapes, constraints and statements.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)
        self._ids = sources[0].terms.ids if sources else {}
        self._keys = sources[0].terms.keys if sources else []
        # A node's findings come together.
        self._walk = lru_cache(256)(self._ends)

    def place(
        self,
        focus: str,
        path: Path | None = None,
        value: str | None = None,
        component: str = "",
        counted: Collection[str] = (),
    ) -> Place | None:
        """Return the place of a finding, None if no source speaks of the focus node.

        Nodes are given by their keys, the constraint component by its IRI. `counted` are the values that are
        too many together, if not all of them are.
        """
        node = self._ids.get(focus)
        if node is None:
            return None
        name = _local_name(component)
        if name == "ReifierShape" and value is not None and isinstance(path, str):
            if keys.is_triple_term(value):
                value = keys.parts(value)[2]
            elif place := self._reifier(f"<<( {focus} {path} ", value):
                return place
        rows: list[Row] = []
        if path is not None and name in _TOO_MANY and value is None:
            among = {self._ids.get(one, -1) for one in counted}
            rows = self._too_many(node, path, among, name == "UniqueLang")
        elif value is not None and (path is not None or value != focus):
            rows = self._of_value(node, path, self._ids.get(value))
        if rows:
            source, row = rows[0]
            return self._at(source, self._sources[source].o_at[row], "value")
        return self._block(node, path if name in _MISSING else None) or self._use(node)

    def _reifier(self, statement: str, reifier: str) -> Place | None:
        """Return where a node is said to reify a statement; of that, its key's beginning is given."""
        reifies = self._ids.get(_REIFIES)
        for number, row in self._rows(s=self._ids.get(reifier, -1), p=reifies):
            source = self._sources[number]
            if self._keys[source.o[row]].startswith(statement):
                return self._at(number, source.s_at[row], "value")
        return None

    def triple(self, subject: str, predicate: str, value: str) -> Place | None:
        """Return where a triple is written: its object; arguments are keys."""
        numbers = [self._ids.get(key, -1) for key in (subject, predicate, value)]
        for source, row in self._rows(*numbers):
            return self._at(source, self._sources[source].o_at[row], "use")
        return None

    def constraint(self, shape: str, component: str, parameter: str | None = None) -> Place | None:
        """Return where a shape states a constraint, or the shape's block if the constraint is not found.

        `parameter` is the key of the parameter's value, where a shape states the same parameter repeatedly.
        """
        node = self._ids.get(shape)
        name = _local_name(component)
        parameter_name = "sparql" if name == "SPARQL" else name[:1].lower() + name[1:]
        predicate = self._ids.get(f"<{SH}{parameter_name}>", -1)
        wanted = None if parameter is None else self._ids.get(parameter)
        for number, source in enumerate(self._sources):
            if node is not None and (rows := source.rows(node, predicate, wanted)):
                return self._statement(number, rows[0])
        return self.shape(shape)

    def statement(self, subject: str, predicate: str | None, term: str | None) -> Place | None:
        """Return where a term is written as the predicate of a subject, or in what that predicate says of it.

        The block of the subject where it says nothing of the kind. Arguments are keys.
        """
        node, said, wanted = (
            None if key is None else self._ids.get(key, -1) for key in (subject, predicate, term)
        )
        for number, source in enumerate(self._sources if said is not None else ()):
            rows = source.rows(node, said)
            if not rows:
                continue
            begin = source.p_at[rows[0]]
            if said == wanted:
                return self._place(number, source.term_span(begin), "constraint")
            if wanted is not None:
                # It may stand deeper, as in a list: then it is the first behind the predicate.
                deeper = (row for row in source.rows(o=wanted) if source.o_at[row] > begin)
                for row in source.rows(node, said, wanted) or deeper:
                    return self._at(number, source.o_at[row], "constraint")
            return self._statement(number, rows[0])
        return self.shape(subject)

    def shape(self, shape: str) -> Place | None:
        """Return where the block of a shape begins."""
        place = self.place(shape)
        return place._replace(kind="shape") if place else None

    def _of_value(self, node: int, path: Path | None, value: int | None) -> list[Row]:
        if value is None:
            return []
        if path is not None and (rows := self._walk((node,), path).get(value)):
            return rows
        # A value that the path does not lead to (sh:equals, sh:sparql): any statement about both.
        return self._rows(s=node, o=value) or self._rows(s=value, o=node)

    def _too_many(self, node: int, path: Path, among: set[int], by_language: bool) -> list[Row]:
        """Return a row for each value, what is said of the node itself first, then the last in the text."""
        ends = self._walk((node,), path)
        first = {end: rows[0] for end, rows in ends.items() if rows and (not among or end in among)}
        if by_language:
            tags = {end: keys.language(self._keys[end]) for end in first}
            number = Counter(filter(None, tags.values()))
            first = {end: row for end, row in first.items() if number[tags[end] or ""] > 1}

        def order(row: Row) -> tuple[bool, int, int]:
            source = self._sources[row[0]]
            return node in (source.s[row[1]], source.o[row[1]]), row[0], source.o_at[row[1]]

        return sorted(first.values(), key=order, reverse=True)

    def _block(self, node: int, path: Path | None) -> Place | None:
        """Return where a node is described: first where it has some of the values that it has too few of."""
        step = self._ids.get(path, -1) if isinstance(path, str) else -1
        some, typed, blocks = (
            {(source, self._sources[source].s_at[row]) for source, row in self._rows(s=node, p=predicate)}
            for predicate in (step, self._ids.get(_TYPE, -1), None)
        )
        if not blocks:
            return None
        source, offset = min(blocks, key=lambda at: (at not in some, at not in typed, at))
        return self._at(source, offset, "subject")

    def _use(self, node: int) -> Place | None:
        for number, source in enumerate(self._sources):
            # A class may be spoken of a million times; nobody looks at more than the first.
            for row in source.rows(o=node, limit=1):
                return self._at(number, source.o_at[row], "use")
        return None

    def _at(self, source: int, offset: int, kind: str) -> Place:
        return self._place(source, self._sources[source].mark_span(offset), kind)

    def _statement(self, number: int, row: int) -> Place:
        """Return the place of verb and object, of the object alone if they stand on different lines."""
        source = self._sources[number]
        span, verb = source.mark_span(source.o_at[row]), source.term_span(source.p_at[row])
        if verb.line == span.line:
            span = span._replace(start=verb.start, line=verb.line, column=verb.column)
        return self._place(number, span, "constraint")

    def _place(self, number: int, span: Span, kind: str) -> Place:
        ends = (span.line, span.column, span.end_line, span.end_column)
        return Place(self._sources[number].name, *ends, kind, number, span.start, span.end)

    def _rows(self, s: int | None = None, p: int | None = None, o: int | None = None) -> list[Row]:
        return [(n, row) for n, source in enumerate(self._sources) for row in source.rows(s, p, o)]

    def _ends(self, nodes: Iterable[int], path: Path, back: bool = False) -> Ends:
        ends: Ends = {}
        if isinstance(path, str):
            predicate = self._ids.get(path, -1)
            for node in nodes:
                rows = self._rows(o=node, p=predicate) if back else self._rows(s=node, p=predicate)
                for source, row in rows:
                    column = self._sources[source].s if back else self._sources[source].o
                    ends.setdefault(column[row], []).append((source, row))
            return ends
        sign, *parts = path
        if sign == "^":
            return self._ends(nodes, parts[0], not back)
        if sign == "|":
            for part in parts:
                _add(ends, self._ends(nodes, part, back))
            return ends
        if sign == "/":
            ends = {node: [] for node in nodes}
            for part in reversed(parts) if back else parts:
                ends = self._ends(ends, part, back)
            return ends
        ends = {} if sign == "+" else {node: [] for node in nodes}
        met = set(nodes)
        todo = sorted(met)
        while todo:
            found = self._ends(todo, parts[0], back)
            _add(ends, found)
            todo = [] if sign == "?" else [node for node in found if node not in met]
            met.update(todo)
        return ends


def _add(ends: Ends, more: Ends) -> None:
    for node, rows in more.items():
        ends.setdefault(node, []).extend(rows)


def _local_name(component: str) -> str:
    return component.rpartition("#")[2].removesuffix("ConstraintComponent")
