"""How files write what the query engine keeps in another form, as the compiled graph remembers it.

Knows triples as they are kept and the graphs that state them; of what is kept otherwise, and why,
`amcc_kg.syntax.rewritten` knows more.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, Triple

from amcc_kg.repository.files import GraphFile
from amcc_kg.syntax import rewritten
from amcc_kg.terms import keys

if TYPE_CHECKING:
    from amcc_kg.syntax.reading import Source


class WrittenForms:
    """The literals of a compiled graph that were written otherwise; `content` is that of a `Recorder`."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def objects(self, triple: Triple, graph: str) -> list[str]:
        """Return how a graph writes a triple's object, as keys of terms; empty if as it is kept."""
        if not isinstance(triple.object, Literal) or not self._known["count"]:
            return []
        blank = isinstance(triple.subject, BlankNode)
        subject = "_:" if blank else str(triple.subject)
        line = f"{subject} {triple.predicate} {keys.of_oxigraph(triple.object)}"
        found: list[str] = self._known["forms"].get(graph, {}).get(line, [])
        return [] if blank and len(found) > 1 else found  # it is not known which of several nodes it is

    def __str__(self) -> str:
        return rewritten.told(self._known["count"], self._known["places"])

    @cached_property
    def _known(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self._content)
        return {"count": 0, "places": [], "forms": {}} | known


class Recorder:
    """Remembers, file by file, the literals that the engine keeps otherwise than they are written."""

    def __init__(self, root: Path) -> None:
        """Take the folder that places are relative to."""
        self._root = root
        self._places: list[str] = []
        self._forms: dict[str, dict[str, list[str]]] = {}

    def see(self, file: GraphFile, source: Source) -> None:
        """Remember what a file has of them."""
        names, rows = source.terms.keys, rewritten.rows(source)
        self._places += rewritten.places(source, rows, str(file.path.relative_to(self._root)))
        for row in rows:
            graph = file.graph if source.g is None else (source.graph(row) or "")[1:-1]
            subject = "_:" if names[source.s[row]][0] == "_" else names[source.s[row]]
            line = f"{subject} {names[source.p[row]]} {keys.as_kept(names[source.o[row]])}"
            forms = self._forms.setdefault(graph, {}).setdefault(line, [])
            form = source.spelt(source.o[row], source.o_at[row])
            forms += [form] * (form not in forms)

    def content(self) -> bytes:
        """Return what `WrittenForms` reads."""
        known = {"count": len(self._places), "places": self._places[: rewritten.SHOWN], "forms": self._forms}
        return json.dumps(known, sort_keys=True, separators=(",", ":")).encode()
