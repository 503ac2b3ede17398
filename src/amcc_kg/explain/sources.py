"""In which file, on which line, a triple of the graph is written.

Knows how the engine keeps what files say: one form for each value, blank nodes under other labels. These are
told apart by all that is said with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pyoxigraph import NamedNode, Store, Triple

from amcc_kg.reasoning.words import AS_WRITTEN
from amcc_kg.repository.files import Repository
from amcc_kg.syntax import reading
from amcc_kg.syntax.reading import Source
from amcc_kg.terms import keys, prefixes
from amcc_kg.terms.blank_nodes import told_apart

Colours = dict[str, str]
"""A hash for each blank node, the same for those of which the same is said."""


class Sources:
    """The files of a repository, each read when something in its graph is first asked about."""

    def __init__(self, repository: Repository, store: Store) -> None:
        self._root = repository.root
        self._files = repository.graph_files
        self._store = store
        self._source = cache(lambda name: reading.load(self._root / name))
        self._kept = cache(self._kept_nodes)
        self._written = cache(self._written_nodes)

    def places(self, triple: Triple, graph: str) -> list[str]:
        """Return `file:line` for each line where a triple of a graph is written; files relative.

        The line is that of the object. Where none is found: the file, if it is the only one.
        """
        found: dict[str, None] = {}
        alone = []
        for file in self._files:
            own = file.graph == graph
            if own or file.path.suffix != ".ttl":
                name = str(file.path.relative_to(self._root))
                alone += [name] * own
                source = self._source(name)
                for row in self._rows(source, triple, graph):
                    found[f"{name}:{source.lines.place(source.o_at[row])[0]}"] = None
        return list(found) or alone[:1]

    def _rows(self, source: Source, triple: Triple, graph: str) -> list[int]:
        wanted = [keys.of_oxigraph(term) for term in (triple.subject, triple.predicate, triple.object)]
        # Blank nodes and values may be written otherwise.
        s, p, o = (None if key[0] in '_"' else key for key in wanted)
        rows: Iterable[int] = source.find(s, p, o) if s or o else range(len(source))
        names = source.terms.keys
        if source.g is not None:
            rows = [row for row in rows if source.graph(row) == f"<{graph}>"]
        return [
            row
            for row in rows
            if names[source.p[row]] == wanted[1]
            and self._same(source, names[source.s[row]], wanted[0], graph)
            and self._same(source, names[source.o[row]], wanted[2], graph)
        ]

    def _same(self, source: Source, written: str, wanted: str, graph: str) -> bool:
        """Tell whether a term of a file is that of the store."""
        if written[0] != wanted[0]:
            return False
        if wanted[0] == "_":
            kept, rounds = self._kept(graph)
            return self._written(source, graph, rounds).get(written) == kept.get(wanted)
        if AS_WRITTEN in wanted:
            return written == wanted.replace(f"^^<{AS_WRITTEN}", f"^^<{prefixes.XSD}")
        return written == wanted or (wanted[0] == '"' and _as_kept(written) == _as_kept(wanted))

    def _kept_nodes(self, graph: str) -> tuple[Colours, int]:
        """Return the blank nodes of a graph in the store, and in how many rounds they are told apart."""
        quads = self._store.quads_for_pattern(None, None, None, NamedNode(graph))
        return told_apart(_normal(tuple(map(keys.of_oxigraph, quad.triple)) for quad in quads))

    def _written_nodes(self, source: Source, graph: str, rounds: int) -> Colours:
        """Return the blank nodes of a graph in a file."""
        rows = (r for r in range(len(source)) if source.g is None or source.graph(r) == f"<{graph}>")
        names = source.terms.keys
        triples = ((names[source.s[row]], names[source.p[row]], names[source.o[row]]) for row in rows)
        return told_apart(_normal(triples), rounds)[0]


def _normal(triples: Iterable[tuple[str, ...]]) -> set[tuple[str, str, str]]:
    """Return the triples with blank nodes, each once, with values as the engine keeps them."""
    return {(s, p, _as_kept(o)) for s, p, o in triples if "_" in (s[0], o[0])}


def _as_kept(key: str) -> str:
    return keys.as_kept(key.replace(AS_WRITTEN, prefixes.XSD))
