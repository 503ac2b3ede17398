"""In which file, on which line, a triple is written.

Reads Turtle token by token, as far as is needed to know subject, predicate and object of each statement;
what stands in other syntaxes gets its file without a line. Says nothing of what is wrong with a file.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from amcc_kg.reasoning.words import AS_WRITTEN
from amcc_kg.terms import prefixes as terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amcc_kg.repository.files import Repository

_TOKEN = re.compile(
    r'''(?P<skip>\s+|\#[^\n]*)
    |(?P<iri><[^<>"{}|^`\\\s]*>)
    |(?P<text>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      (?P<tail>@(?!prefix\b|base\b)[A-Za-z][\w-]*|\^\^(?:<[^<>\s]*>|[\w.-]*:[\w.%/-]*))?
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?<!\.))
    |(?P<blank>_:[\w.-]*\w)
    |(?P<name>(?:[A-Za-z][\w.-]*)?:(?:[\w%-](?:[\w.%/:-]*[\w%:-])?)?)
    |(?P<word>@?[A-Za-z]+)
    |(?P<mark>[][();,.])''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_TEXT = NamedNode(f"{terms.XSD}string")
# A member of a statement: an IRI, a literal, or None for a blank node or a list.
_Member = NamedNode | Literal | None


class Places:
    """The files of a repository, looked through when they are asked about."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._graph_files = repository.graph_files
        self._read: dict[str, list[tuple[tuple[_Member, _Member, _Member], str]]] = {}

    def of(self, triple: Triple, graph: str) -> list[str]:
        """Return `file:line` for each place in a graph's files where a triple is written; files relative.

        Where the line is not found: the file, if it is the only one.
        """
        written = self._statements(graph)
        wanted = tuple(
            term if isinstance(term, (NamedNode, Literal)) else None
            for term in (triple.subject, triple.predicate, triple.object)
        )
        found = [place for statement, place in written if _same(statement, wanted)]
        return found or [str(path) for path in self._files(graph)][:1]

    def _files(self, graph: str) -> list[str]:
        root = self._repository.root
        return [str(file.path.relative_to(root)) for file in self._graph_files if file.graph == graph]

    def _statements(self, graph: str) -> list[tuple[tuple[_Member, _Member, _Member], str]]:
        if graph not in self._read:
            self._read[graph] = [
                (statement, f"{file}:{line}")
                for file in self._files(graph)
                if file.endswith(".ttl")
                for statement, line in statements(
                    (self._repository.root / file).read_text(encoding="utf-8-sig", errors="replace")
                )
            ]
        return self._read[graph]


def statements(text: str) -> Iterator[tuple[tuple[_Member, _Member, _Member], int]]:
    """Give the triples that a Turtle text writes out, each with the line (from 1) of its object."""
    prefixes: dict[str, str] = {}
    base = ""
    at, line = 0, 1
    spot: list[_Member] = []
    outer: list[list[_Member]] = []
    directive: list[str] = []
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return  # whoever validates the file says why
        token, kind, here = match[0], match.lastgroup, line
        at, line = match.end(), line + match[0].count("\n")
        if kind == "skip":
            continue
        if token.lower() in ("@prefix", "@base", "prefix", "base") and not spot:
            directive = [token.lower().lstrip("@")]
            continue
        if directive:
            if kind == "iri":
                iri = _resolved(base, token[1:-1])
                if directive[0] == "base":
                    base = iri
                else:
                    prefixes[directive[1]] = iri
                directive = []
            else:
                directive.append(token.rstrip(":"))
            continue
        if token == ".":
            spot, outer = [], []
        elif token == ";":
            del spot[1:]
        elif token == ",":
            del spot[2:]
        elif token in ("[", "("):
            outer.append(spot)
            spot = [None] if token == "[" else [None, None]
        elif token in ("]", ")"):
            spot = [*(outer.pop() if outer else []), None]
            if len(spot) == 3:
                yield (spot[0], spot[1], None), here
        elif outer and spot[:2] == [None, None] and len(spot) == 2 and kind != "mark":
            continue  # a member of a list
        else:
            spot.append(_member(match, prefixes, base, len(spot)))
            if len(spot) == 3:
                yield (spot[0], spot[1], spot[2]), here


def _member(match: re.Match[str], prefixes: dict[str, str], base: str, position: int) -> _Member:
    """Return the term of a token; what cannot be made out is taken for a blank node."""
    token = match[0]
    try:
        if match["iri"] is not None:
            return NamedNode(_resolved(base, token[1:-1]))
        if match["name"] is not None:
            prefix, _, local = token.partition(":")
            return NamedNode(prefixes[prefix] + local)
        if match["text"] is not None:
            return _literal(match["text"], match["tail"] or "", prefixes, base)
        if match["number"] is not None:
            kind = "double" if "e" in token.lower() else "decimal" if "." in token else "integer"
            return Literal(token, datatype=NamedNode(terms.XSD + kind))
        if token == "a" and position == 1:
            return NamedNode(f"{terms.RDF}type")
        if token in ("true", "false"):
            return Literal(token, datatype=NamedNode(f"{terms.XSD}boolean"))
    except (KeyError, ValueError):
        return None
    return None


def _resolved(base: str, iri: str) -> str:
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri):
        return iri
    if base.endswith("/") and iri[:1].isalnum():
        return base + iri  # most are as simple as that, and urllib takes long to import
    from urllib.parse import urljoin

    # urljoin loses an empty fragment, which a namespace ends with.
    return urljoin(base, iri) + ("#" if iri.endswith("#") else "")


def _literal(quoted: str, tail: str, prefixes: dict[str, str], base: str) -> Literal:
    marks = 3 if quoted[:3] in ('"""', "'" * 3) and len(quoted) > 5 else 1
    value = _ESCAPE.sub(
        lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _ESCAPED.get(m[3], m[3]),
        quoted[marks:-marks],
    )
    if tail.startswith("@"):
        return Literal(value, language=tail[1:].lower())
    if not tail:
        return Literal(value)
    datatype = tail[2:]
    if datatype.startswith("<"):
        return Literal(value, datatype=NamedNode(_resolved(base, datatype[1:-1])))
    prefix, _, local = datatype.partition(":")
    return Literal(value, datatype=NamedNode(prefixes[prefix] + local))


def _same(written: tuple[_Member, ...], wanted: tuple[object, ...]) -> bool:
    return all(_alike(one, other) for one, other in zip(written, wanted, strict=True))


def _alike(one: object, other: object) -> bool:
    if one == other or not (isinstance(one, Literal) and isinstance(other, Literal)):
        return one == other
    return _TEXT not in (one.datatype, other.datatype) and _as_kept(one) == _as_kept(other)


@lru_cache(maxsize=4096)
def _as_kept(literal: Literal) -> Literal:
    """Return a literal as the query engine keeps it, which has one way to write each value: 02 is 2."""
    datatype = literal.datatype.value
    if datatype.startswith(AS_WRITTEN):
        literal = Literal(literal.value, datatype=NamedNode(datatype.replace(AS_WRITTEN, terms.XSD)))
    store = Store()
    store.add(Quad(_TEXT, _TEXT, literal))
    kept = next(iter(store)).object
    return kept if isinstance(kept, Literal) else literal
