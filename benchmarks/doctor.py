"""How many typing errors the hints on a query find, and how many hints there are where nothing is wrong.

Makes mutants of the saved queries and of those in `tests/diagnosis/queries.txt`, with one typing error each:
a letter dropped, doubled, swapped or replaced in a name, a variable or a text; another prefix; a letter that
looks like another one; a no-break space. They are the same every time.

A hint is right that is at the place of the error and names what stood there before, or the character that
looks like another. Left out are changes that are no errors: what makes a term that is in the graph or another
variable of the query, and variables that nothing depends on.

    python benchmarks/doctor.py [MUTANTS]      200 if not said; exit code 1 if a limit is missed
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import NamedNode

from amcc_kg.diagnosis.mentions import VALUE, mentions, whole_terms
from amcc_kg.graph.answers import Question
from amcc_kg.graph.hints import Hint, occurs
from amcc_kg.graph.store import LocalStore
from amcc_kg.knowledge_graph import KnowledgeGraph
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import reader
from amcc_kg.sparql.prologue import head
from amcc_kg.sparql.tokens import Token, tokens
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import PlacedError
from amcc_kg.terms.lines import LineIndex

ROOT = Path(__file__).parent.parent
LEAST_SHARE = 0.95
SEED = 14
USED = ("amcc", "body", "document", "event", "person", "place", "rdfs", "skos")
PROLOGUE = "".join(f"PREFIX {prefix}: <{prefixes.PREFIXES[prefix]}>\n" for prefix in USED)
LOOK_ALIKE = {"a": "\u0430", "e": "\u0435", "o": "\u043e", "p": "\u0440", "c": "\u0441"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Mutant(NamedTuple):
    """A question with one typing error: its kind and offset, what stands there and what stood before."""

    kind: str
    question: Question
    at: int
    after: str
    before: str


def main(wanted: int = 200) -> int:
    kg = open_graph(ROOT)
    originals = questions(kg)
    hinted = [hint for question in originals for hint in kg.ask(question).hints]
    found = mutants(kg, originals, wanted)
    missed = [mutant for mutant in found if not is_found(mutant, hints(kg, mutant.question))]
    kinds, lost = Counter(m.kind for m in found), Counter(m.kind for m in missed)
    for mutant in missed:
        print(f"missed: {mutant.kind}: {mutant.after!r} for {mutant.before!r}: {hints(kg, mutant.question)}")
    for kind, number in sorted(kinds.items()):
        print(f"{kind:12} {number - lost[kind]:4} of {number:4}")
    share = 1 - len(missed) / len(found)
    for hint in hinted:
        print(f"not wrong: {hint}")
    print(f"\nmutants with the right hint  {share:.3f} of {len(found)}   (at least {LEAST_SHARE:g})")
    print(f"originals with any hint      {len(hinted)} of {len(originals)}   (at most 0)")
    return int(share < LEAST_SHARE or bool(hinted))


def questions(kg: KnowledgeGraph) -> list[Question]:
    """Return the saved queries with the defaults of their parameters, and those of the tests."""
    texts = (ROOT / "tests" / "diagnosis" / "queries.txt").read_text(encoding="utf-8").split("---\n")
    saved = [Question(query.text, kg.bind(query, {})) for query in kg.queries()]
    return [*saved, *(Question(PROLOGUE + text) for text in texts)]


def mutants(kg: KnowledgeGraph, originals: list[Question], wanted: int) -> list[Mutant]:
    """Return so many mutants, as many of each kind as there are."""
    chance = random.Random(SEED)
    kinds: dict[str, list[Mutant]] = {}
    for question in originals:
        for mutant in _of(kg, question, chance):
            kinds.setdefault(mutant.kind, []).append(mutant)
    for some in kinds.values():
        chance.shuffle(some)
    turns = zip_longest(*kinds.values())
    return list(islice((mutant for turn in turns for mutant in turn if mutant), wanted))


def hints(kg: KnowledgeGraph, question: Question) -> tuple[Hint, ...]:
    """Return what is said of a question: hints, or the error if it is not answered."""
    try:
        return kg.ask(question).hints
    except PlacedError as error:
        return (Hint(error.line, error.column or 0, error.reason),)


def is_found(mutant: Mutant, said: tuple[Hint, ...]) -> bool:
    lines = LineIndex(mutant.question.text)
    places = {lines.place(mutant.at + ahead) for ahead in range(len(mutant.after) + 1)}
    for hint in said:
        if "(U+" in hint.text and not mutant.after.isascii() and (hint.line, hint.column) in places:
            return True
        is_variable = mutant.kind == "variable"
        named = {mutant.before, mutant.after} if is_variable else {mutant.before}
        is_there = is_variable or (hint.line, hint.column) in places
        if is_there and all(name in hint.said for name in named) and hint.nearest in (*named, ""):
            return True
    return False


def _of(kg: KnowledgeGraph, question: Question, chance: random.Random) -> Iterator[Mutant]:
    """Yield a mutant of each kind for each token that can have one."""
    text = question.text
    query, found = reader.read(text), list(tokens(text))
    declared = head(found)
    whole = whole_terms(found[declared.size :])
    store = kg._store.engine() if isinstance(kg._store, LocalStore) else None
    assert store is not None
    values = {m.text for m in mentions(query, Probe(store, query).constants) if m.kind == VALUE}
    counts = Counter(token.text for token in whole if token.kind == "variable")

    def mutant(kind: str, token: Token, after: str) -> Mutant:
        changed = Question(text[: token.start] + after + text[token.end :], question.bindings)
        return Mutant(kind, changed, token.start, after, token.text)

    def is_there(name: str) -> bool:
        prefix, _, local = name.partition(":")
        return occurs(store, NamedNode(declared.prefixes.get(prefix, "urn:") + local))

    for before, token in zip([None, *whole], whole, strict=False):
        written = text[token.start : token.end]
        if token.kind == "name":
            prefix, _, local = written.partition(":")
            for after in _misspelt(written, len(prefix) + 1, chance):
                if not is_there(after):
                    yield mutant("name", token, after)
            other = chance.choice([known for known in declared.prefixes if known != prefix] or [prefix])
            if not is_there(f"{other}:{local}"):
                yield mutant("prefix", token, f"{other}:{local}")
        elif token.kind == "variable" and counts[token.text] > 1:
            for after in _misspelt(written, 1, chance):
                if after not in counts:
                    yield mutant("variable", token, after)
        elif token.kind == "string" and token.text in values:
            for after in _misspelt(written, 1, chance):
                yield mutant("text", token, after)
        if before and before.end < token.start:
            space = Token("space", " ", token.start - 1, token.start)
            yield mutant("space", space, "\u00a0")


def _misspelt(text: str, start: int, chance: random.Random) -> Iterator[str]:
    """Yield a text with a letter dropped, doubled, swapped, replaced and disguised, each behind `start`."""
    places = [at for at in range(start, len(text)) if text[at] in LETTERS]
    if not places:
        return
    at = chance.choice(places)
    yield text[:at] + text[at + 1 :]
    yield text[:at] + text[at] + text[at:]
    yield text[:at] + chance.choice(LETTERS.replace(text[at], "")) + text[at + 1 :]
    if swapped := [p for p in places if p + 1 in places and text[p] != text[p + 1]]:
        at = chance.choice(swapped)
        yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if alike := [place for place in places if text[place] in LOOK_ALIKE]:
        at = chance.choice(alike)
        yield text[:at] + LOOK_ALIKE[text[at]] + text[at + 1 :]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
