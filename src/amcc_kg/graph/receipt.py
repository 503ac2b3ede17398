"""A receipt: what one row rests on, as a value that prints itself; knows not how it is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, NamedTuple

from pyoxigraph import Triple

from amcc_kg.repository.citations import Citation
from amcc_kg.sparql.tokens import tokens
from amcc_kg.terms import keys, prefixes

_TYPE = f"<{prefixes.RDF}type>"
# A variable that one term is given for at the head of a pattern.
_GIVEN = re.compile(r"""VALUES (\?\w+) \{ (<[^>]*>|"(?:[^"\\]|\\.)*"\S*) \} """)


class Leaf(NamedTuple):
    """An asserted triple and the IRIs of the named graphs that state it: passages and files.

    `written` is the key of its object as they write it, empty where the engine keeps it so.
    """

    triple: Triple
    passages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    written: str = ""

    @property
    def asserted(self) -> Triple:
        """The triple as it was asserted, but for capitals in a language tag, which the engine has not."""
        return keys.with_object(self.triple, self.written)

    @property
    def line(self) -> str:
        """The triple as it was asserted, as N-Triples writes it, without the full stop."""
        return f"{self.triple.subject} {self.triple.predicate} {self.written or self.triple.object}"

    @property
    def spelt(self) -> str:
        """The triple as it was asserted, as people read it."""
        terms = self.triple.subject, self.triple.predicate, self.written or self.triple.object
        return " ".join(_short_term(str(term)) for term in terms)


class Absence(NamedTuple):
    """A pattern, in SPARQL, that has no solution in the graph of that version."""

    pattern: str
    version: str
    defaults: tuple[str, ...] = ()  # the graphs of FROM, if the query asked those and not the whole
    named: tuple[str, ...] = ()  # those of FROM NAMED
    asserted: bool = False  # whether what is inferred was left out

    @property
    def question(self) -> str:
        """The absence as a question in SPARQL that the graph answers with no."""
        clauses = [f"FROM <{iri}> " for iri in self.defaults]
        clauses += [f"FROM NAMED <{iri}> " for iri in self.named]
        return f"ASK {''.join(clauses)}{'WHERE ' if clauses else ''}{{ {self.pattern} }}"

    @property
    def scope(self) -> str:
        """Where there is nothing, in words."""
        graphs = " or ".join(map(prefixes.shorten, self.defaults))
        if self.named:
            kind = "named graph" if len(self.named) == 1 else "named graphs"
            graphs += f"{' or ' if graphs else ''}the {kind} {' or '.join(map(prefixes.shorten, self.named))}"
        manner = " asserted" if self.asserted else ""
        return f"{manner} in {graphs}" if graphs else manner or " in the graph"

    def __str__(self) -> str:
        pattern, given = self.pattern, []
        while bound := _GIVEN.match(pattern):
            given.append(f"{bound[1]} is {short(bound[2])}")
            pattern = pattern[bound.end() :]
        if given and pattern.startswith("{") and pattern.endswith("}") and pattern.count("{") == 1:
            pattern = pattern[1:-1].strip()
        said = short(_named(pattern)).replace(" . }", " }").removesuffix(" .")
        verb = "gives a row of" if said.startswith("{ SELECT ") else "says"
        return f"nothing{self.scope} {verb} {said}{' where ' if given else ''}{' and '.join(given)}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What justifies one row: asserted triples with their passages and, apart from them, absences."""

    leaves: tuple[Leaf, ...] = ()
    # What the row was matched with and only follows, from `leaves` and the ontology; `KnowledgeGraph.explain`
    # proves it.
    inferred: tuple[Triple, ...] = ()
    absences: tuple[Absence, ...] = ()
    gaps: tuple[str, ...] = ()  # what could not be followed, in words
    passages: tuple[Citation, ...] = ()
    remarks: tuple[str, ...] = ()  # what else decides: that a graph is there, that the query cuts off

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The asserted triples, in a fixed order."""
        return tuple(dict.fromkeys(leaf.triple for leaf in self.leaves))

    @property
    def files(self) -> tuple[str, ...]:
        """The graphs that are no passages and state triples that no passage states."""
        return tuple(sorted({file for leaf in self.leaves if not leaf.passages for file in leaf.files}))

    @property
    def complete(self) -> bool:
        """Whether everything that the row rests on is here."""
        return not self.gaps

    @property
    def version(self) -> str | None:
        """The version of the graph that its absences are claims about, None without any."""
        return next((absence.version for absence in self.absences), None)

    @property
    def rests_on_query(self) -> bool:
        """Whether the row rests on no triple and no absence: on BIND, VALUES or a path of length zero."""
        return not (self.leaves or self.absences or self.gaps or self.remarks)

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as JSON holds it; a triple is its line of N-Triples without the full stop.

        complete: false if `untraced` names something
        triples: [{triple: an asserted one, passages: those that state it, files: other named graphs that do}]
        inferred: [triples that follow from those by the ontology]
        absences: [{pattern: in SPARQL, without a solution, graph: in the graph of this version,
            from, fromNamed: in the graphs of FROM and FROM NAMED, if only those were asked,
            assertedOnly: among what is asserted, if that is true}]
        untraced, remarks: [what could not be followed], [what else decides], in words
        passages: [{passage, document, title, place: such as `sentence 5`, speakers, quotes, quotedDirectly}]
        """
        return {
            "complete": self.complete,
            "triples": [
                {"triple": leaf.line, "passages": list(leaf.passages), "files": list(leaf.files)}
                for leaf in self.leaves
            ],
            "inferred": [str(triple) for triple in self.inferred],
            "absences": [
                {
                    "pattern": absence.pattern,
                    "graph": absence.version,
                    "from": list(absence.defaults),
                    "fromNamed": list(absence.named),
                    "assertedOnly": absence.asserted,
                }
                for absence in self.absences
            ],
            "untraced": list(self.gaps),
            "remarks": list(self.remarks),
            "passages": [citation.to_dict() for citation in self.passages],
        }

    def notes(self) -> list[str]:
        """Return, in words, what there is to say besides the passages."""
        found = [f"inferred: {'; '.join(map(spelt, self.inferred))}"] if self.inferred else []
        unplaced = [leaf.spelt for leaf in self.leaves if not (leaf.passages or leaf.files)]
        found += [f"stated outside all named graphs: {triple}" for triple in unplaced]
        found += [*map(str, self.absences), *map(short, self.remarks)]
        found += [f"could not be followed: {gap}" for gap in self.gaps]
        if self.rests_on_query:
            found.append("rests on no triple: the query itself, or a path of length zero, gives this")
        return found

    def __str__(self) -> str:
        return "\n".join([*map(str, self.passages), *map(file_name, self.files), *self.notes()])

    def _repr_html_(self) -> str:
        from html import escape  # its table of entities takes time to load

        items = [
            f'<li><a href="{escape(c.passage)}">{escape(c.name)}</a>: {escape(str(c))}</li>'
            for c in self.passages
        ]
        items += [f"<li>{escape(line)}</li>" for line in [*map(file_name, self.files), *self.notes()]]
        return f"<ul>{''.join(items)}</ul>"


