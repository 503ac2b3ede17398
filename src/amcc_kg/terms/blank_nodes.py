"""Blank nodes told apart by what is said of them and around them, whatever they are called.

Knows triples of keys (`amcc_kg.terms.keys`) or of terms as N-Triples writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def told_apart(
    triples: Iterable[tuple[str, str, str]], rounds: int | None = None
) -> tuple[dict[str, str], int]:
    """Return a hash for each blank node of all that is said with it, and how many rounds that took.

    In each round a node takes in what its neighbours had after the one before; without `rounds`, until no
    more are told apart. Nodes of two graphs are alike after the same number of rounds. No triple may be given
    twice.
    """
    around: dict[str, list[tuple[str, str, str]]] = {}
    for subject, predicate, value in triples:
        if subject[0] == "_":
            around.setdefault(subject, []).append((">", predicate, value))
        if value[0] == "_":
            around.setdefault(value, []).append(("<", predicate, subject))
    colours, done, known = dict.fromkeys(around, ""), 0, 0
    while (len(set(colours.values())) > known) if rounds is None else (done < rounds):
        known = len(set(colours.values()))
        finer = {}
        for node, edges in around.items():
            seen = sorted(f"{way} {verb} {colours.get(other, other)}" for way, verb, other in edges)
            finer[node] = sha256("\n".join([colours[node], *seen]).encode()).hexdigest()[:32]
        colours, done = finer, done + 1
    return colours, done
