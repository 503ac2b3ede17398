"""In which file, on which line, a triple of the graph is written.

Knows how the engine keeps what files say: one form for each value, blank nodes under other labels. These are
told apart by all that is said with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from pyoxigraph import NamedNode, Quad, Store, Triple

from amcc_kg.reasoning.words import AS_WRITTEN
from amcc_kg.repository.files import Repository
from amcc_kg.syntax import reading
from amcc_kg.syntax.reading import Source
from amcc_kg.terms import keys, prefixes

Colours = dict[str, int]
"""A number for each blank node, the same for those of which the same is said."""


class Sources:
    """The files of a repository, each read when something in its graph is first asked about."""

    def __init__(self, repository: Repository, store: Store) -> None:
        self._root = repository.root
        self._files = repository.graph_files
        self._store = store
        self._read: dict[str, Source] = {}
        self._kept_nodes: dict[str, tuple[Colours, int]] = {}
        self._written_nodes: dict[tuple[str, str], Colours] = {}

    def places(self, triple: Triple, graph: str) -> list[str]:
        """Return `file:line` for each line where a triple of a graph is written; files relative.

        The line is that of the object. Where none is found: the file, if it is the only one.
        """
        found: dict[str, None] = {}
        alone = []
        for file in self._files:
            own = file.graph == graph
            if own:
                alone.append(str(file.path.relative_to(self._root)))
            if own or file.path.suffix != ".ttl":
                name = str(file.path.relative_to(self._root))
                source = self._source(name)
                for row in self._rows(source, triple, graph):
                    found[f"{name}:{source.lines.place(source.o_at[row])[0]}"] = None
        return list(found) or alone[:1]

    def _source(self, name: str) -> Source:
        if name not in self._read:
            self._read[name] = reading.load(self._root / name)
        return self._read[name]

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
            if graph not in self._kept_nodes:
                quads = self._store.quads_for_pattern(None, None, None, NamedNode(graph))
                terms = ((quad.subject, quad.predicate, quad.object) for quad in quads)
                self._kept_nodes[graph] = _told_apart(tuple(map(keys.of_oxigraph, t)) for t in terms)
            kept, rounds = self._kept_nodes[graph]
            if (source.name, graph) not in self._written_nodes:
                rows = (r for r in range(len(source)) if source.g is None or source.graph(r) == f"<{graph}>")
                names = source.terms.keys
                triples = ((names[source.s[r]], names[source.p[r]], names[source.o[r]]) for r in rows)
                self._written_nodes[source.name, graph] = _told_apart(triples, rounds)[0]
            return self._written_nodes[source.name, graph].get(written) == kept.get(wanted)
        if AS_WRITTEN in wanted:
            return written == wanted.replace(f"^^<{AS_WRITTEN}", f"^^<{prefixes.XSD}")
        return written == wanted or (wanted[0] == '"' and _as_kept(written) == _as_kept(wanted))


def _told_apart(triples: Iterable[tuple[str, ...]], rounds: int | None = None) -> tuple[Colours, int]:
    """Give each blank node a number for all that is said with it, and how many rounds that took.

    In each round it takes in what its neighbours had after the one before; without `rounds`, until no more
    are told apart. Nodes of two graphs are alike after the same number of rounds.
    """
    edges = {tuple(map(_as_kept, triple)) for triple in triples if "_" in (triple[0][0], triple[2][0])}
    colours: Colours = {node: 0 for s, _, o in edges for node in (s, o) if node[0] == "_"}
    done = 0
    while done != rounds:
        said: dict[str, list[int]] = defaultdict(list)
        for s, p, o in edges:
            if s[0] == "_":
                said[s].append(hash((p, colours.get(o, o))))
            if o[0] == "_":
                said[o].append(hash((colours.get(s, s), p, None)))
        finer = {node: hash(tuple(sorted(said[node]))) for node in colours}
        done += 1
        if rounds is None and len(set(finer.values())) == len(set(colours.values())):
            return finer, done
        colours = finer
    return colours, done


@lru_cache(maxsize=4096)
def _as_kept(key: str) -> str:
    """Return a literal as the query engine keeps it, which has one way to write each value: 02 is 2."""
    if key[0] != '"' or key[-1] == '"':
        return key
    store, name = Store(), NamedNode("urn:x")
    store.add(Quad(name, name, keys.to_oxigraph(key.replace(AS_WRITTEN, prefixes.XSD))))
    return keys.of_oxigraph(next(iter(store)).object)