def absent_from(receipts: Iterable[Receipt]) -> list[str]:
    """Return the line that says from which graph is absent what is said to be."""
    versions = dict.fromkeys(receipt.version for receipt in receipts if receipt.version is not None)
    return [f"What is absent above is absent from version {version} of the graph." for version in versions]


def _named(pattern: str) -> str:
    """Return a pattern with variables that people can read for the labels of its blank nodes."""
    found = list(tokens(pattern))
    labels = dict.fromkeys(token.text for token in found if token.kind == "blank")
    taken = {token.text for token in found if token.kind == "variable"}
    free = (name for name in (f"?thing{number or ''}" for number in count()) if name not in taken)
    names = dict(zip(labels, free, strict=False))
    for token in reversed([token for token in found if token.text in names]):
        pattern = f"{pattern[: token.start]}{names[token.text]}{pattern[token.end :]}"
    return pattern


def spelt(triple: Triple) -> str:
    """Return a triple as people read it: IRIs short, literals as Turtle writes them."""
    return " ".join(map(_short_term, map(str, triple)))


@cache
def _short_term(text: str) -> str:
    if text.startswith("<") and text.endswith(">") and text != _TYPE:
        return prefixes.shorten(text[1:-1])
    return short(text) if "<" in text else text


def short(text: str, spell: Callable[[str], str] = prefixes.shorten) -> str:
    """Return a term or a pattern with its IRIs shortened, and `a` for the commonest of them."""
    pieces, end = [], 0
    for token in tokens(text):
        if token.kind == "iri":
            name = "a" if token.text == _TYPE else spell(token.text[1:-1])
            pieces += [text[end : token.start], name]
            end = token.end
    return "".join([*pieces, text[end:]])


def in_query(text: str) -> str:
    """Return the same as it can be put into a query."""
    return short(text, prefixes.written)


def file_name(graph: str) -> str:
    """Return what people call a graph that is no passage: the register, the ontology, a description."""
    name = graph.removeprefix(f"{prefixes.BASE}graph/")
    if name == graph:
        return f"the description of {prefixes.shorten(graph)}"
    return "the register: identity" if name == "register" else f"the ontology: {name}"
